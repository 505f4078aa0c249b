//! Ratings in long form: a row for each person's answer to a question, as agreement programs read them.
//!
//! Columns: item, rater, question, value, status, at, seconds, reason. A list of labels is a JSON list; a
//! response without an answer is one row with neither question nor value.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::left::Holds;
use super::parquet::{Batches, Type};
use super::{Files, Left, Shape, Sink, Writer, line};
use crate::exchange::{Cell, Sheet};
use crate::model::transfer::{RecordSpec, ResponseSpec};

const HOLDS: Holds = Holds {
    drafts: true,
    discarded: true,
    bare: true,
    notes: false,
    flags: false,
    reasons: true,
    times: true,
    seconds: true,
    verdicts: false,
    vectors: false,
    metadata: false,
    suggestions: None,
    scores: false,
};

/// The columns, in order.
pub(in crate::exchange) const COLUMNS: [&str; 8] =
    ["item", "rater", "question", "value", "status", "at", "seconds", "reason"];

enum Out {
    Jsonl(Sink),
    Csv(Box<Sheet<Sink>>),
    Parquet(Box<Batches>),
}

pub(super) struct Long {
    out: Out,
    left: Left,
}

impl Long {
    pub(super) fn begin(files: &mut dyn Files) -> io::Result<Self> {
        let shape = files.shape();
        let out = files.main()?;
        let out = match shape {
            Shape::Lines => Out::Jsonl(out),
            Shape::Csv => {
                let mut sheet = Sheet::new(out);
                sheet.row(COLUMNS.map(Cell::Text))?;
                Out::Csv(Box::new(sheet))
            }
            Shape::Parquet => {
                let of = |name: &str| if name == "seconds" { Type::Number } else { Type::Text };
                Out::Parquet(Box::new(Batches::begin(out, &COLUMNS.map(|name| (name.to_owned(), of(name))))?))
            }
        };
        Ok(Self { out, left: Left::default() })
    }

    fn row(&mut self, item: &str, response: &ResponseSpec, answer: Option<(&String, &Value)>) -> io::Result<()> {
        let (question, value) = answer.unzip();
        match &mut self.out {
            Out::Jsonl(out) => {
                let mut row = Map::new();
                row.insert("item".into(), item.into());
                row.insert("rater".into(), response.user.as_str().into());
                if let (Some(question), Some(value)) = (question, value) {
                    row.insert("question".into(), question.as_str().into());
                    row.insert("value".into(), value.clone());
                }
                row.insert("status".into(), response.status.as_str().into());
                let more = [
                    ("at", json!(response.at)),
                    ("seconds", json!(response.seconds)),
                    ("reason", json!(response.reason)),
                ];
                row.extend(
                    more.into_iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (name.into(), value)),
                );
                line(out, &row)
            }
            Out::Parquet(batches) => {
                let value = value.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
                batches.row(vec![
                    item.into(),
                    response.user.as_str().into(),
                    question.map(String::as_str).into(),
                    value.into(),
                    response.status.as_str().into(),
                    response.at.as_deref().into(),
                    response.seconds.into(),
                    response.reason.as_deref().into(),
                ])
            }
            Out::Csv(sheet) => {
                let json = value.filter(|value| !value.is_string()).map(Value::to_string);
                let value = match (value, &json) {
                    (Some(Value::Number(number)), _) => number.as_f64().map_or(Cell::Empty, Cell::Number),
                    (Some(Value::String(text)), _) => Cell::Text(text),
                    (_, Some(json)) => Cell::Text(json),
                    _ => Cell::Empty,
                };
                let (at, reason) = (response.at.as_deref(), response.reason.as_deref());
                sheet.row([
                    Cell::Text(item),
                    Cell::Text(&response.user),
                    question.map_or(Cell::Empty, |question| Cell::Text(question)),
                    value,
                    Cell::Text(&response.status),
                    at.map_or(Cell::Empty, Cell::Text),
                    response.seconds.map_or(Cell::Empty, Cell::Number),
                    reason.map_or(Cell::Empty, Cell::Text),
                ])
            }
        }
    }
}

impl Writer for Long {
    fn record(&mut self, record: &RecordSpec) -> io::Result<()> {
        self.left.count(record, HOLDS);
        let item = record.id.as_deref().unwrap_or_default();
        self.left.add("records without an answer", usize::from(record.responses.is_empty()));
        for response in record.responses.iter().filter(|response| response.pass.unwrap_or(1) == 1) {
            if response.answers.is_empty() {
                // Submitted is an answer; without one there is nothing to rate by.
                let submitted = response.status == "submitted";
                self.left.add("submitted responses without an answer", usize::from(submitted));
                if !submitted {
                    self.row(item, response, None)?;
                }
            }
            for answer in &response.answers {
                self.row(item, response, Some(answer))?;
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<Left> {
        match self.out {
            Out::Jsonl(mut out) => out.flush()?,
            Out::Parquet(batches) => batches.finish()?,
            Out::Csv(sheet) => {
                self.left
                    .add("cells that a spreadsheet would take for a formula, now with ' before them", sheet.defused());
                sheet.finish()?;
            }
        }
        Ok(self.left)
    }
}
