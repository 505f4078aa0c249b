//! The tables that a step can change, and their rows as JSON lists.

use rusqlite::types::Value as Sql;
use serde_json::Value;

/// A table whose rows are written down.
pub(super) struct JournalTable {
    pub(super) name: &'static str,
    /// Those of the primary key come first.
    pub(super) columns: &'static [&'static str],
    /// How many columns the primary key has.
    pub(super) keys: usize,
    /// The column that holds bytes.
    pub(super) blob: Option<usize>,
    /// The column that names the record it hangs on.
    pub(super) record: Option<usize>,
    /// The column that names the dataset, where counters depend on it.
    pub(super) dataset: Option<usize>,
    /// Whether a new row is written down by its key alone.
    pub(super) large: bool,
}

const PLAIN: JournalTable =
    JournalTable { name: "", columns: &[], keys: 1, blob: None, record: None, dataset: None, large: false };

/// What was seen of others is no part of a mark here: once seen stays seen.
pub(super) const TABLES: &[JournalTable] = &[
    JournalTable { name: "workspace", columns: &["id", "uid", "name"], ..PLAIN },
    JournalTable { name: "user", columns: &["id", "uid", "name", "role", "login", "created_at", "disabled"], ..PLAIN },
    JournalTable { name: "user_alias", columns: &["uid", "user"], ..PLAIN },
    JournalTable { name: "workspace_user", columns: &["workspace", "user"], keys: 2, ..PLAIN },
    JournalTable {
        name: "dataset",
        columns: &[
            "id",
            "uid",
            "workspace",
            "name",
            "hide",
            "min_submitted",
            "record_order",
            "guidelines_version",
            "extra",
            "header_extra",
            "created_at",
        ],
        dataset: Some(0),
        ..PLAIN
    },
    JournalTable { name: "guidelines", columns: &["dataset", "version", "text", "at"], keys: 2, ..PLAIN },
    JournalTable {
        name: "field",
        columns: &["dataset", "position", "name", "title", "kind", "extra"],
        keys: 2,
        ..PLAIN
    },
    JournalTable {
        name: "question",
        columns: &[
            "id",
            "uid",
            "dataset",
            "position",
            "name",
            "title",
            "kind",
            "required",
            "min",
            "max",
            "label_set",
            "extra",
        ],
        dataset: Some(2),
        ..PLAIN
    },
    JournalTable {
        name: "label",
        columns: &[
            "question",
            "position",
            "uid",
            "value",
            "title",
            "description",
            "key",
            "label_group",
            "exclusive",
            "since",
            "retired",
            "exceptions",
            "changed_at",
            "extra",
        ],
        keys: 2,
        ..PLAIN
    },
    JournalTable { name: "vector_space", columns: &["id", "dataset", "name", "dimensions", "extra"], ..PLAIN },
    JournalTable {
        name: "record",
        columns: &[
            "id",
            "dataset",
            "uid",
            "position",
            "external_id",
            "natural_key",
            "fields",
            "metadata",
            "extra",
            "version",
            "changed_at",
        ],
        record: Some(0),
        dataset: Some(1),
        large: true,
        ..PLAIN
    },
    JournalTable {
        name: "vector",
        columns: &["space", "record", "value"],
        keys: 2,
        blob: Some(2),
        record: Some(1),
        large: true,
        ..PLAIN
    },
    JournalTable {
        name: "suggestion",
        columns: &["record", "question", "agent", "value", "scores", "extra", "at"],
        keys: 3,
        record: Some(0),
        ..PLAIN
    },
    JournalTable {
        name: "response",
        columns: &[
            "record",
            "user",
            "pass",
            "dataset",
            "uid",
            "status",
            "reason",
            "active_ms",
            "at",
            "guidelines_version",
            "saw_agents",
            "saw_others",
            "extra",
        ],
        keys: 3,
        record: Some(0),
        dataset: Some(3),
        ..PLAIN
    },
    JournalTable {
        name: "answer",
        columns: &["question", "record", "user", "pass", "status", "label_set", "labels", "value"],
        keys: 4,
        blob: Some(6),
        record: Some(1),
        ..PLAIN
    },
    JournalTable {
        name: "mark",
        columns: &["user", "record", "dataset", "version", "working", "note", "flag", "extra", "stamps"],
        keys: 2,
        record: Some(1),
        dataset: Some(2),
        ..PLAIN
    },
    JournalTable {
        name: "adjudication",
        columns: &["record", "question", "user", "value", "reason", "at", "extra"],
        keys: 2,
        record: Some(0),
        ..PLAIN
    },
    JournalTable { name: "tombstone", columns: &["uid", "kind", "at"], ..PLAIN },
];

impl JournalTable {
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        TABLES.iter().find(|table| table.name == name)
    }

    /// SQL that makes a row a JSON list; a new row of a large table gives its key alone.
    pub(super) fn row(&self, side: &str, new: bool) -> String {
        let count = if new && self.large { self.keys } else { self.columns.len() };
        let column = |(at, column): (usize, &&str)| {
            if Some(at) != self.blob {
                return format!("{side}{column}");
            }
            // hex(NULL) would be the empty text that no bytes at all give.
            format!("iif({side}{column} IS NULL, NULL, hex({side}{column}))")
        };
        let columns: Vec<String> = self.columns.iter().enumerate().take(count).map(column).collect();
        format!("json_array({})", columns.join(", "))
    }

    /// The columns of the key, as a condition on the first parameters.
    pub(super) fn is_key(&self) -> String {
        let keys = self.columns[..self.keys].iter().enumerate();
        keys.map(|(at, column)| format!("{column} IS ?{}", at + 1)).collect::<Vec<_>>().join(" AND ")
    }

    /// The places of the columns in SQL that writes a row.
    pub(super) fn places(&self) -> String {
        let place =
            |at: usize| if Some(at) == self.blob { format!("unhex(?{})", at + 1) } else { format!("?{}", at + 1) };
        (0..self.columns.len()).map(place).collect::<Vec<_>>().join(", ")
    }

    /// The values of a written row; bytes are in hexadecimal.
    pub(super) fn values(&self, row: &[Value]) -> Vec<Sql> {
        let value = |value: &Value| match value {
            Value::Null => Sql::Null,
            Value::Bool(yes) => Sql::Integer(i64::from(*yes)),
            Value::Number(number) => {
                number.as_i64().map_or_else(|| Sql::Real(number.as_f64().unwrap_or(0.0)), Sql::Integer)
            }
            Value::String(text) => Sql::Text(text.clone()),
            other => Sql::Text(other.to_string()),
        };
        row.iter().take(self.columns.len()).map(value).collect()
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::TABLES;
    use crate::store::sqlite::schema;

    /// A column that a step forgets would be lost by an undo.
    #[test]
    fn every_column_of_a_table_is_written_down() {
        let mut connection = Connection::open_in_memory().unwrap();
        schema::migrate(&mut connection).unwrap();
        for table in TABLES {
            let mut statement = connection.prepare("SELECT name FROM pragma_table_info(?)").unwrap();
            let mut there: Vec<String> =
                statement.query_map([table.name], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
            there.retain(|column| !(table.name == "mark" && column.starts_with("seen_")));
            let mut ours = table.columns.to_vec();
            there.sort_unstable();
            ours.sort_unstable();
            assert_eq!(ours, there, "{}", table.name);
        }
    }
}
