//! The terminal's keyboard: its bytes are read here only.

use std::collections::VecDeque;
use std::io::{Error, ErrorKind, stdin};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::stream::KeyStream;
use crate::session::Event;

/// Reads standard input, which is a terminal in raw mode.
pub(super) struct Keyboard {
    stream: KeyStream,
    events: VecDeque<Event>,
    at_once: usize,
    since: Instant,
}

impl Keyboard {
    /// For a whole session.
    pub(super) fn new() -> Self {
        Self { stream: KeyStream::default(), events: VecDeque::new(), at_once: 1_024, since: clock() }
    }

    /// For one question: what was typed behind its answer stays with the terminal, for whoever reads next.
    pub(super) fn for_one_question() -> Self {
        Self { at_once: 1, ..Self::new() }
    }

    /// The next event; none where nothing comes for so long.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub(super) fn next(&mut self, wait: Option<Duration>) -> std::io::Result<Option<Event>> {
        let until = wait.map(|wait| clock() + wait);
        loop {
            if let Some(event) = self.events.pop_front() {
                return Ok(Some(event));
            }
            let left = until.map(|until| until.saturating_duration_since(clock()));
            let patience = self.stream.patience();
            let waited = !ready(Some(Duration::ZERO))?;
            if waited && !ready(patience.into_iter().chain(left).min())? {
                if patience.is_some_and(|patience| left.is_none_or(|left| patience <= left)) {
                    self.events.extend(self.stream.quiet());
                    continue;
                }
                return Ok(None);
            }
            let mut buffer = [0; 1_024];
            match rustix::io::read(stdin(), &mut buffer[..self.at_once]) {
                Ok(0) => return Err(Error::new(ErrorKind::UnexpectedEof, "the terminal is gone")),
                Ok(count) => self.events.extend(self.stream.take(&buffer[..count], waited, self.since.elapsed())),
                Err(Errno::INTR | Errno::AGAIN) => {}
                Err(why) => return Err(why.into()),
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a key may be cut in two: waiting for the rest has its end")]
fn clock() -> Instant {
    Instant::now()
}

/// Whether there is something to read, or the terminal is gone.
fn ready(wait: Option<Duration>) -> std::io::Result<bool> {
    let stdin = stdin();
    let wait = wait.map(Timespec::try_from).transpose().map_err(Error::other)?;
    match poll(&mut [PollFd::new(&stdin, PollFlags::IN)], wait.as_ref()) {
        Ok(ready) => Ok(ready > 0),
        Err(Errno::INTR) => Ok(false),
        Err(why) => Err(why.into()),
    }
}
