//! THE table: key, action, words. Help, hints and docs/keys.md are printed from these rows.

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
    /// How far people are.
    Progress,
    /// Adjudicate.
    Judge,
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
    /// The record on the whole screen.
    Zoom,
    /// The record's text to the terminal's clipboard.
    Copy,
    /// Another theme.
    TurnTheme,
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
                | Self::Progress
                // What is typed after these goes into their line, where it answers nothing; were they dropped, it
                // would be taken for answers.
                | Self::Commands
                | Self::Search
                | Self::Queues
        )
    }
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct KeyBinding {
    /// The name in a key file and among the commands.
    pub name: &'static str,
    /// Keys that do it, unless a key file says otherwise; none: only among the commands.
    pub keys: &'static [Key],
    /// What it does.
    pub action: Action,
    /// In words, for help and docs/keys.md.
    pub words: &'static str,
    /// In a word, for the hint line; empty: not shown there.
    pub hint: &'static str,
}

const fn row(
    name: &'static str,
    keys: &'static [Key],
    action: Action,
    hint: &'static str,
    words: &'static str,
) -> KeyBinding {
    KeyBinding { name, keys, action, words, hint }
}

/// The annotate mode's rows; digits and label letters come before them.
pub const ANNOTATE: &[KeyBinding] = &[
    row(
        "submit",
        &[Key::Enter],
        Action::Submit,
        "submit",
        "submit and go on; an unchanged submitted record: only go on",
    ),
    row("none", &[Key::Char('0')], Action::None, "none", "none of these labels applies"),
    row(
        "discard",
        &[Key::Char('x')],
        Action::Discard,
        "discard",
        "discard: x again, 1-9 a ready reason, E write one, Esc",
    ),
    row("later", &[Key::Char('n'), Key::Right], Action::Next, "later", "later; ticks are kept as a draft"),
    row("back", &[Key::Char('p'), Key::Left], Action::Back, "", "back to the record I saw before"),
    row("undo", &[Key::Char('u')], Action::Undo, "undo", "undo: unsaved ticks one by one, then the last step"),
    row("redo", &[Key::Ctrl('r'), Key::Char('U')], Action::Redo, "", "redo"),
    row("take", &[Key::Char('y')], Action::Take, "take", "tick what the first agent suggests; Enter still submits"),
    row(
        "find-label",
        &[Key::Char(',')],
        Action::FindLabel,
        "",
        "find a label by a few letters: Enter ticks and closes, Tab ticks and stays",
    ),
    row("again", &[Key::Char('.')], Action::Again, "", "tick what I submitted last"),
    row("up", &[Key::Up, Key::Char('k')], Action::Up, "", "cursor up, with the label's description"),
    row("down", &[Key::Down, Key::Char('j')], Action::Down, "", "cursor down"),
    row("tick", &[Key::Char(' ')], Action::ToggleHere, "", "tick at the cursor"),
    row("next-question", &[Key::Tab], Action::TurnOn, "", "next question"),
    row("previous-question", &[Key::BackTab], Action::TurnBack, "", "question before"),
    row("flag", &[Key::Char('!')], Action::Flag, "", "flag this record, or take the flag off"),
    row("note", &[Key::Char('E')], Action::Note, "", "write a note on this record"),
    row("queue", &[Key::Char('F')], Action::Queues, "", "choose which records come up: drafts, flagged, submitted …"),
    row("search", &[Key::Char('/')], Action::Search, "", "search the texts; what is found is a queue"),
    row(
        "list",
        &[Key::Char('L')],
        Action::List,
        "",
        "this queue as a list: Space marks, a label's key answers all marked after a preview",
    ),
    row("similar", &[Key::Char('S')], Action::Similar, "", "similar records as a list"),
    row("vectors", &[], Action::TurnSpace, "", "similar records by the next named vector"),
    row("guidelines", &[Key::Char('G')], Action::Guidelines, "", "guidelines"),
    row("info", &[Key::Char('I')], Action::Info, "", "all about this record"),
    row(
        "agreement",
        &[Key::Char('A')],
        Action::Agreement,
        "",
        "agreement: labels, pairs, people; Enter opens the records behind a row",
    ),
    row("progress", &[Key::Char('P')], Action::Progress, "", "progress: how far people are, per label and per day"),
    row(
        "adjudicate",
        &[Key::Char('V')],
        Action::Judge,
        "",
        "adjudicate, or stop it: everybody's answers, and keys tick what is right; y the majority's, E why, x undecided",
    ),
    row("zoom", &[Key::Char('Z')], Action::Zoom, "", "the record on the whole screen"),
    row("copy", &[], Action::Copy, "", "the record's text to the clipboard of your terminal (OSC 52)"),
    row("theme", &[], Action::TurnTheme, "", "another theme"),
    row("scroll-up", &[Key::PageUp, Key::Ctrl('u')], Action::ScrollUp, "", "scroll the text up"),
    row("scroll-down", &[Key::PageDown, Key::Ctrl('d')], Action::ScrollDown, "", "scroll the text down"),
    row("top", &[Key::Home], Action::Top, "", "top of the text"),
    row("bottom", &[Key::End], Action::Bottom, "", "bottom of the text"),
    row(
        "commands",
        &[Key::Char(':'), Key::Ctrl('p')],
        Action::Commands,
        "",
        "go to a record (a number or an id), or any command, by a few letters",
    ),
    row("draft", &[Key::Ctrl('s')], Action::Draft, "", "save a draft and stay"),
    row("help", &[Key::Char('?')], Action::Help, "all keys", "these keys"),
    row("redraw", &[Key::Ctrl('l')], Action::Redraw, "", "draw the screen again"),
    row("suspend", &[Key::Ctrl('z')], Action::Suspend, "", "suspend"),
    row("nothing", &[Key::Backspace], Action::Nothing, "", "nothing; says u undo · x discard"),
    row(
        "close",
        &[Key::Esc, Key::Ctrl('c')],
        Action::Close,
        "",
        "close what is open, then the former queue; never leaves",
    ),
    row("quit", &[Key::Char('q')], Action::Quit, "", "leave: q again"),
];

/// Which keys do what in one session: the table, a preset and a key file on top of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keymap {
    /// Keys of each row of [`ANNOTATE`].
    keys: Vec<Vec<Key>>,
}

impl Default for Keymap {
    fn default() -> Self {
        Self { keys: ANNOTATE.iter().map(|row| row.keys.to_vec()).collect() }
    }
}

/// Keys in a list (`L`, `S`), as printed.
pub const LIST: &[(&str, &str)] = &[
    ("↑ ↓ k j n p PgUp PgDn", "row by row, page by page"),
    ("Space *", "mark, mark all that are shown"),
    ("1–9 0 x y .", "what the marked ones become: a preview; Enter does it, Esc does not"),
    ("! E", "flag the marked ones, a note on them"),
    ("u Ctrl-R", "undo, redo; a step of several records asks first"),
    ("Enter", "open the record; p comes back"),
    ("Esc q", "close"),
];

/// Keys on the agreement board (`A`), as printed.
pub const BOARD: &[(&str, &str)] = &[
    ("↑ ↓ k j PgUp PgDn Home End", "row by row, page by page"),
    ("n → p ←", "labels, pairs, people"),
    ("Enter", "the records behind the row as a queue, most divided first; Esc comes back"),
    ("V", "all records that annotators disagree on"),
    ("P", "what counts: submitted, drafts, skips with an answer, a missing answer as no"),
    ("F /", "which records count: a queue, or a search; the queue all counts all of them again"),
    (",", "go to a label"),
    ("O", "order: lowest first, as the labels stand, most frequent first"),
    ("Tab Shift-Tab", "next question, question before"),
    ("Esc q A", "close"),
];

/// Keys while adjudicating (`V`), as printed; all others do what they do to a record.
pub const VERDICT: &[(&str, &str)] = &[
    ("1–9 0", "tick what is right, or none of these"),
    ("y", "tick what most people gave"),
    ("E !", "why"),
    ("Enter", "save the verdict and go on; without ticks a former one is taken back"),
    ("x", "leave it as it is and go on"),
    ("u Ctrl-R", "undo, redo; verdicts too"),
    ("V Esc", "stop"),
];

/// What signs on the screen mean.
pub const SIGNS: &[(&str, &str)] = &[
    (".91 *.91", "how sure an agent is of a label; with a star it suggests it"),
    ("near 6/10", "6 of the 10 nearest answered records have the label"),
    ("α", "Krippendorff's alpha over all records with two submitted answers (units)"),
    ("[?]", "the label was not there when you answered; Enter in the queue offered:-LABEL answers it"),
    ("≈", "a similar record that says nearly the same"),
    ("!", "before a similar record: the same, but answered otherwise; before a record: flagged"),
];

/// Rows by name, with the keys they get.
type Changes = &'static [(&'static str, &'static [Key])];

/// Presets: habits from other tools, as rows that get other keys.
pub const PRESETS: &[(&str, Changes)] = &[
    ("default", &[]),
    (
        "argilla",
        &[
            ("discard", &[Key::Backspace, Key::Char('x')]),
            ("nothing", &[]),
            ("later", &[Key::Right, Key::Char('n'), Key::PageDown]),
            ("back", &[Key::Left, Key::Char('p'), Key::PageUp]),
            ("scroll-up", &[Key::Ctrl('u')]),
            ("scroll-down", &[Key::Ctrl('d')]),
        ],
    ),
    (
        "prodigy",
        &[
            ("submit", &[Key::Char('a'), Key::Enter]),
            ("discard", &[Key::Char(' '), Key::Char('x')]),
            ("tick", &[]),
            ("undo", &[Key::Backspace, Key::Delete, Key::Char('u')]),
            ("nothing", &[]),
        ],
    ),
    ("doccano", &[("later", &[Key::Right, Key::Char('n')]), ("undo", &[Key::Delete, Key::Char('u')])]),
    (
        "vim",
        &[
            ("later", &[Key::Char('l'), Key::Char('n'), Key::Right]),
            ("back", &[Key::Char('h'), Key::Char('p'), Key::Left]),
            ("scroll-up", &[Key::Ctrl('u'), Key::Ctrl('b'), Key::PageUp]),
            ("scroll-down", &[Key::Ctrl('d'), Key::Ctrl('f'), Key::PageDown]),
            ("top", &[Key::Char('g'), Key::Home]),
            ("bottom", &[Key::Char('$'), Key::End]),
        ],
    ),
];

impl Keymap {
    /// The keys of a preset.
    #[must_use]
    pub fn preset(name: &str) -> Option<Self> {
        let (_, changes) = PRESETS.iter().find(|(known, _)| *known == name)?;
        let mut keymap = Self::default();
        for (row, keys) in *changes {
            keymap.set(row, keys.to_vec());
        }
        Some(keymap)
    }

    /// Gives a row other keys; false when there is no such row.
    pub fn set(&mut self, name: &str, keys: Vec<Key>) -> bool {
        let Some(index) = ANNOTATE.iter().position(|row| row.name == name) else { return false };
        self.keys[index] = keys;
        true
    }

    /// The action of a key.
    #[must_use]
    pub fn action(&self, key: Key) -> Option<Action> {
        let index = self.keys.iter().position(|keys| keys.contains(&key))?;
        ANNOTATE.get(index).map(|row| row.action)
    }

    /// The key under which the lists and pages know what this key does: there, too, a person's own keys hold. A key of
    /// no row stays what it is, and so does Space, which marks and pages whatever it does to a record.
    #[must_use]
    pub fn usual(&self, key: Key) -> Key {
        let index = self.keys.iter().position(|keys| keys.contains(&key)).filter(|_| key != Key::Char(' '));
        index.and_then(|index| ANNOTATE[index].keys.first().copied()).unwrap_or(key)
    }

    /// The rows with their keys.
    pub fn rows(&self) -> impl Iterator<Item = (&'static KeyBinding, &[Key])> {
        ANNOTATE.iter().zip(self.keys.iter().map(Vec::as_slice))
    }

    /// Names of the rows that have a key, when there are several.
    #[must_use]
    pub fn conflict(&self) -> Option<(Key, &'static str, &'static str)> {
        let all: Vec<(Key, &'static str)> =
            self.rows().flat_map(|(row, keys)| keys.iter().map(|key| (*key, row.name))).collect();
        all.iter().enumerate().find_map(|(at, (key, name))| {
            let (_, other) = all[at + 1..].iter().find(|(other, _)| other == key)?;
            Some((*key, *name, *other))
        })
    }
}

/// Keys as printed: `n →`; of a row without keys, its name among the commands: `:vectors`.
#[must_use]
pub fn shown(row: &KeyBinding, keys: &[Key]) -> String {
    if keys.is_empty() {
        return format!(":{}", row.name);
    }
    keys.iter().map(|key| key.shown()).collect::<Vec<_>>().join(" ")
}

/// The key table as docs/keys.md prints it.
#[must_use]
pub fn markdown() -> String {
    let mut out = String::from("| key | what it does |\n|---|---|\n");
    out.push_str("| `1`–`9`, a label's letter | tick, untick; single label: choose; rating: value |\n");
    for row in ANNOTATE {
        let keys: Vec<String> = shown(row, row.keys).split(' ').map(|key| format!("`{key}`")).collect();
        out.push_str(&format!("| {} | {} |\n", keys.join(" "), row.words));
    }
    out.push_str("\n| in a list (`L`, `S`) | what it does |\n|---|---|\n");
    for (keys, words) in LIST {
        let keys: Vec<String> = keys.split(' ').map(|key| format!("`{key}`")).collect();
        out.push_str(&format!("| {} | {words} |\n", keys.join(" ")));
    }
    for (title, keys) in [("on the agreement board (`A`)", BOARD), ("while adjudicating (`V`)", VERDICT)] {
        out.push_str(&format!("\n| {title} | what it does |\n|---|---|\n"));
        for (keys, words) in keys {
            let keys: Vec<String> = keys.split(' ').map(|key| format!("`{key}`")).collect();
            out.push_str(&format!("| {} | {words} |\n", keys.join(" ")));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Key, Keymap, PRESETS};

    #[test]
    fn lists_and_pages_know_a_key_by_its_usual_name() {
        let mut keymap = Keymap::default();
        assert!(keymap.set("agreement", vec![Key::Char('%')]));
        let usual = |key| keymap.usual(key);
        assert_eq!(usual(Key::Char('%')), Key::Char('A'));
        assert_eq!((usual(Key::Char('k')), usual(Key::Char('U'))), (Key::Up, Key::Ctrl('r')));
        assert_eq!((usual(Key::Char('*')), usual(Key::Char('7'))), (Key::Char('*'), Key::Char('7')));
        let prodigy = Keymap::preset("prodigy").unwrap();
        assert_eq!((prodigy.usual(Key::Backspace), prodigy.usual(Key::Char(' '))), (Key::Char('u'), Key::Char(' ')));
    }

    #[test]
    fn no_preset_gives_one_key_two_meanings() {
        for (name, _) in PRESETS {
            assert_eq!(Keymap::preset(name).unwrap().conflict(), None, "{name}");
        }
    }
}
