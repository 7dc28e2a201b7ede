//! Locks between tasks, and between real processes: the test binary starts itself as the other process.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;

use super::*;

const LONG: Duration = Duration::from_secs(60);
const SINCE: &str = "2026-11-20T02:10:07Z";

/// The file that the test binary, started as the other process, holds.
const CHILD_HOLDS: &str = "HEADWATER_TEST_CHILD_HOLDS";

fn locks() -> Locks {
    Locks::new(|| SINCE.parse::<Timestamp>().unwrap())
}

fn info(run: impl ToString) -> HolderInfo {
    HolderInfo { flow: "xero-invoices".into(), run: run.to_string() }
}

/// A folder with a file to hold.
fn folder() -> (tempfile::TempDir, PathBuf, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let root = fs::canonicalize(dir.path()).unwrap();
    let file = root.join("xero.json");
    fs::write(&file, "{}").unwrap();
    (dir, file, root.join(".xero.json.lock"))
}

#[tokio::test]
async fn the_lock_file_says_who_and_stays_empty_afterwards() {
    let (_dir, file, lock_file) = folder();
    let lock = locks().acquire(&file, LONG, info("r1")).await.unwrap();
    let line: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(&lock_file).unwrap()).unwrap();
    assert_eq!(
        (&line["flow"], &line["run"], &line["pid"], &line["since"]),
        (&"xero-invoices".into(), &"r1".into(), &std::process::id().into(), &SINCE.into())
    );
    assert_eq!(fs::metadata(&lock_file).unwrap().permissions().mode() & 0o777, 0o600);
    drop(lock);
    assert_eq!(fs::read_to_string(&lock_file).unwrap(), "");
}

#[tokio::test]
async fn the_file_is_read_as_it_is_now() {
    let (_dir, file, _) = folder();
    let lock = locks().acquire(&file, LONG, info("r1")).await.unwrap();
    assert_eq!(lock.read().unwrap().unwrap().1, FileVersion::of_bytes(b"{}"));
    fs::write(&file, "new").unwrap();
    assert_eq!(lock.read().unwrap().unwrap(), (b"new".to_vec(), FileVersion::of_bytes(b"new")));
    fs::remove_file(&file).unwrap();
    assert!(lock.read().unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn another_name_of_the_file_is_the_same_lock() {
    let (dir, file, _) = folder();
    let link = dir.path().join("link.json");
    symlink(&file, &link).unwrap();
    let locks = locks();
    let held = locks.acquire(&file, LONG, info("r1")).await.unwrap();
    locks.acquire(&link, LONG, info("r2")).await.unwrap_err();
    drop(held);
    let held = locks.acquire(&link, LONG, info("r2")).await.unwrap();
    assert_eq!(held.path(), file);
}

#[tokio::test]
async fn waiters_get_it_in_the_order_in_which_they_came() {
    let (_dir, file, _) = folder();
    let locks = locks();
    let order = Arc::new(Mutex::new(Vec::new()));
    let first = locks.acquire(&file, LONG, info("first")).await.unwrap();
    let mut waiters = Vec::new();
    for n in 0..20 {
        let (locks, file, order) = (locks.clone(), file.clone(), Arc::clone(&order));
        waiters.push(tokio::spawn(async move {
            let _lock = locks.acquire(&file, LONG, info(n)).await.unwrap();
            order.lock().unwrap().push(n);
            tokio::task::yield_now().await;
        }));
        // Each is in the queue before the next one comes.
        tokio::task::yield_now().await;
    }
    drop(first);
    for waiter in waiters {
        waiter.await.unwrap();
    }
    assert_eq!(*order.lock().unwrap(), (0..20).collect::<Vec<_>>());
}

#[tokio::test]
async fn who_gives_up_leaves_the_queue_in_order() {
    let (_dir, file, _) = folder();
    let locks = locks();
    let first = locks.acquire(&file, LONG, info("first")).await.unwrap();
    let mut waiters = Vec::new();
    for n in 0..3 {
        let (locks, file) = (locks.clone(), file.clone());
        waiters.push(tokio::spawn(async move { locks.acquire(&file, LONG, info(n)).await }));
        tokio::task::yield_now().await;
    }
    waiters[0].abort();
    drop(first);
    assert!(waiters.remove(0).await.unwrap_err().is_cancelled());
    let second = waiters.remove(0).await.unwrap().unwrap();
    assert!(!waiters[0].is_finished());
    drop(second);
    waiters.remove(0).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_panic_frees_it() {
    let (_dir, file, lock_file) = folder();
    let locks = locks();
    let (mine, path) = (locks.clone(), file.clone());
    let task = tokio::spawn(async move {
        let _lock = mine.acquire(&path, LONG, info("r1")).await.unwrap();
        std::panic::panic_any("on purpose");
    });
    assert!(task.await.unwrap_err().is_panic());
    assert_eq!(fs::read_to_string(&lock_file).unwrap(), "");
    locks.acquire(&file, Duration::ZERO, info("r2")).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn waiting_in_vain_names_the_holder() {
    let (_dir, file, _) = folder();
    let locks = locks();
    let _held = locks.acquire(&file, LONG, info("r1")).await.unwrap();
    let error =
        locks.acquire(&file, Duration::from_secs(120), info("r2")).await.unwrap_err().to_string();
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let pid = std::process::id();
    assert_eq!(
        error,
        format!(
            "`{}` was not free within 2m; it is held by flow xero-invoices, run r1, pid {pid} on {host}, since {SINCE}",
            file.display()
        )
    );
}

#[tokio::test(start_paused = true)]
async fn two_managers_exclude_each_other_by_the_lock_file() {
    let (_dir, file, _) = folder();
    let held = locks().acquire(&file, LONG, info("r1")).await.unwrap();
    let other = locks();
    let error = other.acquire(&file, LONG, info("r2")).await.unwrap_err();
    assert!(matches!(error, LockError::Timeout { holder: Some(holder), .. } if holder.run == "r1"));
    let waiting = tokio::spawn(async move { other.acquire(&file, LONG, info("r3")).await });
    tokio::task::yield_now().await;
    drop(held);
    waiting.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_lock_file_that_is_no_plain_file_is_refused() {
    let (dir, file, lock_file) = folder();
    let victim = dir.path().join("victim");
    fs::write(&victim, "precious").unwrap();
    symlink(&victim, &lock_file).unwrap();
    let error = locks().acquire(&file, LONG, info("r1")).await.unwrap_err();
    assert!(error.to_string().contains(".xero.json.lock"), "{error}");
    assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");

    fs::remove_file(&lock_file).unwrap();
    fs::create_dir(&lock_file).unwrap();
    let error = locks().acquire(&file, LONG, info("r1")).await.unwrap_err();
    assert!(matches!(error, LockError::LockFile { .. }), "{error}");
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_says_what_to_do() {
    // In /sys nobody can make a file, not even root.
    let error = locks().acquire(Path::new("/sys/x"), LONG, info("r1")).await.unwrap_err();
    assert!(error.to_string().contains("be writable"), "{error}");
    let error = locks().acquire(Path::new("/none/x"), LONG, info("r1")).await.unwrap_err();
    assert!(error.to_string().contains("mkdir -p /none"), "{error}");
}

/// Not a test by itself: the other process of the tests below.
#[test]
fn child_holds_the_file() {
    let Some(file) = std::env::var_os(CHILD_HOLDS) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let lock = runtime.block_on(locks().acquire(Path::new(&file), LONG, info("child"))).unwrap();
    println!("held");
    // Until killed, or until the parent is gone.
    let _ = std::io::stdin().lines().next();
    drop(lock);
}

fn start_child_holding(file: &Path) -> Child {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "hold::tests::child_holds_the_file", "--nocapture"])
        .env(CHILD_HOLDS, file)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    assert!(output.lines().map_while(Result::ok).any(|line| line.ends_with("held")));
    child
}

#[tokio::test]
async fn another_process_is_named_and_its_death_frees_the_lock_at_once() {
    let (_dir, file, lock_file) = folder();
    let locks = locks();
    let mut child = start_child_holding(&file);

    let error = locks.acquire(&file, Duration::ZERO, info("r1")).await.unwrap_err();
    let LockError::Timeout { holder: Some(holder), .. } = error else { panic!("{error}") };
    assert_eq!((holder.pid, holder.run.as_str()), (child.id(), "child"));

    child.kill().unwrap();
    child.wait().unwrap();
    assert!(fs::read_to_string(&lock_file).unwrap().contains("child"), "its line stays behind");
    locks.acquire(&file, Duration::ZERO, info("r1")).await.unwrap();
}

#[tokio::test]
async fn a_waiter_gets_it_when_the_other_process_lets_go() {
    let (_dir, file, _) = folder();
    let locks = locks();
    let mut child = start_child_holding(&file);
    let (mine, path) = (locks.clone(), file.clone());
    let waiting = tokio::spawn(async move { mine.acquire(&path, LONG, info("r1")).await });
    tokio::task::yield_now().await;
    drop(child.stdin.take());
    waiting.await.unwrap().unwrap();
    child.wait().unwrap();
}
