//! The agreement board.
//!
//! ```text
//! ── labels · pairs · people ─ topic ──────────────────────────────
//!  submitted only; skips excluded · 412 records · 1,236 answers · P changes
//!  α nominal .45 (.41–.49) · MASI .52 (.48–.56) · percent .71 · …
//!  label           α                       95 %     ticks     instead
//!  bug           .44 |    ───●─       | .31–.56     7.8 %     account 12 pairs, nothing else 4
//! ```

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line as Text;

use super::agreement::bar;
use super::{Theme, put, rule};
use crate::model::{AgreementReport, Figure, LabelAgreement, Measure, OwnRecordsOnly, PairAgreement, RaterAgreement};
use crate::session::{Board, BoardRow, Session, Tab, alpha_words, number, panes, policy_words};
use crate::text::{Cells, fit, one_line, pad, wrap};

/// Columns of a label's figures beside its name.
const FIGURES: usize = 54;

/// From how many columns on my alpha stands there too.
const WITH_MINE: usize = 100;

pub(super) fn draw(session: &Session, theme: &Theme, frame: &mut Frame<'_>) {
    let Some(board) = &session.board else { return };
    let (columns, _) = session.size;
    let width = usize::from(columns);
    let figures = panes::board_figures(session.size);
    let told = usize::from(panes::board_tells(session.size));
    let area = Rect::new(0, 1, columns, (panes::board_rows(session.size) + figures + 3 + told) as u16);
    let mut lines = vec![Text::styled(title(session, board, columns), theme.faint)];
    lines.push(Text::styled(fit(&format!(" {}", policy(session, board)), width), theme.faint));
    let found = match &board.report {
        Some(Ok(found)) => found,
        Some(Err(why)) => {
            lines.push(Text::raw(fit(&format!(" {}", one_line(why)), width)));
            return put(frame, area, lines);
        }
        None => {
            lines.push(Text::raw(" …"));
            return put(frame, area, lines);
        }
    };
    let overall = wrap(&overall(found), width.saturating_sub(2));
    lines.extend((0..figures).map(|at| Text::raw(overall.get(at).map_or_else(String::new, |line| format!(" {line}")))));
    lines.push(Text::styled(fit(&head(board.tab, found.findings.labels.is_empty(), width), width), theme.faint));
    let rows = session.lines();
    let room = usize::from(area.height).saturating_sub(lines.len() + told);
    let first = (board.cursor + 1).saturating_sub(room);
    for (at, row) in rows.iter().enumerate().skip(first).take(room) {
        let words = match row {
            BoardRow::Label(label, figures) => label_row(session, found, *label, figures, width),
            BoardRow::Pair(pair) => pair_row(board, pair, width),
            BoardRow::Person(person) => person_row(session, board, found, person, width),
        };
        let style = if at == board.cursor { theme.cursor } else { Style::new() };
        lines.push(Text::styled(fit(&words, width), style));
    }
    if rows.is_empty() {
        lines.push(Text::styled(" nothing here yet", theme.faint));
    }
    if let Some(BoardRow::Label(label, _)) = rows.get(board.cursor).filter(|_| told > 0) {
        lines.resize(usize::from(area.height) - told, Text::raw(""));
        lines.push(Text::styled(fit(&in_full(session, found, *label), width), theme.faint));
    }
    put(frame, area, lines);
}

fn title(session: &Session, board: &Board, columns: u16) -> String {
    let tab = |tab: Tab| if tab == board.tab { format!("[{}]", tab.word()) } else { tab.word().to_owned() };
    let tabs = Tab::ALL.map(tab).join(" ");
    let question = session.question().map_or("", |question| question.title.as_str());
    rule(&format!("agreement · {tabs} · {}", one_line(question)), columns)
}

fn policy(session: &Session, board: &Board) -> String {
    let mut words = policy_words(&board.scope.policy);
    match (board.found().map(|found| found.mine), board.tab) {
        (Some(OwnRecordsOnly::All), _) | (Some(OwnRecordsOnly::Single), Tab::Pairs | Tab::People) => {
            words.push_str(" · only records you submitted");
        }
        (Some(OwnRecordsOnly::Single), Tab::Labels) => words.push_str(" · instead: of records you submitted"),
        _ => {}
    }
    if let Some(queue) = &board.scope.records {
        words.push_str(&format!(" · only {}", one_line(&session.queue_words(queue))));
    }
    if let Some(found) = board.found() {
        let (units, values) = (number(found.findings.units as i64), number(found.findings.values as i64));
        words.push_str(&format!(" · {units} records · {values} answers"));
        if let Some((agents, others)) = found.seen {
            words.push_str(&format!(" · {} saw suggestions, {} others' answers", share(agents), share(others)));
        }
    }
    if board.found().is_some_and(|found| found.labels_only) {
        words.push_str(" · intervals of labels only");
    }
    format!("{words} · P changes")
}

/// The measures over all raters, each with its interval.
fn overall(found: &AgreementReport) -> String {
    let all = &found.findings.overall;
    let why = all.first().and_then(|(_, figure)| figure.value.err());
    if let Some(why) = why.filter(|why| all.iter().all(|(_, figure)| figure.value.err() == Some(*why))) {
        // Where all lack the same, it is said once.
        let names: Vec<&str> = all.iter().map(|(measure, _)| name(*measure)).collect();
        return format!("{}: n/a ({})", names.join(", "), why.reason());
    }
    let one = |(measure, figure): &(Measure, Figure)| format!("{} {}", name(*measure), with_interval(figure));
    let cut = found.findings.narrowed.units;
    let cut = (cut > 0).then(|| format!("{} records cut to labels that all were offered", number(cut as i64)));
    all.iter().map(one).chain(cut).collect::<Vec<_>>().join(" · ")
}

fn name(measure: Measure) -> &'static str {
    match measure {
        Measure::Nominal => "α nominal",
        Measure::Masi => "MASI",
        Measure::Jaccard => "Jaccard",
        Measure::Ordinal => "ordinal",
        Measure::Interval => "interval",
        Measure::Ratio => "ratio",
        Measure::Percent => "percent",
        Measure::FleissKappa => "Fleiss κ",
        Measure::GwetAc1 => "AC1",
    }
}

fn with_interval(figure: &Figure) -> String {
    match &figure.value {
        Ok(value) => match figure.interval.and_then(|interval| interval.bounds) {
            Some((low, high)) => format!("{} ({}–{})", alpha_words(*value), alpha_words(low), alpha_words(high)),
            None => match figure.few_words() {
                Some(few) => format!("{} ({few})", alpha_words(*value)),
                None => alpha_words(*value),
            },
        },
        Err(why) => format!("n/a ({})", why.reason()),
    }
}

fn head(tab: Tab, numbers: bool, width: usize) -> String {
    match tab {
        Tab::Labels => {
            let name = names(width);
            let mine = if width >= WITH_MINE { "    mine" } else { "" };
            format!(" {:name$}{:>5} {:18} {:<10}{:>8}{:>7}{mine}  instead", "label", "α", "", "95 %", "n", "ticks")
        }
        Tab::Pairs => format!(
            " {:name$}{:>5} {:12} {:<10}{:>8}{:>9}",
            "pair",
            "κ",
            if numbers { "nominal" } else { "" },
            "95 %",
            "n",
            "percent",
            name = pair_names(width)
        ),
        Tab::People => {
            format!(
                " {:16}{:>8}{:>8}{:>10}{:>wide$}{:>8}  {}",
                "annotator",
                "answers",
                "shared",
                "as others",
                if numbers { "ordinal α w/o" } else { "α without" },
                "itself",
                "more often than others",
                wide = without(numbers)
            )
        }
    }
}

/// Columns of alpha without a person, which names its metric where answers are numbers.
fn without(numbers: bool) -> usize {
    if numbers { 15 } else { 12 }
}

/// Columns of a label's name.
fn names(width: usize) -> usize {
    width.saturating_sub(FIGURES + 12).clamp(6, 24)
}

fn pair_names(width: usize) -> usize {
    width.saturating_sub(50).clamp(12, 36)
}

fn label_row(session: &Session, found: &AgreementReport, label: u32, figures: &LabelAgreement, width: usize) -> String {
    let titles = |label: u32| titles(session, label);
    let mine = session.my_figures().get(label as usize).map(|mine| mine.alpha.map_or("n/a".into(), alpha_words));
    let mine = if width >= WITH_MINE { format!("{:>8}", mine.unwrap_or_default()) } else { String::new() };
    let alpha = match figures.alpha {
        Ok(alpha) => {
            let few = || figures.few_words().unwrap_or_default().to_owned();
            let bounds = figures.bounds().map_or_else(few, |(low, high)| range(low, high));
            format!("{:>5} {} {bounds:<10}", alpha_words(alpha), bar(alpha, figures.bounds()))
        }
        Err(why) => pad(&format!("{:>5}  {}", "n/a", why.reason()), 35),
    };
    let ticks = share(figures.prevalence().unwrap_or(0.0));
    let given = found.confusions.get(label as usize).map_or(&[][..], Vec::as_slice);
    let given = given.iter().enumerate().map(|(at, given)| {
        // What is counted is said once in a row.
        let pairs = match (at, given.pairs) {
            (0, 1) => " pair",
            (0, _) => " pairs",
            _ => "",
        };
        format!("{} {}{pairs}", given.gave.words(titles), number(given.pairs as i64))
    });
    let instead = given.take(4).collect::<Vec<_>>().join(", ");
    let units = number(figures.units as i64);
    format!(" {}{alpha}{units:>8}{ticks:>7}{mine}  {instead}", pad(&titles(label), names(width)))
}

/// `bug against feature wish 31 pairs, nothing else 22 pairs, none of these 4 pairs`.
fn in_full(session: &Session, found: &AgreementReport, label: u32) -> String {
    let titles = |label: u32| titles(session, label);
    let given: Vec<String> = found
        .confusions
        .get(label as usize)
        .map_or(&[][..], Vec::as_slice)
        .iter()
        .map(|given| given.words(titles))
        .collect();
    if given.is_empty() { String::new() } else { format!(" {} against {}", titles(label), given.join(", ")) }
}

fn titles(session: &Session, label: u32) -> String {
    let label = session.question().and_then(|question| question.labels.get(label as usize));
    label.map_or_else(|| String::from("?"), |label| one_line(&label.title))
}

fn range(low: f64, high: f64) -> String {
    format!("{}–{}", alpha_words(low), alpha_words(high))
}

/// A share as `7.8 %` or `12 %`.
fn share(share: f64) -> String {
    let percent = 100.0 * share;
    if percent < 9.95 { format!("{percent:.1} %") } else { format!("{percent:.0} %") }
}

fn pair_row(board: &Board, pair: &PairAgreement, width: usize) -> String {
    let names = format!("{} – {}", one_line(board.name(pair.a)), one_line(board.name(pair.b)));
    let kappa = match &pair.cohen_kappa.value {
        Ok(kappa) => {
            let bounds = pair.cohen_kappa.interval.and_then(|interval| interval.bounds);
            let few = || pair.cohen_kappa.few_words().unwrap_or_default().to_owned();
            let bounds = bounds.map_or_else(few, |(low, high)| range(low, high));
            format!("{:>5} {} {bounds:<10}", alpha_words(*kappa), shade(*kappa))
        }
        Err(why) => pad(&format!("{:>5}  {}", "n/a", why.reason()), 29),
    };
    let percent = pair.percent.value.map_or_else(|_| String::from("n/a"), share);
    format!(" {}{kappa}{:>8}{percent:>9}", pad(&names, pair_names(width)), number(pair.units as i64))
}

/// A kappa as a shaded cell: denser is better, and a bar of the same length says it without shades.
fn shade(kappa: f64) -> String {
    const SHADES: [char; 4] = ['░', '▒', '▓', '█'];
    const CELLS: usize = 12;
    let share = kappa.clamp(0.0, 1.0);
    let shade = SHADES[((share * 4.0) as usize).min(3)];
    pad(&shade.to_string().repeat((share * CELLS as f64).round() as usize), CELLS)
}

fn person_row(
    session: &Session,
    board: &Board,
    found: &AgreementReport,
    person: &RaterAgreement,
    width: usize,
) -> String {
    let name = pad(&one_line(board.name(person.rater)), 16);
    let words = |figure: &Figure| figure.value.map_or_else(|_| String::from("n/a"), alpha_words);
    let others = person.with_others.value.map_or_else(|_| String::from("n/a"), share);
    let itself = person.itself.map_or_else(|| String::from("–"), |(_, same)| share(same));
    let (answers, units) = (number(person.values as i64), number(person.units as i64));
    let wide = without(found.findings.labels.is_empty());
    let head = format!(" {name}{answers:>8}{units:>8}{others:>10}{:>wide$}{itself:>8}  ", words(&person.without));
    let room = width.saturating_sub(head.cells());
    format!("{head}{}", fit(&overused(session, found, person), room))
}

/// Labels that a person ticks more often than the others do, the largest difference first: `bug +12 %`.
fn overused(session: &Session, found: &AgreementReport, person: &RaterAgreement) -> String {
    let others = found.findings.people.iter().filter(|other| other.rater != person.rater);
    let others: Vec<&RaterAgreement> = others.collect();
    let more = |label: usize| {
        let mine = person.prevalence.get(label).copied().flatten()?;
        let all: Vec<f64> = others.iter().filter_map(|other| other.prevalence.get(label).copied().flatten()).collect();
        let mean = all.iter().sum::<f64>() / all.len().max(1) as f64;
        (!all.is_empty() && mine > mean).then_some((label, mine - mean))
    };
    let mut labels: Vec<(usize, f64)> = (0..person.prevalence.len()).filter_map(more).collect();
    labels.sort_by(|a, b| b.1.total_cmp(&a.1));
    let title = |label: usize| {
        let label = session.question().and_then(|question| question.labels.get(label));
        label.map_or_else(|| String::from("?"), |label| one_line(&label.title))
    };
    let words = labels.iter().take(3).map(|(label, more)| format!("{} +{}", title(*label), share(*more)));
    words.collect::<Vec<_>>().join(", ")
}
