//! The terminal's keyboard: its bytes are read here only, and its events become the session's.

use std::collections::VecDeque;
use std::io::{Error, ErrorKind, stdin};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use terminput::{Event as Raw, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEventKind};
use terminput::{MouseEvent, ScrollDirection};

use super::stream::Stream;
use crate::session::Event;
use crate::session::key::Key;

/// Reads standard input, which is a terminal in raw mode.
pub(super) struct Keyboard {
    stream: Stream,
    events: VecDeque<Event>,
    at_once: usize,
    since: Instant,
}

impl Keyboard {
    /// For a whole sitting.
    pub(super) fn new() -> Self {
        Self { stream: Stream::default(), events: VecDeque::new(), at_once: 1_024, since: clock() }
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

/// The session's event for a terminal's, if it has one.
#[must_use]
pub(super) fn event(raw: &Raw) -> Option<Event> {
    match *raw {
        Raw::Key(key) if key.kind != KeyEventKind::Release => normal(key).map(Event::Input),
        Raw::Mouse(MouseEvent { kind, column, row, .. }) => match kind {
            MouseEventKind::Down(MouseButton::Left) => Some(Event::Click(column, row)),
            MouseEventKind::Scroll(ScrollDirection::Up) => Some(Event::Wheel(-3)),
            MouseEventKind::Scroll(ScrollDirection::Down) => Some(Event::Wheel(3)),
            _ => None,
        },
        _ => None,
    }
}

fn normal(key: KeyEvent) -> Option<Key> {
    let control = key.modifiers.contains(KeyModifiers::CTRL);
    if key.modifiers.contains(KeyModifiers::ALT) {
        return None;
    }
    Some(match key.code {
        KeyCode::Char(c) if control => Key::Ctrl(c.to_ascii_lowercase()),
        KeyCode::Char(c) => Key::Char(c),
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Esc,
        KeyCode::Tab if key.modifiers.contains(KeyModifiers::SHIFT) => Key::BackTab,
        KeyCode::Tab => Key::Tab,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Delete => Key::Delete,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        _ => return None,
    })
}
