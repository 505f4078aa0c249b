//! Per-label agreement of a dataset's question.

use super::JobError;
use crate::engine::agreement::PerLabel;
use crate::model::{LabelAgreement, Question, QuestionKind, UserId};
use crate::store::Store;

/// What one pass over a question's answers gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Agreement of each label, in label order.
    pub labels: Vec<LabelAgreement>,
    /// Who gave the counted answers.
    pub raters: Vec<UserId>,
}

/// Agreement of every label of a question with labels, submitted answers only: one pass over the answers.
///
/// # Errors
/// [`JobError::Refused`] for another kind of question.
pub fn by_label(store: &mut dyn Store, question: &Question) -> Result<Found, JobError> {
    if !matches!(question.kind, QuestionKind::MultiLabel | QuestionKind::Label) {
        return Err(JobError::refused(
            format!("question '{}' is of kind {}", question.name, question.kind.word()),
            "per-label agreement is for questions with labels",
        ));
    }
    let offered = question.labels.iter().map(|label| (label.since, label.retired.unwrap_or(i64::MAX)));
    let mut sums = PerLabel::new(offered.collect());
    let mut raters = std::collections::BTreeSet::new();
    store.scan(question.id, &mut |row| {
        if let (1, Some(labels)) = (row.status, row.labels) {
            sums.add(row.record.0, row.label_set, labels);
            raters.insert(row.user);
        }
    })?;
    Ok(Found { labels: sums.finish(), raters: raters.into_iter().collect() })
}
