//! One person's work of a session, kept beside the file it was saved to: when that file is removed or replaced meanwhile,
//! it goes into a new labelry file, which a merge takes home. Nobody else's work is in it.

use std::collections::{BTreeMap, BTreeSet};

use super::merge::dataset_mapping::DatasetHead;
use super::{JobContext, JobError, within};
use crate::model::{Answers, Dataset, Person, QuestionId, RecordId, Response, Role, User, UserId, Whole, WholeParts};
use crate::store::{NewRecord, Save, Store, StoreError};

/// Records that were only looked at and are remembered all the same: one of them may be answered next.
const LOOKED_AT: usize = 64;

/// How many bytes of records are kept at most; those beyond are read from the file when it comes to that.
const ROOM: usize = 64 << 20;

/// What is needed to write a person's work of a session anew, without the file it is in.
#[derive(Debug, Clone)]
pub struct Rescue {
    user: User,
    frame: DatasetHead,
    records: BTreeMap<RecordId, Whole>,
    /// What was saved in this session.
    worked: BTreeSet<RecordId>,
    /// What was only looked at, oldest first.
    looked_at: Vec<RecordId>,
    bytes: usize,
}

/// What a rescue wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rescued {
    /// Records with what the person holds about them.
    pub records: usize,
    /// Records that were worked on and could not be had.
    pub lost: usize,
}

impl Rescue {
    /// Nothing yet of what this person will do to the dataset.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn begin(store: &mut dyn Store, dataset: &Dataset, user: &User) -> Result<Self, StoreError> {
        Ok(Self {
            user: user.clone(),
            frame: DatasetHead::of(store, dataset)?,
            records: BTreeMap::new(),
            worked: BTreeSet::new(),
            looked_at: Vec::new(),
            bytes: 0,
        })
    }

    /// The dataset has other labels or guidelines now.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn adopt(&mut self, store: &mut dyn Store, dataset: &Dataset) -> Result<(), StoreError> {
        self.frame = DatasetHead::of(store, dataset)?;
        Ok(())
    }

    /// Remembers a record that is looked at.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn look(&mut self, store: &mut dyn Store, record: RecordId) -> Result<(), StoreError> {
        if self.records.contains_key(&record) {
            return Ok(());
        }
        self.remember(store, &[record])?;
        self.looked_at.push(record);
        if self.looked_at.len() > LOOKED_AT {
            let oldest = self.looked_at.remove(0);
            if !self.worked.contains(&oldest) {
                self.forget(oldest);
            }
        }
        Ok(())
    }

    /// Remembers records as they stand after something of the person's was saved on them.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn worked(&mut self, store: &mut dyn Store, records: &[RecordId]) -> Result<(), StoreError> {
        self.worked.extend(records);
        self.remember(store, records)
    }

    fn remember(&mut self, store: &mut dyn Store, records: &[RecordId]) -> Result<(), StoreError> {
        let mut records = records.to_vec();
        records.sort_unstable();
        let me = BTreeSet::from([self.user.id]);
        let parts = WholeParts { people: Some(&me), suggestions: false, ..WholeParts::ALL };
        for mut whole in store.whole_parts(self.frame.dataset.id, &records, parts)? {
            whole.adjudications.retain(|_, adjudication| adjudication.user == self.user.id);
            self.forget(whole.id);
            let bytes = size(&whole);
            if self.bytes + bytes <= ROOM {
                self.bytes += bytes;
                self.records.insert(whole.id, whole);
            }
        }
        Ok(())
    }

    fn forget(&mut self, record: RecordId) {
        if let Some(former) = self.records.remove(&record) {
            self.bytes -= size(&former);
        }
    }

    /// Whether all that was saved in this session stands in the file, or something that was saved later.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn is_in_file(&self, store: &mut dyn Store) -> Result<bool, StoreError> {
        for record in &self.worked {
            let saved = self.records.get(record).and_then(|whole| whole.people.get(&self.user.id));
            let Some(saved) = saved.map(|person| &person.entry) else { continue };
            let there = store.entry(self.user.id, *record)?;
            if there.version < saved.version || (there.version == saved.version && !there.same_content(saved)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Writes all that was saved in this session, and what could not be saved, into a new file. `old`: the file it was
    /// saved to, where that can still be read.
    ///
    /// # Errors
    /// When the new file cannot be written.
    pub fn write(
        &mut self,
        new: &mut dyn Store,
        unsaved: &[Save],
        old: Option<&mut dyn Store>,
        given: &mut JobContext<'_>,
    ) -> Result<Rescued, JobError> {
        let mut wanted = self.worked.clone();
        wanted.extend(unsaved.iter().map(|save| save.record));
        let absent: Vec<RecordId> = wanted.iter().copied().filter(|id| !self.records.contains_key(id)).collect();
        if let Some(old) = old.filter(|_| !absent.is_empty()) {
            // What is beyond the room is only in the old file; where it cannot be read it is counted as lost.
            let _read_or_lost = self.remember(old, &absent);
        }
        let mut written = BTreeMap::new();
        let ground = within(new, false, |new| {
            let ground = New::make(new, &self.frame, &self.user, given)?;
            for whole in wanted.iter().filter_map(|id| self.records.get(id)) {
                written.insert(whole.id, ground.add(new, self.user.id, whole)?);
            }
            new.recount(ground.dataset.id)?;
            Ok(ground)
        })?;
        for save in unsaved {
            let Some(record) = written.get(&save.record) else { continue };
            ground.save(new, save, *record)?;
        }
        Ok(Rescued { records: written.len(), lost: wanted.len() - written.len() })
    }
}

fn size(whole: &Whole) -> usize {
    whole.fields.len() + whole.metadata.len() + whole.extra.len() + 1_024
}

/// The dataset and the person in the new file.
struct New {
    dataset: Dataset,
    user: UserId,
    questions: BTreeMap<QuestionId, QuestionId>,
}

impl New {
    fn make(
        new: &mut dyn Store,
        frame: &DatasetHead,
        user: &User,
        given: &mut JobContext<'_>,
    ) -> Result<Self, JobError> {
        let made = frame.make(new, &frame.dataset.path(), given)?;
        let me = new.create_user(&user.uid, &user.name, Role::Owner, given.at)?;
        // Whoever opens it is the one whose work it is.
        new.name_user(me.id, &user.name, Some("*"))?;
        let dataset = new.datasets()?.into_iter().find(|dataset| dataset.id == made);
        let dataset = dataset.ok_or_else(|| StoreError::Missing(String::from("the dataset could not be made")))?;
        let pairs = frame.dataset.questions.iter().zip(&dataset.questions);
        let questions = pairs.map(|(theirs, ours)| (theirs.id, ours.id)).collect();
        Ok(Self { dataset, user: me.id, questions })
    }

    fn add(&self, new: &mut dyn Store, me: UserId, whole: &Whole) -> Result<RecordId, JobError> {
        let record = NewRecord {
            uid: whole.uid.clone(),
            external_id: whole.external_id.as_deref(),
            natural_key: &whole.natural_key,
            fields: &whole.fields,
            metadata: &whole.metadata,
            extra: &whole.extra,
        };
        let id = new.add_record(self.dataset.id, &record)?;
        if whole.changed_at.is_some() {
            new.stamp_record(id, whole.changed_at)?;
        }
        if let Some(person) = whole.people.get(&me) {
            new.put_person(self.dataset.id, self.user, id, &self.person(person), false)?;
        }
        let adjudications = whole.adjudications.iter().filter_map(|(question, adjudication)| {
            let question = self.questions.get(question)?;
            Some((*question, crate::model::Adjudication { user: self.user, ..adjudication.clone() }))
        });
        new.put_adjudications(id, &adjudications.collect())?;
        Ok(id)
    }

    /// An answer that was not acknowledged, on top of what stood.
    fn save(&self, new: &mut dyn Store, save: &Save, record: RecordId) -> Result<(), JobError> {
        let mut after = save.after.clone();
        after.version = new.entry(self.user, record)?.version;
        after.response = after.response.map(|response| self.response(&response));
        after.working = after.working.map(|answers| self.answers(&answers));
        let mut stood = crate::model::Adjudications::new();
        if let Some(adjudications) = after.adjudications.take() {
            stood = new.adjudications(record)?;
            let mine = adjudications.into_iter().filter(|(_, adjudication)| adjudication.user == save.user);
            let mine = mine.filter_map(|(question, adjudication)| {
                let question = self.questions.get(&question)?;
                Some((*question, crate::model::Adjudication { user: self.user, ..adjudication }))
            });
            after.adjudications = Some(mine.collect());
        }
        let saved = Save { dataset: self.dataset.id, user: self.user, record, after, stood, ..save.clone() };
        new.save(&saved)?;
        Ok(())
    }

    fn person(&self, person: &Person) -> Person {
        let mut person = person.clone();
        person.entry.response = person.entry.response.map(|response| self.response(&response));
        person.entry.working = person.entry.working.map(|answers| self.answers(&answers));
        for (response, _) in person.passes.values_mut() {
            *response = self.response(response);
        }
        person
    }

    fn response(&self, response: &Response) -> Response {
        let sets = response.label_sets.iter();
        let label_sets = sets.filter_map(|(id, set)| Some((*self.questions.get(id)?, *set))).collect();
        Response { answers: self.answers(&response.answers), label_sets, ..response.clone() }
    }

    fn answers(&self, answers: &Answers) -> Answers {
        answers.iter().filter_map(|(id, answer)| Some((*self.questions.get(id)?, answer.clone()))).collect()
    }
}
