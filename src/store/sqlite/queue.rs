//! Queues: the next record of one after a spot, and how many it holds.

use rusqlite::{Connection, OptionalExtension, Params, Row, params};

use super::capacity::{self, Limits, Whose};
use super::search;
use crate::model::order::Shuffle;
use crate::model::{DatasetId, Queue, RecordId, Search, Size, Spot, UserId};
use crate::store::Result;

/// How many records of a queue are counted before it is only said that there are more.
const MOST: i64 = 10_000;

pub(super) fn next(
    connection: &Connection,
    whose: Whose,
    queue: &Queue,
    after: Option<Spot>,
) -> Result<Option<RecordId>> {
    next_at(connection, whose, queue, after, None)
}

/// The same at a moment, at which others may be at records that want only so many people.
pub(super) fn next_at(
    connection: &Connection,
    whose: Whose,
    queue: &Queue,
    after: Option<Spot>,
    now: Option<i64>,
) -> Result<Option<RecordId>> {
    let (dataset, user) = (whose.dataset.0, whose.user.0);
    // Within a dataset, positions rise with the records' keys, so that the two orders are one.
    let record = after.map_or(0, |spot| spot.record.0);
    match queue {
        Queue::Pending => {
            let limits = Limits::of(connection, whose.dataset)?;
            match limits.seed {
                Some(seed) => random(connection, whose, (seed, limits), after, now),
                None => pending(connection, whose, limits, after, now),
            }
        }
        Queue::Random => {
            let uid: String =
                connection.prepare_cached("SELECT uid FROM user WHERE id = ?")?.query_row([user], |row| row.get(0))?;
            let limits = Limits::of(connection, whose.dataset)?;
            random(connection, whose, (Shuffle::seed(&uid), limits), after, now)
        }
        Queue::Drafts | Queue::Submitted | Queue::Discarded => one(
            connection,
            "SELECT record FROM response WHERE user = ?1 AND dataset = ?2 AND status = ?3 AND record > ?4
             ORDER BY record LIMIT 1",
            params![user, dataset, status(queue), record],
        ),
        Queue::Changed => one(
            connection,
            "SELECT record FROM mark WHERE user = ?1 AND dataset = ?2 AND working IS NOT NULL AND record > ?3
             ORDER BY record LIMIT 1",
            params![user, dataset, record],
        ),
        Queue::Flagged => one(
            connection,
            "SELECT record FROM mark WHERE user = ?1 AND dataset = ?2 AND flag = 1 AND record > ?3
             ORDER BY record LIMIT 1",
            params![user, dataset, record],
        ),
        Queue::All => one(
            connection,
            "SELECT id FROM record WHERE dataset = ?1 AND position > ?2 ORDER BY position LIMIT 1",
            params![dataset, after.map_or(0, |spot| spot.position)],
        ),
        Queue::NotOffered(question, label) => one(
            connection,
            &format!("{NOT_OFFERED} AND p.record > ?4 ORDER BY p.record LIMIT 1"),
            params![user, dataset, question.0, record, label],
        ),
        Queue::Search(text) => search::next(connection, whose.dataset, &Search::parse(text), RecordId(record)),
        Queue::List(_, records) => {
            let at = after.and_then(|spot| records.iter().position(|record| *record == spot.record));
            Ok(records.get(at.map_or(0, |at| at + 1)).copied())
        }
    }
}

/// Up to `limit` records after a spot. A search is one query, since finding where it stands costs more than a row.
pub(super) fn records(
    connection: &Connection,
    whose: Whose,
    queue: &Queue,
    mut after: Option<Spot>,
    limit: usize,
) -> Result<Vec<RecordId>> {
    if let Queue::Search(text) = queue {
        let first = after.map_or(RecordId(0), |spot| spot.record);
        return search::records(connection, whose.dataset, &Search::parse(text), first, limit);
    }
    if let Queue::List(_, records) = queue {
        let at = after.and_then(|spot| records.iter().position(|record| *record == spot.record));
        return Ok(records.iter().skip(at.map_or(0, |at| at + 1)).take(limit).copied().collect());
    }
    let mut found = Vec::new();
    while found.len() < limit
        && let Some(record) = next(connection, whose, queue, after)?
    {
        let position = connection
            .prepare_cached("SELECT position FROM record WHERE id = ?")?
            .query_row([record.0], |row| row.get(0))?;
        after = Some(Spot { record, position });
        found.push(record);
    }
    Ok(found)
}

const NOT_OFFERED: &str = "SELECT p.record FROM response p
    JOIN answer a ON a.question = ?3 AND a.record = p.record AND a.user = p.user AND a.pass = 1
    WHERE p.user = ?1 AND p.dataset = ?2 AND p.status = 'submitted' AND p.pass = 1
      AND (a.label_set < (SELECT since FROM label WHERE question = ?3 AND position = ?5)
           <> (a.label_set IN (SELECT e.value FROM label l, json_each(l.exceptions) e
                               WHERE l.question = ?3 AND l.position = ?5)))";

fn status(queue: &Queue) -> &'static str {
    match queue {
        Queue::Drafts => "draft",
        Queue::Discarded => "discarded",
        _ => "submitted",
    }
}

fn one(connection: &Connection, sql: &str, params: impl Params) -> Result<Option<RecordId>> {
    let id = |row: &Row<'_>| Ok(RecordId(row.get(0)?));
    Ok(connection.prepare_cached(sql)?.query_row(params, id).optional()?)
}

/// Neither submitted nor discarded by the person, where records want any number of people.
const IS_PENDING: &str = "NOT EXISTS (SELECT 1 FROM response p WHERE p.record = r.id AND p.user = ?3
    AND p.pass = 1 AND p.status <> 'draft')";

fn pending(
    connection: &Connection,
    whose: Whose,
    limits: Limits,
    after: Option<Spot>,
    now: Option<i64>,
) -> Result<Option<RecordId>> {
    let position = after.map_or(0, |spot| spot.position);
    if limits.slots {
        let at = one(
            connection,
            "SELECT id FROM record WHERE dataset = ?1 AND position = ?2",
            params![whose.dataset.0, position],
        )?;
        return capacity::next(connection, whose, at.unwrap_or(RecordId(0)), now);
    }
    let sql = format!(
        "SELECT r.id FROM record r WHERE r.dataset = ?1 AND r.position > ?2 AND {IS_PENDING}
         ORDER BY r.position LIMIT 1"
    );
    one(connection, &sql, params![whose.dataset.0, position, whose.user.0])
}

fn random(
    connection: &Connection,
    whose: Whose,
    (seed, limits): (u64, Limits),
    after: Option<Spot>,
    now: Option<i64>,
) -> Result<Option<RecordId>> {
    let count = counter(connection, whose.dataset, UserId(0), "records")?;
    let order = Shuffle::new(count as u64, seed);
    if limits.slots {
        return capacity::next_shuffled(connection, whose, order, after.map(|spot| spot.position), now);
    }
    let sql = format!("SELECT r.id FROM record r WHERE r.dataset = ?1 AND r.position = ?2 AND {IS_PENDING}");
    for position in order.after(after.map(|spot| spot.position as u64)) {
        let found = one(connection, &sql, params![whose.dataset.0, position as i64, whose.user.0])?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

fn counter(connection: &Connection, dataset: DatasetId, user: UserId, name: &str) -> Result<i64> {
    Ok(connection
        .prepare_cached("SELECT value FROM counter WHERE dataset = ?1 AND user = ?2 AND name = ?3")?
        .query_row(params![dataset.0, user.0, name], |row| row.get(0))
        .optional()?
        .unwrap_or(0))
}

pub(super) fn size(connection: &Connection, whose: Whose, queue: &Queue) -> Result<Size> {
    let mine = |name| counter(connection, whose.dataset, whose.user, name);
    let exactly = |count: i64| Ok(Size::Exactly(count.max(0) as u64));
    let (dataset, user) = (whose.dataset.0, whose.user.0);
    match queue {
        Queue::All => exactly(counter(connection, whose.dataset, UserId(0), "records")?),
        Queue::Drafts => exactly(mine("draft")?),
        Queue::Changed => exactly(mine("changed")?),
        Queue::Submitted => exactly(mine("submitted")?),
        Queue::Discarded => exactly(mine("discarded")?),
        Queue::List(_, records) => Ok(Size::Exactly(records.len() as u64)),
        Queue::Flagged => capped(
            connection,
            "SELECT record FROM mark WHERE user = ?1 AND dataset = ?2 AND flag = 1",
            params![user, dataset],
        ),
        Queue::NotOffered(question, label) => {
            capped(connection, NOT_OFFERED, params![user, dataset, question.0, 0, label])
        }
        Queue::Pending | Queue::Random => {
            let limits = Limits::of(connection, whose.dataset)?;
            if limits.slots {
                return capacity::size(connection, whose, MOST);
            }
            exactly(unlimited(connection, whose)?)
        }
        Queue::Search(text) => search::size(connection, whose.dataset, &Search::parse(text)),
    }
}

/// What is pending where records want any number of people.
fn unlimited(connection: &Connection, whose: Whose) -> Result<i64> {
    let mine = |name| counter(connection, whose.dataset, whose.user, name);
    let all = counter(connection, whose.dataset, UserId(0), "records")?;
    Ok(all - mine("submitted")? - mine("discarded")?)
}

/// The same, to the last record, whatever is limited.
pub(super) fn all_pending(connection: &Connection, whose: Whose) -> Result<u64> {
    let limits = Limits::of(connection, whose.dataset)?;
    if limits.slots {
        return capacity::pending(connection, whose);
    }
    Ok(unlimited(connection, whose)?.max(0) as u64)
}

fn capped(connection: &Connection, sql: &str, params: impl Params) -> Result<Size> {
    let count: i64 = connection
        .prepare_cached(&format!("SELECT count(*) FROM ({sql} LIMIT {})", MOST + 1))?
        .query_row(params, |row| row.get(0))?;
    Ok(if count > MOST { Size::MoreThan(MOST as u64) } else { Size::Exactly(count as u64) })
}
