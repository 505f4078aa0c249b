//! How far people are, as lines: the page `P`, and what `labelry progress` prints.

use super::number;
use crate::model::dataset_progress::{DatasetProgress, Worker};
use crate::text::{fit, one_line, pad};

/// How many days are shown: the last ones.
const DAYS: usize = 14;

/// The lines in a width.
#[must_use]
pub fn progress_lines(found: &DatasetProgress, width: usize) -> Vec<String> {
    let share = if found.records > 0 { found.completed as f64 * 100.0 / found.records as f64 } else { 0.0 };
    let mut lines =
        vec![format!("{} records · {} complete · {share:.0} %", n(found.records), n(found.completed)), String::new()];
    people(found, &mut lines);
    days(found, width, &mut lines);
    labels(found, &mut lines);
    lines.into_iter().map(|line| fit(line.trim_end(), width)).collect()
}

fn n(count: u64) -> String {
    number(count as i64)
}

fn people(found: &DatasetProgress, lines: &mut Vec<String>) {
    let controls = found.people.iter().any(|worker| worker.controls.is_some());
    let head = if found.own { "yours" } else { "annotator" };
    let last = if controls { "  controls right" } else { "" };
    lines.push(format!(
        "{head:<17}{:>10}{:>7}{:>10}{:>8}{:>7}{last}",
        "submitted", "drafts", "discarded", "to do", "s each"
    ));
    for Worker { name, submitted, draft, discarded, pending, seconds, controls, .. } in &found.people {
        let seconds = seconds.map_or_else(|| String::from("-"), |seconds| format!("{seconds:.1}"));
        let controls = controls.map(|(answered, right, labels)| {
            let labels = labels.map(|share| format!(", {:.0} %", share * 100.0)).unwrap_or_default();
            format!("  {right}/{answered}{labels}")
        });
        lines.push(format!(
            "{} {:>10}{:>7}{:>10}{:>8}{seconds:>7}{}",
            pad(&one_line(name), 16),
            n(*submitted),
            n(*draft),
            n(*discarded),
            n(*pending),
            controls.unwrap_or_default(),
        ));
    }
    if found.people.is_empty() {
        lines.push(String::from("nobody has answered yet"));
    }
}

/// A bar a day, the longest as wide as there is room.
fn days(found: &DatasetProgress, width: usize, lines: &mut Vec<String>) {
    if found.days.is_empty() {
        return;
    }
    lines.extend([String::new(), String::from("submitted by day")]);
    let shown = &found.days[found.days.len().saturating_sub(DAYS)..];
    if shown.len() < found.days.len() {
        let before: i64 = found.days[..found.days.len() - shown.len()].iter().map(|(_, count)| count).sum();
        lines.push(format!("{:<12}{:>8}", "before", number(before)));
    }
    let most = shown.iter().map(|(_, count)| *count).max().unwrap_or(1).max(1);
    let room = width.saturating_sub(24).min(40);
    for (day, count) in shown {
        let bar = "█".repeat((*count as usize * room).div_ceil(most as usize));
        lines.push(format!("{day:<12}{:>8}  {bar}", number(*count)));
    }
}

fn labels(found: &DatasetProgress, lines: &mut Vec<String>) {
    let mut question = None;
    for (name, label, positives, answers) in &found.labels {
        if question != Some(name) {
            question = Some(name);
            let answers = n(*answers);
            lines.extend([String::new(), format!("{}: ticked in {answers} answers", one_line(name))]);
        }
        let share = if *answers > 0 { *positives as f64 * 100.0 / *answers as f64 } else { 0.0 };
        lines.push(format!("{} {:>8}{share:>6.0} %", pad(&one_line(label), 31), n(*positives)));
    }
}
