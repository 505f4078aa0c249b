//! Merging converges: in whatever order, and however often, files are merged, the content is the same.
//!
//! `LABELRY_MERGES` says how many histories are tried.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use labelry::engine::merge::MergeRule;
use labelry::jobs::import::{Import, import};
use labelry::jobs::labels;
use labelry::jobs::merge::{Merge, merge};
use labelry::jobs::{Caller, JobContext};
use labelry::model::transfer::LabelFull;
use labelry::model::{Answer, Dataset, Entry, EventKind, RecordId, Response, Role, Status, Timestamp, Uid, User};
use labelry::progress::Silent;
use labelry::store::sqlite::SqliteStore;
use labelry::store::{Find, PartStore, Save, Store};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

const RECORDS: usize = 4;
const PEOPLE: [&str; 3] = ["ana", "ben", "eva"];

/// What somebody does in a copy of the file.
#[derive(Debug, Clone)]
enum Did {
    /// Submits labels, by what is left of the number.
    Submit(usize, usize, u8),
    /// Discards.
    Discard(usize, usize),
    /// Writes a note, or takes it back.
    Note(usize, usize, Option<&'static str>),
    /// Changes a submitted response without handing it in.
    Working(usize, usize, u8),
    /// Takes the response back.
    Retract(usize, usize),
    /// Adds a label.
    Label(&'static str),
}

fn deeds() -> impl Strategy<Value = Vec<(i64, Did)>> {
    let (who, what) = (0..PEOPLE.len(), 0..RECORDS);
    let did = prop_oneof![
        4 => (who.clone(), what.clone(), any::<u8>()).prop_map(|(a, b, c)| Did::Submit(a, b, c)),
        1 => (who.clone(), what.clone()).prop_map(|(a, b)| Did::Discard(a, b)),
        2 => (who.clone(), what.clone(), prop_oneof![Just(None), Just(Some("hm")), Just(Some("why"))])
            .prop_map(|(a, b, c)| Did::Note(a, b, c)),
        1 => (who.clone(), what.clone(), any::<u8>()).prop_map(|(a, b, c)| Did::Working(a, b, c)),
        1 => (who, what).prop_map(|(a, b)| Did::Retract(a, b)),
        2 => prop_oneof![Just("x"), Just("y"), Just("z")].prop_map(Did::Label),
    ];
    // Few times, so that two files often change one thing at the same one.
    proptest::collection::vec((100..104i64, did), 0..7)
}

fn base(folder: &Path) -> PathBuf {
    let path = folder.join("base.db");
    let mut store = SqliteStore::open_or_create(&path).unwrap();
    let mut number = 0;
    let mut uid = || {
        number += 1;
        Uid(format!("base-{number:03}"))
    };
    for name in PEOPLE {
        store.create_user(&uid(), name, Role::Annotator, Timestamp(1)).unwrap();
    }
    let boss = store.create_user(&uid(), "boss", Role::Owner, Timestamp(1)).unwrap();
    let lines: Vec<String> =
        (0..RECORDS).map(|n| format!(r#"{{"id": "r{n}", "fields": {{"text": "text {n}"}}}}"#)).collect();
    std::fs::write(folder.join("d.jsonl"), lines.join("\n")).unwrap();
    let label = |value: &str| LabelFull { value: value.to_owned(), ..LabelFull::default() };
    let wanted = Import {
        files: vec![folder.join("d.jsonl")],
        labels: ["a", "b", "c"].map(label).to_vec(),
        by: Some(Caller::from(&boss)),
        ..Import::default()
    };
    import(&mut store, &wanted, &mut JobContext { at: Timestamp(2), uid: &mut uid }, &Silent).unwrap();
    path
}

fn copy(of: &Path, name: &str) -> PathBuf {
    let to = of.with_file_name(format!("{name}.db"));
    SqliteStore::open(of).unwrap().backup(&to).unwrap();
    to
}

fn user(store: &mut SqliteStore, name: &str) -> User {
    store.users().unwrap().into_iter().find(|user| user.name == name).unwrap()
}

fn record(store: &mut SqliteStore, dataset: &Dataset, number: usize) -> RecordId {
    store.find(dataset.id, &Find::External(&format!("r{number}"))).unwrap().unwrap()
}

/// The labels of a question that the bits of a number choose.
fn chosen(dataset: &Dataset, bits: u8) -> Answer {
    let labels = (0..dataset.questions[0].labels.len() as u32).filter(|label| bits >> (label % 8) & 1 == 1);
    Answer::Labels(labels.collect())
}

fn act(path: &Path, name: &str, deeds: &[(i64, Did)]) {
    let mut store = SqliteStore::open(path).unwrap();
    for (number, (at, did)) in deeds.iter().enumerate() {
        let uid = Uid(format!("{name}-{number}"));
        let dataset = store.datasets().unwrap().remove(0);
        let (who, what) = match did {
            Did::Label(value) => {
                add_label(&mut store, &dataset, value, *at, &uid);
                continue;
            }
            Did::Submit(who, what, _)
            | Did::Discard(who, what)
            | Did::Note(who, what, _)
            | Did::Working(who, what, _)
            | Did::Retract(who, what) => (*who, *what),
        };
        let user = user(&mut store, PEOPLE[who]).id;
        let record = record(&mut store, &dataset, what);
        let entry = store.entry(user, record).unwrap();
        let Some(after) = after(&dataset, &entry, did, *at, &uid) else { continue };
        let save = Save {
            event: uid.clone(),
            changeset: uid.clone(),
            session: Uid(name.to_owned()),
            kind: EventKind::Submit,
            dataset: dataset.id,
            user,
            record,
            after,
            stood: BTreeMap::default(),
            at: Timestamp(*at),
        };
        store.save(&save).unwrap();
    }
}

fn add_label(store: &mut SqliteStore, dataset: &Dataset, value: &str, at: i64, uid: &Uid) {
    let by = Caller::from(&user(store, "boss"));
    let label = LabelFull { value: value.to_owned(), ..LabelFull::default() };
    let mut more = 0;
    let mut fresh = || {
        more += 1;
        Uid(format!("{}-{more}", uid.0))
    };
    let mut given = JobContext { at: Timestamp(at), uid: &mut fresh };
    // One that is there already is refused.
    let _there = labels::add(store, &by, (dataset, &dataset.questions[0]), &[label], &mut given);
}

/// What an entry becomes; none where nothing comes of it.
fn after(dataset: &Dataset, entry: &Entry, did: &Did, at: i64, uid: &Uid) -> Option<Entry> {
    let question = &dataset.questions[0];
    let response = |status, answer| Response {
        uid: entry.response.as_ref().map_or_else(|| uid.0.clone(), |known| known.uid.clone()),
        status,
        answers: [(question.id, answer)].into(),
        reason: None,
        active_ms: Some(7),
        at: Some(at),
        label_sets: [(question.id, question.label_set)].into(),
        guidelines_version: 0,
        saw_agents: Vec::new(),
        saw_others: false,
    };
    let answered = |status, bits| {
        Some(Entry { response: Some(response(status, chosen(dataset, bits))), working: None, ..entry.clone() })
    };
    match did {
        Did::Submit(.., bits) => answered(Status::Submitted, *bits),
        Did::Discard(..) => answered(Status::Discarded, 1),
        Did::Note(.., note) => Some(Entry { note: note.map(str::to_owned), ..entry.clone() }),
        Did::Working(.., bits) => {
            entry.response.as_ref()?;
            Some(Entry { working: Some([(question.id, chosen(dataset, *bits))].into()), ..entry.clone() })
        }
        Did::Retract(..) => Some(Entry { response: None, working: None, ..entry.clone() }),
        Did::Label(_) => None,
    }
}

fn merged(into: &Path, others: &[&Path]) -> bool {
    let mut store = SqliteStore::open(into).unwrap();
    let mut changed = false;
    let before = store.changes_since(0).unwrap();
    for other in others {
        let mut theirs = SqliteStore::open_other(other).unwrap();
        let mut number = 0;
        let mut uid = || {
            number += 1;
            Uid(format!("{}-{}-{before}-{number}", into.display(), other.display()))
        };
        let mut given = JobContext { at: Timestamp(1_000), uid: &mut uid };
        let by = Some(Caller::from(&user(&mut store, "boss")));
        let wanted = Merge {
            rule: MergeRule::Newest,
            by,
            name: String::from("other"),
            kind: EventKind::Merge,
            ..Merge::default()
        };
        changed |= merge(&mut store, &mut theirs, &wanted, &mut given, None, &Silent).unwrap().changed;
    }
    assert_eq!(store.check(&Silent).unwrap(), []);
    changed
}

/// What a file says, whatever its keys, orders and numbers are.
fn content(path: &Path) -> String {
    let mut store = SqliteStore::open(path).unwrap();
    let users = store.users().unwrap();
    let dataset = store.datasets().unwrap().remove(0);
    let question = &dataset.questions[0];
    let mut labels: Vec<_> = question.labels.iter().map(|label| (&label.value, label.retired.is_some())).collect();
    labels.sort();
    let mut out = format!("{labels:?}\n");
    let values = |answer: &Answer| match answer {
        Answer::Labels(labels) => {
            let mut values: Vec<_> = labels.iter().map(|at| question.labels[*at as usize].value.clone()).collect();
            values.sort();
            format!("{values:?}")
        }
        other => other.value().unwrap().to_string(),
    };
    for record in store.whole_after(dataset.id, RecordId(0), 1_000).unwrap() {
        writeln!(out, "{}", record.natural_key).unwrap();
        for (id, person) in &record.people {
            let name = &users.iter().find(|user| user.id == *id).unwrap().name;
            if let Some(response) = &person.entry.response {
                let set = response.label_sets[&question.id];
                let mut offered: Vec<_> =
                    question.labels.iter().filter(|label| label.offered_in(set)).map(|label| &label.value).collect();
                offered.sort();
                let answer = values(&response.answers[&question.id]);
                writeln!(out, "  {name} {:?} {answer} of {offered:?} at {:?}", response.status, response.at).unwrap();
            }
            if let Some(working) = &person.entry.working {
                writeln!(out, "  {name} changes to {}", values(&working[&question.id])).unwrap();
            }
            if person.entry.note.is_some() {
                writeln!(out, "  {name} notes {:?}", person.entry.note).unwrap();
            }
        }
    }
    out
}

#[test]
fn files_merged_in_any_order_and_twice_say_the_same() {
    let cases = std::env::var("LABELRY_MERGES").ok().and_then(|count| count.parse().ok()).unwrap_or(16);
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let done = runner.run(&(deeds(), deeds(), deeds()), |(a, b, c)| {
        let folder = tempfile::tempdir().unwrap();
        let base = base(folder.path());
        let [a, b, c] = [("a", a), ("b", b), ("c", c)].map(|(name, deeds)| {
            let path = copy(&base, name);
            act(&path, name, &deeds);
            path
        });
        let first = copy(&base, "first");
        merged(&first, &[&a, &b, &c]);
        let expected = content(&first);
        prop_assert!(!merged(&first, &[&a, &c, &b]), "merging once more changed something");
        prop_assert_eq!(&content(&first), &expected);
        let second = copy(&base, "second");
        merged(&second, &[&c, &a, &b]);
        prop_assert_eq!(&content(&second), &expected, "another order");
        // (b + c) into a: another grouping, and another file that is merged into.
        let both = copy(&b, "both");
        merged(&both, &[&c]);
        let third = copy(&a, "third");
        merged(&third, &[&both]);
        prop_assert_eq!(&content(&third), &expected, "another grouping");
        merged(&both, &[&third]);
        prop_assert_eq!(&content(&both), &expected, "and back");
        Ok(())
    });
    if let Err(why) = done {
        panic!("{why}");
    }
}
