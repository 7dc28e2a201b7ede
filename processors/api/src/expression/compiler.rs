//! From the tokens of an expression to a typed [`Chain`], in one pass from left to right. Not evaluation. What the
//! specification calls a compile error is found here and points at its place in the property's value.

use std::ops::Range;

use super::{
    ExpressionError, Type, Value,
    evaluation::{Chain, Given, Invocation, Node, Subject},
    function::{Function, Kind, Position, ValuesFrom},
    functions,
    lexer::{self, Placed, Source, Token},
    limits::NESTING_MAX,
    literals,
    scan::{self, Dollars, Piece},
    template::References,
};

/// Functions for which nothing is as good a value as any.
const ASKS_FOR_ABSENCE: [&str; 5] = ["isNull", "notNull", "isEmpty", "replaceNull", "replaceEmpty"];

/// Functions whose results do not follow from what they are given.
pub(super) const NOT_PURE: [&str; 10] = [
    "UUID",
    "evaluateELString",
    "getStateValue",
    "hostname",
    "ip",
    "math",
    "nextInt",
    "now",
    "random",
    "thread",
];

type Compiled<T> = Result<T, ExpressionError>;

/// Compiles one expression; `source` is its text from `${` to `}`.
pub(super) fn expression(
    source: &Source,
    depth: usize,
    references: &mut References,
) -> Compiled<Chain> {
    let tokens = lexer::tokens(source)?;
    let end = source.place(source.text.len());
    let mut compiler = Compiler { tokens, at: 0, depth, end, references };
    let chain = compiler.chain()?;
    match compiler.tokens.get(compiler.at) {
        None => Ok(chain),
        Some(rest) => Err(unexpected(rest)),
    }
}

struct Compiler<'a> {
    tokens: Vec<Placed>,
    at: usize,
    depth: usize,
    /// Where the expression ends in the property's value.
    end: usize,
    references: &'a mut References,
}

fn unexpected(found: &Placed) -> ExpressionError {
    let error = ExpressionError::new(
        found.span.clone(),
        format!("{} cannot stand here", found.token.described()),
    );
    match found.token {
        Token::Name(_) => error
            .label("is a `:` missing before it?")
            .help("a name with a space in it stands in quotes: ${'my attribute'}"),
        Token::Text(_) => error.label("is a `:` or a `,` missing before it?"),
        _ => error,
    }
}

impl Compiler<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|placed| &placed.token)
    }

    fn next(&mut self) -> Compiled<Placed> {
        let ends_early =
            || ExpressionError::new(self.end..self.end, "the expression ends too early");
        let placed = self.tokens.get(self.at).cloned().ok_or_else(ends_early)?;
        self.at += 1;
        Ok(placed)
    }

    fn take(&mut self, wanted: fn(&Token) -> bool) -> bool {
        let found = self.peek().is_some_and(wanted);
        self.at += usize::from(found);
        found
    }

    /// `${ subject : function(...) : ... }`
    fn chain(&mut self) -> Compiled<Chain> {
        let open = self.next()?;
        if !matches!(open.token, Token::Open) {
            return Err(unexpected(&open));
        }
        self.deeper(&open.span)?;
        let names_before = self.references.attribute_count();
        let (subject, mut result) = self.subject(&open.span)?;
        let names = names_before..self.references.attribute_count();
        let mut calls: Vec<Invocation> = Vec::new();
        while self.take(|token| matches!(token, Token::Colon)) {
            let name = self.next()?;
            if let Some(last) =
                calls.last().filter(|call| matches!(call.function.position, Position::Last(_)))
            {
                return Err(nothing_follows(name.span, last.function));
            }
            let call = self.call_behind(name, result)?;
            result = call.function.result;
            calls.push(call);
        }
        let close = self.next()?;
        if !matches!(close.token, Token::Close) {
            return Err(unexpected(&close));
        }
        let chain = Chain { subject, calls, result };
        self.note_absence(&chain, names);
        check_several(&chain, open.span.start..close.span.end)?;
        self.depth -= 1;
        Ok(chain)
    }

    /// Notes that the chain itself says what happens when its own attributes are absent.
    fn note_absence(&mut self, chain: &Chain, names: Range<usize>) {
        let is_own = match &chain.subject {
            Subject::Attribute(name) => name.literal().is_some(),
            Subject::Function(first) => matches!(first.function.position, Position::Several(_)),
            Subject::Parameter(_) => false,
        };
        let asks = |call: &Invocation| ASKS_FOR_ABSENCE.contains(&call.function.name);
        if is_own && chain.calls.iter().any(asks) {
            self.references.may_be_absent(names);
        }
    }

    fn deeper(&mut self, span: &Range<usize>) -> Compiled<()> {
        self.depth += 1;
        if self.depth <= NESTING_MAX {
            return Ok(());
        }
        let message = format!("expressions stand inside each other more than {NESTING_MAX} deep");
        Err(ExpressionError::new(span.clone(), message)
            .help("put a part of it into an attribute of its own"))
    }

    fn subject(&mut self, open: &Range<usize>) -> Compiled<(Subject, Type)> {
        let found = self.next()?;
        Ok(match found.token {
            Token::Name(name) if self.opens_arguments() => {
                let call = self.call_first(&name, found.span)?;
                let result = call.function.result;
                (Subject::Function(call), result)
            }
            Token::Name(name) => {
                self.check_reserved(&name, &found.span)?;
                self.references.attribute(&name, found.span);
                (Subject::Attribute(Node::Constant(name.into())), Type::String)
            }
            Token::Text(literal) => {
                let node = self.literal(&literal)?;
                match node.literal() {
                    Some(name) => self.references.attribute(name, found.span),
                    None => self.references.other(),
                }
                (Subject::Attribute(node), Type::String)
            }
            Token::Open => {
                self.at -= 1;
                self.references.other();
                (Subject::Attribute(Node::Expression(Box::new(self.chain()?))), Type::String)
            }
            Token::Parameter(name) => {
                self.references.parameter(&name, found.span);
                (Subject::Parameter(name.into()), Type::String)
            }
            Token::Close => {
                let span = open.start..found.span.end;
                return Err(ExpressionError::new(span, "this expression is empty")
                    .help("to print `${}` as it stands, write $${}"));
            }
            Token::Whole(_) | Token::Decimal(_) => {
                return Err(ExpressionError::new(
                    found.span,
                    "an expression cannot begin with a number",
                )
                .label("write ${literal(...)}"));
            }
            _ => return Err(unexpected(&found)),
        })
    }

    fn opens_arguments(&self) -> bool {
        matches!(self.peek(), Some(Token::OpenArguments))
    }

    fn check_reserved(&self, name: &str, span: &Range<usize>) -> Compiled<()> {
        if !functions::is_reserved(name) {
            return Ok(());
        }
        let message = format!("`{name}` is a word of the expression language, not an attribute");
        let error = ExpressionError::new(span.clone(), message)
            .help(format!("the attribute: ${{'{name}'}}"));
        Err(match functions::find(name).map(|function| function.position) {
            Some(Position::First) => error.label(format!("the function is written `{name}()`")),
            _ => error,
        })
    }

    /// A function that begins an expression.
    fn call_first(&mut self, name: &str, span: Range<usize>) -> Compiled<Invocation> {
        let function = self.function(name, &span)?;
        match function.position {
            Position::First => {
                let arguments = self.arguments(function, &span)?;
                Ok(Invocation { function, arguments, is_first: true })
            }
            Position::BehindOrFirst(_) => {
                let arguments = self.arguments(function, &span)?;
                if arguments.len() > 1 {
                    return Err(needs_value(name, span));
                }
                Ok(Invocation { function, arguments, is_first: true })
            }
            Position::Several(several) => {
                let arguments = self.arguments(function, &span)?;
                self.note_computed_names(several.from, &arguments);
                Ok(Invocation { function, arguments, is_first: true })
            }
            Position::Behind(_) | Position::Last(_) => Err(needs_value(name, span)),
        }
    }

    fn note_computed_names(&mut self, from: ValuesFrom, arguments: &[Given]) {
        let computed = match from {
            ValuesFrom::Names => arguments.iter().any(|given| given.node.literal().is_none()),
            ValuesFrom::MatchingNames => true,
            ValuesFrom::Pieces => false,
        };
        if computed {
            self.references.other();
        }
    }

    /// A function behind a value of the type `from`.
    fn call_behind(&mut self, found: Placed, from: Type) -> Compiled<Invocation> {
        let Token::Name(name) = &found.token else { return Err(unexpected(&found)) };
        let function = self.function(name, &found.span)?;
        if !self.opens_arguments() {
            let span = found.span.end..found.span.end;
            return Err(ExpressionError::new(span, format!("`{name}` needs its parentheses"))
                .label(format!("write `{name}()`")));
        }
        let (Position::Behind(kind) | Position::BehindOrFirst(kind) | Position::Last(kind)) =
            function.position
        else {
            return Err(ExpressionError::new(
                found.span,
                format!("`{name}` takes no value before it"),
            )
            .label(format!("it stands first: ${{{name}()}}")));
        };
        let only_instant = kind == Kind::OnlyInstant && from != Type::Instant;
        if let Some(wanted) = kind.wanted().filter(|wanted| only_instant || !from.becomes(*wanted))
        {
            let message = format!(
                "`{name}` works on {}, and this gives {}",
                wanted.described(),
                from.described()
            );
            let error = ExpressionError::new(found.span, message);
            return Err(if only_instant {
                error.label("put `toInstant()` before it")
            } else {
                error
            });
        }
        let arguments = self.arguments(function, &found.span)?;
        Ok(Invocation { function, arguments, is_first: false })
    }

    fn function(&mut self, name: &str, span: &Range<usize>) -> Compiled<&'static Function> {
        if NOT_PURE.contains(&name) {
            self.references.other();
        }
        functions::find(name).ok_or_else(|| functions::unknown(name, span.clone()))
    }

    /// `( argument , ... )`
    fn arguments(
        &mut self,
        function: &'static Function,
        span: &Range<usize>,
    ) -> Compiled<Vec<Given>> {
        let open = self.next()?;
        let mut arguments = Vec::new();
        if !matches!(self.peek(), Some(Token::CloseArguments)) {
            loop {
                let given = self.argument(function, arguments.len())?;
                arguments.push(given);
                if !self.take(|token| matches!(token, Token::Comma)) {
                    break;
                }
            }
        }
        let close = self.next()?;
        if !matches!(close.token, Token::CloseArguments) {
            return Err(unexpected(&close));
        }
        if function.accepts(arguments.len()) {
            return Ok(arguments);
        }
        let message = format!("`{}` cannot take {}", function.name, counted(arguments.len()));
        let span =
            if arguments.is_empty() { span.clone() } else { open.span.start..close.span.end };
        Err(ExpressionError::new(span, message)
            .label(format!("write `{}`", function.signature()))
            .help(format!("its page: headwater functions {}", function.name)))
    }

    fn argument(&mut self, function: &'static Function, index: usize) -> Compiled<Given> {
        let start = self.at;
        let node = self.value(function)?;
        let span = self.tokens[start].span.start..self.tokens[self.at - 1].span.end;
        let Some(argument) = function.argument(index) else { return Ok(Given::new(node)) };
        if let Some(wanted) =
            argument.kind.wanted().filter(|wanted| !node.result().becomes(*wanted))
        {
            let (name, found) = (function.name, node.result().described());
            let message = format!(
                "the {} of `{name}` is {}, and this is {found}",
                argument.name,
                wanted.described()
            );
            return Err(ExpressionError::new(span, message));
        }
        if argument.kind == Kind::Switch && !matches!(node, Node::Constant(Value::Boolean(_))) {
            let message = format!("`{}` can only be told `true` or `false`", function.name);
            return Err(ExpressionError::new(span, message));
        }
        if let Position::Several(several) = function.position {
            check_names_argument(several.from, &node, &span)?;
            if let (ValuesFrom::Names, Some(name)) = (several.from, node.literal()) {
                self.references.attribute(name, span.clone());
            }
        }
        literals::check(argument.kind, &node, &span)?;
        Ok(Given::new(node))
    }

    fn value(&mut self, function: &'static Function) -> Compiled<Node> {
        let found = self.next()?;
        Ok(match found.token {
            Token::Whole(whole) => Node::Constant(whole.into()),
            Token::Decimal(decimal) => Node::Constant(decimal.into()),
            Token::Text(literal) => self.literal(&literal)?,
            Token::Parameter(name) => {
                self.references.parameter(&name, found.span);
                Node::Parameter(name.into())
            }
            Token::Open => {
                self.at -= 1;
                Node::Expression(Box::new(self.chain()?))
            }
            Token::Name(name) => match name.as_str() {
                "true" => Node::Constant(true.into()),
                "false" => Node::Constant(false.into()),
                "null" => Node::Constant(Value::Null),
                _ => return Err(bare_name(&name, found.span, self.opens_arguments())),
            },
            Token::CloseArguments => {
                let message = format!("an argument of `{}` is missing here", function.name);
                return Err(ExpressionError::new(found.span, message));
            }
            _ => return Err(unexpected(&found)),
        })
    }

    /// A string literal: its expressions are found, the text between them loses its escapes.
    fn literal(&mut self, source: &Source) -> Compiled<Node> {
        let mut nodes = Vec::new();
        let mut at = 0;
        for range in scan::expressions(&source.text) {
            push_text(&mut nodes, &source.text[at..range.start], true);
            at = range.end;
            let chain = expression(&source.part(range), self.depth, self.references)?;
            nodes.push(Node::Expression(Box::new(chain)));
        }
        push_text(&mut nodes, &source.text[at..], false);
        Ok(match nodes.len() {
            0 => Node::Constant("".into()),
            1 => nodes.remove(0),
            _ => Node::Joined(nodes),
        })
    }
}

fn push_text(nodes: &mut Vec<Node>, text: &str, expression_follows: bool) {
    for piece in scan::unescape(text, Dollars::BeforeBrace, expression_follows, false) {
        if let Piece::Text(text) = piece {
            nodes.push(Node::Constant(lexer::unescape_backslashes(&text).into()));
        }
    }
}

fn bare_name(name: &str, span: Range<usize>, called: bool) -> ExpressionError {
    let (message, label) = if called {
        (
            "a function as an argument needs an expression of its own",
            format!("write ${{{name}(...)}}"),
        )
    } else {
        (
            "an argument cannot be a bare name",
            format!("the attribute is ${{{name}}}, the text is '{name}'"),
        )
    };
    ExpressionError::new(span, message).label(label)
}

fn needs_value(name: &str, span: Range<usize>) -> ExpressionError {
    ExpressionError::new(span, format!("`{name}` needs a value before it"))
        .label(format!("write ${{attribute:{name}(...)}}"))
}

fn nothing_follows(span: Range<usize>, last: &Function) -> ExpressionError {
    ExpressionError::new(span, format!("nothing can follow `{}`", last.name)).help(format!(
        "put the whole into a new one: ${{literal(${{...:{}}}):...}}",
        last.signature()
    ))
}

fn counted(arguments: usize) -> String {
    match arguments {
        0 => "no arguments".to_owned(),
        1 => "1 argument".to_owned(),
        more => format!("{more} arguments"),
    }
}

/// The names of a multi-attribute function are texts or expressions, and not empty.
fn check_names_argument(from: ValuesFrom, node: &Node, span: &Range<usize>) -> Compiled<()> {
    match node {
        Node::Constant(Value::String(name)) if name.is_empty() && from == ValuesFrom::Names => {
            Err(ExpressionError::new(span.clone(), "the name of an attribute cannot be empty"))
        }
        Node::Constant(Value::String(_)) | Node::Joined(_) | Node::Expression(_) => Ok(()),
        Node::Constant(_) | Node::Parameter(_) => Err(ExpressionError::new(
            span.clone(),
            "only a text in quotes or an expression can stand here",
        )),
    }
}

/// What is asked of several values must be a yes or no, or, of all of them, a count or a list.
fn check_several(chain: &Chain, span: Range<usize>) -> Compiled<()> {
    let Subject::Function(first) = &chain.subject else { return Ok(()) };
    let Position::Several(several) = first.function.position else { return Ok(()) };
    let reduced =
        chain.calls.last().is_some_and(|last| matches!(last.function.position, Position::Last(_)));
    if (reduced && several.all)
        || (!reduced && !chain.calls.is_empty() && chain.result == Type::Boolean)
    {
        return Ok(());
    }
    let name = first.function.name;
    let error =
        ExpressionError::new(span, format!("what follows `{name}` must end in true or false"));
    Err(if several.all { error.label("or in `count()` or `join(...)`") } else { error })
}
