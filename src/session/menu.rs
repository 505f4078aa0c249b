//! Lists that are narrowed down by typing: labels, queues, commands.

use super::key::Key;
use super::keymap::{self, Action};
use super::{Effect, Mode, Session, Want, number};
use crate::model::{Queue, Size};
use crate::text::fuzzy;

/// What a menu lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    /// Labels of the active question.
    Labels,
    /// Queues with their sizes.
    Queues,
    /// Everything that can be done, and records to go to.
    Commands,
}

/// A menu as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Menu {
    /// What it lists.
    pub what: Listed,
    /// What was typed.
    pub typed: String,
    /// Row of the cursor.
    pub cursor: usize,
}

/// A row of a menu.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// What it is.
    pub words: String,
    /// Beside it: a key, a size, a tick.
    pub detail: String,
    /// What choosing it does.
    pub(crate) act: Act,
}

/// What choosing a row does.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Act {
    Tick(u32),
    Take(Queue),
    Do(Action),
    Go(String),
}

impl Session {
    pub(super) fn open_menu(&mut self, what: Listed) -> Vec<Effect> {
        self.mode = Mode::Menu(Menu { what, typed: String::new(), cursor: 0 });
        match what {
            Listed::Queues => vec![Effect::Measure(self.queues())],
            _ => Vec::new(),
        }
    }

    /// The queues that can be chosen: the plain ones, and one for each label that came later.
    fn queues(&self) -> Vec<Queue> {
        let mut queues = Queue::PLAIN.to_vec();
        queues.extend(self.similar_queue().map(|(queue, _)| queue));
        for question in &self.dataset.questions {
            for (index, label) in question.labels.iter().enumerate() {
                if label.since > 1 && label.retired.is_none() {
                    queues.push(Queue::NotOffered(question.id, index as u32));
                }
            }
        }
        queues
    }

    /// The queue in words.
    #[must_use]
    pub fn queue_words(&self, queue: &Queue) -> String {
        match queue {
            Queue::NotOffered(id, index) => {
                let question = self.dataset.questions.iter().find(|question| question.id == *id);
                let label = question.and_then(|question| question.labels.get(*index as usize));
                format!("offered:-{}", label.map_or("?", |label| label.value.as_str()))
            }
            Queue::Search(words) => format!("/{words}"),
            other => other.word().to_owned(),
        }
    }

    /// The rows of a menu that match what was typed, best first.
    #[must_use]
    pub fn items(&self, menu: &Menu) -> Vec<Item> {
        let all = match menu.what {
            Listed::Labels => self.label_items(),
            Listed::Queues => self.queue_items(),
            Listed::Commands => self.command_items(),
        };
        let words: Vec<&str> = all.iter().map(|item| item.words.as_str()).collect();
        let mut found: Vec<Item> = fuzzy::rank(&menu.typed, &words).into_iter().map(|row| all[row].clone()).collect();
        let typed = menu.typed.trim();
        if menu.what == Listed::Commands && !typed.is_empty() {
            let go =
                Item { words: format!("go to record {typed}"), detail: String::new(), act: Act::Go(typed.to_owned()) };
            // Digits and dashes are an id rather than a command.
            let id = typed.contains(|c: char| c.is_ascii_digit());
            found.insert(if id { 0 } else { found.len() }, go);
        }
        found
    }

    fn label_items(&self) -> Vec<Item> {
        let asked = self.asked();
        let ticked = match &self.place {
            super::Place::At(task) => task.labels(asked).unwrap_or_default(),
            _ => &[],
        };
        let item = |(index, label): (usize, &crate::model::Label)| Item {
            words: label.title.clone(),
            detail: format!(
                "{} {}",
                self.key_of(label).map_or_else(|| String::from(" "), String::from),
                if ticked.contains(&(index as u32)) { "[x]" } else { "[ ]" }
            ),
            act: Act::Tick(index as u32),
        };
        self.offered().map(item).collect()
    }

    fn queue_items(&self) -> Vec<Item> {
        let size = |queue: &Queue| {
            let known = self.sizes.iter().find(|(other, _)| other == queue)?;
            Some(match known.1 {
                Size::Exactly(count) => number(count as i64),
                Size::MoreThan(count) => format!("> {}", number(count as i64)),
            })
        };
        let item = |queue: Queue| Item {
            words: self.queue_words(&queue),
            detail: size(&queue).unwrap_or_else(|| String::from("…")),
            act: Act::Take(queue),
        };
        self.queues().into_iter().map(item).collect()
    }

    pub(super) fn press_menu(&mut self, mut menu: Menu, key: Key, now: i64) -> Vec<Effect> {
        self.mode = Mode::Annotate;
        let items = self.items(&menu);
        match key {
            Key::Esc | Key::Ctrl('c') => {
                self.chose();
                return self.say("");
            }
            Key::Enter | Key::Tab => {
                let Some(item) = items.get(menu.cursor) else {
                    self.mode = Mode::Menu(menu);
                    return Vec::new();
                };
                let act = item.act.clone();
                if self.chose() {
                    return match act {
                        Act::Take(queue) => self.count_records(queue),
                        Act::Tick(label) => self.go_to_label(label),
                        _ => Vec::new(),
                    };
                }
                let stays = key == Key::Tab && menu.what == Listed::Labels;
                if stays {
                    menu.typed.clear();
                    menu.cursor = 0;
                    self.mode = Mode::Menu(menu);
                }
                return self.chosen(act, now);
            }
            Key::Char(c) => {
                menu.typed.push(c);
                menu.cursor = 0;
            }
            Key::Backspace => {
                menu.typed.pop();
                menu.cursor = 0;
            }
            Key::Up => menu.cursor = menu.cursor.saturating_sub(1),
            Key::Down => menu.cursor = (menu.cursor + 1).min(items.len().saturating_sub(1)),
            Key::PageUp => menu.cursor = menu.cursor.saturating_sub(10),
            Key::PageDown => menu.cursor = (menu.cursor + 10).min(items.len().saturating_sub(1)),
            _ => {}
        }
        self.mode = Mode::Menu(menu);
        Vec::new()
    }

    fn chosen(&mut self, act: Act, now: i64) -> Vec<Effect> {
        match act {
            Act::Tick(label) => self.toggle(label),
            Act::Take(queue) => self.take_queue(queue, now),
            Act::Do(action) => self.act(action, None, now),
            Act::Go(name) => vec![self.fetch_to_show(Want::Named(name))],
        }
    }
}

impl Session {
    fn command_items(&self) -> Vec<Item> {
        let item = |(row, keys): (&keymap::KeyBinding, &[Key])| Item {
            words: if row.words.starts_with(row.name) {
                row.words.to_owned()
            } else {
                format!("{}: {}", row.name, row.words)
            },
            detail: keymap::shown(row, keys),
            act: Act::Do(row.action),
        };
        // The palette itself and keys that say nothing are no commands.
        let listed =
            |row: &keymap::KeyBinding| !matches!(row.action, Action::Commands | Action::Nothing | Action::Close);
        self.keymap.rows().filter(|(row, _)| listed(row)).map(item).collect()
    }
}
