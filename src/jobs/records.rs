//! A record with all that hangs on it, as a session shows it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::record_view::RecordView;
use crate::model::transfer::SuggestionSpec;
use crate::model::{Dataset, Precision, Question, RecordId, Suggestion, UserId};
use crate::store::{Find, Result, Store};

/// One record with what the person and others hold about it and what agents suggest.
///
/// # Errors
/// When there is no such record, or the file cannot be read.
pub fn load(store: &mut dyn Store, dataset: &Dataset, user: UserId, record: RecordId) -> Result<RecordView> {
    let found = store.suggestions(record)?;
    let of = |id| dataset.questions.iter().find(move |question| question.id == id);
    let adjudications = store.adjudications(record)?;
    let judges = if adjudications.is_empty() {
        BTreeMap::new()
    } else {
        store.users()?.into_iter().map(|user| (user.id.0, user.name)).collect()
    };
    let record = store.record(record)?;
    let id = record.id;
    Ok(RecordView {
        place: record.position,
        record,
        entry: store.entry(user, id)?,
        held: store.held(id)?,
        suggestions: found.into_iter().filter_map(|(id, spec)| Some(suggestion(of(id)?, spec))).collect(),
        adjudications,
        adjudicates: judges,
    })
}

/// A suggestion by label index; labels that the question does not have are left out.
fn suggestion(question: &Question, spec: SuggestionSpec) -> Suggestion {
    let given = spec.scores.as_ref().and_then(Value::as_object);
    let scores: BTreeMap<u32, f64> = given
        .into_iter()
        .flatten()
        .filter_map(|(label, score)| Some((question.label_index(label)? as u32, score.as_f64()?)))
        .collect();
    Suggestion { question: question.id, agent: spec.agent, answer: question.to_answer(&spec.value), scores }
}

/// How often each agent's labels were right so far, by what the person submitted; by question and agent. One pass over
/// their submitted records.
///
/// # Errors
/// When the file cannot be read.
pub fn precision(store: &mut dyn Store, dataset: &Dataset, user: UserId) -> Result<Vec<Precision>> {
    let mut found: Vec<Precision> = Vec::new();
    store.scan_judged(dataset.id, user, &mut |judged| {
        let (id, agent) = (judged.question, judged.agent);
        let Some(question) = dataset.questions.iter().find(|question| question.id == id) else { return };
        let value: Value = serde_json::from_str(judged.value).unwrap_or_default();
        let values = value.as_array().map_or(std::slice::from_ref(&value), Vec::as_slice);
        let labels = values.iter().filter_map(|value| question.label_index(value.as_str()?));
        let (mut right, mut suggested) = (0, 0);
        for label in labels {
            suggested += 1;
            right += u64::from(judged.labels.get(label / 8).copied().unwrap_or(0) >> (label % 8) & 1);
        }
        match found.iter_mut().find(|known| known.question == id && known.agent == agent) {
            Some(known) => {
                known.right += right;
                known.suggested += suggested;
            }
            None => found.push(Precision { question: id, agent: agent.to_owned(), right, suggested }),
        }
    })?;
    Ok(found)
}

/// The record of this id, else of this number, with or without `#`.
///
/// # Errors
/// When the file cannot be read.
pub fn named(store: &mut dyn Store, dataset: &Dataset, name: &str) -> Result<Option<RecordId>> {
    let found = store.find(dataset.id, &Find::External(name))?;
    match (found, name.trim_start_matches('#').parse()) {
        (None, Ok(position)) => store.find(dataset.id, &Find::Position(position)),
        (found, _) => Ok(found),
    }
}
