//! The policy: which responses count, and what stands for an answer that is not there.

use std::collections::BTreeMap;

use super::{Judgement, Judgements, NONE, Visibility};
use crate::jobs::JobError;
use crate::model::{LabelSets, Rating, Ratings, Status, Timestamp, Values};
pub use crate::model::{Missing, Policy};

/// What becomes of a response under a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Inclusion {
    /// It counts, or stands for "no".
    Counts,
    /// A later pass: it serves self-agreement.
    Again,
    /// A draft.
    Draft,
    /// Discarded.
    Discarded,
    /// It gives no answer to this question.
    NoAnswer,
    /// Of somebody who was left out.
    Person,
    /// From outside the time.
    Time,
    /// Given with suggestions or others' answers in sight.
    Assisted,
}

/// What counts.
#[derive(Debug, Clone)]
pub struct CountedAnswers {
    /// The counted answers; raters without one are not in it.
    pub ratings: Ratings,
    /// The raters, as numbers of [`Judgements::raters`].
    pub raters: Vec<u32>,
    /// How many responses had which fate.
    pub inclusions: BTreeMap<Inclusion, u64>,
    /// Answers that stand for "no".
    pub filled: u64,
    /// What the answers do not say of that which the policy asks.
    pub silent: Unsaid,
    /// Share of the counted responses given with suggestions, and with others' answers, seen; none where no response
    /// says that anything was seen.
    pub seen: Option<(f64, f64)>,
}

/// Answers that say nothing of what a policy asks of them, and parts of a policy that meet nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Unsaid {
    /// Answers of unknown time, where a time was asked for: they are older than any.
    pub times: u64,
    /// Answers of which it is not known what was seen, where only unassisted ones are wanted: they count.
    pub seen: u64,
    /// Drafts are to count, and there is none.
    pub no_drafts: bool,
    /// Discarded responses are to count, and there is none.
    pub no_discarded: bool,
}

impl Unsaid {
    /// Looks at the answers of those who are wanted, up to the asked status.
    ///
    /// # Errors
    /// [`JobError::Refused`] where no answer says anything of what is asked.
    fn of(policy: &Policy, all: &[Judgement], wanted: &[bool]) -> Result<Self, JobError> {
        let timed = policy.since.is_some() || policy.until.is_some();
        let any = |status: Status| all.iter().any(|judgement| judgement.status == status);
        let mut silent = Self {
            no_drafts: policy.drafts && !any(Status::Draft),
            no_discarded: policy.discarded && !any(Status::Discarded),
            ..Self::default()
        };
        if !timed && !policy.unassisted {
            return Ok(silent);
        }
        let untimed = Policy { since: None, until: None, unassisted: false, ..policy.clone() };
        let mut answers = 0;
        for judgement in all {
            if untimed.inclusion(judgement, wanted[judgement.rater as usize]) == Inclusion::Counts {
                answers += 1;
                silent.times += u64::from(timed && judgement.at == i64::MIN);
                let counts = policy.inclusion(judgement, true) == Inclusion::Counts;
                silent.seen += u64::from(policy.unassisted && !judgement.seen_known && counts);
            }
        }
        let known = |judgement: &&Judgement| judgement.seen_known;
        let nothing_seen = policy.unassisted && answers > 0 && all.iter().find(known).is_none();
        match (silent.times == answers && timed && answers > 0, nothing_seen) {
            (true, _) => Err(JobError::refused(
                format!("none of the {answers} answers says when it was given, so a time tells none from another"),
                "leave --since and --until out",
            )),
            (_, true) => Err(JobError::refused(
                format!("none of the {answers} answers says what was seen while it was given"),
                "leave --unassisted out: only answers given in labelry, and those of its own files, know that",
            )),
            _ => Ok(silent),
        }
    }
}

impl Policy {
    /// Whether it takes more than the answers: the responses without one, or their times.
    #[must_use]
    pub fn wants_whole(&self) -> bool {
        self.missing != Missing::Missing || self.since.is_some() || self.until.is_some() || self.unassisted
    }

    /// What becomes of a response; `person` tells whether the rater is one of those wanted.
    #[must_use]
    pub fn inclusion(&self, judgement: &Judgement, person: bool) -> Inclusion {
        let at = Timestamp(judgement.at);
        if !person {
            Inclusion::Person
        } else if self.since.is_some_and(|since| at < since) || self.until.is_some_and(|until| at >= until) {
            Inclusion::Time
        } else if judgement.status == Status::Draft && !self.drafts {
            Inclusion::Draft
        } else if judgement.status == Status::Discarded && !self.discarded {
            Inclusion::Discarded
        } else if self.unassisted && (judgement.saw_agents || judgement.saw_others) {
            Inclusion::Assisted
        } else if judgement.value == NONE && self.missing == Missing::Missing {
            Inclusion::NoAnswer
        } else if judgement.pass > 1 {
            Inclusion::Again
        } else {
            Inclusion::Counts
        }
    }

    /// For each rater whether they are wanted.
    ///
    /// # Errors
    /// [`JobError::Refused`] for a name that no rater has.
    pub fn wanted(&self, raters: &[String]) -> Result<Vec<bool>, JobError> {
        if let Some(name) = self.people.iter().find(|name| !raters.contains(name)) {
            return Err(JobError::refused(
                format!("nobody named '{name}' has answered this question"),
                format!("there is: {}", super::source_lines::some(raters)),
            ));
        }
        Ok(raters.iter().map(|name| self.people.is_empty() || self.people.contains(name)).collect())
    }

    /// Applies it: one pass over the responses, 10 ns each.
    ///
    /// # Errors
    /// [`JobError::Refused`] for a name that no rater has, and for "no" where answers are no sets of labels.
    pub fn apply(&self, all: &Judgements) -> Result<CountedAnswers, JobError> {
        let wanted = self.wanted(&all.raters)?;
        let mut values = all.values.clone();
        let no = self.no(&mut values)?;
        let mut counted = CountedAnswers {
            ratings: Ratings {
                raters: 0,
                units: all.units.len() as u32,
                values,
                declared: all.declared,
                offers: all.offers.clone(),
                rows: Vec::with_capacity(all.all.len()),
                again: Vec::new(),
            },
            raters: Vec::new(),
            inclusions: BTreeMap::new(),
            filled: 0,
            silent: Unsaid::of(self, &all.all, &wanted)?,
            seen: None,
        };
        let mut seen = (0, 0);
        let mut fates = [0; 8];
        for judgement in &all.all {
            let fate = self.inclusion(judgement, wanted[judgement.rater as usize]);
            fates[fate as usize] += 1;
            let Judgement { unit, rater, offered, mut value, .. } = *judgement;
            if value == NONE {
                counted.filled += u64::from(fate == Inclusion::Counts);
                value = no;
            }
            let rating = Rating { unit, rater, value, offered };
            match fate {
                Inclusion::Counts => {
                    seen.0 += u64::from(judgement.saw_agents);
                    seen.1 += u64::from(judgement.saw_others);
                    counted.ratings.rows.push(rating);
                }
                Inclusion::Again => counted.ratings.again.push(rating),
                _ => {}
            }
        }
        let names = [
            Inclusion::Counts,
            Inclusion::Again,
            Inclusion::Draft,
            Inclusion::Discarded,
            Inclusion::NoAnswer,
            Inclusion::Person,
            Inclusion::Time,
            Inclusion::Assisted,
        ];
        counted.inclusions =
            names.into_iter().map(|fate| (fate, fates[fate as usize])).filter(|(_, n)| *n > 0).collect();
        let seen = if all.seen == Visibility::Each { Visibility::Total(seen) } else { all.seen };
        counted.seen = seen.shares(fates[Inclusion::Counts as usize]);
        counted.number(all.raters.len());
        if self.missing == Missing::NoMatrix {
            counted.fill(no);
        }
        Ok(counted)
    }

    /// The value that stands for "no", added where it is needed.
    fn no(&self, values: &mut Values) -> Result<u32, JobError> {
        match (self.missing, values) {
            (Missing::Missing, _) => Ok(NONE),
            (_, Values::Sets(_, sets)) => Ok(empty(sets)),
            _ => Err(JobError::refused(
                "'--missing no' is for answers that are sets of labels: no other kind has a value for \"no\"",
                "leave it out; a list of labels a cell is read with --sep ';'",
            )),
        }
    }
}

/// The empty set, added where it is not there.
fn empty(sets: &mut LabelSets) -> u32 {
    sets.words = sets.words.max(1);
    let found = (0..sets.len() as u32).find(|set| sets.get(*set).iter().all(|word| *word == 0));
    found.unwrap_or_else(|| {
        sets.bits.extend(vec![0; sets.words]);
        sets.len() as u32 - 1
    })
}

impl Inclusion {
    /// What so many responses that do not count are, in words; none where they count.
    #[must_use]
    pub fn words(self, count: u64) -> Option<String> {
        let (one, several) = match self {
            Self::Counts => return None,
            Self::Again => ("later pass", "later passes"),
            Self::Draft => ("draft", "drafts"),
            Self::Discarded => ("discarded", "discarded"),
            Self::NoAnswer => ("without an answer", "without an answer"),
            Self::Person => ("of somebody else", "of other people"),
            Self::Time => ("from another time", "from another time"),
            Self::Assisted => ("answer given assisted", "answers given assisted"),
        };
        Some(format!("{count} {}", if count == 1 { one } else { several }))
    }
}

impl CountedAnswers {
    /// The responses that do not count, as `12 drafts, 18 discarded`; empty where all count.
    #[must_use]
    pub fn left_out(&self) -> String {
        let words: Vec<String> = self.inclusions.iter().filter_map(|(fate, count)| fate.words(*count)).collect();
        words.join(", ")
    }

    /// Numbers anew the raters that have an answer.
    fn number(&mut self, raters: usize) {
        let mut new = vec![NONE; raters];
        for rating in self.ratings.rows.iter().chain(&self.ratings.again) {
            new[rating.rater as usize] = 0;
        }
        for (rater, number) in new.iter_mut().enumerate().filter(|(_, number)| **number == 0) {
            *number = self.raters.len() as u32;
            self.raters.push(rater as u32);
        }
        self.ratings.raters = self.raters.len() as u32;
        for rating in self.ratings.rows.iter_mut().chain(&mut self.ratings.again) {
            rating.rater = new[rating.rater as usize];
        }
    }

    /// Every rater answers every unit that has an answer: "no" where they did not.
    fn fill(&mut self, no: u32) {
        let rows = std::mem::take(&mut self.ratings.rows);
        for unit in rows.chunk_by(|a, b| a.unit == b.unit) {
            let mut given = unit.iter().peekable();
            for rater in 0..self.ratings.raters {
                let here = given.next_if(|rating| rating.rater == rater).copied();
                self.filled += u64::from(here.is_none());
                let no = Rating { unit: unit[0].unit, rater, value: no, offered: 0 };
                self.ratings.rows.push(here.unwrap_or(no));
            }
        }
    }
}
