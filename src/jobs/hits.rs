//! Records that were found, as commands print them: id, score, texts, and what people answered.

use serde_json::{Map, Value, json};

use super::export;
use crate::model::{Dataset, RecordId, Sight, User};
use crate::store::{Result, Store};

/// One found record as a JSON object: `id` (the external id), `score`, `fields`, `responses`. What `hide` hides from
/// the viewer till their own submit is left out; nobody known sees no more than an annotator.
///
/// # Errors
/// When the file cannot be read.
pub fn object(
    store: &mut dyn Store,
    dataset: &Dataset,
    viewer: Option<&User>,
    record: RecordId,
    score: f64,
) -> Result<Value> {
    let found = store.record(record)?;
    let held = store.held(record)?;
    let mine = viewer.map(|user| user.name.as_str());
    let own = held.iter().find(|held| Some(held.user.as_str()) == mine).map(|held| &held.entry);
    let others = Sight::of(viewer, dataset).others_on(own);
    let shown = |user: &str| others || Some(user) == mine;
    let responses: Vec<Value> = held
        .iter()
        .filter(|held| shown(&held.user))
        .filter_map(|held| {
            let response = held.entry.response.as_ref()?;
            Some(json!({
                "user": held.user,
                "status": response.status.word(),
                "answers": export::answers(dataset, &response.answers),
            }))
        })
        .collect();
    let fields: Map<String, Value> =
        found.fields.iter().map(|(name, text)| (name.clone(), Value::from(text.as_str()))).collect();
    // Six digits are what 32-bit floats hold.
    let score = (score * 1e6).round() / 1e6;
    Ok(json!({"id": found.name(), "score": score, "fields": fields, "responses": responses}))
}
