//! What the command line prints: results on standard output, errors on standard error, colours only on a terminal.

use std::{
    fmt::Display,
    io::{self, IsTerminal, Write},
    path::Path,
};

use anyhow::Context;

use super::Exit;

/// An error with the exit it asks for, in words for the user.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(super) struct Told {
    pub(super) exit: Exit,
    pub(super) message: String,
}

/// An error that ends the command with this exit.
pub(super) fn told(exit: Exit, message: impl Display) -> anyhow::Error {
    Told { exit, message: message.to_string() }.into()
}

/// Prints a result.
pub(super) fn out(text: impl Display) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    let written = writeln!(stdout, "{text}").and_then(|()| stdout.flush());
    written.context("the result cannot be written to standard output")
}

/// Prints something beside the result: diagnostics, progress, errors.
pub(super) fn err(text: impl Display) {
    // Nobody can be told that standard error is closed.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Prints why a command failed.
pub(super) fn error(error: &anyhow::Error) {
    err(format_args!("headwater: {}", in_words(error)));
}

/// An error and its causes, each said once: many errors name their cause in their own text.
fn in_words(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |said, cause| {
        match (said.is_empty(), said.contains(&cause)) {
            (true, _) => cause,
            (_, true) => said,
            (_, false) => format!("{said}: {cause}"),
        }
    })
}

/// A relationship as it stands behind a processor; `(error)` brings its brackets along.
pub(super) fn bracketed(relationship: &str) -> String {
    format!("({})", relationship.trim_matches(['(', ')']))
}

/// A path as it can be typed in a shell.
pub(super) fn typed(path: &Path) -> String {
    let path = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "/._-+,:@%=".contains(c);
    if !path.is_empty() && path.chars().all(plain) {
        return path;
    }
    format!("'{}'", path.replace('\'', r"'\''"))
}

pub(super) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// Whether standard error is coloured.
pub(super) fn coloured() -> bool {
    io::stderr().is_terminal() && may_colour()
}

/// Whether a terminal may be coloured.
pub(super) fn may_colour() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Rows as aligned columns, two spaces apart; columns of numbers to the right.
pub(super) fn columns(rows: &[Vec<String>]) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max()
    };
    let widths: Vec<usize> = (0..count).map(|column| width(column).unwrap_or(0)).collect();
    let is_number = |column: usize| {
        let mut cells = rows.iter().skip(1).filter_map(|row| row.get(column)).peekable();
        cells.peek().is_some() && cells.all(|cell| cell.chars().all(|c| c.is_ascii_digit()))
    };
    let numeric: Vec<bool> = (0..count).map(is_number).collect();
    let cell = |(column, text): (usize, &String)| match numeric[column] {
        true => format!("{text:>width$}", width = widths[column]),
        false => format!("{text:<width$}", width = widths[column]),
    };
    let line = |row: &Vec<String>| {
        row.iter().enumerate().map(cell).collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_said_once() {
        let error = || anyhow::Error::from(io::Error::other("denied"));
        assert_eq!(
            in_words(&error().context("x cannot be opened: denied; ask")),
            "x cannot be opened: denied; ask"
        );
        assert_eq!(in_words(&error().context("x cannot be opened")), "x cannot be opened: denied");
    }

    #[test]
    fn a_path_is_quoted_where_a_shell_would_split_it() {
        for (path, shown) in [
            ("flows/größe.yaml", "flows/größe.yaml"),
            ("my flows/a.yaml", "'my flows/a.yaml'"),
            ("it's", r"'it'\''s'"),
        ] {
            assert_eq!(typed(Path::new(path)), shown);
        }
    }

    #[test]
    fn columns_are_aligned_and_numbers_stand_to_the_right() {
        let rows =
            [["NAME", "IN"], ["a", "1"], ["long", "100"]].map(|row| row.map(String::from).to_vec());
        assert_eq!(columns(&rows), "NAME   IN\na       1\nlong  100");
    }
}
