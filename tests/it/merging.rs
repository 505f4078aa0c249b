//! Merging, packing, moving, label surgery, the history and the care of a file: the real binary.

use std::path::Path;

use serde_json::Value;

use crate::cases::{command, done, folder, labelry, refused, write};

const RECORDS: [&str; 4] = [
    r#"{"id": "a", "fields": {"text": "one"}, "metadata": {"n": 1}}"#,
    r#"{"id": "b", "fields": {"text": "two"}, "metadata": {"n": 2}}"#,
    r#"{"id": "c", "fields": {"text": "three"}, "metadata": {"n": 3}}"#,
    r#"{"id": "d", "fields": {"text": "four"}, "metadata": {"n": 4}}"#,
];

/// The owner's file `labelry.db` with four records and three labels, and bob and cy as annotators.
fn ground() -> tempfile::TempDir {
    let folder = folder();
    write(folder.path(), "mail.jsonl", &RECORDS);
    done(folder.path(), &["import", "mail.jsonl", "--question", "topic", "--labels", "tax,jobs,refund"]);
    for name in ["bob", "cy"] {
        done(folder.path(), &["users", "create", name]);
    }
    folder
}

/// Gives answers in a file, as rows of `item,rater,value,at`.
fn answer(folder: &Path, db: &str, rows: &[&str]) {
    let lines: Vec<String> = rows
        .iter()
        .map(|row| {
            let [id, user, value, at] = row.splitn(4, ',').collect::<Vec<_>>()[..] else { panic!("{row}") };
            let known = RECORDS.iter().find(|record| record.contains(&format!(r#""id": "{id}""#)));
            let text =
                known.map_or_else(|| format!(r#"{{"id": "{id}", "fields": {{"text": "five"}}}}"#), ToString::to_string);
            let mut record: Value = serde_json::from_str(&text).unwrap();
            let labels: Vec<&str> = value.split(';').filter(|label| !label.is_empty()).collect();
            record["responses"] =
                serde_json::json!([{"user": user, "status": "submitted", "answers": {"topic": labels}, "at": at}]);
            record.to_string()
        })
        .collect();
    write(folder, "answers.jsonl", &lines.iter().map(String::as_str).collect::<Vec<_>>());
    done(folder, &["--db", db, "import", "answers.jsonl", "--dataset", "mail", "--on-conflict", "theirs"]);
}

/// `a bob tax;jobs submitted` a line.
fn answers(folder: &Path, db: &str) -> Vec<String> {
    let text = done(folder, &["--db", db, "export", "--format", "native"]);
    let mut lines = Vec::new();
    for line in text.lines().skip(1) {
        let record: Value = serde_json::from_str(line).unwrap();
        for response in record["responses"].as_array().into_iter().flatten() {
            let labels = &response["answers"]["topic"];
            let labels: Vec<&str> = labels.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            lines.push(format!(
                "{} {} {} {}",
                record["id"].as_str().unwrap(),
                response["user"].as_str().unwrap(),
                labels.join(";"),
                response["status"].as_str().unwrap()
            ));
        }
    }
    lines
}

/// The number that a command says its step is undone by.
fn step(said: &str) -> String {
    said.rsplit("history undo ").next().unwrap().lines().next().unwrap().trim().to_owned()
}

#[test]
fn whoever_may_not_see_all_of_a_file_takes_it_into_none_of_their_own() {
    let folder = ground();
    let at = folder.path();
    let as_bob = |args: &[&str]| {
        let output = command(at, args).env("USER", "bob").output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, said) = as_bob(&["--db", "mine.db", "merge", "labelry.db"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("'bob' is annotator in 'labelry.db', where 'mail' hides answers or suggestions"), "{said}");
    assert!(!at.join("mine.db").exists(), "nothing was made");
    done(at, &["datasets", "set", "mail", "--hide", "none"]);
    assert_eq!(as_bob(&["--db", "mine.db", "merge", "labelry.db"]).0, Some(0));
}

#[test]
fn a_merge_that_failed_leaves_no_copy_of_what_it_did_not_change() {
    let folder = ground();
    refused(folder.path(), &["merge", "nothing.db"]);
    let names = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let copies: Vec<_> = names.filter(|name| name.to_string_lossy().contains("before-merge")).collect();
    assert!(copies.is_empty(), "{copies:?}");
}

#[test]
fn only_who_may_do_all_makes_the_indices_anew() {
    let folder = ground();
    done(folder.path(), &["workspaces", "create", "other"]);
    done(folder.path(), &["users", "create", "adm", "--role", "admin", "--workspace", "other"]);
    let output = command(folder.path(), &["check", "--repair-index"]).env("USER", "adm").output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_label_that_was_renamed_keeps_its_place_in_a_pack() {
    let folder = ground();
    done(folder.path(), &["labels", "rename", "jobs", "work"]);
    done(folder.path(), &["pack", "--for", "bob", "--out", "bob.db"]);
    let native = done(folder.path(), &["--db", "bob.db", "export"]);
    let header: Value = serde_json::from_str(native.lines().next().unwrap()).unwrap();
    let labels = header["dataset"]["questions"][0]["labels"].as_array().unwrap();
    let value = |label: &Value| label["value"].as_str().or(label.as_str()).unwrap().to_owned();
    assert_eq!(labels.iter().map(value).collect::<Vec<_>>(), ["tax", "work", "refund"], "{native}");
}

#[test]
fn a_part_is_handed_out_and_comes_home() {
    let folder = ground();
    let path = folder.path();
    answer(path, "labelry.db", &["a,cy,tax,2026-01-01T00:00:00Z"]);
    done(path, &["pack", "--for", "bob", "--out", "bob.db", "--limit", "3"]);
    assert_eq!(answers(path, "bob.db"), [""; 0], "nobody else's answers go along");
    let users = done(path, &["--db", "bob.db", "users", "list"]);
    assert!(users.contains("bob") && !users.contains("cy") && !users.contains("ana"), "{users}");
    answer(path, "bob.db", &["a,bob,tax,2026-01-02T00:00:00Z", "b,bob,,2026-01-02T00:00:00Z"]);
    let dry = done(path, &["merge", "bob.db", "--dry-run"]);
    assert!(dry.contains("bob: responses"), "{dry}");
    assert_eq!(answers(path, "labelry.db").len(), 1, "a dry run changes nothing");
    let said = done(path, &["merge", "bob.db"]);
    assert!(said.contains("as it was before: "), "{said}");
    let home = answers(path, "labelry.db");
    assert!(home.contains(&String::from("a bob tax submitted")) && home.len() >= 2, "{home:?}");
    let again = done(path, &["merge", "bob.db"]);
    assert!(again.contains("nothing that is not here already") && !again.contains("undo"), "{again}");
    assert_eq!(answers(path, "labelry.db"), home);
    let undone = done(path, &["history", "undo", &step(&said)]);
    assert!(undone.starts_with("undone: merge"), "{undone}");
    assert_eq!(answers(path, "labelry.db"), ["a cy tax submitted"]);
    assert!(refused(path, &["history", "undo", &step(&said)]).contains("was undone already"));
    done(path, &["merge", "bob.db"]);
    assert_eq!(answers(path, "labelry.db"), home, "and it comes again");
    assert!(done(path, &["check"]).starts_with("ok:"));
}

#[test]
fn a_pack_brings_only_answers_of_whom_it_was_made_for_unless_the_others_are_accepted() {
    let folder = ground();
    let path = folder.path();
    done(path, &["pack", "--for", "bob", "--out", "bob.db"]);
    answer(path, "bob.db", &["a,bob,tax,2026-01-02T00:00:00Z", "b,cy,tax,2026-01-02T00:00:00Z"]);
    let said = refused(path, &["merge", "bob.db"]);
    assert!(said.contains("'bob.db' was made for one person") && said.contains("of cy (1)"), "{said}");
    assert!(said.contains("--accept-others"), "{said}");
    assert_eq!(answers(path, "labelry.db"), [""; 0], "nothing of it came");
    assert!(
        done(path, &["merge", "bob.db", "--dry-run"]).contains("of others than whom the file was made for: cy (1)")
    );
    let said = done(path, &["merge", "bob.db", "--accept-others"]);
    assert!(said.contains("of others than whom the file was made for: cy (1)"), "{said}");
    assert_eq!(answers(path, "labelry.db").len(), 2);
    done(path, &["merge", "bob.db"]);
}

#[test]
fn answers_of_a_time_to_come_are_taken_only_where_that_is_said() {
    let folder = ground();
    let path = folder.path();
    done(path, &["backup", "other.db"]);
    answer(path, "other.db", &["a,bob,tax,2999-01-02T00:00:00Z", "b,cy,tax,2026-01-02T00:00:00Z"]);
    let said = refused(path, &["merge", "other.db"]);
    assert!(said.contains("answers or marks (1) of more than a day from now") && said.contains("of bob (1)"), "{said}");
    assert_eq!(answers(path, "labelry.db"), [""; 0], "nothing of it came");
    done(path, &["merge", "other.db", "--accept-future"]);
    assert_eq!(answers(path, "labelry.db").len(), 2);
    done(path, &["merge", "other.db"]);
}

#[test]
fn whoever_a_file_was_packed_for_is_that_person_under_any_login() {
    let folder = ground();
    done(folder.path(), &["pack", "--for", "bob", "--out", "bob.db"]);
    let output = command(folder.path(), &["--db", "bob.db", "export", "--query", "pending", "--format", "csv"])
        .env("USER", "somebody-else")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 5);
    let users = done(folder.path(), &["--db", "bob.db", "users", "list"]);
    assert_eq!(users.lines().count(), 1, "{users}");
}

#[test]
fn of_two_answers_the_later_one_stands_and_the_rest_is_said() {
    let folder = ground();
    let path = folder.path();
    answer(path, "labelry.db", &["a,bob,tax,2026-01-02T00:00:00Z", "b,bob,tax,2026-01-02T00:00:00Z"]);
    done(path, &["backup", "other.db"]);
    answer(path, "other.db", &["a,bob,jobs,2026-01-03T00:00:00Z"]);
    answer(path, "labelry.db", &["b,bob,refund,2026-01-04T00:00:00Z", "a,bob,refund,2026-01-02T12:00:00Z"]);
    let dry = done(path, &["merge", "other.db", "--dry-run", "--on-conflict", "keep"]);
    assert!(dry.contains("2 that differ stay as they are here"), "{dry}");
    let said = done(path, &["merge", "other.db", "--on-conflict", "theirs"]);
    assert!(said.contains("a · bob: here submitted refund") && said.contains("(stands)"), "{said}");
    assert!(answers(path, "labelry.db").contains(&String::from("a bob jobs submitted")));
}

#[test]
fn two_people_of_one_name_stop_a_merge_until_it_is_said_who_is_who() {
    let folder = ground();
    let path = folder.path();
    answer(path, "labelry.db", &["a,eva,tax,2026-01-02T00:00:00Z"]);
    done(path, &["--db", "two.db", "import", "mail.jsonl", "--question", "topic", "--labels", "tax,jobs,refund"]);
    answer(path, "two.db", &["a,eva,jobs,2026-01-03T00:00:00Z", "b,eva,jobs,2026-01-03T00:00:00Z"]);
    let said = refused(path, &["merge", "two.db"]);
    assert!(said.contains("'eva'") && said.contains("--same-user eva") && said.contains("--map-user eva="), "{said}");
    assert_eq!(answers(path, "labelry.db"), ["a eva tax submitted"]);
    done(path, &["merge", "two.db", "--map-user", "eva=eva-b"]);
    assert_eq!(
        answers(path, "labelry.db"),
        ["a eva tax submitted", "a eva-b jobs submitted", "b eva-b jobs submitted"]
    );
    let again = done(path, &["merge", "two.db"]);
    assert!(again.contains("nothing that is not here already"), "who that is was remembered: {again}");
}

#[test]
fn the_same_person_in_two_files_is_one_when_it_is_said() {
    let folder = ground();
    let path = folder.path();
    answer(path, "labelry.db", &["a,eva,tax,2026-01-02T00:00:00Z"]);
    done(path, &["--db", "two.db", "import", "mail.jsonl", "--question", "topic", "--labels", "tax,jobs,refund"]);
    answer(path, "two.db", &["a,eva,jobs,2026-01-03T00:00:00Z"]);
    done(path, &["merge", "two.db", "--same-user", "eva"]);
    assert_eq!(answers(path, "labelry.db"), ["a eva jobs submitted"]);
}

#[test]
fn an_export_is_merged_like_a_file() {
    let folder = ground();
    let path = folder.path();
    answer(path, "labelry.db", &["a,bob,tax,2026-01-02T00:00:00Z"]);
    let row = r#"{"id": "a", "fields": {"text": "one"}, "metadata": {"n": 1}, "responses": [{"user": "bob", "status": "submitted", "answers": {"topic": ["jobs"]}, "at": "2026-01-03T00:00:00Z"}]}"#;
    let header = r#"{"labelry":1,"dataset":{"name":"mail","fields":[{"name":"text"}],"questions":[{"name":"topic","type":"multi_label","labels":["tax","jobs","refund"]}]}}"#;
    write(path, "export.jsonl", &[header, row]);
    done(path, &["merge", "export.jsonl"]);
    assert_eq!(answers(path, "labelry.db"), ["a bob jobs submitted"]);
}

#[test]
fn a_label_that_only_one_file_has_is_missing_for_the_other_one_and_its_near_names_are_shown() {
    let folder = ground();
    let path = folder.path();
    done(path, &["backup", "other.db"]);
    answer(path, "labelry.db", &["a,cy,tax,2026-01-01T00:00:00Z"]);
    done(path, &["--db", "other.db", "labels", "add", "refunds"]);
    done(path, &["labels", "add", "spam"]);
    answer(path, "labelry.db", &["b,cy,spam,2026-01-01T00:00:00Z"]);
    answer(path, "other.db", &["a,bob,refunds,2026-01-02T00:00:00Z", "b,bob,tax,2026-01-02T00:00:00Z"]);
    let said = done(path, &["merge", "other.db"]);
    assert!(said.contains("new label of topic: refunds (near: refund)"), "{said}");
    assert!(answers(path, "labelry.db").contains(&String::from("a bob refunds submitted")));
    // Nobody was offered both labels: no record pairs for either of them.
    let figures = done(path, &["agreement", "--by-label", "--json"]);
    let figures: Value = serde_json::from_str(&figures).unwrap();
    for label in figures["labels"].as_array().unwrap() {
        let pairs = if matches!(label["label"].as_str().unwrap(), "spam" | "refunds") { 0 } else { 2 };
        assert_eq!(label["units"], pairs, "{label}");
    }
    // What it says of its label sets survives the way out and in.
    let native = done(path, &["export", "--format", "native"]);
    std::fs::write(path.join("out.jsonl"), &native).unwrap();
    done(path, &["--db", "in.db", "import", "out.jsonl"]);
    assert_eq!(done(path, &["--db", "in.db", "export", "--format", "native"]), native);
    assert_eq!(
        done(path, &["--db", "in.db", "agreement", "--by-label", "--json"]),
        done(path, &["agreement", "--by-label", "--json"])
    );
}

#[test]
fn what_is_no_file_to_merge_is_refused_and_nothing_changes() {
    let folder = ground();
    let path = folder.path();
    let before = answers(path, "labelry.db");
    assert!(refused(path, &["merge", "labelry.db"]).contains("is the file that is merged into"));
    std::fs::hard_link(path.join("labelry.db"), path.join("link.db")).unwrap();
    assert!(refused(path, &["merge", "link.db"]).contains("is the file that is merged into"));
    assert!(refused(path, &["merge", "nothing.db"]).contains("nothing.db"));
    let alien = rusqlite_file(path, "alien.db", "CREATE TABLE t (a)");
    assert!(refused(path, &["merge", &alien]).contains("not a labelry file"));
    done(path, &["backup", "newer.db"]);
    rusqlite_file(path, "newer.db", "PRAGMA user_version = 99");
    assert!(refused(path, &["merge", "newer.db"]).contains("of a newer labelry"));
    done(path, &["backup", "spy.db"]);
    rusqlite_file(path, "spy.db", "CREATE TRIGGER spy AFTER INSERT ON record BEGIN DELETE FROM event; END");
    assert!(refused(path, &["merge", "spy.db"]).contains("trigger 'spy'"));
    done(path, &["backup", "view.db"]);
    rusqlite_file(path, "view.db", "DROP VIEW readable_event; CREATE VIEW readable_event AS SELECT 1");
    assert!(refused(path, &["merge", "view.db"]).contains("readable_event"));
    done(path, &["backup", "cut.db"]);
    let bytes = std::fs::read(path.join("cut.db")).unwrap();
    std::fs::write(path.join("cut.db"), &bytes[..bytes.len() / 2]).unwrap();
    let said = refused(path, &["merge", "cut.db"]);
    assert!(said.contains("damaged") || said.contains("malformed"), "{said}");
    let said = labelry(path, &["merge", "cut.db", "--on-conflict", "ask"]);
    assert_eq!(said.status.code(), Some(2));
    assert_eq!(answers(path, "labelry.db"), before);
    assert!(done(path, &["check"]).starts_with("ok:"));
}

fn rusqlite_file(folder: &Path, name: &str, sql: &str) -> String {
    rusqlite::Connection::open(folder.join(name)).unwrap().execute_batch(sql).unwrap();
    name.to_owned()
}

#[test]
fn a_dataset_that_asks_other_questions_is_refused_or_goes_under_another_name() {
    let folder = ground();
    let path = folder.path();
    done(path, &["--db", "two.db", "import", "mail.jsonl", "--question", "tone", "--labels", "good,bad"]);
    let said = refused(path, &["merge", "two.db"]);
    assert!(said.contains("asks the question 'tone'") && said.contains("--as"), "{said}");
    done(path, &["merge", "two.db", "--dataset", "mail", "--as", "tones"]);
    assert!(done(path, &["datasets", "list"]).contains("tones"));
}

#[test]
fn a_file_that_somebody_is_writing_to_is_merged_as_it_stands() {
    let folder = ground();
    let path = folder.path();
    done(path, &["backup", "other.db"]);
    answer(path, "other.db", &["a,bob,tax,2026-01-02T00:00:00Z"]);
    let writer = rusqlite::Connection::open(path.join("other.db")).unwrap();
    writer.execute_batch("BEGIN IMMEDIATE; DELETE FROM answer").unwrap();
    done(path, &["merge", "other.db"]);
    assert_eq!(answers(path, "labelry.db"), ["a bob tax submitted"]);
}

fn way<'a>(verb: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut all = vec!["responses", verb, "--from", "mail", "--to", "second/post"];
    all.extend(more);
    all
}

/// A second dataset with the records a, b and d, where d has no id.
fn two_datasets() -> tempfile::TempDir {
    let folder = ground();
    let path = folder.path();
    let lines = [
        r#"{"id": "a", "fields": {"text": "one, otherwise"}, "metadata": {"n": 1}}"#,
        r#"{"id": "b2", "fields": {"text": "two"}, "metadata": {"n": 2}}"#,
        r#"{"id": "x", "fields": {"text": "three"}, "metadata": {"n": 9}}"#,
        r#"{"id": "y", "fields": {"text": "three"}, "metadata": {"n": 9}}"#,
    ];
    write(path, "post.jsonl", &lines);
    let labels = ["--question", "topic", "--labels", "refund,jobs,tax,spam"];
    let mut all = vec!["import", "post.jsonl", "--dataset", "second/post"];
    all.extend(labels);
    done(path, &all);
    let rows =
        ["a,bob,tax;refund,2026-01-02T00:00:00Z", "b,bob,jobs,2026-01-02T00:00:00Z", "c,cy,tax,2026-01-02T00:00:00Z"];
    answer(path, "labelry.db", &rows);
    folder
}

fn of(folder: &Path, dataset: &str) -> Vec<String> {
    let text = done(folder, &["export", dataset, "--format", "long"]);
    text.lines().skip(1).map(|line| line.split(",submitted").next().unwrap().to_owned()).collect()
}

#[test]
fn responses_are_copied_by_id_and_labels_by_value() {
    let folder = two_datasets();
    let path = folder.path();
    let dry = done(path, &way("copy", &["--dry-run"]));
    assert!(
        dry.contains("would copy")
            && dry.contains("bob: 1 added")
            && dry.contains("2 records with responses that are not there: b, c"),
        "{dry}"
    );
    assert!(of(path, "second/post").is_empty());
    let said = done(path, &way("copy", &[]));
    assert_eq!(of(path, "second/post"), [r#"a,bob,topic,"[""refund"",""tax""]""#]);
    // The label that was not there when it was answered is missing there, not "no".
    let again = done(path, &way("copy", &[]));
    assert!(again.contains("bob: 1 here already") && !again.contains("undo"), "{again}");
    done(path, &["history", "undo", &step(&said)]);
    assert!(of(path, "second/post").is_empty());
    assert!(done(path, &["check"]).starts_with("ok:"));
}

#[test]
fn responses_are_moved_by_metadata_and_by_content_and_never_by_guess() {
    let folder = two_datasets();
    let path = folder.path();
    let said = done(path, &way("move", &["--match", "metadata.n"]));
    assert!(said.contains("bob: 2 added") && said.contains("1 records with responses that are not there: c"), "{said}");
    assert_eq!(of(path, "mail"), [r#"c,cy,topic,"[""tax""]""#], "what could not go stayed");
    assert_eq!(of(path, "second/post").len(), 2);
    done(path, &["history", "undo", &step(&said)]);
    assert_eq!((of(path, "mail").len(), of(path, "second/post").len()), (3, 0));
    let said = done(path, &way("copy", &["--match", "content"]));
    assert!(said.contains("1 records that several there may be: c"), "{said}");
    assert!(done(path, &["check"]).starts_with("ok:"));
}

#[test]
fn two_responses_that_differ_are_shown_and_decided() {
    let folder = two_datasets();
    let path = folder.path();
    let line = r#"{"id": "a", "fields": {"text": "one, otherwise"}, "metadata": {"n": 1}, "responses": [{"user": "bob", "status": "submitted", "answers": {"topic": ["spam"]}, "at": "2026-01-05T00:00:00Z"}]}"#;
    write(path, "answers.jsonl", &[line]);
    done(path, &["import", "answers.jsonl", "--dataset", "second/post"]);
    let dry = done(path, &way("copy", &["--dry-run"]));
    assert!(dry.contains("a · bob: here submitted spam") && dry.contains("there submitted refund, tax"), "{dry}");
    done(path, &way("move", &[]));
    assert_eq!(of(path, "second/post"), [r#"a,bob,topic,"[""spam""]""#], "the later one stands");
    assert!(of(path, "mail").iter().any(|line| line.starts_with("a,bob")), "and the other one is not lost");
    done(path, &way("move", &["--on-conflict", "theirs"]));
    assert_eq!(of(path, "second/post"), [r#"a,bob,topic,"[""refund"",""tax""]""#]);
    assert!(!of(path, "mail").iter().any(|line| line.starts_with("a,bob")));
    let said = refused(path, &["responses", "move", "--from", "second/post", "--to", "mail", "--dry-run"]);
    assert!(said.contains("no label spam of topic"), "a way back has to have all labels too: {said}");
}

#[test]
fn a_mapping_says_what_labels_are_called_there() {
    let folder = two_datasets();
    let path = folder.path();
    done(path, &["labels", "rename", "tax", "taxes", "--dataset", "second/post", "--yes"]);
    let said = refused(path, &way("copy", &[]));
    assert!(said.contains("no label tax of topic") && said.contains("--mapping"), "{said}");
    write(path, "map.csv", &["question,label,to_question,to_label", "topic,tax,,taxes"]);
    done(path, &way("copy", &["--mapping", "map.csv"]));
    assert_eq!(of(path, "second/post"), [r#"a,bob,topic,"[""refund"",""taxes""]""#]);
    write(path, "map.csv", &["question,label,to_question,to_label", "topic,tax,,"]);
    assert!(refused(path, &way("copy", &["--mapping", "map.csv"])).contains("map.csv:2"));
    assert!(refused(path, &["responses", "copy", "--from", "mail", "--to", "mail"]).contains("same dataset"));
}

#[test]
fn deleted_responses_stay_deleted_when_an_older_copy_is_merged() {
    let folder = ground();
    let path = folder.path();
    answer(path, "labelry.db", &["a,bob,tax,2026-01-02T00:00:00Z", "b,cy,tax,2026-01-02T00:00:00Z"]);
    done(path, &["backup", "old.db"]);
    assert_eq!(labelry(path, &["responses", "delete"]).status.code(), Some(2));
    let said = done(path, &["responses", "delete", "--of", "bob"]);
    assert!(said.contains("deleted 1 response of bob"), "{said}");
    done(path, &["merge", "old.db"]);
    assert_eq!(answers(path, "labelry.db"), ["b cy tax submitted"]);
    done(path, &["history", "undo", &step(&said)]);
    assert_eq!(answers(path, "labelry.db").len(), 2);
}

#[test]
fn labels_are_cut_with_a_preview_and_all_of_it_can_be_undone() {
    let folder = ground();
    let path = folder.path();
    let rows = [
        "a,bob,tax;refund,2026-01-02T00:00:00Z",
        "b,bob,refund,2026-01-02T00:00:00Z",
        "c,cy,jobs,2026-01-02T00:00:00Z",
    ];
    answer(path, "labelry.db", &rows);
    let before = done(path, &["export", "--format", "native"]);
    let check = |args: &[&str], preview: &str, expected: &[&str]| {
        let mut dry = vec!["labels"];
        dry.extend(args);
        dry.push("--dry-run");
        let said = done(path, &dry);
        assert!(said.contains(preview), "{args:?}: {said}");
        assert_eq!(done(path, &["export", "--format", "native"]), before, "{args:?}");
        dry.pop();
        let said = done(path, &dry);
        assert_eq!(answers(path, "labelry.db"), expected, "{args:?}");
        assert!(done(path, &["check"]).starts_with("ok:"), "{args:?}");
        done(path, &["history", "undo", &step(&said)]);
        assert_eq!(done(path, &["export", "--format", "native"]), before, "{args:?}");
    };
    let [a, b, c] = ["a bob tax;refund submitted", "b bob refund submitted", "c cy jobs submitted"];
    check(
        &["rename", "refund", "money"],
        "no answer is touched",
        &["a bob tax;money submitted", "b bob money submitted", c],
    );
    check(
        &["merge", "refund", "--into", "tax"],
        "changes 2 responses of bob",
        &["a bob tax submitted", "b bob tax submitted", c],
    );
    check(&["retire", "refund"], "keeps its tick in 2 responses of bob", &[a, b, c]);
    check(&["delete", "refund"], "1 answer ticked nothing else", &["a bob tax submitted", "b bob  submitted", c]);
    check(
        &["split", "refund", "--into", "partial", "--query", "two"],
        "changes 1 response of bob",
        &[a, "b bob partial submitted", c],
    );
    check(&["keys", "tax=3"], "no answer is touched", &[a, b, c]);
    check(&["set", "tax", "--title", "Taxes"], "no answer is touched", &[a, b, c]);
    assert!(refused(path, &["labels", "rename", "tax", "jobs"]).contains("already"));
    assert!(refused(path, &["labels", "retire", "taks"]).contains("tax"));
    assert!(refused(path, &["labels", "merge", "tax", "--into", "tax"]).contains("itself"));
    assert!(refused(path, &["labels", "keys", "tax=j"]).contains("cannot be the key"));
}

#[test]
fn an_import_is_undone_until_somebody_worked_on_it() {
    let folder = ground();
    let path = folder.path();
    write(path, "more.jsonl", &[r#"{"id": "e", "fields": {"text": "five"}}"#]);
    done(path, &["import", "more.jsonl", "--dataset", "mail"]);
    let newest = |kind: &str| {
        let text = done(path, &["history", "--json"]);
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let found = lines.filter(|line| line["kind"] == kind).map(|line| line["event"].to_string());
        found.into_iter().next().unwrap()
    };
    let import = newest("import");
    done(path, &["history", "undo", &import]);
    assert_eq!(done(path, &["search", "mail", "five", "--json"]), "");
    assert!(done(path, &["datasets", "list"]).contains("4 records"));
    done(path, &["import", "more.jsonl", "--dataset", "mail"]);
    let import = newest("import");
    answer(path, "labelry.db", &["e,bob,tax,2026-01-02T00:00:00Z"]);
    let said = refused(path, &["history", "undo", &import]);
    assert!(said.contains("worked on since") && said.contains("newest first"), "{said}");
    assert_eq!(answers(path, "labelry.db"), ["e bob tax submitted"]);
    assert!(done(path, &["check"]).starts_with("ok:"));
}

#[test]
fn a_check_finds_what_is_wrong_and_says_what_to_do() {
    let folder = ground();
    let path = folder.path();
    answer(path, "labelry.db", &["a,bob,tax,2026-01-02T00:00:00Z"]);
    let check = |sql: &str, expected: &str, repaired: bool| {
        let copy = path.join("bad.db");
        let _gone = std::fs::remove_file(&copy);
        done(path, &["backup", "bad.db"]);
        rusqlite_file(path, "bad.db", sql);
        let output = labelry(path, &["--db", "bad.db", "check"]);
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(3), "{sql}: {said}");
        assert!(said.contains(expected) && said.contains("do: "), "{sql}: {said}");
        if repaired {
            let said = done(path, &["--db", "bad.db", "check", "--repair-index"]);
            assert!(said.contains("ok:"), "{sql}: {said}");
        }
    };
    check("UPDATE counter SET value = value + 1 WHERE name = 'submitted'", "counters do not say", true);
    check("DELETE FROM record_text WHERE rowid = 1", "not in the text index", true);
    check("DELETE FROM response; DELETE FROM counter WHERE name = 'submitted'", "answers without a response", false);
    check("PRAGMA foreign_keys = OFF; DELETE FROM user WHERE name = 'bob'", "refer to a 'user'", false);
    let said = done(path, &["check"]);
    assert!(said.starts_with("ok:"), "{said}");
    assert!(refused(path, &["backup", "labelry.db"]).contains("is the labelry file itself"));
}

#[test]
fn the_history_tells_who_did_what_on_which_record() {
    let folder = ground();
    let path = folder.path();
    answer(path, "labelry.db", &["a,bob,tax,2026-01-02T00:00:00Z"]);
    answer(path, "labelry.db", &["a,bob,jobs,2026-01-03T00:00:00Z"]);
    let said = done(path, &["history", "--record", "a"]);
    assert!(said.contains("submitted tax → submitted jobs"), "{said}");
    let said = done(path, &["history", "--by", "bob", "--since", "2020-01-01"]);
    assert!(said.lines().all(|line| line.contains("bob")) && !said.is_empty(), "{said}");
    assert!(refused(path, &["history", "undo", "9999"]).contains("there is no event 9999"));
}

#[test]
fn an_undone_import_leaves_nothing_behind_and_can_be_done_again() {
    let folder = folder();
    let path = folder.path();
    write(path, "d.jsonl", &[crate::cases::HEADER, &crate::cases::record("a", "one", &["tax"], None)]);
    let import = |dataset: &str| {
        done(path, &["import", "d.jsonl", "--dataset", dataset]);
        let newest = done(path, &["history", "--limit", "1", "--json"]);
        serde_json::from_str::<Value>(newest.lines().next().unwrap()).unwrap()["event"].to_string()
    };
    import("first");
    let before = done(path, &["export", "first"]);
    let step = import("second");
    done(path, &["history", "undo", &step]);
    assert!(done(path, &["check"]).starts_with("ok:"));
    assert!(!done(path, &["datasets", "list"]).contains("second"));
    import("second");
    assert!(done(path, &["check"]).starts_with("ok:"));
    assert_eq!(done(path, &["export", "first"]), before);
}

#[test]
fn an_import_can_be_undone_once_the_work_on_it_was_undone() {
    let folder = ground();
    let path = folder.path();
    let newest = || {
        let text = done(path, &["history", "--limit", "1", "--json"]);
        serde_json::from_str::<Value>(text.lines().next().unwrap()).unwrap()["event"].to_string()
    };
    write(path, "more.jsonl", &[r#"{"id": "e", "fields": {"text": "five"}}"#]);
    done(path, &["import", "more.jsonl", "--dataset", "mail"]);
    let import = newest();
    answer(path, "labelry.db", &["e,bob,tax,2026-01-02T00:00:00Z"]);
    let work = newest();
    refused(path, &["history", "undo", &import]);
    done(path, &["history", "undo", &work]);
    done(path, &["history", "undo", &import]);
    assert!(done(path, &["datasets", "list"]).contains("4 records"));
    assert!(done(path, &["check"]).starts_with("ok:"));
}

#[test]
fn exports_are_merged_by_their_times_in_any_order_and_twice() {
    let answers_in = |order: [&str; 2]| {
        let folder = ground();
        let path = folder.path();
        let header = r#"{"labelry":1,"dataset":{"name":"mail","fields":[{"name":"text"}],"questions":[{"name":"topic","type":"multi_label","labels":["tax","jobs","refund"]}]}}"#;
        for (name, label, at) in [("x.jsonl", "tax", "10:09"), ("y.jsonl", "jobs", "10:05")] {
            let late = format!(
                r#"{{"id": "a", "fields": {{"text": "one"}}, "metadata": {{"n": 1}}, "responses": [{{"user": "bob", "status": "submitted", "answers": {{"topic": ["{label}"]}}, "at": "2026-01-02T{at}:00Z"}}]}}"#
            );
            let never = late.replace(&format!(r#", "at": "2026-01-02T{at}:00Z""#), "").replace("\"a\"", "\"b\"");
            let never = never.replace("one", "two").replace("\"n\": 1", "\"n\": 2");
            write(path, name, &[header, &late, &never]);
        }
        done(path, &["merge", order[0], order[1]]);
        let again = done(path, &["merge", order[0], order[1]]);
        assert!(!again.contains("undo with"), "{again}");
        answers(path, "labelry.db")
    };
    let first = answers_in(["x.jsonl", "y.jsonl"]);
    assert_eq!(first[0], "a bob tax submitted", "the later one stands");
    assert_eq!(first, answers_in(["y.jsonl", "x.jsonl"]));
}

#[test]
fn responses_go_there_and_back() {
    let folder = two_datasets();
    let path = folder.path();
    let before = of(path, "mail");
    done(path, &way("move", &["--match", "metadata.n"]));
    done(
        path,
        &[
            "responses",
            "move",
            "--from",
            "second/post",
            "--to",
            "mail",
            "--match",
            "metadata.n",
            "--mapping",
            &back(path),
        ],
    );
    assert_eq!(of(path, "mail"), before);
    assert!(of(path, "second/post").is_empty());
}

/// Takes the label away that only the second dataset has, so that all of its labels have one in the first.
fn back(folder: &Path) -> String {
    write(folder, "back.csv", &["question,label,to_question,to_label", "topic,spam,,tax"]);
    String::from("back.csv")
}

#[test]
fn a_pack_that_comes_home_after_a_label_went_says_so() {
    let folder = ground();
    let path = folder.path();
    done(path, &["pack", "--for", "bob", "--out", "bob.db"]);
    answer(path, "bob.db", &["a,bob,refund,2026-01-02T00:00:00Z"]);
    done(path, &["labels", "merge", "refund", "--into", "tax"]);
    let said = done(path, &["merge", "bob.db"]);
    assert!(said.contains("1 ticks of refund, which topic offers here no more"), "{said}");
    done(path, &["labels", "merge", "refund", "--into", "tax"]);
    assert_eq!(answers(path, "labelry.db"), ["a bob tax submitted"]);
}

#[test]
fn a_file_that_map_user_names_has_to_be_merged() {
    let folder = ground();
    done(folder.path(), &["backup", "other.db"]);
    let output = labelry(folder.path(), &["merge", "other.db", "--map-user", "zz.db:bob=cy"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("zz.db"));
}

#[test]
fn everything_that_hangs_on_records_is_merged_and_undone() {
    let folder = folder();
    let path = folder.path();
    let text = include_str!("../data/every_kind.jsonl");
    std::fs::write(path.join("a.jsonl"), text).unwrap();
    let later = |line: &str| {
        let mut record: Value = serde_json::from_str(line).unwrap();
        if record.get("fields").is_some() {
            record["metadata"]["seen"] = Value::from(true);
            for response in record["responses"].as_array_mut().into_iter().flatten() {
                response["at"] = Value::from("2026-10-02T00:00:00.000Z");
            }
            for note in record["notes"].as_array_mut().into_iter().flatten() {
                note["note"] = Value::from("another one");
            }
            for adjudication in record["adjudications"].as_array_mut().into_iter().flatten() {
                adjudication["reason"] = Value::from("looked again");
                adjudication["at"] = Value::from("2026-10-02T00:00:00.000Z");
            }
        }
        record.to_string()
    };
    let lines: Vec<String> = text.lines().map(later).collect();
    write(path, "b.jsonl", &lines.iter().map(String::as_str).collect::<Vec<_>>());
    let export = |db: &str| done(path, &["--db", db, "export"]);
    done(path, &["--db", "a.db", "import", "a.jsonl"]);
    done(path, &["--db", "a.db", "backup", "b.db"]);
    let before = export("a.db");
    done(path, &["--db", "b.db", "import", "b.jsonl", "--on-conflict", "theirs"]);
    let said = done(path, &["--db", "a.db", "merge", "b.db"]);
    assert_eq!(export("a.db"), export("b.db"));
    assert!(done(path, &["--db", "a.db", "merge", "b.db"]).contains("nothing that is not here already"));
    assert!(done(path, &["--db", "b.db", "merge", "a.db"]).contains("here already"));
    assert_eq!(export("a.db"), export("b.db"));
    done(path, &["--db", "a.db", "history", "undo", &step(&said)]);
    assert_eq!(export("a.db"), before);
    for db in ["a.db", "b.db"] {
        assert!(done(path, &["--db", db, "check"]).starts_with("ok:"), "{db}");
    }
}

#[test]
fn a_retired_label_stands_in_the_way_only_of_responses_that_tick_it() {
    let folder = two_datasets();
    let path = folder.path();
    done(path, &["labels", "add", "old", "--dataset", "mail"]);
    done(path, &["labels", "retire", "old", "--dataset", "mail"]);
    done(path, &way("copy", &["--of", "bob"]));
    assert_eq!(of(path, "second/post").len(), 1);
    done(path, &["labels", "restore", "old", "--dataset", "mail"]);
    answer(path, "labelry.db", &["a,cy,old,2026-01-02T00:00:00Z"]);
    done(path, &["labels", "retire", "old", "--dataset", "mail"]);
    let said = refused(path, &way("copy", &[]));
    assert!(said.contains("no label old of topic, which 'a' ticks") && said.contains("--mapping"), "{said}");
    assert_eq!(of(path, "second/post").len(), 1, "nothing of it is there");
}
