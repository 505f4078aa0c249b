//! Records that were found, as commands print them: id, score, texts, and what people answered.

use serde_json::{Map, Value, json};

use super::export;
use crate::model::{Dataset, Record, RecordId, Sight, User, UserId};
use crate::store::{NamedResponse, Result, Store};

/// How many found records are best read at once.
pub const HITS_PAGE: usize = 500;

/// Found records, each as a JSON object: `id` (the external id), `score`, `fields`, `responses`. What `hide` hides from
/// the viewer till their own submit is left out; nobody known sees no more than an annotator.
///
/// # Errors
/// When the file cannot be read.
pub fn objects(
    store: &mut dyn Store,
    dataset: &Dataset,
    viewer: Option<&User>,
    found: &[(RecordId, f64)],
) -> Result<Vec<Value>> {
    let ids: Vec<RecordId> = found.iter().map(|(id, _)| *id).collect();
    let records = store.records(&ids)?;
    let held = store.held(&ids)?;
    let hit = |(record, (id, score)): (&Record, &(RecordId, f64))| {
        object(dataset, viewer, record, held.get(id).map_or(&[], Vec::as_slice), *score)
    };
    Ok(records.iter().zip(found).map(hit).collect())
}

fn object(
    dataset: &Dataset,
    viewer: Option<&User>,
    found: &Record,
    held: &[(UserId, NamedResponse)],
    score: f64,
) -> Value {
    let mine = viewer.map(|user| user.name.as_str());
    let own = held.iter().find(|(_, held)| Some(held.user.as_str()) == mine).map(|(_, held)| &held.entry);
    let others = Sight::of(viewer, dataset).others_on(own);
    let shown = |user: &str| others || Some(user) == mine;
    let responses: Vec<Value> = held
        .iter()
        .filter(|(_, held)| shown(&held.user))
        .filter_map(|(_, held)| {
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
    json!({"id": found.name(), "score": score, "fields": fields, "responses": responses})
}
