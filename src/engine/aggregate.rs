//! Several people's answers joined to one row of a training file, label by label.
//!
//! A label that an answer's author was not offered is no "no" of theirs: for each label only the answers count that it
//! was offered to, and where there is none the cell stays blank.

/// One person's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RaterAnswer {
    /// For each label whether it is ticked.
    pub ticked: Vec<bool>,
    /// For each label whether it was offered; one that is to be left out of account is not.
    pub offered: Vec<bool>,
}

/// How answers are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregation {
    /// There is at most one answer, and it stands.
    Only,
    /// Yes where anybody ticked.
    Any,
    /// Yes where more than half ticked.
    Majority(Ties),
    /// Yes where everybody ticked.
    All,
    /// The share that ticked.
    Soft,
    /// The adjudication, else what all agree on.
    Adjudicated,
}

/// What becomes of a record where exactly half ticked a label, or where no label of a single-label question has more
/// than half.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ties {
    /// It is dropped and counted.
    #[default]
    Drop,
    /// The label is "no".
    No,
}

/// What answers come to.
#[derive(Debug, Clone, PartialEq)]
pub enum Aggregated {
    /// For each label a number from 0 to 1; none where nobody was offered it. And the same for "none of these": the
    /// share of answers without any tick, or 0 and 1 as the labels say.
    Row(Vec<Option<f64>>, Option<f64>),
    /// Nobody answered.
    Unanswered,
    /// Several answers, and no rule.
    Several(usize),
    /// People are tied.
    Tied,
    /// There is no adjudication, and people differ.
    Undecided,
}

/// What is asked of the answers to every record.
#[derive(Debug, Clone)]
pub struct AggregateOptions {
    /// How they are joined.
    pub rule: Aggregation,
    /// Whether exactly one label is an answer.
    pub single: bool,
    /// For each label whether it has to be known before "none of these" is: not those retired.
    pub present: Vec<bool>,
}

/// Joins the answers to one record; an adjudication counts only for [`Aggregation::Adjudicated`]. O(answers × labels).
#[must_use]
pub fn join(asked: &AggregateOptions, answers: &[RaterAnswer], adjudication: Option<&RaterAnswer>) -> Aggregated {
    let (rule, single) = (asked.rule, asked.single);
    let row = |answers, cell: &dyn Fn(usize, usize) -> f64| row(&asked.present, answers, cell);
    if let (Aggregation::Adjudicated, Some(adjudication)) = (rule, adjudication) {
        return row(std::slice::from_ref(adjudication), &|yes, m| whole(yes == m));
    }
    match (rule, answers.len()) {
        (_, 0) => Aggregated::Unanswered,
        (Aggregation::Only, several @ 2..) => Aggregated::Several(several),
        (Aggregation::Majority(Ties::Drop), _) if tied(single, answers) => Aggregated::Tied,
        (Aggregation::Adjudicated, _) if differ(answers) => Aggregated::Undecided,
        (Aggregation::Any, _) => row(answers, &|yes, _| whole(yes > 0)),
        (Aggregation::Majority(_), _) => row(answers, &|yes, m| whole(2 * yes > m)),
        (Aggregation::Soft, _) => {
            let none = answers.iter().filter(|answer| !answer.ticked.contains(&true)).count();
            match row(answers, &|yes, m| yes as f64 / m as f64) {
                Aggregated::Row(cells, _) => Aggregated::Row(cells, Some(none as f64 / answers.len() as f64)),
                other => other,
            }
        }
        (Aggregation::Only | Aggregation::All | Aggregation::Adjudicated, _) => row(answers, &|yes, m| whole(yes == m)),
    }
}

fn whole(yes: bool) -> f64 {
    f64::from(u8::from(yes))
}

/// How many ticked a label, and how many were offered it.
fn count(answers: &[RaterAnswer], label: usize) -> (usize, usize) {
    let offered = answers.iter().filter(|answer| answer.offered[label]);
    offered.fold((0, 0), |(yes, m), answer| (yes + usize::from(answer.ticked[label]), m + 1))
}

fn labels(answers: &[RaterAnswer]) -> std::ops::Range<usize> {
    0..answers.first().map_or(0, |answer| answer.ticked.len())
}

fn row(present: &[bool], answers: &[RaterAnswer], cell: &dyn Fn(usize, usize) -> f64) -> Aggregated {
    let cells: Vec<Option<f64>> = labels(answers)
        .map(|label| match count(answers, label) {
            (_, 0) => None,
            (yes, m) => Some(cell(yes, m)),
        })
        .collect();
    // A blank may be a yes: that none applies is known only where every cell is, and nobody ticked what has none.
    let known = || cells.iter().zip(present).all(|(cell, present)| cell.is_some() || !present);
    let beyond =
        || answers.iter().any(|answer| answer.ticked.iter().zip(&cells).any(|(yes, cell)| *yes && cell.is_none()));
    let none =
        if cells.iter().flatten().any(|cell| *cell > 0.0) { Some(0.0) } else { (known() && !beyond()).then_some(1.0) };
    Aggregated::Row(cells, none)
}

fn tied(single: bool, answers: &[RaterAnswer]) -> bool {
    let counts = || labels(answers).map(|label| count(answers, label));
    if single {
        return !counts().any(|(yes, m)| 2 * yes > m);
    }
    counts().any(|(yes, m)| m > 0 && 2 * yes == m)
}

fn differ(answers: &[RaterAnswer]) -> bool {
    labels(answers).map(|label| count(answers, label)).any(|(yes, m)| yes > 0 && yes < m)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{AggregateOptions, Aggregated, Aggregation, RaterAnswer, Ties};

    fn join(
        rule: Aggregation,
        single: bool,
        answers: &[RaterAnswer],
        adjudication: Option<&RaterAnswer>,
    ) -> Aggregated {
        let present = vec![true; answers.first().or(adjudication).map_or(0, |answer| answer.ticked.len())];
        super::join(&AggregateOptions { rule, single, present }, answers, adjudication)
    }

    /// Answers as `1` ticked, `0` not, `-` not offered, one word each.
    fn given(words: &str) -> Vec<RaterAnswer> {
        let one = |word: &str| RaterAnswer {
            ticked: word.chars().map(|c| c == '1').collect(),
            offered: word.chars().map(|c| c != '-').collect(),
        };
        words.split_whitespace().map(one).collect()
    }

    fn shown(joined: &Aggregated) -> String {
        let cell = |cell: &Option<f64>| cell.map_or_else(|| String::from("-"), |cell| cell.to_string());
        match joined {
            Aggregated::Row(cells, none) => {
                let cells: Vec<String> = cells.iter().map(cell).collect();
                format!("{} | {}", cells.join(" "), cell(none))
            }
            Aggregated::Unanswered => String::from("unanswered"),
            Aggregated::Several(several) => format!("several {several}"),
            Aggregated::Tied => String::from("tied"),
            Aggregated::Undecided => String::from("undecided"),
        }
    }

    fn check(rule: Aggregation, answers: &str, expected: &str) {
        assert_eq!(shown(&join(rule, false, &given(answers), None)), expected, "{rule:?} of {answers}");
    }

    #[test]
    fn each_rule_joins_as_it_says() {
        let (drop, no) = (Aggregation::Majority(Ties::Drop), Aggregation::Majority(Ties::No));
        check(Aggregation::Only, "", "unanswered");
        check(Aggregation::Only, "101", "1 0 1 | 0");
        check(Aggregation::Only, "000", "0 0 0 | 1");
        check(Aggregation::Only, "00-", "0 0 - | -");
        check(Aggregation::Only, "10-", "1 0 - | 0");
        check(Aggregation::Only, "101 101", "several 2");
        check(Aggregation::Any, "100 010", "1 1 0 | 0");
        check(Aggregation::All, "110 010", "0 1 0 | 0");
        check(Aggregation::All, "100 010", "0 0 0 | 1");
        check(drop, "110 010 011", "0 1 0 | 0");
        check(drop, "110 010", "tied");
        check(no, "110 010", "0 1 0 | 0");
        check(drop, "11", "1 1 | 0");
        check(Aggregation::Soft, "110 010 000 010", "0.25 0.75 0 | 0.25");
        check(Aggregation::Adjudicated, "110 110", "1 1 0 | 0");
        check(Aggregation::Adjudicated, "110 010", "undecided");
        check(Aggregation::Adjudicated, "", "unanswered");
    }

    #[test]
    fn a_label_counts_only_with_those_it_was_offered_to() {
        let (drop, no) = (Aggregation::Majority(Ties::Drop), Aggregation::Majority(Ties::No));
        check(Aggregation::Any, "0- 0-", "0 - | -");
        check(Aggregation::All, "1- 11", "1 1 | 0");
        check(drop, "1- 11 10", "tied");
        check(no, "1- 11 10", "1 0 | 0");
        check(Aggregation::Soft, "0- 01", "0 1 | 0.5");
        check(Aggregation::Adjudicated, "1- 11", "1 1 | 0");
    }

    #[test]
    fn a_adjudication_stands_before_all_and_counts_for_no_other_rule() {
        let adjudication = &given("011")[0];
        let joined = |rule, answers| shown(&join(rule, false, &given(answers), Some(adjudication)));
        assert_eq!(joined(Aggregation::Adjudicated, "100 010"), "0 1 1 | 0");
        assert_eq!(joined(Aggregation::Adjudicated, ""), "0 1 1 | 0");
        assert_eq!(joined(Aggregation::Any, "100"), "1 0 0 | 0");
        assert_eq!(joined(Aggregation::Any, ""), "unanswered");
    }

    #[test]
    fn of_single_labels_none_may_have_more_than_half() {
        let joined = |ties, answers| shown(&join(Aggregation::Majority(ties), true, &given(answers), None));
        assert_eq!(joined(Ties::Drop, "100 010 001"), "tied");
        assert_eq!(joined(Ties::No, "100 010 001"), "0 0 0 | 1");
        assert_eq!(joined(Ties::Drop, "100 100 001"), "1 0 0 | 0");
    }

    #[test]
    fn a_retired_label_that_nobody_was_offered_leaves_none_known_unless_somebody_ticked_it() {
        let none = |ticked: [bool; 2]| {
            let asked = AggregateOptions { rule: Aggregation::Any, single: false, present: vec![true, false] };
            let answer = RaterAnswer { ticked: ticked.into(), offered: vec![true, false] };
            shown(&super::join(&asked, &[answer], None))
        };
        assert_eq!(none([false, false]), "0 - | 1");
        assert_eq!(none([false, true]), "0 - | -");
    }

    proptest! {
        #[test]
        fn rules_keep_their_order(answers in prop::collection::vec(prop::collection::vec(0u8..3, 4), 1..7)) {
            let answers: Vec<RaterAnswer> = answers.iter().map(|row| RaterAnswer {
                ticked: row.iter().map(|c| *c == 1).collect(),
                offered: row.iter().map(|c| *c != 2).collect(),
            }).collect();
            let cells = |rule| match join(rule, false, &answers, None) {
                Aggregated::Row(cells, _) => Some(cells),
                _ => None,
            };
            let mut turned = answers.clone();
            turned.reverse();
            let rows = [Aggregation::All, Aggregation::Majority(Ties::No), Aggregation::Soft, Aggregation::Any].map(|rule| cells(rule).unwrap());
            prop_assert_eq!(&rows[2], &match join(Aggregation::Soft, false, &turned, None) {
                Aggregated::Row(cells, _) => cells,
                _ => Vec::new(),
            });
            for label in [0usize, 1, 2, 3] {
                let [all, majority, soft, any] = [0, 1, 2, 3].map(|rule: usize| rows[rule][label]);
                let blank = answers.iter().all(|answer| !answer.offered[label]);
                prop_assert!([all, majority, soft, any].iter().all(|cell| cell.is_none() == blank));
                if let (Some(all), Some(majority), Some(soft), Some(any)) = (all, majority, soft, any) {
                    prop_assert!(all <= majority && majority <= any && all <= soft && soft <= any);
                    prop_assert_eq!(majority > 0.0, soft > 0.5);
                }
            }
            // Where a majority is not dropped, it is the one that takes ties for "no".
            if let Some(row) = cells(Aggregation::Majority(Ties::Drop)) {
                prop_assert_eq!(&row, &rows[1]);
            }
            // What all agree on is what any rule says.
            if let Some(row) = cells(Aggregation::Adjudicated) {
                prop_assert_eq!(&row, &rows[0]);
                prop_assert_eq!(&row, &rows[3]);
            }
        }
    }
}
