//! Parquet, written here by its own crate.

use std::sync::Arc;

use ::parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use ::parquet::file::metadata::KeyValue;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::parser::parse_message_type;

use super::*;

const SCHEMA: &str = "message rows { REQUIRED BYTE_ARRAY text (UTF8); OPTIONAL INT64 topic; }";

/// Three rows; a column of class numbers with their names, as `datasets` writes them.
fn rows() -> Vec<u8> {
    let schema = Arc::new(parse_message_type(SCHEMA).unwrap());
    let about = r#"{"info":{"features":{"topic":{"names":["tax","jobs"],"_type":"ClassLabel"}}}}"#;
    let about = KeyValue::new(String::from("huggingface"), Some(String::from(about)));
    let properties = Arc::new(WriterProperties::builder().set_key_value_metadata(Some(vec![about])).build());
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, schema, properties).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let texts = ["one", "two", "three"].map(ByteArray::from);
    column.typed::<ByteArrayType>().write_batch(&texts, None, None).unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<Int64Type>().write_batch(&[1, 0], Some(&[1, 0, 1]), None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    bytes
}

fn told_of(bytes: &[u8]) -> Result<Vec<String>, ReadError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    std::fs::write(&path, bytes).unwrap();
    let mut items = Vec::new();
    let mut sink = |located: Located| -> Result<(), Stopped> {
        items.push(told(&located.item));
        Ok(())
    };
    match read(&path, &Options::default(), &mut sink, &Silent) {
        Ok(_) => Ok(items),
        Err(Stopped::Read(error)) => Err(error),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn rows_of_parquet_are_records_and_class_numbers_get_their_names() {
    let expected = [
        r#"{"fields":{"text":"one"},"metadata":{"topic":"jobs"}}"#,
        r#"{"fields":{"text":"two"},"metadata":{"topic":null}}"#,
        r#"{"fields":{"text":"three"},"metadata":{"topic":"tax"}}"#,
    ];
    assert_eq!(told_of(&rows()).unwrap(), expected);
}

#[test]
fn a_parquet_file_that_was_cut_off_or_changed_is_refused_and_never_panics() {
    let whole = rows();
    let error = told_of(&whole[..whole.len() / 2]).unwrap_err();
    assert!(error.to_string().contains("found broken Parquet ("), "{error}");
    assert!(error.hint().is_some());
    for at in 4..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 0x55;
        // It may still be readable; it may not take the program down.
        let _told = told_of(&changed);
    }
}
