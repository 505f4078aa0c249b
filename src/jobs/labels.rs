//! New labels of a question, checked against those it has.

use super::{Given, JobError};
use crate::exchange::{ReadError, label_fault};
use crate::model::transfer::LabelFull;
use crate::model::{Question, UserId};
use crate::store::{Change, Store};
use crate::text::one_line;

/// Adds a label as a new label set, with an event in the same transaction.
///
/// # Errors
/// [`JobError::Refused`] when the question has it, and [`JobError::Read`] when its value or key cannot stand beside those of the question.
pub fn add(
    store: &mut dyn Store,
    question: &Question,
    label: LabelFull,
    user: UserId,
    given: &mut Given<'_>,
) -> Result<(), JobError> {
    if question.labels.iter().any(|known| known.value == label.value) {
        let (name, value) = (one_line(&question.name), one_line(&label.value));
        return Err(JobError::refused(
            format!("'{name}' has the label '{value}' already"),
            "'labelry labels list' shows the labels there are",
        ));
    }
    let keys: Vec<Option<String>> = question.labels.iter().map(|label| label.key.map(String::from)).collect();
    let there = question.labels.iter().zip(&keys).map(|(label, key)| (label.value.as_str(), key.as_deref()));
    if let Some(fault) = label_fault(&there.collect::<Vec<_>>(), &label) {
        return Err(fault.into());
    }
    let event = (given.uid)();
    let change = Change { step: event.clone(), event, user: Some(user), at: given.at };
    store.begin()?;
    let done = (|| {
        store.begin_step(&change.step, false)?;
        store.add_labels(question.id, &[label], &change, given.uid)?;
        store.end_step()
    })();
    match done {
        Ok(()) => Ok(store.commit()?),
        Err(why) => {
            store.rollback()?;
            Err(why.into())
        }
    }
}

/// Whether labels can stand beside each other.
pub(super) fn check<'l>(labels: impl IntoIterator<Item = &'l LabelFull>) -> Result<(), ReadError> {
    let mut there: Vec<(&str, Option<&str>)> = Vec::new();
    for label in labels {
        if let Some(fault) = label_fault(&there, label) {
            return Err(fault);
        }
        there.push((&label.value, label.key.as_deref()));
    }
    Ok(())
}
