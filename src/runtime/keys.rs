//! A terminal's events become the session's, normalised here only; and the Esc guard.

use crossterm::event::{Event as Raw, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEventKind};

use crate::session::Event;
use crate::session::key::Key;

/// The session's event for a terminal's, if it has one.
#[must_use]
pub(super) fn event(raw: Raw) -> Option<Event> {
    match raw {
        Raw::Key(key) if key.kind != KeyEventKind::Release => normal(key).map(Event::Input),
        Raw::Paste(text) => Some(Event::Paste(text)),
        Raw::Mouse(mouse) => match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) => Some(Event::Click(mouse.column, mouse.row)),
            MouseEventKind::ScrollUp => Some(Event::Wheel(-3)),
            MouseEventKind::ScrollDown => Some(Event::Wheel(3)),
            _ => None,
        },
        Raw::Resize(columns, rows) => Some(Event::Resize(columns, rows)),
        _ => None,
    }
}

fn normal(key: KeyEvent) -> Option<Key> {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    if key.modifiers.contains(KeyModifiers::ALT) {
        return None;
    }
    Some(match key.code {
        KeyCode::Char(c) if control => Key::Ctrl(c.to_ascii_lowercase()),
        KeyCode::Char(c) => Key::Char(c),
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Esc,
        KeyCode::Tab => Key::Tab,
        KeyCode::BackTab => Key::BackTab,
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

/// Puts a key that a slow line cut in two together again: Esc, then `[5~` within the guard's time is `PageUp` and
/// never a tick of label 5. The caller holds an Esc back until the guard says what it was.
#[derive(Debug, Default)]
pub(super) struct EscGuard {
    held: String,
}

/// What the guard makes of an event.
#[derive(Debug, Clone)]
pub(super) enum Guarded {
    /// Nothing yet: wait for more, for a short while.
    Wait,
    /// These.
    Events(Vec<Event>),
}

impl EscGuard {
    /// Whether an Esc is held back.
    pub(super) fn waits(&self) -> bool {
        !self.held.is_empty()
    }

    /// The next event.
    pub(super) fn take(&mut self, event: Event) -> Guarded {
        match (&event, self.held.as_str()) {
            (Event::Input(Key::Esc), "") => {
                self.held.push('\x1b');
                Guarded::Wait
            }
            (_, "") => Guarded::Events(vec![event]),
            (Event::Input(Key::Char(c)), held) if continues(held, *c) => {
                self.held.push(*c);
                match finished(&self.held) {
                    Some(key) => {
                        self.held.clear();
                        Guarded::Events(key.map(Event::Input).into_iter().collect())
                    }
                    None => Guarded::Wait,
                }
            }
            _ => {
                let mut events = self.expired();
                events.push(event);
                Guarded::Events(events)
            }
        }
    }

    /// The time is up: an Esc alone was an Esc; the pieces of an unfinished sequence are nobody's keys.
    pub(super) fn expired(&mut self) -> Vec<Event> {
        let alone = self.held == "\x1b";
        self.held.clear();
        if alone { vec![Event::Input(Key::Esc)] } else { Vec::new() }
    }
}

fn continues(held: &str, c: char) -> bool {
    match held {
        "\x1b" => matches!(c, '[' | 'O'),
        _ => held.len() < 16 && (c.is_ascii_digit() || matches!(c, ';' | '~' | 'A'..='Z')),
    }
}

/// The key of a whole sequence; `Some(None)`: whole, but none that we know.
#[expect(clippy::option_option, reason = "unfinished and unknown are different things")]
fn finished(held: &str) -> Option<Option<Key>> {
    let last = held.chars().next_back()?;
    if held.len() < 3 || !(last == '~' || last.is_ascii_uppercase()) {
        return None;
    }
    Some(match &held[2..] {
        "A" => Some(Key::Up),
        "B" => Some(Key::Down),
        "C" => Some(Key::Right),
        "D" => Some(Key::Left),
        "H" | "1~" | "7~" => Some(Key::Home),
        "F" | "4~" | "8~" => Some(Key::End),
        "5~" => Some(Key::PageUp),
        "6~" => Some(Key::PageDown),
        "Z" => Some(Key::BackTab),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::{EscGuard, Guarded};
    use crate::session::Event;
    use crate::session::key::Key;

    fn feed(keys: &[Key]) -> Vec<Key> {
        let mut guard = EscGuard::default();
        let mut out = Vec::new();
        let mut push = |events: Vec<Event>| {
            out.extend(events.into_iter().filter_map(|event| match event {
                Event::Input(key) => Some(key),
                _ => None,
            }));
        };
        for key in keys {
            if let Guarded::Events(events) = guard.take(Event::Input(*key)) {
                push(events);
            }
        }
        push(guard.expired());
        out
    }

    #[test]
    fn a_page_up_cut_in_two_never_ticks_label_five() {
        let cut = [Key::Esc, Key::Char('['), Key::Char('5'), Key::Char('~')];
        assert_eq!(feed(&cut), vec![Key::PageUp]);
        assert_eq!(feed(&cut[..3]), vec![]);
    }

    #[test]
    fn an_esc_alone_is_an_esc_and_a_key_after_it_is_a_key() {
        assert_eq!(feed(&[Key::Esc]), vec![Key::Esc]);
        assert_eq!(feed(&[Key::Esc, Key::Char('5')]), vec![Key::Esc, Key::Char('5')]);
        assert_eq!(feed(&[Key::Esc, Key::Esc]), vec![Key::Esc, Key::Esc]);
    }
}
