//! The same figures as `PyPI`'s krippendorff and nltk, which `tests/peers.py` has run.

use labelry::model::{Measure, Values};
use serde_json::Value;

use crate::twins::{all, ratings, sets, value};

#[test]
fn find_the_same() {
    let Some(file) = std::env::var_os("LABELRY_PEERS") else {
        eprintln!("skipped: LABELRY_PEERS names no file that tests/peers.py has written");
        return;
    };
    let cases: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let cases = cases.as_array().unwrap();
    assert!(cases.len() >= 100, "{} cases", cases.len());
    let mut farthest = 0f64;
    for case in cases {
        let rows: Vec<Vec<Option<u32>>> = serde_json::from_value(case["rows"].clone()).unwrap();
        let units = rows.first().map_or(0, Vec::len);
        let table = (0..units).map(|unit| rows.iter().map(|row| row[unit]).collect()).collect();
        let values = match case["labels"].as_u64() {
            Some(labels) => sets(labels as u32, &(0..1 << labels).collect::<Vec<u64>>()),
            None => Values::Numbers((0..16).map(f64::from).collect()),
        };
        let found = all(&ratings(&table, values));
        for (what, theirs) in case["expected"].as_object().unwrap() {
            let measure = |measure| value(&found, measure);
            let ours = match what.as_str() {
                "nominal" => measure(Measure::Nominal),
                "ordinal" => measure(Measure::Ordinal),
                "interval" => measure(Measure::Interval),
                "ratio" => measure(Measure::Ratio),
                "masi" => measure(Measure::Masi),
                "jaccard" => measure(Measure::Jaccard),
                "percent" => measure(Measure::Percent),
                "cohen_kappa" => found.pairs[0].cohen_kappa.value.ok(),
                other => panic!("{other}"),
            };
            if theirs.is_null() {
                assert_eq!(ours, None, "{}, {what}", case["name"]);
                continue;
            }
            let far = (ours.unwrap() - theirs.as_f64().unwrap()).abs();
            farthest = farthest.max(far);
            assert!(far < 1e-9, "{}, {what}: {ours:?} against {theirs}", case["name"]);
        }
    }
    eprintln!("{} cases, at most {farthest:.1e} apart", cases.len());
}
