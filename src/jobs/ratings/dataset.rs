//! Judgements of a dataset's question, from the store.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{BuildHasherDefault, Hasher};

use super::files::Offers;
use super::{Judgement, Judgements, NONE, UnitNames, Visibility};
use crate::jobs::JobError;
use crate::model::{Dataset, LabelSets, Question, QuestionKind, Queue, RecordId, Status, UserId, Values};
use crate::store::{Rated, Store};

/// Which answers are read.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only answers about the records of this queue, as it is for this person.
    pub queue: Option<(Queue, UserId)>,
    /// Also responses without an answer, when each was given and what was seen meanwhile; thrice the time.
    pub whole: bool,
    /// Whether equal sets are to have one number, which only whole answers that are compared need: it doubles the time
    /// where there are a million different ones.
    pub distinct: bool,
}

/// All that people said on a question: one pass over its answers, some 0.15 µs each.
///
/// # Errors
/// [`JobError::Refused`] for a question that has neither labels nor a rating.
pub fn of_dataset(
    store: &mut dyn Store,
    dataset: &Dataset,
    question: &Question,
    filter: &Filter,
) -> Result<Judgements, JobError> {
    let Some(mut pool) = DistinctAnswers::of(question, filter.distinct) else {
        return Err(super::scale::no_kind(&question.name, question.kind.word()));
    };
    let records: Option<BTreeSet<RecordId>> = match &filter.queue {
        Some((queue, user)) => {
            let most = i64::MAX as usize;
            Some(store.queue_records(dataset.id, *user, queue, None, most)?.into_iter().collect())
        }
        None => None,
    };
    let users = store.users()?;
    let numbers: BTreeMap<UserId, u32> = users.iter().map(|user| user.id).zip(0..).collect();
    let mut offers = Offers::of(super::super::agreement::offered(question));
    let (mut units, mut all): (Vec<RecordId>, Vec<Judgement>) = (Vec::new(), Vec::new());
    let mut people = Latest::default();
    store.scan_rated(question.id, filter.whole, &mut |row| {
        let Some(rater) = people.number(row.user, &numbers) else { return };
        if records.as_ref().is_some_and(|records| !records.contains(&row.record)) {
            return;
        }
        if units.last() != Some(&row.record) {
            units.push(row.record);
        }
        all.push(Judgement {
            at: row.at.unwrap_or(i64::MIN),
            unit: units.len() as u32 - 1,
            rater,
            value: pool.value(&row),
            offered: offers.number(row.label_set.unwrap_or(i64::MAX)),
            status: match row.status {
                0 => Status::Draft,
                1 => Status::Submitted,
                _ => Status::Discarded,
            },
            pass: row.pass.clamp(1, i64::from(u16::MAX)) as u16,
            saw_agents: row.saw_agents,
            saw_others: row.saw_others,
            seen_known: row.seen_known,
        });
    })?;
    let seen = if filter.whole {
        Visibility::Each
    } else {
        let (agents, others, _) = store.seen(question.id)?;
        Visibility::Total((agents, others))
    };
    let numeric = matches!(pool, DistinctAnswers::Numbers { .. });
    Ok(Judgements {
        question: question.name.clone(),
        labels: if numeric { Vec::new() } else { question.labels.iter().map(|label| label.value.clone()).collect() },
        declared: true,
        raters: users.into_iter().map(|user| user.name).collect(),
        units: UnitNames::Records(units),
        values: pool.finish(),
        offers: if numeric { LabelSets::default() } else { offers.finish() },
        all,
        notes: Vec::new(),
        seen,
    })
}

/// The number of a person, remembered since answers to one record are by few.
#[derive(Default)]
struct Latest(Vec<Option<u32>>);

impl Latest {
    fn number(&mut self, user: UserId, numbers: &BTreeMap<UserId, u32>) -> Option<u32> {
        let at = usize::try_from(user.0).ok().filter(|at| *at < 1 << 16);
        let Some(at) = at else { return numbers.get(&user).copied() };
        if self.0.len() <= at {
            let known = |user: usize| numbers.get(&UserId(user as i64)).copied();
            self.0 = (0..=at).map(known).collect();
        }
        self.0[at]
    }
}

/// The different answers so far.
enum DistinctAnswers {
    Sets {
        labels: u32,
        sets: LabelSets,
        distinct: bool,
        small: HashMap<u64, u32, BuildHasherDefault<Mix>>,
        wide: HashMap<Vec<u64>, u32>,
    },
    Labels(u32),
    Numbers {
        all: Vec<f64>,
        known: HashMap<u64, u32>,
    },
}

impl DistinctAnswers {
    fn of(question: &Question, distinct: bool) -> Option<Self> {
        let labels = question.labels.len() as u32;
        match question.kind {
            QuestionKind::MultiLabel => {
                let words = question.labels.len().div_ceil(64).max(1);
                let sets = LabelSets { words, bits: Vec::new() };
                Some(Self::Sets { labels, sets, distinct, small: HashMap::default(), wide: HashMap::new() })
            }
            QuestionKind::Label => Some(Self::Labels(labels)),
            QuestionKind::Rating => Some(Self::Numbers { all: Vec::new(), known: HashMap::new() }),
            _ => None,
        }
    }

    /// The number of an answer, or [`NONE`].
    fn value(&mut self, row: &Rated<'_>) -> u32 {
        match self {
            Self::Sets { sets, distinct, small, wide, .. } => {
                let Some(bytes) = row.labels else { return NONE };
                let next = sets.len() as u32;
                if sets.words == 1 {
                    let word = word(bytes);
                    let number = if *distinct { *small.entry(word).or_insert(next) } else { next };
                    if number == next {
                        sets.bits.push(word);
                    }
                    return number;
                }
                let mut words: Vec<u64> = bytes.chunks(8).map(word).collect();
                words.resize(sets.words, 0);
                let number = if *distinct { *wide.entry(words.clone()).or_insert(next) } else { next };
                if number == next {
                    sets.bits.extend(words);
                }
                number
            }
            Self::Labels(labels) => {
                let first = |bytes: &[u8]| {
                    let at = bytes.iter().position(|byte| *byte != 0)?;
                    Some(at as u32 * 8 + bytes[at].trailing_zeros())
                };
                row.labels.and_then(first).filter(|label| label < labels).unwrap_or(NONE)
            }
            Self::Numbers { all, known } => {
                let number = row.value.and_then(|text| text.trim().parse::<f64>().ok()).filter(|n| n.is_finite());
                let Some(number) = number else { return NONE };
                *known.entry((number + 0.0).to_bits()).or_insert_with(|| {
                    all.push(number + 0.0);
                    all.len() as u32 - 1
                })
            }
        }
    }

    fn finish(self) -> Values {
        match self {
            Self::Sets { labels, sets, .. } => Values::Sets(labels, sets),
            Self::Labels(labels) => Values::Labels(labels),
            Self::Numbers { all, .. } => Values::Numbers(all),
        }
    }
}

/// Up to eight bytes, the lowest first.
fn word(bytes: &[u8]) -> u64 {
    bytes.iter().take(8).rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
}

/// Spreads a number over all bits: as a hash of a set it is enough, and it is quick.
#[derive(Default)]
struct Mix(u64);

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.chunks(8).for_each(|chunk| self.write_u64(word(chunk)));
    }

    fn write_u64(&mut self, number: u64) {
        // The finalizer of MurmurHash3.
        let mut x = self.0 ^ number;
        x = (x ^ (x >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        x = (x ^ (x >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        self.0 = x ^ (x >> 33);
    }
}
