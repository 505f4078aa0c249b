//! Which tool wrote a file, told by one row of it.

use std::path::Path;

use serde_json::{Map, Value};

use super::error::ReadError;
use super::tool::Tool;
use super::{
    Format, Options, argilla_rows, argilla_v1, argilla_v2, doccano, given, label_studio, label_studio_min, prodigy,
};

/// Tells by a row whether a tool wrote it.
type Looks = fn(&Map<String, Value>) -> bool;

/// The tool that writes such rows.
pub(super) fn told(row: &Map<String, Value>) -> Option<Format> {
    let asked: [(Looks, Format); 8] = [
        (label_studio::looks_so, Format::LabelStudio),
        (label_studio_min::looks_so, Format::LabelStudio),
        (argilla_v2::looks_like_records, Format::ArgillaRecords),
        (argilla_v2::looks_flat, Format::Argilla),
        (argilla_v1::looks_so, Format::ArgillaV1),
        (argilla_rows::looks_so, Format::ArgillaRows),
        (prodigy::looks_so, Format::Prodigy),
        (doccano::looks_so, Format::Doccano),
    ];
    asked.into_iter().find(|(looks_so, _)| looks_so(row)).map(|(_, format)| format)
}

/// The same by keys alone, where a row is longer than the head.
pub(super) fn told_by_words(has: &dyn Fn(&str) -> bool) -> Option<Format> {
    if has("\"data\"") && (has("\"annotations\"") || has("\"predictions\"")) {
        return Some(Format::LabelStudio);
    }
    if has(".responses.users\"") {
        return Some(Format::Argilla);
    }
    has("-suggestion-metadata\"").then_some(Format::ArgillaV1)
}

/// What reads a format's rows; none where nothing has to be learned first.
pub(super) fn tool(format: Format, file: &Path, options: &Options) -> Result<Option<Box<dyn Tool>>, ReadError> {
    Ok(match format {
        Format::Argilla | Format::ArgillaRecords => Some(Box::new(argilla_v2::Reader::new(format, file, options)?)),
        Format::ArgillaV1 => Some(Box::new(argilla_v1::Reader::new(file, options)?)),
        Format::ArgillaRows => Some(Box::new(argilla_rows::Reader::new(options))),
        Format::LabelStudio => Some(Box::new(label_studio::Reader::new(file, options)?)),
        Format::Doccano => Some(Box::new(doccano::Reader::new(options))),
        Format::Prodigy => Some(Box::new(prodigy::Reader::new(options))),
        Format::Jsonl | Format::Json | Format::Csv | Format::Tsv | Format::Parquet if options.wants_answers() => {
            Some(Box::new(given::Reader::new(options)))
        }
        _ => None,
    })
}
