//! A list of labels in a file of its own.

use std::io::Read;
use std::path::Path;

use super::error::{Kind, ReadError, names, quoted};
use super::lines;
use super::read::{broken, open};
use crate::model::transfer::LabelFull;

/// Reads labels in index order: CSV with a column `value` and perhaps title, description, key and group, or,
/// when the first line has no such columns, one label a line.
///
/// # Errors
/// [`ReadError`], also for a label that is empty or there twice.
pub fn read_labels(path: &Path) -> Result<Vec<LabelFull>, ReadError> {
    let (mut file, _) = open(path)?;
    let mut bytes = Vec::new();
    (&mut file).take(super::MAX_LINE as u64).read_to_end(&mut bytes).map_err(|error| ReadError::io(path, &error))?;
    let rest = lines::head(&bytes).map_err(|error| error.placed(path, None))?;
    let first = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let first = String::from_utf8_lossy(first);
    let columns: Vec<&str> = first.split(',').map(|name| name.trim().trim_matches('"')).collect();
    if columns.contains(&"value") {
        return table(path, rest);
    }
    if columns.len() > 1 && columns.iter().any(|c| ["title", "description", "key", "group"].contains(c)) {
        return Err(ReadError::new(Kind::MissingColumn, names(columns.iter().copied()), "the column 'value'")
            .with_hint("a file of labels has the columns value, title, description, key and group")
            .placed(path, Some(1)));
    }
    let mut labels = Vec::new();
    for (at, line) in rest.split(|byte| *byte == b'\n').enumerate() {
        let place = |error: ReadError| error.placed(path, Some(at as u64 + 1));
        let value = lines::text(line).map_err(place)?.trim();
        if !value.is_empty() {
            add(&mut labels, LabelFull { value: value.to_owned(), ..LabelFull::default() }).map_err(place)?;
        }
    }
    Ok(labels)
}

fn table(path: &Path, bytes: &[u8]) -> Result<Vec<LabelFull>, ReadError> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(bytes);
    let mut cells = csv::ByteRecord::new();
    let mut header: Option<Vec<String>> = None;
    let mut labels = Vec::new();
    while reader.read_byte_record(&mut cells).map_err(|error| broken(&error).placed(path, None))? {
        let line = cells.position().map_or(1, csv::Position::line);
        let place = |error: ReadError| error.placed(path, Some(line));
        let row: Result<Vec<&str>, ReadError> = cells.iter().map(lines::text).collect();
        let row: Vec<String> = row.map_err(place)?.into_iter().map(|cell| cell.trim().to_owned()).collect();
        let Some(header) = &header else {
            header = Some(row);
            continue;
        };
        if row.len() != header.len() {
            let found = format!("{} cells", row.len());
            return Err(place(
                ReadError::new(Kind::RowLength, found, format!("the header's {}", header.len()))
                    .with_hint("put cells with commas or line breaks into double quotes"),
            ));
        }
        let cell = |name: &str| {
            let at = header.iter().position(|column| column == name)?;
            row.get(at).filter(|cell| !cell.is_empty()).cloned()
        };
        let Some(value) = cell("value") else {
            return Err(place(
                ReadError::new(Kind::WrongShape, "nothing", "the label's value")
                    .with_hint("fill the column value, or remove the row"),
            ));
        };
        let label = LabelFull {
            value,
            title: cell("title"),
            description: cell("description"),
            key: cell("key"),
            group: cell("group"),
            ..LabelFull::default()
        };
        add(&mut labels, label).map_err(place)?;
    }
    Ok(labels)
}

fn add(labels: &mut Vec<LabelFull>, label: LabelFull) -> Result<(), ReadError> {
    if labels.iter().any(|known| known.value == label.value) {
        let found = format!("the label {} twice", quoted(&label.value));
        return Err(ReadError::new(Kind::Duplicate, found, "").with_hint("name each label once"));
    }
    labels.push(label);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("l.csv");
        std::fs::write(&path, text).unwrap();
        let told = match read_labels(&path) {
            Ok(labels) => serde_json::to_string(&labels).unwrap(),
            Err(error) => error.to_string().rsplit('/').next().unwrap().to_owned(),
        };
        assert_eq!(told, expected, "{text:?}");
    }

    #[test]
    fn labels_come_from_a_table_or_a_plain_list() {
        check(
            "\u{feff}value,key,title\ntax,t,\nfees,,\"Fees, all\"\n",
            r#"[{"value":"tax","key":"t"},{"value":"fees","title":"Fees, all"}]"#,
        );
        check("tax\r\n\r\nfees\r\n", r#"[{"value":"tax"},{"value":"fees"}]"#);
    }

    #[test]
    fn a_bad_list_is_told() {
        check("a\nb\na\n", "l.csv:3: found the label 'a' twice");
        check("value,key\na\n", "l.csv:2: found 1 cells where the header's 2 was expected");
        check("value,key\n,x\n", "l.csv:2: found nothing where the label's value was expected");
        check("title,key\na,b\n", "l.csv:1: found the columns 'title', 'key' where the column 'value' was expected");
        check("", "l.csv: found nothing where at least one line was expected");
    }
}
