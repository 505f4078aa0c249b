//! What a session is told of the store: counters, a record with all that hangs on it, which way an undo goes.

use std::collections::BTreeMap;

use super::{Adjudications, Entry, Record, Suggestion, UserId};

/// Which way along the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Reverse the last event.
    Undo,
    /// Do the last reversed one again.
    Redo,
}

/// Counters of one person in one dataset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Records of the dataset.
    pub records: i64,
    /// Records assigned to me by name, where there are some.
    pub assigned: Option<i64>,
    /// Submitted by me.
    pub submitted: i64,
    /// My drafts.
    pub drafts: i64,
    /// Discarded by me.
    pub discarded: i64,
    /// My working copies.
    pub changed: i64,
    /// Submitted by me since midnight where I am.
    pub today: i64,
}

/// A response of anybody, with the name of who gave it.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedResponse {
    /// Who.
    pub user: String,
    /// All they hold about the record.
    pub entry: Entry,
}

/// A record with what I and others hold about it, and what agents suggest.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordView {
    /// The record.
    pub record: Record,
    /// From which place on the queue goes on: mostly the record's own.
    pub place: i64,
    /// Mine.
    pub entry: Entry,
    /// Everybody's.
    pub held: Vec<NamedResponse>,
    /// What agents suggest, in the agents' order.
    pub suggestions: Vec<Suggestion>,
    /// Which answers are right, where somebody decided.
    pub adjudications: Adjudications,
    /// Names of those who did, by their key.
    pub adjudicates: BTreeMap<UserId, String>,
}

/// A record near another one.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbour {
    /// The record.
    pub record: Record,
    /// Cosine of the two vectors, at most 1.
    pub score: f32,
    /// What everybody holds about it.
    pub held: Vec<NamedResponse>,
}
