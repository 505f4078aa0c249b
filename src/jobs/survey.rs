//! Agreement of a dataset's question as a screen or a report shows it, and the records behind a figure.

use super::JobError;
use super::agreement::{Wanted, findings};
use super::ratings::{Counted, Filter, Judgements, Units, of_dataset};
use crate::engine::divided::{divided, instead};
use crate::model::{Behind, Dataset, Policy, Question, RecordId, Resampling, Survey};
use crate::store::Store;

/// All figures of a question under a policy. One pass over its answers, .15 µs each, and what the figures cost.
///
/// # Errors
/// [`JobError::Refused`] for a question that has neither labels nor a rating, and a policy that does not fit it.
pub fn survey(
    store: &mut dyn Store,
    dataset: &Dataset,
    question: &Question,
    policy: &Policy,
    resampling: Resampling,
) -> Result<Survey, JobError> {
    let (all, counted) = counted(store, dataset, question, policy)?;
    Ok(of_counted(&all, &counted, resampling))
}

/// The same of answers that were read before.
#[must_use]
pub fn of_counted(all: &Judgements, counted: &Counted, resampling: Resampling) -> Survey {
    Survey {
        findings: findings(&counted.ratings, Wanted::ALL, resampling),
        raters: counted.raters.iter().map(|rater| all.raters[*rater as usize].clone()).collect(),
        instead: instead(&counted.ratings),
        seen: counted.seen,
        with_intervals: resampling.resamples > 0,
    }
}

/// The records behind a figure, most divided first. Raters go by their number in the survey under the same policy; who
/// answered first since may have moved them, so their names are given too and looked for.
///
/// # Errors
/// As [`survey`].
pub fn behind(
    store: &mut dyn Store,
    dataset: &Dataset,
    question: &Question,
    policy: &Policy,
    behind: &Behind,
    raters: &[String],
) -> Result<Vec<RecordId>, JobError> {
    let (all, counted) = counted(store, dataset, question, policy)?;
    let number = |rater: u32| {
        let name = raters.get(rater as usize)?;
        let found = counted.raters.iter().position(|known| all.raters[*known as usize] == *name)?;
        Some(found as u32)
    };
    let wanted = match behind {
        Behind::Pair(a, b) => number(*a).zip(number(*b)).map(|(a, b)| Behind::Pair(a, b)),
        Behind::Person(who) => number(*who).map(Behind::Person),
        other => Some(other.clone()),
    };
    let Units::Records(records) = &all.units else { return Ok(Vec::new()) };
    let found = wanted.map(|wanted| divided(&counted.ratings, &wanted)).unwrap_or_default();
    Ok(found.iter().map(|unit| records[unit.unit as usize]).collect())
}

fn counted(
    store: &mut dyn Store,
    dataset: &Dataset,
    question: &Question,
    policy: &Policy,
) -> Result<(Judgements, Counted), JobError> {
    // Responses without an answer matter only where something stands for them.
    let whole = policy.missing != crate::model::Missing::Missing || policy.since.is_some() || policy.until.is_some();
    let all = of_dataset(store, dataset, question, &Filter { queue: None, whole })?;
    let counted = policy.apply(&all)?;
    Ok((all, counted))
}
