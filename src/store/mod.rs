//! Memory: the only room with SQL. What a store must do, and the `SQLite` one that does it. [`Store`] is what a session and
//! an import need; users ([`UserStore`]), who labels what ([`AssignmentStore`]), the history ([`HistoryStore`]) and whole records ([`PartStore`]) are
//! traits of their own.

mod assignment;
#[cfg(test)]
mod contract;
mod error;
mod history;
mod parts;
mod people;
mod requests;
pub mod sqlite;
mod transaction;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

pub use crate::model::record_view::{Counts, Direction, NamedResponse};
pub use assignment::{AssignmentStore, RecordRaters};
pub use error::{Result, StoreError};
pub use history::HistoryStore;
pub use parts::PartStore;
pub use people::{Access, UserChange, UserStore};
pub use requests::{
    AdjudicationsByRecord, AgentRating, Change, Content, Events, Find, Finding, HeldByRecord, HistoryEvent, NewEvent,
    NewRecord, Pass, Rated, RecordExtras, Reversal, Reverse, Reversed, Save, SuggestionsByRecord, VectorsByRecord,
};
pub use transaction::OpenTransaction;

use crate::model::transfer::{AdjudicationSpec, DatasetSpec, Extras, LabelFull, SuggestionSpec};
use crate::model::{
    Adjudications, Dataset, DatasetId, Entry, QuestionId, Queue, Record, RecordId, Response, Role, Search, Seen, Size,
    Spot, Timestamp, Uid, UnitClass, User, UserId,
};

/// What every store must do; `contract` holds the test that each one passes.
pub trait Store: UserStore + AssignmentStore + HistoryStore + PartStore + Send {
    /// Whether the path still leads to what was opened; without this nothing may be called saved. What was committed is
    /// written into the file itself where only its log was removed.
    ///
    /// # Errors
    /// [`StoreError::Gone`] where it does not.
    fn is_there(&mut self) -> Result<()>;

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

    /// Makes a user, with an event in the same transaction; the name must be new. Without `by` they made themselves.
    ///
    /// # Errors
    /// When the name is taken or the file cannot be written.
    fn create_user_by(&mut self, uid: &Uid, name: &str, role: Role, at: Timestamp, by: Option<UserId>) -> Result<User>;

    /// Makes a user who made themselves by opening the file.
    ///
    /// # Errors
    /// When the name is taken or the file cannot be written.
    fn create_user(&mut self, uid: &Uid, name: &str, role: Role, at: Timestamp) -> Result<User> {
        self.create_user_by(uid, name, role, at, None)
    }

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

    /// Whether a user gave an adjudication anywhere in the file.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn has_judged(&mut self, user: UserId) -> Result<bool>;

    /// Makes a dataset with its workspace, fields, questions and labels. `uid` makes identities.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn create_dataset(&mut self, spec: &DatasetSpec, at: Timestamp, uid: &mut dyn FnMut() -> Uid) -> Result<DatasetId>;

    /// Adds labels at the end of a question as a new label set, with an event in the same transaction.
    ///
    /// # Errors
    /// When a value is taken or the file cannot be written.
    fn add_labels(
        &mut self,
        question: QuestionId,
        labels: &[LabelFull],
        change: &Change,
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

    /// These records in the order they are named, in one look.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when one of them is not there.
    fn records(&mut self, records: &[RecordId]) -> Result<Vec<Record>>;

    /// The record of a queue that comes after a spot, or its first one.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn next_in_queue(
        &mut self,
        dataset: DatasetId,
        user: UserId,
        queue: &Queue,
        after: Option<Spot>,
    ) -> Result<Option<RecordId>>;

    /// Up to `limit` records of a queue after a spot, in one go: what a list shows.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn queue_records(
        &mut self,
        dataset: DatasetId,
        user: UserId,
        queue: &Queue,
        after: Option<Spot>,
        limit: usize,
    ) -> Result<Vec<RecordId>> {
        let (mut found, mut after) = (Vec::new(), after);
        while found.len() < limit
            && let Some(record) = self.next_in_queue(dataset, user, queue, after)?
        {
            after = Some(Spot { record, position: self.record(record)?.position });
            found.push(record);
        }
        Ok(found)
    }

    /// How many records a queue holds, counted only as far as that is quick.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn size(&mut self, dataset: DatasetId, user: UserId, queue: &Queue) -> Result<Size>;

    /// The records whose text matches best, with a score, greater is better.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn search(&mut self, dataset: DatasetId, search: &Search, limit: usize) -> Result<Vec<(RecordId, f64)>>;

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

    /// All that everybody holds about these records: as many looks at the file for many as for one.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn held(&mut self, records: &[RecordId]) -> Result<HeldByRecord>;

    /// Which answers to a record are right, where somebody decided.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn adjudications(&mut self, record: RecordId) -> Result<Adjudications>;

    /// The same of several records, in one look.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn adjudications_among(&mut self, records: &[RecordId]) -> Result<AdjudicationsByRecord>;

    /// Stores an entry with its event in one durable transaction; gives the new version.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when someone saved since.
    fn save(&mut self, save: &Save) -> Result<i64>;

    /// Stores several entries with their events in one durable transaction, or none of them.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when someone saved one of them since.
    fn save_all(&mut self, saves: &[Save]) -> Result<()>;

    /// Undoes or does again the person's last step.
    ///
    /// # Errors
    /// [`StoreError::Overtaken`] when the entry was changed since.
    fn reverse(&mut self, direction: Direction, ask: &Reverse) -> Result<Reversed>;

    /// The record of the person's last event in the dataset; adjudications lie beside their own way through it.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn last_touched(&mut self, dataset: DatasetId, user: UserId) -> Result<Option<RecordId>>;

    /// The multi-label answers of a question on the records that this person submitted, record by record: .4 to
    /// 1 µs an answer.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn scan_of(&mut self, question: QuestionId, user: UserId, each: &mut dyn FnMut(Rated<'_>)) -> Result<()>;

    /// Every answer to a question, of all statuses and passes, by record, user and pass: some 0.1 µs each. With `whole`
    /// also the responses that do not answer it, when each was given and what was seen meanwhile: some 1 µs each.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn scan_rated(&mut self, question: QuestionId, whole: bool, each: &mut dyn FnMut(Rated<'_>)) -> Result<()>;

    /// How many submitted responses of the first pass to a question's dataset were given with suggestions, and with
    /// others' answers, seen; and how many submitted answers with labels the question has. Costs only what the former
    /// cost.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn seen(&mut self, question: QuestionId) -> Result<(u64, u64, u64)>;

    /// For each label of a question by index, its records with at least two submitted answers, those alike counted
    /// together, by answers and ticks. Labels at the end that nothing counts for may be absent. The counts stand in
    /// the file and change with each answer in its transaction: some microseconds at any number of records.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn agreement_classes(&mut self, question: QuestionId) -> Result<Vec<Vec<UnitClass>>>;

    /// Who has submitted an answer to a question with labels, in the order they came; kept like the classes.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn raters(&mut self, question: QuestionId) -> Result<Vec<UserId>>;

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

    /// Starts a transaction that only reads: what others write meanwhile is not seen in it. [`Store::rollback`] ends it.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn begin_read(&mut self) -> Result<()>;

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

    /// Puts other content into a record, as part of an import.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn replace_record(&mut self, id: RecordId, record: &NewRecord<'_>, at: Option<i64>) -> Result<()>;

    /// Puts `entry` in the place of what stands, as part of an import: an event of kind `import` under that person's
    /// name holds both, the counters follow, and a save that is based on the former is a conflict.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn replace_entry(
        &mut self,
        dataset: DatasetId,
        user: UserId,
        record: RecordId,
        entry: &Entry,
        change: &Change,
    ) -> Result<()>;

    /// What hangs on the records from `first` to `last` beside what a session works with; records without are absent,
    /// and those of other datasets in between are there too.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn beside(&mut self, first: RecordId, last: RecordId) -> Result<BTreeMap<RecordId, RecordExtras>>;

    /// The keys of a dataset's header that this version does not know.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn extras(&mut self, dataset: DatasetId) -> Result<Extras>;

    /// Stores the response of a later pass in the place of what stands there.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn put_pass(
        &mut self,
        dataset: DatasetId,
        user: UserId,
        record: RecordId,
        pass: i64,
        response: &Response,
    ) -> Result<()>;

    /// Keeps the unknown keys of a response, or with pass 0 of a note.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn put_extra(
        &mut self,
        dataset: DatasetId,
        user: UserId,
        record: RecordId,
        pass: i64,
        extra: &Map<String, Value>,
    ) -> Result<()>;

    /// Stores an adjudication in the place of what stands there.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn put_adjudication(
        &mut self,
        record: RecordId,
        question: QuestionId,
        user: UserId,
        at: Option<Timestamp>,
        adjudication: &AdjudicationSpec,
    ) -> Result<()>;

    /// Writes one event, as part of a bulk.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn log(&mut self, change: &Change, logged: &NewEvent<'_>) -> Result<()>;

    /// One vector of a record.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn vector(&mut self, space: i64, record: RecordId) -> Result<Option<Vec<f32>>>;

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

    /// The vectors of some records of a dataset by name; without `values` only which there are.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn vectors_among(&mut self, dataset: DatasetId, records: &[RecordId], values: bool) -> Result<VectorsByRecord>;

    /// Every vector of a name, in no order, as little-endian 32-bit floats.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn scan_vectors(&mut self, dataset: DatasetId, name: &str, each: &mut dyn FnMut(RecordId, &[u8])) -> Result<()>;

    /// Stores a suggestion (JSON value and scores).
    ///
    /// # Errors
    /// When the file cannot be written.
    fn put_suggestion(
        &mut self,
        record: RecordId,
        question: QuestionId,
        suggestion: &SuggestionSpec,
        at: Option<i64>,
    ) -> Result<()>;

    /// The suggestions of these records with their question, in one look.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn suggestions(&mut self, records: &[RecordId]) -> Result<SuggestionsByRecord>;

    /// Every suggestion for a record that a person submitted, with what they gave.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn scan_judged(&mut self, dataset: DatasetId, user: UserId, each: &mut dyn FnMut(AgentRating<'_>)) -> Result<()>;

    /// Writes one event for a bulk (an import) and counts its dataset anew, the sums of agreement included.
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
