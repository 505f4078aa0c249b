//! What a file is, told by its name, its first bytes and what the person says.

use std::path::Path;

use serde_json::{Map, Value};

use super::error::{Kind, ReadError};
use super::framing::Framing;
use super::{Format, Options, elements, json, lines, long, tools};

/// The first bytes of Parquet.
pub(super) const PARQUET: &[u8] = b"PAR1";

/// The first bytes of formats that are no text, and the way out.
const BINARY: [(&[u8], &str, &str); 10] = [
    (b"PK\x03\x04", "a zip or a spreadsheet", "save a spreadsheet as CSV; unpack a zip and give the file inside"),
    (
        b"SQLite format 3\0",
        "a SQLite database",
        "open a labelry file with 'labelry FILE'; of another one export a table as CSV",
    ),
    (b"\x93NUMPY", "a NumPy array", "give it beside its records: --vectors NAME=FILE"),
    (b"ARROW1", "an Arrow file", "write it as JSONL: datasets.load_from_disk(FOLDER).to_json(\"FILE.jsonl\")"),
    (b"\x28\xb5\x2f\xfd", "a zstd file", "expand it first: zstd -d FILE"),
    (b"BZh91AY&SY", "a bzip2 file", "expand it first: bzip2 -d FILE"),
    (b"\xfd7zXZ\0", "an xz file", "expand it first: xz -d FILE"),
    (b"\x1f\x8b", "a gzip inside a gzip", "expand it once: gzip -d FILE"),
    (b"\x89PNG", "a picture", "give a file of texts"),
    (b"%PDF-", "a PDF", "take its text out first: pdftotext FILE"),
];

/// The first row of what is no text, where there is one.
pub(super) type First<'a> = &'a dyn Fn() -> Option<Map<String, Value>>;

/// The format and layout of a file by its first bytes (up to 1 MB), of Parquet by its first row.
///
/// # Errors
/// [`ReadError`] for an empty file, for UTF-16, and for what is another format than said or none that is read.
pub(super) fn tell(
    path: &Path,
    head: &[u8],
    options: &Options,
    first: First<'_>,
) -> Result<(Format, Framing), ReadError> {
    let place = |error: ReadError| error.placed(path, None);
    if head.starts_with(PARQUET) {
        let layout = Framing::Parquet;
        other(head, layout, options).map_err(place)?;
        return Ok((format(layout, options, &|| first().and_then(|row| by_row(&row, options))), layout));
    }
    for (magic, found, hint) in BINARY {
        if head.starts_with(magic) {
            let error = ReadError::new(Kind::OtherFormat, found, "text that labelry reads").with_hint(hint);
            return Err(place(error));
        }
    }
    let head = lines::head(head).map_err(place)?;
    if options.format == Some(Format::Parquet) {
        let error = ReadError::new(Kind::OtherFormat, "text", "Parquet, as --format says");
        return Err(place(error.with_hint("leave --format out: it is told by content")));
    }
    let layout = layout(path, head, options);
    other(head, layout, options).map_err(place)?;
    Ok((format(layout, options, &|| told(head, layout, options)), layout))
}

/// What begins otherwise than the format said.
fn other(head: &[u8], layout: Framing, options: &Options) -> Result<(), ReadError> {
    let Some(said) = options.format else { return Ok(()) };
    let json = matches!(head.trim_ascii_start().first(), Some(b'{' | b'['));
    let wrong = match layout {
        Framing::Lines | Framing::List => !json,
        Framing::Table(_) => json && (row(head, layout).is_some() || elements::wraps(head)),
        Framing::Text => false,
        Framing::Parquet => {
            let text = [Format::Native, Format::Jsonl, Format::Json, Format::Csv, Format::Tsv, Format::Txt];
            text.contains(&said)
        }
    };
    if !wrong {
        return Ok(());
    }
    let found = match layout {
        Framing::Parquet => "Parquet",
        _ if json => "JSON",
        _ => "text that is no JSON",
    };
    let expected = format!("what --format {} says", said.word());
    Err(ReadError::new(Kind::OtherFormat, found, expected).with_hint("leave --format out: it is told by content"))
}

fn layout(path: &Path, head: &[u8], options: &Options) -> Framing {
    match options.format {
        Some(Format::Csv) => return Framing::Table(b','),
        Some(Format::Tsv) => return Framing::Table(b'\t'),
        Some(Format::Txt) => return Framing::Text,
        Some(Format::Jsonl) => return Framing::Lines,
        _ => {}
    }
    let extension = extension(path);
    let start = head.iter().find(|byte| !byte.is_ascii_whitespace());
    let table = matches!(extension.as_str(), "csv" | "tsv" | "tab");
    let named = matches!(extension.as_str(), "jsonl" | "json" | "ndjson");
    let said = options.format.is_some_and(|format| !matches!(format, Format::Long | Format::Wide));
    if said || named || (!table && matches!(start, Some(b'{' | b'['))) {
        let first = first_line(head);
        let whole = std::str::from_utf8(first).ok().and_then(|text| json::object(text).ok());
        let list = match whole {
            Some(_) if !head.trim_ascii().len().eq(&first.trim_ascii().len()) => false,
            Some(row) => only_a_list(&row),
            None => start == Some(&b'[') || elements::wraps(head),
        };
        return if list { Framing::List } else { Framing::Lines };
    }
    let first = first_line(head);
    let count = |wanted: u8| first.split(|byte| *byte == wanted).count() - 1;
    let tabs = count(b'\t');
    let delimiter =
        if matches!(extension.as_str(), "tsv" | "tab") || (tabs > 0 && tabs >= count(b',')) { b'\t' } else { b',' };
    if !table && !names_columns(first, delimiter, options) { Framing::Text } else { Framing::Table(delimiter) }
}

/// The end of a name, in lower case, without `.gz`.
fn extension(path: &Path) -> String {
    let name = path.to_string_lossy().to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    Path::new(name).extension().map_or_else(String::new, |end| end.to_string_lossy().into_owned())
}

/// Whether a file of one object is a list in its wrapping and no record.
fn only_a_list(row: &Map<String, Value>) -> bool {
    let objects = |value: &&Value| value.as_array().is_some_and(|list| list.first().is_some_and(Value::is_object));
    row.values().filter(objects).count() == 1
        && !["text", "fields", "data", "labelry"].iter().any(|key| row.contains_key(*key))
        && tools::told(row).is_none()
}

/// Whether the first line of what may be a table names columns that are asked for.
fn names_columns(first: &[u8], delimiter: u8, options: &Options) -> bool {
    let first = String::from_utf8_lossy(first);
    let columns: Vec<&str> = first.split(char::from(delimiter)).map(|name| name.trim().trim_matches('"')).collect();
    let asked = options.ratings || options.format.is_some() || options.wants_long() || options.wants_answers();
    asked
        || options.id.is_some()
        || options.text.iter().any(|name| columns.contains(&name.as_str()))
        || columns.contains(&"text")
        || long::looks_long(&columns.iter().copied())
        || (columns.len() > 1 && columns.iter().any(|name| ["id", "external_id"].contains(name)))
}

fn first_line(head: &[u8]) -> &[u8] {
    head.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or_default()
}

/// The first row of JSON, when it stands whole in the head.
fn row(head: &[u8], layout: Framing) -> Option<Map<String, Value>> {
    use super::lines::Rows;
    let first = match layout {
        Framing::List => {
            let mut rows = elements::Elements::new(head, Path::new(""));
            rows.advance().ok().filter(|there| *there)?;
            rows.raw().to_vec()
        }
        _ => first_line(head).to_vec(),
    };
    json::object(std::str::from_utf8(&first).ok()?).ok()
}

/// In agreement what is neither native nor wide is in long form.
fn tabled(format: Format, options: &Options) -> Format {
    let plain = matches!(format, Format::Jsonl | Format::Json | Format::Csv | Format::Tsv | Format::Parquet);
    if options.ratings && plain { Format::Long } else { format }
}

/// The format said, else asked for by flags, else the one that `told` tells.
fn format(layout: Framing, options: &Options, told: &dyn Fn() -> Option<Format>) -> Format {
    let plain = match layout {
        Framing::Lines => Format::Jsonl,
        Framing::List => Format::Json,
        Framing::Table(b'\t') => Format::Tsv,
        Framing::Table(_) => Format::Csv,
        Framing::Text => Format::Txt,
        Framing::Parquet => Format::Parquet,
    };
    match options.format {
        Some(Format::Csv | Format::Tsv | Format::Jsonl | Format::Json | Format::Parquet) | None
            if options.wants_long() =>
        {
            return Format::Long;
        }
        Some(format) => return tabled(format, options),
        None if options.wants_answers() => return plain,
        None => {}
    }
    tabled(told().unwrap_or(plain), options)
}

/// The format of a text by its first row.
fn told(head: &[u8], layout: Framing, options: &Options) -> Option<Format> {
    match layout {
        Framing::Table(delimiter) => {
            let first = String::from_utf8_lossy(first_line(head));
            let columns = first.split(char::from(delimiter)).map(|name| name.trim().trim_matches('"'));
            (options.text.is_empty() && long::looks_long(&columns)).then_some(Format::Long)
        }
        Framing::Lines | Framing::List => match row(head, layout) {
            Some(row) => by_row(&row, options),
            // A first row longer than the head, or a broken one: reading will tell.
            None => by_words(head, options),
        },
        Framing::Text | Framing::Parquet => None,
    }
}

fn by_row(row: &Map<String, Value>, options: &Options) -> Option<Format> {
    if row.contains_key("labelry") {
        return Some(Format::Native);
    }
    if !options.ratings
        && let Some(format) = tools::told(row)
    {
        return Some(format);
    }
    if row.get("fields").is_some_and(Value::is_object) {
        return Some(Format::Native);
    }
    (options.text.is_empty() && long::looks_long(&row.keys().map(String::as_str))).then_some(Format::Long)
}

fn by_words(head: &[u8], options: &Options) -> Option<Format> {
    let has = |word: &str| head.windows(word.len()).any(|window| window == word.as_bytes());
    if has("\"labelry\"") {
        return Some(Format::Native);
    }
    if !options.ratings
        && let Some(format) = tools::told_by_words(&has)
    {
        return Some(format);
    }
    has("\"fields\"").then_some(Format::Native)
}
