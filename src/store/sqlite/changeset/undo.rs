//! Takes a step back: its rows in reverse, each only where it still stands as the step left it.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, params, params_from_iter};
use serde_json::Value;

use super::table::JournalTable;
use super::{begin, range, stop};
use crate::model::{DatasetId, EventKind, RecordId};
use crate::store::sqlite::within::{Meanwhile, within};
use crate::store::sqlite::{bulk, capacity, extras, search};
use crate::store::{Change, NewEvent, Result, StoreError};

/// What a step touched beside the rows themselves.
#[derive(Default)]
struct UndoEffects {
    datasets: BTreeSet<i64>,
    questions: BTreeSet<i64>,
    records: BTreeSet<i64>,
    gone: BTreeSet<i64>,
}

/// Takes back everything that `step` wrote down, as a step of its own; tells how many rows that were.
///
/// # Errors
/// [`StoreError::Overtaken`] when something of it was changed since: then nothing is changed.
pub(in crate::store::sqlite) fn undo(
    connection: &Connection,
    step: &str,
    seq: i64,
    change: &Change,
    after: &str,
) -> Result<usize> {
    // Rows go in reverse, so that what refers to a row goes before it; what would be left dangling is looked for below.
    // Within a transaction this changes nothing: whoever began that has done so before.
    let _loose =
        if connection.is_autocommit() { Some(Meanwhile::set(connection, "foreign_keys", "OFF", "ON")?) } else { None };
    within(connection, || {
        begin(connection, &change.changeset)?;
        let count = rows(connection, step, seq)?;
        stop(connection)?;
        let logged = NewEvent { kind: EventKind::UndoChangeset, dataset: None, record: None, before: None, after };
        extras::log(connection, change, &logged)?;
        connection.execute("UPDATE event SET reverses = ?2 WHERE uid = ?1", params![change.event.0, seq])?;
        Ok(count)
    })
}

fn rows(connection: &Connection, step: &str, seq: i64) -> Result<usize> {
    let mut statement =
        connection.prepare("SELECT table_name, before, after, seq FROM step_row WHERE step = ? ORDER BY seq DESC")?;
    let all = statement
        .query_map([step], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?
        .collect::<rusqlite::Result<Vec<(String, Option<String>, Option<String>, i64)>>>()?;
    let newest = all.first().map_or(0, |row| row.3);
    let mut touched = UndoEffects::default();
    for (name, before, after, _) in &all {
        if name == "record range" {
            // Before the questions and people go that its answers are found by.
            if let Some(ends) = after.as_deref().and_then(range) {
                take_range(connection, ends, seq, newest, &mut touched)?;
            }
        } else if let Some(table) = JournalTable::named(name) {
            one(connection, table, before.as_deref(), after.as_deref(), &mut touched)?;
        }
    }
    dangling(connection, &touched)?;
    settle(connection, &touched)?;
    Ok(all.len())
}

fn one(
    connection: &Connection,
    table: &JournalTable,
    before: Option<&str>,
    after: Option<&str>,
    touched: &mut UndoEffects,
) -> Result<()> {
    let parse = |text: &str| serde_json::from_str::<Vec<Value>>(text).unwrap_or_default();
    let Some(row) = after.or(before).map(parse) else { return Ok(()) };
    let key = &table.values(&row)[..table.keys];
    touched.note(table, &row, before.is_none());
    let new = before.is_none();
    let sql = format!("SELECT {} FROM {} WHERE {}", table.row("", new), table.name, table.is_key());
    let now: Option<String> =
        connection.prepare_cached(&sql)?.query_row(params_from_iter(key), |row| row.get(0)).optional()?;
    if now.as_deref() != after {
        return Err(StoreError::Overtaken);
    }
    match before {
        None if table.name == "mark" => blank_mark(connection, key),
        None if table.name == "user" => drop_user(connection, key),
        None => {
            let sql = format!("DELETE FROM {} WHERE {}", table.name, table.is_key());
            connection.prepare_cached(&sql)?.execute(params_from_iter(key))?;
            Ok(())
        }
        Some(text) => write(connection, table, &parse(text)),
    }
}

/// Puts a row back as it was.
fn write(connection: &Connection, table: &JournalTable, row: &[Value]) -> Result<()> {
    let set: Vec<String> =
        (table.keys..table.columns.len()).map(|at| format!("{0} = excluded.{0}", table.columns[at])).collect();
    let update = if set.is_empty() { String::from("NOTHING") } else { format!("UPDATE SET {}", set.join(", ")) };
    let sql = format!(
        "INSERT INTO {} ({}) VALUES ({}) ON CONFLICT ({}) DO {update}",
        table.name,
        table.columns.join(", "),
        table.places(),
        table.columns[..table.keys].join(", ")
    );
    connection.prepare_cached(&sql)?.execute(params_from_iter(table.values(row)))?;
    Ok(())
}

/// A new mark goes, unless it holds what was seen since: that stays seen.
fn blank_mark(connection: &Connection, key: &[rusqlite::types::Value]) -> Result<()> {
    let gone = connection
        .prepare_cached("DELETE FROM mark WHERE user = ?1 AND record = ?2 AND seen_others = 0 AND seen_agents = '[]'")?
        .execute(params_from_iter(key))?;
    if gone == 0 {
        connection
            .prepare_cached(
                "UPDATE mark SET version = version + 1, working = NULL, note = NULL, flag = 0, extra = '{}', stamps = '{}'
                 WHERE user = ?1 AND record = ?2",
            )?
            .execute(params_from_iter(key))?;
    }
    Ok(())
}

/// A new user goes, unless the history speaks of them.
fn drop_user(connection: &Connection, key: &[rusqlite::types::Value]) -> Result<()> {
    connection
        .prepare_cached("DELETE FROM user WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM event WHERE user = ?1)")?
        .execute(params_from_iter(key))?;
    Ok(())
}

impl UndoEffects {
    fn note(&mut self, table: &JournalTable, row: &[Value], new: bool) {
        let number = |column: usize| row.get(column).and_then(Value::as_i64);
        self.datasets.extend(table.dataset.and_then(number));
        match table.name {
            "label" => self.questions.extend(number(0)),
            "record" => {
                self.records.extend(number(0));
                if new {
                    self.gone.extend(number(0));
                }
            }
            _ => {}
        }
    }
}

/// Takes away the records that an import made, with all that hangs on them.
fn take_range(
    connection: &Connection,
    (first, last): (RecordId, RecordId),
    seq: i64,
    newest: i64,
    touched: &mut UndoEffects,
) -> Result<()> {
    let ends = params![first.0, last.0];
    let worked: bool = connection.query_row(
        // Steps that were undone meanwhile, and the undoing of them, are as if they had not been.
        "WITH live AS (SELECT u.step, u.reverses FROM event u WHERE u.kind = 'undo step' AND NOT EXISTS (
                 SELECT 1 FROM event w WHERE w.kind = 'undo step' AND w.reverses = u.seq)),
             gone AS (SELECT step FROM live UNION SELECT e.step FROM event e JOIN live ON live.reverses = e.seq)
         SELECT EXISTS (SELECT 1 FROM event WHERE seq > ?3 AND record BETWEEN ?1 AND ?2 AND step NOT IN (SELECT step FROM gone))
             OR EXISTS (SELECT 1 FROM step_row WHERE seq > ?4 AND step <> (SELECT step FROM event WHERE seq = ?3)
                AND step NOT IN (SELECT step FROM gone)
                AND (table_name IN ('response', 'suggestion', 'adjudication', 'record')
                        AND COALESCE(after, before) ->> 0 BETWEEN ?1 AND ?2
                  OR table_name IN ('mark', 'answer', 'vector') AND COALESCE(after, before) ->> 1 BETWEEN ?1 AND ?2))",
        params![first.0, last.0, seq, newest],
        |row| row.get(0),
    )?;
    if worked {
        return Err(StoreError::Overtaken);
    }
    let datasets = connection
        .prepare("SELECT DISTINCT dataset FROM record WHERE id BETWEEN ?1 AND ?2")?
        .query_map(ends, |row| row.get::<_, i64>(0))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    for sql in [
        "DELETE FROM answer WHERE question IN (SELECT id FROM question) AND record BETWEEN ?1 AND ?2",
        "DELETE FROM response WHERE record BETWEEN ?1 AND ?2",
        "DELETE FROM mark WHERE user IN (SELECT id FROM user) AND record BETWEEN ?1 AND ?2",
        "DELETE FROM suggestion WHERE record BETWEEN ?1 AND ?2",
        "DELETE FROM adjudication WHERE record BETWEEN ?1 AND ?2",
        "DELETE FROM vector WHERE space IN (SELECT id FROM vector_space) AND record BETWEEN ?1 AND ?2",
        "DELETE FROM record_text WHERE rowid BETWEEN ?1 AND ?2",
        "DELETE FROM record WHERE id BETWEEN ?1 AND ?2",
        "UPDATE event SET record = NULL WHERE record BETWEEN ?1 AND ?2",
    ] {
        connection.execute(sql, ends)?;
    }
    touched.datasets.extend(datasets);
    Ok(())
}

/// Whether something hangs on what went that the step did not bring.
fn dangling(connection: &Connection, touched: &UndoEffects) -> Result<()> {
    let mut hangs = connection.prepare_cached(
        "SELECT NOT EXISTS (SELECT 1 FROM record WHERE id = ?1) AND (
             EXISTS (SELECT 1 FROM response WHERE record = ?1) OR EXISTS (SELECT 1 FROM suggestion WHERE record = ?1)
             OR EXISTS (SELECT 1 FROM adjudication WHERE record = ?1)
             OR EXISTS (SELECT 1 FROM user u CROSS JOIN mark m ON m.user = u.id AND m.record = ?1)
             OR EXISTS (SELECT 1 FROM vector_space s CROSS JOIN vector v ON v.space = s.id AND v.record = ?1))",
    )?;
    for record in &touched.gone {
        if hangs.query_row([record], |row| row.get(0))? {
            return Err(StoreError::Overtaken);
        }
    }
    for sql in [
        "SELECT EXISTS (SELECT 1 FROM record WHERE dataset NOT IN (SELECT id FROM dataset))",
        "SELECT EXISTS (SELECT 1 FROM response WHERE user NOT IN (SELECT id FROM user))",
        "SELECT EXISTS (SELECT 1 FROM mark WHERE user NOT IN (SELECT id FROM user))",
        "SELECT EXISTS (SELECT 1 FROM dataset WHERE workspace NOT IN (SELECT id FROM workspace))",
    ] {
        if connection.query_row(sql, [], |row| row.get(0))? {
            return Err(StoreError::Overtaken);
        }
    }
    Ok(())
}

/// Counts anew what follows from the rows.
fn settle(connection: &Connection, touched: &UndoEffects) -> Result<()> {
    capacity::forget_gone(connection)?;
    let mut fields = connection.prepare_cached("SELECT fields FROM record WHERE id = ?")?;
    for record in &touched.records {
        match fields.query_row([record], |row| row.get::<_, String>(0)).optional()? {
            Some(fields) => search::index_again(connection, RecordId(*record), &fields)?,
            None => drop(connection.prepare_cached("DELETE FROM record_text WHERE rowid = ?")?.execute([record])?),
        }
    }
    connection.execute_batch("CREATE TEMP TABLE IF NOT EXISTS gone (record INTEGER PRIMARY KEY)")?;
    for record in &touched.gone {
        connection
            .prepare_cached(
                "INSERT OR IGNORE INTO temp.gone SELECT ?1 WHERE NOT EXISTS (SELECT 1 FROM record WHERE id = ?1)",
            )?
            .execute([record])?;
    }
    connection.execute_batch(
        "UPDATE event SET record = NULL WHERE record IN (SELECT record FROM temp.gone); DROP TABLE temp.gone",
    )?;
    let mut datasets = touched.datasets.clone();
    for question in &touched.questions {
        datasets.extend(
            connection
                .prepare_cached("SELECT dataset FROM question WHERE id = ?")?
                .query_row([question], |row| row.get::<_, i64>(0))
                .optional()?,
        );
    }
    for dataset in datasets {
        bulk::recount(connection, DatasetId(dataset))?;
    }
    for sql in [
        "DELETE FROM counter WHERE dataset NOT IN (SELECT id FROM dataset)",
        "DELETE FROM submitted_per_quarter_hour WHERE dataset NOT IN (SELECT id FROM dataset)",
        "DELETE FROM agreement_class WHERE question NOT IN (SELECT id FROM question)",
    ] {
        connection.execute(sql, [])?;
    }
    Ok(())
}
