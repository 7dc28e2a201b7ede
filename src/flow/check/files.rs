//! Files: a PutFile that would have to overwrite what the flow reads and never does, a name that is always the same, two
//! processors that write one file. Paths are compared as they are written; links are not followed.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use processors_api::{
    Diagnostic, Expr, FileConflict, FileUse, JavaRegex, Span, Text,
    diagnostic::{normalize, quote},
    expression::StaticScope,
};

use super::{
    super::{code, graph::Target, placed::Placed},
    Checked, advice,
    cycles::on_loops,
    names::{self, Name},
    network::Network,
};

/// A processor that writes a file, with what is known of where.
struct Writer<'a> {
    at: usize,
    placed: &'a Placed<'a>,
    name: &'a Expr<String>,
    conflict: FileConflict,
    /// The folder, when it is always the same.
    folder: Option<PathBuf>,
    /// What its name may be.
    names: Vec<Name>,
}

/// A processor that reads the files of a folder and leaves them there.
struct Reader<'a> {
    at: usize,
    placed: &'a Placed<'a>,
    folder: PathBuf,
    names: &'a str,
}

pub(super) fn check(checked: &Checked<'_>, network: &Network<'_>) {
    let readers = readers(checked);
    let writers = writers(checked, network);
    let on_loops = if writers.is_empty() { Vec::new() } else { on_loops(network) };
    for writer in &writers {
        let read = readers.iter().find(|reader| is_read(writer, reader));
        let is_on_loop = on_loops.get(writer.at).copied().unwrap_or_default();
        match (read, writer.conflict, fixed(writer)) {
            (Some(reader), FileConflict::Fails | FileConflict::Ignores, _) => {
                report_lost(checked, writer, reader);
            }
            (None, FileConflict::Replaces, Some(name))
                if is_on_loop && !is_held(checked, writer) =>
            {
                report_fixed(
                    checked,
                    writer,
                    name,
                    "each time round it replaces what it wrote the time before",
                );
            }
            (_, FileConflict::Fails, Some(name)) => {
                report_fixed(checked, writer, name, &where_it_fails(checked, writer));
            }
            (_, FileConflict::Ignores, Some(name)) => {
                report_fixed(checked, writer, name, "only the first one is ever stored");
            }
            _ => {}
        }
    }
    report_shared(checked, &writers);
}

fn readers<'a>(checked: &'a Checked<'_>) -> Vec<Reader<'a>> {
    let used = checked
        .placed
        .iter()
        .enumerate()
        .flat_map(|(at, placed)| placed.facts.files.iter().map(move |used| (at, placed, used)));
    let kept = used.filter_map(|(at, placed, used)| match used {
        FileUse::Reads { directory, names, keeps: true } => {
            Some(Reader { at, placed, folder: folder(checked, directory)?, names })
        }
        _ => None,
    });
    kept.collect()
}

fn writers<'a>(checked: &'a Checked<'_>, network: &Network<'_>) -> Vec<Writer<'a>> {
    let used = checked
        .placed
        .iter()
        .enumerate()
        .flat_map(|(at, placed)| placed.facts.files.iter().map(move |used| (at, placed, used)));
    let written = used.filter_map(|(at, placed, used)| match used {
        FileUse::Writes { directory, name, conflict } => Some(Writer {
            at,
            placed,
            name,
            conflict: *conflict,
            folder: folder(checked, directory),
            names: names::of(checked, network, at, name.template()),
        }),
        FileUse::Reads { .. } => None,
    });
    written.collect()
}

/// A folder that is always the same, without `.` and `..`.
fn folder(checked: &Checked<'_>, directory: &Expr<String>) -> Option<PathBuf> {
    let text = constant(checked, directory)?;
    let mut folder = PathBuf::new();
    for part in checked.folder.join(text.reveal()).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(folder.pop()),
            part => folder.push(part),
        }
    }
    Some(folder)
}

/// The value of an expression that no flowfile changes.
fn constant(checked: &Checked<'_>, expression: &Expr<String>) -> Option<Text> {
    let template = expression.template();
    let is_constant = template.is_pure() && template.attributes().is_empty();
    if !is_constant || checked.values.is_unknown(template.source()) {
        return None;
    }
    let scope = StaticScope::new().with_parameters(checked.values.parameters.clone());
    template.evaluate(&scope).ok()
}

/// Whether a writer may write what a reader reads.
fn is_read(writer: &Writer<'_>, reader: &Reader<'_>) -> bool {
    if writer.folder.as_ref() != Some(&reader.folder) {
        return false;
    }
    let Ok(pattern) = JavaRegex::new(reader.names) else { return false };
    writer.names.iter().any(|name| match name {
        Name::Always(name) => pattern.is_full_match(name.reveal()).unwrap_or_default(),
        Name::OfFileFrom(source) => *source == reader.at,
        Name::Unknown => false,
    })
}

/// The name, when it is always the same.
fn fixed<'w>(writer: &'w Writer<'_>) -> Option<&'w Text> {
    let is_same_folder = || {
        let uses = writer.placed.facts.files.iter();
        uses.into_iter().all(|used| match used {
            FileUse::Writes { directory, .. } => {
                directory.template().is_pure() && directory.template().attributes().is_empty()
            }
            FileUse::Reads { .. } => true,
        })
    };
    match writer.names.as_slice() {
        [Name::Always(name), rest @ ..] if is_same_folder() => {
            let is_it = |other: &Name| matches!(other, Name::Always(other) if other.reveal() == name.reveal());
            rest.iter().all(is_it).then_some(name)
        }
        _ => None,
    }
}

/// Whether a place of the flow holds the file that is written.
fn is_held(checked: &Checked<'_>, writer: &Writer<'_>) -> bool {
    let holds =
        checked.connected.connections.iter().filter_map(|connection| connection.hold.as_ref());
    holds.into_iter().any(|hold| {
        let folder = hold.file.parent().map(Path::to_owned);
        let name = hold.file.file_name().and_then(|name| name.to_str());
        folder == writer.folder && fixed(writer).is_some_and(|fixed| Some(fixed.reveal()) == name)
    })
}

fn report_lost(checked: &Checked<'_>, writer: &Writer<'_>, reader: &Reader<'_>) {
    let (id, source) = (quote(&writer.placed.model.id.text), quote(&reader.placed.model.id.text));
    let message =
        format!("{id} never overwrites, and the file it writes is the one {source} reads");
    let setting = conflict_property(writer.placed);
    let value = match writer.conflict {
        FileConflict::Ignores => "ignore",
        FileConflict::Fails | FileConflict::Replaces => "fail",
    };
    let (span, is_typed) = match typed(writer.placed, &setting) {
        Some(span) => (span, true),
        None => (type_of(writer.placed), false),
    };
    let label = if is_typed {
        "the file stays as it is".to_owned()
    } else {
        format!("{setting} is `{value}` when left out")
    };
    let what = if reader.placed.model.sensitivity.content {
        let end = match writer.conflict {
            FileConflict::Ignores => "be lost".to_owned(),
            _ => format!("end in {}", failure_place(checked, writer)),
        };
        format!("the new token would {end}, and the old one is dead after its grace period")
    } else {
        format!("{source} would read the old content again each time")
    };
    let verb = if is_typed { "write" } else { "add" };
    let diagnostic = Diagnostic::error(code::NEVER_OVERWRITES, span, message);
    checked
        .report
        .add(diagnostic.label(label).help(what).help(format!("{verb}:  {setting}: replace")));
}

fn report_fixed(checked: &Checked<'_>, writer: &Writer<'_>, name: &Text, what: &str) {
    let id = quote(&writer.placed.model.id.text);
    let shown = quote(name.masked());
    let message = format!("{id} writes every flowfile to the same file {shown}");
    let span = name_place(writer);
    let numbered = match name.masked().rsplit_once('.') {
        _ if name.is_sensitive() => "${uuid}".to_owned(),
        Some((stem, ending)) if !stem.is_empty() => format!("{stem}-${{uuid}}.{ending}"),
        _ => format!("{}-${{uuid}}", name.masked()),
    };
    let mut diagnostic = Diagnostic::warning(code::FIXED_NAME, span, message).label(what);
    diagnostic = diagnostic.help(format!("to keep them all, name each otherwise:  {numbered}"));
    if writer.conflict != FileConflict::Replaces {
        let setting = conflict_property(writer.placed);
        diagnostic = diagnostic.help(format!("to keep the newest:  {setting}: replace"));
    }
    checked.report.add(diagnostic);
}

/// Two that write one file, told at the second.
fn report_shared(checked: &Checked<'_>, writers: &[Writer<'_>]) {
    let mut known: HashMap<(&Path, &str), &Writer<'_>> = HashMap::new();
    for writer in writers {
        let (Some(folder), Some(name)) = (&writer.folder, fixed(writer)) else { continue };
        let Some(first) = known.get(&(folder.as_path(), name.reveal())) else {
            known.insert((folder, name.reveal()), writer);
            continue;
        };
        let (id, first) = (quote(&writer.placed.model.id.text), &first.placed.model.id);
        let line = first.span.start.line;
        let message = format!("{id} writes the same file as {} (line {line})", quote(&first.text));
        let diagnostic = Diagnostic::warning(code::SAME_FILE, name_place(writer), message);
        checked.report.add(
            diagnostic
                .label("each undoes what the other did")
                .help("give them different names, or lead both ways to one processor that writes"),
        );
    }
}

/// Where the name is typed.
fn name_place(writer: &Writer<'_>) -> Span {
    let source = writer.name.template().source();
    let text = writer.placed.texts.iter().find(|text| text.template.source() == source);
    text.map_or_else(|| type_of(writer.placed), |text| text.scalar.span)
}

fn type_of(placed: &Placed<'_>) -> Span {
    placed.model.kind.map_or(placed.model.id.span, |kind| kind.span)
}

/// The property that says what happens to a file that is there, as the type calls it.
fn conflict_property(placed: &Placed<'_>) -> String {
    let schema = placed.kind.map(|kind| (kind.schema)().to_value());
    let properties = schema.as_ref().and_then(|schema| schema.get("properties")?.as_object());
    let mut names = properties.into_iter().flat_map(|properties| properties.keys());
    let found = names.find(|name| name.starts_with("conflict"));
    found.cloned().unwrap_or_else(|| "conflict_resolution_strategy".to_owned())
}

fn typed(placed: &Placed<'_>, property: &str) -> Option<Span> {
    let properties = placed.model.properties?.as_map()?;
    let mut entries = properties.entries.iter();
    let is_typed = entries.any(|entry| normalize(&entry.key.text) == property);
    is_typed.then(|| advice::place(placed, property, None))
}

fn where_it_fails(checked: &Checked<'_>, writer: &Writer<'_>) -> String {
    format!("from the second on they end in {}", failure_place(checked, writer))
}

/// Where what cannot be written goes.
fn failure_place(checked: &Checked<'_>, writer: &Writer<'_>) -> String {
    let outgoing = checked.connected.outgoing.get(writer.at);
    let target = outgoing.and_then(|outgoing| outgoing.get("failure")?.first().copied());
    match target {
        Some(Target::Done) => "nothing".to_owned(),
        Some(target @ Target::Connection(_)) => {
            let to = checked.connection_of(target).and_then(|one| checked.placed.get(one.to.0));
            to.map_or("`failed`".to_owned(), |placed| quote(&placed.model.id.text))
        }
        Some(Target::Failed) | None => "`failed`".to_owned(),
    }
}
