//! CSV that is written for people: what a spreadsheet might take for a formula is defused.

use std::borrow::Cow;
use std::io::{Result, Write};

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

/// A text with a `'` before what a spreadsheet might take for a formula.
#[must_use]
pub fn defused(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}").into() } else { text.into() }
}

fn error(error: csv::Error) -> std::io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => std::io::Error::other(format!("{other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::{Cell, Sheet};

    #[test]
    fn what_might_be_a_formula_is_a_text() {
        let mut out = Vec::new();
        let mut sheet = Sheet::new(&mut out);
        let texts = ["=1+1", "+1", "-1", "@a", "\tb", "a,b", "say \"no\""].map(Cell::Text);
        sheet.row(texts.into_iter().chain([Cell::Number(-0.5), Cell::Count(7), Cell::Empty])).unwrap();
        sheet.finish().unwrap();
        let line = "'=1+1,'+1,'-1,'@a,'\tb,\"a,b\",\"say \"\"no\"\"\",-0.5,7,\n";
        assert_eq!(String::from_utf8(out).unwrap(), line);
    }
}
