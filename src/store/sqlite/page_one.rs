//! The first page of a file: whose file it is, and how often it was written. A commit writes this page too, so that the
//! log beside a file tells which file it belongs to.

use std::fs::File;
use std::hash::{BuildHasher, Hasher};
use std::os::unix::fs::FileExt;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::store::Result;

/// "Lbly" in ASCII: marks a file as ours in `SQLite`'s header.
pub(super) const APPLICATION_ID: i32 = 0x4C62_6C79;

/// Bytes of `SQLite`'s header (<https://sqlite.org/fileformat2.html>, "The Database Header").
pub(super) const HEADER: usize = 100;

/// Schema cookies below are those of files that have no uid yet: they count changes of the schema from 0.
const UNNAMED: u32 = 1 << 20;

/// A change of the schema counts the cookie on: so far from each other two are of one file.
const DRIFT: u32 = 1_024;

/// What the first page tells of its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PageOne {
    /// The marks of `SQLite` and ours are there.
    pub(super) ours: bool,
    /// Whether the file is kept with a log (WAL).
    pub(super) logged: bool,
    /// The file's uid: its schema cookie, which starts at a random number.
    uid: u32,
    /// How often the file was written, by `SQLite`'s change counter: it moves at a checkpoint, and only forward.
    counter: u32,
    /// Pages of the file: they get more.
    pages: u32,
}

impl PageOne {
    /// Reads it by one `pread`; `None` where the file is shorter than a header.
    pub(super) fn read(file: &File) -> std::io::Result<Option<Self>> {
        let mut header = [0; HEADER];
        match file.read_exact_at(&mut header, 0) {
            Ok(()) => Ok(Some(Self::of(&header))),
            Err(why) if why.kind() == std::io::ErrorKind::UnexpectedEof => Ok(None),
            Err(why) => Err(why),
        }
    }

    pub(super) fn of(header: &[u8; HEADER]) -> Self {
        let number = |at: usize| u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        Self {
            ours: header.starts_with(b"SQLite format 3\0") && number(68) == APPLICATION_ID as u32,
            logged: header[18] == 2 && header[19] == 2,
            uid: number(40),
            counter: number(24),
            pages: number(28),
        }
    }

    /// Whether the other is of the same file, as far as both say.
    pub(super) fn same_file(&self, other: &Self) -> bool {
        self.uid < UNNAMED || other.uid < UNNAMED || self.uid.abs_diff(other.uid) <= DRIFT
    }

    /// Whether this one was written before the other.
    pub(super) fn is_older(&self, other: &Self) -> bool {
        (self.counter, self.pages) < (other.counter, other.pages)
    }

    /// Whether the file with this first page is what a log was begun on that has `first` and `last` for its first pages:
    /// a commit counts on by one at most from what its connection has read.
    pub(super) fn bears(&self, first: &Self, last: &Self) -> bool {
        self.counter.saturating_add(1) >= first.counter && self.counter <= last.counter
    }
}

/// Has the present transaction write the first page. It costs a page in the log.
pub(super) fn write(connection: &Connection) -> Result<()> {
    connection.prepare_cached(&format!("PRAGMA application_id = {APPLICATION_ID}"))?.query([])?.next()?;
    Ok(())
}

/// Gives a file its uid, unless it has one. It is no secret: a number that another file is not likely to have.
pub(super) fn name(connection: &Connection) -> Result<()> {
    let cookie = || connection.query_row("PRAGMA schema_version", [], |row| row.get::<_, i64>(0));
    if cookie()? >= i64::from(UNNAMED) {
        return Ok(());
    }
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    if cookie()? < i64::from(UNNAMED) {
        rename(&transaction)?;
    }
    Ok(transaction.commit()?)
}

/// Gives a file another uid: a copy is another file.
pub(super) fn rename(connection: &Connection) -> Result<()> {
    let drawn = std::hash::RandomState::new().build_hasher().finish();
    let room = u64::from(i32::MAX as u32 - UNNAMED - 2 * DRIFT);
    let uid = u64::from(UNNAMED + DRIFT) + drawn % room;
    Ok(connection.execute_batch(&format!("PRAGMA schema_version = {uid}; PRAGMA application_id = {APPLICATION_ID}"))?)
}
