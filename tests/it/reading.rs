//! Plain files in every layout, answers in them, names for users, dry runs; and what is refused of them.

use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::cases::{HEADER, command, done, folder, ground, record, refused, write};
use crate::neighbours::{answers, imported, questions};

fn gzip(at: &Path, name: &str, text: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    out.write_all(text).unwrap();
    let bytes = out.finish().unwrap();
    std::fs::write(at.join(name), &bytes).unwrap();
    bytes
}

/// Runs with this on standard input; gives what it says and whether it went well.
fn piped(at: &Path, args: &[&str], input: &[u8]) -> (String, bool) {
    let mut child =
        command(at, args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (String::from_utf8(said).unwrap(), output.status.success())
}

fn texts(records: &[Value]) -> Vec<&str> {
    records.iter().map(|record| record["fields"]["text"].as_str().unwrap()).collect()
}

#[test]
fn a_json_list_is_read_element_by_element() {
    let folder = folder();
    let at = folder.path();
    let list = "[\n  {\"id\": 1, \"text\": \"one\", \"n\": 3},\n  {\n    \"id\": 2,\n    \"text\": \"two]}\"\n  }\n]\n";
    let check = |text: &str| {
        std::fs::write(at.join("l.json"), text).unwrap();
        let (_, records) = imported(at, &["l.json"]);
        assert_eq!(texts(&records), ["one", "two]}"]);
        assert_eq!(records[0]["metadata"], json!({"n": 3}));
    };
    check(list);
    check(&format!("{{\"version\": \"1\", \"rows\": {list}, \"more\": [1]}}"));
    check(r#"{"rows":[{"id":1,"text":"one","n":3},{"id":2,"text":"two]}"}]}"#);
    let native = format!("[{HEADER},{}]", record("a", "one", &["tax"], None));
    std::fs::write(at.join("n.json"), native).unwrap();
    assert_eq!(answers(&imported(at, &["n.json"]).1[0]), [r#"bob submitted {"topic":["tax"]}"#]);
    std::fs::write(at.join("b.json"), "[{\"text\": \"one\"},\n{\"text\": \"two\",\n \"n\": }]").unwrap();
    assert_eq!(
        refused(at, &["--db", "b.db", "import", "b.json"]),
        "labelry: b.json:2: found broken JSON at line 2 of the record, column 7 (expected value) where a JSON object was expected\n\
         hint: each line has to be one whole JSON object\n"
    );
    assert!(!at.join("b.db").exists());
    done(at, &["--db", "b.db", "import", "b.json", "--skip-bad"]);
    assert!(at.join("b.json.bad.jsonl").exists());
}

#[test]
fn a_text_on_each_line_is_a_record() {
    let folder = folder();
    let at = folder.path();
    std::fs::write(at.join("t.txt"), "\u{feff}one, and more\r\n\r\n two\nthree").unwrap();
    let (header, records) = imported(at, &["t.txt", "--labels", "tax,jobs"]);
    assert_eq!(texts(&records), ["one, and more", " two", "three"]);
    assert_eq!(questions(&header), ["label multi_label tax,jobs"]);
    let (_, records) = imported(at, &["t.txt", "--text", "body"]);
    assert_eq!(records[0]["fields"], json!({"body": "one, and more"}));
}

#[test]
fn a_gzip_of_anything_and_standard_input_are_read() {
    let folder = folder();
    let at = folder.path();
    let csv = b"id,text\na,one\nb,two\n";
    let bytes = gzip(at, "r.csv.gz", csv);
    let (header, records) = imported(at, &["r.csv.gz"]);
    assert_eq!((&header["name"], texts(&records)), (&json!("r"), vec!["one", "two"]));
    // Two gzips in one file, as they are joined with cat.
    std::fs::write(at.join("j.gz"), [gzip(at, "x.gz", b"id,text\na,one\n"), gzip(at, "x.gz", b"b,two\n")].concat())
        .unwrap();
    assert_eq!(texts(&imported(at, &["j.gz"]).1), ["one", "two"]);
    for (db, input) in [("p.db", &csv[..]), ("g.db", &bytes)] {
        let (said, well) = piped(at, &["--db", db, "import", "-", "--dataset", "d"], input);
        assert!(well && said.contains("-: read as csv\nd: 2 records\n"), "{said}");
    }
    let (said, well) = piped(at, &["--db", "q.db", "import", "-"], b"{\"text\":\"a\"}\n{\"text\":}\n");
    assert!(!well && said.starts_with("labelry: -:2: found broken JSON at column 9 "), "{said}");
    assert!(!at.join("q.db").exists());
    let prodigy = br#"{"text":"t","label":"tax","answer":"accept","_input_hash":1,"_annotator_id":"ana"}"#;
    let (said, well) = piped(at, &["--db", "t.db", "import", "-"], prodigy);
    assert!(well && said.contains("-: read as prodigy\ndata: 1 records\n1 responses\n"), "{said}");
}

#[test]
fn a_gzip_that_was_cut_off_or_is_broken_is_refused() {
    let folder = folder();
    let at = folder.path();
    let text: Vec<String> = (0..5_000).map(|n| format!("{{\"text\":\"record {n} {}\"}}\n", n * n)).collect();
    let bytes = gzip(at, "r.jsonl.gz", text.concat().as_bytes());
    std::fs::write(at.join("r.jsonl.gz"), &bytes[..bytes.len() / 2]).unwrap();
    let said = refused(at, &["import", "r.jsonl.gz"]);
    // How far the rest could be expanded is up to the library.
    let (line, told) = said.strip_prefix("labelry: r.jsonl.gz:").unwrap().split_once(": ").unwrap();
    assert!((2_000..3_000).contains(&line.parse::<u32>().unwrap()), "{said}");
    assert_eq!(
        told,
        "found the end of the file inside a gzip where its end mark was expected\n\
         hint: the file was cut off: copy it again, or check it: gzip -t FILE\n"
    );
    let mut broken = bytes;
    broken[200] ^= 0xff;
    std::fs::write(at.join("r.jsonl.gz"), broken).unwrap();
    refused(at, &["import", "r.jsonl.gz"]);
    assert!(!at.join("labelry.db").exists());
}

#[test]
fn a_file_of_another_format_than_said_is_refused() {
    let folder = folder();
    let at = folder.path();
    write(at, "c.csv", &["id,text", "a,one"]);
    write(at, "l.jsonl", &[r#"{"id":"a","text":"one"}"#]);
    let check = |file: &str, said: &str, found: &str| {
        assert_eq!(
            refused(at, &["import", file, "--format", said]),
            format!(
                "labelry: {file}: found {found} where what --format {said} says was expected\nhint: leave --format out: it is told by content\n"
            )
        );
    };
    for said in ["jsonl", "json", "native", "label-studio", "prodigy", "argilla"] {
        check("c.csv", said, "text that is no JSON");
    }
    check("l.jsonl", "csv", "JSON");
    check("l.jsonl", "tsv", "JSON");
    let told = |said: &str, words: &str| {
        let out = refused(at, &["import", "l.jsonl", "--format", said]);
        assert!(out.starts_with(&format!("labelry: l.jsonl:1: found {words}")), "{out}");
    };
    told("label-studio", "a task without it where the object 'data' was expected\nhint: ");
    told("prodigy", "null where a task with options, a label or spans was expected\nhint: ");
    std::fs::write(at.join("x.csv"), b"PK\x03\x04 a spreadsheet").unwrap();
    let out = refused(at, &["import", "x.csv"]);
    assert!(out.starts_with("labelry: x.csv: found a zip or a spreadsheet where "), "{out}");
    write(at, "p.jsonl", &[r#"{"text":"t","label":"tax","answer":"accept","_input_hash":1}"#]);
    let out = refused(at, &["import", "p.jsonl", "l.jsonl", "--dataset", "d"]);
    assert!(
        out.starts_with("labelry: l.jsonl: found a file that is read as jsonl where another one of prodigy "),
        "{out}"
    );
    assert!(!at.join("labelry.db").exists());
}

#[test]
fn bad_bytes_and_shapes_are_refused_with_their_lines() {
    let folder = folder();
    let at = folder.path();
    let check = |name: &str, bytes: &[u8], said: &str| {
        std::fs::write(at.join(name), bytes).unwrap();
        let out = refused(at, &["import", name]);
        assert!(out.starts_with(&format!("labelry: {name}{said}")) && out.contains("\nhint: "), "{out}");
        assert!(!at.join("labelry.db").exists(), "{name}");
    };
    let deep = format!("{{\"text\":\"a\"}}\n{{\"text\":\"b\",\"m\":{}{}}}\n", "[".repeat(100_000), "]".repeat(100_000));
    check("d.jsonl", deep.as_bytes(), ":2: found lists and objects more than 128 deep");
    let deep = format!("[{{\"text\":\"b\",\"m\":{}{}}}]\n", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    check("d.json", deep.as_bytes(), ":1: found lists and objects more than 128 deep");
    let sixteen: Vec<u8> = "\u{feff}id,text\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    check("u.csv", &sixteen, ": found UTF-16 text");
    check("b.txt", b"one\ntw\xe3o\n", ":2: found the byte 0xe3 at offset 2 of the line");
    check("z.txt", b"one\ntw\0o\n", ":2: found the character U+0000 in the line");
    check("e.json", b"", ": found nothing where at least one line was expected");
    check("k.json", b"[{\"text\":\"a\",\"text\":\"b\"}]", ":1: found the key 'text' twice in one object");
    check("n.json", b"[{\"text\":\"a\",\"x\":NaN}]", ":1: found NaN at column 17 ");
    check("c.json", b"[{\"text\":\"a\"}\n,{\"text\":\"b\"", ":2: found the end of the file inside a JSON list");
    let vector = br#"{"id":"a","fields":{"text":"one"},"vectors":{"v":[1,1e39]}}"#;
    check("v.jsonl", vector, ":1: found 1e+39 (beyond f32) at place 2");
}

#[test]
fn an_id_may_be_a_number_in_one_line_and_a_string_in_the_next() {
    let folder = folder();
    let at = folder.path();
    write(at, "i.jsonl", &[r#"{"id":7,"text":"one"}"#, r#"{"id":"7","text":"one"}"#]);
    assert!(done(at, &["import", "i.jsonl"]).contains("i: 1 records (1 were there already)"));
    write(at, "j.jsonl", &[r#"{"id":7,"text":"one"}"#, r#"{"id":"7","text":"two"}"#]);
    let out = refused(at, &["import", "j.jsonl"]);
    assert!(
        out.starts_with("labelry: j.jsonl:2: found id '7' twice with different content, first at line 1\n"),
        "{out}"
    );
}

#[test]
fn a_zero_vector_and_huge_integers_are_kept() {
    let folder = folder();
    let at = folder.path();
    let line = r#"{"id":"a","fields":{"text":"one"},"metadata":{"n":18446744073709551615},"vectors":{"v":[0,0]}}"#;
    write(at, "d.jsonl", &[HEADER, line]);
    let (_, records) = imported(at, &["d.jsonl"]);
    assert_eq!(records[0]["metadata"].to_string(), r#"{"n":18446744073709551615}"#);
    assert_eq!(records[0]["vectors"], json!({"v": [0.0, 0.0]}));
    write(at, "e.jsonl", &[r#"{"id":"b","fields":{"text":"two"},"vectors":{"v":[1,2,3]}}"#]);
    let out = refused(at, &["import", "e.jsonl", "--dataset", "d"]);
    assert!(out.starts_with("labelry: e.jsonl:1: found a vector 'v' of 3 dimensions where 2 were expected\n"), "{out}");
}

#[cfg(unix)]
#[test]
fn a_disk_that_is_full_in_the_middle_leaves_nothing() {
    let folder = folder();
    let at = folder.path();
    let text: Vec<String> =
        (0..60_000).map(|n| format!("{{\"text\":\"record {n} with some more words in it\"}}\n")).collect();
    std::fs::write(at.join("r.jsonl"), text.concat()).unwrap();
    // A limit on the size of files, in blocks of 512 bytes, acts as a full disk does.
    let script = format!("ulimit -f 3000; exec '{}' import r.jsonl", env!("CARGO_BIN_EXE_labelry"));
    let mut shell = std::process::Command::new("sh");
    let output = shell.args(["-c", &script]).current_dir(at).env_clear().env("USER", "ana").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{:?} {said}", output.status);
    assert!(!at.join("labelry.db").exists(), "{said}");
}

#[test]
fn columns_of_labels_and_lists_of_labels_are_answers_of_one_person() {
    let folder = folder();
    let at = folder.path();
    write(at, "h.csv", &["id,text,tax,jobs,n", "a,one,1,0,x", "b,two,0,0,", "c,three,,,"]);
    let (header, records) = imported(at, &["h.csv", "--multi-hot", "tax,jobs", "--of", "ana"]);
    assert_eq!(questions(&header), ["label multi_label tax,jobs"]);
    let told = |records: &[Value]| records.iter().map(|record| answers(record).join(" ")).collect::<Vec<_>>();
    let expected = [r#"ana submitted {"label":["tax"]}"#, r#"ana submitted {"label":[]}"#, ""];
    assert_eq!(told(&records), expected);
    assert_eq!(records[0]["metadata"], json!({"n": "x"}));
    write(at, "a.csv", &["id,text,topics", "a,one,tax; jobs", "b,two,[]", "c,three,"]);
    let (header, records) = imported(at, &["a.csv", "--answers", "topics", "--sep", ";", "--question", "topic"]);
    assert_eq!(questions(&header), ["topic multi_label tax,jobs"]);
    let expected = [r#"ana submitted {"topic":["tax","jobs"]}"#, r#"ana submitted {"topic":[]}"#, ""];
    assert_eq!(told(&records), expected);
    write(at, "n.jsonl", &[r#"{"id":"a","text":"one","label":[1,0,1]}"#, r#"{"id":"b","text":"two","label":[2]}"#]);
    let (_, records) = imported(at, &["n.jsonl", "--answers", "label", "--labels", "x,y,z"]);
    let expected = [r#"ana submitted {"label":["x","z"]}"#, r#"ana submitted {"label":["z"]}"#];
    assert_eq!(told(&records), expected, "a row of 1 and 0, and a list of numbers of labels");
    let check = |row: &str, words: &str| {
        write(at, "b.csv", &["id,text,tax,jobs", row]);
        let out = refused(at, &["--db", "b.db", "import", "b.csv", "--multi-hot", "tax,jobs"]);
        assert!(out.starts_with(&format!("labelry: b.csv:2: found {words}")), "{out}");
    };
    check("a,one,2,0", "'2' where 1 or 0 in the column 'tax' was expected");
    check("a,one,1,", "1 empty cells beside filled ones where ");
    let out = refused(at, &["--db", "b.db", "import", "b.csv", "--multi-hot", "tax,bug"]);
    assert!(out.starts_with("labelry: b.csv:2: found the columns "), "{out}");
}

#[test]
fn users_get_the_names_of_a_file() {
    let folder = folder();
    let at = folder.path();
    write(at, "u.csv", &["name,id,team", "Bob B,bob,x", "Zoe,zoe,y"]);
    let bob = record("a", "one", &["tax"], None);
    write(at, "d.jsonl", &[HEADER, &bob]);
    let (_, records) = imported(at, &["d.jsonl", "--map-users", "u.csv"]);
    assert_eq!(answers(&records[0]), [r#"Bob B submitted {"topic":["tax"]}"#]);
    write(at, "l.csv", &["item,rater,value", "a,zoe,jobs"]);
    done(at, &["import", "l.csv", "--map-users", "u.csv"]);
    assert!(done(at, &["export"]).contains(r#"{"user":"Zoe","status":"submitted","answers":{"topic":["jobs"]}}"#));
    write(at, "u.csv", &["name,number", "Bob B,bob"]);
    let out = refused(at, &["import", "d.jsonl", "--map-users", "u.csv"]);
    assert!(
        out.starts_with("labelry: u.csv:1: found the columns 'name', 'number' where the columns 'id' and 'name' "),
        "{out}"
    );
    write(at, "u.csv", &["id,name", "bob,x", "bob,y"]);
    let out = refused(at, &["import", "d.jsonl", "--map-users", "u.csv"]);
    assert!(out.starts_with("labelry: u.csv:3: found the id 'bob' twice with two names\n"), "{out}");
}

#[test]
fn a_dry_run_says_what_it_understood_and_writes_nothing() {
    let folder = folder();
    let at = folder.path();
    let line = |hash: u32, rest: &str| {
        format!(r#"{{"text":"text {hash}","s":1,"_input_hash":{hash},"_annotator_id":"bob",{rest}}}"#)
    };
    let lines = [
        line(1, r#""options":[{"id":"tax"},{"id":"jobs"}],"accept":["tax","jobs"],"answer":"accept""#),
        line(2, r#""options":[{"id":"tax"},{"id":"jobs"}],"accept":[],"answer":"accept""#),
        line(3, r#""options":[{"id":"tax"},{"id":"jobs"}],"accept":[],"answer":"ignore""#),
        line(4, r#""options":[{"id":"tax"},{"id":"jobs"}],"accept":["jobs"],"answer":"accept""#),
    ];
    write(at, "p.jsonl", &lines.each_ref().map(String::as_str));
    assert_eq!(
        done(at, &["import", "p.jsonl", "--dry-run"]),
        "p.jsonl: would be read as prodigy\n\
         p: 4 records, 4 of them new\n\
         fields: text\n\
         question 'label', multi_label: tax, jobs\n\
         responses: 1 discarded, 3 submitted\n\
         new annotators: bob\n\
         metadata: s\n\
         assumed: question 'label' taken as multi_label with the 2 labels met\n\
         assumed: records are known by their id, else their _input_hash, annotators by _annotator_id\n\
         assumed: 1 tasks accepted without an option say \"none of these\"\n\
         assumed: 1 ignored tasks are discarded, whatever was ticked in them\n\
         ── 1: text 1\n   bob submitted: label tax, jobs\n\
         ── 2: text 2\n   bob submitted: label none of these\n\
         ── 3: text 3\n   bob discarded: \n\
         nothing was written (--dry-run)\n"
    );
    assert_eq!(std::fs::read_dir(at).unwrap().count(), 1, "no labelry file was made");
    ground(at);
    let before = done(at, &["export"]);
    write(at, "e.jsonl", &[HEADER, &record("b", "two", &["jobs"], None), "[1]"]);
    let said = done(at, &["import", "e.jsonl", "--dry-run", "--skip-bad"]);
    assert!(
        said.contains("d: 1 record, 1 of them new\n") && said.contains("left out: 1 bad line of e.jsonl\n"),
        "{said}"
    );
    refused(at, &["import", "e.jsonl", "--dry-run"]);
    assert_eq!(done(at, &["export"]), before);
    assert!(!at.join("e.jsonl.bad.jsonl").exists());
}

#[cfg(not(feature = "parquet"))]
#[test]
fn a_build_without_parquet_says_so_in_one_line() {
    let folder = folder();
    std::fs::write(folder.path().join("r.parquet"), b"PAR1 and the rest").unwrap();
    let said = refused(folder.path(), &["import", "r.parquet"]);
    assert!(
        said.starts_with("labelry: r.parquet: found Parquet where a format that this build reads was expected\n"),
        "{said}"
    );
    assert!(said.contains("--features parquet"), "{said}");
}
