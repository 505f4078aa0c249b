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
pub(super) struct Held {
    frame: Vec<u8>,
}

impl Held {
    /// Adds bytes to the frame.
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.frame.extend_from_slice(bytes);
    }

    /// The frame, wrapped as a synchronized update (DEC 2026) so that no terminal shows half of it; nothing when it
    /// changes nothing.
    pub(super) fn end(&mut self) -> Option<Vec<u8>> {
        const HIDE: &[u8] = b"\x1b[?25l";
        let changes = self.frame.iter().any(|byte| *byte != b' ') && !unchanged(&self.frame, HIDE);
        let whole = changes.then(|| [b"\x1b[?2026h", &self.frame[..], b"\x1b[?2026l"].concat());
        self.frame.clear();
        whole
    }
}

/// Whether a frame only resets colours and hides the cursor again.
fn unchanged(frame: &[u8], hide: &[u8]) -> bool {
    let rest = frame.strip_suffix(hide).unwrap_or(frame);
    matches!(rest, b"" | b"\x1b[39m\x1b[49m\x1b[0m" | b"\x1b[39m\x1b[49m\x1b[59m\x1b[0m")
}

/// A [`Held`] that the backend writes to and the loop's hands end.
pub(super) struct Shared(pub(super) Rc<RefCell<Held>>);

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

    use super::{Held, Sending, Shared};
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
        let held = Rc::new(RefCell::new(Held::default()));
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
}
