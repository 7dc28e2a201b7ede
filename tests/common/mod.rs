//! A place where the shipped Xero flow runs as a person would run it: the real binary, a real sandbox, a folder of its
//! own. Every output and every file of the data directory is searched for secrets.

#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test file uses a part of it, and a test may fail anywhere"
)]

pub(crate) mod replay;

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use headwater::sandbox::{RateLimits, Seed, Xero, XeroSettings};
use serde_json::Value;

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_headwater");

/// The flow as it ships.
pub(crate) const FLOW: &str = include_str!("../../flows/xero-invoices.yaml");

pub(crate) struct Bench {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) xero: Xero,
    /// Secrets that only this test knows, besides those of the sandbox.
    pub(crate) secrets: Vec<String>,
}

/// What a command said.
pub(crate) struct Said {
    pub(crate) exit: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Bench {
    /// The flow with credentials whose access token is valid.
    pub(crate) fn new() -> Self {
        let settings = XeroSettings {
            rate_limits: RateLimits::UNLIMITED,
            seed: Seed::fixed(7),
            ..XeroSettings::default()
        };
        let xero = Xero::start_on_thread(settings).unwrap();
        let folder = tempfile::tempdir().unwrap();
        for below in ["credentials", "data", "home"] {
            fs::create_dir(folder.path().join(below)).unwrap();
        }
        let bench = Self { folder, xero, secrets: Vec::new() };
        bench.write_flow(FLOW);
        bench.write_credentials(&bench.xero.credentials());
        bench
    }

    /// The flow with credentials whose access token has expired.
    pub(crate) fn expired() -> Self {
        let bench = Self::new();
        bench.write_credentials(&bench.xero.expired_credentials());
        bench
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    pub(crate) fn write_flow(&self, text: &str) {
        fs::write(self.path("xero-invoices.yaml"), text).unwrap();
    }

    pub(crate) fn write_credentials(&self, text: &str) {
        fs::write(self.path("credentials/xero.json"), text).unwrap();
    }

    pub(crate) fn credentials(&self) -> String {
        fs::read_to_string(self.path("credentials/xero.json")).unwrap()
    }

    /// The access and the refresh token in the credentials file.
    pub(crate) fn tokens(&self) -> (String, String) {
        let json: Value = serde_json::from_str(&self.credentials()).unwrap();
        let token = |name: &str| json[name].as_str().unwrap().to_owned();
        (token("access_token"), token("refresh_token"))
    }

    /// The invoice files that were stored.
    pub(crate) fn stored(&self) -> Vec<PathBuf> {
        files(&self.path("data"))
    }

    pub(crate) fn command<S: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
    ) -> Command {
        let settings = self.xero.settings();
        let mut command = Command::new(BINARY);
        command.args(arguments).current_dir(self.folder.path()).env_clear();
        command
            .env("HOME", self.path("home"))
            .env("TZ", "UTC")
            .env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("XERO_TENANT_ID", &settings.tenant_id);
        command
            .env("XERO_CLIENT_ID", &settings.client_id)
            .env("XERO_CLIENT_SECRET", &settings.client_secret);
        command.stdin(Stdio::null());
        command
    }

    /// `headwater run` of the flow, with more arguments.
    pub(crate) fn run_command(&self, more: &[&str]) -> Command {
        let url = self.xero.url();
        let mut command = self.command(["run", "xero-invoices.yaml"]);
        command
            .arg("--param")
            .arg(format!("api_url={url}"))
            .arg("--param")
            .arg(format!("identity_url={url}"));
        command.args(more);
        command
    }

    pub(crate) fn run(&self) -> Said {
        self.run_with(&[])
    }

    pub(crate) fn run_with(&self, more: &[&str]) -> Said {
        self.said(self.run_command(more).output().unwrap())
    }

    pub(crate) fn headwater(&self, arguments: &[&str]) -> Said {
        self.said(self.command(arguments).output().unwrap())
    }

    /// Starts `headwater run`, to be killed.
    pub(crate) fn spawn(&self, more: &[&str]) -> Child {
        self.run_command(more).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    pub(crate) fn said(&self, output: Output) -> Said {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let said = Said {
            exit: output.status.code().unwrap_or(-1),
            out: text(output.stdout),
            err: text(output.stderr),
        };
        self.assert_no_secret(said.out.as_bytes(), "standard output");
        self.assert_no_secret(said.err.as_bytes(), "standard error");
        self.assert_data_holds_no_secret();
        said
    }

    /// The failed queue, as `failed list --json` tells it.
    pub(crate) fn failed(&self) -> Vec<Value> {
        if !self.path(".headwater").exists() {
            return Vec::new();
        }
        let said = self.headwater(&["failed", "list", "xero-invoices.yaml", "--json"]);
        assert_eq!(said.exit, 0, "{}", said.err);
        serde_json::from_str(&said.out).unwrap()
    }

    /// No token, and no client secret, is in clear anywhere in the data directory.
    pub(crate) fn assert_data_holds_no_secret(&self) {
        for folder in fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path()) {
            if folder
                .file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with(".headwater"))
            {
                for file in files_below(&folder) {
                    self.assert_no_secret(
                        &fs::read(&file).unwrap_or_default(),
                        &file.display().to_string(),
                    );
                }
            }
        }
    }

    fn assert_no_secret(&self, bytes: &[u8], place: &str) {
        for secret in self.xero.issued_tokens().iter().chain(&self.secrets) {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "a secret stands in clear in {place}");
        }
    }

    /// The credentials on disk are whole, and the newest that the sandbox knows.
    pub(crate) fn assert_credentials_work(&self) {
        use headwater::sandbox::TokenState;
        let (access, refresh) = self.tokens();
        assert_eq!(self.xero.state_of(&access), TokenState::Live);
        assert_eq!(self.xero.state_of(&refresh), TokenState::Live);
    }
}

impl Said {
    #[track_caller]
    pub(crate) fn assert_exit(&self, exit: i32) -> &Self {
        assert_eq!(
            self.exit, exit,
            "standard output:\n{}\nstandard error:\n{}",
            self.out, self.err
        );
        self
    }
}

/// The files of a folder, hidden ones left out.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| !file.file_name().unwrap().to_string_lossy().starts_with('.'));
    files.sort();
    files
}

pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    entries
        .flat_map(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() { files_below(&path) } else { vec![path] }
        })
        .collect()
}

/// Waits for something that another process brings about.
#[track_caller]
pub(crate) fn wait_until(what: &str, mut happened: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !happened() {
        assert!(Instant::now() < end, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}
