//! A file written under a temporary name beside it and renamed once it is whole.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use super::Failure;
use crate::jobs::JobError;

/// Writes the file; what stood there stays when anything goes wrong.
pub(super) fn write<T>(
    path: &Path,
    fill: impl FnOnce(&mut BufWriter<File>) -> Result<T, JobError>,
) -> Result<T, JobError> {
    let partial = partial(path);
    let written = File::create(&partial).map_err(JobError::from).and_then(|file| {
        let mut out = BufWriter::with_capacity(1 << 16, file);
        let done = fill(&mut out)?;
        out.flush()?;
        out.get_ref().sync_all()?;
        std::fs::rename(&partial, path)?;
        Ok(done)
    });
    if written.is_err() {
        let _absent = std::fs::remove_file(&partial);
    }
    written
}

/// What cannot be written, and the way out.
pub(super) fn failure(path: &Path, why: &std::io::Error) -> Failure {
    Failure::failed(format!("cannot write '{}': {why}", path.display()))
        .or_hint("name a file in a folder that is there and that you may write to")
}

/// A name beside the file that nobody else has: two exports at once, or somebody's own file, are not in its way.
fn partial(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.partial", crate::runtime::uid().0));
    path.with_file_name(name)
}
