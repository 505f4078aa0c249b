//! Opening a file: whose it is, which schema, how durable, how long to wait for others.

use std::path::Path;
use std::sync::Arc;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, ffi};

use super::anchor::{Anchor, ConnectionHold, FileState, OpenTurn};
use super::busy::wait_for_others;
use super::filesystem::beside;
use super::page_one::{self, APPLICATION_ID};
use super::{SqliteStore, filesystem, log, schema};
use crate::store::{Result, Store as _, StoreError};

impl SqliteStore {
    /// Opens an existing file.
    ///
    /// # Errors
    /// [`StoreError::NotOurs`] when there is no such file or it is another program's.
    pub fn open(path: &Path) -> Result<Self> {
        let anchor = anchored(path)?;
        let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        if connection.is_readonly("main")? {
            return Err(StoreError::Sqlite(rusqlite::Error::SqliteFailure(
                ffi::Error::new(ffi::SQLITE_READONLY),
                None,
            )));
        }
        Self::prepare(connection, anchor, path)
    }

    /// Opens an existing file for a command that only reads, also one that nobody here may write. Whatever writes
    /// to that one fails.
    ///
    /// # Errors
    /// As [`SqliteStore::open`].
    pub fn open_to_read(path: &Path) -> Result<Self> {
        match Self::open(path) {
            // A log says that somebody is at work in the file or stopped halfway: it belongs to what is read.
            Err(StoreError::Sqlite(why)) if denied(&why) && beside(path, "-wal").exists() => {
                Self::read_only(path, "?mode=ro")
            }
            // Else nothing may be made beside it: a log and its index of ours would keep its owner out.
            Err(StoreError::Sqlite(why)) if denied(&why) => Self::read_only(path, "?immutable=1"),
            other => other,
        }
    }

    /// Opens a file of somebody else, which is never written to: what it holds is read as it stands.
    ///
    /// # Errors
    /// As [`SqliteStore::open`]; also when it is damaged, so that nothing of half a file is taken.
    pub fn open_other(path: &Path) -> Result<Self> {
        Self::other(path).map_err(|why| match why {
            // It is not the file that a failure would be told of.
            StoreError::Sqlite(_) => not_ours(path, &why.to_string()),
            why => why,
        })
    }

    fn other(path: &Path) -> Result<Self> {
        let how = if beside(path, "-wal").exists() { "?mode=ro" } else { "?immutable=1" };
        let store = Self::read_only(path, how)?;
        let version = schema::version(&store.connection)?;
        if !schema::is_newest(version) {
            let why = format!("it has schema {version} of an older labelry; open it once with this one, then merge it");
            return Err(not_ours(path, &why));
        }
        // Table by table: what is read of it. The text index, half of the file, is made anew anyway.
        for table in schema::TABLES {
            let said: String =
                store.connection.query_row(&format!("PRAGMA quick_check({table})"), [], |row| row.get(0))?;
            if said != "ok" {
                return Err(not_ours(path, &format!("it is damaged: {said}")));
            }
        }
        Ok(store)
    }

    fn read_only(path: &Path, how: &str) -> Result<Self> {
        let anchor = anchored(path)?;
        let uri = uri(&std::path::absolute(path).map_err(|why| not_ours(path, &why.to_string()))?) + how;
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(uri, flags)?;
        connection.busy_handler(Some(wait_for_others))?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        let objects = schema::objects(&connection)?;
        let why = schema::foreign(schema::version(&connection)?, &objects).or_else(|| schema::altered(&objects));
        connection.set_prepared_statement_cache_capacity(64);
        why.map_or(
            Ok(Self { connection, hold: ConnectionHold::new(&Arc::new(anchor)), folds: false, made: false }),
            |why| Err(not_ours(path, &why)),
        )
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
        let folder = whole.parent().unwrap_or(&whole);
        if !folder.is_dir() {
            return Err(not_ours(path, "its folder is not there"));
        }
        local(path, folder)?;
        let real = std::fs::canonicalize(&whole).or_else(|_| Ok(std::fs::canonicalize(folder)?.join(named(&whole))));
        let real = real.map_err(|why: std::io::Error| not_ours(path, &why.to_string()))?;
        log::absent(&real).map_err(|why| not_ours(path, &why))?;
        // SQLite would give it mode 644 at most; so what others may is up to the umask, also for the log beside it,
        // which takes this file's mode. Whoever else makes it at this moment has done the same.
        let made = std::fs::OpenOptions::new().write(true).create_new(true).open(&whole).is_ok();
        if !made {
            // Also where a link leads to nothing yet; what is there stays.
            let _there_or_told_below = std::fs::OpenOptions::new().append(true).create(true).open(&whole);
        }
        let (anchor, _) = Anchor::open(path).map_err(|why| not_ours(path, &why.to_string()))?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let connection = connect(path, flags)?;
        // Before there is a log: what the first page says of whose file it is stands in the file from the start.
        connection.pragma_update(None, "application_id", APPLICATION_ID)?;
        page_one::name(&connection)?;
        let mut store = Self::prepare(connection, anchor, path)?;
        store.made = made;
        Ok(store)
    }

    /// Whether there was no such file before this opened it.
    #[must_use]
    pub fn is_made(&self) -> bool {
        self.made
    }

    /// Closes a file, and takes it away if it was made by opening it, nobody put anything into it and nobody else has
    /// it open: whoever was refused leaves no file behind.
    ///
    /// # Errors
    /// When it cannot be read or removed.
    pub fn unmake(mut self) -> Result<()> {
        let empty = self.users()?.is_empty() && self.datasets()?.is_empty();
        let anchor = self.anchor();
        let ours = self.made && empty && anchor.why_gone().is_none() && !log::has_readers(anchor.file());
        drop(self);
        if ours && anchor.why_gone().is_none() {
            std::fs::remove_file(anchor.path()).map_err(|why| not_ours(anchor.path(), &why.to_string()))?;
        }
        Ok(())
    }

    /// What holds the file for all connections of this process, to open it once more with [`SqliteStore::open_again`].
    #[must_use]
    pub fn anchor(&self) -> Arc<Anchor> {
        Arc::clone(self.hold.anchor())
    }

    /// Opens a file once more that this process has open: what [`SqliteStore::open`] looked at is not looked at again.
    ///
    /// # Errors
    /// [`StoreError::Gone`] when the path does not lead to it any more, and when it cannot be opened.
    pub fn open_again(anchor: &Arc<Anchor>) -> Result<Self> {
        let _turn = OpenTurn::take(anchor);

        anchored_still(anchor)?;
        let connection = connect(anchor.path(), OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        Self::tuned(&connection)?;
        let hold = ConnectionHold::new(anchor);
        // Where nobody else of this process has it open, log and index are there from the first read on.
        schema::version(&connection)?;
        anchor.settle();
        watched(&connection, anchor)?;
        Ok(Self { connection, hold, folds: true, made: false })
    }

    fn tuned(connection: &Connection) -> Result<()> {
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, true)?;
        connection.pragma_update(None, "cache_size", -65_536)?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(())
    }

    /// Nothing is written before the file was found to be ours: what is refused stays as it is, byte for byte.
    fn prepare(mut connection: Connection, anchor: Anchor, path: &Path) -> Result<Self> {
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
        let version = schema::version(&connection)?;
        let mut objects = schema::objects(&connection)?;
        let why = schema::foreign(version, &objects);
        let altered = || if schema::is_newest(version) { schema::altered(&objects) } else { None };
        if let Some(why) = why.or_else(altered) {
            return Err(not_ours(path, &why));
        }
        page_one::name(&connection)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        Self::tuned(&connection)?;
        if !schema::is_newest(version) {
            schema::migrate(&mut connection).map_err(|why| match why {
                rusqlite_migration::Error::RusqliteError { err, .. } if hindered(&err) => StoreError::Sqlite(err),
                rusqlite_migration::Error::RusqliteError { err, .. } => {
                    not_ours(path, &format!("its schema is damaged ({})", crate::store::requests::reason(&err)))
                }
                _ => not_ours(path, "its schema is damaged"),
            })?;
            objects = schema::objects(&connection)?;
            if let Some(why) = schema::altered(&objects) {
                return Err(not_ours(path, &why));
            }
        }
        let anchor = Arc::new(anchor);
        let hold = ConnectionHold::new(&anchor);
        anchor.settle();
        anchored_still(&anchor)?;
        watched(&connection, &anchor)?;
        Ok(Self { connection, hold, folds: true, made: false })
    }
}

/// Opens the descriptor that holds a file, before `SQLite` does: an existing file of ours, on a local disk, with no log
/// beside it but its own.
fn anchored(path: &Path) -> Result<Anchor> {
    if !path.is_file() {
        let why = match std::fs::metadata(path) {
            Ok(about) if about.is_dir() => "it is a directory",
            Ok(_) => "it is not a regular file",
            Err(_) => "there is no such file",
        };
        return Err(not_ours(path, why));
    }
    local(path, path)?;
    let opened = Anchor::open(path);
    let (anchor, page) = opened.map_err(|why| not_ours(path, &why.to_string()))?;
    match page {
        Some(page) if page.ours => {
            log::fits(anchor.file(), anchor.real(), Some(&page)).map_err(|why| not_ours(path, &why))?;
            Ok(anchor)
        }
        _ => Err(not_ours(path, "not a labelry file")),
    }
}

/// Whether a file is still where it was opened.
pub(super) fn anchored_still(anchor: &Anchor) -> Result<()> {
    let path = || anchor.path().display().to_string();
    anchor.why_gone().map_or(Ok(()), |why| Err(StoreError::Gone { path: path(), why, readable: anchor.is_readable() }))
}

/// Lets no commit through, of whatever kind, while the path leads elsewhere; and nothing is folded by a mere closing:
/// the end of a store decides that.
fn watched(connection: &Connection, anchor: &Arc<Anchor>) -> Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    let anchor = Arc::clone(anchor);
    Ok(connection.commit_hook(Some(move || anchor.look() != FileState::There))?)
}

fn named(path: &Path) -> &std::ffi::OsStr {
    path.file_name().unwrap_or_default()
}

/// Whether the rights to write are what is missing.
fn denied(why: &rusqlite::Error) -> bool {
    let code = why.sqlite_error_code();
    matches!(code, Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied))
}

/// Whether the disk or other processes are at fault, and not what the file says.
fn hindered(why: &rusqlite::Error) -> bool {
    use ErrorCode::{DatabaseBusy, DatabaseLocked, DiskFull, SystemIoFailure};
    denied(why) || matches!(why.sqlite_error_code(), Some(DiskFull | DatabaseBusy | DatabaseLocked | SystemIoFailure))
}

/// A path as a URI of `SQLite`: what is no letter, digit or one of `/-._~` stands as its bytes.
fn uri(path: &Path) -> String {
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'/' | b'-' | b'.' | b'_' | b'~' => uri.push(char::from(*byte)),
            byte if byte.is_ascii_alphanumeric() => uri.push(char::from(*byte)),
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

/// Refuses a file on a network file system, where WAL loses data.
fn local(path: &Path, there: &Path) -> Result<()> {
    filesystem::network(there).map_or(Ok(()), |kind| {
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
    let connection = Connection::open_with_flags(&path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_handler(Some(wait_for_others))?;
    // A log that is there is not folded because somebody looked whether the file is ours.
    let log = std::fs::metadata(beside(&path, "-wal")).is_ok_and(|about| about.len() > 0);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, log)?;
    Ok(connection)
}

fn not_ours(path: &Path, why: &str) -> StoreError {
    StoreError::NotOurs { path: path.display().to_string(), why: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{SqliteStore, uri};
    use crate::model::{Role, Timestamp, Uid};
    use crate::store::Store;

    #[test]
    fn a_frozen_file_is_read_and_never_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a b%?#.db");
        let mut store = SqliteStore::open_or_create(&path).unwrap();
        store.create_user(&Uid("u".into()), "ana", Role::Owner, Timestamp(0)).unwrap();
        drop(store);
        let mut store = SqliteStore::read_only(&path, "?immutable=1").unwrap();
        assert_eq!(store.users().unwrap().len(), 1);
        let said = store.create_user(&Uid("v".into()), "bob", Role::Owner, Timestamp(0)).unwrap_err().to_string();
        assert_eq!(said, "the file cannot be written: it or its folder is read-only");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing stands beside it");
    }

    /// The last connection takes the log away, the next makes another: whoever does so at the same moment still finds
    /// the one that it knows.
    #[test]
    fn threads_that_come_and_go_take_each_others_log_for_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open_or_create(&folder.path().join("a.db")).unwrap();
        let anchor = store.anchor();
        drop(store);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                let anchor = &anchor;
                scope.spawn(move || (0..500).for_each(|_| drop(SqliteStore::open_again(anchor).unwrap())));
            }
        });
        assert_eq!(anchor.why_gone(), None);
    }

    #[test]
    fn a_path_becomes_a_uri_byte_by_byte() {
        assert_eq!(uri(std::path::Path::new("/a b/ü?.db")), "file:/a%20b/%C3%BC%3F.db");
    }
}
