//! Imports by the real binary: twice the same, what differs, what must come out again, what is stopped.

use std::path::Path;

use labelry::jobs;
use labelry::model::{Answer, Entry, EventKind, Response, Status, Timestamp, Uid};
use labelry::store::sqlite::SqliteStore;
use labelry::store::{Find, Save, Store, StoreError};
use serde_json::{Value, json};

use crate::cases::{HEADER, done, folder, ground, record, refused, write};

/// Saves an entry of bob on record `a`, as the interface does.
fn save(folder: &Path, change: impl FnOnce(&mut Entry)) -> Result<i64, StoreError> {
    let mut store = SqliteStore::open(&folder.join("labelry.db")).unwrap();
    let dataset = store.datasets().unwrap().remove(0);
    let user = store.users().unwrap().into_iter().find(|user| user.name == "bob").unwrap().id;
    let record = store.find(dataset.id, &Find::External("a")).unwrap().unwrap();
    let mut after = store.entry(user, record).unwrap();
    change(&mut after);
    let [event, step, session] = ["e", "s", "t"].map(|word| Uid(format!("{word}-{}", after.version)));
    let (kind, at) = ("submit".to_owned(), Timestamp(5));
    store.save(&Save {
        event,
        changeset: step,
        session,
        kind: EventKind::of(&kind),
        dataset: dataset.id,
        user,
        record,
        after,
        stood: [].into(),
        at,
    })
}

#[test]
fn what_differs_stops_the_import_and_the_hint_names_the_way_out() {
    let folder = folder();
    let at = folder.path();
    ground(at);
    write(at, "e.jsonl", &[HEADER, &record("b", "new", &[], None), &record("a", "two", &["jobs"], None)]);
    assert_eq!(
        refused(at, &["import", "e.jsonl"]),
        "labelry: 2 differ from what the file has already: e.jsonl:3 record a differs in its fields; e.jsonl:3 response of bob differs\n\
         hint: nothing was written; choose with --on-conflict keep, newest or theirs, or import into another dataset with --dataset\n"
    );
    assert!(!done(at, &["export"]).contains("new"), "nothing was written");
    assert_eq!(
        refused(at, &["import", "e.jsonl", "--on-conflict", "newest"]),
        "labelry: 1 differ and have no time, so none is the newest: e.jsonl:3 record a differs in its fields\n\
         hint: nothing was written; say --on-conflict keep or theirs\n"
    );
    let said = done(at, &["import", "e.jsonl", "--on-conflict", "keep"]);
    assert!(said.contains("kept as they were: 1 record, 1 response\n"), "{said}");
    let out = done(at, &["export"]);
    assert!(out.contains("new") && out.contains("one") && !out.contains("two"), "{out}");
    let said = done(at, &["import", "e.jsonl", "--on-conflict", "theirs"]);
    assert!(said.contains("replaced: 1 record, 1 response\n"), "{said}");
    let out = done(at, &["export"]);
    assert!(out.contains("two") && !out.contains("one") && out.contains(r#""topic":["jobs"]"#), "{out}");
    assert!(done(at, &["import", "e.jsonl"]).contains("0 records (2 were there already)"));
}

#[test]
fn the_newest_response_stands_and_an_unknown_time_is_the_oldest() {
    let check = |at_import: Option<&str>, labels: &[&str], replaced: bool| {
        let folder = folder();
        ground(folder.path());
        write(folder.path(), "e.jsonl", &[HEADER, &record("a", "one", labels, at_import)]);
        done(folder.path(), &["import", "e.jsonl", "--on-conflict", "newest"]);
        let out = done(folder.path(), &["export"]);
        assert_eq!(out.contains(r#""topic":["jobs"]"#), replaced, "{at_import:?}: {out}");
    };
    check(Some("2026-01-03T00:00:00Z"), &["jobs"], true);
    check(Some("2026-01-02T00:00:00Z"), &["jobs"], false);
    check(Some("2026-01-01T00:00:00Z"), &["jobs"], false);
    check(None, &["jobs"], false);
}

#[test]
fn a_replaced_response_leaves_history_and_makes_a_stale_save_a_conflict() {
    let folder = folder();
    let at = folder.path();
    ground(at);
    write(at, "e.jsonl", &[HEADER, &record("a", "one", &["jobs"], None)]);
    let stale = save(at, |entry| {
        done(at, &["import", "e.jsonl", "--on-conflict", "theirs"]);
        entry.note = Some("late".into());
    });
    assert!(matches!(stale, Err(StoreError::Conflict(_))), "{stale:?}");
    let mut store = SqliteStore::open(&at.join("labelry.db")).unwrap();
    let dataset = store.datasets().unwrap().remove(0);
    let bob = store.users().unwrap().into_iter().find(|user| user.name == "bob").unwrap().id;
    assert_eq!(store.counts(dataset.id, bob).unwrap().submitted, 1);
    let file = rusqlite::Connection::open(at.join("labelry.db")).unwrap();
    let (before, after): (String, String) = file
        .query_row("SELECT before, after FROM event WHERE kind = 'import' AND record IS NOT NULL", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    assert!(before.contains("[0]") && after.contains("[1]"), "{before} {after}");
    assert_eq!(store.last_touched(dataset.id, bob).unwrap(), None, "an import is not bob's own step");
}

#[test]
fn a_long_form_of_several_lines_changes_nothing_the_second_time() {
    let folder = folder();
    let at = folder.path();
    write(at, "d.csv", &["id,text", "a,one", "b,two"]);
    done(at, &["import", "d.csv", "--labels", "tax,jobs,bug"]);
    write(at, "l.csv", &["item,rater,value", "a,bob,tax", "b,bob,bug", "a,eve,[]", "a,bob,jobs"]);
    assert!(done(at, &["import", "l.csv", "--dataset", "d"]).contains("3 responses\n"));
    let before = done(at, &["export"]);
    assert!(before.contains(r#"{"label":["tax","jobs"]}"#), "{before}");
    assert!(done(at, &["import", "l.csv", "--dataset", "d"]).contains("0 responses (3 were there already)\n"));
    assert_eq!(done(at, &["export"]), before);
    write(at, "l.csv", &["item,rater,value", "a,bob,tax"]);
    let said = refused(at, &["import", "l.csv", "--dataset", "d"]);
    assert!(said.starts_with("labelry: 1 differ from what the file has already: l.csv:2 response of bob differs\n"));
    write(at, "l.csv", &["item,rater,value,status", "a,ann,tax,", "b,ann,tax,", "a,ann,jobs,draft"]);
    assert_eq!(
        refused(at, &["import", "l.csv", "--dataset", "d"]),
        "labelry: l.csv:4: found status draft after submitted\nhint: lines of one annotator and record must have one status\n"
    );
}

#[test]
fn a_note_written_since_is_no_difference_where_the_file_is_silent_about_notes() {
    let folder = folder();
    let at = folder.path();
    ground(at);
    save(at, |entry| (entry.note, entry.flag) = (Some("mine".into()), true)).unwrap();
    let before = done(at, &["export"]);
    assert!(before.contains("mine"));
    assert!(done(at, &["import", "d.jsonl"]).contains("0 responses (1 were there already)"));
    assert_eq!(done(at, &["export"]), before);
    let noted = r#"{"id":"a","fields":{"text":"one"},"notes":[{"user":"bob","note":"theirs"}]}"#;
    write(at, "n.jsonl", &[HEADER, noted]);
    assert!(
        refused(at, &["import", "n.jsonl"])
            .contains("1 differ from what the file has already: n.jsonl:2 note of bob differs")
    );
    done(at, &["import", "n.jsonl", "--on-conflict", "theirs"]);
    assert!(done(at, &["export"]).contains(r#""notes":[{"user":"bob","note":"theirs"}]"#));
}

#[test]
fn what_was_labelled_here_comes_back_without_a_difference() {
    let folder = folder();
    let at = folder.path();
    let header = HEADER.replace(r#""name":"d","#, r#""name":"d","guidelines":"read","guidelines_version":3,"#);
    write(at, "d.jsonl", &[&header, &record("a", "one", &[], None)]);
    done(at, &["import", "d.jsonl"]);
    save(at, |entry| {
        let response = entry.response.as_mut().unwrap();
        response.guidelines_version = 2;
        response.saw_agents = vec!["setfit".into()];
        response.saw_others = true;
        response.active_ms = Some(1_234);
    })
    .unwrap();
    let before = done(at, &["export"]);
    assert!(before.contains(r#""guidelines":2,"saw_agents":["setfit"],"saw_others":true}"#), "{before}");
    write(at, "out.jsonl", &[before.trim_end()]);
    assert!(done(at, &["import", "out.jsonl"]).contains("0 responses (1 were there already)"));
    assert_eq!(done(at, &["export"]), before);
}

/// A native file in canonical form that uses everything.
fn everything() -> String {
    let lines = [
        r##"{"labelry":1,"dataset":{"name":"all","workspace":"team","guidelines":"# 読んで\n🙂","hide":"both","order":"shuffle:7","min_submitted":2,"fields":[{"name":"text","title":"Text","kind":"text","x":1},{"name":"正文","title":"Body","kind":"markdown"}],"questions":[{"name":"topic","title":"Topic","type":"multi_label","required":true,"labels":[{"value":"税","title":"Tax","description":"d","key":"1","group":"g","color":"#f00"},{"value":"old","title":"old","key":"2","retired":3},{"value":"new 🙂","title":"new","key":"e","since":2}],"ask":{"b":1,"a":2}},{"name":"one","title":"one","type":"label","required":false,"labels":[{"value":"yes","title":"yes","key":"1"},{"value":"no","title":"no","key":"2"}]},{"name":"stars","title":"stars","type":"rating","required":false,"min":1,"max":5},{"name":"why","title":"why","type":"text","required":false},{"name":"rank","title":"rank","type":"ranking","required":false,"labels":[{"value":"p","title":"p","key":"1"},{"value":"q","title":"q","key":"2"}]},{"name":"spans","title":"spans","type":"span","required":false,"labels":[{"value":"s","title":"s","key":"1"}]}],"vectors":[{"name":"v2","dimensions":2,"model":"m"},{"name":"v1","dimensions":3}],"guidelines_version":4,"z":[1,{"k":null}],"a":"b"},"made_by":"x"}"##,
        r#"{"id":"r1","fields":{"正文":"CJK 文字","text":"a\"\n\t🙂"},"metadata":{"z":1.5,"a":[1,{"q":null}],"m":18446744073709551615},"vectors":{"v1":[0.1,-0.0,3.4028235e+38],"v2":[1e-30,16777216.0]},"suggestions":[{"question":"topic","value":["税"],"scores":{"税":0.9,"old":0.1},"agent":"a1","cost":3},{"question":"topic","value":[],"agent":"b2"},{"question":"stars","value":3,"agent":"a1"}],"responses":[{"user":"ana","status":"submitted","answers":{"topic":["税","new 🙂"],"one":"yes","stars":4,"why":"因为","rank":[{"value":"q","rank":1}],"spans":[{"start":0,"end":1,"label":"s"}]},"seconds":4.2,"at":"2026-01-31T10:00:00.000Z","saw_agents":["a1"],"saw_others":true,"src":{"k":1}},{"user":"ana","status":"draft","answers":{"topic":[]},"pass":2,"again":true},{"user":"ana","status":"submitted","answers":{"topic":["old"]},"pass":3,"label_sets":{"topic":2},"guidelines":1},{"user":"bob","status":"submitted","answers":{"topic":["old"]},"label_sets":{"topic":1},"working":{"topic":["税"],"stars":1},"guidelines":2},{"user":"eve","status":"discarded","answers":{},"reason":"no text"},{"user":"fay","status":"submitted","answers":{"why":"x"},"pass":2}],"notes":[{"user":"bob","note":"hm","by":"phone"},{"user":"dan","note":"only a note","flag":true},{"user":"eve","flag":true}],"adjudications":[{"question":"topic","value":["税"],"user":"gus","reason":"clear","at":"2026-02-01T10:00:00.000Z","vote":2},{"question":"stars","value":4,"user":"ana"}],"unknown":{"kept":[true]}}"#,
        r#"{"fields":{"text":"no id"}}"#,
        r#"{"fields":{"text":"no id"},"responses":[{"user":"bob","status":"draft","answers":{}}]}"#,
    ];
    lines.map(|line| format!("{line}\n")).concat()
}

#[test]
fn a_file_that_uses_everything_comes_out_byte_for_byte() {
    let folder = folder();
    let at = folder.path();
    let original = everything();
    std::fs::write(at.join("all.jsonl"), &original).unwrap();
    done(at, &["import", "all.jsonl"]);
    let first = done(at, &["export"]);
    for (given, got) in original.lines().zip(first.lines()) {
        assert_eq!(got, given);
    }
    assert_eq!(first, original);
    std::fs::write(at.join("again.jsonl"), &first).unwrap();
    done(at, &["--db", "second.db", "import", "again.jsonl"]);
    assert_eq!(done(at, &["--db", "second.db", "export"]), first);
    let said = done(at, &["import", "again.jsonl"]);
    assert!(said.contains("0 records (3 were there already)\n0 responses (7 were there already)\n0 suggestions (3 were there already)\n0 vectors (2 were there already)\n"), "{said}");
    assert_eq!(done(at, &["export"]), original, "importing twice changes nothing");
    let said = done(at, &["import", "again.jsonl", "--on-conflict", "theirs"]);
    assert!(!said.contains("replaced"), "{said}");
}

#[test]
fn metadata_as_deep_as_it_may_be_comes_back_and_deeper_is_told() {
    let folder = folder();
    let at = folder.path();
    let line = |depth: usize| format!("{{\"text\":\"a\",\"m\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    write(at, "d.jsonl", &[&line(100)]);
    done(at, &["import", "d.jsonl"]);
    done(at, &["export", "--out", "out.jsonl"]);
    done(at, &["--db", "second.db", "import", "out.jsonl"]);
    assert_eq!(done(at, &["--db", "second.db", "export"]), std::fs::read_to_string(at.join("out.jsonl")).unwrap());
    for depth in [101, 126] {
        write(at, "e.jsonl", &["{\"text\":\"b\"}", &line(depth)]);
        assert_eq!(
            refused(at, &["import", "e.jsonl"]),
            "labelry: e.jsonl:2: found lists and objects more than 100 deep in the metadata 'm' where less nesting was expected\n\
             hint: flatten the metadata, or keep it as a string\n"
        );
    }
}

#[test]
fn only_the_first_pass_counts_in_agreement() {
    let folder = folder();
    let at = folder.path();
    let response = |user: &str, pass: i64, label: &str| json!({"user": user, "status": "submitted", "answers": {"topic": [label]}, "pass": pass});
    let lines: Vec<String> = (0..4)
        .map(|n| {
            let label = ["tax", "jobs"][n % 2];
            let all = [response("ana", 1, label), response("bob", 1, label), response("bob", 2, "tax")];
            json!({"id": n.to_string(), "fields": {"text": "t"}, "responses": all}).to_string()
        })
        .collect();
    let mut all = vec![HEADER];
    all.extend(lines.iter().map(String::as_str));
    write(at, "d.jsonl", &all);
    done(at, &["import", "d.jsonl"]);
    let found: Value = serde_json::from_str(&done(at, &["agreement", "--by-label", "--json"])).unwrap();
    assert_eq!(found["labels"][0]["alpha"], json!(1.0), "{found}");
    let mut store = SqliteStore::open(&at.join("labelry.db")).unwrap();
    let dataset = jobs::dataset(&mut store, None, None).unwrap();
    let bob = store.users().unwrap().into_iter().find(|user| user.name == "bob").unwrap().id;
    assert_eq!(store.counts(dataset.id, bob).unwrap().submitted, 4);
}

#[test]
fn vectors_and_suggestions_that_differ_are_decided_too() {
    let folder = folder();
    let at = folder.path();
    let line = |x: f32, label: &str| {
        json!({"id": "a", "fields": {"text": "one"}, "vectors": {"v": [x, 1.0]}, "suggestions": [{"question": "topic", "value": [label], "agent": "m"}]}).to_string()
    };
    write(at, "d.jsonl", &[HEADER, &line(1.0, "tax")]);
    done(at, &["import", "d.jsonl"]);
    write(at, "e.jsonl", &[HEADER, &line(2.0, "jobs")]);
    let said = refused(at, &["import", "e.jsonl"]);
    assert!(said.starts_with("labelry: 2 differ from what the file has already: e.jsonl:2 vector v differs; e.jsonl:2 suggestion of m differs\n"), "{said}");
    assert!(
        done(at, &["import", "e.jsonl", "--on-conflict", "newest"])
            .contains("kept as they were: 1 suggestion, 1 vector\n")
    );
    assert!(done(at, &["import", "e.jsonl", "--on-conflict", "theirs"]).contains("replaced: 1 suggestion, 1 vector\n"));
    assert!(
        done(at, &["export"])
            .contains(r#""vectors":{"v":[2.0,1.0]},"suggestions":[{"question":"topic","value":["jobs"],"agent":"m"}]"#)
    );
    write(at, "f.jsonl", &[HEADER, r#"{"id":"b","fields":{"text":"x"},"vectors":{"v":[1,2,3]}}"#]);
    assert_eq!(
        refused(at, &["import", "f.jsonl"]),
        "labelry: f.jsonl:2: found a vector 'v' of 3 dimensions where 2 were expected\n\
         hint: all vectors of a name have one dimension: give these another name\n"
    );
}

#[test]
fn a_response_added_to_a_record_that_somebody_has_open_makes_their_save_a_conflict() {
    let folder = folder();
    let at = folder.path();
    write(at, "d.jsonl", &[HEADER, r#"{"id":"a","fields":{"text":"one"}}"#]);
    done(at, &["import", "d.jsonl"]);
    done(at, &["users", "create", "bob"]);
    write(at, "e.jsonl", &[HEADER, &record("a", "one", &["tax"], None)]);
    let stale = save(at, |entry| {
        done(at, &["import", "e.jsonl"]);
        let label_sets = [(labelry::model::QuestionId(1), 1)].into();
        let answers = [(labelry::model::QuestionId(1), Answer::Labels(vec![1]))].into();
        entry.response = Some(Response {
            uid: "u".into(),
            status: Status::Submitted,
            answers,
            reason: None,
            active_ms: None,
            at: None,
            label_sets,
            guidelines_version: 0,
            saw_agents: Vec::new(),
            saw_others: false,
        });
    });
    assert!(matches!(stale, Err(StoreError::Conflict(_))), "{stale:?}");
}

/// Starts the binary, sends the signal once `ready` says so, gives the exit code; none where it ended by itself first.
fn interrupted(folder: &Path, args: &[&str], signal: &str, ready: impl Fn() -> bool) -> Option<i32> {
    let mut child = crate::cases::command(folder, args)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    while !ready() {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it could be interrupted");
        std::thread::yield_now();
    }
    let sent = std::process::Command::new("sh").args(["-c", &format!("kill -{signal} {}", child.id())]).status();
    assert!(sent.unwrap().success());
    let output = child.wait_with_output().unwrap();
    output.status.code()
}

#[test]
fn an_interrupted_import_leaves_no_file_and_an_old_one_as_it_was() {
    let folder = folder();
    let at = folder.path();
    let mut lines = String::from(HEADER) + "\n";
    for n in 0..200_000 {
        lines += &format!("{{\"id\":\"r{n}\",\"fields\":{{\"text\":\"record {n}\"}}}}\n");
    }
    std::fs::write(at.join("long.jsonl"), &lines).unwrap();
    let database = at.join("labelry.db");
    assert_eq!(interrupted(at, &["import", "long.jsonl"], "INT", || database.exists()), Some(130));
    assert!(!database.exists() && !at.join("labelry.db-wal").exists(), "no file is left behind");
    assert_eq!(interrupted(at, &["import", "long.jsonl"], "TERM", || database.exists()), Some(143));
    assert!(!database.exists());

    ground(at);
    let before = done(at, &["export"]);
    // The log is there from the opening on and gone after the last one closed.
    let log = || at.join("labelry.db-wal").exists();
    assert_eq!(interrupted(at, &["import", "long.jsonl"], "INT", log), Some(130));
    assert_eq!(done(at, &["export"]), before);
}

#[test]
fn an_interrupted_export_to_standard_output_stops() {
    let folder = folder();
    let at = folder.path();
    let mut lines = String::from(HEADER) + "\n";
    for n in 0..5_000 {
        lines += &format!("{{\"id\":\"r{n}\",\"fields\":{{\"text\":\"{}\"}}}}\n", "long ".repeat(200));
    }
    std::fs::write(at.join("long.jsonl"), &lines).unwrap();
    done(at, &["import", "long.jsonl"]);
    let mut child = crate::cases::command(at, &["export"]).stdout(std::process::Stdio::piped()).spawn().unwrap();
    // The first bytes have come and the pipe is full: it stands in the middle of its work.
    let mut pipe = child.stdout.take().unwrap();
    std::io::Read::read_exact(&mut pipe, &mut [0; 1000]).unwrap();
    let sent = std::process::Command::new("sh").args(["-c", &format!("kill -TERM {}", child.id())]).status();
    assert!(sent.unwrap().success());
    std::io::copy(&mut pipe, &mut std::io::sink()).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(143));
}

#[test]
fn a_name_that_looks_like_a_uri_is_a_plain_file() {
    let folder = folder();
    let at = folder.path();
    write(at, "r.csv", &["id,text", "a,one"]);
    done(at, &["--db", "file:x.db?mode=memory", "import", "r.csv"]);
    assert!(at.join("file:x.db?mode=memory").is_file());
    assert!(done(at, &["--db", "file:x.db?mode=memory", "export"]).contains("one"));
}

#[test]
fn the_first_bad_line_is_told_whoever_finds_it() {
    let folder = folder();
    let at = folder.path();
    let unknown = record("b", "two", &["taxes"], None);
    write(at, "d.jsonl", &[HEADER, &record("a", "one", &["tax"], None), &unknown, "[1]"]);
    let said = refused(at, &["import", "d.jsonl"]);
    assert!(said.starts_with("labelry: d.jsonl:3: found label \"taxes\", which 'topic' does not have\n"), "{said}");
    write(at, "d.jsonl", &[HEADER, &record("a", "one", &["tax"], None), "[1]", &unknown]);
    let said = refused(at, &["import", "d.jsonl"]);
    assert!(said.starts_with("labelry: d.jsonl:3: found a list where a JSON object was expected\n"), "{said}");
    assert!(!at.join("labelry.db").exists());
}

#[test]
fn more_rows_than_are_read_ahead_keep_their_order() {
    let folder = folder();
    let at = folder.path();
    let rows: Vec<String> = (0..3_000).map(|row| format!("{{\"id\":\"r{row}\",\"text\":\"t {row}\"}}")).collect();
    std::fs::write(at.join("d.jsonl"), rows.join("\n")).unwrap();
    done(at, &["import", "d.jsonl"]);
    let out = done(at, &["export"]);
    let ids = out.lines().skip(1).map(|line| line.split('"').nth(3).unwrap().to_owned());
    assert!(ids.eq((0..3_000).map(|row| format!("r{row}"))));
}

#[test]
fn what_is_imported_meanwhile_is_not_in_what_is_read_at_one_moment() {
    let folder = folder();
    let at = folder.path();
    ground(at);
    write(at, "more.jsonl", &[HEADER, &record("b", "two", &["jobs"], None)]);
    let mut store = SqliteStore::open(&at.join("labelry.db")).unwrap();
    let records = |store: &mut dyn Store| {
        let dataset = store.datasets().unwrap().remove(0).id;
        store.page(dataset, 0, 10).unwrap().len()
    };
    let seen = jobs::at_one_moment(&mut store, |store| -> Result<_, StoreError> {
        let before = records(store);
        done(at, &["import", "more.jsonl"]);
        Ok((before, records(store)))
    });
    assert_eq!((seen.unwrap(), records(&mut store)), ((1, 1), 2));
}
