//! Keys as the session knows them; the runtime turns a terminal's into these.

/// One key press, normalised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    /// A printing character, shift applied.
    Char(char),
    /// Control and a letter.
    Ctrl(char),
    /// Enter.
    Enter,
    /// Escape.
    Esc,
    /// Tab.
    Tab,
    /// Shift-Tab.
    BackTab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Up arrow.
    Up,
    /// Down arrow.
    Down,
    /// Left arrow.
    Left,
    /// Right arrow.
    Right,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// Home.
    Home,
    /// End.
    End,
}

/// Keys with a name, as key files write them, and as they are printed.
const NAMED: &[(Key, &str, &str)] = &[
    (Key::Enter, "enter", "Enter"),
    (Key::Esc, "esc", "Esc"),
    (Key::Tab, "tab", "Tab"),
    (Key::BackTab, "shift-tab", "Shift-Tab"),
    (Key::Backspace, "backspace", "Backspace"),
    (Key::Delete, "delete", "Delete"),
    (Key::Up, "up", "↑"),
    (Key::Down, "down", "↓"),
    (Key::Left, "left", "←"),
    (Key::Right, "right", "→"),
    (Key::PageUp, "pageup", "PgUp"),
    (Key::PageDown, "pagedown", "PgDn"),
    (Key::Home, "home", "Home"),
    (Key::End, "end", "End"),
    (Key::Char(' '), "space", "Space"),
];

impl Key {
    /// The key of a name: `x`, `Ctrl-R`, `Enter`, `PageUp`, `Space`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let mut chars = name.chars();
        if let (Some(c), None) = (chars.next(), chars.next()) {
            return (!c.is_control()).then_some(Self::Char(c));
        }
        let lower = name.to_lowercase();
        if let Some(letter) = lower.strip_prefix("ctrl-") {
            let mut letters = letter.chars();
            return match (letters.next(), letters.next()) {
                (Some(c), None) if c.is_ascii_lowercase() => Some(Self::Ctrl(c)),
                _ => None,
            };
        }
        let wanted = match lower.as_str() {
            "pgup" => "pageup",
            "pgdn" | "pgdown" => "pagedown",
            "del" => "delete",
            "return" => "enter",
            "escape" => "esc",
            other => other,
        };
        NAMED.iter().find(|(_, known, _)| *known == wanted).map(|(key, _, _)| *key)
    }

    /// The key as printed.
    #[must_use]
    pub fn shown(self) -> String {
        match (NAMED.iter().find(|(key, _, _)| *key == self), self) {
            (Some((_, _, shown)), _) => (*shown).to_owned(),
            (None, Self::Char(c)) => c.to_string(),
            (None, Self::Ctrl(c)) => format!("Ctrl-{}", c.to_ascii_uppercase()),
            (None, other) => format!("{other:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Key;

    #[test]
    fn a_printed_key_is_read_again() {
        for (name, key) in
            [("x", Key::Char('x')), ("Ctrl-R", Key::Ctrl('r')), ("Space", Key::Char(' ')), ("PgUp", Key::PageUp)]
        {
            assert_eq!(Key::parse(name), Some(key));
            assert_eq!(key.shown(), name);
        }
        assert_eq!(Key::parse("Ctrl-Enter"), None);
        assert_eq!(Key::parse("nothing"), None);
    }
}
