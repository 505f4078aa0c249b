//! Agreement of a dataset's question as a screen or a report shows it, and the records behind a figure.

use std::collections::BTreeSet;

use super::JobError;
use super::agreement::{MeasureSelection, findings};
use super::ratings::{CountedAnswers, Filter, Judgements, UnitNames, of_dataset};
use crate::engine::disagreement::{confusion, disagreements};
use crate::exchange::{DividedRecord, GivenAnswer};
use crate::model::{
    AgreementReport, Dataset, Disagreement, DrillDown, Findings, OwnRecordsOnly, Question, Queue, RecordId, Resampling,
    Scope, Sight, User, UserId, Values,
};
use crate::store::Store;

/// Which question of which dataset, and who asks.
#[derive(Debug, Clone, Copy)]
pub struct QuestionScope<'a> {
    /// The dataset.
    pub dataset: &'a Dataset,
    /// One of its questions.
    pub question: &'a Question,
    /// Who asks: their queues are meant, and they get what they may see.
    pub viewer: &'a User,
}

/// All figures of a question within a scope. One pass over its answers, .15 µs each, and what the figures cost.
///
/// # Errors
/// [`JobError::Refused`] for a question that has neither labels nor a rating, and a policy that does not fit it.
pub fn agreement_report(
    store: &mut dyn Store,
    of: &QuestionScope<'_>,
    scope: &Scope,
    resampling: Resampling,
) -> Result<AgreementReport, JobError> {
    let sight = Sight::of(Some(of.viewer), of.dataset);
    let some_records = scope.records.as_ref().is_some_and(|queue| *queue != Queue::All);
    let mine = sight.narrows(&scope.policy, some_records);
    let (all, answers) = counted(store, of, scope, mine)?;
    let mut found = of_counted(&all, &answers, resampling);
    if mine || sight.others {
        return Ok(AgreementReport { mine: if mine { OwnRecordsOnly::All } else { OwnRecordsOnly::Nothing }, ..found });
    }
    // The whole is shown; what is about single people, or about the answers beside a label, is of what I submitted.
    let (all, answers) = counted(store, of, scope, true)?;
    let mut own = of_counted(&all, &answers, resampling);
    let findings = sight.whole(std::mem::take(&mut found.findings));
    let seen = found.seen.filter(|_| findings.units > 0);
    let Findings { pairs, people, .. } = std::mem::take(&mut own.findings);
    let findings = Findings { pairs, people, ..findings };
    let AgreementReport { raters, confusions, .. } = own;
    Ok(AgreementReport { findings, raters, confusions, seen, mine: OwnRecordsOnly::Single, ..found })
}

/// The records that somebody submitted, of a queue or of all, as a queue; nobody known submitted none.
///
/// # Errors
/// When the file cannot be read.
pub fn only_mine(
    store: &mut dyn Store,
    dataset: &Dataset,
    viewer: Option<&User>,
    queue: Option<(Queue, UserId)>,
) -> Result<(Queue, UserId), JobError> {
    let user = viewer.map_or(UserId(0), |viewer| viewer.id);
    let most = i64::MAX as usize;
    let mut records = store.queue_records(dataset.id, user, &Queue::Submitted, None, most)?;
    if let Some((queue, whose)) = queue.filter(|(queue, _)| *queue != Queue::All) {
        let among: BTreeSet<RecordId> =
            store.queue_records(dataset.id, whose, &queue, None, most)?.into_iter().collect();
        records.retain(|record| among.contains(record));
    }
    Ok((Queue::List(String::from("mine"), records.into()), user))
}

/// From how many answers times resamples on intervals are given to labels only: those of whole answers follow every
/// answer, 10 to 100 ns each, and nobody waits minutes for a screen.
pub const MOST: u64 = 300_000_000;

/// The same of answers that were read before.
#[must_use]
pub fn of_counted(all: &Judgements, counted: &CountedAnswers, resampling: Resampling) -> AgreementReport {
    let labels_only = counted.ratings.rows.len() as u64 * u64::from(resampling.resamples) > MOST;
    let found = if labels_only {
        let whole = MeasureSelection { labels: false, ..MeasureSelection::ALL };
        let labels = findings(&counted.ratings, MeasureSelection::LABELS, resampling).labels;
        Findings { labels, ..findings(&counted.ratings, whole, Resampling::NONE) }
    } else {
        findings(&counted.ratings, MeasureSelection::ALL, resampling)
    };
    AgreementReport {
        findings: found,
        labels_only,
        raters: counted.raters.iter().map(|rater| all.raters[*rater as usize].clone()).collect(),
        confusions: confusion(&counted.ratings),
        seen: counted.seen,
        with_intervals: resampling.resamples > 0,
        mine: OwnRecordsOnly::Nothing,
    }
}

/// The records behind a figure, strongest disagreement first. Raters go by their number in the report of the same scope; who
/// answered first since may have moved them, so their names are given too and looked for.
///
/// # Errors
/// As [`agreement_report`].
pub fn drill_down(
    store: &mut dyn Store,
    of: &QuestionScope<'_>,
    scope: &Scope,
    behind: &DrillDown,
    raters: &[String],
) -> Result<Vec<RecordId>, JobError> {
    let (all, counted) = counted(store, of, scope, !Sight::of(Some(of.viewer), of.dataset).others)?;
    let number = |rater: u32| {
        let name = raters.get(rater as usize)?;
        let found = counted.raters.iter().position(|known| all.raters[*known as usize] == *name)?;
        Some(found as u32)
    };
    let wanted = match behind {
        DrillDown::Pair(a, b) => number(*a).zip(number(*b)).map(|(a, b)| DrillDown::Pair(a, b)),
        DrillDown::Person(who) => number(*who).map(DrillDown::Person),
        other => Some(other.clone()),
    };
    let UnitNames::Records(records) = &all.units else { return Ok(Vec::new()) };
    let found = wanted.map(|wanted| disagreements(&counted.ratings, &wanted)).unwrap_or_default();
    Ok(found.iter().map(|unit| records[unit.unit as usize]).collect())
}

/// The units with the strongest disagreement with everybody's answers, for a report. `record` tells a record's name and its text.
///
/// # Errors
/// When `record` fails.
pub fn strongest_disagreements(
    all: &Judgements,
    counted: &CountedAnswers,
    most: usize,
    record: &mut dyn FnMut(RecordId) -> Result<(String, String), JobError>,
) -> Result<Vec<DividedRecord>, JobError> {
    let rows = &counted.ratings.rows;
    let entry = |found: &Disagreement| {
        let (name, text) = match &all.units {
            UnitNames::Named(names) => (names[found.unit as usize].clone(), String::new()),
            UnitNames::Records(records) => record(records[found.unit as usize])?,
        };
        let first = rows.partition_point(|rating| rating.unit < found.unit);
        let unit = rows[first..].iter().take_while(|rating| rating.unit == found.unit);
        let answers = unit.map(|rating| GivenAnswer {
            who: all.raters[counted.raters[rating.rater as usize] as usize].clone(),
            what: words(all, &counted.ratings.values, rating.value),
        });
        Ok(DividedRecord { name, text, answers: answers.collect() })
    };
    disagreements(&counted.ratings, &DrillDown::Any).iter().take(most).map(entry).collect()
}

/// An answer as a person reads it.
fn words(all: &Judgements, values: &Values, value: u32) -> String {
    let label = |label: u32| all.labels.get(label as usize).map_or("?", String::as_str);
    match values {
        Values::Sets(labels, sets) => {
            let ticked: Vec<&str> = (0..*labels).filter(|at| sets.has(value, *at)).map(label).collect();
            if ticked.is_empty() { String::from("none of these") } else { ticked.join(", ") }
        }
        Values::Labels(_) => label(value).to_owned(),
        Values::Numbers(numbers) => numbers[value as usize].to_string(),
    }
}

/// What counts; with `mine` only of records that who asks submitted.
fn counted(
    store: &mut dyn Store,
    of: &QuestionScope<'_>,
    scope: &Scope,
    mine: bool,
) -> Result<(Judgements, CountedAnswers), JobError> {
    let queue = scope.records.clone().filter(|queue| *queue != Queue::All).map(|queue| (queue, of.viewer.id));
    let queue = if mine { Some(only_mine(store, of.dataset, Some(of.viewer), queue)?) } else { queue };
    let filter = Filter { queue, whole: scope.policy.wants_whole(), distinct: true };
    let all = of_dataset(store, of.dataset, of.question, &filter)?;
    let counted = scope.policy.apply(&all)?;
    Ok((all, counted))
}
