//! What one person holds about one record, and the counters that follow it.

use std::collections::{BTreeMap, HashMap};

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::model::{Answer, DatasetId, Entry, QuestionId, RecordId, Response, Seen, Status, Timestamp, UserId};
use crate::store::Result;

pub(super) fn load(connection: &Connection, user: UserId, record: RecordId) -> Result<Entry> {
    let mut entry = connection
        .prepare_cached(
            "SELECT version, working, note, flag, seen_others, seen_agents FROM mark WHERE user = ?1 AND record = ?2",
        )?
        .query_row(params![user.0, record.0], mark_of)
        .optional()?
        .unwrap_or_default();
    entry.response = response(connection, user, record, 1)?;
    Ok(entry)
}

/// An entry without its response: the first six columns of a row.
pub(super) fn mark_of(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let agents = serde_json::from_str(row.get_ref(5)?.as_str()?).unwrap_or_default();
    Ok(Entry {
        response: None,
        version: row.get(0)?,
        working: row.get::<_, Option<String>>(1)?.and_then(|text| serde_json::from_str(&text).ok()),
        note: row.get(2)?,
        flag: row.get(3)?,
        adjudications: None,
        seen: Seen { others: row.get(4)?, agents },
    })
}

/// A response without its answers: the first eight columns of a row.
pub(super) fn response_of(row: &Row<'_>) -> rusqlite::Result<Response> {
    let saw = match row.get_ref(6)?.as_str() {
        Ok("[]") | Err(_) => Vec::new(),
        Ok(text) => serde_json::from_str(text).unwrap_or_default(),
    };
    Ok(Response {
        uid: row.get(0)?,
        status: Status::parse(row.get_ref(1)?.as_str()?).unwrap_or(Status::Draft),
        answers: BTreeMap::new(),
        reason: row.get(2)?,
        active_ms: row.get(3)?,
        at: row.get(4)?,
        label_sets: BTreeMap::new(),
        guidelines_version: row.get(5)?,
        saw_agents: saw,
        saw_others: row.get(7)?,
    })
}

/// An answer: the columns of its labels and of its value, side by side.
pub(super) fn answer_of(row: &Row<'_>, labels: usize) -> rusqlite::Result<Answer> {
    Ok(match row.get_ref(labels)?.as_blob_or_null().unwrap_or(None) {
        Some(bits) => Answer::Labels(positions(bits)),
        None => Answer::of_value(&serde_json::from_str(row.get_ref(labels + 1)?.as_str()?).unwrap_or_default()),
    })
}

/// The response of a pass.
pub(super) fn response(connection: &Connection, user: UserId, record: RecordId, pass: i64) -> Result<Option<Response>> {
    let found = connection
        .prepare_cached(
            "SELECT uid, status, reason, active_ms, at, guidelines_version, saw_agents, saw_others
             FROM response WHERE record = ?1 AND user = ?2 AND pass = ?3",
        )?
        .query_row(params![record.0, user.0, pass], response_of)
        .optional()?;
    let Some(mut response) = found else {
        return Ok(None);
    };
    let mut statement = connection.prepare_cached(
        "SELECT a.question, a.label_set, a.labels, a.value FROM question q
         JOIN answer a ON a.question = q.id AND a.record = ?1 AND a.user = ?2 AND a.pass = ?3
         WHERE q.dataset = (SELECT dataset FROM record WHERE id = ?1)",
    )?;
    let mut rows = statement.query(params![record.0, user.0, pass])?;
    while let Some(row) = rows.next()? {
        let question = QuestionId(row.get(0)?);
        response.label_sets.insert(question, row.get(1)?);
        response.answers.insert(question, answer_of(row, 2)?);
    }
    Ok(Some(response))
}

/// Replaces what stands by `entry`, without a look at counters or versions. Keys that an import brought and this
/// version does not know stay.
pub(super) fn store(
    connection: &Connection,
    dataset: DatasetId,
    user: UserId,
    record: RecordId,
    entry: &Entry,
) -> Result<()> {
    if let Some(response) = &entry.response {
        put_pass(connection, dataset, user, record, 1, response)?;
    } else {
        forget_response(connection, user, record)?;
    }
    mark(connection, dataset, user, record, entry)
}

/// Takes a response away with its answers.
pub(super) fn forget_response(connection: &Connection, user: UserId, record: RecordId) -> Result<()> {
    connection
        .prepare_cached("DELETE FROM response WHERE record = ?1 AND user = ?2 AND pass = 1")?
        .execute(params![record.0, user.0])?;
    forget_answers(connection, user, record, 1)
}

/// Stores the response of a pass in the place of what stands there.
pub(super) fn put_pass(
    connection: &Connection,
    dataset: DatasetId,
    user: UserId,
    record: RecordId,
    pass: i64,
    response: &Response,
) -> Result<()> {
    forget_answers(connection, user, record, pass)?;
    store_response(connection, UPSERT, dataset, user, record, pass, response)
}

fn forget_answers(connection: &Connection, user: UserId, record: RecordId, pass: i64) -> Result<()> {
    connection
        .prepare_cached(
            "DELETE FROM answer WHERE record = ?1 AND user = ?2 AND pass = ?3 AND question IN
             (SELECT id FROM question WHERE dataset = (SELECT dataset FROM record WHERE id = ?1))",
        )?
        .execute(params![record.0, user.0, pass])?;
    Ok(())
}

/// Stores an entry where nothing stands yet. One that is only a response leaves no mark behind.
pub(super) fn add(
    connection: &Connection,
    dataset: DatasetId,
    user: UserId,
    record: RecordId,
    entry: &Entry,
) -> Result<()> {
    if let Some(response) = &entry.response {
        store_response(connection, INSERT, dataset, user, record, 1, response)?;
    }
    if entry.working.is_some() || entry.note.is_some() || entry.flag || entry.seen != Seen::default() {
        mark(connection, dataset, user, record, entry)?;
    }
    Ok(())
}

fn mark(connection: &Connection, dataset: DatasetId, user: UserId, record: RecordId, entry: &Entry) -> Result<()> {
    let working = entry.working.as_ref().and_then(|answers| serde_json::to_string(answers).ok());
    connection
        .prepare_cached(
            "INSERT INTO mark (dataset, user, record, version, working, note, flag) VALUES (?1, ?2, ?3, 1, ?4, ?5, ?6)
             ON CONFLICT DO UPDATE SET version = version + 1, working = ?4, note = ?5, flag = ?6",
        )?
        .execute(params![dataset.0, user.0, record.0, working, entry.note, entry.flag])?;
    see(connection, dataset, user, record, &entry.seen)
}

/// Adds to what a person has seen of others on a record. It is no save: the version stays.
pub(super) fn see(
    connection: &Connection,
    dataset: DatasetId,
    user: UserId,
    record: RecordId,
    seen: &Seen,
) -> Result<()> {
    if *seen == Seen::default() {
        return Ok(());
    }
    let known = connection
        .prepare_cached("SELECT seen_others, seen_agents FROM mark WHERE user = ?1 AND record = ?2")?
        .query_row(params![user.0, record.0], |row| {
            let agents = serde_json::from_str(&row.get::<_, String>(1)?).unwrap_or_default();
            Ok(Seen { others: row.get(0)?, agents })
        })
        .optional()?
        .unwrap_or_default();
    let all = known.clone().and(seen);
    if all == known {
        return Ok(());
    }
    let agents = serde_json::to_string(&all.agents).unwrap_or_else(|_| String::from("[]"));
    connection
        .prepare_cached(
            "INSERT INTO mark (dataset, user, record, seen_others, seen_agents) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT DO UPDATE SET seen_others = ?4, seen_agents = ?5",
        )?
        .execute(params![dataset.0, user.0, record.0, all.others, agents])?;
    Ok(())
}

const INSERT: &str = "INSERT INTO response (dataset, user, record, pass, uid, status, reason, active_ms, at,
    guidelines_version, saw_agents, saw_others) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";

const UPSERT: &str = "INSERT INTO response (dataset, user, record, pass, uid, status, reason, active_ms, at,
    guidelines_version, saw_agents, saw_others) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
    ON CONFLICT DO UPDATE SET uid = ?5, status = ?6, reason = ?7, active_ms = ?8, at = ?9,
    guidelines_version = ?10, saw_agents = ?11, saw_others = ?12";

fn store_response(
    connection: &Connection,
    sql: &str,
    dataset: DatasetId,
    user: UserId,
    record: RecordId,
    pass: i64,
    response: &Response,
) -> Result<()> {
    connection.prepare_cached(sql)?.execute(params![
        dataset.0,
        user.0,
        record.0,
        pass,
        response.uid,
        response.status.word(),
        response.reason,
        response.active_ms,
        response.at,
        response.guidelines_version,
        serde_json::to_string(&response.saw_agents).unwrap_or_else(|_| String::from("[]")),
        response.saw_others,
    ])?;
    let mut statement = connection.prepare_cached(
        "INSERT INTO answer (question, record, user, pass, status, label_set, labels, value)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    for (question, answer) in &response.answers {
        let (labels, value) = (answer.labels().map(bits), answer.value().map(|value| value.to_string()));
        let set = response.label_sets.get(question).copied().unwrap_or(1);
        let status = response.status as i64;
        statement.execute(params![question.0, record.0, user.0, pass, status, set, labels, value])?;
    }
    Ok(())
}

/// Adds what `entry` counts for, `sign` times.
pub(super) fn count(connection: &Connection, dataset: DatasetId, user: UserId, entry: &Entry, sign: i64) -> Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO counter (dataset, user, name, value) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET value = value + ?4",
    )?;
    if let Some(status) = entry.status() {
        statement.execute(params![dataset.0, user.0, status.word(), sign])?;
    }
    if entry.working.is_some() {
        statement.execute(params![dataset.0, user.0, "changed", sign])?;
    }
    let submitted = entry.response.as_ref().filter(|response| response.status == Status::Submitted);
    if let Some(at) = submitted.and_then(|response| response.at) {
        connection
            .prepare_cached(
                "INSERT INTO submitted_per_quarter_hour (dataset, user, quarter, value) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET value = value + ?4",
            )?
            .execute(params![dataset.0, user.0, at.div_euclid(QUARTER), sign])?;
    }
    Ok(())
}

/// A quarter of an hour in milliseconds.
const QUARTER: i64 = 900_000;

pub(super) fn submitted_since(
    connection: &Connection,
    dataset: DatasetId,
    user: UserId,
    since: Timestamp,
) -> Result<i64> {
    Ok(connection
        .prepare_cached(
            "SELECT COALESCE(sum(value), 0) FROM submitted_per_quarter_hour
             WHERE dataset = ?1 AND user = ?2 AND quarter >= ?3",
        )?
        .query_row(params![dataset.0, user.0, since.0.div_euclid(QUARTER)], |row| row.get(0))?)
}

/// Counts submits by quarter of an hour anew: one pass over the responses, summed here, since they come in another order.
pub(super) fn recount_quarters(connection: &Connection, dataset: DatasetId) -> Result<()> {
    let mut statement = connection.prepare_cached(
        "SELECT user, at FROM response WHERE dataset = ? AND status = 'submitted' AND pass = 1 AND at IS NOT NULL",
    )?;
    let mut rows = statement.query([dataset.0])?;
    let mut counts: HashMap<(i64, i64), i64> = HashMap::new();
    while let Some(row) = rows.next()? {
        let quarter = row.get::<_, i64>(1)?.div_euclid(QUARTER);
        *counts.entry((row.get(0)?, quarter)).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_unstable();
    let mut insert = connection.prepare_cached(
        "INSERT INTO submitted_per_quarter_hour (dataset, user, quarter, value) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for ((user, quarter), count) in counts {
        insert.execute(params![dataset.0, user, quarter, count])?;
    }
    Ok(())
}

/// Little-endian bit set of ascending label positions; an empty one has no bytes.
fn bits(ticked: &[u32]) -> Vec<u8> {
    let bytes = ticked.iter().max().map_or(0, |last| *last as usize / 8 + 1);
    let mut bits = vec![0u8; bytes];
    for label in ticked {
        bits[*label as usize / 8] |= 1 << (label % 8);
    }
    bits
}

fn positions(bits: &[u8]) -> Vec<u32> {
    let set = |(byte, value): (usize, &u8)| {
        let value = *value;
        (0..8u32).filter(move |bit| value >> bit & 1 == 1).map(move |bit| byte as u32 * 8 + bit)
    };
    bits.iter().enumerate().flat_map(set).collect()
}

#[cfg(test)]
mod tests {
    use super::{bits, positions};

    #[test]
    fn a_bit_set_gives_back_its_labels() {
        for labels in [vec![], vec![0], vec![7, 8], vec![0, 63, 64, 499]] {
            assert_eq!(positions(&bits(&labels)), labels);
        }
    }
}
