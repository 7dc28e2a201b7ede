//! What a condition always gives, whatever a flowfile carries: `${a:equals('x'):and(${a:equals('y')})}` never holds. Not
//! an evaluation, and no prover: only what nobody writes on purpose is known, and whatever is said is certain.

use super::{
    Value,
    evaluation::{Chain, Invocation, Node, Subject},
    function::Position,
};

/// More questions than this are not compared with each other.
const TESTS_MAX: usize = 100;

/// What a condition asks.
#[derive(Clone, Debug)]
enum Formula {
    Known(bool),
    Test(Test),
    All(Vec<Formula>),
    Any(Vec<Formula>),
    Unknown,
}

/// One question, and whether its answer must be yes.
#[derive(Clone, Debug)]
struct Test {
    /// What is asked about, written in one way.
    of: String,
    question: Question,
    holds: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum Question {
    Null,
    /// Null, or white space only.
    Empty,
    Equals(String),
}

/// What a condition always gives, if that is known. `${literal(true)...}` is: an author who writes it means it.
pub(super) fn of(chain: &Chain) -> Option<bool> {
    let formula = formula(chain);
    if never(&formula) {
        return Some(false);
    }
    never(&negated(formula)).then_some(true)
}

fn formula(chain: &Chain) -> Formula {
    let mut of = subject(&chain.subject);
    let mut asked: Option<Formula> = None;
    for (at, call) in chain.calls.iter().enumerate() {
        let before = chain.calls[..at].last();
        asked = Some(match asked {
            Some(formula) => joined(formula, call),
            None if matches!(call.function.position, Position::Last(_)) => Formula::Unknown,
            None => match test(of.as_deref(), before, call) {
                Some(formula) => formula,
                None => {
                    of = of.and_then(|of| Some(format!("{of}:{}", written(call)?)));
                    continue;
                }
            },
        });
    }
    asked.unwrap_or_else(|| constant(chain))
}

/// `and`, `or` and `not` behind a condition.
fn joined(formula: Formula, call: &Invocation) -> Formula {
    let other = || match call.arguments.first().map(|given| &given.node) {
        Some(Node::Expression(chain)) => self::formula(chain),
        Some(Node::Constant(Value::Boolean(value))) => Formula::Known(*value),
        _ => Formula::Unknown,
    };
    match call.function.name {
        "not" => negated(formula),
        "and" => Formula::All(vec![formula, other()]),
        "or" => Formula::Any(vec![formula, other()]),
        _ => Formula::Unknown,
    }
}

/// What a function asks, when it is one that asks; `of` is missing when it is another value each time.
fn test(of: Option<&str>, before: Option<&Invocation>, call: &Invocation) -> Option<Formula> {
    let literal = call.arguments.first().and_then(|given| given.node.literal());
    let question = match (call.function.name, literal) {
        ("isNull" | "notNull", _) => Question::Null,
        ("isEmpty", _) => Question::Empty,
        ("equals", Some(text)) if cannot_be(before, text) => return Some(Formula::Known(false)),
        ("equals", Some(text)) if is_text(before) => Question::Equals(text.to_owned()),
        _ if is_below_zero(before, call) => return Some(Formula::Known(false)),
        _ if call.function.result == super::Type::Boolean => return Some(Formula::Unknown),
        _ => return None,
    };
    let holds = call.function.name != "notNull";
    Some(match of {
        Some(of) => Formula::Test(Test { of: of.to_owned(), question, holds }),
        None => Formula::Unknown,
    })
}

/// Whether what the function before gives can never be this text.
fn cannot_be(before: Option<&Invocation>, text: &str) -> bool {
    let blank = |c: char| c <= ' ';
    match before.map(|call| call.function.name) {
        Some("toUpper") => text.contains(|c: char| c.is_ascii_lowercase()),
        Some("toLower") => text.contains(|c: char| c.is_ascii_uppercase()),
        Some("trim") => text.starts_with(blank) || text.ends_with(blank),
        _ => false,
    }
}

fn is_text(before: Option<&Invocation>) -> bool {
    before.is_none_or(|call| call.function.result == super::Type::String)
}

/// Whether a length is asked to be less than nothing.
fn is_below_zero(before: Option<&Invocation>, call: &Invocation) -> bool {
    let counts = before.is_some_and(|call| call.function.name == "length");
    let Some(Node::Constant(Value::Whole(number))) =
        call.arguments.first().map(|given| &given.node)
    else {
        return false;
    };
    counts
        && match call.function.name {
            "lt" => *number <= 0,
            "le" | "equals" => *number < 0,
            _ => false,
        }
}

/// An expression without a question: what it is when it is written out.
fn constant(chain: &Chain) -> Formula {
    let Subject::Function(first) = &chain.subject else { return Formula::Unknown };
    match first.arguments.first().map(|given| &given.node) {
        Some(Node::Constant(Value::Boolean(value))) if first.function.name == "literal" => {
            Formula::Known(*value)
        }
        _ => Formula::Unknown,
    }
}

fn negated(formula: Formula) -> Formula {
    let all = |formulas: Vec<Formula>| formulas.into_iter().map(negated).collect();
    match formula {
        Formula::Known(value) => Formula::Known(!value),
        Formula::Test(test) => Formula::Test(Test { holds: !test.holds, ..test }),
        Formula::All(formulas) => Formula::Any(all(formulas)),
        Formula::Any(formulas) => Formula::All(all(formulas)),
        Formula::Unknown => Formula::Unknown,
    }
}

fn never(formula: &Formula) -> bool {
    match formula {
        Formula::Known(value) => !value,
        Formula::Test(_) | Formula::Unknown => false,
        Formula::Any(formulas) => formulas.iter().all(never),
        Formula::All(formulas) => {
            let mut tests = Vec::new();
            formulas.iter().for_each(|formula| gather(formula, &mut tests));
            formulas.iter().any(never) || contradict(&tests)
        }
    }
}

/// The questions that must all be answered so.
fn gather<'f>(formula: &'f Formula, tests: &mut Vec<&'f Test>) {
    match formula {
        Formula::Test(test) if tests.len() < TESTS_MAX => tests.push(test),
        Formula::All(formulas) => formulas.iter().for_each(|formula| gather(formula, tests)),
        _ => {}
    }
}

fn contradict(tests: &[&Test]) -> bool {
    tests.iter().enumerate().any(|(at, test)| {
        tests[..at]
            .iter()
            .any(|other| test.of == other.of && (excludes(test, other) || excludes(other, test)))
    })
}

/// Whether both cannot be so at once; the other way round need not be looked at.
fn excludes(test: &Test, other: &Test) -> bool {
    use Question::{Empty, Equals, Null};
    match (&test.question, test.holds, &other.question, other.holds) {
        (Equals(text), true, Equals(other), true) => text != other,
        (Equals(_), true, Null, true) => true,
        (Equals(text), true, Empty, true) => text.chars().any(|c| !c.is_whitespace()),
        (Null, true, Empty, false) => true,
        (question, holds, other, other_holds) => question == other && holds != other_holds,
    }
}

/// What is asked about, always written in the same way; nothing when it can be another value each time.
fn subject(subject: &Subject) -> Option<String> {
    match subject {
        Subject::Attribute(name) => Some(format!("${:?}", name.literal()?)),
        Subject::Parameter(name) => Some(format!("#{name:?}")),
        Subject::Function(_) => None,
    }
}

fn written(call: &Invocation) -> Option<String> {
    if super::compiler::NOT_PURE.contains(&call.function.name) {
        return None;
    }
    let arguments: Option<Vec<String>> = call
        .arguments
        .iter()
        .map(|given| match &given.node {
            Node::Constant(value) => Some(format!("{value:?}")),
            _ => None,
        })
        .collect();
    Some(format!("{}({})", call.function.name, arguments?.join(",")))
}

#[cfg(test)]
mod tests {
    use crate::expression::Template;

    fn always(condition: &str) -> Option<bool> {
        Template::compile(condition).unwrap().always()
    }

    #[test]
    fn what_can_never_be() {
        for condition in [
            "${a:equals('x'):and(${a:equals('y')})}",
            "${a:equals('x'):and(${b:equals('y'):and(${a:isNull()})})}",
            "${a:isEmpty():and(${a:isEmpty():not()})}",
            "${a:isEmpty():and(${a:equals('x')})}",
            "${a:toUpper():equals('abc')}",
            "${a:toLower():equals('ABC'):or(${a:length():lt(0)})}",
            "${a:trim():equals(' x')}",
            "${a:equals('x'):or(${b:isNull()}):and(${c:length():le(-1)})}",
            "${a:toUpper():equals('X'):and(${a:toUpper():equals('Y')})}",
            "${literal(false)}",
        ] {
            let known = Template::compile(condition).map(|template| template.always());
            assert_eq!(known, Ok(Some(false)), "{condition}");
        }
    }

    #[test]
    fn what_is_always_so() {
        for condition in [
            "${a:equals('x'):not():or(${a:equals('y'):not()})}",
            "${a:isNull():or(${a:notNull()})}",
            "${a:length():lt(0):not()}",
        ] {
            assert_eq!(always(condition), Some(true), "{condition}");
        }
    }

    #[test]
    fn what_may_be() {
        for condition in [
            "${a:equals('x'):or(${a:equals('y')})}",
            "${a:equals('x'):and(${b:equals('y')})}",
            "${a:equals('x'):and(${a:toUpper():equals('X')})}",
            "${a:isEmpty():and(${a:equals('  ')})}",
            "${a:isEmpty():and(${a:notNull()})}",
            "${now():equals('x'):and(${now():equals('y')})}",
            "${random():equals('1'):and(${random():equals('2')})}",
            "${a:append(${b}):equals('x'):and(${a:append(${c}):equals('y')})}",
            "${a:equals(${b}):and(${a:equals(${c})})}",
            "${a:toUpper():equals('ABC')}",
            "${a:length():lt(1)}",
            "${a:length():ge(0)}",
            "${anyAttribute('a', 'b'):equals('x'):and(${a:equals('y')})}",
            "${a:contains('x'):and(${a:contains('x'):not()})}",
        ] {
            assert_eq!(always(condition), None, "{condition}");
        }
    }
}
