//! Modes that take a line or a page: discard, prompts, pages to read.

use super::key::Key;
use super::{Effect, Mode, Page, Place, Prompt, PromptKind, Session};
use crate::model::Queue;

/// Ready reasons for a discard, by digit.
pub const REASONS: [&str; 5] = ["cannot tell", "other language", "empty or broken", "duplicate", "off topic"];

impl Session {
    pub(super) fn press_discard(&mut self, key: Key, now: i64) -> Vec<Effect> {
        match key {
            Key::Char('x') => self.discard(None, now),
            Key::Char('E') => {
                self.mode = Mode::Prompt(Prompt { what: PromptKind::Reason, text: String::new() });
                Vec::new()
            }
            Key::Char(c) if c.is_ascii_digit() => {
                match c.to_digit(10).and_then(|n| REASONS.get((n as usize).wrapping_sub(1))) {
                    Some(reason) => self.discard(Some((*reason).to_owned()), now),
                    None => Vec::new(),
                }
            }
            _ => {
                self.mode = Mode::Annotate;
                self.say("")
            }
        }
    }

    pub(super) fn ask_discard(&mut self) -> Vec<Effect> {
        if matches!(self.place, Place::At(_)) {
            self.mode = Mode::Discard;
        }
        Vec::new()
    }

    pub(super) fn ask_note(&mut self) -> Vec<Effect> {
        if let Place::At(task) = &self.place {
            let text = task.base.note.clone().unwrap_or_default();
            self.mode = Mode::Prompt(Prompt { what: PromptKind::Note, text });
        }
        Vec::new()
    }

    pub(super) fn ask_search(&mut self) -> Vec<Effect> {
        let text = match &self.queue {
            Queue::Search(words) => words.clone(),
            _ => String::new(),
        };
        self.mode = Mode::Prompt(Prompt { what: PromptKind::Search, text });
        Vec::new()
    }

    /// The queue that is meant: `offered:-refund`, or a search.
    fn queue_named(&self, text: &str) -> Result<Queue, String> {
        let Some(value) = text.strip_prefix("offered:-") else {
            crate::model::Search::asked(text)?;
            return Ok(Queue::Search(text.to_owned()));
        };
        Queue::not_offered(&self.dataset, value).ok_or_else(|| format!("there is no label '{value}'"))
    }

    /// A question without labels gets some, from whoever may change the dataset.
    pub(super) fn ask_labels(&mut self) -> Vec<Effect> {
        if !crate::model::may(&self.user, crate::model::Permission::Manage, Some(&self.dataset)) {
            return self.say("this question has no labels yet; its owner adds them");
        }
        self.mode = Mode::Prompt(Prompt { what: PromptKind::Labels, text: String::new() });
        Vec::new()
    }

    pub(super) fn press_prompt(&mut self, mut prompt: Prompt, key: Key, now: i64) -> Vec<Effect> {
        self.mode = Mode::Annotate;
        match key {
            Key::Esc | Key::Ctrl('c') => {
                self.chose();
                if self.list.is_some() {
                    self.mode = Mode::List;
                }
                return self.say("");
            }
            Key::Enter => return self.prompted(&prompt, now),
            Key::Char(c) => prompt.text.push(c),
            Key::Backspace => {
                prompt.text.pop();
            }
            _ => {}
        }
        self.mode = Mode::Prompt(prompt);
        Vec::new()
    }

    fn prompted(&mut self, prompt: &Prompt, now: i64) -> Vec<Effect> {
        let text = prompt.text.trim();
        match prompt.what {
            PromptKind::Note => self.note(text, now),
            PromptKind::Reason => self.discard(Some(text.to_owned()).filter(|text| !text.is_empty()), now),
            PromptKind::Adjudication => self.why(text),
            PromptKind::NoteOnMarked => self.note_marked(text, now),
            PromptKind::Search if text.is_empty() => {
                self.chose();
                Vec::new()
            }
            PromptKind::Search => match self.queue_named(text) {
                Ok(queue) if self.chose() => self.count_records(queue),
                Ok(queue) => self.take_queue(queue, now),
                Err(words) => self.say(words),
            },
            PromptKind::Labels => {
                let mut values: Vec<String> = Vec::new();
                for value in text.split(',').map(str::trim).filter(|value| !value.is_empty()) {
                    if !values.iter().any(|known| known == value) {
                        values.push(value.to_owned());
                    }
                }
                if values.is_empty() { Vec::new() } else { vec![Effect::AddLabels(self.asked(), values)] }
            }
        }
    }

    /// The text of the record to the clipboard of the terminal.
    pub(super) fn copy(&mut self) -> Vec<Effect> {
        let Place::At(task) = &self.place else { return self.say("no record") };
        let texts: Vec<&str> = task.record.fields.iter().map(|(_, text)| text.as_str()).collect();
        // A paste of this must not steer whatever it is pasted into.
        let plain = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
        let text: String = texts.join("\n\n").chars().filter(plain).collect();
        self.message = format!("{}: {} characters to the clipboard", task.record.name(), text.chars().count());
        vec![Effect::Copy(text)]
    }

    pub(super) fn pasted(&mut self, text: &str, now: i64) -> Vec<Effect> {
        self.paste_came(now);
        if self.takes_text(text, now) { Vec::new() } else { self.say("pasted text answers nothing") }
    }

    /// What comes behind it is keys again: its end was waited for.
    pub(super) fn unended(&mut self, text: &str, now: i64) -> Vec<Effect> {
        let kept = if self.takes_text(text, now) { "is kept" } else { "answers nothing" };
        self.say(format!("a paste without an end was let go; what came, {} bytes, {kept}", text.len()))
    }

    /// Whether there is a place for text.
    fn takes_text(&mut self, text: &str, now: i64) -> bool {
        match &mut self.mode {
            Mode::Prompt(prompt) => prompt.text.push_str(&text.replace(['\n', '\r'], " ").replace('\0', "")),
            Mode::Write => self.paste_text(text, now),
            _ => return false,
        }
        true
    }

    pub(super) fn press_page(&mut self, page: Page, top: u16, key: Key) -> Vec<Effect> {
        let most = super::panes::last_page_line(self, page);
        let top = match key {
            Key::Up | Key::Char('k') => top.saturating_sub(1),
            Key::Down | Key::Char('j') => top.saturating_add(1),
            Key::PageUp | Key::Ctrl('u') => top.saturating_sub(10),
            Key::PageDown | Key::Ctrl('d') | Key::Char(' ') => top.saturating_add(10),
            Key::Home => 0,
            Key::End => u16::MAX,
            _ => {
                let own = match page {
                    Page::Record => 'Z',
                    Page::Help => '?',
                    Page::Guidelines => 'G',
                    Page::Info => 'I',
                    Page::Progress => 'P',
                };
                if matches!(key, Key::Esc | Key::Ctrl('c') | Key::Char('q')) || key == Key::Char(own) {
                    self.mode = Mode::Annotate;
                }
                return Vec::new();
            }
        };
        self.mode = Mode::Page(page, top.min(most));
        Vec::new()
    }
}
