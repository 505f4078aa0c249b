//! A question before the session: one of several rows, or a line to write.

use super::key::Key;

/// What is chosen from, or written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is asked, a line each.
    pub words: Vec<String>,
    /// Rows to choose from; none: a line is written.
    pub rows: Vec<String>,
    /// Row of the cursor.
    pub cursor: usize,
    /// What is written.
    pub text: String,
}

/// What a key made of a choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChoiceOutcome {
    /// Nothing yet.
    Open,
    /// This row.
    Row(usize),
    /// This line.
    Line(String),
    /// The person leaves.
    Nothing,
}

impl Choice {
    /// One of several rows.
    #[must_use]
    pub fn of(words: Vec<String>, rows: Vec<String>) -> Self {
        Self { words, rows, cursor: 0, text: String::new() }
    }

    /// A line to write.
    #[must_use]
    pub fn line(words: Vec<String>) -> Self {
        Self { words, rows: Vec::new(), cursor: 0, text: String::new() }
    }

    /// One key.
    pub fn press(&mut self, key: Key) -> ChoiceOutcome {
        let last = self.rows.len().saturating_sub(1);
        match (key, self.rows.is_empty()) {
            (Key::Esc | Key::Ctrl('c'), _) | (Key::Char('q'), false) => return ChoiceOutcome::Nothing,
            (Key::Enter, true) => return ChoiceOutcome::Line(self.text.trim().to_owned()),
            (Key::Enter, false) => return ChoiceOutcome::Row(self.cursor),
            (Key::Char(c), true) => self.text.push(c),
            (Key::Backspace, true) => {
                self.text.pop();
            }
            (Key::Up | Key::Char('k'), false) => self.cursor = self.cursor.saturating_sub(1),
            (Key::Down | Key::Char('j'), false) => self.cursor = (self.cursor + 1).min(last),
            (Key::Char(c), false) => {
                let row = c.to_digit(10).map(|digit| (digit as usize).wrapping_sub(1));
                if let Some(row) = row.filter(|row| *row <= last) {
                    return ChoiceOutcome::Row(row);
                }
            }
            _ => {}
        }
        ChoiceOutcome::Open
    }
}
