//! A dataset as native JSONL: its present state, the same bytes for the same content.

use std::io::Write;

use serde_json::{Map, Value};

use super::pages::{ExportParts, Full, Pages, object};
use super::{ExportNames, ExportSelection};
use crate::exchange;
use crate::exchange::out::Target;
use crate::jobs::JobError;
use crate::model::transfer::{
    DatasetSpec, Extras, FieldSpec, LabelFull, LabelSpec, NoteSpec, QuestionSpec, RecordSpec, ResponseSpec, VectorSpec,
};
use crate::model::{Answers, Dataset, Label, Person, Question, Response, Timestamp};
use crate::progress::Progress;
use crate::store::Store;

/// Writes the dataset, or a queue of it; gives the number of records.
pub(super) fn native(
    store: &mut dyn Store,
    dataset: &Dataset,
    wanted: &ExportSelection,
    out: &mut dyn Write,
    progress: &dyn Progress,
) -> Result<u64, JobError> {
    let people = ExportNames::of(store, dataset, wanted)?;
    let mut header = header(dataset);
    if !wanted.pseudonyms {
        extend(&mut header, store.extras(dataset.id)?);
    }
    exchange::write_header(out, &header)?;
    let mut pages = Pages::of(store, dataset, wanted, ExportParts::of(Target::Native))?;
    let mut done = 0;
    while let Some(page) = pages.next(store)? {
        for full in page {
            let mut spec = spec(dataset, full);
            people.rename(&mut spec);
            exchange::write_record(out, &spec)?;
            done += 1;
        }
        progress.at(done, pages.total())?;
    }
    out.flush()?;
    Ok(done)
}

pub(in crate::jobs) fn header(dataset: &Dataset) -> DatasetSpec {
    let field = |field: &crate::model::Field| FieldSpec {
        name: field.name.clone(),
        title: Some(field.title.clone()),
        kind: Some(field.kind.clone()),
        ..FieldSpec::default()
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
            .map(|space| VectorSpec { name: space.name.clone(), dimensions: space.dimensions, ..VectorSpec::default() })
            .collect(),
        // What the version is without a word.
        guidelines_version: Some(dataset.guidelines_version)
            .filter(|version| *version != i64::from(!dataset.guidelines.is_empty())),
        ..DatasetSpec::default()
    }
}

/// Puts the keys that this version does not know where they stood.
pub(in crate::jobs) fn extend(header: &mut DatasetSpec, extras: Extras) {
    header.extra = extras.dataset;
    header.header_extra = extras.header;
    for (field, extra) in header.fields.iter_mut().zip(extras.fields) {
        field.extra = extra;
    }
    for (space, extra) in header.vectors.iter_mut().zip(extras.vectors) {
        space.extra = extra;
    }
    for (question, (extra, labels)) in header.questions.iter_mut().zip(extras.questions.into_iter().zip(extras.labels))
    {
        question.extra = extra;
        for (label, extra) in question.labels.iter_mut().zip(labels) {
            if let LabelSpec::Full(label) = label {
                label.extra = extra;
            }
        }
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
        ..QuestionSpec::default()
    }
}

fn label(label: &Label) -> LabelSpec {
    LabelSpec::Full(LabelFull {
        value: label.value.clone(),
        title: Some(label.title.clone()),
        description: Some(label.description.clone()).filter(|text| !text.is_empty()),
        key: label.key.map(String::from),
        group: label.group.clone(),
        exclusive: Some(true).filter(|_| label.exclusive),
        since: Some(label.since).filter(|since| *since > 1),
        retired: label.retired,
        exceptions: label.exceptions.clone(),
        ..LabelFull::default()
    })
}

pub(super) fn spec(dataset: &Dataset, full: Full) -> RecordSpec {
    let Full { record, extra, people, adjudications, suggestions, vectors } = full;
    RecordSpec {
        id: record.external_id,
        fields: record.fields.into_iter().map(|(name, text)| (name, Value::String(text))).collect(),
        metadata: record.metadata,
        vectors: vectors.into_iter().collect(),
        suggestions,
        responses: people.iter().flat_map(|(user, person)| responses(dataset, user, person)).collect(),
        notes: people.iter().filter_map(|(user, person)| note(user, person)).collect(),
        adjudications,
        extra,
    }
}

fn unknown(extra: Option<&String>) -> Map<String, Value> {
    extra.map(|text| object(text)).unwrap_or_default()
}

fn note(user: &str, person: &Person) -> Option<NoteSpec> {
    let some = person.entry.note.is_some() || person.entry.flag || person.note_extra.is_some();
    some.then(|| NoteSpec {
        user: user.to_owned(),
        note: person.entry.note.clone(),
        flag: person.entry.flag,
        extra: unknown(person.note_extra.as_ref()),
    })
}

/// A person's responses, by pass.
fn responses(dataset: &Dataset, user: &str, person: &Person) -> Vec<ResponseSpec> {
    let first = person.entry.response.as_ref().map(|response| ResponseSpec {
        working: person.entry.working.as_ref().map(|working| answers(dataset, working)),
        extra: unknown(person.extra.as_ref()),
        ..response_spec(dataset, user, response)
    });
    let later = person.passes.iter().map(|(pass, (response, extra))| ResponseSpec {
        pass: Some(*pass),
        extra: unknown(extra.as_ref()),
        ..response_spec(dataset, user, response)
    });
    first.into_iter().chain(later).collect()
}

fn response_spec(dataset: &Dataset, user: &str, response: &Response) -> ResponseSpec {
    let older = dataset.questions.iter().filter_map(|question| {
        let set = *response.label_sets.get(&question.id)?;
        (set != question.label_set).then(|| (question.name.clone(), Value::from(set)))
    });
    let older: Map<String, Value> = older.collect();
    ResponseSpec {
        user: user.to_owned(),
        status: response.status.word().to_owned(),
        answers: answers(dataset, &response.answers),
        reason: response.reason.clone(),
        seconds: response.active_ms.map(|ms| ms as f64 / 1_000.0),
        at: response.at.map(|at| Timestamp(at).to_rfc3339()),
        label_sets: Some(older).filter(|sets| !sets.is_empty()),
        guidelines: Some(response.guidelines_version).filter(|version| *version != dataset.guidelines_version),
        saw_agents: response.saw_agents.clone(),
        saw_others: response.saw_others,
        ..ResponseSpec::default()
    }
}

pub(in crate::jobs) fn answers(dataset: &Dataset, answers: &Answers) -> Map<String, Value> {
    let value = |question: &Question| question.to_value(answers.get(&question.id)?);
    dataset.questions.iter().filter_map(|question| Some((question.name.clone(), value(question)?))).collect()
}
