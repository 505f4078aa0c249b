//! The stamps of an entry's parts: when each was changed last, and by which event.

use rusqlite::{Connection, OptionalExtension, params};

use crate::model::{Entry, RecordId, Stamp, Stamps, Timestamp, UserId};
use crate::store::Result;

pub(super) fn parse(text: &str) -> Stamps {
    if text == "{}" { Stamps::default() } else { serde_json::from_str(text).unwrap_or_default() }
}

fn text(stamps: &Stamps) -> String {
    serde_json::to_string(stamps).unwrap_or_else(|_| String::from("{}"))
}

/// Stamps what differs between two entries; the mark of the later one is stored already.
pub(super) fn touch(
    connection: &Connection,
    user: UserId,
    record: RecordId,
    (before, after): (&Entry, &Entry),
    at: Timestamp,
    event: &str,
) -> Result<()> {
    let known: Option<String> = connection
        .prepare_cached("SELECT stamps FROM mark WHERE user = ?1 AND record = ?2")?
        .query_row(params![user.0, record.0], |row| row.get(0))
        .optional()?;
    let old = known.as_deref().map(parse).unwrap_or_default();
    let mut new = old.clone();
    new.touch(before, after, &Stamp(Some(at.0), event.to_owned()));
    if new == old { Ok(()) } else { put(connection, user, record, &new) }
}

/// Leaves a response its own time for a stamp.
pub(super) fn own(connection: &Connection, user: UserId, record: RecordId) -> Result<()> {
    connection
        .prepare_cached("UPDATE mark SET stamps = json_remove(stamps, '$.response') WHERE user = ?1 AND record = ?2")?
        .execute(params![user.0, record.0])?;
    Ok(())
}

/// Puts stamps in the place of those that stand.
pub(super) fn put(connection: &Connection, user: UserId, record: RecordId, stamps: &Stamps) -> Result<()> {
    connection.prepare_cached("UPDATE mark SET stamps = ?3 WHERE user = ?1 AND record = ?2")?.execute(params![
        user.0,
        record.0,
        text(stamps)
    ])?;
    Ok(())
}
