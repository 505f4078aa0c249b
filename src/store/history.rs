//! What a store keeps of who did what: events, and steps that can be taken back whole.

use super::{Change, Events, HistoryEvent, Result};
use crate::model::Uid;

/// The history.
pub trait HistoryStore {
    /// Begins a step within the present transaction: from here to [`HistoryStore::end_changeset`] each row that changes is written
    /// down, so that [`HistoryStore::undo_changeset`] can put it back. Of an `import` the new records are written down as a range.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn begin_changeset(&mut self, step: &Uid, import: bool) -> Result<()>;

    /// Ends it. What names the step is an event with the same step.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn end_changeset(&mut self) -> Result<()>;

    /// Whether references between rows are looked at, from the next transaction on. While a step is taken back they are
    /// not: its rows go one by one, and what would be left dangling goes with them.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn tie(&mut self, tied: bool) -> Result<()>;

    /// Takes back a whole step, as a step of its own, in the transaction that was begun after [`HistoryStore::tie`] or in one of
    /// its own; tells how many rows or saves that were. `first` is one of its events, `after` what the new event says.
    ///
    /// # Errors
    /// [`super::StoreError::Overtaken`] when something of it was changed since, and nothing is undone.
    fn undo_changeset(&mut self, first: &HistoryEvent, change: &Change, after: &str) -> Result<usize>;

    /// How many rows a step wrote down; and the event that took it back, if any.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn changeset_rows(&mut self, step: &Uid) -> Result<(u64, Option<i64>)>;

    /// The newest events that are asked for, newest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn events(&mut self, ask: &Events) -> Result<Vec<HistoryEvent>>;

    /// One event by its number.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn event(&mut self, seq: i64) -> Result<Option<HistoryEvent>>;

    /// Up to `limit` events after one, oldest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn events_after(&mut self, seq: i64, limit: usize) -> Result<Vec<HistoryEvent>>;

    /// Writes an event of another file, unless it is here; tells whether it was new.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn add_event(&mut self, told: &HistoryEvent) -> Result<bool>;
}
