//! The history: each save is an event, each undo a new event that restores the exact prior state.

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::{agreement, capacity, entry, extras, page_one, stamp};
use crate::model::{DatasetId, Entry, EventKind, RecordId, UserId};
use crate::store::{Change, Direction, NewEvent, Result, Reversal, Reverse, Reversed, Save, StoreError};

/// How many of a person's newest events an undo looks at.
const REACH: i64 = 4_000;

pub(super) fn save(connection: &mut Connection, save: &Save) -> Result<i64> {
    if !connection.is_autocommit() {
        return save_within(connection, save);
    }
    let transaction = begun(connection)?;
    let version = save_within(&transaction, save)?;
    transaction.commit()?;
    Ok(version)
}

/// A transaction that writes, and says in the log whose log it is.
pub(super) fn begun(connection: &mut Connection) -> Result<Transaction<'_>> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    page_one::write(&transaction)?;
    Ok(transaction)
}

/// All of them in one transaction, or none.
pub(super) fn save_all(connection: &mut Connection, saves: &[Save]) -> Result<()> {
    if !connection.is_autocommit() {
        return saves.iter().try_for_each(|save| save_within(connection, save).map(drop));
    }
    let transaction = begun(connection)?;
    for save in saves {
        save_within(&transaction, save)?;
    }
    Ok(transaction.commit()?)
}

fn save_within(transaction: &Connection, save: &Save) -> Result<i64> {
    let known: Option<i64> = transaction
        .prepare_cached("SELECT seq FROM event WHERE uid = ?")?
        .query_row([&save.event.0], |row| row.get(0))
        .optional()?;
    if known.is_some() {
        // A retry of a commit whose answer was lost: it is stored already.
        return Ok(entry::load(transaction, save.user, save.record)?.version);
    }
    let judges = save.after.adjudications.is_some();
    let before = current_entry(transaction, save.user, save.record, judges)?;
    let overtaken = judges && before.adjudications.as_ref() != Some(&save.stood);
    if before.version != save.after.version || overtaken {
        return Err(StoreError::Conflict(Box::new(before)));
    }
    replace(transaction, save.dataset, save.user, save.record, &before, &save.after)?;
    stamp::touch(transaction, save.user, save.record, (&before, &save.after), save.at, &save.event.0)?;
    // The event holds what the tables hold, so that an undo can tell whether it still stands.
    let stands = current_entry(transaction, save.user, save.record, judges)?;
    transaction
        .prepare_cached(
            "INSERT INTO event (uid, user, session, at, step, kind, dataset, record, before, after)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            save.event.0,
            save.user.0,
            save.session.0,
            save.at.0,
            save.changeset.0,
            save.kind.word(),
            save.dataset.0,
            save.record.0,
            json(&before),
            json(&stands),
        ])?;
    Ok(before.version + 1)
}

/// What a person holds about a record; with the adjudications on it where those are what is changed.
fn current_entry(connection: &Connection, user: UserId, record: RecordId, judges: bool) -> Result<Entry> {
    let entry = entry::load(connection, user, record)?;
    let adjudications = if judges { Some(extras::adjudications(connection, record)?) } else { None };
    Ok(Entry { adjudications, ..entry })
}

fn replace(
    connection: &Connection,
    dataset: DatasetId,
    user: UserId,
    record: RecordId,
    before: &Entry,
    after: &Entry,
) -> Result<()> {
    entry::count(connection, dataset, user, before, -1)?;
    entry::store(connection, dataset, user, record, after)?;
    if let Some(adjudications) = &after.adjudications {
        extras::put_adjudications(connection, record, adjudications)?;
    }
    agreement::follow(connection, user, record, before.response.as_ref(), after.response.as_ref())?;
    capacity::follow(connection, user, record, before, after)?;
    entry::count(connection, dataset, user, after, 1)
}

/// Puts `entry` in the place of what stands, as part of an import, with an event under the person's name.
pub(super) fn replace_entry(
    connection: &Connection,
    dataset: DatasetId,
    user: UserId,
    record: RecordId,
    entry: &Entry,
    change: &Change,
) -> Result<()> {
    let before = entry::load(connection, user, record)?;
    replace(connection, dataset, user, record, &before, entry)?;
    stamp::touch(connection, user, record, (&before, entry), change.at, &change.event.0)?;
    if before.response != entry.response && entry.response.is_some() {
        // What an import brings was given when the file says, and not when it was imported.
        stamp::own(connection, user, record)?;
    }
    let stands = entry::load(connection, user, record)?;
    let (before, after) = (json(&before), json(&stands));
    let logged = NewEvent {
        kind: EventKind::Import,
        dataset: Some(dataset),
        record: Some(record),
        before: Some(&before),
        after: &after,
    };
    extras::log(connection, &Change { user: Some(user), ..change.clone() }, &logged)
}

fn json(entry: &Entry) -> String {
    serde_json::to_string(entry).unwrap_or_default()
}

struct StoredEvent {
    seq: i64,
    kind: EventKind,
    record: RecordId,
    before: Entry,
    after: Entry,
}

/// Undoes or does again the person's last step, all its records or none.
pub(super) fn reverse(connection: &mut Connection, direction: Direction, ask: &Reverse) -> Result<Reversed> {
    if !connection.is_autocommit() {
        return reverse_within(connection, direction, ask);
    }
    let transaction = begun(connection)?;
    let done = reverse_within(&transaction, direction, ask)?;
    transaction.commit()?;
    Ok(done)
}

fn reverse_within(transaction: &Connection, direction: Direction, ask: &Reverse) -> Result<Reversed> {
    let step = candidate(transaction, direction, ask)?;
    let Some(first) = step.first() else {
        return Ok(Reversed::Nothing);
    };
    let event = load_event(transaction, first.seq)?;
    let earlier = first.session.as_deref() != Some(ask.session.0.as_str());
    if earlier && !ask.surely {
        return Ok(Reversed::Earlier(event.kind, event.record));
    }
    if step.len() > 1 && !ask.surely {
        return Ok(Reversed::Bulk(event.kind, step.len()));
    }
    let mut done = reverse_one(transaction, direction, ask, event, &ask.event.0)?;
    for (number, member) in step.iter().enumerate().skip(1) {
        let event = load_event(transaction, member.seq)?;
        done = reverse_one(transaction, direction, ask, event, &format!("{}-{number}", ask.event.0))?;
    }
    done.earlier = earlier;
    Ok(Reversed::Done(Box::new(done)))
}

fn reverse_one(
    transaction: &Connection,
    direction: Direction,
    ask: &Reverse,
    event: StoredEvent,
    uid: &str,
) -> Result<Reversal> {
    let (word, from, to) = match direction {
        Direction::Undo => ("undo", &event.after, &event.before),
        Direction::Redo => ("redo", &event.before, &event.after),
    };
    let now = current_entry(transaction, ask.user, event.record, from.adjudications.is_some())?;
    if !now.same_content(from) {
        return Err(StoreError::Overtaken);
    }
    replace(transaction, ask.dataset, ask.user, event.record, &now, to)?;
    stamp::touch(transaction, ask.user, event.record, (&now, to), ask.at, uid)?;
    transaction
        .prepare_cached(
            "INSERT INTO event (uid, user, session, at, step, kind, dataset, record, before, after, reverses)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute(params![
            uid,
            ask.user.0,
            ask.session.0,
            ask.at.0,
            ask.event.0,
            word,
            ask.dataset.0,
            event.record.0,
            json(from),
            json(to),
            event.seq,
        ])?;
    let entry = Entry { version: now.version + 1, ..to.clone() };
    Ok(Reversal { record: event.record, kind: event.kind, earlier: false, entry, left: now })
}

/// Takes back one event, whoever's entry it is; part of a step that somebody takes back.
pub(super) fn undo_event(connection: &Connection, seq: i64, user: UserId, change: &Change, uid: &str) -> Result<()> {
    let dataset = connection
        .prepare_cached("SELECT dataset FROM event WHERE seq = ?")?
        .query_row([seq], |row| Ok(DatasetId(row.get(0)?)))?;
    let ask = Reverse {
        event: change.changeset.clone(),
        session: change.changeset.clone(),
        surely: true,
        dataset,
        user,
        at: change.at,
    };
    let event = load_event(connection, seq)?;
    reverse_one(connection, Direction::Undo, &ask, event, uid)?;
    Ok(())
}

/// An event that can be reversed: the step it belongs to, and the session that did it, or did it again, last.
struct Member {
    seq: i64,
    step: String,
    session: Option<String>,
}

/// The events of the person's last step that can be reversed, or of the last reversed one, newest first. The newest
/// events are replayed as a stack: an undo moves the top to the redo stack, a redo back, a new action empties the
/// redo stack.
fn candidate(connection: &Connection, direction: Direction, ask: &Reverse) -> Result<Vec<Member>> {
    let mut statement = connection.prepare_cached(
        "SELECT seq, kind, reverses, step, session FROM (SELECT seq, kind, reverses, step, session FROM event
           WHERE user = ?1 AND dataset = ?2 AND record IS NOT NULL AND kind NOT IN ('import', 'merge')
           ORDER BY seq DESC LIMIT ?3) ORDER BY seq",
    )?;
    let mut rows = statement.query(params![ask.user.0, ask.dataset.0, REACH])?;
    let (mut done, mut undone): (Vec<Member>, Vec<Member>) = (Vec::new(), Vec::new());
    let take = |from: &mut Vec<Member>, to: &mut Vec<Member>, target: i64, session: Option<String>| {
        if let Some(at) = from.iter().rposition(|member| member.seq == target) {
            to.push(Member { session, ..from.remove(at) });
        }
    };
    while let Some(row) = rows.next()? {
        let session = row.get(4)?;
        match row.get::<_, Option<i64>>(2)? {
            None => {
                done.push(Member { seq: row.get(0)?, step: row.get(3)?, session });
                undone.clear();
            }
            Some(target) if row.get_ref(1)?.as_str() == Ok("undo") => take(&mut done, &mut undone, target, session),
            Some(target) => take(&mut undone, &mut done, target, session),
        }
    }
    if done.len() + undone.len() >= REACH as usize
        && let Some(cut) = done.first().map(|member| member.step.clone())
    {
        // The window may have cut the oldest step in two: it is out of reach.
        done.retain(|member| member.step != cut);
    }
    let stack = match direction {
        Direction::Undo => done,
        Direction::Redo => undone,
    };
    let top = stack.last().map(|member| member.step.clone());
    Ok(stack.into_iter().rev().take_while(|member| Some(&member.step) == top.as_ref()).collect())
}

fn load_event(connection: &Connection, seq: i64) -> Result<StoredEvent> {
    let entry = |text: String| serde_json::from_str(&text).unwrap_or_default();
    Ok(connection.prepare_cached("SELECT kind, record, before, after FROM event WHERE seq = ?")?.query_row(
        [seq],
        |row| {
            Ok(StoredEvent {
                seq,
                kind: EventKind::of(row.get_ref(0)?.as_str()?),
                record: RecordId(row.get(1)?),
                before: entry(row.get(2)?),
                after: entry(row.get(3)?),
            })
        },
    )?)
}

pub(super) fn last_touched(connection: &Connection, dataset: DatasetId, user: UserId) -> Result<Option<RecordId>> {
    Ok(connection
        .prepare_cached(
            "SELECT record FROM event WHERE user = ?1 AND dataset = ?2 AND record IS NOT NULL AND kind NOT IN ('import', 'merge', 'verdict')
             ORDER BY seq DESC LIMIT 1",
        )?
        .query_row(params![user.0, dataset.0], |row| Ok(RecordId(row.get(0)?)))
        .optional()?)
}

pub(super) fn newest(connection: &Connection, seq: i64) -> Result<i64> {
    let newest: Option<i64> =
        connection.prepare_cached("SELECT max(seq) FROM event WHERE seq > ?")?.query_row([seq], |row| row.get(0))?;
    Ok(newest.unwrap_or(seq))
}
