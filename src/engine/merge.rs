//! Merging: of two states of the same thing one stands, part by part, so that the order in which files are merged does
//! not matter.
//!
//! Each part is a last-writer-wins register: M. Shapiro, N. Preguiça, C. Baquero, M. Zawirski, "A comprehensive study
//! of Convergent and Commutative Replicated Data Types" (2011), specification 8. Its stamp is the pair (time, event),
//! greater in the sense of [`Stamp`]; content decides where two stamps are alike. Under [`MergeRule::Newest`] merging is
//! commutative, associative and idempotent; the other rules say whose side stands, and then order matters.

use serde::Serialize;

use crate::model::{Adjudication, Person, Response, Stamp, Status, Suggested};

/// Which of two that differ stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MergeRule {
    /// The one with the greater stamp.
    #[default]
    Newest,
    /// Ours.
    Keep,
    /// Theirs.
    Theirs,
}

impl MergeRule {
    /// The rule of a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "newest" => Some(Self::Newest),
            "keep" => Some(Self::Keep),
            "theirs" => Some(Self::Theirs),
            _ => None,
        }
    }
}

/// What became of one part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PartOutcome {
    /// They hold nothing there.
    #[default]
    Nothing,
    /// Both hold the same.
    Same,
    /// Only they held something: it was added.
    Added,
    /// Both differ, and ours stands.
    Kept,
    /// Both differ, and theirs stands.
    Replaced,
}

/// What becomes of what one person holds about a record.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Merged {
    /// What it is now; none where nothing changes.
    pub person: Option<Person>,
    /// Of the response.
    pub response: PartOutcome,
    /// Of the working copy.
    pub working: PartOutcome,
    /// Of note and flag.
    pub note: PartOutcome,
    /// Of the later passes.
    pub passes: Vec<PartOutcome>,
}

/// Whose stands, and what that is called.
fn pick<T: Serialize>(
    (ours, mine): (Option<Stamp>, Option<&T>),
    (theirs, other): (Option<Stamp>, Option<&T>),
    same: bool,
    rule: MergeRule,
) -> (bool, PartOutcome) {
    let Some(theirs) = theirs else { return (false, PartOutcome::Nothing) };
    let Some(ours) = ours else {
        return (true, if other.is_some() { PartOutcome::Added } else { PartOutcome::Nothing });
    };
    // Of two that say the same the greater stamp is kept all the same: a third file is compared with it.
    let greater = || match theirs.cmp(&ours) {
        std::cmp::Ordering::Equal => text(other) > text(mine),
        order => order.is_gt(),
    };
    let theirs_stand = match rule {
        MergeRule::Newest => greater(),
        MergeRule::Keep => same && greater(),
        MergeRule::Theirs => !same || greater(),
    };
    let fate = match (same, theirs_stand, mine.is_some(), other.is_some()) {
        (true, _, _, false) => PartOutcome::Nothing,
        (true, ..) => PartOutcome::Same,
        (_, true, false, true) => PartOutcome::Added,
        (_, true, ..) => PartOutcome::Replaced,
        _ => PartOutcome::Kept,
    };
    (theirs_stand, fate)
}

/// Content as text, to tell which of two is the greater one; who stored it is no part of it.
fn text<T: Serialize>(of: Option<&T>) -> String {
    let value = of.and_then(|of| serde_json::to_value(of).ok());
    value.map_or_else(String::new, |mut value| {
        if let Some(object) = value.as_object_mut() {
            object.remove("uid");
        }
        value.to_string()
    })
}

/// Whether two responses say the same, whoever stored them.
#[must_use]
pub fn same_response(a: Option<&Response>, b: Option<&Response>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.uid == b.uid && a == b || Response { uid: b.uid.clone(), ..a.clone() } == *b,
        (a, b) => a.is_none() && b.is_none(),
    }
}

/// What becomes of what a person holds about a record, of what we and they know of it.
#[must_use]
pub fn person(ours: Option<&Person>, theirs: &Person, rule: MergeRule) -> Merged {
    let none = Person::default();
    let ours = ours.unwrap_or(&none);
    let mut next = ours.clone();
    let (mine, other) = (ours.entry.response.as_ref(), theirs.entry.response.as_ref());
    let same = same_response(mine, other) && ours.extra == theirs.extra;
    let (take, response) = pick((ours.response_stamp(), mine), (theirs.response_stamp(), other), same, rule);
    if take {
        next.entry.response.clone_from(&theirs.entry.response);
        next.extra.clone_from(&theirs.extra);
        next.stamps.response.clone_from(&theirs.stamps.response);
    }
    let (mine, other) = (ours.entry.working.as_ref(), theirs.entry.working.as_ref());
    let (take, working) = pick((ours.working_stamp(), mine), (theirs.working_stamp(), other), mine == other, rule);
    if take {
        next.entry.working.clone_from(&theirs.entry.working);
        next.stamps.working.clone_from(&theirs.stamps.working);
    }
    let [mine, other] = [ours, theirs].map(|person| {
        let Person { entry, note_extra, .. } = person;
        (entry.note.is_some() || entry.flag || note_extra.is_some()).then_some((&entry.note, entry.flag, note_extra))
    });
    let (mine, other) = (mine.as_ref(), other.as_ref());
    let (take, note) = pick((ours.note_stamp(), mine), (theirs.note_stamp(), other), mine == other, rule);
    if take {
        next.entry.note.clone_from(&theirs.entry.note);
        next.entry.flag = theirs.entry.flag;
        next.note_extra.clone_from(&theirs.note_extra);
        next.stamps.note.clone_from(&theirs.stamps.note);
    }
    // A working copy lies beside a response that was handed in.
    if next.entry.response.as_ref().is_none_or(|response| response.status == Status::Draft) {
        next.entry.working = None;
    }
    next.entry.seen = next.entry.seen.and(&theirs.entry.seen);
    let passes = passes(&mut next, theirs, rule);
    let seen = next.entry.seen != ours.entry.seen;
    Merged { person: (next != *ours || seen).then_some(next), response, working, note, passes }
}

fn passes(next: &mut Person, theirs: &Person, rule: MergeRule) -> Vec<PartOutcome> {
    let mut fates = Vec::new();
    for (pass, (response, extra)) in &theirs.passes {
        let ours = next.passes.get(pass);
        let stamp = |response: &Response| Stamp(response.at, String::new());
        let same = ours.is_some_and(|(mine, known)| same_response(Some(mine), Some(response)) && known == extra);
        let mine = ours.map(|(mine, _)| mine);
        let (take, fate) = pick((mine.map(stamp), mine), (Some(stamp(response)), Some(response)), same, rule);
        if take {
            next.passes.insert(*pass, (response.clone(), extra.clone()));
        }
        fates.push(fate);
    }
    fates
}

/// Whether theirs is to stand, of two suggestions of one agent.
#[must_use]
pub fn suggestion(ours: Option<&Suggested>, theirs: &Suggested, rule: MergeRule) -> (bool, PartOutcome) {
    let Some(ours) = ours else { return (true, PartOutcome::Added) };
    let content = |of: &Suggested| (of.value.clone(), of.scores.clone(), of.extra.clone());
    let (mine, other) = (content(ours), content(theirs));
    let same = mine == other;
    let stamp = |at: Option<i64>| Some(Stamp(at, String::new()));
    pick((stamp(ours.at), Some(&mine)), (stamp(theirs.at), Some(&other)), same, rule)
}

/// Whether theirs is to stand, of two adjudications; who decided is compared by name.
#[must_use]
pub fn adjudication(
    ours: Option<(&Adjudication, &str)>,
    theirs: (&Adjudication, &str),
    rule: MergeRule,
) -> (bool, PartOutcome) {
    let Some(ours) = ours else { return (true, PartOutcome::Added) };
    let content = |(of, name): (&Adjudication, &str)| (of.value.clone(), of.reason.clone(), name.to_owned());
    let (mine, other) = (content(ours), content(theirs));
    let same = mine == other;
    let stamp = |at: Option<i64>| Some(Stamp(at, String::new()));
    pick((stamp(ours.0.at), Some(&mine)), (stamp(theirs.0.at), Some(&other)), same, rule)
}

/// Whether theirs is to stand, of the texts and metadata of one record, and when each was changed.
#[must_use]
pub fn content(ours: (Option<i64>, &str), theirs: (Option<i64>, &str), rule: MergeRule) -> (bool, PartOutcome) {
    let stamp = |at: Option<i64>| Some(Stamp(at, String::new()));
    let same = ours.1 == theirs.1;
    pick((stamp(ours.0), Some(&ours.1)), (stamp(theirs.0), Some(&theirs.1)), same, rule)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{MergeRule, PartOutcome, person};
    use crate::model::{Entry, Person, Response, Stamp, Stamps, Status};

    fn response(status: Status, at: Option<i64>, uid: &str) -> Response {
        Response {
            uid: uid.to_owned(),
            status,
            answers: std::collections::BTreeMap::new(),
            reason: None,
            active_ms: None,
            at,
            label_sets: std::collections::BTreeMap::new(),
            guidelines_version: 0,
            saw_agents: Vec::new(),
            saw_others: false,
        }
    }

    fn stamps() -> impl Strategy<Value = Option<Stamp>> {
        proptest::option::of((proptest::option::of(0..3i64), 0..3u8).prop_map(|(at, uid)| Stamp(at, uid.to_string())))
    }

    fn people() -> impl Strategy<Value = Person> {
        let status = prop_oneof![Just(Status::Draft), Just(Status::Submitted), Just(Status::Discarded)];
        let said = proptest::option::of((status, proptest::option::of(0..3i64), 0..3u8));
        let note = proptest::option::of("[ab]");
        (said, note, any::<bool>(), stamps(), stamps()).prop_map(|(said, note, flag, answered, noted)| Person {
            entry: Entry {
                response: said.map(|(status, at, uid)| response(status, at, &uid.to_string())),
                note,
                flag,
                ..Entry::default()
            },
            stamps: Stamps { response: answered, note: noted, working: None },
            ..Person::default()
        })
    }

    fn merge(a: &Person, b: &Person) -> Person {
        person(Some(a), b, MergeRule::Newest).person.unwrap_or_else(|| a.clone())
    }

    /// What an export shows of it.
    fn shown(of: &Person) -> (Option<Response>, Option<String>, bool) {
        let response = of.entry.response.clone();
        (response.map(|response| Response { uid: String::new(), ..response }), of.entry.note.clone(), of.entry.flag)
    }

    proptest! {
        #[test]
        fn the_order_of_merging_does_not_matter(a in people(), b in people(), c in people()) {
            prop_assert_eq!(shown(&merge(&a, &b)), shown(&merge(&b, &a)));
            let (left, right) = (merge(&merge(&a, &b), &c), merge(&a, &merge(&b, &c)));
            prop_assert_eq!(shown(&left), shown(&right));
            prop_assert_eq!(shown(&merge(&a, &a)), shown(&a));
            let both = merge(&a, &b);
            prop_assert!(person(Some(&both), &b, MergeRule::Newest).person.is_none());
        }
    }

    #[test]
    fn the_later_answer_stands_and_an_unknown_time_is_the_oldest() {
        let of = |at, uid: &str| Person {
            entry: Entry { response: Some(response(Status::Submitted, at, uid)), ..Entry::default() },
            ..Person::default()
        };
        let check = |ours: Person, theirs: Person, rule, expected| {
            assert_eq!(person(Some(&ours), &theirs, rule).response, expected);
        };
        check(of(Some(1), "a"), of(Some(2), "b"), MergeRule::Newest, PartOutcome::Replaced);
        check(of(Some(2), "a"), of(Some(1), "b"), MergeRule::Newest, PartOutcome::Kept);
        check(of(None, "a"), of(Some(1), "b"), MergeRule::Newest, PartOutcome::Replaced);
        check(of(Some(1), "a"), of(Some(2), "b"), MergeRule::Keep, PartOutcome::Kept);
        check(of(Some(2), "a"), of(Some(1), "b"), MergeRule::Theirs, PartOutcome::Replaced);
        check(of(Some(1), "a"), of(Some(1), "b"), MergeRule::Newest, PartOutcome::Same);
        assert_eq!(person(None, &of(None, "a"), MergeRule::Keep).response, PartOutcome::Added);
    }

    #[test]
    fn an_answer_is_not_lost_where_the_other_file_only_has_a_later_note() {
        let answered = Person {
            entry: Entry { response: Some(response(Status::Submitted, Some(1), "a")), ..Entry::default() },
            ..Person::default()
        };
        let noted = Person {
            entry: Entry { note: Some(String::from("why?")), ..Entry::default() },
            stamps: Stamps { note: Some(Stamp(Some(9), String::from("e"))), ..Stamps::default() },
            ..Person::default()
        };
        let both = merge(&answered, &noted);
        assert!(both.entry.response.is_some() && both.entry.note.is_some());
        assert_eq!(shown(&both), shown(&merge(&noted, &answered)));
    }
}
