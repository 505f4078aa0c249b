//! THE table: key, action, words. Help, hints and README are printed from these rows.

use super::key::Key;

/// What a key does in the annotate mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Tick or untick the label at the cursor.
    ToggleHere,
    /// "None of these".
    None,
    /// Hand in and go on.
    Submit,
    /// Start a discard.
    Discard,
    /// Tick what I submitted last.
    Again,
    /// Undo.
    Undo,
    /// Redo.
    Redo,
    /// Later: the next record.
    Next,
    /// The record I saw before.
    Back,
    /// Cursor up.
    Up,
    /// Cursor down.
    Down,
    /// Scroll up.
    ScrollUp,
    /// Scroll down.
    ScrollDown,
    /// Top of the text.
    Top,
    /// Bottom of the text.
    Bottom,
    /// Flag.
    Flag,
    /// Note.
    Note,
    /// Guidelines.
    Guidelines,
    /// All about this record.
    Info,
    /// Agreement.
    Agreement,
    /// Go to a record, or do anything of this table.
    Commands,
    /// Find a label by typing.
    FindLabel,
    /// Choose a queue.
    Queues,
    /// This queue as a list.
    List,
    /// Similar records as a list.
    Similar,
    /// Search the texts, as a queue.
    Search,
    /// Similar by another named vector.
    TurnSpace,
    /// Tick what an agent suggests.
    Take,
    /// Save a draft and stay.
    Draft,
    /// Keys.
    Help,
    /// Redraw.
    Redraw,
    /// Suspend.
    Suspend,
    /// Backspace.
    Nothing,
    /// The next question.
    TurnOn,
    /// The question before.
    TurnBack,
    /// Close, or the former queue.
    Close,
    /// Leave.
    Quit,
}

impl Action {
    /// Whether it may be done before the record on screen could be read: it answers nothing and leaves nothing.
    #[must_use]
    pub fn harmless(self) -> bool {
        matches!(
            self,
            Self::Undo
                | Self::Quit
                | Self::Help
                | Self::Redraw
                | Self::Suspend
                | Self::Up
                | Self::Down
                | Self::ScrollUp
                | Self::ScrollDown
                | Self::Top
                | Self::Bottom
                | Self::Guidelines
                | Self::Agreement
        )
    }
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Keys that do it.
    pub keys: &'static [Key],
    /// The keys as printed.
    pub shown: &'static str,
    /// What it does.
    pub action: Action,
    /// In words, for help and README.
    pub words: &'static str,
    /// In a word, for the hint line; empty: not shown there.
    pub hint: &'static str,
}

const fn row(
    keys: &'static [Key],
    shown: &'static str,
    action: Action,
    hint: &'static str,
    words: &'static str,
) -> Row {
    Row { keys, shown, action, words, hint }
}

/// The annotate mode's rows; digits and label letters come before them.
pub const ANNOTATE: &[Row] = &[
    row(
        &[Key::Enter],
        "Enter",
        Action::Submit,
        "submit",
        "submit and go on; an unchanged submitted record: only go on",
    ),
    row(&[Key::Char('0')], "0", Action::None, "none", "none of these labels applies"),
    row(&[Key::Char('x')], "x", Action::Discard, "discard", "discard: x again, 1-9 a ready reason, E write one, Esc"),
    row(&[Key::Char('n'), Key::Right], "n →", Action::Next, "later", "later; ticks are kept as a draft"),
    row(&[Key::Char('p'), Key::Left], "p ←", Action::Back, "", "back to the record I saw before"),
    row(&[Key::Char('u')], "u", Action::Undo, "undo", "undo: unsaved ticks one by one, then the last step"),
    row(&[Key::Ctrl('r'), Key::Char('U')], "Ctrl-R U", Action::Redo, "", "redo"),
    row(&[Key::Char('y')], "y", Action::Take, "take", "tick what the first agent suggests; Enter still submits"),
    row(
        &[Key::Char(',')],
        ",",
        Action::FindLabel,
        "",
        "find a label by a few letters: Enter ticks and closes, Tab ticks and stays",
    ),
    row(&[Key::Char('.')], ".", Action::Again, "", "tick what I submitted last"),
    row(&[Key::Up, Key::Char('k')], "↑ k", Action::Up, "", "cursor up, with the label's description"),
    row(&[Key::Down, Key::Char('j')], "↓ j", Action::Down, "", "cursor down"),
    row(&[Key::Char(' ')], "Space", Action::ToggleHere, "", "tick at the cursor"),
    row(&[Key::Tab], "Tab", Action::TurnOn, "", "next question"),
    row(&[Key::BackTab], "Shift-Tab", Action::TurnBack, "", "question before"),
    row(&[Key::Char('!')], "!", Action::Flag, "", "flag this record, or take the flag off"),
    row(&[Key::Char('E')], "E", Action::Note, "", "write a note on this record"),
    row(&[Key::Char('F')], "F", Action::Queues, "", "choose which records come up: drafts, flagged, submitted …"),
    row(&[Key::Char('/')], "/", Action::Search, "", "search the texts; what is found is a queue"),
    row(
        &[Key::Char('L')],
        "L",
        Action::List,
        "",
        "this queue as a list: Space marks, a label's key answers all marked after a preview",
    ),
    row(&[Key::Char('S')], "S", Action::Similar, "", "similar records as a list"),
    row(&[], ":vectors", Action::TurnSpace, "", "vectors: similar records by the next named vector"),
    row(&[Key::Char('G')], "G", Action::Guidelines, "", "guidelines"),
    row(&[Key::Char('I')], "I", Action::Info, "", "all about this record"),
    row(&[Key::Char('A')], "A", Action::Agreement, "", "agreement, label by label"),
    row(&[Key::PageUp, Key::Ctrl('u')], "PgUp Ctrl-U", Action::ScrollUp, "", "scroll the text up"),
    row(&[Key::PageDown, Key::Ctrl('d')], "PgDn Ctrl-D", Action::ScrollDown, "", "scroll the text down"),
    row(&[Key::Home], "Home", Action::Top, "", "top of the text"),
    row(&[Key::End], "End", Action::Bottom, "", "bottom of the text"),
    row(
        &[Key::Char(':'), Key::Ctrl('p')],
        ": Ctrl-P",
        Action::Commands,
        "",
        "go to a record (a number or an id), or any command, by a few letters",
    ),
    row(&[Key::Ctrl('s')], "Ctrl-S", Action::Draft, "", "save a draft and stay"),
    row(&[Key::Char('?')], "?", Action::Help, "all keys", "these keys"),
    row(&[Key::Ctrl('l')], "Ctrl-L", Action::Redraw, "", "draw the screen again"),
    row(&[Key::Ctrl('z')], "Ctrl-Z", Action::Suspend, "", "suspend"),
    row(&[Key::Backspace], "Backspace", Action::Nothing, "", "nothing; says u undo · x discard"),
    row(
        &[Key::Esc, Key::Ctrl('c')],
        "Esc Ctrl-C",
        Action::Close,
        "",
        "close what is open, then the former queue; never leaves",
    ),
    row(&[Key::Char('q')], "q", Action::Quit, "", "leave: q again"),
];

/// The action of a key in the annotate mode.
#[must_use]
pub fn action(key: Key) -> Option<Action> {
    ANNOTATE.iter().find(|row| row.keys.contains(&key)).map(|row| row.action)
}

/// The key table as README prints it.
#[must_use]
pub fn markdown() -> String {
    let mut out = String::from("| key | what it does |\n|---|---|\n");
    out.push_str("| `1`–`9`, a label's letter | tick, untick; single label: choose; rating: value |\n");
    for row in ANNOTATE {
        let keys: Vec<String> = row.shown.split(' ').map(|key| format!("`{key}`")).collect();
        out.push_str(&format!("| {} | {} |\n", keys.join(" "), row.words));
    }
    out
}
