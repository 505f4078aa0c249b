//! Care of a file: a copy of it while people work, what is wrong in it, what of that can be counted or indexed anew.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::anchor::FileState;
use super::{SqliteStore, bulk, entry, page_one, search};
use crate::model::{DatasetId, Entry, RecordId, UserId};
use crate::progress::Progress;
use crate::store::{Finding, Result, StoreError};

impl SqliteStore {
    /// Copies the whole file as it stands now, while others may go on: written under a temporary name, flushed to the
    /// disk, then renamed.
    ///
    /// # Errors
    /// When there is such a file, or it cannot be written.
    pub fn backup(&self, to: &Path) -> Result<()> {
        if to.exists() {
            return Err(StoreError::Missing(format!("'{}' is there already", to.display())));
        }
        let said = |why: std::io::Error| StoreError::Missing(format!("cannot write '{}': {why}", to.display()));
        let part = part(to).map_err(said)?;
        let whole = std::path::absolute(&part).map_err(said)?;
        let text = whole.to_str().ok_or_else(|| StoreError::Missing(String::from("the path is no UTF-8")))?;
        let done = self.connection.execute("VACUUM INTO ?1", [text]).map_err(StoreError::from).and_then(|_| {
            // Another file than this one, so that neither's log is taken for the other's.
            page_one::rename(&Connection::open(&part)?)?;
            std::fs::File::open(&part).and_then(|file| file.sync_all()).map_err(said)?;
            std::fs::rename(&part, to).map_err(said)
        });
        if done.is_err() {
            let _gone = std::fs::remove_file(&part);
        }
        done
    }

    /// Writes what is still in the log into the file itself, so that the file alone is whole. Tells whether it is:
    /// somebody who reads just now can hold it up.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn fold(&self) -> Result<bool> {
        if matches!(self.hold.anchor().look(), FileState::Gone(_)) {
            return Ok(false);
        }
        let busy: i64 = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        Ok(busy == 0)
    }

    /// Whether nobody here may write the file.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.connection.is_readonly("main").unwrap_or(false)
    }

    /// A copy to try something in that is taken back, where the file itself may not be written.
    ///
    /// # Errors
    /// When there is such a file, or it cannot be written.
    pub fn copied(&self, to: &Path) -> Result<Self> {
        self.backup(to)?;
        Self::open(to)
    }

    /// Looks at everything in the file, and changes nothing.
    ///
    /// # Errors
    /// When the file cannot be read, or `progress` stops it.
    pub fn check(&mut self, progress: &dyn Progress) -> std::result::Result<Vec<Finding>, CheckError> {
        self.looked(&self.connection, progress)
    }

    /// The same of a file that may not be written: what is counted anew is counted in a copy of it.
    ///
    /// # Errors
    /// As [`SqliteStore::check`].
    pub fn check_frozen(&self, copy: &Self, progress: &dyn Progress) -> std::result::Result<Vec<Finding>, CheckError> {
        self.looked(&copy.connection, progress)
    }

    fn looked(&self, counting: &Connection, progress: &dyn Progress) -> std::result::Result<Vec<Finding>, CheckError> {
        let connection = &self.connection;
        let mut found = Vec::new();
        // Never committed: whatever is changed to look at is taken back.
        let _look = Transaction::new_unchecked(connection, TransactionBehavior::Deferred)?;
        let looks: [Look; 6] = [integrity, foreign_keys, vectors, answers, counted, index];
        let mut looked = Ok(());
        for (number, look) in (1..).zip(looks) {
            let connection = if number == 5 { counting } else { connection };
            looked = look(connection, &mut found).map_err(CheckError::from).and_then(|()| Ok(progress.at(number, 7)?));
            if looked.is_err() {
                break;
            }
        }
        if looked.is_ok() {
            looked = history(connection, &mut found).map_err(CheckError::from);
        }
        looked.map(|()| found)
    }

    /// Makes anew what follows from the rows: indices, the text index, counters, sums of agreement.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn repair_index(&mut self) -> Result<()> {
        let connection = &self.connection;
        super::within::within(connection, || {
            connection.execute_batch("REINDEX")?;
            connection.execute("INSERT INTO record_text (record_text) VALUES ('delete-all')", [])?;
            search::index_new(connection)?;
            for dataset in datasets(connection)? {
                bulk::recount(connection, DatasetId(dataset))?;
            }
            Ok(())
        })
    }
}

/// An empty file beside this one under a name that nobody had; what a crash left there stays.
fn part(to: &Path) -> std::io::Result<PathBuf> {
    let mut number = 0;
    loop {
        let mut name = to.as_os_str().to_owned();
        name.push(format!(".{}-{number}.part", std::process::id()));
        let part = PathBuf::from(name);
        match std::fs::File::create_new(&part) {
            Err(why) if why.kind() == std::io::ErrorKind::AlreadyExists => number += 1,
            made => return made.map(|_| part),
        }
    }
}

/// Looks for one kind of fault.
type Look = fn(&Connection, &mut Vec<Finding>) -> Result<()>;

/// Why a check did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// In the store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Somebody stopped it.
    #[error(transparent)]
    Cancelled(#[from] crate::progress::Cancelled),
}

impl From<rusqlite::Error> for CheckError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

fn datasets(connection: &Connection) -> Result<Vec<i64>> {
    let mut statement = connection.prepare("SELECT id FROM dataset")?;
    Ok(statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

fn add(found: &mut Vec<Finding>, what: String, way_out: &'static str, index: bool) {
    found.push(Finding { what, way_out, index });
}

const RESTORE: &str = "restore a backup, or export what can be read and import it into a new file";
const REPAIR: &str = "labelry check --repair-index";

fn integrity(connection: &Connection, found: &mut Vec<Finding>) -> Result<()> {
    let mut statement = connection.prepare("PRAGMA integrity_check(20)")?;
    let said: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    for words in said.into_iter().filter(|words| words != "ok") {
        let index = words.contains("index");
        add(found, format!("SQLite says: {words}"), if index { REPAIR } else { RESTORE }, index);
    }
    Ok(())
}

fn foreign_keys(connection: &Connection, found: &mut Vec<Finding>) -> Result<()> {
    let mut statement =
        connection.prepare("SELECT \"table\", parent, count(*) FROM pragma_foreign_key_check GROUP BY 1, 2")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    for row in rows {
        let (table, parent, count): (String, String, i64) = row?;
        add(found, format!("{count} rows of '{table}' refer to a '{parent}' that is not there"), RESTORE, false);
    }
    Ok(())
}

fn vectors(connection: &Connection, found: &mut Vec<Finding>) -> Result<()> {
    let mut statement = connection.prepare(
        "SELECT s.name, count(*) FROM vector v JOIN vector_space s ON s.id = v.space
         WHERE length(v.value) <> 4 * s.dimensions GROUP BY s.id",
    )?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    for row in rows {
        let (name, count): (String, i64) = row?;
        let way_out = "import these records' vectors again with --on-conflict theirs";
        add(found, format!("{count} vectors '{name}' have another length than their dimensions"), way_out, false);
    }
    Ok(())
}

fn answers(connection: &Connection, found: &mut Vec<Finding>) -> Result<()> {
    for (what, sql) in [
        (
            "answers without a response",
            "SELECT count(*) FROM answer a WHERE NOT EXISTS (SELECT 1 FROM response p
             WHERE p.record = a.record AND p.user = a.user AND p.pass = a.pass)",
        ),
        (
            "answers whose status is not their response's",
            "SELECT count(*) FROM answer a JOIN response p ON p.record = a.record AND p.user = a.user AND p.pass = a.pass
             WHERE a.status <> CASE p.status WHEN 'draft' THEN 0 WHEN 'submitted' THEN 1 ELSE 2 END",
        ),
        (
            "answers with a label that their question does not have",
            "SELECT count(*) FROM answer a JOIN question q ON q.id = a.question
             WHERE a.labels IS NOT NULL AND length(a.labels) > (SELECT (count(*) + 7) / 8 FROM label l WHERE l.question = q.id)",
        ),
    ] {
        let count: i64 = connection.query_row(sql, [], |row| row.get(0))?;
        if count > 0 {
            add(found, format!("{count} {what}"), RESTORE, false);
        }
    }
    Ok(())
}

/// Counters and sums as they stand, beside those that follow from the rows.
fn counted(connection: &Connection, found: &mut Vec<Finding>) -> Result<()> {
    let stands = sums(connection)?;
    connection.execute_batch("SAVEPOINT counted")?;
    let anew = datasets(connection).and_then(|all| {
        all.into_iter().try_for_each(|dataset| bulk::recount(connection, DatasetId(dataset)))?;
        sums(connection)
    });
    connection.execute_batch("ROLLBACK TO counted; RELEASE counted")?;
    let anew = anew?;
    let names: Vec<&String> = anew.keys().chain(stands.keys()).collect();
    let wrong = names.into_iter().find(|name| stands.get(*name) != anew.get(*name));
    if let Some(name) = wrong {
        let what = format!("counters do not say what the rows say (first: {name})");
        add(found, what, REPAIR, true);
    }
    Ok(())
}

fn sums(connection: &Connection) -> Result<BTreeMap<String, String>> {
    let mut all = BTreeMap::new();
    for sql in [
        "SELECT 'counter ' || name || ' of dataset ' || dataset || ' and user ' || user, CAST(value AS TEXT)
         FROM counter WHERE value <> 0",
        "SELECT 'submits of dataset ' || dataset || ' and user ' || user || ' in quarter ' || quarter, CAST(value AS TEXT)
         FROM submitted_per_quarter_hour WHERE value <> 0",
        "SELECT 'sums of question ' || question || ' with ' || answers || ' answers', rtrim(hex(records), '0')
         FROM agreement_class WHERE ltrim(hex(records), '0') <> ''",
    ] {
        let mut statement = connection.prepare(sql)?;
        let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
        for row in rows {
            let (name, value) = row?;
            all.insert(name, value);
        }
    }
    Ok(all)
}

fn index(connection: &Connection, found: &mut Vec<Finding>) -> Result<()> {
    let lacking: i64 = connection.query_row(
        "SELECT count(*) FROM record r WHERE NOT EXISTS (SELECT 1 FROM record_text_docsize t WHERE t.id = r.id)",
        [],
        |row| row.get(0),
    )?;
    if lacking > 0 {
        add(found, format!("{lacking} records are not in the text index, so no search finds them"), REPAIR, true);
    }
    Ok(())
}

/// Each entry has to be what its last event left, unless a step wrote a later state down.
fn history(connection: &Connection, found: &mut Vec<Finding>) -> Result<()> {
    let mut last = connection.prepare(
        "SELECT e.user, e.record, e.after, e.seq FROM event e JOIN (
             SELECT max(seq) AS seq FROM event WHERE record IS NOT NULL AND user IS NOT NULL
               AND kind NOT IN ('labels', 'undo step') GROUP BY user, record) l ON l.seq = e.seq",
    )?;
    let mut later = connection.prepare(
        "SELECT EXISTS (SELECT 1 FROM step_row s JOIN event e ON e.step = s.step
         WHERE e.seq > ?1 AND (s.table_name IN ('response') AND COALESCE(s.after, s.before) ->> 0 = ?3
               AND COALESCE(s.after, s.before) ->> 1 = ?2
             OR s.table_name = 'mark' AND COALESCE(s.after, s.before) ->> 0 = ?2 AND COALESCE(s.after, s.before) ->> 1 = ?3
             OR s.table_name = 'answer' AND COALESCE(s.after, s.before) ->> 1 = ?3))",
    )?;
    let mut rows = last.query([])?;
    let (mut differ, mut first) = (0u64, None);
    while let Some(row) = rows.next()? {
        let (user, record): (i64, i64) = (row.get(0)?, row.get(1)?);
        let Some(after) = row.get::<_, Option<String>>(2)? else { continue };
        let Ok(after) = serde_json::from_str::<Entry>(&after) else { continue };
        let stands = entry::load(connection, UserId(user), RecordId(record))?;
        if (Entry { adjudications: None, ..stands }).same_content(&Entry { adjudications: None, ..after }) {
            continue;
        }
        if later.query_row(params![row.get::<_, i64>(3)?, user, record], |row| row.get(0))? {
            continue;
        }
        differ += 1;
        first = first.or(Some((user, record)));
    }
    if let Some((user, record)) = first {
        let name: Option<String> =
            connection.query_row("SELECT name FROM user WHERE id = ?", [user], |row| row.get(0)).optional()?;
        let what = format!(
            "{differ} entries are not what the history left them at (first: of {}, record {record})",
            name.unwrap_or_default()
        );
        add(
            found,
            what,
            "labelry history --record ID shows what happened; somebody may have changed the file by other means",
            false,
        );
    }
    Ok(())
}
