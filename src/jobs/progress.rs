//! How far people are with a dataset.

use super::{JobError, controls};
use crate::model::dataset_progress::{DatasetProgress, Worker};
use crate::model::{Control, Dataset, Permission, QuestionKind, User, UserId, may};
use crate::store::Store;

/// The progress of everybody, for whom may see it, else of the viewer alone. Reads what people submitted: about a second
/// for millions of answers.
/// `day` names the day of a time in milliseconds.
///
/// # Errors
/// When the file cannot be read.
pub fn dataset_progress(
    store: &mut dyn Store,
    dataset: &Dataset,
    viewer: Option<&User>,
    day: &dyn Fn(i64) -> String,
) -> Result<DatasetProgress, JobError> {
    let all = viewer.is_some_and(|user| may(user, Permission::Assign, Some(dataset)));
    let mine = viewer.map_or(UserId(0), |user| user.id);
    let assigned = store.assigned(dataset.id)?;
    let known = store.controls(dataset.id)?;
    let mut people = Vec::new();
    let mut shown = Vec::new();
    for user in store.users()? {
        if !all && user.id != mine {
            continue;
        }
        let dealt = assigned.iter().find(|(id, _)| *id == user.id).map(|(_, count)| *count);
        let worker = worker(store, dataset, &user, dealt, if all { &known } else { &[] })?;
        let works = worker.submitted + worker.draft + worker.discarded > 0 || dealt.is_some();
        let member = user.workspaces.contains(&dataset.workspace) && !user.disabled;
        if works || member || !all {
            shown.push(user.id);
            people.push(worker);
        }
    }
    people.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(DatasetProgress {
        records: store.counts(dataset.id, UserId(0))?.records.max(0) as u64,
        completed: store.completed(dataset.id)?,
        own: !all,
        people,
        labels: labels(store, dataset, (!all).then_some(mine))?,
        days: days(store, dataset, &shown, day)?,
    })
}

/// One person's figures; without control records none about those.
fn worker(
    store: &mut dyn Store,
    dataset: &Dataset,
    user: &User,
    assigned: Option<u64>,
    known: &[Control],
) -> Result<Worker, JobError> {
    let counts = store.counts(dataset.id, user.id)?;
    let score = controls::score(store, dataset, known, user)?;
    let pace = store.paces(dataset.id, user.id)?;
    Ok(Worker {
        name: user.name.clone(),
        submitted: counts.submitted.max(0) as u64,
        draft: counts.drafts.max(0) as u64,
        discarded: counts.discarded.max(0) as u64,
        // What nobody can come in for any more is nothing to do.
        pending: if user.disabled { 0 } else { store.pending(dataset.id, user.id)? },
        assigned,
        seconds: median(&pace).map(|ms| ms / 1_000.0),
        controls: (score.answered > 0).then(|| (score.answered, score.right, score.label_share())),
    })
}

/// Milliseconds of a quarter of an hour.
const QUARTER: i64 = 900_000;

fn labels(
    store: &mut dyn Store,
    dataset: &Dataset,
    user: Option<UserId>,
) -> Result<Vec<(String, String, u64, u64)>, JobError> {
    let mut labels = Vec::new();
    let kinds = [QuestionKind::MultiLabel, QuestionKind::Label];
    for question in dataset.questions.iter().filter(|question| kinds.contains(&question.kind)) {
        let (answers, counts) = store.positives(question.id, user)?;
        for (at, label) in question.labels.iter().enumerate() {
            let count = counts.get(at).copied().unwrap_or(0);
            if label.retired.is_none() || count > 0 {
                labels.push((question.name.clone(), label.value.clone(), count, answers));
            }
        }
    }
    Ok(labels)
}

fn days(
    store: &mut dyn Store,
    dataset: &Dataset,
    shown: &[UserId],
    day: &dyn Fn(i64) -> String,
) -> Result<Vec<(String, i64)>, JobError> {
    let mut sums = std::collections::BTreeMap::new();
    for (user, quarter, value) in store.quarters(dataset.id)? {
        if shown.contains(&user) {
            *sums.entry(day(quarter * QUARTER)).or_insert(0) += value;
        }
    }
    Ok(sums.into_iter().collect())
}

/// Of ascending numbers.
fn median(numbers: &[i64]) -> Option<f64> {
    let middle = numbers.len() / 2;
    match numbers.len() {
        0 => None,
        count if count % 2 == 1 => Some(numbers[middle] as f64),
        _ => Some((numbers[middle - 1] + numbers[middle]) as f64 / 2.0),
    }
}
