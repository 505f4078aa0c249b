//! Answers as files speak of them, checked by their question's kind.

use serde_json::{Map, Value};

use super::ImportRun;
use crate::jobs::{JobError, labels};
use crate::model::answer::{ranking_of, spans_of};
use crate::model::{Answer, Answers, Dataset, InvalidAnswer, Question, QuestionKind};
use crate::text::{brief, several};

/// How many labels a hint names.
pub(super) const SHOWN: usize = 20;

/// How a file writes answers.
#[derive(Clone, Copy, Default)]
pub(super) struct AnswerForm<'t> {
    /// The long form, where a list of one may stand for its member, and a string for a number.
    pub(super) long: bool,
    /// The record's texts by field, where they are known.
    pub(super) texts: Option<&'t [(String, String)]>,
}

fn way_out(wrong: &InvalidAnswer) -> String {
    match wrong {
        InvalidAnswer::EmptySpan { .. } | InvalidAnswer::BeyondText { .. } => {
            String::from("spans count Unicode code points from 0, and their end is the one behind the last")
        }
        InvalidAnswer::NoSuchField(_) => String::from("name one of the record's fields, or none"),
        InvalidAnswer::SpanTwice { .. } => String::from("write each span once"),
        InvalidAnswer::RankedTwice(_) => String::from("write each label once; those that are tied share a rank"),
        InvalidAnswer::UnknownLabel(_) => String::from("name it too, among the labels of the question"),
        _ => String::from("an answer is of its question's kind"),
    }
}

impl ImportRun<'_, '_> {
    /// Answers by question key.
    pub(super) fn answers(
        &self,
        dataset: &Dataset,
        answers: &Map<String, Value>,
        form: AnswerForm<'_>,
    ) -> Result<Answers, JobError> {
        let mut out = Answers::new();
        for (name, value) in answers {
            let question = self.question(dataset, name)?;
            if !value.is_null() {
                out.insert(question.id, self.answer(question, value, form)?);
            }
        }
        Ok(out)
    }

    pub(super) fn question<'d>(&self, dataset: &'d Dataset, name: &str) -> Result<&'d Question, JobError> {
        let only = name.is_empty() && dataset.questions.len() == 1;
        let found = dataset.questions.iter().find(|question| only || question.name == name);
        found.ok_or_else(|| {
            let names: Vec<_> = dataset.questions.iter().map(|question| brief(&question.name)).collect();
            let (what, way_out) = if name.is_empty() {
                (String::from("an answer to no question"), format!("name one with --question: {}", names.join(", ")))
            } else {
                let what = format!("question '{}', which the dataset does not have", brief(name));
                (what, format!("it has: {}", names.join(", ")))
            };
            JobError::refused(format!("{}: found {what}", self.at()), way_out)
        })
    }

    pub(super) fn answer(&self, question: &Question, value: &Value, form: AnswerForm<'_>) -> Result<Answer, JobError> {
        let answer = self.of_kind(question, value, form.long)?;
        if let Err(wrong) = question.validate(&answer, form.texts) {
            let name = brief(&question.name);
            return self
                .refuse(&format!("{} as the answer to '{name}': {wrong}", brief(&value.to_string())), way_out(&wrong));
        }
        Ok(answer)
    }

    /// The answer that a value is to a question of its kind.
    fn of_kind(&self, question: &Question, value: &Value, long: bool) -> Result<Answer, JobError> {
        let single = match value.as_array().map(Vec::as_slice) {
            Some([only]) if long => only,
            _ => value,
        };
        match question.kind {
            QuestionKind::MultiLabel => self.labels(question, value),
            QuestionKind::Label => match single {
                Value::String(label) => Ok(Answer::Labels(vec![self.label(question, label)? as u32])),
                _ => self.other(question, value, "one label", "an answer is one of its labels, as a string"),
            },
            QuestionKind::Rating => self.rating(question, value, single, long),
            QuestionKind::Text => match single {
                Value::String(text) => Ok(Answer::Text(text.clone())),
                _ => self.other(question, value, "a text", "write the answer as a string"),
            },
            QuestionKind::Ranking => ranking_of(value).map(Answer::Ranking).map_or_else(
                || {
                    self.other(
                        question,
                        value,
                        "a ranking",
                        "write [\"best\", \"next\"], or {\"value\": …, \"rank\": …} for each",
                    )
                },
                Ok,
            ),
            QuestionKind::Span => spans_of(value).map(Answer::Spans).map_or_else(
                || {
                    self.other(
                        question,
                        value,
                        "a list of spans",
                        "write [{\"start\": 0, \"end\": 6, \"label\": \"ORG\"}], or [] for none",
                    )
                },
                Ok,
            ),
        }
    }

    fn labels(&self, question: &Question, value: &Value) -> Result<Answer, JobError> {
        let Some(values) = value.as_array() else {
            return self.other(question, value, "a list of labels", "write [\"tax\"], or [] for none of these");
        };
        let mut labels = Vec::with_capacity(values.len());
        for value in values {
            match value {
                Value::String(label) => labels.push(self.label(question, label)? as u32),
                other => return self.other(question, other, "a label", "a label is a string"),
            }
        }
        labels.sort_unstable();
        labels.dedup();
        Ok(Answer::Labels(labels))
    }

    /// Refuses a suggestion of a label that the question does not have: nobody would ever see it. What else may be odd
    /// about a suggestion is kept as it came.
    pub(super) fn known_labels(&self, question: &Question, value: &Value) -> Result<(), JobError> {
        if !matches!(question.kind, QuestionKind::MultiLabel | QuestionKind::Label) {
            return Ok(());
        }
        let labels = value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice);
        labels.iter().filter_map(Value::as_str).try_for_each(|label| self.label(question, label).map(drop))
    }

    fn label(&self, question: &Question, label: &str) -> Result<usize, JobError> {
        if let Some(index) = question.label_index(label) {
            return Ok(index);
        }
        let has = match &question.labels[..] {
            [] => String::from("it has none yet"),
            all => format!("it has: {}", several(all.iter().map(|label| brief(&label.value)), SHOWN)),
        };
        let way_out = match &self.dataset {
            Some(dataset) if !self.made => format!(
                "add it first: {}",
                labels::adding(dataset, question, if brief(label).ends_with('…') { "LABEL" } else { label })
            ),
            _ => String::from("name it too, among the labels of the file's first line or in --labels"),
        };
        self.refuse(
            &format!("label \"{}\", which '{}' does not have", brief(label), brief(&question.name)),
            format!("{has}; {way_out}"),
        )
    }

    fn rating(&self, question: &Question, value: &Value, single: &Value, long: bool) -> Result<Answer, JobError> {
        let number = match single {
            Value::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)),
            Value::String(text) if long => text.trim().parse().ok(),
            _ => None,
        };
        let fits = |number: &i64| {
            question.min.is_none_or(|min| min <= *number) && question.max.is_none_or(|max| *number <= max)
        };
        if let Some(number) = number.filter(fits) {
            return Ok(Answer::Rating(number as f64));
        }
        let range = match (question.min, question.max) {
            (Some(min), Some(max)) => format!("a whole number from {min} to {max}"),
            (Some(min), None) => format!("a whole number from {min}"),
            (None, Some(max)) => format!("a whole number up to {max}"),
            (None, None) => String::from("a whole number"),
        };
        self.other(question, value, &range, "a rating is a number without a fraction")
    }

    /// Refuses an answer of another kind.
    fn other<T>(&self, question: &Question, value: &Value, expected: &str, hint: &str) -> Result<T, JobError> {
        let found = brief(&value.to_string());
        let name = brief(&question.name);
        self.refuse(&format!("{found} as the answer to '{name}' where {expected} was expected"), hint)
    }
}

/// A float that is a whole number, such as the 3.0 that a table with gaps makes of 3.
fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64)
}
