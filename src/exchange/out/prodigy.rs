//! Prodigy: JSONL, a line for each item and annotator, as `db-in` takes them.
//!
//! The question named, else the first with labels, is the choice (of spans: `spans`); answers to others stand under
//! `answers`. A discard is `ignore` with its ticks kept. What came from Prodigy and was kept in the metadata goes back
//! to its place, its hashes too. Other records get hashes that tell items and tasks apart, but they are ours: how
//! Prodigy makes its own is not said anywhere, and `db-in --rehash` puts them in their place.

use std::io::{self, Write};

use serde_json::{Map, Value, json};
use xxhash_rust::xxh3::xxh3_64;

use super::argilla1::kind;
use super::left::Holds;
use super::shapes::{stretches, whole_text};
use super::{About, Files, Left, Sink, Writer, labels, line, title};
use crate::exchange::prodigy::TOOL;
use crate::model::transfer::{RecordSpec, ResponseSpec};
use crate::model::{QuestionKind, Timestamp};

const HOLDS: Holds = Holds {
    drafts: false,
    discarded: true,
    bare: true,
    notes: true,
    flags: true,
    reasons: true,
    times: true,
    seconds: false,
    verdicts: false,
    vectors: false,
    metadata: true,
    suggestions: None,
    scores: false,
};

pub(super) struct Prodigy<'a> {
    out: Sink,
    about: &'a About<'a>,
    options: Value,
    left: Left,
}

impl<'a> Prodigy<'a> {
    pub(super) fn begin(files: &mut dyn Files, about: &'a About<'a>) -> io::Result<Self> {
        let question = &about.spec.questions[about.question];
        let options = labels(question).iter().map(|label| json!({"id": label.value, "text": title(label)})).collect();
        Ok(Self { out: files.main()?, about, options, left: Left::default() })
    }
}

impl Prodigy<'_> {
    fn row(&self, record: &RecordSpec, text: &str, response: &ResponseSpec) -> Map<String, Value> {
        let question = &self.about.spec.questions[self.about.question];
        let answer = response.answers.get(&question.name);
        let mut row = Map::new();
        let mut put = |name: &str, value: Value| row.insert(name.to_owned(), value);
        let mut meta = record.metadata.clone();
        let kept = match meta.get(TOOL) {
            Some(Value::Object(_)) => meta.shift_remove(TOOL),
            _ => None,
        };
        put("id", json!(record.id));
        put("text", text.into());
        put("meta", Value::Object(meta));
        let spans = kind(question) == QuestionKind::Span;
        if spans {
            let one = |one: super::shapes::Stretch| json!({"start": one.start, "end": one.end, "label": one.label});
            put("spans", answer.map(stretches).unwrap_or_default().into_iter().map(one).collect());
            put("_view_id", "spans_manual".into());
        } else {
            put("options", self.options.clone());
            put(
                "accept",
                match answer {
                    Some(Value::Array(list)) => Value::from(list.clone()),
                    Some(one) => json!([one]),
                    None => json!([]),
                },
            );
            let style = if kind(question) == QuestionKind::MultiLabel { "multiple" } else { "single" };
            put("config", json!({"choice_style": style}));
            put("_view_id", "choice".into());
        }
        put("answer", if response.status == "discarded" { "ignore" } else { "accept" }.into());
        // Records of the same text stay two.
        let hash = |what: &str| json!(xxh3_64(what.as_bytes()) as i32);
        let item = format!("{}\0{text}", record.id.as_deref().unwrap_or_default());
        put("_input_hash", hash(&item));
        put("_task_hash", hash(&format!("{item}\0{}\0{}", question.name, self.options)));
        put("_annotator_id", response.user.as_str().into());
        put("_session_id", response.user.as_str().into());
        if let Some(at) = response.at.as_deref().and_then(Timestamp::parse) {
            put("_timestamp", json!(at.0.div_euclid(1_000)));
        }
        let note = record.notes.iter().find(|note| note.user == response.user);
        if let Some(words) = note.and_then(|note| note.note.as_ref()) {
            put("note", words.as_str().into());
        }
        if note.is_some_and(|note| note.flag) {
            put("flagged", true.into());
        }
        if let Some(reason) = &response.reason {
            put("reason", reason.as_str().into());
        }
        let others = response.answers.iter().filter(|(name, _)| **name != question.name);
        let others: Map<String, Value> = others.map(|(name, value)| (name.clone(), value.clone())).collect();
        if !others.is_empty() {
            put("answers", Value::Object(others));
        }
        if let Some(Value::Object(kept)) = kept {
            put_back(&mut row, kept);
        }
        row
    }
}

/// What a row was when it came.
fn put_back(row: &mut Map<String, Value>, kept: Map<String, Value>) {
    for (key, value) in kept {
        let hash = ["_input_hash", "_task_hash"].contains(&key.as_str()) && value.is_i64();
        if hash || !row.contains_key(&key) {
            row.insert(key, value);
        }
    }
}

impl Writer for Prodigy<'_> {
    fn record(&mut self, record: &RecordSpec) -> io::Result<()> {
        self.left.count(record, HOLDS);
        let spec = self.about.spec;
        let question = &spec.questions[self.about.question];
        let text = whole_text(record, &spec.fields);
        let mut some = false;
        for response in record.responses.iter().filter(|one| one.pass.unwrap_or(1) == 1 && one.status != "draft") {
            if !response.answers.contains_key(&question.name) && response.status == "submitted" {
                self.left.add("submitted responses without an answer to the question", 1);
                continue;
            }
            some = true;
            let row = self.row(record, &text, response);
            line(&mut self.out, &row)?;
        }
        self.left.add("records that nobody submitted or discarded", usize::from(!some));
        self.left.add("records of several texts, now one", usize::from(some && record.fields.len() > 1));
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<Left> {
        self.out.flush()?;
        Ok(self.left)
    }
}
