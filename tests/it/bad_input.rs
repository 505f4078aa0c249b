//! Imports that are refused, by the real binary, each with its whole message; and bad lines that are left aside.

use serde_json::{Value, json};

use crate::cases::{HEADER, done, folder, ground, labelry, record, refused, write};

const KINDS: &str = r#"{"labelry":1,"dataset":{"name":"d","questions":[{"name":"topic","type":"multi_label","labels":["tax","jobs"]},{"name":"one","type":"label","labels":["yes","no"]},{"name":"stars","type":"rating","min":1,"max":5},{"name":"why","type":"text"}]}}"#;

#[test]
fn bad_lines_are_left_aside_with_their_reasons() {
    let folder = folder();
    let at = folder.path();
    let bad = r#"{"id":"b","fields":{"text":"two"},"responses":[{"user":"zoe","status":"submitted","answers":{"topic":["tax"]}},{"user":"bob","status":"submitted","answers":{"topic":["taxes"]}}]}"#;
    write(at, "d.jsonl", &[HEADER, &record("a", "one", &["tax"], None), bad, "[1]", &record("c", "three", &[], None)]);
    let npy = |rows: &[[f32; 2]]| {
        let dict = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}, 2), }}", rows.len());
        let mut bytes = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
        bytes.extend(format!("{dict:<117}\n").as_bytes());
        bytes.extend(rows.iter().flatten().flat_map(|x| x.to_le_bytes()));
        std::fs::write(at.join("v.npy"), bytes).unwrap();
    };
    npy(&[[1.0, 0.0], [1.0, 0.1], [1.0, 0.2], [0.0, 1.0]]);
    let said = done(at, &["import", "d.jsonl", "--skip-bad", "--vectors", "v=v.npy"]);
    assert!(said.contains("d: 2 records\n2 responses\n2 vectors\n"), "{said}");
    assert!(said.contains("v: \"one\" is nearest to \"three\" (0.00)\n"), "{said}");
    assert!(said.contains("left out: 2 bad lines, kept in d.jsonl.bad.jsonl\nnew annotators: bob\n"), "{said}");
    let kept = std::fs::read_to_string(at.join("d.jsonl.bad.jsonl")).unwrap();
    let kept: Vec<Value> = kept.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(kept[0]["error"], "d.jsonl:3: found label \"taxes\", which 'topic' does not have");
    assert_eq!((&kept[0]["line"], &kept[0]["raw"]), (&json!(3), &json!(bad)));
    assert_eq!(kept[1]["error"], "d.jsonl:4: found a list where a JSON object was expected");
    let out = done(at, &["export"]);
    assert!(
        !out.contains("two") && out.contains(r#""id":"c","fields":{"text":"three"},"vectors":{"v":[0.0,1.0]}"#),
        "{out}"
    );
    assert!(
        !std::fs::read_dir(at).unwrap().any(|file| file.unwrap().file_name().to_string_lossy().contains("partial"))
    );
}

#[test]
fn a_long_forms_bad_lines_leave_nothing_behind() {
    let folder = folder();
    let at = folder.path();
    ground(at);
    write(at, "l.csv", &["item,rater,value", "a,eve,tax", "a,zoe,taxes", "x,kim,tax", "a,eve", "a,eve,jobs"]);
    let said = done(at, &["import", "l.csv", "--skip-bad"]);
    assert!(
        said.contains("1 responses\nleft out: 3 bad lines, kept in l.csv.bad.jsonl\nnew annotators: eve\n"),
        "{said}"
    );
    let out = done(at, &["export"]);
    assert!(out.contains(r#"{"user":"eve","status":"submitted","answers":{"topic":["tax","jobs"]}}"#), "{out}");
    assert!(!done(at, &["users", "list"]).contains("zoe"));
}

#[test]
fn answers_are_checked_by_their_questions_kind() {
    let folder = folder();
    let at = folder.path();
    write(at, "d.jsonl", &[KINDS, r#"{"id":"a","fields":{"text":"one"}}"#]);
    done(at, &["import", "d.jsonl"]);
    let check = |answers: &str, what: &str, hint: &str| {
        let line = format!(
            r#"{{"id":"a","fields":{{"text":"one"}},"responses":[{{"user":"bob","status":"submitted","answers":{answers}}}]}}"#
        );
        write(at, "e.jsonl", &[KINDS, &line]);
        assert_eq!(refused(at, &["import", "e.jsonl"]), format!("labelry: e.jsonl:2: found {what}\nhint: {hint}\n"));
    };
    check(
        r#"{"topic":"tax"}"#,
        r#""tax" as the answer to 'topic' where a list of labels was expected"#,
        r#"write ["tax"], or [] for none of these"#,
    );
    check(r#"{"topic":[1]}"#, "1 as the answer to 'topic' where a label was expected", "a label is a string");
    check(
        r#"{"one":["yes"]}"#,
        r#"["yes"] as the answer to 'one' where one label was expected"#,
        "an answer is one of its labels, as a string",
    );
    check(
        r#"{"one":"maybe"}"#,
        r#"label "maybe", which 'one' does not have"#,
        "it has: yes, no; add it first: labelry labels add --dataset d --question one maybe",
    );
    let range = "where a whole number from 1 to 5 was expected";
    for wrong in ["6", "0", "2.5", "\"3\"", "[3]"] {
        check(
            &format!(r#"{{"stars":{wrong}}}"#),
            &format!("{wrong} as the answer to 'stars' {range}"),
            "a rating is a number without a fraction",
        );
    }
    check(r#"{"why":5}"#, "5 as the answer to 'why' where a text was expected", "write the answer as a string");
    check(r#"{"what":5}"#, "question 'what', which the dataset does not have", "it has: topic, one, stars, why");
    write(
        at,
        "l.csv",
        &["item,rater,question,value", "a,bob,stars,3", "a,bob,one,yes", "a,bob,why,it is so", "a,bob,topic,tax"],
    );
    done(at, &["import", "l.csv"]);
    assert!(done(at, &["export"]).contains(r#""answers":{"topic":["tax"],"one":"yes","stars":3,"why":"it is so"}"#));
    write(at, "l.csv", &["item,rater,question,value", "a,kim,why,\"so, so, and so\"", "a,kim,topic,\"tax,jobs\""]);
    done(at, &["import", "l.csv", "--sep", ","]);
    assert!(done(at, &["export"]).contains(r#""answers":{"topic":["tax","jobs"],"why":"so, so, and so"}"#));
    write(at, "l.csv", &["item,rater,question,value", "a,eve,stars,3", "a,eve,stars,4"]);
    assert_eq!(
        refused(at, &["import", "l.csv"]),
        "labelry: l.csv:3: found a second answer of 'eve' to 'stars' about 'a'\n\
         hint: only labels of a multi_label question may come on several lines\n"
    );
}

#[test]
fn a_dataset_that_exists_is_not_stretched_by_a_header_or_a_flag() {
    let folder = folder();
    let at = folder.path();
    ground(at);
    let check = |args: &[&str], what: &str| {
        assert_eq!(refused(at, &[&["import"], args].concat()), format!("labelry: {what}\n"));
    };
    let way = "or import into another dataset with --dataset";
    write(at, "e.jsonl", &[&HEADER.replace(r#""jobs""#, r#""jobs","bug","ham""#)]);
    check(
        &["e.jsonl"],
        &format!(
            "question 'topic' has no label bug, ham\nhint: add each first: labelry labels add --dataset d bug; {way}"
        ),
    );
    write(at, "e.jsonl", &[&HEADER.replace("topic", "mood")]);
    check(&["e.jsonl"], &format!("'d' has no question 'mood'\nhint: it has: topic; {way}"));
    write(at, "e.csv", &["id,text", "a,one"]);
    check(
        &["e.csv", "--dataset", "d", "--labels", "tax,bug"],
        &format!("question 'topic' has no label bug\nhint: add it first: labelry labels add --dataset d bug; {way}"),
    );
    check(
        &["e.csv", "--dataset", "d", "--question", "mood"],
        &format!("'d' has no question 'mood'\nhint: it has: topic; {way}"),
    );
    done(at, &["import", "e.csv", "--dataset", "d", "--labels", "tax"]);
}

#[test]
fn one_id_twice_in_a_file_is_said_as_such() {
    let folder = folder();
    let at = folder.path();
    write(at, "r.csv", &["id,text", "a,one", "b,two", "a,three"]);
    assert_eq!(
        refused(at, &["import", "r.csv"]),
        "labelry: r.csv:4: found id 'a' twice with different content, first at line 2\nhint: give each record an id of its own\n"
    );
    write(at, "r.csv", &["id,text", "a,one", "b,two", "a,one"]);
    assert!(done(at, &["import", "r.csv"]).contains("r: 2 records (1 were there already)"));
}

#[test]
fn labels_that_look_alike_and_keys_that_cannot_be_are_refused() {
    let folder = folder();
    let at = folder.path();
    write(at, "r.csv", &["id,text", "a,one"]);
    assert_eq!(
        refused(at, &["import", "r.csv", "--labels", "tax,Tax"]),
        "labelry: --labels: found the label 'Tax', which looks like the label 'tax'\n\
         hint: two labels have to differ in more than case, spaces and invisible characters\n"
    );
    let keyed = HEADER.replace(r#""tax","jobs""#, r#"{"value":"tax","key":"x"}"#);
    write(at, "e.jsonl", &[&keyed]);
    assert_eq!(
        refused(at, &["import", "e.jsonl"]),
        "labelry: e.jsonl:1: found the key 'x' of the label 'tax' where 1 to 9 or a lowercase letter other than j k n p q u x y was expected\n\
         hint: leave the key out to get a free one\n"
    );
    done(at, &["import", "r.csv", "--labels", "tax"]);
    assert_eq!(
        refused(at, &["labels", "add", "TAX"]),
        "labelry: found the label 'TAX', which looks like the label 'tax'\n\
         hint: two labels have to differ in more than case, spaces and invisible characters\n"
    );
    assert_eq!(
        refused(at, &["labels", "add", "tax"]),
        "labelry: 'label' has the label 'tax' already\nhint: 'labelry labels list' shows the labels there are\n"
    );
    done(at, &["labels", "add", "bug"]);
}

#[test]
fn vectors_that_do_not_belong_to_their_records_are_refused() {
    let folder = folder();
    let at = folder.path();
    write(at, "r.csv", &["id,text", "a,one", "b,two"]);
    let check = |rows: usize, numbers: &[f32], words: &str| {
        let dict = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {}), }}", numbers.len() / rows);
        let mut bytes = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
        bytes.extend(format!("{dict:<117}\n").as_bytes());
        bytes.extend(numbers.iter().flat_map(|x| x.to_le_bytes()));
        std::fs::write(at.join("v.npy"), bytes).unwrap();
        assert_eq!(refused(at, &["import", "r.csv", "--vectors", "v=v.npy"]), words);
    };
    let very = "row i belongs to record i: give the vectors of this very file";
    check(1, &[1.0, 2.0], &format!("labelry: v.npy: found 1 rows for the 2 records of the file\nhint: {very}\n"));
    check(3, &[1.0; 6], &format!("labelry: v.npy: found more rows for the 2 records of the file\nhint: {very}\n"));
    check(
        2,
        &[1.0, 2.0, 3.0, f32::NAN],
        "labelry: v.npy: found NaN at row 1, column 1 (counted from 0) where a finite number was expected\n\
         hint: an empty text often gives NaN; numpy.nan_to_num(array), or embed the row again\n",
    );
    write(at, "n.jsonl", &[r#"{"id":"a","fields":{"text":"one"},"vectors":{"v":[1,2,3]}}"#]);
    done(at, &["import", "n.jsonl", "--dataset", "r"]);
    check(
        2,
        &[1.0, 2.0, 3.0, 4.0],
        "labelry: v.npy:1: found a vector 'v' of 2 dimensions where 3 were expected\n\
         hint: all vectors of a name have one dimension: give these another name\n",
    );
}

#[test]
fn a_label_that_is_not_there_comes_with_the_command_that_adds_it() {
    let folder = folder();
    let at = folder.path();
    ground(at);
    let check = |label: &str, command: &[&str], shown: &str| {
        write(at, "r.jsonl", &[&record("a", "one", &[label], None).replace("bob", label)]);
        let said = refused(at, &["import", "r.jsonl", "--dataset", "d"]);
        assert!(said.ends_with(&format!("; add it first: labelry {shown}\n")), "{said}");
        done(at, command);
        done(at, &["import", "r.jsonl", "--dataset", "d"]);
    };
    check("new one", &["labels", "add", "--dataset", "d", "new one"], "labels add --dataset d 'new one'");
    check("-x", &["labels", "add", "--dataset", "d", "--", "-x"], "labels add --dataset d -- -x");
    // A dataset that is being made is not there yet to add to.
    write(at, "n.jsonl", &[&HEADER.replace(r#""d""#, r#""n""#), &record("a", "one", &["bug"], None)]);
    let said = refused(at, &["import", "n.jsonl"]);
    assert!(
        said.ends_with(
            "hint: it has: tax, jobs; name it too, among the labels of the file's first line or in --labels\n"
        ),
        "{said}"
    );
}

#[test]
fn a_suggestion_of_an_unknown_label_is_refused_as_an_answer_is() {
    let folder = folder();
    let at = folder.path();
    let line = |value: &str| {
        format!(
            r#"{{"id":"a","fields":{{"text":"one"}},"suggestions":[{{"question":"topic","value":{value},"agent":"m"}}]}}"#
        )
    };
    let check = |value: &str| {
        write(at, "e.jsonl", &[HEADER, &line(value)]);
        assert_eq!(
            refused(at, &["import", "e.jsonl"]),
            "labelry: e.jsonl:2: found label \"taxes\", which 'topic' does not have\n\
             hint: it has: tax, jobs; name it too, among the labels of the file's first line or in --labels\n"
        );
        assert!(!at.join("labelry.db").exists());
    };
    check(r#"["tax","taxes"]"#);
    check(r#""taxes""#);
    write(at, "e.jsonl", &[HEADER, &line(r#"["tax"]"#)]);
    assert!(done(at, &["import", "e.jsonl"]).contains("1 suggestions\n"));
}

#[test]
fn names_that_cannot_be_typed_or_told_apart_are_refused_at_every_door() {
    let folder = folder();
    let folder = folder.path();
    ground(folder);
    let header = |name: &str, workspace: &str| {
        let dataset = serde_json::json!({"name": name, "workspace": workspace, "questions": []});
        serde_json::json!({"labelry": 1, "dataset": dataset}).to_string()
    };
    for bad in [".", "..", "/x", "x/", "a//b", "a/../b", " x", "x ", "x\u{1b}[2J", "x\u{202E}y", " "] {
        write(folder, "h.jsonl", &[&header(bad, "default")]);
        let said = refused(folder, &["import", "h.jsonl"]);
        assert!(said.contains("as the name of a dataset") && said.contains("hint: name it with --dataset"), "{said}");
        write(folder, "w.jsonl", &[&header("fine", bad)]);
        assert!(refused(folder, &["import", "w.jsonl"]).contains("as the name of a workspace"), "{bad:?}");
        write(folder, "r.jsonl", &[r#"{"id": "a", "text": "one"}"#]);
        let said = refused(folder, &["import", "r.jsonl", "--dataset", bad]);
        assert!(said.contains("as the name of a "), "{said}");
        let said = refused(folder, &["users", "create", bad]);
        assert!(said.contains("nobody can be called"), "{said}");
        let said = refused(folder, &["users", "rename", "bob", bad]);
        assert!(said.contains("nobody can be called"), "{said}");
        let said = refused(folder, &["workspaces", "create", bad]);
        assert!(said.contains("no workspace can be called") || said.contains("name has no '/'"), "{said}");
        let response = serde_json::json!({"user": bad, "status": "submitted", "answers": {"topic": ["tax"]}});
        let record = serde_json::json!({"id": "z", "fields": {"text": "z"}, "responses": [response]}).to_string();
        write(folder, "u.jsonl", &[HEADER, &record]);
        assert!(refused(folder, &["import", "u.jsonl"]).contains("as the name of a user"), "{bad:?}");
    }
    write(folder, "w.jsonl", &[&header("fine", "a/b")]);
    assert!(refused(folder, &["import", "w.jsonl"]).contains("it has a slash"));
    // The way out that is named is one.
    write(folder, "h.jsonl", &[&header("..", "default")]);
    done(folder, &["import", "h.jsonl", "--dataset", "team/fine"]);
    done(folder, &["--db", "theirs.db", "import", "d.jsonl"]);
    done(folder, &["--db", "ours.db", "import", "d.jsonl", "--dataset", "other"]);
    let said =
        refused(folder, &["--db", "ours.db", "merge", "theirs.db", "--same-user", "*", "--dataset", "d", "--as", ".."]);
    assert!(said.contains("no dataset can be called '..'"), "{said}");
    let output = labelry(folder, &["--db", "new.db", "merge", "theirs.db", "--map-user", "bob=.."]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("nobody can be called '..'"), "{said}");
}
