//! Files in and out: native and plain JSONL and JSON, CSV, TSV, TXT, Parquet, gzip of these, responses in long and wide
//! form, the files of Argilla, Label Studio, doccano and Prodigy, `NumPy` vectors, lists of labels.
//!
//! The readers stream: one row in memory at a time, each item handed to a sink with the line it came from. What other
//! tools say of their questions only by answers is learned in a reading of its own, before the records are read. What is
//! written for other tools and for training stands in [`out`], a file for each format.

mod argilla;
mod argilla_rows;
mod argilla_settings;
mod argilla_v1;
mod argilla_v2;
mod by_hand;
mod bytes;
mod controls;
mod doccano;
mod elements;
mod error;
mod framing;
mod gather;
mod given;
mod json;
mod label_studio;
mod label_studio_config;
mod label_studio_min;
mod labels;
mod learn;
mod lines;
mod long;
mod mapping;
mod native;
mod npy;
pub mod out;
mod outputs;
mod parquet;
mod plain;
mod plot;
mod prodigy;
mod read;
mod report;
mod rows;
mod sheet;
mod source;
mod told;
mod tool;
mod tools;
mod users;
mod wide;
mod write;

#[cfg(test)]
mod tests;

use std::path::PathBuf;

use crate::model::transfer::{DatasetSpec, RecordSpec, ResponseSpec};
use crate::model::{QuestionKind, Status};

pub use controls::{Known, labels_of, read_controls};
pub use error::{Kind, ReadError, Stopped};
pub use labels::{label_fault, read_labels};
pub use learn::learn;
pub use mapping::{Mapped, read_mapping};
pub use npy::read_npy;
pub use outputs::{Barred, Begun, Kept, Outputs, is_sqlite};
pub use parquet::THREAD as PARQUET_THREAD;
pub use read::{read, read_from, read_source};
pub use report::{DividedRecord, GivenAnswer, Report, write_report};
pub use sheet::{Cell, Sheet, defused};
pub use source::{STDIN, Source, read_words};
pub use tool::Learned;
pub use users::read_users;
pub use write::{VERSION, write_bad, write_header, write_record};

/// The longest line a reader takes, in bytes.
pub const MAX_LINE: usize = 100_000_000;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Labelry's own JSONL.
    Native,
    /// Any JSONL with a text column.
    Jsonl,
    /// A JSON list of objects with a text, perhaps inside an object.
    Json,
    /// Comma-separated values with a header row.
    Csv,
    /// Tab-separated values with a header row.
    Tsv,
    /// A text on each line.
    Txt,
    /// Parquet with a text column.
    Parquet,
    /// One answer a line, as JSONL, CSV or TSV.
    Long,
    /// One record a line and a column per annotator, as JSONL, CSV or TSV.
    Wide,
    /// Argilla 2: rows with lists of responses, users and statuses, of `to_list(flatten=True)` and `to_datasets`.
    Argilla,
    /// Argilla 2: `records.json`, which knows no status.
    ArgillaRecords,
    /// Argilla 1: the rows of `format_as("datasets")`.
    ArgillaV1,
    /// Argilla 1: the older rows of text classification.
    ArgillaRows,
    /// Label Studio: tasks with annotations and predictions.
    LabelStudio,
    /// doccano: texts with the labels of one member.
    Doccano,
    /// Prodigy: an answer of one annotator to one task on each line.
    Prodigy,
}

/// The formats that an import takes, with their words.
const WORDS: [(Format, &str); 16] = [
    (Format::Native, "native"),
    (Format::Jsonl, "jsonl"),
    (Format::Json, "json"),
    (Format::Csv, "csv"),
    (Format::Tsv, "tsv"),
    (Format::Txt, "txt"),
    (Format::Parquet, "parquet"),
    (Format::Long, "long"),
    (Format::Argilla, "argilla"),
    (Format::ArgillaRecords, "argilla-records"),
    (Format::ArgillaV1, "argilla-v1"),
    (Format::ArgillaRows, "argilla-rows"),
    (Format::LabelStudio, "label-studio"),
    (Format::Doccano, "doccano"),
    (Format::Prodigy, "prodigy"),
    (Format::Wide, "wide"),
];

impl Format {
    /// The word used in commands and on screen.
    #[must_use]
    pub fn word(self) -> &'static str {
        WORDS.iter().find(|(format, _)| *format == self).map_or("", |(_, word)| word)
    }

    /// The format of a word that an import takes.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let found = WORDS.iter().find(|(format, known)| *known == word && *format != Self::Wide);
        found.map(|(format, _)| *format)
    }

    /// The words that an import takes.
    pub fn words() -> impl Iterator<Item = &'static str> {
        WORDS.iter().filter(|(format, _)| *format != Self::Wide).map(|(_, word)| *word)
    }

    /// Whether another tool writes it.
    #[must_use]
    pub fn is_of_a_tool(self) -> bool {
        let argilla = matches!(self, Self::Argilla | Self::ArgillaRecords | Self::ArgillaV1 | Self::ArgillaRows);
        argilla || matches!(self, Self::LabelStudio | Self::Doccano | Self::Prodigy)
    }
}

/// What the person says about a file; what is left out is told by its content.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Options {
    /// The format.
    pub format: Option<Format>,
    /// Text columns, in field order.
    pub text: Vec<String>,
    /// The column of the id; `id`, else `external_id`.
    pub id: Option<String>,
    /// Long form: the column of the question, or, when there is no such column, the question's name.
    pub question: Option<String>,
    /// Long form: the column of the record's id; `item`, `record_id` or `record`.
    pub item: Option<String>,
    /// Long form: the column of the annotator; `rater`, `annotator` or `user`.
    pub rater: Option<String>,
    /// Long form: the column of the answer; `value`, `labels` or `label`.
    pub value: Option<String>,
    /// Long form: what stands between labels in a string; none: a string is one label.
    pub separator: Option<char>,
    /// Long form: questions whose answers are texts, which no separator splits; `""` for the one that no line names.
    pub texts: Vec<String>,
    /// Wide form: the columns of the annotators; all but that of the record's id.
    pub raters: Vec<String>,
    /// Answers as they stand, for agreement: one label stays a string, a cell that is empty or says NA is an answer
    /// left out, and what is neither native nor wide is in long form.
    pub ratings: bool,
    /// Hand bad lines to the sink as [`Item::Bad`] instead of stopping.
    pub skip_bad: bool,
    /// Plain files: columns that each say of one label whether it applies.
    pub multi_hot: Vec<String>,
    /// Plain files: the column with the labels that apply, as a JSON list or with [`Options::separator`] between them.
    pub answers: Option<String>,
    /// Whose answers those are.
    pub answerer: String,
    /// Labels by their number, for lists of numbers.
    pub labels: Vec<String>,
    /// Other tools' files: where their questions are described; else what lies beside a file.
    pub settings: Option<PathBuf>,
    /// Other tools' files: the status of responses where the file knows none.
    pub status: Option<Status>,
    /// doccano: whether an empty list of labels says "none of these", and not "not seen yet".
    pub empty_is_none: bool,
    /// Argilla: names of classes that a column gives by number; none is null.
    pub classes: Vec<(String, Vec<Option<String>>)>,
    /// Kinds of questions, where the answers do not tell.
    pub kinds: Vec<(String, QuestionKind)>,
}

impl Options {
    fn wants_long(&self) -> bool {
        self.item.is_some() || self.rater.is_some() || self.value.is_some()
    }

    fn wants_answers(&self) -> bool {
        !self.multi_hot.is_empty() || self.answers.is_some()
    }

    /// What the one text of a record is called.
    fn text_name(&self) -> &str {
        self.text.first().map_or("text", String::as_str)
    }

    /// The name of the question that a file has without naming it.
    fn question_name(&self) -> &str {
        self.question.as_deref().unwrap_or("label")
    }
}

/// One thing a file says.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// The dataset, from the first line of a native file.
    Header(Box<DatasetSpec>),
    /// A record with all that hangs on it.
    Record(Box<RecordSpec>),
    /// A line of a long form.
    Response(Box<ResponseRow>),
    /// A line left out, only with [`Options::skip_bad`].
    Bad(Box<Bad>),
}

/// A bad line and why it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bad {
    /// What is wrong with it.
    pub error: ReadError,
    /// The line as it stands in the file, without its line break; a CSV row is a JSON list of its cells.
    pub raw: Vec<u8>,
    /// Whether it stands where a record does, and not a line of a long form.
    pub record: bool,
}

/// One answer of one annotator to one question about one record.
///
/// `answers` has at most one entry, keyed by the question's name, or by `""` when neither the file nor the options
/// name a question. Textual answers are lists of labels (one label is a list of one, but with [`Options::ratings`] it
/// stays a string); numbers stay numbers. An empty `answers` says that the line gives a status and no answer.
#[derive(Debug, Clone, PartialEq)]
pub struct ResponseRow {
    /// The record's id.
    pub item: String,
    /// The question the line is about; `""` when unknown.
    pub question: String,
    /// The response with this one answer.
    pub response: ResponseSpec,
}

/// An item and where it was.
#[derive(Debug, Clone, PartialEq)]
pub struct Located {
    /// 1-based line of the file.
    pub line: u64,
    /// What it says.
    pub item: Item,
    /// The line as in [`Bad::raw`], only with [`Options::skip_bad`].
    pub raw: Vec<u8>,
}

/// What a reader met, once it is through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The format told.
    pub format: Format,
    /// Lines (CSV: rows without the header) that were not blank, bad ones included.
    pub lines: u64,
    /// Records handed over.
    pub records: u64,
    /// Long-form lines handed over.
    pub responses: u64,
    /// Bad lines handed over.
    pub bad: u64,
    /// Answers left out: cells that are empty or say NA.
    pub gaps: u64,
    /// The text columns, in field order; empty for native and long form.
    pub text: Vec<String>,
    /// The column of the id, where there is one.
    pub id: Option<String>,
    /// Columns that became metadata, in order of first sight; for long form, columns left aside.
    pub metadata: Vec<String>,
}

impl Summary {
    fn new(format: Format) -> Self {
        Self {
            format,
            lines: 0,
            records: 0,
            responses: 0,
            bad: 0,
            gaps: 0,
            text: Vec::new(),
            id: None,
            metadata: Vec::new(),
        }
    }

    fn saw(&mut self, column: &str) {
        if !self.metadata.iter().any(|known| known == column) {
            self.metadata.push(column.to_owned());
        }
    }
}
