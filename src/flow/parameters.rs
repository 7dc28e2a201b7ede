//! Where the values of parameters come from: the command line, a file of values, the flow file itself, the environment,
//! a file. Not from the process: the environment is handed in.
//!
//! A value that is nowhere is an error, unless the file is only checked; what depends on it is then unknown.

use std::{
    cell::OnceCell,
    collections::{BTreeSet, HashMap},
    io,
    path::Path,
    sync::Arc,
};

use processors_api::{
    Diagnostic, Node, Parameters, Scalar, Text,
    diagnostic::{quote, suggest},
};

use super::{
    LoadOptions, code, file,
    model::{FlowModel, ParameterModel, ParameterValue},
    report::Report,
};
use crate::limits::PARAMETER_FILE_BYTES_MAX;

/// The values of a flow's parameters.
pub(super) struct Values {
    pub(super) parameters: Parameters,
    /// Those that have none; they stand among the others as empty texts.
    unknown: BTreeSet<Arc<str>>,
}

impl Values {
    /// Whether a text depends on a parameter that has no value.
    pub(super) fn is_unknown(&self, text: &str) -> bool {
        !self.unknown.is_empty() && used_in(text).any(|name| self.unknown.contains(name))
    }
}

/// The parameters that a text uses.
fn used_in(text: &str) -> impl Iterator<Item = &str> {
    let escaped = |at: usize| text.get(..at).is_some_and(|before| before.ends_with('#'));
    text.match_indices("#{").filter(move |&(at, _)| !escaped(at)).filter_map(|(at, begin)| {
        let (name, _) = text.get(at + begin.len()..)?.split_once('}')?;
        Some(name.trim().trim_matches(['\'', '"']))
    })
}

/// Finds the value of every parameter.
pub(super) fn resolve(
    model: &FlowModel<'_>,
    folder: &Path,
    options: &LoadOptions,
    report: &Report<'_>,
) -> Values {
    let search = Search { model, folder, options, report, uses: OnceCell::new() };
    search.refuse_unknown_overrides();
    let mut values = Vec::new();
    let mut unknown = BTreeSet::new();
    for parameter in &model.parameters {
        let text = search.value(parameter).unwrap_or_else(|| {
            unknown.insert(Arc::clone(&parameter.name.text));
            String::new()
        });
        values.push((parameter.name.text.to_string(), Text::new(text, parameter.sensitive)));
    }
    Values { parameters: values.into_iter().collect(), unknown }
}

struct Search<'a> {
    model: &'a FlowModel<'a>,
    folder: &'a Path,
    options: &'a LoadOptions,
    report: &'a Report<'a>,
    /// The lines in which each parameter is used; made when a message needs them.
    uses: OnceCell<HashMap<&'a str, BTreeSet<usize>>>,
}

impl Search<'_> {
    /// The value; what is wrong when there is none has been reported.
    fn value(&self, parameter: &ParameterModel<'_>) -> Option<String> {
        if let Some(value) = self.options.overrides.get(&parameter.name.text) {
            return Some(value.reveal().to_owned());
        }
        match parameter.value {
            ParameterValue::Literal(text) => Some(text.text.to_string()),
            ParameterValue::Environment(name) => {
                let value = self.options.environment.get(&*name.text).cloned();
                if value.is_none() {
                    let name = &name.text;
                    let label = format!("the environment variable {name} is not set");
                    self.without_value(parameter, label, &format!("environment {name} (not set)"));
                }
                value
            }
            ParameterValue::File(path) => self.file(parameter, path),
            ParameterValue::Secret(text) => self.refuse_secret(parameter, text),
            ParameterValue::Outside => {
                let label = "it must be given with --param or --params";
                self.without_value(parameter, label, "this line (no value)");
                None
            }
            ParameterValue::Broken => None,
        }
    }

    fn file(&self, parameter: &ParameterModel<'_>, typed: &Scalar) -> Option<String> {
        let path = self.folder.join(&*typed.text);
        let bytes = match file::read(&path, PARAMETER_FILE_BYTES_MAX + 1) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let looked_at = format!("file {} (not there)", path.display());
                self.without_value(parameter, "there is no such file", &looked_at);
                return None;
            }
            Err(error) => return self.refuse_file(parameter, typed, &error.to_string()),
        };
        if bytes.len() as u64 > PARAMETER_FILE_BYTES_MAX {
            let why = format!("it has more than {} KB", PARAMETER_FILE_BYTES_MAX / 1024);
            return self.refuse_file(parameter, typed, &why);
        }
        let Ok(text) = String::from_utf8(bytes) else {
            return self.refuse_file(parameter, typed, "it is not UTF-8 text");
        };
        let line = text.strip_suffix('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
        Some(line.unwrap_or(&text).to_owned())
    }

    fn refuse_file(
        &self,
        parameter: &ParameterModel<'_>,
        path: &Scalar,
        why: &str,
    ) -> Option<String> {
        if !self.options.no_values {
            let name = quote(&parameter.name.text);
            let message =
                format!("the file with the value of the parameter {name} cannot be used: {why}");
            self.report.error(code::PARAMETER_SOURCE, path.span, message, "this file");
        }
        None
    }

    fn refuse_secret(&self, parameter: &ParameterModel<'_>, secret: &Scalar) -> Option<String> {
        let name = &parameter.name.text;
        let message = "this version cannot ask a secret store";
        let diagnostic = Diagnostic::error(code::PARAMETER_SOURCE, secret.span, message);
        let help = format!(
            "write: {name}: {{ env: NAME, sensitive: true }}, or {{ file: PATH, sensitive: true }}"
        );
        self.report.add(diagnostic.label("use `env` or `file`").help(help));
        None
    }

    fn without_value(
        &self,
        parameter: &ParameterModel<'_>,
        label: impl Into<String>,
        last_place: &str,
    ) {
        if self.options.no_values {
            return;
        }
        let name = &parameter.name.text;
        let span = match parameter.value {
            ParameterValue::Environment(text) | ParameterValue::File(text) => text.span,
            _ => parameter.name.span,
        };
        let message = format!("the parameter {} has no value", quote(name));
        let mut diagnostic =
            Diagnostic::error(code::NO_PARAMETER_VALUE, span, message).label(label);
        let looked_at = self.options.overrides.looked_at(name);
        diagnostic = diagnostic.help(format!("looked at: {looked_at}; {last_place}"));
        if let Some(lines) = self.lines_of_use(name) {
            diagnostic = diagnostic.help(lines);
        }
        let file = self.report.source.name();
        let file = if file.contains([' ', '\t', '$', '&', '(', ';', '"']) {
            format!("'{file}'")
        } else {
            file.to_owned()
        };
        let check =
            format!("to check the file without secrets: headwater validate --no-values {file}");
        self.report.add(diagnostic.help(check));
    }

    fn lines_of_use(&self, name: &str) -> Option<String> {
        let lines = self.uses.get_or_init(|| lines_of_use(self.model)).get(name)?;
        let lines: Vec<String> = lines.iter().map(usize::to_string).collect();
        match lines.as_slice() {
            [] => None,
            [line] => Some(format!("used at line {line}")),
            [rest @ .., last] => Some(format!("used at lines {} and {last}", rest.join(", "))),
        }
    }

    fn refuse_unknown_overrides(&self) {
        let known: Vec<&str> =
            self.model.parameters.iter().map(|parameter| &*parameter.name.text).collect();
        for (name, origin) in
            self.options.overrides.names().filter(|(name, _)| !known.contains(name))
        {
            let message = format!(
                "{} gives a value to {}, and this flow has no such parameter",
                quote(origin),
                quote(name)
            );
            let diagnostic =
                Diagnostic::error(code::UNKNOWN_OVERRIDE, self.model.parameters_place, message);
            self.report.add(match suggest(name, known.iter().copied()) {
                Some(near) => diagnostic.label(format!("did you mean `{near}`?")),
                None if known.is_empty() => diagnostic.label("it has no parameters"),
                None => diagnostic.label(format!("it has: {}", known.join(", "))),
            });
        }
    }
}

fn lines_of_use<'m>(model: &'m FlowModel<'_>) -> HashMap<&'m str, BTreeSet<usize>> {
    let mut uses: HashMap<&str, BTreeSet<usize>> = HashMap::new();
    let mut visit = |scalar: &'m Scalar| {
        for name in used_in(&scalar.text) {
            uses.entry(name).or_default().insert(scalar.span.start.line);
        }
    };
    for processor in &model.processors {
        processor.properties.into_iter().for_each(|node| each_text(node, &mut visit));
        let holds = processor.to.places().filter_map(|place| place.hold.as_ref());
        holds.for_each(|hold| visit(hold.file));
    }
    uses
}

/// Every text of a tree, whose depth the parser bounds.
fn each_text<'n>(node: &'n Node, visit: &mut impl FnMut(&'n Scalar)) {
    match node {
        Node::Scalar(text) => visit(text),
        Node::Sequence(sequence) => sequence.items.iter().for_each(|item| each_text(item, visit)),
        Node::Map(map) => map.entries.iter().for_each(|entry| each_text(&entry.value, visit)),
        Node::Absent(_) | Node::Broken(_) => {}
    }
}
