//! Records with everything that hangs on them, a range at a time: each table is read once, in its own order.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension, Params, params};

use super::{entry, extras, stamp};
use crate::model::{
    Adjudication, AnswerParts, DatasetId, Entry, Person, QuestionId, RecordId, Seen, Suggested, Uid, UserId, Whole,
    WholeParts,
};
use crate::store::Result;

const RECORD: &str =
    "SELECT id, uid, external_id, natural_key, fields, metadata, extra, changed_at, position FROM record";

/// Up to `limit` records of a dataset after one, by key.
pub(super) fn after(connection: &Connection, dataset: DatasetId, last: RecordId, limit: usize) -> Result<Vec<Whole>> {
    // With the plus records are walked by key; by the index of their positions all of the dataset would be sorted first.
    let sql = format!("{RECORD} WHERE +dataset = ?1 AND id > ?2 ORDER BY id LIMIT ?3");
    let records = records(connection, &sql, params![dataset.0, last.0, limit as i64])?;
    hang(connection, dataset, records, WholeParts::ALL)
}

/// The records of a dataset with these keys, which come ascending.
pub(super) fn among(
    connection: &Connection,
    dataset: DatasetId,
    ids: &[RecordId],
    parts: WholeParts<'_>,
) -> Result<Vec<Whole>> {
    let (Some(first), Some(last)) = (ids.first(), ids.last()) else { return Ok(Vec::new()) };
    if last.0 - first.0 < 4 * ids.len() as i64 {
        let sql = format!("{RECORD} WHERE +dataset = ?1 AND id BETWEEN ?2 AND ?3 ORDER BY id");
        let mut found = records(connection, &sql, params![dataset.0, first.0, last.0])?;
        found.retain(|record| ids.binary_search(&record.id).is_ok());
        return hang(connection, dataset, found, parts);
    }
    let (left, right) = ids.split_at(ids.len() / 2);
    let mut found = among(connection, dataset, left, parts)?;
    found.extend(among(connection, dataset, right, parts)?);
    Ok(found)
}

/// Up to `limit` records of a dataset after a position, in its order. Within a dataset that is the order of their keys.
pub(super) fn page(
    connection: &Connection,
    dataset: DatasetId,
    after: i64,
    limit: usize,
    parts: WholeParts<'_>,
) -> Result<Vec<Whole>> {
    let sql = format!("{RECORD} WHERE dataset = ?1 AND position > ?2 ORDER BY position LIMIT ?3");
    let mut found = records(connection, &sql, params![dataset.0, after, limit as i64])?;
    found.sort_unstable_by_key(|record| record.id);
    let mut page = dense(connection, dataset, found, parts)?;
    page.sort_unstable_by_key(|record| record.position);
    Ok(page)
}

/// Hangs parts on records that may lie far apart: other datasets' records in between would be read with each range.
fn dense(
    connection: &Connection,
    dataset: DatasetId,
    mut records: Vec<Whole>,
    parts: WholeParts<'_>,
) -> Result<Vec<Whole>> {
    let (Some(first), Some(last)) = (records.first(), records.last()) else { return Ok(records) };
    if last.id.0 - first.id.0 < 4 * records.len() as i64 {
        return hang(connection, dataset, records, parts);
    }
    let right = records.split_off(records.len() / 2);
    let mut all = dense(connection, dataset, records, parts)?;
    all.extend(dense(connection, dataset, right, parts)?);
    Ok(all)
}

fn records(connection: &Connection, sql: &str, params: impl Params) -> Result<Vec<Whole>> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(params, |row| {
        Ok(Whole {
            id: RecordId(row.get(0)?),
            uid: Uid(row.get(1)?),
            external_id: row.get(2)?,
            natural_key: row.get(3)?,
            fields: row.get(4)?,
            metadata: row.get(5)?,
            extra: row.get(6)?,
            changed_at: row.get(7)?,
            position: row.get(8)?,
            people: BTreeMap::new(),
            suggestions: Vec::new(),
            adjudications: BTreeMap::new(),
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Records by key while their parts come in.
struct RecordBatch<'p>(Vec<Whole>, Option<&'p BTreeSet<UserId>>);

impl RecordBatch<'_> {
    fn record(&mut self, id: i64) -> Option<&mut Whole> {
        let at = self.0.binary_search_by_key(&id, |record| record.id.0).ok()?;
        self.0.get_mut(at)
    }

    fn person(&mut self, id: i64, user: i64) -> Option<&mut Person> {
        if self.1.is_some_and(|people| !people.contains(&UserId(user))) {
            return None;
        }
        Some(self.record(id)?.people.entry(UserId(user)).or_default())
    }
}

fn hang(connection: &Connection, dataset: DatasetId, records: Vec<Whole>, parts: WholeParts<'_>) -> Result<Vec<Whole>> {
    let (Some(first), Some(last)) = (records.first(), records.last()) else { return Ok(records) };
    let range = [first.id.0, last.id.0];
    let people = parts.people;
    let mut page = RecordBatch(records, people);
    responses(connection, range, &mut page)?;
    let questions = match parts.answers {
        AnswerParts::None => Vec::new(),
        AnswerParts::One(question) => vec![question.0],
        AnswerParts::All => connection
            .prepare_cached("SELECT id FROM question WHERE dataset = ?")?
            .query_map([dataset.0], |row| row.get(0))?
            .collect::<rusqlite::Result<Vec<i64>>>()?,
    };
    for question in questions {
        answers(connection, question, range, &mut page)?;
    }
    let users = match people {
        _ if !parts.marks => Vec::new(),
        Some(people) => people.iter().map(|user| user.0).collect(),
        None => connection
            .prepare_cached("SELECT id FROM user")?
            .query_map([], |row| row.get(0))?
            .collect::<rusqlite::Result<Vec<i64>>>()?,
    };
    for user in users {
        marks(connection, user, range, &mut page)?;
    }
    if parts.suggestions {
        suggestions(connection, range, &mut page)?;
    }
    if parts.adjudications {
        adjudications(connection, range, &mut page)?;
    }
    Ok(page.0)
}

fn known(text: String) -> Option<String> {
    Some(text).filter(|text| text != "{}")
}

fn responses(connection: &Connection, [first, last]: [i64; 2], page: &mut RecordBatch<'_>) -> Result<()> {
    let mut statement = connection.prepare_cached(
        "SELECT uid, status, reason, active_ms, at, guidelines_version, saw_agents, saw_others, record, user, pass, extra
         FROM response WHERE record BETWEEN ?1 AND ?2",
    )?;
    let mut rows = statement.query([first, last])?;
    while let Some(row) = rows.next()? {
        let Some(person) = page.person(row.get(8)?, row.get(9)?) else { continue };
        let (response, extra) = (entry::response_of(row)?, known(row.get(11)?));
        match row.get(10)? {
            1 => (person.entry.response, person.extra) = (Some(response), extra),
            pass => drop(person.passes.insert(pass, (response, extra))),
        }
    }
    Ok(())
}

fn answers(connection: &Connection, question: i64, [first, last]: [i64; 2], page: &mut RecordBatch<'_>) -> Result<()> {
    let mut statement = connection.prepare_cached(
        "SELECT record, user, pass, label_set, labels, value FROM answer
         WHERE question = ?1 AND record BETWEEN ?2 AND ?3",
    )?;
    let mut rows = statement.query([question, first, last])?;
    while let Some(row) = rows.next()? {
        let Some(person) = page.person(row.get(0)?, row.get(1)?) else { continue };
        let response = match row.get(2)? {
            1 => person.entry.response.as_mut(),
            pass => person.passes.get_mut(&pass).map(|(response, _)| response),
        };
        let Some(response) = response else { continue };
        response.label_sets.insert(QuestionId(question), row.get(3)?);
        response.answers.insert(QuestionId(question), entry::answer_of(row, 4)?);
    }
    Ok(())
}

fn marks(connection: &Connection, user: i64, [first, last]: [i64; 2], page: &mut RecordBatch<'_>) -> Result<()> {
    let mut statement = connection.prepare_cached(
        "SELECT record, version, working, note, flag, seen_others, seen_agents, extra, stamps FROM mark
         WHERE user = ?1 AND record BETWEEN ?2 AND ?3",
    )?;
    let mut rows = statement.query([user, first, last])?;
    while let Some(row) = rows.next()? {
        let Some(person) = page.person(row.get(0)?, user) else { continue };
        let agents = serde_json::from_str(row.get_ref(6)?.as_str().unwrap_or("[]")).unwrap_or_default();
        person.entry = Entry {
            response: person.entry.response.take(),
            version: row.get(1)?,
            working: row.get::<_, Option<String>>(2)?.and_then(|text| serde_json::from_str(&text).ok()),
            note: row.get(3)?,
            flag: row.get(4)?,
            adjudications: None,
            seen: Seen { others: row.get(5)?, agents },
        };
        person.note_extra = known(row.get(7)?);
        person.stamps = stamp::parse(row.get_ref(8)?.as_str().unwrap_or("{}"));
    }
    Ok(())
}

fn suggestions(connection: &Connection, [first, last]: [i64; 2], page: &mut RecordBatch<'_>) -> Result<()> {
    let mut statement = connection.prepare_cached(
        "SELECT record, question, agent, value, scores, extra, at FROM suggestion WHERE record BETWEEN ?1 AND ?2",
    )?;
    let mut rows = statement.query([first, last])?;
    while let Some(row) = rows.next()? {
        let Some(record) = page.record(row.get(0)?) else { continue };
        record.suggestions.push(Suggested {
            question: QuestionId(row.get(1)?),
            agent: row.get(2)?,
            value: row.get(3)?,
            scores: row.get(4)?,
            extra: row.get(5)?,
            at: row.get(6)?,
        });
    }
    Ok(())
}

fn adjudications(connection: &Connection, [first, last]: [i64; 2], page: &mut RecordBatch<'_>) -> Result<()> {
    let mut statement = connection.prepare_cached(
        "SELECT record, question, user, value, reason, at, extra FROM adjudication WHERE record BETWEEN ?1 AND ?2",
    )?;
    let mut rows = statement.query([first, last])?;
    while let Some(row) = rows.next()? {
        let Some(record) = page.record(row.get(0)?) else { continue };
        let adjudication = Adjudication {
            user: UserId(row.get(2)?),
            value: serde_json::from_str(&row.get::<_, String>(3)?).unwrap_or_default(),
            reason: row.get(4)?,
            at: row.get(5)?,
            extra: extras::map(row, 6)?,
        };
        record.adjudications.insert(QuestionId(row.get(1)?), adjudication);
    }
    Ok(())
}

/// The record with a natural key, and its identity.
pub(super) fn by_key(connection: &Connection, dataset: DatasetId, key: &str) -> Result<Option<(RecordId, Uid)>> {
    Ok(connection
        .prepare_cached("SELECT id, uid FROM record WHERE dataset = ?1 AND natural_key = ?2")?
        .query_row(params![dataset.0, key], |row| Ok((RecordId(row.get(0)?), Uid(row.get(1)?))))
        .optional()?)
}

/// Puts what one person holds in the place of what stands, without an event; the version goes up, so that a save which
/// is based on the former is a conflict. Counters and sums are for whoever calls.
pub(super) fn put(
    connection: &Connection,
    dataset: DatasetId,
    user: UserId,
    record: RecordId,
    person: &Person,
    stands: bool,
) -> Result<()> {
    let plain = person.stamps == crate::model::Stamps::default() && person.note_extra.is_none();
    let marked = plain
        && stands
        && connection
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM mark WHERE user = ?1 AND record = ?2)")?
            .query_row([user.0, record.0], |row| row.get::<_, bool>(0))?;
    let alone = Entry { response: None, version: 0, ..person.entry.clone() } == Entry::default();
    if plain && !marked && alone && person.entry.response.is_some() {
        if stands {
            entry::forget_response(connection, user, record)?;
        }
        entry::add(connection, dataset, user, record, &person.entry)?;
    } else {
        entry::store(connection, dataset, user, record, &person.entry)?;
        stamp::put(connection, user, record, &person.stamps)?;
        if let Some(extra) = &person.note_extra {
            connection
                .prepare_cached("UPDATE mark SET extra = ?3 WHERE user = ?1 AND record = ?2")?
                .execute(params![user.0, record.0, extra])?;
        }
    }
    put_extra(connection, user, record, 1, person.extra.as_deref())?;
    for (pass, (response, extra)) in &person.passes {
        entry::put_pass(connection, dataset, user, record, *pass, response)?;
        put_extra(connection, user, record, *pass, extra.as_deref())?;
    }
    Ok(())
}

fn put_extra(connection: &Connection, user: UserId, record: RecordId, pass: i64, extra: Option<&str>) -> Result<()> {
    let Some(extra) = extra else { return Ok(()) };
    connection
        .prepare_cached("UPDATE response SET extra = ?4 WHERE user = ?1 AND record = ?2 AND pass = ?3")?
        .execute(params![user.0, record.0, pass, extra])?;
    Ok(())
}

/// Puts a suggestion in the place of what stands.
pub(super) fn put_suggestion(connection: &Connection, record: RecordId, suggested: &Suggested) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO suggestion (record, question, agent, value, scores, extra, at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT DO UPDATE SET value = ?4, scores = ?5, extra = ?6, at = ?7",
        )?
        .execute(params![
            record.0,
            suggested.question.0,
            suggested.agent,
            suggested.value,
            suggested.scores,
            suggested.extra,
            suggested.at,
        ])?;
    Ok(())
}
