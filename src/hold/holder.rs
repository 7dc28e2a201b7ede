//! Who holds a file: one line of JSON in its lock file, for people and for the message of who waits in vain.
//!
//! It is a courtesy, not the lock: a killed holder leaves its line behind, and the next one overwrites it.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, Write};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A line of ours is shorter; of a longer file the rest is not looked at.
const HOLDER_BYTES_MAX: u64 = 4096;

/// A name out of a lock file is shown up to here.
const SHOWN_CHARS_MAX: usize = 200;

/// For whom a lock is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HolderInfo {
    pub flow: String,
    pub run: String,
}

/// Who holds a lock, as the lock file says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    pub host: String,
    pub pid: u32,
    pub flow: String,
    pub run: String,
    /// RFC 3339, to the second.
    pub since: String,
}

impl Holder {
    pub(super) fn new(info: HolderInfo, since: Timestamp) -> Self {
        Self {
            host: rustix::system::uname().nodename().to_string_lossy().into_owned(),
            pid: std::process::id(),
            flow: info.flow,
            run: info.run,
            since: format!("{since:.0}"),
        }
    }

    pub(super) fn write(&self, mut file: &File) -> io::Result<()> {
        let mut line = serde_json::to_vec(self)?;
        line.push(b'\n');
        file.set_len(0)?;
        file.rewind()?;
        file.write_all(&line)
    }

    /// `None` when the line is not there, or is not ours: it may be half written, or by anybody's hand.
    pub(super) fn read(file: File) -> Option<Self> {
        let mut bytes = Vec::new();
        file.take(HOLDER_BYTES_MAX).read_to_end(&mut bytes).ok()?;
        serde_json::from_slice(&bytes).ok()
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "flow {}, run {}, pid {} on {}, since {}",
            shown(&self.flow),
            shown(&self.run),
            self.pid,
            shown(&self.host),
            shown(&self.since)
        )
    }
}

/// The file may come from anybody: nothing in it may move the cursor of a terminal or break a log line.
fn shown(text: &str) -> String {
    text.chars().take(SHOWN_CHARS_MAX).map(|c| if c.is_control() { '?' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use expect_test::expect;

    use super::*;

    fn holder(flow: &str) -> Holder {
        Holder {
            host: "acme".into(),
            pid: 812,
            flow: flow.into(),
            run: "0199f2".into(),
            since: "2026-11-20T02:10:07Z".into(),
        }
    }

    #[test]
    fn the_file_holds_one_line_and_reads_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(".x.lock");
        fs::write(&path, "x".repeat(500)).unwrap();
        let holder = holder("xero-invoices");
        holder.write(&File::options().write(true).open(&path).unwrap()).unwrap();
        expect![[r#"
            {"host":"acme","pid":812,"flow":"xero-invoices","run":"0199f2","since":"2026-11-20T02:10:07Z"}
        "#]]
        .assert_eq(&fs::read_to_string(&path).unwrap());
        assert_eq!(Holder::read(File::open(&path).unwrap()), Some(holder));
    }

    #[test]
    fn a_file_of_somebody_else_names_nobody() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(".x.lock");
        for text in ["", "812\n", "{\"host\":\"acme\"", "[[[[", "{\"pid\":-1}"] {
            fs::write(&path, text).unwrap();
            assert_eq!(Holder::read(File::open(&path).unwrap()), None, "{text}");
        }
    }

    #[test]
    fn nothing_in_the_file_reaches_the_terminal_as_a_command() {
        expect!["flow a?[2J?b, run 0199f2, pid 812 on acme, since 2026-11-20T02:10:07Z"]
            .assert_eq(&holder("a\u{1b}[2J\nb").to_string());
        assert!(holder(&"x".repeat(5000)).to_string().len() < 300);
    }
}
