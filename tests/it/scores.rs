//! Scores of suggestions in exports to other tools: what they have no place for is counted.

use crate::cases::{HEADER, folder, labelry, write};

const RECORDS: [&str; 4] = [
    // One of two is suggested; both are; one of two suggested has a score; none is suggested.
    r#"{"id":"a","fields":{"text":"one"},"suggestions":[{"question":"topic","value":["tax"],"scores":{"tax":0.9,"jobs":0.1},"agent":"m"}]}"#,
    r#"{"id":"b","fields":{"text":"two"},"suggestions":[{"question":"topic","value":["tax","jobs"],"scores":{"tax":0.9,"jobs":0.8},"agent":"m"}]}"#,
    r#"{"id":"c","fields":{"text":"three"},"suggestions":[{"question":"topic","value":["tax","jobs"],"scores":{"tax":0.9},"agent":"m"}]}"#,
    r#"{"id":"d","fields":{"text":"four"},"suggestions":[{"question":"topic","value":[],"scores":{"tax":0.2,"jobs":0.1},"agent":"m"}]}"#,
];

#[test]
fn scores_that_a_format_has_no_place_for_are_counted() {
    let folder = folder();
    let at = folder.path();
    write(at, "d.jsonl", &[&[HEADER][..], &RECORDS].concat());
    assert!(labelry(at, &["import", "d.jsonl"]).status.success());
    let check = |args: &[&str], expected: &str| {
        let output = labelry(at, &[&["export"], args].concat());
        let said = String::from_utf8(output.stderr).unwrap();
        let lost = said.lines().find_map(|line| line.strip_prefix("not carried over as they are: "));
        assert_eq!((output.status.success(), lost.unwrap_or("")), (true, expected), "{said}");
    };
    let argilla = "scores of labels that were not suggested: 3; scores of suggestions that have them for some of their \
                   labels only: 1";
    check(&["--format", "argilla-v1", "--out", "v1"], argilla);
    check(&["--format", "argilla-v2", "--out", "v2"], argilla);
    let studio = "scores of further suggested labels, of which a prediction has the lowest: 1; scores of labels that were \
                  not suggested: 3; scores of suggestions that have them for some of their labels only: 1";
    check(&["--format", "label-studio", "--out", "ls"], studio);
    check(&["--format", "csv", "--out", "d.csv"], "");
    check(&["--out", "again.jsonl"], "");
}
