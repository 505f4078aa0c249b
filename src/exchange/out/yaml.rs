//! YAML of plain data: maps and lists in block layout, scalars as JSON writes them, which is YAML too.

use std::io::{self, Write};

use serde_json::Value;

/// Writes a document.
pub(super) fn write(out: &mut dyn Write, value: &Value) -> io::Result<()> {
    block(out, value, 0)
}

fn block(out: &mut dyn Write, value: &Value, depth: usize) -> io::Result<()> {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                write!(out, "{:depth$}{}:", "", scalar(&Value::from(key.as_str())))?;
                below(out, value, depth)?;
            }
            Ok(())
        }
        Value::Array(list) => {
            for value in list {
                write!(out, "{:depth$}-", "")?;
                below(out, value, depth)?;
            }
            Ok(())
        }
        other => writeln!(out, "{:depth$}{}", "", scalar(other)),
    }
}

fn below(out: &mut dyn Write, value: &Value, depth: usize) -> io::Result<()> {
    let empty = value.as_object().is_some_and(serde_json::Map::is_empty) || value.as_array().is_some_and(Vec::is_empty);
    if empty || !(value.is_object() || value.is_array()) {
        return writeln!(out, " {}", scalar(value));
    }
    out.write_all(b"\n")?;
    block(out, value, depth + 2)
}

/// JSON with what YAML's printable characters leave out written as escapes.
fn scalar(value: &Value) -> String {
    let word = |text: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let taken = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
        text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.chars().all(plain)
            && !taken.contains(&text.to_ascii_lowercase().as_str())
    };
    if let Some(text) = value.as_str().filter(|text| word(text)) {
        return text.to_owned();
    }
    let mut out = String::new();
    for c in value.to_string().chars() {
        match c {
            '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {
                out.push_str(&format!("\\u{:04x}", c as u32));
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn what_yaml_would_take_for_something_else_is_quoted() {
        let mut out = Vec::new();
        let value = json!({
            "a": {"no": "yes", "b c": [1, "x", "1", ""], "empty": {}, "none": []},
            "t": "two\nlines: \"so\" # \u{85}\u{2028}",
            "list": [{"k": null}, [true, 0.5]],
        });
        super::write(&mut out, &value).unwrap();
        let expected = "\
a:
  \"no\": \"yes\"
  \"b c\":
    - 1
    - x
    - \"1\"
    - \"\"
  empty: {}
  none: []
t: \"two\\nlines: \\\"so\\\" # \\u0085\\u2028\"
list:
  -
    k: null
  -
    - true
    - 0.5
";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
