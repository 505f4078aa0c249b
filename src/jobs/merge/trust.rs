//! What of another file is not taken unasked: answers of a time to come, and in a pack those of anybody but the person
//! it was made for.

use std::collections::{BTreeMap, BTreeSet};

use super::{Merge, MergeReport};
use crate::jobs::JobError;
use crate::model::{Adjudication, EventKind, Person, Timestamp, User, UserId};
use crate::text::one_line;

/// How far clocks may be apart, in milliseconds: a day. An answer of a later time would win over all that follow.
const AHEAD: i64 = 86_400_000;
/// The login name of whom a file was made for: whoever opens it is that person. No other file has one.
const ANYBODY: &str = "*";

/// Whom a file was made for: of a pack, and of a file that rescued one person's answers. Nobody for any other file.
#[must_use]
pub fn made_for(users: &[User]) -> BTreeSet<UserId> {
    users.iter().filter(|user| user.login.as_deref() == Some(ANYBODY)).map(|user| user.id).collect()
}

/// What is looked at while a file is merged.
pub(super) struct Trust {
    /// The latest time that is believed.
    latest: i64,
    /// Whom the file was made for.
    owners: BTreeSet<UserId>,
}

impl Trust {
    /// Of a file with these people; what this program takes from its own file is its own.
    pub(super) fn of(users: &[User], merge: &Merge, now: Timestamp) -> Self {
        let own = merge.kind != EventKind::Merge;
        let latest = if own { i64::MAX } else { now.0.saturating_add(AHEAD) };
        Self { latest, owners: if own { BTreeSet::new() } else { made_for(users) } }
    }

    /// Counts what comes of a person, by our name for them.
    pub(super) fn person(&self, theirs: UserId, name: &str, person: &Person, report: &mut MergeReport) {
        let entry = &person.entry;
        let own = entry.response.iter().chain(person.passes.values().map(|(response, _)| response));
        let stamps = [person.response_stamp(), person.working_stamp(), person.note_stamp()];
        let times =
            own.filter_map(|response| response.at).chain(stamps.into_iter().flatten().filter_map(|stamp| stamp.0));
        self.times(times, name, report);
        self.whose(theirs, name, report);
    }

    /// Counts an adjudication that comes.
    pub(super) fn adjudication(
        &self,
        theirs: UserId,
        name: &str,
        adjudication: &Adjudication,
        report: &mut MergeReport,
    ) {
        self.times(adjudication.at.into_iter(), name, report);
        self.whose(theirs, name, report);
    }

    fn times(&self, times: impl Iterator<Item = i64>, name: &str, report: &mut MergeReport) {
        if times.max().is_some_and(|latest| latest > self.latest) {
            *report.future.entry(name.to_owned()).or_default() += 1;
        }
    }

    fn whose(&self, theirs: UserId, name: &str, report: &mut MergeReport) {
        if !self.owners.is_empty() && !self.owners.contains(&theirs) {
            *report.others.entry(name.to_owned()).or_default() += 1;
        }
    }
}

/// Refuses what was counted and not agreed to.
pub(super) fn refuse(report: &MergeReport, merge: &Merge) -> Result<(), JobError> {
    let file = one_line(&merge.name);
    if !merge.accept_future && !report.future.is_empty() {
        let count: u64 = report.future.values().sum();
        return Err(JobError::refused(
            format!(
                "'{file}' has answers or marks ({count}) of more than a day from now, which would stand over all that \
                 follow: of {}",
                counts(&report.future)
            ),
            "nothing was merged; see whether a clock was wrong there, here or in between; --accept-future takes them as \
             they are",
        ));
    }
    if !merge.accept_others && !merge.dry_run && !report.others.is_empty() {
        return Err(JobError::refused(
            format!(
                "'{file}' was made for one person, and holds new answers or marks of others: of {}",
                counts(&report.others)
            ),
            "nothing was merged; ask who sent it; --accept-others takes them too",
        ));
    }
    Ok(())
}

/// `ana (3), bob (1)`.
#[must_use]
pub fn counts(people: &BTreeMap<String, u64>) -> String {
    people.iter().map(|(name, count)| format!("{} ({count})", one_line(name))).collect::<Vec<_>>().join(", ")
}
