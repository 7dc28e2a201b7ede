//! A page of the documentation in a terminal: as wide as the terminal, with headings that stand out. Not a renderer of
//! Markdown: only what our own pages use. Into a file or a pipe a page goes as it is.

use std::io::{self, IsTerminal};

use super::output;

/// A line wider than this is hard to read, however wide the terminal is.
const WIDTH_MAX: usize = 100;

/// In a terminal of which nobody knows how wide it is.
const WIDTH_DEFAULT: usize = 80;

/// A terminal narrower than this breaks the lines itself.
const WIDTH_MIN: usize = 20;

/// Prints a page.
pub(super) fn print(markdown: &str) -> anyhow::Result<()> {
    let stdout = io::stdout();
    if !stdout.is_terminal() {
        return output::out(markdown.trim_end());
    }
    let columns = rustix::termios::tcgetwinsize(&stdout).map_or(0, |size| size.ws_col.into());
    let width = if columns == 0 { WIDTH_DEFAULT } else { columns };
    let bold = output::may_colour();
    output::out(shown(markdown, width.clamp(WIDTH_MIN, WIDTH_MAX), bold).trim_end())
}

/// The page as it is shown, `width` characters wide.
fn shown(markdown: &str, width: usize, bold: bool) -> String {
    let mut page = Page { text: String::new(), paragraph: String::new(), width };
    let mut fence: Option<&str> = None;
    for line in markdown.lines() {
        let ticks = &line[..line.len() - line.trim_start_matches('`').len()];
        match fence {
            Some(opened) if ticks == opened => fence = None,
            Some(_) => page.line(&format!("    {line}")),
            None if ticks.len() >= 3 => {
                page.end_paragraph();
                fence = Some(ticks);
            }
            None if line.starts_with('#') => page.heading(line, bold),
            None if line.is_empty() => page.line(""),
            None if line.starts_with('|') => page.line(line),
            None => page.words(line),
        }
    }
    page.end_paragraph();
    page.text
}

struct Page {
    text: String,
    /// Words that are not on the page yet: a paragraph, or an entry of a list.
    paragraph: String,
    width: usize,
}

impl Page {
    fn words(&mut self, line: &str) {
        if line.starts_with("- ") {
            self.end_paragraph();
        }
        if !self.paragraph.is_empty() {
            self.paragraph.push(' ');
        }
        self.paragraph.push_str(line.trim());
    }

    fn heading(&mut self, line: &str, bold: bool) {
        let text = line.trim_start_matches('#').trim();
        let style = if line.starts_with("###") { "1" } else { "1;4" };
        self.line(&if bold { format!("\x1b[{style}m{text}\x1b[0m") } else { line.to_owned() });
    }

    fn line(&mut self, line: &str) {
        self.end_paragraph();
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    /// Breaks the words that are left into lines; those of an entry of a list stand below its first word.
    fn end_paragraph(&mut self) {
        let paragraph = std::mem::take(&mut self.paragraph);
        let indent = if paragraph.starts_with("- ") { 2 } else { 0 };
        let mut column = 0;
        for word in paragraph.split_whitespace() {
            let length = word.chars().count();
            if column > 0 && column + 1 + length > self.width {
                self.text.push('\n');
                self.text.push_str(&" ".repeat(indent));
                column = indent;
            } else if column > 0 {
                self.text.push(' ');
                column += 1;
            }
            self.text.push_str(word);
            column += length;
        }
        if column > 0 {
            self.text.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    const PAGE: &str = "# Name\n\nA paragraph that is\nwritten over several lines.\n\n## Ways\n\n- `one`: the first of all ways out\n- `two`\n\n```yaml\na:   1\n\n# no heading\n```\n\nEnd.\n";

    #[test]
    fn words_are_wrapped_and_examples_are_not() {
        expect![[r#"
            # Name

            A paragraph that is
            written over several
            lines.

            ## Ways

            - `one`: the first of
              all ways out
            - `two`

                a:   1

                # no heading

            End.
        "#]]
        .assert_eq(&shown(PAGE, 22, false));
    }

    #[test]
    fn headings_stand_out() {
        assert!(
            shown(PAGE, 80, true)
                .starts_with("\x1b[1;4mName\x1b[0m\n\nA paragraph that is written over")
        );
    }

    #[test]
    fn a_word_that_is_too_long_stands_alone() {
        assert_eq!(shown("a bbbbbbbbbb c", 4, false), "a\nbbbbbbbbbb\nc\n");
    }
}
