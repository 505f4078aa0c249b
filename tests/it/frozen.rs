//! A file that one may only read, in a folder that one may only read: whatever only looks works, and changes nothing.
#![cfg(unix)]

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use crate::cases::{HEADER, done, folder, record, write};

/// Nobody in particular: whoever runs these tests may be allowed to write everything.
const NOBODY: [&str; 3] = ["--reuid=65534", "--regid=65534", "--clear-groups"];

/// As somebody whom the file's rights bind; none where that cannot be had.
fn bound(folder: &Path, who: &str, args: &[&str]) -> Option<Output> {
    let binary = env!("CARGO_BIN_EXE_labelry");
    let probe = folder.join("probe");
    let free = std::fs::write(&probe, "").is_ok() && std::fs::remove_file(&probe).is_ok();
    let mut command = if free { Command::new("setpriv") } else { Command::new(binary) };
    if free {
        command.args(NOBODY).arg(binary);
    }
    let output = command.args(args).current_dir(folder).env_clear().env("USER", who).output().ok()?;
    // setpriv itself, or the way to the binary, may be out of reach.
    let there = !String::from_utf8_lossy(&output.stderr).starts_with("setpriv:");
    there.then_some(output)
}

fn set(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// What is in the folder, byte by byte.
fn contents(at: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<_> = std::fs::read_dir(at)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.display().to_string(), std::fs::read(path).unwrap()))
        .collect();
    all.sort();
    all
}

#[test]
fn what_only_looks_works_on_a_file_one_may_only_read_and_changes_nothing() {
    let folder = folder();
    let at = folder.path();
    write(at, "d.jsonl", &[HEADER, &record("a", "a refund", &["tax"], None), &record("b", "two", &["jobs"], None)]);
    done(at, &["import", "d.jsonl"]);
    std::fs::copy(at.join("labelry.db"), at.join("other.db")).unwrap();
    let elsewhere = crate::cases::folder();
    set(elsewhere.path(), 0o777);
    let out = |name: &str| elsewhere.path().join(name).display().to_string();
    let (backup, pack) = (out("copy.db"), out("bob.db"));
    set(&at.join("labelry.db"), 0o444);
    set(at, 0o555);
    let before = contents(at);
    let looking: [&[&str]; 24] = [
        &["export", "d"],
        &["export", "d", "--query", "pending"],
        &["agreement", "d"],
        &["agreement", "d", "--pairs"],
        &["search", "refund"],
        &["history"],
        &["datasets", "list"],
        &["datasets", "show", "d"],
        &["labels", "list", "d"],
        &["users", "list"],
        &["workspaces", "list"],
        &["progress"],
        &["check"],
        &["assign", "d"],
        &["controls", "list"],
        &["backup", &backup],
        &["pack", "d", "--for", "bob", "--out", &pack],
        &["assign", "d", "--raters", "2", "--dry-run"],
        &["labels", "rename", "tax", "taxes", "--dry-run"],
        &["labels", "delete", "tax", "--dry-run"],
        &["responses", "delete", "d", "--query", "all", "--dry-run"],
        &["import", "d.jsonl", "--dry-run"],
        &["merge", "other.db", "--dry-run"],
        &["merge", "d.jsonl", "--dry-run"],
    ];
    for args in looking {
        let Some(output) = bound(at, "ana", args) else {
            set(at, 0o755);
            return;
        };
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{args:?}: {said}");
        assert_eq!(contents(at), before, "{args:?}");
    }
    for args in
        [&["labels", "add", "x"][..], &["import", "d.jsonl"], &["users", "create", "gus"], &["merge", "other.db"]]
    {
        let output = bound(at, "ana", args).unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains("read-only"), "{args:?}: {said}");
        assert_eq!(contents(at), before, "{args:?}");
    }
    set(at, 0o755);
}
