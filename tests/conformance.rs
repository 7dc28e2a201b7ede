//! The binary against the cases taken from NiFi's own tests, by the program that lies beside them: where they are there.
//! Nothing of them is in this project.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test may fail anywhere and says what it skips"
)]

use std::{path::Path, process::Command};

const BINARY: &str = env!("CARGO_BIN_EXE_headwater");

#[test]
fn what_nifi_does_it_does_too() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance");
    let judge = cases.join("run.py");
    let has_python = Command::new("python3").arg("--version").output().is_ok();
    if !judge.exists() || !has_python {
        eprintln!("not checked: {} and python3 are needed", judge.display());
        return;
    }
    let files = ["expression-language.jsonl", "processors.jsonl"].map(|file| cases.join(file));
    let judged =
        Command::new("python3").arg(judge).args(["--bin", BINARY]).args(files).output().unwrap();
    let told = String::from_utf8_lossy(&judged.stdout);
    assert!(judged.status.success(), "{told}\n{}", String::from_utf8_lossy(&judged.stderr));
    assert!(told.trim_end().ends_with(" 0 failed"), "{told}");
}
