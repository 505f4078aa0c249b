//! Known answers: a table with a column `id` and one for each question, or `answer` for the only one.

use std::io::Read;
use std::path::Path;

use serde_json::Value;

use super::error::{Kind, ReadError, names};
use super::lines;
use super::read::{END, broken, ended};
use super::source::open;

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
    let (file, _) = open(path)?;
    let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(file.chain(END));
    let mut cells = csv::ByteRecord::new();
    let mut header: Option<Vec<String>> = None;
    let mut rows = Vec::new();
    while reader.read_byte_record(&mut cells).map_err(|error| broken(&error).placed(path, None))? {
        let line = cells.position().map_or(1, csv::Position::line);
        let place = |error: ReadError| error.placed(path, Some(line));
        if ended(&cells).map_err(place)? {
            break;
        }
        let row: Result<Vec<&str>, ReadError> = cells.iter().map(lines::text).collect();
        let row: Vec<String> =
            row.map_err(place)?.into_iter().map(|cell| cell.trim_start_matches('\u{feff}').trim().to_owned()).collect();
        let Some(columns) = &header else {
            if row.len() < 2 || !row.iter().any(|column| column == "id") {
                let found = names(row.iter().map(String::as_str));
                let error = ReadError::new(Kind::MissingColumn, found, "the column 'id', and one for each question");
                return Err(place(error.with_hint("a file of known answers begins with the line id,answer")));
            }
            header = Some(row);
            continue;
        };
        rows.push(known(columns, row, line).map_err(place)?);
    }
    Ok(rows)
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
