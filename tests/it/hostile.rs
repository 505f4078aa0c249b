//! Hostile text in every place that shows text, at every size: what is drawn is harmless, byte by byte.
//!
//! `LABELRY_HOSTILE` says how many pairs of text and size are tried, `LABELRY_HOSTILE_SEED` which ones.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use labelry::model::record_view::{NamedResponse, RecordView};
use labelry::model::{
    Answer, Dataset, DatasetId, Entry, EventKind, Field, Hide, Label, Neighbour, Question, QuestionId, QuestionKind,
    Queue, Record, RecordId, Role, Suggestion, Uid, User, UserId, VectorSpace,
};
use labelry::session::key::Key;
use labelry::session::{Event, Intent, Listed, Menu, Mode, Page, Prompt, PromptKind, Session, Unsaved, Want};
use labelry::view::{Theme, draw};
use ratatui::backend::{CrosstermBackend, TestBackend};
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Most marks on one letter; `text` cuts at six, and a variation selector may stand beside them.
const MOST_MARKS: usize = 8;

/// `SplitMix64`: the same seed gives the same texts everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn of<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len() as u64) as usize]
    }

    fn between(&mut self, first: u32, last: u32) -> char {
        let code = first + self.below(u64::from(last - first) + 1) as u32;
        char::from_u32(code).unwrap_or('\u{FFFD}')
    }
}

/// Sequences that do something to a terminal that believes them.
const ESCAPES: &[&str] = &[
    "\x1b[2J",
    "\x1b[999;999H",
    "\x1b[31;1m",
    "\x1b]8;;http://evil.example\x1b\\link\x1b]8;;\x07",
    "\x1b]52;c;ZXZpbA==\x07",
    "\x1bP$q\"p\x1b\\",
    "\x1bc",
    "\x1b[?1049l",
    "\x1b[6n",
    "\u{9B}2J",
    "\u{9D}0;title\u{9C}",
    "\x1b(0",
    "\x1b",
    "\x0e",
];

/// Characters that are drawn by several code points together, or do not join when they look as if they did.
const CLUSTERS: &[&str] = &[
    "👩‍👩‍👧‍👦",
    "🏳️‍🌈",
    "👍🏽",
    "🧑🏿‍🚀",
    "🇩🇪",
    "🇷🇴🇫",
    "❤️",
    "⌨︎",
    "1️⃣",
    "क्षि",
    "ணெ",
    "லோ",
    "ക്ഷ്മി",
    "ශ්‍රී",
    "\u{1100}\u{1161}\u{11A8}",
    "\u{D7A3}\u{FFA0}",
    "e\u{301}\u{323}",
    "\u{200D}",
    "\u{FE0F}",
    "\u{20E3}",
    "a\u{200D}b",
    "👩\u{200D}x",
    "ﷺ",
    "لا",
    "ⅷ",
    "ｶﾞ",
    "\u{1F1E6}",
];

const PLAIN: &[&str] = &[
    "lamp",
    "Straße",
    "țară",
    "字字字",
    "한국어",
    "مرحبا",
    "שלום",
    " ",
    "  ",
    "\t",
    "\n",
    "\r\n",
    "\r",
    "\u{FFFD}",
    "-",
    ".",
    "\u{A0}",
    "\u{3000}",
    "／",
    "",
    "https://example.org/a/b?c=d",
    "“”",
    "\u{2028}",
    "\u{85}",
];

/// One piece of a hostile text.
fn piece(random: &mut Random, out: &mut String) {
    match random.below(16) {
        0 => out.push(random.between(0, 0x1F)),
        1 => out.push(random.between(0x7F, 0x9F)),
        2 => out.push_str(random.of(ESCAPES)),
        3 => out.push(
            *['\u{202A}', '\u{202E}', '\u{2066}', '\u{2069}', '\u{200F}', '\u{61C}'][random.below(6) as usize..]
                .first()
                .unwrap(),
        ),
        4 => out.push(random.between(0x200B, 0x206F)),
        5 => out.push(random.between(0xE0000, 0xE01EF)),
        6 => out.push(random.between(0xFE00, 0xFE0F)),
        7 => (0..random.below(200)).for_each(|_| out.push(random.between(0x300, 0x36F))),
        8 => out.extend(std::iter::repeat_n("🧑\u{200D}", random.below(20) as usize)),
        9 => (0..random.below(9)).for_each(|_| out.push(random.between(0x1F1E6, 0x1F1FF))),
        10 => out.push(random.between(0x1100, 0x11FF)),
        11 => (0..random.below(300)).for_each(|_| out.push(random.between(0x61, 0x7A))),
        12 => out.push(random.between(0, 0x10_FFFF)),
        13 => out.push_str(random.of(CLUSTERS)),
        14 => out.push(random.between(0x900, 0xDFF)),
        _ => out.push_str(random.of(PLAIN)),
    }
}

fn text(random: &mut Random) -> String {
    let mut out = String::new();
    for _ in 0..random.below(24) {
        piece(random, &mut out);
    }
    out
}

/// One try: a text, a size, and what is open.
#[derive(Debug, Clone)]
pub struct Try {
    pub text: String,
    pub columns: u16,
    pub rows: u16,
    pub open: u64,
}

/// What may be open: the record, four pages, three prompts, two questions, menus, a list, the editor.
pub const OPEN: u64 = 15;

fn mode(open: u64, text: &str) -> Mode {
    let prompt = |what| Mode::Prompt(Prompt { what, text: text.to_owned() });
    match open {
        1 => Mode::Page(Page::Help, 0),
        2 => Mode::Page(Page::Guidelines, 0),
        3 => Mode::Page(Page::Info, 0),
        4 => Mode::Board,
        5 => prompt(PromptKind::Note),
        6 => prompt(PromptKind::Reason),
        7 => prompt(PromptKind::Search),
        8 => Mode::Discard,
        9 => Mode::NotSaved,
        10 => Mode::Menu(Menu { what: Listed::Labels, typed: String::new(), cursor: 0 }),
        11 => Mode::Menu(Menu { what: Listed::Queues, typed: String::new(), cursor: 2 }),
        12 => Mode::Menu(Menu { what: Listed::Commands, typed: text.to_owned(), cursor: 0 }),
        _ => Mode::Annotate,
    }
}

fn dataset(text: &str) -> Dataset {
    let label = |number: u8| Label {
        uid: Uid(number.to_string()),
        exceptions: Vec::new(),
        changed_at: None,
        value: format!("{text}{number}"),
        title: text.to_owned(),
        description: text.to_owned(),
        key: Some(char::from(b'1' + number)),
        group: Some(text.to_owned()),
        since: 1,
        exclusive: false,
        retired: None,
    };
    let question = Question {
        id: QuestionId(1),
        uid: Uid(text.to_owned()),
        name: text.to_owned(),
        title: text.to_owned(),
        kind: QuestionKind::MultiLabel,
        required: true,
        min: None,
        max: None,
        label_set: 1,
        labels: (0..5).map(label).collect(),
    };
    let written = Question { id: QuestionId(2), kind: QuestionKind::Text, labels: vec![], ..question.clone() };
    let field = |name: &str| Field { name: name.into(), title: text.to_owned(), kind: "text".into() };
    Dataset {
        id: DatasetId(1),
        uid: Uid(text.to_owned()),
        workspace: text.to_owned(),
        name: text.to_owned(),
        open: true,
        guidelines: text.to_owned(),
        guidelines_version: 1,
        hide: Hide::None,
        min_submitted: None,
        order: "import".into(),
        fields: vec![field("a"), field("b")],
        questions: vec![question, written],
        vectors: vec![VectorSpace { name: text.to_owned(), dimensions: 2 }],
    }
}

fn owner(name: &str) -> User {
    User {
        id: UserId(1),
        uid: Uid(name.to_owned()),
        name: name.to_owned(),
        role: Role::Owner,
        login: None,
        workspaces: vec![],
        disabled: false,
    }
}

/// A session in which every text that anybody could have written is this one.
pub fn session(case: &Try) -> Session {
    let text = &case.text;
    let mut session = Session::new(owner(text), dataset(text), (case.columns, case.rows));
    let mut metadata = serde_json::Map::new();
    metadata.insert(text.clone(), text.clone().into());
    metadata.insert(String::from("nested"), serde_json::json!({ text.as_str(): [text.as_str()] }));
    let entry = Entry { note: Some(text.clone()), flag: true, ..Entry::default() };
    let record = Record {
        id: RecordId(1),
        uid: Uid(text.clone()),
        external_id: Some(text.clone()),
        position: 1,
        fields: vec![("a".into(), text.clone()), ("b".into(), text.clone()), (text.clone(), text.clone())],
        metadata,
    };
    let held = vec![NamedResponse { user: format!("{text}2"), entry: entry.clone() }];
    let intent = Intent {
        kind: EventKind::Note,
        record: RecordId(1),
        name: text.clone(),
        after: entry.clone(),
        stood: [].into(),
        at: 0,
    };
    let suggestion = Suggestion {
        question: QuestionId(1),
        agent: text.clone(),
        answer: Answer::Labels(vec![0]),
        scores: [(0, 0.5), (1, 0.97)].into(),
    };
    let mut entry = entry;
    entry.working = Some([(QuestionId(2), Answer::Text(text.clone()))].into());
    let neighbour = Neighbour { record: record.clone(), score: 0.97, held: held.clone() };
    let loaded = Box::new(RecordView {
        place: record.position,
        record,
        entry,
        held,
        suggestions: vec![suggestion],
        adjudications: [].into(),
        adjudicates: [].into(),
    });
    let row = loaded.as_ref().clone();
    session.queue = Queue::Search(text.clone());
    session.update(Event::Fetched(Want::Resume, Some(loaded)), 0);
    session.update(Event::Trouble(text.clone()), 0);
    session.update(Event::Similar(RecordId(1), 0, Ok(vec![neighbour])), 0);
    session.unsaved = vec![Unsaved { intent, why: text.clone(), other: None }];
    session.update(Event::Drawn(session.shows()), 0);
    match case.open {
        13 => {
            session.update(Event::Input(Key::Char('L')), 1_000);
            session.update(Event::Rows(session.queue.clone(), vec![row], false), 1_000);
        }
        14 => drop(session.update(Event::Input(Key::Tab), 1_000)),
        open => session.mode = mode(open, text),
    }
    session
}

/// What is wrong with the picture of a try, if anything is.
fn wrong(case: &Try) -> Option<String> {
    let drawn = catch_unwind(AssertUnwindSafe(|| {
        let session = session(case);
        let area = Rect::new(0, 0, case.columns, case.rows);
        let mut cells = Terminal::new(TestBackend::new(case.columns, case.rows)).unwrap();
        cells.draw(|frame| draw(&session, &Theme::sixteen(), frame)).unwrap();
        let cells = cells.backend().buffer().content.iter().find_map(|cell| harmful(cell.symbol()));
        let options = TerminalOptions { viewport: Viewport::Fixed(area) };
        let mut bytes = Vec::new();
        let mut terminal = Terminal::with_options(CrosstermBackend::new(&mut bytes), options).unwrap();
        terminal.draw(|frame| draw(&session, &Theme::sixteen(), frame)).unwrap();
        drop(terminal);
        (cells, bytes)
    }));
    let Ok((cells, bytes)) = drawn else {
        return Some(String::from("panicked"));
    };
    cells.or_else(|| bytes_wrong(bytes, case))
}

/// What is wrong with the bytes: sequences that are no cursor move or colour, a cursor outside, harmful text.
fn bytes_wrong(bytes: Vec<u8>, case: &Try) -> Option<String> {
    let Ok(drawn) = String::from_utf8(bytes) else {
        return Some(String::from("bytes that are no UTF-8"));
    };
    // What stands before the first ESC was written where the cursor happened to be.
    let mut pieces = drawn.split('\x1b');
    let mut column = 1;
    if let Some(found) = pieces.next().and_then(harmful) {
        return Some(found);
    }
    for piece in pieces {
        let Some((sequence, text)) = piece.strip_prefix('[').and_then(|rest| {
            let end = rest.find(|c: char| c.is_ascii_alphabetic())?;
            Some((&rest[..=end], &rest[end + 1..]))
        }) else {
            return Some(format!("a raw ESC before {:?}", piece.chars().take(8).collect::<String>()));
        };
        match sequence.as_bytes().last() {
            Some(b'H') => {
                let (row, to) = sequence.trim_end_matches('H').split_once(';').unwrap_or((sequence, "1"));
                let (row, to): (u16, u16) = (row.parse().unwrap_or(0), to.parse().unwrap_or(0));
                if !(1..=case.rows).contains(&row) || !(1..=case.columns).contains(&to) {
                    return Some(String::from("the cursor is sent outside"));
                }
                column = usize::from(to);
            }
            Some(b'm') if sequence.bytes().all(|b| b.is_ascii_digit() || matches!(b, b';' | b'm')) => {}
            _ if matches!(sequence, "?25l" | "?25h") => {}
            _ => return Some(format!("the sequence {sequence:?}")),
        }
        column += text.width();
        if column > usize::from(case.columns) + 1 {
            return Some(String::from("text beyond the last column"));
        }
        if let Some(found) = harmful(text) {
            return Some(found);
        }
    }
    None
}

/// The first character that must not reach a terminal.
fn harmful(text: &str) -> Option<String> {
    let chars: Vec<char> = text.chars().collect();
    let emoji = |c: &char| matches!(*c as u32, 0x203C | 0x2049 | 0x2190..=0x2BFF | 0x3030..=0x3299 | 0x1F000..=0x1FFFD | 0xFE0F);
    let mut marks = 0;
    for (at, c) in chars.iter().enumerate() {
        let joins = || at > 0 && emoji(&chars[at - 1]) && chars.get(at + 1).is_some_and(emoji);
        if *c == '\u{200D}' && !joins() {
            return Some(String::from("a joiner that joins nothing is drawn"));
        }
        if forbidden(*c) {
            return Some(format!("U+{:04X} is drawn", *c as u32));
        }
        marks = if c.width() == Some(0) && *c != '\u{200D}' { marks + 1 } else { 0 };
        if marks > MOST_MARKS {
            return Some(format!("more than {MOST_MARKS} marks on one letter"));
        }
    }
    None
}

/// Controls; bidi controls, zero-width and other characters that show nothing; variation selectors and TAG
/// characters. Written down here once more, so that the list in `text` is checked and not believed.
fn forbidden(c: char) -> bool {
    matches!(c as u32,
        0..=0x1F | 0x7F..=0x9F | 0xAD | 0x34F | 0x61C | 0x115F | 0x1160 | 0x17B4 | 0x17B5 | 0x180B..=0x180F
        | 0x200B | 0x200C | 0x200E | 0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0x3164 | 0xFE00..=0xFE0E
        | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFB | 0x1BCA0..=0x1BCA3 | 0x1D173..=0x1D17A | 0xE0000..=0xE0FFF)
}

/// The shortest text of the same size and mode that is still wrong in the same way, found by leaving stretches out.
fn least(case: &Try, why: &str) -> Try {
    let mut best = case.clone();
    let mut stretch = best.text.chars().count().max(1);
    while stretch > 0 {
        let chars: Vec<char> = best.text.chars().collect();
        let shorter = (0..chars.len()).step_by(stretch).find_map(|at| {
            let text = chars.iter().enumerate().filter(|(n, _)| *n < at || *n >= at + stretch).map(|(_, c)| *c);
            let shorter = Try { text: text.collect(), ..best.clone() };
            (wrong(&shorter).as_deref() == Some(why)).then_some(shorter)
        });
        match shorter {
            Some(shorter) => best = shorter,
            None => stretch /= 2,
        }
    }
    best
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().map_or(otherwise, |value| value.parse().unwrap())
}

#[test]
#[expect(clippy::print_stdout, reason = "the count is what is asked for")]
fn whatever_a_text_holds_only_harmless_bytes_reach_the_terminal() {
    let count = number("LABELRY_HOSTILE", 3_000);
    let mut random = Random(number("LABELRY_HOSTILE_SEED", 1));
    let mut failures = BTreeMap::new();
    for _ in 0..count {
        let case = Try {
            text: text(&mut random),
            columns: 1 + random.below(120) as u16,
            rows: 1 + random.below(50) as u16,
            open: random.below(OPEN),
        };
        // One of each kind is enough, at each thing that may be open.
        if let Some(why) = wrong(&case)
            && !failures.contains_key(&(why.clone(), case.open))
        {
            let Try { text, columns, rows, open } = least(&case, &why);
            let words = format!("{why}: '{}' at {columns}×{rows}, open {open}", text.escape_unicode());
            failures.insert((why, case.open), words);
        }
    }
    let failures: Vec<String> = failures.into_values().take(40).collect();
    println!("{count} hostile texts drawn");
    assert!(failures.is_empty(), "{} kinds of harm:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn the_check_sees_harm() {
    let case = Try { text: String::new(), columns: 10, rows: 5, open: 0 };
    for bad in
        ["\x1b[2J", "\x1b[6;1H", "\x1b[1;11H", "\x1b]52;c;x\x07", "\x07", "\u{202E}", "\u{E0041}", "\u{9B}2J", "\x1bc"]
    {
        assert!(bytes_wrong(bad.into(), &case).is_some(), "{bad:?}");
    }
    assert!(bytes_wrong("\x1b[1;9Habc".into(), &case).is_some(), "beyond the last column");
    assert_eq!(bytes_wrong("\x1b[5;10Ha\x1b[1m\x1b[1;1H👩‍💻\x1b[?25l".into(), &case), None);
}

#[test]
fn what_the_command_line_quotes_is_harmless_too() {
    let folder = tempfile::tempdir().unwrap();
    let evil = "x\u{1b}]0;pwned\u{7}\u{202E}\u{9b}2J\nhint: do it";
    let path = folder.path().join("evil\u{1b}[2J.db");
    let path = path.to_str().unwrap();
    let file = "a\u{1b}]0;pwned\u{7}.jsonl";
    std::fs::write(folder.path().join(file), "{\"id\":\"a\",\"text\":\"x\"}\n").unwrap();
    let flag = format!("--{evil}");
    let value = format!("--hide={evil}");
    for args in [
        &[evil][..],
        &[&flag],
        &["import", &flag],
        &["datasets", "set", "d", &value],
        &["export", "--format", evil],
        &["users", "create", evil],
        &["users", evil],
        &["demo", evil],
        &["--help"],
        &["import", "--help"],
        &["import", file],
        &["import", file, "--dry-run"],
        &["export", "--out", evil],
        &["export", "--dataset", evil],
        &["backup", path],
        &["backup", evil],
        &["check", evil],
        &["merge", evil],
        &["search", evil],
        &["config", "show", evil],
        &["agreement", evil],
        &["agreement", "--items", evil],
        &["history", "undo", evil],
        &["labels", "add", evil],
        &["pack", "--user", evil, "--out", evil],
    ] {
        let mut command = crate::cases::command(folder.path(), args);
        let output = command.env("LABELRY_DB", path).env("LABELRY_USER", evil).output().unwrap();
        for bytes in [output.stdout, output.stderr] {
            let said = String::from_utf8(bytes).unwrap();
            let harm = said.lines().find_map(harmful);
            assert_eq!(harm, None, "{args:?}: {}", said.escape_debug());
            assert!(!said.lines().any(|line| line == "hint: do it"), "{args:?}: {said}");
        }
    }
}
