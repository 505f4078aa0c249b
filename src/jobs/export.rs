//! A dataset as native JSONL: its present state, the same bytes for the same content.

use std::io::Write;

use serde_json::{Map, Value};

use super::JobError;
use crate::exchange;
use crate::model::transfer::{
    DatasetSpec, FieldSpec, LabelFull, LabelSpec, NoteSpec, QuestionSpec, RecordSpec, ResponseSpec, VectorSpec,
};
use crate::model::{Answer, Answers, Dataset, Label, Question, Record, Response, Timestamp};
use crate::progress::Progress;
use crate::store::{Held, Store};

/// Writes the dataset; gives the number of records.
///
/// # Errors
/// When reading, writing or the person's patience ends.
pub fn native(
    store: &mut dyn Store,
    dataset: &Dataset,
    out: &mut dyn Write,
    progress: &dyn Progress,
) -> Result<u64, JobError> {
    exchange::write_header(out, &header(dataset))?;
    let total = store.counts(dataset.id, crate::model::UserId(0))?.records as u64;
    let (mut after, mut done) = (0, 0);
    loop {
        let page = store.page(dataset.id, after, 512)?;
        let Some((last, _)) = page.last() else { break };
        after = last.position;
        for (record, extra) in page {
            exchange::write_record(out, &spec(store, dataset, record, &extra)?)?;
            done += 1;
        }
        progress.at(done, total)?;
    }
    out.flush()?;
    Ok(done)
}

fn header(dataset: &Dataset) -> DatasetSpec {
    let field = |field: &crate::model::Field| FieldSpec {
        name: field.name.clone(),
        title: Some(field.title.clone()),
        kind: Some(field.kind.clone()),
    };
    DatasetSpec {
        name: dataset.name.clone(),
        workspace: Some(dataset.workspace.clone()),
        guidelines: Some(dataset.guidelines.clone()).filter(|text| !text.is_empty()),
        hide: Some(dataset.hide.word().to_owned()),
        order: Some(dataset.order.clone()),
        min_submitted: dataset.min_submitted,
        fields: dataset.fields.iter().map(field).collect(),
        questions: dataset.questions.iter().map(question).collect(),
        vectors: dataset
            .vectors
            .iter()
            .map(|space| VectorSpec { name: space.name.clone(), dimensions: space.dimensions })
            .collect(),
        extra: Map::new(),
    }
}

fn question(question: &Question) -> QuestionSpec {
    QuestionSpec {
        name: question.name.clone(),
        title: Some(question.title.clone()),
        kind: question.kind.word().to_owned(),
        required: Some(question.required),
        labels: question.labels.iter().map(label).collect(),
        min: question.min,
        max: question.max,
    }
}

fn label(label: &Label) -> LabelSpec {
    LabelSpec::Full(LabelFull {
        value: label.value.clone(),
        title: Some(label.title.clone()),
        description: Some(label.description.clone()).filter(|text| !text.is_empty()),
        key: label.key.map(String::from),
        group: label.group.clone(),
        since: Some(label.since).filter(|since| *since > 1),
        retired: label.retired,
    })
}

fn spec(store: &mut dyn Store, dataset: &Dataset, record: Record, extra: &str) -> Result<RecordSpec, JobError> {
    let held = store.held(record.id)?;
    let suggestions = store.suggestions(record.id)?.into_iter().map(|(_, suggestion)| suggestion).collect();
    let vectors = store.vectors(record.id)?.into_iter().collect();
    Ok(RecordSpec {
        id: record.external_id,
        fields: record.fields.into_iter().map(|(name, text)| (name, Value::String(text))).collect(),
        metadata: record.metadata,
        vectors,
        suggestions,
        responses: held.iter().filter_map(|held| response(dataset, held)).collect(),
        notes: held.iter().filter_map(note).collect(),
        extra: serde_json::from_str(extra).unwrap_or_default(),
    })
}

fn note(held: &Held) -> Option<NoteSpec> {
    let some = held.entry.note.is_some() || held.entry.flag;
    some.then(|| NoteSpec { user: held.user.clone(), note: held.entry.note.clone(), flag: held.entry.flag })
}

fn response(dataset: &Dataset, held: &Held) -> Option<ResponseSpec> {
    let response: &Response = held.entry.response.as_ref()?;
    let older = dataset.questions.iter().filter_map(|question| {
        let set = *response.label_sets.get(&question.id.0)?;
        (set != question.label_set).then(|| (question.name.clone(), Value::from(set)))
    });
    let older: Map<String, Value> = older.collect();
    Some(ResponseSpec {
        user: held.user.clone(),
        status: response.status.word().to_owned(),
        answers: answers(dataset, &response.answers),
        reason: response.reason.clone(),
        seconds: response.active_ms.map(|ms| ms as f64 / 1_000.0),
        at: response.at.map(|at| Timestamp(at).to_rfc3339()),
        pass: None,
        label_sets: Some(older).filter(|sets| !sets.is_empty()),
        working: held.entry.working.as_ref().map(|working| answers(dataset, working)),
    })
}

fn answers(dataset: &Dataset, answers: &Answers) -> Map<String, Value> {
    let value = |question: &Question| match answers.get(&question.id.0)? {
        Answer::Labels(labels) => {
            let values = labels.iter().filter_map(|index| question.labels.get(*index as usize));
            Some(values.map(|label| Value::from(label.value.as_str())).collect())
        }
        Answer::Value(value) => Some(value.clone()),
    };
    dataset.questions.iter().filter_map(|question| Some((question.name.clone(), value(question)?))).collect()
}
