//! A plain row, of JSONL or CSV, made into a record: text columns, an id, the rest metadata.

use serde_json::{Map, Value};

use super::error::{Kind, ReadError, names, quoted, shape};
use super::native::id;
use super::{Options, Summary};
use crate::model::transfer::RecordSpec;

/// The text columns, told by the options or by the first row.
#[derive(Debug, Default)]
pub(super) struct Columns {
    text: Vec<String>,
}

impl Columns {
    /// Tells the columns from the first row (of a CSV file: the header with empty cells).
    pub fn settle(
        &mut self,
        row: &Map<String, Value>,
        options: &Options,
        summary: &mut Summary,
    ) -> Result<(), ReadError> {
        let id = id_column(row, options);
        if let Some(id) = options.id.as_deref().filter(|id| !row.contains_key(*id)) {
            let found = names(row.keys().map(String::as_str));
            return Err(ReadError::new(Kind::MissingColumn, found, format!("the id column {}", quoted(id)))
                .with_hint("name the id column: --id COLUMN"));
        }
        self.text = if !options.text.is_empty() {
            if let Some(name) = options.text.iter().find(|name| !row.contains_key(*name)) {
                return Err(missing(row, name));
            }
            options.text.clone()
        } else if row.contains_key("text") {
            vec!["text".into()]
        } else {
            let mut strings =
                row.iter().filter(|(name, value)| value.is_string() && Some(name.as_str()) != id).map(|(name, _)| name);
            match (strings.next(), strings.next()) {
                (Some(only), None) => vec![only.clone()],
                _ => return Err(missing(row, "text")),
            }
        };
        summary.text.clone_from(&self.text);
        summary.id = id.map(str::to_owned);
        Ok(())
    }

    pub fn record(
        &mut self,
        row: Map<String, Value>,
        options: &Options,
        summary: &mut Summary,
    ) -> Result<RecordSpec, ReadError> {
        if self.text.is_empty() {
            self.settle(&row, options, summary)?;
        }
        let mut record = RecordSpec { fields: self.fields(&row)?, ..RecordSpec::default() };
        let id_name = id_column(&row, options).map(str::to_owned);
        if let Some(wanted) = options.id.as_deref().filter(|wanted| !row.contains_key(*wanted)) {
            let found = names(row.keys().map(String::as_str));
            return Err(ReadError::new(Kind::MissingColumn, found, format!("the id column {}", quoted(wanted))));
        }
        let mut twice = None;
        let mut put = |metadata: &mut Map<String, Value>, name: String, value: Value| {
            summary.saw(&name);
            if metadata.contains_key(&name) {
                twice = Some(name);
            } else {
                metadata.insert(name, value);
            }
        };
        for (name, value) in row {
            if Some(&name) == id_name.as_ref() {
                record.id = id(value)?.filter(|id| !id.is_empty());
            } else if self.text.contains(&name) {
            } else if name == "metadata" && (value.is_object() || value.is_null()) {
                if let Value::Object(inner) = value {
                    for (name, value) in inner {
                        put(&mut record.metadata, name, value);
                    }
                }
            } else {
                put(&mut record.metadata, name, value);
            }
        }
        match twice {
            Some(name) => Err(ReadError::new(
                Kind::Duplicate,
                format!("{} both as a column and inside 'metadata'", quoted(&name)),
                "",
            )
            .with_hint("rename one of the two")),
            None => Ok(record),
        }
    }

    /// The texts in the order asked for. Null is absent; at least one has to be there.
    fn fields(&self, row: &Map<String, Value>) -> Result<Map<String, Value>, ReadError> {
        let mut fields = Map::new();
        for name in &self.text {
            match row.get(name) {
                None => {
                    let hint = "give the record this text, or name the columns of the text: --text title,body";
                    return Err(missing(row, name).with_hint(hint));
                }
                Some(Value::Null) => {}
                Some(Value::String(text)) => {
                    fields.insert(name.clone(), Value::String(text.clone()));
                }
                Some(other) => {
                    return Err(ReadError::new(Kind::WrongShape, shape(other), format!("the text {}", quoted(name)))
                        .with_hint("a text is a string; name another column with --text"));
                }
            }
        }
        if fields.is_empty() {
            let wanted = self.text.first().map_or("text", String::as_str);
            return Err(ReadError::new(Kind::MissingText, "null", format!("the text {}", quoted(wanted)))
                .with_hint("remove the line, or give it a text"));
        }
        Ok(fields)
    }
}

fn id_column<'a>(row: &Map<String, Value>, options: &'a Options) -> Option<&'a str> {
    match &options.id {
        Some(id) => Some(id),
        None => ["id", "external_id"].into_iter().find(|name| row.contains_key(*name)),
    }
}

fn missing(row: &Map<String, Value>, name: &str) -> ReadError {
    let found = names(row.keys().map(String::as_str));
    ReadError::new(Kind::MissingText, found, format!("the text {}", quoted(name)))
        .with_hint("name the columns of the text: --text title,body")
}
