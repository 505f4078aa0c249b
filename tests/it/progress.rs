//! How far people are: the command, the page, and control records.

use std::path::Path;

use labelry::model::dataset_progress::{DatasetProgress, Worker};
use labelry::session::Event;
use labelry::session::key::Key;
use serde_json::{Value, json};

use crate::cases::{HEADER, command, done, folder, refused, write};
use crate::session::{picture, ready};

/// Records a to f; ben submitted two and discarded one, cy has a draft.
fn ground() -> tempfile::TempDir {
    let folder = folder();
    let response = |user: &str, status: &str, labels: &[&str], seconds: f64, at: &str| json!({"user": user, "status": status, "answers": {"topic": labels}, "seconds": seconds, "at": at});
    let day = "2026-01-02T10:00:00.000Z";
    let record =
        |id: &str, responses: Vec<Value>| json!({"id": id, "fields": {"text": id}, "responses": responses}).to_string();
    let lines = [
        HEADER.to_owned(),
        record("a", vec![response("ben", "submitted", &["tax"], 4.0, day)]),
        record("b", vec![response("ben", "submitted", &[], 8.0, "2026-01-03T10:00:00.000Z")]),
        record("c", vec![response("ben", "discarded", &[], 1.0, day), response("cy", "draft", &["jobs"], 2.0, day)]),
        record("d", vec![]),
        record("e", vec![]),
        record("f", vec![]),
    ];
    write(folder.path(), "d.jsonl", &lines.iter().map(String::as_str).collect::<Vec<_>>());
    done(folder.path(), &["import", "d.jsonl"]);
    folder
}

fn progress(folder: &Path, who: &str) -> Value {
    let output = command(folder, &["progress", "--json"]).env("USER", who).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn figures_per_person_label_and_day() {
    let folder = ground();
    let found = progress(folder.path(), "ana");
    assert_eq!((&found["dataset"], &found["records"], &found["completed"]), (&json!("d"), &json!(6), &json!(2)));
    let ben = json!({"name": "ben", "submitted": 2, "draft": 0, "discarded": 1, "pending": 3, "seconds": 6.0});
    let cy = json!({"name": "cy", "submitted": 0, "draft": 1, "discarded": 0, "pending": 6, "seconds": null});
    assert_eq!(found["annotators"], json!([ben, cy]));
    let tax = json!({"question": "topic", "label": "tax", "positives": 1, "answers": 2});
    assert_eq!(found["labels"][0], tax);
    let days = json!([{"day": "2026-01-02", "submitted": 1}, {"day": "2026-01-03", "submitted": 1}]);
    assert_eq!(found["days"], days);
    insta::assert_snapshot!(done(folder.path(), &["progress"]), @r#"
    d
    6 records · 2 complete · 33 %

    annotator         submitted drafts discarded   to do s each
    ben                       2      0         1       3    6.0
    cy                        0      1         0       6      -

    submitted by day
    2026-01-02         1  ████████████████████████████████████████
    2026-01-03         1  ████████████████████████████████████████

    topic: ticked in 2 answers
    tax                                    1    50 %
    jobs                                   0     0 %
    "#);
}

#[test]
fn an_annotator_sees_their_own_figures() {
    let folder = ground();
    let found = progress(folder.path(), "cy");
    assert_eq!(found["annotators"].as_array().unwrap().len(), 1);
    assert_eq!(found["annotators"][0]["name"], "cy");
    assert_eq!((&found["days"], &found["labels"][0]["positives"]), (&json!([]), &json!(0)));
    assert_eq!(found["completed"], 2, "how far all are together is no secret");
}

#[test]
fn several_datasets_stand_by_workspace_with_what_is_pending() {
    let folder = ground();
    done(folder.path(), &["import", "d.jsonl", "--dataset", "lab/e"]);
    insta::assert_snapshot!(done(folder.path(), &["progress"]), @r#"
    workspace         dataset                     records   complete    pending
    default           d                                 6          2          4
    lab               e                                 6          2          4
    "#);
    assert_eq!(done(folder.path(), &["progress", "--json"]).lines().count(), 2);
}

#[test]
fn control_records_are_scored_and_never_told() {
    let folder = ground();
    let at = folder.path();
    write(at, "known.csv", &["id,answer", "a,tax", "b,jobs;tax", "d,[]"]);
    assert!(done(at, &["controls", "add", "known.csv"]).contains("d has 3 control records"));
    let found = progress(at, "ana");
    let ben = &found["annotators"][0];
    assert_eq!(ben["controls"], json!({"answered": 2, "right": 1, "labels": 0.5}));
    assert_eq!(ben["pending"], 3, "control records are pending as any other");
    assert!(done(at, &["progress"]).contains("1/2, 50 %"));
    assert!(progress(at, "ben")["annotators"][0].get("controls").is_none());
    for args in [&["controls", "list"][..], &["controls", "add", "known.csv"], &["controls", "delete", "--all"]] {
        let output = command(at, args).env("USER", "ben").output().unwrap();
        assert!(String::from_utf8(output.stderr).unwrap().contains("may not do this"), "{args:?}");
    }
    assert!(!done(at, &["export", "d"]).contains("known"));
    assert_eq!(
        done(at, &["controls", "list", "--json"]).lines().next(),
        Some(r#"{"id":"a","answers":{"topic":["tax"]}}"#)
    );
    done(at, &["controls", "delete", "a"]);
    assert_eq!(done(at, &["controls", "list"]).lines().count(), 2);
    done(at, &["controls", "delete", "--all"]);
    assert_eq!(progress(at, "ana")["annotators"][0]["pending"], 3);
}

#[test]
fn known_answers_that_cannot_be_are_refused_with_their_line() {
    let folder = ground();
    let at = folder.path();
    for (lines, words) in [
        (&["id,answer", "z,tax"][..], "known.csv:2: 'd' has no record 'z'"),
        (&["id,answer", "a,taxi"], "known.csv:2: 'topic' has no label 'taxi'"),
        (&["id,colour", "a,red"], "known.csv:2: there is no question 'colour'"),
        (&["record,answer", "a,tax"], "the column 'id'"),
        (&["id,answer", "a,"], "known.csv:2"),
        (&["id,answer"], "the file has no known answers"),
    ] {
        write(at, "known.csv", lines);
        let said = refused(at, &["controls", "add", "known.csv"]);
        assert!(said.contains(words), "{said}");
    }
    assert_eq!(done(at, &["controls", "list"]), "");
}

#[test]
fn the_page_shows_people_days_and_labels() {
    let mut session = ready();
    let effects = session.update(Event::Input(Key::Char('P')), 1_000);
    assert_eq!(effects, vec![labelry::session::Effect::Headway]);
    assert!(picture(&session).contains("counting…"));
    let worker = |name: &str, submitted, seconds, controls| Worker {
        name: name.into(),
        submitted,
        draft: 6,
        discarded: 2,
        pending: 232,
        assigned: None,
        seconds,
        controls,
    };
    let found = DatasetProgress {
        records: 446,
        completed: 120,
        own: false,
        people: vec![worker("ana", 1_214, Some(8.44), Some((10, 9, Some(0.975)))), worker("ben", 0, None, None)],
        labels: vec![("topic".into(), "billing".into(), 300, 1_214), ("topic".into(), "bug".into(), 12, 1_214)],
        days: vec![("2026-01-02".into(), 214), ("2026-01-03".into(), 1_000)],
    };
    session.update(Event::Headway(Ok(Box::new(found))), 1_000);
    insta::assert_snapshot!(picture(&session), @r#"
     mail r-1 · pending                                                   0/0 · ana
    ── progress ────────────────────────────────────────────────────────────────────
      446 records · 120 complete · 27 %

      annotator         submitted drafts discarded   to do s each  controls right
      ana                   1,214      6         2     232    8.4  9/10, 98 %
      ben                       0      6         2     232      -

      submitted by day
      2026-01-02       214  █████████
      2026-01-03     1,000  ████████████████████████████████████████

      topic: ticked in 1,214 answers
      billing                              300    25 %
      bug                                   12     1 %








     Esc closes · ↑ ↓ PgUp PgDn scroll
    "#);
    session.update(Event::Input(Key::Char('P')), 1_000);
    assert!(!picture(&session).contains("annotator "), "the key that opened it closes it");
}
