//! `labelry export`.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use super::meter::Meter;
use super::{Common, Failure, Which};
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
    let partial = partial(path);
    let written = std::fs::File::create(&partial).map_err(jobs::JobError::from).and_then(|file| {
        let mut out = BufWriter::with_capacity(1 << 16, file);
        let count = jobs::export::native(&mut store, &dataset, &mut out, &meter)?;
        out.flush()?;
        out.get_ref().sync_all()?;
        std::fs::rename(&partial, path)?;
        Ok(count)
    });
    meter.done();
    if written.is_err() {
        let _absent = std::fs::remove_file(&partial);
    }
    let count = written.map_err(|error| match error {
        jobs::JobError::Write(why) => Failure::failed(format!("cannot write '{}': {why}", path.display()))
            .or_hint("name a file in a folder that is there and that you may write to"),
        error => meter.failure(error),
    })?;
    writeln!(std::io::stderr(), "{}: {count} records", path.display())?;
    Ok(())
}

/// A name beside the file that nobody else has: two exports at once, or somebody's own file, are not in its way.
fn partial(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.partial", crate::runtime::uid().0));
    path.with_file_name(name)
}
