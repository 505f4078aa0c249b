//! `labelry export`.

use std::io::{BufWriter, Write};
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
        let mut out = BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
        let written = jobs::export::native(&mut store, &dataset, &mut out, &meter);
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
