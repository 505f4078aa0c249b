//! Rankings and spans, whose answers are kept as they came: the shapes they may have, told apart.

use serde_json::{Value, json};

use crate::model::transfer::{RecordSpec, SuggestionSpec};

/// A labelled stretch of text: half-open, in Unicode code points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stretch {
    pub start: u64,
    pub end: u64,
    pub label: String,
}

/// The rows of a list of objects, or of an object of lists.
fn rows(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(list) => list.clone(),
        Value::Object(columns) => {
            let length = columns.values().filter_map(Value::as_array).map(Vec::len).max().unwrap_or(0);
            let row = |at: usize| {
                let cells = columns.iter().map(|(name, column)| (name.clone(), column[at].clone()));
                Value::Object(cells.collect())
            };
            (0..length).map(row).collect()
        }
        _ => Vec::new(),
    }
}

/// How many items an answer has, of whatever kind.
pub(super) fn items(value: &Value) -> usize {
    rows(value).len()
}

/// Values in their order, each with its rank from 1.
pub(super) fn ranks(value: &Value) -> Vec<(String, u64)> {
    let one = |(at, row): (usize, Value)| match row {
        Value::String(value) => Some((value, at as u64 + 1)),
        Value::Object(row) => {
            let rank = row.get("rank").and_then(Value::as_u64).unwrap_or(at as u64 + 1);
            Some((row.get("value")?.as_str()?.to_owned(), rank))
        }
        _ => None,
    };
    rows(value).into_iter().enumerate().filter_map(one).collect()
}

/// The stretches of a span answer.
pub(super) fn stretches(value: &Value) -> Vec<Stretch> {
    let one = |row: Value| match row {
        Value::Object(row) => Some(Stretch {
            start: row.get("start")?.as_u64()?,
            end: row.get("end")?.as_u64()?,
            label: row.get("label").and_then(Value::as_str).unwrap_or_default().to_owned(),
        }),
        Value::Array(row) => Some(Stretch {
            start: row.first()?.as_u64()?,
            end: row.get(1)?.as_u64()?,
            label: row.get(2)?.as_str()?.to_owned(),
        }),
        _ => None,
    };
    rows(value).into_iter().filter_map(one).collect()
}

/// The text of a stretch.
pub(super) fn cut(text: &str, stretch: &Stretch) -> String {
    let length = stretch.end.saturating_sub(stretch.start) as usize;
    text.chars().skip(stretch.start as usize).take(length).collect()
}

/// The text of a field; nothing where the record has none.
pub(super) fn field<'r>(record: &'r RecordSpec, name: &str) -> &'r str {
    record.fields.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Spans as Argilla's lists of each property.
pub(super) fn columns_of(stretches: &[Stretch], text: &str) -> Value {
    let list = |cell: &dyn Fn(&Stretch) -> Value| stretches.iter().map(cell).collect::<Value>();
    json!({
        "start": list(&|stretch| stretch.start.into()),
        "end": list(&|stretch| stretch.end.into()),
        "label": list(&|stretch| stretch.label.as_str().into()),
        "text": list(&|stretch| cut(text, stretch).into()),
    })
}

/// All texts of a record, fields in the dataset's order, with a blank line between.
pub(super) fn whole_text(record: &RecordSpec, fields: &[crate::model::transfer::FieldSpec]) -> String {
    let texts = fields.iter().map(|spec| field(record, &spec.name)).filter(|text| !text.is_empty());
    texts.collect::<Vec<_>>().join("\n\n")
}

/// The score of a suggestion: a number for one label, a list for several; none where a label has none.
pub(super) fn score(suggestion: &SuggestionSpec) -> Value {
    let of = |label: &Value| suggestion.scores.as_ref()?.get(label.as_str()?)?.as_f64();
    match &suggestion.value {
        Value::Array(list) if !list.is_empty() => {
            let scores: Option<Vec<f64>> = list.iter().map(of).collect();
            json!(scores)
        }
        other => json!(of(other)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{columns_of, cut, ranks, stretches};

    #[test]
    fn rankings_of_every_shape_are_the_same() {
        let check = |value: Value| {
            let found: Vec<String> = ranks(&value).iter().map(|(value, rank)| format!("{value}{rank}")).collect();
            assert_eq!(found.join(" "), "x1 y2", "{value}");
        };
        check(json!(["x", "y"]));
        check(json!([{"value": "x", "rank": 1}, {"value": "y", "rank": 2}]));
        check(json!({"rank": [1, 2], "value": ["x", "y"]}));
        assert!(ranks(&json!(null)).is_empty());
    }

    #[test]
    fn spans_of_every_shape_are_the_same_and_count_code_points() {
        let check = |value: Value| {
            let found = stretches(&value);
            assert_eq!(cut("🌞 é Budget", &found[0]), "Budget", "{value}");
            let expected = json!({"start": [4], "end": [10], "label": ["ORG"], "text": ["Budget"]});
            assert_eq!(columns_of(&found, "🌞 é Budget"), expected);
        };
        check(json!([{"start": 4, "end": 10, "label": "ORG"}]));
        check(json!({"start": [4], "end": [10], "label": ["ORG"], "text": ["Budget"]}));
        check(json!([[4, 10, "ORG"]]));
        // Beyond the text, and back to front: nothing, and no panic.
        assert_eq!(cut("ab", &stretches(&json!([[1, 9, "A"]]))[0]), "b");
        assert_eq!(cut("ab", &stretches(&json!([[9, 1, "A"]]))[0]), "");
    }
}
