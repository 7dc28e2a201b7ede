//! A compiled JSONPath, as lenient as the library that NiFi uses: no `$` at the begin, a dot before a bracket, and any
//! sign in a name behind a dot. Not the query language itself: filters, slices and `..` go to `jsonpath-rust`; a path of
//! names, numbers and `*` is walked here.

use std::{borrow::Cow, iter::Peekable, str::CharIndices};

use jsonpath_rust::{
    parser::{model::JpQuery, parse_json_path},
    query::js_path_process,
};
use serde_json::Value;

/// The longest path.
const PATH_BYTES_MAX: usize = 16 * 1024;

/// A path, ready to be looked up.
#[derive(Debug)]
pub(super) struct Path {
    lookup: Lookup,
    /// It can only find one value: what it finds stands for itself, not in a list.
    definite: bool,
}

#[derive(Debug)]
enum Lookup {
    Walk(Vec<Step>),
    Query(JpQuery),
}

#[derive(Debug, PartialEq)]
enum Step {
    Name(String),
    Index(i64),
    All,
    /// `..`: the next step anywhere below.
    Deep,
    /// What stands in brackets and is none of these.
    Other(String),
}

impl Path {
    pub(super) fn compile(text: &str) -> Result<Self, String> {
        let steps = steps(text)?;
        let definite = steps.iter().all(|step| matches!(step, Step::Name(_) | Step::Index(_)));
        let plain = !steps.iter().any(|step| matches!(step, Step::Deep | Step::Other(_)));
        let lookup = if plain {
            Lookup::Walk(steps)
        } else {
            let query = steps.iter().map(written).collect::<String>();
            let parsed = parse_json_path(&format!("${query}"));
            Lookup::Query(parsed.map_err(|_| "it is not a JSONPath that is known here".to_owned())?)
        };
        Ok(Self { lookup, definite })
    }

    /// What it finds. A path that may find several things always finds a list, if only an empty one.
    pub(super) fn find<'v>(&self, document: &'v Value) -> Result<Option<Cow<'v, Value>>, String> {
        let found: Vec<&'v Value> = match &self.lookup {
            Lookup::Walk(steps) => walk(document, steps),
            Lookup::Query(query) => js_path_process(query, document)
                .map_err(|_| "the path cannot be looked up in this content".to_owned())?
                .into_iter()
                .map(|found| found.val())
                .collect(),
        };
        if self.definite {
            return Ok(found.first().map(|value| Cow::Borrowed(*value)));
        }
        Ok(Some(Cow::Owned(Value::Array(found.into_iter().cloned().collect()))))
    }
}

fn walk<'v>(document: &'v Value, steps: &[Step]) -> Vec<&'v Value> {
    let mut found = vec![document];
    for step in steps {
        found = found.into_iter().flat_map(|value| below(value, step)).collect();
    }
    found
}

fn below<'v>(value: &'v Value, step: &Step) -> Vec<&'v Value> {
    match (step, value) {
        (Step::Name(name), Value::Object(members)) => members.get(name).into_iter().collect(),
        (Step::Index(index), Value::Array(items)) => {
            let index = if *index < 0 { *index + items.len() as i64 } else { *index };
            usize::try_from(index).ok().and_then(|index| items.get(index)).into_iter().collect()
        }
        (Step::All, Value::Array(items)) => items.iter().collect(),
        (Step::All, Value::Object(members)) => members.values().collect(),
        _ => Vec::new(),
    }
}

/// A step as RFC 9535 writes it.
fn written(step: &Step) -> String {
    match step {
        Step::Name(name) => {
            format!("['{}']", name.replace('\\', "\\\\").replace('\'', "\\'"))
        }
        Step::Index(index) => format!("[{index}]"),
        Step::All => "[*]".to_owned(),
        Step::Deep => "..".to_owned(),
        Step::Other(inside) => format!("[{inside}]"),
    }
}

fn steps(text: &str) -> Result<Vec<Step>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("it is empty".to_owned());
    }
    if text.len() > PATH_BYTES_MAX {
        return Err(format!("it is longer than {PATH_BYTES_MAX} bytes"));
    }
    let rooted = match text.strip_prefix('$') {
        Some(rest) => Cow::Borrowed(rest),
        None => Cow::Owned(format!(".{text}")),
    };
    if rooted.ends_with('.') {
        return Err("it must not end with a dot".to_owned());
    }
    let mut signs = rooted.char_indices().peekable();
    let mut steps = Vec::new();
    while let Some((at, sign)) = signs.peek().copied() {
        // Behind a bracket a name needs no dot.
        if !matches!(sign, '.' | '[') && !steps.is_empty() {
            steps.push(name(&mut signs)?);
            continue;
        }
        signs.next();
        match sign {
            '[' => steps.push(bracket(&rooted, at, &mut signs)?),
            '.' => {
                if signs.next_if(|(_, next)| *next == '.').is_some() {
                    steps.push(Step::Deep);
                }
                if signs.peek().is_some_and(|(_, next)| *next != '[') {
                    steps.push(name(&mut signs)?);
                }
            }
            other => return Err(format!("a dot or a bracket is wanted before `{other}`")),
        }
    }
    Ok(steps)
}

/// The name behind a dot: up to the next dot or bracket.
fn name(signs: &mut Peekable<CharIndices<'_>>) -> Result<Step, String> {
    let mut name = String::new();
    while let Some((_, sign)) = signs.next_if(|(_, sign)| !matches!(sign, '.' | '[')) {
        if sign.is_whitespace() {
            return Err("a name with a blank stands in brackets and quotes: ['my name']".to_owned());
        }
        name.push(sign);
    }
    match name.as_str() {
        "" => Err("a name is wanted behind the dot".to_owned()),
        "*" => Ok(Step::All),
        function if function.ends_with(')') && function.contains('(') => {
            Err(format!("functions such as `{function}` are not known here"))
        }
        _ => Ok(Step::Name(name)),
    }
}

/// What stands in the brackets that begin at `open`.
fn bracket(text: &str, open: usize, signs: &mut Peekable<CharIndices<'_>>) -> Result<Step, String> {
    let mut depth = 1_usize;
    let mut quote = None;
    while let Some((at, sign)) = signs.next() {
        match (quote, sign) {
            (Some(_), '\\') => drop(signs.next()),
            (Some(open), close) if open == close => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(sign),
            (None, '[') => depth += 1,
            (None, ']') => depth -= 1,
            (None, _) => {}
        }
        if depth == 0 {
            return inside(text.get(open + 1..at).unwrap_or_default().trim());
        }
    }
    Err("a bracket is not closed".to_owned())
}

fn inside(text: &str) -> Result<Step, String> {
    if text.is_empty() {
        return Err("there is nothing in the brackets".to_owned());
    }
    if text == "*" {
        return Ok(Step::All);
    }
    if let Ok(index) = text.parse() {
        return Ok(Step::Index(index));
    }
    let quoted =
        ['\'', '"'].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote));
    match quoted {
        Some(name) if !name.contains(['\'', '"', '\\']) => Ok(Step::Name(name.to_owned())),
        _ => Ok(Step::Other(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(path: &str) -> Option<Value> {
        let document = json!({
            "a": {"b-c": [1, {"d e": 2}, "x"], "n": null},
            "list": [{"id": 1, "n": 5}, {"id": 2}],
        });
        let path = Path::compile(path).unwrap();
        path.find(&document).unwrap().map(Cow::into_owned)
    }

    #[test]
    fn paths_find_what_they_say() {
        for (path, expected) in [
            ("$.a.b-c[0]", Some(json!(1))),
            ("a.b-c[0]", Some(json!(1))),
            ("$.a.['b-c'][-1]", Some(json!("x"))),
            ("$['a'][\"b-c\"][1]['d e']", Some(json!(2))),
            ("$.a.n", Some(json!(null))),
            ("$.a.x", None),
            ("$.a[0]", None),
            ("$.list.id", None),
            ("$.list[*].id", Some(json!([1, 2]))),
            ("$.list.*.n", Some(json!([5]))),
            ("$.list.[*].none", Some(json!([]))),
            ("$..id", Some(json!([1, 2]))),
            ("$.list[0:1].id", Some(json!([1]))),
            ("$.list[?(@.id == 2)].id", Some(json!([2]))),
            ("$.list[?(@.n)].id", Some(json!([1]))),
            ("$.a['b-c'][1]no-dot#", None),
        ] {
            assert_eq!(found(path), expected, "{path}");
        }
    }

    /// Every text of up to five of these signs.
    #[test]
    fn no_path_makes_it_panic() {
        let document = json!({"a": [1, {"a": 2}]});
        let mut paths = vec![String::new()];
        for _ in 0..5 {
            let longer = |path: &String| {
                "$.a[]'*1".chars().map(|sign| format!("{path}{sign}")).collect::<Vec<_>>()
            };
            paths = paths.iter().flat_map(longer).collect();
            for path in &paths {
                if let Ok(path) = Path::compile(path) {
                    let _ = path.find(&document);
                }
            }
        }
    }
}
