//! What the command line prints: results on standard output, errors on standard error, colours only on a terminal.

use std::{
    fmt::Display,
    io::{self, IsTerminal, Write},
};

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
    writeln!(stdout, "{text}")?;
    Ok(stdout.flush()?)
}

/// Prints something beside the result: diagnostics, progress, errors.
pub(super) fn err(text: impl Display) {
    // Nobody can be told that standard error is closed.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Prints why a command failed.
pub(super) fn error(error: &anyhow::Error) {
    err(format_args!("headwater: {error:#}"));
}

pub(super) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// Whether standard error may be coloured.
pub(super) fn coloured() -> bool {
    io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
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
    fn columns_are_aligned_and_numbers_stand_to_the_right() {
        let rows =
            [["NAME", "IN"], ["a", "1"], ["long", "100"]].map(|row| row.map(String::from).to_vec());
        assert_eq!(columns(&rows), "NAME   IN\na       1\nlong  100");
    }
}
