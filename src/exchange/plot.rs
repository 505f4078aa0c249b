//! Plots of a report as SVG: intervals of the labels, and a heat map of the pairs.

use svg::Document;
use svg::node::element::{Circle, Line, Rectangle, Text, Title};

use crate::model::{LabelAgreement, PairAgreement};
use crate::text::{decimals, fit};

/// Columns and pixels of a name left of a plot.
const NAME: (usize, f64) = (28, 220.0);
/// Pixels of the scale.
const SCALE: f64 = 520.0;
/// Pixels of a row.
const ROW: f64 = 24.0;
/// Pixels of a cell of the heat map.
const CELL: (f64, f64) = (64.0, 36.0);

/// Alpha of each label with its interval, lowest first, on one scale.
pub(super) fn intervals(labels: &[LabelAgreement], names: &[String]) -> String {
    let defined = labels
        .iter()
        .zip(names)
        .filter_map(|(found, name)| Some((found.alpha.ok()?, found.bounds(), name, found.few_words())));
    let mut rows: Vec<_> = defined.collect();
    rows.sort_by(|a: &(f64, _, _, _), b| a.0.total_cmp(&b.0));
    let lowest = rows.iter().map(|(alpha, bounds, ..)| bounds.map_or(*alpha, |(low, _)| low.min(*alpha)));
    let low = (lowest.fold(0.0, f64::min) * 5.0).floor() / 5.0;
    let x = |value: f64| NAME.1 + (value - low) / (1.0 - low) * SCALE;
    let bottom = ROW * rows.len() as f64 + 10.0;
    let mut out = Document::new().set("viewBox", (0, 0, (NAME.1 + SCALE + 30.0) as i32, (bottom + 24.0) as i32));
    out = out.set("role", "img").set("font-family", "system-ui, sans-serif").set("font-size", 13);
    out = out.add(Title::new("alpha of each label with its 95 % interval"));
    let steps = ((1.0 - low) / 0.2).round() as i32;
    for step in 0..=steps {
        let value = low + f64::from(step) * 0.2;
        let grid = Line::new().set("x1", x(value)).set("x2", x(value)).set("y1", 4).set("y2", bottom);
        out = out.add(grid.set("stroke", if value.abs() < 1e-9 { "#888" } else { "#e3e3e3" }));
        let text = Text::new(decimals(value, 1)).set("x", x(value)).set("y", bottom + 16.0);
        out = out.add(text.set("text-anchor", "middle").set("fill", "#555"));
    }
    for (at, (alpha, bounds, name, few)) in rows.iter().enumerate() {
        let y = ROW * (at as f64 + 0.5) + 6.0;
        let words = Text::new(fit(name, NAME.0)).set("x", NAME.1 - 12.0).set("y", y + 4.5);
        out = out.add(words.set("text-anchor", "end"));
        if let Some((low, high)) = bounds {
            let line = Line::new().set("x1", x(*low)).set("x2", x(*high)).set("y1", y).set("y2", y);
            out = out.add(line.set("stroke", "#3566a8").set("stroke-width", 3));
        }
        if let Some(few) = few {
            // On the side where there is room.
            let (side, anchor) = if *alpha > 0.7 { (-10.0, "end") } else { (10.0, "start") };
            let words = Text::new(*few).set("x", x(*alpha) + side).set("y", y + 4.5).set("text-anchor", anchor);
            out = out.add(words.set("fill", "#777"));
        }
        let point = Circle::new().set("cx", x(*alpha)).set("cy", y).set("r", 5).set("fill", "#173a6b");
        out = out.add(point.add(Title::new(format!("{name}: {}", decimals(*alpha, 3)))));
    }
    out.to_string()
}

/// Cohen's kappa of each pair: darker is better; the figure and the number of records stand in the cell.
pub(super) fn heat_map(raters: &[String], pairs: &[PairAgreement]) -> String {
    if raters.len() < 2 {
        return String::new();
    }
    let (width, height) = CELL;
    let at = |rater: u32| (f64::from(rater) * width + NAME.1, f64::from(rater) * height + ROW);
    let (right, bottom) = at(raters.len() as u32);
    let mut out = Document::new().set("viewBox", (0, 0, right as i32 + 10, bottom as i32 + 10)).set("role", "img");
    out = out.set("font-family", "system-ui, sans-serif").set("font-size", 12).set("width", right + 10.0);
    out = out.add(Title::new("Cohen's kappa, nominal, of each pair of annotators, and records both answered"));
    for (rater, name) in (0u32..).zip(raters) {
        let (x, y) = at(rater);
        let left = Text::new(fit(name, NAME.0)).set("x", NAME.1 - 12.0).set("y", y + height / 2.0 + 4.0);
        out = out.add(left.set("text-anchor", "end"));
        let top = Text::new(fit(name, 9)).set("x", x + width / 2.0).set("y", ROW - 8.0).set("text-anchor", "middle");
        out = out.add(top);
        out = out.add(cell(x, y).set("fill", "#f4f4f4"));
    }
    for pair in pairs {
        for (a, b) in [(pair.a, pair.b), (pair.b, pair.a)] {
            let (x, y) = (at(b).0, at(a).1);
            let kappa = pair.cohen_kappa.value.ok();
            let (fill, ink) = kappa.map_or(("#f4f4f4".into(), "#1b1b1b"), shade);
            out = out.add(cell(x, y).set("fill", fill));
            let words = kappa.map_or_else(|| String::from("n/a"), |kappa| decimals(kappa, 2));
            for (line, size, down) in [(words, 13, 16.0), (format!("n {}", pair.units), 10, 29.0)] {
                let text = Text::new(line).set("x", x + width / 2.0).set("y", y + down).set("font-size", size);
                out = out.add(text.set("text-anchor", "middle").set("fill", ink));
            }
        }
    }
    out.to_string()
}

fn cell(x: f64, y: f64) -> Rectangle {
    Rectangle::new().set("x", x + 1.0).set("y", y + 1.0).set("width", CELL.0 - 2.0).set("height", CELL.1 - 2.0)
}

/// From white (0 and below) to dark blue (1), and the ink that is read on it.
fn shade(kappa: f64) -> (String, &'static str) {
    let share = kappa.clamp(0.0, 1.0);
    let mix = |from: f64, to: f64| (from + (to - from) * share).round() as u8;
    let fill = format!("#{:02x}{:02x}{:02x}", mix(250.0, 23.0), mix(250.0, 58.0), mix(250.0, 107.0));
    (fill, if share > 0.55 { "#ffffff" } else { "#1b1b1b" })
}
