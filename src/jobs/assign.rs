//! Who labels what: a plan made of what was asked, shown before it is done, and assigned anew without touching what is
//! finished.

use std::collections::BTreeMap;

use super::caller::allowed;
use super::{Caller, JobContext, JobError, accounts, may_ask, within};
use crate::engine::assignment::{self, AssignmentOptions, RecordState};
use crate::model::{Capacity, Dataset, Permission, Plan, RecordId, Status, User, UserId, may};
use crate::store::Store;
use crate::text::one_line;

/// What is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct AssignRequest {
    /// Share of the records that several people label.
    pub overlap: f64,
    /// How many.
    pub raters: u32,
    /// Of the choice.
    pub seed: u64,
    /// A key of the metadata.
    pub stratify: Option<String>,
    /// Names with the most records each gets; nobody: open to everybody.
    pub people: Vec<(String, Option<u64>)>,
}

/// What a plan comes to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Outcome {
    /// Records, without control records.
    pub records: u64,
    /// How many of them want several people.
    pub shared: u64,
    /// Answers wanted, and how many of them are given.
    pub answers: u64,
    /// Answers given, as far as they are wanted.
    pub given: u64,
    /// Name, records already finished, and records altogether.
    pub people: Vec<(String, u64, u64)>,
    /// Answers that nobody was left for.
    pub left: u64,
}

/// Makes a plan and, unless it is only looked at, stores it.
///
/// # Errors
/// When `by` may not, somebody is not there or may not label the dataset, or the file cannot be written.
pub fn assign(
    store: &mut dyn Store,
    dataset: &Dataset,
    wanted: &AssignRequest,
    dry_run: bool,
    (by, given): (&Caller, &mut JobContext<'_>),
) -> Result<Outcome, JobError> {
    within(store, dry_run, |store| {
        let by = allowed(store, by, Permission::Assign, Some(dataset), given)?;
        let people = invited(store, dataset, wanted)?;
        let (records, standing) = standing(store, dataset, wanted, &people)?;
        let quotas = wanted.people.iter().map(|(_, quota)| *quota).collect();
        let AssignRequest { overlap, raters, seed, .. } = *wanted;
        let dealt = assignment::assign(&standing, &AssignmentOptions { overlap, raters, seed, quotas });
        let outcome = outcome(&people, &standing, &dealt);
        if !dry_run {
            let plan = Plan {
                overlap,
                raters,
                seed,
                stratify: wanted.stratify.clone(),
                people: people.iter().zip(&wanted.people).map(|(user, (_, quota))| (user.id, *quota)).collect(),
            };
            let slots: Vec<Capacity> = records
                .iter()
                .zip(&dealt.wanted)
                .map(|(record, wanted)| Capacity { record: *record, wanted: *wanted })
                .collect();
            let named: Vec<(RecordId, UserId)> = dealt
                .named
                .iter()
                .map(|(record, person)| (records[*record as usize], people[*person as usize].id))
                .collect();
            store.set_plan(dataset.id, Some(&plan), &slots, &named, &given.change(&by))?;
        }
        Ok(outcome)
    })
}

/// Takes the plan away: everything is everybody's again, as far as `min_submitted` leaves it.
///
/// # Errors
/// When `by` may not, or the file cannot be written.
pub fn clear(
    store: &mut dyn Store,
    dataset: &Dataset,
    by: &Caller,
    given: &mut JobContext<'_>,
) -> Result<(), JobError> {
    within(store, false, |store| {
        let by = allowed(store, by, Permission::Assign, Some(dataset), given)?;
        Ok(store.set_plan(dataset.id, None, &[], &[], &given.change(&by))?)
    })
}

/// The plan as it stands, for who may make one.
///
/// # Errors
/// When `by` may not, or the file cannot be read.
pub fn plan(store: &mut dyn Store, dataset: &Dataset, by: &Caller) -> Result<Option<Plan>, JobError> {
    may_ask(store, by, Permission::Assign, Some(dataset.id))?;
    Ok(store.plan(dataset.id)?)
}

/// Those who are named, each once, who may label here.
fn invited(store: &mut dyn Store, dataset: &Dataset, wanted: &AssignRequest) -> Result<Vec<User>, JobError> {
    let mut found: Vec<User> = Vec::new();
    for (name, _) in &wanted.people {
        let user = accounts::named(store, name)?;
        if found.iter().any(|known| known.id == user.id) {
            return Err(JobError::refused(format!("'{}' is named twice", one_line(name)), "name each person once"));
        }
        if !may(&user, Permission::Annotate, Some(dataset)) {
            let what = format!("'{}' may not label '{}'", one_line(name), one_line(&dataset.path()));
            let way = format!("labelry workspaces add-user {} {}", one_line(&dataset.workspace), one_line(name));
            return Err(JobError::refused(what, if user.disabled { String::from("they are disabled") } else { way }));
        }
        found.push(user);
    }
    Ok(found)
}

/// The records, with who holds what: people by their place among the named ones.
fn standing(
    store: &mut dyn Store,
    dataset: &Dataset,
    wanted: &AssignRequest,
    people: &[User],
) -> Result<(Vec<RecordId>, Vec<RecordState>), JobError> {
    let places: BTreeMap<UserId, u32> = (0..).zip(people).map(|(at, user)| (user.id, at)).collect();
    let (mut records, mut standing) = (Vec::new(), Vec::new());
    let mut strata: BTreeMap<String, u32> = BTreeMap::new();
    store.scan_raters(dataset.id, wanted.stratify.as_deref(), &mut |given| {
        let count = strata.len() as u32;
        let stratum = *strata.entry(given.stratum).or_insert(count);
        let people = given.people.into_iter().map(|(user, status)| {
            // Others keep numbers of their own, beyond those who are dealt to.
            (places.get(&user).copied().unwrap_or(u32::MAX - user.0 as u32), status)
        });
        records.push(given.record);
        standing.push(RecordState { stratum, people: people.collect() });
    })?;
    Ok((records, standing))
}

fn outcome(people: &[User], standing: &[RecordState], dealt: &crate::engine::assignment::Assigned) -> Outcome {
    let submitted = |standing: &RecordState, who: Option<u32>| {
        let done = standing.people.iter().filter(|(_, status)| *status == Status::Submitted);
        done.filter(|(person, _)| who.is_none_or(|who| who == *person)).count() as u64
    };
    let given =
        standing.iter().zip(&dealt.wanted).map(|(record, wanted)| submitted(record, None).min(u64::from(*wanted)));
    let finished = |at: u32| standing.iter().map(|record| submitted(record, Some(at))).sum();
    Outcome {
        records: standing.len() as u64,
        shared: dealt.wanted.iter().filter(|wanted| **wanted > 1).count() as u64,
        answers: dealt.wanted.iter().map(|wanted| u64::from(*wanted)).sum(),
        given: given.sum(),
        people: (0u32..)
            .zip(people)
            .map(|(at, user)| (user.name.clone(), finished(at), dealt.loads[at as usize]))
            .collect(),
        left: dealt.left,
    }
}
