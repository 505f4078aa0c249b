//! Training files: a row a record with `id`, the texts, and a column for each label in the dataset's order, whether it has
//! examples or not: 1, 0, a share, or blank where it is not known. `labels.json` beside it says how they came about.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::parquet::{Batches, Type};
use super::{Files, Shape, Sink, free, line};
use crate::exchange::{Cell, Sheet, defused};

/// One row.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// The record's id.
    pub id: &'a str,
    /// Texts by field name.
    pub fields: &'a [(String, String)],
    /// By label column.
    pub cells: &'a [Option<f64>],
}

/// What the rows are to be.
#[derive(Debug, Clone, Copy)]
pub struct Plan<'a> {
    /// Names of the texts.
    pub fields: &'a [String],
    /// The question.
    pub question: &'a str,
    /// Its labels.
    pub labels: &'a [String],
    /// Whether some rows are held back.
    pub split: bool,
    /// Whether cells may be shares.
    pub shares: bool,
}

enum Out {
    Jsonl(Sink),
    Csv(Box<Sheet<Sink>>),
    Parquet(Box<Batches>),
}

/// Training rows on their way into one file, or two.
pub struct Rows {
    parts: Vec<Out>,
    fields: Vec<String>,
    /// What the id and the fields are called.
    names: Vec<String>,
    labels: Vec<String>,
}

impl Rows {
    /// Begins the files: columns `id`, `fields`, `labels`; labels are called `QUESTION.LABEL` where one is called like a
    /// column before them.
    ///
    /// # Errors
    /// What the files say.
    pub fn begin(files: &mut dyn Files, plan: Plan<'_>) -> io::Result<Self> {
        let Plan { fields, question, labels, .. } = plan;
        let mut names = vec![String::from("id")];
        for field in fields {
            names.push(free(field, "field", &names));
        }
        let clash = labels.iter().any(|label| names.contains(label));
        let name =
            |label: &String| if clash { free(&format!("{question}.{label}"), question, &names) } else { label.clone() };
        let labels: Vec<String> = labels.iter().map(name).collect();
        let shape = files.shape();
        let mut parts = vec![files.main()?];
        if plan.split {
            parts.push(files.rest()?);
        }
        let begin = |out| {
            Ok(match shape {
                Shape::Lines => Out::Jsonl(out),
                Shape::Csv => {
                    let mut sheet = Sheet::new(out);
                    sheet.row(names.iter().chain(&labels).map(|name| Cell::Text(name)))?;
                    Out::Csv(Box::new(sheet))
                }
                Shape::Parquet => {
                    let cells = if plan.shares { Type::Number } else { Type::Whole };
                    let texts = names.iter().map(|name| (name.clone(), Type::Text));
                    let columns: Vec<_> = texts.chain(labels.iter().map(|label| (label.clone(), cells))).collect();
                    Out::Parquet(Box::new(Batches::begin(out, &columns)?))
                }
            })
        };
        let parts = parts.into_iter().map(begin).collect::<io::Result<_>>()?;
        // As the file's first line has them.
        let shown = |label: String| if shape == Shape::Csv { defused(&label).into_owned() } else { label };
        let labels = labels.into_iter().map(shown).collect();
        Ok(Self { parts, fields: fields.to_vec(), names, labels })
    }

    /// The label columns.
    #[must_use]
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// Writes a row into a part: 0, or 1 for what is held back.
    ///
    /// # Errors
    /// What the file says.
    pub fn row(&mut self, part: usize, row: Row<'_>) -> io::Result<()> {
        let text = |name: &String| row.fields.iter().find(|(field, _)| field == name).map(|(_, text)| text.as_str());
        let texts = std::iter::once(Some(row.id)).chain(self.fields.iter().map(text));
        match &mut self.parts[part] {
            Out::Jsonl(out) => {
                let mut object = Map::new();
                object.extend(self.names.iter().zip(texts).map(|(name, text)| (name.clone(), json!(text))));
                let cells = self.labels.iter().zip(row.cells);
                object.extend(cells.map(|(name, cell)| (name.clone(), number(*cell))));
                line(out, &object)
            }
            Out::Csv(sheet) => {
                let texts = texts.map(|text| text.map_or(Cell::Empty, Cell::Text));
                let cells = row.cells.iter().map(|cell| cell.map_or(Cell::Empty, Cell::Number));
                sheet.row(texts.chain(cells))
            }
            Out::Parquet(batches) => {
                let cells = row.cells.iter().map(|cell| number(*cell));
                batches.row(texts.map(|text| json!(text)).chain(cells).collect())
            }
        }
    }

    /// Ends the files and writes `labels.json`; gives how many cells a spreadsheet would have taken for formulas.
    ///
    /// # Errors
    /// What the files say.
    pub fn finish(self, files: &mut dyn Files, about: &Value) -> io::Result<usize> {
        let mut defused = 0;
        for part in self.parts {
            match part {
                Out::Jsonl(mut out) => out.flush()?,
                Out::Parquet(batches) => batches.finish()?,
                Out::Csv(sheet) => {
                    defused += sheet.defused();
                    sheet.finish()?;
                }
            }
        }
        let mut out = files.beside("labels.json")?;
        serde_json::to_writer_pretty(&mut out, about)?;
        out.write_all(b"\n")?;
        out.flush()?;
        Ok(defused)
    }
}

/// A whole number where it is one.
fn number(cell: Option<f64>) -> Value {
    match cell {
        Some(cell) if cell.fract() == 0.0 => json!(cell as i64),
        other => json!(other),
    }
}
