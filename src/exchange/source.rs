//! Where bytes come from: a file, a gzip of one, standard input. It can be read more than once.

use std::fs::File;
use std::io::{self, BufReader, IsTerminal, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::bytes::HEAD;
use super::error::{Kind, ReadError};
use crate::progress::{Cancelled, Progress};

/// The name that means standard input.
pub const STDIN: &str = "-";
/// What a gzip may always expand to, in bytes.
const FREE: u64 = 1_000_000_000;
/// How many times its size a gzip may expand to beyond [`FREE`]. Text shrinks to a tenth, seldom to a fiftieth; the
/// format's own limit is about 1,030.
const RATIO: u64 = 200;

/// The most that is taken from what passes by once, in bytes: a pipe may have no end.
const KEPT: u64 = 4_000_000_000;

/// The same for what is not kept on a disk, but in memory by whoever reads it.
const ONCE: u64 = 1_000_000_000;

/// What a pipe without an end is told.
fn endless() -> ReadError {
    ReadError::new(Kind::TooLong, "more than 4 GB in a pipe", "an end")
        .with_hint("write it to a file first, and name that: a file may be of any size")
}

/// Whether it is a pipe of whatever kind.
fn passes_by(about: &std::fs::Metadata) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        let kind = about.file_type();
        kind.is_fifo() || kind.is_socket()
    }
    #[cfg(not(unix))]
    !about.is_file()
}

/// An opened source.
#[derive(Debug)]
pub struct Source {
    path: PathBuf,
    file: File,
    bytes: u64,
    gzip: bool,
}

impl Source {
    /// Opens a file; `-` is standard input. What cannot be read twice is copied to a nameless temporary file, so that
    /// memory stays small.
    ///
    /// # Errors
    /// [`ReadError`] when it cannot be read, [`Cancelled`] from `progress`.
    pub fn open<E>(path: &Path, progress: &dyn Progress) -> Result<Self, E>
    where
        E: From<ReadError> + From<Cancelled>,
    {
        if path.as_os_str() == STDIN {
            return Self::kept(path, io::stdin().lock(), progress);
        }
        let about = std::fs::metadata(path).map_err(|error| ReadError::io(path, &error))?;
        if about.is_file() || about.is_dir() {
            let (file, bytes) = open(path)?;
            return Ok(Self::new(path, file, bytes)?);
        }
        // A pipe waits for whoever writes into it; whoever waits is told of a signal by their meter.
        let file = File::open(path).map_err(|error| ReadError::io(path, &error))?;
        if !passes_by(&about) && !file.is_terminal() {
            let error = ReadError::new(Kind::Io, "a device", "a file or a pipe").placed(path, None);
            return Err(error.with_hint("write what it gives to a file first, and name that").into());
        }
        Self::kept(path, file, progress)
    }

    fn new(path: &Path, mut file: File, bytes: u64) -> Result<Self, ReadError> {
        let mut magic = Vec::new();
        let read = file.rewind().and_then(|()| (&mut file).take(2).read_to_end(&mut magic));
        read.map_err(|error| ReadError::io(path, &error))?;
        Ok(Self { path: path.to_owned(), file, bytes, gzip: is_gzip(&magic) })
    }

    /// A source from something that passes by once.
    pub(super) fn kept<E>(path: &Path, input: impl Read, progress: &dyn Progress) -> Result<Self, E>
    where
        E: From<ReadError> + From<Cancelled>,
    {
        Self::kept_within(KEPT, path, input, progress)
    }

    fn kept_within<E>(most: u64, path: &Path, mut input: impl Read, progress: &dyn Progress) -> Result<Self, E>
    where
        E: From<ReadError> + From<Cancelled>,
    {
        let io = |error: io::Error| ReadError::io(path, &error);
        let full = |error: io::Error| {
            let found = format!("no room to keep it while it is read ({error})");
            let hint = "make room where temporary files go, or name another folder for them with TMPDIR";
            ReadError::new(Kind::Io, found, "").with_hint(hint).placed(path, None)
        };
        let mut file = tempfile::tempfile().map_err(full)?;
        let mut chunk = vec![0; HEAD];
        let mut bytes = 0;
        loop {
            let read = match input.read(&mut chunk) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => 0,
                Err(error) => return Err(io(error).into()),
            };
            file.write_all(chunk.get(..read).unwrap_or_default()).map_err(full)?;
            bytes += read as u64;
            if bytes > most {
                return Err(endless().placed(path, None).into());
            }
            progress.at(0, 0)?;
        }
        Ok(Self::new(path, file, bytes)?)
    }

    /// Its name as the person gave it.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its bytes, from the first one on, expanded; and how many there are, 0 when that is not known.
    pub(super) fn input(&self) -> Result<(Box<dyn Read + '_>, u64), ReadError> {
        let mut file = &self.file;
        file.seek(SeekFrom::Start(0)).map_err(|error| ReadError::io(&self.path, &error))?;
        if !self.gzip {
            return Ok((Box::new(file), self.bytes));
        }
        Ok((Box::new(expanded(file, self.bytes)), 0))
    }

    /// The file itself, for what is not read from front to end.
    #[cfg(feature = "parquet")]
    pub(super) fn file(&self) -> Result<File, ReadError> {
        if self.gzip {
            let error = ReadError::new(Kind::OtherFormat, "a gzip of Parquet", "Parquet")
                .with_hint("Parquet is packed by itself: gzip -d FILE first");
            return Err(error);
        }
        self.file.try_clone().map_err(|error| ReadError::io(&self.path, &error))
    }

    /// Its first bytes, expanded. Where they end in an error the reading of the whole meets it again, and knows its line.
    pub(super) fn head(&self) -> Result<Vec<u8>, ReadError> {
        let mut head = Vec::new();
        let (input, _) = self.input()?;
        match input.take(HEAD as u64).read_to_end(&mut head) {
            Err(error) if head.is_empty() => Err(ReadError::io(&self.path, &error)),
            _ => Ok(head),
        }
    }
}

/// Whether these first bytes are a gzip's.
pub(super) fn is_gzip(head: &[u8]) -> bool {
    head.starts_with(b"\x1f\x8b")
}

/// What a gzip of so many bytes expands to.
pub(super) fn expanded(input: impl Read, bytes: u64) -> impl Read {
    let input = MultiGzDecoder::new(BufReader::with_capacity(1 << 16, input));
    Bounded { input, left: FREE.max(bytes.saturating_mul(RATIO)) }
}

/// Opens a file; tells its length. A pipe or a device, which may have no end, is none and is not opened.
pub(super) fn open(path: &Path) -> Result<(File, u64), ReadError> {
    let io = |error: io::Error| ReadError::io(path, &error);
    let about = std::fs::metadata(path).map_err(io)?;
    if about.is_dir() {
        return Err(ReadError::directory(path));
    }
    if !about.is_file() {
        let error = ReadError::new(Kind::Io, "a pipe or a device", "a file");
        return Err(error.with_hint("write it to a file first, and name that").placed(path, None));
    }
    let file = File::open(path).map_err(io)?;
    let about = file.metadata().map_err(io)?;
    Ok((file, about.len()))
}

/// The most that a file of labels, people, settings or words may hold, in bytes.
const SMALL: u64 = 16_000_000;

/// The whole of a file that people write by hand.
pub(super) fn small(path: &Path) -> Result<Vec<u8>, ReadError> {
    let (file, _) = open(path)?;
    let mut bytes = Vec::new();
    file.take(SMALL + 1).read_to_end(&mut bytes).map_err(|error| ReadError::io(path, &error))?;
    if bytes.len() as u64 > SMALL {
        let error = ReadError::new(Kind::TooLong, "more than 16 MB", "a file that people write by hand");
        return Err(error.with_hint("check that it is the file you mean").placed(path, None));
    }
    Ok(bytes)
}

/// The text of a file that people write by hand, at most 16 MB.
///
/// # Errors
/// [`ReadError`], also for a pipe or a device, and for what is no UTF-8.
pub fn read_words(path: &Path) -> Result<String, ReadError> {
    let bytes = small(path)?;
    let text = super::lines::text_of(&bytes, "the file").map_err(|error| error.placed(path, None))?;
    Ok(text.to_owned())
}

/// A stream that may have no end, read but for so long.
pub(super) fn once(input: impl Read) -> impl Read {
    Once { input, left: ONCE }
}

struct Once<R> {
    input: R,
    left: u64,
}

impl<R: Read> Read for Once<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        let long = || io::Error::other("more than 1 GB that passes by once; write it to a file first, and name that");
        self.left = self.left.checked_sub(read as u64).ok_or_else(long)?;
        Ok(read)
    }
}

/// Refuses to give more than a number of bytes.
struct Bounded<R> {
    input: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.left = self.left.checked_sub(read as u64).ok_or_else(|| io::Error::from(io::ErrorKind::FileTooLarge))?;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::Stopped;
    use crate::progress::Silent;

    #[test]
    fn a_gzip_that_expands_too_far_is_refused() {
        let read = |left| Bounded { input: io::repeat(b'x').take(1_000), left }.read_to_end(&mut Vec::new());
        assert_eq!(read(1_000).unwrap(), 1_000);
        let error = read(999).unwrap_err();
        let told = ReadError::io(Path::new("x.gz"), &error).to_string();
        assert_eq!(
            told,
            "x.gz: found a gzip that expands to more than 1 GB and 200 times its size where text was expected"
        );
    }

    #[test]
    fn a_pipe_without_an_end_is_refused() {
        let source: Result<Source, Stopped> = Source::kept_within(1_000_000, Path::new("-"), io::repeat(b'x'), &Silent);
        assert_eq!(source.unwrap_err().to_string(), "-: found more than 4 GB in a pipe where an end was expected");
    }

    #[test]
    fn what_passes_by_once_can_be_read_twice() {
        let source: Result<Source, Stopped> = Source::kept(Path::new(STDIN), &b"abc"[..], &Silent);
        let source = source.unwrap();
        assert_eq!((source.head().unwrap(), source.head().unwrap()), (b"abc".to_vec(), b"abc".to_vec()));
    }
}
