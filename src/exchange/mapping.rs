//! What questions and labels are called in another dataset.

use std::path::Path;

use super::by_hand;
use super::error::{Kind, ReadError, names};
use super::source::small;

/// Its columns.
const COLUMNS: [&str; 4] = ["question", "label", "to_question", "to_label"];

/// One row: a question, or a label of it, and what it is called there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapped {
    /// The question here.
    pub question: String,
    /// The label here.
    pub label: Option<String>,
    /// The question there; none where it has the same name.
    pub to_question: Option<String>,
    /// The label there.
    pub to_label: Option<String>,
}

/// Reads a CSV file with the columns `question`, `label`, `to_question` and `to_label`; an empty cell says nothing.
///
/// # Errors
/// [`ReadError`] with the line; also where a row gives only one of `label` and `to_label`.
pub fn read_mapping(path: &Path) -> Result<Vec<Mapped>, ReadError> {
    let file = small(path)?;
    let mut header: Option<Vec<String>> = None;
    let mut all = Vec::new();
    by_hand::each(path, file.as_slice(), &mut |_, row| {
        let Some(columns) = &header else {
            if row.iter().any(|column| !COLUMNS.contains(&column.as_str())) || !row.contains(&COLUMNS[0].to_owned()) {
                let found = names(row.iter().map(String::as_str));
                let error = ReadError::new(Kind::MissingColumn, found, "question, label, to_question and to_label");
                return Err(error.with_hint("a mapping begins with the line question,label,to_question,to_label"));
            }
            header = Some(row);
            return Ok(());
        };
        let cell = |name: &str| {
            let at = columns.iter().position(|column| column == name)?;
            row.get(at).filter(|cell| !cell.is_empty()).cloned()
        };
        let [question, label, to_question, to_label] = COLUMNS.map(cell);
        match question {
            Some(question) if label.is_some() == to_label.is_some() => {
                all.push(Mapped { question, label, to_question, to_label });
                Ok(())
            }
            _ => {
                let wanted = "a question, and a label with what it is called there";
                let error = ReadError::new(Kind::WrongShape, "half a row", wanted);
                Err(error.with_hint("fill the row, or leave label and to_label both empty"))
            }
        }
    })?;
    Ok(all)
}
