//! Queues, lists with marks and previewed bulk answers, menus: keys in, effects and pictures out.

use labelry::model::record_view::{Counts, Direction};
use labelry::model::{Answer, Entry, EventKind, Queue, RecordId, Size, Status};
use labelry::session::key::Key;
use labelry::session::{Effect, Event, Mode, Place, Session, Want};

use crate::session::{loaded, picture, press, ready, saves, seen};

fn key(session: &mut Session, key: Key) -> Vec<Effect> {
    session.update(Event::Input(key), 2_000)
}

/// A list of three records, the second one answered by me.
fn list() -> Session {
    let mut session = ready();
    let effects = press(&mut session, "L", 1_000);
    assert!(matches!(&effects[..], [Effect::Rows(Queue::Pending, None, _)]), "{effects:?}");
    let mut rows = vec![*loaded(1, "first"), *loaded(2, "second"), *loaded(3, "third")];
    rows[1].entry = answered(&[2]);
    session.update(Event::Rows(Queue::Pending, rows, false), 1_000);
    session
}

fn answered(labels: &[u32]) -> Entry {
    let mut trial = ready();
    let keys: String = labels.iter().map(|label| (label + 1).to_string()).collect();
    let effects = press(&mut trial, &format!("{keys}\n"), 500);
    let Some(Effect::Save(intent)) = effects.into_iter().next() else { panic!() };
    Entry { version: 1, ..intent.after }
}

#[test]
fn a_labels_key_previews_and_only_enter_answers_all_that_are_marked() {
    let mut session = list();
    press(&mut session, "  ", 1_000);
    assert!(press(&mut session, "1", 1_000).is_empty());
    let shown = picture(&session);
    assert!(shown.contains("2 records: billing · 1 already differ · Enter · Esc"), "{shown}");
    press(&mut session, "3", 1_000);
    assert!(picture(&session).contains("2 records: billing, praise"));
    let effects = press(&mut session, "\n", 1_000);
    let [Effect::SaveAll(intents)] = &effects[..] else { panic!("{effects:?}") };
    let planned: Vec<_> = intents
        .iter()
        .map(|intent| {
            let response = intent.after.response.as_ref().unwrap();
            (
                intent.record.0,
                response.status,
                response.answers[&labelry::model::QuestionId(1)].clone(),
                intent.after.version,
            )
        })
        .collect();
    let answer = Answer::Labels(vec![0, 2]);
    let expected = vec![(1, Status::Submitted, answer.clone(), 0), (2, Status::Submitted, answer, 1)];
    assert_eq!(planned, expected);
}

#[test]
fn esc_in_a_preview_changes_nothing() {
    let mut session = list();
    press(&mut session, "* x", 1_000);
    assert!(picture(&session).contains("discard"));
    assert!(key(&mut session, Key::Esc).is_empty());
    assert_eq!(session.message, "nothing was changed");
    assert_eq!(session.mode, Mode::List);
}

#[test]
fn a_step_that_was_not_stored_says_so_and_nothing_is_called_saved() {
    let mut session = list();
    session.update(Event::SavedAll(Err("disk full".into()), Counts::default()), 1_000);
    assert_eq!(session.message, "NOT SAVED, nothing was changed: disk full");
}

#[test]
fn nothing_is_called_unchanged_where_nobody_could_look() {
    let mut session = list();
    let why = format!("{}: disk I/O error", labelry::session::MAY_BE_SAVED);
    session.update(Event::SavedAll(Err(why.clone()), Counts::default()), 1_000);
    assert_eq!(session.message, why);
}

#[test]
fn enter_opens_the_row_and_p_comes_back() {
    let mut session = list();
    press(&mut session, "j", 1_000);
    let effects = press(&mut session, "\n", 1_000);
    assert!(matches!(&effects[..], [Effect::Fetch(Want::Exactly(RecordId(2)), _)]), "{effects:?}");
    session.update(Event::Fetched(Want::Exactly(RecordId(2)), Some(loaded(2, "second"))), 1_000);
    seen(&mut session, 1_000);
    let effects = press(&mut session, "p", 2_000);
    assert!(matches!(&effects[..], [Effect::Fetch(Want::Exactly(RecordId(1)), _)]), "{effects:?}");
}

#[test]
fn another_queue_keeps_the_ticks_and_esc_brings_the_former_one_back() {
    let mut session = ready();
    press(&mut session, "2", 1_000);
    let effects = press(&mut session, "F", 1_000);
    assert!(matches!(&effects[..], [Effect::Measure(_)]));
    session.update(Event::Sizes(vec![(Queue::Flagged, Size::MoreThan(10_000))]), 1_000);
    assert!(picture(&session).contains("> 10,000"));
    let effects = press(&mut session, "flag\n", 1_000);
    assert_eq!(saves(&effects), vec![(1, Some(Status::Draft), Some(vec![1]))]);
    assert!(effects.contains(&Effect::Fetch(Want::Next(None), Queue::Flagged)));
    session.update(Event::Fetched(Want::Next(None), None), 1_000);
    assert_eq!(session.place, Place::Done);
    seen(&mut session, 1_000);
    let effects = key(&mut session, Key::Esc);
    assert!(matches!(&effects[..], [Effect::Fetch(Want::Exactly(RecordId(1)), Queue::Pending)]), "{effects:?}");
    assert!(key(&mut session, Key::Esc).is_empty(), "Esc never leaves");
}

#[test]
fn a_label_is_found_by_a_few_letters() {
    let mut session = ready();
    press(&mut session, ",bug\n", 1_000);
    let Place::At(task) = &session.place else { panic!() };
    assert_eq!(task.answers.get(&labelry::model::QuestionId(1)), Some(&Answer::Labels(vec![1])));
    assert_eq!(session.mode, Mode::Annotate);
    press(&mut session, ",pra", 1_000);
    key(&mut session, Key::Tab);
    assert!(matches!(session.mode, Mode::Menu(_)), "Tab ticks and stays");
    let Place::At(task) = &session.place else { panic!() };
    assert_eq!(task.answers.get(&labelry::model::QuestionId(1)), Some(&Answer::Labels(vec![1, 2])));
}

#[test]
fn the_palette_goes_to_records_and_does_commands() {
    let mut session = ready();
    let effects = press(&mut session, ":412\n", 1_000);
    assert_eq!(effects, vec![Effect::Fetch(Want::Named("412".into()), Queue::Pending)]);
    press(&mut session, ":guidel\n", 1_000);
    assert!(matches!(session.mode, Mode::Page(..)));
}

#[test]
fn an_undone_answer_that_nobody_touched_is_no_new_step() {
    let mut session = ready();
    let left = answered(&[0]);
    let undone = |number| {
        Event::Reversed(
            Direction::Undo,
            EventKind::Submit,
            loaded(number, "undone"),
            Box::new(left.clone()),
            Counts::default(),
        )
    };
    session.update(undone(2), 1_000);
    assert!(matches!(&session.place, Place::At(task) if task.changed()), "its ticks are shown");
    let effects = session.update(undone(1), 1_100);
    assert_eq!(saves(&effects), vec![], "a draft would end the redo");
    seen(&mut session, 1_200);
    let effects = press(&mut session, "n", 2_000);
    assert_eq!(saves(&effects), vec![(1, Some(Status::Draft), Some(vec![0]))], "leaving it keeps the ticks");
}

#[test]
fn a_record_that_does_not_exist_or_cannot_be_read_leaves_a_way_on() {
    let mut session = crate::session::session(80, 24);
    let effects = session.update(Event::Fetched(Want::Named("r-99".into()), None), 0);
    assert_eq!(effects, vec![Effect::Fetch(Want::Resume, Queue::Pending)]);
    session.update(Event::Trouble("the file could not be read".into()), 0);
    seen(&mut session, 0);
    let effects = press(&mut session, "n", 1_000);
    assert_eq!(effects, vec![Effect::Fetch(Want::Next(None), Queue::Pending)], "n tries again");
}
