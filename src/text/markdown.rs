//! Markdown as lines of a terminal: headings, lists, quotes, code; what is emphasised is plain.

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use super::{Cells, sanitize, wrap};

/// Markdown wrapped to a width, harmless for a terminal; the flag marks headings.
#[must_use]
pub fn render(text: &str, width: usize) -> Vec<(String, bool)> {
    let clean = sanitize(text);
    let mut page = MarkdownLayout { width, ..MarkdownLayout::default() };
    for event in Parser::new(&clean) {
        page.take(event);
    }
    page.flush();
    while page.lines.last().is_some_and(|(line, _)| line.is_empty()) {
        page.lines.pop();
    }
    page.lines
}

#[derive(Default)]
struct MarkdownLayout {
    width: usize,
    lines: Vec<(String, bool)>,
    /// The block that is being read.
    block: String,
    heading: bool,
    code: bool,
    quotes: usize,
    /// Open lists: the next number, or none for bullets.
    lists: Vec<Option<u64>>,
    /// What stands before the first line of the block.
    mark: String,
}

impl MarkdownLayout {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(&tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => self.block.push_str(&text),
            Event::Code(text) => self.block.push_str(&format!("`{text}`")),
            Event::SoftBreak => self.block.push(' '),
            Event::HardBreak => self.block.push('\n'),
            Event::Rule => {
                self.flush();
                self.lines.push(("─".repeat(self.width.min(20)), false));
                self.lines.push((String::new(), false));
            }
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::Heading { .. } => {
                self.flush();
                self.heading = true;
            }
            Tag::List(first) => {
                self.flush();
                self.lists.push(*first);
            }
            Tag::Item => {
                self.flush();
                self.mark = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    }
                    _ => String::from("• "),
                };
            }
            Tag::BlockQuote(_) => {
                self.flush();
                self.quotes += 1;
            }
            Tag::CodeBlock(_) => {
                self.flush();
                self.code = true;
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) => {
                self.flush();
                self.heading = false;
                self.gap();
            }
            TagEnd::Paragraph => {
                self.flush();
                if self.lists.is_empty() {
                    self.gap();
                }
            }
            TagEnd::List(_) => {
                self.flush();
                self.lists.pop();
                if self.lists.is_empty() {
                    self.gap();
                }
            }
            TagEnd::BlockQuote(_) => {
                self.flush();
                self.quotes = self.quotes.saturating_sub(1);
            }
            TagEnd::CodeBlock => {
                self.flush();
                self.code = false;
                self.gap();
            }
            TagEnd::Item | TagEnd::HtmlBlock => self.flush(),
            _ => {}
        }
    }

    fn gap(&mut self) {
        self.lines.push((String::new(), false));
    }

    /// The block so far becomes lines.
    fn flush(&mut self) {
        let block = std::mem::take(&mut self.block);
        let mark = std::mem::take(&mut self.mark);
        let block = block.trim_end_matches('\n');
        if block.trim().is_empty() {
            return;
        }
        let outer = "│ ".repeat(self.quotes) + &"  ".repeat(self.lists.len().saturating_sub(1));
        let outer = if self.code { outer + "    " } else { outer };
        let hang = if self.lists.is_empty() { 0 } else { mark.cells().max(2) };
        let room = self.width.saturating_sub(outer.cells() + hang);
        let lines = if room < 8 { wrap(block, self.width) } else { wrap(block, room) };
        for (at, line) in lines.into_iter().enumerate() {
            let before = if at == 0 { format!("{mark:<hang$}") } else { " ".repeat(hang) };
            let whole = if room < 8 { line } else { format!("{outer}{before}{line}") };
            self.lines.push((whole, self.heading));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::text::Cells;
    use proptest::prelude::*;

    #[test]
    fn headings_lists_quotes_and_code_are_told_apart() {
        let text = "# Topics\n\nRead **all** of it,\nthen `tick`.\n\n- one\n- two is long enough to wrap\n  1. deep\n\n> said\n\n```\na  b\n```\n";
        let shown: Vec<String> = render(text, 24)
            .into_iter()
            .map(|(line, title)| format!("{}{line}", if title { "#" } else { "" }))
            .collect();
        let expected = "#Topics\n\nRead all of it, then \n`tick`.\n\n• one\n• two is long enough to \n  wrap\n  1. deep\n\n│ said\n\n    a  b";
        assert_eq!(shown.join("\n"), expected);
    }

    proptest! {
        #[test]
        fn lines_fit_whatever_the_text(text in any::<String>(), width in 1usize..80) {
            for (line, _) in render(&text, width) {
                prop_assert!(line.cells() <= width, "{:?}", line);
                prop_assert!(!line.chars().any(char::is_control));
            }
        }
    }
}
