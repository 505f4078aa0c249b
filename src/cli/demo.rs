//! `labelry demo`.

use std::io::Write;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use super::{Common, Failure};
use crate::jobs::JobContext;
use crate::jobs::import::{Import, import};
use crate::model::Dataset;
use crate::progress::Silent;
use crate::store::sqlite::SqliteStore;
use crate::store::{Find, Store, StoreError};
use crate::text::one_line;

/// Records, answers and suggestions. `assets/demo/README.md` tells how both files are made.
const PROJECT: &str = include_str!("../../assets/demo/demo.jsonl");
/// Row i belongs to record i.
const VECTORS: &[u8] = include_bytes!("../../assets/demo/minilm.npy");
const SPACE: &str = "minilm";
/// The demo is told by its dataset and the first record in it.
const NAME: &str = "mail";
const FIRST: &str = "m-0001";
const ANEW: &str = "'labelry demo --fresh' starts over";
const WAY_OUT: &str = "'labelry demo' without --db has a place of its own; your own file opens with 'labelry FILE'";

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
    let (path, own) = place(common)?;
    // In its own place nothing but a demo can be, also where it cannot be read any more.
    let found = if args.fresh && own { DemoState::Nothing } else { look(&path, own)? };
    let mut store = match found {
        DemoState::Demo(store, datasets) if !args.fresh && !args.no_open => {
            return super::open::demo(*store, datasets, &path, common);
        }
        DemoState::Demo(store, _) if !args.fresh => *store,
        DemoState::Another(why) if !args.fresh => {
            let kept = make(&path, own)?.map(|kept| format!("; the old one is kept as '{}'", kept.display()));
            let said = format!(
                "labelry: this demo was made by another version ({why}), so a fresh one starts{}",
                kept.unwrap_or_default()
            );
            let _closed = writeln!(std::io::stderr(), "{}", one_line(&said));
            SqliteStore::open(&path)?
        }
        there => {
            drop(there);
            if args.fresh {
                remove(&path);
            }
            make(&path, own)?;
            SqliteStore::open(&path)?
        }
    };
    if args.no_open {
        return super::say(super::shown(&path));
    }
    let datasets = store.datasets()?;
    super::open::demo(store, datasets, &path, common)
}

/// Where the demo is, and whether that is its own place, where nothing else is. Only an explicit `--db` moves the
/// demo; the environment's `LABELRY_DB` names real work.
fn place(common: &Common) -> Result<(PathBuf, bool), Failure> {
    let from_environment = std::env::var_os("LABELRY_DB").map(PathBuf::from);
    if let Some(db) = common.db.clone().filter(|db| Some(db) != from_environment.as_ref()) {
        return Ok((db, false));
    }
    let base = etcetera::choose_base_strategy().map_err(|why| Failure::failed(why.to_string()))?;
    let folder = base.state_dir().unwrap_or_else(|| base.data_dir()).join("labelry");
    std::fs::create_dir_all(&folder)?;
    Ok((folder.join("demo.db"), true))
}

/// What stands in the demo's place.
enum DemoState {
    Nothing,
    /// With what was read of it to know it.
    Demo(Box<SqliteStore>, Vec<Dataset>),
    /// A demo that this version did not make, and how that shows.
    Another(String),
}

/// Whatever else stands there may be somebody's work and is refused: the demo neither opens nor removes it.
fn look(path: &Path, own: bool) -> Result<DemoState, Failure> {
    if !path.exists() {
        return Ok(DemoState::Nothing);
    }
    let another = |why: &str| Ok(DemoState::Another(why.to_owned()));
    let mut store = match SqliteStore::open(path) {
        Ok(store) => store,
        Err(StoreError::NotOurs { why, .. }) if own && path.is_file() => return another(&why),
        Err(error) => return Err(Failure::from(error).or_hint(if own { ANEW } else { WAY_OUT })),
    };
    let datasets = store.datasets()?;
    for dataset in &datasets {
        if dataset.name == NAME && store.find(dataset.id, &Find::External(FIRST))?.is_some() {
            let has = dataset.vectors.iter().any(|space| space.name == SPACE);
            return if has { Ok(DemoState::Demo(Box::new(store), datasets)) } else { another("it has no vectors") };
        }
    }
    if own {
        return another("it has no mails");
    }
    Err(Failure::failed(format!("'{}' is not the demo; nothing was changed", path.display())).or_hint(WAY_OUT))
}

/// Made under a name of its own and then put in place, so that a stopped first run leaves no half demo, and of two
/// first runs at once the second takes what the first has put there. A demo of another version makes way, and it is
/// told where it is then.
fn make(path: &Path, own: bool) -> Result<Option<PathBuf>, Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let made = folder.join(format!("demo-{}.new", crate::runtime::uid().0));
    let sources = [made.with_extension("jsonl"), made.with_extension("npy")];
    let done = fill(&made, &sources).and_then(|()| {
        // Looked at again, since the other of two runs may have been here.
        let aside = if let DemoState::Another(_) = look(path, own)? { Some(set_aside(path, folder)?) } else { None };
        match std::fs::hard_link(&made, path) {
            Err(why) if why.kind() != std::io::ErrorKind::AlreadyExists => std::fs::rename(&made, path)?,
            _ => {}
        }
        Ok(aside)
    });
    remove(&made);
    for source in &sources {
        let _absent = std::fs::remove_file(source);
    }
    done
}

/// Moves a demo out of the way. Its write-ahead log goes first: left behind, it would be taken for the new file's.
fn set_aside(path: &Path, folder: &Path) -> Result<PathBuf, Failure> {
    let now = crate::runtime::now().to_rfc3339().replace([':', '.'], "-");
    let aside = folder.join(format!("demo-old-{now}.db"));
    for end in ["-wal", "-shm", ""] {
        let [from, to] = [path, &aside].map(|path| PathBuf::from(format!("{}{end}", path.display())));
        match std::fs::rename(from, to) {
            Err(why) if end.is_empty() || why.kind() != std::io::ErrorKind::NotFound => return Err(why.into()),
            _ => {}
        }
    }
    Ok(aside)
}

fn remove(path: &Path) {
    for end in ["", "-wal", "-shm"] {
        let _absent = std::fs::remove_file(format!("{}{end}", path.display()));
    }
}

fn fill(made: &Path, sources: &[PathBuf; 2]) -> Result<(), Failure> {
    let [records, vectors] = sources;
    std::fs::write(records, PROJECT)?;
    std::fs::write(vectors, VECTORS)?;
    let mut store = SqliteStore::open_or_create(made)?;
    let mut given = JobContext { at: crate::runtime::now(), uid: &mut crate::runtime::uid };
    let wanted = Import {
        files: vec![records.clone()],
        vectors: vec![(SPACE.to_owned(), vectors.clone())],
        ..Import::default()
    };
    import(&mut store, &wanted, &mut given, &Silent)?;
    Ok(())
}
