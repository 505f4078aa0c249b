//! Responses in long form with their times, seconds and reasons, by the real binary.

use std::path::Path;

use serde_json::Value;

use crate::cases::{done, folder, refused, write};

/// A dataset of two records, in a file of its own.
fn ground(at: &Path) {
    write(at, "d.csv", &["id,text", "a,one", "b,two"]);
    done(at, &["import", "d.csv", "--labels", "tax,jobs,bug"]);
}

/// Responses of the records, a line each.
fn responses(native: &str) -> Vec<String> {
    let mut all = Vec::new();
    for line in native.lines().skip(1) {
        let record: Value = serde_json::from_str(line).unwrap();
        let given = record["responses"].as_array().cloned().unwrap_or_default();
        all.extend(given.iter().map(|response| format!("{} {response}", record["id"])));
    }
    all
}

#[test]
fn our_own_long_form_brings_all_responses_back() {
    let folder = folder();
    let at = folder.path();
    std::fs::write(at.join("news.jsonl"), include_str!("../data/every_kind.jsonl")).unwrap();
    done(at, &["import", "news.jsonl"]);
    let ours = responses(&done(at, &["export"]));
    assert!(ours.iter().any(|one| one.contains(r#""seconds":4.2,"at":"2026-01-31T10:00:00.000Z""#)), "{ours:?}");
    assert!(ours.iter().any(|one| one.contains(r#""reason":"spam""#)), "{ours:?}");
    let mut bare = String::new();
    for line in std::fs::read_to_string(at.join("news.jsonl")).unwrap().lines() {
        let mut line: Value = serde_json::from_str(line).unwrap();
        line.as_object_mut().unwrap().shift_remove("responses");
        bare += &format!("{line}\n");
    }
    std::fs::write(at.join("bare.jsonl"), bare).unwrap();
    for file in ["l.jsonl", "l.csv"] {
        done(at, &["export", "--format", "long", "--out", file]);
        let db = format!("{file}.db");
        done(at, &["--db", &db, "import", "bare.jsonl"]);
        let said = done(at, &["--db", &db, "import", file, "--dataset", "news"]);
        assert!(!said.contains("left aside"), "{said}");
        let back = done(at, &["--db", &db, "export"]);
        assert_eq!(responses(&back), ours, "{file}");
        let again = done(at, &["--db", &db, "import", file, "--dataset", "news"]);
        assert!(again.contains("\n0 responses (5 were there already)\n"), "{again}");
        assert_eq!(done(at, &["--db", &db, "export"]), back);
    }
}

#[test]
fn lines_of_one_response_have_the_newest_time_and_the_most_seconds() {
    let folder = folder();
    let at = folder.path();
    ground(at);
    let head = "item,rater,value,status,at,seconds,reason";
    write(
        at,
        "l.csv",
        &[
            head,
            "a,bob,tax,,2026-01-02T00:00:00+01:00,2,",
            "a,bob,jobs,,2026-01-03T00:00:00Z,1.5,",
            "b,bob,,discarded,,,spam",
            "a,bob,bug,,,,",
        ],
    );
    done(at, &["import", "l.csv", "--dataset", "d"]);
    let expected = [
        r#""a" {"user":"bob","status":"submitted","answers":{"label":["tax","jobs","bug"]},"seconds":2.0,"at":"2026-01-03T00:00:00.000Z"}"#,
        r#""b" {"user":"bob","status":"discarded","answers":{},"reason":"spam"}"#,
    ];
    assert_eq!(responses(&done(at, &["export"])), expected);
    // An older time of an equal answer changes nothing, a newer one stands; what differs goes by its time.
    let import = |line: &str, args: &[&str]| {
        write(at, "n.csv", &[head, line]);
        done(at, &[&["import", "n.csv", "--dataset", "d"], args].concat());
        responses(&done(at, &["export"]))[0].clone()
    };
    let whole = r#"a,bob,"[""tax"",""jobs"",""bug""]""#;
    assert_eq!(import(&format!("{whole},,2026-01-01T00:00:00Z,,"), &[]), expected[0]);
    assert!(import(&format!("{whole},,2026-01-04T00:00:00Z,,"), &[]).contains("2026-01-04"));
    let newest = ["--on-conflict", "newest"];
    assert!(import("a,bob,tax,,2026-01-03T00:00:00Z,9,", &newest).contains(r#"["tax","jobs","bug"]"#));
    let other = import("a,bob,tax,,2026-01-05T00:00:00Z,,", &newest);
    assert_eq!(
        other,
        r#""a" {"user":"bob","status":"submitted","answers":{"label":["tax"]},"at":"2026-01-05T00:00:00.000Z"}"#
    );
}

#[test]
fn a_column_is_read_if_its_first_cell_is_what_the_name_says() {
    let folder = folder();
    let at = folder.path();
    ground(at);
    let refusal = |lines: &[&str], expected: &str| {
        write(at, "l.csv", &[&["item,rater,value,at,seconds"], lines].concat());
        let said = refused(at, &["import", "l.csv", "--dataset", "d"]);
        assert_eq!(said.lines().next(), Some(expected));
    };
    let time = "2026-01-02T00:00:00Z";
    refusal(
        &[&format!("a,bob,tax,{time},"), "b,bob,tax,yesterday,"],
        "labelry: l.csv:3: found 'yesterday' in 'at' where a time in RFC 3339, as in 2026-01-31T10:00:00Z was expected",
    );
    refusal(
        &["a,bob,tax,,3", "b,bob,tax,,-1"],
        "labelry: l.csv:3: found '-1' in 'seconds' where a number of seconds, from 0 was expected",
    );
    let aside = ["item,rater,value,at,seconds,reason", "a,bob,tax,,,", "b,bob,tax,home,many,it is about taxes"];
    write(at, "l.csv", &[&aside[..], &[&format!("b,eve,tax,{time},3,")]].concat());
    let said = done(at, &["import", "l.csv", "--dataset", "d"]);
    assert!(said.contains("left aside in long form: at, seconds, reason\n"), "{said}");
    assert_eq!(
        responses(&done(at, &["export"]))[1],
        r#""b" {"user":"bob","status":"submitted","answers":{"label":["tax"]}}"#
    );
}

#[test]
fn labels_with_a_sign_come_back_from_our_own_csv() {
    let folder = folder();
    let at = folder.path();
    std::fs::write(at.join("s.jsonl"), include_str!("../data/sentiment.jsonl")).unwrap();
    done(at, &["import", "s.jsonl"]);
    done(at, &["export", "--format", "long", "--out", "s.csv"]);
    let csv = std::fs::read_to_string(at.join("s.csv")).unwrap();
    assert!(csv.contains(",-1,") && !csv.contains('\''), "{csv}");
    let bare: Vec<String> = include_str!("../data/sentiment.jsonl")
        .lines()
        .map(|line| {
            line.split(",\"responses\"").next().unwrap().to_owned() + if line.contains("responses") { "}" } else { "" }
        })
        .collect();
    write(at, "bare.jsonl", &bare.iter().map(String::as_str).collect::<Vec<_>>());
    done(at, &["--db", "b.db", "import", "bare.jsonl"]);
    done(at, &["--db", "b.db", "import", "s.csv", "--dataset", "s"]);
    assert_eq!(responses(&done(at, &["--db", "b.db", "export"])), responses(&done(at, &["export"])));
    let figure = |source: &[&str]| -> Value {
        let found: Value = serde_json::from_str(&done(at, &[&["agreement", "--json"], source].concat())).unwrap();
        found["overall"]["nominal"].clone()
    };
    assert_eq!(figure(&["s.csv", "--level", "nominal"]), figure(&["s"]));
    assert!(done(at, &["agreement", "s.csv", "--level", "nominal", "--by-label"]).contains("\n-1 "));
}

#[test]
fn what_might_be_a_formula_comes_back_in_every_column_of_our_own_files() {
    let folder = folder();
    let at = folder.path();
    let odd = ["=1+1", "+49 12", "-", "@home", "'-a", "''=b", "'-1", "-1", "'c", "\\tcell"];
    let header =
        r#"{"labelry":1,"dataset":{"name":"d","fields":[{"name":"-text"}],"questions":[{"name":"=q","type":"text"}]}}"#;
    let record = |(at, odd): (usize, &&str)| {
        format!(
            r#"{{"id":"{odd}{at}","fields":{{"-text":"{odd}"}},"metadata":{{"@m":"{odd}"}},"responses":[{{"user":"-ana","status":"submitted","answers":{{"=q":"{odd}"}}}},{{"user":"bob","status":"discarded","reason":"{odd}"}}]}}"#
        )
    };
    let records: Vec<String> = odd.iter().enumerate().map(record).collect();
    write(at, "d.jsonl", &[header].into_iter().chain(records.iter().map(String::as_str)).collect::<Vec<_>>());
    done(at, &["import", "d.jsonl"]);
    for file in ["l.csv", "l.jsonl"] {
        done(at, &["export", "--format", "long", "--out", file]);
        let bare: Vec<String> =
            records.iter().map(|line| line.split(",\"responses\"").next().unwrap().to_owned() + "}").collect();
        write(at, "bare.jsonl", &[header].into_iter().chain(bare.iter().map(String::as_str)).collect::<Vec<_>>());
        let db = format!("{file}.db");
        done(at, &["--db", &db, "import", "bare.jsonl"]);
        done(at, &["--db", &db, "import", file, "--dataset", "d"]);
        assert_eq!(responses(&done(at, &["--db", &db, "export"])), responses(&done(at, &["export"])), "{file}");
    }
    done(at, &["export", "--format", "csv", "--out", "t.csv"]);
    done(at, &["--db", "t.db", "import", "t.csv", "--text=-text"]);
    let back: Vec<Value> =
        done(at, &["--db", "t.db", "export"]).lines().skip(1).map(|line| serde_json::from_str(line).unwrap()).collect();
    for (at, odd) in odd.iter().enumerate() {
        let odd = odd.replace("\\t", "\t");
        assert_eq!(
            (&back[at]["id"], &back[at]["fields"]["-text"]),
            (&format!("{odd}{at}").as_str().into(), &odd.as_str().into())
        );
        assert_eq!(back[at]["metadata"]["@m"], odd.as_str());
    }
    write(
        at,
        "n.jsonl",
        &[
            r#"{"labelry":1,"dataset":{"name":"n","fields":[{"name":"text"}],"questions":[{"name":"q","type":"label","labels":["-x","y"]}]}}"#,
            r#"{"id":"1","fields":{"text":"=a"},"responses":[{"user":"u","status":"submitted","answers":{"q":"-x"}}]}"#,
        ],
    );
    done(at, &["--db", "n.db", "import", "n.jsonl"]);
    std::fs::create_dir(at.join("train")).unwrap();
    done(at, &["--db", "n.db", "export", "n", "--format", "training", "--out", "train/t.csv"]);
    assert_eq!(std::fs::read_to_string(at.join("train/t.csv")).unwrap(), "id,text,'-x,y\n1,'=a,1,0\n");
    done(at, &["--db", "m.db", "import", "train/t.csv", "--text", "text", "--multi-hot=-x,y"]);
    let back = done(at, &["--db", "m.db", "export"]);
    assert!(back.contains(r#"{"text":"=a"}"#) && back.contains(r#":["-x"]"#), "{back}");
    // In another's file a quote is a quote.
    write(at, "foreign.csv", &["id,text", "1,'-a", "2,'=b"]);
    done(at, &["--db", "f.db", "import", "foreign.csv"]);
    let back = done(at, &["--db", "f.db", "export"]);
    assert!(back.contains(r#"{"text":"'-a"}"#) && back.contains(r#"{"text":"'=b"}"#), "{back}");
}
