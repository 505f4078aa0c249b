//! Routes events to where they are handled, and holds what belongs to no mode: leaving, resizing, trouble.

use super::key::Key;
use super::keymap::Action;
use super::{Effect, Event, Listed, Mode, Page, Place, Session};

impl Session {
    /// One step: what happened at `now` (milliseconds) changes the session and asks for effects.
    pub fn update(&mut self, event: Event, now: i64) -> Vec<Effect> {
        match event {
            Event::Input(key) => self.press(key, now),
            Event::Paste(text) => self.pasted(&text, now),
            Event::Unended(text) => self.unended(&text, now),
            Event::Click(column, row) => self.click(column, row, now),
            Event::Wheel(lines) => self.wheel(lines),
            Event::Resize(columns, rows) => self.resized(columns, rows),
            Event::Drawn(serial) => self.drawn(serial, now),
            Event::Saved(record, version, counts) => self.saved(record, version, counts),
            Event::NotSaved(intent, why, stands) => self.not_saved(*intent, why, stands.map(|entry| *entry)),
            Event::Astray(why) | Event::Verified(why) => self.file_went(why),
            Event::Rescued(done) => self.rescued(done),
            Event::Fetched(want, loaded) => self.fetched(want, loaded.map(|loaded| *loaded), now),
            Event::Reversed(direction, words, loaded, left, counts) => {
                self.reversed(direction, &words, *loaded, &left, counts, now)
            }
            Event::NotReversed(direction, words, again) => self.not_reversed(direction, words, again),
            Event::Changed(counts) => {
                self.counts = counts;
                let mut effects = self.look();
                effects.extend(self.report_again());
                // The figures follow while they are looked at.
                effects.extend(matches!(self.mode, Mode::Page(Page::Progress, _)).then_some(Effect::Headway));
                effects
            }
            Event::Similar(record, space, found) => self.found_similar(record, space, found),
            Event::SavedAll(done, counts) => {
                self.counts = counts;
                self.saved_all(done)
            }
            Event::Rows(queue, rows, more) => self.rows_came(&queue, rows, more),
            Event::Precision(precision) => {
                self.precision = precision;
                Vec::new()
            }
            Event::Me(user) => self.become_again(*user, now),
            Event::Headway(found) => {
                self.progress = Some(found);
                Vec::new()
            }
            Event::Sizes(sizes) => {
                self.sizes.retain(|(known, _)| sizes.iter().all(|(queue, _)| queue != known));
                self.sizes.extend(sizes);
                Vec::new()
            }
            Event::Surveyed(question, scope, found) => self.report_came(question, &scope, found),
            Event::Behind(name, found) => self.drill_down_found(name, found, now),
            Event::Dataset(dataset) => self.renew(*dataset),
            Event::Agreement(question, figures) => self.agreed(question, figures),
            Event::MyAgreement(question, figures) => {
                self.my_agreement.insert(question, figures);
                Vec::new()
            }
            Event::Trouble(words) => self.trouble(words),
            Event::HangUp => {
                self.gone = true;
                self.hang_up(now)
            }
        }
    }

    /// Something that was wanted cannot be had; a record that does not come is not waited for.
    fn trouble(&mut self, words: String) -> Vec<Effect> {
        (self.awaited, self.moving) = (0, false);
        if self.place == Place::Opening {
            self.place = Place::Done;
        }
        self.say(words)
    }

    fn press(&mut self, key: Key, now: i64) -> Vec<Effect> {
        if self.is_pasted(now) {
            return self
                .say("keys right behind pasted text are dropped: an end mark stood in it, or they came too early");
        }
        if key == Key::Ctrl('l') {
            return vec![Effect::Redraw];
        }
        match self.mode.clone() {
            Mode::Annotate => self.press_annotate(key, now),
            Mode::Discard => self.press_discard(key, now),
            Mode::Prompt(prompt) => self.press_prompt(prompt, key, now),
            Mode::Menu(menu) => self.press_menu(menu, key, now),
            Mode::Board => self.press_board(self.keymap.usual(key)),
            Mode::List => self.press_list(self.usual(key), now),
            Mode::Write => self.press_write(key, now),
            Mode::Page(page, top) => self.press_page(page, top, self.keymap.usual(key)),
            Mode::NotSaved => self.press_not_saved(key, now),
        }
    }

    /// A key as the lists know it; one that answers stays what it is.
    fn usual(&self, key: Key) -> Key {
        if self.said(key).is_some() { key } else { self.keymap.usual(key) }
    }

    fn press_annotate(&mut self, key: Key, now: i64) -> Vec<Effect> {
        if self.fenced(key, now) {
            return Vec::new();
        }
        self.fence.dropped = 0;
        self.lost.retain(|lost| *lost != key);
        if let Some(task) = self.task() {
            task.touch(now);
        }
        let armed = self.armed.take();
        if let Some(said) = self.said(key) {
            return self.tell(said);
        }
        match self.keymap.action(key) {
            Some(action) => self.act(action, armed, now),
            None => self.no_key(key),
        }
    }

    pub(super) fn no_key(&mut self, key: Key) -> Vec<Effect> {
        match key {
            Key::Char(c) => self.say(format!("'{c}' is no key here · ? all keys")),
            _ => Vec::new(),
        }
    }

    /// An owner changed what I may do.
    fn become_again(&mut self, user: crate::model::User, now: i64) -> Vec<Effect> {
        let role = self.user.role;
        self.user = user;
        if self.user.role == role {
            return Vec::new();
        }
        let judges = crate::model::may(&self.user, crate::model::Permission::Adjudicate, Some(&self.dataset));
        let mut effects = if self.judging.is_some() && !judges { self.turn_adjudicating(now) } else { Vec::new() };
        effects.extend(self.say(format!("you are {} here now", self.user.role.word())));
        effects
    }

    /// The dataset has other labels or guidelines now; answers on screen stay, they go by index.
    fn renew(&mut self, dataset: crate::model::Dataset) -> Vec<Effect> {
        let words = if dataset.guidelines_version != self.dataset.guidelines_version {
            "the guidelines have changed: G reads them"
        } else if dataset.questions != self.dataset.questions {
            "the labels have changed; answers given before keep the labels they were offered"
        } else {
            "the dataset's settings have changed"
        };
        self.question = self.question.min(dataset.questions.len().saturating_sub(1));
        self.dataset = dataset.clone();
        self.say(words);
        vec![Effect::Adopt(Box::new(dataset))]
    }

    pub(super) fn act(&mut self, action: Action, armed: Option<char>, now: i64) -> Vec<Effect> {
        match action {
            Action::Submit => self.submit(now),
            Action::None => self.none(),
            Action::Discard if self.judging.is_some() => self.leave_undecided(now),
            Action::Take if self.judging.is_some() => self.take_majority(),
            Action::Flag | Action::Note if self.judging.is_some() => self.ask_why(),
            Action::Again if self.judging.is_some() => self.say("what was submitted last is no verdict"),
            Action::Judge => self.turn_adjudicating(now),
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
            Action::Commands => self.open_menu(Listed::Commands),
            Action::FindLabel => self.open_menu(Listed::Labels),
            Action::List => self.open_list(),
            Action::Similar => self.open_similar(),
            Action::Search => self.ask_search(),
            Action::TurnSpace => self.turn_space(),
            Action::Zoom => self.open(Page::Record),
            Action::Copy => self.copy(),
            Action::TurnTheme => vec![Effect::TurnTheme],
            Action::Queues => self.open_menu(Listed::Queues),
            Action::Take => self.take_suggestion(),
            Action::Draft => self.draft(now),
            Action::Guidelines => self.open(Page::Guidelines),
            Action::Info => self.open(Page::Info),
            Action::Agreement => self.open_board(),
            Action::Progress => self.open(Page::Progress),
            Action::Help => self.open(Page::Help),
            Action::ScrollUp => self.scroll(-10),
            Action::ScrollDown => self.scroll(10),
            Action::Top => self.scroll(i32::MIN),
            Action::Bottom => self.scroll(i32::MAX),
            Action::Redraw => vec![Effect::Redraw],
            Action::Suspend => vec![Effect::Suspend],
            Action::Nothing => self.say("u undo · x discard"),
            Action::TurnOn => self.turn(1),
            Action::TurnBack => self.turn(-1),
            Action::Close => self.close(now),
            Action::Quit => self.quit(armed == Some('q'), now),
        }
    }

    fn quit(&mut self, again: bool, now: i64) -> Vec<Effect> {
        if !self.unsaved.is_empty() || self.bulk_why.is_some() || self.is_stranded() {
            return self.show_not_saved();
        }
        if !again {
            self.armed = Some('q');
            let begun = matches!(&self.place, Place::At(task) if task.ruled.is_some() && task.changed());
            return self.say(if begun {
                "q again leaves; the verdict is not kept: Enter keeps it"
            } else {
                "q again leaves"
            });
        }
        self.hang_up(now)
    }

    /// The terminal goes away, or I do: what is there is kept.
    pub(super) fn hang_up(&mut self, now: i64) -> Vec<Effect> {
        let mut effects = self.keep(now);
        effects.push(Effect::Quit);
        effects
    }

    fn resized(&mut self, columns: u16, rows: u16) -> Vec<Effect> {
        self.size = (columns, rows);
        self.scroll(0)
    }

    pub(super) fn scroll(&mut self, by: i32) -> Vec<Effect> {
        let last = super::panes::last_scroll(self);
        if let Some(task) = self.task() {
            let to = i32::from(task.scroll).saturating_add(by).clamp(0, i32::from(last));
            task.scroll = to as u16;
        }
        Vec::new()
    }

    fn open(&mut self, page: Page) -> Vec<Effect> {
        self.mode = Mode::Page(page, 0);
        match page {
            Page::Info => vec![Effect::Precision],
            Page::Progress => vec![Effect::Headway],
            _ => Vec::new(),
        }
    }
}
