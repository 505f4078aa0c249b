//! Agreement against what others published and computed.

use std::collections::BTreeMap;
use std::path::PathBuf;

use labelry::engine::measure::{MeasureSelection, findings};
use labelry::model::{Findings, LabelSets, Measure, Rating, Ratings, Resampling, Values};
use serde_json::Value;

use crate::twins::{all, ratings, sets, value};

/// A file of the shared data; none, and it is said, where they are not at hand.
fn shared(file: &str) -> Option<String> {
    let shared = std::env::var_os("LABELRY_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let path = std::path::absolute(shared.join("data").join(file)).unwrap();
    let text = std::fs::read_to_string(&path).ok();
    if text.is_none() {
        eprintln!("skipped: {} is not there", path.display());
    }
    text
}

/// Rows of raters, numbers or words, as ratings: numbers if all are, else single labels.
fn of_rows(rows: &[Vec<Option<String>>]) -> Ratings {
    let units = rows.iter().map(Vec::len).max().unwrap_or(0);
    let mut words: Vec<&String> = rows.iter().flatten().flatten().collect();
    words.sort();
    words.dedup();
    let code = |word: &String| words.iter().position(|known| *known == word).unwrap() as u32;
    let cell = |unit: usize, row: &Vec<Option<String>>| row.get(unit).and_then(Option::as_ref).map(code);
    let table: Vec<Vec<Option<u32>>> =
        (0..units).map(|unit| rows.iter().map(|row| cell(unit, row)).collect()).collect();
    let numbers: Result<Vec<f64>, _> = words.iter().map(|word| word.parse()).collect();
    let values = numbers.map_or(Values::Labels(words.len() as u32), Values::Numbers);
    Ratings { raters: rows.len() as u32, ..ratings(&table, values) }
}

fn measure(word: &str) -> Measure {
    match word {
        "nominal" => Measure::Nominal,
        "ordinal" => Measure::Ordinal,
        "interval" => Measure::Interval,
        "ratio" => Measure::Ratio,
        "percent" => Measure::Percent,
        "fleiss_kappa" => Measure::FleissKappa,
        "gwet_ac1" => Measure::GwetAc1,
        _ => panic!("{word}"),
    }
}

/// Prints a line of the table that `cargo test -- --nocapture published` shows, and checks it.
fn check(name: &str, what: &str, ours: f64, theirs: f64, tolerance: f64) {
    let far = (ours - theirs).abs();
    eprintln!("{name:52} {what:13} {ours:>12.9} {theirs:>12.9} {far:.1e}");
    assert!(far <= tolerance, "{name}, {what}: {ours} against {theirs}");
}

/// Rows of raters of which so many chose each category.
fn of_counts(units: &[Vec<usize>]) -> Vec<Vec<Option<String>>> {
    let unit = |counts: &Vec<usize>| -> Vec<String> {
        counts.iter().enumerate().flat_map(|(category, count)| vec![format!("c{category}"); *count]).collect()
    };
    let units: Vec<Vec<String>> = units.iter().map(unit).collect();
    let raters = units.iter().map(Vec::len).max().unwrap();
    (0..raters).map(|rater| units.iter().map(|unit| unit.get(rater).cloned()).collect()).collect()
}

/// Two raters, of whom the first chose the row and the second the column so many times.
fn of_joint(counts: &[Vec<usize>]) -> Vec<Vec<Option<String>>> {
    let mut rows = vec![Vec::new(), Vec::new()];
    for (row, counts) in counts.iter().enumerate() {
        for (column, count) in counts.iter().enumerate() {
            rows[0].extend(vec![Some(format!("c{row}")); *count]);
            rows[1].extend(vec![Some(format!("c{column}")); *count]);
        }
    }
    rows
}

#[test]
fn figures_published_in_papers() {
    let text = include_str!("../data/alpha.toml");
    let file: toml::Table = text.parse().unwrap();
    for case in file["case"].as_array().unwrap() {
        let case = case.as_table().unwrap();
        let name = case["name"].as_str().unwrap();
        let lines = |key: &str| -> Option<Vec<Vec<String>>> {
            let words = |line: &toml::Value| line.as_str().unwrap().split(' ').map(str::to_owned).collect();
            Some(case.get(key)?.as_array().unwrap().iter().map(words).collect())
        };
        let cell = |word: String| (word != ".").then_some(word);
        let numbers = |key: &str| -> Vec<Vec<usize>> {
            let row = |row: &Vec<String>| row.iter().map(|count| count.parse().unwrap()).collect();
            lines(key).iter().flatten().map(row).collect()
        };
        let rows = match lines("raters") {
            Some(rows) => rows.into_iter().map(|row| row.into_iter().map(cell).collect()).collect(),
            None if case.contains_key("joint") => of_joint(&numbers("joint")),
            None => of_counts(&numbers("counts")),
        };
        let found = all(&of_rows(&rows));
        for (what, printed) in case["expected"].as_table().unwrap() {
            let printed = printed.as_str().unwrap();
            let places = printed.split('.').nth(1).unwrap().len() as i32;
            let ours = match what.as_str() {
                "cohen_kappa" => found.pairs[0].cohen_kappa.value.unwrap(),
                what => value(&found, measure(what)).unwrap(),
            };
            check(name, what, ours, printed.parse().unwrap(), 0.5001 * 10f64.powi(-places));
        }
    }
}

#[test]
fn published_cases_and_other_libraries_tests() {
    let Some(text) = shared("alpha_cases.json") else { return };
    let file: Value = serde_json::from_str(&text).unwrap();
    let cases = file["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 46);
    for case in cases {
        let name = case["id"].as_str().unwrap();
        let cell = |cell: &Value| match cell {
            Value::Null => None,
            Value::String(word) => Some(word.clone()),
            number => Some(number.to_string()),
        };
        let row = |row: &Value| row.as_array().unwrap().iter().map(cell).collect();
        let rows: Vec<Vec<Option<String>>> = case["matrix"].as_array().unwrap().iter().map(row).collect();
        let found = all(&of_rows(&rows));
        let level = measure(case["level"].as_str().unwrap());
        let (_, figure) = found.overall.iter().find(|(known, _)| *known == level).unwrap();
        match (case["expected_alpha"].as_f64(), figure.value) {
            (Some(expected), Ok(ours)) => {
                check(name, "published", ours, expected, case["tolerance"].as_f64().unwrap());
                if let Some(exact) = case["alpha_exact"].as_f64() {
                    check(name, "exact", ours, exact, 1e-12);
                }
            }
            (None, Err(why)) => {
                assert!(case["undefined"].as_bool().unwrap());
                eprintln!("{name:52} undefined: {}", why.reason());
                assert_ne!(why.reason(), "");
            }
            (expected, ours) => panic!("{name}: {expected:?} {ours:?}"),
        }
    }
}

/// A response as the shared data have it.
struct Given {
    unit: String,
    rater: String,
    status: String,
    labels: Option<Vec<String>>,
}

/// Ratings of the responses that a policy counts; `as_no`: one without an answer counts as "no".
fn counted(given: &[Given], labels: &[String], statuses: &[&str], as_no: bool) -> Ratings {
    let mut values = BTreeMap::new();
    let mut numbers: [BTreeMap<&str, u32>; 2] = Default::default();
    let mut rows = Vec::new();
    for response in given {
        let mut number = |of: usize, name| {
            let next = numbers[of].len() as u32;
            *numbers[of].entry(name).or_insert(next)
        };
        let (unit, rater) = (number(0, response.unit.as_str()), number(1, response.rater.as_str()));
        let answer = match (&response.labels, as_no) {
            (Some(labels), _) => labels.clone(),
            (None, true) => Vec::new(),
            (None, false) => continue,
        };
        if statuses.contains(&response.status.as_str()) {
            let bit = |label: &String| 1u64 << labels.iter().position(|known| known == label).unwrap();
            let set: u64 = answer.iter().map(bit).sum();
            let next = values.len() as u32;
            let value = *values.entry(set).or_insert(next);
            rows.push(Rating { unit, rater, value, offered: 0 });
        }
    }
    rows.sort_unstable();
    let mut bits: Vec<(u64, u32)> = values.into_iter().collect();
    bits.sort_by_key(|(_, number)| *number);
    let bits: Vec<u64> = bits.into_iter().map(|(bits, _)| bits).collect();
    let (units, raters) = (numbers[0].len() as u32, numbers[1].len() as u32);
    let values = sets(labels.len() as u32, &bits);
    Ratings { raters, units, values, offers: LabelSets::default(), rows, again: Vec::new(), declared: false }
}

fn words(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned()).collect()
}

fn figure(found: &Findings, measure: Measure) -> f64 {
    value(found, measure).unwrap()
}

/// The bounds of a rare label move by ± .05 from seed to seed with 2,000 resamples; with so many they stand still.
const RESAMPLING: Resampling = Resampling { resamples: 50_000, seed: 42 };

#[test]
fn answer_states_under_three_policies() {
    let Some(text) = shared("answer_states_alpha.json") else { return };
    let file: Value = serde_json::from_str(&text).unwrap();
    let labels = words(&file["labels"]);
    let text = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
    let response = |row: &Value| Given {
        unit: text(row, "record"),
        rater: text(row, "user"),
        status: text(row, "status"),
        labels: (!row["value"].is_null()).then(|| words(&row["value"])),
    };
    let given: Vec<Given> = file["rows"].as_array().unwrap().iter().map(response).collect();
    let every = ["submitted", "draft", "discarded"];
    for (policy, statuses, as_no) in
        [("submitted", &every[..1], false), ("any_with_value", &every[..], false), ("seed", &every[..], true)]
    {
        let ratings = counted(&given, &labels, statuses, as_no);
        let found = findings(&ratings, MeasureSelection::LABELS, RESAMPLING);
        for (label, ours) in labels.iter().zip(&found.labels) {
            let theirs = &file["per_label"][label][policy];
            let counts = [ours.units, ours.values, ours.positives];
            assert_eq!(
                counts.map(Value::from),
                [&theirs["units"], &theirs["values"], &theirs["positives"]].map(Value::clone)
            );
            match theirs["alpha"].as_f64() {
                Some(theirs) => check(label, policy, ours.alpha.unwrap(), theirs, 1e-12),
                None => assert_eq!(ours.alpha.unwrap_err().reason(), "nobody has ticked it"),
            }
            if let (true, Some(bounds)) = (policy == "submitted", file["bootstrap_units_95"][label].as_object()) {
                let (low, high) = ours.bounds().unwrap();
                check(label, "low", low, bounds["lo"].as_f64().unwrap(), 0.02);
                check(label, "high", high, bounds["hi"].as_f64().unwrap(), 0.02);
            }
        }
    }
    let found = all(&counted(&given, &labels, &every[..1], false));
    let theirs = |key: &str| file["set_alpha"][key].as_f64().unwrap();
    let masi = "masi_two_thirds_submitted_empty_kept (nltk>=3.10 constants)";
    check("sets", "masi", figure(&found, Measure::Masi), theirs(masi), 1e-12);
    let jaccard = figure(&found, Measure::Jaccard);
    check("sets", "jaccard", jaccard, theirs("jaccard_submitted_empty_kept"), 1e-12);
    let nominal = figure(&found, Measure::Nominal);
    check("sets", "nominal", nominal, theirs("nominal_set_submitted_empty_kept"), 1e-12);
}

#[test]
fn romanian_tweets_in_full() {
    let (Some(reference), Some(text)) = (shared("redv2/reference_alpha.csv"), shared("redv2/responses.jsonl")) else {
        return;
    };
    let response = |line: &str| {
        let row: Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| row[key].as_str().unwrap().to_owned();
        let labels = Some(words(&row["labels"]));
        Given { unit: text("record_id"), rater: text("annotator"), status: text("status"), labels }
    };
    let given: Vec<Given> = text.lines().map(response).collect();
    let labels: Vec<String> =
        ["Sadness", "Surprise", "Fear", "Anger", "Neutral", "Trust", "Joy"].map(str::to_owned).into();
    let found = all(&counted(&given, &labels, &["submitted"], false));
    let mut rows = csv::Reader::from_reader(reference.as_bytes());
    for row in rows.records() {
        let row = row.unwrap();
        let theirs: f64 = row[3].parse().unwrap();
        let ours = match &row[1] {
            "__overall_nominal__" => figure(&found, Measure::Nominal),
            "__overall_masi__" => figure(&found, Measure::Masi),
            "__overall_jaccard__" => figure(&found, Measure::Jaccard),
            "__pooled_binary__" => pooled(&found),
            "__mean_of_label_alphas__" => found.labels.iter().map(|label| label.alpha.unwrap()).sum::<f64>() / 7.0,
            label => {
                let at = labels.iter().position(|known| known == label).unwrap();
                assert_eq!(found.labels[at].positives.to_string(), row[6]);
                found.labels[at].alpha.unwrap()
            }
        };
        check("redv2", &row[1], ours, theirs, 1e-9);
    }
    assert_eq!((found.units, found.values), (5_449, 16_347));
}

/// All labels side by side as units of one question, from their own figures: n is the same for each, so that the
/// observed disagreements add up.
fn pooled(found: &Findings) -> f64 {
    let (mut observed, mut n, mut ones) = (0.0, 0.0, 0.0);
    for label in &found.labels {
        let (values, positives) = (label.values as f64, label.positives as f64);
        let expected = 2.0 * positives * (values - positives) / (values * (values - 1.0));
        observed += (1.0 - label.alpha.unwrap()) * expected * values;
        n += values;
        ones += positives;
    }
    1.0 - observed / n / (2.0 * ones * (n - ones) / (n * (n - 1.0)))
}
