//! Files written for other programs: one format, one file. A writer takes record after record and keeps none.

mod argilla1;
mod argilla2;
mod csv;
mod doccano;
mod label_studio;
mod left;
mod long;
mod parquet;
mod prodigy;
mod shapes;
mod table;
mod training;
mod yaml;

use std::io::{self, Write};
use std::path::Path;

pub use left::Left;
pub(super) use long::COLUMNS as LONG;
use serde_json::Value;
pub use training::{Plan, Row, Rows};

use crate::model::transfer::{DatasetSpec, LabelFull, QuestionSpec, RecordSpec};

/// Whether this build writes Parquet.
pub const PARQUET: bool = cfg!(feature = "parquet");

/// A file that is being written.
pub type Sink = Box<dyn Write + Send>;

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Labelry's own JSONL.
    Native,
    /// A row a record, with columns for each person.
    Csv,
    /// The same as Parquet.
    Parquet,
    /// A row for each person's answer to a question.
    Long,
    /// A row a record, with a column for each label.
    Training,
    /// Argilla before 2: JSONL with `argilla.yaml`.
    Argilla1,
    /// Argilla from 2 on: a flat list, or that with `records.json` and `settings.json`.
    Argilla2,
    /// Label Studio: tasks with a labelling config.
    LabelStudio,
    /// doccano: JSONL for each member.
    Doccano,
    /// Prodigy: JSONL, a line for each item and annotator.
    Prodigy,
}

impl Target {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Native,
        Self::Csv,
        Self::Parquet,
        Self::Long,
        Self::Training,
        Self::Argilla1,
        Self::Argilla2,
        Self::LabelStudio,
        Self::Doccano,
        Self::Prodigy,
    ];

    /// The word used in commands.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Csv => "csv",
            Self::Parquet => "parquet",
            Self::Long => "long",
            Self::Training => "training",
            Self::Argilla1 => "argilla-v1",
            Self::Argilla2 => "argilla-v2",
            Self::LabelStudio => "label-studio",
            Self::Doccano => "doccano",
            Self::Prodigy => "prodigy",
        }
    }

    /// The one of a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|target| target.word() == word)
    }

    /// Whether vectors are written; other formats only tell how many they leave out.
    #[must_use]
    pub fn holds_vectors(self) -> bool {
        matches!(self, Self::Native | Self::Argilla1 | Self::Argilla2)
    }

    /// The name of the main file in a folder; none where a folder makes no sense.
    #[must_use]
    pub fn main_name(self) -> Option<&'static str> {
        match self {
            Self::Native | Self::Csv | Self::Parquet | Self::Long | Self::Prodigy => None,
            Self::Training => Some("train.jsonl"),
            Self::Argilla1 => Some("records.jsonl"),
            Self::Argilla2 => Some("flat.json"),
            Self::LabelStudio => Some("tasks.json"),
            Self::Doccano => Some("all.jsonl"),
        }
    }

    /// Whether it is one file, which may go to standard output.
    #[must_use]
    pub fn is_one_file(self) -> bool {
        self.main_name().is_none() || self == Self::Argilla2
    }

    /// The extensions of its main file; none where it is always a folder.
    #[must_use]
    pub fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Native | Self::Argilla1 | Self::Prodigy => &["jsonl"],
            Self::Csv => &["csv"],
            Self::Parquet => &["parquet"],
            Self::Long | Self::Training => &["jsonl", "csv", "parquet"],
            Self::Argilla2 | Self::LabelStudio => &["json"],
            Self::Doccano => &[],
        }
    }
}

/// What rows of ratings and for training become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A JSON object on each line.
    Lines,
    /// Comma-separated values.
    Csv,
    /// Parquet.
    Parquet,
}

impl Shape {
    /// That of a file's name.
    #[must_use]
    pub fn of_name(path: &Path) -> Self {
        let is = |end: &str| path.extension().is_some_and(|found| found.eq_ignore_ascii_case(end));
        if is("csv") {
            Self::Csv
        } else if is("parquet") {
            Self::Parquet
        } else {
            Self::Lines
        }
    }
}

/// Where an export goes.
pub trait Files {
    /// The main file.
    ///
    /// # Errors
    /// What the system says.
    fn main(&mut self) -> io::Result<Sink>;

    /// A file of that name beside it.
    ///
    /// # Errors
    /// What the system says.
    fn beside(&mut self, name: &str) -> io::Result<Sink>;

    /// The main file's other half: the rows that are held back.
    ///
    /// # Errors
    /// What the system says.
    fn rest(&mut self) -> io::Result<Sink>;

    /// Whether it is a folder of our own, and not a file that was named.
    fn is_folder(&self) -> bool;

    /// What rows become, by the main file's name.
    fn shape(&self) -> Shape;
}

/// Who is in a dataset, as formats with ids name people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The name in records.
    pub name: String,
    /// A UUID.
    pub id: String,
}

/// Columns that a table has to know before its first row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns {
    /// Keys of the metadata, in order of first sight, with what stands under them.
    pub metadata: Vec<(String, Cells)>,
    /// Who holds anything, by name.
    pub people: Vec<String>,
}

/// What all values of a column are, nothing aside.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Cells {
    /// There is none.
    #[default]
    None,
    /// True or false.
    Flags,
    /// Whole numbers that a float holds too.
    Wholes,
    /// Whole numbers of 64 bits.
    Long,
    /// Numbers.
    Numbers,
    /// Texts.
    Texts,
    /// Anything.
    Mixed,
}

impl Cells {
    /// With one more value.
    #[must_use]
    pub fn and(self, value: &Value) -> Self {
        let one = match value {
            Value::Null => return self,
            Value::Bool(_) => Self::Flags,
            Value::Number(number) if number.as_i64().is_some_and(|whole| whole.unsigned_abs() <= 1 << 53) => {
                Self::Wholes
            }
            Value::Number(number) if number.is_i64() => Self::Long,
            // A whole number beyond that would lose digits.
            Value::Number(number) if number.is_f64() => Self::Numbers,
            Value::String(_) => Self::Texts,
            _ => Self::Mixed,
        };
        match (self, one) {
            (Self::None, one) => one,
            (known, one) if known == one => one,
            (Self::Wholes, Self::Numbers) | (Self::Numbers, Self::Wholes) => Self::Numbers,
            (Self::Wholes, Self::Long) | (Self::Long, Self::Wholes) => Self::Long,
            _ => Self::Mixed,
        }
    }
}

/// What a writer has to know before the first record.
pub struct About<'a> {
    /// The dataset.
    pub spec: &'a DatasetSpec,
    /// Everybody.
    pub people: &'a [Person],
    /// For a table with columns for each person.
    pub columns: Columns,
    /// The question, for formats that have one: its place in the dataset.
    pub question: usize,
}

/// Writes records.
pub trait Writer {
    /// One record.
    ///
    /// # Errors
    /// What the file says, and [`io::ErrorKind::InvalidData`] for what the format cannot hold.
    fn record(&mut self, record: &RecordSpec) -> io::Result<()>;

    /// Ends the files; tells what was left out.
    ///
    /// # Errors
    /// What the file says.
    fn finish(self: Box<Self>) -> io::Result<Left>;
}

/// Begins files of a format; none for those that take no records: native and training.
///
/// # Errors
/// What the files say.
pub fn writer<'a>(
    target: Target,
    files: &'a mut dyn Files,
    about: &'a About<'a>,
) -> io::Result<Option<Box<dyn Writer + 'a>>> {
    Ok(Some(match target {
        Target::Native | Target::Training => return Ok(None),
        Target::Csv => Box::new(csv::Table::begin(files, about)?),
        Target::Parquet => Box::new(parquet::Table::begin(files, about)?),
        Target::Long => Box::new(long::Long::begin(files)?),
        Target::Argilla1 => Box::new(argilla1::Argilla1::begin(files, about)?),
        Target::Argilla2 => Box::new(argilla2::Argilla2::begin(files, about)?),
        Target::LabelStudio => Box::new(label_studio::LabelStudio::begin(files, about)?),
        Target::Doccano => Box::new(doccano::Doccano::begin(files, about)),
        Target::Prodigy => Box::new(prodigy::Prodigy::begin(files, about)?),
    }))
}

/// A JSON value and a line break.
fn line(out: &mut dyn Write, value: &impl serde::Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")
}

/// A JSON list, item by item.
struct List {
    out: Sink,
    some: bool,
}

impl List {
    fn begin(mut out: Sink) -> io::Result<Self> {
        out.write_all(b"[")?;
        Ok(Self { out, some: false })
    }

    fn item(&mut self, value: &impl serde::Serialize) -> io::Result<()> {
        self.out.write_all(if std::mem::replace(&mut self.some, true) { b",\n" } else { b"\n" })?;
        Ok(serde_json::to_writer(&mut self.out, value)?)
    }

    fn end(mut self) -> io::Result<()> {
        self.out.write_all(b"\n]\n")?;
        self.out.flush()
    }
}

/// A name that no column has yet.
fn free(name: &str, prefix: &str, taken: &[String]) -> String {
    let mut name = name.to_owned();
    while taken.contains(&name) {
        name = format!("{prefix}.{name}");
    }
    name
}

/// The labels of a question with everything.
fn labels(question: &QuestionSpec) -> Vec<LabelFull> {
    question.labels.iter().cloned().map(crate::model::transfer::LabelSpec::full).collect()
}

/// What a label is called on screen.
fn title(label: &LabelFull) -> &str {
    label.title.as_deref().filter(|title| !title.is_empty()).unwrap_or(&label.value)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Cells;

    #[test]
    fn a_column_is_of_one_type_that_loses_no_digit() {
        let check = |values: &[Value], expected: Cells| {
            let found = values.iter().fold(Cells::None, Cells::and);
            assert_eq!(found, expected, "{values:?}");
        };
        let large = json!(9_007_199_254_740_993_i64);
        check(&[json!(1), json!(null), json!(2.5)], Cells::Numbers);
        check(&[json!(1), large.clone()], Cells::Long);
        check(&[json!(2.5), large.clone()], Cells::Mixed);
        check(&[large, json!(2.5)], Cells::Mixed);
        check(&[json!(u64::MAX)], Cells::Mixed);
        check(&[json!("a"), json!(true)], Cells::Mixed);
    }
}
