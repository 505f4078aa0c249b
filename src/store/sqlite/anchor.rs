//! The file under an open store: whether its path still leads to what was opened, and its log still lies beside it.
//!
//! `SQLite` goes on writing into a file that was removed or replaced, and into its log: whatever it commits then is in
//! no file that anybody will open. So it is looked at before each commit and after it, before anything is called saved.

use std::fs::{File, Metadata};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::page_one::PageOne;

/// One descriptor for a process and a file. It is opened before `SQLite`'s first connection and closed after its last:
/// closing any descriptor of a file drops all locks that this process has on it (POSIX, `fcntl(2)`). While it is open
/// no other file can get the same inode.
#[derive(Debug)]
pub struct Anchor {
    /// As it was named, made absolute: this has to lead here.
    path: PathBuf,
    /// Without links: the log is named after it.
    real: PathBuf,
    file: File,
    opened: Identity,
    known: Mutex<Known>,
    bell: Condvar,
}

/// Device and inode.
type Identity = (u64, u64);

/// A connection's hold on the file: let go of after the connection itself.
#[derive(Debug)]
pub(super) struct ConnectionHold {
    anchor: Arc<Anchor>,
    closes: bool,
}

impl ConnectionHold {
    /// Another connection; the first one makes log and index, the last one takes them away.
    pub(super) fn new(anchor: &Arc<Anchor>) -> Self {
        anchor.known().holds += 1;
        Self { anchor: Arc::clone(anchor), closes: false }
    }

    pub(super) fn anchor(&self) -> &Arc<Anchor> {
        &self.anchor
    }

    /// The connection is about to be closed: if it is the last one its log goes, and until that is known here nobody
    /// else opens the file and makes another.
    pub(super) fn close(&mut self) {
        self.anchor.turn();
        self.closes = true;
    }
}

impl Drop for ConnectionHold {
    fn drop(&mut self) {
        let mut known = self.anchor.known();
        known.holds -= 1;
        if known.holds == 0 {
            (known.log, known.log_file) = ([None; 2], None);
        }
        known.is_turned &= !self.closes;
        self.anchor.bell.notify_all();
    }
}

/// While it lives nobody else of this process opens or closes a connection to the file.
pub(super) struct OpenTurn<'a>(&'a Anchor);

impl<'a> OpenTurn<'a> {
    pub(super) fn take(anchor: &'a Anchor) -> Self {
        anchor.turn();
        Self(anchor)
    }
}

impl Drop for OpenTurn<'_> {
    fn drop(&mut self) {
        self.0.known().is_turned = false;
        self.0.bell.notify_all();
    }
}

#[derive(Debug, Clone)]
struct Known {
    /// Connections of this process.
    holds: usize,
    /// Whether one of them is just opened or closed.
    is_turned: bool,
    /// The newest first page that was seen.
    page: PageOne,
    /// What marks the log that this process committed to last, and the first page as it stood there then.
    committed: Option<([u8; 8], PageOne)>,
    /// The log, to read its mark: `SQLite` has no locks on it that closing this would drop.
    log_file: Option<Arc<File>>,
    /// What `SQLite` found wrong in it.
    damage: Option<String>,
    /// The greatest length of the file that was seen: it gets no shorter.
    bytes: u64,
    /// The log and its index, once they are there.
    log: [Option<Identity>; 2],
}

/// What is there of an opened file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FileState {
    /// All of it.
    There,
    /// The file, but not its log, and no other log in its place: what was saved can still be written into the file.
    NoLog(String),
    /// Another file, or none.
    Gone(String),
}

impl Anchor {
    /// Opens the descriptor; with what the first page says, where there is one.
    pub(super) fn open(path: &Path) -> std::io::Result<(Self, Option<PageOne>)> {
        let file = File::open(path)?;
        let page = PageOne::read(&file)?;
        let known = Known {
            holds: 0,
            is_turned: false,
            page: page.unwrap_or_else(|| PageOne::of(&[0; super::page_one::HEADER])),
            log: [None; 2],
            committed: None,
            log_file: None,
            bytes: 0,
            damage: None,
        };
        let anchor = Self {
            path: std::path::absolute(path)?,
            real: std::fs::canonicalize(path)?,
            opened: identity(&file.metadata()?),
            file,
            known: Mutex::new(known),
            bell: Condvar::new(),
        };
        Ok((anchor, page))
    }

    /// The file, as it was named.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Why nothing that is committed to the file may be called saved, where that is so.
    #[must_use]
    pub fn why_gone(&self) -> Option<String> {
        match self.look() {
            FileState::There => None,
            FileState::NoLog(why) | FileState::Gone(why) => Some(why),
        }
    }

    /// Whether what was opened still says what it said, wherever it is now.
    pub(super) fn is_readable(&self) -> bool {
        let known = self.known().page;
        let page = PageOne::read(&self.file).ok().flatten();
        page.is_some_and(|page| page.ours && page.same_file(&known) && !page.is_older(&known))
    }

    /// Takes away the file and its log, where they are still those that were opened and no other process has them open.
    /// For a process that ends here: whoever goes on closes the store.
    pub fn take_away(&self) {
        if self.look() != FileState::There || super::log::has_readers(&self.file) {
            return;
        }
        let [log, index] = self.beside();
        for path in [&self.path, &log, &index] {
            let _absent = std::fs::remove_file(path);
        }
    }

    /// The path without links.
    pub(super) fn real(&self) -> &Path {
        &self.real
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    fn turn(&self) {
        let mut known = self.known();
        while known.is_turned {
            known = self.bell.wait(known).unwrap_or_else(PoisonError::into_inner);
        }
        known.is_turned = true;
    }

    /// Waits until this process has no connection to the file, at most so long.
    pub fn rest(&self, patience: Duration) {
        let wait = self.bell.wait_timeout_while(self.known(), patience, |known| known.holds > 0);
        drop(wait.unwrap_or_else(PoisonError::into_inner));
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on log and index have to stay what they are: `SQLite` has opened them.
    pub(super) fn settle(&self) {
        let beside = self.beside();
        let log_file = File::open(&beside[0]).ok().map(Arc::new);
        let log = beside.map(|path| std::fs::metadata(path).ok().as_ref().map(identity));
        let mut known = self.known();
        if known.log_file.is_none() {
            known.log_file = log_file;
        }
        for (known, found) in known.log.iter_mut().zip(log) {
            *known = known.or(found);
        }
    }

    /// Something was committed: once the log that it stands in was begun anew, it has to be in the file.
    pub(super) fn committed(&self) {
        // Once for each log: that is newer than anything the log was begun on.
        let is_known = {
            let known = self.known();
            let (file, committed) = (known.log_file.as_deref(), known.committed);
            file.zip(committed).is_some_and(|(file, (mark, _))| !super::log::is_new(file, mark))
        };
        if is_known {
            return;
        }
        let latest = super::log::latest(&self.real);
        if latest.is_some() {
            self.known().committed = latest;
        }
    }

    /// `SQLite` found the file damaged: nothing that is committed to it may be called saved.
    pub(super) fn damaged(&self, why: String) {
        self.known().damage = Some(why);
    }

    fn beside(&self) -> [PathBuf; 2] {
        ["-wal", "-shm"].map(|end| super::filesystem::beside(&self.real, end))
    }

    /// Looks: three `stat`s and one `pread`, some microseconds.
    pub(super) fn look(&self) -> FileState {
        // A page that is written at this moment may be read by halves.
        let mut ground = self.look_once();
        for _ in 0..3 {
            if ground == FileState::There {
                break;
            }
            ground = self.look_once();
        }
        ground
    }

    fn look_once(&self) -> FileState {
        let gone = |why: String| FileState::Gone(why);
        let bytes = match std::fs::metadata(&self.path) {
            Ok(there) if identity(&there) == self.opened => there.len(),
            Ok(_) => return gone(String::from("another file was put in its place")),
            Err(why) if why.kind() == ErrorKind::NotFound => return gone(String::from("it was removed or moved away")),
            Err(why) => return gone(format!("it cannot be looked at: {why}")),
        };
        let page = match PageOne::read(&self.file) {
            Ok(Some(page)) => page,
            Ok(None) => return gone(String::from("it was emptied")),
            Err(why) => return gone(format!("it cannot be read: {why}")),
        };
        let mut known = self.known();
        if let Some(why) = &known.damage {
            return gone(format!("it is damaged ({why})"));
        }
        if !page.ours || !page.same_file(&known.page) {
            return gone(String::from("another file was copied over it"));
        }
        let folded = known
            .committed
            .filter(|(mark, _)| known.log_file.as_deref().is_some_and(|file| super::log::is_new(file, *mark)));
        if page.is_older(&known.page) || folded.is_some_and(|(_, latest)| page.is_older(&latest)) {
            return gone(String::from("an older copy of it was copied over it"));
        }
        // A VACUUM makes it shorter, and counts on.
        if bytes < known.bytes && !known.page.is_older(&page) {
            return gone(String::from("it was cut short"));
        }
        known.bytes = bytes;
        known.page = page;
        self.log(known.log)
    }

    fn log(&self, known: [Option<Identity>; 2]) -> FileState {
        let mut ground = FileState::There;
        for (path, known) in self.beside().iter().zip(known) {
            let Some(known) = known else { continue };
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            match std::fs::metadata(path) {
                Ok(there) if identity(&there) == known => {}
                Ok(_) => return FileState::Gone(format!("another '{name}' was put beside it")),
                Err(why) if why.kind() == ErrorKind::NotFound => {
                    ground = FileState::NoLog(format!("'{name}', which SQLite keeps beside it, was removed"));
                }
                Err(why) => return FileState::Gone(format!("'{name}' beside it cannot be looked at: {why}")),
            }
        }
        ground
    }
}

pub(super) fn identity(about: &Metadata) -> Identity {
    (about.dev(), about.ino())
}
