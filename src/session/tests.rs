//! What the rooms of a session promise each other, where no key leads to it alone.

use super::key::Key;
use super::menu::{Listed, Menu};
use super::panes::{Needs, Panes, SMALLEST, panes};
use super::task::Task;
use super::{Effect, Event, Mode, Place, Session, Want};
use crate::model::record_view::RecordView;
use crate::model::{
    Answer, Answers, Dataset, DatasetId, Entry, EventKind, Field, Hide, Label, Question, QuestionId, QuestionKind,
    Record, RecordId, Role, Status, Uid, User, UserId,
};

const TOPIC: QuestionId = QuestionId(1);

fn label(value: &str, key: char) -> Label {
    Label {
        uid: Uid(value.to_owned()),
        value: value.to_owned(),
        title: value.to_owned(),
        description: String::new(),
        key: Some(key),
        group: None,
        exclusive: false,
        since: 1,
        retired: None,
        exceptions: Vec::new(),
        changed_at: None,
    }
}

fn dataset() -> Dataset {
    let question = Question {
        id: TOPIC,
        uid: Uid("q".to_owned()),
        name: "topic".to_owned(),
        title: "Topic".to_owned(),
        kind: QuestionKind::MultiLabel,
        required: true,
        min: None,
        max: None,
        label_set: 1,
        labels: vec![label("billing", '1'), label("bug", '2'), label("praise", '3')],
    };
    Dataset {
        id: DatasetId(1),
        uid: Uid("d".to_owned()),
        workspace: "default".to_owned(),
        name: "mail".to_owned(),
        open: true,
        guidelines: String::new(),
        guidelines_version: 0,
        hide: Hide::None,
        min_submitted: None,
        order: "import".to_owned(),
        fields: vec![Field { name: "text".to_owned(), title: "Text".to_owned(), kind: "text".to_owned() }],
        questions: vec![question],
        vectors: Vec::new(),
    }
}

fn view(number: i64, entry: Entry) -> RecordView {
    RecordView {
        record: Record {
            id: RecordId(number),
            uid: Uid(format!("r{number}")),
            external_id: Some(format!("r-{number}")),
            position: number,
            fields: vec![("text".to_owned(), "some words".to_owned())],
            metadata: serde_json::Map::new(),
        },
        place: number,
        entry,
        held: Vec::new(),
        suggestions: Vec::new(),
        adjudications: [].into(),
        adjudicates: [].into(),
    }
}

/// At record 1, drawn, past the fence.
fn at(entry: Entry) -> Session {
    let user = User {
        id: UserId(1),
        uid: Uid("u".to_owned()),
        name: "ana".to_owned(),
        role: Role::Owner,
        login: None,
        workspaces: Vec::new(),
        disabled: false,
    };
    let mut session = Session::new(user, dataset(), (80, 24));
    session.update(Event::Fetched(Want::Resume, Some(Box::new(view(1, entry)))), 0);
    let shows = session.shows();
    session.update(Event::Drawn(shows), 0);
    session
}

fn ticks(labels: &[u32]) -> Answers {
    [(TOPIC, Answer::Labels(labels.to_vec()))].into()
}

fn submitted(labels: &[u32]) -> Entry {
    let mut session = at(Entry::default());
    session.task().unwrap().answers = ticks(labels);
    let intent = session.response(Status::Submitted, None, 5).unwrap();
    intent.after
}

#[test]
fn each_tick_is_a_step_of_undo_and_a_text_is_one() {
    let mut task = Task::new(view(1, Entry::default()), 0);
    for labels in [&[0][..], &[0, 1]] {
        task.answer(TOPIC, Some(Answer::Labels(labels.to_vec())));
    }
    task.answer(TOPIC, Some(Answer::Labels(vec![0, 1])));
    assert_eq!(task.undo, [Answers::new(), ticks(&[0])], "what changes nothing is no step");
    for text in ["a", "ab", "abc"] {
        task.retype(QuestionId(2), Some(Answer::Text(text.to_owned())));
    }
    assert_eq!(task.undo.len(), 3);
    assert_eq!(task.text(QuestionId(2)), Some("abc"));
    assert_eq!(task.undo.last(), Some(&ticks(&[0, 1])));
}

#[test]
fn a_long_pause_is_no_work() {
    let mut task = Task::new(view(1, Entry::default()), 1_000);
    for now in [3_000, 3_000 + 3_600_000, 1_000] {
        task.touch(now);
    }
    assert_eq!(task.visit_ms(), 2_000 + 60_000, "an hour counts as a minute, and a clock that is set back as nothing");
}

#[test]
fn what_is_kept_on_leaving_depends_on_what_stands() {
    let check = |entry: Entry, answers: Answers, kind: Option<EventKind>| {
        let mut session = at(entry);
        session.task().unwrap().answers = answers;
        let kept = session.keep(1_000);
        let saved = kept.iter().find_map(|effect| match effect {
            Effect::Save(intent) => Some(intent.kind.clone()),
            _ => None,
        });
        assert_eq!(saved, kind, "{kept:?}");
    };
    check(Entry::default(), Answers::new(), None);
    check(Entry::default(), ticks(&[0]), Some(EventKind::Draft));
    check(submitted(&[0]), ticks(&[0]), None);
    check(submitted(&[0]), ticks(&[1]), Some(EventKind::Working));
    check(Entry { working: Some(ticks(&[1])), ..submitted(&[0]) }, ticks(&[0]), Some(EventKind::Working));
}

#[test]
fn a_key_before_the_picture_answers_nothing_and_is_counted() {
    let mut session = at(Entry::default());
    session.raise_fence();
    assert!(session.fenced(Key::Char('1'), 500) && session.fenced(Key::Enter, 500));
    assert_eq!((session.fence.dropped, session.lost.len()), (2, 0));
    let shows = session.shows();
    session.update(Event::Drawn(shows), 600);
    assert!(session.fenced(Key::Char('1'), 600), "nobody reads so fast");
    assert_eq!(session.lost, [Key::Char('1')]);
    assert!(!session.fenced(Key::Char('1'), 600 + session.type_ahead_ms));
}

#[test]
fn a_picture_of_another_record_opens_no_fence() {
    let mut session = at(Entry::default());
    let before = session.shows();
    session.raise_fence();
    session.update(Event::Drawn(before), 10_000);
    assert!(session.fenced(Key::Char('1'), 20_000));
}

#[test]
fn what_was_not_saved_stays_until_it_is_decided() {
    let mut session = at(Entry::default());
    session.task().unwrap().answers = ticks(&[0]);
    let intent = session.response(Status::Submitted, None, 5).unwrap();
    let words = String::from("r-1: billing");
    session.save(intent.clone(), words);
    assert!(session.is_saving());
    session.not_saved(intent, String::from("the disk is full"), None);
    assert!(!session.is_saving());
    assert_eq!((session.mode.clone(), session.unsaved.len()), (Mode::NotSaved, 1));
    assert!(!session.may_leave());
}

#[test]
fn a_menu_narrows_down_to_what_was_typed() {
    let session = at(Entry::default());
    let items = |typed: &str| -> Vec<String> {
        let menu = Menu { what: Listed::Labels, typed: typed.to_owned(), cursor: 0 };
        session.items(&menu).into_iter().map(|item| item.words).collect()
    };
    assert_eq!(items(""), ["billing", "bug", "praise"]);
    assert_eq!(items("b"), ["billing", "bug"]);
    assert_eq!(items("prs"), ["praise"]);
    assert!(items("zzz").is_empty());
}

#[test]
fn panes_of_every_size_stand_within_the_screen_and_beside_each_other() {
    for (columns, rows) in (SMALLEST.0..200).step_by(3).flat_map(|c| (SMALLEST.1..70).map(move |r| (c, r))) {
        for needs in [(1, 0), (3, 2), (30, 5), (u16::MAX, 40)].map(|(rows, others)| Needs { rows, others }) {
            let Panes { header, text, meta, labels, description, similar, agreement, status, hints, .. } =
                panes(columns, rows, needs);
            let all = [header, text, meta, labels, description, similar, agreement, status, hints];
            let mut taken = vec![false; usize::from(columns) * usize::from(rows)];
            for rect in all {
                assert!(rect.right() <= columns && rect.bottom() <= rows, "{rect:?} at {columns}×{rows}");
                for cell in rect.positions() {
                    let at = usize::from(cell.y) * usize::from(columns) + usize::from(cell.x);
                    assert!(!std::mem::replace(&mut taken[at], true), "{rect:?} at {columns}×{rows}, {needs:?}");
                }
            }
        }
    }
}

#[test]
fn undo_asks_the_store_only_when_nothing_unsaved_is_left() {
    let mut session = at(Entry::default());
    for key in ['1', '2'] {
        session.update(Event::Input(Key::Char(key)), 1_000);
    }
    for left in [ticks(&[0]), Answers::new()] {
        assert!(session.undo(false).is_empty());
        assert!(matches!(&session.place, Place::At(task) if task.answers == left));
    }
    assert!(matches!(session.undo(false)[..], [Effect::Reverse(..)]));
}
