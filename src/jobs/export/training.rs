//! Training files: everybody's answers to one question joined to a row a record, split and sampled by a seed.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use super::pages::{ExportParts, Full, Pages};
use super::{ExportSelection, UNKNOWN_TEXTS, add_fields, header};
use crate::engine::aggregate::{AggregateOptions, Aggregated, Aggregation, RaterAnswer, Ties, join};
use crate::engine::split::{self, SplitUnits};
use crate::exchange::out::{Files, Left, Plan, Row, Rows};
use crate::jobs::JobError;
use crate::model::{Answer, Dataset, Label, Question, QuestionKind, Record, Response, Status};
use crate::progress::Progress;
use crate::store::Store;

/// What becomes of rows to which no label applies.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Nones {
    /// They stay, all zeros.
    #[default]
    Keep,
    /// They go.
    Drop,
    /// They get a label of this name, in a column of its own.
    Label(String),
}

/// How a training file is made.
#[derive(Debug, Clone)]
pub struct Training {
    /// How several answers become one.
    pub rule: Aggregation,
    /// Only this person's answers.
    pub user: Option<String>,
    /// What becomes of rows without a label.
    pub nones: Nones,
    /// Whether retired labels lose their column.
    pub drop_retired: bool,
    /// The share of the rows that stay; the others are held back.
    pub split: Option<f64>,
    /// Rows for each label, sampled from what is not held back.
    pub shots: Option<u32>,
    /// The key of the metadata whose values are not to be torn apart by a split.
    pub group_by: Option<String>,
    /// Of split and sample.
    pub seed: u64,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrainingReport {
    /// Rows of each part.
    pub rows: Vec<u64>,
    /// What was left out.
    pub left: Left,
}

/// Writes the rows and `labels.json`; meant for [`crate::jobs::at_one_moment`]. One pass over the records, two with a split or a sample, which hold some 60 bytes a
/// row.
///
/// # Errors
/// [`JobError::NotAllowed`] when who exports may not read the dataset; [`JobError::Refused`] for a question without labels, several answers without a rule, a name that a label has already;
/// and when reading, writing or the person's patience ends.
pub fn training(
    store: &mut dyn Store,
    dataset: &Dataset,
    wanted: &ExportSelection,
    training: &Training,
    files: &mut dyn Files,
    progress: &dyn Progress,
) -> Result<TrainingReport, JobError> {
    let wanted = &wanted.asked(store, dataset)?;
    let question = &dataset.questions[wanted.question];
    let mut maker = Maker::of(dataset, question, training)?;
    let parts = match (training.split, training.shots) {
        (None, None) => None,
        _ => Some(maker.parts(store, wanted, progress)?),
    };
    let mut fields = header(dataset).fields;
    add_fields(store, dataset, &mut fields)?;
    let fields: Vec<String> = fields.into_iter().map(|field| field.name).collect();
    let plan = Plan {
        fields: &fields,
        question: &question.name,
        labels: &maker.columns(),
        split: training.split.is_some(),
        shares: training.rule == Aggregation::Soft,
    };
    let mut rows = Rows::begin(files, plan)?;
    let mut written =
        TrainingReport { rows: vec![0; if training.split.is_some() { 2 } else { 1 }], left: Left::default() };
    let mut sums = vec![(0.0, 0u64); rows.labels().len()];
    let mut pages = Pages::of(store, dataset, wanted, maker.needs())?;
    let mut done = 0;
    while let Some(page) = pages.next(store)? {
        for full in page {
            done += 1;
            let record = &full.record;
            let cells = match maker.row(&full)? {
                Ok(cells) => cells,
                Err(why) => {
                    written.left.add(why, 1);
                    continue;
                }
            };
            let part = parts.as_ref().map_or(Some(0), |parts| parts.get(&record.id.0).copied());
            let Some(part) = part else {
                written.left.add("rows beyond the sample", 1);
                continue;
            };
            for (sum, cell) in sums.iter_mut().zip(&cells) {
                sum.0 += cell.unwrap_or(0.0);
                sum.1 += u64::from(cell.is_none());
            }
            let unknown = record.fields.iter().filter(|(name, _)| !fields.contains(name)).count();
            written.left.add(UNKNOWN_TEXTS, unknown);
            let id = record.name();
            rows.row(usize::from(part), Row { id: &id, fields: &record.fields, cells: &cells })?;
            written.rows[usize::from(part)] += 1;
        }
        progress.at(done, pages.total())?;
    }
    let about = maker.about(wanted, &fields, rows.labels(), &sums, &written);
    let defused = rows.finish(files, &about)?;
    written
        .left
        .add("cells that a spreadsheet would take for a formula, now with ' before them (JSONL has none)", defused);
    Ok(written)
}

struct Maker<'a> {
    dataset: &'a Dataset,
    question: &'a Question,
    training: &'a Training,
    asked: AggregateOptions,
    /// The labels with a column.
    kept: Vec<usize>,
}

impl<'a> Maker<'a> {
    fn of(dataset: &'a Dataset, question: &'a Question, training: &'a Training) -> Result<Self, JobError> {
        if !matches!(question.kind, QuestionKind::MultiLabel | QuestionKind::Label) {
            let what =
                format!("'{}' is a {} question and has no labels to train on", question.name, question.kind.word());
            return Err(JobError::refused(what, "name another with --question, or take --format long"));
        }
        let kept = |label: &&Label| !(training.drop_retired && label.retired.is_some());
        let (all, none) = (&question.labels, if let Nones::Label(name) = &training.nones { Some(name) } else { None });
        if let Some(name) = none.filter(|name| all.iter().filter(kept).any(|label| label.value == **name)) {
            let what = format!("'{}' has a label '{name}' already", question.name);
            return Err(JobError::refused(what, "give --none-label another name"));
        }
        let kept = all.iter().enumerate().filter(|(_, label)| kept(label)).map(|(at, _)| at).collect();
        let present = all.iter().map(|label| label.retired.is_none()).collect();
        let asked = AggregateOptions { rule: training.rule, single: question.kind == QuestionKind::Label, present };
        Ok(Self { dataset, question, training, asked, kept })
    }

    fn needs(&self) -> ExportParts {
        ExportParts::training(self.question.id, self.training.rule == Aggregation::Adjudicated)
    }

    fn columns(&self) -> Vec<String> {
        let labels = self.kept.iter().map(|at| self.question.labels[*at].value.clone());
        let none = if let Nones::Label(name) = &self.training.nones { Some(name.clone()) } else { None };
        labels.chain(none).collect()
    }

    fn rater_answer(&self, labels: &[u32], offered: impl Fn(&Label) -> bool) -> RaterAnswer {
        let all = &self.question.labels;
        let mut given = RaterAnswer { ticked: vec![false; all.len()], offered: vec![false; all.len()] };
        for label in labels.iter().filter(|label| (**label as usize) < all.len()) {
            given.ticked[*label as usize] = true;
        }
        for at in &self.kept {
            given.offered[*at] = given.ticked[*at] || offered(&all[*at]);
        }
        given
    }

    /// The cells of a record's row, or why it has none.
    fn row(&self, full: &Full) -> Result<Result<Vec<Option<f64>>, &'static str>, JobError> {
        let question = self.question;
        let mut answers = Vec::new();
        for (user, person) in &full.people {
            let submitted = |response: &&Response| response.status == Status::Submitted;
            let Some(response) = person.entry.response.as_ref().filter(submitted) else {
                continue;
            };
            if self.training.user.as_ref().is_some_and(|only| only != user) {
                continue;
            }
            if let Some(labels) = response.labels(question.id) {
                let set = response.label_sets.get(&question.id).copied().unwrap_or(question.label_set);
                answers.push(self.rater_answer(labels, |label| label.offered_in(set)));
            }
        }
        let adjudication = match self.training.rule {
            Aggregation::Adjudicated => {
                full.adjudications.iter().find(|adjudication| adjudication.question == question.name)
            }
            _ => None,
        };
        // An adjudication does not say what was offered: what has been retired since is not known to be "no".
        let adjudication = adjudication.and_then(|adjudication| match question.to_answer(&adjudication.value) {
            Answer::Labels(labels) => Some(self.rater_answer(&labels, |label| label.retired.is_none())),
            _ => None,
        });
        match join(&self.asked, &answers, adjudication.as_ref()) {
            Aggregated::Row(cells, none) => Ok(self.kept_of(&cells, none)),
            Aggregated::Unanswered => Ok(Err("records without a submitted answer")),
            Aggregated::Tied => Ok(Err("records with ties")),
            Aggregated::Undecided => Ok(Err("records that people differ on, without a verdict")),
            Aggregated::Several(several) => Err(JobError::refused(
                format!("record '{}' has {several} submitted answers", full.record.name()),
                "say how answers become one: --aggregate any, majority, all, soft, adjudicated or user:NAME",
            )),
        }
    }

    fn kept_of(&self, cells: &[Option<f64>], none: Option<f64>) -> Result<Vec<Option<f64>>, &'static str> {
        let mut row: Vec<Option<f64>> = self.kept.iter().map(|at| cells[*at]).collect();
        match &self.training.nones {
            Nones::Drop if none == Some(1.0) => return Err("records to which no label applies"),
            Nones::Keep | Nones::Drop => {}
            Nones::Label(_) => row.push(none),
        }
        Ok(row)
    }

    /// The part of each record's row; those that are not sampled are absent.
    fn parts(
        &mut self,
        store: &mut dyn Store,
        wanted: &ExportSelection,
        progress: &dyn Progress,
    ) -> Result<HashMap<i64, u8>, JobError> {
        let mut pages = Pages::of(store, self.dataset, wanted, self.needs())?;
        let (mut rows, mut units, mut groups) = (Vec::new(), SplitUnits::default(), Groups::default());
        let mut done = 0;
        while let Some(page) = pages.next(store)? {
            for full in page {
                done += 1;
                let Ok(cells) = self.row(&full)? else { continue };
                let labels = strata(&cells);
                rows.push(full.record.id.0);
                if let Some(key) = &self.training.group_by {
                    groups.add(&full.record, key, &labels);
                }
                units.push(1, labels.into_iter().map(|label| (label, 1)));
            }
            progress.at(done, pages.total() * 2)?;
        }
        if let Some(key) = self.training.group_by.as_ref().filter(|_| !groups.valued && !rows.is_empty()) {
            let what = format!("no record has the metadata '{key}'");
            return Err(JobError::refused(
                what,
                "--group-by names a key of the metadata, as --group-by metadata.author",
            ));
        }
        let Training { split, shots, seed, .. } = *self.training;
        let labels = self.columns().len();
        let deal = |units: &SplitUnits| split.map(|share| split::split(units, labels, &[share, 1.0 - share], seed));
        let dealt = if self.training.group_by.is_some() {
            let of_group = deal(&groups.units());
            of_group.map(|dealt| groups.of_row.iter().map(|group| dealt[*group as usize]).collect())
        } else {
            deal(&units)
        };
        let dealt: Vec<u8> = dealt.unwrap_or_else(|| vec![0; rows.len()]);
        let chosen = shots.map(|shots| split::shots(&units, shots, seed, |row| dealt[row] == 0));
        let stays = |row: usize| dealt[row] == 1 || chosen.as_ref().is_none_or(|chosen| chosen[row]);
        let parts = rows.iter().zip(&dealt).enumerate().filter(|(row, _)| stays(*row));
        Ok(parts.map(|(_, (id, part))| (*id, *part)).collect())
    }

    /// What `labels.json` says.
    fn about(
        &self,
        wanted: &ExportSelection,
        fields: &[String],
        columns: &[String],
        sums: &[(f64, u64)],
        written: &TrainingReport,
    ) -> Value {
        let training = self.training;
        let count = |sum: f64| if sum.fract() == 0.0 { json!(sum as i64) } else { json!(sum) };
        let label = |((at, column), (positives, blank)): ((&usize, &String), &(f64, u64))| {
            let label = &self.question.labels[*at];
            json!({
                "column": column, "value": label.value, "title": label.title, "retired": label.retired.is_some(),
                "positives": count(*positives), "blank": blank,
            })
        };
        let labels: Vec<Value> = self.kept.iter().zip(columns).zip(sums).map(label).collect();
        let none = match &training.nones {
            Nones::Keep => json!("kept as rows of zeros"),
            Nones::Drop => json!("dropped"),
            Nones::Label(name) => json!({
                "column": columns.last(), "label": name, "positives": sums.last().map(|sum| count(sum.0)),
            }),
        };
        let parts = ["train", "test"].iter().zip(&written.rows).map(|(part, rows)| ((*part).to_owned(), json!(rows)));
        let rows = if training.split.is_some() { Value::Object(parts.collect()) } else { json!(written.rows[0]) };
        json!({
            "labelry": env!("CARGO_PKG_VERSION"),
            "dataset": self.dataset.path(),
            "question": self.question.name,
            "label_set": self.question.label_set,
            "texts": fields,
            "labels": labels,
            "none": none,
            "aggregate": self.rule(),
            "ties": if let Aggregation::Majority(ties) = training.rule { json!(if ties == Ties::Drop { "drop" } else { "no" }) } else { Value::Null },
            "query": wanted.queue.as_ref().map(|(queue, _)| queue.word()),
            "rows": rows,
            "left_out": written.left.counts(),
            "split": training.split,
            "group_by": training.group_by.as_ref().map(|key| format!("metadata.{key}")),
            "shots": training.shots,
            "seed": (training.split.is_some() || training.shots.is_some()).then_some(training.seed),
        })
    }

    fn rule(&self) -> Option<String> {
        if let Some(user) = &self.training.user {
            return Some(format!("user:{user}"));
        }
        let word = match self.training.rule {
            Aggregation::Only => return None,
            Aggregation::Any => "any",
            Aggregation::Majority(_) => "majority",
            Aggregation::All => "all",
            Aggregation::Soft => "soft",
            Aggregation::Adjudicated => "adjudicated",
        };
        Some(word.to_owned())
    }
}

/// Rows that are not to be torn apart.
#[derive(Default)]
struct Groups {
    of_value: HashMap<String, u32>,
    /// Rows of each group, and how many of them have which label.
    all: Vec<(u32, BTreeMap<u32, u32>)>,
    of_row: Vec<u32>,
    /// Whether any row has a value.
    valued: bool,
}

impl Groups {
    /// Adds a row to the group of its metadata's value; one without a value stands for itself.
    fn add(&mut self, record: &Record, key: &str, labels: &[u32]) {
        let value = record.metadata.get(key).filter(|value| !value.is_null());
        self.valued |= value.is_some();
        let value = value.map_or_else(|| format!("record {}", record.id.0), |value| format!("value {value}"));
        let group = *self.of_value.entry(value).or_insert(self.all.len() as u32);
        if group as usize == self.all.len() {
            self.all.push((0, BTreeMap::new()));
        }
        let (size, counts) = &mut self.all[group as usize];
        *size += 1;
        for label in labels {
            *counts.entry(*label).or_default() += 1;
        }
        self.of_row.push(group);
    }

    fn units(&self) -> SplitUnits {
        let mut units = SplitUnits::default();
        for (size, counts) in &self.all {
            units.push(*size, counts.iter().map(|(label, count)| (*label, *count)));
        }
        units
    }
}

/// What a row is stratified and sampled by: its labels, or, for a sample, that it has none.
fn strata(cells: &[Option<f64>]) -> Vec<u32> {
    let yes = |(at, cell): (usize, &Option<f64>)| cell.filter(|cell| *cell >= 0.5).map(|_| at as u32);
    let labels: Vec<u32> = cells.iter().enumerate().filter_map(yes).collect();
    if labels.is_empty() { vec![cells.len() as u32] } else { labels }
}
