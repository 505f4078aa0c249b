//! Label Studio's JSON-MIN: an annotation on each row, data and answers side by side. Only the labelling configuration
//! tells which is which, so it has to be there; a row is then made the task with one annotation that it came from.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::error::{Kind, ReadError, names};
use super::label_studio_config::Config;

/// What a row says of its annotation, and what that is called there.
const ABOUT: [(&str, &str); 5] = [
    ("annotation_id", "id"),
    ("annotator", "completed_by"),
    ("created_at", "created_at"),
    ("updated_at", "updated_at"),
    ("lead_time", "lead_time"),
];

/// Parts of a value by which its type is told; spans have a text too.
const TYPES: [(&str, &str); 6] = [
    ("choices", "choices"),
    ("taxonomy", "taxonomy"),
    ("rating", "rating"),
    ("number", "number"),
    ("labels", "labels"),
    ("text", "textarea"),
];

/// Whether a row is one of these.
pub(super) fn looks_so(row: &Map<String, Value>) -> bool {
    ["id", "annotator", "annotation_id", "lead_time"].iter().all(|key| row.contains_key(*key))
}

/// The task that a row came from, with its annotation.
pub(super) fn task(mut row: Map<String, Value>, config: Option<&Config>) -> Result<Map<String, Value>, ReadError> {
    let mut annotation = Map::new();
    for (key, name) in ABOUT {
        annotation.insert(name.to_owned(), row.shift_remove(key).unwrap_or_default());
    }
    let id = row.shift_remove("id").unwrap_or_default();
    let Some(config) = config else {
        let found = format!("{} of JSON-MIN, data and answers side by side,", names(row.keys().map(String::as_str)));
        return Err(ReadError::new(Kind::Unsaid, found, "a labelling configuration to tell them apart")
            .with_hint("name it: --settings labelling_config.xml; or export as JSON, which says it itself"));
    };
    let mut results = Vec::new();
    for (name, is_text) in config.asked() {
        let values = match row.shift_remove(name) {
            Some(Value::Array(list)) => list,
            None | Some(Value::Null) => Vec::new(),
            Some(one) => vec![one],
        };
        results.extend(values.into_iter().map(|value| result(name, is_text, value)));
    }
    annotation.insert(String::from("result"), Value::Array(results));
    let task = [("id", id), ("data", Value::Object(row)), ("annotations", json!([annotation]))];
    Ok(task.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

/// A result as whole tasks have it: what is one choice or one text stands bare in a row.
fn result(name: &str, is_text: bool, value: Value) -> Value {
    let (kind, value) = match value {
        Value::String(text) if is_text => ("textarea", json!({"text": [text]})),
        Value::String(choice) => ("choices", json!({"choices": [choice]})),
        value => {
            let told = TYPES.iter().find(|(part, _)| value.get(part).is_some());
            (told.map_or("unknown", |(_, kind)| kind), value)
        }
    };
    json!({"from_name": name, "type": kind, "value": value})
}

/// How often a person has annotated a task, over the rows of a file.
#[derive(Default)]
pub(super) struct Passes(HashMap<(String, String), i64>);

impl Passes {
    /// The number of the next annotation; none for a first one.
    pub fn next(&mut self, record: &str, user: &str) -> Option<i64> {
        let count = self.0.entry((record.to_owned(), user.to_owned())).or_default();
        *count += 1;
        Some(*count).filter(|pass| *pass > 1)
    }
}
