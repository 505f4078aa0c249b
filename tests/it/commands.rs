//! The real binary: import, agreement, export, errors.

use std::path::PathBuf;

use serde_json::Value;

use crate::cases::{HEADER, command, done, folder, ground, labelry, refused, write};

fn real_data() -> Option<PathBuf> {
    let shared = std::env::var_os("LABELRY_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let data = std::path::absolute(shared.join("data/redv2")).unwrap();
    if !data.exists() {
        eprintln!("skipped: there is no {}", data.display());
    }
    data.exists().then_some(data)
}

/// Percentile intervals of 1,000 resamples drawn record by record in Python (`random.choices`, seed 5).
const INTERVALS: [(&str, f64, f64); 7] = [
    ("Sadness", 0.4960, 0.5395),
    ("Surprise", 0.2950, 0.3457),
    ("Fear", 0.4573, 0.5062),
    ("Anger", 0.5546, 0.5962),
    ("Neutral", 0.2872, 0.3250),
    ("Trust", 0.3398, 0.3889),
    ("Joy", 0.5682, 0.6112),
];

#[test]
fn the_alphas_of_real_data_are_the_reference_ones_and_export_round_trips() {
    let Some(data) = real_data() else { return };
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| data.join(name).display().to_string();
    let vectors = format!("minilm={}", at("embeddings.npy"));
    let labels = "Sadness,Surprise,Fear,Anger,Neutral,Trust,Joy";
    let records = at("records.jsonl");
    let first =
        ["import", &records, "--dataset", "redv2", "--question", "emotions", "--labels", labels, "--vectors", &vectors];
    done(folder.path(), &first);
    let responses = at("responses.jsonl");
    let second = [
        "import",
        &responses,
        "--dataset",
        "redv2",
        "--item",
        "record_id",
        "--rater",
        "annotator",
        "--value",
        "labels",
    ];
    done(folder.path(), &second);
    let before = done(folder.path(), &["export", "redv2"]);
    assert!(done(folder.path(), &second).contains("0 responses (16347 were there already)"));
    assert!(done(folder.path(), &first).contains("0 records (5449 were there already)"));
    assert!(done(folder.path(), &["export", "redv2"]) == before, "importing twice changes nothing");

    let found: Value =
        serde_json::from_str(&done(folder.path(), &["agreement", "redv2", "--by-label", "--json"])).unwrap();
    let reference = std::fs::read_to_string(data.join("reference_alpha.csv")).unwrap();
    for label in found["labels"].as_array().unwrap() {
        let name = label["label"].as_str().unwrap();
        let row = reference.lines().find(|row| row.split(',').nth(1) == Some(name)).unwrap();
        let cells: Vec<&str> = row.split(',').collect();
        let alpha: f64 = cells[3].parse().unwrap();
        assert!((label["alpha"].as_f64().unwrap() - alpha).abs() < 1e-9, "{name}");
        assert_eq!(label["positives"].to_string(), cells[6], "{name}");
        let (_, low, high) = INTERVALS.iter().find(|(label, ..)| *label == name).unwrap();
        assert!((label["low"].as_f64().unwrap() - low).abs() < 0.005, "{label}");
        assert!((label["high"].as_f64().unwrap() - high).abs() < 0.005, "{label}");
    }
    assert_eq!(found["policy"].to_string(), r#"{"count":["submitted"],"missing":null,"resamples":1000,"seed":42}"#);

    std::fs::write(folder.path().join("a.jsonl"), &before).unwrap();
    done(folder.path(), &["--db", "second.db", "import", "a.jsonl"]);
    assert!(done(folder.path(), &["--db", "second.db", "export"]) == before, "the same bytes after a round trip");
}

#[test]
fn the_demo_has_what_its_tour_says() {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), &["--db", "demo.db", "demo", "--no-open"]);
    let found: Value = serde_json::from_str(&done(folder.path(), &["--db", "demo.db", "agreement", "--json"])).unwrap();
    let alpha = |name: &str| {
        let labels = found["labels"].as_array().unwrap();
        labels.iter().find(|label| label["label"] == name).unwrap().clone()
    };
    assert!(alpha("spam")["alpha"].as_f64().unwrap() > 0.8);
    assert!(alpha("bug")["alpha"].as_f64().unwrap() < 0.4);
    assert_eq!(alpha("legal threat")["alpha"], Value::Null);
    assert_eq!(alpha("legal threat")["undefined"], "nobody has ticked it");
}

#[test]
fn intervals_depend_on_seed_and_resamples_alone_and_may_be_left_out() {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), &["--db", "demo.db", "demo", "--no-open"]);
    let told = |more: &[&str]| done(folder.path(), &[&["--db", "demo.db", "agreement"], more].concat());
    let table = told(&[]);
    assert!(table.contains("submitted only; skips excluded"), "{table}");
    assert!(table.contains("95 % bootstrap interval over records: 1000 resamples, seed 42"), "{table}");
    let bug = table.lines().find(|line| line.starts_with("bug ")).unwrap();
    assert!(bug.split_whitespace().nth(2).unwrap().contains('–'), "{bug}");
    assert_eq!(told(&["--json"]), told(&["--json", "--resamples", "1000", "--seed", "42"]));
    assert_ne!(told(&["--json"]), told(&["--json", "--seed", "43"]));
    assert!(!told(&["--resamples", "0"]).contains('–'));
    let found: Value = serde_json::from_str(&told(&["--json", "--resamples", "0"])).unwrap();
    let label = &found["labels"][0];
    assert!(label["alpha"].is_number() && label["low"].is_null() && label["high"].is_null(), "{label}");
    assert_eq!(found["policy"].to_string(), r#"{"count":["submitted"],"missing":null,"resamples":0,"seed":null}"#);
}

#[test]
fn a_bad_line_is_named_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("r.jsonl");
    std::fs::write(&file, "{\"id\":\"a\",\"text\":\"one\"}\n[1]\n").unwrap();
    let said = refused(folder.path(), &["import", "r.jsonl"]);
    assert!(said.starts_with("labelry: r.jsonl:2: found a list where a JSON object was expected\n"), "{said}");
    assert!(!folder.path().join("labelry.db").exists(), "no file is left behind");
}

#[test]
fn unknown_labels_items_and_users_are_refused_with_a_way_out() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("r.jsonl"), "{\"id\":\"a\",\"text\":\"one\"}\n").unwrap();
    done(folder.path(), &["import", "r.jsonl", "--labels", "tax,jobs", "--question", "topic"]);
    let check = |line: &str, words: &str| {
        std::fs::write(folder.path().join("l.jsonl"), format!("{line}\n")).unwrap();
        assert_eq!(refused(folder.path(), &["import", "l.jsonl"]), words);
    };
    check(
        r#"{"item":"a","rater":"bob","value":"taxes"}"#,
        "labelry: l.jsonl:1: found label \"taxes\", which 'topic' does not have\nhint: it has: tax, jobs; add it first: labelry labels add --dataset r taxes\n",
    );
    check(
        r#"{"item":"b","rater":"bob","value":"tax"}"#,
        "labelry: l.jsonl:1: found item 'b', but 'r' has no such record\nhint: import its records first, or name the right dataset with --dataset\n",
    );
    assert!(!done(folder.path(), &["users", "list"]).contains("bob"), "a refused import makes nobody");
    let said = refused(folder.path(), &["--user", "anna", "labels", "add", "new"]);
    assert_eq!(
        said,
        "labelry: there is no user 'anna' in this file\nhint: did you mean ana? add one with 'labelry users create'\n"
    );
}

#[test]
fn an_existing_record_that_differs_stops_the_import() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("r.jsonl"), "{\"id\":\"a\",\"text\":\"one\"}\n").unwrap();
    done(folder.path(), &["import", "r.jsonl"]);
    std::fs::write(folder.path().join("r.jsonl"), "{\"id\":\"b\",\"text\":\"new\"}\n{\"id\":\"a\",\"text\":\"two\"}\n")
        .unwrap();
    let said = refused(folder.path(), &["import", "r.jsonl"]);
    assert!(
        said.contains("1 differ from what the file has already: r.jsonl:2 record a differs in its fields\n"),
        "{said}"
    );
    assert!(!done(folder.path(), &["export"]).contains("new"), "nothing was written");
}

#[test]
fn without_a_terminal_or_a_file_the_interface_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let said = refused(folder.path(), &[]);
    assert_eq!(
        said,
        "labelry: there is no labelry file 'labelry.db'\nhint: try it with 'labelry demo', or make one with 'labelry import records.jsonl'\n"
    );
    let said = refused(folder.path(), &["--db", "demo.db", "demo"]);
    assert_eq!(said, "labelry: the interface needs a terminal on standard input and output\n");
}

#[test]
fn options_of_a_search_are_no_words_and_no_hits_are_said() {
    let folder = folder();
    let at = folder.path();
    write(at, "r.csv", &["id,text", "a,refund please", "b,refund by voucher", "c,another refund"]);
    done(at, &["--db", "x.db", "import", "r.csv"]);
    let found = done(at, &["search", "refund", "--limit", "1", "--json", "--db", "x.db"]);
    assert_eq!(found.lines().count(), 1, "{found}");
    assert!(found.starts_with('{'), "{found}");
    let found = done(at, &["--db", "x.db", "search", "refund -voucher"]);
    assert!(found.lines().count() == 2 && !found.contains("voucher"), "{found}");
    let none = labelry(at, &["--db", "x.db", "search", "tax"]);
    assert!(none.status.success() && none.stdout.is_empty());
    assert_eq!(String::from_utf8(none.stderr).unwrap(), "nothing found\n");
    let said = String::from_utf8(labelry(at, &["search", "refund", "-voucher"]).stderr).unwrap();
    assert!(said.ends_with("stands inside quotes: labelry search 'refund -voucher'\n"), "{said}");
}

#[test]
fn a_record_that_is_not_there_is_said_before_the_interface_opens() {
    let folder = folder();
    ground(folder.path());
    assert_eq!(
        refused(folder.path(), &["--record", "r99"]),
        "labelry: 'd' has no record 'r99'\nhint: name it by its id, or by its number in the dataset's order\n"
    );
    assert!(refused(folder.path(), &["--record", "#1"]).contains("the interface needs a terminal"));
}

#[test]
fn an_export_names_the_file_it_cannot_write_and_touches_no_other() {
    let folder = folder();
    let at = folder.path();
    ground(at);
    let said = refused(at, &["export", "--out", "nodir/x.jsonl"]);
    assert!(said.starts_with("labelry: cannot write 'nodir/x.jsonl': "), "{said}");
    write(at, "x.partial", &["mine"]);
    done(at, &["export", "--out", "x.jsonl"]);
    assert_eq!(std::fs::read_to_string(at.join("x.partial")).unwrap(), "mine\n");
    std::fs::create_dir(at.join("y")).unwrap();
    refused(at, &["export", "--out", "y"]);
    let names = std::fs::read_dir(at).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    assert_eq!(names.filter(|name| name.ends_with("partial")).collect::<Vec<_>>(), ["x.partial"]);
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_written_can_be_read_and_says_why_it_takes_nothing() {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;

    let folder = folder();
    let at = folder.path();
    ground(at);
    let mode = |path: &std::path::Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let run = |args: &[&str], nobody: bool| {
        let mut command = command(at, args);
        if nobody {
            command.uid(65_534);
        }
        command.output().unwrap()
    };
    mode(&at.join("labelry.db"), 0o444);
    mode(at, 0o777);
    // Root may write everywhere, so there a user who may not stands in.
    let nobody = std::fs::write(at.join("probe"), "").is_ok();
    let said = run(&["users", "list"], nobody);
    assert!(said.status.success() && !at.join("labelry.db-wal").exists(), "nothing that keeps its owner out");
    let said = String::from_utf8(run(&[], nobody).stderr).unwrap();
    assert!(said.starts_with(READ_ONLY), "{said}");
    mode(at, 0o555);
    for args in [
        vec!["agreement"],
        vec!["datasets", "list"],
        vec!["datasets", "show"],
        vec!["labels", "list"],
        vec!["users", "list"],
        vec!["export"],
        vec!["search", "one"],
    ] {
        let output = run(&args, nobody);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && !output.stdout.is_empty(), "{args:?}: {said}");
    }
    for args in [vec!["labels", "add", "bug"], vec!["users", "create", "zoe"], vec!["import", "d.jsonl"]] {
        let said = String::from_utf8(run(&args, nobody).stderr).unwrap();
        assert_eq!(said.lines().next().unwrap(), READ_ONLY, "{args:?}");
        assert!(!said.contains("hint: make one"), "{said}");
    }
    mode(at, 0o755);
}

#[test]
fn labels_are_listed_with_all_that_is_told_of_them_under_either_way_to_name_a_dataset() {
    let folder = folder();
    let at = folder.path();
    let labels = r#"{"value":"tax","title":"Taxes","group":"money","description":"what the state takes"},"jobs""#;
    write(at, "d.jsonl", &[&HEADER.replace(r#""tax","jobs""#, labels), r#"{"id":"a","fields":{"text":"one"}}"#]);
    done(at, &["import", "d.jsonl"]);
    let said = done(at, &["labels", "list", "d"]);
    assert_eq!(said, "1 tax                     “Taxes” · group: money · what the state takes\n2 jobs\n");
    let found = done(at, &["labels", "list", "--json", "--dataset", "d"]);
    assert!(found.contains(r#""title":"Taxes","key":"1","group":"money""#), "{found}");
    for command in [&["agreement"][..], &["export"], &["datasets", "show"], &["labels", "list"]] {
        let (named, placed) = ([command, &["--dataset", "d"]].concat(), [command, &["d"]].concat());
        assert_eq!(done(at, &named), done(at, &placed));
    }
}

#[test]
fn a_dataset_without_labels_says_so_and_where_a_broken_config_is() {
    let folder = folder();
    let at = folder.path();
    write(at, "r.csv", &["id,text", "a,one"]);
    assert!(done(at, &["import", "r.csv"]).contains("no labels yet: add them with 'labelry labels add'"));
    assert!(!done(at, &["import", "r.csv"]).contains("no labels yet"), "once");
    write(at, "s.csv", &["id,text", "a,one"]);
    assert!(!done(at, &["import", "s.csv", "--labels", "tax"]).contains("no labels yet"));
    write(at, "c.toml", &["theme = \"pink\""]);
    let output = command(at, &["config", "show"]).env("LABELRY_CONFIG", "c.toml").output().unwrap();
    assert!(String::from_utf8(output.stderr).unwrap().ends_with("hint: 'labelry config path' prints where it is\n"));
}

const READ_ONLY: &str = "labelry: 'labelry.db': the file cannot be written: it or its folder is read-only";
