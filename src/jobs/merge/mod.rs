//! Other people's files into this one: who is who, which dataset is which, then part by part what stands.
//!
//! ```text
//! theirs ─ people ─ ground (datasets, questions, labels, label sets) ─ records ─ history ─→ ours
//! ```
//! All of it is one transaction and one step, so that it can be taken back. With the rule `newest` merging twice, or in
//! another order, gives the same content (see [`crate::engine::merge`]); our roles, names and settings win.

pub(super) mod dataset_mapping;
mod history;
mod records;
mod report;
mod run;
mod trust;
mod user_mapping;

use std::collections::BTreeMap;

use super::caller::{allowed, unowned};
use super::{Caller, JobContext, JobError, at_one_moment, within};

use crate::model::{DatasetId, EventKind, Permission, RecordId, UserId};
use crate::progress::Progress;
use crate::store::{Change, NewEvent, Store};

pub use crate::engine::merge::MergeRule;
pub(super) use report::person_line as told_of;
pub use report::{ChangeCounts, Clash, Clashes, MergeReport};
pub use trust::{counts, made_for};

/// What is merged, and how.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub struct Merge {
    /// Whose stands where both differ.
    pub rule: MergeRule,
    /// Who merges, and must be allowed to everywhere; nobody where a file is made that nobody owns yet.
    pub by: Option<Caller>,
    /// Names of people who are the same person in both files although their identities differ; `*`: all of them.
    pub same_user: Vec<String>,
    /// Names by the names they have in the other file.
    pub map_user: BTreeMap<String, String>,
    /// Only this dataset of theirs; under this path of ours.
    pub dataset: Option<(DatasetId, Option<String>)>,
    /// Only what this person of theirs holds.
    pub only: Option<UserId>,
    /// Whether suggestions stay behind on records that this person of theirs has not submitted.
    pub blind: bool,
    /// Only these records of theirs, ascending.
    pub records: Option<Vec<RecordId>>,
    /// Whether the other file has no history worth telling: it was made of an export just now.
    pub export: bool,
    /// How the other file is called.
    pub name: String,
    /// Whether answers of a time to come are taken.
    pub accept_future: bool,
    /// Whether a file that was made for one person may bring others' answers.
    pub accept_others: bool,
    /// Kind of the event: merge, pack.
    pub kind: EventKind,
    /// Whether all is taken back, and the report is all that is wanted.
    pub dry_run: bool,
}

/// Decides one clash.
pub type Ask<'a> = &'a mut dyn FnMut(&Clash) -> Result<MergeRule, JobError>;

/// Merges `theirs` into `ours`, or changes nothing.
///
/// # Errors
/// [`JobError::NotAllowed`] when who merges may not; when somebody has to say who is who, a dataset asks other questions, or a file cannot be read or written.
pub fn merge(
    ours: &mut dyn Store,
    theirs: &mut dyn Store,
    merge: &Merge,
    given: &mut JobContext<'_>,
    ask: Option<Ask<'_>>,
    progress: &dyn Progress,
) -> Result<MergeReport, JobError> {
    at_one_moment(theirs, |theirs| within(ours, merge.dry_run, |ours| run(ours, theirs, merge, given, ask, progress)))
}

fn run(
    ours: &mut dyn Store,
    theirs: &mut dyn Store,
    merge: &Merge,
    given: &mut JobContext<'_>,
    ask: Option<Ask<'_>>,
    progress: &dyn Progress,
) -> Result<MergeReport, JobError> {
    let by = match &merge.by {
        Some(by) => Some(allowed(ours, by, Permission::WholeFile, None, given)?.id),
        None => unowned(ours).map(|()| None)?,
    };
    let (step, at) = ((given.uid)(), given.at);
    ours.begin_changeset(&step, false)?;
    let mut report =
        MergeReport { name: merge.name.clone(), clashes: Clashes::begin(merge.dry_run), ..MergeReport::default() };
    let people = user_mapping::map(ours, theirs, (merge, by), given, &mut report)?;
    let mut datasets = theirs.datasets()?;
    datasets.retain(|dataset| merge.dataset.as_ref().is_none_or(|(id, _)| *id == dataset.id));
    let trust = trust::Trust::of(&theirs.users()?, merge, given.at);
    let mut total = 0;
    for dataset in &datasets {
        total += theirs.counts(dataset.id, UserId(0))?.records as u64;
    }
    let mut work = run::MergeRun {
        ours,
        theirs,
        merge,
        given,
        changeset: step.clone(),
        people,
        trust,
        report,
        ask,
        total,
        done: 0,
    };
    let mut grounds = Vec::new();
    for dataset in &datasets {
        let path = merge.dataset.as_ref().and_then(|(_, path)| path.as_deref());
        let ground = dataset_mapping::map(&mut work, dataset, path)?;
        let records = work.records(&ground, progress)?;
        grounds.push((ground, records));
    }
    trust::refuse(&work.report, merge)?;
    if !merge.export {
        work.history(&grounds, progress)?;
    }
    for (ground, _) in grounds.iter().filter(|_| work.report.changed) {
        work.ours.recount(ground.ours.id)?;
    }
    let run::MergeRun { ours, report, .. } = work;
    ours.end_changeset()?;
    let change = Change { event: step.clone(), changeset: step, user: by, at };
    let after = report.json().to_string();
    let logged = NewEvent { kind: merge.kind.clone(), dataset: None, record: None, before: None, after: &after };
    if report.changed || merge.kind != EventKind::Merge {
        ours.log(&change, &logged)?;
    }
    Ok(report)
}
