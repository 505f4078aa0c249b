//! Questions told by their answers: kinds, labels and ranges, gathered over all records.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::Options;
use super::error::{harmless, quoted};
use crate::model::QuestionKind;
use crate::model::transfer::{LabelSpec, QuestionSpec};
use crate::text::several;

/// More different strings than this are texts and no labels.
const MANY: usize = 200;
/// A longer string is a text and no label.
const LONG: usize = 60;

/// How many labels a sentence names.
const SHOWN: usize = 12;

/// One question, as far as it is known.
#[derive(Default)]
struct Found {
    name: String,
    /// From the tool's own settings: nothing is told by answers.
    told: Option<QuestionSpec>,
    /// The kind, where the file says it.
    kind: Option<QuestionKind>,
    labels: Vec<String>,
    known: HashSet<String>,
    strings: bool,
    lists: bool,
    spans: bool,
    longest: usize,
    low: Option<i64>,
    high: Option<i64>,
    extra: Map<String, Value>,
}

/// All questions of a file, in order of first sight.
#[derive(Default)]
pub(super) struct Gathered {
    all: Vec<Found>,
    assumed: Vec<String>,
    /// Whether answers may go beyond what is described.
    beyond: bool,
}

impl Gathered {
    /// Questions that are described outside the records.
    pub fn described(questions: Vec<QuestionSpec>) -> Self {
        let found = |spec: QuestionSpec| Found {
            name: spec.name.clone(),
            kind: QuestionKind::parse(&spec.kind),
            told: Some(spec),
            ..Found::default()
        };
        Self { all: questions.into_iter().map(found).collect(), ..Self::default() }
    }

    /// As [`Self::described`], by a description that may be younger than the answers: labels and numbers of answers
    /// that it does not have are added, and that is said.
    pub fn begun(questions: Vec<QuestionSpec>) -> Self {
        Self { beyond: true, ..Self::described(questions) }
    }

    fn found(&mut self, name: &str) -> &mut Found {
        let at = self.all.iter().position(|found| found.name == name).unwrap_or_else(|| {
            self.all.push(Found { name: name.to_owned(), ..Found::default() });
            self.all.len() - 1
        });
        &mut self.all[at]
    }

    /// A question that there is, answered or not.
    pub fn there(&mut self, name: &str) {
        self.found(name);
    }

    /// The file says a question's kind.
    pub fn of_kind(&mut self, name: &str, kind: QuestionKind) {
        self.found(name).kind.get_or_insert(kind);
    }

    /// Something the tool says of a question that has no word here.
    pub fn keep(&mut self, name: &str, key: &str, value: Value) {
        self.found(name).extra.insert(key.to_owned(), value);
    }

    /// A label that is offered, ticked by anybody or not.
    pub fn offer(&mut self, name: &str, label: &str) {
        self.found(name).label(label);
    }

    /// An answer.
    pub fn see(&mut self, name: &str, value: &Value) {
        let beyond = self.beyond;
        let found = self.found(name);
        if beyond || found.told.is_none() {
            found.see(value);
        }
    }

    /// The kind of a question, as far as it is known by now.
    pub fn kind(&self, name: &str) -> Option<QuestionKind> {
        let found = self.all.iter().find(|found| found.name == name)?;
        Some(found.kind.unwrap_or_else(|| found.guess()))
    }

    /// The questions, with the person's word on their kinds; and what was assumed.
    pub fn finish(&mut self, options: &Options) -> Vec<QuestionSpec> {
        for (name, kind) in &options.kinds {
            if let Some(found) = self.all.iter_mut().find(|found| found.name == *name) {
                found.kind = Some(*kind);
                if let Some(told) = &mut found.told {
                    kind.word().clone_into(&mut told.kind);
                }
            }
        }
        let mut specs = Vec::with_capacity(self.all.len());
        for found in &mut self.all {
            let (spec, assumed) = found.spec();
            let not_described = self.beyond && found.told.is_none();
            let there = if not_described { ", which the configuration does not have" } else { "" };
            let assumed = assumed.map(|words| words + there);
            specs.push(spec);
            self.assumed.extend(assumed);
        }
        specs
    }

    pub fn assumed(&self) -> &[String] {
        &self.assumed
    }
}

impl Found {
    fn label(&mut self, label: &str) {
        self.longest = self.longest.max(label.chars().count());
        let texts = self.kind.is_none() && !self.lists && self.known.len() > MANY;
        if !texts && self.known.insert(label.to_owned()) {
            self.labels.push(label.to_owned());
        }
    }

    fn number(&mut self, number: i64) {
        self.low = Some(self.low.map_or(number, |low| low.min(number)));
        self.high = Some(self.high.map_or(number, |high| high.max(number)));
    }

    fn see(&mut self, value: &Value) {
        match value {
            Value::String(text) if self.kind == Some(QuestionKind::Text) => self.longest = text.len(),
            Value::String(text) => {
                self.strings = true;
                self.label(text);
            }
            Value::Number(number) => self.number(number.as_f64().unwrap_or_default() as i64),
            Value::Array(list) => {
                for item in list {
                    match item {
                        Value::String(label) => {
                            self.lists = true;
                            self.label(label);
                        }
                        Value::Object(span) => {
                            self.spans |= span.contains_key("start");
                            if let Some(Value::String(label)) = span.get("label").or_else(|| span.get("value")) {
                                self.label(label);
                            }
                        }
                        Value::Array(tied) => {
                            for label in tied.iter().filter_map(Value::as_str) {
                                self.label(label);
                            }
                        }
                        _ => {}
                    }
                }
                // An empty list is an answer to a question with several labels, or to one about spans.
                self.lists |= list.is_empty() && !self.spans;
            }
            _ => {}
        }
    }

    fn guess(&self) -> QuestionKind {
        if self.spans {
            QuestionKind::Span
        } else if self.lists {
            QuestionKind::MultiLabel
        } else if self.strings && (self.known.len() > MANY || self.longest > LONG) {
            QuestionKind::Text
        } else if self.strings {
            QuestionKind::Label
        } else if self.low.is_some() {
            QuestionKind::Rating
        } else {
            QuestionKind::MultiLabel
        }
    }

    fn spec(&mut self) -> (QuestionSpec, Option<String>) {
        if let Some(told) = self.told.clone() {
            return self.grown(told);
        }
        let kind = self.kind.unwrap_or_else(|| self.guess());
        let mut spec = QuestionSpec {
            name: self.name.clone(),
            kind: kind.word().to_owned(),
            extra: std::mem::take(&mut self.extra),
            ..QuestionSpec::default()
        };
        let name = quoted(&self.name);
        let words = match kind {
            QuestionKind::Text => String::new(),
            QuestionKind::Rating => {
                let (low, high) = (self.low.unwrap_or(1).min(1), self.high.unwrap_or(5).max(5));
                (spec.min, spec.max) = (Some(low), Some(high));
                format!(" from {low} to {high}")
            }
            _ => {
                spec.labels = self.labels.drain(..).map(LabelSpec::Value).collect();
                match self.known.len() {
                    1 => String::from(" with the 1 label met"),
                    count => format!(" with the {count} labels met"),
                }
            }
        };
        (spec, Some(format!("question {} taken as {}{words}", harmless(&name), kind.word())))
    }

    /// A description with what answers have beyond it.
    fn grown(&mut self, mut spec: QuestionSpec) -> (QuestionSpec, Option<String>) {
        let name = harmless(&quoted(&self.name));
        if self.kind == Some(QuestionKind::Rating) {
            let (Some(low), Some(high)) = (self.low, self.high) else { return (spec, None) };
            let (min, max) = (spec.min.unwrap_or(low).min(low), spec.max.unwrap_or(high).max(high));
            let wider = (Some(min), Some(max)) != (spec.min, spec.max);
            (spec.min, spec.max) = (Some(min), Some(max));
            let words = || format!("question {name} goes from {min} to {max}, since such numbers were met");
            return (spec, wider.then(words));
        }
        if self.kind == Some(QuestionKind::Text) {
            return (spec, None);
        }
        let known: HashSet<String> = spec.labels.iter().map(|label| label.clone().full().value).collect();
        let more: Vec<String> = self.labels.drain(..).filter(|label| !known.contains(label)).collect();
        if more.is_empty() {
            return (spec, None);
        }
        let shown = several(more.iter().map(|label| quoted(label)), SHOWN);
        spec.labels.extend(more.into_iter().map(LabelSpec::Value));
        let words = format!("question {name} gets labels met that the configuration does not have: {shown}");
        (spec, Some(words))
    }
}
