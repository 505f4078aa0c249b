//! A file for one person: their records, labels, guidelines, and what they answered; nothing of anybody else.

use std::collections::BTreeSet;

use super::merge::{Merge, MergeReport, merge};
use super::{Caller, JobContext, JobError, may_ask};
use crate::model::{Dataset, EventKind, Permission, Queue, RecordId, Sight, User};
use crate::progress::Progress;
use crate::store::Store;

/// What is handed out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pack {
    /// Of the records still to do at most so many.
    pub limit: Option<usize>,
    /// Of the records still to do only these, ascending.
    pub only: Option<Vec<RecordId>>,
}

/// Fills a new file with a person's part of a dataset: what is pending for them, and what they hold already.
///
/// # Errors
/// [`JobError::NotAllowed`] when `by` may not; when there is nothing for them, or a file cannot be read or written.
pub fn pack(
    ours: &mut dyn Store,
    new: &mut dyn Store,
    (dataset, user): (&Dataset, &User),
    pack: &Pack,
    (by, given): (&Caller, &mut JobContext<'_>),
    progress: &dyn Progress,
) -> Result<MergeReport, JobError> {
    may_ask(ours, by, Permission::Manage, Some(dataset.id))?;
    let mut records = BTreeSet::new();
    let mut pending = ours.queue_records(dataset.id, user.id, &Queue::Pending, None, i64::MAX as usize)?;
    if let Some(only) = &pack.only {
        pending.retain(|record| only.binary_search(record).is_ok());
    }
    pending.truncate(pack.limit.unwrap_or(usize::MAX));
    records.extend(pending);
    for queue in [Queue::Drafts, Queue::Changed, Queue::Submitted, Queue::Discarded, Queue::Flagged] {
        records.extend(ours.queue_records(dataset.id, user.id, &queue, None, i64::MAX as usize)?);
    }
    if records.is_empty() {
        return Err(JobError::refused(
            format!("there is nothing of '{}' for '{}' to do", dataset.path(), user.name),
            "see 'labelry progress', or assign records to them",
        ));
    }
    let wanted = Merge {
        dataset: Some((dataset.id, Some(dataset.path()))),
        only: Some(user.id),
        blind: !Sight::of(Some(user), dataset).suggestions,
        records: Some(records.into_iter().collect()),
        name: dataset.path(),
        kind: EventKind::Pack,
        ..Merge::default()
    };
    let report = merge(new, ours, &wanted, given, None, progress)?;
    // Whoever opens it is the one it was packed for, by whatever login name.
    let packed = new.users()?.into_iter().find(|packed| packed.uid == user.uid);
    if let Some(packed) = packed {
        new.name_user(packed.id, &packed.name, Some("*"))?;
    }
    Ok(report)
}
