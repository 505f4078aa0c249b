//! Native JSONL written: one compact line for the header, one for each record.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::json;

use super::outputs::{Barred, Kept, Outputs};
use crate::model::transfer::{DatasetSpec, RecordSpec};

/// The version of the native format this program reads and writes.
pub const VERSION: u32 = 1;

#[derive(Serialize)]
struct Header<'a> {
    labelry: u32,
    dataset: &'a DatasetSpec,
    #[serde(flatten)]
    extra: &'a serde_json::Map<String, serde_json::Value>,
}

/// Writes the first line of a native file.
///
/// # Errors
/// What `out` says.
pub fn write_header(out: &mut dyn Write, spec: &DatasetSpec) -> io::Result<()> {
    line(out, &Header { labelry: VERSION, dataset: spec, extra: &spec.header_extra })
}

/// Writes a record with all that hangs on it.
///
/// # Errors
/// What `out` says, and [`io::ErrorKind::InvalidData`] for a vector with NaN or infinity, which JSON cannot hold.
pub fn write_record(out: &mut dyn Write, record: &RecordSpec) -> io::Result<()> {
    for (name, vector) in &record.vectors {
        if vector.iter().any(|number| !number.is_finite()) {
            let message = format!("vector '{name}' holds NaN or infinity, which JSON cannot express");
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
    }
    line(out, record)
}

/// Writes the lines that an import left out beside their file, as `FILE.bad.jsonl`, by way of a temporary file. Where
/// that is there and says the same, it stays; none is given then. Bytes of a line that are no UTF-8 become U+FFFD.
///
/// # Errors
/// As [`Outputs::begin`].
pub fn write_bad(
    file: &Path,
    rows: &[(u64, String, Vec<u8>)],
    outputs: &Outputs,
) -> io::Result<(PathBuf, Option<Kept>)> {
    let mut path = file.as_os_str().to_owned();
    path.push(".bad.jsonl");
    let path = PathBuf::from(path);
    let mut bytes = Vec::new();
    for (number, error, raw) in rows {
        line(&mut bytes, &json!({"line": number, "error": error, "raw": String::from_utf8_lossy(raw)}))?;
    }
    match outputs.may_write(&path) {
        // No other reason than that it is there: it may be looked at.
        Err(why) if Barred::of(&why).is_some_and(|barred| barred.there) && std::fs::read(&path)? == bytes => {
            return Ok((path, None));
        }
        other => other?,
    };
    let (mut file, begun) = outputs.begin(&path)?;
    file.write_all(&bytes)?;
    begun.sync()?;
    let kept = begun.keep(outputs)?;
    Ok((path, Some(kept)))
}

fn line(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    let mut bytes = serde_json::to_vec(value)?;
    bytes.push(b'\n');
    out.write_all(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_the_shortest_f32() {
        let mut record = RecordSpec { id: Some("r".into()), ..RecordSpec::default() };
        record.vectors.insert("v".into(), vec![0.1, 1.0, -0.0, 1e-30, 16_777_216.0, f32::MAX]);
        let mut out = Vec::new();
        write_record(&mut out, &record).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "{\"id\":\"r\",\"fields\":{},\"vectors\":{\"v\":[0.1,1.0,-0.0,1e-30,16777216.0,3.4028235e+38]}}\n"
        );
        record.vectors.insert("v".into(), vec![f32::NAN]);
        assert!(write_record(&mut Vec::new(), &record).is_err());
    }
}
