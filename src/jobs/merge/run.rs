//! A merge on its way: both stores, what was asked for, and what came of it so far.

use super::trust::Trust;
use super::user_mapping::UserMapping;
use super::{Ask, Merge, MergeReport};
use crate::jobs::JobContext;
use crate::model::Uid;
use crate::store::Store;

/// A merge on its way.
pub(super) struct MergeRun<'a, 'b, 'c> {
    pub(super) ours: &'a mut dyn Store,
    pub(super) theirs: &'a mut dyn Store,
    pub(super) merge: &'a Merge,
    pub(super) given: &'a mut JobContext<'b>,
    pub(super) changeset: Uid,
    pub(super) people: UserMapping,
    pub(super) trust: Trust,
    pub(super) report: MergeReport,
    pub(super) ask: Option<Ask<'c>>,
    pub(super) total: u64,
    pub(super) done: u64,
}
