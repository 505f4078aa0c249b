//! Colours: the terminal's own 16 by default, never white or black for body text; nothing is told by colour alone.

use ratatui::style::{Color, Modifier, Style};

/// The styles of a screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    /// Index into [`Theme::NAMES`]; none: no colour at all.
    name: Option<usize>,
    depth: Depth,
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

/// How many colours a terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Depth {
    /// The 16 named ones, as the terminal shows them.
    #[default]
    Sixteen,
    /// The 256 of xterm.
    Many,
    /// 24 bits.
    True,
}

impl Depth {
    /// The depth of a word: 16, 256, true.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "16" => Some(Self::Sixteen),
            "256" => Some(Self::Many),
            "true" => Some(Self::True),
            _ => None,
        }
    }
}

/// One colour at each depth.
type Shade = (Color, u8, (u8, u8, u8));

/// Of a theme: faint, strong, ticked, found, hint.
type Shades = [Shade; 5];

const DARK: Shades = [
    (Color::DarkGray, 245, (138, 138, 138)),
    (Color::Red, 203, (255, 95, 95)),
    (Color::Green, 114, (135, 215, 135)),
    (Color::Yellow, 221, (255, 215, 95)),
    (Color::Cyan, 80, (95, 215, 215)),
];

const LIGHT: Shades = [
    (Color::DarkGray, 241, (98, 98, 98)),
    (Color::Red, 124, (175, 0, 0)),
    (Color::Green, 28, (0, 115, 0)),
    (Color::Magenta, 90, (135, 0, 135)),
    (Color::Blue, 25, (0, 80, 155)),
];

/// Blue and orange differ to every kind of colour vision: M. Okabe and K. Ito, "Color Universal Design" (2008).
const COLOUR_BLIND: Shades = [
    (Color::DarkGray, 245, (138, 138, 138)),
    (Color::Yellow, 208, (230, 159, 0)),
    (Color::Blue, 75, (86, 180, 233)),
    (Color::Yellow, 220, (240, 228, 66)),
    (Color::Cyan, 110, (135, 175, 215)),
];

impl Theme {
    /// The themes there are.
    pub const NAMES: [&'static str; 4] = ["dark", "light", "contrast", "colour-blind"];

    /// A theme by name.
    #[must_use]
    pub fn named(name: &str, depth: Depth) -> Option<Self> {
        let index = Self::NAMES.iter().position(|known| *known == name)?;
        Some(Self::of(index, depth))
    }

    fn of(index: usize, depth: Depth) -> Self {
        let shades = match index {
            0 => DARK,
            1 => LIGHT,
            2 => return Self { name: Some(2), depth, ..Self::plain() },
            _ => COLOUR_BLIND,
        };
        let [faint, strong, ticked, found, hint] = shades.map(|(named, many, (r, g, b))| {
            Style::new().fg(match depth {
                Depth::Sixteen => named,
                Depth::Many => Color::Indexed(many),
                Depth::True => Color::Rgb(r, g, b),
            })
        });
        Self {
            name: Some(index),
            depth,
            faint,
            strong: strong.add_modifier(Modifier::BOLD),
            ticked: ticked.add_modifier(Modifier::BOLD),
            found: found.add_modifier(Modifier::BOLD.union(Modifier::UNDERLINED)),
            hint,
            ..Self::plain()
        }
    }

    /// The default: dark, in the terminal's own sixteen colours.
    #[must_use]
    pub fn sixteen() -> Self {
        Self::of(0, Depth::Sixteen)
    }

    /// No colour at all (`NO_COLOR`): bold, underlined and reversed tell what colours tell elsewhere.
    #[must_use]
    pub fn plain() -> Self {
        let bold = Style::new().add_modifier(Modifier::BOLD);
        Self {
            name: None,
            depth: Depth::Sixteen,
            header: Style::new().add_modifier(Modifier::REVERSED),
            faint: Style::new(),
            strong: bold,
            cursor: Style::new().add_modifier(Modifier::REVERSED),
            ticked: bold,
            title: bold,
            found: Style::new().add_modifier(Modifier::UNDERLINED),
            hint: Style::new(),
        }
    }

    /// The next theme; without colours there is only one.
    #[must_use]
    pub fn next(self) -> Self {
        self.name.map_or(self, |name| Self::of((name + 1) % Self::NAMES.len(), self.depth))
    }
}
