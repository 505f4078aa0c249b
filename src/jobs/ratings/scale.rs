//! What answers of files are: numbers, one label each, or sets of labels; told by the answers themselves.

use std::collections::HashMap;
use std::path::PathBuf;

use serde_json::Value;

use super::source_lines::{SourceLine, some};
use crate::jobs::JobError;
use crate::model::transfer::{LabelSpec, QuestionSpec};
use crate::model::{LabelSets, QuestionKind, Values};
use crate::text::{fit, one_line};

/// How numbers are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Equal or not.
    Nominal,
    /// By their ranks.
    Ordinal,
    /// By their differences.
    Interval,
    /// By their ratios.
    Ratio,
}

impl Level {
    /// The word used in commands and on screen.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Nominal => "nominal",
            Self::Ordinal => "ordinal",
            Self::Interval => "interval",
            Self::Ratio => "ratio",
        }
    }
}

/// The different answers of one question, each with where it stands first, and what was said about them.
pub(super) struct AnswerPool<'a> {
    pub(super) files: &'a [PathBuf],
    pub(super) values: &'a [(Value, SourceLine)],
    pub(super) spec: Option<&'a QuestionSpec>,
    /// The labels there are, where the person named them.
    pub(super) labels: &'a [String],
    pub(super) level: Option<Level>,
    pub(super) range: Option<(f64, f64)>,
    /// Whether a separator was named, so that every answer is a set.
    pub(super) separated: bool,
}

/// What they are.
pub(super) struct Understood {
    pub(super) labels: Vec<String>,
    pub(super) values: Values,
    /// For each of the different answers its number in `values`.
    pub(super) numbers: Vec<u32>,
    pub(super) note: String,
}

impl AnswerPool<'_> {
    pub(super) fn understand(&self) -> Result<Understood, JobError> {
        let kind = self.spec.map(|spec| QuestionKind::parse(&spec.kind).ok_or(spec));
        match kind {
            Some(Ok(QuestionKind::MultiLabel)) => self.sets("as the file's header says"),
            Some(Ok(QuestionKind::Label)) => self.single("as the file's header says"),
            Some(Ok(QuestionKind::Rating)) => self.numbers("as the file's header says"),
            Some(_) => {
                let spec = self.spec.map_or("", |spec| spec.kind.as_str());
                let name = self.spec.map_or("", |spec| spec.name.as_str());
                Err(no_kind(name, spec))
            }
            None => self.infer(),
        }
    }

    /// Told by the answers: a list makes all of them sets; else they are all numbers, or none is.
    fn infer(&self) -> Result<Understood, JobError> {
        let first = |test: &dyn Fn(&Value) -> bool| self.values.iter().find(|(value, _)| test(value));
        let list = first(&Value::is_array);
        if let (Some(list), Some(number)) = (list, first(&Value::is_number)) {
            return Err(self.mixed("a list of labels", list, "a number", number));
        }
        if list.is_some() || self.separated {
            return self.sets(if list.is_some() { "told by the lists in it" } else { "because --sep is given" });
        }
        if self.level == Some(Level::Nominal) {
            return self.single("because the level is nominal");
        }
        if !self.labels.is_empty() {
            return self.single("because --labels names them");
        }
        let number = first(&|value| number_of(value).is_some());
        let word = first(&|value| number_of(value).is_none());
        match (number, word) {
            (Some(number), Some(word)) => Err(self.mixed("a number", number, "a word", word)),
            (Some(_), None) => self.numbers("told by the values"),
            _ => self.single("told by the values"),
        }
    }

    fn mixed(&self, a: &str, first: &(Value, SourceLine), b: &str, second: &(Value, SourceLine)) -> JobError {
        let [(one, at), (other, there)] = [first, second].map(|(value, place)| (shown(value), place));
        let (at, there) = (at.words(self.files), there.words(self.files));
        JobError::refused(
            format!("{at}: found {a}, {one}, and at {there} {b}, {other}, where answers of one kind were expected"),
            "correct the odd one; numbers that are labels want --level nominal, several labels in one cell --sep ';', and \
             a cell without an answer is empty or NA",
        )
    }

    /// Refuses an order of what has none.
    fn no_order(&self, what: &str) -> Result<(), JobError> {
        match (self.level, self.values.first()) {
            (Some(level), Some((value, place))) if level != Level::Nominal => Err(JobError::refused(
                format!(
                    "{}: found {} where level '{}' wants numbers",
                    place.words(self.files),
                    shown(value),
                    level.word()
                ),
                format!("{what} have no order: leave --level out"),
            )),
            _ => Ok(()),
        }
    }

    /// The label values, in the order given or else sorted.
    fn names(&self) -> Vec<String> {
        if !self.labels.is_empty() {
            return self.labels.to_vec();
        }
        if let Some(spec) = self.spec {
            let value = |label: &LabelSpec| label.clone().full().value;
            return spec.labels.iter().map(value).collect();
        }
        let mut all: Vec<String> = self.values.iter().flat_map(|(value, _)| texts(value)).collect();
        let as_number = |text: &String| text.parse::<f64>().ok().filter(|number| number.is_finite());
        if all.iter().all(|text| as_number(text).is_some()) {
            all.sort_by(|a, b| as_number(a).partial_cmp(&as_number(b)).unwrap_or(std::cmp::Ordering::Equal));
        } else {
            all.sort();
        }
        all.dedup();
        all
    }

    /// The numbers of the labels of each answer.
    fn indices(&self) -> Result<(Vec<String>, Vec<Vec<u32>>), JobError> {
        let names = self.names();
        let index: HashMap<&str, u32> = names.iter().map(String::as_str).zip(0..).collect();
        let mut all = Vec::with_capacity(self.values.len());
        for (value, place) in self.values {
            let find = |text: String| index.get(text.as_str()).copied().ok_or(text);
            let found: Result<Vec<u32>, String> = texts(value).into_iter().map(find).collect();
            all.push(found.map_err(|label| {
                JobError::refused(
                    format!("{}: found label '{}', which there is none of", place.words(self.files), one_line(&label)),
                    format!("the labels are: {}", some(&names)),
                )
            })?);
        }
        Ok((names, all))
    }

    fn sets(&self, why: &str) -> Result<Understood, JobError> {
        self.no_order("sets of labels")?;
        let (labels, all) = self.indices()?;
        let words = labels.len().div_ceil(64).max(1);
        let (mut sets, mut known) = (LabelSets { words, bits: Vec::new() }, HashMap::new());
        let mut numbers = Vec::with_capacity(all.len());
        for indices in all {
            let mut bits = vec![0u64; words];
            for label in indices {
                bits[label as usize / 64] |= 1 << (label % 64);
            }
            let next = sets.len() as u32;
            let number = *known.entry(bits.clone()).or_insert(next);
            if number == next {
                sets.bits.extend(bits);
            }
            numbers.push(number);
        }
        let note = format!("answers are sets of {} labels, {why}", labels.len());
        Ok(Understood { values: Values::Sets(labels.len() as u32, sets), labels, numbers, note })
    }

    fn single(&self, why: &str) -> Result<Understood, JobError> {
        self.no_order("labels")?;
        let (labels, all) = self.indices()?;
        let mut numbers = Vec::with_capacity(all.len());
        for (indices, (value, place)) in all.iter().zip(self.values) {
            let [label] = indices.as_slice() else {
                return Err(JobError::refused(
                    format!("{}: found {} where one label was expected", place.words(self.files), shown(value)),
                    "an answer to this question is exactly one of its labels",
                ));
            };
            numbers.push(*label);
        }
        let note = format!("answers are one of {} labels, {why}", labels.len());
        Ok(Understood { values: Values::Labels(labels.len() as u32), labels, numbers, note })
    }

    fn numbers(&self, why: &str) -> Result<Understood, JobError> {
        let limit = |limit: Option<i64>, other: f64| limit.map_or(other, |limit| limit as f64);
        let spec = self.spec.filter(|spec| spec.min.is_some() || spec.max.is_some());
        let range = self
            .range
            .or_else(|| spec.map(|spec| (limit(spec.min, f64::NEG_INFINITY), limit(spec.max, f64::INFINITY))));
        let (mut all, mut numbers): (Vec<f64>, Vec<u32>) = (Vec::new(), Vec::new());
        for (value, place) in self.values {
            let given = number_of(value);
            let fits = |number: &f64| range.is_none_or(|(low, high)| low <= *number && *number <= high);
            let Some(number) = given.filter(fits) else {
                let expected = match range {
                    Some((low, high)) => format!("a number from {low} to {high}"),
                    None => String::from("a number"),
                };
                return Err(JobError::refused(
                    format!("{}: found {} where {expected} was expected", place.words(self.files), shown(value)),
                    "correct the line, or leave the answer out: an empty cell or NA is missing",
                ));
            };
            // Zero has one value, whatever its sign.
            let number = number + 0.0;
            let found = all.iter().position(|known| known.to_bits() == number.to_bits());
            numbers.push(found.unwrap_or_else(|| {
                all.push(number);
                all.len() - 1
            }) as u32);
        }
        let note = format!("answers are numbers, {} different ones, {why}", all.len());
        Ok(Understood { values: Values::Numbers(all), labels: Vec::new(), numbers, note })
    }
}

/// A question of a kind that agreement is not for.
pub(super) fn no_kind(name: &str, kind: &str) -> JobError {
    JobError::refused(
        format!("question '{}' is of kind {}", one_line(name), one_line(kind)),
        "agreement is for questions with labels or a rating; name another one with --question",
    )
}

/// The labels of an answer.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(list) => list.iter().flat_map(texts).collect(),
        Value::String(text) => vec![text.clone()],
        other => vec![other.to_string()],
    }
}

/// The finite number that a value is or writes.
fn number_of(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    number.filter(|number| number.is_finite())
}

/// An answer as a message shows it.
fn shown(value: &Value) -> String {
    let text = match value {
        Value::String(text) => format!("'{text}'"),
        other => other.to_string(),
    };
    fit(&one_line(&text), 60)
}
