//! Every bad file of the list, by the real binary: one clear message with its place, and nothing half written. What
//! answers and datasets may be wrong about stands in `bad_input`, a full disk and Ctrl-C in `bad_days`.

use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;

use crate::cases::{HEADER, command, done, folder, record, refused, write};

/// Imports a file by its own name, packed, and through a pipe; the message is to be this one after the file's name,
/// exit code 1, and nothing is to be left behind. Nothing of the file may steer the terminal.
fn check(name: &str, bytes: impl AsRef<[u8]>, said: &str) {
    let bytes = bytes.as_ref();
    one(name, bytes, &[name], said);
    one(&format!("{name}.gz"), &gzip(bytes), &[&format!("{name}.gz")], said);
    let folder = folder();
    let mut child = command(folder.path(), &["import", "-", "--dataset", "d"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(bytes).unwrap();
    let output = child.wait_with_output().unwrap();
    let found = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{found}");
    let told = found.split_once('\n').unwrap().0;
    // Without a name there is no extension to tell a table by.
    if !name.contains(".csv") && !name.contains(".txt") {
        assert_eq!(told, format!("labelry: -{said}"), "by pipe");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

fn one(name: &str, bytes: &[u8], args: &[&str], said: &str) {
    let folder = folder();
    std::fs::write(folder.path().join(name), bytes).unwrap();
    let found = refused(folder.path(), &[&["import"], args].concat());
    let (told, hint) = found.split_once('\n').unwrap();
    assert_eq!(told, format!("labelry: {name}{said}"));
    assert!(hint.starts_with("hint: ") && hint.len() < 400, "{found}");
    assert!(found.chars().all(|c| c == '\n' || !c.is_control()), "{found:?}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left behind");
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

/// A file that is as good as it looks: so many records.
fn good(name: &str, bytes: impl AsRef<[u8]>, records: usize) {
    let folder = folder();
    std::fs::write(folder.path().join(name), bytes).unwrap();
    let said = done(folder.path(), &["import", name]);
    assert!(said.contains(&format!(": {records} records")), "{name}: {said}");
}

#[test]
fn invalid_utf_8() {
    let byte = |place: &str| format!("found the byte 0xe3 at offset {place} where UTF-8 text was expected");
    check("t.jsonl", b"{\"text\":\"a\"}\n{\"text\":\"\xe3\"}\n", &format!(":2: {}", byte("9 of the line")));
    check("t.json", b"[{\"text\":\"a\"},\n{\"text\":\n\"\xe3\"}]", &format!(":2: {}", byte("10 of the record")));
    check("t.csv", b"id,text\n1,a\n2,x\xe3\n", &format!(":3: {}", byte("1 of the cell in 'text'")));
    check("t.csv", b"id,\xe3\n1,a\n", &format!(":1: {}", byte("0 of the line")));
    check("t.txt", b"a\nb\n\xe3\n", &format!(":3: {}", byte("0 of the line")));
    let native = format!("{HEADER}\n{{\"id\":\"a\",\"fields\":{{\"text\":\"").into_bytes();
    check("n.jsonl", [&native[..], b"\xe3\"}}\n"].concat(), &format!(":2: {}", byte("28 of the line")));
}

#[test]
fn utf_16_with_and_without_its_mark() {
    let wide = |text: &str, mark: &[u8], unit: fn(u16) -> [u8; 2]| {
        [mark.to_vec(), text.encode_utf16().flat_map(unit).collect()].concat()
    };
    let said = ": found UTF-16 text where UTF-8 text was expected";
    for (name, text) in
        [("t.jsonl", "{\"text\":\"a\"}\n"), ("t.csv", "id,text\n1,a\n"), ("t.json", "[{\"text\":\"a\"}]")]
    {
        check(name, wide(text, b"\xff\xfe", u16::to_le_bytes), said);
        check(name, wide(text, b"\xfe\xff", u16::to_be_bytes), said);
        check(name, wide(text, b"", u16::to_le_bytes), said);
    }
    let four: Vec<u8> = "\u{feff}id,text\n".chars().flat_map(|c| (c as u32).to_le_bytes()).collect();
    check("t.csv", four, ": found UTF-32 text where UTF-8 text was expected");
}

#[test]
fn a_byte_order_mark_and_crlf_are_no_trouble() {
    let native = format!("{HEADER}\n{}\n", record("a", "one", &["tax"], None));
    let all = [
        ("t.jsonl", "{\"text\":\"a\"}\n"),
        ("t.csv", "id,text\n1,a\n"),
        ("t.json", "[\n{\"text\":\"a\"}\n]"),
        ("t.txt", "a\n"),
    ];
    for (name, text) in all.into_iter().chain([("n.jsonl", &*native)]) {
        let both = format!("\u{feff}{}", text.replace('\n', "\r\n"));
        good(name, &both, 1);
        good(&format!("{name}.gz"), gzip(both.as_bytes()), 1);
    }
    check(
        "t.jsonl",
        "{\"text\":\"a\"}\n\u{feff}{\"text\":\"b\"}\n",
        ":2: found a byte order mark (U+FEFF) where a JSON object was expected",
    );
}

#[test]
fn nul() {
    let nul = |place: &str| format!("found the character U+0000 in {place} where text was expected");
    check("t.jsonl", "{\"text\":\"a\"}\n{\"text\":\"b\0\"}\n", &format!(":2: {}", nul("the line")));
    check("t.jsonl", "{\"text\":\"a\"}\n{\"text\":\"b\\u0000\"}\n", &format!(":2: {}", nul("a string")));
    check("t.json", "[{\"text\":\"a\"},\n{\"text\":\"b\0\"}]", &format!(":2: {}", nul("the record")));
    check("t.csv", "id,text\n1,a\n2,\0\n", &format!(":3: {}", nul("the cell in 'text'")));
    check("t.txt", "a\nb\0\n", &format!(":2: {}", nul("the line")));
}

#[test]
fn a_line_of_100_mb_also_as_a_gzip_bomb() {
    let long = "x".repeat(100_000_001);
    let said =
        |line: u32| format!(":{line}: found a line of more than 100 MB where a record on each line was expected");
    check("t.jsonl", format!("{{\"text\":\"a\"}}\n{{\"text\":\"{long}\"}}\n"), &said(2));
    check("t.json", format!("[{{\"text\":\"a\"}},\n{{\"text\":\"{long}\"}}]"), &said(2));
    check("t.csv", format!("id,text\n1,a\n2,\"{long}\"\n"), &said(3));
    let zeros = gzip(&vec![0; 100_000_001]);
    one("zero.gz", &zeros, &["zero.gz"], &said(1));
    let commas = format!("id,text\n1{}\n", ",".repeat(11_000_000));
    let vast = ":2: found a row of more than 10 million cells where a record on each row was expected";
    one("t.csv.gz", &gzip(commas.as_bytes()), &["t.csv.gz"], vast);
    let lines = gzip("\n".repeat(100_000).as_bytes());
    good("t.jsonl.gz", [lines, gzip(b"{\"text\":\"a\"}\n")].concat(), 1);
}

#[test]
fn levels_of_nesting_100_000() {
    let said =
        |line: u32| format!(":{line}: found lists and objects more than 128 deep where less nesting was expected");
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
        check("t.jsonl", format!("{{\"text\":\"a\"}}\n{{\"text\":\"b\",\"m\":{deep}}}\n"), &said(2));
        check("t.json", format!("[{{\"text\":\"a\"}},\n{{\"text\":\"b\",\"m\":{deep}}}]"), &said(2));
        check("n.jsonl", format!("{HEADER}\n{{\"fields\":{{\"text\":\"b\"}},\"metadata\":{deep}}}\n"), &said(2));
        check("t.json", &deep, &said(1));
    }
    let open = format!("{{\"text\":\"b\",\"m\":{}\n", "[".repeat(100_000));
    check("t.jsonl", format!("{{\"text\":\"a\"}}\n{open}"), &said(2));
}

#[test]
fn a_truncated_gzip() {
    let lines: Vec<String> =
        (0..100_000).map(|n| format!("{{\"id\":\"{n}\",\"text\":\"{}\"}}", n * 31 % 7919)).collect();
    let whole = gzip((lines.join("\n") + "\n").as_bytes());
    let end = "found the end of the file inside a gzip where its end mark was expected";
    for cut in [2, 11] {
        one("t.jsonl.gz", &whole[..cut], &["t.jsonl.gz"], &format!(": {end}"));
    }
    let at = |cut: usize, args: &[&str]| {
        let folder = folder();
        std::fs::write(folder.path().join("t.jsonl.gz"), &whole[..cut]).unwrap();
        let found = refused(folder.path(), &[&["import", "t.jsonl.gz"], args].concat());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        let (line, told) = found.strip_prefix("labelry: t.jsonl.gz:").unwrap().split_once(": ").unwrap();
        assert!(told.starts_with(end), "{found}");
        line.parse::<usize>().unwrap()
    };
    let middle = at(whole.len() / 2, &[]);
    assert!(middle > 10_000 && middle < 90_000, "{middle}");
    assert_eq!(at(whole.len() / 2, &["--skip-bad"]), middle, "what is missing cannot be left aside");
    assert_eq!(at(whole.len() - 1, &[]), 100_001);
    let mut sum = whole.clone();
    let at = sum.len() - 6;
    sum[at] ^= 1;
    let folder = folder();
    std::fs::write(folder.path().join("t.jsonl.gz"), sum).unwrap();
    assert!(refused(folder.path(), &["import", "t.jsonl.gz"]).contains(":100001: found a broken gzip (corrupt gzip"));
}

#[test]
fn duplicate_ids_and_an_id_that_is_a_number_and_a_string() {
    let twice = |id: &str, at: u32| format!("found id '{id}' twice with different content, first at line {at}");
    check(
        "t.jsonl",
        "{\"id\":\"a\",\"text\":\"b\"}\n{\"id\":\"a\",\"text\":\"c\"}\n",
        &format!(":2: {}", twice("a", 1)),
    );
    check(
        "t.json",
        "[{\"id\":\"a\",\"text\":\"b\"},\n{\"id\":\"a\",\"text\":\"c\"}]",
        &format!(":2: {}", twice("a", 1)),
    );
    check("t.csv", "id,text\na,b\na,c\n", &format!(":3: {}", twice("a", 2)));
    check("t.jsonl", "{\"id\":1,\"text\":\"b\"}\n{\"id\":\"1\",\"text\":\"c\"}\n", &format!(":2: {}", twice("1", 1)));
    good("t.jsonl", "{\"id\":\"a\",\"text\":\"b\"}\n{\"id\":\"a\",\"text\":\"b\"}\n", 1);
    good("t.jsonl", "{\"id\":1,\"text\":\"b\"}\n{\"id\":\"1\",\"text\":\"b\"}\n", 1);
    let not = "where an id, a string or an integer, was expected";
    check("t.jsonl", "{\"id\":true,\"text\":\"b\"}\n", &format!(":1: found true or false {not}"));
    check("t.jsonl", "{\"id\":1.5,\"text\":\"b\"}\n", &format!(":1: found a number {not}"));
}

#[test]
fn missing_text() {
    let text = "where the text 'text' was expected";
    check("t.jsonl", "{\"text\":\"a\"}\n{\"id\":\"b\"}\n", &format!(":2: found the column 'id' {text}"));
    check("t.jsonl", "{\"text\":\"a\"}\n{\"text\":null}\n", &format!(":2: found null {text}"));
    check("t.json", "[{\"text\":\"a\"},\n{\"id\":\"b\"}]", &format!(":2: found the column 'id' {text}"));
    check(
        "n.jsonl",
        format!("{HEADER}\n{{\"id\":\"a\",\"fields\":{{\"text\":5}}}}\n"),
        &format!(":2: found a number {text}"),
    );
    let none = "found no text where the object 'fields' with a text was expected";
    check("n.jsonl", format!("{HEADER}\n{{\"id\":\"a\",\"fields\":{{}}}}\n"), &format!(":2: {none}"));
}

#[test]
fn an_unknown_label_and_an_unknown_question() {
    let native = |answers: &str| {
        let response = format!("{{\"user\":\"bob\",\"status\":\"submitted\",\"answers\":{answers}}}");
        format!("{HEADER}\n{{\"id\":\"a\",\"fields\":{{\"text\":\"x\"}},\"responses\":[{response}]}}\n")
    };
    check("n.jsonl", native(r#"{"topic":["taxes"]}"#), ":2: found label \"taxes\", which 'topic' does not have");
    check("n.jsonl", native(r#"{"mood":["tax"]}"#), ":2: found question 'mood', which the dataset does not have");
    let hostile = native(r#"{"topic":["\u001b[2J\u202etaxes"]}"#);
    check("n.jsonl", hostile, ":2: found label \"␛[2J·taxes\", which 'topic' does not have");
    let long = format!(":2: found label \"{}…\", which 'topic' does not have", "x".repeat(59));
    check("n.jsonl", native(&format!("{{\"topic\":[\"{}\"]}}", "x".repeat(100_000))), &long);
    let args = ["t.csv", "--labels", "tax", "--answers", "topic"];
    one("t.csv", b"id,text,topic\na,b,taxes\n", &args, ":2: found label \"taxes\", which 'label' does not have");
}

#[test]
fn spans_and_rankings_that_are_none_are_refused_with_their_line() {
    let header = r#"{"labelry":1,"dataset":{"name":"d","fields":[{"name":"text"},{"name":"title"}],"questions":[
        {"name":"ner","type":"span","labels":["ORG"]},{"name":"rank","type":"ranking","labels":["x","y"]}]}}"#;
    let header = header.replace('\n', "");
    let native = |answers: &str| {
        let response = format!("{{\"user\":\"bob\",\"status\":\"submitted\",\"answers\":{answers}}}");
        let fields = r#"{"text":"🌞 é","title":"a longer one"}"#;
        format!("{header}\n{{\"id\":\"a\",\"fields\":{fields},\"responses\":[{response}]}}\n")
    };
    let table = [
        (r#"{"ner":[{"start":0,"end":13,"label":"ORG"}]}"#, "the span 0 to 13 in a text of 12 characters"),
        (r#"{"ner":[{"start":0,"end":4,"label":"ORG","field":"text"}]}"#, "the span 0 to 4 in a text of 3 characters"),
        (
            r#"{"ner":[{"start":0,"end":1,"label":"ORG","field":"body"}]}"#,
            "a span in the field \"body\", which the record does not have",
        ),
        (r#"{"ner":{"start":[1],"end":[1],"label":["ORG"]}}"#, "the empty span 1 to 1"),
        (r#"{"ner":[[0,1,"ORG"],{"start":0,"end":1,"label":"ORG"}]}"#, "the span 0 to 1 twice"),
        (r#"{"ner":[[0,1,"PER"]]}"#, "the label \"PER\", which the question does not have"),
        (r#"{"ner":[{"start":-1,"end":1,"label":"ORG"}]}"#, "where a list of spans was expected"),
        (r#"{"ner":"ORG"}"#, "where a list of spans was expected"),
        (r#"{"rank":["x","x"]}"#, "\"x\" ranked twice"),
        (r#"{"rank":["z"]}"#, "the label \"z\", which the question does not have"),
        (r#"{"rank":[{"value":"x","rank":0}]}"#, "rank 0 of \"x\"; ranks count from 1"),
        (r#"{"rank":3}"#, "where a ranking was expected"),
    ];
    for (answers, wrong) in table {
        let all: serde_json::Map<String, serde_json::Value> = serde_json::from_str(answers).unwrap();
        let (question, value) = all.iter().next().unwrap();
        let value = value.to_string();
        let shown: String =
            if value.chars().count() > 60 { value.chars().take(59).chain(['…']).collect() } else { value };
        let between = if wrong.starts_with("where") { " " } else { ": " };
        check("n.jsonl", native(answers), &format!(":2: found {shown} as the answer to '{question}'{between}{wrong}"));
    }
}

/// A line with a vector.
fn vector(id: &str, numbers: &str) -> String {
    format!("{{\"id\":\"{id}\",\"fields\":{{\"text\":\"x\"}},\"vectors\":{{\"v\":{numbers}}}}}\n")
}

#[test]
fn a_wrong_vector_length_nan_infinity_and_zeros_in_a_line() {
    let native = |numbers: &str| format!("{HEADER}\n{}{}", vector("a", "[1,2]"), vector("b", numbers));
    check("n.jsonl", native("[1,2,3]"), ":3: found a vector 'v' of 3 dimensions where 2 were expected");
    check("n.jsonl", native("[]"), ":3: found an empty vector 'v'");
    check("n.jsonl", native("[1,NaN]"), ":3: found NaN at column 51 where a number was expected");
    check("n.jsonl", native("[-Infinity,1]"), ":3: found -Infinity at column 50 where a number was expected");
    let wanted = "at place 2 where a number of the vector 'v' was expected";
    check("n.jsonl", native("[1,null]"), &format!(":3: found null {wanted}"));
    check("n.jsonl", native("[1,1e300]"), &format!(":3: found 1e+300 (beyond f32) {wanted}"));
    let folder = folder();
    std::fs::write(folder.path().join("n.jsonl"), native("[0,0]")).unwrap();
    let said = done(folder.path(), &["import", "n.jsonl"]);
    assert!(said.contains("1 vector of nothing but zeros, which has no neighbours, the first: n.jsonl:3\n"), "{said}");
}

/// A `NumPy` file of this header and data.
fn npy(header: &str, numbers: &[f32]) -> Vec<u8> {
    let length = u16::try_from(header.len()).unwrap().to_le_bytes();
    let data = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    [b"\x93NUMPY\x01\x00".to_vec(), length.to_vec(), header.as_bytes().to_vec(), data].concat()
}

#[test]
fn a_wrong_vector_length_nan_infinity_and_zeros_in_a_file() {
    let shape = |shape: &str| format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}\n");
    let two = shape("(2, 2)");
    let told = |bytes: &[u8], said: &str| {
        let folder = folder();
        write(folder.path(), "t.csv", &["id,text", "a,one", "b,two"]);
        std::fs::write(folder.path().join("v.npy"), bytes).unwrap();
        let found = refused(folder.path(), &["import", "t.csv", "--vectors", "v=v.npy"]);
        assert_eq!(found.split_once("\nhint: ").unwrap().0, format!("labelry: v.npy: found {said}"));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left behind");
    };
    let finite = "at row 1, column 1 (counted from 0) where a finite number was expected";
    told(&npy(&two, &[1.0, 2.0, 3.0, f32::NAN]), &format!("NaN {finite}"));
    told(&npy(&two, &[1.0, 2.0, 3.0, f32::NEG_INFINITY]), &format!("infinity {finite}"));
    told(&npy(&two, &[1.0, 2.0, 3.0]), "12 bytes of data where 16 (2 rows of 2 numbers) was expected");
    told(&npy(&shape("(3, 2)"), &[1.0; 6]), "more rows for the 2 records of the file");
    told(b"", "nothing where a NumPy array was expected");
    let not = |why: &str| format!("something else ({why}) where a NumPy array was expected");
    let vast = shape("(4611686018427387904, 4611686018427387904)");
    told(&npy(&vast, &[1.0]), &not("its shape is of more numbers than there are"));
    told(&npy(&"(".repeat(1_000), &[]), &not("its header has too many brackets"));
    told(&npy(&"(".repeat(60_000), &[]), &not("its header is too long"));
    told(b"not an array at all", &not("magic not found for NPY file"));
    let folder = folder();
    write(folder.path(), "t.csv", &["id,text", "a,one", "b,two"]);
    std::fs::write(folder.path().join("v.npy"), npy(&two, &[1.0, 2.0, 0.0, 0.0])).unwrap();
    let said = done(folder.path(), &["import", "t.csv", "--vectors", "v=v.npy"]);
    assert!(said.contains("1 vector of nothing but zeros, which has no neighbours, the first: v.npy:2\n"), "{said}");
}

#[test]
fn duplicated_keys() {
    let twice = "found the key 'text' twice in one object";
    check("t.jsonl", "{\"text\":\"a\"}\n{\"text\":\"b\",\"text\":\"c\"}\n", &format!(":2: {twice}"));
    check("t.json", "[{\"text\":\"a\"},\n{\"text\":\"b\",\"m\":{\"text\":1,\"text\":2}}]", &format!(":2: {twice}"));
    check("t.csv", "id,text,text\n1,a,b\n", ":1: found the column 'text' twice");
}

#[test]
fn huge_integers() {
    let wanted = "where a whole number of at most 64 bits was expected";
    let line = |number: &str| format!("{{\"text\":\"a\"}}\n{{\"text\":\"b\",\"n\":{number}}}\n");
    for number in ["18446744073709551616", "-9223372036854775809", "123456789012345678901234567890"] {
        check("t.jsonl", line(number), &format!(":2: found the number {number} at column 17 {wanted}"));
    }
    check(
        "t.jsonl",
        line("1e400"),
        ":2: found broken JSON at column 21 (number out of range) where a JSON object was expected",
    );
    let whole = line("18446744073709551615");
    let folder = folder();
    std::fs::write(folder.path().join("t.jsonl"), whole).unwrap();
    done(folder.path(), &["import", "t.jsonl"]);
    assert!(done(folder.path(), &["export"]).contains("\"n\":18446744073709551615"));
}

#[test]
fn csv_rows_of_different_lengths() {
    let of = |cells: &str| format!("found {cells} where the header's 2 was expected");
    check("t.csv", "id,text\n1,a\n2\n", &format!(":3: {}", of("1 cell")));
    check("t.csv", "id,text\n1,\"a\nb\"\n2,c,d\n", &format!(":4: {}", of("3 cells")));
    check("t.tsv", "id\ttext\n1\ta\n2\tb\tc\n", &format!(":3: {}", of("3 cells")));
    let open = "found a quote that is never closed where the quote at the end of its cell was expected";
    check("t.csv", "id,text\n1,a\n2,\"b\n3,c\n", &format!(":3: {open}"));
}

#[test]
fn an_empty_file_and_one_without_a_record() {
    let nothing = ": found nothing where at least one line was expected";
    for bytes in ["", "\n \n", "\u{feff}"] {
        check("t.jsonl", bytes, nothing);
        check("t.csv", bytes, nothing);
    }
    let none = ": found no record where at least one was expected";
    check("t.json", "[]", none);
    one("t.csv", b"id,text\n", &["t.csv"], none);
}

#[test]
fn a_directory_and_a_file_that_is_not_there() {
    let folder = folder();
    let at = folder.path();
    assert_eq!(
        refused(at, &["import", "."]),
        "labelry: .: found a directory where a file was expected\nhint: give the file inside it\n"
    );
    let gone = refused(at, &["import", "x.jsonl"]);
    assert!(gone.starts_with("labelry: cannot read 'x.jsonl': ") && gone.contains("\nhint: "), "{gone}");
    assert_eq!(std::fs::read_dir(at).unwrap().count(), 0);
}

#[test]
fn a_file_of_another_format_than_said() {
    let said = |format: &str, found: &str| format!(": found {found} where what --format {format} says was expected");
    one("t.csv", b"id,text\na,b\n", &["t.csv", "--format", "jsonl"], &said("jsonl", "text that is no JSON"));
    one("t.jsonl", b"{\"text\":\"a\"}\n", &["t.jsonl", "--format", "csv"], &said("csv", "JSON"));
    let parquet = ": found text where Parquet, as --format says was expected";
    one("t.jsonl", b"{\"text\":\"a\"}\n", &["t.jsonl", "--format", "parquet"], parquet);
    let inside = gzip(&gzip(b"{\"text\":\"a\"}\n"));
    for (bytes, what) in [
        (&b"PK\x03\x04\x14\0\x06\0"[..], "a zip or a spreadsheet"),
        (b"SQLite format 3\0", "a SQLite database"),
        (b"\x93NUMPY\x01\0", "a NumPy array"),
        (b"\x28\xb5\x2f\xfd\0", "a zstd file"),
        (b"BZh91AY&SY\0", "a bzip2 file"),
        (b"\xfd7zXZ\0\0", "an xz file"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (b"%PDF-1.4\n%\xe2\xe3", "a PDF"),
        (&inside, "a gzip inside a gzip"),
    ] {
        one("t.csv", bytes, &["t.csv"], &format!(": found {what} where text that labelry reads was expected"));
    }
}

#[test]
fn skip_bad_writes_the_refused_rows_with_reasons() {
    let all = [
        (
            "t.jsonl",
            &b"{\"text\":\"a\"}\n[1]\n{\"text\":\"\xe3\"}\n{\"text\":\"b\",\"n\":18446744073709551616}\n"[..],
            &[2, 3, 4][..],
        ),
        ("t.json", b"[{\"text\":\"a\"},\n1,\n{\"text\":\"b\0\"}]", &[2, 3]),
        ("t.csv", b"id,text\n1,a\n2\n1,b\n3,\xe3\n", &[3, 4, 5]),
        ("t.txt", b"a\n\xe3\n", &[2]),
    ];
    for (name, bytes, lines) in all {
        let folder = folder();
        std::fs::write(folder.path().join(name), bytes).unwrap();
        let said = done(folder.path(), &["import", name, "--skip-bad"]);
        assert!(said.contains("t: 1 records\n"), "{said}");
        let kept = std::fs::read_to_string(folder.path().join(format!("{name}.bad.jsonl"))).unwrap();
        let kept: Vec<Value> = kept.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(kept.iter().map(|row| row["line"].as_u64().unwrap()).collect::<Vec<_>>(), lines, "{name}");
        for row in kept {
            let reason = row["error"].as_str().unwrap();
            assert!(reason.starts_with(&format!("{name}:{}: found ", row["line"])), "{reason}");
            assert!(!row["raw"].as_str().unwrap().is_empty());
        }
        assert!(partials(folder.path()).is_empty());
    }
    let folder = folder();
    std::fs::write(folder.path().join("t.csv"), "id,text\n1\n2\n").unwrap();
    let said = refused(folder.path(), &["import", "t.csv", "--skip-bad"]);
    let told = "labelry: all 2 lines are bad, the first: t.csv:2: found 1 cell where the header's 2 was expected\n";
    assert!(said.starts_with(told), "{said}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// Temporary files that were left behind.
pub fn partials(at: &Path) -> Vec<String> {
    let names = std::fs::read_dir(at).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    names.filter(|name| name.contains("partial")).collect()
}
