//! Per-label agreement of a dataset's question.

use super::JobError;
use crate::engine::agreement::PerLabel;
use crate::engine::classes::Classes;
pub use crate::engine::measure::{MeasureSelection, findings, units_for};
use crate::model::{
    Dataset, Label, LabelAgreement, LabelSets, Offered, Question, QuestionKind, Rating, Ratings, Resampling, Sight,
    UnitClass, User, UserId, Values,
};
use crate::store::Store;

/// What is known of a question's agreement.
#[derive(Debug, Clone, PartialEq)]
pub struct QuestionAgreement {
    /// Agreement of each label, in label order.
    pub labels: Vec<LabelAgreement>,
    /// Who gave the counted answers.
    pub raters: Vec<UserId>,
}

/// Agreement of every label of a question with labels, submitted answers only, from the sums that the store keeps:
/// some microseconds at any number of records, and with intervals what those cost.
///
/// # Errors
/// [`JobError::Refused`] for another kind of question.
pub fn figures(
    store: &mut dyn Store,
    question: &Question,
    resampling: Resampling,
) -> Result<Vec<LabelAgreement>, JobError> {
    has_labels(question)?;
    let mut classes = store.agreement_classes(question.id)?;
    classes.resize_with(question.labels.len(), Vec::new);
    let figures = |label: Vec<UnitClass>| label.into_iter().collect::<Classes>().agreement(resampling);
    Ok(classes.into_iter().map(figures).collect())
}

/// The same as far as somebody may see it: of few records single answers would be told.
///
/// # Errors
/// [`JobError::Refused`] for another kind of question.
pub fn shown(
    store: &mut dyn Store,
    viewer: Option<&User>,
    (dataset, question): (&Dataset, &Question),
    resampling: Resampling,
) -> Result<Vec<LabelAgreement>, JobError> {
    Ok(Sight::of(viewer, dataset).labels(figures(store, question, resampling)?))
}

/// The figures of all labels, and who gave the answers.
///
/// # Errors
/// [`JobError::Refused`] for another kind of question.
pub fn by_label(
    store: &mut dyn Store,
    question: &Question,
    resampling: Resampling,
) -> Result<QuestionAgreement, JobError> {
    Ok(QuestionAgreement { labels: figures(store, question, resampling)?, raters: store.raters(question.id)? })
}

/// Agreement over the records that `user` submitted: units with at least two submitted answers, one of them theirs.
/// One pass over the answers to those records, .4 to 1 µs an answer: for no thread that a person waits for.
///
/// # Errors
/// [`JobError::Refused`] for another kind of question.
pub fn of_mine(
    store: &mut dyn Store,
    question: &Question,
    user: UserId,
    resampling: Resampling,
) -> Result<Vec<LabelAgreement>, JobError> {
    has_labels(question)?;
    let mut units = PerLabel::of_one(offered(question));
    store.scan_of(question.id, user, &mut |row| {
        if let (1, Some(labels), Some(set)) = (row.status, row.labels, row.label_set) {
            units.add(row.record.0, set, labels, row.user == user);
        }
    })?;
    Ok(units.finish().iter().map(|classes| classes.agreement(resampling)).collect())
}

/// For each label the label sets in which it was offered.
pub(super) fn offered(question: &Question) -> Vec<Offered> {
    question.labels.iter().map(Label::offered).collect()
}

/// The answers as yes (1) or no (0) to one label; where it was not offered they are missing.
#[must_use]
pub fn of_label(ratings: &Ratings, label: u32) -> Ratings {
    let offered = |row: &&Rating| ratings.offers.is_empty() || ratings.offers.has(row.offered, label);
    let ticked = |row: &Rating| match &ratings.values {
        Values::Sets(_, sets) => sets.has(row.value, label),
        _ => row.value == label,
    };
    let of = |rows: &[Rating]| {
        let yes_no = |row: &Rating| Rating { value: u32::from(ticked(row)), offered: 0, ..*row };
        rows.iter().filter(offered).map(yes_no).collect()
    };
    Ratings {
        raters: ratings.raters,
        units: ratings.units,
        values: Values::Labels(2),
        declared: true,
        offers: LabelSets::default(),
        rows: of(&ratings.rows),
        again: of(&ratings.again),
    }
}

fn has_labels(question: &Question) -> Result<(), JobError> {
    if matches!(question.kind, QuestionKind::MultiLabel | QuestionKind::Label) {
        return Ok(());
    }
    Err(JobError::refused(
        format!("question '{}' is of kind {}", question.name, question.kind.word()),
        "per-label agreement is for questions with labels",
    ))
}
