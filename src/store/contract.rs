//! What every store must do: one test, called with each kind of store.

mod adjudication;
mod agreement;
mod assignment;
mod changesets;
mod people;

use super::{Change, Direction, NewRecord, Reverse, Reversed, Save, Store, StoreError};
use crate::model::transfer::{DatasetSpec, FieldSpec, LabelFull, LabelSpec, QuestionSpec};
use crate::model::{
    Answer, DatasetId, Entry, EventKind, QuestionId, Queue, RecordId, Response, Role, Search, Seen, Size, Spot, Status,
    Timestamp, Uid, UserId,
};

/// What the contract's parts work on.
struct ContractFixture {
    dataset: DatasetId,
    question: QuestionId,
    records: Vec<RecordId>,
    ana: UserId,
    made: u32,
}

impl ContractFixture {
    fn uid(&mut self) -> Uid {
        self.made += 1;
        Uid(format!("made-{}", self.made))
    }

    fn save(&mut self, kind: &str, record: usize, after: Entry) -> Save {
        Save {
            stood: crate::model::Adjudications::new(),
            event: self.uid(),
            changeset: self.uid(),
            session: Uid("session-1".into()),
            kind: EventKind::of(kind),
            dataset: self.dataset,
            user: self.ana,
            record: self.records[record],
            after,
            at: Timestamp(1_000),
        }
    }

    fn change(&mut self) -> Change {
        Change { event: self.uid(), changeset: self.uid(), user: Some(self.ana), at: Timestamp(3_000) }
    }

    fn reverse(&mut self, session: &str, surely: bool) -> Reverse {
        Reverse {
            event: self.uid(),
            session: Uid(session.into()),
            surely,
            dataset: self.dataset,
            user: self.ana,
            at: Timestamp(2_000),
        }
    }

    fn submitted(&mut self, labels: &[u32], version: i64) -> Entry {
        let question = self.question;
        let response = Response {
            uid: self.uid().0,
            status: Status::Submitted,
            answers: [(question, Answer::Labels(labels.to_vec()))].into(),
            reason: None,
            active_ms: Some(1_500),
            at: Some(1_000),
            label_sets: [(question, 1)].into(),
            guidelines_version: 0,
            saw_agents: vec!["setfit".into()],
            saw_others: false,
        };
        Entry { response: Some(response), version, ..Entry::default() }
    }
}

/// Runs the whole contract on an empty store.
///
/// # Errors
/// What the store said.
///
/// # Panics
/// When the store does not hold the contract.
pub fn check(store: &mut dyn Store) -> super::Result<()> {
    let mut ground = build(store)?;
    an_answer_is_found_again(store, &mut ground)?;
    a_retry_stores_nothing_twice(store, &mut ground)?;
    a_stale_save_is_a_conflict(store, &mut ground)?;
    undo_and_redo_restore_exactly(store, &mut ground)?;
    a_discard_without_an_answer_is_undone(store, &mut ground)?;
    queues_hold_what_their_names_say(store, &mut ground)?;
    searches_find_words_whatever_they_are(store)?;
    a_step_of_several_records_is_undone_and_redone_whole(store, &mut ground)?;
    what_was_seen_stays_seen(store, &mut ground)?;
    submits_are_counted_by_time(store, &mut ground)?;
    a_rolled_back_bulk_leaves_nothing(store, &mut ground)?;
    a_replaced_entry_counts_once_and_is_a_conflict(store, &mut ground)?;
    a_later_pass_is_kept_and_not_counted(store, &mut ground)?;
    adjudication::check(store, &mut ground)?;
    changesets::check(store, &mut ground)?;
    users_and_labels_leave_an_event(store, &mut ground)?;
    people::check(store, &mut ground)?;
    assignment::check(store, &mut ground)?;
    the_sums_of_agreement_follow(store)
}

/// Submits that meet, one changed, one discarded, a step of several undone and redone, labels added, an import.
fn the_sums_of_agreement_follow(store: &mut dyn Store) -> super::Result<()> {
    let steps = [[0, 0, 0, 3], [0, 1, 0, 1], [0, 2, 0, 2], [0, 1, 0, 2], [5, 2, 0, 2], [6, 0, 0, 1], [7, 0, 0, 0]];
    let more = [[8, 0, 0, 0], [10, 0, 0, 3], [0, 2, 1, 7], [10, 0, 0, 2], [9, 1, 1, 19], [9, 1, 1, 18], [11, 1, 1, 1]];
    agreement::sums_follow(store, &[steps, more].concat())
}

fn build(store: &mut dyn Store) -> super::Result<ContractFixture> {
    let mut made = 0;
    let mut uid = || {
        made += 1;
        Uid(format!("first-{made}"))
    };
    let spec = DatasetSpec {
        name: "mail".into(),
        guidelines: Some("read".into()),
        fields: vec![FieldSpec { name: "text".into(), ..FieldSpec::default() }],
        questions: vec![QuestionSpec {
            name: "topic".into(),
            kind: "multi_label".into(),
            labels: vec![LabelSpec::Value("tax".into()), LabelSpec::Value("jobs".into())],
            ..QuestionSpec::default()
        }],
        ..DatasetSpec::default()
    };
    let dataset = store.create_dataset(&spec, Timestamp(1), &mut uid)?;
    let ana = store.create_user(&uid(), "ana", Role::Owner, Timestamp(1))?.id;
    assert!(store.create_user(&uid(), "ana", Role::Owner, Timestamp(1)).is_err());
    let mut records = Vec::new();
    store.begin()?;
    for name in ["r1", "r2", "r3"] {
        records.push(store.add_record(
            dataset,
            &NewRecord {
                uid: uid(),
                external_id: Some(name),
                natural_key: &format!("id:{name}"),
                fields: r#"{"text":"hello"}"#,
                metadata: "{}",
                extra: "{}",
            },
        )?);
    }
    store.finish_bulk(dataset, &uid(), None, Timestamp(1), "{}")?;
    store.commit()?;
    let question = store.datasets()?[0].questions[0].id;
    assert_eq!(store.counts(dataset, ana)?.records, 3);
    Ok(ContractFixture { dataset, question, records, ana, made: 0 })
}

fn an_answer_is_found_again(store: &mut dyn Store, ground: &mut ContractFixture) -> super::Result<()> {
    let entry = ground.submitted(&[1], 0);
    let save = ground.save("submit", 0, entry.clone());
    assert_eq!(store.save(&save)?, 1);
    assert!(store.entry(ground.ana, ground.records[0])?.same_content(&entry));
    assert_eq!(store.counts(ground.dataset, ground.ana)?.submitted, 1);
    let next = store.next_in_queue(ground.dataset, ground.ana, &Queue::Pending, None)?;
    assert_eq!(next, Some(ground.records[1]), "a submitted record is not pending");
    let mut seen = Vec::new();
    agreement::scan(store, ground.question, &mut |row| {
        seen.push((row.record, row.status, row.labels.map(<[u8]>::to_vec)));
    })?;
    assert_eq!(seen, vec![(ground.records[0], 1, Some(vec![0b10]))]);
    Ok(())
}

fn a_retry_stores_nothing_twice(store: &mut dyn Store, ground: &mut ContractFixture) -> super::Result<()> {
    let entry = ground.submitted(&[], 0);
    let save = ground.save("submit", 1, entry);
    let version = store.save(&save)?;
    let seq = store.changes_since(0)?;
    assert_eq!(store.save(&save)?, version);
    assert_eq!(store.changes_since(0)?, seq, "a retry adds no event");
    let none = store
        .entry(ground.ana, ground.records[1])?
        .response
        .and_then(|r| r.labels(ground.question).map(<[u32]>::to_vec));
    assert_eq!(none, Some(vec![]), "none of these is an answer");
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "one shape for all parts")]
fn a_stale_save_is_a_conflict(store: &mut dyn Store, ground: &mut ContractFixture) -> super::Result<()> {
    let entry = ground.submitted(&[0], 0);
    let save = ground.save("submit", 1, entry);
    match store.save(&save) {
        Err(StoreError::Conflict(stands)) => assert_eq!(stands.version, 1),
        other => panic!("expected a conflict, got {other:?}"),
    }
    Ok(())
}

fn undo_and_redo_restore_exactly(store: &mut dyn Store, ground: &mut ContractFixture) -> super::Result<()> {
    let record = ground.records[1];
    let answered = store.entry(ground.ana, record)?;
    let ask = ground.reverse("session-2", false);
    assert_eq!(store.reverse(Direction::Undo, &ask)?, Reversed::Earlier(EventKind::Submit, record));
    let ask = ground.reverse("session-2", true);
    assert!(matches!(store.reverse(Direction::Undo, &ask)?, Reversed::Done(_)));
    assert!(store.entry(ground.ana, record)?.same_content(&Entry::default()));
    assert_eq!(store.counts(ground.dataset, ground.ana)?.submitted, 1);
    let ask = ground.reverse("session-2", true);
    assert!(matches!(store.reverse(Direction::Redo, &ask)?, Reversed::Done(_)));
    assert!(store.entry(ground.ana, record)?.same_content(&answered));
    let ask = ground.reverse("session-2", false);
    let again = store.reverse(Direction::Undo, &ask)?;
    assert!(matches!(again, Reversed::Done(_)), "what this session did again is its own: {again:?}");
    let ask = ground.reverse("session-2", true);
    assert!(matches!(store.reverse(Direction::Redo, &ask)?, Reversed::Done(_)));
    let ask = ground.reverse("session-2", true);
    assert_eq!(store.reverse(Direction::Redo, &ask)?, Reversed::Nothing);
    Ok(())
}

fn a_discard_without_an_answer_is_undone(store: &mut dyn Store, ground: &mut ContractFixture) -> super::Result<()> {
    let mut entry = ground.submitted(&[], 0);
    if let Some(response) = &mut entry.response {
        response.status = Status::Discarded;
        response.answers.clear();
    }
    let save = ground.save("discard", 2, entry);
    store.save(&save)?;
    let ask = ground.reverse("session-1", false);
    assert!(matches!(store.reverse(Direction::Undo, &ask)?, Reversed::Done(_)));
    assert!(store.entry(ground.ana, ground.records[2])?.same_content(&Entry::default()));
    Ok(())
}

/// All records of a queue, one step after the other.
fn walk(store: &mut dyn Store, ground: &ContractFixture, queue: &Queue) -> super::Result<Vec<RecordId>> {
    let mut all = Vec::new();
    let mut spot = None;
    while let Some(record) = store.next_in_queue(ground.dataset, ground.ana, queue, spot)? {
        all.push(record);
        spot = Some(Spot { record, position: store.record(record)?.position });
    }
    Ok(all)
}

/// At this point the first two records are submitted, the third is untouched.
fn queues_hold_what_their_names_say(store: &mut dyn Store, ground: &mut ContractFixture) -> super::Result<()> {
    let all = ground.records.clone();
    let flagged = Entry { flag: true, ..store.entry(ground.ana, all[1])? };
    let save = ground.save("flag", 1, flagged);
    store.save(&save)?;
    for (queue, records) in [
        (Queue::Pending, &all[2..]),
        (Queue::Random, &all[2..]),
        (Queue::Submitted, &all[..2]),
        (Queue::Flagged, &all[1..2]),
        (Queue::Drafts, &[][..]),
        (Queue::Changed, &[][..]),
        (Queue::Discarded, &[][..]),
        (Queue::All, &all[..]),
        (Queue::List("two".into(), vec![all[2], all[0]].into()), &[all[2], all[0]][..]),
    ] {
        assert_eq!(walk(store, ground, &queue)?, records, "{}", queue.word());
        assert_eq!(store.queue_records(ground.dataset, ground.ana, &queue, None, 2)?, records[..records.len().min(2)]);
        let size = store.size(ground.dataset, ground.ana, &queue)?;
        assert_eq!(size, Size::Exactly(records.len() as u64), "{}", queue.word());
    }
    Ok(())
}

/// In a dataset of its own.
fn searches_find_words_whatever_they_are(store: &mut dyn Store) -> super::Result<()> {
    let mut made = 0;
    let mut uid = || {
        made += 1;
        Uid(format!("search-{made}"))
    };
    let spec = DatasetSpec {
        name: "searched".into(),
        fields: vec![FieldSpec { name: "text".into(), ..FieldSpec::default() }],
        questions: vec![QuestionSpec { name: "q".into(), kind: "multi_label".into(), ..QuestionSpec::default() }],
        ..DatasetSpec::default()
    };
    store.begin()?;
    let dataset = store.create_dataset(&spec, Timestamp(1), &mut uid)?;
    let texts = ["Two refunds, C++ and 50%", "I don't want a refund, crème", "关于订单的问题 a-b C"];
    for (at, text) in texts.iter().enumerate() {
        let fields = serde_json::json!({ "text": text }).to_string();
        let key = format!("id:{at}");
        store.add_record(
            dataset,
            &NewRecord {
                uid: uid(),
                external_id: Some(&at.to_string()),
                natural_key: &key,
                fields: &fields,
                metadata: "{}",
                extra: "{}",
            },
        )?;
    }
    store.finish_bulk(dataset, &uid(), None, Timestamp(1), "{}")?;
    store.commit()?;
    let mut check = |words: &str, expected: &[&str]| -> super::Result<()> {
        let queue = Queue::Search(words.into());
        let (mut found, mut spot) = (Vec::new(), None);
        while let Some(record) = store.next_in_queue(dataset, UserId(1), &queue, spot)? {
            let record = store.record(record)?;
            spot = Some(Spot { record: record.id, position: record.position });
            found.extend(record.external_id);
        }
        assert_eq!(found, expected, "{words}");
        assert_eq!(store.queue_records(dataset, UserId(1), &queue, None, 9)?.len(), expected.len(), "{words}");
        assert_eq!(store.size(dataset, UserId(1), &queue)?, Size::Exactly(expected.len() as u64), "{words}");
        assert_eq!(store.search(dataset, &Search::parse(words), 9)?.len(), expected.len(), "{words}");
        Ok(())
    };
    check("refund", &["0", "1"])?;
    check("\"refund\"", &["1"])?;
    check("REFUND -creme", &["0"])?;
    check("C++", &["0"])?;
    check("50%", &["0"])?;
    check("don't", &["1"])?;
    check("a-b", &["2"])?;
    check("订单", &["2"])?;
    check("++", &["0"])?;
    check("-refund", &["2"])?;
    check("refund AND (", &[])?;
    check("\"", &[])?;
    check("NEAR(", &[])
}

fn a_step_of_several_records_is_undone_and_redone_whole(
    store: &mut dyn Store,
    ground: &mut ContractFixture,
) -> super::Result<()> {
    let before: Vec<Entry> = ground
        .records
        .clone()
        .into_iter()
        .map(|record| store.entry(ground.ana, record))
        .collect::<super::Result<_>>()?;
    let step = ground.uid();
    let mut saves = Vec::new();
    for (record, entry) in before.iter().enumerate() {
        let after = ground.submitted(&[0, 1], entry.version);
        saves.push(Save { changeset: step.clone(), ..ground.save("submit", record, after) });
    }
    let stale = Save { after: Entry { version: 99, ..saves[2].after.clone() }, ..saves[2].clone() };
    let refused = store.save_all(&[saves[0].clone(), stale]);
    assert!(matches!(refused, Err(StoreError::Conflict(_))));
    assert!(store.entry(ground.ana, ground.records[0])?.same_content(&before[0]), "none or all");
    store.save_all(&saves)?;
    let ask = ground.reverse("session-1", false);
    assert_eq!(store.reverse(Direction::Undo, &ask)?, Reversed::Bulk(EventKind::Submit, 3));
    let ask = ground.reverse("session-1", true);
    assert!(matches!(store.reverse(Direction::Undo, &ask)?, Reversed::Done(_)));
    for (record, entry) in ground.records.clone().into_iter().zip(&before) {
        assert!(store.entry(ground.ana, record)?.same_content(entry));
    }
    let ask = ground.reverse("session-1", true);
    assert!(matches!(store.reverse(Direction::Redo, &ask)?, Reversed::Done(_)));
    assert_eq!(store.counts(ground.dataset, ground.ana)?.submitted, 3);
    let ask = ground.reverse("session-1", true);
    assert!(matches!(store.reverse(Direction::Undo, &ask)?, Reversed::Done(_)));
    Ok(())
}

fn what_was_seen_stays_seen(store: &mut dyn Store, ground: &mut ContractFixture) -> super::Result<()> {
    let (record, ana) = (ground.records[2], ground.ana);
    let version = store.entry(ana, record)?.version;
    let seen = |others, agent: &str| Seen { others, agents: [agent.to_owned()].into() };
    store.see(ground.dataset, ana, record, &seen(true, "setfit"))?;
    let mut entry = ground.submitted(&[0], version);
    entry.seen = seen(false, "rules");
    let save = ground.save("submit", 2, entry);
    store.save(&save)?;
    let ask = ground.reverse("session-1", false);
    assert!(matches!(store.reverse(Direction::Undo, &ask)?, Reversed::Done(_)));
    let both = Seen { others: true, agents: ["rules".to_owned(), "setfit".to_owned()].into() };
    assert_eq!(store.entry(ana, record)?.seen, both, "an undo does not unsee");
    Ok(())
}

fn submits_are_counted_by_time(store: &mut dyn Store, ground: &mut ContractFixture) -> super::Result<()> {
    let day = 86_400_000;
    let mut entry = ground.submitted(&[0], store.entry(ground.ana, ground.records[2])?.version);
    if let Some(response) = &mut entry.response {
        response.at = Some(day + 5_000);
    }
    let before = store.submitted_since(ground.dataset, ground.ana, Timestamp(0))?;
    let save = ground.save("submit", 2, entry);
    store.save(&save)?;
    assert_eq!(store.submitted_since(ground.dataset, ground.ana, Timestamp(0))?, before + 1);
    assert_eq!(store.submitted_since(ground.dataset, ground.ana, Timestamp(day))?, 1);
    let ask = ground.reverse("session-1", false);
    store.reverse(Direction::Undo, &ask)?;
    assert_eq!(store.submitted_since(ground.dataset, ground.ana, Timestamp(day))?, 0);
    Ok(())
}

fn a_rolled_back_bulk_leaves_nothing(store: &mut dyn Store, ground: &mut ContractFixture) -> super::Result<()> {
    store.begin()?;
    let entry = ground.submitted(&[0], 0);
    store.put_entry(ground.dataset, ground.ana, ground.records[2], &entry)?;
    store.rollback()?;
    assert!(store.entry(ground.ana, ground.records[2])?.same_content(&Entry::default()));
    Ok(())
}

fn a_replaced_entry_counts_once_and_is_a_conflict(
    store: &mut dyn Store,
    ground: &mut ContractFixture,
) -> super::Result<()> {
    let (ana, record) = (ground.ana, ground.records[0]);
    let before = store.entry(ana, record)?;
    let counts = store.counts(ground.dataset, ana)?;
    let own = store.last_touched(ground.dataset, ana)?;
    let entry = ground.submitted(&[0], 0);
    let change = ground.change();
    store.begin()?;
    store.replace_entry(ground.dataset, ana, record, &entry, &change)?;
    store.commit()?;
    let now = store.entry(ana, record)?;
    assert!(now.same_content(&entry));
    assert_eq!(now.version, before.version + 1);
    assert_eq!(store.counts(ground.dataset, ana)?, counts, "still one submitted response");
    assert_eq!(store.last_touched(ground.dataset, ana)?, own, "an import is nobody's own step");
    let stale = ground.save("submit", 0, before);
    assert!(matches!(store.save(&stale), Err(StoreError::Conflict(_))));
    Ok(())
}

fn a_later_pass_is_kept_and_not_counted(store: &mut dyn Store, ground: &mut ContractFixture) -> super::Result<()> {
    let (ana, record) = (ground.ana, ground.records[2]);
    let Some(response) = ground.submitted(&[0, 1], 0).response else { return Ok(()) };
    store.put_pass(ground.dataset, ana, record, 2, &response)?;
    let extra = serde_json::Map::from_iter([(String::from("k"), serde_json::Value::from(1))]);
    store.put_extra(ground.dataset, ana, record, 2, &extra)?;
    let beside = store.beside(record, record)?.remove(&record).unwrap_or_default();
    let passes: Vec<_> = beside.passes.iter().map(|pass| (pass.user.as_str(), pass.pass, &pass.response)).collect();
    assert_eq!(passes, [("ana", 2, &response)]);
    assert_eq!(beside.responses, [(String::from("ana"), 2, extra)]);
    assert_eq!(store.entry(ana, record)?.response, None, "the first pass is another");
    let mut counted = 0;
    agreement::scan(store, ground.question, &mut |row| counted += usize::from(row.record == record))?;
    assert_eq!(counted, 0);
    Ok(())
}

fn users_and_labels_leave_an_event(store: &mut dyn Store, ground: &mut ContractFixture) -> super::Result<()> {
    let before = store.changes_since(0)?;
    let uid = ground.uid();
    store.create_user_by(&uid, "bob", Role::Annotator, Timestamp(3), Some(ground.ana))?;
    let made = store.changes_since(before)?;
    assert!(made > before, "a new user is an event");
    let same = ground.uid();
    assert!(store.create_user_by(&same, "bob", Role::Annotator, Timestamp(3), Some(ground.ana)).is_err());
    assert_eq!(store.changes_since(made)?, made, "a refused one is none");
    let change = ground.change();
    let label = LabelFull { value: "bug".into(), ..LabelFull::default() };
    let mut number = 0;
    let mut uid = || {
        number += 1;
        Uid(format!("label-{number}"))
    };
    store.add_labels(ground.question, std::slice::from_ref(&label), &change, &mut uid)?;
    let added = store.changes_since(made)?;
    assert!(added > made, "a new label is an event");
    let twice = ground.change();
    assert!(store.add_labels(ground.question, &[label], &twice, &mut uid).is_err());
    assert_eq!(store.changes_since(added)?, added, "a refused one is none");
    let dataset = store.datasets()?.remove(0);
    assert_eq!(dataset.questions[0].label_set, 2, "and changes nothing");
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::store::sqlite::SqliteStore;

    #[test]
    fn the_sqlite_store_holds_the_contract() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = SqliteStore::open_or_create(&folder.path().join("x.db")).unwrap();
        super::check(&mut store).unwrap();
    }

    #[test]
    fn a_file_of_another_program_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.db");
        std::fs::write(&path, "not a database, only some text that is long enough").unwrap();
        let said = SqliteStore::open(&path).err().unwrap().to_string();
        assert!(said.ends_with("not a labelry file"), "{said}");
    }
}
