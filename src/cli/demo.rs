//! `labelry demo`.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use super::{Common, Failure};
use crate::jobs::Given;
use crate::jobs::import::{Import, import};
use crate::progress::Silent;
use crate::store::sqlite::SqliteStore;

const PROJECT: &str = include_str!("../../assets/demo/demo.jsonl");

/// Label a small made-up project: mail to a lamp shop, with three annotators' work
///
/// It is kept in your state folder and reopened; --fresh starts over. You are a fourth annotator.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Start over: what was labelled in the demo is gone
    #[arg(long)]
    fresh: bool,
    /// Make the demo's file and leave
    #[arg(long)]
    no_open: bool,
}

pub(super) fn run(args: &Args, common: &Common) -> Result<(), Failure> {
    let path = place(common)?;
    if args.fresh {
        for end in ["", "-wal", "-shm"] {
            let _absent = std::fs::remove_file(format!("{}{end}", path.display()));
        }
    }
    if !path.exists() {
        make(&path)?;
    }
    if args.no_open {
        return super::say(path.display());
    }
    super::open::demo(&path, common)
}

/// Only an explicit `--db` moves the demo; the environment's `LABELRY_DB` names real work.
fn place(common: &Common) -> Result<PathBuf, Failure> {
    let from_environment = std::env::var_os("LABELRY_DB").map(PathBuf::from);
    if let Some(db) = common.db.clone().filter(|db| Some(db) != from_environment.as_ref()) {
        return Ok(db);
    }
    let base = etcetera::choose_base_strategy().map_err(|why| Failure::failed(why.to_string()))?;
    let folder = base.state_dir().unwrap_or_else(|| base.data_dir()).join("labelry");
    std::fs::create_dir_all(&folder)?;
    Ok(folder.join("demo.db"))
}

/// Made under a name of its own and then put in place, so that a stopped first run leaves no half demo, and of two
/// first runs at once the second takes what the first has put there.
fn make(path: &Path) -> Result<(), Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let made = folder.join(format!("demo-{}.new", crate::runtime::uid().0));
    let source = made.with_extension("jsonl");
    let done = fill(&made, &source).and_then(|()| match std::fs::hard_link(&made, path) {
        Err(why) if why.kind() != std::io::ErrorKind::AlreadyExists => Ok(std::fs::rename(&made, path)?),
        _ => Ok(()),
    });
    for end in ["", "-wal", "-shm"] {
        let _absent = std::fs::remove_file(format!("{}{end}", made.display()));
    }
    let _absent = std::fs::remove_file(&source);
    done
}

fn fill(made: &Path, source: &Path) -> Result<(), Failure> {
    std::fs::write(source, PROJECT)?;
    let mut store = SqliteStore::open_or_create(made)?;
    let mut given = Given { at: crate::runtime::now(), uid: &mut crate::runtime::uid };
    let wanted = Import { files: vec![source.to_owned()], ..Import::default() };
    import(&mut store, &wanted, &mut given, &Silent)?;
    Ok(())
}
