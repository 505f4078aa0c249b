//! Known answers: a table with a column `id` and one for each question, or `answer` for the only one.

use std::path::Path;

use serde_json::Value;

use super::by_hand;
use super::error::{Kind, ReadError, names};
use super::source::small;

/// A row of the table.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// Where it stands.
    pub line: u64,
    /// The record's id.
    pub id: String,
    /// Answers by column; empty cells are absent.
    pub answers: Vec<(String, String)>,
}

/// Reads a table of known answers.
///
/// # Errors
/// [`ReadError`] with file and line.
pub fn read_controls(path: &Path) -> Result<Vec<Known>, ReadError> {
    let file = small(path)?;
    let mut header: Option<Vec<String>> = None;
    let mut all = Vec::new();
    by_hand::each(path, file.as_slice(), &mut |line, row| {
        let Some(columns) = &header else {
            if row.len() < 2 || !row.iter().any(|column| column == "id") {
                let found = names(row.iter().map(String::as_str));
                let error = ReadError::new(Kind::MissingColumn, found, "the column 'id', and one for each question");
                return Err(error.with_hint("a file of known answers begins with the line id,answer"));
            }
            header = Some(row);
            return Ok(());
        };
        all.push(known(columns, row, line)?);
        Ok(())
    })?;
    Ok(all)
}

fn known(columns: &[String], row: Vec<String>, line: u64) -> Result<Known, ReadError> {
    let mut known = Known { line, id: String::new(), answers: Vec::new() };
    for (column, cell) in columns.iter().zip(row) {
        if column == "id" {
            known.id = cell;
        } else if !cell.is_empty() {
            known.answers.push((column.clone(), cell));
        }
    }
    if known.id.is_empty() || known.answers.is_empty() {
        let error = ReadError::new(Kind::WrongShape, "an empty cell", "an id and a known answer");
        return Err(error.with_hint("remove the row, or fill it; none of these is written []"));
    }
    Ok(known)
}

/// A cell of labels: a JSON list, or labels separated by `;`.
#[must_use]
pub fn labels_of(cell: &str) -> Vec<String> {
    if let Ok(Value::Array(list)) = serde_json::from_str(cell) {
        return list.into_iter().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).collect();
    }
    cell.split(';').map(str::trim).filter(|label| !label.is_empty()).map(str::to_owned).collect()
}
