//! One frame is one write: what a frame draws is held back until it is whole.

use std::cell::RefCell;
use std::io::{Result, Write};
use std::rc::Rc;

/// Where bytes go: `flush` waits for the end of the frame.
pub(super) struct Held<W: Write> {
    frame: Vec<u8>,
    out: W,
}

impl<W: Write> Held<W> {
    pub(super) fn new(out: W) -> Self {
        Self { frame: Vec::with_capacity(1 << 16), out }
    }

    /// Sends the frame in one write, wrapped as a synchronized update (DEC 2026) so that no terminal shows half
    /// of it. A frame that changes nothing sends nothing.
    pub(super) fn end(&mut self) -> Result<()> {
        const HIDE: &[u8] = b"\x1b[?25l";
        let changes = self.frame.iter().any(|byte| *byte != b' ') && !unchanged(&self.frame, HIDE);
        if changes {
            let mut whole = Vec::with_capacity(self.frame.len() + 16);
            whole.extend_from_slice(b"\x1b[?2026h");
            whole.extend_from_slice(&self.frame);
            whole.extend_from_slice(b"\x1b[?2026l");
            self.out.write_all(&whole)?;
            self.out.flush()?;
        }
        self.frame.clear();
        Ok(())
    }
}

/// Whether a frame only resets colours and hides the cursor again.
fn unchanged(frame: &[u8], hide: &[u8]) -> bool {
    let rest = frame.strip_suffix(hide).unwrap_or(frame);
    matches!(rest, b"" | b"\x1b[39m\x1b[49m\x1b[0m" | b"\x1b[39m\x1b[49m\x1b[59m\x1b[0m")
}

/// A [`Held`] that the backend writes to and the loop's hands end.
pub(super) struct Shared<W: Write>(pub(super) Rc<RefCell<Held<W>>>);

impl<W: Write> Write for Shared<W> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

impl<W: Write> Write for Held<W> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.frame.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::Held;

    /// Counts writes.
    #[derive(Default)]
    struct Writes(Vec<Vec<u8>>);

    impl Write for Writes {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.push(bytes.to_vec());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_frame_is_one_write_and_an_empty_one_is_none() {
        let mut held = Held::new(Writes::default());
        held.write_all(b"a").unwrap();
        held.flush().unwrap();
        held.write_all(b"b").unwrap();
        held.end().unwrap();
        held.write_all(b"\x1b[39m\x1b[49m\x1b[0m\x1b[?25l").unwrap();
        held.end().unwrap();
        assert_eq!(held.out.0, vec![b"\x1b[?2026hab\x1b[?2026l".to_vec()]);
    }
}
