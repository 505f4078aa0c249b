//! A file read item by item.

use std::io::Read;
use std::path::Path;

use serde_json::{Map, Value};

use super::bytes::HEAD;
use super::error::{Kind, ReadError, quoted};
use super::framing::Framing;
use super::rows::{Feed, Take};
use super::source::{self, Source};
use super::told;
use super::tool::Learned;
use super::{Bad, Format, Item, Located, Options, Summary, lines, long, native, parquet, plain, wide};
use crate::progress::{Cancelled, Progress};

/// How deep lists and objects in metadata may be. An export wraps them in further objects, and JSON of more than 128
/// levels is not read: what came in has to come in again.
const DEEPEST: usize = 100;

/// Receives what a file says.
type Sink<'a, E> = dyn FnMut(Located) -> Result<(), E> + 'a;

/// Reads a file and hands each thing it says to `sink`, with its line. Progress is in bytes.
///
/// # Errors
/// [`ReadError`] for bad input, [`Cancelled`] from `progress`, and whatever `sink` says.
pub fn read<E>(path: &Path, options: &Options, sink: &mut Sink<'_, E>, progress: &dyn Progress) -> Result<Summary, E>
where
    E: From<ReadError> + From<Cancelled>,
{
    let source = Source::open::<E>(path, progress)?;
    read_source(&source, options, None, sink, progress)
}

/// As [`read`], of an opened source; `learned` is what [`super::learn`] learned of it, where it did.
///
/// # Errors
/// As [`read`].
pub fn read_source<E>(
    source: &Source,
    options: &Options,
    learned: Option<&mut Learned>,
    sink: &mut Sink<'_, E>,
    progress: &dyn Progress,
) -> Result<Summary, E>
where
    E: From<ReadError> + From<Cancelled>,
{
    let (format, layout) = tell(source, options)?;
    let mut out = Out::new(source.path(), options, format, learned, sink)?;
    feed(source, layout, options, &mut out, progress)?;
    Ok(out.summary)
}

/// What a source is.
pub(super) fn tell(source: &Source, options: &Options) -> Result<(Format, Framing), ReadError> {
    told::tell(source.path(), &source.head()?, options, &|| parquet::first(source))
}

/// Hands the rows of a source over.
pub(super) fn feed<E>(
    source: &Source,
    layout: Framing,
    options: &Options,
    take: &mut dyn Take<E>,
    progress: &dyn Progress,
) -> Result<(), E>
where
    E: From<ReadError> + From<Cancelled>,
{
    if layout == Framing::Parquet {
        return parquet::rows(source, take, progress);
    }
    let (mut input, total) = source.input()?;
    let mut start = Vec::new();
    let first = (&mut input).take(lines::BOM.len() as u64).read_to_end(&mut start);
    first.map_err(|error| ReadError::io(source.path(), &error))?;
    let start = start.strip_prefix(lines::BOM).unwrap_or(&start);
    let feed = Feed { path: source.path(), layout, text: options.text_name(), progress, total };
    feed.read(start.chain(input), take)
}

/// As [`read`], from anything that passes by once; `path` is its name in errors, `total` its bytes or 0. Files of other
/// tools have to be read twice, and are refused.
///
/// # Errors
/// As [`read`].
pub fn read_from<E>(
    input: impl Read,
    path: &Path,
    total: u64,
    options: &Options,
    sink: &mut Sink<'_, E>,
    progress: &dyn Progress,
) -> Result<Summary, E>
where
    E: From<ReadError> + From<Cancelled>,
{
    let mut input = source::once(input);
    let first = |input: &mut dyn Read| -> Result<Vec<u8>, ReadError> {
        let mut head = Vec::new();
        input.take(HEAD as u64).read_to_end(&mut head).map_err(|error| ReadError::io(path, &error))?;
        Ok(head)
    };
    let mut head = first(&mut input)?;
    let mut input: Box<dyn Read + '_> = Box::new(input);
    if source::is_gzip(&head) {
        input = Box::new(source::expanded(std::io::Cursor::new(head).chain(input), total));
        head = first(&mut input)?;
    }
    if head.starts_with(told::PARQUET) {
        let error = ReadError::new(Kind::OtherFormat, "Parquet that passes by once", "Parquet in a file")
            .with_hint("its end has to be read first: write it to a file, and give the file");
        return Err(error.placed(path, None).into());
    }
    let (format, layout) = told::tell(path, &head, options, &|| None)?;
    let start = head.strip_prefix(lines::BOM).unwrap_or(&head);
    let mut out = Out::new(path, options, format, None, sink)?;
    let feed = Feed { path, layout, text: options.text_name(), progress, total };
    feed.read(start.chain(input), &mut out)?;
    Ok(out.summary)
}

/// One reading: rows come in, items go out.
struct Out<'a, 's, E> {
    path: &'a Path,
    options: &'a Options,
    summary: Summary,
    columns: plain::Columns,
    about: long::About,
    learned: Option<&'a mut Learned>,
    sink: &'a mut Sink<'s, E>,
}

impl<E: From<ReadError> + From<Cancelled>> Take<E> for Out<'_, '_, E> {
    fn header(&mut self, row: &Map<String, Value>) -> Result<(), ReadError> {
        match self.summary.format {
            Format::Wide => wide::raters(row, self.options).map(drop),
            Format::Long if self.options.ratings => long::columns(row, self.options),
            Format::Long => Ok(()),
            _ => self.columns.settle(row, self.options, &mut self.summary),
        }
    }

    /// A row says one thing, but in wide form one for each annotator, and in some tools' files several.
    fn row(
        &mut self,
        line: u64,
        row: Result<Map<String, Value>, ReadError>,
        raw: &dyn Fn() -> Vec<u8>,
    ) -> Result<(), E> {
        self.summary.lines += 1;
        let all = if let Some(learned) = &mut self.learned {
            row.and_then(|row| learned.items(self.path, row, &mut self.summary))
        } else if self.summary.format == Format::Wide {
            let all = row.and_then(|row| wide::responses(&row, self.options, &mut self.summary));
            all.map(|all| all.into_iter().map(|one| Item::Response(Box::new(one))).collect())
        } else {
            let item = row.and_then(|row| self.item(row));
            return self.give(line, item, raw);
        };
        match all {
            Ok(all) => all.into_iter().try_for_each(|item| self.give(line, Ok(item), raw)),
            Err(error) => self.give(line, Err(error), raw),
        }
    }
}

impl<'a, 's, E: From<ReadError> + From<Cancelled>> Out<'a, 's, E> {
    fn new(
        path: &'a Path,
        options: &'a Options,
        format: Format,
        learned: Option<&'a mut Learned>,
        sink: &'a mut Sink<'s, E>,
    ) -> Result<Self, ReadError> {
        let learned = learned.filter(|learned| learned.format() == format);
        if learned.is_none() && format.is_of_a_tool() {
            let found = format!("a file of another tool ({})", format.word());
            let error = ReadError::new(Kind::OtherFormat, found, "answers that can be read in one go")
                .with_hint("import it first: labelry import FILE --dataset NAME");
            return Err(error.placed(path, None));
        }
        let (summary, columns, about) = (Summary::new(format), plain::Columns::default(), long::About::default());
        Ok(Self { path, options, summary, columns, about, learned, sink })
    }

    fn item(&mut self, row: Map<String, Value>) -> Result<Item, ReadError> {
        let first = self.summary.lines == 1;
        match self.summary.format {
            Format::Long | Format::Wide => {
                let row = long::response(row, self.options, &mut self.about, &mut self.summary)?;
                Ok(Item::Response(Box::new(row)))
            }
            Format::Native if row.contains_key("labelry") => {
                if !first {
                    return Err(ReadError::new(Kind::BadHeader, "a second header", "a record")
                        .with_hint("import files of several datasets one by one"));
                }
                Ok(Item::Header(Box::new(native::header(row)?)))
            }
            Format::Native => Ok(Item::Record(Box::new(native::record(row)?))),
            _ => {
                let record = self.columns.record(row, self.options, &mut self.summary)?;
                Ok(Item::Record(Box::new(record)))
            }
        }
    }

    fn give(&mut self, line: u64, item: Result<Item, ReadError>, raw: &dyn Fn() -> Vec<u8>) -> Result<(), E> {
        let raw = if self.options.skip_bad { raw() } else { Vec::new() };
        let item = item.and_then(shallow);
        let item = match item.map_err(|error| error.placed(self.path, Some(line))) {
            Ok(item) => item,
            // A header that cannot be read says nothing good of the rest.
            Err(error) if self.options.skip_bad && error.kind != Kind::BadHeader => {
                let record = !matches!(self.summary.format, Format::Long | Format::Wide);
                Item::Bad(Box::new(Bad { error, raw: raw.clone(), record }))
            }
            Err(error) => return Err(error.into()),
        };
        match &item {
            Item::Header(_) => {}
            Item::Record(_) => self.summary.records += 1,
            Item::Response(_) => self.summary.responses += 1,
            Item::Bad(_) => self.summary.bad += 1,
        }
        (self.sink)(Located { line, item, raw })
    }
}

/// Refuses metadata beyond [`DEEPEST`].
fn shallow(item: Item) -> Result<Item, ReadError> {
    let Item::Record(record) = &item else { return Ok(item) };
    match record.metadata.iter().find(|(_, value)| deeper(value, DEEPEST)) {
        None => Ok(item),
        Some((name, _)) => {
            let found = format!("lists and objects more than {DEEPEST} deep in the metadata {}", quoted(name));
            Err(ReadError::new(Kind::TooDeep, found, "less nesting")
                .with_hint("flatten the metadata, or keep it as a string"))
        }
    }
}

fn deeper(value: &Value, than: usize) -> bool {
    let below = |inner: &Value| deeper(inner, than.saturating_sub(1));
    match value {
        Value::Array(list) => than == 0 || list.iter().any(below),
        Value::Object(map) => than == 0 || map.values().any(below),
        _ => false,
    }
}
