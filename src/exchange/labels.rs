//! A list of labels in a file of its own.

use std::path::Path;

use super::by_hand;
use super::error::{Kind, ReadError, names, quoted};
use super::lines;
use super::source::small;
use crate::model::keys::{RESERVED, allowed};
use crate::model::transfer::LabelFull;
use crate::text::folded;

/// Reads labels in index order: CSV with a column `value` and perhaps title, description, key, group and exclusive
/// (yes or no), or,
/// when the first line has no such columns, one label a line.
///
/// # Errors
/// [`ReadError`], also for a label that is empty or there twice.
pub fn read_labels(path: &Path) -> Result<Vec<LabelFull>, ReadError> {
    let bytes = small(path)?;
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
    let mut header: Option<Vec<String>> = None;
    let mut labels = Vec::new();
    by_hand::each(path, bytes, &mut |_, row| {
        let Some(header) = &header else {
            header = Some(row);
            return Ok(());
        };
        if row.len() != header.len() {
            let found = format!("{} cells", row.len());
            return Err(ReadError::new(Kind::RowLength, found, format!("the header's {}", header.len()))
                .with_hint("put cells with commas or line breaks into double quotes"));
        }
        let cell = |name: &str| {
            let at = header.iter().position(|column| column == name)?;
            row.get(at).filter(|cell| !cell.is_empty()).cloned()
        };
        let Some(value) = cell("value") else {
            return Err(ReadError::new(Kind::WrongShape, "nothing", "the label's value")
                .with_hint("fill the column value, or remove the row"));
        };
        let label = LabelFull {
            value,
            title: cell("title"),
            description: cell("description"),
            key: cell("key"),
            group: cell("group"),
            exclusive: match cell("exclusive").as_deref() {
                None | Some("no" | "false" | "0") => None,
                Some("yes" | "true" | "1") => Some(true),
                Some(other) => {
                    return Err(ReadError::new(Kind::WrongShape, quoted(other), "yes or no in the column 'exclusive'")
                        .with_hint("an exclusive label takes all other ticks away, such as \"neutral\""));
                }
            },
            ..LabelFull::default()
        };
        add(&mut labels, label)
    })?;
    Ok(labels)
}

fn add(labels: &mut Vec<LabelFull>, label: LabelFull) -> Result<(), ReadError> {
    let there: Vec<(&str, Option<&str>)> =
        labels.iter().map(|known| (known.value.as_str(), known.key.as_deref())).collect();
    if let Some(error) = label_fault(&there, &label) {
        return Err(error);
    }
    labels.push(label);
    Ok(())
}

/// What is wrong with a label that is to stand beside those `there` (value and key): an empty value, one that is
/// there or that a reader takes for one that is there, a key that no label may have or that another one has.
#[must_use]
pub fn label_fault(there: &[(&str, Option<&str>)], label: &LabelFull) -> Option<ReadError> {
    let value = quoted(&label.value);
    let shown = folded(&label.value);
    if shown.is_empty() {
        let error = ReadError::new(Kind::WrongShape, "a label without a value", "");
        return Some(error.with_hint("a label's value has to have something to see"));
    }
    if let Some((known, _)) = there.iter().find(|(known, _)| folded(known) == shown) {
        let error = if *known == label.value {
            ReadError::new(Kind::Duplicate, format!("the label {value} twice"), "").with_hint("name each label once")
        } else {
            let found = format!("the label {value}, which looks like the label {}", quoted(known));
            ReadError::new(Kind::Duplicate, found, "")
                .with_hint("two labels have to differ in more than case, spaces and invisible characters")
        };
        return Some(error);
    }
    let key = label.key.as_deref()?;
    let mut letters = key.chars();
    if !matches!((letters.next(), letters.next()), (Some(key), None) if allowed(key)) {
        let reserved: Vec<String> = RESERVED.chars().map(String::from).collect();
        let error = ReadError::new(
            Kind::BadKey,
            format!("the key {} of the label {value}", quoted(key)),
            format!("1 to 9 or a lowercase letter other than {}", reserved.join(" ")),
        );
        return Some(error.with_hint("leave the key out to get a free one"));
    }
    let (other, _) = there.iter().find(|(_, taken)| *taken == Some(key))?;
    let found = format!("the key {} of the label {value}, which {} has already", quoted(key), quoted(other));
    Some(ReadError::new(Kind::BadKey, found, "").with_hint("leave the key out to get a free one"))
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
        check("tax\nTax\n", "l.csv:2: found the label 'Tax', which looks like the label 'tax'");
        check(
            "value,key\na,j\n",
            "l.csv:2: found the key 'j' of the label 'a' where 1 to 9 or a lowercase letter other than j k n p q u x y was expected",
        );
        check(
            "value,key\na,ab\n",
            "l.csv:2: found the key 'ab' of the label 'a' where 1 to 9 or a lowercase letter other than j k n p q u x y was expected",
        );
        check("value,key\na,1\nb,1\n", "l.csv:3: found the key '1' of the label 'b', which 'a' has already");
        check("value,key\na\n", "l.csv:2: found 1 cells where the header's 2 was expected");
        check("value,key\n,x\n", "l.csv:2: found nothing where the label's value was expected");
        check("title,key\na,b\n", "l.csv:1: found the columns 'title', 'key' where the column 'value' was expected");
        check("", "l.csv: found nothing where at least one line was expected");
    }
}
