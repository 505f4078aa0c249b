//! Exports by the real binary: what each format holds, training files, pseudonyms, queues, what is refused.

use std::path::Path;

use serde_json::Value;

use crate::cases::{done, folder, labelry, refused, write};

/// A dataset with every kind of question and every status.
const NEWS: &str = include_str!("../data/every_kind.jsonl");

/// A dataset with every kind of question, every status, and all that hangs on a record.
fn news(at: &Path) {
    std::fs::write(at.join("d.jsonl"), NEWS).unwrap();
    done(at, &["import", "d.jsonl"]);
}

/// All files of a folder, by name, with ids of people as `<name>`, and what was said.
fn files(at: &Path, format: &str) -> String {
    let output = labelry(at, &["export", "--format", format, "--out", "out"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    let mut names: Vec<_> = std::fs::read_dir(at.join("out")).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    let mut all = String::new();
    for name in &names {
        let text = std::fs::read_to_string(name).unwrap();
        all.push_str(&format!("== {}\n{text}", name.file_name().unwrap().to_string_lossy()));
    }
    all.push_str(&format!("== said\n{said}"));
    if let Ok(users) = std::fs::read_to_string(at.join("out/users.csv")) {
        for line in users.lines().skip(1) {
            let (id, name) = line.split_once(',').unwrap();
            all = all.replace(id, &format!("<{name}>"));
        }
    }
    all
}

/// What is written to standard output, and said.
fn written(at: &Path, args: &[&str]) -> String {
    let output = labelry(at, &[&["export"], args].concat());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    format!("{}== said\n{said}", String::from_utf8(output.stdout).unwrap())
}

#[test]
fn a_table_has_a_row_a_record_and_columns_for_each_person() {
    let folder = folder();
    news(folder.path());
    insta::assert_snapshot!(written(folder.path(), &["--format", "csv"]));
}

#[test]
fn the_long_form_has_a_row_for_each_answer() {
    let folder = folder();
    news(folder.path());
    insta::assert_snapshot!(written(folder.path(), &["--format", "long"]));
    done(folder.path(), &["export", "--format", "long", "--out", "l.jsonl"]);
    let lines = std::fs::read_to_string(folder.path().join("l.jsonl")).unwrap();
    assert!(
        lines.contains(
            "{\"item\":\"r2\",\"rater\":\"ana\",\"question\":\"topic\",\"value\":[],\"status\":\"submitted\"}\n"
        ),
        "{lines}"
    );
    assert!(
        lines.contains("{\"item\":\"r2\",\"rater\":\"bob\",\"status\":\"discarded\",\"reason\":\"spam\"}\n"),
        "{lines}"
    );
}

#[test]
fn argilla_1_has_a_column_for_each_question_and_a_config_beside() {
    let folder = folder();
    news(folder.path());
    insta::assert_snapshot!(files(folder.path(), "argilla-v1"));
}

#[test]
fn argilla_2_has_a_flat_list_with_statuses_and_records_without() {
    let folder = folder();
    news(folder.path());
    insta::assert_snapshot!(files(folder.path(), "argilla-v2"));
}

#[test]
fn label_studio_has_tasks_and_a_labelling_config() {
    let folder = folder();
    news(folder.path());
    insta::assert_snapshot!(files(folder.path(), "label-studio"));
}

#[test]
fn doccano_has_a_file_for_each_member() {
    let folder = folder();
    news(folder.path());
    insta::assert_snapshot!(files(folder.path(), "doccano"));
}

#[test]
fn prodigy_has_a_line_for_each_item_and_annotator() {
    let folder = folder();
    news(folder.path());
    insta::assert_snapshot!(written(folder.path(), &["--format", "prodigy"]));
}

/// Who answered what in each record, as a native file says it; without the answers to `but`.
fn answers(native: &str, but: &str) -> String {
    let mut all = Vec::new();
    for line in native.lines().skip(1) {
        let record: Value = serde_json::from_str(line).unwrap();
        for response in record["responses"].as_array().into_iter().flatten() {
            let mut given = response["answers"].as_object().unwrap().clone();
            given.shift_remove(but);
            let id = record["id"].as_str().unwrap_or("#4");
            all.push(format!("{id} {} {} {}", response["user"], response["status"], Value::from(given)));
        }
    }
    all.join("\n")
}

#[test]
fn what_other_tools_get_comes_back_with_the_same_answers_and_statuses() {
    let folder = folder();
    let at = folder.path();
    news(at);
    let ours = done(at, &["export"]);
    let back = |format: &str, args: &[&str]| {
        done(at, &["export", "--format", format, "--out", format]);
        let db = format!("{format}.db");
        done(at, &[&["--db", &db, "import", "--dataset", "news"], args].concat());
        done(at, &["--db", &db, "export"])
    };
    let v1 = back("argilla-v1", &["argilla-v1/records.jsonl", "--map-users", "argilla-v1/users.csv"]);
    assert_eq!(answers(&v1, ""), answers(&ours, ""));
    let v2 = back("argilla-v2", &["argilla-v2/flat.json", "--map-users", "argilla-v2/users.csv"]);
    assert_eq!(answers(&v2, ""), answers(&ours, ""));
    let studio = back("label-studio", &["label-studio/tasks.json"]);
    assert_eq!(answers(&studio, ""), answers(&ours, "rank"));
}

/// The rows of a training file as `id=cells`, blank as `-`.
fn rows(at: &Path, args: &[&str]) -> String {
    let first = ["export", "--format", "training", "--force", "--out", "train.jsonl"];
    done(at, &[&first, args].concat());
    cells(at, "train.jsonl")
}

fn cells(at: &Path, name: &str) -> String {
    let text = std::fs::read_to_string(at.join(name)).unwrap();
    let row = |line: &str| {
        let row: Value = serde_json::from_str(line).unwrap();
        let cells =
            row.as_object().unwrap().iter().filter(|(name, _)| !["id", "text", "title"].contains(&name.as_str()));
        let cells = cells.map(|(_, cell)| match cell {
            Value::Null => String::from("-"),
            other => other.to_string(),
        });
        format!("{}={}", row["id"].as_str().unwrap(), cells.collect::<Vec<_>>().join(","))
    };
    text.lines().map(row).collect::<Vec<_>>().join(" ")
}

#[test]
fn training_rows_follow_the_rule() {
    let folder = folder();
    let at = folder.path();
    news(at);
    let check = |args: &[&str], expected: &str| assert_eq!(rows(at, args), expected, "{args:?}");
    check(&["--aggregate", "any"], "r1=1,1,0,- r2=0,0,0,-");
    check(&["--aggregate", "all"], "r1=1,0,0,- r2=0,0,0,-");
    check(&["--aggregate", "majority"], "r2=0,0,0,-");
    check(&["--aggregate", "majority", "--ties", "no"], "r1=1,0,0,- r2=0,0,0,-");
    check(&["--aggregate", "soft"], "r1=1,0.5,0,- r2=0,0,0,-");
    check(&["--aggregate", "adjudicated"], "r1=1,0,0,- r2=0,0,0,-");
    check(&["--aggregate", "user:bob"], "r1=1,0,0,-");
    check(&["--aggregate", "any", "--drop-none"], "r1=1,1,0,-");
    check(&["--aggregate", "any", "--none-label", "NotRelevant"], "r1=1,1,0,-,0 r2=0,0,0,-,1");
    check(&["--aggregate", "any", "--drop-retired"], "r1=1,1,0 r2=0,0,0");
    check(&["--question", "mood"], "r1=0,1");
    assert!(refused(at, &["export", "--format", "training", "--out", "t.jsonl"]).starts_with(
        "labelry: record 'r1' has 2 submitted answers\nhint: say how answers become one: --aggregate any, majority"
    ));
    assert!(!at.join("t.jsonl").exists());
    let names = std::fs::read_dir(at).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(names.into_iter().all(|name| !name.to_string_lossy().ends_with(".partial")), "nothing is left behind");
}

#[test]
fn labels_json_says_how_the_rows_came_about() {
    let folder = folder();
    news(folder.path());
    let args = ["export", "--format", "training", "--out", "t.csv", "--aggregate", "majority", "--none-label", "none"];
    done(folder.path(), &args);
    assert_eq!(
        std::fs::read_to_string(folder.path().join("t.csv")).unwrap(),
        "id,text,title,tax,jobs,never used,old,none\nr2,Nothing here.,,0,0,0,,1\n"
    );
    let about = std::fs::read_to_string(folder.path().join("labels.json")).unwrap();
    insta::assert_snapshot!(about.replace(env!("CARGO_PKG_VERSION"), "VERSION"));
}

/// Records of 6 authors with 3 labels; of the third there are few.
fn many(at: &Path) {
    let header = r#"{"labelry":1,"dataset":{"name":"m","questions":[{"name":"topic","type":"multi_label","labels":["a","b","rare","text"]}]}}"#;
    let record = |n: usize| {
        let labels: Vec<&str> =
            [("a", n.is_multiple_of(2)), ("b", n.is_multiple_of(3)), ("rare", n.is_multiple_of(20))]
                .iter()
                .filter(|(_, yes)| *yes)
                .map(|(label, _)| *label)
                .collect();
        serde_json::json!({
            "id": format!("r{n}"), "fields": {"text": format!("text {n}")}, "metadata": {"author": n % 6 % 5},
            "responses": [{"user": "ana", "status": "submitted", "answers": {"topic": labels}}],
        })
        .to_string()
    };
    let lines: Vec<String> = std::iter::once(header.to_owned()).chain((1..=200).map(record)).collect();
    write(at, "m.jsonl", &lines.iter().map(String::as_str).collect::<Vec<_>>());
    done(at, &["import", "m.jsonl"]);
}

#[test]
fn a_split_is_stratified_seeded_and_tears_no_group() {
    let folder = folder();
    let at = folder.path();
    many(at);
    let split = |args: &[&str]| {
        let train = rows(at, &[&["--split", "0.8"], args].concat());
        (train, cells(at, "test.jsonl"))
    };
    let (train, test) = split(&[]);
    let count = |rows: &str, label: usize| {
        rows.split(' ').filter(|row| row.split(['=', ',']).nth(label + 1) == Some("1")).count()
    };
    assert_eq!((train.split(' ').count(), test.split(' ').count()), (160, 40));
    assert_eq!(
        [0, 1, 2, 3].map(|label| (count(&train, label), count(&test, label))),
        [(80, 20), (53, 13), (8, 2), (0, 0)]
    );
    assert_eq!(split(&["--seed", "42"]), (train.clone(), test));
    assert_ne!(split(&["--seed", "7"]).0, train);
    let (train, test) = split(&["--group-by", "metadata.author"]);
    let author = |row: &str| row[1..].split('=').next().unwrap().parse::<usize>().unwrap() % 6 % 5;
    let authors = |rows: &str| rows.split(' ').map(author).collect::<std::collections::BTreeSet<_>>();
    assert!(authors(&train).is_disjoint(&authors(&test)));
    assert!(
        refused(
            at,
            &["export", "--format", "training", "--out", "t.jsonl", "--split", "0.5", "--group-by", "metadata.x"]
        )
        .starts_with("labelry: no record has the metadata 'x'\n")
    );
    // A label that is called like a text: every label is named with its question.
    let text = std::fs::read_to_string(at.join("train.jsonl")).unwrap();
    assert!(text.starts_with("{\"id\":\"r"), "{text}");
    assert!(text.contains("\"topic.a\":") && text.contains("\"topic.text\":"), "{text}");
}

#[test]
fn shots_are_sampled_for_each_label_and_leave_what_is_held_back_alone() {
    let folder = folder();
    let at = folder.path();
    many(at);
    let train = rows(at, &["--split", "0.5", "--shots", "4"]);
    let count = |label: usize| train.split(' ').filter(|row| row.split(['=', ',']).nth(label + 1) == Some("1")).count();
    assert!(train.split(' ').count() <= 16 && (0..3).all(|label| count(label) >= 4), "{train}");
    assert_eq!(cells(at, "test.jsonl").split(' ').count(), 100);
    assert_eq!(rows(at, &["--split", "0.5", "--shots", "4"]), train);
}

#[test]
fn columns_are_called_in_labels_json_as_in_the_file() {
    let folder = folder();
    let at = folder.path();
    let header =
        r#"{"labelry":1,"dataset":{"name":"m","questions":[{"name":"q","type":"label","labels":["+1","-1","0"]}]}}"#;
    let record =
        r#"{"id":"a","fields":{"text":"=x"},"responses":[{"user":"ana","status":"submitted","answers":{"q":"-1"}}]}"#;
    write(at, "m.jsonl", &[header, record]);
    done(at, &["import", "m.jsonl"]);
    let columns = |out: &str| {
        done(at, &["export", "--format", "training", "--out", out]);
        let about: Value = serde_json::from_str(&std::fs::read_to_string(at.join("labels.json")).unwrap()).unwrap();
        std::fs::remove_file(at.join("labels.json")).unwrap();
        let labels = about["labels"].as_array().unwrap();
        labels.iter().map(|label| label["column"].as_str().unwrap()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(columns("t.csv"), "+1 -1 0");
    assert_eq!(std::fs::read_to_string(at.join("t.csv")).unwrap(), "id,text,+1,-1,0\na,'=x,0,1,0\n");
    assert_eq!(columns("t.jsonl"), "+1 -1 0");
}

#[test]
fn exported_ratings_give_the_same_figures() {
    let folder = folder();
    let at = folder.path();
    done(at, &["--db", "demo.db", "demo", "--no-open"]);
    done(at, &["--db", "demo.db", "export", "--format", "long", "--out", "l.csv"]);
    let json = |args: &[&str]| -> Value { serde_json::from_str(&done(at, args)).unwrap() };
    let ours = json(&["--db", "demo.db", "agreement", "--question", "topic", "--json"]);
    let theirs = json(&["agreement", "l.csv", "--question", "topic", "--json"]);
    // Intervals are drawn along the order of the records, which is another there.
    let near = |a: &Value, b: &Value, what: &str| match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => assert!((a - b).abs() < 1e-9, "{what}: {a} {b}"),
        _ => panic!("{what}: {a} {b}"),
    };
    for (name, figure) in ours["overall"].as_object().unwrap() {
        near(&figure["value"], &theirs["overall"][name]["value"], name);
    }
    let theirs = theirs["labels"].as_array().unwrap();
    for label in ours["labels"].as_array().unwrap() {
        let name = label["label"].as_str().unwrap();
        match theirs.iter().find(|other| other["label"] == name) {
            Some(other) => near(&label["alpha"], &other["alpha"], name),
            None => assert_eq!(label["undefined"], "nobody has ticked it", "{name}"),
        }
    }
}

#[test]
fn pseudonyms_hide_names_in_every_format() {
    let folder = folder();
    let at = folder.path();
    let news = NEWS.replace("\"ana\"", "\"Adaxyz\"").replace("\"bob\"", "\"Bobxyz\"");
    std::fs::write(at.join("d.jsonl"), news).unwrap();
    done(at, &["import", "d.jsonl"]);
    for format in ["native", "csv", "long", "argilla-v1", "argilla-v2", "label-studio", "doccano", "prodigy"] {
        let out = if ["argilla-v1", "argilla-v2", "label-studio", "doccano"].contains(&format) {
            format.to_owned()
        } else {
            format!("{format}.{}", if ["csv", "long"].contains(&format) { "csv" } else { "jsonl" })
        };
        done(at, &["export", "--format", format, "--out", &out, "--pseudonymise"]);
        let path = at.join(&out);
        let files = if path.is_dir() {
            std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()).collect()
        } else {
            vec![path]
        };
        let mut all = String::new();
        for file in files {
            all.push_str(&file.file_name().unwrap().to_string_lossy());
            all.push_str(&std::fs::read_to_string(&file).unwrap());
        }
        assert!(!all.contains("xyz"), "{format}: {all}");
        assert!(all.contains("annotator-2") && all.contains("annotator-3"), "{format}: {all}");
    }
}

#[test]
fn a_queue_or_a_search_is_exported_as_it_is() {
    let folder = folder();
    let at = folder.path();
    news(at);
    let ids = |args: &[&str]| {
        let out = done(at, &[&["export"], args].concat());
        let id = |line: &str| serde_json::from_str::<Value>(line).unwrap()["id"].as_str().unwrap_or("-").to_owned();
        out.lines().skip(1).map(id).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(ids(&["--query", "budget"]), "r1");
    assert_eq!(ids(&["--query", "submitted", "--user", "ana"]), "r1 r2");
    assert_eq!(ids(&["--query", "drafts", "--user", "bob"]), "r3");
    assert_eq!(ids(&["--query", "all"]), "r1 r2 r3 -");
    assert_eq!(ids(&["--query", "nowhere"]), "");
    assert!(done(at, &["export", "--format", "csv", "--query", "discarded", "--user", "bob"]).contains("\nr2,Nothing"));
}

#[test]
fn what_cannot_be_written_is_said_before_anything_is() {
    let folder = folder();
    let at = folder.path();
    news(at);
    let check = |args: &[&str], code: i32, said: &str| {
        let output = labelry(at, &[&["export"], args].concat());
        assert_eq!(output.status.code(), Some(code), "{args:?}");
        let found = String::from_utf8(output.stderr).unwrap();
        assert!(found.contains(said), "{args:?}: {found}");
    };
    check(&["--format", "argila-v1"], 2, "did you mean argilla-v1 or argilla-v2?");
    check(
        &["--format", "argilla-v1"],
        2,
        "argilla-v1 is several files\nhint: name a folder, or the main file, with --out\n",
    );
    check(&["--format", "training"], 2, "training is several files");
    check(&["--out", "x.json"], 2, "say --format label-studio or argilla-v2");
    if !cfg!(feature = "parquet") {
        check(&["--out", "x.parquet"], 2, "this build writes no Parquet");
        check(&["--format", "parquet"], 2, "this build writes no Parquet");
    }
    check(&["--out", "x.jsonl.gz"], 2, "pipe standard output into gzip");
    check(&["--format", "csv", "--out", "x.jsonl"], 2, "csv is not written as .jsonl");
    check(&["--format", "doccano", "--out", "x.jsonl"], 2, "name a folder");
    check(&["--format", "csv", "--split", "0.5"], 2, "--split is for training files");
    check(&["--format", "training", "--split", "1.5", "--out", "t.csv"], 2, "a share between 0 and 1");
    check(&["--format", "training", "--seed", "1", "--out", "t.csv"], 2, "--seed is for --split and --shots");
    check(&["--format", "training", "--ties", "no", "--out", "t.csv"], 2, "--ties is for --aggregate majority");
    check(&["--format", "training", "--aggregate", "most", "--out", "t.csv"], 2, "there is no rule 'most'");
    check(&["--format", "training", "--aggregate", "user:eve", "--out", "t.csv"], 1, "there is: ana, bob");
    check(&["--format", "training", "--question", "quality", "--out", "t.csv"], 1, "has no labels to train on");
    check(&["--format", "training", "--question", "x", "--out", "t.csv"], 1, "there is: topic, mood, quality");
    check(
        &["--format", "training", "--aggregate", "any", "--none-label", "tax", "--out", "t.csv"],
        1,
        "has a label 'tax' already",
    );
    check(&["--format", "csv", "--out", "nowhere/x.csv"], 1, "cannot write 'nowhere/x.csv'");
    let mut names: Vec<_> = std::fs::read_dir(at).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["d.jsonl", "labelry.db"]);
}

#[test]
fn the_long_form_of_a_dataset_gives_its_figures_and_its_skips_are_no_question_of_their_own() {
    let folder = folder();
    let at = folder.path();
    done(at, &["--db", "d.db", "demo", "--no-open"]);
    done(at, &["--db", "d.db", "export", "--format", "long", "--out", "l.csv"]);
    let figures = |args: &[&str]| -> serde_json::Value {
        let said = done(at, &[args, &["--json", "--resamples", "0"]].concat());
        serde_json::from_str(&said).unwrap()
    };
    let (stored, read) = (figures(&["--db", "d.db", "agreement"]), figures(&["agreement", "l.csv"]));
    let alphas = |found: &serde_json::Value| -> std::collections::BTreeMap<String, String> {
        let labels = found["labels"].as_array().unwrap().iter();
        labels.map(|label| (label["label"].to_string(), label["alpha"].to_string())).collect()
    };
    // A file does not know of labels that nobody has ticked.
    let mut expected = alphas(&stored);
    expected.retain(|_, alpha| alpha != "null");
    assert_eq!(alphas(&read), expected);
    assert_eq!(read["units"], stored["units"]);
    for (name, measure) in stored["overall"].as_object().unwrap() {
        // Distances are summed in another order.
        let [stored, read] = [measure, &read["overall"][name]].map(|measure| measure["value"].as_f64().unwrap());
        assert!((stored - read).abs() < 1e-12, "{name}: {stored} {read}");
    }
}

#[test]
#[cfg(feature = "parquet")]
fn parquet_holds_what_csv_holds_and_is_read_again() {
    use crate::cases::{done, folder, write};
    let folder = folder();
    let path = folder.path();
    let header = r#"{"labelry":1,"dataset":{"name":"d","fields":[{"name":"text"}],"questions":[{"name":"topic","type":"multi_label","labels":["tax","jobs"]}]}}"#;
    let rows = [
        header,
        r#"{"id": "a", "fields": {"text": "one"}, "metadata": {"n": 1}, "responses": [{"user": "bob", "status": "submitted", "answers": {"topic": ["tax"]}}]}"#,
        r#"{"id": "b", "fields": {"text": "two"}, "metadata": {"n": 2}, "responses": [{"user": "bob", "status": "submitted", "answers": {"topic": []}}]}"#,
        r#"{"id": "c", "fields": {"text": "three"}, "metadata": {"n": 3}}"#,
    ];
    write(path, "d.jsonl", &rows);
    done(path, &["import", "d.jsonl"]);
    for (name, format) in [("d.parquet", "parquet"), ("long.parquet", "long")] {
        done(path, &["export", "d", "--format", format, "--out", name]);
    }
    done(
        path,
        &[
            "--db",
            "table.db",
            "import",
            "d.parquet",
            "--text",
            "text",
            "--id",
            "id",
            "--answers",
            "bob.topic",
            "--labels",
            "tax,jobs",
        ],
    );
    let back = done(path, &["--db", "table.db", "export", "--format", "long"]);
    let answers: Vec<&str> = back.lines().skip(1).map(|line| line.split(",submitted").next().unwrap()).collect();
    assert_eq!(answers.len(), 2, "{back}");
    assert!(answers[0].starts_with("a,") && answers[0].contains("tax"), "{back}");
    assert!(answers[1].starts_with("b,") && answers[1].ends_with("[]"), "none of these is an answer: {back}");
    done(path, &["export", "d", "--format", "training", "--out", "train.parquet"]);
    let bytes = std::fs::read(path.join("train.parquet")).unwrap();
    assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
}
