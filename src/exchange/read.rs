//! A file told by its content and read item by item.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use serde_json::{Map, Value};

use super::error::{Kind, ReadError, quoted};
use super::lines::{self, Lines};
use super::{Bad, Format, Item, Located, MAX_LINE, Options, Summary, json, long, native, plain, wide};
use crate::progress::{Cancelled, Progress};

/// How many first bytes tell the format.
pub(super) const HEAD: usize = 1 << 20;
/// How many lines pass between two reports of progress.
const CHUNK: u64 = 4096;

/// Stands behind a table as a row of its own. Where it is found inside a cell, that cell's quote is open.
pub(super) const END: &[u8] = b"\n\x1eend of the table\x1e";

/// Receives what a file says.
type Sink<'a, E> = dyn FnMut(Located) -> Result<(), E> + 'a;

/// The format of a file, by its name, its first bytes (up to 1 MB) and what the person says.
///
/// # Errors
/// [`ReadError`] for an empty file and for UTF-16.
pub fn detect(path: &Path, head: &[u8], options: &Options) -> Result<Format, ReadError> {
    let head = lines::head(head).map_err(|error| error.placed(path, None))?;
    let format = told(path, head, options);
    let plain = matches!(format, Format::Jsonl | Format::Csv | Format::Tsv);
    Ok(if options.ratings && plain { Format::Long } else { format })
}

fn told(path: &Path, head: &[u8], options: &Options) -> Format {
    let wants_long = options.item.is_some() || options.rater.is_some() || options.value.is_some();
    match options.format {
        Some(Format::Csv | Format::Tsv | Format::Jsonl) | None if wants_long => {
            return Format::Long;
        }
        Some(format) => return format,
        None => {}
    }
    let first = first_line(head);
    let shape = layout(path, head, options);
    if shape != Format::Jsonl {
        let delimiter = if shape == Format::Tsv { '\t' } else { ',' };
        let first = String::from_utf8_lossy(first);
        let columns = first.split(delimiter).map(|name| name.trim().trim_matches('"'));
        let long = options.text.is_empty() && long::looks_long(&columns);
        return if long { Format::Long } else { shape };
    }
    let Some(row) = std::str::from_utf8(first).ok().and_then(|text| json::object(text).ok()) else {
        // A first line longer than the head, or a broken one: reading will tell.
        let native = first.windows(9).any(|w| w == b"\"labelry\"") || first.windows(8).any(|w| w == b"\"fields\"");
        return if native { Format::Native } else { Format::Jsonl };
    };
    if row.contains_key("labelry") || row.get("fields").is_some_and(Value::is_object) {
        Format::Native
    } else if options.text.is_empty() && long::looks_long(&row.keys().map(String::as_str)) {
        Format::Long
    } else {
        Format::Jsonl
    }
}

/// Jsonl, Csv or Tsv: how the bytes are laid out, whatever they say.
fn layout(path: &Path, head: &[u8], options: &Options) -> Format {
    if let Some(format @ (Format::Csv | Format::Tsv | Format::Jsonl)) = options.format {
        return format;
    }
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
    let start = head.iter().find(|byte| !byte.is_ascii_whitespace());
    let table = matches!(extension.as_str(), "csv" | "tsv" | "tab");
    let lines = matches!(extension.as_str(), "jsonl" | "json" | "ndjson");
    if options.format == Some(Format::Native) || lines || (!table && matches!(start, Some(b'{' | b'['))) {
        return Format::Jsonl;
    }
    let first = first_line(head);
    let count = |wanted: u8| first.split(|byte| *byte == wanted).count() - 1;
    let tabs = count(b'\t');
    if matches!(extension.as_str(), "tsv" | "tab") || (tabs > 0 && tabs >= count(b',')) {
        Format::Tsv
    } else {
        Format::Csv
    }
}

fn first_line(head: &[u8]) -> &[u8] {
    head.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or_default()
}

/// Reads a file and hands each thing it says to `sink`, with its line. Progress is in bytes.
///
/// # Errors
/// [`ReadError`] for bad input, [`Cancelled`] from `progress`, and whatever `sink` says.
pub fn read<E>(path: &Path, options: &Options, sink: &mut Sink<'_, E>, progress: &dyn Progress) -> Result<Summary, E>
where
    E: From<ReadError> + From<Cancelled>,
{
    let (file, total) = open(path)?;
    read_from(file, path, total, options, sink, progress)
}

/// As [`read`], from anything that can be read; `path` is its name in errors, `total` its bytes or 0.
///
/// # Errors
/// As [`read`].
pub fn read_from<E>(
    mut input: impl Read,
    path: &Path,
    total: u64,
    options: &Options,
    sink: &mut Sink<'_, E>,
    progress: &dyn Progress,
) -> Result<Summary, E>
where
    E: From<ReadError> + From<Cancelled>,
{
    let mut head = Vec::new();
    (&mut input).take(HEAD as u64).read_to_end(&mut head).map_err(|error| ReadError::io(path, &error))?;
    let format = detect(path, &head, options)?;
    let start = head.strip_prefix(lines::BOM).unwrap_or(&head);
    let shape = layout(path, start, options);
    let input = BufReader::with_capacity(HEAD, start.chain(input));
    let mut out =
        Out { path, options, summary: Summary::new(format), columns: plain::Columns::default(), sink, progress, total };
    match shape {
        Format::Csv => out.table(input, b',')?,
        Format::Tsv => out.table(input, b'\t')?,
        _ => out.lines(&mut Lines::new(input, path))?,
    }
    Ok(out.summary)
}

/// Opens a file; tells its length.
pub(super) fn open(path: &Path) -> Result<(File, u64), ReadError> {
    let file = File::open(path).map_err(|error| ReadError::io(path, &error))?;
    let about = file.metadata().map_err(|error| ReadError::io(path, &error))?;
    if about.is_dir() {
        return Err(ReadError::directory(path));
    }
    Ok((file, about.len()))
}

/// One reading: rows come in, items go out.
struct Out<'a, 's, E> {
    path: &'a Path,
    options: &'a Options,
    summary: Summary,
    columns: plain::Columns,
    sink: &'a mut Sink<'s, E>,
    progress: &'a dyn Progress,
    total: u64,
}

impl<E: From<ReadError> + From<Cancelled>> Out<'_, '_, E> {
    fn lines<R: std::io::BufRead>(&mut self, lines: &mut Lines<'_, R>) -> Result<(), E> {
        while lines.advance()? {
            if lines.blank() {
                continue;
            }
            self.summary.lines += 1;
            let row = lines.text().and_then(json::object);
            self.row(lines.number, row, || lines.raw().to_vec())?;
            if self.summary.lines.is_multiple_of(CHUNK) {
                self.progress.at(lines.bytes, self.total)?;
            }
        }
        Ok(self.progress.at(lines.bytes, self.total)?)
    }

    fn table(&mut self, input: impl Read, delimiter: u8) -> Result<(), E> {
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .from_reader(input.chain(END));
        let mut cells = csv::ByteRecord::new();
        let mut header: Option<Vec<String>> = None;
        while reader.read_byte_record(&mut cells).map_err(|error| broken(&error).placed(self.path, None))? {
            let line = cells.position().map_or(1, csv::Position::line);
            if ended(&cells).map_err(|error| error.placed(self.path, Some(line)))? {
                break;
            }
            if cells.as_slice().len() > MAX_LINE {
                return Err(lines::too_long().placed(self.path, Some(line)).into());
            }
            let Some(header) = &header else {
                header = Some(self.header(&cells).map_err(|error| error.placed(self.path, Some(line)))?);
                continue;
            };
            self.summary.lines += 1;
            let row = row(&cells, header);
            self.row(line, row, || raw(&cells))?;
            if self.summary.lines.is_multiple_of(CHUNK) {
                self.progress.at(reader.position().byte(), self.total)?;
            }
        }
        Ok(self.progress.at(reader.position().byte().saturating_sub(END.len() as u64), self.total)?)
    }

    /// A row says one thing, but in wide form one for each annotator.
    fn row(
        &mut self,
        line: u64,
        row: Result<Map<String, Value>, ReadError>,
        raw: impl Fn() -> Vec<u8>,
    ) -> Result<(), E> {
        if self.summary.format != Format::Wide {
            let item = row.and_then(|row| self.item(row));
            return self.give(line, item, raw);
        }
        match row.and_then(|row| wide::responses(&row, self.options, &mut self.summary)) {
            Ok(all) => all.into_iter().try_for_each(|one| self.give(line, Ok(Item::Response(Box::new(one))), &raw)),
            Err(error) => self.give(line, Err(error), raw),
        }
    }

    /// The names of the columns, checked before any row.
    fn header(&mut self, cells: &csv::ByteRecord) -> Result<Vec<String>, ReadError> {
        let mut header: Vec<String> = Vec::new();
        let mut row = Map::new();
        for (at, cell) in cells.iter().enumerate() {
            let name = match lines::text(cell)?.trim() {
                "" => format!("column_{}", at + 1),
                name => name.to_owned(),
            };
            if row.insert(name.clone(), Value::String(String::new())).is_some() {
                return Err(ReadError::new(Kind::Duplicate, format!("the column {} twice", quoted(&name)), "")
                    .with_hint("rename one of the two"));
            }
            header.push(name);
        }
        if self.summary.format == Format::Wide {
            wide::raters(&row, self.options)?;
        } else if self.summary.format == Format::Long && self.options.ratings {
            long::columns(&row, self.options)?;
        } else if self.summary.format != Format::Long {
            self.columns.settle(&row, self.options, &mut self.summary)?;
        }
        Ok(header)
    }

    fn item(&mut self, row: Map<String, Value>) -> Result<Item, ReadError> {
        let first = self.summary.lines == 1;
        match self.summary.format {
            Format::Long | Format::Wide => {
                Ok(Item::Response(Box::new(long::response(row, self.options, &mut self.summary)?)))
            }
            Format::Native if row.contains_key("labelry") => {
                if !first {
                    return Err(ReadError::new(Kind::BadHeader, "a second header", "a record")
                        .with_hint("import files of several datasets one by one"));
                }
                Ok(Item::Header(Box::new(native::header(row)?)))
            }
            Format::Native => Ok(Item::Record(Box::new(native::record(row)?))),
            Format::Jsonl | Format::Csv | Format::Tsv => {
                let record = self.columns.record(row, self.options, &mut self.summary)?;
                Ok(Item::Record(Box::new(record)))
            }
        }
    }

    fn give(&mut self, line: u64, item: Result<Item, ReadError>, raw: impl FnOnce() -> Vec<u8>) -> Result<(), E> {
        let raw = if self.options.skip_bad { raw() } else { Vec::new() };
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

/// Whether these cells are [`END`]. When it is inside a cell, that cell's quote swallowed the rest of the file.
pub(super) fn ended(cells: &csv::ByteRecord) -> Result<bool, ReadError> {
    let mark = END.get(1..).unwrap_or_default();
    match cells.iter().next_back() {
        Some(cell) if cell == mark && cells.len() == 1 => Ok(true),
        Some(cell) if cell.ends_with(mark) => {
            Err(ReadError::new(Kind::OpenQuote, "a quote that is never closed", "the quote at the end of its cell")
                .with_hint("close it; a quote that belongs to a cell's text is doubled: \"he said \"\"no\"\"\""))
        }
        _ => Ok(false),
    }
}

fn row(cells: &csv::ByteRecord, header: &[String]) -> Result<Map<String, Value>, ReadError> {
    if cells.len() != header.len() {
        let found = if cells.len() == 1 { "1 cell".into() } else { format!("{} cells", cells.len()) };
        return Err(ReadError::new(Kind::RowLength, found, format!("the header's {}", header.len()))
            .with_hint("put cells with commas, tabs or line breaks into double quotes"));
    }
    let mut row = Map::with_capacity(header.len());
    for (name, cell) in header.iter().zip(cells) {
        row.insert(name.clone(), Value::String(lines::text(cell)?.to_owned()));
    }
    Ok(row)
}

fn raw(cells: &csv::ByteRecord) -> Vec<u8> {
    let cells: Vec<_> = cells.iter().map(String::from_utf8_lossy).collect();
    serde_json::to_vec(&cells).unwrap_or_default()
}

/// What the csv crate says; lengths and UTF-8 are checked here, so only reading itself can fail.
pub(super) fn broken(error: &csv::Error) -> ReadError {
    match error.kind() {
        csv::ErrorKind::Io(error) => ReadError::new(Kind::Io, format!("that it cannot be read ({error})"), ""),
        _ => ReadError::new(Kind::BadCsv, format!("broken CSV ({error})"), ""),
    }
}
