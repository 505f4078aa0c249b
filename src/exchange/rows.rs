//! Rows of any layout, handed over one by one with the lines they came from.

use std::cell::Cell;
use std::io::{self, BufReader, Read};
use std::path::Path;

use serde_json::{Map, Value};

use super::bytes::{END, HEAD, broken, ended};
use super::error::{Kind, ReadError, quoted};
use super::framing::Framing;
use super::lines::{self, Lines, Rows};
use super::{MAX_LINE, elements, json, sheet};
use crate::progress::{Cancelled, Progress};

/// How many rows pass between two reports of progress.
const CHUNK: u64 = 4096;

/// A row, or what is wrong with it.
type Row = Result<Map<String, Value>, ReadError>;

/// Takes rows.
pub(super) trait Take<E> {
    /// The columns of a table, each with an empty cell, before any row.
    fn header(&mut self, row: &Map<String, Value>) -> Result<(), ReadError>;

    /// A row, or what is wrong with it, and its bytes.
    fn row(
        &mut self,
        line: u64,
        row: Result<Map<String, Value>, ReadError>,
        raw: &dyn Fn() -> Vec<u8>,
    ) -> Result<(), E>;
}

/// A file to be read.
pub(super) struct Feed<'a> {
    pub path: &'a Path,
    pub layout: Framing,
    /// What a text on each line is called.
    pub text: &'a str,
    pub progress: &'a dyn Progress,
    /// Bytes, or 0.
    pub total: u64,
}

impl Feed<'_> {
    /// Hands over all rows.
    pub fn read<E: From<ReadError> + From<Cancelled>>(
        &self,
        input: impl Read,
        take: &mut dyn Take<E>,
    ) -> Result<(), E> {
        let input = BufReader::with_capacity(HEAD, input);
        match self.layout {
            Framing::Table(delimiter) => self.table(input, delimiter, take),
            Framing::Lines => self.rows(&mut Lines::new(input, self.path), &json::object, take),
            Framing::List => self.rows(&mut elements::Elements::new(input, self.path), &json::object, take),
            Framing::Text | Framing::Parquet => {
                let row = |text: &str| Ok(Map::from_iter([(self.text.to_owned(), Value::from(text))]));
                self.rows(&mut Lines::new(input, self.path), &row, take)
            }
        }
    }

    fn rows<E: From<ReadError> + From<Cancelled>>(
        &self,
        rows: &mut dyn Rows,
        read: &dyn Fn(&str) -> Row,
        take: &mut dyn Take<E>,
    ) -> Result<(), E> {
        let mut count = 0_u64;
        while rows.advance()? {
            if !rows.blank() {
                let row = rows.text().and_then(read);
                take.row(rows.number(), row, &|| rows.raw().to_vec())?;
            }
            count += 1;
            if count.is_multiple_of(CHUNK) {
                self.progress.at(rows.bytes(), self.total)?;
            }
        }
        Ok(self.progress.at(rows.bytes(), self.total)?)
    }

    fn table<E: From<ReadError> + From<Cancelled>>(
        &self,
        input: impl Read,
        delimiter: u8,
        take: &mut dyn Take<E>,
    ) -> Result<(), E> {
        let room = Cell::new(Room::WHOLE);
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .from_reader(Leash { input: input.chain(END), delimiter, room: &room });
        let mut cells = csv::ByteRecord::new();
        let mut header: Option<Head> = None;
        let mut count = 0_u64;
        loop {
            let start = reader.position().line();
            room.set(Room::WHOLE);
            match reader.read_byte_record(&mut cells) {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    let error = room.get().spent().unwrap_or_else(|| broken(&error));
                    return Err(error.placed(self.path, Some(start)).into());
                }
            }
            let line = cells.position().map_or(1, csv::Position::line);
            let place = |error: ReadError| error.placed(self.path, Some(line));
            if ended(&cells).map_err(place)? {
                break;
            }
            if cells.as_slice().len() > MAX_LINE {
                return Err(lines::too_long().placed(self.path, Some(line)).into());
            }
            let Some(header) = &header else {
                let (names, row) = columns(&cells, self.path).map_err(place)?;
                take.header(&row).map_err(place)?;
                header = Some(names);
                continue;
            };
            count += 1;
            let row = cut(&cells, header);
            take.row(line, row, &|| raw(&cells))?;
            if count.is_multiple_of(CHUNK) {
                self.progress.at(reader.position().byte(), self.total)?;
            }
        }
        Ok(self.progress.at(reader.position().byte().saturating_sub(END.len() as u64), self.total)?)
    }
}

/// The most cells of a row.
const MAX_CELLS: usize = 10_000_000;

/// What a row of a table may still be made of.
#[derive(Clone, Copy)]
struct Room {
    bytes: usize,
    cells: usize,
}

impl Room {
    const WHOLE: Self = Self { bytes: MAX_LINE, cells: MAX_CELLS };

    /// What was too much, where anything was.
    fn spent(self) -> Option<ReadError> {
        if self.cells == 0 {
            let error = ReadError::new(Kind::TooLong, "a row of more than 10 million cells", "a record on each row");
            return Some(error.with_hint("look at the line: nothing but commas or tabs is no table"));
        }
        (self.bytes == 0).then(lines::too_long)
    }
}

/// Gives no more of one row than there is room for: a quote may swallow a file, and a small gzip may hold a vast row.
struct Leash<'a, R> {
    input: R,
    delimiter: u8,
    room: &'a Cell<Room>,
}

impl<R: Read> Read for Leash<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        let cells = buffer.iter().take(read).filter(|byte| **byte == self.delimiter).count();
        let room = self.room.get();
        let left = Room { bytes: room.bytes.saturating_sub(read), cells: room.cells.saturating_sub(cells) };
        self.room.set(left);
        if left.bytes == 0 || left.cells == 0 { Err(io::Error::from(io::ErrorKind::OutOfMemory)) } else { Ok(read) }
    }
}

/// The names of the columns, and a row of them with empty cells.
fn columns(cells: &csv::ByteRecord, path: &Path) -> Result<(Head, Map<String, Value>), ReadError> {
    let (mut names, mut row): (Vec<String>, _) = (Vec::new(), Map::new());
    let written: Vec<String> = cells.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect();
    let ours = sheet::ours(&written) || sheet::trains(path, &written);
    for (at, cell) in cells.iter().enumerate() {
        let text = lines::text(cell)?;
        let name = match if ours { sheet::restored(text) } else { text }.trim() {
            "" => format!("column_{}", at + 1),
            name => name.to_owned(),
        };
        if row.insert(name.clone(), Value::String(String::new())).is_some() {
            return Err(ReadError::new(Kind::Duplicate, format!("the column {} twice", quoted(&name)), "")
                .with_hint("rename one of the two"));
        }
        names.push(name);
    }
    Ok((Head { names, ours }, row))
}

/// The first line of a table.
struct Head {
    names: Vec<String>,
    /// Whether it was written here, so that what stands before a formula is none of the text.
    ours: bool,
}

fn cut(cells: &csv::ByteRecord, Head { names: header, ours }: &Head) -> Result<Map<String, Value>, ReadError> {
    if cells.len() != header.len() {
        let found = if cells.len() == 1 { "1 cell".into() } else { format!("{} cells", cells.len()) };
        return Err(ReadError::new(Kind::RowLength, found, format!("the header's {}", header.len()))
            .with_hint("put cells with commas, tabs or line breaks into double quotes"));
    }
    let mut row = Map::with_capacity(header.len());
    for (name, cell) in header.iter().zip(cells) {
        // The words are made only where they are needed.
        let text = lines::text(cell).or_else(|_| lines::text_of(cell, &format!("the cell in {}", quoted(name))))?;
        let text = if *ours { sheet::restored(text) } else { text };
        row.insert(name.clone(), Value::String(text.to_owned()));
    }
    Ok(row)
}

fn raw(cells: &csv::ByteRecord) -> Vec<u8> {
    let cells: Vec<_> = cells.iter().map(String::from_utf8_lossy).collect();
    serde_json::to_vec(&cells).unwrap_or_default()
}
