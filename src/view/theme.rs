//! Colours: the 16 named ones, never white or black for body text; nothing is told by colour alone.

use ratatui::style::{Color, Modifier, Style};

/// The styles of a screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    /// First row.
    pub header: Style,
    /// Rules, hints, what is beside the matter.
    pub faint: Style,
    /// What must be seen.
    pub strong: Style,
    /// The cursor's row.
    pub cursor: Style,
    /// A ticked label.
    pub ticked: Style,
    /// Titles of fields.
    pub title: Style,
    /// Words that were searched for.
    pub found: Style,
    /// What agents suggest.
    pub hint: Style,
}

impl Theme {
    /// Sixteen colours.
    #[must_use]
    pub fn sixteen() -> Self {
        Self {
            header: Style::new().add_modifier(Modifier::REVERSED),
            faint: Style::new().fg(Color::DarkGray),
            strong: Style::new().fg(Color::Red).add_modifier(Modifier::BOLD),
            cursor: Style::new().add_modifier(Modifier::REVERSED),
            ticked: Style::new().fg(Color::Green).add_modifier(Modifier::BOLD),
            title: Style::new().add_modifier(Modifier::BOLD),
            found: Style::new().fg(Color::Yellow).add_modifier(Modifier::BOLD.union(Modifier::UNDERLINED)),
            hint: Style::new().fg(Color::Cyan),
        }
    }

    /// No colour at all (`NO_COLOR`).
    #[must_use]
    pub fn plain() -> Self {
        Self {
            faint: Style::new(),
            strong: Style::new().add_modifier(Modifier::BOLD),
            ticked: Style::new().add_modifier(Modifier::BOLD),
            found: Style::new().add_modifier(Modifier::UNDERLINED),
            hint: Style::new(),
            ..Self::sixteen()
        }
    }
}
