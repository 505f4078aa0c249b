//! Everything people said on a question, for agreement under any policy.

use rusqlite::{Connection, Row, params};

use crate::model::{QuestionId, RecordId, UserId};
use crate::store::{Rated, Result};

/// The answers alone: one range of their own table, in its order.
const ANSWERS: &str = "SELECT record, user, pass, status, label_set, labels, value FROM answer WHERE question = ?1
     ORDER BY question, record, user, pass";

/// All responses to the dataset, with their answer where they have one. What was seen is known of a response that says
/// that something was, and of one that was given here: it has its time spent and nothing of another tool.
const RESPONSES: &str = "SELECT p.record, p.user, p.pass,
            CASE p.status WHEN 'draft' THEN 0 WHEN 'submitted' THEN 1 ELSE 2 END,
            a.label_set, a.labels, a.value, p.at, p.saw_agents <> '[]', p.saw_others,
            p.saw_agents <> '[]' OR p.saw_others OR (p.active_ms IS NOT NULL AND p.extra IS NULL)
     FROM response p LEFT JOIN answer a
       ON a.question = ?1 AND a.record = p.record AND a.user = p.user AND a.pass = p.pass
     WHERE p.dataset = (SELECT dataset FROM question WHERE id = ?1) ORDER BY p.record, p.user, p.pass";

pub(super) fn scan(
    connection: &Connection,
    question: QuestionId,
    whole: bool,
    each: &mut dyn FnMut(Rated<'_>),
) -> Result<()> {
    let mut statement = connection.prepare_cached(if whole { RESPONSES } else { ANSWERS })?;
    let mut rows = statement.query(params![question.0])?;
    while let Some(row) = rows.next()? {
        let mut rated = answer(row)?;
        if whole {
            rated.at = row.get(7)?;
            rated.saw_agents = row.get(8)?;
            rated.saw_others = row.get(9)?;
            rated.seen_known = row.get(10)?;
        }
        each(rated);
    }
    Ok(())
}

/// The answers on the records that a person submitted.
pub(super) fn scan_of(
    connection: &Connection,
    question: QuestionId,
    user: UserId,
    each: &mut dyn FnMut(Rated<'_>),
) -> Result<()> {
    let mut statement = connection.prepare_cached(
        "SELECT a.record, a.user, a.pass, a.status, a.label_set, a.labels, a.value
         FROM response p CROSS JOIN answer a ON a.question = ?1 AND a.record = p.record AND a.pass = 1
         WHERE p.user = ?2 AND p.dataset = (SELECT dataset FROM question WHERE id = ?1)
           AND p.status = 'submitted' AND p.pass = 1
         ORDER BY p.record",
    )?;
    let mut rows = statement.query(params![question.0, user.0])?;
    while let Some(row) = rows.next()? {
        each(answer(row)?);
    }
    Ok(())
}

fn answer<'r>(row: &'r Row<'_>) -> Result<Rated<'r>> {
    Ok(Rated {
        record: RecordId(row.get(0)?),
        user: UserId(row.get(1)?),
        pass: row.get(2)?,
        status: row.get(3)?,
        label_set: row.get(4)?,
        labels: row.get_ref(5)?.as_blob_or_null().unwrap_or(None),
        value: row.get_ref(6)?.as_str_or_null().unwrap_or(None),
        at: None,
        saw_agents: false,
        saw_others: false,
        seen_known: false,
    })
}

/// The condition is the one of the index, which holds nothing else.
pub(super) fn seen(connection: &Connection, question: QuestionId) -> Result<(u64, u64)> {
    let count = |row: &Row<'_>| Ok((row.get::<_, i64>(0)? as u64, row.get::<_, i64>(1)? as u64));
    Ok(connection
        .prepare_cached(
            "SELECT count(*) FILTER (WHERE saw_agents <> '[]'), count(*) FILTER (WHERE saw_others = 1)
             FROM response
             WHERE dataset = (SELECT dataset FROM question WHERE id = ?1) AND status = 'submitted' AND pass = 1
               AND (saw_others = 1 OR saw_agents <> '[]')",
        )?
        .query_row([question.0], count)?)
}
