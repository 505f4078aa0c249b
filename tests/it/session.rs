//! A session without a terminal: events in, effects and pictures out.

use labelry::model::record_view::{Counts, RecordView};
use labelry::model::{
    Dataset, DatasetId, Entry, Field, Hide, Label, Question, QuestionId, QuestionKind, Record, RecordId, Role, Spot,
    Status, Uid, User, UserId,
};
use labelry::session::key::Key;
use labelry::session::{Effect, Event, Place, Session, Want};
use labelry::view::{Theme, draw};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

pub fn label(value: &str, key: char) -> Label {
    Label {
        uid: Uid("l".into()),
        exceptions: Vec::new(),
        changed_at: None,
        value: value.into(),
        title: value.into(),
        description: format!("about {value}"),
        key: Some(key),
        group: None,
        exclusive: false,
        since: 1,
        retired: None,
    }
}

pub fn session(columns: u16, rows: u16) -> Session {
    let question = Question {
        id: QuestionId(1),
        uid: Uid("q".into()),
        name: "topic".into(),
        title: "Topic".into(),
        kind: QuestionKind::MultiLabel,
        required: true,
        min: None,
        max: None,
        label_set: 1,
        labels: vec![label("billing", '1'), label("bug", '2'), label("praise", '3')],
    };
    let dataset = Dataset {
        id: DatasetId(1),
        uid: Uid("d".into()),
        workspace: "default".into(),
        name: "mail".into(),
        open: true,
        guidelines: String::new(),
        guidelines_version: 0,
        hide: Hide::None,
        min_submitted: None,
        order: "import".into(),
        fields: vec![Field { name: "text".into(), title: "Text".into(), kind: "text".into() }],
        questions: vec![question],
        vectors: vec![],
    };
    let user = User {
        id: UserId(1),
        uid: Uid("u".into()),
        name: "ana".into(),
        role: Role::Owner,
        login: None,
        workspaces: vec![],
        disabled: false,
    };
    Session::new(user, dataset, (columns, rows))
}

pub fn loaded(number: i64, text: &str) -> Box<RecordView> {
    Box::new(RecordView {
        record: Record {
            id: RecordId(number),
            uid: Uid(format!("r{number}")),
            external_id: Some(format!("r-{number}")),
            position: number,
            fields: vec![("text".into(), text.into())],
            metadata: serde_json::Map::new(),
        },
        place: number,
        entry: Entry::default(),
        held: vec![],
        suggestions: vec![],
        adjudications: [].into(),
        adjudicates: [].into(),
    })
}

/// A session at record 1, drawn, past the fence.
pub fn ready() -> Session {
    let mut session = session(80, 24);
    session.update(Event::Fetched(Want::Resume, Some(loaded(1, "first"))), 0);
    seen(&mut session, 0);
    session
}

/// The picture of this moment reaches the person.
pub fn seen(session: &mut Session, now: i64) {
    let shows = session.shows();
    session.update(Event::Drawn(shows), now);
}

pub fn spot(number: i64) -> Spot {
    Spot { record: RecordId(number), position: number }
}

pub fn press(session: &mut Session, keys: &str, now: i64) -> Vec<Effect> {
    keys.chars()
        .flat_map(|c| {
            let key = if c == '\n' { Key::Enter } else { Key::Char(c) };
            session.update(Event::Input(key), now)
        })
        .collect()
}

/// Status and labels of each save among the effects, by record.
pub fn saves(effects: &[Effect]) -> Vec<(i64, Option<Status>, Option<Vec<u32>>)> {
    let save = |effect: &Effect| match effect {
        Effect::Save(intent) => {
            let response = intent.after.response.as_ref();
            let labels = response.and_then(|r| r.labels(QuestionId(1))).map(<[u32]>::to_vec);
            Some((intent.record.0, response.map(|r| r.status), labels))
        }
        _ => None,
    };
    effects.iter().filter_map(save).collect()
}

#[test]
fn ticks_and_enter_submit_and_the_next_record_is_there_before_the_commit() {
    let mut session = ready();
    session.update(Event::Fetched(Want::Ahead(spot(1)), Some(loaded(2, "second"))), 1_000);
    let effects = press(&mut session, "13\n", 1_000);
    assert_eq!(saves(&effects), vec![(1, Some(Status::Submitted), Some(vec![0, 2]))]);
    assert!(matches!(&session.place, Place::At(task) if task.record.id == RecordId(2)));
    assert!(!session.message.contains("saved"), "not before the commit");
    session.update(Event::Saved(RecordId(1), 1, Counts::default()), 1_001);
    assert_eq!(session.message, "saved r-1: billing, praise · u undo");
}

#[test]
fn a_label_is_saved_only_for_the_record_it_was_set_on_whatever_the_delay() {
    for delay in [0, 1, 149] {
        let mut session = ready();
        let mut effects = press(&mut session, "1\n", 1_000);
        // Typed ahead: before the next record came, and before it could be read.
        effects.extend(press(&mut session, "2\n", 1_000));
        effects.extend(session.update(Event::Fetched(Want::Next(Some(spot(1))), Some(loaded(2, "second"))), 1_010));
        effects.extend(press(&mut session, "2\n", 1_011));
        seen(&mut session, 1_020);
        effects.extend(press(&mut session, "2\n", 1_020 + delay));
        assert_eq!(saves(&effects), vec![(1, Some(Status::Submitted), Some(vec![0]))], "after {delay} ms");
        assert_eq!(session.status(), "6 keys typed ahead dropped");
        let effects = press(&mut session, "3\n", 1_020 + 150);
        assert_eq!(saves(&effects), vec![], "a part of what was typed is no answer");
        assert!(session.message.starts_with("an answer key was typed too early"));
        seen(&mut session, 1_200);
        let effects = press(&mut session, "\n", 1_200 + 150);
        assert_eq!(saves(&effects), vec![(2, Some(Status::Submitted), Some(vec![2]))]);
    }
}

#[test]
fn none_of_these_is_an_answer_and_nothing_ticked_is_not() {
    let mut session = ready();
    assert_eq!(saves(&press(&mut session, "\n", 1_000)), vec![]);
    assert_eq!(session.message, "nothing is ticked: 0 none of these · x discard");
    assert_eq!(saves(&press(&mut session, "0\n", 1_000)), vec![(1, Some(Status::Submitted), Some(vec![]))]);
}

#[test]
fn later_keeps_ticks_as_a_draft_and_an_untouched_record_saves_nothing() {
    let mut session = ready();
    assert_eq!(saves(&press(&mut session, "n", 1_000)), vec![]);
    let mut session = ready();
    assert_eq!(saves(&press(&mut session, "2n", 1_000)), vec![(1, Some(Status::Draft), Some(vec![1]))]);
}

#[test]
fn a_discard_keeps_ticks_and_its_reason() {
    let mut session = ready();
    let effects = press(&mut session, "2x1", 1_000);
    assert_eq!(saves(&effects), vec![(1, Some(Status::Discarded), Some(vec![1]))]);
    let Effect::Save(intent) = &effects[0] else { panic!("{effects:?}") };
    assert_eq!(intent.after.response.as_ref().unwrap().reason.as_deref(), Some("cannot tell"));
}

#[test]
fn what_is_not_saved_blocks_quitting_with_a_choice() {
    let mut session = ready();
    let effects = press(&mut session, "1\n", 1_000);
    let Some(Effect::Save(intent)) = effects.first() else { panic!("{effects:?}") };
    session.update(Event::NotSaved(intent.clone(), "disk full".into(), None), 1_001);
    assert_eq!(press(&mut session, "qq", 2_000), vec![]);
    assert!(!session.may_leave());
    assert_eq!(press(&mut session, "rk", 2_000), vec![], "keys meant for what was there before decide nothing");
    seen(&mut session, 2_000);
    assert_eq!(saves(&press(&mut session, "r", 3_000)).len(), 1, "saved again");
    assert!(!session.may_leave(), "it is on its way");
}

#[test]
fn unsaved_ticks_are_undone_one_by_one_before_the_last_step() {
    let mut session = ready();
    press(&mut session, "12", 1_000);
    assert_eq!(press(&mut session, "uu", 1_000), vec![]);
    let effects = press(&mut session, "u", 1_000);
    assert!(matches!(effects[..], [Effect::Reverse(..)]));
}

#[test]
fn leaving_takes_two_presses_and_a_hang_up_keeps_the_ticks() {
    let mut session = ready();
    assert_eq!(press(&mut session, "q", 1_000), vec![]);
    assert_eq!(press(&mut session, "q", 1_000), vec![Effect::Quit]);
    let mut session = ready();
    press(&mut session, "1", 1_000);
    assert_eq!(saves(&session.update(Event::HangUp, 1_000)), vec![(1, Some(Status::Draft), Some(vec![0]))]);
}

#[test]
fn pasted_text_answers_nothing() {
    let mut session = ready();
    assert_eq!(session.update(Event::Paste("1\n".into()), 1_000), vec![]);
    assert!(matches!(&session.place, Place::At(task) if task.answers.is_empty()));
    // An end mark in the text ended the paste: its rest comes as keys, and as long as they come so fast.
    for now in [1_001, 1_090, 1_180] {
        assert_eq!(press(&mut session, "1", now), vec![]);
        assert_eq!(session.update(Event::Input(Key::Enter), now), vec![]);
    }
    assert!(session.message.contains("right behind pasted text are dropped"), "{}", session.message);
    assert!(matches!(&session.place, Place::At(task) if task.answers.is_empty()));
    press(&mut session, "1", 1_300);
    assert!(matches!(&session.place, Place::At(task) if !task.answers.is_empty()));
    // A paste whose end was waited for has nothing behind it.
    let mut session = ready();
    assert_eq!(session.update(Event::Unended("2\n".into()), 1_000), vec![]);
    assert!(session.message.contains("what came, 2 bytes, answers nothing"), "{}", session.message);
    press(&mut session, "1", 1_001);
    assert!(matches!(&session.place, Place::At(task) if task.answers.len() == 1));
}

#[test]
fn on_the_smallest_screen_the_way_out_of_a_file_that_is_gone_is_seen() {
    let mut session = ready();
    session.size = (40, 10);
    session.update(Event::Astray(Some("it was removed or moved away".into())), 1_000);
    let shown = picture(&session);
    for words in ["gone: it was removed or moved away", "w  write my work", "Q  leave without it"] {
        assert!(shown.contains(words), "{shown}");
    }
}

pub fn picture(session: &Session) -> String {
    let (columns, rows) = session.size;
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    terminal.draw(|frame| draw(session, &Theme::plain(), frame)).unwrap();
    let buffer = terminal.backend().buffer().clone();
    let line = |y| (0..columns).map(|x| buffer[(x, y)].symbol()).collect::<String>().trim_end().to_owned();
    (0..rows).map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_screen_at_80_by_24() {
    let mut session = ready();
    press(&mut session, "2", 1_000);
    insta::assert_snapshot!(picture(&session));
}

#[test]
fn every_small_size_is_drawn_or_says_so() {
    let hostile = "a🌞b \u{202E}x\u{1b}[2J\t字字字👩‍💻 e\u{301}\u{301}\u{301}\n\nlast";
    for columns in 1..=120 {
        for rows in 1..=50 {
            let mut session = session(columns, rows);
            session.update(Event::Fetched(Want::Resume, Some(loaded(1, hostile))), 0);
            let picture = picture(&session);
            assert!(!picture.contains(['\u{1b}', '\u{202E}']), "{columns}×{rows}");
        }
    }
}
