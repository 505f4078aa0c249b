//! `labelry agreement` by the real binary: of ratings files and of datasets, under every policy, in every form.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::{Value, json};

use crate::cases::{HEADER, command, done, folder, labelry, write};

/// Data that others computed, beside this folder or where `LABELRY_SHARED` says.
pub fn shared(name: &str) -> Option<PathBuf> {
    let shared = std::env::var_os("LABELRY_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let file = std::path::absolute(shared.join("data").join(name)).unwrap();
    if !file.exists() {
        eprintln!("skipped: there is no {}", file.display());
    }
    file.exists().then_some(file)
}

fn object(at: &Path, args: &[&str]) -> Value {
    serde_json::from_str(&done(at, &[&["agreement", "--json"], args].concat())).unwrap()
}

fn close(found: &Value, expected: f64, within: f64, what: &str) {
    let found = found.as_f64().unwrap_or_else(|| panic!("{what}: {found}"));
    assert!((found - expected).abs() <= within, "{what}: {found}, expected {expected}");
}

fn label<'o>(found: &'o Value, name: &str) -> &'o Value {
    found["labels"].as_array().unwrap().iter().find(|label| label["label"] == name).unwrap()
}

#[test]
fn three_policies_give_the_figures_that_others_computed() {
    let Some(file) = shared("answer_states_alpha.json") else { return };
    let data: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let folder = folder();
    let at = folder.path();
    let line = |row: &Value| {
        json!({"item": row["record"], "rater": row["user"], "value": row["value"], "status": row["status"]}).to_string()
    };
    let lines: Vec<String> = data["rows"].as_array().unwrap().iter().map(line).collect();
    write(at, "r.jsonl", &lines.iter().map(String::as_str).collect::<Vec<_>>());
    let labels: Vec<&str> = data["labels"].as_array().unwrap().iter().map(|label| label.as_str().unwrap()).collect();
    let both = ["--count", "drafts", "--count", "discarded"];
    let no = [&both[..], &["--missing", "no"]].concat();
    for (name, policy) in [("submitted", &[][..]), ("any_with_value", &both), ("seed", &no)] {
        let args = ["r.jsonl", "--labels", &labels.join(","), "--resamples", "20000"];
        let found = object(at, &[&args[..], policy].concat());
        for name_of in &labels {
            let (label, expected) = (label(&found, name_of), &data["per_label"][name_of][name]);
            let what = format!("{name_of}, {name}");
            for count in ["units", "values", "positives"] {
                assert_eq!(label[count], expected[count], "{what}");
            }
            match expected["alpha"].as_f64() {
                Some(alpha) => close(&label["alpha"], alpha, 1e-12, &what),
                None => assert_eq!(label["undefined"], "nobody has ticked it"),
            }
            let bounds = &data["bootstrap_units_95"][name_of];
            if name == "submitted" && bounds.is_object() {
                close(&label["low"], bounds["lo"].as_f64().unwrap(), 0.02, &what);
                close(&label["high"], bounds["hi"].as_f64().unwrap(), 0.02, &what);
            }
        }
        if name == "submitted" {
            let set = |name: &str| {
                let all = data["set_alpha"].as_object().unwrap();
                all.iter().find(|(key, _)| key.starts_with(name)).unwrap().1.as_f64().unwrap()
            };
            close(&found["overall"]["masi"]["value"], set("masi_two_thirds"), 1e-12, "MASI");
            close(&found["overall"]["jaccard"]["value"], set("jaccard_submitted"), 1e-12, "Jaccard");
            close(&found["overall"]["nominal"]["value"], set("nominal_set"), 1e-12, "nominal");
        }
    }
}

#[test]
fn real_ratings_straight_from_their_file_give_every_reference_figure() {
    let Some(data) = shared("redv2/responses.jsonl") else { return };
    let folder = folder();
    let found = object(folder.path(), &[&data.display().to_string()]);
    let reference = std::fs::read_to_string(data.with_file_name("reference_alpha.csv")).unwrap();
    let mut mean = 0.0;
    for row in reference.lines().skip(1) {
        let cells: Vec<&str> = row.split(',').collect();
        let alpha: f64 = cells[3].parse().unwrap();
        match cells[1] {
            "__overall_nominal__" => close(&found["overall"]["nominal"]["value"], alpha, 1e-9, "nominal"),
            "__overall_masi__" => close(&found["overall"]["masi"]["value"], alpha, 1e-9, "MASI"),
            "__overall_jaccard__" => close(&found["overall"]["jaccard"]["value"], alpha, 1e-9, "Jaccard"),
            "__pooled_binary__" => {}
            "__mean_of_label_alphas__" => assert!((mean / 7.0 - alpha).abs() < 1e-9),
            name => {
                let label = label(&found, name);
                close(&label["alpha"], alpha, 1e-9, name);
                assert_eq!(label["positives"].to_string(), cells[6], "{name}");
                mean += alpha;
            }
        }
    }
    assert_eq!(
        (&found["question"], &found["units"], &found["values"]),
        (&json!("emotions"), &json!(5449), &json!(16347))
    );
    assert_eq!(found["pairs"].as_array().unwrap().len(), 3);
    for pair in found["pairs"].as_array().unwrap() {
        let kappa = pair["cohen_kappa"]["value"].as_f64().unwrap();
        assert!(kappa > pair["cohen_kappa"]["low"].as_f64().unwrap() && pair["units"] == 5449, "{pair}");
    }
}

/// K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), example C, as a table.
const WIDE: [&str; 13] = [
    "unit,A,B,C,D",
    "1,1,1,,1",
    "2,2,2,3,2",
    "3,3,3,3,3",
    "4,3,3,3,3",
    "5,2,2,2,2",
    "6,1,2,3,4",
    "7,4,4,4,4",
    "8,1,1,2,1",
    "9,2,2,2,2",
    "10,NA,5,5,5",
    "11,NA,NA,1,1",
    "12,NA,NA,3,",
];

#[test]
fn a_wide_table_of_numbers_gives_all_levels_of_the_published_example() {
    let folder = folder();
    let at = folder.path();
    write(at, "w.csv", &WIDE);
    let found = object(at, &["w.csv", "--wide"]);
    for (level, alpha) in [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)] {
        close(&found["overall"][level]["value"], alpha, 0.0005, level);
    }
    assert_eq!((&found["units"], &found["values"]), (&json!(11), &json!(40)));
    assert!(found.get("labels").is_none(), "numbers have no labels");
    assert_eq!(found["notes"][0], "w.csv: read as wide form, 41 answers, 7 empty or NA");
    assert_eq!(found["notes"][1], "answers are numbers, 5 different ones, told by the values");
    let ordinal = object(at, &["w.csv", "--wide", "--level", "ordinal"]);
    assert!(ordinal["overall"].get("interval").is_none() && ordinal["overall"]["ordinal"]["value"].is_number());
    let nominal = object(at, &["w.csv", "--wide", "--level", "nominal"]);
    close(&nominal["overall"]["nominal"]["value"], 0.743, 0.0005, "as labels");
    assert_eq!(nominal["labels"].as_array().unwrap().len(), 5);
    let some = object(at, &["w.csv", "--wide", "--item", "unit", "--raters", "A,B"]);
    assert_eq!(some["annotators"], json!(["A", "B"]));
    let bare: Vec<&str> = WIDE.iter().map(|line| line.split_once(',').unwrap().1).collect();
    write(
        at,
        "bare.tsv",
        &bare
            .iter()
            .map(|line| line.replace(',', "\t"))
            .collect::<Vec<_>>()
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>(),
    );
    let bare = object(at, &["bare.tsv", "--wide", "--raters", "A,B,C,D"]);
    assert_eq!(bare["overall"], found["overall"]);
}

#[test]
fn one_table_in_four_forms_gives_the_same_figures() {
    let folder = folder();
    let at = folder.path();
    let long = ["item,rater,value", "1,ana,a;b", "1,bob,a", "2,ana,[]", "2,bob,b", "3,ana,c", "3,bob,c"];
    write(at, "long.csv", &long);
    write(at, "wide.csv", &["item,ana,bob", "1,a;b,a", "2,[],b", "3,c,c"]);
    write(at, "first.csv", &long[..4]);
    write(at, "second.csv", &[&long[..1], &long[4..]].concat());
    write(
        at,
        "r.jsonl",
        &[
            r#"{"doc":1,"who":"ana","gave":["b","a"]}"#,
            r#"{"doc":1,"who":"bob","gave":["a"]}"#,
            r#"{"doc":2,"who":"ana","gave":[]}"#,
            r#"{"doc":2,"who":"bob","gave":["b"]}"#,
            r#"{"doc":3,"who":"ana","gave":["c"]}"#,
            r#"{"doc":3,"who":"bob","gave":["c"]}"#,
        ],
    );
    let figures = |args: &[&str]| {
        let found = object(at, args);
        assert_eq!(found["annotators"], json!(["ana", "bob"]));
        json!([found["overall"], found["labels"], found["pairs"]])
    };
    let expected = figures(&["long.csv", "--sep", ";"]);
    assert_eq!(figures(&["wide.csv", "--wide", "--sep", ";"]), expected);
    assert_eq!(figures(&["first.csv", "second.csv", "--sep", ";"]), expected);
    assert_eq!(figures(&["r.jsonl", "--item", "doc", "--rater", "who", "--value", "gave"]), expected);
    let mut child = command(at, &["agreement", "-", "--sep", ";", "--json"]);
    let mut child = child.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all((long.join("\n") + "\n").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json!([found["overall"], found["labels"], found["pairs"]]), expected);
    assert_eq!(String::from_utf8(output.stderr).unwrap().lines().next(), Some("-: read as long form, 6 answers"));
}

#[test]
fn a_dataset_and_its_export_give_the_same_figures_as_the_stored_sums() {
    let folder = folder();
    let at = folder.path();
    done(at, &["demo", "--no-open", "--db", "labelry.db"]);
    std::fs::write(at.join("mail.jsonl"), done(at, &["export"])).unwrap();
    let figures = |args: &[&str]| {
        let found = object(at, args);
        json!([found["overall"], found["labels"], found["pairs"], found["units"], found["values"]])
    };
    assert_eq!(figures(&["mail"]), figures(&["mail.jsonl"]));
    let wider = ["--count", "drafts", "--count", "discarded", "--missing", "no"];
    assert_eq!(figures(&[&["mail"], &wider[..]].concat()), figures(&[&["mail.jsonl"], &wider[..]].concat()));
    assert_ne!(figures(&["mail"]), figures(&[&["mail"], &wider[..]].concat()));
    let (sums, scanned) = (object(at, &["mail", "--by-label"]), object(at, &["mail"]));
    assert_eq!(sums["labels"], scanned["labels"], "the stored sums are those of the answers");
    let pair = object(at, &["mail", "--by", "mira", "--by", "tess", "--label", "bug", "--pairs"]);
    assert_eq!(pair["annotators"], json!(["mira", "tess"]));
    let all = object(at, &["mail", "--label", "bug", "--pairs"]);
    assert_eq!(pair["pairs"][0], all["pairs"][0]);
    let early = object(at, &["mail", "--until", "2026-02-10"]);
    let late = object(at, &["mail", "--since", "2026-02-11"]);
    assert!(early["units"].as_i64() > Some(0) && late["units"].as_i64() > early["units"].as_i64());
    assert_eq!(early["policy"]["until"], "2026-02-11T00:00:00.000Z");
    let about = object(at, &["mail", "--query", "lamp"]);
    assert!(about["units"].as_i64() < Some(248) && about["policy"]["query"] == "lamp");
    let mut mine = command(at, &["agreement", "--json", "--query", "submitted"]);
    let mine: Value = serde_json::from_slice(&mine.env("LABELRY_USER", "mira").output().unwrap().stdout).unwrap();
    assert_eq!(mine["annotators"], json!(["mira", "tess", "jonas"]), "who I am leaves nobody out");
}

#[test]
fn several_answers_of_one_person_are_counted_as_was_said() {
    let folder = folder();
    let at = folder.path();
    let lines = ["item,rater,value", "1,ana,x", "1,ana,y", "1,bob,x", "2,ana,x", "2,bob,x", "2,bob,x"];
    write(at, "r.csv", &lines);
    let check = |which: &str, first: &str, percent: f64| {
        let found = object(at, &["r.csv", "--duplicates", which, "--people", "--by-label"]);
        let x = label(&found, "x");
        close(&x["percent"], percent, 1e-12, which);
        assert_eq!(found["notes"][2], format!("2 pairs of unit and rater stand on several lines: {first}"), "{which}");
        found
    };
    check("first", "the first counts", 1.0);
    check("last", "the last counts", 0.5);
    let again = check("repeat", "the first counts, the others serve self-agreement", 1.0);
    assert_eq!(again["people"][0]["itself"], json!({"units": 1, "percent": 0.0}));
    assert_eq!(again["people"][1]["itself"], json!({"units": 1, "percent": 1.0}));
    check("join", "their labels together are one answer", 1.0);
}

#[test]
fn ratings_and_later_passes_are_the_same_from_a_dataset_and_its_file() {
    let folder = folder();
    let at = folder.path();
    let header = r#"{"labelry":1,"dataset":{"name":"d","questions":[{"name":"stars","type":"rating","min":1,"max":5},{"name":"kind","type":"label","labels":["a","b"]}]}}"#;
    let response = |user: &str, pass: u8, stars: u8, kind: &str| {
        let answers = json!({"stars": stars, "kind": kind});
        json!({"user": user, "status": "submitted", "pass": pass, "answers": answers})
    };
    let record =
        |id: &str, responses: &[Value]| json!({"id": id, "fields": {"text": id}, "responses": responses}).to_string();
    let first = record("r1", &[response("ana", 1, 3, "a"), response("ana", 2, 3, "b"), response("bob", 1, 4, "a")]);
    let second = record("r2", &[response("ana", 1, 1, "b"), response("bob", 1, 1, "a")]);
    write(at, "d.jsonl", &[header, &first, &second]);
    done(at, &["import", "d.jsonl"]);
    for (question, itself) in [("stars", 1.0), ("kind", 0.0)] {
        let [stored, read] = ["d", "d.jsonl"].map(|source| {
            let found = object(at, &[source, "--question", question, "--people", "--pairs", "--by-label"]);
            json!([found["overall"], found["labels"], found["pairs"], found["people"], found["annotators"]])
        });
        assert_eq!(stored, read, "{question}");
        assert_eq!(stored[3][0]["itself"], json!({"units": 1, "percent": itself}), "{question}");
    }
    let found = object(at, &["d", "--question", "stars"]);
    close(&found["overall"]["ordinal"]["value"], 5.0 / 6.0, 1e-12, "ordinal");
}

#[test]
fn what_is_missing_is_no_only_where_that_was_asked_for() {
    let folder = folder();
    let at = folder.path();
    let lines =
        ["item,rater,value,status", "1,ana,x,", "1,bob,x,", "2,ana,x,", "3,ana,,", "3,bob,y,", "4,bob,x,discarded"];
    write(at, "r.csv", &lines);
    let check = |policy: &[&str], units: i64, values: i64, x: i64, filled: Option<i64>| {
        let found = object(at, &[&["r.csv", "--sep", ";"], policy].concat());
        let label = label(&found, "x");
        assert_eq!(
            json!([label["units"], label["values"], label["positives"]]),
            json!([units, values, x]),
            "{policy:?}"
        );
        assert_eq!(found["filled"].as_i64(), filled, "{policy:?}");
    };
    check(&[], 1, 2, 2, None);
    check(&["--missing", "no"], 2, 4, 2, Some(1));
    check(&["--missing", "no-matrix"], 3, 6, 3, Some(2));
    check(&["--missing", "no-matrix", "--count", "discarded"], 4, 8, 4, Some(3));
    let table = done(at, &["agreement", "r.csv", "--sep", ";", "--missing", "no", "--resamples", "0"]);
    assert!(table.contains("counted as \"no\": 1 that are missing\nnot counted: 1 discarded\n"), "{table}");
}

#[test]
fn what_is_seen_while_answering_is_in_the_policy() {
    let folder = folder();
    let at = folder.path();
    let line = |id: &str, seen: &str| {
        let response = |user: &str, more: &str| {
            format!(r#"{{"user":"{user}","status":"submitted","answers":{{"topic":["tax"]}}{more}}}"#)
        };
        let (ana, bob) = (response("ana", ""), response("bob", seen));
        format!(r#"{{"id":"{id}","fields":{{"text":"one"}},"responses":[{ana},{bob}]}}"#)
    };
    let (first, second) = (line("a", r#","saw_agents":["m"],"saw_others":true"#), line("b", r#","saw_agents":["m"]"#));
    write(at, "d.jsonl", &[HEADER, &first, &second]);
    done(at, &["import", "d.jsonl"]);
    for args in [&["d", "--by-label"][..], &["d"], &["d", "--count", "drafts"], &["d.jsonl"]] {
        let policy = &object(at, args)["policy"];
        assert_eq!((&policy["saw_suggestions"], &policy["saw_others"]), (&json!(0.5), &json!(0.25)), "{args:?}");
    }
    let table = done(at, &["agreement", "d"]);
    let line = "submitted only; skips excluded; 50 % given with suggestions seen, 25 % with others' answers seen";
    assert!(table.contains(line), "{table}");
}

#[test]
fn a_label_that_came_later_is_missing_and_the_explanation_says_so() {
    let folder = folder();
    let at = folder.path();
    let header = r#"{"labelry":1,"dataset":{"name":"d","questions":[{"name":"topic","type":"multi_label","labels":["tax",{"value":"-jobs","since":2}]}]}}"#;
    let response = |user: &str, status: &str, answers: &str, set: u8| {
        format!(r#"{{"user":"{user}","status":"{status}","answers":{answers},"label_sets":{{"topic":{set}}}}}"#)
    };
    let record = |id: &str, responses: &[String]| {
        format!(r#"{{"id":"{id}","fields":{{"text":"{id}"}},"responses":[{}]}}"#, responses.join(","))
    };
    let (tax, none) = (r#"{"topic":["tax"]}"#, "{}");
    let first = record("=a", &[response("ana", "submitted", tax, 1), response("bob", "submitted", tax, 2)]);
    let all =
        [response("ana", "draft", tax, 2), response("bob", "submitted", none, 2), response("eve", "discarded", tax, 2)];
    write(at, "d.jsonl", &[header, &first, &record("b", &all)]);
    done(at, &["import", "d.jsonl"]);
    for source in ["d", "d.jsonl"] {
        let found = object(at, &[source, "--explain", "why.csv", "--csv", "m.csv", "--force", "--resamples", "0"]);
        assert_eq!((&label(&found, "tax")["units"], &label(&found, "-jobs")["units"]), (&json!(1), &json!(0)));
        insta::allow_duplicates! {
            insta::assert_snapshot!(std::fs::read_to_string(at.join("why.csv")).unwrap(), @r"
            unit,label,ana,bob,eve,counted,why
            '=a,tax,1,1,,yes,
            '=a,'-jobs,not offered,0,,no,only one answer counts
            b,tax,1 (draft),no answer,1 (discarded),no,no answer counts
            b,'-jobs,0 (draft),no answer,0 (discarded),no,no answer counts
            ");
            insta::assert_snapshot!(std::fs::read_to_string(at.join("m.csv")).unwrap(), @r"
            question,label,alpha,low,high,units,values,positives,percent
            topic,tax,,,,1,2,2,1
            topic,'-jobs,,,,0,0,0,
            ");
        }
    }
    let files = std::fs::read_dir(at).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    assert!(!files.into_iter().any(|name| name.contains("partial")));
}

#[test]
fn a_limit_that_is_not_reached_exits_with_three_and_says_by_how_much() {
    let folder = folder();
    let at = folder.path();
    write(at, "r.csv", &["item,ana,bob", "1,a,a", "2,a,b", "3,b,b", "4,b,b"]);
    let check = |args: &[&str], code: i32, words: &str| {
        let output = labelry(at, &[&["agreement", "r.csv", "--wide", "--resamples", "0"], args].concat());
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert_eq!(said.lines().skip(2).collect::<Vec<_>>().join("\n"), words);
    };
    check(&["--fail-under", ".5"], 0, "");
    check(
        &["--fail-under", "0.8"],
        3,
        "labelry: 2 of 2 labels do not reach 0.8: a 0.533 (0.267 below), b 0.533 (0.267 below)",
    );
    let never = &["--labels", "a,b,c", "--fail-under", ".5"];
    check(
        never,
        3,
        "labelry: 1 of 3 labels do not reach 0.5: c n/a (nobody has ticked it)\nhint: --allow-undefined lets n/a pass",
    );
    check(&[&never[..], &["--allow-undefined"]].concat(), 0, "");
    check(
        &["--label", "a", "--fail-under", "0.8"],
        3,
        "labelry: 1 of 1 labels do not reach 0.8: a 0.533 (0.267 below)",
    );
}

const TABLE: [&str; 5] = ["item,ana,b_b", "1,a|b,a|b", "2,a|b,\u{1b}[2J", "3,<c>,<c>", "4,<c>,<c>"];

#[test]
fn tables_to_read() {
    let folder = folder();
    let at = folder.path();
    write(at, "r.csv", &TABLE);
    let told = |args: &[&str]| done(at, &[&["agreement", "r.csv", "--wide"], args].concat());
    insta::assert_snapshot!(told(&["--pairs", "--people", "--by-label"]), @r"
    r.csv · submitted only; skips excluded
    2 annotators: ana, b_b · 4 records with two answers or more · 8 answers in them
    95 % bootstrap interval over records: 1000 resamples, seed 42
    few: with fewer than 10 ticks of a label (or answers without it) no interval can be told
    few: with fewer than 10 answers other than the most frequent one no interval can be told

    label  alpha   low–high  units  values  positives  % equal  0                 1
    ␛[2J   0.000  few ticks      4       8          1     75.0  |●                |  n/a in 303 resamples
    <c>    1.000  few ticks      4       8          4    100.0  |                ●|  n/a in 137 resamples
    a|b    0.533  few ticks      4       8          3     75.0  |         ●       |  n/a in 68 resamples

    pair       Cohen's kappa    low–high  units  % equal  0                 1
    ana × b_b          0.600  few others      4     75.0  |          ●      |  n/a in 70 resamples

    annotator  answers  shared  % as others  alpha without  % as before
    ana              4       4         75.0            n/a            –  'a|b' in 50 % of theirs, 38 % of all
    b_b              4       4         75.0            n/a            –  'a|b' in 25 % of theirs, 38 % of all
    ");
    insta::assert_snapshot!(told(&["--resamples", "0"]), @r"
    r.csv · submitted only; skips excluded
    2 annotators: ana, b_b · 4 records with two answers or more · 8 answers in them

    overall            value  0                 1
    alpha, nominal     0.632  |          ●      |
    percent agreement  0.750  |            ●    |
    Fleiss' kappa      0.579  |         ●       |
    Gwet's AC1         0.644  |          ●      |

    label  alpha  units  values  positives  % equal  0                 1
    ␛[2J   0.000      4       8          1     75.0  |●                |
    <c>    1.000      4       8          4    100.0  |                ●|
    a|b    0.533      4       8          3     75.0  |         ●       |
    ");
}

#[test]
fn tables_and_a_paragraph_to_paste() {
    let folder = folder();
    let at = folder.path();
    write(at, "r.csv", &TABLE);
    let told = |args: &[&str]| done(at, &[&["agreement", "r.csv", "--wide"], args].concat());
    insta::assert_snapshot!(told(&["--format", "md", "--by-label"]), @r"
    | label | alpha | low–high | units | values | positives | % equal |  |
    |---|---:|---:|---:|---:|---:|---:|---|
    | ␛\[2J | 0.000 | few ticks | 4 | 8 | 1 | 75.0 | n/a in 303 resamples |
    | &lt;c> | 1.000 | few ticks | 4 | 8 | 4 | 100.0 | n/a in 137 resamples |
    | a\|b | 0.533 | few ticks | 4 | 8 | 3 | 75.0 | n/a in 68 resamples |

    r.csv · submitted only; skips excluded  
    2 annotators: ana, b\_b · 4 records with two answers or more · 8 answers in them  
    95 % bootstrap interval over records: 1000 resamples, seed 42  
    few: with fewer than 10 ticks of a label (or answers without it) no interval can be told
    ");
    insta::assert_snapshot!(told(&["--format", "latex", "--by-label", "--pairs", "--resamples", "0"]), @r"
    \begin{tabular}{lrrrrr}
      \hline
      label & alpha & units & values & positives & \% equal \\
      \hline
      ␛{[}2J & 0.000 & 4 & 8 & 1 & 75.0 \\
      \textless{}c\textgreater{} & 1.000 & 4 & 8 & 4 & 100.0 \\
      a\textbar{}b & 0.533 & 4 & 8 & 3 & 75.0 \\
      \hline
    \end{tabular}

    \begin{tabular}{lrrr}
      \hline
      pair & Cohen's kappa & units & \% equal \\
      \hline
      ana $\times$ b\_b & 0.600 & 4 & 75.0 \\
      \hline
    \end{tabular}

    % r.csv · submitted only; skips excluded
    % 2 annotators: ana, b_b · 4 records with two answers or more · 8 answers in them
    ");
    insta::assert_snapshot!(told(&["--methods"]), @r#"Agreement was computed over 4 records that at least two of 2 annotators (ana, b_b) answered, 8 answers in all. Which answers count: submitted only; discarded answers excluded; an answer that was not given is missing, not "no". For each label, taken as a yes/no question, we report Krippendorff's alpha for nominal data (Krippendorff 2011): alpha = 1 - Do/De with Do = (1/n) sum over records of 2 p (m - p)/(m - 1) and De = 2 N1 N0/(n (n - 1)), where m annotators answered a record, p of them gave the label, and N1 and N0 of n answers are yes and no. By label: '␛[2J' 0.000 (few ticks: no interval; 4 records, ticks 1); '<c>' 1.000 (few ticks: no interval; 4 records, ticks 4); 'a|b' 0.533 (few ticks: no interval; 4 records, ticks 3). Over whole answers: alpha, nominal 0.632 (few others: no interval); percent agreement (mean over records of the share of equal pairs) 0.750 (0.250 to 1.000); Fleiss' kappa (Fleiss 1971, for unequal numbers of answers as generalised by Gwet 2014; answers that stand alone enter its agreement by chance) 0.579 (few others: no interval); Gwet's AC1 (Gwet 2014, with the categories that occur; answers that stand alone enter its agreement by chance) 0.644 (-0.116 to 1.000). Intervals are 95 % percentile intervals of 1000 bootstrap resamples of the records (seed 42). Few: with fewer than 10 ticks of a label (or answers without it) no interval can be told. Few: with fewer than 10 answers other than the most frequent one no interval can be told. Computed with labelry 0.1.0."#);
}

#[test]
fn unassisted_agreement_counts_only_answers_given_with_nothing_in_sight() {
    use crate::cases::{HEADER, done, folder, write};
    let folder = folder();
    let response = |user: &str, saw: &str| {
        format!(r#"{{"user": "{user}", "status": "submitted", "answers": {{"topic": ["tax"]}}{saw}}}"#)
    };
    let record = |id: &str, responses: &[String]| {
        format!(r#"{{"id": "{id}", "fields": {{"text": "{id}"}}, "responses": [{}]}}"#, responses.join(", "))
    };
    let (agents, others) = (r#", "saw_agents": ["m"]"#, r#", "saw_others": true"#);
    let lines = [
        HEADER.to_owned(),
        record("a", &[response("ana", ""), response("bob", ""), response("cy", agents)]),
        record("b", &[response("ana", ""), response("bob", others), response("cy", "")]),
        record("c", &[response("ana", agents), response("bob", others)]),
    ];
    write(folder.path(), "d.jsonl", &lines.iter().map(String::as_str).collect::<Vec<_>>());
    done(folder.path(), &["import", "d.jsonl"]);
    let counted = |more: &[&str]| {
        let said = done(folder.path(), &[&["agreement", "d", "--json"], more].concat());
        let found: serde_json::Value = serde_json::from_str(&said).unwrap();
        (found["units"].clone(), found["values"].clone(), found["policy"]["unassisted"].clone())
    };
    assert_eq!(counted(&[]), (3.into(), 8.into(), serde_json::Value::Null));
    assert_eq!(counted(&["--unassisted"]), (2.into(), 4.into(), true.into()));
    let printed = done(folder.path(), &["agreement", "d", "--unassisted"]);
    assert!(
        printed.contains("only answers given unassisted; 4 answers do not say what was seen, and count"),
        "{printed}"
    );
}

#[test]
fn a_filter_on_what_no_answer_says_is_refused() {
    use crate::cases::refused;
    let folder = folder();
    let at = folder.path();
    let file = format!("{}/tests/data/wide_no_times.csv", env!("CARGO_MANIFEST_DIR"));
    for flags in [&["--until", "2026-02-10"][..], &["--since", "2026-02-10"]] {
        let said = refused(at, &[&["agreement", &file, "--wide"], flags].concat());
        assert!(said.contains("none of the 6 answers says when it was given"), "{said}");
    }
    let said = refused(at, &["agreement", &file, "--wide", "--unassisted"]);
    assert!(said.contains("none of the 6 answers says what was seen while it was given"), "{said}");
    // Of a dataset, too: an import knows no more than its file.
    write(at, "long.jsonl", &[r#"{"item":"a","rater":"x","value":"t"}"#, r#"{"item":"a","rater":"y","value":"t"}"#]);
    write(at, "r.jsonl", &[HEADER, r#"{"id":"a","fields":{"text":"a"}}"#]);
    done(at, &["import", "r.jsonl"]);
    let long = std::fs::read_to_string(at.join("long.jsonl")).unwrap().replace("\"t\"", "[\"tax\"]");
    std::fs::write(at.join("long.jsonl"), long).unwrap();
    let dataset: Value =
        serde_json::from_str(done(at, &["datasets", "list", "--json"]).lines().next().unwrap()).unwrap();
    let name = dataset["name"].as_str().or(dataset["dataset"].as_str()).unwrap().to_owned();
    done(at, &["import", "long.jsonl", "--dataset", &name, "--item", "item", "--rater", "rater", "--value", "value"]);
    for flags in [&["--until", "2026-02-10"][..], &["--unassisted"], &["--unassisted", "--by-label"]] {
        let said = refused(at, &[&["agreement", &name], flags].concat());
        assert!(said.contains("none of the 2 answers says"), "{said}");
    }
}

#[test]
fn answers_that_say_nothing_of_a_filter_are_counted_and_said() {
    let folder = folder();
    let at = folder.path();
    let row = |item: &str, rater: &str, when: &str| format!("{item},{rater},x,{when}");
    let early = "2026-02-01T00:00:00Z";
    let lines =
        [row("1", "a", early), row("1", "b", ""), row("2", "a", early), row("2", "b", early), row("2", "c", "")];
    let lines: Vec<&str> = ["item,rater,value,at"].into_iter().chain(lines.iter().map(String::as_str)).collect();
    write(at, "r.csv", &lines);
    let found = object(at, &["r.csv", "--until", "2026-02-10"]);
    assert_eq!((&found["values"], &found["policy"]["time_unknown"]), (&json!(5), &json!(2)));
    let printed = done(at, &["agreement", "r.csv", "--until", "2026-02-10", "--html", "r.html"]);
    assert!(printed.contains("2 answers of unknown time count as older"), "{printed}");
    assert!(std::fs::read_to_string(at.join("r.html")).unwrap().contains("2 answers of unknown time count as older"));
    let printed = done(at, &["agreement", "r.csv", "--since", "2026-01-10", "--methods"]);
    assert!(printed.contains("2 answers of unknown time are left out"), "{printed}");
    let found = object(at, &["r.csv", "--count", "drafts"]);
    assert_eq!(found["policy"]["there_are_no"], json!(["drafts"]));
    assert!(done(at, &["agreement", "r.csv", "--count", "discarded"]).contains("there are no discarded ones"));
}

fn data(name: &str) -> String {
    format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_categories_of_ac1_are_those_declared() {
    let folder = folder();
    let at = folder.path();
    let file = data("ac1_categories.csv");
    let ac1 = |args: &[&str]| object(at, args)["overall"]["gwet_ac1"]["value"].clone();
    close(&ac1(&[&file, "--wide"]), 0.529, 5e-4, "those that occur");
    close(&ac1(&[&file, "--wide", "--labels", "x,y,z,w"]), 0.704, 5e-4, "those declared, as irrCAC has it");
    let said = done(at, &["agreement", &file, "--wide", "--labels", "x,y,z,w", "--methods"]);
    assert!(said.contains("(Gwet 2014, with the categories that were declared;"), "{said}");
    // Of a dataset they are the labels of the question; a label of answers that do not count is none of a file's.
    let header = r#"{"labelry":1,"dataset":{"name":"d","fields":[{"name":"text"}],"questions":[{"name":"q","type":"label","labels":["x","y","z","w"]}]}}"#;
    let record = |id: &str, a: &str, b: &str| {
        let one = |user: &str, value: &str| {
            format!(r#"{{"user":"{user}","status":"submitted","answers":{{"q":"{value}"}}}}"#)
        };
        format!(r#"{{"id":"{id}","fields":{{"text":"t"}},"responses":[{},{}]}}"#, one("a", a), one("b", b))
    };
    let records = [record("1", "x", "x"), record("2", "x", "y"), record("3", "y", "y"), record("4", "x", "x")];
    write(at, "d.jsonl", &[header, &records[0], &records[1], &records[2], &records[3]]);
    done(at, &["import", "d.jsonl"]);
    close(&ac1(&["d"]), 0.704, 5e-4, "of a dataset");
    close(&ac1(&["d.jsonl"]), 0.704, 5e-4, "of its file");
    let long = [
        "item,rater,value,status",
        "1,a,x,",
        "1,b,x,",
        "2,a,x,",
        "2,b,y,",
        "3,a,y,",
        "3,b,y,",
        "4,a,x,",
        "4,b,x,",
        "5,a,z,draft",
    ];
    write(at, "long.csv", &long);
    close(&ac1(&["long.csv"]), 0.529, 5e-4, "a draft declares nothing");
}

#[test]
fn percent_is_over_records_and_everything_says_so() {
    let folder = folder();
    let at = folder.path();
    let file = data("percent_over_pairs.csv");
    close(&object(at, &[&file])["overall"]["percent"]["value"], 2.0 / 3.0, 1e-12, "over records");
    let said = done(at, &["agreement", &file, "--methods", "--html", "r.html"]);
    let page = std::fs::read_to_string(at.join("r.html")).unwrap();
    assert!(page.contains("percent agreement (mean over records of") && !page.contains("over pairs"), "{page}");
    for words in ["percent agreement (mean over records of", "as generalised by Gwet 2014", "answers that stand alone"]
    {
        assert!(said.contains(words), "{said}");
    }
    assert!(page.contains("answers that stand alone enter their agreement by chance"), "{page}");
}

#[test]
fn figures_of_ratings_name_their_metric() {
    let folder = folder();
    let at = folder.path();
    write(at, "r.csv", &["id,a,b,c", "1,1,2,1", "2,2,2,3", "3,4,5,5"]);
    let found = object(at, &["r.csv", "--wide", "--pairs", "--people"]);
    assert_eq!(found["pairs"][0]["cohen_kappa"]["metric"], "nominal");
    assert_eq!(found["people"][0]["alpha_without"]["metric"], "ordinal");
    let said = done(at, &["agreement", "r.csv", "--wide", "--pairs", "--people", "--html", "r.html"]);
    assert!(said.contains("Cohen's kappa, nominal") && said.contains("ordinal alpha without"), "{said}");
    let page = std::fs::read_to_string(at.join("r.html")).unwrap();
    assert!(page.contains("Cohen's κ, nominal") && page.contains("ordinal α without"), "{page}");
}

#[test]
fn what_rounds_to_nothing_has_no_sign() {
    let folder = folder();
    let at = folder.path();
    // One tick of a label by one of two: alpha −1/400 · 400/399 and so on, just below 0.
    let row = |at: usize| format!("{at},{},no", if at == 1 { "yes" } else { "no" });
    let rows: Vec<String> = (1..=2_000).map(row).collect();
    write(at, "r.csv", &["id,a,b"].into_iter().chain(rows.iter().map(String::as_str)).collect::<Vec<_>>());
    let flags = [
        &["--by-label"][..],
        &["--pairs", "--people"],
        &[],
        &["--methods"],
        &["--format", "md"],
        &["--format", "latex"],
    ];
    for flags in flags {
        let said = done(at, &[&["agreement", "r.csv", "--wide", "--html", "r.html"], flags].concat());
        assert!(!said.contains("-0.000") && said.contains("0.000"), "{said}");
        assert!(!std::fs::read_to_string(at.join("r.html")).unwrap().contains("-0.000"));
        std::fs::remove_file(at.join("r.html")).unwrap();
    }
    let said = labelry(at, &["agreement", "r.csv", "--wide", "--fail-under", "0.5"]);
    assert!(!String::from_utf8(said.stderr).unwrap().contains("-0.000"));
}

#[test]
fn a_label_with_few_ticks_has_no_interval_and_the_reason_is_said() {
    let folder = folder();
    let at = folder.path();
    // In 400 records each tick is by one of two people; 'often' is ticked by both in a quarter of them.
    let line = |at: u32| {
        let often = if at.is_multiple_of(4) { "often" } else { "" };
        let rare = if at == 3 { ";rare" } else { "" };
        format!("{at},{often};all{rare},{often};all{}", if at == 5 { ";rare" } else { "" })
    };
    let lines: Vec<String> = (0_u32..400).map(line).collect();
    write(at, "r.csv", &["id,a,b"].into_iter().chain(lines.iter().map(String::as_str)).collect::<Vec<_>>());
    let args = ["r.csv", "--wide", "--sep", ";", "--csv", "m.csv", "--html", "r.html"];
    let found = object(at, &args);
    let rare = label(&found, "rare");
    assert_eq!((&rare["positives"], &rare["low"], &rare["high"]), (&json!(2), &Value::Null, &Value::Null));
    assert!(rare["alpha"].is_number() && rare["no_interval"].as_str().unwrap().starts_with("few ticks: "), "{rare}");
    assert!(label(&found, "often")["low"].is_number() && label(&found, "often")["no_interval"].is_null());
    let csv = std::fs::read_to_string(at.join("m.csv")).unwrap();
    assert!(csv.lines().any(|line| line.starts_with(",rare,-0.00") && line.contains(",,,400,800,2,")), "{csv}");
    let page = std::fs::read_to_string(at.join("r.html")).unwrap();
    assert!(page.matches("few ticks").count() >= 2 && page.contains("with fewer than 10 ticks"), "{page}");
    for flags in [&[][..], &["--methods"], &["--format", "md"]] {
        let said = done(at, &[&["agreement"], &args[..4], flags].concat());
        assert!(said.contains("few ticks") && said.contains("with fewer than 10 ticks"), "{said}");
    }
    // The same of the answers as a whole, where nearly all are one value.
    let found = object(at, &[&args[..4], &["--label", "rare", "--pairs"]].concat());
    assert!(found["pairs"][0]["cohen_kappa"]["no_interval"].as_str().unwrap().starts_with("few others: "), "{found}");
    let without = object(at, &[&args[..4], &["--resamples", "0"]].concat());
    assert!(label(&without, "rare")["no_interval"].is_null(), "none was asked for");
}
