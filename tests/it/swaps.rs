//! What people do to a file under an open interface: nothing that was acknowledged is lost without a word, and no other
//! file is damaged.

use std::path::{Path, PathBuf};

use crate::cases::{done, folder, labelry, refused, write};
use crate::pty::{Terminal, answer, until_heard};

const ME: &[(&str, &str)] = &[("USER", "ana")];

/// A file of ana's, a copy of it, and another labelry file.
fn ground(folder: &Path) {
    let header = |name: &str| {
        format!(
            r#"{{"labelry":1,"dataset":{{"name":"{name}","questions":[{{"name":"topic","type":"multi_label","labels":["tax","jobs"]}}]}}}}"#
        )
    };
    let records = |name: &str| -> Vec<String> {
        (1..=9).map(|n| format!(r#"{{"id":"{name}{n}","fields":{{"text":"text {n} of {name}"}}}}"#)).collect()
    };
    for name in ["team", "other"] {
        let lines: Vec<String> = [header(name)].into_iter().chain(records(name)).collect();
        write(folder, &format!("{name}.jsonl"), &lines.iter().map(String::as_str).collect::<Vec<_>>());
        done(folder, &["--db", &format!("{name}.db"), "import", &format!("{name}.jsonl")]);
    }
    done(folder, &["--db", "team.db", "backup", "backup.db"]);
    std::fs::copy(folder.join("team.db"), folder.join("raw.db")).unwrap();
}

fn sit(folder: &Path) -> Terminal {
    let mut terminal = Terminal::run(folder, 100, 30, &["team.db"], ME);
    terminal.until("team1 · pending");
    answer(&mut terminal, "1", "[x] tax", "saved team1");
    answer(&mut terminal, "2", "[x] jobs", "saved team2");
    terminal
}

fn files(folder: &Path, is: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let all = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    all.filter(|path| is(&path.file_name().unwrap().to_string_lossy())).collect()
}

/// The file that my work was written to.
fn kept(folder: &Path) -> String {
    let found = files(folder, |name| name.starts_with("team.ana-"));
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].file_name().unwrap().to_string_lossy().into_owned()
}

/// What ana holds in a file, by record.
fn answers(folder: &Path, db: &str) -> Vec<(String, String, String)> {
    let lines = done(folder, &["--db", db, "export"]);
    let records = lines.lines().skip(1).map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let held = records.flat_map(|record| {
        let responses = record["responses"].as_array().cloned().unwrap_or_default();
        let id = record["id"].as_str().unwrap().to_owned();
        responses.into_iter().map(move |response| {
            (id.clone(), response["status"].as_str().unwrap().to_owned(), response["answers"]["topic"].to_string())
        })
    });
    held.collect()
}

fn given(record: &str, status: &str, answer: &str) -> (String, String, String) {
    (record.into(), status.into(), answer.into())
}

fn all_three() -> Vec<(String, String, String)> {
    vec![
        given("team1", "submitted", r#"["tax"]"#),
        given("team2", "submitted", r#"["jobs"]"#),
        given("team3", "submitted", r#"["tax"]"#),
    ]
}

fn copy(folder: &Path, from: &str, to: &str) {
    std::fs::write(folder.join(to), std::fs::read(folder.join(from)).unwrap()).unwrap();
}

fn put(folder: &Path, from: &str, to: &str) {
    std::fs::copy(folder.join(from), folder.join("on its way")).unwrap();
    std::fs::rename(folder.join("on its way"), folder.join(to)).unwrap();
}

fn remove(folder: &Path, names: &[&str]) {
    for name in names {
        std::fs::remove_file(folder.join(name)).unwrap();
    }
}

/// Ticks, lets `swap` happen, hands in, and waits for the page of what is not saved. It comes by itself too, when the
/// file is looked at every two seconds: then it is left once.
fn hand_in_after(terminal: &mut Terminal, swap: impl FnOnce()) -> String {
    until_heard(terminal, "1", "[x] tax");
    swap();
    terminal.press("\r");
    let picture = terminal.until("is not there any more");
    if picture.contains("mine: submitted tax") {
        return picture;
    }
    until_heard(terminal, "\x1b", "[x] tax");
    terminal.press("\r");
    terminal.until("mine: submitted tax")
}

/// After `swap` nothing is called saved, `said` is on the screen, and `w` writes what I did into a file that a merge
/// takes home.
fn check(swap: impl Fn(&Path), said: &str) -> tempfile::TempDir {
    let folder = folder();
    let at = folder.path();
    ground(at);
    let mut terminal = sit(at);
    let picture = hand_in_after(&mut terminal, || swap(at));
    assert!(!picture.contains("saved team3"), "{picture}");
    let folded: String = picture.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(folded.contains(said), "{picture}");
    until_heard(&mut terminal, "w", "Your work of this session");
    until_heard(&mut terminal, "Q", "submitted in this session");
    let raw = String::from_utf8_lossy(&terminal.ended()).into_owned();
    assert!(raw.contains("your work on 3 records is in"), "{raw}");
    assert_eq!(answers(at, &kept(at)), all_three());
    folder
}

/// What was put in the place of the file is as it was put there.
fn untouched(folder: &Path, like: &str) {
    let [there, like] = ["team.db", like].map(|name| std::fs::read(folder.join(name)).unwrap());
    assert!(there == like, "the file that was put there was written to");
}

/// The log of the former file is refused with the file that stands there now, until it is moved away.
fn moved_away(folder: &Path) {
    let said = refused(folder, &["--db", "team.db", "progress"]);
    assert!(said.contains("team.db-wal' stands beside it, and"), "{said}");
    for end in ["-wal", "-shm"] {
        let from = folder.join(format!("team.db{end}"));
        let _absent = std::fs::rename(from, folder.join(format!("away{end}")));
    }
    assert!(done(folder, &["--db", "team.db", "check"]).starts_with("ok"));
}

fn taken_home(folder: &Path) {
    done(folder, &["--db", "team.db", "merge", &kept(folder)]);
    assert_eq!(answers(folder, "team.db"), all_three());
    let users = done(folder, &["--db", "team.db", "users", "list"]);
    assert_eq!(users.matches("ana").count(), 1, "{users}");
}

#[test]
fn a_file_that_is_removed() {
    let folder = check(|at| remove(at, &["team.db"]), "it was removed or moved away");
    let at = folder.path();
    let said = refused(at, &["--db", "team.db", "import", "team.jsonl"]);
    assert!(said.contains("team.db-wal' stands beside it, and its file is gone"), "{said}");
    assert!(!at.join("team.db").exists(), "nothing was made");
    put(at, "backup.db", "team.db");
    moved_away(at);
    taken_home(at);
}

#[test]
fn another_file_that_is_moved_into_its_place() {
    let folder = check(|at| put(at, "other.db", "team.db"), "another file was put in its place");
    untouched(folder.path(), "other.db");
    moved_away(folder.path());
    assert_eq!(answers(folder.path(), "team.db"), []);
}

#[test]
fn another_file_that_is_copied_over_it() {
    let folder = check(|at| copy(at, "other.db", "team.db"), "another file was copied over it");
    untouched(folder.path(), "other.db");
    moved_away(folder.path());
    assert_eq!(answers(folder.path(), "team.db"), []);
}

#[test]
fn what_is_no_labelry_file_copied_over_it() {
    let folder = check(|at| std::fs::write(at.join("team.db"), "a,b\n1,2\n").unwrap(), "it was emptied");
    assert_eq!(std::fs::read(folder.path().join("team.db")).unwrap(), b"a,b\n1,2\n");
}

#[test]
fn a_backup_that_is_restored_while_somebody_is_in() {
    for restore in [copy, put] {
        let folder = check(|at| restore(at, "backup.db", "team.db"), "file was");
        untouched(folder.path(), "backup.db");
        moved_away(folder.path());
        taken_home(folder.path());
    }
}

#[test]
fn an_older_copy_that_is_copied_over_it_once_its_log_was_folded() {
    for how in ["TRUNCATE", "RESTART"] {
        let folded_and_copied = |at: &Path| {
            let sql = rusqlite::Connection::open(at.join("team.db")).unwrap();
            sql.query_row(&format!("PRAGMA wal_checkpoint({how})"), [], |_| Ok(())).unwrap();
            copy(at, "raw.db", "team.db");
        };
        let folder = check(folded_and_copied, "an older copy of it was copied over it");
        assert!(files(folder.path(), |name| name == "team.db").len() == 1);
        for end in ["-wal", "-shm"] {
            let _absent = std::fs::remove_file(folder.path().join(format!("team.db{end}")));
        }
        assert!(done(folder.path(), &["--db", "team.db", "check"]).starts_with("ok"));
        taken_home(folder.path());
    }
}

#[test]
fn pages_that_are_overwritten_are_found_on_leaving() {
    use std::os::unix::fs::FileExt;
    let folder = folder();
    let at = folder.path();
    ground(at);
    let terminal = sit(at);
    // All is in the file, and then all but its first pages is gone.
    let sql = rusqlite::Connection::open(at.join("team.db")).unwrap();
    sql.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    let file = std::fs::OpenOptions::new().write(true).open(at.join("team.db")).unwrap();
    let length = file.metadata().unwrap().len() as usize;
    file.write_all_at(&vec![0; length - 3 * 4_096], 3 * 4_096).unwrap();
    terminal.signal("-TERM");
    let raw = String::from_utf8_lossy(&terminal.ended()).into_owned();
    assert!(!raw.contains("all is in") && raw.contains("your work on 2 records is in"), "{raw}");
    assert_eq!(answers(at, &kept(at)), all_three()[..2]);
}

#[test]
fn a_file_that_is_cut_short() {
    let cut = |at: &Path| {
        let file = std::fs::OpenOptions::new().write(true).open(at.join("team.db")).unwrap();
        file.set_len(40_960).unwrap();
    };
    check(cut, "it was cut short");
}

#[test]
fn a_sync_tool_that_puts_a_copy_of_the_file_itself_in_its_place() {
    let folder = check(|at| put(at, "raw.db", "team.db"), "another file was put in its place");
    // Its log is the one that the copy was made with, so nothing is lost here.
    let mut home = answers(folder.path(), "team.db");
    home.truncate(2);
    assert_eq!(home, all_three()[..2]);
    taken_home(folder.path());
}

#[test]
fn its_log_that_is_removed() {
    for names in [&["team.db-wal"][..], &["team.db-shm"], &["team.db-wal", "team.db-shm"]] {
        let folder = check(|at| remove(at, names), "which SQLite keeps beside it, was removed");
        // On leaving, what was acknowledged was written into the file.
        assert_eq!(answers(folder.path(), "team.db"), all_three()[..2], "{names:?}");
        assert!(done(folder.path(), &["--db", "team.db", "check"]).starts_with("ok"));
        taken_home(folder.path());
    }
}

#[test]
fn nobody_else_comes_in_while_the_log_is_not_the_files() {
    type Swap = fn(&Path);
    let way: [(Swap, &str); 3] = [
        (|at| put(at, "other.db", "team.db"), "stands beside it, and somebody is at work with it in another file"),
        (|at| remove(at, &["team.db-wal"]), "somebody is at work in it, and"),
        (|at| remove(at, &["team.db-wal", "team.db-shm"]), "somebody is at work in it, and"),
    ];
    for (swap, expected) in way {
        let folder = folder();
        ground(folder.path());
        let terminal = sit(folder.path());
        swap(folder.path());
        for args in [&["--db", "team.db", "progress"][..], &["--db", "team.db", "import", "team.jsonl"]] {
            let said = refused(folder.path(), args);
            assert!(said.contains(expected), "{args:?}: {said}");
        }
        let said = refused(folder.path(), &["--db", "new.db", "merge", "team.db"]);
        assert!(said.contains(expected), "{said}");
        drop(terminal);
    }
}

#[test]
fn a_file_that_goes_away_while_nothing_is_pressed_is_told() {
    let folder = folder();
    ground(folder.path());
    let mut terminal = sit(folder.path());
    remove(folder.path(), &["team.db"]);
    terminal.until("is not there any more");
    until_heard(&mut terminal, "w", "Your work of this session");
    assert_eq!(answers(folder.path(), &kept(folder.path())), all_three()[..2]);
}

#[test]
fn whoever_leaves_without_having_seen_it_finds_their_work_in_a_file() {
    for signal in ["-TERM", "-HUP"] {
        let folder = folder();
        ground(folder.path());
        let mut terminal = sit(folder.path());
        until_heard(&mut terminal, "1", "[x] tax");
        remove(folder.path(), &["team.db"]);
        terminal.signal(signal);
        terminal.ended();
        let mut expected = all_three();
        expected[2].1 = String::from("draft");
        assert_eq!(answers(folder.path(), &kept(folder.path())), expected);
    }
}

#[test]
fn a_file_that_comes_back_is_saved_to_again() {
    let folder = folder();
    let at = folder.path();
    ground(at);
    let mut terminal = sit(at);
    hand_in_after(&mut terminal, || std::fs::rename(at.join("team.db"), at.join("elsewhere.db")).unwrap());
    std::fs::rename(at.join("elsewhere.db"), at.join("team.db")).unwrap();
    terminal.until("the file is there again");
    until_heard(&mut terminal, "r", "saved team3");
    terminal.press("q");
    terminal.until("q again leaves");
    terminal.press("q");
    terminal.ended();
    assert_eq!(answers(at, "team.db"), all_three());
    assert!(files(at, |name| name.starts_with("team.ana-")).is_empty());
}

#[test]
fn what_is_refused_stays_as_it_is_byte_for_byte() {
    let folder = folder();
    let at = folder.path();
    ground(at);
    // Another program's file with a live log, one in rollback mode, and a labelry file with something foreign in it.
    let sql = rusqlite::Connection::open(at.join("foreign.db")).unwrap();
    sql.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (1)").unwrap();
    let rollback = rusqlite::Connection::open(at.join("rollback.db")).unwrap();
    rollback.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1)").unwrap();
    copy(at, "backup.db", "spied.db");
    let spied = rusqlite::Connection::open(at.join("spied.db")).unwrap();
    spied.execute_batch("CREATE TRIGGER spy AFTER INSERT ON record BEGIN DELETE FROM event; END").unwrap();
    let all = || files(at, |name| !name.starts_with("other"));
    let bytes = || all().into_iter().map(|path| (path.clone(), std::fs::read(path).unwrap())).collect::<Vec<_>>();
    let before = bytes();
    assert!(all().iter().any(|path| path.ends_with("foreign.db-wal")));
    for name in ["foreign.db", "rollback.db", "spied.db", "team.jsonl"] {
        for args in [&["progress"][..], &["import", "other.jsonl"], &["check"], &["agreement"], &["users", "list"]] {
            let said = refused(at, &[&["--db", name], args].concat());
            assert!(said.contains(&format!("cannot open '{name}'")), "{said}");
        }
        // An export may be merged.
        let merged = labelry(at, &["--db", "new.db", "merge", name]).status.success();
        assert_eq!(merged, name == "team.jsonl", "{name}");
    }
    let _made = std::fs::remove_file(at.join("new.db"));
    let after = bytes();
    let differ: Vec<_> = before.iter().zip(&after).filter(|(a, b)| a != b).map(|(a, _)| &a.0).collect();
    assert!(before == after, "{differ:?}");
}
