//! [`Report`]: everything that is wrong with a file, gathered while it is read. Not a printer: the caller says where to.
//!
//! Invariant: at most [`DIAGNOSTICS_MAX`] messages come out, by line, and no warning takes an error's place.

use std::{cell::RefCell, fmt};

use processors_api::{
    Diagnostic, Source, Span,
    diagnostic::{Code, Look, Severity, code as api_code, render_all},
    yaml::DIAGNOSTICS_MAX,
};

use super::{code, graph::Flow};

/// What is said when something is not there.
const MISSING: [Code; 5] = [
    api_code::MISSING_PROPERTY,
    code::MISSING_KEY,
    code::UNKNOWN_PLACE,
    code::WITHOUT_PLACE,
    code::NO_SCHEDULE,
];

/// A flow that loaded.
pub struct Loaded {
    pub flow: Flow,
    /// What somebody should look at all the same.
    pub warnings: Vec<Diagnostic>,
    pub source: Source,
    /// Where secrets stand in the file, for the renderer to mask.
    pub secrets: Vec<Span>,
}

/// Everything that is wrong with a file.
#[derive(Debug)]
pub struct LoadErrors {
    /// Errors and warnings, by line.
    pub diagnostics: Vec<Diagnostic>,
    pub source: Source,
    /// Where secrets stand in the file, for the renderer to mask.
    pub secrets: Vec<Span>,
}

impl Loaded {
    /// The warnings as a person reads them; empty when there are none.
    pub fn render(&self, look: Look) -> String {
        render_all(&self.source, &self.warnings, &self.secrets, look)
    }
}

impl LoadErrors {
    /// A file that could not even be read.
    pub(super) fn unreadable(source: Source, diagnostic: Diagnostic) -> Self {
        Self { diagnostics: vec![diagnostic], source, secrets: Vec::new() }
    }

    /// All messages as a person reads them.
    pub fn render(&self, look: Look) -> String {
        render_all(&self.source, &self.diagnostics, &self.secrets, look)
    }
}

impl fmt::Display for LoadErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.render(Look::Plain).trim_end())
    }
}

impl std::error::Error for LoadErrors {}

/// What is wrong so far.
pub(super) struct Report<'s> {
    pub(super) source: &'s Source,
    diagnostics: RefCell<Vec<Diagnostic>>,
    secrets: RefCell<Vec<Span>>,
}

impl<'s> Report<'s> {
    pub(super) fn new(source: &'s Source, diagnostics: Vec<Diagnostic>) -> Self {
        Self { source, diagnostics: RefCell::new(diagnostics), secrets: RefCell::default() }
    }

    pub(super) fn add(&self, diagnostic: Diagnostic) {
        self.diagnostics.borrow_mut().push(diagnostic);
    }

    /// For a message that takes long to make: none is made when there are more already than come out.
    pub(super) fn add_unless_full(&self, diagnostic: impl FnOnce() -> Diagnostic) {
        let diagnostics = self.diagnostics.borrow();
        let is_full = diagnostics.iter().filter(|one| is_error(one)).nth(DIAGNOSTICS_MAX).is_some();
        drop(diagnostics);
        if !is_full {
            self.add(diagnostic());
        }
    }

    pub(super) fn add_all(&self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        self.diagnostics.borrow_mut().extend(diagnostics);
    }

    pub(super) fn error(
        &self,
        code: Code,
        span: Span,
        message: impl Into<String>,
        label: impl Into<String>,
    ) {
        self.add(Diagnostic::error(code, span, message).label(label));
    }

    pub(super) fn add_secrets(&self, spans: impl IntoIterator<Item = Span>) {
        self.secrets.borrow_mut().extend(spans);
    }

    pub(super) fn has_errors(&self) -> bool {
        self.diagnostics.borrow().iter().any(is_error)
    }

    /// Whether anything that was found is such.
    pub(super) fn any(&self, is_such: impl Fn(&Diagnostic) -> bool) -> bool {
        self.diagnostics.borrow().iter().any(is_such)
    }

    /// What was found, by line, and where the secrets stand.
    pub(super) fn into_parts(self) -> (Vec<Diagnostic>, Vec<Span>) {
        let mut diagnostics = self.diagnostics.into_inner();
        // What seems to be missing may stand on the lines that could not be read.
        if diagnostics.iter().any(|diagnostic| diagnostic.code == api_code::INDENTATION) {
            diagnostics.retain(|diagnostic| !MISSING.contains(&diagnostic.code));
        }
        diagnostics.sort_by_key(|diagnostic| {
            (diagnostic.severity, diagnostic.span.start, diagnostic.code)
        });
        diagnostics.truncate(DIAGNOSTICS_MAX);
        diagnostics.sort_by_key(|diagnostic| (diagnostic.span.start, diagnostic.code));
        (diagnostics, self.secrets.into_inner())
    }
}

fn is_error(diagnostic: &Diagnostic) -> bool {
    diagnostic.severity == Severity::Error
}
