//! What all of Argilla's formats have in common: answers, statuses, scores.

use serde_json::{Map, Number, Value, json};

use super::error::unknown_status;
use super::error::{Kind, ReadError, quoted, shape};
use crate::model::Status;
use crate::model::transfer::{ResponseSpec, SuggestionSpec};

/// The user of an answer that names none.
pub(super) const NOBODY: &str = "unknown";

/// An answer as we write it: a ranking is a list of labels, best first, and of `{"value", "rank"}` where some share a rank;
/// spans are a list of `{"start", "end", "label"}` in code points. None where there is no answer.
pub(super) fn answer(value: Value) -> Result<Option<Value>, ReadError> {
    match value {
        Value::Null => Ok(None),
        Value::Object(map) if map.contains_key("rank") => ranking(columns(&map, &["value", "rank"])?).map(Some),
        Value::Object(map) if map.contains_key("start") => spans(&columns(&map, &["start", "end", "label"])?).map(Some),
        Value::Array(list) if list.first().is_some_and(|item| item.get("rank").is_some()) => ranking(list).map(Some),
        Value::Array(list) if list.first().is_some_and(|item| item.get("start").is_some()) => spans(&list).map(Some),
        other => Ok(Some(other)),
    }
}

/// A dict of lists made a list of dicts.
pub(super) fn columns(map: &Map<String, Value>, names: &[&str]) -> Result<Vec<Value>, ReadError> {
    let mut rows: Vec<Map<String, Value>> = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let Some(Value::Array(column)) = map.get(*name) else {
            let found = map.get(*name).map_or("nothing", shape);
            return Err(wrong(found, &format!("the list {}", quoted(name))));
        };
        if at == 0 {
            rows.resize(column.len(), Map::new());
        } else if column.len() != rows.len() {
            return Err(wrong(&format!("lists of {} and {}", rows.len(), column.len()), "lists of one length"));
        }
        for (row, value) in rows.iter_mut().zip(column) {
            row.insert((*name).to_owned(), value.clone());
        }
    }
    Ok(rows.into_iter().map(Value::Object).collect())
}

pub(super) fn wrong(found: &str, expected: &str) -> ReadError {
    ReadError::new(Kind::WrongShape, found, expected)
        .with_hint("export it again from Argilla, or leave the line out with --skip-bad")
}

fn ranking(mut list: Vec<Value>) -> Result<Value, ReadError> {
    let rank = |item: &Value| item.get("rank").and_then(Value::as_i64).unwrap_or(i64::MAX);
    list.sort_by_key(rank);
    if list.iter().any(|item| !item.get("value").is_some_and(Value::is_string)) {
        return Err(wrong("a rank without a label", "a ranking"));
    }
    let tied = list.windows(2).any(|pair| rank(&pair[0]) == rank(&pair[1]));
    let one = |item: Value| if tied { item } else { item.get("value").cloned().unwrap_or_default() };
    Ok(list.into_iter().map(one).collect())
}

fn spans(list: &[Value]) -> Result<Value, ReadError> {
    let one = |item: &Value| {
        let number = |key: &str| item.get(key).and_then(Value::as_u64);
        let label = item.get("label").and_then(Value::as_str);
        let (Some(start), Some(end), Some(label)) = (number("start"), number("end"), label) else {
            return Err(wrong("a span without start, end or label", "spans"));
        };
        Ok(json!({"start": start, "end": end, "label": label}))
    };
    list.iter().map(one).collect()
}

/// The shortest number that is the same as f32: what was an f32 once is written with the noise of its conversion.
pub(super) fn short(value: &Value) -> Value {
    match value {
        Value::Number(number) if number.is_f64() => {
            let noisy = number.as_f64().unwrap_or_default();
            let shortest = (noisy as f32).to_string().parse().ok();
            shortest.and_then(Number::from_f64).map_or_else(|| value.clone(), Value::Number)
        }
        Value::Array(list) => list.iter().map(short).collect(),
        other => other.clone(),
    }
}

/// A suggestion; none without a value. A score belongs to each label of the value, or to the whole.
pub(super) fn suggestion(
    question: &str,
    value: Value,
    score: Option<&Value>,
    agent: Option<&Value>,
) -> Result<Option<SuggestionSpec>, ReadError> {
    let inside = value.get("score").cloned();
    let Some(value) = answer(value)? else { return Ok(None) };
    let mut suggestion = SuggestionSpec {
        question: question.to_owned(),
        agent: agent.and_then(Value::as_str).unwrap_or_default().to_owned(),
        ..SuggestionSpec::default()
    };
    let score = score.filter(|score| !score.is_null()).or(inside.as_ref()).map(short);
    match (&value, score) {
        (_, None) => {}
        (Value::String(label), Some(score @ Value::Number(_))) => suggestion.scores = Some(json!({label: score})),
        (Value::Array(labels), Some(Value::Array(scores)))
            if labels.len() == scores.len() && labels.iter().all(Value::is_string) =>
        {
            let names = labels.iter().filter_map(Value::as_str).map(str::to_owned);
            suggestion.scores = Some(Value::Object(names.zip(scores).collect()));
        }
        (_, Some(score)) => {
            suggestion.extra.insert(String::from("score"), score);
        }
    }
    suggestion.value = value;
    Ok(Some(suggestion))
}

/// Responses of one record, joined by user over the columns of its questions: a question that somebody did not answer
/// is absent from their column, so their status is the union of all columns.
#[derive(Default)]
pub(super) struct Responses {
    pub all: Vec<ResponseSpec>,
}

impl Responses {
    pub fn add(
        &mut self,
        question: &str,
        user: Option<&Value>,
        status: Option<&str>,
        value: Value,
    ) -> Result<(), ReadError> {
        let user = match user {
            Some(Value::String(name)) if !name.is_empty() => name.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => NOBODY.to_owned(),
        };
        let status = status.unwrap_or("submitted");
        if Status::parse(status).is_none() {
            return Err(unknown_status(status));
        }
        let at = self.all.iter().position(|response| response.user == user);
        let at = at.unwrap_or_else(|| {
            self.all.push(ResponseSpec { user: user.clone(), status: status.to_owned(), ..ResponseSpec::default() });
            self.all.len() - 1
        });
        let response = &mut self.all[at];
        if response.status != status {
            let found = format!("the status '{status}' of {} after '{}'", quoted(&user), response.status);
            return Err(wrong(&found, "one status for all questions of a record"));
        }
        if let Some(answer) = answer(value)?
            && response.answers.insert(question.to_owned(), answer).is_some()
        {
            let found = format!("two answers of {} to {}", quoted(&user), quoted(question));
            return Err(wrong(&found, "one"));
        }
        Ok(())
    }
}

/// Puts what has no word here into the metadata, under the tool's name.
pub(super) fn aside(metadata: &mut Map<String, Value>, tool: &str, kept: Map<String, Value>) {
    if !kept.is_empty() {
        metadata.insert(tool.to_owned(), Value::Object(kept));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranking_and_spans_are_dicts_of_lists() {
        let read = |value| answer(value).unwrap().unwrap();
        assert_eq!(read(json!({"rank": [2, 1], "value": ["x", "y"]})), json!(["y", "x"]));
        let ties = json!([{"value": "x", "rank": 1}, {"value": "y", "rank": 1}, {"value": "z", "rank": 2}]);
        assert_eq!(read(json!({"rank": [1, 1, 2], "value": ["x", "y", "z"]})), ties);
        let spans = json!({"start": [0, 7], "end": [6, 9], "label": ["ORG", "PER"], "text": ["Budget", "ab"]});
        let expected = json!([{"start": 0, "end": 6, "label": "ORG"}, {"start": 7, "end": 9, "label": "PER"}]);
        assert_eq!(read(spans), expected);
        assert!(answer(json!({"rank": [1], "value": []})).is_err());
        assert_eq!(answer(Value::Null).unwrap(), None);
    }

    #[test]
    fn the_noise_of_float32_is_taken_off() {
        assert_eq!(short(&json!([0.899_999_976_2, 0.400_000_006, 1, 0.5])), json!([0.9, 0.4, 1, 0.5]));
    }

    #[test]
    fn a_users_status_is_the_union_over_the_questions() {
        let mut responses = Responses::default();
        let (ana, bob) = (json!("ana"), json!("bob"));
        responses.add("a", Some(&ana), Some("submitted"), json!(["x"])).unwrap();
        responses.add("a", Some(&bob), Some("discarded"), Value::Null).unwrap();
        responses.add("b", Some(&bob), Some("discarded"), json!("y")).unwrap();
        let told: Vec<_> =
            responses.all.iter().map(|r| (r.user.as_str(), r.status.as_str(), r.answers.len())).collect();
        assert_eq!(told, [("ana", "submitted", 1), ("bob", "discarded", 1)]);
        assert!(responses.add("b", Some(&ana), Some("draft"), Value::Null).is_err());
    }
}
