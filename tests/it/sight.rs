//! What `hide` hides is hidden everywhere: two files that differ in what somebody may not see give them the same bytes, on
//! every command and every screen.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use labelry::jobs::similar::{Space, neighbours};
use labelry::jobs::{Caller, JobContext, agreement, agreement_report, answers, progress, records};
use labelry::model::record_view::{Counts, RecordView};
use labelry::model::{
    Answer, Dataset, Entry, EventKind, Hide, LeaseRequest, Question, QuestionId, Queue, RecordId, Resampling, Response,
    Role, Spot, Status, Timestamp, Uid, User, UserId,
};
use labelry::session::key::Key;
use labelry::session::{Effect, Event, Intent, Session, Want};
use labelry::store::sqlite::SqliteStore;
use labelry::store::{AssignmentStore, Find, Save, Store, UserStore};
use serde_json::{Value, json};

use crate::cases::{command, done, folder, write};
use crate::session::{picture, seen};

const HIDES: [Hide; 4] = [Hide::None, Hide::Others, Hide::Suggestions, Hide::Both];

/// Who asks: an annotator who has submitted one record, an admin of another workspace, and somebody whom the file does not
/// know.
const ASKING: [&str; 3] = ["ben", "far", "eve"];

/// Every command that reads, with what narrows it down. `OUT` is a file that is compared, too.
const READING: &[&[&str]] = &[
    &["export", "d"],
    &["export", "d", "--pseudonymise"],
    &["export", "d", "--query", "pending"],
    &["export", "d", "--query", "all"],
    &["export", "d", "--query", "random"],
    &["export", "d", "--query", "submitted"],
    &["export", "d", "--query", "refund"],
    &["export", "d", "--format", "csv"],
    &["export", "d", "--format", "long"],
    &["export", "d", "--format", "argilla-v1"],
    &["export", "d", "--format", "argilla-v2", "--out", "OUT/"],
    &["export", "d", "--format", "label-studio"],
    &["export", "d", "--format", "doccano"],
    &["export", "d", "--format", "prodigy"],
    &["export", "d", "--format", "training", "--out", "OUT"],
    &["export", "d", "--format", "training", "--aggregate", "any", "--out", "OUT"],
    &["export", "d", "--format", "training", "--aggregate", "soft", "--split", "0.5", "--out", "OUT/"],
    &["export", "d", "--format", "training", "--aggregate", "adjudicated", "--out", "OUT"],
    &["export", "d", "--format", "training", "--aggregate", "user:cy", "--out", "OUT"],
    &["export", "d", "--format", "training", "--aggregate", "user:ben", "--out", "OUT"],
    &["agreement", "d"],
    &["agreement", "d", "--json"],
    &["agreement", "d", "--by-label"],
    &["agreement", "d", "--by-label", "--json", "--resamples", "0"],
    &["agreement", "d", "--pairs"],
    &["agreement", "d", "--people"],
    &["agreement", "d", "--pairs", "--people", "--json"],
    &["agreement", "d", "--label", "tax"],
    &["agreement", "d", "--label", "tax", "--json"],
    &["agreement", "d", "--format", "md"],
    &["agreement", "d", "--methods"],
    &["agreement", "d", "--csv", "OUT"],
    &["agreement", "d", "--explain", "OUT"],
    &["agreement", "d", "--html", "OUT"],
    &["agreement", "d", "--fail-under", "0.5"],
    &["agreement", "d", "--fail-under", "0.5", "--allow-undefined"],
    &["agreement", "d", "--count", "drafts"],
    &["agreement", "d", "--count", "discarded"],
    &["agreement", "d", "--missing", "no"],
    &["agreement", "d", "--missing", "no-matrix", "--by-label"],
    &["agreement", "d", "--query", "number 5", "--by-label"],
    &["agreement", "d", "--query", "all", "--by-label"],
    &["agreement", "d", "--query", "pending", "--json"],
    &["agreement", "d", "--query", "submitted", "--pairs"],
    &["agreement", "d", "--by", "cy", "--by", "dee"],
    &["agreement", "d", "--by", "cy", "--by", "dee", "--json"],
    &["agreement", "d", "--since", "2026-01-02"],
    &["agreement", "d", "--until", "2026-01-02"],
    &["agreement", "d", "--unassisted"],
    &["agreement", "d", "--question", "stars"],
    &["agreement", "d", "--question", "stars", "--query", "number 5"],
    &["search", "number", "--dataset", "d", "--json"],
    &["search", "refund"],
    &["similar", "r1", "--json"],
    &["similar", "r5"],
    &["history"],
    &["history", "--json"],
    &["history", "--dataset", "d", "--json"],
    &["history", "--record", "r5"],
    &["history", "--by", "cy"],
    &["datasets", "list", "--json"],
    &["datasets", "show", "d"],
    &["labels", "list", "d", "--json"],
    &["users", "list", "--json"],
    &["workspaces", "list", "--json"],
    &["progress"],
    &["progress", "--json"],
    &["check"],
    &["assign", "d"],
    &["assign", "d", "--raters", "2", "--dry-run"],
    &["controls", "list"],
    &["labels", "retire", "tax", "--dry-run"],
    &["responses", "delete", "d", "--query", "all", "--dry-run"],
    &["import", "a.jsonl", "--dry-run"],
    &["merge", "a.jsonl", "--dry-run"],
    &["pack", "d", "--for", "ben", "--out", "OUT"],
    &["backup", "OUT"],
];

/// Keys of a session and what each is about: after each a picture is taken.
const SCREENS: [(&str, &[&str]); 12] = [
    ("the first record", &[""]),
    ("all about it, progress, guidelines, keys", &["I", "I", "P", "P", "G", "G", "?", "?"]),
    ("the pending queue, record by record", &["n", "n", "n", "n", "n", "n", "n", "n", "p", "p"]),
    ("the pending queue as a list", &["L", "j", "j"]),
    ("similar records, and as a list", &["S", "j", "\n", "I"]),
    ("queues with their sizes", &["F", "all\n", "n", "n", "n", "n", "n", "n", "L"]),
    ("a record by its id, and all about it", &[":", "r5\n", "I", "I", "y", "S"]),
    ("the neighbour of what others answered", &[":", "r6\n", "S", "I"]),
    ("a search, and as a list", &["/", "refund\n", "n", "n", "n", "n", "L", "*"]),
    ("the agreement board: labels, pairs, people", &["A", "j", "n", "n", "n", "P", "n", "n", "P", "P", "P", "P"]),
    ("the board over the records of a search, and behind a row", &["A", "/", "number 5\n", "n", "n", "n", "\n", "I"]),
    ("the board over a queue, and what people split on", &["A", "F", "all\n", "V", "I"]),
];

/// The end of a folder that is written.
fn collect(at: &Path, out: &mut String) {
    if at.is_file() {
        out.push_str(&format!("{}:\n{}\n", at.display(), String::from_utf8_lossy(&std::fs::read(at).unwrap())));
        std::fs::remove_file(at).unwrap();
    }
    let Ok(all) = std::fs::read_dir(at) else { return };
    let mut all: Vec<PathBuf> = all.map(|entry| entry.unwrap().path()).collect();
    all.sort();
    for path in &all {
        collect(path, out);
    }
    std::fs::remove_dir(at).unwrap();
}

/// All that a command gives.
fn said(at: &Path, db: &str, who: &str, args: &[&str]) -> String {
    let named = |word: &&str| match *word {
        "OUT/" => String::from("out/"),
        word => word.replace("OUT", "out/it.jsonl"),
    };
    let whole: Vec<String> = args.iter().map(named).collect();
    let whole: Vec<&str> = whole.iter().map(String::as_str).collect();
    std::fs::create_dir(at.join("out")).unwrap();
    let output = command(at, &whole).env("USER", who).env("LABELRY_DB", db).env("TZ", "UTC").output().unwrap();
    let mut all = format!("exit {:?}\n", output.status.code());
    all.push_str(&String::from_utf8_lossy(&output.stdout));
    all.push_str(&String::from_utf8_lossy(&output.stderr));
    collect(&at.join("out"), &mut all);
    let all = all.replace(db, "x.db");
    // When an owner did what differs, and under what identity, differs too.
    if args[0] == "history" { masked(&all) } else { all }
}

/// Without identities and times.
fn masked(text: &str) -> String {
    let is_one = |word: &str| {
        let marks = word.chars().filter(|c| "-:".contains(*c)).count();
        marks >= 2 && word.chars().all(|c| c.is_ascii_hexdigit() || "-:.TZ".contains(c))
    };
    let ends = |c: char| c.is_whitespace() || c == '"';
    text.split_inclusive(ends).map(|word| if is_one(word.trim_end_matches(ends)) { "#\n" } else { word }).collect()
}

fn response(user: &str, status: &str, topic: &Value, stars: i64, day: u8) -> Value {
    json!({
        "user": user, "status": status, "answers": {"topic": topic, "stars": stars},
        "at": format!("2026-01-0{day}T10:00:00.000Z"),
    })
}

fn text(number: usize) -> String {
    let more = if number.is_multiple_of(2) { "a refund" } else { "an invoice" };
    format!("number {number}, {more}")
}

/// The file before what is hidden comes into it: ben has submitted the first record, begun the second, skipped the third.
fn ground(at: &Path, hide: Hide, count: usize) {
    let header = json!({"labelry": 1, "dataset": {"name": "d", "hide": hide.word(), "guidelines": "Read.",
        "questions": [
            {"name": "topic", "type": "multi_label", "labels": ["tax", "jobs"]},
            {"name": "stars", "type": "rating", "min": 1, "max": 5, "required": false},
        ],
        "vectors": [{"name": "minilm", "dimensions": 2}]}});
    let mut lines = vec![header.to_string()];
    for number in 1..=count {
        let topic = json!([if number % 3 == 0 { "tax" } else { "jobs" }]);
        let mut responses = vec![response("dee", "submitted", &topic, 3, 1)];
        if number != 5 {
            responses.push(response("cy", "submitted", &json!(["tax"]), 4, 2));
        }
        match number {
            2 => responses.push(response("ben", "draft", &json!(["jobs"]), 2, 3)),
            3 => responses.push(response("ben", "discarded", &json!(["jobs"]), 2, 3)),
            _ => {}
        }
        let mut line = json!({
            "id": format!("r{number}"), "fields": {"text": text(number)}, "metadata": {"source": "mail"},
            "vectors": {"minilm": [number as f64, 1.0]}, "responses": responses,
        });
        if number != 5 {
            line["suggestions"] = json!([{"question": "topic", "value": ["tax"], "agent": "setfit"}]);
        }
        lines.push(line.to_string());
    }
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    write(at, "d.jsonl", &lines);
    done(at, &["import", "d.jsonl"]);
    done(at, &["workspaces", "create", "lab"]);
    done(at, &["users", "create", "far", "--role", "admin", "--workspace", "lab"]);
    let mut session = Threadless::of(&at.join("labelry.db"), "ben", (80, 24));
    session.submit("r1");
}

/// What differs between two files.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a difference of its own")]
struct Differ {
    answer: bool,
    suggestion: bool,
    control: bool,
    /// Whether there is an answer at all.
    absent: bool,
}

/// Two files, `a.db` and `b.db`, alike but for what differs.
fn twins(at: &Path, differ: Differ) {
    for (name, second) in [("a", false), ("b", true)] {
        let label = |differs: bool| json!([if differs && second { "jobs" } else { "tax" }]);
        let answer = label(differ.answer);
        let mut line = json!({
            "id": "r5", "fields": {"text": text(5)}, "metadata": {"source": "mail"}, "vectors": {"minilm": [5.0, 1.0]},
            "suggestions": [{"question": "topic", "value": label(differ.suggestion), "agent": "setfit",
                "scores": {"tax": if differ.suggestion && second { 0.1 } else { 0.9 }}}],
        });
        if !(differ.absent && second) {
            line["responses"] =
                json!([response("cy", "submitted", &answer, if answer[0] == "tax" { 1 } else { 5 }, 2)]);
            line["notes"] = json!([{"user": "cy", "note": format!("surely {}", answer[0]), "flag": true}]);
            line["adjudications"] = json!([{"question": "topic", "value": answer, "user": "ana"}]);
        }
        let control = if differ.control && second { "r6,tax" } else { "r4,tax" };
        write(at, &format!("{name}.jsonl"), &[&line.to_string()]);
        write(at, &format!("{name}.csv"), &["id,answer", control]);
        std::fs::copy(at.join("labelry.db"), at.join(format!("{name}.db"))).unwrap();
        let db = format!("{name}.db");
        done(at, &["--db", &db, "import", &format!("{name}.jsonl"), "--dataset", "d"]);
        done(at, &["--db", &db, "controls", "add", &format!("{name}.csv")]);
    }
}

/// What a dataset hides from who may not see more.
fn hidden(hide: Hide) -> Differ {
    let answer = matches!(hide, Hide::Others | Hide::Both);
    Differ { answer, suggestion: matches!(hide, Hide::Suggestions | Hide::Both), control: true, absent: false }
}

/// Walks all commands and screens with two files that differ in what is hidden; tells how many were compared.
fn walk(hide: Hide, differ: Differ, skip: &[&str]) -> usize {
    let folder = folder();
    let at = folder.path();
    ground(at, hide, 8);
    twins(at, differ);
    let mut compared = 0;
    for who in ASKING {
        for args in READING.iter().filter(|args| !skip.contains(&args[0])) {
            let [a, b] = ["a.db", "b.db"].map(|db| said(at, db, who, args));
            assert_eq!(a, b, "{who}, hide {}: {args:?}", hide.word());
            compared += 1;
        }
    }
    for size in [(80, 24), (120, 40)] {
        for (name, keys) in SCREENS {
            let [a, b] = ["a.db", "b.db"].map(|db| Threadless::of(&at.join(db), "ben", size).pictures(keys));
            for ((key, a), b) in keys.iter().zip(a).zip(b) {
                assert_eq!(a, b, "hide {}, {size:?}: {name}, after {key:?}", hide.word());
            }
            compared += 1;
        }
    }
    compared
}

#[test]
fn what_is_hidden_gives_the_same_bytes_where_nothing_is_hidden_but_control_records() {
    assert_eq!(walk(HIDES[0], hidden(HIDES[0]), &[]), ASKING.len() * READING.len() + 2 * SCREENS.len());
}

#[test]
fn what_is_hidden_gives_the_same_bytes_where_others_answers_are() {
    assert_eq!(walk(HIDES[1], hidden(HIDES[1]), &[]), ASKING.len() * READING.len() + 2 * SCREENS.len());
}

#[test]
fn what_is_hidden_gives_the_same_bytes_where_suggestions_are() {
    assert_eq!(walk(HIDES[2], hidden(HIDES[2]), &[]), ASKING.len() * READING.len() + 2 * SCREENS.len());
}

#[test]
fn what_is_hidden_gives_the_same_bytes_where_both_are() {
    assert_eq!(walk(HIDES[3], hidden(HIDES[3]), &[]), ASKING.len() * READING.len() + 2 * SCREENS.len());
}

#[test]
fn that_there_is_an_answer_at_all_is_hidden_but_from_progress() {
    walk(Hide::Both, Differ { absent: true, ..Differ::default() }, &["progress"]);
}

#[test]
fn which_record_is_a_control_is_hidden_whatever_a_plan_says() {
    let plans: [&[&str]; 3] = [
        &["datasets", "set", "d", "--min-submitted", "5"],
        &["assign", "d", "--raters", "5"],
        &["datasets", "set", "d", "--order", "shuffle:7"],
    ];
    for plan in plans {
        let folder = folder();
        let at = folder.path();
        ground(at, Hide::Others, 8);
        twins(at, Differ { control: true, ..Differ::default() });
        for db in ["a.db", "b.db"] {
            done(at, &[&["--db", db], plan].concat());
        }
        for args in READING.iter().filter(|args| ["export", "datasets", "progress"].contains(&args[0])) {
            let [a, b] = ["a.db", "b.db"].map(|db| said(at, db, "ben", args));
            assert_eq!(a, b, "{plan:?}: {args:?}");
        }
        for (name, keys) in SCREENS {
            let [a, b] = ["a.db", "b.db"].map(|db| Threadless::of(&at.join(db), "ben", (80, 24)).pictures(keys));
            assert_eq!(a, b, "{plan:?}: {name}");
        }
    }
}

#[test]
fn who_may_see_it_is_told_what_differs() {
    let folder = folder();
    let at = folder.path();
    ground(at, Hide::Both, 8);
    twins(at, hidden(Hide::Both));
    let differs: [&[&str]; 9] = [
        &["export", "d"],
        &["export", "d", "--format", "csv"],
        &["agreement", "d", "--json"],
        &["agreement", "d", "--query", "number 5", "--by-label"],
        &["agreement", "d", "--by", "cy", "--by", "dee"],
        &["agreement", "d", "--explain", "OUT"],
        &["search", "number", "--json"],
        &["similar", "r1", "--json"],
        &["controls", "list"],
    ];
    for args in differs {
        let [a, b] = ["a.db", "b.db"].map(|db| said(at, db, "ana", args));
        assert_ne!(a, b, "an owner sees it: {args:?}");
    }
    // And an annotator, once they have submitted the record; an undo does not hide it again.
    for undo in [false, true] {
        for db in ["a.db", "b.db"] {
            let mut session = Threadless::of(&at.join(db), "ben", (120, 40));
            if undo {
                session.pictures(&["u", "u"]);
            } else {
                session.submit("r5");
                session.pictures(&[":", "r5\n"]);
            }
        }
        let [a, b] = ["a.db", "b.db"].map(|db| said(at, db, "ben", &["search", "number", "--json"]));
        assert_ne!(a, b, "undone: {undo}");
        let [a, b] =
            ["a.db", "b.db"].map(|db| Threadless::of(&at.join(db), "ben", (120, 40)).pictures(&[":", "r5\n", "I"]));
        assert_ne!(a, b, "undone: {undo}");
    }
}

#[test]
fn figures_of_a_whole_dataset_are_shown_from_twenty_records_on_and_narrower_ones_count_mine() {
    let folder = folder();
    let at = folder.path();
    ground(at, Hide::Others, 22);
    let figures = |args: &[&str]| -> Value {
        let args = [&["agreement", "d", "--json", "--resamples", "0"][..], args].concat();
        let output = command(at, &args).env("USER", "ben").output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    // The fifth has one answer.
    for args in [&[][..], &["--by-label"]] {
        let whole = figures(args);
        assert_eq!((&whole["units"], &whole["policy"]["only_mine"]), (&json!(21), &Value::Null), "{args:?}");
        assert!(whole["labels"][0]["alpha"].is_number() && whole.get("pairs").is_none(), "{whole}");
    }
    for args in [&["--pairs"][..], &["--people"], &["--query", "number"], &["--by", "cy"], &["--since", "2020-01-01"]] {
        let mine = figures(args);
        assert!(mine["units"].as_i64() <= Some(1), "{args:?}: {mine}");
        assert_eq!(mine["policy"]["only_mine"], json!(true), "{args:?}");
    }
    let mut session = Threadless::of(&at.join("labelry.db"), "ben", (120, 40));
    let board = session.pictures(&["A", "n"]);
    assert!(board[0].contains("21 records") && board[0].contains("instead: of records you submitted"), "{}", board[0]);
    assert!(board[1].contains("only records you submitted"), "{}", board[1]);
}

#[test]
fn a_pack_holds_no_suggestion_that_is_hidden_from_whom_it_is_for() {
    for hide in HIDES {
        let folder = folder();
        let at = folder.path();
        ground(at, hide, 8);
        done(at, &["pack", "d", "--for", "ben", "--out", "ben.db"]);
        let held = done(at, &["--db", "ben.db", "export", "d", "--user", "ben"]);
        let suggested: Vec<String> = held
            .lines()
            .skip(1)
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .filter(|record| {
                record.get("suggestions").is_some_and(|all| all.as_array().is_some_and(|all| !all.is_empty()))
            })
            .map(|record| record["id"].as_str().unwrap().to_owned())
            .collect();
        let all = ["r1", "r2", "r3", "r4", "r6", "r7", "r8"];
        let shown: &[&str] = if matches!(hide, Hide::Suggestions | Hide::Both) { &all[..1] } else { &all };
        assert_eq!(suggested, shown, "{}", hide.word());
    }
}

/// A session with a real file and without threads: what the desk and the shop do, in order.
struct Threadless {
    store: SqliteStore,
    dataset: Dataset,
    me: User,
    session: Session,
    made: u64,
    now: i64,
}

impl Threadless {
    fn of(path: &Path, who: &str, size: (u16, u16)) -> Self {
        let mut store = SqliteStore::open(path).unwrap();
        let dataset = store.datasets().unwrap().remove(0);
        let me = store.users().unwrap().into_iter().find(|user| user.name == who).unwrap();
        assert_eq!(me.role, Role::Annotator);
        let mut session = Session::new(me.clone(), dataset.clone(), size);
        session.counts = store.counts(dataset.id, me.id).unwrap();
        let newest = store.changes_since(0).unwrap();
        let mut session = Self { store, dataset, me, session, made: 1_000 * newest as u64, now: 1_000_000 };
        session.figures();
        let first = session.fetch(&Want::Resume, &Queue::Pending).map(Box::new);
        session.tell(Event::Fetched(Want::Resume, first));
        session
    }

    /// Hands the record of an id in as it is.
    fn submit(&mut self, id: &str) {
        let record = self.store.find(self.dataset.id, &Find::External(id)).unwrap().unwrap();
        let stands = self.store.entry(self.me.id, record).unwrap();
        let topic = self.dataset.questions[0].id;
        let response = Response {
            uid: format!("uid-{id}"),
            status: Status::Submitted,
            answers: [(topic, Answer::Labels(vec![0]))].into(),
            reason: None,
            active_ms: Some(1_000),
            at: Some(1_767_960_000_000),
            label_sets: self.dataset.questions.iter().map(|question| (question.id, 1)).collect(),
            guidelines_version: 1,
            saw_agents: Vec::new(),
            saw_others: false,
        };
        let after = Entry { response: Some(response), ..stands };
        let intent = Intent {
            kind: EventKind::Submit,
            record,
            name: id.to_owned(),
            after,
            stood: [].into(),
            at: 1_767_960_000_000,
        };
        assert!(matches!(self.save(intent), Event::Saved(..)));
    }

    /// The pictures after each of some keys.
    fn pictures(&mut self, keys: &[&str]) -> Vec<String> {
        let press = |word: &&str| {
            for c in word.chars() {
                self.now += 10_000;
                let key = if c == '\n' { Key::Enter } else { Key::Char(c) };
                self.tell(Event::Input(key));
            }
            picture(&self.session)
        };
        keys.iter().map(press).collect()
    }

    /// An event, and all that comes of it.
    fn tell(&mut self, event: Event) {
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            self.now += 1_000;
            let effects = self.session.update(event, self.now);
            seen(&mut self.session, self.now);
            for effect in effects {
                events.extend(self.perform(effect));
            }
        }
    }

    fn uid(&mut self) -> Uid {
        self.made += 1;
        Uid(format!("session-{}", self.made))
    }

    fn save(&mut self, intent: Intent) -> Event {
        let save = Save {
            event: self.uid(),
            changeset: self.uid(),
            session: Uid(String::from("one")),
            kind: intent.kind.clone(),
            dataset: self.dataset.id,
            user: self.me.id,
            record: intent.record,
            after: intent.after.clone(),
            stood: intent.stood.clone(),
            at: Timestamp(intent.at),
        };
        let mut uid = || Uid(String::from("never"));
        let mut given = JobContext { at: Timestamp(intent.at), uid: &mut uid };
        let by = Caller::from(&self.me);
        match answers::save(&mut self.store, &by, &self.dataset, &save, &mut given) {
            Ok(version) => Event::Saved(intent.record, version, self.counts()),
            Err(why) => Event::NotSaved(Box::new(intent), why.to_string(), None),
        }
    }

    fn counts(&mut self) -> Counts {
        self.store.counts(self.dataset.id, self.me.id).unwrap()
    }

    fn load(&mut self, record: RecordId) -> RecordView {
        records::load(&mut self.store, &self.dataset, self.me.id, record).unwrap()
    }

    fn fetch(&mut self, want: &Want, queue: &Queue) -> Option<RecordView> {
        let after = match want {
            Want::Resume | Want::Next(None) => None,
            Want::Next(Some(after)) | Want::Ahead(after) => Some(*after),
            Want::Exactly(record) | Want::Look(record) => return Some(self.load(*record)),
            Want::Named(name) => {
                let found = records::named(&mut self.store, &self.dataset, name).unwrap();
                return found.map(|record| self.load(record));
            }
        };
        let found = self.next(queue, after)?;
        Some(RecordView { place: found.position, ..self.load(found.record) })
    }

    fn next(&mut self, queue: &Queue, after: Option<Spot>) -> Option<Spot> {
        let (dataset, user) = (self.dataset.id, self.me.id);
        if !matches!(queue, Queue::Pending | Queue::Random) {
            let record = self.store.next_in_queue(dataset, user, queue, after).unwrap()?;
            return Some(Spot { record, position: self.store.record(record).unwrap().position });
        }
        let session = Uid(String::from("one"));
        let (now, until) = (Timestamp(0), Timestamp(1));
        let take = LeaseRequest { dataset, user, session: &session, queue, after, keep: None, now, until };
        self.store.take_lease(&take).unwrap()
    }

    fn question(&self, id: QuestionId) -> Question {
        self.dataset.questions.iter().find(|question| question.id == id).unwrap().clone()
    }

    /// The figures of the pane: all of them, and of what I submitted.
    fn figures(&mut self) {
        for question in self.dataset.questions.clone() {
            let what = (&self.dataset, &question);
            let all = agreement::shown(&mut self.store, Some(&self.me), what, Resampling::NONE);
            let mine = agreement::of_mine(&mut self.store, &question, self.me.id, Resampling::NONE);
            if let (Ok(all), Ok(mine)) = (all, mine) {
                self.tell(Event::Agreement(question.id, all));
                self.tell(Event::MyAgreement(question.id, mine));
            }
        }
    }

    fn similar(&mut self, record: RecordId, space: usize) -> Event {
        let found = Space::load(&mut self.store, &self.dataset, None).and_then(|space| space.nearest(record, 50));
        let found = found.map(|found| neighbours(&mut self.store, &found).unwrap()).map_err(|why| why.to_string());
        Event::Similar(record, space, found)
    }

    fn perform(&mut self, effect: Effect) -> Option<Event> {
        let (dataset, me) = (self.dataset.clone(), self.me.clone());
        let of = |question| agreement_report::QuestionScope { dataset: &dataset, question, viewer: &me };
        Some(match effect {
            Effect::Save(intent) => self.save(*intent),
            Effect::Fetch(want, queue) => {
                let found = self.fetch(&want, &queue).map(Box::new);
                Event::Fetched(want, found)
            }
            Effect::Similar(record, space, _) => self.similar(record, space),
            Effect::Rows(queue, after, count) => {
                let found = self.store.queue_records(dataset.id, me.id, &queue, after, count).unwrap();
                let more = found.len() == count;
                let rows = found.into_iter().map(|record| self.load(record)).collect();
                Event::Rows(queue, rows, more)
            }
            Effect::Precision => Event::Precision(records::precision(&mut self.store, &dataset, me.id).unwrap()),
            Effect::Headway => {
                let day = |ms: i64| format!("day {}", ms / 86_400_000);
                let found = progress::dataset_progress(&mut self.store, &dataset, Some(&me), &day);
                Event::Headway(found.map(Box::new).map_err(|why| why.to_string()))
            }
            Effect::Measure(queues) => {
                let size = |queue: Queue| {
                    let size = self.store.size(dataset.id, me.id, &queue).unwrap();
                    (queue, size)
                };
                Event::Sizes(queues.into_iter().map(size).collect())
            }
            Effect::Survey(question, scope, resampling) => {
                let asked = self.question(question);
                let found = agreement_report::agreement_report(&mut self.store, &of(&asked), &scope, resampling);
                Event::Surveyed(question, scope, found.map(Box::new).map_err(|why| why.to_string()))
            }
            Effect::Behind { question, scope, behind, raters, name } => {
                let asked = self.question(question);
                let found = agreement_report::drill_down(&mut self.store, &of(&asked), &scope, &behind, &raters);
                Event::Behind(name, found.map_err(|why| why.to_string()))
            }
            Effect::See(record, seen) => {
                let mut uid = || Uid(String::from("never"));
                let mut given = JobContext { at: Timestamp(self.now), uid: &mut uid };
                let by = Caller::from(&me);
                answers::see(&mut self.store, &by, &dataset, (record, &seen), &mut given).unwrap();
                return None;
            }
            Effect::Reverse(direction, surely) => {
                let (event, session, at) = (self.uid(), Uid(String::from("one")), Timestamp(self.now));
                let (dataset, user) = (dataset.id, me.id);
                let ask = labelry::store::Reverse { event, session, surely, dataset, user, at };
                match self.store.reverse(direction, &ask).unwrap() {
                    labelry::store::Reversed::Done(done) => {
                        let loaded = Box::new(self.load(done.record));
                        Event::Reversed(direction, done.kind, loaded, Box::new(done.left), self.counts())
                    }
                    _ => Event::NotReversed(direction, String::from("nothing"), true),
                }
            }
            _ => return None,
        })
    }
}

#[test]
fn the_walks_session_is_one_of_an_annotator() {
    let folder = folder();
    ground(folder.path(), Hide::None, 8);
    let path = folder.path().join("labelry.db");
    let mut session = Threadless::of(&path, "ben", (80, 24));
    let shown = session.pictures(&[""]);
    assert!(shown[0].contains("r2") && shown[0].contains("number 2"), "{}", shown[0]);
    assert!(SqliteStore::open(&path).unwrap().user(UserId(99)).unwrap().is_none());
    assert_eq!(SqliteStore::open(&path).unwrap().pending(session.dataset.id, session.me.id).unwrap(), 6);
}
