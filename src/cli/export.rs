//! `labelry export`.

use std::io::{BufWriter, IsTerminal, Write};
use std::path::PathBuf;

use super::meter::Meter;
use super::{Common, Failure, Which, fresh};
use crate::jobs;

/// Write a dataset as native JSONL, to standard output or a file
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    which: Which,
    /// The file to write, by way of a temporary one
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(super) fn run(args: &Args, common: &Common) -> Result<(), Failure> {
    let mut store = common.store()?;
    let dataset = jobs::dataset(&mut store, args.which.name())?;
    let Some(path) = &args.out else {
        let meter = Meter::beside_data();
        let stdout = std::io::stdout().lock();
        let written = if stdout.is_terminal() {
            jobs::export::native(&mut store, &dataset, &mut Shown { line: Vec::new(), out: stdout }, &meter)
        } else {
            let mut out = BufWriter::with_capacity(1 << 16, stdout);
            jobs::export::native(&mut store, &dataset, &mut out, &meter)
        };
        meter.done();
        return match written {
            Err(jobs::JobError::Write(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            other => other.map(|_| ()).map_err(|error| meter.failure(error)),
        };
    };
    let meter = Meter::new();
    let written = fresh::write(path, |out| jobs::export::native(&mut store, &dataset, out, &meter));
    meter.done();
    let count = written.map_err(|error| match error {
        jobs::JobError::Write(why) => fresh::failure(path, &why),
        error => meter.failure(error),
    })?;
    writeln!(std::io::stderr(), "{}: {count} records", path.display())?;
    Ok(())
}

/// JSONL on its way to a terminal, line by line: no text of a record may steer it.
struct Shown<W> {
    line: Vec<u8>,
    out: W,
}

impl<W: Write> Write for Shown<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let (ended, begun) = bytes.split_at(whole);
        if !ended.is_empty() {
            self.line.extend(ended);
            let lines = std::mem::take(&mut self.line);
            self.out.write_all(super::harmless_json(&String::from_utf8_lossy(&lines)).as_bytes())?;
        }
        self.line.extend(begun);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::Shown;

    #[test]
    fn what_goes_to_a_terminal_cannot_steer_it_and_says_the_same() {
        let mut shown = Shown { line: Vec::new(), out: Vec::new() };
        let lines = "{\"a\":\"\u{9b}2J\u{202e}ü\"}\n{\"b\":\"\u{7f}\"}\n";
        for bytes in lines.as_bytes().chunks(3) {
            shown.write_all(bytes).unwrap();
        }
        let said = String::from_utf8(shown.out).unwrap();
        assert_eq!(said, "{\"a\":\"\\u009b2J\\u202eü\"}\n{\"b\":\"\\u007f\"}\n");
        for (line, shown) in lines.lines().zip(said.lines()) {
            let read = |text| serde_json::from_str::<serde_json::Value>(text).unwrap();
            assert_eq!(read(line), read(shown));
        }
    }
}
