//! Whole answers where not all were offered the same labels: compared by those that all were offered.

use labelry::engine::measure::{MeasureSelection, findings};
use labelry::model::{LabelSets, Rating, Ratings, Resampling, Values};
use proptest::prelude::*;
use serde_json::Value;

use crate::cases::{done, folder};

fn data(name: &str) -> String {
    format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// Rows of unit, rater, ticks and offer, each a value of its own.
fn given(rows: &[(u32, u32, u64, u32)], offers: &[u64]) -> Ratings {
    let row = |(at, (unit, rater, _, offered)): (usize, &(u32, u32, u64, u32))| Rating {
        unit: *unit,
        rater: *rater,
        value: at as u32,
        offered: *offered,
    };
    Ratings {
        raters: 3,
        units: 12,
        values: Values::Sets(4, LabelSets { words: 1, bits: rows.iter().map(|row| row.2).collect() }),
        declared: false,
        offers: LabelSets { words: 1, bits: offers.to_vec() },
        rows: rows.iter().enumerate().map(row).collect(),
        again: Vec::new(),
    }
}

proptest! {
    #[test]
    fn figures_are_those_of_the_cut_answers(
        made in prop::collection::vec((0u64..16, 0u32..3, 0u32..4), 36),
        offers in prop::collection::vec(0u64..16, 2),
    ) {
        let offers = [0b1111, offers[0], offers[1]];
        // Nobody ticks what they were not offered.
        let all = (0..12).flat_map(|unit| (0..3).map(move |rater| (unit, rater)));
        let rows: Vec<_> = all.zip(&made).filter(|(_, (_, _, gap))| *gap > 0)
            .map(|((unit, rater), (ticks, offer, _))| (unit, rater, ticks & offers[*offer as usize], *offer)).collect();
        let common = |unit| rows.iter().filter(|row| row.0 == unit).fold(u64::MAX, |all, row| all & offers[row.3 as usize]);
        let cut: Vec<_> = rows.iter().map(|row| (row.0, row.1, row.2 & common(row.0), 0)).collect();
        let wanted = MeasureSelection { labels: false, ..MeasureSelection::ALL };
        let ours = findings(&given(&rows, &offers), wanted, Resampling::default());
        let naive = findings(&given(&cut, &[]), wanted, Resampling::default());
        prop_assert_eq!(&ours.overall, &naive.overall);
        prop_assert_eq!(&ours.pairs, &naive.pairs);
        for (ours, naive) in ours.people.iter().zip(&naive.people) {
            prop_assert_eq!((&ours.without, &ours.with_others, ours.values), (&naive.without, &naive.with_others, naive.values));
        }
        let mixed = |unit: &u32| rows.iter().any(|row| row.0 == *unit && offers[row.3 as usize] != common(*unit));
        let several = |unit: &u32| rows.iter().filter(|row| row.0 == *unit).count() > 1;
        prop_assert_eq!(ours.narrowed.units as usize, (0..12).filter(several).filter(mixed).count());
    }
}

#[test]
fn a_label_that_was_added_later_is_no_disagreement_in_any_overall_figure() {
    let folder = folder();
    let at = folder.path();
    let responses = |name: &str| {
        let file = data(&format!("late/{name}.jsonl"));
        done(
            at,
            &["import", &file, "--dataset", "d", "--item", "record_id", "--rater", "annotator", "--value", "labels"],
        );
    };
    done(at, &["import", &data("late/records.jsonl"), "--dataset", "d", "--question", "q", "--labels", "A,B"]);
    responses("old");
    done(at, &["labels", "add", "--dataset", "d", "E"]);
    responses("new");
    done(at, &["export", "d", "--out", "d.jsonl"]);
    for source in ["d", "d.jsonl"] {
        let args = ["agreement", "--json", source, "--people", "--pairs", "--explain", "why.csv", "--html", "d.html"];
        let found: Value = serde_json::from_str(&done(at, &args)).unwrap();
        assert_eq!(found["pairs"][0]["cohen_kappa"]["value"], 1.0);
        assert_eq!(found["pairs"][0]["percent"]["value"], 1.0);
        assert_eq!(found["people"][0]["with_others"]["value"], 1.0);
        let found: Value = serde_json::from_str(&done(at, &["agreement", "--json", source])).unwrap();
        for measure in ["nominal", "masi", "jaccard", "percent", "fleiss_kappa", "gwet_ac1"] {
            assert_eq!(found["overall"][measure]["value"], 1.0, "{measure}");
        }
        let cut = found["cut"]["records"].as_u64().unwrap();
        assert!(cut > 0);
        let note = format!("whole answers to {cut} records are cut to the labels that all who answered were offered");
        assert!(found["notes"].as_array().unwrap().iter().any(|known| *known == *note), "{found}");
        for form in [&["agreement", source][..], &["agreement", source, "--methods"]] {
            let printed = done(at, form);
            assert!(printed.contains(&note) && !printed.contains("0.500"), "{printed}");
        }
        let page = std::fs::read_to_string(at.join("d.html")).unwrap();
        assert!(page.contains(&note) && !page.contains("The most divided records"), "{page}");
        assert!(std::fs::read_to_string(at.join("why.csv")).unwrap().contains("not offered"));
        std::fs::remove_file(at.join("d.html")).unwrap();
        std::fs::remove_file(at.join("why.csv")).unwrap();
    }
}
