//! New labels of a question, checked against those it has.

use super::caller::allowed;
use super::{Caller, JobContext, JobError};
use crate::exchange::{ReadError, label_fault};
use crate::model::transfer::LabelFull;
use crate::model::{Dataset, Permission, Question};
use crate::store::Store;
use crate::text::one_line;

/// Adds labels as one new label set, in one step that can be undone: all or none.
///
/// # Errors
/// [`JobError::NotAllowed`] when `by` may not, [`JobError::Refused`] when the question has one of them, and [`JobError::Read`] when its value or key cannot stand
/// beside the others.
pub fn add(
    store: &mut dyn Store,
    by: &Caller,
    (dataset, question): (&Dataset, &Question),
    labels: &[LabelFull],
    given: &mut JobContext<'_>,
) -> Result<(), JobError> {
    let keys: Vec<Option<String>> = question.labels.iter().map(|label| label.key.map(String::from)).collect();
    let there = question.labels.iter().zip(&keys).map(|(label, key)| (label.value.as_str(), key.as_deref()));
    let mut there: Vec<(&str, Option<&str>)> = there.collect();
    for label in labels {
        if there.iter().any(|(known, _)| *known == label.value) {
            let (name, value) = (one_line(&question.name), one_line(&label.value));
            return Err(JobError::refused(
                format!("'{name}' has the label '{value}' already"),
                "'labelry labels list' shows the labels there are",
            ));
        }
        if let Some(fault) = label_fault(&there, label) {
            return Err(fault.into());
        }
        there.push((&label.value, label.key.as_deref()));
    }
    super::within(store, false, |store| {
        let user = allowed(store, by, Permission::Manage, Some(dataset), given)?;
        let change = given.change(&user);
        store.begin_changeset(&change.changeset, false)?;
        store.add_labels(question.id, labels, &change, given.uid)?;
        Ok(store.end_changeset()?)
    })
}

/// The command that adds a label to a question.
pub(super) fn adding(dataset: &Dataset, question: &Question, label: &str) -> String {
    let mut command = format!("labelry labels add --dataset {}", word(&dataset.path()));
    if dataset.questions.len() > 1 {
        command += &format!(" --question {}", word(&question.name));
    }
    let dashes = if label.starts_with('-') { "-- " } else { "" };
    format!("{command} {dashes}{}", word(label))
}

/// A text as one word of a shell, harmless to print.
fn word(text: &str) -> String {
    let text = one_line(text);
    let plain = |c: char| c.is_alphanumeric() || "_-./:@%+,".contains(c);
    if !text.is_empty() && text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
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

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn a_word_of_a_shell_is_quoted_where_it_has_to_be() {
        assert_eq!(word("tax.1"), "tax.1");
        assert_eq!(word("impôt"), "impôt");
        assert_eq!(word("new one"), "'new one'");
        assert_eq!(word("don't $HOME"), r"'don'\''t $HOME'");
        assert_eq!(word(""), "''");
    }
}
