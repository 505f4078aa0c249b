//! Rows of a file, and lines, read into one reused buffer.

use std::io::{BufRead, Read};
use std::path::Path;

use super::MAX_LINE;
use super::error::{Kind, ReadError};

/// The bytes of the mark some programs put before UTF-8.
pub(super) const BOM: &[u8] = b"\xef\xbb\xbf";

/// A cursor over what stands for one row each.
pub(super) trait Rows {
    /// Goes to the next row; false at the end.
    fn advance(&mut self) -> Result<bool, ReadError>;
    /// The present row.
    fn raw(&self) -> &[u8];
    /// 1-based line where the present row starts.
    fn number(&self) -> u64;
    /// Bytes read.
    fn bytes(&self) -> u64;
    /// The present row has nothing but spaces.
    fn blank(&self) -> bool;

    /// The present row as text.
    fn text(&self) -> Result<&str, ReadError> {
        text(self.raw())
    }
}

/// A cursor over lines.
pub(super) struct Lines<'a, R> {
    input: R,
    path: &'a Path,
    buffer: Vec<u8>,
    number: u64,
    bytes: u64,
}

impl<'a, R: BufRead> Lines<'a, R> {
    pub fn new(input: R, path: &'a Path) -> Self {
        Self { input, path, buffer: Vec::new(), number: 0, bytes: 0 }
    }
}

impl<R: BufRead> Rows for Lines<'_, R> {
    fn advance(&mut self) -> Result<bool, ReadError> {
        self.buffer.clear();
        let read = (&mut self.input)
            .take(MAX_LINE as u64 + 2)
            .read_until(b'\n', &mut self.buffer)
            .map_err(|error| ReadError::io(self.path, &error).placed(self.path, Some(self.number + 1)))?;
        self.number += u64::from(read > 0);
        self.bytes += read as u64;
        if self.buffer.last() == Some(&b'\n') {
            self.buffer.pop();
            if self.buffer.last() == Some(&b'\r') {
                self.buffer.pop();
            }
        }
        if self.buffer.len() > MAX_LINE {
            return Err(too_long().placed(self.path, Some(self.number)));
        }
        Ok(read > 0)
    }

    fn raw(&self) -> &[u8] {
        &self.buffer
    }

    fn number(&self) -> u64 {
        self.number
    }

    fn bytes(&self) -> u64 {
        self.bytes
    }

    fn blank(&self) -> bool {
        self.buffer.iter().all(u8::is_ascii_whitespace)
    }
}

pub(super) fn too_long() -> ReadError {
    ReadError::new(Kind::TooLong, "a line of more than 100 MB", "a record on each line")
        .with_hint("one object per line: jq -c '.[]' FILE > FILE.jsonl; in CSV, look for a quote that is never closed")
}

/// A line's bytes as text without U+0000.
pub(super) fn text(bytes: &[u8]) -> Result<&str, ReadError> {
    text_of(bytes, "the line")
}

/// Bytes as text without U+0000; `place` is what they are.
pub(super) fn text_of<'b>(bytes: &'b [u8], place: &str) -> Result<&'b str, ReadError> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        let byte = bytes.get(at).copied().unwrap_or_default();
        ReadError::new(Kind::NotUtf8, format!("the byte 0x{byte:02x} at offset {at} of {place}"), "UTF-8 text")
            .with_hint("convert it first, such as: iconv -f WINDOWS-1250 -t UTF-8 FILE > NEW")
    })?;
    if bytes.contains(&0) {
        return Err(ReadError::nul(place));
    }
    Ok(text)
}

/// Refuses an empty, a UTF-16 and a UTF-32 file by its first bytes; gives the bytes after a byte order mark.
pub(super) fn head(bytes: &[u8]) -> Result<&[u8], ReadError> {
    if bytes.starts_with(b"\xff\xfe\0\0") || bytes.starts_with(b"\0\0\xfe\xff") {
        return Err(ReadError::wide("UTF-32"));
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(ReadError::wide("UTF-16"));
    }
    if let [a, b, ..] = bytes
        && (*a == 0) != (*b == 0)
    {
        return Err(ReadError::wide("UTF-16"));
    }
    let rest = bytes.strip_prefix(BOM).unwrap_or(bytes);
    if rest.iter().all(u8::is_ascii_whitespace) && bytes.len() < super::bytes::HEAD {
        return Err(ReadError::empty());
    }
    Ok(rest)
}
