//! Users, workspaces and the door: the real binary.

use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::cases::{HEADER, command, done, folder, refused, write};

/// As somebody: what was said and whether it was done.
fn run(folder: &Path, who: &str, args: &[&str]) -> (bool, String) {
    let output = command(folder, args).env("USER", who).output().unwrap();
    let said = String::from_utf8(if output.status.success() { output.stdout } else { output.stderr }).unwrap();
    (output.status.success(), said)
}

fn may(folder: &Path, who: &str, args: &[&str]) -> String {
    let (done, said) = run(folder, who, args);
    assert!(done, "{who} {args:?}: {said}");
    said
}

fn may_not(folder: &Path, who: &str, args: &[&str]) -> String {
    let (done, said) = run(folder, who, args);
    assert!(!done, "{who} {args:?}: {said}");
    said
}

fn with_stdin(folder: &Path, who: &str, args: &[&str], text: &str) -> (bool, String) {
    let mut command = command(folder, args);
    command.env("USER", who).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    (output.status.success(), said)
}

/// A record with a response of each of these people.
fn record(id: &str, people: &[&str]) -> String {
    let response = |user: &&str| json!({"user": user, "status": "submitted", "answers": {"topic": ["tax"]}});
    let responses: Vec<Value> = people.iter().map(response).collect();
    json!({"id": id, "fields": {"text": id}, "responses": responses}).to_string()
}

/// ana owns a file with the dataset d, where bob and cy answered; bob is in the workspace, cy is not.
fn ground() -> tempfile::TempDir {
    let folder = folder();
    write(folder.path(), "d.jsonl", &[HEADER, &record("a", &["bob", "cy"]), &record("b", &["bob"])]);
    done(folder.path(), &["import", "d.jsonl"]);
    done(folder.path(), &["workspaces", "add-user", "default", "bob"]);
    folder
}

fn lines(folder: &Path, args: &[&str]) -> Vec<Value> {
    done(folder, args).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn user(folder: &Path, name: &str) -> Value {
    lines(folder, &["users", "list", "--json"]).into_iter().find(|user| user["name"] == name).unwrap()
}

/// What an export holds of each record: who answered it.
fn answered(jsonl: &str) -> Vec<Vec<String>> {
    let records = jsonl.lines().skip(1).map(|line| serde_json::from_str::<Value>(line).unwrap());
    let who = |record: Value| {
        let all = record["responses"].as_array().cloned().unwrap_or_default();
        all.iter().map(|response| response["user"].as_str().unwrap().to_owned()).collect()
    };
    records.map(who).collect()
}

#[test]
fn a_dataset_one_may_not_see_is_answered_like_one_that_is_not_there() {
    let folder = ground();
    let at = folder.path();
    for args in [
        &["export", "d"][..],
        &["search", "a", "--dataset", "d"],
        &["similar", "a", "--dataset", "d"],
        &["agreement", "--dataset", "d"],
        &["datasets", "show", "d"],
        &["labels", "list", "d"],
        &["labels", "add", "x", "--dataset", "d"],
        &["--dataset", "d"],
    ] {
        for who in ["cy", "dan"] {
            let hidden = may_not(at, who, args);
            let nowhere: Vec<&str> = args.iter().map(|word| if *word == "d" { "e" } else { word }).collect();
            let missing = may_not(at, who, &nowhere);
            assert_eq!(hidden.replace("'d'", "'e'"), missing, "{who} {args:?}");
        }
    }
    assert_eq!(may(at, "cy", &["datasets", "list"]), "");
    assert!(may(at, "bob", &["datasets", "list"]).starts_with('d'));
    assert!(may(at, "ana", &["datasets", "list"]).starts_with('d'), "an owner sees all");
    assert!(lines(at, &["users", "list", "--json"]).iter().all(|user| user["name"] != "dan"), "looking makes nobody");
    done(at, &["workspaces", "remove-user", "default", "bob"]);
    assert!(may(at, "dan", &["datasets", "list"]).starts_with('d'), "a workspace without members is open");
}

#[test]
fn of_others_an_annotator_gets_what_the_dataset_shows() {
    let folder = ground();
    let at = folder.path();
    assert_eq!(answered(&may(at, "bob", &["export", "d"])), [vec!["bob"], vec!["bob"]]);
    assert_eq!(answered(&may(at, "ana", &["export", "d"])), [vec!["bob", "cy"], vec!["bob"]]);
    let csv = may(at, "bob", &["export", "d", "--format", "long"]);
    assert!(csv.contains("bob") && !csv.contains("cy"), "{csv}");
    write(at, "more.jsonl", &[&record("c", &["cy", "dan"])]);
    done(at, &["import", "more.jsonl", "--dataset", "d"]);
    let said = may(at, "bob", &["agreement", "d", "--explain", "why.csv"]);
    assert!(said.contains("only records that you submitted"), "{said}");
    let why = std::fs::read_to_string(at.join("why.csv")).unwrap();
    assert!(why.contains("\na,") && why.contains("\nb,") && !why.contains("\nc,"), "{why}");
    let said = may(at, "bob", &["agreement", "d"]);
    assert!(said.contains("shown from 20 records with two answers on") && !said.contains("cy"), "{said}");
    assert!(may_not(at, "bob", &["labels", "add", "x"]).contains("'bob' is annotator here and may not do this"));
    assert!(may_not(at, "bob", &["import", "d.jsonl"]).contains("may not do this"));
}

#[test]
fn an_admin_manages_the_datasets_of_their_workspaces_and_no_users() {
    let folder = ground();
    let at = folder.path();
    done(at, &["workspaces", "create", "lab"]);
    done(at, &["users", "create", "eva", "--role", "admin", "--workspace", "lab"]);
    done(at, &["users", "create", "fay", "--role", "admin"]);
    may(at, "eva", &["import", "d.jsonl", "--dataset", "lab/x"]);
    let said = may_not(at, "eva", &["import", "d.jsonl"]);
    assert!(said.contains("'eva' may not import into the workspace 'default'"), "{said}");
    may(at, "fay", &["labels", "add", "new", "--dataset", "d"]);
    may(at, "fay", &["labels", "add", "new", "--dataset", "lab/x"]);
    assert!(may_not(at, "fay", &["users", "create", "gus"]).contains("ask the file's owner"));
    assert!(may_not(at, "eva", &["workspaces", "create", "v"]).contains("ask the file's owner"));
    assert_eq!(user(at, "eva")["workspaces"], json!(["lab"]));
}

#[test]
fn the_last_owner_stays_and_roles_are_known_ones() {
    let folder = ground();
    let at = folder.path();
    for args in [&["users", "set-role", "ana", "admin"][..], &["users", "disable", "ana"], &["users", "delete", "ana"]]
    {
        assert!(refused(at, args).contains("'ana' is the last owner of this file"), "{args:?}");
    }
    let output = command(at, &["users", "set-role", "bob", "boss"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("there is: owner, admin, annotator"));
    done(at, &["users", "set-role", "bob", "owner"]);
    done(at, &["users", "set-role", "ana", "annotator"]);
    may_not(at, "ana", &["users", "set-role", "ana", "owner"]);
    assert!(refused(at, &["users", "disable", "nobody"]).contains("may not do this"));
    assert!(may_not(at, "bob", &["users", "disable", "nobody"]).contains("there is no user 'nobody'"));
}

#[test]
fn who_is_disabled_is_refused_with_clear_words_and_let_in_again() {
    let folder = ground();
    let at = folder.path();
    done(at, &["users", "disable", "bob"]);
    for args in
        [&["export", "d"][..], &["search", "a"], &["datasets", "list"], &["users", "list"], &["users", "password"]]
    {
        let said = may_not(at, "bob", args);
        assert!(said.contains("'bob' is disabled in this file"), "{args:?}: {said}");
    }
    assert_eq!(user(at, "bob")["disabled"], true);
    done(at, &["users", "enable", "bob"]);
    may(at, "bob", &["export", "d"]);
}

#[test]
fn who_is_disabled_while_labelling_is_led_out_and_keeps_what_was_ticked() {
    let folder = ground();
    let at = folder.path();
    done(at, &["users", "create", "eve", "--workspace", "default"]);
    let mut eve = crate::pty::Terminal::run(at, 80, 24, &["--db", "labelry.db"], &[("USER", "eve")]);
    eve.until("d a · pending");
    done(at, &["users", "set-role", "eve", "admin"]);
    eve.until("you are admin here now");
    crate::pty::until_heard(&mut eve, "1", "[x]");
    done(at, &["users", "disable", "eve"]);
    eve.until("'eve' is disabled in this file");
    // What could not be saved any more is in a file of its own.
    let kept = |name: &str| name.starts_with("labelry.eve-");
    let found = std::fs::read_dir(at).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let kept: Vec<String> = found.filter(|name| kept(name)).collect();
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert!(done(at, &["--db", &kept[0], "export"]).contains(r#""user":"eve","status":"draft""#));
}

const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH bob@lab";

#[test]
fn passwords_and_keys_are_ones_own_and_never_shown() {
    let folder = ground();
    let at = folder.path();
    let (ok, said) = with_stdin(at, "bob", &["users", "password"], "secret words\n");
    assert!(ok, "{said}");
    let (ok, said) = with_stdin(at, "bob", &["users", "password", "ana"], "secret words\n");
    assert!(!ok && said.contains("may not do this"), "{said}");
    let (ok, said) = with_stdin(at, "bob", &["users", "password"], "");
    assert!(!ok && said.contains("standard input has no password"), "{said}");
    let (ok, said) = with_stdin(at, "ana", &["users", "password", "cy"], "\n");
    assert!(!ok && said.contains("its first line is empty"), "{said}");
    may(at, "bob", &["users", "add-key", "bob", KEY]);
    std::fs::write(at.join("id.pub"), KEY).unwrap();
    may(at, "ana", &["users", "add-key", "cy", "id.pub"]);
    let (ok, said) = with_stdin(at, "ana", &["users", "add-key", "ana", "-"], KEY);
    assert!(ok, "{said}");
    may_not(at, "bob", &["users", "add-key", "ana", KEY]);
    assert!(may_not(at, "bob", &["users", "add-key", "bob", "ssh-rsa AAAA"]).contains("no OpenSSH public key"));
    assert!(may_not(at, "gus", &["users", "add-key", "gus", KEY]).contains("there is no user 'gus'"));
    assert!(may_not(at, "gus", &["import", "d.jsonl"]).contains("'gus' is annotator here and may not do this"));
    assert!(lines(at, &["users", "list", "--json"]).iter().all(|user| user["name"] != "gus"));
    assert!(
        may_not(at, "bob", &["users", "add-key", "bob", "no.pub"]).contains("no.pub: found that it cannot be read")
    );
    let bob = user(at, "bob");
    assert_eq!((&bob["password"], &bob["keys"]), (&json!(true), &json!(["bob@lab"])));
    for bytes in std::fs::read_dir(at).unwrap().map(|file| std::fs::read(file.unwrap().path()).unwrap()) {
        assert!(!bytes.windows(12).any(|part| part == b"secret words"), "the password itself is nowhere");
    }
    assert!(may_not(at, "cy", &["users", "remove-key", "bob", "bob@lab"]).contains("may not do this"));
    assert!(may_not(at, "bob", &["users", "remove-key", "bob", "home"]).contains("there is: bob@lab"));
    may(at, "bob", &["users", "remove-key", "bob", "bob@lab"]);
    assert_eq!(user(at, "bob")["keys"], json!([]));
    let events = events(at);
    assert!(events.contains(r#"{"user":"bob","password":"set"}"#) && !events.contains("argon2"), "{events}");
    assert!(!events.contains("AAAAC3"), "{events}");
}

/// What the history says of people.
fn events(folder: &Path) -> String {
    let connection = rusqlite::Connection::open(folder.join("labelry.db")).unwrap();
    let mut statement = connection.prepare("SELECT before, after FROM event WHERE kind = 'user'").unwrap();
    let text = |row: &rusqlite::Row<'_>| {
        Ok(format!("{} → {}\n", row.get::<_, Option<String>>(0)?.unwrap_or_default(), row.get::<_, String>(1)?))
    };
    statement.query_map([], text).unwrap().map(Result::unwrap).collect()
}

#[test]
fn deleting_a_user_never_takes_answers_along() {
    let folder = ground();
    let at = folder.path();
    let said = refused(at, &["users", "delete", "bob"]);
    assert!(said.contains("'bob' holds 2 responses, and deleting never takes answers along"), "{said}");
    let said = refused(at, &["users", "delete", "bob", "--reassign-to", "cy"]);
    assert!(said.contains("both hold something on 1 record (a); nothing was changed"), "{said}");
    assert!(done(at, &["users", "delete", "bob", "--reassign-to", "ana"]).contains("2 responses went to ana"));
    assert_eq!(answered(&done(at, &["export", "d"])), [vec!["ana", "cy"], vec!["ana"]]);
    assert!(lines(at, &["users", "list", "--json"]).iter().all(|user| user["name"] != "bob"));
    done(at, &["users", "create", "bob"]);
    let said = done(at, &["users", "delete", "cy", "--keep-responses"]);
    assert!(said.contains("cy stays as a name with 1 response, disabled"), "{said}");
    assert_eq!(answered(&done(at, &["export", "d"])), [vec!["ana", "cy"], vec!["ana"]]);
    assert_eq!(user(at, "cy")["disabled"], true);
    done(at, &["users", "delete", "bob"]);
}

#[test]
fn a_deletion_is_taken_back_whole() {
    let folder = ground();
    let at = folder.path();
    let ok = || assert!(done(at, &["check"]).starts_with("ok"));
    let last = |kind: &str| {
        let events = lines(at, &["history", "--json"]).into_iter();
        events.filter(|event| event["kind"] == kind).map(|event| event["event"].to_string()).next().unwrap()
    };
    done(at, &["users", "delete", "bob", "--reassign-to", "ana"]);
    ok();
    done(at, &["history", "undo", &last("user")]);
    ok();
    assert_eq!(answered(&done(at, &["export", "d"])), [vec!["bob", "cy"], vec!["bob"]]);
    assert_eq!((&user(at, "bob")["workspaces"], &user(at, "bob")["disabled"]), (&json!(["default"]), &json!(false)));
    done(at, &["users", "delete", "cy", "--keep-responses"]);
    done(at, &["history", "undo", &last("user")]);
    ok();
    assert_eq!(user(at, "cy")["disabled"], false);
}

#[test]
fn names_and_workspaces_are_kept_apart() {
    let folder = ground();
    let at = folder.path();
    assert!(refused(at, &["users", "rename", "bob", "cy"]).contains("there is already a user 'cy'"));
    done(at, &["users", "rename", "bob", "bo"]);
    assert_eq!(answered(&done(at, &["export", "d"])), [vec!["bo", "cy"], vec!["bo"]]);
    assert!(refused(at, &["users", "create", "gus", "--workspace", "nowhere"]).contains("there is no workspace"));
    assert!(lines(at, &["users", "list", "--json"]).iter().all(|user| user["name"] != "gus"), "all or nothing");
    assert!(refused(at, &["workspaces", "create", "default"]).contains("there is already a workspace"));
    assert!(refused(at, &["workspaces", "delete", "default"]).contains("has 1 dataset"));
    done(at, &["workspaces", "create", "lab"]);
    let all = lines(at, &["workspaces", "list", "--json"]);
    assert_eq!(all[0], json!({"name": "default", "members": ["bo"], "datasets": ["d"]}));
    assert!(done(at, &["workspaces", "list"]).contains("lab                     open to all · no datasets"));
    done(at, &["workspaces", "delete", "lab"]);
}

#[cfg(unix)]
#[test]
fn a_new_file_has_the_mode_that_the_umask_leaves() {
    use std::os::unix::fs::PermissionsExt;
    let folder = ground();
    let shell = format!("umask 007; {} --db team.db import d.jsonl", env!("CARGO_BIN_EXE_labelry"));
    let done = std::process::Command::new("sh").args(["-c", &shell]).current_dir(folder.path()).output().unwrap();
    assert!(done.status.success(), "{done:?}");
    let mode = std::fs::metadata(folder.path().join("team.db")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o660);
}
