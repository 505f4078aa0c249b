//! Adjudicating: everybody's answers, and an adjudication that is nobody's answer.

use labelry::model::record_view::{Counts, Direction, NamedResponse, RecordView};
use labelry::model::{
    Adjudication, Adjudications, Answer, Entry, EventKind, QuestionId, RecordId, Response, Role, Status, UserId,
};
use labelry::session::{Effect, Event, Place, Session, Want};
use serde_json::json;

use crate::session::{loaded, picture, press, seen, session, spot};

fn gave(user: &str, status: Status, labels: Option<&[u32]>) -> NamedResponse {
    let answers = labels.map(|labels| (QuestionId(1), Answer::Labels(labels.to_vec()))).into_iter().collect();
    let response = Response {
        uid: user.into(),
        status,
        answers,
        reason: (status == Status::Discarded).then(|| "cannot tell".into()),
        active_ms: None,
        at: None,
        label_sets: [(QuestionId(1), 1)].into(),
        guidelines_version: 0,
        saw_agents: vec![],
        saw_others: false,
    };
    NamedResponse { user: user.into(), entry: Entry { response: Some(response), ..Entry::default() } }
}

fn divided(number: i64) -> Box<RecordView> {
    let held = vec![
        gave("bob", Status::Submitted, Some(&[0, 1])),
        gave("cy", Status::Submitted, Some(&[1])),
        gave("dan", Status::Submitted, Some(&[1])),
        gave("e\u{1b}ve", Status::Discarded, None),
        gave("fay", Status::Draft, Some(&[2])),
    ];
    Box::new(RecordView { held, ..*loaded(number, "the app crashed while I paid") })
}

/// Adjudicating record 1, drawn, past the fence.
fn court(columns: u16, rows: u16) -> Session {
    let mut session = session(columns, rows);
    session.update(Event::Fetched(Want::Resume, Some(divided(1))), 0);
    seen(&mut session, 0);
    let effects = press(&mut session, "V", 1_000);
    assert!(matches!(effects[..], [Effect::Fetch(Want::Exactly(RecordId(1)), _)]), "{effects:?}");
    session.update(Event::Fetched(Want::Exactly(RecordId(1)), Some(divided(1))), 1_000);
    seen(&mut session, 1_000);
    session
}

/// The adjudications of a save among the effects, and those it was based on.
fn adjudications(effects: &[Effect]) -> Vec<(Adjudications, Adjudications)> {
    let save = |effect: &Effect| match effect {
        Effect::Save(intent) if intent.kind == EventKind::Adjudication => {
            assert_eq!(intent.after.response, None, "a verdict is no response");
            Some((intent.after.adjudications.clone().unwrap(), intent.stood.clone()))
        }
        _ => None,
    };
    effects.iter().filter_map(save).collect()
}

fn adjudication(labels: serde_json::Value, reason: Option<&str>, at: i64) -> Adjudications {
    let reason = reason.map(str::to_owned);
    [(
        QuestionId(1),
        Adjudication { user: UserId(1), value: labels, reason, at: Some(at), extra: serde_json::Map::new() },
    )]
    .into()
}

#[test]
fn everybodys_answers_stand_side_by_side() {
    insta::assert_snapshot!(picture(&court(80, 24)));
}

#[test]
fn a_adjudication_is_saved_apart_with_its_reason_and_the_next_record_comes() {
    let mut session = court(80, 24);
    session.update(Event::Fetched(Want::Ahead(spot(1)), Some(divided(2))), 1_100);
    assert_eq!(press(&mut session, "\n", 2_000), vec![]);
    assert!(session.message.starts_with("nothing is decided"), "{}", session.message);
    press(&mut session, "y", 2_000);
    assert_eq!(session.message, "2 of 3 say so; Enter saves it as the verdict");
    press(&mut session, "Ea crash\n", 2_000);
    let effects = press(&mut session, "\n", 2_500);
    assert_eq!(
        adjudications(&effects),
        vec![(adjudication(json!(["bug"]), Some("a crash"), 2_500), Adjudications::new())]
    );
    assert!(matches!(&session.place, Place::At(task) if task.record.id == RecordId(2) && task.answers.is_empty()));
    session.update(Event::Saved(RecordId(1), 1, Counts::default()), 2_600);
    assert_eq!(session.message, "saved r-1: verdict bug · u undo");
    assert_eq!(session.done.submitted, 0, "it is no response of mine");
}

#[test]
fn of_answers_as_frequent_none_is_the_majoritys() {
    let mut session = session(80, 24);
    let held = vec![gave("bob", Status::Submitted, Some(&[0])), gave("cy", Status::Submitted, Some(&[]))];
    let tied = RecordView { held, ..*loaded(1, "x") };
    session.judging = Some(0);
    session.update(Event::Fetched(Want::Resume, Some(Box::new(tied))), 0);
    seen(&mut session, 0);
    press(&mut session, "y", 1_000);
    assert_eq!(session.message, "no answer was given most often");
}

#[test]
fn ticks_left_without_enter_are_told_and_never_become_my_answer() {
    let mut session = court(80, 24);
    session.update(Event::Fetched(Want::Ahead(spot(1)), Some(divided(2))), 1_100);
    let effects = press(&mut session, "1n", 2_000);
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Save(_))), "{effects:?}");
    assert_eq!(session.message, "the verdict on r-1 was not kept: Enter keeps one");
    seen(&mut session, 2_000);
    let effects = session.update(Event::HangUp, 3_000);
    assert_eq!(effects, vec![Effect::Quit]);
}

#[test]
fn a_adjudication_that_stands_is_shown_unchanged_it_writes_nothing_and_without_ticks_it_is_taken_back() {
    let mut session = session(80, 24);
    let stood = adjudication(json!(["bug", "gone long ago"]), Some("seen"), 7);
    let decided = || {
        Box::new(RecordView {
            adjudications: stood.clone(),
            adjudicates: [(UserId(1), "ana".into())].into(),
            ..*divided(1)
        })
    };
    session.judging = Some(0);
    let show = |session: &mut Session| {
        session.update(Event::Fetched(Want::Resume, Some(decided())), 0);
        seen(session, 0);
    };
    show(&mut session);
    assert!(
        picture(&session).contains("4 answers · verdict by ana: bug · seen · because seen"),
        "{}",
        picture(&session)
    );
    assert_eq!(adjudications(&press(&mut session, "\n", 1_000)), vec![]);
    show(&mut session);
    assert_eq!(adjudications(&press(&mut session, "2\n", 1_000)), vec![(Adjudications::new(), stood.clone())]);
}

#[test]
fn undoing_a_adjudication_shows_its_ticks_and_undoing_an_answer_leaves_the_court() {
    let mut session = court(80, 24);
    session.update(Event::Fetched(Want::Ahead(spot(1)), Some(divided(2))), 1_100);
    press(&mut session, "1\n", 2_000);
    let left = Entry { adjudications: Some(adjudication(json!(["billing"]), Some("paid"), 2_000)), ..Entry::default() };
    let undone = |words: &str, left: &Entry| {
        let (loaded, left) = (divided(1), Box::new(left.clone()));
        Event::Reversed(Direction::Undo, EventKind::of(words), loaded, left, Counts::default())
    };
    session.update(undone("verdict", &left), 3_000);
    let Place::At(task) = &session.place else { panic!() };
    assert_eq!((task.labels(QuestionId(1)), task.why.as_deref()), (Some(&[0][..]), Some("paid")));
    assert!(session.judging.is_some());
    session.update(undone("flag", &Entry::default()), 4_000);
    assert_eq!(session.judging, None);
}

#[test]
fn who_may_only_annotate_does_not_adjudicate() {
    let mut session = session(80, 24);
    session.user.role = Role::Annotator;
    session.update(Event::Fetched(Want::Resume, Some(divided(1))), 0);
    seen(&mut session, 0);
    assert_eq!(press(&mut session, "V", 1_000), vec![]);
    assert_eq!(session.message, "adjudicating is for the file's owner and admins");
}
