//! A table as Parquet, with the columns of [`super::table`], each of one type: a list of labels is a list of strings, a
//! rating a whole number, spans and rankings are lists of structs. What is written goes out in groups of rows.

use std::io;

use serde_json::{Value, json};

use super::argilla1::kind;
use super::shapes::{items, ranks, stretches};
use super::table::{self, Column, Given, HOLDS};
use super::{About, Cells, Files, Left, Writer};
use crate::model::QuestionKind;
use crate::model::transfer::RecordSpec;

#[cfg(not(feature = "parquet"))]
pub(super) use absent::Batches;
#[cfg(feature = "parquet")]
pub(super) use present::Batches;

/// What a column holds; each cell may be empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Text,
    /// A list of texts.
    Texts,
    Whole,
    Number,
    Flag,
    /// A list of labels with their ranks.
    Ranks,
    /// A list of stretches of text.
    Spans,
}

pub(super) struct Table<'a> {
    batches: Batches,
    about: &'a About<'a>,
    columns: Vec<(Type, Column)>,
    left: Left,
}

impl<'a> Table<'a> {
    pub(super) fn begin(files: &mut dyn Files, about: &'a About<'a>) -> io::Result<Self> {
        let of = |column: &Column| match column {
            Column::Metadata(_, cells) => match cells {
                Cells::Flags => Type::Flag,
                Cells::Wholes | Cells::Long => Type::Whole,
                Cells::Numbers => Type::Number,
                Cells::None | Cells::Texts | Cells::Mixed => Type::Text,
            },
            Column::Answer(_, at) | Column::Verdict(at) => answered(kind(&about.spec.questions[*at])),
            Column::Flag(_) => Type::Flag,
            _ => Type::Text,
        };
        let columns: Vec<_> =
            table::columns(about).into_iter().map(|(name, column)| (name, of(&column), column)).collect();
        let types: Vec<_> = columns.iter().map(|(name, of, _)| (name.clone(), *of)).collect();
        let batches = Batches::begin(files.main()?, &types)?;
        let columns = columns.into_iter().map(|(_, of, column)| (of, column)).collect();
        Ok(Self { batches, about, columns, left: Left::default() })
    }
}

fn answered(kind: QuestionKind) -> Type {
    match kind {
        QuestionKind::MultiLabel => Type::Texts,
        QuestionKind::Label | QuestionKind::Text => Type::Text,
        QuestionKind::Rating => Type::Whole,
        QuestionKind::Ranking => Type::Ranks,
        QuestionKind::Span => Type::Spans,
    }
}

/// How many items of an answer that is a list its cell has lost, because they are of another kind.
fn lost(of: Type, value: &Value, cell: &Value) -> usize {
    let kept = cell.as_array().map(Vec::len);
    match (of, value, kept) {
        (Type::Texts, Value::Array(list), Some(kept)) => list.len() - kept,
        (Type::Ranks | Type::Spans, _, Some(kept)) => items(value) - kept,
        _ => 0,
    }
}

/// A value as its column wants it; null where it is of another kind.
fn cell(of: Type, column: &Column, value: &Value) -> Value {
    match of {
        Type::Text if matches!(column, Column::Metadata(_, Cells::Mixed)) && !value.is_null() => {
            value.to_string().into()
        }
        Type::Text => match value {
            Value::Null | Value::String(_) => value.clone(),
            other => other.to_string().into(),
        },
        Type::Texts => match value {
            Value::Array(list) => list.iter().filter(|label| label.is_string()).cloned().collect(),
            Value::String(label) => json!([label]),
            _ => Value::Null,
        },
        Type::Whole => match value.as_f64() {
            Some(number) if value.as_i64().is_none() && number.fract() == 0.0 && number.abs() < 9e15 => {
                json!(number as i64)
            }
            _ => json!(value.as_i64()),
        },
        Type::Number => json!(value.as_f64()),
        Type::Flag => json!(value.as_bool()),
        Type::Ranks | Type::Spans if !value.is_array() && !value.is_object() => Value::Null,
        Type::Ranks => ranks(value).into_iter().map(|(value, rank)| json!({"value": value, "rank": rank})).collect(),
        Type::Spans => {
            let one = |one: super::shapes::Stretch| json!({"start": one.start, "end": one.end, "label": one.label});
            stretches(value).into_iter().map(one).collect()
        }
    }
}

impl Writer for Table<'_> {
    fn record(&mut self, record: &RecordSpec) -> io::Result<()> {
        self.left.count(record, HOLDS);
        let mut row = Vec::with_capacity(self.columns.len());
        for (of, column) in &self.columns {
            row.push(match column.of(record, self.about) {
                None => Value::Null,
                Some(Given::Text(text)) => text.into(),
                Some(Given::Flag) => true.into(),
                Some(Given::Suggestions(all)) => serde_json::to_string(all)?.into(),
                Some(Given::Value(value)) => {
                    let cell = cell(*of, column, value);
                    self.left.add(
                        "answers of another kind than their question",
                        usize::from(cell.is_null() && !value.is_null()),
                    );
                    self.left.add("parts of answers of another kind than their question", lost(*of, value, &cell));
                    cell
                }
            });
        }
        self.batches.row(row)
    }

    fn finish(self: Box<Self>) -> io::Result<Left> {
        self.batches.finish()?;
        Ok(self.left)
    }
}

#[cfg(not(feature = "parquet"))]
mod absent {
    use std::io;

    use serde_json::Value;

    use super::Type;
    use crate::exchange::out::Sink;

    /// There are none.
    pub enum Batches {}

    impl Batches {
        /// Says that the feature is missing.
        pub fn begin(_: Sink, _: &[(String, Type)]) -> io::Result<Self> {
            Err(io::Error::new(io::ErrorKind::Unsupported, "this build has no Parquet"))
        }

        pub fn row(&mut self, _: Vec<Value>) -> io::Result<()> {
            match *self {}
        }

        pub fn finish(self) -> io::Result<()> {
            match self {}
        }
    }
}

#[cfg(feature = "parquet")]
mod present {
    use std::io;
    use std::sync::Arc;

    use arrow_json::ReaderBuilder;
    use arrow_json::reader::Decoder;
    use arrow_schema::{ArrowError, DataType, Field, Schema};
    use parquet::arrow::ArrowWriter;
    use parquet::basic::Compression;
    use parquet::errors::ParquetError;
    use parquet::file::properties::WriterProperties;
    use serde_json::{Map, Value};

    use super::Type;
    use crate::exchange::out::Sink;

    /// Rows handed over at a time, and about how many bytes of text.
    const BATCH: (usize, usize) = (1_024, 4_000_000);
    /// Rows and bytes of a group, which is in memory until it is whole.
    const GROUP: (usize, usize) = (100_000, 16_000_000);

    /// Rows on their way into a file.
    pub struct Batches {
        names: Vec<String>,
        rows: Vec<Map<String, Value>>,
        bytes: usize,
        decoder: Decoder,
        out: ArrowWriter<Sink>,
    }

    impl Batches {
        /// Begins a file with these columns.
        pub fn begin(out: Sink, columns: &[(String, Type)]) -> io::Result<Self> {
            Self::in_groups(GROUP, out, columns)
        }

        /// As [`Self::begin`], with so many rows and bytes in a group.
        pub(super) fn in_groups(group: (usize, usize), out: Sink, columns: &[(String, Type)]) -> io::Result<Self> {
            let fields: Vec<Field> = columns.iter().map(|(name, of)| Field::new(name, data(*of), true)).collect();
            let schema = Arc::new(Schema::new(fields));
            let properties = WriterProperties::builder()
                .set_compression(Compression::SNAPPY)
                .set_created_by(format!("labelry {}", env!("CARGO_PKG_VERSION")))
                .set_max_row_group_row_count(Some(group.0))
                .set_max_row_group_bytes(Some(group.1))
                .build();
            let decoder = ReaderBuilder::new(Arc::clone(&schema)).with_batch_size(BATCH.0).build_decoder();
            Ok(Self {
                names: columns.iter().map(|(name, _)| name.clone()).collect(),
                rows: Vec::new(),
                bytes: 0,
                decoder: decoder.map_err(|error| arrow(&error))?,
                out: ArrowWriter::try_new(out, schema, Some(properties)).map_err(failure)?,
            })
        }

        /// A row: a cell for each column.
        pub fn row(&mut self, cells: Vec<Value>) -> io::Result<()> {
            self.bytes += cells.iter().filter_map(Value::as_str).map(str::len).sum::<usize>();
            self.rows.push(self.names.iter().cloned().zip(cells).collect());
            if self.rows.len() < BATCH.0 && self.bytes < BATCH.1 { Ok(()) } else { self.hand() }
        }

        fn hand(&mut self) -> io::Result<()> {
            self.decoder.serialize(&self.rows).map_err(|error| arrow(&error))?;
            self.rows.clear();
            self.bytes = 0;
            match self.decoder.flush().map_err(|error| arrow(&error))? {
                Some(batch) => self.out.write(&batch).map_err(failure),
                None => Ok(()),
            }
        }

        /// Ends the file.
        pub fn finish(mut self) -> io::Result<()> {
            self.hand()?;
            let mut out = self.out.into_inner().map_err(failure)?;
            io::Write::flush(&mut out)
        }
    }

    fn data(of: Type) -> DataType {
        let list = |inner: DataType| DataType::List(Arc::new(Field::new("item", inner, true)));
        let field = |name: &str, of: DataType| Field::new(name, of, true);
        match of {
            Type::Text => DataType::Utf8,
            Type::Texts => list(DataType::Utf8),
            Type::Whole => DataType::Int64,
            Type::Number => DataType::Float64,
            Type::Flag => DataType::Boolean,
            Type::Ranks => {
                list(DataType::Struct(vec![field("value", DataType::Utf8), field("rank", DataType::Int64)].into()))
            }
            Type::Spans => {
                let numbers = ["start", "end"].map(|name| field(name, DataType::Int64));
                list(DataType::Struct(numbers.into_iter().chain([field("label", DataType::Utf8)]).collect()))
            }
        }
    }

    fn arrow(error: &ArrowError) -> io::Error {
        io::Error::other(error.to_string())
    }

    /// What the system said, where it was the system.
    fn failure(error: ParquetError) -> io::Error {
        match error {
            ParquetError::External(inner) => match inner.downcast::<io::Error>() {
                Ok(error) => *error,
                Err(other) => io::Error::other(other.to_string()),
            },
            other => io::Error::other(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn parts_of_another_kind_are_counted_and_left_out() {
        let check = |of: Type, value: Value, expected: Value, count: usize| {
            let found = cell(of, &Column::Verdict(0), &value);
            assert_eq!((lost(of, &value, &found), &found), (count, &expected), "{value}");
        };
        check(Type::Texts, json!(["a", 1, null, "b"]), json!(["a", "b"]), 2);
        check(Type::Texts, json!("a"), json!(["a"]), 0);
        check(Type::Texts, json!(5), json!(null), 0);
        check(Type::Ranks, json!(["a", 5]), json!([{"value": "a", "rank": 1}]), 1);
        check(Type::Ranks, json!({"value": ["a"], "rank": [2]}), json!([{"value": "a", "rank": 2}]), 0);
        let span = json!({"start": 0, "end": 1, "label": "s"});
        check(Type::Spans, json!([span, {"start": -1, "end": 2}, "x"]), json!([span]), 2);
        check(Type::Whole, json!(3.0), json!(3), 0);
    }

    #[test]
    #[cfg(feature = "parquet")]
    fn rows_of_several_groups_come_back_in_order() {
        use arrow_json::LineDelimitedWriter;
        use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

        let file = tempfile::tempfile().unwrap();
        let columns = [("n".to_owned(), Type::Whole), ("all".to_owned(), Type::Texts)];
        let out = Box::new(file.try_clone().unwrap());
        let mut batches = Batches::in_groups((1_000, usize::MAX), out, &columns).unwrap();
        for n in 0..2_500 {
            batches.row(vec![json!(n), json!([format!("text {n}")])]).unwrap();
        }
        batches.finish().unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        assert_eq!(reader.metadata().num_row_groups(), 3);
        let mut lines = LineDelimitedWriter::new(Vec::new());
        for batch in reader.build().unwrap() {
            lines.write(&batch.unwrap()).unwrap();
        }
        lines.finish().unwrap();
        let lines = lines.into_inner();
        let rows: Vec<Value> = serde_json::Deserializer::from_slice(&lines).into_iter().map(Result::unwrap).collect();
        let expected: Vec<Value> = (0..2_500).map(|n| json!({"n": n, "all": [format!("text {n}")]})).collect();
        assert!(rows == expected, "{} rows", rows.len());
    }
}
