//! Steps: what a bulk changed row by row, written down by triggers that last as long as the step, so that all of it can
//! be taken back at once.
//!
//! The triggers are temporary: they stand in no file and see only the connection that made them. What can be counted
//! anew (counters, sums of agreement, the text index) is not written down.

mod table;
mod undo;

use rusqlite::{Connection, params};

use crate::model::{RecordId, Uid};
use crate::store::Result;

pub(super) use undo::undo;

use table::{JournalTable, TABLES};

/// What of a step is written down.
#[derive(Clone, Copy)]
enum Extent {
    /// Every row.
    All,
    /// Records up to this one and what hangs on them; those after it are the step's own, and a range names them.
    UpTo(i64),
}

/// Begins to write down what changes, within the present transaction.
pub(super) fn begin(connection: &Connection, step: &Uid) -> Result<()> {
    start(connection, step, Extent::All)
}

/// The same where records come by the million: of new records only the range is kept.
pub(super) fn begin_import(connection: &Connection, step: &Uid) -> Result<()> {
    let last = last_record(connection)?;
    start(connection, step, Extent::UpTo(last))?;
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS step_start (step TEXT PRIMARY KEY, last INTEGER)", [])?;
    connection.execute("INSERT OR REPLACE INTO step_start VALUES (?1, ?2)", params![step.0, last])?;
    Ok(())
}

fn last_record(connection: &Connection) -> Result<i64> {
    Ok(connection.query_row("SELECT COALESCE(max(id), 0) FROM record", [], |row| row.get(0))?)
}

fn start(connection: &Connection, step: &Uid, extent: Extent) -> Result<()> {
    for table in TABLES {
        connection.execute_batch(&triggers(table, &step.0, extent))?;
    }
    Ok(())
}

/// A uid is made here and holds no quote; one from elsewhere is doubled all the same.
fn triggers(table: &JournalTable, step: &str, extent: Extent) -> String {
    let JournalTable { name, .. } = table;
    if matches!(extent, Extent::UpTo(0)) && table.record.is_some() {
        // There were no records: nothing can come to hang on one, and a first import of millions pays nothing.
        return String::new();
    }
    let step = step.replace('\'', "''");
    let mut sql = String::new();
    for (word, before, after) in
        [("INSERT", None, Some("NEW")), ("UPDATE", Some("OLD"), Some("NEW")), ("DELETE", Some("OLD"), None)]
    {
        let when = match (extent, table.record) {
            (Extent::UpTo(_), _) if *name == "record" && word == "INSERT" => continue,
            (Extent::UpTo(last), Some(column)) => {
                format!(" WHEN {}.{} <= {last}", after.or(before).unwrap_or("NEW"), table.columns[column])
            }
            _ => String::new(),
        };
        let row = |side: Option<&str>| {
            side.map_or_else(|| String::from("NULL"), |side| table.row(&format!("{side}."), word == "INSERT"))
        };
        let what = match word {
            "UPDATE" => format!("UPDATE OF {}", table.columns.join(", ")),
            word => word.to_owned(),
        };
        sql.push_str(&format!(
            "CREATE TEMP TRIGGER step_{name}_{word} AFTER {what} ON main.{name}{when} BEGIN
               INSERT INTO step_row (step, table_name, before, after)
               VALUES ('{step}', '{name}', {}, {});
             END;\n",
            row(before),
            row(after)
        ));
    }
    sql
}

/// Ends it. The records that an import made are named by their range.
pub(super) fn stop(connection: &Connection) -> Result<()> {
    for table in TABLES {
        for word in ["INSERT", "UPDATE", "DELETE"] {
            connection.execute(&format!("DROP TRIGGER IF EXISTS temp.step_{}_{word}", table.name), [])?;
        }
    }
    let started: bool = connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM sqlite_temp_schema WHERE name = 'step_start')",
        [],
        |row| row.get(0),
    )?;
    if started {
        connection.execute(
            "INSERT INTO step_row (step, table_name, after)
             SELECT step, 'record range', json_array(last + 1, (SELECT max(id) FROM record)) FROM step_start
             WHERE last < (SELECT max(id) FROM record)",
            [],
        )?;
        connection.execute("DROP TABLE temp.step_start", [])?;
    }
    Ok(())
}

/// The records that a range names.
fn range(after: &str) -> Option<(RecordId, RecordId)> {
    let ends: [i64; 2] = serde_json::from_str(after).ok()?;
    Some((RecordId(ends[0]), RecordId(ends[1])))
}
