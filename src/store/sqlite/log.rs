//! The log beside a file that is to be opened: whether it is this file's. `SQLite` takes any log of the right name for
//! the file's own and writes its pages into it.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use rustix::process::{Flock, FlockType, fcntl_getlk};

use super::filesystem::beside;
use super::page_one::{HEADER, PageOne};

/// Bytes of the log's own header, and of the header of each of its frames
/// (<https://sqlite.org/fileformat2.html>, "The WAL File").
const LOG_HEADER: u64 = 32;
const FRAME_HEADER: u64 = 24;

/// Where `SQLite` locks: shared readers in the file (`PENDING_BYTE + 2`, 510 bytes), and in the log's index the byte
/// that everybody holds who has it open (`UNIX_SHM_DMS`).
const READERS: (u64, u64) = (0x4000_0002, 510);
const INDEX_HELD: (u64, u64) = (128, 1);

/// How often it is looked again whether somebody is just coming or going.
const LOOKS: i32 = 220;

/// Whether what stands beside the file `real` belongs to it, or why it does not, with the way out. Whoever asks has
/// not opened the file with `SQLite` yet.
pub(super) fn fits(file: &File, real: &Path, page: Option<&PageOne>) -> std::result::Result<(), String> {
    let logged = page.is_some_and(|page| page.logged);
    let mut said = held(file, real, logged);
    for tries in 0..LOOKS {
        if said.is_ok() {
            break;
        }
        super::busy::wait_for_others(tries);
        said = held(file, real, logged);
    }
    said?;
    let Some(log) = Log::open(real) else { return Ok(()) };
    let Some(page) = page else { return Err(stray(real, "the file is empty")) };
    match log.first_pages() {
        Some((first, _)) if !page.same_file(&first) => Err(stray(real, "it is another file's")),
        Some((first, last)) if !page.bears(&first, &last) => {
            Err(stray(real, "the file is not the copy that the log was written for"))
        }
        _ => Ok(()),
    }
}

/// What marks a log from the one that follows in the same place, and the latest first page in it.
pub(super) fn latest(real: &Path) -> Option<([u8; 8], PageOne)> {
    let log = Log::open(real)?;
    Some((log.salt, log.last_page()?))
}

/// Whether the log that is there is another one than that with this mark: it was begun anew, or emptied.
pub(super) fn is_new(log: &File, mark: [u8; 8]) -> bool {
    let mut salt = [0; 8];
    log.read_exact_at(&mut salt, 16).is_err() || salt != mark
}

/// Whether a log stands where a file is to be made.
pub(super) fn absent(real: &Path) -> std::result::Result<(), String> {
    match Log::open(real) {
        Some(_) => Err(stray(real, "its file is gone")),
        None => Ok(()),
    }
}

fn stray(real: &Path, why: &str) -> String {
    let name = |end: &str| crate::text::one_line(&beside(real, end).display().to_string());
    format!(
        "'{0}' stands beside it, and {why}; it may hold answers that are nowhere else. Have everybody leave who still \
         labels there (their screen offers to keep their work), then move '{0}' and '{1}' away",
        name("-wal"),
        name("-shm")
    )
}

/// Whether those who are at work with the log beside `real` have this file open, and see the log.
fn held(file: &File, real: &Path, logged: bool) -> std::result::Result<(), String> {
    let index = File::open(beside(real, "-shm")).ok();
    let at_index = index.as_ref().is_some_and(|index| is_held(index, INDEX_HELD));
    let at_file = has_readers(file);
    let still = index.as_ref().is_some_and(|index| is_held(index, INDEX_HELD));
    if at_index && still && !at_file {
        return Err(stray(real, "somebody is at work with it in another file, which stood here before"));
    }
    let log = beside(real, "-wal").exists();
    // Whoever has a file open that is kept with a log has both.
    if logged && at_file && !(log && at_index) {
        let gone = if log { "-shm" } else { "-wal" };
        let gone = crate::text::one_line(&beside(real, gone).display().to_string());
        return Err(format!(
            "somebody is at work in it, and '{gone}', which SQLite keeps beside it, was removed; have them leave first: \
             what they saved is written into the file then"
        ));
    }
    Ok(())
}

/// Whether another process has the file open.
pub(super) fn has_readers(file: &File) -> bool {
    is_held(file, READERS)
}

/// Whether another process has a lock there; where it cannot be told, nobody has.
fn is_held(file: &File, (start, length): (u64, u64)) -> bool {
    let wanted = Flock { start, length, ..Flock::from(FlockType::WriteLock) };
    matches!(fcntl_getlk(file, &wanted), Ok(Some(_)))
}

/// A log with something in it.
struct Log {
    file: File,
    page: u64,
    salt: [u8; 8],
    frames: u64,
}

impl Log {
    fn open(real: &Path) -> Option<Self> {
        let file = File::open(beside(real, "-wal")).ok()?;
        let mut header = [0; LOG_HEADER as usize];
        file.read_exact_at(&mut header, 0).ok()?;
        let number = |at: usize| u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        let (magic, page) = (number(0), u64::from(number(8)));
        if !matches!(magic, 0x377F_0682 | 0x377F_0683) || !page.is_power_of_two() {
            return None;
        }
        let salt = header[16..24].try_into().ok()?;
        let frames = file.metadata().ok()?.len().saturating_sub(LOG_HEADER) / (FRAME_HEADER + page);
        let mut log = Self { file, page, salt, frames };
        // Frames of this log come first; behind them may stand some of the log before.
        let (mut low, mut high) = (0, log.frames);
        while low < high {
            let middle = low + (high - low) / 2;
            if log.number(middle).is_some() { low = middle + 1 } else { high = middle }
        }
        log.frames = low;
        (low > 0).then_some(log)
    }

    fn start(&self, frame: u64) -> u64 {
        LOG_HEADER + frame * (FRAME_HEADER + self.page)
    }

    /// The number of a frame's page, where the frame is of this log.
    fn number(&self, frame: u64) -> Option<u32> {
        let mut header = [0; 16];
        self.file.read_exact_at(&mut header, self.start(frame)).ok()?;
        let number = u32::from_be_bytes([header[0], header[1], header[2], header[3]]);
        (header[8..] == self.salt).then_some(number)
    }

    fn first_page(&self, frame: u64) -> Option<PageOne> {
        let mut header = [0; HEADER];
        self.file.read_exact_at(&mut header, self.start(frame) + FRAME_HEADER).ok()?;
        Some(PageOne::of(&header))
    }

    /// The earliest and the latest first page of the file that the log holds.
    fn first_pages(&self) -> Option<(PageOne, PageOne)> {
        let is_first = |frame: &u64| self.number(*frame) == Some(1);
        let first = (0..self.frames).find(is_first)?;
        Some((self.first_page(first)?, self.last_page()?))
    }

    fn last_page(&self) -> Option<PageOne> {
        let last = (0..self.frames).rev().find(|frame| self.number(*frame) == Some(1))?;
        self.first_page(last)
    }
}
