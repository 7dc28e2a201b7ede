//! Secrets at rest: where the key is found, what happens without it, and that nothing is in clear.

#![allow(clippy::unwrap_used, reason = "a test may fail anywhere")]

mod common;

use std::{fs, os::unix::fs::PermissionsExt};

use common::{Bench, Said};
use headwater::sandbox::{Fault, Target};

fn mode(bench: &Bench, path: &str) -> u32 {
    fs::metadata(bench.path(path)).unwrap().permissions().mode() & 0o777
}

/// A run with another environment.
fn run_with(bench: &Bench, change: impl FnOnce(&mut std::process::Command)) -> Said {
    let mut command = bench.run_command(&[]);
    change(&mut command);
    bench.said(command.output().unwrap())
}

#[test]
fn the_key_is_made_at_the_first_secret_and_nobody_else_may_read_it() {
    let bench = Bench::expired();
    bench.run().assert_exit(0);
    assert_eq!(mode(&bench, "home/.config/headwater/key"), 0o600);
    assert_eq!(mode(&bench, "home/.config/headwater"), 0o700);
    let key = fs::read(bench.path("home/.config/headwater/key")).unwrap();
    for file in common::files_below(&bench.path(".headwater")) {
        let bytes = fs::read(&file).unwrap();
        assert!(
            !bytes.windows(key.len()).any(|window| window == key),
            "the key lies in {}",
            file.display()
        );
    }
}

#[test]
fn a_flow_without_secrets_asks_for_no_key() {
    let bench = Bench::new();
    fs::create_dir(bench.path("in")).unwrap();
    fs::write(bench.path("in/a.txt"), "nothing secret").unwrap();
    bench.write_flow("flow: plain\ntimezone: UTC\nprocessors:\n  take:\n    type: GetFile\n    properties: { input_directory: in }\n    to: store\n  store:\n    type: PutFile\n    properties: { directory: data }\n");
    let said = bench
        .said(bench.command(["run", "xero-invoices.yaml"]).env_remove("HOME").output().unwrap());
    said.assert_exit(0);
    assert_eq!(bench.stored().len(), 1);
}

#[test]
fn no_place_for_a_key_ends_with_the_three_choices() {
    for home in [None, Some("/proc/1/nowhere"), Some("")] {
        let bench = Bench::expired();
        let said = run_with(&bench, |command| match home {
            None => drop(command.env_remove("HOME")),
            Some(home) => drop(command.env("HOME", home)),
        });
        said.assert_exit(4);
        for choice in ["HEADWATER_KEY_FILE", "systemd", ".config/headwater"] {
            assert!(said.err.contains(choice), "{home:?}: {}", said.err);
        }
        assert_eq!(bench.xero.refreshes(), 0, "no token is spent that could not be kept");
    }
}

#[test]
fn a_key_that_others_can_read_is_refused() {
    let bench = Bench::expired();
    bench.run().assert_exit(0);
    let key = bench.path("home/.config/headwater/key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let said = bench.run();
    said.assert_exit(4);
    assert!(said.err.contains("key"), "{}", said.err);
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    bench.run().assert_exit(0);
}

#[test]
fn the_key_of_another_user_is_refused() {
    let bench = Bench::expired();
    bench.run().assert_exit(0);
    let key = bench.path("home/.config/headwater/key");
    if std::os::unix::fs::chown(&key, Some(1), None).is_err() {
        println!("not root: a key cannot be given to another user here, so this is not tried");
        return;
    }
    let said = bench.run();
    said.assert_exit(4);
    assert!(said.err.contains("key") && said.err.contains("user"), "{}", said.err);
}

/// A bench with a flowfile in failed that carries secrets, and the path of its key.
fn with_a_secret_in_failed() -> Bench {
    let bench = Bench::expired();
    bench.xero.inject(Target::Token, Fault::HtmlPage, 1);
    bench.run().assert_exit(1);
    assert_eq!(bench.failed().len(), 1);
    bench
}

#[test]
fn another_key_is_refused_by_name() {
    let bench = with_a_secret_in_failed();
    let other = Bench::expired();
    other.run().assert_exit(0);
    let said = run_with(&bench, |command| {
        command.env("HEADWATER_KEY_FILE", other.path("home/.config/headwater/key"));
    });
    said.assert_exit(4);
    assert!(said.err.contains("key"), "{}", said.err);
    bench.run().assert_exit(0);
}

#[test]
fn a_lost_key_does_not_stop_the_rest() {
    let bench = with_a_secret_in_failed();
    fs::remove_dir_all(bench.path("home/.config")).unwrap();
    bench.run().assert_exit(0);
    bench.assert_credentials_work();
    assert_eq!(bench.failed().len(), 1, "what cannot be read any more still waits for a person");
    bench.run().assert_exit(0);
}

#[test]
fn what_is_shown_of_a_secret_is_masked() {
    let bench = with_a_secret_in_failed();
    let shown = bench.headwater(&["failed", "show", "F1", "xero-invoices.yaml"]);
    shown.assert_exit(0);
    assert!(shown.out.contains("***"), "{}", shown.out);
    let json = bench.headwater(&["failed", "show", "F1", "xero-invoices.yaml", "--json"]);
    json.assert_exit(0);
    let debug = bench.run_with(&["-vvv"]);
    debug.assert_exit(0);
    assert!(!debug.err.is_empty(), "it logs");
}

/// Each of these properties is a plain text that becomes a part of what a flowfile carries.
const CARRIED: &str = "flow: carried\ntimezone: UTC\nparameters:\n  key: { env: CARRIED_KEY, sensitive: true }\nprocessors:\n  make:\n    type: GenerateFlowFile\n    properties: { mime_type: 'a/#{key}' }\n    to: [write, count]\n  write:\n    type: AttributesToJSON\n    properties: { attributes_list: 'is.#{key}' }\n    to: failed\n  count:\n    type: UpdateAttribute\n    properties:\n      store_state: Store state locally\n      stateful_variables_initial_value: '#{key}'\n      attributes: { last: \"${getStateValue('last')}\" }\n    to: failed\n";

#[test]
fn a_secret_in_a_plain_property_stays_one_in_what_is_made_of_it() {
    const SECRET: &str = "hunter22-carried";
    let bench = Bench::new();
    bench.write_flow(CARRIED);
    let mut command = bench.command(["run", "xero-invoices.yaml"]);
    let run = bench.said(command.env("CARRIED_KEY", SECRET).output().unwrap());
    run.assert_exit(1);
    assert_eq!(bench.failed().len(), 2);
    for failed in ["F1", "F2"] {
        let shown = bench.headwater(&["failed", "show", failed, "xero-invoices.yaml"]);
        shown.assert_exit(0);
        assert!(shown.out.contains("***") && !shown.out.contains(SECRET), "{}", shown.out);
    }
    for file in common::files_below(&bench.path(".headwater")) {
        let bytes = fs::read(&file).unwrap();
        let found = bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes());
        assert!(!found, "the secret lies in {}", file.display());
    }
}
