//! Control records: known answers to records that come up in everybody's queue, each in its own place as any other, and
//! how well each person does on them.

use std::path::Path;

use serde_json::{Map, Value};

use super::caller::allowed;
use super::{Caller, JobContext, JobError, may_ask, within};
use crate::exchange::{self, Known, labels_of};
use crate::model::{Answer, Control, Dataset, Permission, Question, QuestionKind, RecordId, Status, User};
use crate::store::{Find, Store};
use crate::text::one_line;

/// How somebody did on the control records they submitted.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Score {
    /// Answers to questions with a known answer.
    pub answered: u64,
    /// Of those, exactly the known one.
    pub right: u64,
    /// Ticks that were to be given or left, label by label.
    pub ticks: u64,
    /// How many of them rightly.
    pub ticks_right: u64,
}

impl Score {
    /// The share of answers that are exactly the known one.
    #[must_use]
    pub fn share(&self) -> Option<f64> {
        (self.answered > 0).then(|| self.right as f64 / self.answered as f64)
    }

    /// The share of labels, each taken as yes or no, that are as known.
    #[must_use]
    pub fn label_share(&self) -> Option<f64> {
        (self.ticks > 0).then(|| self.ticks_right as f64 / self.ticks as f64)
    }
}

/// Adds known answers from a table; those of a record that has some are replaced. Tells how many there are then.
///
/// # Errors
/// When `by` may not, or a record, a question or a label is not there.
pub fn add(
    store: &mut dyn Store,
    dataset: &Dataset,
    file: &Path,
    (by, given): (&Caller, &mut JobContext<'_>),
) -> Result<usize, JobError> {
    let rows = exchange::read_controls(file)?;
    within(store, false, |store| {
        let by = allowed(store, by, Permission::Assign, Some(dataset), given)?;
        let all = known(store, dataset, (file, rows))?;
        store.set_controls(dataset.id, &all, &given.change(&by))?;
        Ok(all.len())
    })
}

/// The known answers there are, with those of the table.
fn known(
    store: &mut dyn Store,
    dataset: &Dataset,
    (file, rows): (&Path, Vec<Known>),
) -> Result<Vec<Control>, JobError> {
    let mut all = store.controls(dataset.id)?;
    for row in rows {
        let at = || format!("{}:{}", one_line(&file.display().to_string()), row.line);
        let found = store.find(dataset.id, &Find::External(&row.id))?;
        let record = found.ok_or_else(|| {
            let what = format!("{}: '{}' has no record '{}'", at(), one_line(&dataset.path()), one_line(&row.id));
            JobError::refused(what, "import the record first; the table names it by its id")
        })?;
        let answers =
            answers(dataset, &row).map_err(|(what, way)| JobError::refused(format!("{}: {what}", at()), way))?;
        all.retain(|control| control.record != record);
        all.push(Control { record, answers });
    }
    if all.is_empty() {
        return Err(JobError::refused("the file has no known answers", "a row a record: id,answer"));
    }
    Ok(all)
}

/// The known answers, for who may keep them.
///
/// # Errors
/// When `by` may not, or the file cannot be read.
pub fn list(store: &mut dyn Store, dataset: &Dataset, by: &Caller) -> Result<Vec<Control>, JobError> {
    may_ask(store, by, Permission::Assign, Some(dataset.id))?;
    Ok(store.controls(dataset.id)?)
}

/// Takes away the known answers of these records, or of all; the records stay, and are records like any other.
///
/// # Errors
/// When `by` may not, or a record has none.
pub fn remove(
    store: &mut dyn Store,
    dataset: &Dataset,
    records: &[RecordId],
    (by, given): (&Caller, &mut JobContext<'_>),
) -> Result<usize, JobError> {
    within(store, false, |store| {
        let by = allowed(store, by, Permission::Assign, Some(dataset), given)?;
        let mut all = store.controls(dataset.id)?;
        let before = all.len();
        for record in records {
            if !all.iter().any(|control| control.record == *record) {
                let name = store.record(*record)?.name();
                return Err(JobError::refused(format!("'{}' is no control record", one_line(&name)), ""));
            }
        }
        all.retain(|control| !records.is_empty() && !records.contains(&control.record));
        store.set_controls(dataset.id, &all, &given.change(&by))?;
        Ok(before - all.len())
    })
}

type Refused = (String, String);

fn answers(dataset: &Dataset, row: &Known) -> Result<Map<String, Value>, Refused> {
    let mut answers = Map::new();
    for (column, cell) in &row.answers {
        let named = dataset.questions.iter().find(|question| question.name == *column);
        let only = || dataset.questions.first().filter(|_| dataset.questions.len() == 1 || column == "answer");
        let question = named.or_else(only).filter(|_| named.is_some() || column == "answer");
        let question = question.ok_or_else(|| {
            let names: Vec<String> = dataset.questions.iter().map(|question| one_line(&question.name)).collect();
            (format!("there is no question '{}'", one_line(column)), format!("there is: {}", names.join(", ")))
        })?;
        answers.insert(question.name.clone(), value(question, cell)?);
    }
    Ok(answers)
}

fn value(question: &Question, cell: &str) -> Result<Value, Refused> {
    if !matches!(question.kind, QuestionKind::MultiLabel | QuestionKind::Label) {
        return Ok(serde_json::from_str(cell).unwrap_or_else(|_| Value::from(cell)));
    }
    let labels = labels_of(cell);
    if let Some(unknown) = labels.iter().find(|label| question.label_index(label).is_none()) {
        let what = format!("'{}' has no label '{}'", one_line(&question.name), one_line(unknown));
        return Err((what, String::from("labels are separated by ';' or stand in a JSON list")));
    }
    match (question.kind, labels.as_slice()) {
        (QuestionKind::Label, [only]) => Ok(Value::from(only.as_str())),
        (QuestionKind::Label, _) => {
            Err((format!("'{}' takes one label", one_line(&question.name)), String::from("name one")))
        }
        _ => Ok(Value::from(labels)),
    }
}

/// How a person did on the control records they submitted.
///
/// # Errors
/// When the file cannot be read.
pub fn score(store: &mut dyn Store, dataset: &Dataset, controls: &[Control], user: &User) -> Result<Score, JobError> {
    let mut score = Score::default();
    for control in controls {
        let entry = store.entry(user.id, control.record)?;
        let Some(response) = entry.response.filter(|response| response.status == Status::Submitted) else { continue };
        for question in &dataset.questions {
            let Some(known) = control.answers.get(&question.name) else { continue };
            let known = question.to_answer(known);
            let given = response.answers.get(&question.id);
            score.answered += 1;
            score.right += u64::from(given == Some(&known));
            if let (Answer::Labels(known), Some(Answer::Labels(given))) = (&known, given) {
                let offered = (0u32..).zip(&question.labels).filter(|(_, label)| label.retired.is_none());
                for (label, _) in offered {
                    score.ticks += 1;
                    score.ticks_right += u64::from(known.contains(&label) == given.contains(&label));
                }
            }
        }
    }
    Ok(score)
}
