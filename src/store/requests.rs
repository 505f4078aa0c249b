//! What a store is told and tells: plain data, the same for every kind of store.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::model::record_view::NamedResponse;
use crate::model::transfer::{AdjudicationSpec, SuggestionSpec};
use crate::model::{
    Adjudications, DatasetId, Entry, EventKind, QuestionId, RecordId, Response, Timestamp, Uid, UserId,
};

/// What people hold about records, by record and name; records about which nobody holds anything are absent.
pub type HeldByRecord = BTreeMap<RecordId, Vec<(UserId, NamedResponse)>>;

/// Adjudications by record, with the names of who decided by their key; records without are absent.
pub type AdjudicationsByRecord = BTreeMap<RecordId, (Adjudications, BTreeMap<UserId, String>)>;

/// Vectors by record, with their names in order; records without are absent.
pub type VectorsByRecord = BTreeMap<RecordId, Vec<(String, Vec<f32>)>>;

/// Suggestions by record, in the order of the questions and agents; records without are absent.
pub type SuggestionsByRecord = BTreeMap<RecordId, Vec<(QuestionId, SuggestionSpec)>>;

/// One save of an entry; its `event` is chosen before the first try, so that a retry stores nothing twice.
#[derive(Debug, Clone, PartialEq)]
pub struct Save {
    /// Identity of the event.
    pub event: Uid,
    /// Groups bulk edits.
    pub changeset: Uid,
    /// The session in which it happened.
    pub session: Uid,
    /// submit, discard, draft, working, note, flag, adjudication.
    pub kind: EventKind,
    /// Dataset of the record.
    pub dataset: DatasetId,
    /// Who.
    pub user: UserId,
    /// On which record.
    pub record: RecordId,
    /// What it becomes; `after.version` is the version it was based on.
    pub after: Entry,
    /// The adjudications it was based on, where `after` has some.
    pub stood: Adjudications,
    /// When.
    pub at: Timestamp,
}

/// What an undo or a redo did.
#[derive(Debug, Clone, PartialEq)]
pub struct Reversal {
    /// The record it was on.
    pub record: RecordId,
    /// Kind of the event that was reversed or done again.
    pub kind: EventKind,
    /// Whether the event came from an earlier session.
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
    /// The session.
    pub session: Uid,
    /// Whether events of earlier sessions and steps of several records may be reversed; else they are only named.
    pub surely: bool,
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
    /// It would reach into an earlier session: kind and record, nothing changed.
    Earlier(EventKind, RecordId),
    /// It would reverse a step of so many records: kind and count, nothing changed.
    Bulk(EventKind, usize),
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

/// Who changed something that is no answer of their own, with what identities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Identity of the event.
    pub event: Uid,
    /// Groups the events of one import or edit.
    pub changeset: Uid,
    /// Who did it.
    pub user: Option<UserId>,
    /// When.
    pub at: Timestamp,
}

/// What an event says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent<'a> {
    /// What was done.
    pub kind: EventKind,
    /// Where.
    pub dataset: Option<DatasetId>,
    /// On which record.
    pub record: Option<RecordId>,
    /// JSON of what stood there.
    pub before: Option<&'a str>,
    /// JSON of what stands there now.
    pub after: &'a str,
}

/// Something that is wrong in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub what: String,
    /// What to do about it.
    pub way_out: &'static str,
    /// Whether it follows from rows that are right, and can be made anew from them.
    pub index: bool,
}

/// Which events are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Events {
    /// Before this one.
    pub before: Option<i64>,
    /// Of this dataset.
    pub dataset: Option<DatasetId>,
    /// On this record.
    pub record: Option<RecordId>,
    /// By this person.
    pub user: Option<UserId>,
    /// From this time on.
    pub since: Option<Timestamp>,
    /// At most so many.
    pub limit: usize,
}

/// An event as the history holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEvent {
    /// Its number in this file.
    pub seq: i64,
    /// Identity across files.
    pub uid: Uid,
    /// Who; of an import that replaced an entry, whose.
    pub user: Option<UserId>,
    /// In which session.
    pub session: Option<String>,
    /// When.
    pub at: Option<Timestamp>,
    /// The step it belongs to.
    pub changeset: Uid,
    /// submit, discard, draft, working, note, flag, adjudication, undo, redo, import, labels, user, merge, …
    pub kind: EventKind,
    /// Where.
    pub dataset: Option<DatasetId>,
    /// On which record.
    pub record: Option<RecordId>,
    /// JSON of what stood there.
    pub before: Option<String>,
    /// JSON of what stands there.
    pub after: Option<String>,
    /// The event that it reverses.
    pub reverses: Option<Uid>,
}

/// A response of a later pass (2, 3, …): it serves self-agreement and counts nowhere else.
#[derive(Debug, Clone, PartialEq)]
pub struct Pass {
    /// Who.
    pub user: String,
    /// Which pass, from 2.
    pub pass: i64,
    /// What.
    pub response: Response,
}

/// What hangs on a record beside what a session works with: kept, exported, counted nowhere.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RecordExtras {
    /// Later passes, by user and pass.
    pub passes: Vec<Pass>,
    /// Unknown keys of responses, by user and pass.
    pub responses: Vec<(String, i64, Map<String, Value>)>,
    /// Unknown keys of notes, by user.
    pub notes: Vec<(String, Map<String, Value>)>,
    /// Adjudications, in the order of the questions.
    pub adjudications: Vec<AdjudicationSpec>,
}

/// One response in a scan, as far as it is about a question.
#[derive(Debug, Clone, Copy)]
pub struct Rated<'a> {
    /// Unit.
    pub record: RecordId,
    /// Rater.
    pub user: UserId,
    /// From 1.
    pub pass: i64,
    /// 0 draft, 1 submitted, 2 discarded.
    pub status: u8,
    /// Label-set number the answer was given under; none without an answer.
    pub label_set: Option<i64>,
    /// Little-endian bit set of label positions; none where there is no answer or one of another kind.
    pub labels: Option<&'a [u8]>,
    /// JSON of an answer of another kind.
    pub value: Option<&'a str>,
    /// When, where it is known and was asked for.
    pub at: Option<i64>,
    /// Whether suggestions were seen; false where it was not asked for.
    pub saw_agents: bool,
    /// Whether others' answers were seen; false where it was not asked for.
    pub saw_others: bool,
    /// Whether it is known what was seen; false where it was not asked for.
    pub seen_known: bool,
}

/// A suggestion for a record that a person submitted, with what they gave.
#[derive(Debug, Clone, Copy)]
pub struct AgentRating<'a> {
    /// The question.
    pub question: QuestionId,
    /// Who suggests.
    pub agent: &'a str,
    /// What, as JSON.
    pub value: &'a str,
    /// Little-endian bit set of the labels the person gave.
    pub labels: &'a [u8],
}

/// What record is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Find<'a> {
    /// At this position.
    Position(i64),
    /// With this external id.
    External(&'a str),
}

/// What `SQLite` said, in our words where people can do something about it. No statement and no name of a table is
/// ever in it; the whole of what is not ours to word goes to the log.
pub(super) fn said(error: &rusqlite::Error) -> String {
    use rusqlite::ErrorCode as Code;
    if is_vetoed(error) {
        return String::from("the file was removed or replaced while it was open; nothing was changed in it");
    }
    let words = match error.sqlite_error_code() {
        Some(Code::ReadOnly | Code::PermissionDenied) => "the file cannot be written: it or its folder is read-only",
        Some(Code::CannotOpen) => {
            "the file, or one that SQLite keeps beside it, cannot be opened: see whether you may read and write there"
        }
        Some(Code::DiskFull) => "the disk is full; nothing was changed",
        Some(Code::DatabaseBusy | Code::DatabaseLocked) => {
            "another program has been writing to the file for too long; nothing was changed, try again"
        }
        Some(Code::SystemIoFailure) => {
            // A commit that failed so may be stored all the same.
            return format!("the disk could not be read or written ({})", reason(error));
        }
        Some(Code::DatabaseCorrupt) => return format!("the file is damaged ({})", reason(error)),
        _ => return format!("the file could not be read or written ({})", reason(error)),
    };
    words.to_owned()
}

/// Whether the look at the file before the commit forbade it.
pub(super) fn is_vetoed(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|error| error.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_COMMITHOOK)
}

/// Whether the file is no whole database any more.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    matches!(error.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase))
}

/// The code of an error and what it stands for, without what was asked of `SQLite`.
pub(super) fn reason(error: &rusqlite::Error) -> String {
    tracing::error!(?error, "SQLite");
    let code = match error {
        rusqlite::Error::SqlInputError { error, .. } => Some(*error),
        error => error.sqlite_error().copied(),
    };
    match error {
        _ if code.is_some_and(|code| code.extended_code == rusqlite::ffi::SQLITE_ERROR) => {
            String::from("Error code 1: its tables are not as this version of labelry has them")
        }
        rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::InvalidColumnType(..)
        | rusqlite::Error::Utf8Error(..) => String::from("a value in it is of another kind than labelry writes"),
        rusqlite::Error::QueryReturnedNoRows => String::from("something that it speaks of is not there"),
        _ => code
            .map_or_else(|| String::from("labelry and SQLite do not understand each other"), |code| code.to_string()),
    }
}

/// The way out of it, where there is one.
pub(super) fn way_out(error: &rusqlite::Error) -> Option<&'static str> {
    let full = error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull);
    full.then_some("make room there and do it again, or keep the file on another disk: --db FILE")
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    fn check(code: i32, words: &str) {
        let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
        let said = crate::store::StoreError::Sqlite(error).to_string();
        assert!(said.contains(words), "{said}");
    }

    #[test]
    fn a_full_disk_has_a_way_out() {
        let error = |code| rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
        let hint = |code| crate::store::StoreError::Sqlite(error(code)).hint();
        assert_eq!(
            hint(ffi::SQLITE_FULL),
            Some("make room there and do it again, or keep the file on another disk: --db FILE")
        );
        assert_eq!(hint(ffi::SQLITE_CORRUPT), None);
    }

    #[test]
    fn what_people_can_do_something_about_is_said_in_our_words() {
        check(ffi::SQLITE_READONLY, "the file cannot be written: it or its folder is read-only");
        check(ffi::SQLITE_READONLY_DIRECTORY, "the file cannot be written: it or its folder is read-only");
        check(ffi::SQLITE_CANTOPEN, "see whether you may read and write there");
        check(ffi::SQLITE_FULL, "the disk is full; nothing was changed");
        check(ffi::SQLITE_BUSY, "another program has been writing to the file for too long");
        check(ffi::SQLITE_IOERR_WRITE, "the disk could not be read or written (Error code 778: disk I/O error)");
        check(ffi::SQLITE_CORRUPT, "the file is damaged");
    }

    #[test]
    fn no_statement_and_no_table_is_in_what_is_said() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        connection
            .execute_batch("CREATE TABLE secret (name TEXT UNIQUE NOT NULL); INSERT INTO secret VALUES ('x')")
            .unwrap();
        let number = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
        for (sql, words) in [
            ("SELEC name FROM secret", "Error code 1: its tables are not as"),
            ("SELECT hidden FROM secret", "Error code 1: its tables are not as"),
            ("INSERT INTO secret VALUES ('x') RETURNING 1", "Error code 2067"),
            ("INSERT INTO secret VALUES (NULL) RETURNING 1", "Error code 1299"),
            ("SELECT name FROM secret", "of another kind"),
            ("SELECT name FROM secret WHERE name = 'secret'", "something that it speaks of is not there"),
        ] {
            let error = connection.query_row(sql, [], number).unwrap_err();
            let said = crate::store::StoreError::Sqlite(error).to_string();
            assert!(said.contains(words), "{said}");
            let told = ["SELE", "secret", "hidden", "near", "name"].into_iter().find(|word| said.contains(word));
            assert_eq!(told, None, "{said}");
        }
    }
}
