//! The `SQLite` store: one file, many processes.

mod agreement;
mod anchor;
mod assignment;
mod bulk;
mod busy;
mod capacity;
mod changeset;
#[cfg(test)]
pub(crate) mod counted;
mod entry;
mod events;
mod extras;
mod filesystem;
mod held;
mod history;
mod lease;
mod log;
mod maintenance;
mod open;
mod page_one;
mod parts;
mod people;
mod queue;
mod ratings;
mod read;
mod schema;
mod search;
mod stamp;
mod whole;
mod within;

use std::collections::BTreeMap;

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use serde_json::{Map, Value};

use anchor::{ConnectionHold, FileState};

use super::{
    AdjudicationsByRecord, AgentRating, Change, Content, Counts, Direction, Find, HeldByRecord, NewEvent, NewRecord,
    Rated, RecordExtras, Result, Reverse, Reversed, Save, Store, StoreError, SuggestionsByRecord, VectorsByRecord,
    requests,
};
use crate::model::transfer::{AdjudicationSpec, DatasetSpec, Extras, LabelFull, SuggestionSpec};
use crate::model::{
    Adjudications, Dataset, DatasetId, Entry, QuestionId, Queue, Record, RecordId, Response, Role, Search, Seen, Size,
    Spot, Timestamp, Uid, UnitClass, User, UserId,
};

pub use anchor::Anchor;
pub use maintenance::CheckError;

/// A labelry file, opened.
pub struct SqliteStore {
    connection: Connection,
    /// Let go of after the connection.
    hold: ConnectionHold,
    /// Whether the last to leave writes what is in the log into the file itself.
    folds: bool,
    /// Whether there was no such file before this opened it.
    made: bool,
}

impl SqliteStore {
    /// What was committed is done only where the path leads to the file that it was committed to.
    fn done<T>(&self, done: Result<T>) -> Result<T> {
        match done {
            // The commit that follows looks.
            Ok(done) if !self.connection.is_autocommit() => Ok(done),
            Ok(done) => {
                open::anchored_still(self.hold.anchor())?;
                self.hold.anchor().committed();
                Ok(done)
            }
            Err(StoreError::Sqlite(why)) if requests::is_damage(&why) => {
                self.hold.anchor().damaged(requests::reason(&why));
                open::anchored_still(self.hold.anchor())?;
                Err(StoreError::Sqlite(why))
            }
            Err(StoreError::Sqlite(why)) if requests::is_vetoed(&why) => {
                open::anchored_still(self.hold.anchor())?;
                Err(StoreError::Sqlite(why))
            }
            Err(why) => Err(why),
        }
    }
}

impl Drop for SqliteStore {
    /// The last to leave folds the log into the file, if it is that file's; else both stay as they are.
    fn drop(&mut self) {
        if self.folds && !matches!(self.hold.anchor().look(), FileState::Gone(_)) {
            let _stays_in_the_log = self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false);
        }
        self.hold.close();
    }
}

impl Store for SqliteStore {
    fn is_there(&mut self) -> Result<()> {
        if matches!(self.hold.anchor().look(), FileState::NoLog(_)) {
            // Where somebody reads just now, the end of the store does it.
            let _folded_later = self.fold();
        }
        open::anchored_still(self.hold.anchor())
    }

    fn datasets(&mut self) -> Result<Vec<Dataset>> {
        read::datasets(&self.connection)
    }

    fn users(&mut self) -> Result<Vec<User>> {
        read::users(&self.connection)
    }

    fn create_user_by(&mut self, uid: &Uid, name: &str, role: Role, at: Timestamp, by: Option<UserId>) -> Result<User> {
        bulk::create_user(&self.connection, uid, name, role, at, by)
    }

    fn name_user(&mut self, user: UserId, name: &str, login: Option<&str>) -> Result<()> {
        within::within(&self.connection, || bulk::name_user(&self.connection, user, name, login))
    }

    fn has_answered(&mut self, user: UserId) -> Result<bool> {
        read::has_answered(&self.connection, user)
    }

    fn has_judged(&mut self, user: UserId) -> Result<bool> {
        read::has_judged(&self.connection, user)
    }

    fn create_dataset(&mut self, spec: &DatasetSpec, at: Timestamp, uid: &mut dyn FnMut() -> Uid) -> Result<DatasetId> {
        bulk::create_dataset(&self.connection, spec, at, uid)
    }

    fn add_labels(
        &mut self,
        question: QuestionId,
        labels: &[LabelFull],
        change: &Change,
        uid: &mut dyn FnMut() -> Uid,
    ) -> Result<()> {
        bulk::add_labels(&self.connection, question, labels, change, uid)
    }

    fn extras(&mut self, dataset: DatasetId) -> Result<Extras> {
        extras::extras(&self.connection, dataset)
    }

    fn beside(&mut self, first: RecordId, last: RecordId) -> Result<BTreeMap<RecordId, RecordExtras>> {
        extras::load(&self.connection, first, last)
    }

    fn counts(&mut self, dataset: DatasetId, user: UserId) -> Result<Counts> {
        read::counts(&self.connection, dataset, user)
    }

    fn submitted_since(&mut self, dataset: DatasetId, user: UserId, since: Timestamp) -> Result<i64> {
        entry::submitted_since(&self.connection, dataset, user, since)
    }

    fn see(&mut self, dataset: DatasetId, user: UserId, record: RecordId, seen: &Seen) -> Result<()> {
        within::within(&self.connection, || entry::see(&self.connection, dataset, user, record, seen))
    }

    fn record(&mut self, record: RecordId) -> Result<Record> {
        read::record(&self.connection, record)
    }

    fn records(&mut self, records: &[RecordId]) -> Result<Vec<Record>> {
        read::records(&self.connection, records)
    }

    fn next_in_queue(
        &mut self,
        dataset: DatasetId,
        user: UserId,
        queue: &Queue,
        after: Option<Spot>,
    ) -> Result<Option<RecordId>> {
        queue::next(&self.connection, capacity::Whose { dataset, user }, queue, after)
    }

    fn queue_records(
        &mut self,
        dataset: DatasetId,
        user: UserId,
        queue: &Queue,
        after: Option<Spot>,
        limit: usize,
    ) -> Result<Vec<RecordId>> {
        queue::records(&self.connection, capacity::Whose { dataset, user }, queue, after, limit)
    }

    fn size(&mut self, dataset: DatasetId, user: UserId, queue: &Queue) -> Result<Size> {
        queue::size(&self.connection, capacity::Whose { dataset, user }, queue)
    }

    fn search(&mut self, dataset: DatasetId, search: &Search, limit: usize) -> Result<Vec<(RecordId, f64)>> {
        search::ranked(&self.connection, dataset, search, limit)
    }

    fn find(&mut self, dataset: DatasetId, what: &Find<'_>) -> Result<Option<RecordId>> {
        read::find(&self.connection, dataset, what)
    }

    fn entry(&mut self, user: UserId, record: RecordId) -> Result<Entry> {
        entry::load(&self.connection, user, record)
    }

    fn held(&mut self, records: &[RecordId]) -> Result<HeldByRecord> {
        held::held(&self.connection, records)
    }

    fn adjudications(&mut self, record: RecordId) -> Result<Adjudications> {
        extras::adjudications(&self.connection, record)
    }

    fn adjudications_among(&mut self, records: &[RecordId]) -> Result<AdjudicationsByRecord> {
        held::adjudications(&self.connection, records)
    }

    fn save(&mut self, save: &Save) -> Result<i64> {
        let saved = history::save(&mut self.connection, save);
        self.done(saved)
    }

    fn save_all(&mut self, saves: &[Save]) -> Result<()> {
        let saved = history::save_all(&mut self.connection, saves);
        self.done(saved)
    }

    fn reverse(&mut self, direction: Direction, ask: &Reverse) -> Result<Reversed> {
        let reversed = history::reverse(&mut self.connection, direction, ask);
        self.done(reversed)
    }

    fn last_touched(&mut self, dataset: DatasetId, user: UserId) -> Result<Option<RecordId>> {
        history::last_touched(&self.connection, dataset, user)
    }

    fn scan_rated(&mut self, question: QuestionId, whole: bool, each: &mut dyn FnMut(Rated<'_>)) -> Result<()> {
        ratings::scan(&self.connection, question, whole, each)
    }

    fn seen(&mut self, question: QuestionId) -> Result<(u64, u64, u64)> {
        let (agents, others) = ratings::seen(&self.connection, question)?;
        Ok((agents, others, agreement::answers(&self.connection, question)?))
    }

    fn scan_of(&mut self, question: QuestionId, user: UserId, each: &mut dyn FnMut(Rated<'_>)) -> Result<()> {
        ratings::scan_of(&self.connection, question, user, each)
    }

    fn agreement_classes(&mut self, question: QuestionId) -> Result<Vec<Vec<UnitClass>>> {
        agreement::classes(&self.connection, question)
    }

    fn raters(&mut self, question: QuestionId) -> Result<Vec<UserId>> {
        agreement::raters(&self.connection, question)
    }

    fn changes_since(&mut self, seq: i64) -> Result<i64> {
        history::newest(&self.connection, seq)
    }

    fn begin(&mut self) -> Result<()> {
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        page_one::write(&self.connection)
    }

    fn begin_read(&mut self) -> Result<()> {
        Ok(self.connection.execute_batch("BEGIN DEFERRED")?)
    }

    fn commit(&mut self) -> Result<()> {
        self.done(self.connection.execute_batch("COMMIT").map_err(StoreError::from))
    }

    fn rollback(&mut self) -> Result<()> {
        // SQLite takes a transaction back by itself where the disk is full: what went wrong is to be told then, not this.
        if self.connection.is_autocommit() {
            return Ok(());
        }
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

    fn replace_record(&mut self, id: RecordId, record: &NewRecord<'_>, at: Option<i64>) -> Result<()> {
        bulk::replace_record(&self.connection, id, record, at)
    }

    fn replace_entry(
        &mut self,
        dataset: DatasetId,
        user: UserId,
        record: RecordId,
        entry: &Entry,
        change: &Change,
    ) -> Result<()> {
        history::replace_entry(&self.connection, dataset, user, record, entry, change)
    }

    fn put_pass(
        &mut self,
        dataset: DatasetId,
        user: UserId,
        record: RecordId,
        pass: i64,
        response: &Response,
    ) -> Result<()> {
        entry::put_pass(&self.connection, dataset, user, record, pass, response)
    }

    fn put_extra(
        &mut self,
        dataset: DatasetId,
        user: UserId,
        record: RecordId,
        pass: i64,
        extra: &Map<String, Value>,
    ) -> Result<()> {
        extras::put_extra(&self.connection, dataset, user, record, pass, extra)
    }

    fn put_adjudication(
        &mut self,
        record: RecordId,
        question: QuestionId,
        user: UserId,
        at: Option<Timestamp>,
        adjudication: &AdjudicationSpec,
    ) -> Result<()> {
        extras::put_adjudication(&self.connection, record, question, user, at, adjudication)
    }

    fn log(&mut self, change: &Change, logged: &NewEvent<'_>) -> Result<()> {
        extras::log(&self.connection, change, logged)
    }

    fn vector(&mut self, space: i64, record: RecordId) -> Result<Option<Vec<f32>>> {
        read::vector(&self.connection, space, record)
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

    fn vectors_among(&mut self, dataset: DatasetId, records: &[RecordId], values: bool) -> Result<VectorsByRecord> {
        read::vectors_among(&self.connection, dataset, records, values)
    }

    fn scan_vectors(&mut self, dataset: DatasetId, name: &str, each: &mut dyn FnMut(RecordId, &[u8])) -> Result<()> {
        read::scan_vectors(&self.connection, dataset, name, each)
    }

    fn put_suggestion(
        &mut self,
        record: RecordId,
        question: QuestionId,
        suggestion: &SuggestionSpec,
        at: Option<i64>,
    ) -> Result<()> {
        bulk::put_suggestion(&self.connection, record, question, suggestion, at)
    }

    fn suggestions(&mut self, records: &[RecordId]) -> Result<SuggestionsByRecord> {
        read::suggestions(&self.connection, records)
    }

    fn scan_judged(&mut self, dataset: DatasetId, user: UserId, each: &mut dyn FnMut(AgentRating<'_>)) -> Result<()> {
        read::scan_judged(&self.connection, dataset, user, each)
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

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::SqliteStore;
    use crate::model::{Role, Timestamp, Uid};
    use crate::store::{OpenTransaction, Store};

    /// What opening says after `sql` was run on a file of ours.
    fn check(sql: &str, expected: Option<&str>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.db");
        drop(SqliteStore::open_or_create(&path).unwrap());
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        let said = SqliteStore::open(&path).err().map(|error| error.to_string());
        let expected = expected.map(|why| format!("cannot open '{}': {why}", path.display()));
        assert_eq!(said, expected);
    }

    #[test]
    fn a_file_from_elsewhere_is_compared_with_our_schema() {
        check("CREATE TABLE mine (a); CREATE VIEW my_view AS SELECT 1; CREATE INDEX my_index ON record (uid)", None);
        check(
            "CREATE TRIGGER spy AFTER INSERT ON record BEGIN DELETE FROM event; END",
            Some("it has the trigger 'spy', which labelry did not make; look at it, then: DROP TRIGGER \"spy\""),
        );
        check(
            "DROP VIEW readable_event; CREATE VIEW readable_event AS SELECT 1",
            Some("its view 'readable_event' is not the one that labelry makes"),
        );
        check("DROP VIEW readable_event", Some("its view 'readable_event' is missing"));
        check(
            "PRAGMA user_version = 9",
            Some("it has schema 9 of a newer labelry, and this one knows 1; update labelry"),
        );
    }

    #[test]
    fn a_commit_that_fails_leaves_no_open_transaction_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.db");
        let mut store = SqliteStore::open_or_create(&path).unwrap();
        let sql = "CREATE TABLE mine (user INTEGER REFERENCES user (id) DEFERRABLE INITIALLY DEFERRED);
                   CREATE TEMP TRIGGER orphan AFTER INSERT ON main.user WHEN new.name = 'half'
                   BEGIN INSERT INTO mine VALUES (999); END";
        store.connection.execute_batch(sql).unwrap();
        let mut span = OpenTransaction::write(&mut store).unwrap();
        span.create_user(&Uid("half".into()), "half", Role::Annotator, Timestamp(0)).unwrap();
        assert!(span.commit().is_err(), "a deferred foreign key that dangles");
        store.create_user(&Uid("half".into()), "half", Role::Annotator, Timestamp(0)).unwrap_err();
        store.create_user(&Uid("later".into()), "later", Role::Annotator, Timestamp(0)).unwrap();
        let users = SqliteStore::open(&path).unwrap().users().unwrap();
        assert_eq!(users.into_iter().map(|user| user.name).collect::<Vec<_>>(), ["later"]);
    }
}
