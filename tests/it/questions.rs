//! Several questions of several kinds, suggestions, similar records: keys in, effects and pictures out.

use labelry::model::{
    Answer, Label, Neighbour, Question, QuestionId, QuestionKind, RecordId, Status, Suggestion, Uid, VectorSpace,
};
use labelry::session::key::Key;
use labelry::session::keymap::Keymap;
use labelry::session::{Effect, Event, Mode, Place, Session, Want};

use crate::session::{label, loaded, picture, press, ready, seen, session};

fn question(id: i64, name: &str, kind: QuestionKind, required: bool, labels: Vec<Label>) -> Question {
    Question {
        id: QuestionId(id),
        uid: Uid(name.into()),
        name: name.into(),
        title: name.into(),
        kind,
        required,
        min: Some(1),
        max: Some(5),
        label_set: 1,
        labels,
    }
}

/// Topics, an urgency, a language and a reason.
fn survey() -> Session {
    let mut session = session(80, 24);
    session.dataset.questions.extend([
        question(2, "urgency", QuestionKind::Rating, true, vec![]),
        question(3, "language", QuestionKind::Label, true, vec![label("en", '1'), label("de", '2')]),
        question(4, "why", QuestionKind::Text, false, vec![]),
        question(5, "order", QuestionKind::Ranking, false, vec![]),
    ]);
    session.update(Event::Fetched(Want::Resume, Some(loaded(1, "first"))), 0);
    seen(&mut session, 0);
    session
}

fn answer(session: &Session, question: i64) -> Option<Answer> {
    let Place::At(task) = &session.place else { panic!() };
    task.answers.get(&QuestionId(question)).cloned()
}

fn key(session: &mut Session, key: Key) -> Vec<Effect> {
    session.update(Event::Input(key), 1_000)
}

#[test]
fn enter_goes_to_the_required_question_that_is_missing() {
    let mut session = survey();
    assert!(press(&mut session, "1\n", 1_000).is_empty());
    assert_eq!((session.question, session.message.as_str()), (1, "urgency: a rating is missing · x discard"));
    assert!(press(&mut session, "4\n", 1_000).is_empty());
    assert_eq!(session.message, "language: one label has to be chosen · x discard");
    let effects = press(&mut session, "12\n", 1_000);
    let Some(Effect::Save(intent)) = effects.first() else { panic!("{effects:?}") };
    let response = intent.after.response.as_ref().unwrap();
    assert_eq!(response.status, Status::Submitted);
    let expected = [(1, Answer::Labels(vec![0])), (2, Answer::Rating(4.0)), (3, Answer::Labels(vec![1]))];
    let expected = expected.map(|(id, answer)| (QuestionId(id), answer));
    assert_eq!(response.answers, expected.into(), "a second choice takes the first one's place");
}

#[test]
fn a_text_is_written_in_an_editor_whose_enter_is_a_newline() {
    let mut session = survey();
    press(&mut session, "1", 1_000);
    key(&mut session, Key::BackTab);
    assert_eq!(answer(&session, 5), None, "a ranking is only shown");
    key(&mut session, Key::BackTab);
    assert_eq!(session.mode, Mode::Write);
    press(&mut session, "12 x\nq", 1_000);
    assert_eq!(answer(&session, 4), Some(Answer::Text("12 x\nq".into())));
    assert!(picture(&session).contains("12 x"));
    key(&mut session, Key::Esc);
    press(&mut session, "u", 1_000);
    assert_eq!(answer(&session, 4), None, "one step of undo for all that was typed");
    press(&mut session, "u", 1_000);
    assert_eq!(answer(&session, 1), None);
}

#[test]
fn pasted_text_goes_into_an_editor_and_nowhere_else() {
    let mut session = survey();
    session.update(Event::Paste("12".into()), 1_000);
    assert_eq!(answer(&session, 1), None);
    session.question = 3;
    press(&mut session, " ", 2_000);
    session.update(Event::Paste("12\r\nmore".into()), 2_000);
    session.update(Event::Unended(" and".into()), 2_000);
    assert!(session.message.contains("what came, 4 bytes, is kept"), "{}", session.message);
    assert_eq!(answer(&session, 4), Some(Answer::Text("12\nmore and".into())));
}

#[test]
fn a_label_that_excludes_the_others_stands_alone() {
    let mut session = ready();
    session.dataset.questions[0].labels[2].exclusive = true;
    press(&mut session, "12", 1_000);
    press(&mut session, "3", 1_000);
    assert_eq!(answer(&session, 1), Some(Answer::Labels(vec![2])));
    press(&mut session, "1", 1_000);
    assert_eq!(answer(&session, 1), Some(Answer::Labels(vec![0])));
}

#[test]
fn a_letter_that_was_given_to_an_action_is_no_labels_key_any_more() {
    let mut session = ready();
    session.dataset.questions[0].labels[0].key = Some('a');
    press(&mut session, "a", 1_000);
    assert_eq!(answer(&session, 1), Some(Answer::Labels(vec![0])));
    session.keymap = Keymap::preset("prodigy").unwrap();
    assert!(!picture(&session).contains("a [x] billing"), "and it is not shown as one");
    assert_eq!(session.keyless().unwrap(), "'a' is no label key with these settings: , finds billing");
    let effects = press(&mut session, "a", 1_000);
    assert!(matches!(effects.first(), Some(Effect::Save(_))), "it submits: {effects:?}");
}

/// A record with suggestions of two agents and two neighbours.
fn beside(columns: u16, rows: u16) -> Session {
    let mut session = session(columns, rows);
    session.dataset.vectors = vec![VectorSpace { name: "minilm".into(), dimensions: 2 }];
    let suggestion = |agent: &str, labels: &[u32], scores: &[(u32, f64)]| Suggestion {
        question: QuestionId(1),
        agent: agent.into(),
        answer: Answer::Labels(labels.to_vec()),
        scores: scores.iter().copied().collect(),
    };
    let mut first = loaded(1, "The parcel came late, and you charged my card twice.");
    first.suggestions =
        vec![suggestion("centroid", &[0], &[(0, 0.91), (1, 0.12), (2, 0.04)]), suggestion("keywords", &[1], &[])];
    session.update(Event::Fetched(Want::Resume, Some(first)), 0);
    seen(&mut session, 0);
    let neighbour = |number, score, text: &str, answers: &[(&str, &[u32])]| {
        let mut near = loaded(number, text);
        near.held = answers.iter().map(|(user, labels)| held(user, labels)).collect();
        Neighbour { record: near.record, score, held: near.held }
    };
    let found = vec![
        neighbour(7, 0.97, "charged twice in one month", &[("ana", &[1]), ("bob", &[0]), ("eva", &[0])]),
        neighbour(3, 0.62, "late again", &[("bob", &[]), ("eva", &[2])]),
        neighbour(4, 0.40, "hello", &[]),
    ];
    session.update(Event::Similar(RecordId(1), 0, Ok(found)), 0);
    session
}

fn held(user: &str, labels: &[u32]) -> labelry::model::record_view::NamedResponse {
    let response = labelry::model::Response {
        uid: format!("{user}-1"),
        status: Status::Submitted,
        answers: [(QuestionId(1), Answer::Labels(labels.to_vec()))].into(),
        reason: None,
        active_ms: None,
        at: None,
        label_sets: [(QuestionId(1), 1)].into(),
        guidelines_version: 0,
        saw_agents: vec![],
        saw_others: false,
    };
    let entry = labelry::model::Entry { response: Some(response), version: 1, ..Default::default() };
    labelry::model::record_view::NamedResponse { user: user.into(), entry }
}

#[test]
fn suggestions_are_never_ticked_by_themselves_and_y_takes_the_first() {
    let mut session = beside(80, 24);
    assert_eq!(answer(&session, 1), None);
    assert!(press(&mut session, "y", 1_000).is_empty(), "Enter still submits");
    assert_eq!(answer(&session, 1), Some(Answer::Labels(vec![0])));
    assert_eq!(session.message, "taken from centroid; Enter submits");
}

#[test]
fn what_is_hidden_is_not_shown_not_taken_and_not_recorded_as_seen() {
    let mut session = beside(80, 24);
    session.dataset.hide = labelry::model::Hide::Both;
    let picture = picture(&session);
    assert!(!picture.contains(".91") && !picture.contains("centroid"), "{picture}");
    assert!(picture.contains("hidden till yours") && !picture.contains("1 × none"), "{picture}");
    assert!(picture.contains("you bug ≠ 2 × billing"), "I answered that one: {picture}");
    press(&mut session, "y", 1_000);
    assert_eq!(answer(&session, 1), None);
    let effects = press(&mut session, "2\n", 1_000);
    let Some(Effect::Save(intent)) = effects.first() else { panic!("{effects:?}") };
    let response = intent.after.response.as_ref().unwrap();
    assert_eq!((response.saw_others, response.saw_agents.len()), (false, 0));
}

#[test]
fn what_was_on_the_screen_is_recorded_with_the_submit() {
    let mut session = beside(80, 24);
    let effects = press(&mut session, "2\n", 1_000);
    let Some(Effect::Save(intent)) = effects.first() else { panic!("{effects:?}") };
    assert_eq!(intent.after.response.as_ref().unwrap().saw_agents, ["centroid", "keywords"]);
}

#[test]
fn the_screen_with_suggestions_and_similar_records_at_120_by_40() {
    let mut session = beside(120, 40);
    press(&mut session, "1", 1_000);
    insta::assert_snapshot!(picture(&session));
}

#[test]
fn the_screen_with_thirty_labels_at_80_by_24() {
    let mut session = beside(80, 24);
    let keys: Vec<char> = ('1'..='9').chain("abcdefghilmostvwz".chars()).collect();
    let thirty = (0..30).map(|n| {
        let mut label = label(&format!("label {n}"), ' ');
        label.key = keys.get(n).copied();
        label
    });
    session.dataset.questions[0].labels = thirty.collect();
    press(&mut session, "1b", 1_000);
    insta::assert_snapshot!(picture(&session));
}

#[test]
fn in_the_queue_of_a_later_label_enter_answers_it_and_it_is_marked_till_then() {
    let mut session = session(80, 24);
    session.dataset.questions[0].label_set = 2;
    session.dataset.questions[0].labels[2].since = 2;
    session.queue = labelry::model::Queue::NotOffered(QuestionId(1), 2);
    let mut first = loaded(1, "first");
    first.entry = held("ana", &[0]).entry;
    session.update(Event::Fetched(Want::Resume, Some(first)), 0);
    seen(&mut session, 0);
    assert!(picture(&session).contains("3 [?] praise"), "{}", picture(&session));
    let effects = press(&mut session, "\n", 1_000);
    let Some(Effect::Save(intent)) = effects.first() else { panic!("{effects:?}") };
    let response = intent.after.response.as_ref().unwrap();
    assert_eq!(
        (response.label_sets[&QuestionId(1)], response.answers[&QuestionId(1)].clone()),
        (2, Answer::Labels(vec![0]))
    );
}
