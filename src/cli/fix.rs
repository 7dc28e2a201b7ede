//! `headwater validate --fix`: makes the changes in flow files that cannot change a meaning that was right. It judges
//! nothing itself: the messages bring their changes along.
//!
//! Invariants: a file is replaced whole or not at all; it never has more errors afterwards than before.

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

use processors_api::{
    Diagnostic, Source, Span,
    diagnostic::{JsonMessage, Severity, apply_fixes, quote},
};

use super::output::err;
use crate::flow::{self, LoadErrors, LoadOptions, Loaded, Registry};

/// One change can bring another mistake to light; after so many times somebody should look.
const PASSES_MAX: usize = 10;

/// Mends a flow file as far as that can be done without asking, and tells each change.
pub(super) fn fix(path: &Path, registry: &Registry, options: &LoadOptions) -> io::Result<()> {
    for _ in 0..PASSES_MAX {
        let loaded = flow::load(path, registry, options);
        let found = Found::of(&loaded);
        let Some((text, made)) = apply_fixes(found.source, found.diagnostics) else { break };
        let then = flow::load_text(path, &text, registry, options);
        if Found::of(&then).errors() > found.errors() {
            break;
        }
        replace(path, &text)?;
        made.into_iter().for_each(|diagnostic| err(found.told(diagnostic)));
    }
    Ok(())
}

/// What a load found, whether it gave a flow or not.
pub(super) struct Found<'l> {
    pub(super) source: &'l Source,
    pub(super) diagnostics: &'l [Diagnostic],
    pub(super) secrets: &'l [Span],
}

impl<'l> Found<'l> {
    pub(super) fn of(loaded: &'l Result<Loaded, LoadErrors>) -> Self {
        match loaded {
            Ok(Loaded { source, warnings: diagnostics, secrets, .. })
            | Err(LoadErrors { source, diagnostics, secrets }) => {
                Self { source, diagnostics, secrets }
            }
        }
    }

    /// Its messages, as objects.
    pub(super) fn messages(&self) -> impl Iterator<Item = JsonMessage> {
        self.diagnostics
            .iter()
            .map(|diagnostic| JsonMessage::new(self.source, diagnostic, self.secrets))
    }

    fn errors(&self) -> usize {
        self.diagnostics.iter().filter(|found| found.severity == Severity::Error).count()
    }

    /// A change, as it is told: nothing of a secret.
    fn told(&self, diagnostic: &Diagnostic) -> String {
        let message = JsonMessage::new(self.source, diagnostic, self.secrets);
        let what = match (&diagnostic.fix, &message.fix) {
            (Some(fix), Some(shown)) => {
                format!("{} is now {}", quote(self.source.slice(fix.span)), quote(&shown.text))
            }
            _ => message.message,
        };
        let JsonMessage { file, line, column, code, .. } = message;
        format!("{file}:{line}:{column}: fixed[{code}]: {what}")
    }
}

/// Puts a text in the place of a file, which keeps its mode and, when it is a link, stays one.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let real = path.canonicalize()?;
    let folder = real.parent().unwrap_or(Path::new("/"));
    let mut new = tempfile::Builder::new().prefix(".headwater-fix").tempfile_in(folder)?;
    new.write_all(text.as_bytes())?;
    new.as_file().set_permissions(fs::metadata(&real)?.permissions())?;
    new.as_file().sync_all()?;
    new.persist(&real)?;
    Ok(())
}
