//! What hangs on some records, a statement a table: as many statements for fifty records and twenty people as for one.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::{entry, extras};
use crate::model::{QuestionId, RecordId, UserId};
use crate::store::{AdjudicationsByRecord, HeldByRecord, NamedResponse, Result};

/// Keys as `json_each` reads them, each once.
pub(super) fn list(records: &[RecordId]) -> String {
    let mut ids: Vec<i64> = records.iter().map(|record| record.0).collect();
    ids.sort_unstable();
    ids.dedup();
    serde_json::json!(ids).to_string()
}

/// What everybody holds about these records, by record and name.
pub(super) fn held(connection: &Connection, records: &[RecordId]) -> Result<HeldByRecord> {
    let ids = list(records);
    let mut found = BTreeMap::new();
    responses(connection, &ids, &mut found)?;
    answers(connection, &ids, &mut found)?;
    marks(connection, &ids, &mut found)?;
    let mut held = HeldByRecord::new();
    for ((record, user), named) in found {
        held.entry(RecordId(record)).or_default().push((UserId(user), named));
    }
    for all in held.values_mut() {
        all.sort_by(|(_, a), (_, b)| a.user.cmp(&b.user));
    }
    Ok(held)
}

/// By record and user while their parts come in.
type Found = BTreeMap<(i64, i64), NamedResponse>;

fn somebody(user: String) -> NamedResponse {
    NamedResponse { user, entry: crate::model::Entry::default() }
}

/// Who answered in later passes only is there too, with nothing.
fn responses(connection: &Connection, ids: &str, found: &mut Found) -> Result<()> {
    let mut statement = connection.prepare_cached(
        "SELECT p.uid, p.status, p.reason, p.active_ms, p.at, p.guidelines_version, p.saw_agents, p.saw_others,
                p.record, p.user, p.pass, u.name
         FROM response p CROSS JOIN user u ON u.id = p.user WHERE p.record IN (SELECT value FROM json_each(?1))",
    )?;
    let mut rows = statement.query([ids])?;
    while let Some(row) = rows.next()? {
        let name = row.get_ref(11)?.as_str().map_err(rusqlite::Error::from)?;
        let named = found.entry((row.get(8)?, row.get(9)?)).or_insert_with(|| somebody(name.to_owned()));
        if row.get::<_, i64>(10)? == 1 {
            named.entry.response = Some(entry::response_of(row)?);
        }
    }
    Ok(())
}

/// Those of the first pass.
fn answers(connection: &Connection, ids: &str, found: &mut Found) -> Result<()> {
    let mut statement = connection.prepare_cached(
        "SELECT a.record, a.user, a.question, a.label_set, a.labels, a.value FROM question q CROSS JOIN answer a
             ON a.question = q.id AND a.record IN (SELECT value FROM json_each(?1)) AND a.pass = 1
         WHERE q.dataset IN (SELECT dataset FROM record WHERE id IN (SELECT value FROM json_each(?1)))",
    )?;
    let mut rows = statement.query([ids])?;
    while let Some(row) = rows.next()? {
        let named = found.get_mut(&(row.get(0)?, row.get(1)?));
        let Some(response) = named.and_then(|named| named.entry.response.as_mut()) else { continue };
        let question = QuestionId(row.get(2)?);
        response.label_sets.insert(question, row.get(3)?);
        response.answers.insert(question, entry::answer_of(row, 4)?);
    }
    Ok(())
}

fn marks(connection: &Connection, ids: &str, found: &mut Found) -> Result<()> {
    let mut statement = connection.prepare_cached(
        "SELECT m.version, m.working, m.note, m.flag, m.seen_others, m.seen_agents, m.record, m.user, u.name
         FROM user u CROSS JOIN mark m ON m.user = u.id AND m.record IN (SELECT value FROM json_each(?1))",
    )?;
    let mut rows = statement.query([ids])?;
    while let Some(row) = rows.next()? {
        let key = (row.get(6)?, row.get(7)?);
        let name = row.get_ref(8)?.as_str().map_err(rusqlite::Error::from)?;
        let named = found.entry(key).or_insert_with(|| somebody(name.to_owned()));
        named.entry = crate::model::Entry { response: named.entry.response.take(), ..entry::mark_of(row)? };
    }
    Ok(())
}

/// Adjudications by record, with the names of who gave them; one who was taken away has none.
pub(super) fn adjudications(connection: &Connection, records: &[RecordId]) -> Result<AdjudicationsByRecord> {
    let mut statement = connection.prepare_cached(
        "SELECT a.question, a.user, a.value, a.reason, a.at, a.extra, a.record, u.name FROM adjudication a
         LEFT JOIN user u ON u.id = a.user AND NOT EXISTS (SELECT 1 FROM tombstone t WHERE t.uid = u.uid AND t.kind = 'user')
         WHERE a.record IN (SELECT value FROM json_each(?1))",
    )?;
    let mut rows = statement.query([list(records)])?;
    let mut found = AdjudicationsByRecord::new();
    while let Some(row) = rows.next()? {
        let (adjudications, names) = found.entry(RecordId(row.get(6)?)).or_default();
        let adjudication = extras::adjudication_of(row)?;
        if let Some(name) = row.get(7)? {
            names.insert(adjudication.user, name);
        }
        adjudications.insert(QuestionId(row.get(0)?), adjudication);
    }
    Ok(found)
}
