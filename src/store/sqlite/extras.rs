//! What is kept for files and counted nowhere: later passes, adjudications, keys this version does not know.

use std::collections::BTreeMap;

use rusqlite::{Connection, Row, params};
use serde_json::{Map, Value};

use super::entry;
use crate::model::transfer::{AdjudicationSpec, Extras};
use crate::model::{Adjudication, Adjudications, DatasetId, QuestionId, RecordId, Timestamp, UserId};
use crate::store::{Change, NewEvent, Pass, RecordExtras, Result};

pub(super) fn map(row: &Row<'_>, column: usize) -> rusqlite::Result<Map<String, Value>> {
    match row.get_ref(column)?.as_str() {
        Ok("{}") | Err(_) => Ok(Map::new()),
        Ok(text) => Ok(serde_json::from_str(text).unwrap_or_default()),
    }
}

/// The text of a column `extra`.
pub(super) fn text(extra: &Map<String, Value>) -> String {
    if extra.is_empty() {
        return String::from("{}");
    }
    serde_json::to_string(extra).unwrap_or_else(|_| String::from("{}"))
}

pub(super) fn extras(connection: &Connection, dataset: DatasetId) -> Result<Extras> {
    let (header, inside) = connection
        .prepare_cached("SELECT header_extra, extra FROM dataset WHERE id = ?")?
        .query_row([dataset.0], |row| Ok((map(row, 0)?, map(row, 1)?)))?;
    let all = |sql: &str, key: i64| -> Result<Vec<Map<String, Value>>> {
        let mut statement = connection.prepare_cached(sql)?;
        let rows = statement.query_map([key], |row| map(row, 0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    };
    let mut statement =
        connection.prepare_cached("SELECT extra, id FROM question WHERE dataset = ? ORDER BY position")?;
    let questions = statement
        .query_map([dataset.0], |row| Ok((map(row, 0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<Vec<(_, i64)>>>()?;
    let labels = "SELECT extra FROM label WHERE question = ? ORDER BY position";
    let labels = questions.iter().map(|(_, id)| all(labels, *id)).collect::<Result<_>>()?;
    Ok(Extras {
        header,
        dataset: inside,
        questions: questions.into_iter().map(|(extra, _)| extra).collect(),
        labels,
        fields: all("SELECT extra FROM field WHERE dataset = ? ORDER BY position", dataset.0)?,
        vectors: all("SELECT extra FROM vector_space WHERE dataset = ? ORDER BY id", dataset.0)?,
    })
}

pub(super) fn load(
    connection: &Connection,
    first: RecordId,
    last: RecordId,
) -> Result<BTreeMap<RecordId, RecordExtras>> {
    let mut all: BTreeMap<RecordId, RecordExtras> = BTreeMap::new();
    let mut statement = connection.prepare_cached(
        "SELECT p.record, u.name, u.id, p.pass, p.extra FROM response p CROSS JOIN user u ON u.id = p.user
         WHERE p.record BETWEEN ?1 AND ?2 AND (p.pass > 1 OR p.extra <> '{}') ORDER BY p.record, u.name, p.pass",
    )?;
    let mut rows = statement.query([first.0, last.0])?;
    while let Some(row) = rows.next()? {
        let (record, name) = (RecordId(row.get(0)?), row.get::<_, String>(1)?);
        let (user, pass): (i64, i64) = (row.get(2)?, row.get(3)?);
        let beside = all.entry(record).or_default();
        if pass > 1
            && let Some(response) = entry::response(connection, UserId(user), record, pass)?
        {
            beside.passes.push(Pass { user: name.clone(), pass, response });
        }
        let extra = map(row, 4)?;
        if !extra.is_empty() {
            beside.responses.push((name, pass, extra));
        }
    }
    notes(connection, first, last, &mut all)?;
    let mut statement = connection.prepare_cached(
        "SELECT a.record, q.name, a.value, u.name, a.reason, a.at, a.extra FROM adjudication a
         JOIN question q ON q.id = a.question JOIN user u ON u.id = a.user
         WHERE a.record BETWEEN ?1 AND ?2 ORDER BY a.record, q.position",
    )?;
    let mut rows = statement.query([first.0, last.0])?;
    while let Some(row) = rows.next()? {
        all.entry(RecordId(row.get(0)?)).or_default().adjudications.push(AdjudicationSpec {
            question: row.get(1)?,
            value: serde_json::from_str(&row.get::<_, String>(2)?).unwrap_or_default(),
            user: row.get(3)?,
            reason: row.get(4)?,
            at: row.get::<_, Option<i64>>(5)?.map(|at| Timestamp(at).to_rfc3339()),
            extra: map(row, 6)?,
        });
    }
    Ok(all)
}

fn notes(
    connection: &Connection,
    first: RecordId,
    last: RecordId,
    all: &mut BTreeMap<RecordId, RecordExtras>,
) -> Result<()> {
    let mut statement = connection.prepare_cached(
        "SELECT m.record, u.name, m.extra FROM user u CROSS JOIN mark m ON m.user = u.id
         WHERE m.record BETWEEN ?1 AND ?2 AND m.extra <> '{}'",
    )?;
    let mut rows = statement.query([first.0, last.0])?;
    while let Some(row) = rows.next()? {
        all.entry(RecordId(row.get(0)?)).or_default().notes.push((row.get(1)?, map(row, 2)?));
    }
    Ok(())
}

pub(super) fn put_extra(
    connection: &Connection,
    dataset: DatasetId,
    user: UserId,
    record: RecordId,
    pass: i64,
    extra: &Map<String, Value>,
) -> Result<()> {
    if pass == 0 {
        connection
            .prepare_cached(
                "INSERT INTO mark (dataset, user, record, extra) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET extra = ?4",
            )?
            .execute(params![dataset.0, user.0, record.0, text(extra)])?;
        return Ok(());
    }
    connection
        .prepare_cached("UPDATE response SET extra = ?4 WHERE user = ?1 AND record = ?2 AND pass = ?3")?
        .execute(params![user.0, record.0, pass, text(extra)])?;
    Ok(())
}

pub(super) fn put_adjudication(
    connection: &Connection,
    record: RecordId,
    question: QuestionId,
    user: UserId,
    at: Option<Timestamp>,
    adjudication: &AdjudicationSpec,
) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO adjudication (record, question, user, value, reason, at, extra)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT DO UPDATE SET user = ?3, value = ?4, reason = ?5, at = ?6, extra = ?7",
        )?
        .execute(params![
            record.0,
            question.0,
            user.0,
            adjudication.value.to_string(),
            adjudication.reason,
            at.map(|at| at.0),
            text(&adjudication.extra),
        ])?;
    Ok(())
}

/// The adjudications on a record.
pub(super) fn adjudications(connection: &Connection, record: RecordId) -> Result<Adjudications> {
    let mut statement = connection
        .prepare_cached("SELECT question, user, value, reason, at, extra FROM adjudication WHERE record = ?")?;
    let mut rows = statement.query([record.0])?;
    let mut found = Adjudications::new();
    while let Some(row) = rows.next()? {
        found.insert(QuestionId(row.get(0)?), adjudication_of(row)?);
    }
    Ok(found)
}

/// An adjudication: the five columns behind its question.
pub(super) fn adjudication_of(row: &Row<'_>) -> rusqlite::Result<Adjudication> {
    Ok(Adjudication {
        user: UserId(row.get(1)?),
        value: serde_json::from_str(&row.get::<_, String>(2)?).unwrap_or_default(),
        reason: row.get(3)?,
        at: row.get(4)?,
        extra: map(row, 5)?,
    })
}

/// Puts adjudications in the place of what stands.
pub(super) fn put_adjudications(
    connection: &Connection,
    record: RecordId,
    adjudications: &Adjudications,
) -> Result<()> {
    connection.prepare_cached("DELETE FROM adjudication WHERE record = ?")?.execute([record.0])?;
    let mut statement = connection.prepare_cached(
        "INSERT INTO adjudication (record, question, user, value, reason, at, extra) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for (question, adjudication) in adjudications {
        let Adjudication { user, value, reason, at, extra } = adjudication;
        statement.execute(params![record.0, question.0, user.0, value.to_string(), reason, at, text(extra)])?;
    }
    Ok(())
}

/// Writes one event of a bulk.
pub(super) fn log(connection: &Connection, change: &Change, logged: &NewEvent<'_>) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO event (uid, user, at, step, kind, dataset, record, before, after)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            change.event.0,
            change.user.map(|user| user.0),
            change.at.0,
            change.changeset.0,
            logged.kind.word(),
            logged.dataset.map(|dataset| dataset.0),
            logged.record.map(|record| record.0),
            logged.before,
            logged.after,
        ])?;
    Ok(())
}
