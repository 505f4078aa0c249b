//! Memory: the only room with SQL. What a store must do, and the `SQLite` one that does it.

pub mod contract;
pub mod sqlite;

pub use crate::model::sitting::{Counts, Direction, Held};
use crate::model::transfer::{DatasetSpec, SuggestionSpec};
use crate::model::{
    Dataset, DatasetId, Entry, QuestionId, Queue, Record, RecordId, Role, Seen, Size, Spot, Timestamp, Uid, User,
    UserId,
};

/// What went wrong in a store, as far as a caller may branch on it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file is not ours.
    #[error("cannot open '{path}': {why}")]
    NotOurs {
        /// Path as given.
        path: String,
        /// What it is instead.
        why: String,
    },
    /// Someone saved this entry since it was read.
    #[error("this answer was changed elsewhere since it was shown")]
    Conflict(Box<Entry>),
    /// The change to be undone was overtaken by another.
    #[error("it was changed again since; nothing was undone")]
    Overtaken,
    /// Nothing like it in the file.
    #[error("{0}")]
    Missing(String),
    /// What `SQLite` said.
    #[error("the file could not be read or written: {0}")]
    Sqlite(#[from] rusqlite::Error),
}

/// Result of a store's work.
pub type Result<T> = std::result::Result<T, StoreError>;

/// One save of an entry; its `event` is chosen before the first try, so that a retry stores nothing twice.
#[derive(Debug, Clone, PartialEq)]
pub struct Save {
    /// Identity of the event.
    pub event: Uid,
    /// Groups bulk edits.
    pub step: Uid,
    /// The sitting in which it happened.
    pub sitting: Uid,
    /// submit, discard, draft, working, note, flag.
    pub kind: String,
    /// Dataset of the record.
    pub dataset: DatasetId,
    /// Who.
    pub user: UserId,
    /// On which record.
    pub record: RecordId,
    /// What it becomes; `after.version` is the version it was based on.
    pub after: Entry,
    /// When.
    pub at: Timestamp,
}

/// What an undo or a redo did.
#[derive(Debug, Clone, PartialEq)]
pub struct Reversal {
    /// The record it was on.
    pub record: RecordId,
    /// Kind of the event that was reversed or done again.
    pub kind: String,
    /// Whether the event came from an earlier sitting.
    pub earlier: bool,
    /// The entry as it stands now.
    pub entry: Entry,
    /// The entry that it was before.
    pub left: Entry,
}

/// Who asks for an undo or redo, and with what identities.
#[derive(Debug, Clone, PartialEq)]
pub struct Reverse {
    /// Identity of the new event.
    pub event: Uid,
    /// The sitting.
    pub sitting: Uid,
    /// Whether events of earlier sittings may be reversed; else they are only named.
    pub earlier_too: bool,
    /// The dataset.
    pub dataset: DatasetId,
    /// The person.
    pub user: UserId,
    /// When.
    pub at: Timestamp,
}

/// Outcome of an undo or redo.
#[derive(Debug, Clone, PartialEq)]
pub enum Reversed {
    /// It was done.
    Done(Box<Reversal>),
    /// It would reach into an earlier sitting: kind and record, nothing changed.
    Earlier(String, RecordId),
    /// There is nothing to reverse.
    Nothing,
}

/// A new record, ready to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRecord<'a> {
    /// Identity across files.
    pub uid: Uid,
    /// The id the outside world knows it by.
    pub external_id: Option<&'a str>,
    /// Unique within the dataset.
    pub natural_key: &'a str,
    /// JSON object of texts by field name.
    pub fields: &'a str,
    /// JSON object.
    pub metadata: &'a str,
    /// JSON object of keys this version does not know.
    pub extra: &'a str,
}

/// A stored record's content, to compare an import with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// The record.
    pub id: RecordId,
    /// JSON object of texts by field name.
    pub fields: String,
    /// JSON object.
    pub metadata: String,
    /// JSON object.
    pub extra: String,
}

/// One counted answer in a scan: record, user, status (0 draft, 1 submitted, 2 discarded), label set, bit set.
#[derive(Debug, Clone, Copy)]
pub struct Scanned<'a> {
    /// Unit.
    pub record: RecordId,
    /// Rater.
    pub user: UserId,
    /// 0 draft, 1 submitted, 2 discarded.
    pub status: u8,
    /// Label-set number the answer was given under.
    pub label_set: i64,
    /// Little-endian bit set of label positions; none where the answer is of another kind.
    pub labels: Option<&'a [u8]>,
}

/// What every store must do; `contract` holds the test that each one passes.
pub trait Store: Send {
    /// All datasets, by workspace and name.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn datasets(&mut self) -> Result<Vec<Dataset>>;

    /// All users, in the order they came.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn users(&mut self) -> Result<Vec<User>>;

    /// Makes a user; the name must be new.
    ///
    /// # Errors
    /// When the name is taken or the file cannot be written.
    fn create_user(&mut self, uid: &Uid, name: &str, role: Role, at: Timestamp) -> Result<User>;

    /// Gives a user another name, which must be new, and remembers the shared login name they work under.
    ///
    /// # Errors
    /// When the name is taken or the file cannot be written.
    fn name_user(&mut self, user: UserId, name: &str, login: Option<&str>) -> Result<()>;

    /// Whether a user holds a response, a note or a flag anywhere in the file.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn has_answered(&mut self, user: UserId) -> Result<bool>;

    /// Makes a dataset with its workspace, fields, questions and labels. `uid` makes identities.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn create_dataset(&mut self, spec: &DatasetSpec, at: Timestamp, uid: &mut dyn FnMut() -> Uid) -> Result<DatasetId>;

    /// Adds labels at the end of a question as a new label set.
    ///
    /// # Errors
    /// When a value is taken or the file cannot be written.
    fn add_labels(
        &mut self,
        question: QuestionId,
        labels: &[crate::model::transfer::LabelFull],
        uid: &mut dyn FnMut() -> Uid,
    ) -> Result<()>;

    /// My counters.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn counts(&mut self, dataset: DatasetId, user: UserId) -> Result<Counts>;

    /// How many responses a person has submitted since a time, to the quarter of an hour; cheap at any size.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn submitted_since(&mut self, dataset: DatasetId, user: UserId, since: Timestamp) -> Result<i64>;

    /// Adds to what a person has seen of others on a record. It is no save: the entry's version stays.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn see(&mut self, dataset: DatasetId, user: UserId, record: RecordId, seen: &Seen) -> Result<()>;

    /// One record.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is none.
    fn record(&mut self, record: RecordId) -> Result<Record>;

    /// The record of a queue that comes after a spot, or its first one.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn step(
        &mut self,
        dataset: DatasetId,
        user: UserId,
        queue: &Queue,
        after: Option<Spot>,
    ) -> Result<Option<RecordId>>;

    /// How many records a queue holds, counted only as far as that is quick.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn size(&mut self, dataset: DatasetId, user: UserId, queue: &Queue) -> Result<Size>;

    /// The record at a position, or the one with an external id.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn find(&mut self, dataset: DatasetId, what: &Find<'_>) -> Result<Option<RecordId>>;

    /// All that one person holds about one record.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn entry(&mut self, user: UserId, record: RecordId) -> Result<Entry>;

    /// All that everybody holds about one record.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn held(&mut self, record: RecordId) -> Result<Vec<Held>>;

    /// Stores an entry with its event in one durable transaction; gives the new version.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when someone saved since.
    fn save(&mut self, save: &Save) -> Result<i64>;

    /// Undoes or does again the person's last event.
    ///
    /// # Errors
    /// [`StoreError::Overtaken`] when the entry was changed since.
    fn reverse(&mut self, direction: Direction, ask: &Reverse) -> Result<Reversed>;

    /// The record of the person's last event in the dataset.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn last_touched(&mut self, dataset: DatasetId, user: UserId) -> Result<Option<RecordId>>;

    /// Every multi-label answer of a question, record by record.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn scan(&mut self, question: QuestionId, each: &mut dyn FnMut(Scanned<'_>)) -> Result<()>;

    /// Sequence number of the newest event after `seq`, or `seq` itself: has anybody changed anything?
    ///
    /// # Errors
    /// When the file cannot be read.
    fn changes_since(&mut self, seq: i64) -> Result<i64>;

    /// Starts one transaction for a bulk of writes.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn begin(&mut self) -> Result<()>;

    /// Ends it, durably.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn commit(&mut self) -> Result<()>;

    /// Ends it without a trace.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn rollback(&mut self) -> Result<()>;

    /// The content of the record with this natural key.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn content(&mut self, dataset: DatasetId, natural_key: &str) -> Result<Option<Content>>;

    /// Adds a record at the end.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn add_record(&mut self, dataset: DatasetId, record: &NewRecord<'_>) -> Result<RecordId>;

    /// Stores an entry without an event, as part of an import.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn put_entry(&mut self, dataset: DatasetId, user: UserId, record: RecordId, entry: &Entry) -> Result<()>;

    /// Stores an entry without an event where the person holds nothing yet, as part of an import.
    ///
    /// # Errors
    /// When the file cannot be written, or something stands there.
    fn add_entry(&mut self, dataset: DatasetId, user: UserId, record: RecordId, entry: &Entry) -> Result<()>;

    /// Stores a vector.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn put_vector(&mut self, space: i64, record: RecordId, value: &[f32]) -> Result<()>;

    /// Finds or makes a named vector of a dataset.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when it exists with another dimension.
    fn vector_space(&mut self, dataset: DatasetId, name: &str, dimensions: usize) -> Result<i64>;

    /// The vectors of a record by name.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn vectors(&mut self, record: RecordId) -> Result<Vec<(String, Vec<f32>)>>;

    /// Every vector of a name, in the order of the records, as little-endian 32-bit floats.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn scan_vectors(&mut self, dataset: DatasetId, name: &str, each: &mut dyn FnMut(RecordId, &[u8])) -> Result<()>;

    /// Stores a suggestion (JSON value and scores).
    ///
    /// # Errors
    /// When the file cannot be written.
    fn put_suggestion(&mut self, record: RecordId, question: QuestionId, suggestion: &SuggestionSpec) -> Result<()>;

    /// The suggestions of a record with their question.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn suggestions(&mut self, record: RecordId) -> Result<Vec<(QuestionId, SuggestionSpec)>>;

    /// Writes one event for a bulk (an import) and counts its dataset anew.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn finish_bulk(
        &mut self,
        dataset: DatasetId,
        event: &Uid,
        user: Option<UserId>,
        at: Timestamp,
        what: &str,
    ) -> Result<()>;

    /// Up to `limit` records after a position: keyset pages.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn page(&mut self, dataset: DatasetId, after: i64, limit: usize) -> Result<Vec<(Record, String)>>;
}

/// What record is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Find<'a> {
    /// At this position.
    Position(i64),
    /// With this external id.
    External(&'a str),
}
