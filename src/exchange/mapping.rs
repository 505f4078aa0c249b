//! What questions and labels are called in another dataset.

use std::path::Path;

use serde::Deserialize;

use super::error::{Kind, ReadError};
use super::read::broken;
use super::source::open;

/// One row: a question, or a label of it, and what it is called there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapped {
    /// The question here.
    pub question: String,
    /// The label here.
    #[serde(default)]
    pub label: Option<String>,
    /// The question there; none where it has the same name.
    #[serde(default)]
    pub to_question: Option<String>,
    /// The label there.
    #[serde(default)]
    pub to_label: Option<String>,
}

/// Reads a CSV file with the columns `question`, `label`, `to_question` and `to_label`; an empty cell says nothing.
///
/// # Errors
/// [`ReadError`] with the line; also where a row gives only one of `label` and `to_label`.
pub fn read_mapping(path: &Path) -> Result<Vec<Mapped>, ReadError> {
    let (file, _) = open(path)?;
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(file);
    let mut rows = Vec::new();
    for row in reader.deserialize::<Mapped>() {
        let row = row.map_err(|error| {
            let line = error.position().map(csv::Position::line);
            let hint = "a mapping begins with the line question,label,to_question,to_label";
            broken(&error).placed(path, line).with_hint(hint)
        })?;
        if row.question.is_empty() || row.label.is_some() != row.to_label.is_some() {
            let line = rows.len() as u64 + 2;
            let error =
                ReadError::new(Kind::WrongShape, "half a row", "a question, and a label with what it is called there");
            return Err(error
                .placed(path, Some(line))
                .with_hint("fill the row, or leave label and to_label both empty"));
        }
        rows.push(row);
    }
    Ok(rows)
}
