//! The demo: its files, what its first run makes, and demos that other versions have made.

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use serde_json::Value;

use crate::cases::{command, done, folder, refused, write};

const DIMENSIONS: usize = 384;

fn asset(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo").join(name)).unwrap()
}

fn lines(bytes: &[u8]) -> Vec<Value> {
    std::str::from_utf8(bytes).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn suggestions(records: &[Value]) -> Vec<Value> {
    records.iter().flat_map(|record| record["suggestions"].as_array().cloned().unwrap_or_default()).collect()
}

#[test]
fn the_demos_files_are_those_that_its_readme_tells_of() {
    let readme = String::from_utf8(asset("README.md")).unwrap();
    for name in ["demo.jsonl", "minilm.npy"] {
        let hash = format!("| `{name}` | `{:016x}` |", xxhash_rust::xxh3::xxh3_64(&asset(name)));
        assert!(readme.contains(&hash), "assets/demo/README.md should hold {hash}");
    }
    let (texts, records) = (lines(&asset("texts.jsonl")), lines(&asset("demo.jsonl")));
    assert_eq!(records.len(), texts.len() + 1);
    for (text, record) in texts.iter().zip(&records[1..]) {
        assert_eq!((&text["id"], &text["text"]), (&record["id"], &record["fields"]["text"]));
    }
    let said = format!("opens {} mails", texts.len());
    let root = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    assert!(root.contains(&said), "README.md should say: {said}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo/minilm.npy");
    let mut each = |row: usize, vector: &[f32]| -> Result<(), labelry::exchange::Stopped> {
        let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
        assert!(vector.iter().all(|x| x.is_finite()) && (length - 1.0).abs() < 1e-3, "row {row}: {length}");
        Ok(())
    };
    let shape = labelry::exchange::read_npy(&path, &mut each, &labelry::progress::Silent).unwrap();
    assert_eq!(shape, (texts.len(), DIMENSIONS));
}

#[test]
fn the_first_run_makes_records_vectors_and_suggestions() {
    let folder = folder();
    let at = folder.path();
    assert_eq!(done(at, &["--db", "demo.db", "demo", "--no-open"]), "demo.db\n");
    assert_eq!(files(at), ["demo.db"], "nothing else is left");
    let found = lines(done(at, &["similar", "m-0119", "--db", "demo.db", "--json"]).as_bytes());
    assert_eq!(found[0]["id"], "m-0122", "the same mail, a bit louder");
    let found = lines(done(at, &["similar", "m-0001", "--db", "demo.db", "--json"]).as_bytes());
    let scores: Vec<f64> = found.iter().map(|row| row["score"].as_f64().unwrap()).collect();
    assert_eq!(scores.len(), 10);
    assert!(scores.is_sorted_by(|a, b| a >= b) && scores.iter().all(|score| score.abs() <= 1.0), "{scores:?}");
    assert!(found.iter().all(|row| row["id"] != "m-0001"));

    let records = lines(done(at, &["--db", "demo.db", "export"]).as_bytes());
    let said = suggestions(&records);
    assert_eq!(said, suggestions(&lines(&asset("demo.jsonl"))));
    let of = |agent: &str| said.iter().filter(|one| one["agent"] == agent).cloned().collect::<Vec<_>>();
    let (centroid, keywords) = (of("centroid"), of("keywords"));
    assert!(centroid.len() > 200 && keywords.len() > 200 && centroid.len() + keywords.len() == said.len());
    assert!(keywords.iter().all(|one| one.get("scores").is_none()));
    for one in &centroid {
        let scores = one["scores"].as_object().unwrap();
        assert!(scores.len() == 8 && scores.values().all(|score| (0.0..=1.0).contains(&score.as_f64().unwrap())));
        let high = scores.iter().filter(|(_, score)| score.as_f64().unwrap() >= 0.5).map(|(label, _)| label.as_str());
        assert_eq!(one["value"], Value::from(high.collect::<Vec<_>>()));
    }
}

#[test]
fn the_demo_comes_out_and_in_byte_for_byte() {
    let folder = folder();
    let at = folder.path();
    done(at, &["--db", "demo.db", "demo", "--no-open"]);
    let before = done(at, &["--db", "demo.db", "export"]);
    std::fs::write(at.join("mail.jsonl"), &before).unwrap();
    let said = done(at, &["--db", "second.db", "import", "mail.jsonl"]);
    assert!(said.contains("577 suggestions\n446 vectors\n"), "{said}");
    assert!(done(at, &["--db", "second.db", "export"]) == before, "the same bytes after a round trip");
}

#[test]
fn vectors_come_in_three_float_types() {
    let folder = folder();
    let at = folder.path();
    write(at, "r.jsonl", &[r#"{"id":"a","text":"one"}"#, r#"{"id":"b","text":"two"}"#]);
    let check = |kind: &str, data: Vec<u8>| {
        let dict = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': (2, 2), }}");
        let mut bytes = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
        bytes.extend(format!("{dict:<117}\n").as_bytes());
        bytes.extend(data);
        std::fs::write(at.join("v.npy"), bytes).unwrap();
        let db = format!("{}.db", kind.trim_start_matches(['<', '>']));
        done(at, &["--db", &db, "import", "r.jsonl", "--vectors", "v=v.npy"]);
        let vectors: Vec<String> =
            lines(done(at, &["--db", &db, "export"]).as_bytes()).iter().map(|row| row["vectors"].to_string()).collect();
        assert_eq!(vectors[1..], [r#"{"v":[-0.5,65504.0]}"#, r#"{"v":[5.9604645e-8,-0.0]}"#], "{kind}");
    };
    // The largest half float, the smallest one above zero, and zero with a sign.
    let numbers = [-0.5_f32, 65_504.0, 5.960_464_5e-8, -0.0];
    check("<f2", [0xb800_u16, 0x7bff, 0x0001, 0x8000].iter().flat_map(|bits| bits.to_le_bytes()).collect());
    check("<f4", numbers.iter().flat_map(|x| x.to_le_bytes()).collect());
    check(">f8", numbers.iter().flat_map(|x| f64::from(*x).to_be_bytes()).collect());
}

/// Names in a folder, sorted.
fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// `labelry demo` in a state folder of its own: where its file is, and what it said on stderr.
fn demo(folder: &Path, args: &[&str]) -> (PathBuf, String) {
    let all = [&["demo", "--no-open"], args].concat();
    let output = command(folder, &all).env("HOME", folder).env("XDG_STATE_HOME", folder).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    (PathBuf::from(String::from_utf8(output.stdout).unwrap().trim()), said)
}

fn count(file: &Path, table: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM {table}");
    Connection::open(file).unwrap().query_row(&sql, [], |row| row.get(0)).unwrap()
}

/// A demo on which `sql` was done, as if by another version; its file and what `labelry demo` says then.
fn aged(folder: &Path, sql: &str) -> (PathBuf, String) {
    let (path, said) = demo(folder, &[]);
    assert_eq!((said.as_str(), path.as_path()), ("", folder.join("labelry/demo.db").as_path()));
    Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    demo(folder, &[])
}

/// Whether `labelry demo` keeps that file under another name, says so in one line, and starts a fresh one.
fn check_aged(sql: &str, why: &str) {
    let folder = folder();
    let (path, said) = aged(folder.path(), &format!("DELETE FROM mark; {sql}"));
    let names = files(&folder.path().join("labelry"));
    let [old, fresh] = names.as_slice() else { panic!("{names:?}") };
    assert!(fresh == "demo.db" && old.starts_with("demo-old-2") && old.ends_with("Z.db"), "{names:?}");
    let old = path.with_file_name(old);
    assert_eq!(
        said,
        format!(
            "labelry: this demo was made by another version ({why}), so a fresh one starts; the old one is kept as '{}'\n",
            old.display()
        )
    );
    assert_eq!((count(&old, "mark"), count(&path, "vector")), (0, 446));
    assert_eq!(demo(folder.path(), &[]), (path, String::new()), "the fresh one is taken from then on");
}

#[test]
fn a_demo_of_another_version_makes_way_for_a_fresh_one_and_is_kept() {
    check_aged("DROP VIEW readable_answer", "its view 'readable_answer' is missing");
    check_aged("DELETE FROM vector; DELETE FROM vector_space", "it has no vectors");
    check_aged("PRAGMA user_version = 9", "it has schema 9 of a newer labelry, and this one knows 1; update labelry");
    check_aged("PRAGMA application_id = 1", "not a labelry file");
}

#[test]
fn a_demo_that_makes_way_takes_its_write_ahead_log_with_it() {
    let folder = folder();
    let (path, _) = demo(folder.path(), &[]);
    let open = Connection::open(&path).unwrap();
    open.execute_batch("DROP VIEW readable_answer; CREATE TABLE mine (a); INSERT INTO mine VALUES (1)").unwrap();
    let (_, said) = demo(folder.path(), &[]);
    assert!(said.contains("another version"), "{said}");
    open.execute_batch("INSERT INTO mine VALUES (2)").unwrap();
    drop(open);
    let names = files(&folder.path().join("labelry"));
    let old = names.iter().find(|name| name.starts_with("demo-old-") && name.ends_with("Z.db")).unwrap();
    assert_eq!(count(&path.with_file_name(old), "mine"), 2);
    assert_eq!(demo(folder.path(), &[]).1, "");
    assert_eq!(count(&path, "vector"), 446, "the fresh one is whole");
}

#[test]
fn fresh_starts_over_also_where_nothing_can_be_read() {
    let folder = folder();
    let (path, _) = demo(folder.path(), &[]);
    std::fs::write(&path, [b"SQLite format 3\0".as_slice(), &[7; 4096]].concat()).unwrap();
    assert_eq!(demo(folder.path(), &["--fresh"]), (path.clone(), String::new()));
    assert_eq!(count(&path, "vector"), 446);
    assert_eq!(files(&folder.path().join("labelry")), ["demo.db"]);
}

#[test]
fn somebodys_work_is_neither_opened_nor_removed_as_a_demo() {
    let folder = folder();
    let at = folder.path();
    write(at, "mail.jsonl", &[r#"{"id":"a","text":"one"}"#]);
    done(at, &["--db", "work.db", "import", "mail.jsonl"]);
    let before = done(at, &["--db", "work.db", "export"]);
    for args in [&["--db", "work.db", "demo"][..], &["--db", "work.db", "demo", "--fresh", "--no-open"]] {
        assert_eq!(
            refused(at, args),
            "labelry: 'work.db' is not the demo; nothing was changed\n\
             hint: 'labelry demo' without --db has a place of its own; your own file opens with 'labelry FILE'\n"
        );
    }
    assert_eq!(done(at, &["--db", "work.db", "export"]), before);
}
