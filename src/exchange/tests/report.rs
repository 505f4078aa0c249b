//! A report on agreement.

use super::*;
use crate::model::{
    AgreementReport, Figure, Findings, Interval, LabelAgreement, Measure, Narrowed, PairAgreement, Undefined,
};

const EVIL: &str = "<script>alert(1)</script>\u{1b}[2J\u{202e}&";

fn survey() -> AgreementReport {
    let interval = Some(Interval { bounds: Some((-0.12, 0.57)), resamples: 1_000, undefined: 0, few: false });
    let figure = Figure { value: Ok(0.512), interval };
    let label = |alpha| LabelAgreement { alpha, units: 9, values: 18, positives: 5, percent: Some(0.75), interval };
    AgreementReport {
        findings: Findings {
            narrowed: Narrowed::default(),
            units: 9,
            values: 18,
            overall: vec![(Measure::Masi, figure.clone())],
            labels: vec![label(Ok(0.8)), label(Err(Undefined::NobodyTicked)), label(Ok(-0.1))],
            pairs: vec![PairAgreement { a: 0, b: 1, units: 9, cohen_kappa: figure.clone(), percent: figure }],
            people: Vec::new(),
        },
        raters: vec![String::from("ana"), String::from(EVIL)],
        confusions: vec![
            Vec::new(),
            Vec::new(),
            vec![crate::model::Confusion { gave: crate::model::InsteadAnswer::NoneOfThese, pairs: 3 }],
        ],
        seen: None,
        with_intervals: true,
        labels_only: false,
        mine: crate::model::OwnRecordsOnly::Nothing,
    }
}

fn page() -> String {
    let answer = GivenAnswer { who: String::from(EVIL), what: String::from("tax, jobs") };
    let report = Report {
        title: String::from(EVIL),
        labels: vec![String::from("tax"), String::from(EVIL), String::from("jobs")],
        policy: String::from("submitted only; skips excluded"),
        divided: vec![DividedRecord { name: String::from("r1"), text: EVIL.repeat(100), answers: vec![answer] }],
        ..Report::default()
    };
    let mut out = Vec::new();
    write_report(&report, &survey(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn the_page_stands_alone_and_no_text_becomes_markup() {
    let page = page();
    for word in ["<script", "\u{1b}", "\u{202e}", "http:", "https:", "src=", "@import", "url("] {
        let known = page.replace("http://www.w3.org/2000/svg", "");
        assert!(!known.contains(word), "{word}");
    }
    assert!(page.contains("&lt;script&gt;"), "{page}");
    // Each element that is opened is closed, the plots included.
    for element in ["html", "body", "table", "tr", "td", "svg", "text", "figure", "article", "blockquote"] {
        let opened = page.matches(&format!("<{element}>")).count() + page.matches(&format!("<{element} ")).count();
        assert_eq!(opened, page.matches(&format!("</{element}>")).count(), "{element}");
    }
}

#[test]
fn figures_stand_in_the_tables_and_the_plots() {
    let page = page();
    let at = |word: &str| page.find(word).unwrap_or_else(|| panic!("{word} is not in {page}"));
    assert!(at("<td>jobs</td><td class=\"n\">-0.100</td><td class=\"n\">-0.120 to 0.570</td>") < at("<td>tax</td>"));
    assert!(page.contains("nobody has ticked it"));
    assert!(page.contains("none of these 3"));
    assert!(page.contains("α, MASI distance</td><td class=\"n\">0.512</td>"));
    assert_eq!(page.matches("<svg").count(), 2);
    assert_eq!(page.matches("<circle").count(), 2, "a point for each label that has an alpha");
    assert_eq!(page.matches("n 9").count(), 2, "both halves of the heat map");
}
