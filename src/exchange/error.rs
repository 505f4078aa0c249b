//! What can be wrong with a file, said with file, line, what was found, what was expected and the way out.

use std::fmt;
use std::path::Path;

use crate::progress::Cancelled;
use serde_json::Value;

/// The kind of a [`ReadError`], for a caller that branches on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The system refused to open or read.
    Io,
    /// A directory was given.
    Directory,
    /// Nothing in it.
    Empty,
    /// A gzip without its end.
    Truncated,
    /// A gzip that expands without measure.
    Bomb,
    /// Another format than was said, or one that is not read.
    OtherFormat,
    /// What only the person can know: a status, the names of classes.
    Unsaid,
    /// Bytes that are not UTF-8.
    NotUtf8,
    /// UTF-16 or UTF-32 text.
    Utf16,
    /// U+0000 in a text.
    Nul,
    /// Broken JSON.
    NotJson,
    /// A whole number beyond 64 bits.
    TooLarge,
    /// JSON, but not an object.
    NotObject,
    /// A line longer than [`super::MAX_LINE`].
    TooLong,
    /// Lists and objects inside each other beyond 128 levels.
    TooDeep,
    /// A key, column or label twice.
    Duplicate,
    /// A text field is not there.
    MissingText,
    /// A named column is not there.
    MissingColumn,
    /// An id that is neither a string nor an integer.
    BadId,
    /// A key that no label may have, or that another one has.
    BadKey,
    /// A status other than draft, submitted and discarded.
    UnknownStatus,
    /// A value of another shape than its place wants.
    WrongShape,
    /// A CSV row of another length than the header.
    RowLength,
    /// A quote of CSV that is never closed: the cell goes on to the end of the file.
    OpenQuote,
    /// Broken CSV.
    BadCsv,
    /// A vector that is not a list of finite numbers.
    BadVector,
    /// A header this version cannot read, or in the wrong place.
    BadHeader,
    /// Not a `NumPy` array.
    NotNpy,
    /// A `NumPy` array in Fortran order.
    FortranOrder,
    /// A `NumPy` array of something else than floats.
    NpyType,
    /// A `NumPy` array without exactly two dimensions.
    NpyShape,
    /// A `NumPy` file with fewer or more bytes than its header says.
    NpyLength,
    /// NaN or infinity in a `NumPy` array.
    NotFinite,
}

/// Bad input: one clear sentence with file and line. Texts of the file in it are harmless to print.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ReadError {
    /// Which kind.
    pub kind: Kind,
    /// The file as the person gave it.
    pub file: Box<str>,
    /// 1-based line; none when the whole file is meant.
    pub line: Option<u64>,
    /// What is there.
    pub found: Box<str>,
    /// What should be there; empty when there is nothing to say.
    pub expected: Box<str>,
    /// What to do.
    pub hint: Option<Box<str>>,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.file.is_empty() {
            write!(f, "{}", self.file)?;
            if let Some(line) = self.line {
                write!(f, ":{line}")?;
            }
            write!(f, ": ")?;
        }
        write!(f, "found {}", self.found)?;
        if !self.expected.is_empty() {
            write!(f, " where {} was expected", self.expected)?;
        }
        Ok(())
    }
}

impl ReadError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    pub(super) fn new(kind: Kind, found: impl Into<String>, expected: impl Into<String>) -> Self {
        Self {
            kind,
            file: "".into(),
            line: None,
            found: found.into().into(),
            expected: expected.into().into(),
            hint: None,
        }
    }

    pub(super) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into().into());
        self
    }

    /// Fills in the place where it is not known yet.
    #[must_use]
    pub fn placed(mut self, path: &Path, line: Option<u64>) -> Self {
        if self.file.is_empty() {
            self.file = escaped(&path.to_string_lossy()).into();
        }
        self.line = self.line.or(line);
        self
    }

    pub(super) fn io(path: &Path, error: &std::io::Error) -> Self {
        Self::of_io(error).placed(path, None)
    }

    /// What the system, or the expanding of a gzip, said.
    pub(super) fn of_io(error: &std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::IsADirectory => {
                Self::new(Kind::Directory, "a directory", "a file").with_hint("give the file inside it")
            }
            std::io::ErrorKind::UnexpectedEof => Self::cut(),
            std::io::ErrorKind::FileTooLarge => Self::bomb(),
            std::io::ErrorKind::InvalidInput | std::io::ErrorKind::InvalidData => {
                Self::new(Kind::Io, format!("a broken gzip ({error})"), "a whole one")
                    .with_hint("copy it again, or check it: gzip -t FILE")
            }
            _ => Self::new(Kind::Io, format!("that it cannot be read ({error})"), "")
                .with_hint("check its name, and that you may read it"),
        }
    }

    fn cut() -> Self {
        Self::new(Kind::Truncated, "the end of the file inside a gzip", "its end mark")
            .with_hint("the file was cut off: copy it again, or check it: gzip -t FILE")
    }

    fn bomb() -> Self {
        Self::new(Kind::Bomb, "a gzip that expands to more than 1 GB and 200 times its size", "text")
            .with_hint("look what is in it; if it is meant, expand it first: gzip -d FILE")
    }

    pub(super) fn directory(path: &Path) -> Self {
        Self::new(Kind::Directory, "a directory", "a file").with_hint("give the file inside it").placed(path, None)
    }

    pub(super) fn nul(place: &str) -> Self {
        Self::new(Kind::Nul, format!("the character U+0000 in {place}"), "text")
            .with_hint("remove the zero bytes; a binary or UTF-16 file has to be turned into UTF-8 text first")
    }

    /// Text in units of several bytes, `UTF-16` or `UTF-32`.
    pub(super) fn wide(encoding: &str) -> Self {
        Self::new(Kind::Utf16, format!("{encoding} text"), "UTF-8 text")
            .with_hint(format!("save it as UTF-8, or: iconv -f {encoding} -t UTF-8 FILE > NEW"))
    }

    pub(super) fn empty() -> Self {
        Self::new(Kind::Empty, "nothing", "at least one line")
            .with_hint("check that the program that wrote the file had finished")
    }
}

/// For callers without an error type of their own: bad input, or the wish to stop.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Stopped {
    /// Bad input.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The person wants the job to end.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// The text with control, invisible and bidirectional characters escaped.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\'' | '"' | '\\' => out.push(c),
            // Formatting characters, whatever the tables of the standard library say of them.
            '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' => out.extend(c.escape_unicode()),
            _ => out.extend(c.escape_debug()),
        }
    }
    out
}

/// A text of the file, harmless, at most 60 characters long.
pub(super) fn harmless(text: &str) -> String {
    let mut out: String = text.chars().take(60).collect();
    if out.len() < text.len() {
        out.push('…');
    }
    escaped(&out)
}

/// A text of the file in quotes.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", harmless(text))
}

/// Names of columns for a message: at most twelve.
pub(super) fn names<'a>(all: impl IntoIterator<Item = &'a str>) -> String {
    let all: Vec<&str> = all.into_iter().collect();
    if all.is_empty() {
        return "no columns".into();
    }
    let shown: Vec<String> = all.iter().take(12).map(|name| quoted(name)).collect();
    let columns = if all.len() == 1 { "the column" } else { "the columns" };
    let more = match all.len().saturating_sub(12) {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    format!("{columns} {}{more}", shown.join(", "))
}

/// What a JSON value is, in words.
pub(super) fn shape(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// A status that is none of the three.
pub(super) fn unknown_status(word: &str) -> ReadError {
    ReadError::new(Kind::UnknownStatus, format!("the status {}", quoted(word)), "draft, submitted or discarded")
        .with_hint("only submitted responses count in agreement")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_text_cannot_steer_the_terminal() {
        assert_eq!(quoted("a\u{1b}[2J\u{202e}b\nc'd\"\\"), "'a\\u{1b}[2J\\u{202e}b\\nc'd\"\\'");
        assert_eq!(quoted(&"x".repeat(61)), format!("'{}…'", "x".repeat(60)));
    }

    #[test]
    fn names_of_many_columns_are_cut() {
        let all: Vec<String> = (0..14).map(|i| format!("c{i}")).collect();
        let text = names(all.iter().map(String::as_str));
        assert!(text.ends_with("'c11' and 2 more"), "{text}");
        assert_eq!(names(["a"]), "the column 'a'");
        assert_eq!(names([]), "no columns");
    }

    #[test]
    fn an_error_names_its_place_once() {
        let error = ReadError::new(Kind::NotObject, "a list", "a JSON object")
            .placed(Path::new("tests.jsonl"), Some(3))
            .placed(Path::new("other"), Some(4));
        assert_eq!(error.to_string(), "tests.jsonl:3: found a list where a JSON object was expected");
    }
}
