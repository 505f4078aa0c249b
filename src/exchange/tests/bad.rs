//! Bad files, each with its whole sentence.

use std::path::Path;

use super::*;
use crate::progress::{Cancelled, Progress, Silent};

#[test]
fn a_bad_long_form_is_told() {
    let none = Options::default();
    let head = "item,rater,value,status\n";
    check_error(
        "r.csv",
        format!("{head}1,a,t,done\n"),
        &none,
        "r.csv:2: found the status 'done' where draft, submitted or discarded was expected",
    );
    check_error(
        "r.csv",
        format!("{head}1,a,,\n"),
        &none,
        "r.csv:2: found no value where the answer of a submitted response was expected",
    );
    check_error(
        "r.csv",
        format!("{head},a,t,\n"),
        &none,
        "r.csv:2: found nothing where the record's id in 'item' was expected",
    );
    check_error(
        "r.csv",
        format!("{head}1,a,\"['t', 'f']\",\n"),
        &none,
        "r.csv:2: found a Python list (['t', 'f']) where a label or a list of labels was expected",
    );
    check_error(
        "r.jsonl",
        r#"{"item":1,"rater":"a","value":{"t":1}}"#,
        &none,
        "r.jsonl:1: found an object where a label or a list of labels was expected",
    );
    check_error(
        "r.jsonl",
        r#"{"item":1,"rater":"a","value":["t","t"]}"#,
        &none,
        "r.jsonl:1: found the label 't' twice in one answer",
    );
    let who = Options { rater: Some("who".into()), ..Options::default() };
    check_error(
        "r.jsonl",
        r#"{"item":1,"rater":"a","value":"t"}"#,
        &who,
        "r.jsonl:1: found the columns 'item', 'rater', 'value' where the column 'who' was expected",
    );
}

#[test]
fn a_quote_that_is_never_closed_is_told_where_its_record_starts() {
    let none = Options::default();
    let said = |line: u32| {
        format!("t.csv:{line}: found a quote that is never closed where the quote at the end of its cell was expected")
    };
    check_error("t.csv", "id,text\n1,ok\n2,\"never closed\n3,third\n", &none, &said(3));
    check_error("t.csv", "id,text\n1,ok\n2,\"never closed", &none, &said(3));
    check_error("t.csv", "id,\"text\n1,ok\n", &none, &said(1));
    let skip = Options { skip_bad: true, ..Options::default() };
    check_error("t.csv", "id,text\n1,ok\n2,\"never closed\n3,third\n", &skip, &said(3));
    for good in ["id,text\n1,\"a\nb\"", "id,text\n1,\"a\nb\"\r\n\n", "id,text\r1,\"a \"\"b\"\"\"\r"] {
        assert_eq!(run("t.csv", good.as_bytes(), &none).unwrap().0.records, 1, "{good}");
    }
}

#[test]
fn files_that_are_no_text_are_told() {
    let none = Options::default();
    check_error("t.jsonl", "", &none, "t.jsonl: found nothing where at least one line was expected");
    check_error("t.jsonl", "\u{feff}\n \n", &none, "t.jsonl: found nothing where at least one line was expected");
    check_error("t.jsonl", b"\xff\xfe{\0", &none, "t.jsonl: found UTF-16 text where UTF-8 text was expected");
    check_error("t.jsonl", b"{\0\"\0", &none, "t.jsonl: found UTF-16 text where UTF-8 text was expected");
    check_error(
        "t.jsonl",
        b"{\"text\":\"a\"}\n{\"text\":\"\xe3\"}\n",
        &none,
        "t.jsonl:2: found the byte 0xe3 at offset 9 of the line where UTF-8 text was expected",
    );
    check_error(
        "t.jsonl",
        "{\"text\":\"a\"}\n\n{\"text\":\"a\0\"}",
        &none,
        "t.jsonl:3: found the character U+0000 in the line where text was expected",
    );
    check_error(
        "t.csv",
        "text,n\na\0,1\n",
        &none,
        "t.csv:2: found the character U+0000 in the cell in 'text' where text was expected",
    );
    let long = format!("{{\"text\":\"{}\"}}", "x".repeat(MAX_LINE));
    check_error(
        "t.jsonl",
        long,
        &none,
        "t.jsonl:1: found a line of more than 100 MB where a record on each line was expected",
    );
    let dir = tempfile::tempdir().unwrap();
    let mut sink = |_| -> Result<(), Stopped> { Ok(()) };
    let Err(Stopped::Read(error)) = read(dir.path(), &none, &mut sink, &Silent) else { panic!() };
    assert_eq!(error.kind, Kind::Directory);
}

#[test]
fn bad_records_are_told() {
    let none = Options::default();
    check_error("t.jsonl", "[[1]]", &none, "t.jsonl:1: found a list where a JSON object was expected");
    check_error(
        "t.jsonl",
        "{\"text\":\"a\"}\n{\"text\":}",
        &none,
        "t.jsonl:2: found broken JSON at column 9 (expected value) where a JSON object was expected",
    );
    check_error(
        "t.jsonl",
        r#"{"id":"1","title":"a","body":"b"}"#,
        &none,
        "t.jsonl:1: found the columns 'id', 'title', 'body' where the text 'text' was expected",
    );
    check_error(
        "t.jsonl",
        "{\"text\":\"a\"}\n{\"txt\":\"a\"}",
        &none,
        "t.jsonl:2: found the column 'txt' where the text 'text' was expected",
    );
    check_error("t.jsonl", r#"{"text":5}"#, &none, "t.jsonl:1: found a number where the text 'text' was expected");
    check_error(
        "t.jsonl",
        r#"{"id":1.5,"text":"a"}"#,
        &none,
        "t.jsonl:1: found a number where an id, a string or an integer, was expected",
    );
    check_error(
        "t.jsonl",
        r#"{"text":"a","s":1,"metadata":{"s":1}}"#,
        &none,
        "t.jsonl:1: found 's' both as a column and inside 'metadata'",
    );
    check_error("t.csv", "text,n\na,1\nb\n", &none, "t.csv:3: found 1 cell where the header's 2 was expected");
    check_error("t.csv", "text,text\n", &none, "t.csv:1: found the column 'text' twice");
    check_error("t.csv", "a,b\n1,2\n", &none, "t.csv:1: found the columns 'a', 'b' where the text 'text' was expected");
    let id = Options { id: Some("key".into()), ..Options::default() };
    check_error(
        "t.csv",
        "text,n\na,1\n",
        &id,
        "t.csv:1: found the columns 'text', 'n' where the id column 'key' was expected",
    );
}

#[test]
fn bad_native_lines_are_told() {
    let none = Options::default();
    check_error(
        "n.jsonl",
        r#"{"labelry":2,"dataset":{}}"#,
        &none,
        "n.jsonl:1: found format version 2 where version 1 was expected",
    );
    check_error(
        "n.jsonl",
        r#"{"labelry":1}"#,
        &none,
        "n.jsonl:1: found a header without it where the object 'dataset' was expected",
    );
    check_error(
        "n.jsonl",
        r#"{"labelry":1,"dataset":{"questions":[{"name":"t","type":"label","labels":[3]}]}}"#,
        &none,
        "n.jsonl:1: found a number without a string 'value' where a label was expected",
    );
    let bad = |rest: &str, expected: &str| {
        check_error(
            "n.jsonl",
            format!("{{\"fields\":{{\"text\":\"a\"}},{rest}}}"),
            &none,
            &format!("n.jsonl:1: found {expected}"),
        );
    };
    bad(r#""vectors":{"v":[1,"x"]}"#, "a string at place 2 where a number of the vector 'v' was expected");
    bad(r#""vectors":{"v":[1e300]}"#, "1e+300 (beyond f32) at place 1 where a number of the vector 'v' was expected");
    bad(r#""responses":{}"#, "an object where the list 'responses' was expected");
    bad(
        r#""responses":[{"user":"a","status":"ok"}]"#,
        "the status 'ok' where draft, submitted or discarded was expected",
    );
    bad(
        r#""responses":[{"user":"a","status":"draft"},{"status":"draft"}]"#,
        "missing field `user` in responses item 2",
    );
    bad(r#""metadata":3"#, "a number where the object 'metadata' was expected");
    let header = "{\"labelry\":1,\"dataset\":{}}\n";
    check_error(
        "n.jsonl",
        format!("{header}{header}"),
        &none,
        "n.jsonl:2: found a second header where a record was expected",
    );
    check_error(
        "n.jsonl",
        format!("{header}{{\"text\":\"a\"}}"),
        &none,
        "n.jsonl:2: found the column 'text' where the object 'fields' with a text was expected",
    );
}

#[test]
fn bad_lines_can_be_left_aside() {
    let options = Options { skip_bad: true, ..Options::default() };
    let summary = check(
        "x.csv",
        "text\na\nb,c\nd\n",
        &options,
        Format::Csv,
        &[
            r#"{"fields":{"text":"a"}}"#,
            r#"bad x.csv:3: found 2 cells where the header's 1 was expected <["b","c"]>"#,
            r#"{"fields":{"text":"d"}}"#,
        ],
    );
    assert_eq!((summary.lines, summary.records, summary.bad), (3, 2, 1));
}

#[test]
fn a_cancelled_reading_stops() {
    struct Cancel;
    impl Progress for Cancel {
        fn at(&self, _: u64, _: u64) -> Result<(), Cancelled> {
            Err(Cancelled)
        }
    }
    let text = "{\"text\":\"a\"}\n".repeat(5000);
    let mut seen = 0;
    let mut sink = |_| -> Result<(), Stopped> {
        seen += 1;
        Ok(())
    };
    let end = read_from(text.as_bytes(), Path::new("x"), 0, &Options::default(), &mut sink, &Cancel);
    assert_eq!(end, Err(Stopped::Cancelled(Cancelled)));
    assert_eq!(seen, 4096);
}
