//! Rights hold at the write: every job asks who its caller is now, whatever a door knew of them before.

use std::path::{Path, PathBuf};

use labelry::exchange::out::{Files, Shape, Sink, Target};
use labelry::jobs::accounts::{self, OnUserDelete};
use labelry::jobs::assign::AssignRequest as Dealt;
use labelry::jobs::export::{ExportSelection, write as write_out};
use labelry::jobs::import::{Import, import};
use labelry::jobs::label_edit::{LabelEdit, cut};
use labelry::jobs::merge::{Merge, merge};
use labelry::jobs::pack::{Pack, pack};
use labelry::jobs::response_transfer::{self, TransferOptions};
use labelry::jobs::{Caller, JobContext, JobError, answers, assign, controls, history, labels, may_ask, set_up};
use labelry::model::record_view::Direction;
use labelry::model::transfer::LabelFull;
use labelry::model::{
    Adjudication, Answer, Dataset, Entry, EventKind, Permission, RecordId, Response, Role, Seen, Setup, Status,
    Timestamp, Uid, User, UserId,
};
use labelry::progress::Silent;
use labelry::store::sqlite::SqliteStore;
use labelry::store::{Find, Reverse, Save, Store, UserChange};

use crate::cases::{command, done, folder, write};

const D: &str = r#"{"labelry":1,"dataset":{"name":"d","workspace":"lab","questions":[{"name":"topic","type":"multi_label","labels":["tax","jobs"]}]}}"#;

/// What a job takes, by who may do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Takes {
    /// To look at the dataset, or to answer in it.
    Answering,
    /// To manage the dataset.
    Managing,
    /// To manage every workspace.
    Everything,
    /// To own the file.
    Owning,
    /// To be let in.
    BeingOneself,
}

/// Who calls, as a door knew them; what became of them since; and what they may now.
const PEOPLE: [(&str, &[Takes]); 11] = [
    ("owner", &[Takes::Answering, Takes::Managing, Takes::Everything, Takes::Owning, Takes::BeingOneself]),
    ("admin", &[Takes::Answering, Takes::Managing, Takes::Everything, Takes::BeingOneself]),
    ("admin of it", &[Takes::Answering, Takes::Managing, Takes::BeingOneself]),
    ("admin elsewhere", &[Takes::BeingOneself]),
    ("annotator", &[Takes::Answering, Takes::BeingOneself]),
    ("annotator elsewhere", &[Takes::BeingOneself]),
    ("moved away", &[Takes::BeingOneself]),
    ("demoted", &[Takes::Answering, Takes::BeingOneself]),
    ("disabled", &[]),
    ("deleted", &[]),
    ("newcomer", &[]),
];

/// A file in which all of them are, and what the doors knew of them.
struct House {
    folder: tempfile::TempDir,
    callers: Vec<Caller>,
}

fn uids(prefix: &str) -> impl FnMut() -> Uid + use<> {
    let (mut made, prefix) = (0, prefix.to_owned());
    move || {
        made += 1;
        Uid(format!("{prefix}-{made}"))
    }
}

fn house() -> House {
    let folder = folder();
    let at = folder.path();
    let lines = (1..4).map(|n| {
        let answer = format!(r#"{{"user":"bob","status":"submitted","answers":{{"topic":["tax"]}},"seconds":{n}}}"#);
        format!(r#"{{"id":"r{n}","fields":{{"text":"text {n}"}},"responses":[{answer}]}}"#)
    });
    let lines: Vec<String> = lines.collect();
    write(at, "d.jsonl", &[&[D][..], &lines.iter().map(String::as_str).collect::<Vec<_>>()].concat());
    write(at, "known.csv", &["id,answer", "r1,tax"]);
    let mut store = SqliteStore::open_or_create(&at.join("x.db")).unwrap();
    let mut uid = uids("house");
    let mut given = JobContext { at: Timestamp(1), uid: &mut uid };
    let boss = accounts::create(&mut store, None, ("boss", Role::Owner), &[], &mut given).unwrap();
    let boss = Caller::from(&boss);
    let wanted = Import { files: vec![at.join("d.jsonl")], by: Some(boss.clone()), ..Import::default() };
    import(&mut store, &wanted, &mut given, &Silent).unwrap();
    let other = Import { dataset: Some(String::from("lab/e")), ..wanted };
    import(&mut store, &other, &mut given, &Silent).unwrap();
    accounts::create_workspace(&mut store, &boss, "elsewhere", &mut given).unwrap();
    let made = [
        ("owner", Role::Owner, ""),
        ("admin", Role::Admin, ""),
        ("admin of it", Role::Admin, "lab"),
        ("admin elsewhere", Role::Admin, "elsewhere"),
        ("annotator", Role::Annotator, "lab"),
        ("annotator elsewhere", Role::Annotator, "elsewhere"),
        ("moved away", Role::Admin, "lab"),
        ("demoted", Role::Owner, "lab"),
        ("disabled", Role::Owner, ""),
        ("deleted", Role::Owner, ""),
    ];
    let mut callers = Vec::new();
    for (name, role, workspace) in made {
        let places: Vec<String> =
            Some(workspace).filter(|name| !name.is_empty()).map(str::to_owned).into_iter().collect();
        accounts::create(&mut store, Some(&boss), (name, role), &places, &mut given).unwrap();
        callers.push(Caller::from(&user(&mut store, name)));
    }
    callers.push(Caller::New(String::from("newcomer")));
    // From here on what the doors know is old.
    let turns = [
        ("moved away", UserChange::Joins("elsewhere")),
        ("moved away", UserChange::Leaves("lab")),
        ("demoted", UserChange::Role(Role::Annotator)),
        ("disabled", UserChange::Disabled(true)),
    ];
    for (name, turned) in turns {
        accounts::change_user(&mut store, &boss, name, &turned, &mut given).unwrap();
    }
    accounts::delete(&mut store, &boss, "deleted", &OnUserDelete::Stays, &mut given).unwrap();
    House { folder, callers }
}

fn user(store: &mut dyn Store, name: &str) -> User {
    store.users().unwrap().into_iter().find(|user| user.name == name).unwrap()
}

/// A copy of the file in which somebody does one thing.
struct Scene<'a> {
    store: SqliteStore,
    dataset: Dataset,
    record: RecordId,
    by: &'a Caller,
    at: PathBuf,
    path: PathBuf,
    number: usize,
}

impl Scene<'_> {
    fn me(&self) -> UserId {
        self.by.user().map_or(UserId(0), |user| user.id)
    }

    fn save(&self, adjudication: bool) -> Save {
        let response = Response {
            uid: format!("response-{}", self.number),
            status: Status::Submitted,
            answers: [(self.dataset.questions[0].id, Answer::Labels(vec![0]))].into(),
            reason: None,
            active_ms: None,
            at: Some(5),
            label_sets: [(self.dataset.questions[0].id, 1)].into(),
            guidelines_version: 0,
            saw_agents: Vec::new(),
            saw_others: false,
        };
        let value = serde_json::json!(["tax"]);
        let extra = serde_json::Map::new();
        let ruled = Adjudication { user: self.me(), value, reason: None, at: Some(5), extra };
        let adjudications = adjudication.then(|| [(self.dataset.questions[0].id, ruled)].into());
        Save {
            event: Uid(format!("save-{}", self.number)),
            changeset: Uid(format!("step-{}", self.number)),
            session: Uid(String::from("session")),
            kind: EventKind::of(if adjudication { "verdict" } else { "submit" }),
            dataset: self.dataset.id,
            user: self.me(),
            record: self.record,
            after: Entry { response: (!adjudication).then_some(response), adjudications, ..Entry::default() },
            stood: [].into(),
            at: Timestamp(5),
        }
    }

    /// Without asking: what was done while they might.
    fn did(&mut self, adjudication: bool) {
        if self.by.user().is_some() {
            let save = self.save(adjudication);
            self.store.save(&save).unwrap();
        }
    }

    fn reverse(&mut self, given: &mut JobContext<'_>) -> Result<(), JobError> {
        let ask = Reverse {
            event: Uid(format!("undo-{}", self.number)),
            session: Uid(String::from("session")),
            surely: true,
            dataset: self.dataset.id,
            user: self.me(),
            at: Timestamp(6),
        };
        answers::reverse(&mut self.store, self.by, &self.dataset, (Direction::Undo, &ask), given).map(drop)
    }

    /// The event of the newest step of a kind; of who did none such, another one's.
    fn event(&mut self, kind: &str) -> i64 {
        let all = labelry::store::Events { limit: 1_000, ..labelry::store::Events::default() };
        let all = labelry::store::HistoryStore::events(&mut self.store, &all).unwrap();
        all.iter().find(|told| told.kind == EventKind::of(kind)).unwrap_or(&all[0]).seq
    }

    fn import(&mut self, dataset: &str, given: &mut JobContext<'_>) -> Result<(), JobError> {
        let (files, by) = (vec![self.at.join("d.jsonl")], Some(self.by.clone()));
        let wanted = Import { files, by, dataset: Some(dataset.to_owned()), ..Import::default() };
        import(&mut self.store, &wanted, given, &Silent).map(drop)
    }

    fn other(&mut self) -> Dataset {
        self.store.datasets().unwrap().into_iter().find(|dataset| dataset.name == "e").unwrap()
    }

    fn merge(&mut self, given: &mut JobContext<'_>) -> Result<(), JobError> {
        let mut theirs = SqliteStore::open_other(&self.at.join("x.db")).unwrap();
        let wanted = Merge { by: Some(self.by.clone()), kind: EventKind::Merge, ..Merge::default() };
        merge(&mut self.store, &mut theirs, &wanted, given, None, &Silent).map(drop)
    }

    fn pack(&mut self, given: &mut JobContext<'_>) -> Result<(), JobError> {
        let mut new = SqliteStore::open_or_create(&self.path.with_extension("pack")).unwrap();
        let bob = user(&mut self.store, "bob");
        let whose = (&self.dataset, &bob);
        pack(&mut self.store, &mut new, whose, &Pack::default(), (self.by, given), &Silent).map(drop)
    }

    fn export(&mut self) -> Result<(), JobError> {
        let wanted = ExportSelection { viewer: self.by.user().cloned(), ..ExportSelection::default() };
        write_out(&mut self.store, &self.dataset, Target::Native, &wanted, &mut Nowhere, &Silent).map(drop)
    }

    fn cut(&mut self, dry_run: bool, given: &mut JobContext<'_>) -> Result<(), JobError> {
        let what = (&self.dataset, &self.dataset.questions[0]);
        cut(&mut self.store, what, &LabelEdit::Retire(1), self.by, dry_run, given, &Silent).map(drop)
    }

    fn moves(&mut self, leave: bool, given: &mut JobContext<'_>) -> Result<(), JobError> {
        let (to, moving) = (self.other(), TransferOptions { leave, ..TransferOptions::default() });
        response_transfer::run(&mut self.store, (&self.dataset, &to), &moving, (self.by, given), None, &Silent)
            .map(drop)
    }
}

/// Files that nobody keeps.
struct Nowhere;

impl Files for Nowhere {
    fn main(&mut self) -> std::io::Result<Sink> {
        Ok(Box::new(std::io::sink()))
    }

    fn beside(&mut self, _: &str) -> std::io::Result<Sink> {
        self.main()
    }

    fn rest(&mut self) -> std::io::Result<Sink> {
        self.main()
    }

    fn is_folder(&self) -> bool {
        false
    }

    fn shape(&self) -> Shape {
        Shape::Lines
    }
}

type Job = (&'static str, Takes, fn(&mut Scene<'_>, &mut JobContext<'_>) -> Result<(), JobError>);

/// Every job that writes, or tells what only some may know.
const JOBS: [Job; 37] = [
    ("export", Takes::Answering, |scene, _| scene.export()),
    ("save an answer", Takes::Answering, |scene, given| {
        let save = scene.save(false);
        answers::save(&mut scene.store, scene.by, &scene.dataset, &save, given).map(drop)
    }),
    ("save several answers", Takes::Answering, |scene, given| {
        let saves = [scene.save(false)];
        answers::save_all(&mut scene.store, scene.by, &scene.dataset, &saves, given)
    }),
    ("save a verdict", Takes::Managing, |scene, given| {
        let save = scene.save(true);
        answers::save(&mut scene.store, scene.by, &scene.dataset, &save, given).map(drop)
    }),
    ("save several verdicts", Takes::Managing, |scene, given| {
        let saves = [scene.save(true)];
        answers::save_all(&mut scene.store, scene.by, &scene.dataset, &saves, given)
    }),
    ("undo an answer", Takes::Answering, |scene, given| {
        scene.did(false);
        scene.reverse(given)
    }),
    ("undo a verdict", Takes::Managing, |scene, given| {
        scene.did(true);
        scene.reverse(given)
    }),
    ("see others' answers", Takes::Answering, |scene, given| {
        let seen = Seen { others: true, ..Seen::default() };
        answers::see(&mut scene.store, scene.by, &scene.dataset, (scene.record, &seen), given)
    }),
    ("set a dataset up", Takes::Managing, |scene, given| {
        let setup = Setup { hide: Some(labelry::model::Hide::None), ..Setup::default() };
        set_up(&mut scene.store, scene.by, &scene.dataset, &setup, given)
    }),
    ("add a label", Takes::Managing, |scene, given| {
        let label = LabelFull { value: String::from("new"), ..LabelFull::default() };
        labels::add(&mut scene.store, scene.by, (&scene.dataset, &scene.dataset.questions[0]), &[label], given)
    }),
    ("retire a label", Takes::Managing, |scene, given| scene.cut(false, given)),
    ("say what retiring touches", Takes::Managing, |scene, given| scene.cut(true, given)),
    ("import more", Takes::Managing, |scene, given| scene.import("lab/d", given)),
    ("import into a dataset that is not there", Takes::Managing, |scene, given| scene.import("lab/new", given)),
    ("copy responses", Takes::Managing, |scene, given| scene.moves(false, given)),
    ("move responses", Takes::Managing, |scene, given| scene.moves(true, given)),
    ("delete responses", Takes::Managing, |scene, given| {
        let moving = TransferOptions::default();
        response_transfer::delete(&mut scene.store, &scene.dataset, &moving, (scene.by, given), &Silent).map(drop)
    }),
    ("pack", Takes::Managing, |scene, given| scene.pack(given)),
    ("assign", Takes::Managing, |scene, given| {
        let (overlap, raters, seed) = (1.0, 2, 7);
        let wanted = Dealt { overlap, raters, seed, stratify: None, people: Vec::new() };
        assign::assign(&mut scene.store, &scene.dataset, &wanted, false, (scene.by, given)).map(drop)
    }),
    ("clear a plan", Takes::Managing, |scene, given| assign::clear(&mut scene.store, &scene.dataset, scene.by, given)),
    ("show a plan", Takes::Managing, |scene, _| assign::plan(&mut scene.store, &scene.dataset, scene.by).map(drop)),
    ("add control records", Takes::Managing, |scene, given| {
        let file = scene.at.join("known.csv");
        controls::add(&mut scene.store, &scene.dataset, &file, (scene.by, given)).map(drop)
    }),
    ("list control records", Takes::Managing, |scene, _| {
        controls::list(&mut scene.store, &scene.dataset, scene.by).map(drop)
    }),
    ("delete control records", Takes::Managing, |scene, given| {
        controls::remove(&mut scene.store, &scene.dataset, &[], (scene.by, given)).map(drop)
    }),
    ("merge", Takes::Everything, |scene, given| scene.merge(given)),
    ("back the file up", Takes::Everything, |scene, _| {
        may_ask(&mut scene.store, scene.by, Permission::WholeFile, None).map(drop)
    }),
    ("undo one's own step", Takes::Answering, |scene, given| {
        scene.did(false);
        let event = scene.event("submit");
        history::undo(&mut scene.store, event, scene.by, given).map(drop)
    }),
    ("undo one's own verdict", Takes::Managing, |scene, given| {
        scene.did(true);
        let event = scene.event("verdict");
        history::undo(&mut scene.store, event, scene.by, given).map(drop)
    }),
    ("undo an import", Takes::Managing, |scene, given| {
        let event = scene.event("import");
        history::undo(&mut scene.store, event, scene.by, given).map(drop)
    }),
    ("make a user", Takes::Owning, |scene, given| {
        accounts::create(&mut scene.store, Some(scene.by), ("gus", Role::Owner), &[], given).map(drop)
    }),
    ("make oneself owner", Takes::Owning, |scene, given| {
        accounts::change_user(&mut scene.store, scene.by, scene.by.name(), &UserChange::Role(Role::Owner), given)
            .map(drop)
    }),
    ("set one's own password", Takes::BeingOneself, |scene, given| {
        let told = UserChange::Password(Some("$argon2id$x"));
        accounts::change_user(&mut scene.store, scene.by, scene.by.name(), &told, given).map(drop)
    }),
    ("set another's password", Takes::Owning, |scene, given| {
        accounts::change_user(&mut scene.store, scene.by, "boss", &UserChange::Password(Some("$argon2id$x")), given)
            .map(drop)
    }),
    ("take another's key", Takes::Owning, |scene, given| {
        accounts::remove_key(&mut scene.store, scene.by, "boss", "none", given)
    }),
    ("delete a user", Takes::Owning, |scene, given| {
        accounts::delete(&mut scene.store, scene.by, "annotator elsewhere", &OnUserDelete::Stays, given).map(drop)
    }),
    ("make a workspace", Takes::Owning, |scene, given| {
        accounts::create_workspace(&mut scene.store, scene.by, "third", given)
    }),
    ("delete a workspace", Takes::Owning, |scene, given| {
        accounts::delete_workspace(&mut scene.store, scene.by, "elsewhere", given)
    }),
];

/// The newest event and how many users there are: what nothing that was refused may move.
fn traces(store: &mut SqliteStore) -> (i64, usize) {
    (store.changes_since(0).unwrap(), store.users().unwrap().len())
}

fn scene<'a>(house: &House, by: &'a Caller, number: usize) -> Scene<'a> {
    let path = house.folder.path().join(format!("{number}.db"));
    std::fs::copy(house.folder.path().join("x.db"), &path).unwrap();
    let mut store = SqliteStore::open(&path).unwrap();
    let dataset = store.datasets().unwrap().into_iter().find(|dataset| dataset.name == "d").unwrap();
    let record = store.find(dataset.id, &Find::External("r2")).unwrap().unwrap();
    Scene { store, dataset, record, by, at: house.folder.path().to_owned(), path, number }
}

#[test]
fn every_job_asks_who_its_caller_is_now_and_a_refused_one_leaves_nothing() {
    let house = house();
    let mut tried = 0;
    for ((person, may), by) in PEOPLE.into_iter().zip(&house.callers) {
        for (name, takes, job) in JOBS {
            tried += 1;
            let mut scene = scene(&house, by, tried);
            let mut uid = uids(&format!("try{tried}"));
            let mut given = JobContext { at: Timestamp(7), uid: &mut uid };
            let before = traces(&mut scene.store);
            let done = job(&mut scene, &mut given);
            let after = traces(&mut scene.store);
            match done {
                Err(why @ JobError::NotAllowed(..)) => {
                    assert!(!may.contains(&takes), "{person}: {name}: {why}");
                    assert!(why.hint().is_some(), "{person}: {name}: {why}: a way out");
                    // What they did while they might is in the file, and nothing else.
                    let did = i64::from(name.starts_with("undo") && name != "undo an import" && by.user().is_some());
                    assert_eq!(after, (before.0 + did, before.1), "{person}: {name}");
                }
                Err(why) if may.contains(&takes) => {
                    let alike = name == "take another's key" && why.to_string().contains("has no such key");
                    assert!(alike, "{person}: {name}: {why}");
                }
                Err(why) => panic!("{person}: {name}: refused by chance: {why}"),
                Ok(()) => assert!(may.contains(&takes), "{person} may not {name}, and it was done"),
            }
            drop(scene);
            forget(house.folder.path(), tried);
        }
    }
    assert_eq!(tried, PEOPLE.len() * JOBS.len());
    assert_eq!(tried, 407, "rows times columns of the table");
}

fn forget(folder: &Path, number: usize) {
    for end in ["db", "db-wal", "db-shm", "pack", "pack-wal", "pack-shm"] {
        let _absent = std::fs::remove_file(folder.join(format!("{number}.{end}")));
    }
}

#[test]
fn nobody_saves_what_is_another_ones() {
    let house = house();
    let by = &house.callers[0];
    let mut scene = scene(&house, by, 1);
    let save = Save { user: user(&mut scene.store, "bob").id, ..scene.save(false) };
    let mut uid = uids("try");
    let mut given = JobContext { at: Timestamp(7), uid: &mut uid };
    let done = answers::save(&mut scene.store, by, &scene.dataset, &save, &mut given);
    assert!(matches!(done, Err(JobError::NotAllowed(..))));
}

#[test]
fn a_job_without_a_caller_is_for_a_file_that_nobody_owns() {
    let house = house();
    let by = &house.callers[0];
    let mut scene = scene(&house, by, 1);
    let mut uid = uids("try");
    let mut given = JobContext { at: Timestamp(7), uid: &mut uid };
    let wanted = Import { files: vec![scene.at.join("d.jsonl")], ..Import::default() };
    assert!(matches!(import(&mut scene.store, &wanted, &mut given, &Silent), Err(JobError::NotAllowed(..))));
    let made = accounts::create(&mut scene.store, None, ("gus", Role::Owner), &[], &mut given);
    assert!(matches!(made, Err(JobError::NotAllowed(..))));
    let mut theirs = SqliteStore::open_other(&scene.at.join("x.db")).unwrap();
    let wanted = Merge { kind: EventKind::Merge, ..Merge::default() };
    let merged = merge(&mut scene.store, &mut theirs, &wanted, &mut given, None, &Silent);
    assert!(matches!(merged, Err(JobError::NotAllowed(..))));
}

/// Names of the users of a file.
fn names(at: &Path) -> Vec<String> {
    let mut store = SqliteStore::open(&at.join("labelry.db")).unwrap();
    store.users().unwrap().into_iter().map(|user| user.name).collect()
}

#[test]
fn a_refused_command_makes_nobody_a_user_whoever_owns_the_file() {
    let folder = folder();
    let at = folder.path();
    write(at, "d.jsonl", &[crate::cases::HEADER, r#"{"id":"a","fields":{"text":"x"}}"#]);
    write(at, "bad.jsonl", &["{"]);
    // Nobody owns a file into which only people were imported.
    let mut store = SqliteStore::open_or_create(&at.join("labelry.db")).unwrap();
    let mut uid = uids("one");
    let mut given = JobContext { at: Timestamp(1), uid: &mut uid };
    let wanted = Import { files: vec![at.join("d.jsonl")], ..Import::default() };
    import(&mut store, &wanted, &mut given, &Silent).unwrap();
    drop(store);
    let refused = |who: &str| {
        for args in [
            &["import", "bad.jsonl", "--dataset", "d"][..],
            &["labels", "add", "tax"],
            &["labels", "rename", "nowhere", "x", "-y"],
            &["controls", "add", "nowhere.csv"],
            &["controls", "delete", "a"],
            &["responses", "move", "--from", "d", "--to", "nowhere"],
            &["responses", "delete", "d", "--of", "nobody"],
            &["merge", "nowhere.db"],
            &["assign", "d", "--users", "nobody"],
            &["history", "undo", "999"],
            &["pack", "d", "--for", "nobody", "--out", "x.db"],
            &["workspaces", "delete", "nowhere"],
            &["datasets", "set", "d", "--guidelines", "@nowhere.md"],
        ] {
            let output = command(at, args).env("USER", who).output().unwrap();
            assert!(!output.status.success(), "{args:?}");
            assert!(!names(at).contains(&who.to_owned()), "{who} {args:?}: {:?}", names(at));
        }
    };
    refused("ana");
    // What only looks creates nobody either.
    for args in [
        &["assign", "d"][..],
        &["controls", "list"],
        &["labels", "rename", "tax", "taxes", "--dry-run"],
        &["import", "d.jsonl", "--dry-run"],
        &["export", "d"],
        &["backup", "copy.db"],
    ] {
        let output = command(at, args).output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(names(at), [""; 0], "{args:?}");
    }
    done(at, &["labels", "add", "new"]);
    assert_eq!(names(at), ["ana"], "the first who writes owns it");
    refused("bob");
}

#[test]
fn a_refused_command_makes_no_file_either() {
    let folder = folder();
    let at = folder.path();
    write(at, "bad.jsonl", &["{"]);
    for args in [
        &["import", "bad.jsonl"][..],
        &["merge", "bad.jsonl"],
        &["merge", "bad.jsonl", "--dry-run"],
        &["users", "create", "gus", "--workspace", "nowhere"],
        &["users", "create", " gus"],
    ] {
        assert!(!command(at, args).output().unwrap().status.success(), "{args:?}");
        assert_eq!(std::fs::read_dir(at).unwrap().count(), 1, "{args:?}");
    }
}

#[test]
fn a_stranger_may_read_an_open_dataset_and_neither_copies_the_file_nor_hands_parts_of_it_out() {
    let folder = folder();
    let at = folder.path();
    crate::cases::ground(at);
    done(at, &["users", "create", "adm", "--role", "admin", "--workspace", "default"]);
    done(at, &["users", "create", "far", "--role", "admin"]);
    done(at, &["workspaces", "remove-user", "default", "adm"]);
    done(at, &["workspaces", "create", "lab"]);
    done(at, &["workspaces", "add-user", "lab", "adm"]);
    let run = |who: &str, args: &[&str]| command(at, args).env("USER", who).output().unwrap();
    for who in ["eve", "bob", "adm"] {
        assert!(run(who, &["export", "d"]).status.success(), "{who} may read");
        for args in [
            &["backup", "copy.db"][..],
            &["pack", "d", "--for", "bob", "--out", "bob.db"],
            &["merge", "d.jsonl"],
            &["import", "d.jsonl", "--dry-run"],
        ] {
            let output = run(who, args);
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(said.contains("may not") && said.contains("hint: ask the file's owner"), "{who} {args:?}: {said}");
            assert!(!at.join("copy.db").exists() && !at.join("bob.db").exists(), "{who} {args:?}");
        }
    }
    assert!(run("far", &["backup", "copy.db"]).status.success(), "an admin of everything may");
    assert_eq!(names(at), ["ana", "bob", "adm", "far"]);
}

#[test]
fn names_after_user_are_who_i_am_and_after_by_for_and_of_whose_is_meant() {
    let folder = folder();
    let at = folder.path();
    crate::cases::ground(at);
    let run = |args: &[&str]| {
        let output = command(at, args).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap())
    };
    // bob is an annotator and may not; if the name were a filter, ana would ask and might.
    for args in [
        &["pack", "d", "--for", "bob", "--out", "b.db", "--user", "bob"][..],
        &["responses", "delete", "d", "--of", "bob", "--user", "bob"],
        &["backup", "c.db", "--user", "bob"],
    ] {
        let (code, said) = run(args);
        assert!(code == Some(1) && said.contains("'bob' is annotator here and may not do this"), "{args:?}: {said}");
    }
    let (_, mine) = run(&["history", "--user", "bob"]);
    let (_, all) = run(&["history", "--by", "bob"]);
    assert!(!mine.contains("ana") && all.lines().all(|line| line.contains("bob")), "{mine}\n{all}");
    for args in [
        &["pack", "d", "--user", "bob", "--out", "b.db"][..],
        &["import", "d.jsonl", "--of", "bob"],
        &["agreement", "d", "--of", "bob"],
    ] {
        assert_eq!(run(args).0, Some(2), "{args:?}");
    }
}
