//! doccano: a JSONL file for each member, one question a project.
//!
//! A member's file holds the records they submitted: `label: []` there is "none of these". Several texts become one,
//! with a blank line between; metadata stand beside `text`, and a note is a comment.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::{Map, json};

use super::argilla1::kind;
use super::left::Holds;
use super::shapes::{stretches, whole_text};
use super::{About, Files, Left, Sink, Writer, free, line};
use crate::model::QuestionKind;
use crate::model::transfer::RecordSpec;

const HOLDS: Holds = Holds {
    drafts: false,
    discarded: false,
    bare: false,
    notes: true,
    flags: false,
    reasons: false,
    times: false,
    seconds: false,
    verdicts: false,
    vectors: false,
    metadata: true,
    suggestions: None,
    scores: false,
};

pub(super) struct Doccano<'a> {
    files: &'a mut dyn Files,
    about: &'a About<'a>,
    members: BTreeMap<String, Sink>,
    names: Vec<String>,
    left: Left,
}

impl<'a> Doccano<'a> {
    pub(super) fn begin(files: &'a mut dyn Files, about: &'a About<'a>) -> Self {
        Self { files, about, members: BTreeMap::new(), names: Vec::new(), left: Left::default() }
    }

    fn member(&mut self, name: &str) -> io::Result<&mut Sink> {
        if !self.members.contains_key(name) {
            // A name is no path.
            let plain = |c: char| if c.is_alphanumeric() || "@._-+".contains(c) { c } else { '_' };
            let stem: String = name.trim_start_matches('.').chars().map(plain).collect();
            let stem = free(if stem.is_empty() { "member" } else { &stem }, "member", &self.names);
            let file = self.files.beside(&format!("{stem}.jsonl"))?;
            self.names.push(stem);
            self.members.insert(name.to_owned(), file);
        }
        self.members.get_mut(name).ok_or_else(|| io::Error::other("no file"))
    }
}

impl Writer for Doccano<'_> {
    fn record(&mut self, record: &RecordSpec) -> io::Result<()> {
        self.left.count(record, HOLDS);
        let spec = self.about.spec;
        let question = &spec.questions[self.about.question];
        let text = whole_text(record, &spec.fields);
        let mut some = false;
        for response in record.responses.iter().filter(|one| one.pass.unwrap_or(1) == 1 && one.status == "submitted") {
            let others = response.answers.keys().filter(|name| **name != question.name).count();
            self.left.add("answers to other questions", others);
            let Some(answer) = response.answers.get(&question.name) else { continue };
            some = true;
            let label = match kind(question) {
                QuestionKind::Span => {
                    stretches(answer).iter().map(|one| json!([one.start, one.end, one.label])).collect()
                }
                QuestionKind::MultiLabel => answer.clone(),
                _ => json!([answer]),
            };
            let mine = record.notes.iter().filter(|note| note.user == response.user);
            let comments: Vec<&String> = mine.filter_map(|note| note.note.as_ref()).collect();
            let mut row = Map::new();
            row.insert("id".into(), json!(record.id));
            row.insert("text".into(), text.as_str().into());
            row.insert("label".into(), label);
            row.insert("Comments".into(), json!(comments));
            for (name, value) in &record.metadata {
                let taken: Vec<String> = row.keys().cloned().collect();
                row.insert(free(name, "metadata", &taken), value.clone());
            }
            line(self.member(&response.user)?, &row)?;
        }
        let noted = record.notes.iter().filter(|note| {
            note.note.is_some()
                && !record.responses.iter().any(|one| one.user == note.user && one.status == "submitted")
        });
        self.left.add("notes of people who did not submit", noted.count());
        self.left.add("records that nobody submitted", usize::from(!some));
        self.left.add("records of several texts, now one", usize::from(some && record.fields.len() > 1));
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<Left> {
        self.members.values_mut().try_for_each(Write::flush)?;
        Ok(self.left)
    }
}
