//! A terminal's events become the session's, normalised here only.

use terminput::{Event as Raw, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEventKind};
use terminput::{MouseEvent, ScrollDirection};

use crate::session::Event;
use crate::session::key::Key;

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
