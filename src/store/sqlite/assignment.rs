//! Plans, control records, and how far people are.

use rusqlite::{Connection, OptionalExtension, params};
use serde_json::{Value, json};

use super::capacity::Whose;
use super::queue;
use super::within::within;
use super::{SqliteStore, capacity, extras, lease};
use crate::model::{
    Capacity, Control, DatasetId, EventKind, LeaseRequest, Plan, QuestionId, RecordId, Setup, Spot, Status, Timestamp,
    Uid, UserId,
};
use crate::store::{AssignmentStore, Change, NewEvent, RecordRaters, Result};

impl AssignmentStore for SqliteStore {
    fn set_up(&mut self, dataset: DatasetId, setup: &Setup, change: &Change) -> Result<()> {
        within(&self.connection, || set_up(&self.connection, dataset, setup, change))
    }

    fn plan(&mut self, dataset: DatasetId) -> Result<Option<Plan>> {
        plan(&self.connection, dataset)
    }

    fn set_plan(
        &mut self,
        dataset: DatasetId,
        plan: Option<&Plan>,
        slots: &[Capacity],
        named: &[(RecordId, UserId)],
        change: &Change,
    ) -> Result<()> {
        within(&self.connection, || set_plan(&self.connection, dataset, plan, slots, named, change))
    }

    fn scan_raters(
        &mut self,
        dataset: DatasetId,
        stratify: Option<&str>,
        each: &mut dyn FnMut(RecordRaters),
    ) -> Result<()> {
        scan_raters(&self.connection, dataset, stratify, each)
    }

    fn take_lease(&mut self, take: &LeaseRequest<'_>) -> Result<Option<Spot>> {
        lease::take_lease(&self.connection, take)
    }

    fn hold_lease(&mut self, take: &LeaseRequest<'_>, record: RecordId) -> Result<bool> {
        lease::hold_lease(&self.connection, take, record)
    }

    fn renew_leases(&mut self, session: &Uid, now: Timestamp, until: Timestamp) -> Result<()> {
        if holds(&self.connection, session)? {
            within(&self.connection, || {
                self.connection
                    .prepare_cached("UPDATE lease SET until = ?3 WHERE session = ?1 AND until > ?2")?
                    .execute(params![session.0, now.0, until.0])?;
                Ok(())
            })?;
        }
        Ok(())
    }

    fn release(&mut self, session: &Uid) -> Result<()> {
        if holds(&self.connection, session)? {
            within(&self.connection, || {
                self.connection.prepare_cached("DELETE FROM lease WHERE session = ?")?.execute([&session.0])?;
                Ok(())
            })?;
        }
        Ok(())
    }

    fn pending(&mut self, dataset: DatasetId, user: UserId) -> Result<u64> {
        queue::all_pending(&self.connection, Whose { dataset, user })
    }

    fn completed(&mut self, dataset: DatasetId) -> Result<u64> {
        let limited = capacity::Limits::of(&self.connection, dataset)?.slots;
        let sql = if limited {
            "SELECT (SELECT count(*) FROM slot WHERE dataset = ?1 AND submitted >= wanted)
                  + (SELECT count(*) FROM control c WHERE c.dataset = ?1 AND EXISTS (SELECT 1 FROM response p
                     WHERE p.record = c.record AND p.status = 'submitted' AND p.pass = 1))"
        } else {
            "SELECT count(DISTINCT record) FROM response WHERE dataset = ? AND status = 'submitted' AND pass = 1"
        };
        let count: i64 = self.connection.prepare_cached(sql)?.query_row([dataset.0], |row| row.get(0))?;
        Ok(count as u64)
    }

    fn assigned(&mut self, dataset: DatasetId) -> Result<Vec<(UserId, u64)>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT user, count(*) + (SELECT count(*) FROM control WHERE dataset = ?1) FROM assignment
                 WHERE dataset = ?1 GROUP BY user ORDER BY user",
        )?;
        let rows = statement.query_map([dataset.0], |row| Ok((UserId(row.get(0)?), row.get::<_, i64>(1)? as u64)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn paces(&mut self, dataset: DatasetId, user: UserId) -> Result<Vec<i64>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT active_ms FROM response WHERE user = ?1 AND dataset = ?2 AND status = 'submitted' AND pass = 1
             AND active_ms IS NOT NULL ORDER BY active_ms",
        )?;
        let rows = statement.query_map([user.0, dataset.0], |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn quarters(&mut self, dataset: DatasetId) -> Result<Vec<(UserId, i64, i64)>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT user, quarter, value FROM submitted_per_quarter_hour WHERE dataset = ? AND value > 0
             ORDER BY user, quarter",
        )?;
        let rows = statement.query_map([dataset.0], |row| Ok((UserId(row.get(0)?), row.get(1)?, row.get(2)?)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn controls(&mut self, dataset: DatasetId) -> Result<Vec<Control>> {
        let mut statement =
            self.connection.prepare_cached("SELECT record, answers FROM control WHERE dataset = ? ORDER BY record")?;
        let rows = statement.query_map([dataset.0], |row| {
            let answers = serde_json::from_str(&row.get::<_, String>(1)?).unwrap_or_default();
            Ok(Control { record: RecordId(row.get(0)?), answers })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn set_controls(&mut self, dataset: DatasetId, controls: &[Control], change: &Change) -> Result<()> {
        within(&self.connection, || set_controls(&self.connection, dataset, controls, change))
    }

    fn positives(&mut self, question: QuestionId, user: Option<UserId>) -> Result<(u64, Vec<u64>)> {
        positives(&self.connection, question, user)
    }
}

fn holds(connection: &Connection, session: &Uid) -> Result<bool> {
    Ok(connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM lease WHERE session = ?)")?
        .query_row([&session.0], |row| row.get(0))?)
}

fn log(
    connection: &Connection,
    kind: EventKind,
    dataset: DatasetId,
    change: &Change,
    before: &Value,
    after: &Value,
) -> Result<()> {
    let (before, after) = (before.to_string(), after.to_string());
    let logged = NewEvent { kind, dataset: Some(dataset), record: None, before: Some(&before), after: &after };
    extras::log(connection, change, &logged)
}

fn set_up(connection: &Connection, dataset: DatasetId, setup: &Setup, change: &Change) -> Result<()> {
    let (least, hide, order, version): (Option<u32>, String, String, i64) = connection.query_row(
        "SELECT min_submitted, hide, record_order, guidelines_version FROM dataset WHERE id = ?",
        [dataset.0],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
    )?;
    let (mut before, mut after) = (json!({}), json!({}));
    let mut set = |column: &str, from: Value, to: Value, value: &dyn rusqlite::ToSql| -> Result<()> {
        connection.execute(&format!("UPDATE dataset SET {column} = ?2 WHERE id = ?1"), params![dataset.0, value])?;
        (before[column], after[column]) = (from, to);
        Ok(())
    };
    if let Some(new) = setup.min_submitted {
        set("min_submitted", json!(least), json!(new), &new)?;
    }
    if let Some(new) = setup.hide {
        set("hide", json!(hide), json!(new.word()), &new.word())?;
    }
    if let Some(new) = &setup.order {
        set("record_order", json!(order), json!(new), new)?;
    }
    if let Some(text) = &setup.guidelines {
        connection.execute(
            "INSERT INTO guidelines (dataset, version, text, at) VALUES (?1, ?2, ?3, ?4)",
            params![dataset.0, version + 1, text, change.at.0],
        )?;
        set("guidelines_version", json!(version), json!(version + 1), &(version + 1))?;
    }
    if setup.min_submitted.is_some() {
        connection.execute(
            "DELETE FROM slot WHERE dataset = ?1 AND NOT EXISTS (SELECT 1 FROM plan WHERE dataset = ?1)",
            [dataset.0],
        )?;
        capacity::recount(connection, dataset)?;
    }
    log(connection, EventKind::Dataset, dataset, change, &before, &after)
}

fn plan(connection: &Connection, dataset: DatasetId) -> Result<Option<Plan>> {
    Ok(connection
        .prepare_cached("SELECT overlap, raters, seed, stratify, people FROM plan WHERE dataset = ?")?
        .query_row([dataset.0], |row| {
            let people: Vec<(i64, Option<u64>)> = serde_json::from_str(&row.get::<_, String>(4)?).unwrap_or_default();
            Ok(Plan {
                overlap: row.get(0)?,
                raters: row.get(1)?,
                seed: row.get::<_, i64>(2)? as u64,
                stratify: row.get(3)?,
                people: people.into_iter().map(|(user, quota)| (UserId(user), quota)).collect(),
            })
        })
        .optional()?)
}

/// A plan as events tell it.
fn plan_json(plan: Option<&Plan>) -> Value {
    plan.map_or(Value::Null, |plan| {
        json!({
            "overlap": plan.overlap, "raters": plan.raters, "seed": plan.seed, "stratify": plan.stratify,
            "people": plan.people.len(),
        })
    })
}

fn set_plan(
    connection: &Connection,
    dataset: DatasetId,
    plan: Option<&Plan>,
    slots: &[Capacity],
    named: &[(RecordId, UserId)],
    change: &Change,
) -> Result<()> {
    let former = self::plan(connection, dataset)?;
    for table in ["plan", "slot", "assignment"] {
        connection.execute(&format!("DELETE FROM {table} WHERE dataset = ?"), [dataset.0])?;
    }
    if let Some(plan) = plan {
        let people: Vec<(i64, Option<u64>)> = plan.people.iter().map(|(user, quota)| (user.0, *quota)).collect();
        connection.execute(
            "INSERT INTO plan (dataset, overlap, raters, seed, stratify, people, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                dataset.0,
                plan.overlap,
                plan.raters,
                plan.seed as i64,
                plan.stratify,
                json!(people).to_string(),
                change.at.0,
            ],
        )?;
        let named_only = !plan.people.is_empty();
        let mut slot =
            connection.prepare_cached("INSERT INTO slot (record, dataset, wanted, named) VALUES (?1, ?2, ?3, ?4)")?;
        for Capacity { record, wanted } in slots {
            slot.execute(params![record.0, dataset.0, wanted, named_only])?;
        }
        let mut assignment =
            connection.prepare_cached("INSERT INTO assignment (record, user, dataset) VALUES (?1, ?2, ?3)")?;
        for (record, user) in named {
            assignment.execute([record.0, user.0, dataset.0])?;
        }
    }
    capacity::recount(connection, dataset)?;
    log(connection, EventKind::Assign, dataset, change, &plan_json(former.as_ref()), &plan_json(plan))
}

fn scan_raters(
    connection: &Connection,
    dataset: DatasetId,
    stratify: Option<&str>,
    each: &mut dyn FnMut(RecordRaters),
) -> Result<()> {
    let mut statement = connection.prepare_cached(
        "SELECT r.id, r.metadata, p.user, p.status FROM record r
         LEFT JOIN response p ON p.record = r.id AND p.pass = 1
         WHERE r.dataset = ?1 AND NOT EXISTS (SELECT 1 FROM control c WHERE c.record = r.id)
         ORDER BY r.position",
    )?;
    let mut rows = statement.query([dataset.0])?;
    let mut current: Option<RecordRaters> = None;
    while let Some(row) = rows.next()? {
        let record = RecordId(row.get(0)?);
        if current.as_ref().is_none_or(|given| given.record != record) {
            current.take().into_iter().for_each(&mut *each);
            let metadata = row.get_ref(1)?.as_str().unwrap_or_default();
            let stratum = stratify.map(|key| value(metadata, key)).unwrap_or_default();
            current = Some(RecordRaters { record, stratum, people: Vec::new() });
        }
        let user: Option<i64> = row.get(2)?;
        if let (Some(given), Some(user)) = (&mut current, user) {
            let status = Status::parse(row.get_ref(3)?.as_str().unwrap_or_default()).unwrap_or(Status::Draft);
            given.people.push((UserId(user), status));
        }
    }
    current.into_iter().for_each(each);
    Ok(())
}

/// A key of an object, as JSON.
fn value(metadata: &str, key: &str) -> String {
    let metadata: serde_json::Map<String, Value> = serde_json::from_str(metadata).unwrap_or_default();
    metadata.get(key).map(ToString::to_string).unwrap_or_default()
}

fn set_controls(connection: &Connection, dataset: DatasetId, controls: &[Control], change: &Change) -> Result<()> {
    let former: i64 =
        connection.query_row("SELECT count(*) FROM control WHERE dataset = ?", [dataset.0], |row| row.get(0))?;
    connection.execute("DELETE FROM control WHERE dataset = ?", [dataset.0])?;
    let mut statement =
        connection.prepare_cached("INSERT INTO control (record, dataset, answers, at) VALUES (?1, ?2, ?3, ?4)")?;
    for control in controls {
        let answers = Value::Object(control.answers.clone()).to_string();
        statement.execute(params![control.record.0, dataset.0, answers, change.at.0])?;
    }
    capacity::recount(connection, dataset)?;
    let after = json!({"controls": controls.len()});
    log(connection, EventKind::Controls, dataset, change, &json!({"controls": former}), &after)
}

fn positives(connection: &Connection, question: QuestionId, user: Option<UserId>) -> Result<(u64, Vec<u64>)> {
    let mut statement = connection.prepare_cached(
        "SELECT labels FROM answer WHERE question = ?1 AND pass = 1 AND status = 1 AND labels IS NOT NULL
         AND (?2 IS NULL OR user = ?2)",
    )?;
    let mut rows = statement.query(params![question.0, user.map(|user| user.0)])?;
    let (mut answers, mut counts) = (0, Vec::new());
    while let Some(row) = rows.next()? {
        answers += 1;
        for (byte, bits) in row.get_ref(0)?.as_blob().unwrap_or_default().iter().enumerate() {
            for bit in (0..8).filter(|bit| bits >> bit & 1 == 1) {
                let at = byte * 8 + bit;
                if counts.len() <= at {
                    counts.resize(at + 1, 0);
                }
                counts[at] += 1;
            }
        }
    }
    Ok((answers, counts))
}
