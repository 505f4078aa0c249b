//! What another tool's files have to be read for twice: first what they ask, then what they answer.

use std::path::Path;

use serde_json::{Map, Value};

use super::error::ReadError;
use super::{Format, Item, Summary};
use crate::model::transfer::DatasetSpec;

/// A tool's rows, first learned from, then made items of.
pub(super) trait Tool: Send {
    /// Looks at a row of the first reading.
    fn learn(&mut self, file: &Path, row: &Map<String, Value>) -> Result<(), ReadError>;

    /// The dataset, once all rows were seen.
    fn dataset(&mut self) -> Result<DatasetSpec, ReadError>;

    /// What a row says, in the second reading.
    fn items(&mut self, file: &Path, row: Map<String, Value>, summary: &mut Summary) -> Result<Vec<Item>, ReadError>;

    /// What had to be assumed, as sentences.
    fn assumed(&self) -> Vec<String>;
}

/// What was learned of files.
pub struct Learned {
    pub(super) format: Format,
    pub(super) tool: Box<dyn Tool>,
    /// The dataset they speak of; it has no name.
    pub dataset: DatasetSpec,
}

impl Learned {
    /// What the files are.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// What had to be assumed, as sentences; complete once the files have been read.
    #[must_use]
    pub fn assumed(&self) -> Vec<String> {
        self.tool.assumed()
    }

    pub(super) fn items(
        &mut self,
        file: &Path,
        row: Map<String, Value>,
        summary: &mut Summary,
    ) -> Result<Vec<Item>, ReadError> {
        self.tool.items(file, row, summary)
    }
}
