//! Parquet by the real binary: told by its rows as any other file is, and never taken for what it is not.

use std::path::Path;
use std::sync::Arc;

use arrow_json::{LineDelimitedWriter, ReaderBuilder};
use arrow_schema::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Value, json};

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

#[test]
fn rows_that_are_packed_to_nothing_are_no_records() {
    let folder = folder();
    let at = folder.path();
    let schema = Schema::new(vec![Field::new("id", DataType::Utf8, true), Field::new("text", DataType::Utf8, true)]);
    let schema = Arc::new(schema);
    let mut decoder = ReaderBuilder::new(Arc::clone(&schema)).with_batch_size(20_000).build_decoder().unwrap();
    decoder.serialize(&vec![json!({"id": "a", "text": "one"}); 20_000]).unwrap();
    let batch = decoder.flush().unwrap().unwrap();
    let file = std::fs::File::create(at.join("same.parquet")).unwrap();
    let mut out = ArrowWriter::try_new(file, schema, None).unwrap();
    for _ in 0..51 {
        out.write(&batch).unwrap();
    }
    out.close().unwrap();
    for command in ["import", "agreement"] {
        let said = refused(at, &[command, "same.parquet"]);
        assert!(said.contains("same.parquet: found 1020000 rows in ") && said.contains("hint: "), "{said}");
    }
    assert!(!at.join("labelry.db").exists());
}

#[test]
fn text_that_was_written_as_bytes_is_text_and_other_bytes_are_told_by_column_and_row() {
    let folder = folder();
    let at = folder.path();
    let schema = Arc::new(Schema::new(vec![
        Field::new("id", DataType::Binary, true),
        Field::new("text", DataType::Binary, true),
    ]));
    let make = |name: &str, texts: &[&str]| {
        let mut decoder = ReaderBuilder::new(Arc::clone(&schema)).build_decoder().unwrap();
        // Bytes stand in JSON as hexadecimal digits.
        let hex = |text: &str| text.bytes().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        let rows: Vec<Value> =
            texts.iter().zip(1..).map(|(text, n)| json!({"id": hex(&format!("r{n}")), "text": text})).collect();
        decoder.serialize(&rows).unwrap();
        let file = std::fs::File::create(at.join(name)).unwrap();
        let mut out = ArrowWriter::try_new(file, Arc::clone(&schema), None).unwrap();
        out.write(&decoder.flush().unwrap().unwrap()).unwrap();
        out.close().unwrap();
    };
    make("good.parquet", &["c3bc6265", "6f6e65"]);
    done(at, &["import", "good.parquet"]);
    let out = done(at, &["export"]);
    assert!(out.contains("\"id\":\"r1\"") && out.contains("\"text\":\"übe\""), "{out}");
    make("bad.parquet", &["6f6e65", "fffe"]);
    let said = refused(at, &["import", "bad.parquet"]);
    assert!(said.contains("bytes in the column 'text' that are no text") && said.contains(":2"), "{said}");
}

#[test]
fn what_is_no_number_in_a_list_is_told_by_column_row_and_place() {
    use arrow_array::types::Float32Type;
    use arrow_array::{ListArray, RecordBatch, StringArray};
    let folder = folder();
    let lists = ListArray::from_iter_primitive::<Float32Type, _, _>([
        Some(vec![Some(1.0), Some(2.0)]),
        Some(vec![Some(1.0), Some(f32::NAN)]),
    ]);
    let texts = StringArray::from(vec!["one", "two"]);
    let schema = Arc::new(Schema::new(vec![
        Field::new("text", DataType::Utf8, true),
        Field::new("v", arrow_array::Array::data_type(&lists).clone(), true),
    ]));
    let batch = RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(texts), Arc::new(lists)]).unwrap();
    let file = std::fs::File::create(folder.path().join("v.parquet")).unwrap();
    let mut out = ArrowWriter::try_new(file, schema, None).unwrap();
    out.write(&batch).unwrap();
    out.close().unwrap();
    let said = refused(folder.path(), &["import", "v.parquet"]);
    assert!(said.contains("v.parquet:2: found NaN as number 2 of the list in the column 'v'"), "{said}");
}

/// The rows of a file as another program reads them.
fn rows(path: &Path) -> Vec<Value> {
    let file = std::fs::File::open(path).unwrap();
    let mut lines = LineDelimitedWriter::new(Vec::new());
    for batch in ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap() {
        lines.write(&batch.unwrap()).unwrap();
    }
    lines.finish().unwrap();
    serde_json::Deserializer::from_slice(&lines.into_inner()).into_iter().map(Result::unwrap).collect()
}

/// A dataset with a question of each kind, and answers to them.
fn every_kind(at: &Path) {
    let header = r#"{"labelry":1,"dataset":{"name":"k","questions":[{"name":"topic","type":"multi_label","labels":["tax","jobs"]},{"name":"one","type":"label","labels":["yes","no"]},{"name":"stars","type":"rating","min":1,"max":5},{"name":"why","type":"text"},{"name":"rank","type":"ranking","labels":["p","q"]},{"name":"spans","type":"span","labels":["s"]}]}}"#;
    let answers = |rank: Value, spans: Value| json!({"topic": ["tax"], "one": "no", "stars": 4, "why": "因为", "rank": rank, "spans": spans});
    let of = |id: &str, answers: Value| {
        json!({"id": id, "fields": {"text": id}, "metadata": {"n": 1.5, "yes": true, "mixed": [id]},
               "responses": [{"user": "bob", "status": "submitted", "answers": answers, "seconds": 4.5}]})
        .to_string()
    };
    let span = json!({"start": 0, "end": 1, "label": "s"});
    let good = of("a", answers(json!(["q", "p"]), json!([span])));
    let other = of("b", answers(json!(["q", 5]), json!([span, "x", {"start": -1, "end": 1}])));
    write(at, "k.jsonl", &[header, &good, &other]);
    let said = refused(at, &["import", "k.jsonl"]);
    assert!(said.contains("k.jsonl:3: found [\"q\",5] as the answer to 'rank' where a ranking was expected"), "{said}");
    let partly = of("b", answers(json!(["q"]), json!([span])));
    write(at, "k.jsonl", &[header, &good, &partly, r#"{"id":"c","fields":{"text":"c"}}"#]);
    done(at, &["import", "k.jsonl"]);
}

#[test]
fn a_table_of_every_kind_of_question_is_read_back() {
    let folder = folder();
    let at = folder.path();
    every_kind(at);
    done(at, &["export", "--out", "k.parquet"]);
    let rows = rows(&at.join("k.parquet"));
    let span = json!({"start": 0, "end": 1, "label": "s"});
    let row = |id: &str, rank: Value| {
        json!({"id": id, "text": id, "n": 1.5, "yes": true, "mixed": format!("[\"{id}\"]"), "bob.status": "submitted",
               "bob.topic": ["tax"], "bob.one": "no", "bob.stars": 4, "bob.why": "因为", "bob.rank": rank,
               "bob.spans": [span]})
    };
    let first = json!({"value": "q", "rank": 1});
    assert_eq!(rows[0], row("a", json!([first, {"value": "p", "rank": 2}])));
    assert_eq!(rows[1], row("b", json!([first])));
    assert_eq!(rows[2..], [json!({"id": "c", "text": "c"})]);
}

#[test]
fn long_and_training_rows_are_read_back() {
    let folder = folder();
    let at = folder.path();
    every_kind(at);
    done(at, &["export", "--format", "long", "--out", "l.parquet"]);
    let long = rows(&at.join("l.parquet"));
    let told = |row: &Value| {
        ["item", "rater", "question", "value"].map(|name| row[name].as_str().unwrap_or_default()).join(" ")
    };
    let all: Vec<String> = long.iter().filter(|row| row["item"] == "a").map(told).collect();
    assert_eq!(all[..4], ["a bob topic [\"tax\"]", "a bob one no", "a bob stars 4", "a bob why 因为"]);
    assert_eq!((long.len(), &long[0]["seconds"], &long[0]["status"]), (12, &json!(4.5), &json!("submitted")));
    done(at, &["export", "--format", "training", "--out", "t.parquet"]);
    let row = |id: &str| json!({"id": id, "text": id, "tax": 1, "jobs": 0});
    assert_eq!(rows(&at.join("t.parquet")), [row("a"), row("b")]);
}

/// A Parquet file of some hundred records.
fn whole(at: &Path) -> Vec<u8> {
    let lines: Vec<String> = (0..300).map(|n| record(&format!("r{n}"), &format!("text {n}"), &["tax"], None)).collect();
    write(at, "d.jsonl", &[&[HEADER][..], &lines.iter().map(String::as_str).collect::<Vec<_>>()].concat());
    done(at, &["import", "d.jsonl"]);
    done(at, &["export", "d", "--out", "d.parquet"]);
    std::fs::read(at.join("d.parquet")).unwrap()
}

#[test]
fn a_truncated_parquet_is_told_and_leaves_nothing() {
    let folder = folder();
    let at = folder.path();
    let bytes = whole(at);
    for cut in [4, 8, 12, 100, bytes.len() / 2, bytes.len() - 9, bytes.len() - 4, bytes.len() - 1] {
        std::fs::write(at.join("c.parquet"), &bytes[..cut]).unwrap();
        let said = refused(at, &["--db", "x.db", "import", "c.parquet"]);
        assert!(said.starts_with("labelry: c.parquet: found broken Parquet ("), "{cut}: {said}");
        assert!(said.ends_with("\nhint: it was cut off or changed on the way: write or copy it again\n"), "{said}");
        assert_eq!(said.lines().count(), 2, "{said}");
        assert!(!at.join("x.db").exists());
    }
    let packed = {
        use std::io::Write;
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        out.write_all(&bytes).unwrap();
        out.finish().unwrap()
    };
    std::fs::write(at.join("c.parquet.gz"), packed).unwrap();
    let said = refused(at, &["--db", "x.db", "import", "c.parquet.gz"]);
    assert!(said.starts_with("labelry: c.parquet.gz: found a gzip of Parquet where Parquet was expected\n"), "{said}");
}

#[test]
fn parquet_that_was_tampered_with_ends_in_rows_or_in_an_error() {
    use labelry::exchange::{Options, Stopped, read};
    use labelry::progress::Silent;

    let folder = folder();
    let at = folder.path();
    let bytes = whole(at);
    let file = at.join("m.parquet");
    // Knuth's linear congruential generator, MMIX.
    let mut state = 1_u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let mut broken = 0;
    for round in 0..200 {
        let mut changed = bytes.clone();
        for _ in 0..=random(6) {
            // Every second time among the descriptions at the end.
            let from = if round % 2 == 0 { 4 } else { bytes.len() - 2_000 };
            changed[from + random(bytes.len() - 8 - from)] = random(256) as u8;
        }
        std::fs::write(&file, changed).unwrap();
        let mut sink = |_| -> Result<(), Stopped> { Ok(()) };
        match read(&file, &Options { skip_bad: true, ..Options::default() }, &mut sink, &Silent) {
            Ok(_) => {}
            Err(Stopped::Read(error)) => {
                broken += 1;
                assert!(error.to_string().len() < 300 && error.hint().is_some(), "{error}");
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert!(broken > 20, "{broken}");
}
