//! The answer to one question, of the question's kind, and what may be wrong with one.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Question, QuestionKind};

/// The answer to one question. An absent answer differs from `Labels([])`, "none of these".
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "StoredAnswer", into = "StoredAnswer")]
pub enum Answer {
    /// Indices of the ticked labels, ascending; of a single-label question exactly one.
    Labels(Vec<u32>),
    /// A number on the question's scale.
    Rating(f64),
    /// A text.
    Text(String),
    /// Some or all of the question's labels, each with its rank.
    Ranking(Vec<Ranked>),
    /// Labelled stretches of the record's texts; none of them is an answer.
    Spans(Vec<Span>),
}

/// A label in a ranking. Those that share a rank are tied.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    /// The label's value.
    pub value: String,
    /// From 1, best first; none where it is the place in the list, which is how files write a ranking without ties.
    pub rank: Option<u64>,
    /// Keys that this version does not know.
    pub extra: Map<String, Value>,
}

/// A labelled stretch of a text: half-open, in Unicode code points.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// The first code point, from 0.
    pub start: u64,
    /// The one behind the last.
    pub end: u64,
    /// The label's value.
    pub label: String,
    /// The field it stands in, where that is said.
    pub field: Option<String>,
    /// Keys that this version does not know.
    pub extra: Map<String, Value>,
}

/// An answer as stores and events keep it: labels by index, all else as files write it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredAnswer {
    Labels(Vec<u32>),
    Value(Value),
}

impl From<StoredAnswer> for Answer {
    fn from(stored: StoredAnswer) -> Self {
        match stored {
            StoredAnswer::Labels(labels) => Self::Labels(labels),
            StoredAnswer::Value(value) => Self::of_value(&value),
        }
    }
}

impl From<Answer> for StoredAnswer {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Labels(labels) => Self::Labels(labels),
            other => Self::Value(other.value().unwrap_or_default()),
        }
    }
}

impl Answer {
    /// The ticked labels.
    #[must_use]
    pub fn labels(&self) -> Option<&[u32]> {
        match self {
            Self::Labels(labels) => Some(labels),
            _ => None,
        }
    }

    /// All but labels as files write it: a number, a string, a list.
    #[must_use]
    pub fn value(&self) -> Option<Value> {
        Some(match self {
            Self::Labels(_) => return None,
            Self::Rating(number) => number_value(*number),
            Self::Text(text) => Value::from(text.as_str()),
            Self::Ranking(all) => ranking_value(all),
            Self::Spans(all) => all.iter().map(Span::value).collect(),
        })
    }

    /// What [`Self::value`] gave, told by its shape. What has none of these shapes is its own text.
    #[must_use]
    pub fn of_value(value: &Value) -> Self {
        match value {
            Value::Number(number) => Self::Rating(number.as_f64().unwrap_or_default()),
            Value::String(text) => Self::Text(text.clone()),
            other => {
                let spans = spans_of(other).map(Self::Spans);
                spans.or_else(|| ranking_of(other).map(Self::Ranking)).unwrap_or_else(|| Self::Text(other.to_string()))
            }
        }
    }
}

fn number_value(number: f64) -> Value {
    // Below 2^53 each whole number is itself.
    if number.fract() == 0.0 && number.abs() < 9e15 { Value::from(number as i64) } else { Value::from(number) }
}

fn ranking_value(all: &[Ranked]) -> Value {
    let one = |ranked: &Ranked| {
        if ranked.rank.is_none() && ranked.extra.is_empty() {
            return Value::from(ranked.value.as_str());
        }
        let mut object = Map::from_iter([("value".to_owned(), ranked.value.as_str().into())]);
        object.extend(ranked.rank.map(|rank| ("rank".to_owned(), rank.into())));
        object.extend(ranked.extra.clone());
        Value::Object(object)
    };
    all.iter().map(one).collect()
}

impl Span {
    fn value(&self) -> Value {
        let mut object = Map::from_iter([
            ("start".to_owned(), self.start.into()),
            ("end".to_owned(), self.end.into()),
            ("label".to_owned(), self.label.as_str().into()),
        ]);
        object.extend(self.field.iter().map(|field| ("field".to_owned(), field.as_str().into())));
        object.extend(self.extra.clone());
        Value::Object(object)
    }
}

/// The rows of a list of objects, or of an object of lists, which is how Argilla's `datasets` columns have them.
fn rows(value: &Value) -> Option<Vec<Value>> {
    match value {
        Value::Array(list) => Some(list.clone()),
        Value::Object(columns) => {
            let length = columns.values().map(|column| column.as_array().map(Vec::len)).collect::<Option<Vec<_>>>()?;
            let longest = length.into_iter().max()?;
            let cell = |column: &Value, at: usize| column.get(at).cloned().unwrap_or_default();
            let row = |at| Value::Object(columns.iter().map(|(name, all)| (name.clone(), cell(all, at))).collect());
            Some((0..longest).map(row).collect())
        }
        _ => None,
    }
}

/// A ranking in any of the shapes that tools write: values in their order, or each with its rank.
#[must_use]
pub fn ranking_of(value: &Value) -> Option<Vec<Ranked>> {
    let one = |row: Value| match row {
        Value::String(value) => Some(Ranked { value, rank: None, extra: Map::new() }),
        Value::Object(mut row) => {
            let Some(Value::String(value)) = row.shift_remove("value") else { return None };
            let rank = match row.shift_remove("rank") {
                None | Some(Value::Null) => None,
                Some(rank) => Some(rank.as_u64()?),
            };
            Some(Ranked { value, rank, extra: row })
        }
        _ => None,
    };
    rows(value)?.into_iter().map(one).collect()
}

/// Spans in any of the shapes that tools write: objects, lists of each property, or `[start, end, label]`.
#[must_use]
pub fn spans_of(value: &Value) -> Option<Vec<Span>> {
    let text = |value: Option<Value>| match value {
        None | Some(Value::Null) => Some(None),
        Some(Value::String(text)) => Some(Some(text)),
        Some(_) => None,
    };
    let one = |row: Value| match row {
        Value::Object(mut row) => Some(Span {
            start: row.shift_remove("start")?.as_u64()?,
            end: row.shift_remove("end")?.as_u64()?,
            label: text(row.shift_remove("label"))?.unwrap_or_default(),
            field: text(row.shift_remove("field"))?,
            extra: row,
        }),
        Value::Array(row) => {
            let [start, end, label] = row.as_slice() else { return None };
            let label = label.as_str()?.to_owned();
            Some(Span { start: start.as_u64()?, end: end.as_u64()?, label, field: None, extra: Map::new() })
        }
        _ => None,
    };
    rows(value)?.into_iter().map(one).collect()
}

/// What is wrong with an answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum InvalidAnswer {
    /// It is of another kind than the question.
    #[error("an answer of another kind where {0} was expected")]
    OtherKind(&'static str),
    /// A label that the question does not have, by its index.
    #[error("label number {0}, which the question does not have")]
    NoSuchLabel(u32),
    /// A label that the question does not have, by its value.
    #[error("the label \"{0}\", which the question does not have")]
    UnknownLabel(String),
    /// Labels that stand twice or in no order.
    #[error("labels that stand twice, or not in their order")]
    LabelsTwice,
    /// A single-label question takes one label.
    #[error("{0} labels where one was expected")]
    NotOne(usize),
    /// A number that is not on the scale.
    #[error("{0}, which is not on its scale")]
    OffScale(f64),
    /// A label that is ranked twice.
    #[error("\"{0}\" ranked twice")]
    RankedTwice(String),
    /// Ranks count from 1.
    #[error("rank 0 of \"{0}\"; ranks count from 1")]
    NoRank(String),
    /// A span without a character.
    #[error("the empty span {start} to {end}")]
    EmptySpan {
        /// Its first code point.
        start: u64,
        /// The one behind its last.
        end: u64,
    },
    /// A span that goes beyond its text.
    #[error("the span {start} to {end} in a text of {length} characters")]
    BeyondText {
        /// Its first code point.
        start: u64,
        /// The one behind its last.
        end: u64,
        /// Code points of the text.
        length: u64,
    },
    /// A span in a field that the record does not have.
    #[error("a span in the field \"{0}\", which the record does not have")]
    NoSuchField(String),
    /// The same span with the same label twice.
    #[error("the span {start} to {end} twice")]
    SpanTwice {
        /// Its first code point.
        start: u64,
        /// The one behind its last.
        end: u64,
    },
}

impl Question {
    /// Whether an answer is one to this question, about a record with these texts (name and text of each field); without
    /// texts whatever a span says of them is let through. Whoever writes an answer asks here: import, interface, merge
    /// and undo.
    ///
    /// # Errors
    /// [`InvalidAnswer`] says what is wrong.
    pub fn validate(&self, answer: &Answer, texts: Option<&[(String, String)]>) -> Result<(), InvalidAnswer> {
        match (self.kind, answer) {
            (QuestionKind::MultiLabel, Answer::Labels(labels)) => self.known(labels),
            (QuestionKind::Label, Answer::Labels(labels)) => match labels.len() {
                1 => self.known(labels),
                count => Err(InvalidAnswer::NotOne(count)),
            },
            (QuestionKind::Rating, Answer::Rating(number)) => self.on_scale(*number),
            (QuestionKind::Text, Answer::Text(_)) => Ok(()),
            (QuestionKind::Ranking, Answer::Ranking(all)) => self.ranking(all),
            (QuestionKind::Span, Answer::Spans(all)) => self.spans(all, texts),
            (kind, _) => Err(InvalidAnswer::OtherKind(match kind {
                QuestionKind::MultiLabel => "a list of labels",
                QuestionKind::Label => "one label",
                QuestionKind::Rating => "a number",
                QuestionKind::Text => "a text",
                QuestionKind::Ranking => "a ranking",
                QuestionKind::Span => "a list of spans",
            })),
        }
    }

    fn known(&self, labels: &[u32]) -> Result<(), InvalidAnswer> {
        if let Some(label) = labels.iter().find(|label| **label as usize >= self.labels.len()) {
            return Err(InvalidAnswer::NoSuchLabel(*label));
        }
        if labels.is_sorted_by(|a, b| a < b) { Ok(()) } else { Err(InvalidAnswer::LabelsTwice) }
    }

    fn on_scale(&self, number: f64) -> Result<(), InvalidAnswer> {
        let low = self.min.is_none_or(|min| min as f64 <= number);
        let high = self.max.is_none_or(|max| number <= max as f64);
        if low && high && number.fract() == 0.0 { Ok(()) } else { Err(InvalidAnswer::OffScale(number)) }
    }

    /// A question whose labels nobody told takes any.
    fn named(&self, value: &str) -> Result<(), InvalidAnswer> {
        let known = self.labels.is_empty() || self.label_index(value).is_some();
        if known { Ok(()) } else { Err(InvalidAnswer::UnknownLabel(value.to_owned())) }
    }

    fn ranking(&self, all: &[Ranked]) -> Result<(), InvalidAnswer> {
        let mut seen = BTreeSet::new();
        for ranked in all {
            self.named(&ranked.value)?;
            if ranked.rank == Some(0) {
                return Err(InvalidAnswer::NoRank(ranked.value.clone()));
            }
            if !seen.insert(&ranked.value) {
                return Err(InvalidAnswer::RankedTwice(ranked.value.clone()));
            }
        }
        Ok(())
    }

    fn spans(&self, all: &[Span], texts: Option<&[(String, String)]>) -> Result<(), InvalidAnswer> {
        let mut seen = BTreeSet::new();
        for Span { start, end, label, field, .. } in all {
            let (start, end) = (*start, *end);
            self.named(label)?;
            if start >= end {
                return Err(InvalidAnswer::EmptySpan { start, end });
            }
            if !seen.insert((field, start, end, label)) {
                return Err(InvalidAnswer::SpanTwice { start, end });
            }
            let Some(texts) = texts else { continue };
            let mut within =
                texts.iter().filter(|(name, _)| field.as_ref().is_none_or(|field| field == name)).peekable();
            if let (None, Some(field)) = (within.peek(), field) {
                return Err(InvalidAnswer::NoSuchField(field.clone()));
            }
            // Where no field is named it may be any of them.
            let length = within.map(|(_, text)| text.chars().count() as u64).max().unwrap_or(0);
            if end > length {
                return Err(InvalidAnswer::BeyondText { start, end, length });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value, json};

    use super::{Answer, Ranked, Span, ranking_of, spans_of};

    #[test]
    fn rankings_and_spans_of_every_shape_are_the_same() {
        let ranked = |value: &str, rank: Option<u64>| Ranked { value: value.to_owned(), rank, extra: Map::new() };
        let list = json!([{"value": "x", "rank": 1}, {"value": "y", "rank": 2}]);
        for value in [&list, &json!({"rank": [1, 2], "value": ["x", "y"]})] {
            assert_eq!(ranking_of(value), Some(vec![ranked("x", Some(1)), ranked("y", Some(2))]), "{value}");
        }
        let plain = json!(["x", "y"]);
        assert_eq!(ranking_of(&plain), Some(vec![ranked("x", None), ranked("y", None)]));
        for value in [list, plain] {
            assert_eq!(Answer::of_value(&value).value(), Some(value));
        }
        let tied = json!([{"value": "x", "rank": 1}, {"value": "y", "rank": 1}]);
        assert_eq!(Answer::of_value(&tied).value(), Some(tied));
        let extra = Map::from_iter([("score".to_owned(), json!(0.5))]);
        let span = Span { start: 4, end: 10, label: "ORG".to_owned(), field: None, extra };
        for value in [
            json!([{"start": 4, "end": 10, "label": "ORG", "score": 0.5}]),
            json!({"start": [4], "end": [10], "label": ["ORG"], "score": [0.5]}),
        ] {
            assert_eq!(spans_of(&value), Some(vec![span.clone()]), "{value}");
        }
        assert_eq!(spans_of(&json!([[4, 10, "ORG"]])).map(|all| all.len()), Some(1));
        for none in [json!(null), json!(3), json!("x"), json!([3]), json!([[4, 10]]), json!({"start": 3})] {
            assert_eq!((spans_of(&none), ranking_of(&none).filter(Vec::is_empty)), (None, None), "{none}");
        }
    }

    fn answers() -> impl Strategy<Value = Answer> {
        let number = prop_oneof![any::<i32>().prop_map(f64::from), (-1e12..1e12)];
        let ranked = ("[a-z]{1,3}", prop::option::of(1u64..5)).prop_map(|(value, rank)| Ranked {
            value,
            rank,
            extra: Map::new(),
        });
        let span = (0u64..50, 0u64..50, "[a-z]{0,3}", prop::option::of("[a-z]{1,3}"))
            .prop_map(|(start, end, label, field)| Span { start, end, label, field, extra: Map::new() });
        prop_oneof![
            prop::collection::vec(any::<u32>(), 0..4).prop_map(Answer::Labels),
            number.prop_map(Answer::Rating),
            ".*".prop_map(Answer::Text),
            prop::collection::vec(ranked, 1..4).prop_map(Answer::Ranking),
            prop::collection::vec(span, 0..4).prop_map(Answer::Spans),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn an_answer_comes_back_from_the_history_as_it_was(answer in answers()) {
            let text = serde_json::to_string(&answer).unwrap();
            prop_assert_eq!(serde_json::from_str::<Answer>(&text).unwrap(), answer, "{}", text);
        }
    }

    #[test]
    fn what_an_older_version_wrote_is_read() {
        let old: Vec<Answer> =
            serde_json::from_value(json!([{"labels": [1]}, {"value": 4}, {"value": "x"}, {"value": []}])).unwrap();
        let expected =
            [Answer::Labels(vec![1]), Answer::Rating(4.0), Answer::Text("x".to_owned()), Answer::Spans(Vec::new())];
        assert_eq!(old, expected);
        assert_eq!(Answer::of_value(&Value::Bool(true)), Answer::Text("true".to_owned()));
    }
}
