//! Dealing: how many people each record wants, and who gets which; the same each time for a seed, and finished work
//! stays where it is.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::model::Status;
use crate::model::order::mixed;

/// A record as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecordState {
    /// Its stratum, by number.
    pub stratum: u32,
    /// Who holds a response, by number, and how far. Numbers beyond those who are dealt to are other people.
    pub people: Vec<(u32, Status)>,
}

impl RecordState {
    fn submitted(&self) -> u32 {
        self.people.iter().filter(|(_, status)| *status == Status::Submitted).count() as u32
    }
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct AssignmentOptions {
    /// Share of the records that several people label.
    pub overlap: f64,
    /// How many those are labelled by.
    pub raters: u32,
    /// Of the choice and the dealing.
    pub seed: u64,
    /// Who is dealt to, each with the most records they get; nobody: open to everybody.
    pub quotas: Vec<Option<u64>>,
}

/// What it comes to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Assigned {
    /// How many people each record wants.
    pub wanted: Vec<u32>,
    /// Record and person, by number: what is finished, and what is dealt.
    pub named: Vec<(u32, u32)>,
    /// How many records each person has then.
    pub loads: Vec<u64>,
    /// Answers that nobody was left for.
    pub left: u64,
}

/// Chooses the overlap and deals. Some n log n of time.
#[must_use]
pub fn assign(records: &[RecordState], asked: &AssignmentOptions) -> Assigned {
    let wanted = wanted(records, asked);
    if asked.quotas.is_empty() {
        return Assigned { wanted, ..Assigned::default() };
    }
    let mut dealer = Assigner::new(records, asked, &wanted);
    // Those that several people share come first, while there is the most to choose from.
    let mut order: Vec<u32> = (0..records.len() as u32).collect();
    order.sort_by_key(|at| {
        let record = *at as usize;
        (Reverse(wanted[record]), records[record].stratum, mixed(asked.seed, u64::from(*at)))
    });
    for at in order {
        dealer.deal(at, &records[at as usize], wanted[at as usize]);
    }
    let Assigner { mut named, loads, left, .. } = dealer;
    named.sort_unstable();
    Assigned { wanted, named, loads, left }
}

/// The overlap is its share of each stratum, rounded so that the whole is exact (largest remainders). Records that more
/// than one person has submitted come first, so that finished work counts for it.
fn wanted(records: &[RecordState], asked: &AssignmentOptions) -> Vec<u32> {
    let mut wanted = vec![1; records.len()];
    if asked.overlap <= 0.0 || asked.raters < 2 {
        return wanted;
    }
    let strata = records.iter().map(|record| record.stratum as usize + 1).max().unwrap_or(0);
    let mut members: Vec<Vec<u32>> = vec![Vec::new(); strata];
    for (at, record) in records.iter().enumerate() {
        members[record.stratum as usize].push(at as u32);
    }
    let shares: Vec<f64> = members.iter().map(|all| all.len() as f64 * asked.overlap).collect();
    let mut counts: Vec<usize> = shares.iter().map(|share| share.floor() as usize).collect();
    let whole = (records.len() as f64 * asked.overlap).round() as usize;
    let mut order: Vec<usize> = (0..strata).collect();
    order.sort_by(|a, b| shares[*b].fract().total_cmp(&shares[*a].fract()));
    for stratum in order.into_iter().take(whole.saturating_sub(counts.iter().sum())) {
        counts[stratum] += 1;
    }
    for (all, count) in members.iter_mut().zip(counts) {
        all.sort_by_key(|at| {
            let given = records[*at as usize].submitted().min(asked.raters);
            (Reverse(if given > 1 { given } else { 0 }), mixed(asked.seed.rotate_left(17), u64::from(*at)))
        });
        for at in all.iter().take(count) {
            wanted[*at as usize] = asked.raters;
        }
    }
    wanted
}

struct Assigner {
    /// How many records each person is to have, and the most they get.
    targets: Vec<f64>,
    most: Vec<u64>,
    loads: Vec<u64>,
    seed: u64,
    named: Vec<(u32, u32)>,
    /// Records that somebody has begun and keeps.
    begun: BTreeSet<(u32, u32)>,
    left: u64,
}

impl Assigner {
    /// What is not under a quota is shared by those without one.
    fn new(records: &[RecordState], asked: &AssignmentOptions, wanted: &[u32]) -> Self {
        let people = asked.quotas.len();
        let all: u64 = wanted.iter().map(|count| u64::from(*count)).sum();
        let fixed: u64 = asked.quotas.iter().flatten().sum();
        let free = asked.quotas.iter().filter(|quota| quota.is_none()).count().max(1);
        let share = all.saturating_sub(fixed) as f64 / free as f64;
        let mut dealer = Self {
            targets: asked.quotas.iter().map(|quota| quota.map_or(share, |quota| quota as f64)).collect(),
            most: asked.quotas.iter().map(|quota| quota.unwrap_or(u64::MAX)).collect(),
            loads: vec![0; people],
            seed: asked.seed,
            named: Vec::with_capacity(all as usize),
            begun: BTreeSet::new(),
            left: 0,
        };
        // What is finished, or begun, counts before anything is dealt.
        for (at, record) in records.iter().enumerate() {
            let mut begun = record.submitted();
            for (person, status) in &record.people {
                let known = (*person as usize) < people;
                let kept = match status {
                    Status::Submitted => known,
                    Status::Draft => known && begun < wanted[at] && dealer.has_room(*person),
                    Status::Discarded => false,
                };
                if kept {
                    dealer.give(at as u32, *person);
                    if *status == Status::Draft {
                        dealer.begun.insert((at as u32, *person));
                        begun += 1;
                    }
                }
            }
        }
        dealer
    }

    fn has_room(&self, person: u32) -> bool {
        self.loads[person as usize] < self.most[person as usize]
    }

    fn give(&mut self, record: u32, person: u32) {
        self.loads[person as usize] += 1;
        self.named.push((record, person));
    }

    /// Fills what a record still wants with those who are furthest from their share.
    fn deal(&mut self, at: u32, record: &RecordState, wanted: u32) {
        let drafts = self.kept_drafts(at, record);
        let mut taken: Vec<u32> =
            record.people.iter().filter(|(_, status)| *status != Status::Draft).map(|(person, _)| *person).collect();
        taken.extend(&drafts);
        let open = wanted.saturating_sub(record.submitted() + drafts.len() as u32);
        for _ in 0..open {
            let free = (0..self.loads.len() as u32).filter(|person| !taken.contains(person) && self.has_room(*person));
            let tie = |person: u32| mixed(self.seed ^ u64::from(at) << 20, u64::from(person));
            let next = free.max_by(|a, b| {
                let far = |person: u32| self.targets[person as usize] - self.loads[person as usize] as f64;
                far(*a).total_cmp(&far(*b)).then_with(|| tie(*a).cmp(&tie(*b)))
            });
            match next {
                Some(person) => {
                    self.give(at, person);
                    taken.push(person);
                }
                None => self.left += 1,
            }
        }
    }

    /// Whose draft of this record was kept as theirs.
    fn kept_drafts(&self, at: u32, record: &RecordState) -> Vec<u32> {
        let drafts = record.people.iter().filter(|(_, status)| *status == Status::Draft).map(|(person, _)| *person);
        drafts.filter(|person| self.begun.contains(&(at, *person))).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::{Assigned, AssignmentOptions, RecordState, assign};
    use crate::model::Status;

    fn asked(overlap: f64, raters: u32, quotas: Vec<Option<u64>>) -> AssignmentOptions {
        AssignmentOptions { overlap, raters, seed: 7, quotas }
    }

    #[test]
    fn the_overlap_is_exact_in_the_whole_and_a_fair_share_of_each_stratum() {
        let records: Vec<RecordState> =
            (0..100).map(|at| RecordState { stratum: u32::from(at % 10 == 0), ..RecordState::default() }).collect();
        let dealt = assign(&records, &asked(0.25, 3, vec![]));
        let shared = |stratum: u32| {
            let all = records.iter().zip(&dealt.wanted).filter(|(record, _)| record.stratum == stratum);
            all.filter(|(_, wanted)| **wanted == 3).count()
        };
        assert_eq!(shared(0) + shared(1), 25);
        assert!((22..=23).contains(&shared(0)), "{}", shared(0));
        assert!(dealt.named.is_empty());
    }

    #[test]
    fn a_larger_overlap_keeps_the_smaller_one() {
        let records = vec![RecordState::default(); 200];
        let shared = |overlap| {
            let wanted = assign(&records, &asked(overlap, 2, vec![])).wanted;
            (0..200).filter(|at| wanted[*at] == 2).collect::<BTreeSet<_>>()
        };
        assert!(shared(0.1).is_subset(&shared(0.3)));
    }

    #[test]
    fn quotas_are_kept_and_the_others_share_the_rest_evenly() {
        let records = vec![RecordState::default(); 100];
        let dealt = assign(&records, &asked(0.0, 1, vec![Some(10), None, None]));
        assert_eq!((dealt.loads, dealt.left), (vec![10, 45, 45], 0));
        let dealt = assign(&records, &asked(0.0, 1, vec![Some(10), Some(20)]));
        assert_eq!((dealt.loads, dealt.left), (vec![10, 20], 70));
    }

    fn status() -> impl Strategy<Value = Status> {
        prop_oneof![Just(Status::Submitted), Just(Status::Draft), Just(Status::Discarded)]
    }

    fn standing() -> impl Strategy<Value = RecordState> {
        let people = proptest::collection::btree_map(0u32..6, status(), 0..3);
        (0u32..3, people).prop_map(|(stratum, people)| RecordState { stratum, people: people.into_iter().collect() })
    }

    proptest! {
        #[test]
        fn finished_work_stays_and_nobody_gets_a_record_twice(
            records in proptest::collection::vec(standing(), 1..60),
            overlap in 0.0f64..=1.0,
            raters in 1u32..5,
        ) {
            let asked = asked(overlap, raters, vec![None; 4]);
            let dealt = assign(&records, &asked);
            prop_assert_eq!(&dealt, &assign(&records, &asked));
            let Assigned { wanted, named, loads, .. } = &dealt;
            prop_assert_eq!(named.iter().collect::<BTreeSet<_>>().len(), named.len());
            prop_assert_eq!(loads.iter().sum::<u64>(), named.len() as u64);
            for (at, record) in records.iter().enumerate() {
                let mine: Vec<u32> = named.iter().filter(|(known, _)| *known == at as u32).map(|(_, who)| *who).collect();
                let done = |who: &u32| record.people.contains(&(*who, Status::Submitted));
                for who in record.people.iter().filter(|(who, status)| *status == Status::Submitted && *who < 4) {
                    prop_assert!(mine.contains(&who.0), "what is submitted stays theirs");
                }
                let open = mine.iter().filter(|who| !done(who)).count() as u32;
                prop_assert!(open <= wanted[at].saturating_sub(record.submitted()), "no more than it wants");
                prop_assert!(!mine.iter().any(|who| record.people.contains(&(*who, Status::Discarded))));
            }
        }
    }
}
