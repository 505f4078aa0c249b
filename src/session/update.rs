//! Routes events to where they are handled; nothing else.

use super::key::Key;
use super::keymap::{self, Action};
use super::{Effect, Event, Mode, Page, Session};

impl Session {
    /// One step: what happened at `now` (milliseconds) changes the session and asks for effects.
    pub fn update(&mut self, event: Event, now: i64) -> Vec<Effect> {
        match event {
            Event::Input(key) => self.press(key, now),
            Event::Paste(text) => self.pasted(&text),
            Event::Resize(columns, rows) => self.resized(columns, rows),
            Event::Drawn => self.drawn(now),
            Event::Saved(record, version, counts) => self.saved(record, version, counts),
            Event::NotSaved(intent, why, stands) => self.not_saved(*intent, why, stands.map(|entry| *entry)),
            Event::Fetched(want, loaded) => self.fetched(want, loaded.map(|loaded| *loaded), now),
            Event::Reversed(direction, words, loaded, left, counts) => {
                self.reversed(direction, &words, *loaded, &left, counts, now)
            }
            Event::NotReversed(direction, words, again) => self.not_reversed(direction, words, again),
            Event::Agreement(figures) => self.figures(figures),
            Event::Trouble(words) => self.say(words),
            Event::HangUp => self.hang_up(now),
        }
    }

    fn press(&mut self, key: Key, now: i64) -> Vec<Effect> {
        if key == Key::Ctrl('l') {
            return vec![Effect::Redraw];
        }
        match self.mode.clone() {
            Mode::Annotate => self.press_annotate(key, now),
            Mode::Discard => self.press_discard(key, now),
            Mode::Prompt(prompt) => self.press_prompt(prompt, key, now),
            Mode::Page(page, top) => self.press_page(page, top, key),
            Mode::NotSaved => self.press_not_saved(key),
        }
    }

    fn press_annotate(&mut self, key: Key, now: i64) -> Vec<Effect> {
        if self.fenced(key, now) {
            return Vec::new();
        }
        let armed = self.armed.take();
        if let Some(label) = self.label_of(key) {
            return self.toggle(label);
        }
        match keymap::action(key) {
            Some(action) => self.act(action, armed, now),
            None => self.no_key(key),
        }
    }

    fn act(&mut self, action: Action, armed: Option<char>, now: i64) -> Vec<Effect> {
        match action {
            Action::Submit => self.submit(now),
            Action::None => self.none(),
            Action::Discard => self.ask_discard(),
            Action::Next => self.next(now),
            Action::Back => self.back(now),
            Action::Undo => self.undo(armed == Some('u')),
            Action::Redo => self.redo(),
            Action::Again => self.again(),
            Action::Up => self.cursor(-1),
            Action::Down => self.cursor(1),
            Action::ToggleHere => self.toggle_here(),
            Action::Flag => self.flag(now),
            Action::Note => self.ask_note(),
            Action::Goto => self.ask_goto(),
            Action::Draft => self.draft(now),
            Action::Guidelines => self.open(Page::Guidelines),
            Action::Info => self.open(Page::Info),
            Action::Agreement => self.open(Page::Agreement),
            Action::Help => self.open(Page::Help),
            Action::ScrollUp => self.scroll(-10),
            Action::ScrollDown => self.scroll(10),
            Action::Top => self.scroll(i32::MIN),
            Action::Bottom => self.scroll(i32::MAX),
            Action::Redraw => vec![Effect::Redraw],
            Action::Suspend => vec![Effect::Suspend],
            Action::Nothing => self.say("u undo · x discard"),
            Action::Close => self.say(""),
            Action::Quit => self.quit(armed == Some('q'), now),
        }
    }
}
