//! Whole files in, items and errors out.

mod arrays;
mod bad;
#[cfg(feature = "parquet")]
mod columns;
mod good;
mod kinds;
mod ratings;
mod report;

use std::path::Path;

use super::*;
use crate::progress::Silent;

fn run(name: &str, bytes: &[u8], options: &Options) -> Result<(Summary, Vec<Located>), Stopped> {
    let mut items = Vec::new();
    let mut sink = |located| -> Result<(), Stopped> {
        items.push(located);
        Ok(())
    };
    let summary = read_from(bytes, Path::new(name), bytes.len() as u64, options, &mut sink, &Silent)?;
    Ok((summary, items))
}

fn told(item: &Item) -> String {
    match item {
        Item::Header(spec) => serde_json::to_string(spec).unwrap(),
        Item::Record(record) => serde_json::to_string(record).unwrap(),
        Item::Response(row) => format!("{} {}", row.item, serde_json::to_string(&row.response).unwrap()),
        Item::Bad(bad) => format!("bad {} <{}>", bad.error, String::from_utf8_lossy(&bad.raw)),
    }
}

fn check(name: &str, text: &str, options: &Options, format: Format, expected: &[&str]) -> Summary {
    let (summary, items) = run(name, text.as_bytes(), options).unwrap();
    assert_eq!(items.iter().map(|l| told(&l.item)).collect::<Vec<_>>(), expected, "{text}");
    assert_eq!(summary.format, format);
    summary
}

fn check_error(name: &str, bytes: impl AsRef<[u8]>, options: &Options, expected: &str) {
    match run(name, bytes.as_ref(), options) {
        Err(Stopped::Read(error)) => {
            assert_eq!(error.to_string(), expected);
            assert!(error.hint().is_some(), "no hint: {expected}");
        }
        other => panic!("{expected}: {other:?}"),
    }
}

fn text(columns: &[&str]) -> Options {
    Options { text: columns.iter().map(|c| (*c).to_owned()).collect(), ..Options::default() }
}
