//! A table for people, as CSV. A list of labels is a JSON list: `[]` is "none of these", an empty cell is no answer.

use std::io;

use serde_json::Value;

use super::table::{self, Column, Given, HOLDS};
use super::{About, Files, Left, Sink, Writer};
use crate::exchange::{Cell, Sheet};
use crate::model::transfer::RecordSpec;

pub(super) struct Table<'a> {
    sheet: Sheet<Sink>,
    about: &'a About<'a>,
    columns: Vec<(String, Column)>,
    left: Left,
}

impl<'a> Table<'a> {
    pub(super) fn begin(files: &mut dyn Files, about: &'a About<'a>) -> io::Result<Self> {
        let columns = table::columns(about);
        let mut sheet = Sheet::new(files.main()?);
        sheet.row(columns.iter().map(|(name, _)| Cell::Text(name)))?;
        Ok(Self { sheet, about, columns, left: Left::default() })
    }
}

/// What stands in a cell: a text as it is, all else as JSON, and nothing for nothing.
enum Owned<'a> {
    Text(&'a str),
    Json(String),
    Number(f64),
    Empty,
}

impl<'a> Owned<'a> {
    #[expect(clippy::needless_pass_by_value, reason = "what is given is a reference in a wrapping")]
    fn of(given: Option<Given<'a>>) -> io::Result<Self> {
        Ok(match given {
            None | Some(Given::Value(Value::Null)) => Self::Empty,
            Some(Given::Text(text)) => Self::Text(text),
            Some(Given::Value(Value::String(text))) => Self::Text(text),
            Some(Given::Value(Value::Number(number))) if number.is_f64() => {
                Self::Number(number.as_f64().unwrap_or_default())
            }
            // A whole number may be larger than a float holds.
            Some(Given::Value(other)) => Self::Json(other.to_string()),
            Some(Given::Flag) => Self::Text("true"),
            Some(Given::Suggestions(all)) => Self::Json(serde_json::to_string(all)?),
        })
    }

    fn cell(&self) -> Cell<'_> {
        let text = match self {
            Self::Text(text) => text,
            Self::Json(text) => text.as_str(),
            Self::Number(number) => return Cell::Number(*number),
            Self::Empty => return Cell::Empty,
        };
        if text.parse::<i64>().is_ok() && !text.starts_with('+') { Cell::Plain(text) } else { Cell::Text(text) }
    }
}

impl Writer for Table<'_> {
    fn record(&mut self, record: &RecordSpec) -> io::Result<()> {
        self.left.count(record, HOLDS);
        let cells = self.columns.iter().map(|(_, column)| Owned::of(column.of(record, self.about)));
        let row = cells.collect::<io::Result<Vec<_>>>()?;
        self.sheet.row(row.iter().map(Owned::cell))
    }

    fn finish(mut self: Box<Self>) -> io::Result<Left> {
        self.left
            .add("cells that a spreadsheet would take for a formula, now with ' before them", self.sheet.defused());
        self.sheet.finish()?;
        Ok(self.left)
    }
}
