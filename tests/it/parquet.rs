//! Parquet by the real binary: told by its rows as any other file is, and never taken for what it is not.

use std::path::Path;

use crate::cases::{HEADER, done, folder, record, refused, write};

/// A dataset of two records, answered by bob.
fn ground(at: &Path) {
    write(at, "d.jsonl", &[HEADER, &record("a", "one", &["tax", "jobs"], None), &record("b", "two", &[], None)]);
    done(at, &["import", "d.jsonl"]);
}

#[test]
fn a_long_form_as_parquet_is_told_by_its_columns_and_gives_the_answers_back() {
    let folder = folder();
    let at = folder.path();
    ground(at);
    done(at, &["export", "d", "--format", "long", "--out", "long.parquet"]);
    let bare = [HEADER, r#"{"id":"a","fields":{"text":"one"}}"#, r#"{"id":"b","fields":{"text":"two"}}"#];
    write(at, "bare.jsonl", &bare);
    done(at, &["--db", "other.db", "import", "bare.jsonl", "--dataset", "d"]);
    let said = done(at, &["--db", "other.db", "import", "long.parquet", "--dataset", "d"]);
    assert!(said.starts_with("long.parquet: read as long\n"), "{said}");
    let native = |db: &str| done(at, &["--db", db, "export", "d", "--format", "native"]);
    assert_eq!(native("other.db"), native("labelry.db"));
}

#[test]
fn columns_of_a_long_form_can_be_named_and_a_wrong_format_is_refused() {
    let folder = folder();
    let at = folder.path();
    ground(at);
    done(at, &["export", "d", "--format", "parquet", "--out", "d.parquet"]);
    let said = refused(at, &["--db", "x.db", "import", "d.parquet", "--format", "csv"]);
    let told = "labelry: d.parquet: found Parquet where what --format csv says was expected\n\
                hint: leave --format out: it is told by content\n";
    assert_eq!(said, told);
    assert!(!at.join("x.db").exists());
    let named = ["--item", "id", "--rater", "bob.status", "--value", "bob.topic", "--dataset", "d"];
    let said = done(at, &[&["import", "d.parquet", "--dry-run"][..], &named].concat());
    assert!(said.contains("d.parquet: would be read as long\n"), "{said}");
}
