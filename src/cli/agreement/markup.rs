//! Tables to paste: Markdown and `LaTeX`. Texts of the data are escaped, so that they stay texts.

use super::AgreementOutput;
use super::args::Form;
use super::table::{FigureTable, TableRow, heading, tables};

pub(super) fn page(form: Form, report: &AgreementOutput) -> String {
    let mut parts: Vec<String> = tables(report)
        .iter()
        .map(|table| match form {
            Form::Markdown => markdown(table),
            Form::Latex => latex(table),
        })
        .collect();
    let heading = heading(report);
    parts.push(match form {
        Form::Markdown => heading.iter().map(|line| markdown_text(line)).collect::<Vec<_>>().join("  \n"),
        Form::Latex => heading.iter().map(|line| format!("% {line}")).collect::<Vec<_>>().join("\n"),
    });
    parts.join("\n\n")
}

/// The cells of a row, a remark where there is one.
fn cells(row: &TableRow, remarks: bool) -> impl Iterator<Item = &str> {
    row.cells.iter().map(String::as_str).chain(remarks.then_some(row.remark.as_str()))
}

fn has_remarks(table: &FigureTable) -> bool {
    table.rows.iter().any(|row| !row.remark.is_empty())
}

fn markdown(table: &FigureTable) -> String {
    let remarks = has_remarks(table);
    let line = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
    let columns = table.head.len() + usize::from(remarks);
    let head = table.head.iter().copied().chain(remarks.then_some("")).map(markdown_text).collect();
    let rule = (0..columns).map(|at| if at == 0 || at >= table.head.len() { "---" } else { "---:" });
    let mut lines = vec![line(head), format!("|{}|", rule.collect::<Vec<_>>().join("|"))];
    lines.extend(table.rows.iter().map(|row| line(cells(row, remarks).map(markdown_text).collect())));
    lines.join("\n")
}

fn markdown_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '|' | '*' | '_' | '`' | '[' | ']' | '#' | '~' | '!' => out.extend(['\\', c]),
            _ => out.push(c),
        }
    }
    out
}

fn latex(table: &FigureTable) -> String {
    let remarks = has_remarks(table);
    let line = |cells: Vec<String>| format!("  {} \\\\", cells.join(" & "));
    let columns: String = (0..table.head.len()).map(|at| if at == 0 { 'l' } else { 'r' }).collect();
    let last = if remarks { "l" } else { "" };
    let head = table.head.iter().copied().chain(remarks.then_some("")).map(latex_text).collect();
    let mut lines = vec![
        format!("\\begin{{tabular}}{{{columns}{last}}}"),
        String::from("  \\hline"),
        line(head),
        String::from("  \\hline"),
    ];
    lines.extend(table.rows.iter().map(|row| line(cells(row, remarks).map(latex_text).collect())));
    lines.extend([String::from("  \\hline"), String::from("\\end{tabular}")]);
    lines.join("\n")
}

fn latex_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\textbackslash{}"),
            // Behind a line's end it would begin an option.
            '[' => out.push_str("{[}"),
            '~' => out.push_str("\\textasciitilde{}"),
            '^' => out.push_str("\\textasciicircum{}"),
            '<' => out.push_str("\\textless{}"),
            '>' => out.push_str("\\textgreater{}"),
            '|' => out.push_str("\\textbar{}"),
            '–' => out.push_str("--"),
            '×' => out.push_str("$\\times$"),
            '-' if out.is_empty() && text.len() > 1 => out.push_str("$-$"),
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => out.extend(['\\', c]),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{latex_text, markdown_text};

    #[test]
    fn texts_stay_texts() {
        assert_eq!(markdown_text("a|b <i> *c* [x](y)"), "a\\|b &lt;i> \\*c\\* \\[x\\](y)");
        assert_eq!(latex_text("50 % \\input{x} a_b"), "50 \\% \\textbackslash{}input\\{x\\} a\\_b");
        assert_eq!(latex_text("-0.512–0.100"), "$-$0.512--0.100");
    }
}
