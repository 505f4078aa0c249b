//! The schema of a file, compared with ours: a file from elsewhere must not carry triggers or other views than ours.

use std::collections::BTreeMap;

use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};

use crate::store::Result;

const SCHEMA: &[M<'_>] = &[M::up(include_str!("../../../assets/schema/001_first.sql"))];

/// What [`SCHEMA`] makes, so that a file is compared without making it: `== type name`, then its SQL.
/// `LABELRY_WRITE=1 cargo test --lib schema` writes it anew.
const MADE: &str = include_str!("../../../assets/schema/objects.txt");

/// The tables with what people made.
pub(super) const TABLES: [&str; 14] = [
    "workspace",
    "user",
    "dataset",
    "guidelines",
    "field",
    "question",
    "label",
    "record",
    "suggestion",
    "response",
    "answer",
    "mark",
    "adjudication",
    "event",
];

/// What stands in the schema: type and SQL by name.
pub(super) type Objects = BTreeMap<String, (String, String)>;

/// Brings a file to the newest schema.
pub(super) fn migrate(connection: &mut Connection) -> std::result::Result<(), rusqlite_migration::Error> {
    Migrations::from_slice(SCHEMA).to_latest(connection)
}

/// How many of our schemas a file has been through.
pub(super) fn version(connection: &Connection) -> Result<usize> {
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    Ok(usize::try_from(version).unwrap_or(0))
}

/// Whether that is all of them.
pub(super) fn is_newest(version: usize) -> bool {
    version == SCHEMA.len()
}

/// What is foreign to a file before anything in it runs: a schema newer than ours, or a trigger.
pub(super) fn foreign(version: usize, objects: &Objects) -> Option<String> {
    let known = SCHEMA.len();
    if version > known {
        return Some(format!("it has schema {version} of a newer labelry, and this one knows {known}; update labelry"));
    }
    // Our schema has no triggers; one from elsewhere would run with each write of ours.
    let trigger = objects.iter().find(|(_, (kind, _))| kind == "trigger");
    trigger.map(|(name, _)| {
        format!("it has the trigger '{name}', which labelry did not make; look at it, then: DROP TRIGGER \"{name}\"")
    })
}

/// The first object of ours that is missing or has another text. What people added under other names is fine.
pub(super) fn altered(found: &Objects) -> Option<String> {
    for (kind, name, sql) in made() {
        match found.get(name) {
            Some((_, text)) if text == sql => {}
            Some(_) => return Some(format!("its {kind} '{name}' is not the one that labelry makes")),
            None => return Some(format!("its {kind} '{name}' is missing")),
        }
    }
    None
}

/// Type, name and SQL of each object of ours.
fn made() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let objects = MADE.trim_start_matches("== ").split("\n== ");
    objects.filter_map(|object| {
        let (head, sql) = object.split_once('\n')?;
        let (kind, name) = head.split_once(' ')?;
        Some((kind, name, sql.trim_end_matches('\n')))
    })
}

/// What stands in the schema of a file.
pub(super) fn objects(connection: &Connection) -> Result<Objects> {
    let mut statement = connection.prepare("SELECT name, type, sql FROM sqlite_schema WHERE sql IS NOT NULL")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::{MADE, altered, made, migrate, objects};

    #[test]
    fn what_a_file_is_compared_with_is_what_the_schema_makes() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection).unwrap();
        let objects = objects(&connection).unwrap();
        let mut text = String::new();
        for (name, (kind, sql)) in &objects {
            text.push_str(&format!("== {kind} {name}\n{sql}\n"));
        }
        if std::env::var_os("LABELRY_WRITE").is_some() {
            let path = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/schema/objects.txt");
            std::fs::write(path, text).unwrap();
            return;
        }
        assert_eq!(MADE, text, "LABELRY_WRITE=1 cargo test --lib schema");
        assert_eq!(made().count(), objects.len());
        assert_eq!(altered(&objects), None);
    }
}
