//! Where files are written: never onto a labelry file, another `SQLite` file, a log of one or an input of the same
//! command; onto anything else only where the person said so.
//!
//! Files are told apart by device and inode, so neither a symbolic link nor a second name leads around the rule. What
//! this process has open is compared before anything is opened: closing a descriptor of a file that `SQLite` has open
//! here would drop its locks.

use std::ffi::OsString;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{Error, ErrorKind, Read, Result};
use std::path::{Path, PathBuf};

use tempfile::TempPath;

use super::error::escaped;

/// What ends the names of the files that `SQLite` keeps beside one of its own.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];
/// First bytes of a `SQLite` file, of its two kinds of write-ahead log and of its rollback journal.
const MARKS: [&[u8]; 4] =
    [b"SQLite format 3\0", b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83", b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"];

/// Why a file is not read or written, and the way out. It travels inside an [`Error`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct Barred {
    /// What is wrong, with the file's name.
    pub what: String,
    /// What to do.
    pub hint: &'static str,
    /// Whether all that is wrong is that it is there already.
    pub there: bool,
}

impl Barred {
    fn new(path: &Path, why: &str, hint: &'static str) -> Self {
        Self { what: format!("'{}' {why}", escaped(&path.to_string_lossy())), hint, there: false }
    }

    /// What an error holds of it.
    #[must_use]
    pub fn of(error: &Error) -> Option<&Self> {
        error.get_ref().and_then(|inner| inner.downcast_ref())
    }
}

impl From<Barred> for Error {
    fn from(barred: Barred) -> Self {
        Self::new(ErrorKind::AlreadyExists, barred)
    }
}

/// What a file is, whatever its name: device and inode, or else where it lies.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Identity {
    #[cfg(unix)]
    Inode(u64, u64),
    Place(PathBuf),
}

/// Whether a file is the dataset or its log, or is read or written by the same command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    Dataset,
    Log,
    Input,
    Output,
}

/// The files that a command has open or reads, and whether it may replace others.
#[derive(Debug, Clone, Default)]
pub struct Outputs {
    held: Vec<(Identity, Use)>,
    force: bool,
}

impl Outputs {
    /// For a command that works in this labelry file, which need not be there yet.
    #[must_use]
    pub fn beside(database: &Path) -> Self {
        let mut all = Self::default();
        let real = database.canonicalize().unwrap_or_else(|_| database.to_owned());
        for name in [database, &real] {
            all.add(name, Use::Dataset);
            for end in BESIDE {
                all.add(&with_end(name, end), Use::Log);
            }
        }
        all
    }

    /// The same, that reads these files too.
    #[must_use]
    pub fn reading<'p>(mut self, inputs: impl IntoIterator<Item = &'p PathBuf>) -> Self {
        for path in inputs {
            if std::fs::metadata(path).is_ok_and(|about| about.is_file()) {
                self.add(path, Use::Input);
            }
        }
        self
    }

    /// The same, that may replace what is there.
    #[must_use]
    pub fn replacing(mut self, force: bool) -> Self {
        self.force = force;
        self
    }

    /// The same, that writes this file too.
    #[must_use]
    pub fn writing(mut self, path: &Path) -> Self {
        if std::fs::metadata(path).map_or(true, |about| !is_stream(path, &about)) {
            self.add(path, Use::Output);
        }
        self
    }

    fn add(&mut self, path: &Path, used: Use) {
        self.held.extend(identities(path).map(|identity| (identity, used)));
    }

    fn used(&self, path: &Path) -> Option<Use> {
        let is = |identity: Identity| self.held.iter().find(|(held, _)| *held == identity).map(|(_, used)| *used);
        identities(path).find_map(is)
    }

    /// Whether a file may be read: neither the dataset nor its log, under whatever name. It is not opened.
    ///
    /// # Errors
    /// [`Barred`].
    pub fn may_read(&self, path: &Path) -> std::result::Result<(), Barred> {
        let hint = "name another file; what is in the dataset, 'labelry export' writes";
        match self.used(path) {
            Some(Use::Dataset) => Err(Barred::new(path, "is the labelry file itself", hint)),
            Some(Use::Log) => Err(Barred::new(path, "is the log of the labelry file", hint)),
            _ => Ok(()),
        }
    }

    /// Whether a file may be written, and whether something is there that it replaces.
    ///
    /// # Errors
    /// [`Barred`], and what the system says where it cannot be looked at.
    pub fn may_write(&self, path: &Path) -> Result<bool> {
        const ANOTHER: &str = "name another file";
        let barred = |why: &str| Err(Barred::new(path, why, ANOTHER).into());
        match self.used(path) {
            Some(Use::Dataset) => return barred("is the labelry file itself"),
            Some(Use::Log) => return barred("is a name of the log of the labelry file"),
            Some(Use::Input) => return barred("is read by the same command"),
            Some(Use::Output) => return barred("is written by the same command already"),
            None => {}
        }
        if path.as_os_str() == super::STDIN {
            return barred("is no name of a file here");
        }
        if of_another(path) {
            return barred("is a name of the log of another SQLite file");
        }
        let there = std::fs::symlink_metadata(path).is_ok();
        match std::fs::metadata(path) {
            Err(why) if !there && why.kind() == ErrorKind::NotFound => return Ok(false),
            // A link that leads nowhere.
            Err(why) if why.kind() == ErrorKind::NotFound => {}
            Err(why) => return Err(why),
            Ok(about) if about.is_dir() => return barred("is a folder"),
            Ok(about) if is_stream(path, &about) => return Ok(false),
            Ok(_) if is_marked(path)? => return barred("is a SQLite file, and holds data"),
            Ok(_) => {}
        }
        if self.force {
            return Ok(true);
        }
        let hint = "name another file or a folder, or replace it with --force";
        Err(Barred { there: true, ..Barred::new(path, "is there already", hint) }.into())
    }

    /// The same for what has to be a file of its own: a pipe or a device is none.
    ///
    /// # Errors
    /// As [`Outputs::may_write`].
    pub fn may_write_file(&self, path: &Path) -> Result<()> {
        self.may_write(path)?;
        match std::fs::metadata(path) {
            Ok(about) if is_stream(path, &about) => Err(Barred::new(path, "is no file", "name a file").into()),
            _ => Ok(()),
        }
    }

    /// Begins a file: under a name of its own beside its place, or as it is where that is a pipe or a device.
    ///
    /// # Errors
    /// As [`Outputs::may_write`], and what the system says.
    pub fn begin(&self, path: &Path) -> Result<(File, Begun)> {
        self.may_write(path)?;
        if std::fs::metadata(path).is_ok_and(|about| is_stream(path, &about)) {
            let file = OpenOptions::new().write(true).open(path)?;
            // Text of records reaches a terminal only made harmless, and this is the way past that.
            if std::io::IsTerminal::is_terminal(&file) {
                return Err(Barred::new(path, "is a terminal", "leave it out to see it here, or name a file").into());
            }
            return Ok((file, Begun { path: path.to_owned(), partial: None }));
        }
        let (file, partial) = fresh(path)?;
        Ok((file, Begun { path: path.to_owned(), partial: Some(partial) }))
    }

    /// Gives a file that was made by other means its name; where that fails, it is taken away.
    ///
    /// # Errors
    /// As [`Outputs::may_write`], and what the system says.
    pub fn put(&self, made: &Path, path: &Path) -> Result<Kept> {
        self.name(TempPath::try_from_path(made)?, path.to_owned())
    }

    fn name(&self, partial: TempPath, path: PathBuf) -> Result<Kept> {
        let replaced = self.may_write(&path)?;
        let done = if self.force { partial.persist(&path) } else { partial.persist_noclobber(&path) };
        match done {
            Err(why) if why.error.kind() == ErrorKind::AlreadyExists => {
                self.may_write(&path)?;
                Err(why.error)
            }
            Err(why) => Err(why.error),
            Ok(()) => Ok(Kept { path, replaced }),
        }
    }
}

/// A file that is being written. What is not kept is taken away.
#[derive(Debug)]
pub struct Begun {
    path: PathBuf,
    partial: Option<TempPath>,
}

/// A file that has its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its name.
    pub path: PathBuf,
    /// Whether another one had it.
    pub replaced: bool,
}

impl Begun {
    /// Makes sure that it is on the disk.
    ///
    /// # Errors
    /// What the system says.
    pub fn sync(&self) -> Result<()> {
        self.partial.as_ref().map_or(Ok(()), |partial| File::open(partial)?.sync_all())
    }

    /// Gives the file its name, once it is whole. What came there in the meantime is not replaced unasked.
    ///
    /// # Errors
    /// As [`Outputs::may_write`], and what the system says.
    pub fn keep(self, outputs: &Outputs) -> Result<Kept> {
        let Self { path, partial } = self;
        match partial {
            Some(partial) => outputs.name(partial, path),
            None => Ok(Kept { path, replaced: false }),
        }
    }
}

/// A file beside this one, under a name that nobody had; what a crash left there stays.
fn fresh(path: &Path) -> Result<(File, TempPath)> {
    let mut number = 0;
    loop {
        let name = with_end(path, &format!(".{}-{number}.partial", std::process::id()));
        match File::create_new(&name) {
            Err(why) if why.kind() == ErrorKind::AlreadyExists => number += 1,
            Err(why) => return Err(why),
            Ok(file) => return Ok((file, TempPath::try_from_path(name)?)),
        }
    }
}

fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

/// By what a file is known: itself where it is there, and its place, which a file that is still to come has too.
fn identities(path: &Path) -> impl Iterator<Item = Identity> {
    #[cfg(unix)]
    let inode = {
        use std::os::unix::fs::MetadataExt;
        std::fs::metadata(path).ok().map(|about| Identity::Inode(about.dev(), about.ino()))
    };
    #[cfg(not(unix))]
    let inode = path.canonicalize().ok().map(Identity::Place);
    let whole = std::path::absolute(path).ok();
    let place = whole.and_then(|whole| {
        let folder = whole.parent()?.canonicalize().ok()?;
        Some(Identity::Place(folder.join(whole.file_name()?)))
    });
    inode.into_iter().chain(place)
}

/// Whether `SQLite` would take the file for the log of another of its files.
fn of_another(path: &Path) -> bool {
    let name = path.as_os_str().to_string_lossy();
    BESIDE.iter().any(|end| {
        let stem = name.strip_suffix(end).map(|stem| PathBuf::from(OsString::from(stem)));
        stem.is_some_and(|stem| stem.is_file() && is_marked(&stem).unwrap_or(true))
    })
}

/// Whether a file that is not open here is one of `SQLite`'s, or a log of one. What is no file is not opened.
#[must_use]
pub fn is_sqlite(path: &Path) -> bool {
    path.is_file() && is_marked(path).unwrap_or(false)
}

/// Whether a file that is not open here begins as `SQLite`'s do.
fn is_marked(path: &Path) -> Result<bool> {
    let mut head = Vec::new();
    File::open(path)?.take(16).read_to_end(&mut head)?;
    Ok(MARKS.iter().any(|mark| head.starts_with(mark)))
}

/// Whether a place is written to as it is: a pipe, a device, or a name of an open descriptor.
fn is_stream(path: &Path, about: &Metadata) -> bool {
    let descriptor = |path: &Path| path.starts_with("/dev") || path.starts_with("/proc");
    !about.is_file() || std::path::absolute(path).is_ok_and(|path| descriptor(&path))
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::Write;

    use super::*;

    fn said(done: &Result<bool>) -> String {
        let said = format!("{done:?}");
        let from = said.find("' ").map_or(0, |at| at + 2);
        said.get(from..).and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned()
    }

    #[test]
    fn a_dataset_is_no_output_and_no_input_under_any_name() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("a.db"), "SQLite format 3\0").unwrap();
        std::fs::write(at("other.db"), "SQLite format 3\0").unwrap();
        std::fs::write(at("in.csv"), "x").unwrap();
        std::fs::hard_link(at("a.db"), at("hard.csv")).unwrap();
        std::os::unix::fs::symlink(at("a.db"), at("soft.csv")).unwrap();
        std::os::unix::fs::symlink(at("a.db"), at("link.db")).unwrap();
        for database in ["a.db", "link.db"] {
            let outputs = Outputs::beside(&at(database)).reading([&at("in.csv")]).replacing(true);
            for name in ["a.db", "hard.csv", "soft.csv"] {
                assert_eq!(said(&outputs.may_write(&at(name))), "is the labelry file itself");
                assert!(outputs.may_read(&at(name)).is_err());
            }
            assert!(outputs.may_read(&at("a.db-wal")).is_err() && outputs.may_read(&at("in.csv")).is_ok());
            assert_eq!(said(&outputs.may_write(&at("a.db-wal"))), "is a name of the log of the labelry file");
            assert_eq!(said(&outputs.may_write(&at("other.db"))), "is a SQLite file, and holds data");
            assert_eq!(said(&outputs.may_write(&at("other.db-shm"))), "is a name of the log of another SQLite file");
            assert_eq!(said(&outputs.may_write(&at("in.csv"))), "is read by the same command");
            assert_eq!(said(&outputs.may_write(folder.path())), "is a folder");
        }
    }

    #[test]
    fn what_is_there_is_replaced_only_where_that_was_said() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("x.csv"), folder.path().join("link.csv"));
        let outputs = Outputs::beside(&folder.path().join("a.db"));
        let write = |outputs: &Outputs, path: &Path| {
            let (mut file, begun) = outputs.begin(path)?;
            file.write_all(b"new")?;
            begun.keep(outputs)
        };
        assert_eq!(write(&outputs, &path).unwrap(), Kept { path: path.clone(), replaced: false });
        std::fs::write(&path, "old").unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        for path in [&path, &link] {
            let error = write(&outputs, path).unwrap_err();
            assert_eq!(Barred::of(&error).unwrap().hint, "name another file or a folder, or replace it with --force");
        }
        let outputs = outputs.replacing(true);
        assert!(write(&outputs, &link).unwrap().replaced);
        assert_eq!(std::fs::read(&path).unwrap(), b"old", "a link is replaced, not what it leads to");
        assert!(write(&outputs, &path).unwrap().replaced);
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn what_came_while_a_file_was_written_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.csv");
        let outputs = Outputs::default();
        let (_, begun) = outputs.begin(&path).unwrap();
        std::fs::write(&path, "theirs").unwrap();
        assert!(begun.keep(&outputs).is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"theirs");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_device_is_written_to_as_it_is() {
        let outputs = Outputs::default().replacing(true);
        let (mut file, begun) = outputs.begin(Path::new("/dev/null")).unwrap();
        file.write_all(b"x").unwrap();
        assert!(!begun.keep(&outputs).unwrap().replaced);
        assert!(!std::fs::metadata("/dev/null").unwrap().is_file());
    }
}
