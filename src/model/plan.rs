//! Who labels what: a plan, how a dataset is set up, control records.

use serde_json::{Map, Value};

use super::{DatasetId, Queue, RecordId, Spot, Timestamp, Uid, UserId};

/// How many people label which records of a dataset, and who.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Share of the records that several people label, 0 to 1.
    pub overlap: f64,
    /// How many people label those; the others are labelled by one.
    pub raters: u32,
    /// Of the choice and the assignment.
    pub seed: u64,
    /// A key of the metadata: the overlap is the same share of each of its values.
    pub stratify: Option<String>,
    /// Who gets records by name, and how many at most; nobody named: open to everybody, first come.
    pub people: Vec<(UserId, Option<u64>)>,
}

/// What a plan comes to for one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capacity {
    /// The record.
    pub record: RecordId,
    /// How many people it wants.
    pub wanted: u32,
}

/// How a dataset is to be; what is none stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Setup {
    /// How many people must submit a record; the inner none: no such number.
    pub min_submitted: Option<Option<u32>>,
    /// What is hidden till one's own submit.
    pub hide: Option<super::Hide>,
    /// `import`, or `shuffle:SEED`.
    pub order: Option<String>,
    /// Another version of the guidelines.
    pub guidelines: Option<String>,
}

/// Somebody wants the next record to be shown, which nobody else is to be shown beyond what it wants.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LeaseRequest<'a> {
    /// Of which dataset.
    pub dataset: DatasetId,
    /// Who.
    pub user: UserId,
    /// In which session.
    pub session: &'a Uid,
    /// Pending or random.
    pub queue: &'a Queue,
    /// After which spot.
    pub after: Option<Spot>,
    /// What this session goes on holding; all else that it held is let go.
    pub keep: Option<RecordId>,
    /// Now.
    pub now: Timestamp,
    /// Till when the record is held.
    pub until: Timestamp,
}

/// A record with known answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Control {
    /// The record.
    pub record: RecordId,
    /// Answers as files write them, by question.
    pub answers: Map<String, Value>,
}
