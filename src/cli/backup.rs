//! `labelry backup`.

use std::path::{Path, PathBuf};

use super::{Common, Failure, output, say};
use crate::model::Permission;
use crate::store::sqlite::SqliteStore;

/// Copy the file as it stands now, while people go on labelling
///
/// The copy holds everything, so it is for an owner, or an admin who is in no workspace and so manages all.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The copy to make; another copy that is there is never written over
    to: PathBuf,
    /// Replace a file that is there and is no labelry file
    #[arg(long)]
    force: bool,
}

pub(super) fn run(args: &Args, common: &Common) -> Result<(), Failure> {
    let mut store = common.store()?;
    common.asks(&mut store, Permission::WholeFile, None)?;
    let outputs = common.outputs().replacing(args.force);
    let unwritten = |why: std::io::Error| output::failure(&args.to, &why);
    outputs.may_write_file(&args.to).map_err(unwritten)?;
    let mut part = args.to.as_os_str().to_owned();
    part.push(format!(".{}.partial", crate::runtime::uid().0));
    let part = PathBuf::from(part);
    store
        .backup(&part)
        .map_err(|why| Failure::from(why).or_hint("name another file, or one in a folder you may write in"))?;
    let kept = outputs.put(&part, &args.to).map_err(unwritten)?;
    output::say_replaced(&[kept])?;
    say(format!("all of {} as it stands is in {}", super::shown(&common.file()), super::shown(&args.to)))
}

/// Copies the file before something large is done to it: `x.db` becomes `x.before-merge-20261125-101500.db`.
pub(super) fn before(store: &SqliteStore, file: &Path, what: &str) -> Result<PathBuf, Failure> {
    let stem = file.file_stem().map_or_else(|| String::from("labelry"), |stem| stem.to_string_lossy().into_owned());
    let at = crate::runtime::stamp();
    let mut to = file.with_file_name(format!("{stem}.before-{what}-{at}.db"));
    let mut number = 2;
    while to.exists() {
        to = file.with_file_name(format!("{stem}.before-{what}-{at}-{number}.db"));
        number += 1;
    }
    store.backup(&to).map_err(|why| {
        Failure::from(why)
            .or_hint("a backup is made first; --no-backup goes without one, and 'labelry history undo' remains")
    })?;
    Ok(to)
}
