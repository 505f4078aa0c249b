//! A record: what an annotator reads.

use super::{RecordId, Uid};

/// One record of a dataset.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Key within this file.
    pub id: RecordId,
    /// Identity across files.
    pub uid: Uid,
    /// The id the outside world knows it by.
    pub external_id: Option<String>,
    /// Place in the dataset's order, from 1.
    pub position: i64,
    /// Texts by field name, in the order given.
    pub fields: Vec<(String, String)>,
    /// Any JSON, key order kept.
    pub metadata: serde_json::Map<String, serde_json::Value>,
}

impl Record {
    /// Texts by field name, from the JSON object that a file keeps.
    #[must_use]
    pub fn texts(json: &str) -> Vec<(String, String)> {
        let fields: serde_json::Map<String, serde_json::Value> = serde_json::from_str(json).unwrap_or_default();
        let text = |(name, value)| match value {
            serde_json::Value::String(text) => (name, text),
            other => (name, other.to_string()),
        };
        fields.into_iter().map(text).collect()
    }

    /// What the record is called on screen.
    #[must_use]
    pub fn name(&self) -> String {
        self.external_id.clone().unwrap_or_else(|| format!("#{}", self.position))
    }
}
