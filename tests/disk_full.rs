//! A data directory on a disk that runs full: nothing is lost, and it goes on when there is room. Needs the right to
//! mount a small file system in memory; without it the test says so and ends.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test may fail anywhere")]

mod common;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use common::{BINARY, files};

const FLOW: &str = "
flow: full
timezone: UTC
processors:
  take:
    type: GetFile
    properties:
      input_directory: in
      batch_size: 5
    to: change
  change:
    type: ReplaceText
    properties:
      replacement_strategy: Prepend
      evaluation_mode: Entire text
      replacement_value: 'new-'
    to: store
  store:
    type: PutFile
    properties:
      directory: out
";

/// Files that go through it, and the size of each: together more than the disk has.
const FILES: usize = 60;
const FILE_BYTES: usize = 100_000;

/// A disk in memory.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(path: &Path, size: &str) -> Option<Self> {
        fs::create_dir(path).unwrap();
        let mounted = mount(&["-t", "tmpfs", "-o", &format!("size={size}"), "none"], path);
        mounted.then(|| Self(path.to_owned()))
    }

    fn grow(&self, size: &str) {
        assert!(mount(&["-o", &format!("remount,size={size}")], &self.0));
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

fn mount(options: &[&str], path: &Path) -> bool {
    let mut command = Command::new("mount");
    command.args(options).arg(path).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn content(number: usize) -> String {
    format!("{number:05}").repeat(FILE_BYTES / 5)
}

#[test]
fn a_full_disk_loses_nothing_and_the_run_goes_on_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let path = |below: &str| folder.path().join(below);
    let Some(disk) = SmallDisk::mount(&path("disk"), "2m") else {
        eprintln!("skipped: no file system may be mounted here");
        return;
    };
    for below in ["in", "out", "home"] {
        fs::create_dir(path(below)).unwrap();
    }
    fs::write(path("full.yaml"), FLOW).unwrap();
    for number in 0..FILES {
        fs::write(path("in").join(format!("{number:05}")), content(number)).unwrap();
    }
    let run = || -> Child {
        let mut command = Command::new(BINARY);
        command.args(["run", "full.yaml", "-q", "--data-dir", "disk/data"]);
        command.current_dir(folder.path()).env("HOME", path("home"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let mut child = run();
    std::thread::sleep(Duration::from_secs(2));
    let ended = child.try_wait().unwrap();
    let all = files(&path("in")).len() + files(&path("out")).len();
    eprintln!("at 2 MB: ended {ended:?}, {} stored, {all} in all", files(&path("out")).len());
    disk.grow("64m");
    let status = child.wait().unwrap();
    assert!(ended.is_none() || status.code() == Some(4), "it waits, or says that the disk is full");
    assert!(run().wait().unwrap().success(), "the next run finishes what is left");
    assert!(files(&path("in")).is_empty());
    let stored = files(&path("out"));
    assert_eq!(stored.len(), FILES);
    for (number, file) in stored.iter().enumerate() {
        assert!(fs::read_to_string(file).unwrap() == format!("new-{}", content(number)));
    }
}
