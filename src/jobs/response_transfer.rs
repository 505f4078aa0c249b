//! Responses from one dataset to another: records are matched by id, by a key of their metadata, or by content, and
//! never by guess; questions and labels by value, or as a mapping says.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};

use super::caller::allowed;
use super::merge::{Ask, ChangeCounts, Clash, Clashes, dataset_mapping, told_of};
use super::{Caller, JobContext, JobError, within};
use crate::engine::merge::{self, MergeRule, PartOutcome};
use crate::model::{
    Dataset, Entry, EventKind, Label, Permission, Person, Question, QuestionId, RecordId, Stamp, Stamps, Status, Uid,
    UserId, Whole,
};
use crate::progress::Progress;
use crate::store::{Change, NewEvent, Store};
use crate::text::one_line;

/// Records that are looked at together.
const PAGE: usize = 2_000;

/// What to do where a question or label has no match.
const WAY_OUT: &str =
    "add them there, or say what they are called there with --mapping FILE (question,label,to_question,to_label)";

/// How a record of one dataset is found in the other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Match {
    /// By id; one without id by content.
    #[default]
    Id,
    /// By a key of the metadata.
    Metadata(String),
    /// By the texts of all fields.
    Content,
}

impl Match {
    /// `id`, `content` or `metadata.KEY`.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "id" => Some(Self::Id),
            "content" => Some(Self::Content),
            word => word.strip_prefix("metadata.").filter(|key| !key.is_empty()).map(|key| Self::Metadata(key.into())),
        }
    }
}

/// What something is called in the other dataset: by question, and by question and label.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mapping {
    /// Questions by name.
    pub questions: BTreeMap<String, String>,
    /// Labels by question and value.
    pub labels: BTreeMap<(String, String), String>,
}

/// Which responses.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ResponseSelection {
    /// Of this person.
    pub user: Option<UserId>,
    /// With this status.
    pub status: Option<Status>,
    /// On these records, ascending.
    pub records: Option<Vec<RecordId>>,
}

impl ResponseSelection {
    fn has(&self, record: RecordId, user: UserId, entry: &Entry) -> bool {
        let Some(response) = &entry.response else { return false };
        self.user.is_none_or(|only| only == user)
            && self.status.is_none_or(|only| only == response.status)
            && self.records.as_ref().is_none_or(|only| only.binary_search(&record).is_ok())
    }
}

/// What is moved, and how.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TransferOptions {
    /// Which responses.
    pub chosen: ResponseSelection,
    /// How records are found.
    pub by: Match,
    /// What is called otherwise there.
    pub mapping: Mapping,
    /// What stands where both differ.
    pub rule: MergeRule,
    /// Whether they leave where they were.
    pub leave: bool,
    /// Whether all is taken back, and the report is all that is wanted.
    pub dry_run: bool,
}

/// What became of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TransferReport {
    /// Responses by person.
    pub people: BTreeMap<String, ChangeCounts>,
    /// Records with chosen responses that the other dataset does not have.
    pub unmatched: Vec<String>,
    /// Records that more than one of the other dataset may be, or that are one with another of this dataset.
    pub unclear: Vec<String>,
    /// Those that differ.
    pub clashes: Clashes,
}

/// Copies or moves responses from one dataset to another, all of it in one step, or nothing.
///
/// # Errors
/// [`JobError::NotAllowed`] when `by` may not in both, [`JobError::Refused`] when a question or label has no match.
pub fn run(
    store: &mut dyn Store,
    (from, to): (&Dataset, &Dataset),
    moving: &TransferOptions,
    (by, given): (&Caller, &mut JobContext<'_>),
    ask: Option<Ask<'_>>,
    progress: &dyn Progress,
) -> Result<TransferReport, JobError> {
    if from.id == to.id {
        return Err(JobError::refused("both are the same dataset", "name another one with --to"));
    }
    within(store, moving.dry_run, |store| {
        let user = allowed(store, by, Permission::Manage, Some(from), given)?.id;
        allowed(store, by, Permission::Manage, Some(to), given)?;
        TransferRun::new(store, (from, to), (moving, user), given, ask)?.run(progress)
    })
}

/// Records of the other dataset by what they are matched by; none where several have it.
type Keys = HashMap<String, Option<RecordId>>;

struct TransferRun<'a, 'b, 'c> {
    store: &'a mut dyn Store,
    from: &'a Dataset,
    to: &'a Dataset,
    moving: &'a TransferOptions,
    /// Who does it.
    user: UserId,
    given: &'a mut JobContext<'b>,
    ask: Option<Ask<'c>>,
    changeset: Uid,
    ground: dataset_mapping::DatasetMapping,
    names: BTreeMap<UserId, String>,
    keys: Keys,
    moved: TransferReport,
}

impl<'a, 'b, 'c> TransferRun<'a, 'b, 'c> {
    fn new(
        store: &'a mut dyn Store,
        (from, to): (&'a Dataset, &'a Dataset),
        (moving, user): (&'a TransferOptions, UserId),
        given: &'a mut JobContext<'b>,
        ask: Option<Ask<'c>>,
    ) -> Result<Self, JobError> {
        let step = (given.uid)();
        store.begin_changeset(&step, false)?;
        let ground = meet(store, from, to, &moving.mapping)?;
        let names = store.users()?.into_iter().map(|user| (user.id, user.name)).collect();
        let keys = keys(store, to, &moving.by, true)?;
        let moved = TransferReport { clashes: Clashes::begin(moving.dry_run), ..TransferReport::default() };
        Ok(Self { store, from, to, moving, user, given, ask, changeset: step, ground, names, keys, moved })
    }

    fn run(mut self, progress: &dyn Progress) -> Result<TransferReport, JobError> {
        let total = self.store.counts(self.from.id, UserId(0))?.records as u64;
        let (mut last, mut done) = (RecordId(0), 0);
        // Two records that are one with each other cannot be told apart.
        let twice = keys(self.store, self.from, &self.moving.by, false)?;
        loop {
            let page = self.store.whole_after(self.from.id, last, PAGE)?;
            let Some(end) = page.last() else { break };
            last = end.id;
            done += page.len() as u64;
            self.page(page, &twice)?;
            progress.at(done, total)?;
        }
        self.store.recount(self.to.id)?;
        if self.moving.leave {
            self.store.recount(self.from.id)?;
        }
        self.store.end_changeset()?;
        let kind = if self.moving.leave { EventKind::MoveResponses } else { EventKind::CopyResponses };
        let total = self.moved.total();
        if !self.moved.changed(self.moving.leave) {
            return Ok(self.moved);
        }
        let after = serde_json::json!({
            "from": self.from.path(), "to": self.to.path(), "added": total.added, "replaced": total.replaced,
            "kept": total.kept,
        });
        let change = Change {
            event: self.changeset.clone(),
            changeset: self.changeset,
            user: Some(self.user),
            at: self.given.at,
        };
        let after = after.to_string();
        let logged = NewEvent { kind, dataset: Some(self.to.id), record: None, before: None, after: &after };
        self.store.log(&change, &logged)?;
        Ok(self.moved)
    }

    fn page(&mut self, page: Vec<Whole>, twice: &Keys) -> Result<(), JobError> {
        let mut found = Vec::new();
        for record in page {
            if !record.people.iter().any(|(user, person)| self.moving.chosen.has(record.id, *user, &person.entry)) {
                continue;
            }
            let key = key(&self.moving.by, &record);
            let unique = key.as_ref().is_some_and(|key| twice.get(key).is_none_or(Option::is_some));
            match key.as_ref().and_then(|key| self.keys.get(key)) {
                Some(Some(to)) if unique => found.push((*to, record)),
                None if unique || key.is_none() => self.moved.unmatched.push(name(&record)),
                _ => self.moved.unclear.push(name(&record)),
            }
        }
        let mut ids: Vec<RecordId> = found.iter().map(|(to, _)| *to).collect();
        ids.sort_unstable();
        let there: HashMap<RecordId, Whole> =
            self.store.whole_among(self.to.id, &ids, None)?.into_iter().map(|whole| (whole.id, whole)).collect();
        for (to, record) in found {
            self.record(to, &record, there.get(&to))?;
        }
        Ok(())
    }

    fn record(&mut self, to: RecordId, record: &Whole, there: Option<&Whole>) -> Result<(), JobError> {
        for (user, person) in &record.people {
            if !self.moving.chosen.has(record.id, *user, &person.entry) {
                continue;
            }
            let (fate, next) = self.person(record, person, there.and_then(|there| there.people.get(user)), *user)?;
            let name = self.names.get(user).cloned().unwrap_or_default();
            self.moved.people.entry(name).or_default().count(fate);
            if let Some(next) = next {
                self.store.put_person(self.to.id, *user, to, &next, true)?;
            }
            if self.moving.leave && fate != PartOutcome::Kept {
                let gone = without(person, Stamp(Some(self.given.at.0), self.changeset.0.clone()));
                self.store.put_person(self.from.id, *user, record.id, &gone, true)?;
            }
        }
        Ok(())
    }

    fn person(
        &mut self,
        record: &Whole,
        person: &Person,
        mine: Option<&Person>,
        user: UserId,
    ) -> Result<(PartOutcome, Option<Person>), JobError> {
        let mut response = person.entry.response.clone();
        if let Some(response) = &mut response {
            if let Some((question, label)) = self.ground.lost(response) {
                let (to, record) = (one_line(&self.to.path()), one_line(&name(record)));
                let words = format!(
                    "'{to}' has no label {} of {}, which '{record}' ticks",
                    one_line(label),
                    one_line(question)
                );
                return Err(JobError::refused(words, WAY_OUT));
            }
            self.ground.response(response);
            response.uid = (self.given.uid)().0;
        }
        let theirs = Person {
            entry: Entry { response, ..Entry::default() },
            stamps: Stamps::default(),
            extra: person.extra.clone(),
            ..Person::default()
        };
        let mut rule = self.moving.rule;
        // A response that was moved away, or taken back, is none: one that comes stands.
        let bare = mine.map(|mine| match mine.entry.response {
            Some(_) => mine.clone(),
            None => Person { stamps: Stamps { response: None, ..mine.stamps.clone() }, ..mine.clone() },
        });
        let mine = bare.as_ref();
        let here = mine.filter(|mine| mine.entry.response.is_some());
        let differ = here.is_some() && merge::person(mine, &theirs, MergeRule::Keep).response == PartOutcome::Kept;
        let clash = |taken| {
            let told = |person: &Person| told_of(self.to, person);
            let user = self.names.get(&user).cloned().unwrap_or_default();
            let ours = here.map(told).unwrap_or_default();
            Clash { record: name(record), user, ours, theirs: told(&theirs), taken }
        };
        if differ && let Some(ask) = &mut self.ask {
            rule = ask(&clash(false))?;
        }
        let merged = merge::person(mine, &theirs, rule);
        if differ {
            let clash = clash(merged.response == PartOutcome::Replaced);
            self.moved.clashes.add(clash);
        }
        let next = merged.person.filter(|_| merged.response != PartOutcome::Same);
        let stamp = Stamp(Some(self.given.at.0), self.changeset.0.clone());
        let next = next.map(|next| Person { stamps: Stamps { response: Some(stamp), ..next.stamps }, ..next });
        Ok((merged.response, next))
    }
}

/// Without their response, which was taken away just now.
fn without(person: &Person, stamp: Stamp) -> Person {
    let mut gone = person.clone();
    gone.entry.response = None;
    if gone.entry.working.take().is_some() {
        gone.stamps.working = Some(stamp.clone());
    }
    gone.stamps.response = Some(stamp);
    gone.extra = None;
    gone
}

impl TransferReport {
    /// Whether anything changed.
    #[must_use]
    pub fn changed(&self, leave: bool) -> bool {
        let total = self.total();
        total.added + total.replaced > 0 || (leave && total.same > 0)
    }

    /// Responses of everybody together.
    #[must_use]
    pub fn total(&self) -> ChangeCounts {
        self.people.values().copied().sum()
    }
}

fn name(record: &Whole) -> String {
    record.external_id.clone().unwrap_or_else(|| record.fields.chars().take(60).collect())
}

/// What a record is matched by; none where it has nothing of the kind.
fn key(by: &Match, record: &Whole) -> Option<String> {
    let content = || format!("text:{}", record.fields);
    match by {
        Match::Id => Some(record.external_id.as_ref().map_or_else(content, |id| format!("id:{id}"))),
        Match::Content => Some(content()),
        Match::Metadata(key) => {
            let metadata: Map<String, Value> = serde_json::from_str(&record.metadata).unwrap_or_default();
            metadata.get(key).filter(|value| !value.is_null()).map(ToString::to_string)
        }
    }
}

/// The records of a dataset by what they are matched by. With `content` those with an id can be met by their texts too:
/// by one without id.
fn keys(store: &mut dyn Store, dataset: &Dataset, by: &Match, content: bool) -> Result<Keys, JobError> {
    let (mut keys, mut last) = (Keys::new(), RecordId(0));
    loop {
        let page = store.whole_after(dataset.id, last, PAGE)?;
        let Some(end) = page.last() else { return Ok(keys) };
        last = end.id;
        for record in page {
            let more = content && *by == Match::Id && record.external_id.is_some();
            let texts = if more { key(&Match::Content, &record) } else { None };
            for key in key(by, &record).into_iter().chain(texts) {
                keys.entry(key).and_modify(|known| *known = None).or_insert(Some(record.id));
            }
        }
    }
}

/// Matches questions and labels, or says which have no match.
fn meet(
    store: &mut dyn Store,
    from: &Dataset,
    to: &Dataset,
    mapping: &Mapping,
) -> Result<dataset_mapping::DatasetMapping, JobError> {
    for name in mapping.questions.keys().chain(mapping.labels.keys().map(|(question, _)| question)) {
        if !from.questions.iter().any(|question| question.name == *name) {
            let words = format!("'{}' has no question '{}'", one_line(&from.path()), one_line(name));
            return Err(JobError::refused(words, "mend the mapping: it goes from that dataset to the other one"));
        }
    }
    let named = |question: &Question| mapping.questions.get(&question.name).unwrap_or(&question.name).clone();
    let question = |question: &Question| -> Option<QuestionId> {
        let name = named(question);
        to.questions.iter().find(|mine| mine.name == name && mine.kind == question.kind).map(|mine| mine.id)
    };
    let label = |question: &Question, label: &Label| {
        let key = (question.name.clone(), label.value.clone());
        mapping.labels.get(&key).unwrap_or(&label.value).clone()
    };
    let mut missing = Vec::new();
    for asks in &from.questions {
        let Some(mine) = question(asks).and_then(|id| to.questions.iter().find(|mine| mine.id == id)) else {
            missing.push(format!("question {} ({})", one_line(&asks.name), asks.kind.word()));
            continue;
        };
        // One that is offered no more is looked at where somebody ticked it.
        let lacks = |theirs: &&Label| theirs.retired.is_none() && mine.label_index(&label(asks, theirs)).is_none();
        let lacking = asks.labels.iter().filter(lacks);
        missing.extend(lacking.map(|label| format!("label {} of {}", one_line(&label.value), one_line(&asks.name))));
    }
    if !missing.is_empty() {
        return Err(JobError::refused(format!("'{}' has no {}", one_line(&to.path()), missing.join(", no ")), WAY_OUT));
    }
    dataset_mapping::between(store, from, to, &question, &label)
}

/// Deletes responses, in one step; notes and flags stay. Gives how many by person.
///
/// # Errors
/// When `by` may not, or the file cannot be read or written.
pub fn delete(
    store: &mut dyn Store,
    dataset: &Dataset,
    moving: &TransferOptions,
    (by, given): (&Caller, &mut JobContext<'_>),
    progress: &dyn Progress,
) -> Result<BTreeMap<String, u64>, JobError> {
    within(store, moving.dry_run, |store| {
        let user = allowed(store, by, Permission::Manage, Some(dataset), given)?.id;
        delete_within(store, dataset, (moving, user), given, progress)
    })
}

fn delete_within(
    store: &mut dyn Store,
    dataset: &Dataset,
    (moving, user): (&TransferOptions, UserId),
    given: &mut JobContext<'_>,
    progress: &dyn Progress,
) -> Result<BTreeMap<String, u64>, JobError> {
    let step = (given.uid)();
    store.begin_changeset(&step, false)?;
    let names: BTreeMap<UserId, String> = store.users()?.into_iter().map(|user| (user.id, user.name)).collect();
    let total = store.counts(dataset.id, UserId(0))?.records as u64;
    let (mut counts, mut last, mut done) = (BTreeMap::new(), RecordId(0), 0);
    loop {
        let page = store.whole_after(dataset.id, last, PAGE)?;
        let Some(end) = page.last() else { break };
        last = end.id;
        done += page.len() as u64;
        for record in page {
            for (user, person) in &record.people {
                if moving.chosen.has(record.id, *user, &person.entry) {
                    let gone = without(person, Stamp(Some(given.at.0), step.0.clone()));
                    store.put_person(dataset.id, *user, record.id, &gone, true)?;
                    *counts.entry(names.get(user).cloned().unwrap_or_default()).or_insert(0) += 1;
                }
            }
        }
        progress.at(done, total)?;
    }
    store.recount(dataset.id)?;
    store.end_changeset()?;
    let after = serde_json::json!({"dataset": dataset.path(), "responses": counts.values().sum::<u64>()}).to_string();
    let change = Change { event: step.clone(), changeset: step, user: Some(user), at: given.at };
    let logged = NewEvent {
        kind: EventKind::DeleteResponses,
        dataset: Some(dataset.id),
        record: None,
        before: None,
        after: &after,
    };
    store.log(&change, &logged)?;
    Ok(counts)
}
