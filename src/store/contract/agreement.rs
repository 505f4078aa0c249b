//! The sums of agreement equal a full count of the answers, whatever was done to them.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::transfer::{DatasetSpec, FieldSpec, LabelFull, LabelSpec, QuestionSpec};
use crate::model::{
    Answer, Dataset, Entry, EventKind, Question, QuestionKind, RecordId, Response, Role, Status, Timestamp, Uid,
    UnitClass, UserId,
};
use crate::store::{Change, Direction, NewRecord, Result, Reverse, Save, Store};

/// One step of several people's work: what is done, by whom, on which record, and with which ticks.
pub type Step = [u8; 4];

/// People and records of the ground; few, so that they meet.
const PEOPLE: usize = 3;
const RECORDS: usize = 3;

struct AgreementFixture {
    dataset: Dataset,
    people: Vec<UserId>,
    records: Vec<RecordId>,
    made: u32,
}

/// Does all steps in a dataset of its own, one after the other, and counts anew after each.
///
/// # Errors
/// What the store said.
///
/// # Panics
/// When the sums are not those of the answers.
pub fn sums_follow(store: &mut dyn Store, steps: &[Step]) -> Result<()> {
    let mut ground = build(store)?;
    for (at, step) in steps.iter().enumerate() {
        ground.take(store, *step)?;
        ground.dataset = dataset_now(store)?;
        for question in ground.dataset.questions.iter().filter(|question| question.kind != QuestionKind::Text) {
            let (classes, raters) = counted(store, question)?;
            let mut found = store.agreement_classes(question.id)?;
            found.resize(question.labels.len(), Vec::new());
            assert_eq!(found, classes, "{} after step {at} of {steps:?}", question.name);
            assert_eq!(store.raters(question.id)?, raters, "{} after step {at} of {steps:?}", question.name);
            ground.scans_all(store, question)?;
            for person in &ground.people {
                ground.scans_own(store, question, *person)?;
            }
        }
    }
    Ok(())
}

/// The answers of the first pass.
pub(super) fn scan(
    store: &mut dyn Store,
    question: crate::model::QuestionId,
    each: &mut dyn FnMut(crate::store::Rated<'_>),
) -> Result<()> {
    store.scan_rated(question, false, &mut |row| {
        if row.pass == 1 {
            each(row);
        }
    })
}

/// The classes and raters of a question, from every answer of it.
fn counted(store: &mut dyn Store, question: &Question) -> Result<(Vec<Vec<UnitClass>>, Vec<UserId>)> {
    let mut units: Vec<BTreeMap<RecordId, (u32, u32)>> = vec![BTreeMap::new(); question.labels.len()];
    let mut raters = BTreeSet::new();
    scan(store, question.id, &mut |row| {
        let (1, Some(bits), Some(set)) = (row.status, row.labels, row.label_set) else { return };
        raters.insert(row.user);
        for (at, label) in question.labels.iter().enumerate().filter(|(_, label)| label.offered_in(set)) {
            let unit = units[at].entry(row.record).or_default();
            let ticked = bits.get(at / 8).is_some_and(|byte| byte >> (at % 8) & 1 == 1);
            *unit = (unit.0 + 1, unit.1 + u32::from(ticked));
            assert!(label.since <= question.label_set);
        }
    })?;
    let classes = |units: &BTreeMap<RecordId, (u32, u32)>| {
        let mut classes = BTreeMap::new();
        units.values().filter(|unit| unit.0 > 1).for_each(|unit| *classes.entry(*unit).or_default() += 1);
        classes.into_iter().map(|((answers, positives), units)| UnitClass { answers, positives, units }).collect()
    };
    Ok((units.iter().map(classes).collect(), raters.into_iter().collect()))
}

fn dataset_now(store: &mut dyn Store) -> Result<Dataset> {
    let mut all = store.datasets()?;
    all.retain(|dataset| dataset.name == "sums");
    Ok(all.remove(0))
}

fn build(store: &mut dyn Store) -> Result<AgreementFixture> {
    let mut made = 0;
    let mut uid = || {
        made += 1;
        Uid(format!("sums-{made}"))
    };
    let question = |name: &str, kind: &str, labels: &[&str]| QuestionSpec {
        name: name.into(),
        kind: kind.into(),
        labels: labels.iter().map(|label| LabelSpec::Value((*label).to_owned())).collect(),
        ..QuestionSpec::default()
    };
    let spec = DatasetSpec {
        name: "sums".into(),
        fields: vec![FieldSpec { name: "text".into(), ..FieldSpec::default() }],
        questions: vec![
            question("topic", "multi_label", &["tax", "jobs"]),
            question("tone", "label", &["good", "bad"]),
            question("later", "multi_label", &[]),
            question("why", "text", &[]),
        ],
        ..DatasetSpec::default()
    };
    store.create_dataset(&spec, Timestamp(1), &mut uid)?;
    let dataset = dataset_now(store)?;
    let mut people = Vec::new();
    for person in 0..PEOPLE {
        people.push(store.create_user(&uid(), &format!("sums-{person}"), Role::Annotator, Timestamp(1))?.id);
    }
    store.begin()?;
    let mut records = Vec::new();
    for record in 0..RECORDS {
        let key = format!("id:{record}");
        let new = NewRecord {
            uid: uid(),
            external_id: None,
            natural_key: &key,
            fields: "{\"text\":\"t\"}",
            metadata: "{}",
            extra: "{}",
        };
        records.push(store.add_record(dataset.id, &new)?);
    }
    store.finish_bulk(dataset.id, &uid(), None, Timestamp(1), "{}")?;
    store.commit()?;
    Ok(AgreementFixture { dataset, people, records, made: 0 })
}

impl AgreementFixture {
    fn uid(&mut self) -> Uid {
        self.made += 1;
        Uid(format!("sums-step-{}", self.made))
    }

    fn take(&mut self, store: &mut dyn Store, [what, who, at, ticks]: Step) -> Result<()> {
        let user = self.people[usize::from(who) % PEOPLE];
        let record = usize::from(at) % RECORDS;
        match what % 12 {
            0..=3 => self.save(store, user, &[record], Status::Submitted, ticks),
            4 => self.save(store, user, &[record], Status::Draft, ticks),
            5 => self.save(store, user, &[record], Status::Discarded, ticks),
            6 => self.save(store, user, &[0, 1, 2], Status::Submitted, ticks),
            7 | 8 => self.reverse(store, user, if what % 12 == 7 { Direction::Undo } else { Direction::Redo }),
            9 => self.import(store, user, record, ticks),
            10 => self.add_label(store, ticks),
            _ => {
                let Some(response) = self.entry(Status::Submitted, ticks).response else { return Ok(()) };
                store.put_pass(self.dataset.id, user, self.records[record], 2, &response)
            }
        }
    }

    /// An answer of each question, left out or under an older label set where the ticks say so.
    fn entry(&mut self, status: Status, ticks: u8) -> Entry {
        let mut response = Response {
            uid: self.uid().0,
            status,
            answers: BTreeMap::new(),
            reason: None,
            active_ms: None,
            at: Some(1),
            label_sets: BTreeMap::new(),
            guidelines_version: 0,
            saw_agents: Vec::new(),
            saw_others: false,
        };
        for question in &self.dataset.questions {
            let labels = (0..question.labels.len() as u32).filter(|label| ticks.rotate_right(*label) & 1 == 1);
            let answer = match question.kind {
                QuestionKind::MultiLabel => Answer::Labels(labels.collect()),
                QuestionKind::Label if ticks & 4 == 0 => Answer::Labels(vec![u32::from(ticks & 1)]),
                QuestionKind::Text => Answer::Text("t".into()),
                _ => continue,
            };
            response.answers.insert(question.id, answer);
            response.label_sets.insert(question.id, if ticks & 8 == 0 { question.label_set } else { 1 });
        }
        Entry { response: Some(response), ..Entry::default() }
    }

    fn save(
        &mut self,
        store: &mut dyn Store,
        user: UserId,
        records: &[usize],
        status: Status,
        ticks: u8,
    ) -> Result<()> {
        let step = self.uid();
        let mut saves = Vec::new();
        for record in records {
            let record = self.records[*record];
            let version = store.entry(user, record)?.version;
            saves.push(Save {
                stood: crate::model::Adjudications::new(),
                event: self.uid(),
                changeset: step.clone(),
                session: Uid("sums".into()),
                kind: EventKind::Submit,
                dataset: self.dataset.id,
                user,
                record,
                after: Entry { version, ..self.entry(status, ticks) },
                at: Timestamp(1),
            });
        }
        match &saves[..] {
            [save] => store.save(save).map(drop),
            saves => store.save_all(saves),
        }
    }

    fn reverse(&mut self, store: &mut dyn Store, user: UserId, direction: Direction) -> Result<()> {
        let ask = Reverse {
            event: self.uid(),
            session: Uid("sums".into()),
            surely: true,
            dataset: self.dataset.id,
            user,
            at: Timestamp(1),
        };
        match store.reverse(direction, &ask) {
            Err(crate::store::StoreError::Overtaken) => Ok(()),
            done => done.map(drop),
        }
    }

    /// A scan of one person is a scan of the records that they submitted.
    fn scans_own(&self, store: &mut dyn Store, question: &Question, person: UserId) -> Result<()> {
        let mut theirs = BTreeSet::new();
        for record in &self.records {
            if store.entry(person, *record)?.status() == Some(Status::Submitted) {
                theirs.insert(*record);
            }
        }
        let (mut all, mut found) = (Vec::new(), Vec::new());
        let row = |row: crate::store::Rated<'_>| (row.record, row.user, row.status, row.labels.map(<[u8]>::to_vec));
        scan(store, question.id, &mut |scanned| all.push(row(scanned)))?;
        store.scan_of(question.id, person, &mut |scanned| found.push(row(scanned)))?;
        all.retain(|row| theirs.contains(&row.0));
        assert_eq!(found, all);
        Ok(())
    }

    /// A scan of everything has the answers of the plain one, and as a whole one row for each response.
    fn scans_all(&self, store: &mut dyn Store, question: &Question) -> Result<()> {
        let (mut plain, mut answers, mut whole, mut responses) = (Vec::new(), Vec::new(), Vec::new(), 0);
        scan(store, question.id, &mut |row| plain.push((row.record, row.user, row.status, row.label_set)))?;
        let first =
            |row: crate::store::Rated<'_>| (row.pass == 1).then_some((row.record, row.user, row.status, row.label_set));
        store.scan_rated(question.id, false, &mut |rated| answers.extend(first(rated)))?;
        store.scan_rated(question.id, true, &mut |rated| whole.extend(first(rated)))?;
        for (record, person) in self.records.iter().flat_map(|record| self.people.iter().map(move |who| (record, who)))
        {
            responses += usize::from(store.entry(*person, *record)?.response.is_some());
        }
        assert_eq!(answers, plain);
        assert_eq!(whole.len(), responses);
        whole.retain(|(.., label_set)| label_set.is_some());
        assert_eq!(whole, plain);
        let submitted = plain.iter().filter(|(_, _, status, _)| *status == 1).count() as u64;
        assert_eq!(store.seen(question.id)?, (0, 0, submitted));
        Ok(())
    }

    fn change(&mut self) -> Change {
        Change { event: self.uid(), changeset: self.uid(), user: None, at: Timestamp(1) }
    }

    /// An entry that is put, added or replaced, in an import that is finished or not.
    fn import(&mut self, store: &mut dyn Store, user: UserId, record: usize, ticks: u8) -> Result<()> {
        let (record, entry, change) = (self.records[record], self.entry(Status::Submitted, ticks), self.change());
        let dataset = self.dataset.id;
        store.begin()?;
        if store.entry(user, record)?.same_content(&Entry::default()) {
            store.put_entry(dataset, user, record, &entry)?;
        } else {
            store.replace_entry(dataset, user, record, &entry, &change)?;
        }
        if ticks & 16 == 0 {
            return store.rollback();
        }
        store.finish_bulk(dataset, &self.uid(), None, Timestamp(1), "{}")?;
        store.commit()
    }

    fn add_label(&mut self, store: &mut dyn Store, ticks: u8) -> Result<()> {
        let question = &self.dataset.questions[usize::from(ticks) % 3];
        if question.labels.len() > 9 {
            return Ok(());
        }
        let since = (ticks & 32 > 0).then_some(1);
        let label = LabelFull { value: format!("new {}", question.labels.len()), since, ..LabelFull::default() };
        let (id, change) = (question.id, self.change());
        let mut made = self.made;
        let mut uid = || {
            made += 1;
            Uid(format!("sums-label-{made}"))
        };
        store.add_labels(id, &[label], &change, &mut uid)?;
        self.made = made;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::sums_follow;
    use crate::store::sqlite::SqliteStore;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn the_sums_of_agreement_are_those_of_the_answers_after_any_steps(
            steps in prop::collection::vec(any::<[u8; 4]>(), 1..40)
        ) {
            let folder = tempfile::tempdir().unwrap();
            let mut store = SqliteStore::open_or_create(&folder.path().join("x.db")).unwrap();
            sums_follow(&mut store, &steps).unwrap();
        }
    }
}
