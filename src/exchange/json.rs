//! JSON read with care: keys given twice, U+0000, too much nesting, NaN and numbers that would lose digits are told
//! apart.

use std::cell::{Cell, RefCell};
use std::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::error::{Kind, ReadError, harmless, quoted, shape};

/// What a visitor met; kept aside because a serde error is only text.
#[derive(Default)]
struct Trouble {
    error: RefCell<Option<ReadError>>,
    /// Whether a number may have been a whole one beyond 64 bits, which serde makes a float that lost digits.
    vast: Cell<bool>,
}

#[derive(Clone, Copy)]
struct Careful<'a>(&'a Trouble);

impl Careful<'_> {
    fn stop<E: Error>(self, trouble: ReadError) -> E {
        *self.0.error.borrow_mut() = Some(trouble);
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
        // 2^63, where what is not a `u64` or `i64` begins.
        if value.abs() >= 9_223_372_036_854_775_808.0 {
            self.0.vast.set(true);
        }
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
    let trouble = Trouble::default();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let read = Careful(&trouble).deserialize(&mut deserializer).and_then(|value| deserializer.end().map(|()| value));
    let vast = trouble.vast.get();
    let value = read.map_err(|error| match trouble.error.into_inner() {
        Some(trouble) => trouble,
        None => broken(text, &error),
    })?;
    match vast_number(text).filter(|_| vast) {
        Some(error) => Err(error),
        None => Ok(value),
    }
}

/// The first whole number of more than 64 bits, in a text that is JSON.
fn vast_number(text: &str) -> Option<ReadError> {
    let (mut string, mut escaped) = (false, false);
    let mut start = None;
    for (at, byte) in text.bytes().chain([b' ']).enumerate() {
        if string {
            (string, escaped) = (escaped || byte != b'"', !escaped && byte == b'\\');
            continue;
        }
        string = byte == b'"';
        let inside = matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        match start {
            // The e of true and false is none of a number.
            None if byte == b'-' || byte.is_ascii_digit() => start = Some(at),
            Some(begun) if !inside => {
                let number = text.get(begun..at).unwrap_or_default();
                if number
                    .parse::<i128>()
                    .map_or_else(|_| digits(number), |n| n > u64::MAX.into() || n < i64::MIN.into())
                {
                    let found = format!("the number {} at column {}", harmless(number), begun + 1);
                    let hint = "it would lose digits: write it as a string";
                    let error = ReadError::new(Kind::TooLarge, found, "a whole number of at most 64 bits");
                    return Some(error.with_hint(hint));
                }
                start = None;
            }
            _ => {}
        }
    }
    None
}

/// Whether a number is nothing but digits.
fn digits(number: &str) -> bool {
    number.trim_start_matches('-').bytes().all(|byte| byte.is_ascii_digit())
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
    if let Some(name) = no_number(text, error) {
        return ReadError::new(Kind::NotJson, format!("{name} at {place}column {}", error.column()), "a number")
            .with_hint(
                "JSON has no NaN and no infinity: write null in the metadata, and leave out a vector that has one",
            );
    }
    if text.starts_with('\u{feff}') {
        return ReadError::new(Kind::NotJson, "a byte order mark (U+FEFF)", "a JSON object")
            .with_hint("only a file may begin with one: remove it where files were joined");
    }
    let found = format!("broken JSON at {place}column {} ({reason})", error.column());
    let wrong = ReadError::new(Kind::NotJson, found, "a JSON object");
    match text.trim() {
        "[" | "{" => wrong
            .with_hint("write one object per line: jq -c '.[]' FILE > FILE.jsonl, or jq -c . when it is not a list"),
        _ if error.is_eof() => wrong.with_hint("the line ends too early; each object has to be on one line"),
        _ => wrong.with_hint("each line has to be one whole JSON object"),
    }
}

/// What some programs write for a number that is none, where the error is.
fn no_number(text: &str, error: &serde_json::Error) -> Option<&'static str> {
    let line = text.split('\n').nth(error.line().checked_sub(1)?)?.as_bytes();
    // Before an infinity a minus may stand, which serde takes first.
    let near = |back: usize| line.get(error.column().checked_sub(back)?..);
    let names = ["NaN", "-Infinity", "Infinity"];
    names.into_iter().find(|name| [0, 1, 2].into_iter().filter_map(near).any(|rest| rest.starts_with(name.as_bytes())))
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
        check("{\"a\":NaN}", Kind::NotJson, "NaN at column 6");
        check("{\"a\":[1,-Infinity]}", Kind::NotJson, "-Infinity at column 10");
        check("{\"a\":\n Infinity}", Kind::NotJson, "Infinity at line 2 of the record, column 2");
        check("{\"a\":\"NaN\" x}", Kind::NotJson, "broken JSON at column 12 (expected `,` or `}`)");
        check("\u{feff}{\"a\":1}", Kind::NotJson, "a byte order mark (U+FEFF)");
        check("{\"a\":1e999}", Kind::NotJson, "broken JSON at column 10 (number out of range)");
        check("{\"a\":1} x", Kind::NotJson, "broken JSON at column 9 (trailing characters)");
        check("[", Kind::NotJson, "broken JSON at column 1 (EOF while parsing a list)");
        let deep = format!("{{\"a\":{}", "[".repeat(5000));
        check(&deep, Kind::TooDeep, "lists and objects more than 128 deep");
    }

    #[test]
    fn a_whole_number_that_would_lose_digits_is_told_and_a_float_is_not() {
        for number in ["18446744073709551616", "-9223372036854775809", &"9".repeat(50)] {
            let found = format!("the number {number} at column 13");
            check(&format!("{{\"t\":-1,\"a\":{number}}}"), Kind::TooLarge, &found);
        }
        let long = "1".repeat(70);
        let found = format!("the number {}… at column 6", &long[..60]);
        check(&format!("{{\"a\":{long}}}"), Kind::TooLarge, &found);
        for good in
            ["1e20", "-1.5e300", "9223372036854775808.0", "18446744073709551615", "\"99999999999999999999\",\"b\":1e30"]
        {
            object(&format!("{{\"a\":{good}}}")).unwrap();
        }
    }

    #[test]
    fn the_order_of_keys_and_large_integers_survive() {
        let text = r#"{"z":18446744073709551615,"a":[-1,0.5,null,true,"ă"]}"#;
        assert_eq!(serde_json::to_string(&object(text).unwrap()).unwrap(), text);
    }
}
