//! Ratings as agreement reads them: answers as they stand, in long and in wide form.

use super::*;

fn ratings() -> Options {
    Options { ratings: true, ..Options::default() }
}

fn wide(raters: &[&str]) -> Options {
    let raters = raters.iter().map(|name| (*name).to_owned()).collect();
    Options { format: Some(Format::Wide), raters, ..ratings() }
}

#[test]
fn one_label_stays_a_string_and_what_says_nothing_is_left_out() {
    let csv = "item,rater,value,at\n1,a, tax ,\n2,a,\"[\"\"t\"\"]\",2026-01-31T10:00:00Z\n3,a,NA,\n4,a,,\n5,a,None,\n6,a,[x,\n";
    let summary = check(
        "r.csv",
        csv,
        &ratings(),
        Format::Long,
        &[
            r#"1 {"user":"a","status":"submitted","answers":{"":"tax"}}"#,
            r#"2 {"user":"a","status":"submitted","answers":{"":["t"]},"at":"2026-01-31T10:00:00Z"}"#,
            r#"3 {"user":"a","status":"submitted","answers":{}}"#,
            r#"4 {"user":"a","status":"submitted","answers":{}}"#,
            r#"5 {"user":"a","status":"submitted","answers":{"":"None"}}"#,
            r#"6 {"user":"a","status":"submitted","answers":{"":"[x"}}"#,
        ],
    );
    assert_eq!(summary.gaps, 2);
    let separated = Options { separator: Some(';'), ..ratings() };
    let expected = [r#"1 {"user":"a","status":"submitted","answers":{"":["t","f"]}}"#];
    check("r.csv", "item,rater,value\n1,a,t; f\n", &separated, Format::Long, &expected);
}

#[test]
fn a_wide_form_gives_an_answer_for_each_cell_that_has_one() {
    let first = r#"u1 {"user":"a","status":"submitted","answers":{"":"3"}}"#;
    let second = r#"u2 {"user":"b","status":"submitted","answers":{"":"x"}}"#;
    let summary = check("w.csv", "unit,a,b\nu1,3,NA\nu2,,x\n", &wide(&[]), Format::Wide, &[first, second]);
    assert_eq!((summary.lines, summary.responses, summary.gaps), (2, 2, 2));
    check("w.csv", ",a,b\nu1,3,\nu2,,x\n", &wide(&[]), Format::Wide, &[first, second]);
    let lines = "{\"id\":\"u1\",\"a\":\"3\",\"b\":null}\n{\"id\":\"u2\",\"a\":null,\"b\":\"x\",\"c\":1}";
    let summary = check("w.jsonl", lines, &wide(&["a", "b"]), Format::Wide, &[first, second]);
    assert_eq!(summary.metadata, ["c"]);
    let numbered = r#"row 1 {"user":"b","status":"submitted","answers":{"":"x"}}"#;
    check("w.tsv", "a\tb\n\tx\n", &wide(&["a", "b"]), Format::Wide, &[numbered]);
}

#[test]
fn columns_that_are_not_there_are_named() {
    let csv = "doc,a,b\n1,x,y\n";
    let no_item =
        "w.csv:1: found the columns 'doc', 'a', 'b' where the column 'item' with the record's id was expected";
    check_error("w.csv", csv, &wide(&[]), no_item);
    let no_rater = "w.csv:1: found the columns 'doc', 'a', 'b' where the rater's column 'c' was expected";
    check_error("w.csv", csv, &wide(&["a", "c"]), no_rater);
    let one = "w.csv:1: found the column 'a' of raters where a column for each of two raters was expected";
    check_error("w.csv", csv, &wide(&["a"]), one);
    check_error(
        "r.csv",
        csv,
        &ratings(),
        "r.csv:1: found the columns 'doc', 'a', 'b' where the column 'item' was expected",
    );
}
