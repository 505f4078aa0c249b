//! Found records, for people and programs.

use serde_json::Value;

use super::{Failure, say, say_json};
use crate::jobs::hits;
use crate::model::{Dataset, RecordId, User};
use crate::store::Store;
use crate::text::{decimals, fit, one_line};

/// Each on a line of its own, best first.
pub(super) fn print(
    store: &mut dyn Store,
    dataset: &Dataset,
    viewer: Option<&User>,
    all: &[(RecordId, f64)],
    json: bool,
) -> Result<(), Failure> {
    for page in all.chunks(hits::HITS_PAGE) {
        for found in hits::objects(store, dataset, viewer, page)? {
            if json { say_json(&found)? } else { row(&found)? }
        }
    }
    Ok(())
}

/// `.93  r-0077  charged twice in one month…  ana: billing`.
fn row(found: &Value) -> Result<(), Failure> {
    let score = found["score"].as_f64().unwrap_or_default();
    let texts = found["fields"].as_object().into_iter().flatten().filter_map(|(_, text)| text.as_str());
    let text = one_line(&texts.collect::<Vec<_>>().join(" · "));
    let responses: Vec<String> = found["responses"].as_array().into_iter().flatten().map(answer).collect();
    let name = one_line(found["id"].as_str().unwrap_or_default());
    say(format!("{:>6}  {name:<14} {:<60} {}", decimals(score, 3), fit(&text, 60), responses.join(" · ")))
}

fn answer(response: &Value) -> String {
    let word = |value: &Value| match value {
        Value::Array(labels) if labels.is_empty() => String::from("none of these"),
        Value::Array(labels) => labels.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let answers: Vec<String> =
        response["answers"].as_object().into_iter().flatten().map(|(_, value)| word(value)).collect();
    let status = response["status"].as_str().unwrap_or_default();
    let said = if status == "submitted" { answers.join(" / ") } else { status.to_owned() };
    one_line(&format!("{}: {said}", response["user"].as_str().unwrap_or_default()))
}
