//! Which dataset, question, label and label set of the other file is which of this one.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::MergeReport;
use super::run::MergeRun;
use crate::jobs::export::native;
use crate::jobs::{JobContext, JobError};
use crate::model::keys::label_keys;
use crate::model::transfer::Extras;
use crate::model::{
    Answer, Answers, Dataset, DatasetId, Entry, Label, Person, Question, QuestionId, QuestionKind, Response, Uid,
};
use crate::store::{Store, StoreError};
use crate::text::{names, near, one_line};

/// A dataset of theirs and the one of ours that it is.
pub(in crate::jobs) struct DatasetMapping {
    pub(super) theirs: Dataset,
    pub(super) ours: Dataset,
    questions: BTreeMap<QuestionId, MappedQuestion>,
    /// Whether every key is the same in both.
    plain: bool,
    /// Whether the dataset was not here.
    pub(super) new: bool,
    /// Of our label sets that offer what an earlier one does, which that is; by question.
    alike: BTreeMap<QuestionId, BTreeMap<i64, i64>>,
}

/// A question of theirs as it is here.
struct MappedQuestion {
    id: QuestionId,
    /// Our index of each of their labels, where it is here.
    labels: Vec<Option<u32>>,
    /// Our label set of each of theirs, from 1.
    sets: Vec<i64>,
}

/// All of a dataset but its records.
#[derive(Debug, Clone)]
pub(in crate::jobs) struct DatasetHead {
    pub(in crate::jobs) dataset: Dataset,
    extras: Extras,
    guidelines: Vec<(i64, String, Option<i64>)>,
}

impl DatasetHead {
    pub(in crate::jobs) fn of(store: &mut dyn Store, dataset: &Dataset) -> Result<Self, StoreError> {
        let (extras, guidelines) = (store.extras(dataset.id)?, store.guidelines(dataset.id)?);
        Ok(Self { dataset: dataset.clone(), extras, guidelines })
    }

    /// Makes the dataset under a path in another file, with its identities.
    pub(in crate::jobs) fn make(
        &self,
        store: &mut dyn Store,
        path: &str,
        given: &mut JobContext<'_>,
    ) -> Result<DatasetId, JobError> {
        let mut spec = native::header(&self.dataset);
        native::extend(&mut spec, self.extras.clone());
        let (workspace, name) = path.split_once('/').unwrap_or(("default", path));
        spec.workspace = Some(workspace.to_owned());
        name.clone_into(&mut spec.name);
        // In the order in which a dataset's identities are given.
        let mut uids: VecDeque<Uid> = [(given.uid)(), self.dataset.uid.clone()].into();
        for question in &self.dataset.questions {
            uids.push_back(question.uid.clone());
            uids.extend(question.labels.iter().map(|label| label.uid.clone()));
        }
        let fresh = &mut *given.uid;
        let made = store.create_dataset(&spec, given.at, &mut || uids.pop_front().unwrap_or_else(&mut *fresh))?;
        for (version, text, at) in &self.guidelines {
            store.put_guidelines(made, *version, text, *at)?;
        }
        let ours = store.datasets()?.into_iter().find(|dataset| dataset.id == made);
        for (mine, question) in ours.iter().flat_map(|ours| ours.questions.iter().zip(&self.dataset.questions)) {
            for (index, label) in (0..).zip(&question.labels).filter(|(_, label)| label.changed_at.is_some()) {
                store.put_label(mine.id, index, label)?;
            }
            store.put_label_set(mine.id, question.label_set)?;
        }
        Ok(made)
    }
}

/// Finds the dataset, or makes it with their identities.
pub(super) fn map(
    work: &mut MergeRun<'_, '_, '_>,
    theirs: &Dataset,
    path: Option<&str>,
) -> Result<DatasetMapping, JobError> {
    let wanted = path.map_or_else(|| theirs.path(), |path| path.strip_prefix("default/").unwrap_or(path).to_owned());
    let find = |all: Vec<Dataset>| {
        let at = all.iter().position(|ours| path.is_none() && ours.uid == theirs.uid);
        let at = at.or_else(|| all.iter().position(|ours| ours.path() == wanted));
        at.map(|at| (at, all)).map(|(at, mut all)| all.swap_remove(at))
    };
    let found = find(work.ours.datasets()?);
    let new = found.is_none();
    if new {
        create(work, theirs, &wanted)?;
    }
    let ours = match found {
        Some(ours) => ours,
        None => find(work.ours.datasets()?).ok_or_else(|| JobError::refused("the dataset could not be made", ""))?,
    };
    fits(&ours, theirs, &work.merge.name)?;
    let mut questions = BTreeMap::new();
    for question in &theirs.questions {
        let Some(mine) = same_question(&ours, question) else { continue };
        let by_value = |labels: &[Label], label: &Label| labels.iter().position(|mine| mine.value == label.value);
        let same = |labels: &[Label], label: &Label| {
            let found = labels.iter().position(|mine| mine.uid == label.uid).or_else(|| by_value(labels, label));
            found.map_or(LabelMapping::New, LabelMapping::At)
        };
        questions.insert(question.id, asked(work.ours, &mut work.report, mine, question, &same)?);
    }
    if !new {
        guidelines(work, &ours, theirs)?;
    }
    let id = ours.id;
    let ours = work.ours.datasets()?.into_iter().find(|dataset| dataset.id == id).unwrap_or(ours);
    let plain = questions.iter().all(|(id, asked)| {
        let same = |labels: &[Option<u32>]| labels.iter().zip(0..).all(|(to, from)| *to == Some(from));
        *id == asked.id && same(&asked.labels) && asked.sets.iter().zip(1..).all(|(to, from)| *to == from)
    });
    let alike = alike_sets(&ours);
    Ok(DatasetMapping { theirs: theirs.clone(), ours, questions, plain, new, alike })
}

fn create(work: &mut MergeRun<'_, '_, '_>, theirs: &Dataset, path: &str) -> Result<(), JobError> {
    // What is packed keeps the name it has here.
    if let Some(why) = names::fault(path).filter(|_| work.merge.only.is_none()) {
        return Err(JobError::refused(
            format!("'{}': no dataset can be called '{}': {why}", one_line(&work.merge.name), one_line(path)),
            format!("bring it under another name with --dataset and --as: {}", names::RULE),
        ));
    }
    let frame = DatasetHead::of(work.theirs, theirs)?;
    frame.make(work.ours, path, work.given)?;
    work.report.new_datasets.push(path.to_owned());
    work.report.changed = true;
    Ok(())
}

fn same_question<'d>(ours: &'d Dataset, theirs: &Question) -> Option<&'d Question> {
    let by_uid = ours.questions.iter().find(|ours| ours.uid == theirs.uid);
    by_uid.or_else(|| ours.questions.iter().find(|ours| ours.name == theirs.name))
}

/// Whether our dataset asks all that theirs asks.
fn fits(ours: &Dataset, theirs: &Dataset, file: &str) -> Result<(), JobError> {
    let path = one_line(&ours.path());
    let hint = "merge it as another dataset with --dataset THEIRS --as NAME, or bring the answers alone with 'labelry responses copy' and a mapping";
    for question in &theirs.questions {
        let name = one_line(&question.name);
        match same_question(ours, question) {
            None => {
                let words =
                    format!("'{path}' of '{}' asks the question '{name}', which it does not ask here", one_line(file));
                return Err(JobError::refused(words, hint));
            }
            Some(mine) if mine.kind != question.kind => {
                let words = format!(
                    "the question '{name}' of '{path}' is {} here and {} in '{}'",
                    mine.kind.word(),
                    question.kind.word(),
                    one_line(file)
                );
                return Err(JobError::refused(words, hint));
            }
            Some(_) => {}
        }
    }
    let field = theirs.fields.iter().find(|field| !ours.fields.iter().any(|mine| mine.name == field.name));
    field.map_or(Ok(()), |field| {
        let words =
            format!("'{path}' of '{}' has the field '{}', and here it has not", one_line(file), one_line(&field.name));
        Err(JobError::refused(words, hint))
    })
}

/// Two datasets of one file, whose questions and labels are matched by value, or as `to` says: their question by ours
/// and value. A label without a match is none here.
pub(in crate::jobs) fn between(
    store: &mut dyn Store,
    from: &Dataset,
    to: &Dataset,
    question: &dyn Fn(&Question) -> Option<QuestionId>,
    label: &dyn Fn(&Question, &Label) -> String,
) -> Result<DatasetMapping, JobError> {
    let mut questions = BTreeMap::new();
    for asks in &from.questions {
        let mine = question(asks).and_then(|id| to.questions.iter().find(|mine| mine.id == id));
        let Some(mine) = mine else { continue };
        let same = |labels: &[Label], theirs: &Label| {
            let value = label(asks, theirs);
            labels.iter().position(|mine| mine.value == value).map_or(LabelMapping::Nothing, LabelMapping::At)
        };
        let theirs = Question {
            // Nothing is taken over of how a label is called there.
            labels: asks.labels.iter().map(|label| Label { changed_at: None, ..label.clone() }).collect(),
            ..asks.clone()
        };
        questions.insert(asks.id, asked(store, &mut MergeReport::default(), mine, &theirs, &same)?);
    }
    let id = to.id;
    let ours = store.datasets()?.into_iter().find(|dataset| dataset.id == id).unwrap_or_else(|| to.clone());
    let alike = alike_sets(&ours);
    Ok(DatasetMapping { theirs: from.clone(), ours, questions, plain: false, new: false, alike })
}

/// What a label of theirs is here.
enum LabelMapping {
    /// The one of this index.
    At(usize),
    /// A new one.
    New,
    /// None.
    Nothing,
}

/// Finds which of the labels one of theirs is.
type Same<'f> = &'f dyn Fn(&[Label], &Label) -> LabelMapping;

/// Matches labels; new ones are added, and of two states the later one stands.
fn asked(
    store: &mut dyn Store,
    report: &mut MergeReport,
    ours: &Question,
    theirs: &Question,
    same: Same<'_>,
) -> Result<MappedQuestion, JobError> {
    let mut labels = ours.labels.clone();
    let (mut map, mut new, mut changed, mut offered) = (Vec::new(), Vec::new(), BTreeSet::new(), BTreeMap::new());
    for label in &theirs.labels {
        match same(&labels, label) {
            LabelMapping::Nothing => map.push(None),
            LabelMapping::New => {
                map.push(Some(labels.len() as u32));
                new.push(labels.len());
                offered.insert(labels.len(), label.offered_in(theirs.label_set));
                labels.push(Label { key: None, exceptions: Vec::new(), ..label.clone() });
            }
            LabelMapping::At(at) => {
                if later(&mut labels, at, label) {
                    changed.insert(at);
                    offered.insert(at, label.offered_in(theirs.label_set));
                }
                map.push(Some(at as u32));
            }
        }
    }
    let sets = label_sets(ours, theirs, &map, &mut labels, (&offered, &mut changed));
    if changed.is_empty() && sets.1 == ours.label_set {
        return Ok(MappedQuestion { id: ours.id, labels: map, sets: sets.0 });
    }
    let keys = label_keys(&labels.iter().map(|label| (label.title.as_str(), label.key)).collect::<Vec<_>>());
    for at in &new {
        labels[*at].key = keys[*at];
        let near = alike(&labels[*at].value, &ours.labels);
        report.new_labels.push((ours.name.clone(), labels[*at].value.clone(), near));
    }
    for at in changed {
        store.put_label(ours.id, at as u32, &labels[at])?;
    }
    store.put_label_set(ours.id, sets.1)?;
    report.changed = true;
    Ok(MappedQuestion { id: ours.id, labels: map, sets: sets.0 })
}

/// Takes over what somebody changed later there: value, title, description, group.
fn later(labels: &mut [Label], at: usize, theirs: &Label) -> bool {
    let mine = &labels[at];
    if theirs.changed_at <= mine.changed_at {
        return false;
    }
    let taken = labels.iter().enumerate().any(|(other, label)| other != at && label.value == theirs.value);
    let mine = &mut labels[at];
    if !taken {
        mine.value.clone_from(&theirs.value);
    }
    mine.title.clone_from(&theirs.title);
    mine.description.clone_from(&theirs.description);
    mine.group.clone_from(&theirs.group);
    mine.exclusive = theirs.exclusive;
    mine.changed_at = theirs.changed_at;
    true
}

/// Our label set for each of theirs, and the number of the present one. A set of theirs that offered what none of ours
/// did gets a number of its own, in which labels have exceptions. `offered`: labels that are new or were changed later
/// there, and whether they are offered there now.
fn label_sets(
    ours: &Question,
    theirs: &Question,
    map: &[Option<u32>],
    labels: &mut [Label],
    (offered, changed): (&BTreeMap<usize, bool>, &mut BTreeSet<usize>),
) -> (Vec<i64>, i64) {
    let base = ours.label_set;
    let known: Vec<BTreeSet<usize>> = (1..=base).map(|set| offered_in(&ours.labels, set)).collect();
    let mut last = known.last().cloned().unwrap_or_default();
    for (at, offered) in offered {
        if *offered {
            last.insert(*at)
        } else {
            last.remove(at)
        };
    }
    let mut images: Vec<BTreeSet<usize>> = Vec::new();
    let mut sets: Vec<Option<i64>> = Vec::new();
    for set in 1..=theirs.label_set {
        let wanted: BTreeSet<usize> =
            offered_in(&theirs.labels, set).into_iter().filter_map(|label| Some(map[label]? as usize)).collect();
        let old = known.iter().position(|known| *known == wanted).map(|at| at as i64 + 1);
        if old.is_some() || wanted == last {
            sets.push(old);
            continue;
        }
        let at = images.iter().position(|image| *image == wanted).unwrap_or(images.len());
        if at == images.len() {
            images.push(wanted);
        }
        sets.push(Some(base + 1 + at as i64));
    }
    let grown = !images.is_empty() || known.last() != Some(&last) || labels.len() > ours.labels.len();
    let end = if grown { base + 1 + images.len() as i64 } else { base };
    if grown {
        let truth: Vec<BTreeSet<usize>> = known.into_iter().chain(images).chain([last]).collect();
        for (at, label) in labels.iter_mut().enumerate() {
            let old = label.clone();
            fit(label, at >= ours.labels.len(), |set| truth[set as usize - 1].contains(&at), end);
            if *label != old || at >= ours.labels.len() {
                changed.insert(at);
            }
        }
    }
    (sets.into_iter().map(|set| set.unwrap_or(end)).collect(), end)
}

/// Label sets that offer what an earlier one does, and which that is.
fn alike_sets(dataset: &Dataset) -> BTreeMap<QuestionId, BTreeMap<i64, i64>> {
    let of = |question: &Question| {
        let all: Vec<_> = (1..=question.label_set).map(|set| offered_in(&question.labels, set)).collect();
        let first = |at: usize| all.iter().position(|known| *known == all[at]).unwrap_or(at);
        (0..all.len()).filter(|at| first(*at) < *at).map(|at| (at as i64 + 1, first(at) as i64 + 1)).collect()
    };
    dataset.questions.iter().map(|question| (question.id, of(question))).collect()
}

fn offered_in(labels: &[Label], set: i64) -> BTreeSet<usize> {
    labels.iter().enumerate().filter(|(_, label)| label.offered_in(set)).map(|(at, _)| at).collect()
}

/// Makes a label say in which of the sets up to `end` it was offered.
fn fit(label: &mut Label, new: bool, offered: impl Fn(i64) -> bool, end: i64) {
    if new {
        (label.since, label.retired) = (end, None);
    }
    if offered(end) {
        label.retired = None;
    } else if label.retired.is_none() {
        label.retired = Some(end);
    }
    label.exceptions.clear();
    label.exceptions = (1..=end).filter(|set| label.offered_in(*set) != offered(*set)).collect();
}

/// Labels that may be meant: `refund` of `refunds`.
fn alike(value: &str, labels: &[Label]) -> Vec<String> {
    // Of one or two letters everything is near.
    let long = |value: &&str| value.chars().count() > 2;
    let values: Vec<&str> = labels.iter().map(|label| label.value.as_str()).filter(long).collect();
    if !long(&value) {
        return Vec::new();
    }
    near::names(value, &values).into_iter().take(3).map(str::to_owned).collect()
}

fn guidelines(work: &mut MergeRun<'_, '_, '_>, ours: &Dataset, theirs: &Dataset) -> Result<(), JobError> {
    let mine: BTreeMap<i64, (String, Option<i64>)> =
        work.ours.guidelines(ours.id)?.into_iter().map(|(version, text, at)| (version, (text, at))).collect();
    for (version, text, at) in work.theirs.guidelines(theirs.id)? {
        let stands = mine.get(&version).is_some_and(|(known, when)| *known == text || (*when, known) > (at, &text));
        if stands {
            let differ = mine.get(&version).is_some_and(|(known, _)| *known != text);
            work.report.guidelines.extend(differ.then(|| (ours.path(), version)));
            continue;
        }
        work.report.guidelines.extend(mine.contains_key(&version).then(|| (ours.path(), version)));
        work.ours.put_guidelines(ours.id, version, &text, at)?;
        work.report.changed = true;
    }
    Ok(())
}

impl DatasetMapping {
    /// The first label that an answer ticks and that is none here: question and value.
    pub(in crate::jobs) fn lost(&self, response: &Response) -> Option<(&str, &str)> {
        response.answers.iter().find_map(|(id, answer)| {
            let question = self.theirs.questions.iter().find(|question| question.id == *id)?;
            let (Answer::Labels(labels), Some(asked)) = (answer, self.questions.get(id)) else { return None };
            let lost = labels.iter().find(|at| matches!(asked.labels.get(**at as usize), Some(None)))?;
            Some((question.name.as_str(), question.labels.get(*lost as usize)?.value.as_str()))
        })
    }

    /// Our question for one of theirs.
    pub(super) fn question(&self, theirs: QuestionId) -> Option<QuestionId> {
        self.questions.get(&theirs).map(|asked| asked.id)
    }

    /// Whether what they wrote can stand here as it is.
    pub(super) fn is_plain(&self) -> bool {
        self.plain
    }

    /// Names the label sets of an answer by the first one that offers the same, so that two answers under sets that are
    /// alike do not differ.
    pub(super) fn level(&self, person: &mut Person) {
        let passes = person.passes.values_mut().map(|(response, _)| response);
        for response in person.entry.response.iter_mut().chain(passes) {
            for (question, set) in &mut response.label_sets {
                if let Some(first) = self.alike.get(question).and_then(|alike| alike.get(set)) {
                    *set = *first;
                }
            }
        }
    }

    pub(super) fn entry(&self, entry: &mut Entry) {
        if self.plain {
            return;
        }
        if let Some(response) = &mut entry.response {
            self.response(response);
        }
        if let Some(working) = &mut entry.working {
            *working = self.answers(std::mem::take(working));
        }
    }

    pub(in crate::jobs) fn response(&self, response: &mut Response) {
        if self.plain {
            return;
        }
        response.answers = self.answers(std::mem::take(&mut response.answers));
        let sets = std::mem::take(&mut response.label_sets).into_iter();
        let set = |asked: &MappedQuestion, set: i64| {
            let at = usize::try_from(set - 1).ok();
            at.and_then(|at| asked.sets.get(at)).or(asked.sets.last()).copied().unwrap_or(1)
        };
        response.label_sets = sets
            .filter_map(|(id, number)| self.questions.get(&id).map(|asked| (asked.id, set(asked, number))))
            .collect();
    }

    fn answers(&self, answers: Answers) -> Answers {
        let answer = |(id, answer): (QuestionId, Answer)| {
            let asked = self.questions.get(&id)?;
            Some((asked.id, asked.answer(answer)))
        };
        answers.into_iter().filter_map(answer).collect()
    }

    /// Adjudications and suggestions name labels by value: a label that is called otherwise here is called so there too.
    pub(super) fn value(&self, theirs: QuestionId, value: serde_json::Value) -> serde_json::Value {
        let from = self.theirs.questions.iter().find(|question| question.id == theirs);
        let to = self.question(theirs).and_then(|id| self.ours.questions.iter().find(|question| question.id == id));
        let (Some(from), Some(to), Some(asked)) = (from, to, self.questions.get(&theirs)) else { return value };
        if !matches!(from.kind, QuestionKind::MultiLabel | QuestionKind::Label) {
            return value;
        }
        let name = |value: serde_json::Value| {
            let at = value.as_str().and_then(|value| from.label_index(value));
            let here = at.and_then(|at| to.labels.get(asked.labels[at]? as usize));
            here.map_or(value, |label| serde_json::Value::from(label.value.as_str()))
        };
        match value {
            serde_json::Value::Array(all) => all.into_iter().map(name).collect(),
            one => name(one),
        }
    }
}

impl MappedQuestion {
    fn answer(&self, answer: Answer) -> Answer {
        match answer {
            Answer::Labels(labels) => {
                let mut here: Vec<u32> = labels.iter().filter_map(|at| *self.labels.get(*at as usize)?).collect();
                here.sort_unstable();
                Answer::Labels(here)
            }
            other => other,
        }
    }
}
