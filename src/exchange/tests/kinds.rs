//! Each kind of bad input with its whole message, hint included.

use super::arrays::npy;
use super::*;

/// The error that a file of these bytes gives, by the reader that its name asks for.
fn error(name: &str, bytes: &[u8]) -> ReadError {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    match name {
        "folder" => std::fs::create_dir(&path).unwrap(),
        "absent" => {}
        _ => std::fs::write(&path, bytes).unwrap(),
    }
    let error = match name {
        "e.npy" => {
            let mut sink = |_: usize, _: &[f32]| -> Result<(), Stopped> { Ok(()) };
            match read_npy(&path, &mut sink, &Silent) {
                Err(Stopped::Read(error)) => error,
                other => panic!("{other:?}"),
            }
        }
        "labels.csv" => read_labels(&path).unwrap_err(),
        _ => {
            let mut sink = |_| -> Result<(), Stopped> { Ok(()) };
            match read(&path, &Options::default(), &mut sink, &Silent) {
                Err(Stopped::Read(error)) => error,
                other => panic!("{name}: {other:?}"),
            }
        }
    };
    let file = error.file.replace(&format!("{}/", folder.path().display()), "");
    ReadError { file: file.into(), ..error }
}

#[test]
fn each_kind_is_told_whole() {
    let too_long = [&b"{\"text\":\""[..], &vec![b'x'; MAX_LINE]].concat();
    let deep = format!("{{\"a\":{}", "[".repeat(200));
    let nan = npy("<f4", "False", "(1, 1)", &f32::NAN.to_le_bytes());
    let cases: [(&str, &[u8], Kind); 28] = [
        ("absent", b"", Kind::Io),
        ("folder", b"", Kind::Directory),
        ("t.jsonl", b"", Kind::Empty),
        ("t.jsonl", b"{\"text\":\"\xe3\"}", Kind::NotUtf8),
        ("t.jsonl.gz", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", Kind::Truncated),
        ("t.csv", b"PK\x03\x04", Kind::OtherFormat),
        ("t.jsonl", b"\xff\xfe{\0", Kind::Utf16),
        ("t.jsonl", b"{\"text\":\"a\\u0000\"}", Kind::Nul),
        ("t.jsonl", b"{\"text\":}", Kind::NotJson),
        ("t.jsonl", b"[[1]]", Kind::NotObject),
        ("t.jsonl", &too_long, Kind::TooLong),
        ("t.jsonl", deep.as_bytes(), Kind::TooDeep),
        ("t.jsonl", b"{\"text\":\"a\",\"text\":\"b\"}", Kind::Duplicate),
        ("t.jsonl", b"{\"title\":\"a\",\"body\":\"b\"}", Kind::MissingText),
        ("labels.csv", b"title,key\na,1\n", Kind::MissingColumn),
        ("t.jsonl", b"{\"id\":1.5,\"text\":\"a\"}", Kind::BadId),
        ("labels.csv", b"value,key\ntax,1\njobs,1\n", Kind::BadKey),
        ("t.csv", b"item,rater,value,status\n1,a,t,done\n", Kind::UnknownStatus),
        ("t.jsonl", b"{\"text\":5}", Kind::WrongShape),
        ("t.csv", b"text,n\na\n", Kind::RowLength),
        ("n.jsonl", b"{\"fields\":{\"text\":\"a\"},\"vectors\":{\"v\":[1,null]}}", Kind::BadVector),
        ("n.jsonl", b"{\"labelry\":2,\"dataset\":{}}", Kind::BadHeader),
        ("e.npy", b"PK\x03\x04", Kind::NotNpy),
        ("e.npy", &npy("<f4", "True", "(1, 2)", &[0; 8]), Kind::FortranOrder),
        ("e.npy", &npy("<i4", "False", "(1, 2)", &[0; 8]), Kind::NpyType),
        ("e.npy", &npy("<f4", "False", "(2,)", &[0; 8]), Kind::NpyShape),
        ("e.npy", &npy("<f4", "False", "(2, 2)", &[0; 8]), Kind::NpyLength),
        ("e.npy", &nan, Kind::NotFinite),
    ];
    // Kind::Bomb stands in source.rs, Kind::Unsaid in the tests of Argilla's formats.
    // Kind::BadCsv is left: rows of any length are taken and bytes are checked here, so the csv crate finds nothing.
    let mut told = String::new();
    for (name, bytes, kind) in cases {
        let error = error(name, bytes);
        assert_eq!(error.kind, kind, "{error}");
        told += &format!("{error}\n  hint: {}\n", error.hint().unwrap_or_default());
    }
    assert_eq!(told, TOLD);
}

const TOLD: &str = r"absent: found that it cannot be read (No such file or directory (os error 2))
  hint: check its name, and that you may read it
folder: found a directory where a file was expected
  hint: give the file inside it
t.jsonl: found nothing where at least one line was expected
  hint: check that the program that wrote the file had finished
t.jsonl:1: found the byte 0xe3 at offset 9 of the line where UTF-8 text was expected
  hint: convert it first, such as: iconv -f WINDOWS-1250 -t UTF-8 FILE > NEW
t.jsonl.gz: found the end of the file inside a gzip where its end mark was expected
  hint: the file was cut off: copy it again, or check it: gzip -t FILE
t.csv: found a zip or a spreadsheet where text that labelry reads was expected
  hint: save a spreadsheet as CSV; unpack a zip and give the file inside
t.jsonl: found UTF-16 text where UTF-8 text was expected
  hint: save it as UTF-8, or: iconv -f UTF-16 -t UTF-8 FILE > NEW
t.jsonl:1: found the character U+0000 in a string where text was expected
  hint: remove the zero bytes; a binary or UTF-16 file has to be turned into UTF-8 text first
t.jsonl:1: found broken JSON at column 9 (expected value) where a JSON object was expected
  hint: each line has to be one whole JSON object
t.jsonl:1: found a list where a JSON object was expected
  hint: write one object per line: jq -c '.[]' FILE > FILE.jsonl
t.jsonl:1: found a line of more than 100 MB where a record on each line was expected
  hint: one object per line: jq -c '.[]' FILE > FILE.jsonl; in CSV, look for a quote that is never closed
t.jsonl:1: found lists and objects more than 128 deep where less nesting was expected
  hint: flatten the metadata, or keep it as a string
t.jsonl:1: found the key 'text' twice in one object
  hint: rename or remove one of the two; which of them is meant cannot be told
t.jsonl:1: found the columns 'title', 'body' where the text 'text' was expected
  hint: name the columns of the text: --text title,body
labels.csv:1: found the columns 'title', 'key' where the column 'value' was expected
  hint: a file of labels has the columns value, title, description, key and group
t.jsonl:1: found a number where an id, a string or an integer, was expected
  hint: write the id as a string
labels.csv:3: found the key '1' of the label 'jobs', which 'tax' has already
  hint: leave the key out to get a free one
t.csv:2: found the status 'done' where draft, submitted or discarded was expected
  hint: only submitted responses count in agreement
t.jsonl:1: found a number where the text 'text' was expected
  hint: a text is a string; name another column with --text
t.csv:2: found 1 cell where the header's 2 was expected
  hint: put cells with commas, tabs or line breaks into double quotes
n.jsonl:1: found null at place 2 where a number of the vector 'v' was expected
  hint: a vector is a list of finite numbers
n.jsonl:1: found format version 2 where version 1 was expected
  hint: the file was made by a newer labelry: update this one, or export again with the older
e.npy: found something else (magic not found for NPY file) where a NumPy array was expected
  hint: write it with numpy.save('embeddings.npy', array)
e.npy: found an array in Fortran order where C order was expected
  hint: numpy.save('embeddings.npy', numpy.ascontiguousarray(array))
e.npy: found numbers of the type '<i4' where f16, f32 or f64 was expected
  hint: numpy.save('embeddings.npy', array.astype('float32'))
e.npy: found an array of 1 dimension where two, rows and numbers per vector, was expected
  hint: numpy.save('embeddings.npy', array.reshape(rows, -1))
e.npy: found 8 bytes of data where 16 (2 rows of 2 numbers) was expected
  hint: the file was cut off or is still being written: save it again
e.npy: found NaN at row 0, column 0 (counted from 0) where a finite number was expected
  hint: an empty text often gives NaN; numpy.nan_to_num(array), or embed the row again
";
