//! Files that other tools wrote, where they lie beside this folder or where `LABELRY_SHARED` says.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::cases::{done, folder};
use crate::neighbours::{answers, imported, questions};

fn fixture(name: &str) -> Option<PathBuf> {
    let shared = std::env::var_os("LABELRY_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let path = shared.join("fixtures").join(name);
    if !path.exists() {
        eprintln!("skipped: {} is not there", path.display());
        return None;
    }
    Some(path)
}

/// Copies fixtures into a folder under other names; false where they are not there.
fn lay(at: &Path, files: &[(&str, &str)]) -> bool {
    files.iter().all(|(from, to)| fixture(from).is_some_and(|path| std::fs::copy(path, at.join(to)).is_ok()))
}

/// How many responses of each status, suggestions and vectors there are.
fn counts(records: &[Value]) -> String {
    let all = |key: &str| {
        records.iter().flat_map(|record| record[key].as_array().cloned().unwrap_or_default()).collect::<Vec<_>>()
    };
    let responses = all("responses");
    let of = |status: &str| responses.iter().filter(|one| one["status"] == status).count();
    let vectors: usize =
        records.iter().map(|record| record["vectors"].as_object().map_or(0, serde_json::Map::len)).sum();
    format!(
        "{} records, {} submitted, {} draft, {} discarded, {} suggestions, {vectors} vectors",
        records.len(),
        of("submitted"),
        of("draft"),
        of("discarded"),
        all("suggestions").len()
    )
}

const ANA: &str = "00000000-0000-0000-0000-000000000001";
const BOB: &str = "00000000-0000-0000-0000-000000000002";
const EVE: &str = "00000000-0000-0000-0000-000000000003";

const TOLD: [&str; 6] = [
    "label multi_label tax,health,jobs,never_used",
    "sentiment label pos,neg",
    "quality rating",
    "rank ranking x,y",
    "comment text",
    "spans span PER,ORG,LOC",
];

#[test]
fn argilla_v1_with_its_yaml_comes_in_whole() {
    let folder = folder();
    let files = [("argilla/argilla_v1_export.jsonl", "e.jsonl"), ("argilla/argilla_v1_argilla.yaml", "argilla.yaml")];
    if !lay(folder.path(), &files) {
        return;
    }
    let (header, records) = imported(folder.path(), &["e.jsonl"]);
    let mut told = TOLD.map(str::to_owned);
    told[1] = String::from("sentiment label neg,pos");
    assert_eq!(questions(&header), told);
    assert_eq!(counts(&records), "5 records, 6 submitted, 1 draft, 1 discarded, 4 suggestions, 2 vectors");
    let spans = r#"[{"start":0,"end":6,"label":"ORG"}]"#;
    assert_eq!(
        answers(&records[0]),
        [
            format!(
                r#"{ANA} submitted {{"label":["tax"],"sentiment":"neg","quality":4,"rank":["x","y"],"comment":"ok","spans":{spans}}}"#
            ),
            format!(r#"{BOB} submitted {{"label":["tax","jobs"],"sentiment":"neg"}}"#),
        ]
    );
    let second = [
        format!(r#"{ANA} submitted {{"label":["health"],"quality":3}}"#),
        format!(r#"{BOB} draft {{"label":["health"]}}"#),
        format!(r#"{EVE} discarded {{"label":["jobs"]}}"#),
    ];
    assert_eq!(answers(&records[1]), second);
    assert_eq!(answers(&records[2]), [format!(r#"{ANA} submitted {{"label":[]}}"#)]);
    assert_eq!(records[0]["metadata"], json!({"source": "bbc", "n_words": 4, "conf": 0.5}));
    assert_eq!(records[0]["vectors"].to_string(), r#"{"minilm":[0.1,0.2,0.3,0.4]}"#);
    assert_eq!(records[0]["suggestions"][0]["scores"].to_string(), r#"{"tax":0.9,"jobs":0.4}"#);
    assert_eq!(records[0]["suggestions"][2]["score"], json!([0.7]));
    assert_eq!(records[3]["fields"]["text"], "Pending record, é “quotes”\nnew line");
    assert_eq!(header["guidelines"], "Tick every topic that applies.");
    assert_eq!(header["questions"][1]["labels"][0]["title"], "Negative");
}

#[test]
fn argilla_v1_without_its_yaml_is_told_by_its_answers() {
    let folder = folder();
    if !lay(folder.path(), &[("argilla/argilla_v1_export.jsonl", "e.jsonl")]) {
        return;
    }
    let (header, records) = imported(folder.path(), &["e.jsonl", "--kind", "comment=text"]);
    assert_eq!(
        questions(&header),
        [
            "label multi_label tax,jobs,health",
            "sentiment label neg",
            "quality rating",
            "rank ranking x,y",
            "comment text",
            "spans span ORG"
        ]
    );
    assert_eq!(counts(&records), "5 records, 6 submitted, 1 draft, 1 discarded, 4 suggestions, 2 vectors");
}

#[test]
fn argilla_v1_rows_of_text_classification_come_in() {
    let folder = folder();
    if !lay(folder.path(), &[("argilla/argilla_v1_textclassification.jsonl", "e.jsonl")]) {
        return;
    }
    let (header, records) = imported(folder.path(), &["e.jsonl"]);
    assert_eq!(questions(&header), ["label multi_label tax,jobs"]);
    assert_eq!(counts(&records), "4 records, 2 submitted, 0 draft, 1 discarded, 1 suggestions, 1 vectors");
    assert_eq!(answers(&records[0]), [r#"alice submitted {"label":["tax"]}"#]);
    assert_eq!(answers(&records[2]), [r#"alice submitted {"label":[]}"#]);
    assert_eq!(records[1]["fields"], json!({"title": "t", "body": "b"}));
    assert_eq!(records[0]["metadata"]["source"], "bbc");
}

#[test]
fn argilla_v2_flat_rows_and_datasets_come_in_with_statuses() {
    let folder = folder();
    let files = [
        ("argilla/argilla_v2_flat.json", "flat.json"),
        ("argilla/argilla_v2_datasets.jsonl", "d.jsonl"),
        ("argilla/argilla_v2_settings.json", "settings.json"),
    ];
    if !lay(folder.path(), &files) {
        return;
    }
    for args in [&["flat.json"][..], &["d.jsonl", "--classes", "sentiment.suggestion=neg,"]] {
        let (header, records) = imported(folder.path(), args);
        assert_eq!(questions(&header), TOLD);
        assert_eq!((&header["min_submitted"], &header["questions"][2]["min"]), (&json!(2), &json!(0)));
        assert_eq!(counts(&records), "4 records, 4 submitted, 1 draft, 1 discarded, 3 suggestions, 2 vectors");
        let second = [
            format!(r#"{ANA} submitted {{"label":["health"]}}"#),
            format!(r#"{BOB} draft {{"label":["health"]}}"#),
            format!(r#"{EVE} discarded {{"label":["jobs"]}}"#),
        ];
        assert_eq!(answers(&records[1]), second);
        assert_eq!(records[0]["fields"], json!({"text": "Budget raises income tax.", "title": "Budget"}));
        let sentiment = json!({"question": "sentiment", "value": "neg", "scores": {"neg": 0.8}, "agent": "setfit-v1"});
        assert_eq!(records[0]["suggestions"][1], sentiment);
    }
    let (_, records) = imported(folder.path(), &["d.jsonl"]);
    assert_eq!(counts(&records), "4 records, 4 submitted, 1 draft, 1 discarded, 2 suggestions, 2 vectors");
    assert_eq!(
        records[2]["metadata"],
        json!({"argilla": {"sentiment.suggestion": 1}}),
        "1 is null here, not the second label"
    );
}

#[test]
fn argilla_v2_records_come_in_with_the_status_that_is_said() {
    let folder = folder();
    let files =
        [("argilla/argilla_v2_records.json", "records.json"), ("argilla/argilla_v2_settings.json", "settings.json")];
    if !lay(folder.path(), &files) {
        return;
    }
    let (header, records) = imported(folder.path(), &["records.json", "--status", "submitted"]);
    assert_eq!(questions(&header), TOLD);
    assert_eq!(counts(&records), "4 records, 6 submitted, 0 draft, 0 discarded, 3 suggestions, 2 vectors");
}

#[test]
fn label_studios_task_comes_in_with_all_its_results() {
    let folder = folder();
    if !lay(folder.path(), &[("labelstudio/labelstudio_example.json", "t.json")]) {
        return;
    }
    let (header, records) = imported(folder.path(), &["t.json"]);
    assert_eq!(
        questions(&header),
        [
            "label multi_label tax,jobs",
            "sentiment label neg",
            "quality rating",
            "comment text",
            "spans span ORG",
            "topic multi_label A,A > A1"
        ]
    );
    assert_eq!(counts(&records), "1 records, 2 submitted, 0 draft, 1 discarded, 1 suggestions, 0 vectors");
    let spans = r#"[{"start":0,"end":6,"label":"ORG"}]"#;
    assert_eq!(
        answers(&records[0]),
        [
            format!(
                r#"1 submitted {{"label":["tax","jobs"],"sentiment":"neg","quality":4,"comment":"ok","spans":{spans},"topic":["A","A > A1"]}}"#
            ),
            String::from("2 discarded {}"),
            String::from(r#"3 submitted {"label":[],"topic":[]}"#),
        ]
    );
    let first = &records[0]["responses"][0];
    assert_eq!((&first["seconds"], &first["at"]), (&json!(4.288), &json!("2024-04-01T10:00:05.000Z")));
    assert_eq!((&records[0]["id"], &records[0]["metadata"]["label_studio"]["id"]), (&json!("rec-1"), &json!(1)));
    assert_eq!(records[0]["suggestions"][0]["scores"], json!({"tax": 0.9}));
}

#[test]
fn label_studios_configuration_says_what_nobody_used() {
    let folder = folder();
    let files = [("labelstudio/labelstudio_example.json", "t.json"), ("labelstudio/labelstudio_config.xml", "ls.xml")];
    if !lay(folder.path(), &files) {
        return;
    }
    let (header, records) = imported(folder.path(), &["t.json", "ls.xml"]);
    assert_eq!(
        questions(&header),
        [
            "label multi_label tax,health,jobs",
            "sentiment label pos,neg",
            "quality rating",
            "comment text",
            "spans span PER,ORG",
            "topic multi_label A,A > A1"
        ]
    );
    assert_eq!(answers(&records[0])[2], r#"3 submitted {"label":[],"topic":[]}"#);
    // Its converter's JSON-MIN says the same of what was not cancelled.
    assert!(lay(folder.path(), &[("labelstudio/converter_out/JSON_MIN/result.json", "min.json")]));
    let before = done(folder.path(), &["export"]);
    let said = done(folder.path(), &["import", "min.json", "ls.xml", "--dataset", "t"]);
    assert!(said.contains("\n0 responses (2 were there already)\n"), "{said}");
    assert_eq!(done(folder.path(), &["export"]), before);
}

#[test]
fn doccano_and_prodigy_files_come_in() {
    let folder = folder();
    let files = [("doccano/doccano_example.jsonl", "ana.jsonl"), ("prodigy/prodigy_choice_example.jsonl", "p.jsonl")];
    if !lay(folder.path(), &files) {
        return;
    }
    let (header, records) = imported(folder.path(), &["ana.jsonl"]);
    assert_eq!(questions(&header), ["label multi_label jobs,tax"]);
    assert_eq!(counts(&records), "2 records, 1 submitted, 0 draft, 0 discarded, 0 suggestions, 0 vectors");
    assert_eq!(records[0]["notes"], json!([{"user": "ana", "note": "not sure about jobs"}]));
    let (header, records) = imported(folder.path(), &["p.jsonl"]);
    assert_eq!(questions(&header), ["label multi_label tax,health,jobs"]);
    assert_eq!(counts(&records), "3 records, 2 submitted, 0 draft, 1 discarded, 0 suggestions, 0 vectors");
    assert_eq!(answers(&records[0]), [r#"budget-alice submitted {"label":["tax","jobs"]}"#]);
    assert_eq!(answers(&records[1]), [r#"budget-alice submitted {"label":[]}"#]);
    assert_eq!(answers(&records[2]), ["budget-bob discarded {}"]);
    assert_eq!(records[0]["metadata"]["source"], "bbc");
}

#[test]
fn prodigys_file_goes_out_as_it_came_in() {
    let folder = folder();
    let at = folder.path();
    if !lay(at, &[("prodigy/prodigy_choice_example.jsonl", "p.jsonl")]) {
        return;
    }
    done(at, &["import", "p.jsonl", "--dataset", "d"]);
    done(at, &["export", "d", "--format", "prodigy", "--out", "again.jsonl"]);
    done(at, &["--db", "again.db", "import", "again.jsonl", "--dataset", "d"]);
    let native = |db: &str| done(at, &["--db", db, "export", "d", "--format", "native"]);
    assert_eq!(native("again.db"), native("labelry.db"));
    let hashes = |name: &str| {
        let text = std::fs::read_to_string(at.join(name)).unwrap();
        let of = |line: &str| -> Value {
            let line: Value = serde_json::from_str(line).unwrap();
            json!([line["_input_hash"], line["_annotator_id"], line["accept"]])
        };
        let mut all: Vec<String> = text.lines().map(|line| of(line).to_string()).collect();
        all.sort();
        all
    };
    assert_eq!(hashes("again.jsonl"), hashes("p.jsonl"));
}
