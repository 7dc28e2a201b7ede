//! From the text of a path to a [`Route`]. As lenient as NiFi's library: no `$` at the begin, a dot before a bracket, any
//! sign in a name behind a dot; and as strict where that is strict. Not filters and literals: those are beside it.

use super::{
    JsonPathError, filter_parser,
    function::{Argument, Call, Function},
    limits::{PATH_BYTES_MAX, STEPS_MAX},
    scanner::{Parsed, Scanner},
    step::{Route, Slice, Start, Step},
};

/// Reads a whole path.
pub(super) fn path(text: &str) -> Result<Route, JsonPathError> {
    if text.len() > PATH_BYTES_MAX {
        let message = format!("a path has at most {PATH_BYTES_MAX} bytes");
        return Err(JsonPathError::new(0..text.len(), message));
    }
    let trimmed = text.trim_end();
    if trimmed.trim_start().is_empty() {
        return Err(
            JsonPathError::new(0..text.len(), "the path is empty").help("the whole document: $")
        );
    }
    if let Some(before) = trimmed.strip_suffix('.') {
        let message = "a path must not end with a dot";
        return Err(JsonPathError::new(before.len()..trimmed.len(), message));
    }
    let mut scanner = Scanner::new(trimmed);
    scanner.skip_blanks();
    if matches!(scanner.peek(), Some('$' | '@')) {
        scanner.next();
        return Reader { scanner: &mut scanner, inside: Inside::Nothing }.route(Start::Document);
    }
    Reader { scanner: &mut scanner, inside: Inside::Nothing }.without_root()
}

/// Reads a path in a filter or among a function's arguments; it stands at its `$` or `@`.
pub(super) fn inner_path(scanner: &mut Scanner<'_>, inside: Inside) -> Parsed<Route> {
    let start = if scanner.next() == Some('@') { Start::Item } else { Start::Document };
    scanner.nested(|scanner| Reader { scanner, inside }.route(start))
}

/// What a path stands in: that says where it ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Inside {
    Nothing,
    Filter,
    Arguments,
}

impl Inside {
    fn ends(self, sign: char) -> bool {
        match self {
            Self::Nothing => false,
            Self::Filter => sign.is_whitespace() || "()=<>!~&|,]}".contains(sign),
            Self::Arguments => sign.is_whitespace() || "(),".contains(sign),
        }
    }
}

struct Reader<'s, 't> {
    scanner: &'s mut Scanner<'t>,
    inside: Inside,
}

impl Reader<'_, '_> {
    fn route(mut self, start: Start) -> Parsed<Route> {
        if let Some(sign) = self.sign()
            && !matches!(sign, '.' | '[')
        {
            let found = if start == Start::Item { '@' } else { '$' };
            let message = format!("a dot or a bracket is wanted behind `{found}`");
            return Err(self.scanner.error_here(message));
        }
        self.steps(Route { start, steps: Vec::new(), call: None })
    }

    /// The steps of a path that begins with none of its signs, as if `$.` stood before it.
    fn without_root(mut self) -> Parsed<Route> {
        let mut route = Route { start: Start::Document, steps: Vec::new(), call: None };
        if self.scanner.take(".") {
            route.steps.push(Step::Deep);
        }
        self.after_dot(&mut route)?;
        self.steps(route)
    }

    /// The next sign of this path.
    fn sign(&self) -> Option<char> {
        self.scanner.peek().filter(|sign| !self.inside.ends(*sign))
    }

    fn steps(&mut self, mut route: Route) -> Parsed<Route> {
        while let Some(sign) = self.sign() {
            if route.call.is_some() {
                return Err(self.scanner.error_here("nothing can follow a function"));
            }
            if route.steps.len() >= STEPS_MAX {
                let message = format!("a path has at most {STEPS_MAX} steps");
                return Err(self.scanner.error_here(message));
            }
            match sign {
                '.' => self.dot(&mut route)?,
                '[' => route.steps.push(self.bracket()?),
                _ => self.name_or_all(&mut route)?,
            }
        }
        Ok(route)
    }

    fn dot(&mut self, route: &mut Route) -> Parsed<()> {
        self.scanner.next();
        if self.scanner.take(".") {
            route.steps.push(Step::Deep);
        }
        self.after_dot(route)
    }

    fn after_dot(&mut self, route: &mut Route) -> Parsed<()> {
        match self.sign() {
            None => Err(self.scanner.error_here("a name is wanted behind the dot")),
            Some('.') => Err(self.scanner.error_here("there is a dot too many")),
            Some('[') => {
                route.steps.push(self.bracket()?);
                Ok(())
            }
            Some(_) => self.name_or_all(route),
        }
    }

    /// The name up to the next dot or bracket, or `*`, or a function.
    fn name_or_all(&mut self, route: &mut Route) -> Parsed<()> {
        if self.scanner.take("*") {
            route.steps.push(Step::All);
            return Ok(());
        }
        let start = self.scanner.at();
        let inside = self.inside;
        let ends = |sign: char| matches!(sign, '.' | '[' | '(') || inside.ends(sign);
        let name = self.scanner.take_while(|sign| !ends(sign) && !sign.is_whitespace());
        if self.inside == Inside::Nothing && self.scanner.peek().is_some_and(char::is_whitespace) {
            let error =
                self.scanner.error_here("a name with a blank stands in brackets and quotes");
            return Err(error.help("write: ['my name']"));
        }
        if self.scanner.peek() == Some('(') {
            route.call = Some(self.call(name, start)?);
            // The length of what is found anywhere is the length of all that together.
            if route.gathers() && route.call.as_ref().is_some_and(Call::is_length) {
                route.steps.push(Step::All);
            }
            return Ok(());
        }
        if name.is_empty() {
            return Err(self.scanner.error_here("a name is wanted here"));
        }
        route.steps.push(Step::Name(name.to_owned()));
        Ok(())
    }

    /// `(argument, ...)` behind a function's name.
    fn call(&mut self, name: &str, start: usize) -> Parsed<Call> {
        let Some(function) = Function::named(name) else {
            let error = self.scanner.error_from(start, format!("there is no function `{name}()`"));
            return Err(error
                .help(format!("the functions: {}", Function::names()))
                .help("a name with a parenthesis in it stands in brackets and quotes: ['f(x)']"));
        };
        self.scanner.next();
        let mut arguments = Vec::new();
        if self.scanner.peek_after_blanks() != Some(')') {
            loop {
                arguments.push(self.argument()?);
                if self.scanner.peek_after_blanks() != Some(',') {
                    break;
                }
                self.scanner.next();
            }
        }
        self.scanner.expect(')', "behind the arguments of a function")?;
        Call::new(function, arguments).map_err(|reason| self.scanner.error_from(start, reason))
    }

    fn argument(&mut self) -> Parsed<Argument> {
        if matches!(self.scanner.peek_after_blanks(), Some('$' | '@')) {
            // As in NiFi's library, an argument always begins at the document.
            let route = inner_path(self.scanner, Inside::Arguments)?;
            return Ok(Argument::Path(Route { start: Start::Document, ..route }));
        }
        Ok(Argument::Literal(filter_parser::json(self.scanner)?))
    }

    /// What stands in brackets.
    fn bracket(&mut self) -> Parsed<Step> {
        let open = self.scanner.at();
        self.scanner.next();
        let step = match self.scanner.peek_after_blanks() {
            Some('\'' | '"') => self.names()?,
            Some('?') => return self.filter(),
            Some('*') => {
                self.scanner.next();
                Step::All
            }
            Some('0'..='9' | '-' | ':') => self.places()?,
            None => {
                return Err(self.scanner.error_at(open..open + 1, "this bracket is never closed"));
            }
            Some(']') => return Err(self.scanner.error_here("there is nothing in the brackets")),
            Some(_) => return Err(self.unknown_in_brackets()),
        };
        self.scanner.expect(']', "at the end of the brackets")?;
        Ok(step)
    }

    fn unknown_in_brackets(&mut self) -> JsonPathError {
        let start = self.scanner.at();
        let text = self.scanner.take_while(|sign| sign != ']');
        let message = "in brackets stands a name in quotes, a place, `*` or a filter `?(...)`";
        let error = self.scanner.error_from(start, message);
        if text.contains(['\'', '"', '[', '(']) {
            return error;
        }
        error.label(format!("write: ['{}']", text.trim()))
    }

    /// `'a', 'b'`
    fn names(&mut self) -> Parsed<Step> {
        let mut names = vec![self.scanner.quoted()?];
        while self.scanner.peek_after_blanks() == Some(',') {
            self.scanner.next();
            match self.scanner.peek_after_blanks() {
                Some('\'' | '"') => names.push(self.scanner.quoted()?),
                _ => return Err(self.scanner.error_here("a name in quotes is wanted here")),
            }
        }
        if names.len() > 1 {
            return Ok(Step::Names(names));
        }
        Ok(Step::Name(names.pop().unwrap_or_default()))
    }

    /// `1`, `0, 2`, `1:3`
    fn places(&mut self) -> Parsed<Step> {
        let start = self.scanner.at();
        let is_of_places = |sign: char| sign.is_ascii_digit() || "-:, ".contains(sign);
        let text = self.scanner.take_while(is_of_places).trim();
        let place = |text: &str| match text.trim().parse::<i32>() {
            Ok(place) => Ok(i64::from(place)),
            Err(_) => {
                let message = format!("`{}` is no place in a list", text.trim());
                Err(self.scanner.error_from(start, message))
            }
        };
        if text.contains(':') {
            return self.slice(text, start);
        }
        let places = text.split(',').map(place).collect::<Parsed<Vec<i64>>>()?;
        Ok(match places.as_slice() {
            [single] => Step::Index(*single),
            _ => Step::Indexes(places),
        })
    }

    fn slice(&mut self, text: &str, start: usize) -> Parsed<Step> {
        let error = |message: &str| self.scanner.error_from(start, message);
        let mut ends = text.split(':').map(|end| match end.trim() {
            "" => Ok(None),
            end => match end.parse::<i32>() {
                Ok(place) => Ok(Some(i64::from(place))),
                Err(_) => Err(error("a part of a list is written [from:to]")),
            },
        });
        let (from, to) = (ends.next().transpose()?.flatten(), ends.next().transpose()?.flatten());
        if ends.next().is_some() {
            return Err(error("a part of a list cannot be taken in steps")
                .label("NiFi reads a third number and ignores it"));
        }
        if from.is_none() && to.is_none() {
            return Err(error("a part of a list needs a begin or an end").label("all of it: [*]"));
        }
        Ok(Step::Slice(Slice { from, to }))
    }

    /// `?( condition )`
    fn filter(&mut self) -> Parsed<Step> {
        self.scanner.next();
        if self.scanner.peek_after_blanks() != Some('(') {
            return Err(self
                .scanner
                .error_here("the condition of a filter stands in parentheses")
                .help("write: [?(@.name == 'x')]"));
        }
        self.scanner.next();
        let condition = filter_parser::condition(self.scanner)?;
        self.scanner.expect(')', "behind the condition of a filter")?;
        self.scanner.expect(']', "behind the filter")?;
        Ok(Step::Filter(condition))
    }
}
