//! Rows of any layout, handed over one by one with the lines they came from.

use std::io::{BufReader, Read};
use std::path::Path;

use serde_json::{Map, Value};

use super::error::{Kind, ReadError, quoted};
use super::lines::{self, Lines, Rows};
use super::read::{END, HEAD, broken, ended};
use super::told::Layout;
use super::{MAX_LINE, elements, json};
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
    pub layout: Layout,
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
            Layout::Table(delimiter) => self.table(input, delimiter, take),
            Layout::Lines => self.rows(&mut Lines::new(input, self.path), &json::object, take),
            Layout::List => self.rows(&mut elements::Elements::new(input, self.path), &json::object, take),
            Layout::Text | Layout::Parquet => {
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
            if rows.blank() {
                continue;
            }
            count += 1;
            let row = rows.text().and_then(read);
            take.row(rows.number(), row, &|| rows.raw().to_vec())?;
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
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .from_reader(input.chain(END));
        let mut cells = csv::ByteRecord::new();
        let mut header: Option<Vec<String>> = None;
        let mut count = 0_u64;
        while reader.read_byte_record(&mut cells).map_err(|error| broken(&error).placed(self.path, None))? {
            let line = cells.position().map_or(1, csv::Position::line);
            let place = |error: ReadError| error.placed(self.path, Some(line));
            if ended(&cells).map_err(place)? {
                break;
            }
            if cells.as_slice().len() > MAX_LINE {
                return Err(lines::too_long().placed(self.path, Some(line)).into());
            }
            let Some(header) = &header else {
                let (names, row) = columns(&cells).map_err(place)?;
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

/// The names of the columns, and a row of them with empty cells.
fn columns(cells: &csv::ByteRecord) -> Result<(Vec<String>, Map<String, Value>), ReadError> {
    let mut names: Vec<String> = Vec::new();
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
        names.push(name);
    }
    Ok((names, row))
}

fn cut(cells: &csv::ByteRecord, header: &[String]) -> Result<Map<String, Value>, ReadError> {
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
