//! The agreement pane and page: figures in, a picture out.

use labelry::model::{Interval, LabelAgreement, QuestionId, Undefined};
use labelry::session::{Event, Session, Want};

use crate::session::{label, loaded, picture, session};

fn figures(alpha: f64, bounds: Option<(f64, f64)>, units: u64, positives: u64) -> LabelAgreement {
    let interval = bounds.map(|bounds| Interval { bounds: Some(bounds), resamples: 1_000, undefined: 0, few: false });
    LabelAgreement { alpha: Ok(alpha), units, values: units * 3, positives, percent: None, interval }
}

fn nobody(units: u64) -> LabelAgreement {
    LabelAgreement {
        alpha: Err(Undefined::NobodyTicked),
        units,
        values: 2 * units,
        positives: 0,
        percent: Some(1.0),
        interval: None,
    }
}

/// A session with six labels, a hostile one among them, and figures of all and of mine.
fn with_figures(columns: u16, rows: u16) -> Session {
    let mut session = session(columns, rows);
    session.dataset.questions[0].labels =
        ["billing", "bug", "legal threat", "feature wish", "e\u{1b}[2Jvil\n字字字字字字字字字字字", "rare"]
            .iter()
            .zip("123456".chars())
            .map(|(value, key)| label(value, key))
            .collect();
    session.update(Event::Fetched(Want::Resume, Some(loaded(1, "first"))), 0);
    let rare = Interval { bounds: Some((-0.12, 0.31)), resamples: 1_000, undefined: 37, few: false };
    let all = vec![
        figures(0.81, Some((0.74, 0.88)), 412, 310),
        figures(0.44, Some((0.31, 0.56)), 412, 97),
        nobody(412),
        figures(0.51, Some((0.40, 0.61)), 412, 120),
        figures(0.997, Some((0.96, 1.0)), 412, 1_102),
        LabelAgreement { interval: Some(rare), ..figures(-0.002, None, 412, 4) },
    ];
    let mine = vec![figures(0.9, Some((0.8, 0.95)), 40, 30), figures(0.38, Some((0.1, 0.6)), 40, 9), nobody(40)];
    session.update(Event::Agreement(QuestionId(1), all), 0);
    session.update(Event::MyAgreement(QuestionId(1), mine), 0);
    session
}

/// The pane's part of the screen.
fn pane(session: &Session) -> String {
    let panes = labelry::session::panes::of(session);
    let (x, y) = (usize::from(panes.agreement.x), usize::from(panes.agreement.y));
    let cut = |line: &str| line.chars().skip(x).collect::<String>().trim_end().to_owned();
    let rows = picture(session);
    rows.lines().skip(y).take(usize::from(panes.agreement.height)).map(cut).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_pane_shows_the_lowest_alpha_first_with_its_interval() {
    insta::assert_snapshot!(pane(&with_figures(120, 40)), @r#"
    ── α submitted only · 412 units · 95 % · A opens ──────
     rare           .00 <●────           | -.12–.31       4
     bug            .44 |    ───●─       | .31–.56       97
     feature wish   .51 |      ──●─      | .40–.61      120
     billing        .81 |           ─●── | .74–.88      310
     e␛[2Jvil ⏎ …  1.00 |               ●| .96–1.00   1,102
     legal threat   n/a  nobody has ticked it             0
    "#);
}

#[test]
fn a_wide_pane_has_my_alpha_too() {
    insta::assert_snapshot!(pane(&with_figures(140, 40)), @r#"
    ── α submitted only · 412 units · 95 % · A opens ──────────  mine
     rare               .00 <●────           | -.12–.31       4
     bug                .44 |    ───●─       | .31–.56       97   .38
     feature wish       .51 |      ──●─      | .40–.61      120
     billing            .81 |           ─●── | .74–.88      310   .90
     e␛[2Jvil ⏎ 字 字 …  1.00 |               ●| .96–1.00   1,102
     legal threat       n/a  nobody has ticked it             0   n/a
    "#);
}

#[test]
fn where_rows_are_few_the_lowest_are_shown_and_a_wide_title_says_so() {
    let mut session = with_figures(120, 40);
    let question = &mut session.dataset.questions[0];
    question.labels = (0..9).map(|at| label(&format!("label {at}"), 'a')).collect();
    let all = (0..9u32).map(|at| figures(0.9 - f64::from(at) / 10.0, None, 1_000_000, 300_123)).collect();
    session.update(Event::Agreement(QuestionId(1), all), 0);
    insta::assert_snapshot!(pane(&session), @r#"
    ── α submitted only · 1,000,000 units · 95 % · A opens
     label 8        .10 | ●              |          300,123
     label 7        .20 |   ●            |          300,123
     label 6        .30 |    ●           |          300,123
     label 5        .40 |      ●         |          300,123
     label 4        .50 |        ●       |          300,123
     label 3        .60 |      ───●      | .40–.61  300,123
     label 2        .70 |           ●    |          300,123
     label 1        .80 |            ●   |          300,123
    "#);
    session.update(Event::Resize(180, 40), 0);
    let pane = pane(&session);
    assert!(pane.starts_with("── α submitted only; skips out · 1,000,000 units · 95 % · 8 of 9 · A opens ─"), "{pane}");
}

#[test]
fn an_interval_stays_until_the_next_one_comes() {
    let mut session = with_figures(120, 40);
    let moved =
        vec![figures(0.80, None, 413, 311), LabelAgreement { alpha: Err(Undefined::NobodyTicked), ..nobody(413) }];
    session.update(Event::Agreement(QuestionId(1), moved), 0);
    assert_eq!(session.figures()[0].alpha, Ok(0.80));
    assert_eq!(session.figures()[0].bounds(), Some((0.74, 0.88)), "the former interval");
    assert_eq!(session.figures()[1].bounds(), None, "no alpha, no interval");
}

#[test]
fn few_ticks_stand_in_place_of_an_interval_and_stay_after_a_submit() {
    let mut session = with_figures(120, 40);
    let rare = Interval { bounds: Some((-0.12, 0.31)), resamples: 1_000, undefined: 37, few: false }.held(4);
    let figures = |interval| vec![LabelAgreement { interval, ..figures(-0.002, None, 412, 4) }];
    for interval in [Some(rare), None] {
        session.update(Event::Agreement(QuestionId(1), figures(interval)), 0);
        let pane = pane(&session);
        assert!(pane.lines().nth(1).unwrap().trim_end().ends_with("| few ticks      4"), "{pane}");
    }
}
