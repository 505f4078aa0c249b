//! Good files, and that writing and reading agree.

use std::path::Path;

use super::*;
use crate::model::transfer::DatasetSpec;

#[test]
fn plain_lines_become_records_and_other_columns_metadata() {
    let none = Options::default();
    let summary = check(
        "x.jsonl",
        "\u{feff}{\"id\":7,\"text\":\"a\",\"metadata\":{\"s\":[1]},\"lang\":\"ro\"}\r\n\n{\"external_id\":\"e\",\"text\":\"b\"}",
        &none,
        Format::Jsonl,
        &[
            r#"{"id":"7","fields":{"text":"a"},"metadata":{"s":[1],"lang":"ro"}}"#,
            r#"{"id":"e","fields":{"text":"b"}}"#,
        ],
    );
    assert_eq!(summary.metadata, ["s", "lang"]);
    assert_eq!((summary.lines, summary.records, summary.id.as_deref()), (2, 2, Some("id")));
    check("x.jsonl", r#"{"b":"2","a":"1"}"#, &text(&["a", "b"]), Format::Jsonl, &[r#"{"fields":{"a":"1","b":"2"}}"#]);
    check(
        "x.jsonl",
        r#"{"id":"x","body":"1","n":3}"#,
        &none,
        Format::Jsonl,
        &[r#"{"id":"x","fields":{"body":"1"},"metadata":{"n":3}}"#],
    );
}

#[test]
fn tables_keep_cells_as_strings() {
    let none = Options::default();
    let expected = [r#"{"id":"01","fields":{"text":"a,\nb"},"metadata":{"n":"3"}}"#];
    check("x.csv", "\u{feff}id,text,n\r\n01,\"a,\nb\",3\r\n", &none, Format::Csv, &expected);
    check("x.tsv", "id\ttext\tn\n01\t\"a,\nb\"\t3\n", &none, Format::Tsv, &expected);
    check("x.txt", "id\ttext\tn\n01\t\"a,\nb\"\t3\n", &none, Format::Tsv, &expected);
}

#[test]
fn a_long_form_gives_one_answer_a_line() {
    let red = Options {
        item: Some("record_id".into()),
        rater: Some("annotator".into()),
        value: Some("labels".into()),
        ..Options::default()
    };
    let line = r#"{"record_id":"red-1","annotator":"a1","question":"emotions","labels":["Fear"],"status":"submitted"}"#;
    let expected = [r#"red-1 {"user":"a1","status":"submitted","answers":{"emotions":["Fear"]}}"#];
    check("r.jsonl", line, &red, Format::Long, &expected);
    check("r.jsonl", line, &Options::default(), Format::Long, &expected);
    let csv =
        "item,rater,value,status,x\n1,a,tax,,q\n2,a,\"[\"\"t\"\",\"\"f\"\"]\",draft,q\n3,a,,discarded,q\n4,a,[],,q\n";
    let answers = Options { question: Some("topic".into()), ..Options::default() };
    let summary = check(
        "r.csv",
        csv,
        &answers,
        Format::Long,
        &[
            r#"1 {"user":"a","status":"submitted","answers":{"topic":["tax"]}}"#,
            r#"2 {"user":"a","status":"draft","answers":{"topic":["t","f"]}}"#,
            r#"3 {"user":"a","status":"discarded","answers":{}}"#,
            r#"4 {"user":"a","status":"submitted","answers":{"topic":[]}}"#,
        ],
    );
    assert_eq!(summary.metadata, ["x"]);
    let separated = Options { separator: Some(';'), ..Options::default() };
    check(
        "r.csv",
        "item,rater,value\n1,a,t; f;\n",
        &separated,
        Format::Long,
        &[r#"1 {"user":"a","status":"submitted","answers":{"":["t","f"]}}"#],
    );
}

#[test]
fn null_and_absent_are_the_same_in_native_lines() {
    check(
        "n.jsonl",
        "{\"labelry\":1,\"dataset\":{\"name\":\"d\",\"fields\":null,\"questions\":[{\"name\":\"q\",\"type\":\"label\",\"labels\":null}],\"x\":null}}\n\
         {\"id\":null,\"fields\":{\"text\":\"a\"},\"notes\":null,\"metadata\":{\"m\":null},\"responses\":[{\"user\":\"u\",\"status\":\"draft\",\"answers\":{\"q\":null},\"at\":null}],\"y\":null}",
        &Options::default(),
        Format::Native,
        &[
            r#"{"name":"d","fields":[],"questions":[{"name":"q","type":"label"}],"x":null}"#,
            r#"{"fields":{"text":"a"},"metadata":{"m":null},"responses":[{"user":"u","status":"draft","answers":{}}],"y":null}"#,
        ],
    );
}

proptest::proptest! {
    #[test]
    fn what_write_made_reads_back_the_same(
        texts in proptest::collection::btree_map("\\PC{1,8}", "[^\u{0}]{0,20}", 1..4),
        vector in proptest::collection::vec(proptest::num::f32::NORMAL | proptest::num::f32::ZERO | proptest::num::f32::SUBNORMAL, 0..9),
        number in proptest::num::i64::ANY,
        id in proptest::option::of("\\PC{1,8}"),
    ) {
        let mut record = RecordSpec { id, ..RecordSpec::default() };
        for (name, text) in texts {
            record.metadata.insert(format!("m{name}"), serde_json::json!([number, { "deep": text.clone() }, null]));
            record.fields.insert(name, text.into());
        }
        record.vectors.insert("v".into(), vector);
        record.responses.push(ResponseSpec { user: "u".into(), status: "submitted".into(), seconds: Some(4.2), ..ResponseSpec::default() });
        record.extra.insert("unknown".into(), serde_json::json!([null]));
        let mut out = Vec::new();
        write_header(&mut out, &DatasetSpec { name: "d".into(), ..DatasetSpec::default() }).unwrap();
        write_record(&mut out, &record).unwrap();
        let (_, items) = run("x.jsonl", &out, &Options::default()).unwrap();
        let mut again = Vec::new();
        for located in items {
            match located.item {
                Item::Header(spec) => write_header(&mut again, &spec).unwrap(),
                Item::Record(read) => {
                    proptest::prop_assert_eq!(&*read, &record);
                    write_record(&mut again, &read).unwrap();
                }
                _ => unreachable!(),
            }
        }
        proptest::prop_assert_eq!(String::from_utf8(again).unwrap(), String::from_utf8(out).unwrap());
    }
}

#[test]
fn the_sample_is_read_whole() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/redv2");
    if !data.exists() {
        return;
    }
    let mut sink = |_| -> Result<(), Stopped> { Ok(()) };
    let records = read(&data.join("records.jsonl"), &Options::default(), &mut sink, &Silent).unwrap();
    let responses = read(&data.join("responses.jsonl"), &Options::default(), &mut sink, &Silent).unwrap();
    let mut each = |_: usize, _: &[f32]| -> Result<(), Stopped> { Ok(()) };
    let (rows, _) = read_npy(&data.join("embeddings.npy"), &mut each, &Silent).unwrap();
    assert_eq!(records.records, rows as u64);
    assert_eq!((responses.format, responses.responses), (Format::Long, 3 * records.records));
}
