//! CSV that is written for people: what a spreadsheet might take for a formula is defused.

use std::borrow::Cow;
use std::io::{Result, Write};
use std::path::Path;

use serde_json::Value;

/// What stands in a cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    /// A text of the data, or of ours.
    Text(&'a str),
    /// A figure of ours, as short as reads back the same.
    Number(f64),
    /// A whole number of the data, which may have a minus.
    Plain(&'a str),
    /// A count of ours.
    Count(u64),
    /// Nothing.
    Empty,
}

/// Rows on their way into a file.
pub struct Sheet<W: Write>(csv::Writer<W>, usize);

impl<W: Write> Sheet<W> {
    /// Without rows so far.
    pub fn new(out: W) -> Self {
        Self(csv::WriterBuilder::new().from_writer(out), 0)
    }

    /// Writes a row.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn row<'c>(&mut self, cells: impl IntoIterator<Item = Cell<'c>>) -> Result<()> {
        for cell in cells {
            match cell {
                Cell::Text(text) => {
                    let harmless = defused(text);
                    self.1 += usize::from(matches!(harmless, Cow::Owned(_)));
                    self.0.write_field(harmless.as_bytes())
                }
                Cell::Plain(text) => self.0.write_field(text),
                // Zero has no sign.
                Cell::Number(number) => self.0.write_field((number + 0.0).to_string()),
                Cell::Count(count) => self.0.write_field(count.to_string()),
                Cell::Empty => self.0.write_field(""),
            }
            .map_err(error)?;
        }
        self.0.write_record(None::<&[u8]>).map_err(error)
    }

    /// How many cells were defused.
    #[must_use]
    pub fn defused(&self) -> usize {
        self.1
    }

    /// Hands what is left to the file.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn finish(mut self) -> Result<()> {
        self.0.flush()
    }
}

/// A text with a `'` before what a spreadsheet might take for a formula, and before what would look like that: so that
/// `restored` gives every text back. A number with a sign is no formula.
#[must_use]
pub fn defused(text: &str) -> Cow<'_, str> {
    if formula(text.trim_start_matches('\'')) { format!("'{text}").into() } else { text.into() }
}

/// The text that was [`defused`]; only for cells of files that were written here, since in another's a `'` is a `'`.
#[must_use]
pub fn restored(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|_| formula(cell.trim_start_matches('\''))).unwrap_or(cell)
}

fn formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r']) && !number(text)
}

/// Whether a text is a decimal number as it is written: digits with a sign, a point and an exponent at most.
fn number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let signless = |text: &str| text.strip_prefix(['+', '-']).unwrap_or(text).to_owned();
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let mantissa = signless(mantissa);
    let (whole, rest) = mantissa.split_once('.').unwrap_or((&mantissa, "0"));
    digits(whole) && digits(rest) && digits(&signless(exponent))
}

/// Whether a table was written here, by its columns: the long form has always the same eight; a table for people begins
/// with `id`, ends with `suggestions`, and has a verdict for each question before it.
#[must_use]
pub(super) fn ours(columns: &[String]) -> bool {
    let table = match columns {
        [id, .., verdict, suggestions] => {
            restored(id) == "id" && verdict.starts_with("verdict.") && suggestions == "suggestions"
        }
        _ => false,
    };
    table || columns.iter().map(String::as_str).eq(super::out::LONG)
}

/// Whether a table is a training file of ours: the labels in the `labels.json` beside it are its last columns.
#[must_use]
pub(super) fn trains(path: &Path, columns: &[String]) -> bool {
    // Only a first column that training files have makes it worth a look.
    if columns.first().is_none_or(|first| first != "id") {
        return false;
    }
    let about = std::fs::read(path.with_file_name("labels.json")).ok();
    let about: Option<Value> = about.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let labels = about.as_ref().and_then(|about| about["labels"].as_array());
    let names = labels.map(|labels| labels.iter().map(|label| label["column"].as_str()).collect::<Option<Vec<_>>>());
    names
        .flatten()
        .filter(|names| !names.is_empty() && names.len() < columns.len())
        .is_some_and(|names| columns[columns.len() - names.len()..].iter().map(String::as_str).eq(names))
}

fn error(error: csv::Error) -> std::io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => std::io::Error::other(format!("{other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::{Cell, Sheet, defused, ours, restored};

    #[test]
    fn what_might_be_a_formula_is_a_text() {
        let mut out = Vec::new();
        let mut sheet = Sheet::new(&mut out);
        let texts = ["=1+1", "+a", "-a", "@a", "\tb", "a,b", "say \"no\""].map(Cell::Text);
        sheet.row(texts.into_iter().chain([Cell::Number(-0.5), Cell::Count(7), Cell::Empty])).unwrap();
        sheet.finish().unwrap();
        let line = "'=1+1,'+a,'-a,'@a,'\tb,\"a,b\",\"say \"\"no\"\"\",-0.5,7,\n";
        assert_eq!(String::from_utf8(out).unwrap(), line);
    }

    #[test]
    fn every_text_comes_back_and_a_number_needs_no_mark() {
        let all = [
            "-1", "+1", "-0.5", "-1e-3", "-", "-a", "=1", "'-a", "''-a", "'-1", "'a", "'", "", "a", "\r", "'\t", "-1.",
            "-.5", "+4 9",
        ];
        for text in all {
            assert_eq!(restored(&defused(text)), text, "{text:?}");
        }
        let mut marked: Vec<_> = all.iter().map(|text| defused(text)).collect();
        marked.sort();
        marked.dedup();
        assert_eq!(marked.len(), all.len(), "no two texts are written alike");
        for number in ["-1", "+1", "-0.5", "-1e-3", "'-1"] {
            assert_eq!(defused(number), number);
        }
        assert_eq!((defused("-1+1|cmd"), defused("'=x")), ("'-1+1|cmd".into(), "''=x".into()));
    }

    #[test]
    fn a_file_is_ours_by_all_its_columns() {
        let columns = |names: &str| names.split(',').map(str::to_owned).collect::<Vec<_>>();
        assert!(ours(&columns("item,rater,question,value,status,at,seconds,reason")));
        assert!(ours(&columns("id,text,ana.status,ana.q,verdict.q,suggestions")));
        for other in
            ["item,rater,value", "id,text", "item,rater,question,value,status,at,seconds,reason,more", "id,suggestions"]
        {
            assert!(!ours(&columns(other)), "{other}");
        }
    }
}
