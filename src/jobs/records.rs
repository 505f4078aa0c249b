//! A record with all that hangs on it, as a sitting shows it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::sitting::Loaded;
use crate::model::transfer::SuggestionSpec;
use crate::model::{Answer, Dataset, Question, QuestionKind, RecordId, Suggestion, UserId};
use crate::store::{Result, Store};

/// One record with what the person and others hold about it and what agents suggest.
///
/// # Errors
/// When there is no such record, or the file cannot be read.
pub fn load(store: &mut dyn Store, dataset: &Dataset, user: UserId, record: RecordId) -> Result<Loaded> {
    let found = store.suggestions(record)?;
    let of = |id| dataset.questions.iter().find(move |question| question.id == id);
    Ok(Loaded {
        record: store.record(record)?,
        entry: store.entry(user, record)?,
        held: store.held(record)?,
        suggestions: found.into_iter().filter_map(|(id, spec)| Some(suggestion(of(id)?, spec))).collect(),
    })
}

/// A suggestion by label index; labels that the question does not have are left out.
fn suggestion(question: &Question, spec: SuggestionSpec) -> Suggestion {
    let index = |value: &Value| question.label_index(value.as_str()?).map(|index| index as u32);
    let answer = match question.kind {
        QuestionKind::MultiLabel | QuestionKind::Label => {
            let values = spec.value.as_array().map_or(std::slice::from_ref(&spec.value), Vec::as_slice);
            let mut labels: Vec<u32> = values.iter().filter_map(index).collect();
            labels.sort_unstable();
            labels.dedup();
            Answer::Labels(labels)
        }
        _ => Answer::Value(spec.value),
    };
    let given = spec.scores.as_ref().and_then(Value::as_object);
    let scores: BTreeMap<u32, f64> = given
        .into_iter()
        .flatten()
        .filter_map(|(label, score)| Some((question.label_index(label)? as u32, score.as_f64()?)))
        .collect();
    Suggestion { question: question.id, agent: spec.agent, answer, scores }
}
