//! Parquet, a batch of rows at a time.

/// The thread that Parquet is read on.
pub const THREAD: &str = "parquet";

#[cfg(not(feature = "parquet"))]
pub(super) use absent::{first, rows};
#[cfg(feature = "parquet")]
pub(super) use present::{first, rows};

#[cfg(not(feature = "parquet"))]
mod absent {
    use serde_json::{Map, Value};

    use crate::exchange::error::{Kind, ReadError};
    use crate::exchange::rows::Take;
    use crate::exchange::source::Source;
    use crate::progress::{Cancelled, Progress};

    /// None: [`rows`] will say why.
    pub fn first(_: &Source) -> Option<Map<String, Value>> {
        None
    }

    /// Says that the feature is missing.
    pub fn rows<E>(source: &Source, _: &mut dyn Take<E>, _: &dyn Progress) -> Result<(), E>
    where
        E: From<ReadError> + From<Cancelled>,
    {
        let error = ReadError::new(Kind::OtherFormat, "Parquet", "a format that this build reads")
            .with_hint("build labelry with --features parquet, or write the file as JSONL: df.to_json(\"FILE.jsonl\", orient=\"records\", lines=True)");
        Err(error.placed(source.path(), None).into())
    }
}

#[cfg(feature = "parquet")]
mod present {
    use std::fs::File;
    use std::path::Path;
    use std::sync::Arc;
    use std::thread::{self, ScopedJoinHandle};

    use arrow_array::{
        Array, ArrayRef, FixedSizeListArray, Float32Array, Float64Array, LargeListArray, ListArray, RecordBatch,
    };
    use arrow_json::WriterBuilder;
    use arrow_json::writer::LineDelimited;
    use arrow_schema::{DataType, Field, Schema};
    use parquet::arrow::arrow_reader::{
        ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
    };
    use serde_json::{Map, Value};

    use super::THREAD;
    use crate::exchange::error::{Kind, ReadError, harmless, quoted};
    use crate::exchange::json;
    use crate::exchange::rows::Take;
    use crate::exchange::source::Source;
    use crate::progress::{Cancelled, Progress};

    /// Rows in memory at a time.
    const BATCH: usize = 512;

    /// How many rows there may always be. Beyond that a row takes a byte at least: rows that are all the same are packed
    /// to nothing, and are no data.
    const FREE: u64 = 1_000_000;

    fn bomb(rows: u64, bytes: u64) -> ReadError {
        ReadError::new(Kind::Bomb, format!("{rows} rows in {bytes} bytes, so most of them are the same"), "records")
            .with_hint("look what is in it, and write each record once")
    }

    /// Stack of its thread, in bytes: as much as the main one has.
    const STACK: usize = 8 << 20;

    /// Names of classes by column, as `datasets` keeps them beside the columns.
    type Classes = Vec<(String, Vec<Value>)>;

    /// Hands over all rows; their numbers stand for lines. Progress is in rows.
    pub fn rows<E>(source: &Source, take: &mut dyn Take<E>, progress: &dyn Progress) -> Result<(), E>
    where
        E: From<ReadError> + From<Cancelled>,
    {
        let place = |error: ReadError| error.placed(source.path(), None);
        let file = source.file().map_err(place)?;
        let bytes = file.metadata().map_err(|error| ReadError::io(source.path(), &error))?.len();
        let (mut reader, classes, total) = whole(|| open(file, BATCH)).map_err(place)?;
        if total > FREE.max(bytes) {
            return Err(place(bomb(total, bytes)).into());
        }
        let mut number = 0;
        loop {
            let read = whole(|| next(&mut reader));
            // Bytes that were to be text and are none: where they stand is told.
            let read = read.map_err(|error| source.file().ok().and_then(bytes_that_are_no_text).unwrap_or(error));
            let Some((lines, odd)) = read.map_err(place)? else { break };
            if let Some(Odd { column, row, position, value }) = odd {
                let found = format!("{value} as number {position} of the list in the column {}", quoted(&column));
                let error = ReadError::new(Kind::BadVector, found, "a number");
                let error = error.with_hint("write a number there, or leave the list of that row out (null)");
                return Err(error.placed(source.path(), Some(number + row)).into());
            }
            for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                number += 1;
                take.row(number, row(line, &classes), &|| line.to_vec())?;
            }
            progress.at(number, total)?;
        }
        Ok(())
    }

    /// The first row; none where there is none, and where the file is broken, which [`rows`] will say.
    pub fn first(source: &Source) -> Option<Map<String, Value>> {
        let file = source.file().ok()?;
        let (mut reader, classes, _) = whole(|| open(file, 1)).ok()?;
        let (lines, _) = whole(|| next(&mut reader)).ok()??;
        row(lines.trim_ascii_end(), &classes).ok()
    }

    fn row(line: &[u8], classes: &Classes) -> Result<Map<String, Value>, ReadError> {
        let mut row = super::super::lines::text(line).and_then(json::object)?;
        name(&mut row, classes);
        Ok(row)
    }

    fn open(file: File, batch: usize) -> Result<(ParquetRecordBatchReader, Classes, u64), String> {
        let about = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).map_err(|error| error.to_string())?;
        // Text that was written without its mark is bytes: it is read as the text that it is.
        let fields = about.schema().fields().iter().map(|field| match field.data_type() {
            DataType::Binary | DataType::LargeBinary | DataType::BinaryView => text_field(field),
            _ => field.as_ref().clone(),
        });
        let schema = Schema::new(fields.collect::<Vec<_>>()).with_metadata(about.schema().metadata().clone());
        begun(file, ArrowReaderOptions::new().with_schema(Arc::new(schema)), batch)
    }

    fn text_field(field: &Field) -> Field {
        Field::new(field.name(), DataType::Utf8, field.is_nullable()).with_metadata(field.metadata().clone())
    }

    /// The first cell of bytes that are no text.
    fn bytes_that_are_no_text(file: File) -> Option<ReadError> {
        let about = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).ok()?;
        let is_bytes = |of: &DataType| matches!(of, DataType::Binary | DataType::LargeBinary | DataType::BinaryView);
        let fields = about.schema().fields().iter().filter(|field| is_bytes(field.data_type()));
        let columns: Vec<String> = fields.map(|field| field.name().clone()).collect();
        let (mut reader, ..) = whole(|| begun(file, ArrowReaderOptions::new(), BATCH)).ok()?;
        let mut number = 0;
        while let Some((lines, _)) = whole(|| next(&mut reader)).ok()? {
            for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                number += 1;
                let row = row(line, &Vec::new()).ok()?;
                let wrong = |name: &&String| row.get(*name).and_then(Value::as_str).is_some_and(|hex| !is_text(hex));
                if let Some(name) = columns.iter().find(wrong) {
                    let found = format!("bytes in the column {} that are no text", quoted(name));
                    let error = ReadError::new(Kind::NotUtf8, found, "UTF-8 text").placed(Path::new(""), Some(number));
                    return Some(error.with_hint("leave the column out, or write it as text"));
                }
            }
        }
        None
    }

    /// Whether these bytes, in hexadecimal digits, are UTF-8.
    fn is_text(hex: &str) -> bool {
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
        let bytes: Option<Vec<u8>> = hex.as_bytes().chunks(2).map(byte).collect();
        bytes.is_none_or(|bytes| std::str::from_utf8(&bytes).is_ok())
    }

    fn begun(
        file: File,
        options: ArrowReaderOptions,
        batch: usize,
    ) -> Result<(ParquetRecordBatchReader, Classes, u64), String> {
        let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(file, options);
        let builder = builder.map_err(|error| error.to_string())?;
        let about = builder.metadata().file_metadata();
        let total = u64::try_from(about.num_rows()).unwrap_or_default();
        let kept = about.key_value_metadata().into_iter().flatten();
        let told = kept.filter(|pair| pair.key == "huggingface").find_map(|pair| pair.value.as_deref());
        let classes = told.and_then(classes).unwrap_or_default();
        let reader = builder.with_batch_size(batch).build().map_err(|error| error.to_string())?;
        Ok((reader, classes, total))
    }

    /// Something in a list that is no number and that JSON has no word for; rows and positions count from 1.
    struct Odd {
        column: String,
        row: u64,
        position: usize,
        value: f64,
    }

    fn odd(batch: &RecordBatch) -> Option<Odd> {
        for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
            for row in (0..batch.num_rows()).filter(|row| !column.is_null(*row)) {
                let Some(list) = list(column, row) else { break };
                if let Some((at, value)) = numbers(&list).find(|(_, value)| !value.is_finite()) {
                    return Some(Odd { column: field.name().clone(), row: row as u64 + 1, position: at + 1, value });
                }
            }
        }
        None
    }

    fn list(column: &ArrayRef, row: usize) -> Option<ArrayRef> {
        let column = column.as_any();
        let small = column.downcast_ref::<ListArray>().map(|lists| lists.value(row));
        let large = || column.downcast_ref::<LargeListArray>().map(|lists| lists.value(row));
        small.or_else(large).or_else(|| column.downcast_ref::<FixedSizeListArray>().map(|lists| lists.value(row)))
    }

    /// Floats of a list with their places; nulls are not among them.
    fn numbers(list: &ArrayRef) -> Box<dyn Iterator<Item = (usize, f64)> + '_> {
        if let Some(single) = list.as_any().downcast_ref::<Float32Array>() {
            return Box::new(single.iter().enumerate().filter_map(|(at, value)| Some((at, f64::from(value?)))));
        }
        match list.as_any().downcast_ref::<Float64Array>() {
            Some(double) => Box::new(double.iter().enumerate().filter_map(|(at, value)| Some((at, value?)))),
            None => Box::new(std::iter::empty()),
        }
    }

    /// Rows as JSON, a line each, and what in them cannot be written so.
    type Lines = (Vec<u8>, Option<Odd>);

    /// The next batch as JSON, a line each, and what in it cannot be written so; none at the end.
    fn next(reader: &mut ParquetRecordBatchReader) -> Result<Option<Lines>, String> {
        let Some(batch) = reader.next() else { return Ok(None) };
        let batch = batch.map_err(|error| error.to_string())?;
        let mut writer = WriterBuilder::new().with_explicit_nulls(true).build::<_, LineDelimited>(Vec::new());
        writer.write(&batch).and_then(|()| writer.finish()).map_err(|error| error.to_string())?;
        Ok(Some((writer.into_inner(), odd(&batch))))
    }

    /// The parquet crate has panicked on files that were tampered with: to a person that is a broken file as well. It
    /// works on a thread of this name, about whose panics the process says nothing.
    fn whole<T: Send>(work: impl FnOnce() -> Result<T, String> + Send) -> Result<T, ReadError> {
        let done = thread::scope(|scope| {
            let builder = thread::Builder::new().name(String::from(THREAD)).stack_size(STACK);
            builder.spawn_scoped(scope, work).map(ScopedJoinHandle::join)
        });
        let why = match done {
            Ok(Ok(Ok(done))) => return Ok(done),
            Ok(Ok(Err(why))) => why,
            Ok(Err(_panic)) => String::from("it contradicts itself"),
            Err(error) => return Err(ReadError::of_io(&error)),
        };
        let found = format!("broken Parquet ({})", harmless(&why));
        Err(ReadError::new(Kind::Truncated, found, "a whole file")
            .with_hint("it was cut off or changed on the way: write or copy it again"))
    }

    fn classes(told: &str) -> Option<Classes> {
        let told: Value = serde_json::from_str(told).ok()?;
        let features = told.pointer("/info/features")?.as_object()?;
        Some(features.iter().filter_map(|(column, feature)| Some((column.clone(), names(feature)?))).collect())
    }

    /// The names of a feature's classes, also of lists of classes: `{"feature": …}`, in older files `[…]`.
    fn names(feature: &Value) -> Option<Vec<Value>> {
        match feature {
            Value::Array(list) => names(list.first()?),
            Value::Object(map) if map.contains_key("feature") => names(map.get("feature")?),
            _ => Some(feature.get("names")?.as_array()?.clone()),
        }
    }

    /// Class numbers become the names of their classes.
    fn name(row: &mut Map<String, Value>, classes: &Classes) {
        for (column, names) in classes {
            if let Some(value) = row.get_mut(column) {
                named(value, names);
            }
        }
    }

    fn named(value: &mut Value, names: &[Value]) {
        if let Value::Array(list) = value {
            for one in list {
                named(one, names);
            }
        } else if let Some(name) = value.as_u64().and_then(|at| names.get(usize::try_from(at).ok()?)) {
            *value = name.clone();
        }
    }
}
