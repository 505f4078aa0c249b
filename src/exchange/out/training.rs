//! Training files: a row a record with `id`, the texts, and a column for each label in the dataset's order, whether it has
//! examples or not: 1, 0, a share, or blank where it is not known. `labels.json` beside it says how they came about.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::{Files, free, line};
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

enum Out {
    Jsonl(Box<dyn Write>),
    Csv(Box<Sheet<Box<dyn Write>>>),
}

/// Training rows on their way into one file, or two.
pub struct Rows {
    parts: Vec<Out>,
    fields: Vec<String>,
    labels: Vec<String>,
}

impl Rows {
    /// Begins the files: columns `id`, `fields`, `labels`; labels are called `QUESTION.LABEL` where one is called like a
    /// column before them.
    ///
    /// # Errors
    /// What the files say.
    pub fn begin(
        files: &mut dyn Files,
        fields: &[String],
        question: &str,
        labels: &[String],
        split: bool,
    ) -> io::Result<Self> {
        let mut taken = vec![String::from("id")];
        for field in fields {
            taken.push(free(field, "field", &taken));
        }
        let clash = labels.iter().any(|label| taken.contains(label));
        let name =
            |label: &String| if clash { free(&format!("{question}.{label}"), question, &taken) } else { label.clone() };
        let labels: Vec<String> = labels.iter().map(name).collect();
        let csv = files.is_csv();
        let mut parts = vec![files.main()?];
        if split {
            parts.push(files.rest()?);
        }
        let begin = |out| {
            if !csv {
                return Ok(Out::Jsonl(out));
            }
            let mut sheet = Sheet::new(out);
            sheet.row(taken.iter().chain(&labels).map(|name| Cell::Text(name)))?;
            Ok(Out::Csv(Box::new(sheet)))
        };
        let parts = parts.into_iter().map(begin).collect::<io::Result<_>>()?;
        // As the file's first line has them.
        let shown = |label: String| if csv { defused(&label).into_owned() } else { label };
        let labels = labels.into_iter().map(shown).collect();
        Ok(Self { parts, fields: fields.to_vec(), labels })
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
        match &mut self.parts[part] {
            Out::Jsonl(out) => {
                let mut object = Map::new();
                object.insert("id".into(), row.id.into());
                for name in &self.fields {
                    let taken: Vec<String> = object.keys().cloned().collect();
                    object.insert(free(name, "field", &taken), json!(text(name)));
                }
                let cells = self.labels.iter().zip(row.cells);
                object.extend(cells.map(|(name, cell)| (name.clone(), number(*cell))));
                line(out, &object)
            }
            Out::Csv(sheet) => {
                let texts = self.fields.iter().map(|name| text(name).map_or(Cell::Empty, Cell::Text));
                let cells = row.cells.iter().map(|cell| cell.map_or(Cell::Empty, Cell::Number));
                sheet.row(std::iter::once(Cell::Text(row.id)).chain(texts).chain(cells))
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
