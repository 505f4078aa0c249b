//! The schema of a file, compared with ours: a file from elsewhere must not carry triggers or other views than ours.

use std::collections::BTreeMap;

use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};

use crate::store::Result;

const SCHEMA: &[M<'_>] = &[M::up(include_str!("../../../assets/schema/001_first.sql"))];

/// What stands in the schema: type and SQL by name.
type Objects = BTreeMap<String, (String, String)>;

/// Brings a file to the newest schema.
pub(super) fn migrate(connection: &mut Connection) -> std::result::Result<(), rusqlite_migration::Error> {
    Migrations::from_slice(SCHEMA).to_latest(connection)
}

/// What is foreign to a file before anything in it runs: a schema newer than ours, or a trigger.
pub(super) fn foreign(connection: &Connection) -> Result<Option<String>> {
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let known = SCHEMA.len();
    if version > known as i64 {
        return Ok(Some(format!(
            "it has schema {version} of a newer labelry, and this one knows {known}; update labelry"
        )));
    }
    // Our schema has no triggers; one from elsewhere would run with each write of ours.
    let trigger = objects(connection)?.into_iter().find(|(_, (kind, _))| kind == "trigger");
    Ok(trigger.map(|(name, _)| {
        format!("it has the trigger '{name}', which labelry did not make; look at it, then: DROP TRIGGER \"{name}\"")
    }))
}

/// The first object of ours that is missing or has another text. What people added under other names is fine.
pub(super) fn altered(connection: &Connection) -> Result<Option<String>> {
    let mut ours = Connection::open_in_memory()?;
    if migrate(&mut ours).is_err() {
        return Ok(Some(String::from("labelry's own schema cannot be made")));
    }
    let found = objects(connection)?;
    for (name, (kind, sql)) in objects(&ours)? {
        match found.get(&name) {
            Some((_, text)) if *text == sql => {}
            Some(_) => return Ok(Some(format!("its {kind} '{name}' is not the one that labelry makes"))),
            None => return Ok(Some(format!("its {kind} '{name}' is missing"))),
        }
    }
    Ok(None)
}

fn objects(connection: &Connection) -> Result<Objects> {
    let mut statement = connection.prepare("SELECT name, type, sql FROM sqlite_schema WHERE sql IS NOT NULL")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
