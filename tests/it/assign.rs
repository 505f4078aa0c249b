//! Who labels what: plans and leases, with the real binary and with many people at once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use labelry::model::transfer::DatasetSpec;
use labelry::model::{
    Capacity, DatasetId, Entry, EventKind, LeaseRequest, Plan, Queue, RecordId, Response, Role, Spot, Status,
    Timestamp, Uid, UserId,
};
use labelry::store::sqlite::SqliteStore;
use labelry::store::{AssignmentStore, Change, NewRecord, Save, Store};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::cases::{HEADER, command, done, folder, refused, write};
use crate::pty::Terminal;

/// `count` records in the dataset d, every fourth from another source, and ana (owner), ben and cy.
fn ground(count: usize) -> tempfile::TempDir {
    let folder = folder();
    let record = |at: usize| {
        let source = if at.is_multiple_of(4) { "form" } else { "mail" };
        json!({"id": format!("r{at}"), "fields": {"text": format!("text {at}")}, "metadata": {"source": source}})
            .to_string()
    };
    let lines: Vec<String> = std::iter::once(HEADER.to_owned()).chain((1..=count).map(record)).collect();
    write(folder.path(), "d.jsonl", &lines.iter().map(String::as_str).collect::<Vec<_>>());
    done(folder.path(), &["import", "d.jsonl"]);
    for name in ["ben", "cy"] {
        done(folder.path(), &["users", "create", name]);
    }
    folder
}

fn submit(folder: &Path, who: &str, records: &[&str]) {
    let row = |id: &&str| json!({"id": id, "user": who, "label": ["tax"], "status": "submitted"}).to_string();
    let lines: Vec<String> = records.iter().map(row).collect();
    write(folder, "more.jsonl", &lines.iter().map(String::as_str).collect::<Vec<_>>());
    let args = ["import", "more.jsonl", "--dataset", "d", "--item", "id", "--rater", "user", "--value", "label"];
    done(folder, &args);
}

fn pending(folder: &Path) -> BTreeMap<String, u64> {
    let found: Value = serde_json::from_str(&done(folder, &["progress", "d", "--json"])).unwrap();
    let people = found["annotators"].as_array().unwrap();
    people.iter().map(|one| (one["name"].as_str().unwrap().to_owned(), one["pending"].as_u64().unwrap())).collect()
}

/// Records of somebody's queue.
fn queue(folder: &Path, who: &str) -> BTreeSet<String> {
    let output = command(folder, &["export", "d", "--query", "pending"]).env("USER", who).output().unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    let id = |line: &str| serde_json::from_str::<Value>(line).unwrap()["id"].as_str().unwrap().to_owned();
    lines.lines().skip(1).map(id).collect()
}

#[test]
fn a_plan_is_shown_before_it_is_made_and_dealt_evenly() {
    let folder = ground(40);
    let at = folder.path();
    let args = ["assign", "d", "--overlap", "0.25", "--raters", "3", "--seed", "7", "--users", "ana,ben,cy"];
    let would = done(at, &[&args[..], &["--dry-run"]].concat());
    assert!(would.starts_with("d: would be 40 records, 10 wanted by 3 people and 30 by one; 60 answers, 0"), "{would}");
    assert!(done(at, &["assign", "d"]).contains("d has no plan: everybody gets every record"));
    let said = done(at, &args);
    assert_eq!(said.replacen("d:", "d: would be", 1), would);
    assert_eq!(pending(at), [("ana", 20), ("ben", 20), ("cy", 20)].map(|(name, n)| (name.to_owned(), n)).into());
    let (ana, ben, cy) = (queue(at, "ana"), queue(at, "ben"), queue(at, "cy"));
    assert_eq!(ana.union(&ben).chain(&cy).collect::<BTreeSet<_>>().len(), 40);
    assert_eq!(&(&ana & &ben) & &cy, &ana & &ben, "who shares a record shares it with all three");
    assert_eq!((&ana & &ben).len(), 10);
    assert!(done(at, &["assign", "d"]).contains("25 % of the records want 3 people, the others one; seed 7"));
    done(at, &["assign", "d", "--clear"]);
    assert_eq!(queue(at, "ben").len(), 40);
}

#[test]
fn a_plan_is_changed_midway_without_touching_finished_work() {
    let folder = ground(30);
    let at = folder.path();
    done(at, &["assign", "d", "--users", "ana,ben"]);
    let mine = queue(at, "ben");
    let finished: Vec<&str> = mine.iter().take(6).map(String::as_str).collect();
    submit(at, "ben", &finished);
    let said = done(at, &["assign", "d", "--quota", "ben=8", "--users", "ana,cy"]);
    assert!(said.contains("30 answers, 6 of them given"), "{said}");
    assert_eq!(pending(at), [("ana", 11), ("ben", 2), ("cy", 11)].map(|(name, n)| (name.to_owned(), n)).into());
    let left = queue(at, "ben");
    assert!(finished.iter().all(|id| !left.contains(*id) && !queue(at, "cy").contains(*id)));
    let said = done(at, &["assign", "d", "--quota", "ben=8", "--quota", "cy=4"]);
    assert!(said.contains("18 answers are left without anybody"), "{said}");
}

#[test]
fn a_share_of_each_source_overlaps() {
    let folder = ground(40);
    let at = folder.path();
    done(at, &["assign", "d", "--overlap", "0.5", "--stratify", "metadata.source", "--users", "ana,ben"]);
    let both = &queue(at, "ana") & &queue(at, "ben");
    let forms = both.iter().filter(|id| id[1..].parse::<usize>().unwrap().is_multiple_of(4)).count();
    assert_eq!((both.len(), forms), (20, 5));
}

#[test]
fn what_cannot_be_dealt_is_refused_with_the_way_out() {
    let folder = ground(4);
    let at = folder.path();
    done(at, &["workspaces", "add-user", "default", "ben"]);
    assert!(refused(at, &["assign", "d", "--users", "cy"]).contains("'cy' may not label 'd'"));
    assert!(refused(at, &["assign", "d", "--users", "dan"]).contains("there is no user 'dan'"));
    assert!(refused(at, &["assign", "d", "--users", "ben,ben"]).contains("'ben' is named twice"));
    for (args, words) in [
        (&["--overlap", "1.5"][..], "a share from 0 to 1"),
        (&["--overlap", "0.5", "--raters", "3", "--users", "ben"], "3 people are wanted for some records"),
        (&["--overlap", "0.5", "--stratify", "source"], "names a key of the metadata"),
        (&["--quota", "ben"], "expected NAME=N"),
    ] {
        let output = command(at, &[&["assign", "d"], args].concat()).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && said.contains(words), "{said}");
    }
    let output = command(at, &["assign", "d", "--overlap", "0.5"]).env("USER", "ben").output().unwrap();
    assert!(String::from_utf8(output.stderr).unwrap().contains("'ben' is annotator here and may not do this"));
}

#[test]
fn min_submitted_is_set_and_taken_back() {
    let folder = ground(4);
    let at = folder.path();
    let said = done(at, &["datasets", "set", "d", "--min-submitted", "1", "--hide", "none", "--order", "shuffle:3"]);
    assert_eq!(said, "d · hide none · order shuffle:3 · min_submitted 1 · guidelines 0\n");
    submit(at, "ben", &["r1", "r2"]);
    assert_eq!(queue(at, "cy"), ["r3", "r4"].map(str::to_owned).into());
    write(at, "how.md", &["# How", "read"]);
    assert!(done(at, &["datasets", "set", "d", "--guidelines", "@how.md"]).contains("guidelines 1"));
    done(at, &["datasets", "set", "d", "--min-submitted", "2"]);
    assert_eq!(queue(at, "cy").len(), 4);
    let events = done(at, &["history", "--json", "--limit", "1"]);
    let event: Value = serde_json::from_str(events.lines().next().unwrap()).unwrap();
    done(at, &["history", "undo", &event["event"].to_string()]);
    assert_eq!(queue(at, "cy"), ["r3", "r4"].map(str::to_owned).into(), "as before");
    done(at, &["datasets", "set", "d", "--min-submitted", "none"]);
    assert_eq!(queue(at, "cy").len(), 4);
    let output = command(at, &["datasets", "set", "d"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "nothing to set is wrong usage");
}

#[test]
fn two_people_at_one_moment_get_different_records_and_what_is_left_is_free_again() {
    let folder = ground(6);
    let at = folder.path();
    done(at, &["datasets", "set", "d", "--min-submitted", "1"]);
    let args = ["--db", "labelry.db"];
    let mut ben = Terminal::run(at, 80, 24, &args, &[("USER", "ben")]);
    ben.until("d r1 · pending");
    // What is on the screen and what is in hand are ben's.
    let mut cy = Terminal::run(at, 80, 24, &args, &[("USER", "cy")]);
    let picture = cy.until(" · pending");
    assert!(picture.contains("d r3 · pending") || picture.contains("d r2 · pending"), "{picture}");
    ben.press("q");
    ben.until("q again leaves");
    ben.press("q");
    ben.ended();
    let mut ana = Terminal::run(at, 80, 24, &args, &[("USER", "ana")]);
    ana.until("d r1 · pending");
}

#[test]
fn nothing_of_a_plan_is_left_when_its_import_is_undone() {
    let folder = ground(4);
    let at = folder.path();
    done(at, &["assign", "d", "--users", "ana,ben"]);
    let events = done(at, &["history", "--json"]);
    let events = events.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let import = events.filter(|event| event["kind"] == "import").map(|event| event["event"].to_string()).next();
    done(at, &["history", "undo", &import.unwrap()]);
    assert_eq!(done(at, &["datasets", "list"]), "");
    done(at, &["import", "d.jsonl"]);
    assert!(done(at, &["assign", "d"]).contains("d has no plan"));
    assert_eq!(queue(at, "cy").len(), 4);
    done(at, &["datasets", "set", "d", "--min-submitted", "1"]);
    assert_eq!(queue(at, "cy").len(), 4);
    assert!(done(at, &["check"]).starts_with("ok"));
}

const TIMES: i64 = 100;

/// Records that want some people, and people who take, submit, leave and fall asleep.
struct World {
    _folder: tempfile::TempDir,
    store: SqliteStore,
    dataset: DatasetId,
    people: Vec<UserId>,
    sessions: Vec<Uid>,
    on_screen: Vec<Option<(RecordId, i64)>>,
    wanted: BTreeMap<RecordId, u32>,
    done: BTreeMap<RecordId, BTreeSet<usize>>,
    /// Records that somebody had on the screen longer than they were held.
    slept: BTreeSet<RecordId>,
    now: i64,
    made: u32,
}

impl World {
    fn new(wanted: &[u32], people: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut store = SqliteStore::open_or_create(&folder.path().join("x.db")).unwrap();
        let mut made = 0;
        let mut uid = || {
            made += 1;
            Uid(format!("u{made}"))
        };
        let spec = DatasetSpec { name: "d".into(), ..DatasetSpec::default() };
        let dataset = store.create_dataset(&spec, Timestamp(0), &mut uid).unwrap();
        let mut records = Vec::new();
        for at in 0..wanted.len() {
            let natural_key = &format!("id:{at}");
            let record =
                NewRecord { uid: uid(), external_id: None, natural_key, fields: "{}", metadata: "{}", extra: "{}" };
            records.push(store.add_record(dataset, &record).unwrap());
        }
        store.finish_bulk(dataset, &uid(), None, Timestamp(0), "{}").unwrap();
        let people: Vec<UserId> = (0..people)
            .map(|at| store.create_user(&uid(), &format!("p{at}"), Role::Annotator, Timestamp(0)).unwrap().id)
            .collect();
        let wanted: BTreeMap<RecordId, u32> = records.into_iter().zip(wanted.iter().copied()).collect();
        let slots: Vec<Capacity> =
            wanted.iter().map(|(record, wanted)| Capacity { record: *record, wanted: *wanted }).collect();
        let plan = Plan { overlap: 0.5, raters: 2, seed: 1, stratify: None, people: vec![] };
        let change = Change { event: uid(), changeset: uid(), user: None, at: Timestamp(0) };
        store.set_plan(dataset, Some(&plan), &slots, &[], &change).unwrap();
        let sessions = (0..people.len()).map(|at| Uid(format!("s{at}"))).collect();
        let on_screen = vec![None; people.len()];
        let (done, slept) = (BTreeMap::new(), BTreeSet::new());
        Self { _folder: folder, store, dataset, people, sessions, on_screen, wanted, done, slept, now: 0, made: 1_000 }
    }

    fn ask(&mut self, who: usize) {
        let place = |record: RecordId| Spot { record, position: record.0 };
        let after = self.on_screen[who].map(|(record, _)| place(record));
        for after in [after, None] {
            let take = LeaseRequest {
                dataset: self.dataset,
                user: self.people[who],
                session: &self.sessions[who],
                queue: &Queue::Pending,
                after,
                keep: None,
                now: Timestamp(self.now),
                until: Timestamp(self.now + TIMES),
            };
            let found = self.store.take_lease(&take).unwrap();
            self.on_screen[who] = found.map(|spot| (spot.record, self.now + TIMES));
            if found.is_some() {
                return;
            }
        }
    }

    fn submit(&mut self, who: usize) {
        let Some((record, _)) = self.on_screen[who].take() else { return };
        self.made += 3;
        let uid = |more: u32| Uid(format!("m{}-{more}", self.made));
        let response = Response {
            uid: uid(0).0,
            status: Status::Submitted,
            answers: [].into(),
            reason: None,
            active_ms: None,
            at: Some(self.now),
            label_sets: [].into(),
            guidelines_version: 0,
            saw_agents: vec![],
            saw_others: false,
        };
        let version = self.store.entry(self.people[who], record).unwrap().version;
        let save = Save {
            event: uid(1),
            changeset: uid(2),
            session: self.sessions[who].clone(),
            kind: EventKind::Submit,
            dataset: self.dataset,
            user: self.people[who],
            record,
            after: Entry { response: Some(response), version, ..Entry::default() },
            stood: [].into(),
            at: Timestamp(self.now),
        };
        self.store.save(&save).unwrap();
        self.done.entry(record).or_default().insert(who);
    }

    fn leave(&mut self, who: usize) {
        self.store.release(&self.sessions[who]).unwrap();
        self.on_screen[who] = None;
    }

    fn renew(&mut self, who: usize) {
        let until = self.now + TIMES;
        self.store.renew_leases(&self.sessions[who], Timestamp(self.now), Timestamp(until)).unwrap();
        if let Some((_, held)) = self.on_screen[who].as_mut().filter(|(_, held)| *held > self.now) {
            *held = until;
        }
    }

    fn sleep(&mut self, time: i64) {
        self.now += time;
        let ran_out = self.on_screen.iter().flatten().filter(|(_, held)| *held <= self.now);
        self.slept.extend(ran_out.map(|(record, _)| *record));
    }

    fn check(&self) -> Result<(), TestCaseError> {
        for (record, wanted) in &self.wanted {
            let done = self.done.get(record).map_or(0, BTreeSet::len);
            let others = |who: usize| self.done.get(record).is_some_and(|done| done.contains(&who));
            let looking = (0..self.people.len())
                .filter(|who| self.on_screen[*who].is_some_and(|(known, _)| known == *record) && !others(*who));
            let all = done + looking.count();
            prop_assert!(all as u32 <= *wanted || self.slept.contains(record), "{all} people at one of {wanted}");
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn whatever_the_order_of_asking_submitting_leaving_and_sleeping_no_record_gets_more_people_than_it_wants(
        wanted in proptest::collection::vec(1u32..4, 1..6),
        steps in proptest::collection::vec((0u8..8, 0usize..5), 1..60),
    ) {
        let mut world = World::new(&wanted, 5);
        for (what, who) in steps {
            match what {
                0..=2 => world.ask(who),
                3 | 4 => world.submit(who),
                5 => world.leave(who),
                6 => world.renew(who),
                _ => world.sleep(TIMES * 2 / 3),
            }
            world.check()?;
        }
    }
}

#[test]
fn many_connections_at_once_never_take_one_place_twice() {
    let folder = ground(24);
    let at = folder.path().join("labelry.db");
    done(folder.path(), &["datasets", "set", "d", "--min-submitted", "2"]);
    for name in 0..6 {
        done(folder.path(), &["users", "create", &format!("w{name}")]);
    }
    let takers = (0..6).map(|name| {
        let at = at.clone();
        std::thread::spawn(move || {
            let mut store = SqliteStore::open(&at).unwrap();
            let dataset = store.datasets().unwrap()[0].id;
            let user = store.users().unwrap().into_iter().find(|user| user.name == format!("w{name}")).unwrap().id;
            let session = Uid(format!("s{name}"));
            let mut held = Vec::new();
            for number in 0..4 {
                // A session for each, so that all stay held.
                let session = Uid(format!("{}-{number}", session.0));
                let (now, until) = (Timestamp(0), Timestamp(TIMES));
                let after = held.last().map(|record: &RecordId| Spot { record: *record, position: record.0 });
                let (queue, keep) = (&Queue::Pending, None);
                let take = LeaseRequest { dataset, user, session: &session, queue, after, keep, now, until };
                held.extend(store.take_lease(&take).unwrap().map(|spot| spot.record));
            }
            held
        })
    });
    let takers: Vec<_> = takers.collect();
    let all: Vec<RecordId> = takers.into_iter().flat_map(|one| one.join().unwrap()).collect();
    let mut counts: BTreeMap<RecordId, usize> = BTreeMap::new();
    for record in &all {
        *counts.entry(*record).or_default() += 1;
    }
    assert_eq!(all.len(), 24);
    assert!(counts.values().all(|count| *count <= 2), "{counts:?}");
}
