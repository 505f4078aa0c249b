//! Writing what does not come from a key press: users, datasets, labels, imports.

use rusqlite::{Connection, OptionalExtension, params};

use super::within::within;
use super::{agreement, capacity, entry, extras, search, whole};
use crate::model::keys::label_keys;
use crate::model::transfer::{DatasetSpec, LabelFull, LabelSpec, QuestionSpec, SuggestionSpec};
use crate::model::{DatasetId, EventKind, QuestionId, RecordId, Role, Suggested, Timestamp, Uid, User, UserId};
use crate::store::{Change, Content, NewEvent, NewRecord, Result, StoreError};

/// The user's uid is also the event's: it is new in both places.
pub(super) fn create_user(
    connection: &Connection,
    uid: &Uid,
    name: &str,
    role: Role,
    at: Timestamp,
    by: Option<UserId>,
) -> Result<User> {
    within(connection, || {
        let taken: bool = connection
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM user WHERE name = ?)")?
            .query_row([name], |row| row.get(0))?;
        if taken {
            return Err(StoreError::Missing(format!("there is already a user '{name}'")));
        }
        connection
            .prepare_cached("INSERT INTO user (uid, name, role, created_at) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![uid.0, name, role.word(), at.0])?;
        let id = UserId(connection.last_insert_rowid());
        let change = Change { event: uid.clone(), changeset: uid.clone(), user: by.or(Some(id)), at };
        let after = serde_json::json!({"name": name, "role": role.word()}).to_string();
        let logged = NewEvent { kind: EventKind::User, dataset: None, record: None, before: None, after: &after };
        extras::log(connection, &change, &logged)?;
        let name = name.to_owned();
        Ok(User { id, uid: uid.clone(), name, role, login: None, workspaces: Vec::new(), disabled: false })
    })
}

/// Gives a user another name, and remembers the login name they work under.
pub(super) fn name_user(connection: &Connection, user: UserId, name: &str, login: Option<&str>) -> Result<()> {
    let taken: bool = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM user WHERE name = ?1 AND id <> ?2)")?
        .query_row(params![name, user.0], |row| row.get(0))?;
    if taken {
        return Err(StoreError::Missing(format!("there is already a user '{name}'")));
    }
    connection
        .prepare_cached("UPDATE user SET name = ?2, login = ?3 WHERE id = ?1")?
        .execute(params![user.0, name, login])?;
    Ok(())
}

pub(super) fn create_dataset(
    connection: &Connection,
    spec: &DatasetSpec,
    at: Timestamp,
    uid: &mut dyn FnMut() -> Uid,
) -> Result<DatasetId> {
    let workspace = spec.workspace.as_deref().unwrap_or("default");
    connection.execute(
        "INSERT INTO workspace (uid, name) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        params![uid().0, workspace],
    )?;
    let guidelines = spec.guidelines.as_deref().filter(|text| !text.is_empty());
    let version = spec.guidelines_version.unwrap_or(i64::from(guidelines.is_some()));
    connection.execute(
        "INSERT INTO dataset (uid, workspace, name, hide, min_submitted, record_order, guidelines_version, extra,
                              header_extra, created_at)
         VALUES (?1, (SELECT id FROM workspace WHERE name = ?2), ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![
            uid().0,
            workspace,
            spec.name,
            spec.hide.as_deref().unwrap_or("others"),
            spec.min_submitted,
            spec.order.as_deref().unwrap_or("import"),
            version,
            extras::text(&spec.extra),
            extras::text(&spec.header_extra),
            at.0,
        ],
    )?;
    let dataset = DatasetId(connection.last_insert_rowid());
    if let Some(text) = guidelines {
        connection.execute(
            "INSERT INTO guidelines (dataset, version, text, at) VALUES (?1, ?2, ?3, ?4)",
            params![dataset.0, version, text, at.0],
        )?;
    }
    for (position, field) in spec.fields.iter().enumerate() {
        connection.execute(
            "INSERT INTO field (dataset, position, name, title, kind, extra) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                dataset.0,
                position as i64,
                field.name,
                field.title.as_deref().unwrap_or(&field.name),
                field.kind.as_deref().unwrap_or("text"),
                extras::text(&field.extra),
            ],
        )?;
    }
    for (position, question) in spec.questions.iter().enumerate() {
        create_question(connection, dataset, position, question, uid)?;
    }
    for vector in &spec.vectors {
        let space = vector_space(connection, dataset, &vector.name, vector.dimensions)?;
        connection
            .execute("UPDATE vector_space SET extra = ?2 WHERE id = ?1", params![space, extras::text(&vector.extra)])?;
    }
    Ok(dataset)
}

fn create_question(
    connection: &Connection,
    dataset: DatasetId,
    position: usize,
    spec: &QuestionSpec,
    uid: &mut dyn FnMut() -> Uid,
) -> Result<()> {
    let labels: Vec<LabelFull> = spec.labels.iter().cloned().map(LabelSpec::full).collect();
    let newest = |label: &LabelFull| {
        let last_exception = label.exceptions.last().map_or(1, |set| set + 1);
        label.since.unwrap_or(1).max(label.retired.unwrap_or(1)).max(last_exception)
    };
    let set = labels.iter().map(newest).max().unwrap_or(1);
    connection.execute(
        "INSERT INTO question (uid, dataset, position, name, title, kind, required, min, max, label_set, extra)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        params![
            uid().0,
            dataset.0,
            position as i64,
            spec.name,
            spec.title.as_deref().unwrap_or(&spec.name),
            spec.kind,
            spec.required.unwrap_or(position == 0),
            spec.min,
            spec.max,
            set,
            extras::text(&spec.extra),
        ],
    )?;
    let question = QuestionId(connection.last_insert_rowid());
    insert_labels(connection, question, &labels, &[], 1, uid)
}

fn insert_labels(
    connection: &Connection,
    question: QuestionId,
    labels: &[LabelFull],
    there: &[(String, Option<char>)],
    since: i64,
    uid: &mut dyn FnMut() -> Uid,
) -> Result<()> {
    let title = |label: &LabelFull| label.title.clone().unwrap_or_else(|| label.value.clone());
    let key = |label: &LabelFull| label.key.as_ref().and_then(|key| key.chars().next());
    let all: Vec<(String, Option<char>)> =
        there.iter().cloned().chain(labels.iter().map(|label| (title(label), key(label)))).collect();
    let all: Vec<(&str, Option<char>)> = all.iter().map(|(title, key)| (title.as_str(), *key)).collect();
    let keys = label_keys(&all);
    let mut statement = connection.prepare_cached(
        "INSERT INTO label (question, position, uid, value, title, description, key, label_group, since, retired, extra,
             exclusive, exceptions) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    )?;
    for (index, label) in labels.iter().enumerate() {
        let index = there.len() + index;
        statement.execute(params![
            question.0,
            index as i64,
            uid().0,
            label.value,
            title(label),
            label.description.as_deref().unwrap_or_default(),
            keys[index].map(String::from),
            label.group,
            label.since.unwrap_or(since),
            label.retired,
            extras::text(&label.extra),
            label.exclusive.unwrap_or(false),
            serde_json::json!(label.exceptions).to_string(),
        ])?;
    }
    Ok(())
}

pub(super) fn add_labels(
    connection: &Connection,
    question: QuestionId,
    labels: &[LabelFull],
    change: &Change,
    uid: &mut dyn FnMut() -> Uid,
) -> Result<()> {
    within(connection, || {
        let (set, dataset): (i64, i64) =
            connection.query_row("SELECT label_set, dataset FROM question WHERE id = ?", [question.0], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        let there = connection
            .prepare_cached("SELECT title, key FROM label WHERE question = ? ORDER BY position")?
            .query_map([question.0], |row| {
                Ok((row.get(0)?, row.get::<_, Option<String>>(1)?.and_then(|key| key.chars().next())))
            })?
            .collect::<rusqlite::Result<Vec<(String, Option<char>)>>>()?;
        // Labels of a question that nobody was offered yet belong to its first set.
        let set = if there.is_empty() { set } else { set + 1 };
        connection.execute("UPDATE question SET label_set = ?2 WHERE id = ?1", params![question.0, set])?;
        insert_labels(connection, question, labels, &there, set, uid)?;
        // Answers that were given before were offered these labels only where the label set is an older one.
        if there.is_empty() || labels.iter().any(|label| label.since.is_some()) {
            agreement::recount(connection, question)?;
        }
        let values: Vec<&str> = labels.iter().map(|label| label.value.as_str()).collect();
        let name: String =
            connection.query_row("SELECT name FROM question WHERE id = ?", [question.0], |row| row.get(0))?;
        let after = serde_json::json!({"question": name, "label_set": set, "added": values}).to_string();
        let dataset = Some(DatasetId(dataset));
        extras::log(
            connection,
            change,
            &NewEvent { kind: EventKind::Labels, dataset, record: None, before: None, after: &after },
        )
    })
}

pub(super) fn replace_record(
    connection: &Connection,
    id: RecordId,
    record: &NewRecord<'_>,
    at: Option<i64>,
) -> Result<()> {
    connection
        .prepare_cached(
            "UPDATE record SET fields = ?2, metadata = ?3, extra = ?4, version = version + 1, changed_at = ?5 WHERE id = ?1",
        )?
        .execute(params![id.0, record.fields, record.metadata, record.extra, at])?;
    search::index_again(connection, id, record.fields)
}

pub(super) fn content(connection: &Connection, dataset: DatasetId, natural_key: &str) -> Result<Option<Content>> {
    Ok(connection
        .prepare_cached("SELECT id, fields, metadata, extra FROM record WHERE dataset = ?1 AND natural_key = ?2")?
        .query_row(params![dataset.0, natural_key], |row| {
            Ok(Content { id: RecordId(row.get(0)?), fields: row.get(1)?, metadata: row.get(2)?, extra: row.get(3)? })
        })
        .optional()?)
}

pub(super) fn add_record(connection: &Connection, dataset: DatasetId, record: &NewRecord<'_>) -> Result<RecordId> {
    connection
        .prepare_cached(
            "INSERT INTO record (uid, dataset, position, external_id, natural_key, fields, metadata, extra)
             VALUES (?1, ?2, (SELECT COALESCE(max(position), 0) + 1 FROM record WHERE dataset = ?2),
                     ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            record.uid.0,
            dataset.0,
            record.external_id,
            record.natural_key,
            record.fields,
            record.metadata,
            record.extra,
        ])?;
    Ok(RecordId(connection.last_insert_rowid()))
}

pub(super) fn vector_space(connection: &Connection, dataset: DatasetId, name: &str, dimensions: usize) -> Result<i64> {
    let known: Option<(i64, usize)> = connection
        .prepare_cached("SELECT id, dimensions FROM vector_space WHERE dataset = ?1 AND name = ?2")?
        .query_row(params![dataset.0, name], |row| Ok((row.get(0)?, row.get::<_, u32>(1)? as usize)))
        .optional()?;
    match known {
        Some((id, known)) if known == dimensions => Ok(id),
        Some((_, known)) => {
            Err(StoreError::Missing(format!("vector '{name}' has {known} dimensions here, not {dimensions}")))
        }
        None => {
            connection.execute(
                "INSERT INTO vector_space (dataset, name, dimensions) VALUES (?1, ?2, ?3)",
                params![dataset.0, name, dimensions as i64],
            )?;
            Ok(connection.last_insert_rowid())
        }
    }
}

pub(super) fn put_vector(connection: &Connection, space: i64, record: RecordId, value: &[f32]) -> Result<()> {
    let bytes: Vec<u8> = value.iter().flat_map(|number| number.to_le_bytes()).collect();
    connection
        .prepare_cached(
            "INSERT INTO vector (space, record, value) VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET value = ?3",
        )?
        .execute(params![space, record.0, bytes])?;
    Ok(())
}

pub(super) fn put_suggestion(
    connection: &Connection,
    record: RecordId,
    question: QuestionId,
    suggestion: &SuggestionSpec,
    at: Option<i64>,
) -> Result<()> {
    let suggested = Suggested {
        question,
        agent: suggestion.agent.clone(),
        value: suggestion.value.to_string(),
        scores: suggestion.scores.as_ref().map(ToString::to_string),
        extra: extras::text(&suggestion.extra),
        at,
    };
    whole::put_suggestion(connection, record, &suggested)
}

pub(super) fn finish(
    connection: &Connection,
    dataset: DatasetId,
    event: &Uid,
    user: Option<UserId>,
    at: Timestamp,
    what: &str,
) -> Result<()> {
    connection.execute(
        "INSERT INTO event (uid, user, at, step, kind, dataset, after) VALUES (?1, ?2, ?3, ?1, 'import', ?4, ?5)",
        params![event.0, user.map(|user| user.0), at.0, dataset.0, what],
    )?;
    recount(connection, dataset)?;
    search::index_new(connection)
}

/// Counts everything of a dataset anew that follows from its rows.
pub(super) fn recount(connection: &Connection, dataset: DatasetId) -> Result<()> {
    for table in ["counter", "submitted_per_quarter_hour"] {
        connection.execute(&format!("DELETE FROM {table} WHERE dataset = ?"), [dataset.0])?;
    }
    for count in [
        "INSERT INTO counter (dataset, name, value) SELECT ?1, 'records', count(*) FROM record WHERE dataset = ?1",
        // Person by person along their index, which is in this order already.
        "INSERT INTO counter (dataset, user, name, value)
         SELECT ?1, u.id, p.status, count(*) FROM user u
         CROSS JOIN response p INDEXED BY response_by_user ON p.user = u.id AND p.dataset = ?1
         WHERE p.pass = 1 GROUP BY u.id, p.status",
        "INSERT INTO counter (dataset, user, name, value)
         SELECT dataset, user, 'changed', count(*) FROM mark WHERE dataset = ?1 AND working IS NOT NULL GROUP BY user",
    ] {
        connection.execute(count, [dataset.0])?;
    }
    entry::recount_quarters(connection, dataset)?;
    capacity::recount(connection, dataset)?;
    agreement::recount_all(connection, dataset)
}
