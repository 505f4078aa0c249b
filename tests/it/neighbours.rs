//! What other tools export, by the real binary on small files in their shapes: each trap by its name.

use std::path::Path;

use serde_json::{Value, json};

use crate::cases::{done, folder, refused, write};

/// Imports into an empty file; gives the header and the records of the export, which has to come back equal.
pub fn imported(at: &Path, args: &[&str]) -> (Value, Vec<Value>) {
    let _fresh = std::fs::remove_file(at.join("labelry.db"));
    done(at, &[&["import"], args].concat());
    let out = done(at, &["export"]);
    std::fs::write(at.join("again.jsonl"), &out).unwrap();
    let again = ["--db", "again.db"];
    let _fresh = std::fs::remove_file(at.join("again.db"));
    done(at, &[&again[..], &["import", "again.jsonl"]].concat());
    assert_eq!(done(at, &[&again[..], &["export"]].concat()), out, "the export of an import comes back equal");
    // The second time nothing changes.
    done(at, &[&["import"], args].concat());
    assert_eq!(done(at, &["export"]), out, "importing twice changes nothing");
    let mut lines = out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    (lines.next().unwrap()["dataset"].take(), lines.collect())
}

/// Kinds and labels of the questions, in a line each.
pub fn questions(header: &Value) -> Vec<String> {
    let one = |question: &Value| {
        let labels: Vec<&str> =
            question["labels"].as_array().into_iter().flatten().filter_map(|label| label["value"].as_str()).collect();
        format!("{} {} {}", question["name"].as_str().unwrap(), question["type"].as_str().unwrap(), labels.join(","))
    };
    header["questions"].as_array().unwrap().iter().map(|question| one(question).trim().to_owned()).collect()
}

/// Users, statuses and answers of a record, in a line each.
pub fn answers(record: &Value) -> Vec<String> {
    let all = record["responses"].as_array().into_iter().flatten();
    all.map(|one| format!("{} {} {}", one["user"].as_str().unwrap(), one["status"].as_str().unwrap(), one["answers"]))
        .collect()
}

const V1: [&str; 2] = [
    r#"{"text":"one","topic":[{"user_id":"u1","value":["tax"],"status":"submitted"},{"user_id":"u2","value":null,"status":"discarded"}],"topic-suggestion":["tax","jobs"],"topic-suggestion-metadata":{"type":"model","score":[0.8999999762,0.400000006],"agent":"m"},"rank":[{"user_id":"u1","value":{"rank":[2,1],"value":["x","y"]},"status":"submitted"}],"rank-suggestion":null,"rank-suggestion-metadata":{"type":null,"score":null,"agent":null},"spans":[{"user_id":"u3","value":{"start":[0],"end":[3],"label":["ORG"],"text":["one"]},"status":"draft"}],"spans-suggestion":null,"spans-suggestion-metadata":{"type":null,"score":null,"agent":null},"external_id":"a","metadata":"{\"n\": 1, \"s\": \"x\"}","vectors":{"v":[0.1000000015,0.200000003]}}"#,
    r#"{"text":"two","topic":{"user_id":["u1"],"value":[[]],"status":["submitted"]},"topic-suggestion":null,"topic-suggestion-metadata":null,"rank":[],"rank-suggestion":null,"rank-suggestion-metadata":null,"spans":[],"spans-suggestion":null,"spans-suggestion-metadata":null,"external_id":null,"metadata":"{}","vectors":{"v":null}}"#,
];

#[test]
fn v1_metadata_are_a_json_string() {
    let folder = folder();
    write(folder.path(), "e.jsonl", &V1);
    let (_, records) = imported(folder.path(), &["e.jsonl"]);
    assert_eq!(records[0]["metadata"], json!({"n": 1, "s": "x"}));
    assert_eq!(records[1].get("metadata"), None);
    let broken = V1[0].replace(r#""{\"n\": 1, \"s\": \"x\"}""#, r#""{n: 1}""#);
    write(folder.path(), "b.jsonl", &[&broken]);
    let said = refused(folder.path(), &["import", "b.jsonl"]);
    assert!(said.starts_with("labelry: b.jsonl:1: found broken JSON at column 2 "), "{said}");
}

#[test]
fn a_users_status_is_the_union_over_the_columns_of_v1() {
    let folder = folder();
    write(folder.path(), "e.jsonl", &V1);
    let (_, records) = imported(folder.path(), &["e.jsonl"]);
    assert_eq!(
        answers(&records[0]),
        [
            r#"u1 submitted {"topic":["tax"],"rank":["y","x"]}"#,
            "u2 discarded {}",
            r#"u3 draft {"spans":[{"start":0,"end":3,"label":"ORG"}]}"#,
        ]
    );
    assert_eq!(answers(&records[1]), [r#"u1 submitted {"topic":[]}"#], "an older file: a dict of lists");
    let other = V1[0].replace(
        r#""text":["one"]},"status":"draft""#,
        r#""text":["one"]},"status":"draft"},{"user_id":"u1","value":null,"status":"draft""#,
    );
    write(folder.path(), "b.jsonl", &[&other]);
    assert_eq!(
        refused(folder.path(), &["import", "b.jsonl"]),
        "labelry: b.jsonl:1: found the status 'draft' of 'u1' after 'submitted' where one status for all questions of a record was expected\n\
         hint: export it again from Argilla, or leave the line out with --skip-bad\n"
    );
}

#[test]
fn ranking_and_spans_of_v1_are_dicts_of_lists() {
    let folder = folder();
    write(folder.path(), "e.jsonl", &V1);
    let (header, _) = imported(folder.path(), &["e.jsonl"]);
    assert_eq!(questions(&header), ["topic multi_label tax,jobs", "rank ranking y,x", "spans span ORG"]);
}

#[test]
fn the_noise_of_float32_is_taken_off() {
    let folder = folder();
    write(folder.path(), "e.jsonl", &V1);
    let (_, records) = imported(folder.path(), &["e.jsonl"]);
    assert_eq!(records[0]["suggestions"][0]["scores"].to_string(), r#"{"tax":0.9,"jobs":0.4}"#);
    assert_eq!(records[0]["vectors"].to_string(), r#"{"v":[0.1,0.2]}"#);
}

const YAML: &str = "guidelines: Tick it.\nfields:\n- name: text\n  title: The text\n  type: text\n  use_markdown: true\nquestions:\n- name: topic\n  title: Topic\n  required: true\n  type: multi_label_selection\n  labels:\n    tax: Taxes\n    jobs: Jobs\n    y: A letter\n- name: rank\n  type: ranking\n  values: [x, y]\n- name: spans\n  type: span\n  field: text\n  labels:\n  - value: ORG\n    text: Organisation\n    description: A firm\nvectors_settings:\n- name: v\n  dimensions: 2\n";

#[test]
fn argilla_yaml_beside_v1_says_what_records_do_not() {
    let folder = folder();
    let at = folder.path();
    write(at, "e.jsonl", &V1);
    write(at, "argilla.yaml", &[YAML]);
    let check = |args: &[&str]| {
        let (header, _) = imported(at, args);
        assert_eq!(questions(&header), ["topic multi_label tax,jobs,y", "rank ranking x,y", "spans span ORG"]);
        assert_eq!((&header["guidelines"], &header["fields"][0]["kind"]), (&json!("Tick it."), &json!("markdown")));
        assert_eq!(header["questions"][0]["labels"][1]["title"], "Jobs");
        assert_eq!(header["questions"][2]["field"], "text");
    };
    check(&["e.jsonl"]);
    std::fs::create_dir(at.join("sub")).unwrap();
    std::fs::rename(at.join("argilla.yaml"), at.join("sub/a.yaml")).unwrap();
    check(&["e.jsonl", "--settings", "sub/a.yaml"]);
    check(&["e.jsonl", "sub/a.yaml"]);
    write(at, "argilla.yaml", &["fields: [", "]]"]);
    let said = refused(at, &["import", "e.jsonl"]);
    assert!(said.starts_with("labelry: argilla.yaml: found no YAML"), "{said}");
}

#[test]
fn v1_rows_of_text_classification_hold_one_annotation() {
    let folder = folder();
    let row = |id: u32, rest: &str| {
        format!(
            r#"{{"text":"t{id}","inputs":{{"text":"t{id}"}},"id":{id},"metadata":{{"s":1}},"vectors":null,"explanation":null,{rest}}}"#
        )
    };
    let multi = [
        row(
            1,
            r#""prediction":[["tax",0.9],["jobs",0.4]],"prediction_agent":"m","annotation":["tax"],"annotation_agent":"ana","multi_label":true,"status":"Validated""#,
        ),
        row(2, r#""prediction":null,"annotation":[],"annotation_agent":"ana","multi_label":true,"status":"Validated""#),
        row(3, r#""prediction":null,"annotation":null,"multi_label":true,"status":"Discarded""#),
        row(4, r#""prediction":null,"annotation":null,"multi_label":true,"status":"Default""#),
    ];
    write(folder.path(), "m.jsonl", &multi.each_ref().map(String::as_str));
    let (header, records) = imported(folder.path(), &["m.jsonl"]);
    assert_eq!(questions(&header), ["label multi_label tax,jobs"]);
    let told: Vec<_> = records.iter().map(|record| answers(record).join(" ")).collect();
    let expected = [r#"ana submitted {"label":["tax"]}"#, r#"ana submitted {"label":[]}"#, "unknown discarded {}", ""];
    assert_eq!(told, expected);
    assert_eq!(records[0]["suggestions"][0]["value"], json!(["tax"]));
    assert_eq!(records[0]["suggestions"][0]["scores"], json!({"tax": 0.9, "jobs": 0.4}));
    let single = row(
        1,
        r#""prediction":[["tax",0.4],["jobs",0.6]],"annotation":"tax","annotation_agent":"ana","multi_label":false,"status":"Validated""#,
    );
    write(folder.path(), "s.jsonl", &[&single]);
    let (header, records) = imported(folder.path(), &["s.jsonl"]);
    assert_eq!(questions(&header), ["label label tax,jobs"]);
    assert_eq!(answers(&records[0]), [r#"ana submitted {"label":"tax"}"#]);
    assert_eq!(records[0]["suggestions"][0]["value"], "jobs");
}

const RECORDS: &str = r#"[{"id":"a","fields":{"text":"one","title":"t"},"metadata":{"s":"x"},"suggestions":{"topic":{"value":["tax"],"score":[0.5],"agent":"m"}},"responses":{"topic":[{"value":["tax"],"user_id":"u1"},{"value":null,"user_id":"u2"}]},"vectors":{"v":[0.1,0.2]},"status":"pending","_server_id":null},
{"id":"b","fields":{"text":"two"},"metadata":{},"suggestions":{},"responses":{},"vectors":{},"status":"pending","_server_id":null}]"#;

#[test]
fn records_json_knows_no_status_and_it_is_asked_for() {
    let folder = folder();
    let at = folder.path();
    write(at, "records.json", &[RECORDS]);
    assert_eq!(
        refused(at, &["import", "records.json"]),
        "labelry: records.json:1: found responses without a status where one was expected\n\
         hint: records.json does not keep it: export with records.to_list(flatten=True), or say what holds for all: --status submitted\n"
    );
    let settings = json!({"guidelines": null, "fields": [{"name": "text"}, {"name": "title"}], "questions": [
        {"name": "topic", "required": true, "settings": {"type": "multi_label_selection",
            "options": [{"value": "jobs", "text": "Jobs"}, {"value": "tax", "text": "tax"}]}},
        {"name": "stars", "settings": {"type": "rating", "options": [{"value": 0}, {"value": 5}]}}],
        "vectors": [{"name": "v", "dimensions": 2}], "distribution": {"strategy": "overlap", "min_submitted": 2}});
    write(at, "settings.json", &[&settings.to_string()]);
    let (header, records) = imported(at, &["records.json", "settings.json", "--status", "draft"]);
    assert_eq!(questions(&header), ["topic multi_label jobs,tax", "stars rating"]);
    assert_eq!((&header["min_submitted"], &header["questions"][1]["max"]), (&json!(2), &json!(5)));
    assert_eq!(answers(&records[0]), [r#"u1 draft {"topic":["tax"]}"#, "u2 draft {}"]);
    assert_eq!(records[0]["vectors"], json!({"v": [0.1, 0.2]}));
    assert_eq!(records[0]["fields"], json!({"text": "one", "title": "t"}));
}

const FLAT: [&str; 3] = [
    r#"{"id":"a","status":"pending","_server_id":null,"text":"one","s":"x","n":null,"v":[0.1,0.2],"mood.responses":["neg"],"mood.responses.users":["u1"],"mood.responses.status":["submitted"],"mood.suggestion":0,"mood.suggestion.score":0.5,"mood.suggestion.agent":"m"}"#,
    r#"{"id":"b","status":"pending","_server_id":null,"text":"two","s":null,"n":3.0,"v":null,"mood.responses":[null],"mood.responses.users":["u2"],"mood.responses.status":["discarded"],"mood.suggestion":1,"mood.suggestion.score":null,"mood.suggestion.agent":null}"#,
    r#"{"id":"c","status":"pending","_server_id":null,"text":"three","s":null,"n":null,"v":null,"mood.responses":["pos"],"mood.responses.users":["u2"],"mood.responses.status":["draft"],"mood.suggestion":2,"mood.suggestion.score":null,"mood.suggestion.agent":"m"}"#,
];

#[test]
fn class_numbers_stand_in_first_seen_order_with_null_among_them() {
    let folder = folder();
    let at = folder.path();
    write(at, "f.jsonl", &FLAT);
    // Nobody says what 0 is: it is neither the first label answered nor the first one of the settings.
    let (_, records) = imported(at, &["f.jsonl"]);
    assert_eq!(records[0].get("suggestions"), None);
    assert_eq!(records[1]["metadata"], json!({"n": 3.0, "argilla": {"mood.suggestion": 1}}));
    let (header, records) = imported(at, &["f.jsonl", "--classes", "mood.suggestion=pos,,neg"]);
    assert_eq!(questions(&header), ["mood label neg,pos"]);
    assert_eq!(
        records[0]["suggestions"],
        json!([{"question": "mood", "value": "pos", "scores": {"pos": 0.5}, "agent": "m"}])
    );
    assert_eq!(records[1].get("suggestions"), None, "1 is null");
    assert_eq!(records[2]["suggestions"][0]["value"], "neg");
    let answered = FLAT[0].replace(r#"["neg"]"#, "[0]");
    write(at, "g.jsonl", &[FLAT[2], &answered]);
    let said = refused(at, &["--db", "g.db", "import", "g.jsonl"]);
    assert!(
        said.starts_with(
            "labelry: g.jsonl:2: found a class number as the answer to 'mood' where a label was expected\n"
        ),
        "{said}"
    );
}

#[test]
fn v2_rows_keep_statuses_and_null_answers_are_left_out() {
    let folder = folder();
    write(folder.path(), "f.jsonl", &FLAT);
    let list = format!("[{}]", FLAT.join(", "));
    write(folder.path(), "l.json", &[&list]);
    for file in ["f.jsonl", "l.json"] {
        let (_, records) = imported(folder.path(), &[file]);
        let told: Vec<_> = records.iter().map(|record| answers(record).join(" ")).collect();
        assert_eq!(told, [r#"u1 submitted {"mood":"neg"}"#, "u2 discarded {}", r#"u2 draft {"mood":"pos"}"#]);
        assert_eq!(records[0]["metadata"]["s"], "x");
        assert_eq!(records[0]["vectors"], json!({"v": [0.1, 0.2]}));
    }
}

fn task(id: u32, data: &str, annotations: &str, rest: &str) -> String {
    format!(r#"{{"id":{id},"data":{data},"annotations":[{annotations}]{rest}}}"#)
}

fn choices(name: &str, ticked: &str) -> String {
    format!(r#"{{"from_name":"{name}","to_name":"text","type":"choices","value":{{"choices":[{ticked}]}}}}"#)
}

#[test]
fn label_studio_knows_records_by_the_id_in_their_data_and_tasks_by_another() {
    let folder = folder();
    let one = task(1, r#"{"text":"one","external_id":"r9","s":"x"}"#, "", "");
    let two = task(2, r#"{"text":"two"}"#, "", "");
    write(folder.path(), "t.json", &[&format!("[{one},\n{two}]")]);
    let (_, records) = imported(folder.path(), &["t.json"]);
    assert_eq!(
        (&records[0]["id"], &records[0]["metadata"]),
        (&json!("r9"), &json!({"s": "x", "label_studio": {"id": 1}}))
    );
    assert_eq!(records[1]["id"], "2");
    let (_, records) = imported(folder.path(), &["t.json", "--skip-bad", "--id", "s"]);
    assert_eq!((records.len(), &records[0]["id"]), (1, &json!("x")));
}

#[test]
fn label_studios_cancelled_empty_and_second_annotations_are_told_apart() {
    let folder = folder();
    let given = |by: &str, result: &str, rest: &str| format!(r#"{{"completed_by":{by},"result":[{result}]{rest}}}"#);
    let (two, one) = (choices("topic", r#""tax","jobs""#), choices("mood", r#""neg""#));
    let region = |label: &str| {
        format!(
            r#"{{"from_name":"ner","type":"labels","value":{{"start":0,"end":3,"text":"one","labels":["{label}"]}}}}"#
        )
    };
    let all = [
        given(
            "7",
            &format!("{two},{one},{},{}", region("ORG"), region("PER")),
            r#","lead_time":2.5,"created_at":"2026-01-02T00:00:00Z","was_cancelled":false"#,
        ),
        given(r#"{"id":3,"email":"bob@x.org"}"#, &one, r#","was_cancelled":true"#),
        given(r#""eve@x.org""#, "", r#","was_cancelled":false"#),
        given("7", &one, ""),
        given("8", r#"{"from_name":"box","type":"rectanglelabels","value":{"x":1}}"#, ""),
    ];
    let predicted = format!(
        r#","predictions":[{{"model_version":"m","score":0.8999999762,"result":[{}]}}]"#,
        choices("mood", r#""pos""#)
    );
    write(folder.path(), "t.json", &[&format!("[{}]", task(1, r#"{"text":"one"}"#, &all.join(","), &predicted))]);
    let (header, records) = imported(folder.path(), &["t.json"]);
    assert_eq!(questions(&header), ["topic multi_label tax,jobs", "mood label neg,pos", "ner span ORG,PER"]);
    let responses = records[0]["responses"].as_array().unwrap();
    let by = |user: &str| responses.iter().filter(|one| one["user"] == user).collect::<Vec<_>>();
    let spans = json!([{"start": 0, "end": 3, "label": "ORG"}, {"start": 0, "end": 3, "label": "PER"}]);
    assert_eq!(by("7")[0]["answers"], json!({"topic": ["tax", "jobs"], "mood": "neg", "ner": spans}));
    assert_eq!((&by("7")[0]["seconds"], &by("7")[0]["at"]), (&json!(2.5), &json!("2026-01-02T00:00:00.000Z")));
    assert_eq!((&by("7")[1]["pass"], &by("7")[1]["answers"]), (&json!(2), &json!({"mood": "neg"})));
    assert_eq!(
        (&by("bob@x.org")[0]["status"], &by("bob@x.org")[0]["answers"]),
        (&json!("discarded"), &json!({"mood": "neg"}))
    );
    assert_eq!(
        (&by("eve@x.org")[0]["status"], &by("eve@x.org")[0]["answers"]),
        (&json!("submitted"), &json!({"topic": []}))
    );
    assert_eq!(by("8")[0]["label_studio"]["result"][0]["type"], "rectanglelabels");
    assert_eq!(
        records[0]["suggestions"],
        json!([{"question": "mood", "value": "pos", "scores": {"pos": 0.9}, "agent": "m"}])
    );
}

#[test]
fn doccano_writes_unseen_and_none_alike() {
    let folder = folder();
    let at = folder.path();
    write(
        at,
        "ana.jsonl",
        &[
            r#"{"id":1,"text":"one","s":"x","label":["tax"],"Comments":["sure?"]}"#,
            r#"{"id":2,"text":"two","label":[],"Comments":[]}"#,
        ],
    );
    write(
        at,
        "bob.jsonl",
        &[
            r#"{"id":1,"text":"one","s":"x","label":["jobs","tax"],"Comments":[]}"#,
            r#"{"id":2,"text":"two","label":[],"Comments":[]}"#,
        ],
    );
    let files = ["ana.jsonl", "bob.jsonl", "--dataset", "d"];
    let (header, records) = imported(at, &files);
    assert_eq!(questions(&header), ["label multi_label tax,jobs"]);
    let expected = [r#"ana submitted {"label":["tax"]}"#, r#"bob submitted {"label":["tax","jobs"]}"#];
    assert_eq!(answers(&records[0]), expected, "each member's file is theirs");
    assert_eq!(records[0]["notes"], json!([{"user": "ana", "note": "sure?"}]));
    assert_eq!(answers(&records[1]), [""; 0]);
    let (_, records) = imported(at, &[&files[..], &["--empty", "none"]].concat());
    assert_eq!(answers(&records[1]), [r#"ana submitted {"label":[]}"#, r#"bob submitted {"label":[]}"#]);
    write(at, "s.jsonl", &[r#"{"id":1,"text":"one","label":[[0,2,"ORG"]]}"#]);
    let (header, records) = imported(at, &["s.jsonl"]);
    assert_eq!(questions(&header), ["label span ORG"]);
    assert_eq!(answers(&records[0]), [r#"s submitted {"label":[{"start":0,"end":2,"label":"ORG"}]}"#]);
}

fn prodigy(hash: i64, who: &str, rest: &str) -> String {
    format!(
        r#"{{"text":"t{hash}","meta":{{"s":"x"}},"_input_hash":{hash},"_task_hash":{hash},"_annotator_id":"{who}","_timestamp":1711965600,{rest}}}"#
    )
}

#[test]
fn prodigys_ignore_is_discarded_even_with_something_accepted() {
    let folder = folder();
    let at = folder.path();
    let options = r#""options":[{"id":"tax","text":"Taxes"},{"id":"jobs","text":"jobs"},{"id":"never","text":"never"}],"config":{"choice_style":"multiple"}"#;
    let lines = [
        prodigy(-1, "ana", &format!(r#"{options},"accept":["tax","jobs"],"answer":"accept""#)),
        prodigy(-1, "bob", &format!(r#"{options},"accept":["tax"],"answer":"ignore""#)),
        prodigy(2, "ana", &format!(r#"{options},"accept":[],"answer":"accept""#)),
    ];
    write(at, "p.jsonl", &lines.each_ref().map(String::as_str));
    let (header, records) = imported(at, &["p.jsonl"]);
    assert_eq!(questions(&header), ["label multi_label tax,jobs,never"]);
    assert_eq!(header["questions"][0]["labels"][0]["title"], "Taxes");
    assert_eq!(answers(&records[0]), [r#"ana submitted {"label":["tax","jobs"]}"#, "bob discarded {}"]);
    assert_eq!(answers(&records[1]), [r#"ana submitted {"label":[]}"#]);
    assert_eq!(
        (&records[0]["id"], &records[0]["responses"][0]["at"]),
        (&json!("-1"), &json!("2024-04-01T10:00:00.000Z"))
    );
    assert_eq!(records[0]["metadata"], json!({"s": "x", "prodigy": {"_input_hash": -1, "_task_hash": -1}}));
    let bare = lines.each_ref().map(|line| line.replace("_input_hash", "id").replace(r#""_task_hash":-1,"#, ""));
    write(at, "r.jsonl", &bare.each_ref().map(String::as_str));
    let (_, records) = imported(at, &["r.jsonl"]);
    assert_eq!((&records[0]["id"], answers(&records[0]).len()), (&json!("-1"), 2), "without hashes the id tells");
    let again = prodigy(2, "ana", &format!(r#"{options},"accept":["tax"],"answer":"accept""#));
    write(at, "q.jsonl", &[&lines[2], &again]);
    assert_eq!(
        refused(at, &["--db", "q.db", "import", "q.jsonl"]),
        "labelry: q.jsonl:2: found a second answer of 'ana' to one task where one was expected\n\
         hint: remove one of the lines, or leave the later one out with --skip-bad\n"
    );
}

#[test]
fn prodigys_binary_tasks_about_one_text_become_one_answer() {
    let folder = folder();
    let lines = [
        prodigy(1, "ana", r#""label":"tax","answer":"accept""#),
        prodigy(1, "ana", r#""label":"jobs","answer":"reject""#),
        prodigy(1, "ana", r#""label":"bugs","answer":"ignore""#),
        prodigy(2, "ana", r#""label":"tax","answer":"reject""#),
        prodigy(3, "ana", r#""label":"tax","answer":"ignore""#),
    ];
    write(folder.path(), "p.jsonl", &lines.each_ref().map(String::as_str));
    let (header, records) = imported(folder.path(), &["p.jsonl"]);
    assert_eq!(questions(&header), ["label multi_label tax,jobs,bugs"]);
    let told: Vec<_> = records.iter().map(|record| answers(record).join(" ")).collect();
    assert_eq!(told, [r#"ana submitted {"label":["tax"]}"#, r#"ana submitted {"label":[]}"#, "ana discarded {}"]);
}

#[test]
fn prodigys_spans_are_answers_and_tasks_of_other_kinds_are_refused() {
    let folder = folder();
    let at = folder.path();
    let spans =
        r#""spans":[{"start":0,"end":2,"label":"ORG","token_start":0}],"_view_id":"ner_manual","answer":"accept""#;
    let lines = [prodigy(1, "ana", spans), prodigy(1, "bob", r#""spans":[],"answer":"accept""#)];
    write(at, "p.jsonl", &lines.each_ref().map(String::as_str));
    let (header, records) = imported(at, &["p.jsonl"]);
    assert_eq!(questions(&header), ["label span ORG"]);
    let expected = [r#"ana submitted {"label":[{"start":0,"end":2,"label":"ORG"}]}"#, r#"bob submitted {"label":[]}"#];
    assert_eq!(answers(&records[0]), expected);
    write(at, "q.jsonl", &[&prodigy(1, "ana", r#""answer":"accept","user_input":"so""#)]);
    let said = refused(at, &["--db", "q.db", "import", "q.jsonl"]);
    assert!(said.starts_with("labelry: q.jsonl:1: found null where a task with options, a label or spans "), "{said}");
}

#[test]
fn prodigys_records_are_known_by_their_own_ids_where_each_names_one() {
    let folder = folder();
    let at = folder.path();
    let line = |hash: i64, id: &str, text: &str| {
        json!({"id": id, "text": text, "options": ["tax"], "accept": ["tax"], "answer": "accept", "_input_hash": hash})
            .to_string()
    };
    let ids = |lines: &[String]| {
        std::fs::write(at.join("p.jsonl"), lines.join("\n")).unwrap();
        let _absent = std::fs::remove_file(at.join("labelry.db"));
        done(at, &["import", "p.jsonl", "--dataset", "d"]);
        let out = done(at, &["export", "d"]);
        out.lines().skip(1).map(|line| line.split('"').nth(3).unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&[line(1, "r1", "one"), line(2, "r2", "two")]), ["r1", "r2"]);
    assert_eq!(ids(&[line(1, "r1", "one"), line(2, "r1", "two")]), ["1", "2"]);
}
