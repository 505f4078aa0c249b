//! What a store keeps of who labels what: plans, slots, leases, control records; and how far people are.

use super::{Change, Result};
use crate::model::{
    Capacity, Control, DatasetId, LeaseRequest, Plan, QuestionId, RecordId, Setup, Spot, Status, Timestamp, Uid, UserId,
};

/// A record of a dataset with who holds a response of the first pass.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordRaters {
    /// The record.
    pub record: RecordId,
    /// The value of the asked key of its metadata, as JSON; empty without.
    pub stratum: String,
    /// Who, and how far.
    pub people: Vec<(UserId, Status)>,
}

/// Who labels what.
pub trait AssignmentStore {
    /// Changes how a dataset is set up, with an event.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn set_up(&mut self, dataset: DatasetId, setup: &Setup, change: &Change) -> Result<()>;

    /// The plan of a dataset.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn plan(&mut self, dataset: DatasetId) -> Result<Option<Plan>>;

    /// Puts a plan in the place of what stands, or takes it away, with an event: how many people each record wants, and
    /// whom by name, where the plan names people. Records that are not told want one.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn set_plan(
        &mut self,
        dataset: DatasetId,
        plan: Option<&Plan>,
        slots: &[Capacity],
        named: &[(RecordId, UserId)],
        change: &Change,
    ) -> Result<()>;

    /// Every record in its order that is no control record, with who gave a response: some microseconds each.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn scan_raters(
        &mut self,
        dataset: DatasetId,
        stratify: Option<&str>,
        each: &mut dyn FnMut(RecordRaters),
    ) -> Result<()>;

    /// The next record of a queue for somebody's screen, held for them where a record wants only so many people: with it
    /// no more are shown it than it wants. The spot says from where on the queue goes on. Where nothing is limited, this
    /// writes nothing.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn take_lease(&mut self, take: &LeaseRequest<'_>) -> Result<Option<Spot>>;

    /// Whether this record may be shown as one to do, and held; as [`AssignmentStore::take_lease`].
    ///
    /// # Errors
    /// When the file cannot be written.
    fn hold_lease(&mut self, take: &LeaseRequest<'_>, record: RecordId) -> Result<bool>;

    /// What a session holds is held longer; what ran out before is not.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn renew_leases(&mut self, session: &Uid, now: Timestamp, until: Timestamp) -> Result<()>;

    /// The session is over: it holds nothing any more.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn release(&mut self, session: &Uid) -> Result<()>;

    /// How many records are pending for somebody, to the last one.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn pending(&mut self, dataset: DatasetId, user: UserId) -> Result<u64>;

    /// How many records are complete: submitted by as many people as they want, or by one.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn completed(&mut self, dataset: DatasetId) -> Result<u64>;

    /// Who has records by name, and how many, control records among them.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn assigned(&mut self, dataset: DatasetId) -> Result<Vec<(UserId, u64)>>;

    /// Active milliseconds of what somebody submitted, as far as they are known, ascending.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn paces(&mut self, dataset: DatasetId, user: UserId) -> Result<Vec<i64>>;

    /// Submits by person and quarter of an hour since 1970.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn quarters(&mut self, dataset: DatasetId) -> Result<Vec<(UserId, i64, i64)>>;

    /// The control records of a dataset.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn controls(&mut self, dataset: DatasetId) -> Result<Vec<Control>>;

    /// Puts these control records in the place of what stands, with an event that does not tell answers.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn set_controls(&mut self, dataset: DatasetId, controls: &[Control], change: &Change) -> Result<()>;

    /// Positives of each label of a question by position among submitted answers of the first pass, of everybody or of
    /// one person; and how many answers there are.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn positives(&mut self, question: QuestionId, user: Option<UserId>) -> Result<(u64, Vec<u64>)>;
}
