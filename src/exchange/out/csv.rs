//! A table for people: a row for each record, with columns for its id, texts, metadata and each person's answers.
//!
//! For each person `NAME`: `NAME.status`, `NAME.QUESTION` for every question, `NAME.reason`, `NAME.note`, `NAME.flag`.
//! Then `verdict.QUESTION`, and `suggestions` as JSON. A list of labels is a JSON list: `[]` is "none of these", an
//! empty cell is no answer.

use std::io::{self, Write};

use serde_json::Value;

use super::left::Holds;
use super::{About, Columns, Files, Left, Writer, free};
use crate::exchange::{Cell, Sheet};
use crate::model::transfer::RecordSpec;

const HOLDS: Holds = Holds {
    drafts: true,
    discarded: true,
    bare: true,
    notes: true,
    flags: true,
    reasons: true,
    times: false,
    seconds: false,
    verdicts: true,
    vectors: false,
    metadata: true,
    suggestions: Some(usize::MAX),
};

pub(super) struct Table {
    sheet: Sheet<Box<dyn Write>>,
    fields: Vec<String>,
    columns: Columns,
    questions: Vec<String>,
    left: Left,
}

impl Table {
    pub(super) fn begin(files: &mut dyn Files, about: &About<'_>) -> io::Result<Self> {
        let fields: Vec<String> = about.spec.fields.iter().map(|field| field.name.clone()).collect();
        let questions: Vec<String> = about.spec.questions.iter().map(|question| question.name.clone()).collect();
        let columns = about.columns.clone();
        let mut names = vec![String::from("id")];
        let mut add = |name: &str, prefix: &str| {
            let name = free(name, prefix, &names);
            names.push(name);
        };
        for name in &fields {
            add(name, "field");
        }
        for name in &columns.metadata {
            add(name, "metadata");
        }
        for person in &columns.people {
            add(&format!("{person}.status"), "person");
            for question in &questions {
                add(&format!("{person}.{question}"), "answer");
            }
            for what in ["reason", "note", "flag"] {
                add(&format!("{person}.{what}"), "person");
            }
        }
        for question in &questions {
            add(&format!("verdict.{question}"), "question");
        }
        add("suggestions", "agents");
        let mut sheet = Sheet::new(files.main()?);
        sheet.row(names.iter().map(|name| Cell::Text(name)))?;
        Ok(Self { sheet, fields, columns, questions, left: Left::default() })
    }
}

/// What stands in a cell: a text as it is, all else as JSON, and nothing for nothing.
enum Owned {
    Text(String),
    Number(f64),
    Empty,
}

impl Owned {
    fn of(value: Option<&Value>) -> Self {
        match value {
            None | Some(Value::Null) => Self::Empty,
            Some(Value::String(text)) => Self::Text(text.clone()),
            Some(Value::Number(number)) if number.is_f64() => Self::Number(number.as_f64().unwrap_or_default()),
            // A whole number may be larger than a float holds.
            Some(other) => Self::Text(other.to_string()),
        }
    }

    fn text(text: Option<&str>) -> Self {
        text.map_or(Self::Empty, |text| Self::Text(text.to_owned()))
    }

    fn cell(&self) -> Cell<'_> {
        match self {
            Self::Text(text) if text.parse::<i64>().is_ok() && !text.starts_with('+') => Cell::Plain(text),
            Self::Text(text) => Cell::Text(text),
            Self::Number(number) => Cell::Number(*number),
            Self::Empty => Cell::Empty,
        }
    }
}

impl Writer for Table {
    fn record(&mut self, record: &RecordSpec) -> io::Result<()> {
        self.left.count(record, HOLDS);
        let mut row = vec![Owned::text(record.id.as_deref())];
        row.extend(self.fields.iter().map(|name| Owned::of(record.fields.get(name))));
        row.extend(self.columns.metadata.iter().map(|name| Owned::of(record.metadata.get(name))));
        for person in &self.columns.people {
            let first = |response: &&crate::model::transfer::ResponseSpec| response.pass.unwrap_or(1) == 1;
            let response = record.responses.iter().filter(first).find(|response| response.user == *person);
            row.push(Owned::text(response.map(|response| response.status.as_str())));
            let answer = |question: &String| Owned::of(response.and_then(|response| response.answers.get(question)));
            row.extend(self.questions.iter().map(answer));
            row.push(Owned::text(response.and_then(|response| response.reason.as_deref())));
            let note = record.notes.iter().find(|note| note.user == *person);
            row.push(Owned::text(note.and_then(|note| note.note.as_deref())));
            row.push(Owned::text(note.filter(|note| note.flag).map(|_| "true")));
        }
        for question in &self.questions {
            let verdict = record.adjudications.iter().find(|verdict| verdict.question == *question);
            row.push(Owned::of(verdict.map(|verdict| &verdict.value)));
        }
        let suggestions = serde_json::to_value(&record.suggestions)?;
        row.push(Owned::of(Some(&suggestions).filter(|_| !record.suggestions.is_empty())));
        self.sheet.row(row.iter().map(Owned::cell))
    }

    fn finish(mut self: Box<Self>) -> io::Result<Left> {
        self.left
            .add("cells that a spreadsheet would take for a formula, now with ' before them", self.sheet.defused());
        self.sheet.finish()?;
        Ok(self.left)
    }
}
