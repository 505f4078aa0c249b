//! What a format cannot hold, counted.

use std::collections::BTreeMap;

use serde_json::Value;

use super::shapes::score;
use crate::model::transfer::{RecordSpec, SuggestionSpec};

/// What was left out, or changed, by its words, with counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Left(BTreeMap<&'static str, u64>);

/// What a format holds of a record beside its texts and submitted answers.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "a table of yes and no")]
pub(super) struct Holds {
    pub drafts: bool,
    pub discarded: bool,
    /// Discarded responses that answer nothing.
    pub bare: bool,
    pub notes: bool,
    pub flags: bool,
    pub reasons: bool,
    pub times: bool,
    pub seconds: bool,
    pub verdicts: bool,
    pub vectors: bool,
    pub metadata: bool,
    /// One agent's, everybody's, or none.
    pub suggestions: Option<usize>,
    /// Scores of all labels, and not of those only that are suggested.
    pub scores: bool,
}

impl Left {
    /// Counts `count` of `what`.
    pub fn add(&mut self, what: &'static str, count: usize) {
        if count > 0 {
            *self.0.entry(what).or_default() += count as u64;
        }
    }

    /// The words and counts.
    #[must_use]
    pub fn counts(&self) -> &BTreeMap<&'static str, u64> {
        &self.0
    }

    /// In words: `drafts: 12; notes: 3`; none where nothing was left out.
    #[must_use]
    pub fn words(&self) -> Option<String> {
        let words: Vec<String> = self.0.iter().map(|(what, count)| format!("{what}: {count}")).collect();
        (!words.is_empty()).then(|| words.join("; "))
    }

    /// Counts what of a record the format does not hold.
    pub(super) fn count(&mut self, record: &RecordSpec, holds: Holds) {
        let mut unknown = record.extra.len();
        for response in &record.responses {
            unknown += response.extra.len();
            if response.pass.is_some_and(|pass| pass > 1) {
                self.add("answers of later passes", 1);
                continue;
            }
            self.add("working copies of changed answers", usize::from(response.working.is_some()));
            let bare = response.answers.is_empty();
            match response.status.as_str() {
                "draft" if !holds.drafts => self.add("drafts", 1),
                "discarded" if !holds.discarded => self.add("discarded responses", 1),
                "discarded" if bare && !holds.bare => self.add("discarded responses without an answer", 1),
                "draft" if bare && !holds.bare => self.add("drafts without an answer", 1),
                _ => {
                    self.add("reasons of discards", usize::from(response.reason.is_some() && !holds.reasons));
                    self.add("times of answers", usize::from(response.at.is_some() && !holds.times));
                    self.add("seconds spent", usize::from(response.seconds.is_some() && !holds.seconds));
                    let seen = !response.saw_agents.is_empty() || response.saw_others;
                    self.add("marks of what was seen of others", usize::from(seen));
                    self.add("older label sets of answers", usize::from(response.label_sets.is_some()));
                }
            }
        }
        if !holds.notes {
            self.add("notes", record.notes.iter().filter(|note| note.note.is_some()).count());
        }
        if !holds.flags {
            self.add("flags", record.notes.iter().filter(|note| note.flag).count());
        }
        unknown += record.notes.iter().map(|note| note.extra.len()).sum::<usize>();
        self.add("verdicts", if holds.verdicts { 0 } else { record.adjudications.len() });
        self.add("vectors", if holds.vectors { 0 } else { record.vectors.len() });
        self.add("metadata values", if holds.metadata { 0 } else { record.metadata.len() });
        self.count_suggestions(record, holds);
        self.add("unknown keys", unknown);
    }

    fn count_suggestions(&mut self, record: &RecordSpec, holds: Holds) {
        let all = &record.suggestions;
        let first = |at: usize| all.iter().position(|other| other.question == all[at].question) == Some(at);
        let held: Vec<&SuggestionSpec> = match holds.suggestions {
            None => return self.add("suggestions", all.len()),
            Some(usize::MAX) => all.iter().collect(),
            Some(_) => (0..all.len()).filter(|at| first(*at)).map(|at| &all[at]).collect(),
        };
        self.add("suggestions of further agents", all.len() - held.len());
        if !holds.scores {
            for one in held {
                self.scores(one);
            }
        }
    }

    /// Scores beside the one of each suggested label.
    fn scores(&mut self, suggestion: &SuggestionSpec) {
        let Some(Value::Object(scores)) = &suggestion.scores else { return };
        let suggested = labels(&suggestion.value);
        let own = scores.keys().filter(|label| suggested.contains(label)).count();
        self.add("scores of labels that were not suggested", scores.len() - own);
        if score(suggestion).is_null() {
            self.add("scores of suggestions that have them for some of their labels only", own);
        }
    }
}

/// The labels of a suggestion.
fn labels(value: &Value) -> Vec<String> {
    match value {
        Value::String(label) => vec![label.clone()],
        Value::Number(number) => vec![number.to_string()],
        Value::Array(list) => list.iter().flat_map(labels).collect(),
        Value::Object(part) => part.get("label").or_else(|| part.get("value")).map(labels).unwrap_or_default(),
        _ => Vec::new(),
    }
}
