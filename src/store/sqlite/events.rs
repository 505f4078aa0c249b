//! The history as it is told: events read, those of other files written, whole steps of saves taken back.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::within::within;
use super::{SqliteStore, changeset, extras, history};
use crate::model::{DatasetId, EventKind, RecordId, Timestamp, Uid, UserId};
use crate::store::{Change, Events, HistoryEvent, HistoryStore, NewEvent, Result, StoreError};

impl HistoryStore for SqliteStore {
    fn begin_changeset(&mut self, step: &Uid, import: bool) -> Result<()> {
        if import { changeset::begin_import(&self.connection, step) } else { changeset::begin(&self.connection, step) }
    }

    fn end_changeset(&mut self) -> Result<()> {
        changeset::stop(&self.connection)
    }

    fn tie(&mut self, tied: bool) -> Result<()> {
        Ok(self.connection.pragma_update(None, "foreign_keys", tied)?)
    }

    fn undo_changeset(&mut self, first: &HistoryEvent, change: &Change, after: &str) -> Result<usize> {
        match rows_of(&self.connection, &first.changeset)? {
            (0, _) => within(&self.connection, || undo_saves(&self.connection, first, change, after)),
            _ => changeset::undo(&self.connection, &first.changeset.0, first.seq, change, after),
        }
    }

    fn changeset_rows(&mut self, step: &Uid) -> Result<(u64, Option<i64>)> {
        rows_of(&self.connection, step)
    }

    fn events(&mut self, ask: &Events) -> Result<Vec<HistoryEvent>> {
        newest(&self.connection, ask)
    }

    fn event(&mut self, seq: i64) -> Result<Option<HistoryEvent>> {
        event(&self.connection, seq)
    }

    fn events_after(&mut self, seq: i64, limit: usize) -> Result<Vec<HistoryEvent>> {
        after(&self.connection, seq, limit)
    }

    fn add_event(&mut self, told: &HistoryEvent) -> Result<bool> {
        add(&self.connection, told)
    }
}

const EVENT: &str = "SELECT e.seq, e.uid, e.user, e.session, e.at, e.step, e.kind, e.dataset, e.record, e.before,
    e.after, (SELECT r.uid FROM event r WHERE r.seq = e.reverses), e.reverses FROM event e";

fn event_of(row: &Row<'_>) -> rusqlite::Result<HistoryEvent> {
    Ok(HistoryEvent {
        seq: row.get(0)?,
        uid: Uid(row.get(1)?),
        user: row.get::<_, Option<i64>>(2)?.map(UserId),
        session: row.get(3)?,
        at: row.get::<_, Option<i64>>(4)?.map(Timestamp),
        changeset: Uid(row.get(5)?),
        kind: EventKind::of(row.get_ref(6)?.as_str()?),
        dataset: row.get::<_, Option<i64>>(7)?.map(DatasetId),
        record: row.get::<_, Option<i64>>(8)?.map(RecordId),
        before: row.get(9)?,
        after: row.get(10)?,
        reverses: row.get::<_, Option<String>>(11)?.map(Uid),
    })
}

/// Events after one, oldest first.
fn after(connection: &Connection, seq: i64, limit: usize) -> Result<Vec<HistoryEvent>> {
    let mut statement = connection.prepare_cached(&format!("{EVENT} WHERE e.seq > ?1 ORDER BY e.seq LIMIT ?2"))?;
    let rows = statement.query_map(params![seq, limit as i64], event_of)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The newest events that are asked for, newest first.
fn newest(connection: &Connection, ask: &Events) -> Result<Vec<HistoryEvent>> {
    let sql = format!(
        "{EVENT} WHERE e.seq < ?1 AND (?2 IS NULL OR e.record = ?2) AND (?3 IS NULL OR e.user = ?3)
           AND (?4 IS NULL OR e.at >= ?4) AND (?5 IS NULL OR e.dataset = ?5) ORDER BY e.seq DESC LIMIT ?6"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(
        params![
            ask.before.unwrap_or(i64::MAX),
            ask.record.map(|record| record.0),
            ask.user.map(|user| user.0),
            ask.since.map(|at| at.0),
            ask.dataset.map(|dataset| dataset.0),
            ask.limit as i64
        ],
        event_of,
    )?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// One event.
fn event(connection: &Connection, seq: i64) -> Result<Option<HistoryEvent>> {
    Ok(connection.prepare_cached(&format!("{EVENT} WHERE e.seq = ?"))?.query_row([seq], event_of).optional()?)
}

/// How many rows a step wrote down, and whether it was taken back: by which event.
fn rows_of(connection: &Connection, step: &Uid) -> Result<(u64, Option<i64>)> {
    let rows: i64 = connection
        .prepare_cached("SELECT count(*) FROM step_row WHERE step = ?")?
        .query_row([&step.0], |row| row.get(0))?;
    let undone = connection
        .prepare_cached(
            "SELECT max(u.seq) FROM event e JOIN event u ON u.reverses = e.seq
             WHERE e.step = ?1 AND u.kind IN ('undo', 'undo step')",
        )?
        .query_row([&step.0], |row| row.get(0))?;
    Ok((rows as u64, undone))
}

/// Writes an event of another file, unless it is here; its keys are those of this file already.
fn add(connection: &Connection, told: &HistoryEvent) -> Result<bool> {
    let added = connection
        .prepare_cached(
            "INSERT INTO event (uid, user, session, at, step, kind, dataset, record, before, after, reverses)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, (SELECT seq FROM event WHERE uid = ?11))
             ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            told.uid.0,
            told.user.map(|user| user.0),
            told.session,
            told.at.map(|at| at.0),
            told.changeset.0,
            told.kind.word(),
            told.dataset.map(|dataset| dataset.0),
            told.record.map(|record| record.0),
            told.before,
            told.after,
            told.reverses.as_ref().map(|uid| uid.0.as_str()),
        ])?;
    Ok(added > 0)
}

/// Takes back the saves of a step, each under the name of whose entry it is, and says in one event who did so.
///
/// # Errors
/// [`StoreError::Overtaken`] when one of them was changed since: then nothing is changed.
fn undo_saves(connection: &Connection, first: &HistoryEvent, change: &Change, after: &str) -> Result<usize> {
    let members = connection
        .prepare(
            "SELECT seq, user FROM event WHERE step = ? AND record IS NOT NULL AND user IS NOT NULL
               AND kind NOT IN ('import', 'merge', 'undo', 'redo') ORDER BY seq DESC",
        )?
        .query_map([&first.changeset.0], |row| Ok((row.get(0)?, UserId(row.get(1)?))))?
        .collect::<rusqlite::Result<Vec<(i64, UserId)>>>()?;
    if members.is_empty() {
        return Err(StoreError::Missing(String::from("this step holds nothing that can be undone")));
    }
    for (number, (seq, user)) in members.iter().enumerate() {
        history::undo_event(connection, *seq, *user, change, &format!("{}-{number}", change.event.0))?;
    }
    let logged = NewEvent { kind: EventKind::UndoChangeset, dataset: first.dataset, record: None, before: None, after };
    extras::log(connection, change, &logged)?;
    connection.execute("UPDATE event SET reverses = ?2 WHERE uid = ?1", params![change.event.0, first.seq])?;
    Ok(members.len())
}
