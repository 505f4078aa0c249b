//! The `SQLite` store: one file, many processes.

mod bulk;
mod entry;
mod history;
mod open;
mod queue;
mod read;

use rusqlite::Connection;

use super::{Content, Counts, Direction, Find, Held, NewRecord, Result, Reverse, Reversed, Save, Scanned, Store};
use crate::model::transfer::{DatasetSpec, LabelFull, SuggestionSpec};
use crate::model::{
    Dataset, DatasetId, Entry, QuestionId, Queue, Record, RecordId, Role, Seen, Size, Spot, Timestamp, Uid, User,
    UserId,
};

/// A labelry file, opened.
pub struct SqliteStore {
    connection: Connection,
}

impl Store for SqliteStore {
    fn datasets(&mut self) -> Result<Vec<Dataset>> {
        read::datasets(&self.connection)
    }

    fn users(&mut self) -> Result<Vec<User>> {
        read::users(&self.connection)
    }

    fn create_user(&mut self, uid: &Uid, name: &str, role: Role, at: Timestamp) -> Result<User> {
        bulk::create_user(&self.connection, uid, name, role, at)
    }

    fn name_user(&mut self, user: UserId, name: &str, login: Option<&str>) -> Result<()> {
        bulk::name_user(&self.connection, user, name, login)
    }

    fn has_answered(&mut self, user: UserId) -> Result<bool> {
        read::has_answered(&self.connection, user)
    }

    fn create_dataset(&mut self, spec: &DatasetSpec, at: Timestamp, uid: &mut dyn FnMut() -> Uid) -> Result<DatasetId> {
        bulk::create_dataset(&self.connection, spec, at, uid)
    }

    fn add_labels(&mut self, question: QuestionId, labels: &[LabelFull], uid: &mut dyn FnMut() -> Uid) -> Result<()> {
        bulk::add_labels(&self.connection, question, labels, uid)
    }

    fn counts(&mut self, dataset: DatasetId, user: UserId) -> Result<Counts> {
        read::counts(&self.connection, dataset, user)
    }

    fn submitted_since(&mut self, dataset: DatasetId, user: UserId, since: Timestamp) -> Result<i64> {
        entry::submitted_since(&self.connection, dataset, user, since)
    }

    fn see(&mut self, dataset: DatasetId, user: UserId, record: RecordId, seen: &Seen) -> Result<()> {
        entry::see(&self.connection, dataset, user, record, seen)
    }

    fn record(&mut self, record: RecordId) -> Result<Record> {
        read::record(&self.connection, record)
    }

    fn step(
        &mut self,
        dataset: DatasetId,
        user: UserId,
        queue: &Queue,
        after: Option<Spot>,
    ) -> Result<Option<RecordId>> {
        queue::step(&self.connection, queue::Whose { dataset, user }, queue, after)
    }

    fn size(&mut self, dataset: DatasetId, user: UserId, queue: &Queue) -> Result<Size> {
        queue::size(&self.connection, queue::Whose { dataset, user }, queue)
    }

    fn find(&mut self, dataset: DatasetId, what: &Find<'_>) -> Result<Option<RecordId>> {
        read::find(&self.connection, dataset, what)
    }

    fn entry(&mut self, user: UserId, record: RecordId) -> Result<Entry> {
        entry::load(&self.connection, user, record)
    }

    fn held(&mut self, record: RecordId) -> Result<Vec<Held>> {
        entry::held(&self.connection, record)
    }

    fn save(&mut self, save: &Save) -> Result<i64> {
        history::save(&mut self.connection, save)
    }

    fn reverse(&mut self, direction: Direction, ask: &Reverse) -> Result<Reversed> {
        history::reverse(&mut self.connection, direction, ask)
    }

    fn last_touched(&mut self, dataset: DatasetId, user: UserId) -> Result<Option<RecordId>> {
        history::last_touched(&self.connection, dataset, user)
    }

    fn scan(&mut self, question: QuestionId, each: &mut dyn FnMut(Scanned<'_>)) -> Result<()> {
        read::scan(&self.connection, question, each)
    }

    fn changes_since(&mut self, seq: i64) -> Result<i64> {
        history::newest(&self.connection, seq)
    }

    fn begin(&mut self) -> Result<()> {
        Ok(self.connection.execute_batch("BEGIN IMMEDIATE")?)
    }

    fn commit(&mut self) -> Result<()> {
        Ok(self.connection.execute_batch("COMMIT")?)
    }

    fn rollback(&mut self) -> Result<()> {
        Ok(self.connection.execute_batch("ROLLBACK")?)
    }

    fn content(&mut self, dataset: DatasetId, natural_key: &str) -> Result<Option<Content>> {
        bulk::content(&self.connection, dataset, natural_key)
    }

    fn add_record(&mut self, dataset: DatasetId, record: &NewRecord<'_>) -> Result<RecordId> {
        bulk::add_record(&self.connection, dataset, record)
    }

    fn put_entry(&mut self, dataset: DatasetId, user: UserId, record: RecordId, entry: &Entry) -> Result<()> {
        entry::store(&self.connection, dataset, user, record, entry)
    }

    fn add_entry(&mut self, dataset: DatasetId, user: UserId, record: RecordId, entry: &Entry) -> Result<()> {
        entry::add(&self.connection, dataset, user, record, entry)
    }

    fn put_vector(&mut self, space: i64, record: RecordId, value: &[f32]) -> Result<()> {
        bulk::put_vector(&self.connection, space, record, value)
    }

    fn vector_space(&mut self, dataset: DatasetId, name: &str, dimensions: usize) -> Result<i64> {
        bulk::vector_space(&self.connection, dataset, name, dimensions)
    }

    fn vectors(&mut self, record: RecordId) -> Result<Vec<(String, Vec<f32>)>> {
        read::vectors(&self.connection, record)
    }

    fn scan_vectors(&mut self, dataset: DatasetId, name: &str, each: &mut dyn FnMut(RecordId, &[u8])) -> Result<()> {
        read::scan_vectors(&self.connection, dataset, name, each)
    }

    fn put_suggestion(&mut self, record: RecordId, question: QuestionId, suggestion: &SuggestionSpec) -> Result<()> {
        bulk::put_suggestion(&self.connection, record, question, suggestion)
    }

    fn suggestions(&mut self, record: RecordId) -> Result<Vec<(QuestionId, SuggestionSpec)>> {
        read::suggestions(&self.connection, record)
    }

    fn finish_bulk(
        &mut self,
        dataset: DatasetId,
        event: &Uid,
        user: Option<UserId>,
        at: Timestamp,
        what: &str,
    ) -> Result<()> {
        bulk::finish(&self.connection, dataset, event, user, at, what)
    }

    fn page(&mut self, dataset: DatasetId, after: i64, limit: usize) -> Result<Vec<(Record, String)>> {
        read::page(&self.connection, dataset, after, limit)
    }
}
