//! The agreement board: figures in, pictures out, and the way to the records behind them.

use std::sync::Arc;

use labelry::model::{
    AgreementReport, Confusion, DrillDown, Figure, Findings, InsteadAnswer, Interval, LabelAgreement, Measure, Missing,
    Narrowed, PairAgreement, Policy, QuestionId, Queue, RaterAgreement, RecordId, Resampling, Role, Scope, Undefined,
};
use labelry::session::key::Key;
use labelry::session::{Effect, Event, Mode, Place, Session, Want};

use crate::session::{label, loaded, picture, press, seen, session};

fn interval(low: f64, high: f64) -> Interval {
    Interval { bounds: Some((low, high)), resamples: 1_000, undefined: 0, few: false }
}

fn figure(value: f64, low: f64, high: f64) -> Figure {
    Figure { value: Ok(value), interval: Some(interval(low, high)) }
}

fn undefined(why: Undefined) -> Figure {
    Figure { value: Err(why), interval: None }
}

fn of_label(alpha: Result<f64, Undefined>, bounds: Option<Interval>, units: u64, positives: u64) -> LabelAgreement {
    LabelAgreement { alpha, units, values: 3 * units, positives, percent: Some(0.9), interval: bounds }
}

fn person(rater: u32, values: u64, with_others: f64, prevalence: [f64; 4]) -> RaterAgreement {
    RaterAgreement {
        rater,
        values,
        units: values - 1,
        without: figure(0.6, 0.5, 0.7),
        with_others: Figure { value: Ok(with_others), interval: None },
        prevalence: prevalence.map(Some).to_vec(),
        itself: (rater == 1).then_some((12, 0.75)),
    }
}

fn pair((a, b): (u32, u32), units: u64, cohen_kappa: Figure, percent: Figure) -> PairAgreement {
    PairAgreement { a, b, units, cohen_kappa, percent }
}

fn report() -> AgreementReport {
    let instead = |label: Option<u32>, pairs: u64| Confusion {
        gave: label.map_or(InsteadAnswer::NothingElse, InsteadAnswer::Label),
        pairs,
    };
    AgreementReport {
        findings: Findings {
            narrowed: Narrowed::default(),
            units: 412,
            values: 1_236,
            overall: vec![
                (Measure::Nominal, figure(0.51, 0.45, 0.57)),
                (Measure::Masi, figure(0.59, 0.53, 0.64)),
                (Measure::Percent, Figure { value: Ok(0.56), interval: None }),
                (Measure::FleissKappa, undefined(Undefined::OneValue)),
            ],
            labels: vec![
                of_label(Ok(0.81), Some(interval(0.74, 0.88)), 412, 310),
                of_label(Ok(0.34), Some(interval(0.21, 0.47)), 412, 97),
                of_label(Err(Undefined::NobodyTicked), None, 412, 0),
                of_label(Ok(-0.02), Some(interval(-0.12, 0.31)), 88, 4),
            ],
            pairs: vec![
                pair((0, 1), 139, figure(0.29, 0.22, 0.37), figure(0.34, 0.3, 0.4)),
                pair((0, 2), 1_110, figure(0.86, 0.77, 0.95), figure(0.9, 0.8, 0.95)),
                pair((1, 2), 3, undefined(Undefined::OneValue), figure(1.0, 1.0, 1.0)),
            ],
            people: vec![
                person(0, 1_249, 0.48, [0.2, 0.4, 0.0, 0.1]),
                person(1, 139, 0.5, [0.2, 0.1, 0.0, 0.1]),
                person(2, 1_113, 0.72, [0.3, 0.1, 0.0, 0.1]),
            ],
        },
        raters: vec!["bob".into(), "c\u{1b}[2Jy".into(), "dan".into()],
        confusions: vec![
            vec![instead(Some(1), 31), instead(None, 12)],
            vec![instead(None, 1_042), instead(Some(0), 31), instead(Some(3), 2)],
            vec![],
            vec![instead(Some(1), 2)],
        ],
        seen: Some((0.25, 0.031)),
        with_intervals: true,
        labels_only: false,
        mine: labelry::model::OwnRecordsOnly::Nothing,
    }
}

/// At record 1, with the board asked for.
fn asked(columns: u16, rows: u16) -> Session {
    let mut session = session(columns, rows);
    let labels =
        ["billing", "bug", "legal threat", "字字字字字字字字字字字字字字字字\u{202e}"].iter().zip("1234".chars());
    session.dataset.questions[0].labels = labels.map(|(value, key)| label(value, key)).collect();
    session.update(Event::Fetched(Want::Resume, Some(loaded(1, "first"))), 0);
    seen(&mut session, 0);
    let effects = press(&mut session, "A", 1_000);
    assert_eq!(effects, vec![Effect::Survey(QuestionId(1), Box::default(), Resampling::NONE)]);
    session
}

fn board(columns: u16, rows: u16) -> Session {
    let mut session = asked(columns, rows);
    session.update(Event::Surveyed(QuestionId(1), Box::default(), Ok(Box::new(report()))), 1_000);
    session
}

fn key(session: &mut Session, key: Key) -> Vec<Effect> {
    session.update(Event::Input(key), 2_000)
}

#[test]
fn labels_stand_lowest_first_with_what_others_gave_instead() {
    insta::assert_snapshot!(picture(&board(120, 24)));
}

#[test]
fn at_eighty_columns_what_matters_is_still_there() {
    insta::assert_snapshot!(picture(&board(80, 24)));
}

#[test]
fn pairs_are_shaded_and_readable_without_colour() {
    let mut session = board(80, 24);
    press(&mut session, "n", 2_000);
    insta::assert_snapshot!(picture(&session));
}

#[test]
fn people_are_told_by_what_they_overuse() {
    let mut session = board(110, 24);
    press(&mut session, "p", 2_000);
    insta::assert_snapshot!(picture(&session));
}

#[test]
fn figures_without_intervals_are_shown_at_once_and_asked_for_again() {
    let mut session = asked(80, 24);
    let quick = AgreementReport { with_intervals: false, ..report() };
    let effects = session.update(Event::Surveyed(QuestionId(1), Box::default(), Ok(Box::new(quick))), 1_000);
    assert_eq!(effects, vec![Effect::Survey(QuestionId(1), Box::default(), Resampling::default())]);
    assert!(picture(&session).contains("bug"), "shown already");
    let changed = session.update(Event::Changed(session.counts), 1_000);
    assert!(changed.contains(&Effect::Survey(QuestionId(1), Box::default(), Resampling::default())), "{changed:?}");
    press(&mut session, "A", 2_000);
    assert_eq!(session.mode, Mode::Annotate);
    let changed = session.update(Event::Changed(session.counts), 3_000);
    assert!(!changed.iter().any(|effect| matches!(effect, Effect::Survey(..))), "nobody looks at it");
}

#[test]
fn the_policy_is_turned_in_place_and_figures_of_the_former_one_are_passed_over() {
    let mut session = board(80, 24);
    let effects = press(&mut session, "PPPPP", 2_000);
    let policy = Policy { drafts: true, discarded: true, missing: Missing::NoMatrix, ..Policy::default() };
    let wanted = Scope { policy, records: None };
    assert_eq!(effects.last(), Some(&Effect::Survey(QuestionId(1), Box::new(wanted.clone()), Resampling::NONE)));
    session.update(Event::Surveyed(QuestionId(1), Box::default(), Ok(Box::new(report()))), 2_000);
    let waiting = picture(&session);
    assert!(waiting.contains("submitted, drafts, and skips with an answer; no answer and no response"), "{waiting}");
    assert!(!waiting.contains("α nominal"), "{waiting}");
    let refused = Err(String::from("'--missing no' is for answers that are sets of labels"));
    session.update(Event::Surveyed(QuestionId(1), Box::new(wanted), refused), 2_000);
    assert!(picture(&session).contains("is for answers that are sets"));
    let effects = press(&mut session, "P", 2_000);
    assert_eq!(effects, vec![Effect::Survey(QuestionId(1), Box::default(), Resampling::NONE)], "round it goes");
}

/// What is asked for behind the row of the cursor, and the queue's name.
fn behind(session: &mut Session) -> (DrillDown, String) {
    match key(session, Key::Enter).remove(0) {
        Effect::Behind { behind, name, raters, .. } => {
            assert_eq!(raters.len(), 3);
            (behind, name)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn enter_asks_for_exactly_the_records_behind_the_row() {
    let mut session = board(80, 24);
    key(&mut session, Key::Down);
    assert_eq!(behind(&mut session), (DrillDown::Label(1), "divided on bug".into()));
    press(&mut session, "OO", 2_000);
    assert_eq!(behind(&mut session), (DrillDown::Label(0), "divided on billing".into()), "most frequent first");
    press(&mut session, "OnO", 2_000);
    assert_eq!(behind(&mut session), (DrillDown::Pair(0, 1), "bob ≠ c\u{1b}[2Jy".into()));
    press(&mut session, "n", 2_000);
    key(&mut session, Key::End);
    assert_eq!(behind(&mut session), (DrillDown::Person(2), "dan ≠ others".into()));
    let Effect::Behind { behind, .. } = press(&mut session, "V", 2_000).remove(0) else { panic!() };
    assert_eq!(behind, DrillDown::Any);
}

#[test]
fn the_records_become_a_queue_that_is_adjudicated_and_esc_comes_back_to_the_row() {
    let mut session = board(80, 24);
    key(&mut session, Key::Down);
    let (_, name) = behind(&mut session);
    let none = session.update(Event::Behind(name.clone(), Ok(vec![])), 2_000);
    assert_eq!((none, session.message.as_str()), (vec![], "divided on bug: no record"));
    let found = vec![RecordId(7), RecordId(3)];
    let effects = session.update(Event::Behind(name.clone(), Ok(found.clone())), 2_000);
    let queue = Queue::List(name, Arc::new(found));
    assert!(effects.contains(&Effect::Fetch(Want::Next(None), queue)), "{effects:?}");
    session.update(Event::Fetched(Want::Next(None), Some(loaded(7, "seventh"))), 2_000);
    seen(&mut session, 2_000);
    assert!(session.judging.is_some());
    assert!(matches!(&session.place, Place::At(task) if task.record.id == RecordId(7)));
    session.update(Event::Input(Key::Esc), 3_000);
    assert_eq!((session.mode.clone(), session.judging), (Mode::Board, None));
    assert_eq!(session.board.as_ref().unwrap().cursor, 1, "at the row that was left");
    assert_eq!(session.queue, Queue::Pending);
}

#[test]
fn an_annotator_labels_the_records_behind_a_row_and_sees_nobodys_answers() {
    let mut session = board(80, 24);
    session.user.role = Role::Annotator;
    session.update(Event::Behind("divided on bug".into(), Ok(vec![RecordId(7)])), 2_000);
    assert_eq!((session.judging, session.mode), (None, Mode::Annotate));
}

#[test]
fn the_records_that_count_are_chosen_like_a_queue_or_searched_for() {
    let mut session = board(80, 24);
    press(&mut session, "Fmine", 2_000);
    key(&mut session, Key::Esc);
    assert_eq!(session.mode, Mode::Board, "nothing is chosen");
    press(&mut session, "Fsubmitted", 2_000);
    let effects = key(&mut session, Key::Enter);
    let wanted = Scope { policy: Policy::default(), records: Some(Queue::Submitted) };
    assert_eq!(effects, vec![Effect::Survey(QuestionId(1), Box::new(wanted), Resampling::NONE)]);
    assert!(picture(&session).contains("skips excluded · only submitted"), "{}", picture(&session));
    let effects = press(&mut session, "/late lamp\n", 2_000);
    let wanted = Scope { policy: Policy::default(), records: Some(Queue::Search("late lamp".into())) };
    assert_eq!(effects, vec![Effect::Survey(QuestionId(1), Box::new(wanted), Resampling::NONE)]);
    assert_eq!((session.mode.clone(), &session.queue), (Mode::Board, &Queue::Pending), "my own queue stays");
    press(&mut session, "Fall", 2_000);
    let effects = key(&mut session, Key::Enter);
    assert_eq!(effects, vec![Effect::Survey(QuestionId(1), Box::default(), Resampling::NONE)]);
}

#[test]
fn a_comma_goes_to_a_label_and_ticks_nothing() {
    let mut session = board(80, 24);
    press(&mut session, ",bill\n", 2_000);
    assert_eq!((session.mode.clone(), session.board.as_ref().unwrap().cursor), (Mode::Board, 2));
    assert!(matches!(&session.place, Place::At(task) if task.answers.is_empty()));
}
