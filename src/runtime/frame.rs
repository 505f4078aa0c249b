//! One frame is one write: what a frame draws is held back until it is whole, and a thread of its own sends it, so
//! that a slow line never holds up a key. While one frame is on its way no other is drawn: frames are dropped, never
//! queued.

use std::cell::RefCell;
use std::io::{Result, Write};
use std::rc::Rc;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::session::Event;

/// Gathers what a frame draws.
#[derive(Default)]
pub(super) struct FrameBuffer {
    frame: Vec<u8>,
    /// The terminal's cursor is hidden already.
    hidden: bool,
}

const HIDE: &[u8] = b"\x1b[?25l";
const SHOW: &[u8] = b"\x1b[?25h";

impl FrameBuffer {
    /// Adds bytes to the frame.
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.frame.extend_from_slice(bytes);
    }

    /// The frame, wrapped as a synchronized update (DEC 2026) so that no terminal shows half of it; nothing when it
    /// changes nothing.
    pub(super) fn end(&mut self) -> Option<Vec<u8>> {
        let changes = self.frame.iter().any(|byte| *byte != b' ') && !unchanged(&self.frame, HIDE);
        let whole = changes.then(|| [b"\x1b[?2026h", &self.lean()[..], b"\x1b[?2026l"].concat());
        self.frame.clear();
        whole
    }

    /// Somebody else has had the terminal: its cursor may be seen.
    pub(super) fn lent(&mut self) {
        self.hidden = false;
    }

    /// The frame without what says nothing new. The backend ends each with four resets, of which the last does all,
    /// and hides the cursor again; and it writes the 16 colours in the long form of the 256.
    fn lean(&mut self) -> Vec<u8> {
        let frame = self.frame.strip_suffix(HIDE);
        let hides = frame.is_some();
        let frame = frame.unwrap_or(&self.frame);
        let resets = [&b"\x1b[39m\x1b[49m\x1b[59m\x1b[0m"[..], b"\x1b[39m\x1b[49m\x1b[0m"];
        let ended = resets.iter().find_map(|reset| frame.strip_suffix(*reset));
        let mut lean = short_colours(ended.unwrap_or(frame));
        if ended.is_some() {
            lean.extend(b"\x1b[0m");
        }
        if hides && !self.hidden {
            lean.extend(HIDE);
        }
        let shown = self.frame.windows(SHOW.len()).any(|bytes| bytes == SHOW);
        self.hidden = hides || self.hidden && !shown;
        lean
    }
}

/// `38;5;2` is `32`, `48;5;9` is `101`: ECMA-48, section 8.3.117, and xterm's aixterm colours.
fn short_colours(frame: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(frame.len());
    let mut rest = frame;
    while let Some(at) = rest.windows(2).position(|bytes| bytes == b"\x1b[") {
        let (before, sequence) = rest.split_at(at + 2);
        out.extend(before);
        let end = sequence.iter().position(|byte| !matches!(byte, b'0'..=b'9' | b';')).unwrap_or(sequence.len());
        let (parameters, after) = sequence.split_at(end);
        match std::str::from_utf8(parameters) {
            Ok(parameters) if after.first() == Some(&b'm') => out.extend(short(parameters).bytes()),
            _ => out.extend(parameters),
        }
        rest = after;
    }
    out.extend(rest);
    out
}

/// The parameters of one colour sequence.
fn short(parameters: &str) -> String {
    let all: Vec<&str> = parameters.split(';').collect();
    let mut out: Vec<String> = Vec::with_capacity(all.len());
    let mut rest = &all[..];
    while let Some((first, others)) = rest.split_first() {
        let plane = match *first {
            "38" => 30,
            "48" => 40,
            _ => 0,
        };
        rest = others;
        let named = (plane > 0).then_some(others).and_then(|others| match others {
            ["5", colour, ..] => colour.parse::<u16>().ok().filter(|colour| *colour < 16),
            _ => None,
        });
        if let Some(colour) = named {
            out.push((if colour < 8 { plane + colour } else { plane + 52 + colour }).to_string());
            rest = &others[2..];
        } else if plane > 0 {
            // A longer form: its numbers are no colours of their own.
            out.extend(std::iter::once(first).chain(others).map(|word| (*word).to_owned()));
            rest = &[];
        } else {
            out.push((*first).to_owned());
        }
    }
    out.join(";")
}

/// Whether a frame only resets colours and hides the cursor again.
fn unchanged(frame: &[u8], hide: &[u8]) -> bool {
    let rest = frame.strip_suffix(hide).unwrap_or(frame);
    matches!(rest, b"" | b"\x1b[39m\x1b[49m\x1b[0m" | b"\x1b[39m\x1b[49m\x1b[59m\x1b[0m")
}

/// A [`FrameBuffer`] that the backend writes to and the loop's hands end.
pub(super) struct Shared(pub(super) Rc<RefCell<FrameBuffer>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.0.borrow_mut().add(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

/// A whole frame, and the fence's number if it shows the record.
type Frame = (Vec<u8>, Option<u64>);

#[derive(Default)]
struct Slot {
    frame: Option<Frame>,
    writing: bool,
    over: bool,
}

/// Sends frames on a thread of its own, one at a time.
pub(super) struct Sending {
    slot: Arc<(Mutex<Slot>, Condvar)>,
}

impl Sending {
    /// Starts the thread. Each frame that was sent is told as [`Event::Drawn`], a dead terminal as a hang-up.
    pub(super) fn start(mut out: impl Write + Send + 'static, inbox: Sender<Event>) -> Result<Self> {
        let slot: Arc<(Mutex<Slot>, Condvar)> = Arc::default();
        let own = Arc::clone(&slot);
        std::thread::Builder::new().name(String::from("frames")).spawn(move || {
            let (lock, bell) = &*own;
            loop {
                let mut slot = lock.lock().unwrap_or_else(PoisonError::into_inner);
                let (frame, serial) = loop {
                    match slot.frame.take() {
                        Some(frame) => break frame,
                        None if slot.over => return,
                        None => slot = bell.wait(slot).unwrap_or_else(PoisonError::into_inner),
                    }
                };
                slot.writing = true;
                drop(slot);
                let sent = out.write_all(&frame).and_then(|()| out.flush());
                lock.lock().unwrap_or_else(PoisonError::into_inner).writing = false;
                bell.notify_all();
                let told = if sent.is_ok() { Event::Drawn(serial) } else { Event::HangUp };
                if inbox.send(told).is_err() {
                    return;
                }
            }
        })?;
        Ok(Self { slot })
    }

    /// Hands over a frame; the caller has waited for the one before.
    pub(super) fn send(&self, frame: Vec<u8>, serial: Option<u64>) {
        let (lock, bell) = &*self.slot;
        lock.lock().unwrap_or_else(PoisonError::into_inner).frame = Some((frame, serial));
        bell.notify_all();
    }

    /// Waits until all is sent; false when the terminal takes nothing for so long.
    pub(super) fn settle(&self, patience: Duration) -> bool {
        let (lock, bell) = &*self.slot;
        let slot = lock.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = |slot: &mut Slot| slot.frame.is_some() || slot.writing;
        let (slot, waited) = bell.wait_timeout_while(slot, patience, waiting).unwrap_or_else(PoisonError::into_inner);
        drop(slot);
        !waited.timed_out()
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        let (lock, bell) = &*self.slot;
        lock.lock().unwrap_or_else(PoisonError::into_inner).over = true;
        bell.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::io::Write;
    use std::rc::Rc;
    use std::sync::mpsc::{Sender, channel};
    use std::time::Duration;

    use super::{FrameBuffer, Sending, Shared};
    use crate::session::Event;

    /// Tells each write.
    struct Writes(Sender<Vec<u8>>);

    impl Write for Writes {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.send(bytes.to_vec()).unwrap();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_frame_is_one_write_and_an_empty_one_is_none() {
        let held = Rc::new(RefCell::new(FrameBuffer::default()));
        let mut backend = Shared(Rc::clone(&held));
        backend.write_all(b"a").unwrap();
        backend.flush().unwrap();
        backend.write_all(b"b").unwrap();
        let frame = held.borrow_mut().end().unwrap();
        backend.write_all(b"\x1b[39m\x1b[49m\x1b[0m\x1b[?25l").unwrap();
        assert_eq!(held.borrow_mut().end(), None);
        let (sender, writes) = channel();
        let (inbox, told) = channel();
        let sending = Sending::start(Writes(sender), inbox).unwrap();
        sending.send(frame, Some(7));
        assert!(matches!(told.recv(), Ok(Event::Drawn(Some(7)))));
        assert!(sending.settle(Duration::from_secs(10)));
        assert_eq!(writes.try_iter().collect::<Vec<_>>(), vec![b"\x1b[?2026hab\x1b[?2026l".to_vec()]);
    }

    /// What is sent of a frame.
    fn check(held: &mut FrameBuffer, frame: &[u8], sent: &[u8]) {
        held.add(frame);
        let whole = held.end().unwrap();
        let shown = whole.escape_ascii().to_string();
        assert_eq!(shown, [b"\x1b[?2026h", sent, b"\x1b[?2026l"].concat().escape_ascii().to_string());
    }

    #[test]
    fn a_frame_says_nothing_twice() {
        const END: &[u8] = b"\x1b[39m\x1b[49m\x1b[59m\x1b[0m";
        let held = &mut FrameBuffer::default();
        let frame = [b"\x1b[2;1H\x1b[1m\x1b[38;5;2;49mx", END, b"\x1b[?25l"].concat();
        check(held, &frame, b"\x1b[2;1H\x1b[1m\x1b[32;49mx\x1b[0m\x1b[?25l");
        check(held, &frame, b"\x1b[2;1H\x1b[1m\x1b[32;49mx\x1b[0m");
        let typing = [b"\x1b[38;5;9;48;5;12my", END, b"\x1b[?25h\x1b[3;4H"].concat();
        check(held, &typing, &[b"\x1b[91;104my", END, b"\x1b[?25h\x1b[3;4H"].concat());
        check(held, &frame, b"\x1b[2;1H\x1b[1m\x1b[32;49mx\x1b[0m\x1b[?25l");
        held.lent();
        check(held, &frame, b"\x1b[2;1H\x1b[1m\x1b[32;49mx\x1b[0m\x1b[?25l");
        check(held, b"\x1b[38;2;5;9;1;48;5;3mz", b"\x1b[38;2;5;9;1;48;5;3mz");
        check(held, b"\x1b[38;5;200;48;5;3mz\x1b[", b"\x1b[38;5;200;48;5;3mz\x1b[");
    }
}
