//! Per-label agreement of a dataset's question.

use super::JobError;
use crate::engine::agreement::PerLabel;
use crate::model::{LabelAgreement, Question, QuestionKind};
use crate::store::Store;

/// Agreement of every label of a multi-label question, submitted answers only, in label order.
///
/// # Errors
/// [`JobError::Refused`] for another kind of question.
pub fn by_label(store: &mut dyn Store, question: &Question) -> Result<Vec<LabelAgreement>, JobError> {
    if question.kind != QuestionKind::MultiLabel {
        return Err(JobError::refused(
            format!("question '{}' is of kind {}", question.name, question.kind.word()),
            "per-label agreement is for multi_label questions",
        ));
    }
    let offered = question.labels.iter().map(|label| (label.since, label.retired.unwrap_or(i64::MAX)));
    let mut sums = PerLabel::new(offered.collect());
    store.scan(question.id, &mut |row| {
        if let (1, Some(labels)) = (row.status, row.labels) {
            sums.add(row.record.0, row.label_set, labels);
        }
    })?;
    Ok(sums.finish())
}

/// Names of those whose submitted answers are counted.
///
/// # Errors
/// When the file cannot be read.
pub fn annotators(store: &mut dyn Store, question: &Question) -> Result<Vec<String>, JobError> {
    let mut seen = std::collections::BTreeSet::new();
    store.scan(question.id, &mut |row| {
        if row.status == 1 {
            seen.insert(row.user);
        }
    })?;
    Ok(store.users()?.into_iter().filter(|user| seen.contains(&user.id)).map(|user| user.name).collect())
}
