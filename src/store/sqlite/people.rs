//! Users and workspaces.

use rusqlite::{Connection, OptionalExtension, params};
use serde_json::{Value, json};

use super::within::within;
use super::{SqliteStore, entry, extras, read};
use crate::model::{DatasetId, Entry, EventKind, Holdings, RecordId, Uid, User, UserId, Workspace};
use crate::store::{Access, Change, NewEvent, Result, StoreError, UserChange, UserStore};

impl UserStore for SqliteStore {
    fn user(&mut self, user: UserId) -> Result<Option<User>> {
        read::user(&self.connection, user)
    }

    fn workspace_of(&mut self, dataset: DatasetId) -> Result<Option<(String, bool)>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT w.name, NOT EXISTS (SELECT 1 FROM workspace_user m WHERE m.workspace = w.id)
             FROM dataset d JOIN workspace w ON w.id = d.workspace WHERE d.id = ?",
        )?;
        Ok(statement.query_row([dataset.0], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
    }

    fn change_user(&mut self, user: UserId, told: &UserChange<'_>, change: &Change) -> Result<()> {
        within(&self.connection, || change_user(&self.connection, user, told, change))
    }

    fn access(&mut self, user: UserId) -> Result<Access> {
        let password = self.password(user)?.is_some();
        let mut statement =
            self.connection.prepare_cached("SELECT comment FROM user_key WHERE user = ? ORDER BY key")?;
        let keys = statement.query_map([user.0], |row| row.get(0))?;
        Ok(Access { password, keys: keys.collect::<rusqlite::Result<_>>()? })
    }

    fn password(&mut self, user: UserId) -> Result<Option<String>> {
        let found = self
            .connection
            .prepare_cached("SELECT password FROM user_secret WHERE user = ?")?
            .query_row([user.0], |row| row.get(0))
            .optional()?;
        Ok(found.flatten())
    }

    fn keys(&mut self, user: UserId) -> Result<Vec<String>> {
        let mut statement = self.connection.prepare_cached("SELECT key FROM user_key WHERE user = ? ORDER BY key")?;
        let keys = statement.query_map([user.0], |row| row.get(0))?;
        Ok(keys.collect::<rusqlite::Result<_>>()?)
    }

    fn holdings(&mut self, user: UserId) -> Result<Holdings> {
        let count = |sql: &str| -> Result<u64> {
            let count: i64 = self.connection.prepare_cached(sql)?.query_row([user.0], |row| row.get(0))?;
            Ok(count as u64)
        };
        Ok(Holdings {
            responses: count("SELECT count(*) FROM response WHERE user = ?")?,
            notes: count("SELECT count(*) FROM mark WHERE user = ? AND note IS NOT NULL")?,
            flags: count("SELECT count(*) FROM mark WHERE user = ? AND flag = 1")?,
            adjudications: count("SELECT count(*) FROM adjudication WHERE user = ?")?,
        })
    }

    fn shared(&mut self, one: UserId, other: UserId, limit: usize) -> Result<(u64, Vec<RecordId>)> {
        shared(&self.connection, one, other, limit)
    }

    fn reassign(&mut self, from: UserId, to: UserId, change: &Change, uid: &mut dyn FnMut() -> Uid) -> Result<()> {
        within(&self.connection, || reassign(&self.connection, from, to, change, uid))
    }

    fn delete_user(&mut self, user: UserId, change: &Change) -> Result<()> {
        within(&self.connection, || delete_user(&self.connection, user, change))
    }

    fn workspaces(&mut self) -> Result<Vec<Workspace>> {
        workspaces(&self.connection)
    }

    fn create_workspace(&mut self, uid: &Uid, name: &str, change: &Change) -> Result<()> {
        within(&self.connection, || {
            let made = self
                .connection
                .execute("INSERT INTO workspace (uid, name) VALUES (?1, ?2) ON CONFLICT DO NOTHING", [&uid.0, name])?;
            if made == 0 {
                return Err(StoreError::Missing(format!("there is already a workspace '{name}'")));
            }
            log(&self.connection, change, None, &json!({"workspace": name}))
        })
    }

    fn delete_workspace(&mut self, name: &str, change: &Change) -> Result<()> {
        within(&self.connection, || {
            let id = workspace(&self.connection, name)?;
            self.connection.execute("DELETE FROM workspace_user WHERE workspace = ?", [id])?;
            self.connection.execute("DELETE FROM workspace WHERE id = ?", [id])?;
            log(&self.connection, change, Some(&json!({"workspace": name})), &Value::Null)
        })
    }
}

/// An event about people.
fn log(connection: &Connection, change: &Change, before: Option<&Value>, after: &Value) -> Result<()> {
    let (before, after) = (before.map(ToString::to_string), after.to_string());
    let logged =
        NewEvent { kind: EventKind::User, dataset: None, record: None, before: before.as_deref(), after: &after };
    extras::log(connection, change, &logged)
}

fn workspace(connection: &Connection, name: &str) -> Result<i64> {
    let found = connection
        .prepare_cached("SELECT id FROM workspace WHERE name = ?")?
        .query_row([name], |row| row.get(0))
        .optional()?;
    found.ok_or_else(|| StoreError::Missing(format!("there is no workspace '{name}'")))
}

fn change_user(connection: &Connection, user: UserId, told: &UserChange<'_>, change: &Change) -> Result<()> {
    let (name, role, disabled): (String, String, bool) =
        connection.query_row("SELECT name, role, disabled FROM user WHERE id = ?", [user.0], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
    let set = |column: &str, value: &dyn rusqlite::ToSql| {
        connection.execute(&format!("UPDATE user SET {column} = ?2 WHERE id = ?1"), params![user.0, value])
    };
    let said = |key: &str, before: Value, after: Value| {
        let what = |value| json!({"user": name, key: value});
        log(connection, change, Some(&what(before)), &what(after))
    };
    match told {
        UserChange::Name(new) => {
            taken(connection, user, new)?;
            set("name", new)?;
            said("name", json!(name), json!(new))
        }
        UserChange::Role(new) => {
            set("role", &new.word())?;
            said("role", json!(role), json!(new.word()))
        }
        UserChange::Disabled(now) => {
            set("disabled", now)?;
            said("disabled", json!(disabled), json!(now))
        }
        UserChange::Password(phc) => {
            connection.execute(
                "INSERT INTO user_secret (user, password) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET password = ?2",
                params![user.0, phc],
            )?;
            said("password", Value::Null, json!(if phc.is_some() { "set" } else { "removed" }))
        }
        UserChange::Key(key, comment) => {
            connection.execute(
                "INSERT INTO user_key (user, key, comment, at) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET comment = ?3",
                params![user.0, key, comment, change.at.0],
            )?;
            said("key", Value::Null, json!(comment))
        }
        UserChange::NoKey(key) => {
            connection.execute("DELETE FROM user_key WHERE user = ?1 AND key = ?2", params![user.0, key])?;
            said("key", json!("one"), Value::Null)
        }
        UserChange::Joins(name) => {
            let id = workspace(connection, name)?;
            connection.execute(
                "INSERT INTO workspace_user (workspace, user) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                params![id, user.0],
            )?;
            said("workspace", Value::Null, json!(name))
        }
        UserChange::Leaves(name) => {
            let id = workspace(connection, name)?;
            connection.execute("DELETE FROM workspace_user WHERE workspace = ?1 AND user = ?2", params![id, user.0])?;
            said("workspace", json!(name), Value::Null)
        }
    }
}

fn taken(connection: &Connection, user: UserId, name: &str) -> Result<()> {
    let taken: bool = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM user WHERE name = ?1 AND id <> ?2)")?
        .query_row(params![name, user.0], |row| row.get(0))?;
    if taken { Err(StoreError::Missing(format!("there is already a user '{name}'"))) } else { Ok(()) }
}

/// Records on which a person holds something. What was only seen there is nothing that is held.
const HOLDS: &str = "SELECT record FROM response WHERE user = ?1
    UNION SELECT record FROM mark WHERE user = ?1 AND (note IS NOT NULL OR flag = 1 OR working IS NOT NULL)";

fn shared(connection: &Connection, one: UserId, other: UserId, limit: usize) -> Result<(u64, Vec<RecordId>)> {
    let both = format!("SELECT record FROM ({HOLDS}) INTERSECT SELECT record FROM ({})", HOLDS.replace("?1", "?2"));
    let mut statement = connection.prepare_cached(&format!("{both} ORDER BY record"))?;
    let rows = statement.query_map([one.0, other.0], |row| Ok(RecordId(row.get(0)?)))?;
    let mut all = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    let count = all.len() as u64;
    all.truncate(limit);
    Ok((count, all))
}

fn reassign(
    connection: &Connection,
    from: UserId,
    to: UserId,
    change: &Change,
    uid: &mut dyn FnMut() -> Uid,
) -> Result<()> {
    let mut statement = connection
        .prepare_cached(&format!("SELECT r.id, r.dataset FROM record r WHERE r.id IN ({HOLDS}) ORDER BY r.id"))?;
    let held = statement
        .query_map([from.0], |row| Ok((RecordId(row.get(0)?), DatasetId(row.get(1)?))))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let nothing = serde_json::to_string(&Entry::default()).unwrap_or_default();
    for (record, dataset) in held {
        let entry = serde_json::to_string(&entry::load(connection, from, record)?).unwrap_or_default();
        for (user, before, after) in [(from, &entry, &nothing), (to, &nothing, &entry)] {
            let change = Change { event: uid(), user: Some(user), ..change.clone() };
            let dataset = Some(dataset);
            let logged =
                NewEvent { kind: EventKind::Import, dataset, record: Some(record), before: Some(before), after };
            extras::log(connection, &change, &logged)?;
        }
    }
    // What was only seen is not taken along; where something is, the other one has at most seen the record.
    connection.execute(&format!("DELETE FROM mark WHERE user = ?1 AND record NOT IN ({HOLDS})"), [from.0])?;
    connection.execute(
        "DELETE FROM mark WHERE user = ?2 AND record IN (SELECT record FROM mark WHERE user = ?1)",
        [from.0, to.0],
    )?;
    for table in ["response", "answer", "mark"] {
        hand_over(connection, table, from, to)?;
    }
    connection.execute("UPDATE adjudication SET user = ?2 WHERE user = ?1", [from.0, to.0])?;
    for (table, key) in [("counter", "name"), ("submitted_per_quarter_hour", "quarter")] {
        connection.execute(
            &format!(
                "INSERT INTO {table} (dataset, user, {key}, value)
                 SELECT dataset, ?2, {key}, value FROM {table} WHERE user = ?1
                 ON CONFLICT DO UPDATE SET value = value + excluded.value"
            ),
            [from.0, to.0],
        )?;
        connection.execute(&format!("DELETE FROM {table} WHERE user = ?"), [from.0])?;
    }
    Ok(())
}

/// Rows whose key names the person: new ones come and the old ones go, so that a step can be taken back row by row.
fn hand_over(connection: &Connection, table: &str, from: UserId, to: UserId) -> Result<()> {
    let columns = connection
        .prepare("SELECT name FROM pragma_table_info(?) WHERE name <> 'user'")?
        .query_map([table], |row| row.get(0))?
        .collect::<rusqlite::Result<Vec<String>>>()?
        .join(", ");
    connection.execute(
        &format!("INSERT INTO {table} (user, {columns}) SELECT ?2, {columns} FROM {table} WHERE user = ?1"),
        [from.0, to.0],
    )?;
    connection.execute(&format!("DELETE FROM {table} WHERE user = ?"), [from.0])?;
    Ok(())
}

/// The row stays, since events name it; its name is free again.
fn delete_user(connection: &Connection, user: UserId, change: &Change) -> Result<()> {
    let (uid, name, role): (String, String, String) =
        connection.query_row("SELECT uid, name, role FROM user WHERE id = ?", [user.0], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
    for table in ["user_secret", "user_key", "workspace_user", "assignment", "lease"] {
        connection.execute(&format!("DELETE FROM {table} WHERE user = ?"), [user.0])?;
    }
    connection.execute(
        "UPDATE user SET name = ?2, disabled = 1, login = NULL WHERE id = ?1",
        params![user.0, format!("{name} (deleted {uid})")],
    )?;
    connection.execute(
        "INSERT INTO tombstone (uid, kind, at) VALUES (?1, 'user', ?2) ON CONFLICT DO NOTHING",
        params![uid, change.at.0],
    )?;
    log(connection, change, Some(&json!({"user": name, "role": role})), &Value::Null)
}

fn workspaces(connection: &Connection) -> Result<Vec<Workspace>> {
    let list = |sql: &str, id: i64| -> Result<Vec<String>> {
        let mut statement = connection.prepare_cached(sql)?;
        let rows = statement.query_map([id], |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    };
    let mut statement = connection.prepare_cached("SELECT id, name FROM workspace ORDER BY name")?;
    let all = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<Vec<(i64, String)>>>()?;
    all.into_iter()
        .map(|(id, name)| {
            let members = "SELECT u.name FROM workspace_user m JOIN user u ON u.id = m.user WHERE m.workspace = ?
                           ORDER BY u.name";
            let members = list(members, id)?;
            let datasets = list("SELECT name FROM dataset WHERE workspace = ? ORDER BY name", id)?;
            Ok(Workspace { name, members, datasets })
        })
        .collect()
}
