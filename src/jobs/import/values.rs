//! Values that interface and agreement can mean something by; what is only unusual is kept and counted.

use serde_json::Value;

use super::ImportRun;
use crate::jobs::JobError;
use crate::model::transfer::{RecordSpec, SuggestionSpec};
use crate::model::{Dataset, Question, QuestionKind};
use crate::text::{brief, several};

/// The most dimensions of a vector: embeddings of today's models have a few thousand.
pub(super) const DIMENSIONS: usize = 8_192;
/// Seconds of a day: nobody looks longer at one record, but many leave a browser's tab open.
const DAY: f64 = 86_400.0;

/// What the report calls times that are none.
const NO_TIME: &str = "times below 0 s or beyond a day, which count as no time";
/// What it calls scores that are no shares.
const NO_SHARE: &str = "scores outside 0 to 1, which are shown without a bar";

impl ImportRun<'_, '_> {
    /// Refuses a text that the dataset has no field for: nobody would see it.
    pub(super) fn known_fields(&self, dataset: &Dataset, spec: &RecordSpec) -> Result<(), JobError> {
        let known = |name: &String| dataset.fields.is_empty() || dataset.fields.iter().any(|field| field.name == *name);
        let Some(name) = spec.fields.keys().find(|name| !known(name)) else { return Ok(()) };
        let has = several(dataset.fields.iter().map(|field| brief(&field.name)), super::answers::SHOWN);
        self.refuse(
            &format!("the text '{}', which the dataset has no field for", brief(name)),
            format!("it has: {has}; name the field in the first line of a new dataset, or put it under \"metadata\""),
        )
    }

    /// Refuses a suggestion that cannot be an answer to its question, and scores that are no numbers.
    pub(super) fn meant(&self, question: &Question, suggestion: &SuggestionSpec) -> Result<(), JobError> {
        let value = &suggestion.value;
        let refused = |found: &Value, expected: &str, hint: &str| {
            let (found, name) = (brief(&found.to_string()), brief(&question.name));
            self.refuse(&format!("{found} as a suggestion for '{name}' where {expected} was expected"), hint)
        };
        match question.kind {
            QuestionKind::Rating if !value.is_number() => {
                return refused(value, "a number", "a rating is suggested as a number, without quotes");
            }
            QuestionKind::MultiLabel | QuestionKind::Label => {
                let labels = value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice);
                if let Some(other) = labels.iter().find(|label| !label.is_string()) {
                    return refused(other, "a label", "a label is a string");
                }
            }
            _ => {}
        }
        let own = suggestion.extra.get("score");
        match suggestion.scores.iter().chain(own).flat_map(scores).find(|score| !score.is_number() && !score.is_null())
        {
            Some(score) => refused(score, "a number as a score", "scores are numbers by label: {\"tax\": 0.9}"),
            None => Ok(()),
        }
    }

    /// Counts what is unusual about a suggestion.
    pub(super) fn count_scores(&mut self, suggestion: &SuggestionSpec) {
        let own = suggestion.extra.get("score");
        let numbers = suggestion.scores.iter().chain(own).flat_map(scores).filter_map(Value::as_f64);
        let count = numbers.filter(|score| !(0.0..=1.0).contains(score)).count();
        self.unusual(NO_SHARE, count);
    }

    /// Counts a time that is none.
    pub(super) fn count_time(&mut self, seconds: Option<f64>) {
        self.unusual(NO_TIME, usize::from(seconds.is_some_and(|seconds| !is_time(seconds))));
    }

    fn unusual(&mut self, what: &'static str, count: usize) {
        if count > 0 {
            *self.report.unusual.entry(what).or_default() += count as u64;
        }
    }
}

/// The time spent, in milliseconds; what cannot be one is none.
pub(super) fn spent(seconds: Option<f64>) -> Option<i64> {
    seconds.filter(|seconds| is_time(*seconds)).map(|seconds| (seconds * 1_000.0).round() as i64)
}

fn is_time(seconds: f64) -> bool {
    (0.0..=DAY).contains(&seconds)
}

/// Scores by label, in a list, or one of the whole.
fn scores(value: &Value) -> Vec<&Value> {
    match value {
        Value::Object(map) => map.values().collect(),
        Value::Array(list) => list.iter().collect(),
        one => vec![one],
    }
}
