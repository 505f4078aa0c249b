//! The columns of a table with a row for each record: its id, texts, metadata and each person's answers. CSV and Parquet
//! write the same ones.
//!
//! For each person `NAME`: `NAME.status`, `NAME.QUESTION` for every question, `NAME.reason`, `NAME.note`, `NAME.flag`.
//! Then `verdict.QUESTION`, and `suggestions` as JSON.

use serde_json::Value;

use super::left::Holds;
use super::{About, Cells, free};
use crate::model::transfer::{RecordSpec, SuggestionSpec};

/// What a table holds.
pub(super) const HOLDS: Holds = Holds {
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
    scores: true,
};

/// What stands in a column. Questions are named by their place in the dataset.
pub(super) enum Column {
    Id,
    Field(String),
    Metadata(String, Cells),
    Status(String),
    Answer(String, usize),
    Reason(String),
    Note(String),
    Flag(String),
    Verdict(usize),
    Suggestions,
}

/// What stands in a cell.
pub(super) enum Given<'a> {
    Text(&'a str),
    Value(&'a Value),
    Flag,
    Suggestions(&'a [SuggestionSpec]),
}

/// The columns with their names, each name once.
pub(super) fn columns(about: &About<'_>) -> Vec<(String, Column)> {
    let mut names = vec![String::from("id")];
    let mut all = vec![(names[0].clone(), Column::Id)];
    let mut add = |name: &str, prefix: &str, column: Column| {
        let name = free(name, prefix, &names);
        names.push(name.clone());
        all.push((name, column));
    };
    for field in &about.spec.fields {
        add(&field.name, "field", Column::Field(field.name.clone()));
    }
    for (name, cells) in &about.columns.metadata {
        add(name, "metadata", Column::Metadata(name.clone(), *cells));
    }
    let questions = || about.spec.questions.iter().map(|question| &question.name).enumerate();
    for person in &about.columns.people {
        add(&format!("{person}.status"), "person", Column::Status(person.clone()));
        for (at, question) in questions() {
            add(&format!("{person}.{question}"), "answer", Column::Answer(person.clone(), at));
        }
        add(&format!("{person}.reason"), "person", Column::Reason(person.clone()));
        add(&format!("{person}.note"), "person", Column::Note(person.clone()));
        add(&format!("{person}.flag"), "person", Column::Flag(person.clone()));
    }
    for (at, question) in questions() {
        add(&format!("verdict.{question}"), "question", Column::Verdict(at));
    }
    add("suggestions", "agents", Column::Suggestions);
    all
}

impl Column {
    /// What a record has here; none where it has nothing.
    pub fn of<'a>(&self, record: &'a RecordSpec, about: &About<'_>) -> Option<Given<'a>> {
        let question = |at: usize| about.spec.questions[at].name.as_str();
        let response = |person: &String| {
            let mut first = record.responses.iter().filter(|response| response.pass.unwrap_or(1) == 1);
            first.find(|response| response.user == *person)
        };
        let note = |person: &String| record.notes.iter().find(|note| note.user == *person);
        match self {
            Self::Id => record.id.as_deref().map(Given::Text),
            Self::Field(name) => record.fields.get(name).map(Given::Value),
            Self::Metadata(name, _) => record.metadata.get(name).map(Given::Value),
            Self::Status(person) => response(person).map(|response| Given::Text(&response.status)),
            Self::Answer(person, at) => response(person)?.answers.get(question(*at)).map(Given::Value),
            Self::Reason(person) => response(person)?.reason.as_deref().map(Given::Text),
            Self::Note(person) => note(person)?.note.as_deref().map(Given::Text),
            Self::Flag(person) => note(person).filter(|note| note.flag).map(|_| Given::Flag),
            Self::Verdict(at) => {
                let verdict = record.adjudications.iter().find(|verdict| verdict.question == question(*at))?;
                Some(Given::Value(&verdict.value))
            }
            Self::Suggestions if record.suggestions.is_empty() => None,
            Self::Suggestions => Some(Given::Suggestions(&record.suggestions)),
        }
    }
}
