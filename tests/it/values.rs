//! Values that nobody could mean anything by are refused with their line; what is only unusual is kept and counted.

use crate::cases::{HEADER, done, folder, refused, write};

const KINDS: &str = r#"{"labelry":1,"dataset":{"name":"d","fields":[{"name":"text"}],"questions":[{"name":"topic","type":"multi_label","labels":["tax","jobs"]},{"name":"stars","type":"rating","min":1,"max":5}]}}"#;

fn suggested(what: &str) -> String {
    format!(r#"{{"id":"a","fields":{{"text":"x"}},"suggestions":[{what}]}}"#)
}

#[test]
fn suggestions_and_scores_that_are_no_numbers_are_refused() {
    let folder = folder();
    let at = folder.path();
    for (what, why) in [
        (r#"{"question":"stars","value":"4"}"#, r#"found "4" as a suggestion for 'stars' where a number was expected"#),
        (r#"{"question":"stars","value":"NaN"}"#, r#"found "NaN" as a suggestion for 'stars'"#),
        (r#"{"question":"stars","value":[4]}"#, "found [4] as a suggestion for 'stars'"),
        (r#"{"question":"topic","value":[["tax"]]}"#, r#"found ["tax"] as a suggestion for 'topic' where a label"#),
        (r#"{"question":"topic","value":5}"#, "found 5 as a suggestion for 'topic' where a label was expected"),
        (r#"{"question":"topic","value":["tax"],"scores":{"tax":"0.9"}}"#, r#"found "0.9" as a suggestion"#),
        (
            r#"{"question":"topic","value":["tax"],"scores":{"tax":"Infinity"}}"#,
            "where a number as a score was expected",
        ),
        (r#"{"question":"topic","value":["tax"],"scores":{"tax":[0.9]}}"#, "where a number as a score was expected"),
        (r#"{"question":"topic","value":["tax"],"score":"high"}"#, "where a number as a score was expected"),
    ] {
        write(at, "d.jsonl", &[KINDS, &suggested(what)]);
        let said = refused(at, &["import", "d.jsonl"]);
        assert!(said.starts_with("labelry: d.jsonl:2: ") && said.contains(why) && said.contains("hint: "), "{said}");
    }
    write(at, "d.jsonl", &[KINDS, &suggested(r#"{"question":"stars","value":4.5,"score":0.5}"#)]);
    done(at, &["import", "d.jsonl"]);
}

#[test]
fn scores_beyond_one_and_impossible_times_are_kept_and_counted() {
    let folder = folder();
    let at = folder.path();
    let response = |user: &str, seconds: &str| {
        format!(r#"{{"user":"{user}","status":"submitted","answers":{{"stars":4}},"seconds":{seconds}}}"#)
    };
    let responses = [response("bob", "-5"), response("eve", "90000"), response("ana", "12")].join(",");
    let suggestion = r#"{"question":"topic","value":["tax"],"scores":{"tax":97.5,"jobs":-3.2}}"#;
    let record =
        format!(r#"{{"id":"a","fields":{{"text":"x"}},"responses":[{responses}],"suggestions":[{suggestion}]}}"#);
    write(at, "d.jsonl", &[KINDS, &record]);
    for args in [&["import", "d.jsonl", "--dry-run"][..], &["import", "d.jsonl"]] {
        let said = done(at, args);
        assert!(said.contains("kept, though unusual: 2 times below 0 s or beyond a day"), "{said}");
        assert!(said.contains("kept, though unusual: 2 scores outside 0 to 1"), "{said}");
    }
    let out = done(at, &["export"]);
    assert!(out.contains("97.5") && out.contains("\"seconds\":12") && !out.contains("90000"), "{out}");
}

#[test]
fn a_text_without_a_field_and_a_vector_without_end_are_refused() {
    let folder = folder();
    let at = folder.path();
    write(at, "d.jsonl", &[KINDS, r#"{"id":"a","fields":{"text":"x","body":"y"}}"#]);
    let said = refused(at, &["import", "d.jsonl"]);
    assert!(said.contains("d.jsonl:2: found the text 'body', which the dataset has no field for"), "{said}");
    let numbers = vec!["0"; 8_193].join(",");
    write(at, "v.jsonl", &[HEADER, &format!(r#"{{"id":"a","fields":{{"text":"x"}},"vectors":{{"v":[{numbers}]}}}}"#)]);
    let said = refused(at, &["import", "v.jsonl"]);
    assert!(said.contains("v.jsonl:2: found a vector 'v' of 8193 dimensions where at most 8192"), "{said}");
    let header = r#"{"labelry":1,"dataset":{"name":"d","vectors":[{"name":"v","dimensions":9000}]}}"#;
    write(at, "h.jsonl", &[header, r#"{"id":"a","fields":{"text":"x"}}"#]);
    assert!(refused(at, &["import", "h.jsonl"]).contains("of 9000 dimensions"));
}

#[test]
fn a_choice_that_is_a_string_is_that_one_choice() {
    let folder = folder();
    let at = folder.path();
    let result = |choices: &str| {
        format!(r#"{{"from_name":"topic","to_name":"text","type":"choices","value":{{"choices":{choices}}}}}"#)
    };
    let task = |id: u32, choices: &str| {
        format!(
            r#"{{"id":{id},"data":{{"text":"t{id}"}},"annotations":[{{"id":{id},"completed_by":1,"result":[{}]}}]}}"#,
            result(choices)
        )
    };
    std::fs::write(at.join("ls.json"), format!("[{},{}]", task(1, "\"tax\""), task(2, "[\"jobs\"]"))).unwrap();
    done(at, &["import", "ls.json"]);
    let out = done(at, &["export"]);
    assert!(out.contains("\"tax\"") && out.contains("\"jobs\""), "{out}");
}
