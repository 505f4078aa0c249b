//! SIGKILL in the middle of a merge, a move or a change of labels: each time either all of it is there or nothing.
//!
//! `LABELRY_KILLS` says how often each is killed.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use labelry::engine::random::Random;
use labelry::progress::Silent;
use labelry::store::sqlite::SqliteStore;

use crate::cases::{command, done, folder, write};

const RECORDS: usize = 1_500;

fn records(folder: &Path, name: &str, user: Option<&str>) {
    let labels = ["tax", "jobs", "refund"];
    let lines: Vec<String> = (0..RECORDS)
        .map(|n| {
            let responses = user.map_or_else(Vec::new, |user| {
                vec![serde_json::json!({
                    "user": user, "status": "submitted", "answers": {"topic": [labels[n % 3]]},
                    "at": "2026-01-02T00:00:00Z"
                })]
            });
            serde_json::json!({"id": format!("r{n}"), "fields": {"text": format!("text {n}")}, "responses": responses})
                .to_string()
        })
        .collect();
    write(folder, name, &lines.iter().map(String::as_str).collect::<Vec<_>>());
}

/// A file with answers of bob, a second dataset without answers, and another file with answers of cy.
fn ground() -> tempfile::TempDir {
    let folder = folder();
    let path = folder.path();
    let labels = ["--question", "topic", "--labels", "tax,jobs,refund"];
    let import = |db: &str, file: &str, dataset: &str| {
        let mut all = vec!["--db", db, "import", file, "--dataset", dataset];
        all.extend(labels);
        done(path, &all);
    };
    records(path, "plain.jsonl", None);
    records(path, "bob.jsonl", Some("bob"));
    records(path, "cy.jsonl", Some("cy"));
    import("before.db", "plain.jsonl", "mail");
    done(path, &["--db", "before.db", "backup", "other.db"]);
    import("before.db", "bob.jsonl", "mail");
    import("before.db", "plain.jsonl", "second");
    import("other.db", "cy.jsonl", "mail");
    folder
}

fn copy(folder: &Path, name: &str) -> PathBuf {
    let to = folder.join(name);
    for end in ["", "-wal", "-shm"] {
        let _absent = std::fs::remove_file(folder.join(format!("{name}{end}")));
    }
    done(folder, &["--db", "before.db", "backup", name]);
    to
}

fn content(folder: &Path, name: &str) -> Vec<String> {
    ["mail", "second"].map(|dataset| done(folder, &["--db", name, "export", dataset])).into()
}

#[expect(clippy::disallowed_methods, reason = "a kill falls into the time that the command takes")]
#[expect(clippy::print_stdout, reason = "the figures of a longer run")]
fn check(args: &[&str]) {
    let kills = std::env::var("LABELRY_KILLS").ok().and_then(|count| count.parse().ok()).unwrap_or(3);
    let folder = ground();
    let path = folder.path();
    let mut all = vec!["--db", "x.db"];
    all.extend(args);
    copy(path, "x.db");
    let before = content(path, "x.db");
    let started = Instant::now();
    done(path, &all);
    let whole = started.elapsed();
    let after = content(path, "x.db");
    assert_ne!(before, after);
    let (mut random, mut halves) = (Random::seeded(args.len() as u64), [0, 0]);
    for _ in 0..kills {
        let file = copy(path, "x.db");
        let mut child = command(path, &all).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let (_never, heard) = channel::<()>();
        let _waited = heard.recv_timeout(Duration::from_secs_f64(whole.as_secs_f64() * random.unit() * 1.2));
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(SqliteStore::open(&file).unwrap().check(&Silent).unwrap(), []);
        let stands = content(path, "x.db");
        assert!(stands == before || stands == after, "{args:?} was left half done");
        halves[usize::from(stands == after)] += 1;
    }
    println!("{args:?}: killed {kills} times, {} times nothing of it was there, {} times all", halves[0], halves[1]);
}

#[test]
fn a_merge_is_done_whole_or_not_at_all() {
    check(&["merge", "other.db", "--no-backup"]);
}

#[test]
fn a_move_is_done_whole_or_not_at_all() {
    check(&["responses", "move", "--from", "mail", "--to", "second"]);
}

#[test]
fn a_change_of_labels_is_done_whole_or_not_at_all() {
    check(&["labels", "merge", "refund", "--into", "tax", "--dataset", "mail"]);
}
