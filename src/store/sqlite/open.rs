//! Opening a file: whose it is, which schema, how durable, how long to wait for others.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::{SqliteStore, place, schema};
use crate::store::{Result, StoreError};

/// "Lbly" in ASCII: marks a file as ours in `SQLite`'s header.
const APPLICATION_ID: i32 = 0x4C62_6C79;

impl SqliteStore {
    /// Opens an existing file.
    ///
    /// # Errors
    /// [`StoreError::NotOurs`] when there is no such file or it is another program's.
    pub fn open(path: &Path) -> Result<Self> {
        if !path.is_file() {
            let why = if path.is_dir() { "it is a directory" } else { "there is no such file" };
            return Err(not_ours(path, why));
        }
        local(path, path)?;
        let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let id: i32 = connection.query_row("PRAGMA application_id", [], |row| row.get(0)).map_err(|why| {
            match why.sqlite_error_code() {
                Some(rusqlite::ErrorCode::NotADatabase) => not_ours(path, "not a labelry file"),
                _ => StoreError::Sqlite(why),
            }
        })?;
        if id != APPLICATION_ID {
            return Err(not_ours(path, "not a labelry file"));
        }
        Self::prepare(connection, path)
    }

    /// Opens a file, making it when there is none.
    ///
    /// # Errors
    /// [`StoreError::NotOurs`] when it is another program's.
    pub fn open_or_create(path: &Path) -> Result<Self> {
        if path.exists() && std::fs::metadata(path).is_ok_and(|meta| meta.len() > 0) {
            return Self::open(path);
        }
        let whole = std::path::absolute(path).map_err(|why| not_ours(path, &why.to_string()))?;
        local(path, whole.parent().unwrap_or(&whole))?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let connection = connect(path, flags)?;
        connection.pragma_update(None, "application_id", APPLICATION_ID)?;
        Self::prepare(connection, path)
    }

    fn prepare(mut connection: Connection, path: &Path) -> Result<Self> {
        connection.pragma_update(None, "trusted_schema", false)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        if let Some(why) = schema::foreign(&connection)? {
            return Err(not_ours(path, &why));
        }
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "cache_size", -65_536)?;
        connection.set_prepared_statement_cache_capacity(64);
        schema::migrate(&mut connection).map_err(|why| not_ours(path, &format!("its schema is damaged ({why})")))?;
        if let Some(why) = schema::altered(&connection)? {
            return Err(not_ours(path, &why));
        }
        Ok(Self { connection })
    }
}

/// Refuses a file on a network file system, where WAL loses data.
fn local(path: &Path, there: &Path) -> Result<()> {
    place::network(there).map_or(Ok(()), |kind| {
        let why = format!(
            "it lies on a network file system ({kind}), where SQLite cannot keep it safe; \
             copy it to a local disk, or log in over SSH to the machine that has it"
        );
        Err(not_ours(path, &why))
    })
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection> {
    // An absolute path, because SQLite takes `file:…` for a URI.
    let path = std::path::absolute(path).map_err(|why| not_ours(path, &why.to_string()))?;
    let connection = Connection::open_with_flags(&path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .map_err(|why| not_ours(&path, &why.to_string()))?;
    connection.busy_handler(Some(wait_for_others))?;
    Ok(connection)
}

/// Waits for another process's short transaction: 200 µs twenty times, then 0.5 to 1 ms, for about 30 s.
/// Jitter comes from the address of a local, which differs by thread and process.
#[expect(clippy::disallowed_methods, reason = "SQLite's busy handler has to sleep")]
fn wait_for_others(tries: i32) -> bool {
    let mark = 0u8;
    let jitter = (std::ptr::from_ref(&mark) as usize >> 4).wrapping_mul(2_654_435_761) ^ (tries as usize * 97);
    let pause = if tries < 20 { 200 } else { 500 + (jitter % 500) as u64 };
    std::thread::sleep(Duration::from_micros(pause));
    tries < 40_000
}

fn not_ours(path: &Path, why: &str) -> StoreError {
    StoreError::NotOurs { path: path.display().to_string(), why: why.to_owned() }
}
