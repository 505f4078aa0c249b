//! JSON read with care: keys given twice, U+0000 and too much nesting are told apart.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::error::{Kind, ReadError, quoted, shape};

/// What a visitor met; kept aside because a serde error is only text.
type Trouble = RefCell<Option<ReadError>>;

#[derive(Clone, Copy)]
struct Careful<'a>(&'a Trouble);

impl Careful<'_> {
    fn stop<E: Error>(self, trouble: ReadError) -> E {
        *self.0.borrow_mut() = Some(trouble);
        E::custom("")
    }

    fn text<E: Error>(self, text: &str) -> Result<(), E> {
        if text.as_bytes().contains(&0) {
            return Err(self.stop(ReadError::nul("a string")));
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Careful<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Careful<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        self.text(value)?;
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        self.text(&value)?;
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = seq.next_element_seed(self)? {
            list.push(value);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            self.text(&key)?;
            if map.contains_key(&key) {
                let found = format!("the key {} twice in one object", quoted(&key));
                let trouble = ReadError::new(Kind::Duplicate, found, "")
                    .with_hint("rename or remove one of the two; which of them is meant cannot be told");
                return Err(self.stop(trouble));
            }
            map.insert(key, access.next_value_seed(self)?);
        }
        Ok(Value::Object(map))
    }
}

/// One JSON value, with nothing after it.
pub(super) fn value(text: &str) -> Result<Value, ReadError> {
    let trouble = RefCell::new(None);
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let read = Careful(&trouble).deserialize(&mut deserializer).and_then(|value| deserializer.end().map(|()| value));
    read.map_err(|error| match trouble.into_inner() {
        Some(trouble) => trouble,
        None => broken(text, &error),
    })
}

/// One JSON object on one line.
pub(super) fn object(text: &str) -> Result<Map<String, Value>, ReadError> {
    match value(text)? {
        Value::Object(map) => Ok(map),
        other => {
            let error = ReadError::new(Kind::NotObject, shape(&other), "a JSON object");
            Err(match other {
                Value::Array(_) => error.with_hint(ONE_PER_LINE),
                _ => error.with_hint("write each record as an object, such as {\"text\": \"...\"}"),
            })
        }
    }
}

const ONE_PER_LINE: &str = "write one object per line: jq -c '.[]' FILE > FILE.jsonl";

fn broken(text: &str, error: &serde_json::Error) -> ReadError {
    let message = error.to_string();
    let reason = message.split(" at line ").next().unwrap_or_default();
    if reason == "recursion limit exceeded" {
        return ReadError::new(Kind::TooDeep, "lists and objects more than 128 deep", "less nesting")
            .with_hint("flatten the metadata, or keep it as a string");
    }
    let place = match error.line() {
        0 | 1 => String::new(),
        line => format!("line {line} of the record, "),
    };
    let found = format!("broken JSON at {place}column {} ({reason})", error.column());
    let wrong = ReadError::new(Kind::NotJson, found, "a JSON object");
    match text.trim() {
        "[" | "{" => wrong
            .with_hint("write one object per line: jq -c '.[]' FILE > FILE.jsonl, or jq -c . when it is not a list"),
        _ if error.is_eof() => wrong.with_hint("the line ends too early; each object has to be on one line"),
        _ => wrong.with_hint("each line has to be one whole JSON object"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, kind: Kind, found: &str) {
        let error = object(text).unwrap_err();
        assert_eq!((error.kind, &*error.found), (kind, found), "{text}");
        assert!(error.hint().is_some(), "{text}");
    }

    #[test]
    fn each_defect_has_its_own_kind() {
        check("[1]", Kind::NotObject, "a list");
        check("3", Kind::NotObject, "a number");
        check("{\"a\":1,\"a\":2}", Kind::Duplicate, "the key 'a' twice in one object");
        check("{\"m\":{\"x\":[{\"b\":1,\"b\":1}]}}", Kind::Duplicate, "the key 'b' twice in one object");
        check("{\"a\":\"\\u0000\"}", Kind::Nul, "the character U+0000 in a string");
        check("{\"a\\u0000\":1}", Kind::Nul, "the character U+0000 in a string");
        check("{\"a\":1", Kind::NotJson, "broken JSON at column 6 (EOF while parsing an object)");
        check("{\"a\":NaN}", Kind::NotJson, "broken JSON at column 6 (expected value)");
        check("{\"a\":1} x", Kind::NotJson, "broken JSON at column 9 (trailing characters)");
        check("[", Kind::NotJson, "broken JSON at column 1 (EOF while parsing a list)");
        let deep = format!("{{\"a\":{}", "[".repeat(5000));
        check(&deep, Kind::TooDeep, "lists and objects more than 128 deep");
    }

    #[test]
    fn the_order_of_keys_and_large_integers_survive() {
        let text = r#"{"z":18446744073709551615,"a":[-1,0.5,null,true,"ă"]}"#;
        assert_eq!(serde_json::to_string(&object(text).unwrap()).unwrap(), text);
    }
}
