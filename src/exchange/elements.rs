//! A JSON list read element by element, also one that stands inside an object: where each begins and ends is told
//! here, what it says by serde.

use std::io::BufRead;
use std::path::Path;

use super::MAX_LINE;
use super::error::{Kind, ReadError};
use super::lines::Rows;

/// Where the cursor is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Before,
    First,
    Inside,
    After,
}

/// A cursor over the elements of a list.
pub(super) struct Elements<'a, R> {
    input: R,
    path: &'a Path,
    buffer: Vec<u8>,
    /// Line where the present element starts.
    start: u64,
    /// Line of the next byte.
    line: u64,
    bytes: u64,
    place: Place,
    wrapped: bool,
}

/// Depth and quotes, byte by byte.
#[derive(Clone, Copy, Default)]
struct Scan {
    depth: u64,
    string: bool,
    escaped: bool,
}

impl Scan {
    fn byte(&mut self, byte: u8) {
        if self.string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.string = false,
                _ => {}
            }
            return;
        }
        match byte {
            b'"' => self.string = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
    }
}

/// Whether the first bytes are those of an object with a list of objects in it, written over several lines or in one.
pub(super) fn wraps(head: &[u8]) -> bool {
    let mut scan = Scan::default();
    let mut bytes = head.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).peekable();
    if bytes.peek() != Some(&b'{') {
        return false;
    }
    while let Some(byte) = bytes.next() {
        let before = scan;
        scan.byte(byte);
        if before.string {
            continue;
        }
        match byte {
            b'[' if before.depth == 1 && bytes.peek() == Some(&b'{') => return true,
            b'{' if before.depth == 1 => return false,
            b'}' if scan.depth == 0 => return false,
            _ => {}
        }
    }
    false
}

impl<'a, R: BufRead> Elements<'a, R> {
    pub fn new(input: R, path: &'a Path) -> Self {
        Self { input, path, buffer: Vec::new(), start: 1, line: 1, bytes: 0, place: Place::Before, wrapped: false }
    }

    fn wrong(&self, found: &str, expected: &str, hint: &str) -> ReadError {
        ReadError::new(Kind::NotJson, found, expected).with_hint(hint).placed(self.path, Some(self.line))
    }

    fn cut(&self) -> ReadError {
        self.wrong(
            "the end of the file inside a JSON list",
            "its closing ]",
            "the file was cut off, or a quote or bracket is never closed: write it again",
        )
    }

    /// The next byte, not taken.
    fn peek(&mut self) -> Result<Option<u8>, ReadError> {
        let (path, line) = (self.path, self.line);
        let broken = |error| ReadError::io(path, &error).placed(path, Some(line));
        let chunk = self.input.fill_buf().map_err(broken)?;
        Ok(chunk.first().copied())
    }

    fn take(&mut self, byte: u8) {
        self.input.consume(1);
        self.bytes += 1;
        self.line += u64::from(byte == b'\n');
    }

    /// The next byte that is no space, not taken.
    fn next(&mut self) -> Result<Option<u8>, ReadError> {
        while let Some(byte) = self.peek()? {
            if !byte.is_ascii_whitespace() {
                return Ok(Some(byte));
            }
            self.take(byte);
        }
        Ok(None)
    }

    /// Goes into the list.
    fn enter(&mut self) -> Result<(), ReadError> {
        let mut scan = Scan::default();
        while let Some(byte) = self.next()? {
            let before = scan;
            self.take(byte);
            scan.byte(byte);
            let list = byte == b'[' && !before.string;
            if list && (before.depth == 0 || (before.depth == 1 && self.next()? == Some(b'{'))) {
                self.wrapped = before.depth == 1;
                self.place = Place::First;
                return Ok(());
            }
        }
        Err(self.cut())
    }

    /// Takes one element into the buffer.
    fn element(&mut self) -> Result<(), ReadError> {
        let mut scan = Scan::default();
        loop {
            let (path, line) = (self.path, self.line);
            let broken = |error| ReadError::io(path, &error).placed(path, Some(line));
            let chunk = self.input.fill_buf().map_err(broken)?;
            if chunk.is_empty() {
                return Err(self.cut());
            }
            let (mut used, mut lines, mut done) = (0, 0, false);
            for byte in chunk {
                let ends = !scan.string && scan.depth == 0 && matches!(byte, b',' | b']' | b'}');
                if ends {
                    done = true;
                    break;
                }
                scan.byte(*byte);
                used += 1;
                lines += u64::from(*byte == b'\n');
            }
            self.buffer.extend_from_slice(chunk.get(..used).unwrap_or_default());
            self.input.consume(used);
            self.bytes += used as u64;
            self.line += lines;
            if self.buffer.len() > MAX_LINE {
                return Err(super::lines::too_long().placed(self.path, Some(self.start)));
            }
            if done {
                return Ok(());
            }
        }
    }

    /// Nothing but spaces may follow a list; what follows one inside an object is left aside.
    fn leave(&mut self) -> Result<bool, ReadError> {
        self.place = Place::After;
        match self.next()? {
            Some(_) if !self.wrapped => Err(self.wrong(
                "more after the end of a JSON list",
                "nothing",
                "a file is one list, or an object on each line: jq -c '.[]' FILE > FILE.jsonl",
            )),
            _ => Ok(false),
        }
    }
}

impl<R: BufRead> Rows for Elements<'_, R> {
    fn advance(&mut self) -> Result<bool, ReadError> {
        self.buffer.clear();
        if self.place == Place::Before {
            self.enter()?;
        }
        if self.place == Place::After {
            return Ok(false);
        }
        match self.next()? {
            None => return Err(self.cut()),
            Some(byte @ b']') => {
                self.take(byte);
                return self.leave();
            }
            Some(byte @ b',') if self.place == Place::Inside => self.take(byte),
            Some(_) if self.place == Place::Inside => {
                return Err(self.wrong(
                    "broken JSON between two elements of a list",
                    "a comma",
                    "write it again with a program that writes JSON",
                ));
            }
            Some(_) => {}
        }
        self.place = Place::Inside;
        self.next()?;
        self.start = self.line;
        self.element()?;
        Ok(true)
    }

    fn raw(&self) -> &[u8] {
        self.buffer.trim_ascii_end()
    }

    fn number(&self) -> u64 {
        self.start
    }

    fn bytes(&self) -> u64 {
        self.bytes
    }

    fn blank(&self) -> bool {
        false
    }

    /// An element may stand on several lines.
    fn text(&self) -> Result<&str, ReadError> {
        super::lines::text_of(self.raw(), "the record")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let mut elements = Elements::new(text.as_bytes(), Path::new("t.json"));
        let mut told = Vec::new();
        loop {
            match elements.advance() {
                Ok(true) => {
                    told.push(format!("{}:{}", elements.number(), String::from_utf8_lossy(elements.raw())));
                }
                Ok(false) => break,
                Err(error) => {
                    assert!(error.hint().is_some());
                    told.push(error.to_string());
                    break;
                }
            }
        }
        assert_eq!(told.join(" | "), expected, "{text}");
    }

    #[test]
    fn elements_are_told_apart_with_their_lines() {
        check("[]", "");
        check("[{\"a\":\"]},\\\"\"},\n {\"b\":[1,{}]} ]\n", "1:{\"a\":\"]},\\\"\"} | 2:{\"b\":[1,{}]}");
        check("\n[\n1 , \"x,y\"]", "3:1 | 3:\"x,y\"");
        check("{\"n\":[1],\"s\":\"[{\",\n\"rows\":[{\"a\":1}],\"z\":2}", "2:{\"a\":1}");
        check("[{\"a\":1}", "t.json:1: found the end of the file inside a JSON list where its closing ] was expected");
        check("[1] x", "1:1 | t.json:1: found more after the end of a JSON list where nothing was expected");
        check("[{}\n{}]", "1:{}\n{}");
    }

    #[test]
    fn an_object_with_a_list_of_objects_is_told() {
        for (text, expected) in [
            ("{\"rows\":[{\"a\":1}]}", true),
            ("{\n \"n\": 3,\n \"rows\": [\n {}", true),
            ("{\"text\":\"a\"}\n{\"rows\":[{}]}", false),
            ("{\"data\":{\"text\":\"a\"},\"annotations\":[{}]}", false),
            ("[{\"rows\":[{}]}]", false),
            ("{\"accept\":[\"a\"]}", false),
        ] {
            assert_eq!(wraps(text.as_bytes()), expected, "{text}");
        }
    }
}
