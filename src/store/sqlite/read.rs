//! Reading: datasets, users, records, counters, scans.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::held;
use crate::model::transfer::SuggestionSpec;
use crate::model::{
    Dataset, DatasetId, Field, Hide, Label, Question, QuestionId, QuestionKind, Record, RecordId, Role, Uid, User,
    UserId, VectorSpace,
};
use crate::store::{AgentRating, Counts, Find, Result, StoreError, SuggestionsByRecord, VectorsByRecord};

/// Who was deleted stays as a row for the history, and is nobody here.
const USER: &str = "SELECT id, uid, name, role, login, disabled FROM user u
    WHERE NOT EXISTS (SELECT 1 FROM tombstone t WHERE t.uid = u.uid AND t.kind = 'user')";

fn user_of(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User {
        id: UserId(row.get(0)?),
        uid: Uid(row.get(1)?),
        name: row.get(2)?,
        role: Role::parse(&row.get::<_, String>(3)?).unwrap_or(Role::Annotator),
        login: row.get(4)?,
        workspaces: Vec::new(),
        disabled: row.get(5)?,
    })
}

pub(super) fn user(connection: &Connection, user: UserId) -> Result<Option<User>> {
    let mut statement = connection.prepare_cached(&format!("{USER} AND id = ?"))?;
    let Some(mut found) = statement.query_row([user.0], user_of).optional()? else { return Ok(None) };
    let mut statement = connection.prepare_cached(
        "SELECT w.name FROM workspace_user m JOIN workspace w ON w.id = m.workspace WHERE m.user = ? ORDER BY w.name",
    )?;
    found.workspaces = statement.query_map([user.0], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    Ok(Some(found))
}

pub(super) fn users(connection: &Connection) -> Result<Vec<User>> {
    let mut statement = connection.prepare_cached(&format!("{USER} ORDER BY id"))?;
    let rows = statement.query_map([], user_of)?;
    let mut users = rows.collect::<rusqlite::Result<Vec<User>>>()?;
    let mut statement = connection.prepare_cached(
        "SELECT m.user, w.name FROM workspace_user m JOIN workspace w ON w.id = m.workspace ORDER BY w.name",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let id = UserId(row.get(0)?);
        if let Some(user) = users.iter_mut().find(|user| user.id == id) {
            user.workspaces.push(row.get(1)?);
        }
    }
    Ok(users)
}

pub(super) fn has_answered(connection: &Connection, user: UserId) -> Result<bool> {
    Ok(connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM response WHERE user = ?1)
                 OR EXISTS (SELECT 1 FROM mark WHERE user = ?1 AND version > 0)",
        )?
        .query_row([user.0], |row| row.get(0))?)
}

pub(super) fn has_judged(connection: &Connection, user: UserId) -> Result<bool> {
    Ok(connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM adjudication WHERE user = ?)")?
        .query_row([user.0], |row| row.get(0))?)
}

pub(super) fn datasets(connection: &Connection) -> Result<Vec<Dataset>> {
    let mut statement = connection.prepare_cached(
        "SELECT d.id, d.uid, w.name, d.name, COALESCE(g.text, ''), d.guidelines_version, d.hide,
                d.min_submitted, d.record_order,
                NOT EXISTS (SELECT 1 FROM workspace_user m WHERE m.workspace = d.workspace)
         FROM dataset d JOIN workspace w ON w.id = d.workspace
         LEFT JOIN guidelines g ON g.dataset = d.id AND g.version = d.guidelines_version
         ORDER BY w.name, d.name",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(Dataset {
            id: DatasetId(row.get(0)?),
            uid: Uid(row.get(1)?),
            workspace: row.get(2)?,
            name: row.get(3)?,
            guidelines: row.get(4)?,
            guidelines_version: row.get(5)?,
            hide: Hide::parse(&row.get::<_, String>(6)?).unwrap_or_default(),
            min_submitted: row.get(7)?,
            order: row.get(8)?,
            open: row.get(9)?,
            fields: Vec::new(),
            questions: Vec::new(),
            vectors: Vec::new(),
        })
    })?;
    let mut datasets = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    for dataset in &mut datasets {
        dataset.fields = fields(connection, dataset.id)?;
        dataset.questions = questions(connection, dataset.id)?;
        dataset.vectors = vector_spaces(connection, dataset.id)?;
    }
    Ok(datasets)
}

fn fields(connection: &Connection, dataset: DatasetId) -> Result<Vec<Field>> {
    let mut statement =
        connection.prepare_cached("SELECT name, title, kind FROM field WHERE dataset = ? ORDER BY position")?;
    let rows = statement
        .query_map([dataset.0], |row| Ok(Field { name: row.get(0)?, title: row.get(1)?, kind: row.get(2)? }))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn vector_spaces(connection: &Connection, dataset: DatasetId) -> Result<Vec<VectorSpace>> {
    let mut statement =
        connection.prepare_cached("SELECT name, dimensions FROM vector_space WHERE dataset = ? ORDER BY id")?;
    let rows = statement.query_map([dataset.0], |row| {
        Ok(VectorSpace { name: row.get(0)?, dimensions: row.get::<_, u32>(1)? as usize })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn questions(connection: &Connection, dataset: DatasetId) -> Result<Vec<Question>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, uid, name, title, kind, required, min, max, label_set
         FROM question WHERE dataset = ? ORDER BY position",
    )?;
    let rows = statement.query_map([dataset.0], |row| {
        Ok(Question {
            id: QuestionId(row.get(0)?),
            uid: Uid(row.get(1)?),
            name: row.get(2)?,
            title: row.get(3)?,
            kind: QuestionKind::parse(&row.get::<_, String>(4)?).unwrap_or(QuestionKind::Text),
            required: row.get(5)?,
            min: row.get(6)?,
            max: row.get(7)?,
            label_set: row.get(8)?,
            labels: Vec::new(),
        })
    })?;
    let mut questions = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    for question in &mut questions {
        question.labels = labels(connection, question.id)?;
    }
    Ok(questions)
}

fn labels(connection: &Connection, question: QuestionId) -> Result<Vec<Label>> {
    let mut statement = connection.prepare_cached(
        "SELECT value, title, description, key, label_group, since, retired, exclusive, uid, exceptions,
                changed_at
         FROM label WHERE question = ? ORDER BY position",
    )?;
    let rows = statement.query_map([question.0], |row| {
        Ok(Label {
            value: row.get(0)?,
            title: row.get(1)?,
            description: row.get(2)?,
            key: row.get::<_, Option<String>>(3)?.and_then(|key| key.chars().next()),
            group: row.get(4)?,
            since: row.get(5)?,
            retired: row.get(6)?,
            exclusive: row.get(7)?,
            uid: Uid(row.get(8)?),
            exceptions: exceptions(row, 9)?,
            changed_at: row.get(10)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The label sets of which the contrary is true.
pub(super) fn exceptions(row: &Row<'_>, column: usize) -> rusqlite::Result<Vec<i64>> {
    match row.get_ref(column)?.as_str() {
        Ok("[]") | Err(_) => Ok(Vec::new()),
        Ok(text) => Ok(serde_json::from_str(text).unwrap_or_default()),
    }
}

pub(super) fn counts(connection: &Connection, dataset: DatasetId, user: UserId) -> Result<Counts> {
    let mut counts = Counts::default();
    let mut statement =
        connection.prepare_cached("SELECT name, value FROM counter WHERE dataset = ?1 AND user IN (0, ?2)")?;
    let mut rows = statement.query(params![dataset.0, user.0])?;
    while let Some(row) = rows.next()? {
        let value: i64 = row.get(1)?;
        match row.get_ref(0)?.as_str().unwrap_or_default() {
            "records" => counts.records = value,
            "assigned" => counts.assigned = Some(value),
            "submitted" => counts.submitted = value,
            "draft" => counts.drafts = value,
            "discarded" => counts.discarded = value,
            "changed" => counts.changed = value,
            _ => {}
        }
    }
    Ok(counts)
}

const RECORD: &str = "SELECT id, uid, external_id, position, fields, metadata, extra FROM record";

fn record_of(row: &Row<'_>) -> rusqlite::Result<Record> {
    let metadata: String = row.get(5)?;
    Ok(Record {
        id: RecordId(row.get(0)?),
        uid: Uid(row.get(1)?),
        external_id: row.get(2)?,
        position: row.get(3)?,
        fields: Record::texts(&row.get::<_, String>(4)?),
        metadata: serde_json::from_str(&metadata).unwrap_or_default(),
    })
}

pub(super) fn record(connection: &Connection, record: RecordId) -> Result<Record> {
    connection
        .prepare_cached(&format!("{RECORD} WHERE id = ?"))?
        .query_row([record.0], record_of)
        .optional()?
        .ok_or_else(|| StoreError::Missing(format!("there is no record {}", record.0)))
}

/// These, in the order they are named.
pub(super) fn records(connection: &Connection, records: &[RecordId]) -> Result<Vec<Record>> {
    let mut statement =
        connection.prepare_cached(&format!("{RECORD} WHERE id IN (SELECT value FROM json_each(?1))"))?;
    let rows = statement.query_map([held::list(records)], record_of)?;
    let found = rows.map(|record| record.map(|record| (record.id, record)));
    let found = found.collect::<rusqlite::Result<BTreeMap<_, _>>>()?;
    let missing = |id: &RecordId| StoreError::Missing(format!("there is no record {}", id.0));
    records.iter().map(|id| found.get(id).cloned().ok_or_else(|| missing(id))).collect()
}

pub(super) fn page(
    connection: &Connection,
    dataset: DatasetId,
    after: i64,
    limit: usize,
) -> Result<Vec<(Record, String)>> {
    let mut statement = connection
        .prepare_cached(&format!("{RECORD} WHERE dataset = ?1 AND position > ?2 ORDER BY position LIMIT ?3"))?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![dataset.0, after, limit], |row| Ok((record_of(row)?, row.get(6)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn find(connection: &Connection, dataset: DatasetId, what: &Find<'_>) -> Result<Option<RecordId>> {
    let id = |row: &Row<'_>| Ok(RecordId(row.get(0)?));
    let found = match what {
        Find::Position(position) => connection
            .prepare_cached("SELECT id FROM record WHERE dataset = ?1 AND position = ?2")?
            .query_row(params![dataset.0, position], id),
        Find::External(external) => connection
            .prepare_cached("SELECT id FROM record WHERE dataset = ?1 AND natural_key = ?2")?
            .query_row(params![dataset.0, format!("id:{external}")], id),
    };
    Ok(found.optional()?)
}

pub(super) fn vector(connection: &Connection, space: i64, record: RecordId) -> Result<Option<Vec<f32>>> {
    Ok(connection
        .prepare_cached("SELECT value FROM vector WHERE space = ?1 AND record = ?2")?
        .query_row(params![space, record.0], |row| Ok(floats(row.get_ref(0)?.as_blob().unwrap_or_default())))
        .optional()?)
}

fn floats(blob: &[u8]) -> Vec<f32> {
    blob.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}

pub(super) fn vectors(connection: &Connection, record: RecordId) -> Result<Vec<(String, Vec<f32>)>> {
    let mut statement = connection.prepare_cached(
        "SELECT s.name, v.value FROM vector_space s JOIN record r ON r.dataset = s.dataset
         JOIN vector v ON v.space = s.id AND v.record = r.id WHERE r.id = ? ORDER BY s.name",
    )?;
    let rows = statement
        .query_map([record.0], |row| Ok((row.get(0)?, floats(row.get_ref(1)?.as_blob().unwrap_or_default()))))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The vectors of some records by name, a statement a name; without `values` only which there are, by the index alone.
pub(super) fn vectors_among(
    connection: &Connection,
    dataset: DatasetId,
    records: &[RecordId],
    values: bool,
) -> Result<VectorsByRecord> {
    let of = "FROM vector v WHERE v.space = ?1 AND v.record IN (SELECT value FROM json_each(?2))";
    let mut statement = connection.prepare_cached(&if values {
        format!("SELECT v.record, v.value {of}")
    } else {
        format!("SELECT v.record, NULL {of}")
    })?;
    let mut spaces = connection.prepare_cached("SELECT id, name FROM vector_space WHERE dataset = ? ORDER BY name")?;
    let spaces = spaces.query_map([dataset.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut found = VectorsByRecord::new();
    for space in spaces.collect::<rusqlite::Result<Vec<(i64, String)>>>()? {
        let (id, name) = space;
        let mut rows = statement.query(params![id, held::list(records)])?;
        while let Some(row) = rows.next()? {
            let value = floats(row.get_ref(1)?.as_blob_or_null().unwrap_or(None).unwrap_or_default());
            found.entry(RecordId(row.get(0)?)).or_default().push((name.clone(), value));
        }
    }
    Ok(found)
}

pub(super) fn scan_vectors(
    connection: &Connection,
    dataset: DatasetId,
    name: &str,
    each: &mut dyn FnMut(RecordId, &[u8]),
) -> Result<()> {
    // Along the table itself: by way of the index each vector would be looked up on its own.
    let mut statement = connection.prepare_cached(
        "SELECT v.record, v.value FROM vector v NOT INDEXED
         WHERE v.space = (SELECT id FROM vector_space WHERE dataset = ?1 AND name = ?2)",
    )?;
    let mut rows = statement.query(params![dataset.0, name])?;
    while let Some(row) = rows.next()? {
        each(RecordId(row.get(0)?), row.get_ref(1)?.as_blob().unwrap_or_default());
    }
    Ok(())
}

pub(super) fn scan_judged(
    connection: &Connection,
    dataset: DatasetId,
    user: UserId,
    each: &mut dyn FnMut(AgentRating<'_>),
) -> Result<()> {
    let mut statement = connection.prepare_cached(
        "SELECT s.question, s.agent, s.value, a.labels FROM response p
         CROSS JOIN suggestion s ON s.record = p.record
         CROSS JOIN answer a ON a.question = s.question AND a.record = p.record AND a.user = p.user AND a.pass = 1
         WHERE p.user = ?1 AND p.dataset = ?2 AND p.status = 'submitted' AND p.pass = 1 AND a.labels IS NOT NULL",
    )?;
    let mut rows = statement.query(params![user.0, dataset.0])?;
    while let Some(row) = rows.next()? {
        let text = |column| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
        let labels = row.get_ref(3)?.as_blob().unwrap_or_default();
        each(AgentRating { question: QuestionId(row.get(0)?), agent: text(1)?, value: text(2)?, labels });
    }
    Ok(())
}

pub(super) fn suggestions(connection: &Connection, records: &[RecordId]) -> Result<SuggestionsByRecord> {
    let mut statement = connection.prepare_cached(
        "SELECT s.question, q.name, s.agent, s.value, s.scores, s.extra, s.record FROM suggestion s
         JOIN question q ON q.id = s.question WHERE s.record IN (SELECT value FROM json_each(?1))
         ORDER BY q.position, s.agent",
    )?;
    let json = |text: String| serde_json::from_str(&text).unwrap_or_default();
    let mut rows = statement.query([held::list(records)])?;
    let mut found = SuggestionsByRecord::new();
    while let Some(row) = rows.next()? {
        let suggestion = SuggestionSpec {
            question: row.get(1)?,
            agent: row.get(2)?,
            value: json(row.get(3)?),
            scores: row.get::<_, Option<String>>(4)?.map(json),
            extra: serde_json::from_str(&row.get::<_, String>(5)?).unwrap_or_default(),
        };
        found.entry(RecordId(row.get(6)?)).or_default().push((QuestionId(row.get(0)?), suggestion));
    }
    Ok(found)
}
