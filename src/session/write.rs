//! Writing the answer to a text question: an editor in which Enter is a newline.

use super::key::Key;
use super::{Effect, Mode, Place, Session};
use crate::model::Answer;
use ratatui_textarea::{CursorMove, Input, Key as Pressed, TextArea, WrapMode};

impl Session {
    /// Opens the editor on the active question's text.
    pub(super) fn write(&mut self) -> Vec<Effect> {
        let asked = self.asked();
        let Place::At(task) = &self.place else { return Vec::new() };
        let text = task.text(asked).unwrap_or_default();
        let mut editor = TextArea::from(text.split('\n'));
        editor.set_wrap_mode(WrapMode::WordOrGlyph);
        editor.move_cursor(CursorMove::Bottom);
        editor.move_cursor(CursorMove::End);
        self.editor = Some(Box::new(editor));
        if let Some(task) = self.task() {
            task.typing = false;
        }
        self.mode = Mode::Write;
        self.say("Enter new line · Esc done · Ctrl-J submits · Tab next question")
    }

    pub(super) fn press_write(&mut self, key: Key, now: i64) -> Vec<Effect> {
        match key {
            Key::Esc | Key::Ctrl('c') => self.written(),
            Key::Tab | Key::BackTab => {
                self.written();
                self.turn(if key == Key::Tab { 1 } else { -1 })
            }
            Key::Ctrl('j') => {
                self.written();
                self.submit(now)
            }
            other => {
                let Some(input) = input(other) else { return Vec::new() };
                if let Some(editor) = &mut self.editor {
                    editor.input(input);
                }
                self.take_text(now);
                Vec::new()
            }
        }
    }

    /// Pasted text goes into the editor as it is.
    pub(super) fn paste_text(&mut self, text: &str, now: i64) {
        if let Some(editor) = &mut self.editor {
            let plain: String = text.replace("\r\n", "\n").replace('\r', "\n").replace('\0', "");
            editor.insert_str(plain);
        }
        self.take_text(now);
    }

    /// The answer follows the editor with each key, so that nothing typed is lost when the line drops.
    fn take_text(&mut self, now: i64) {
        let text = self.editor.as_ref().map(|editor| editor.lines().join("\n")).unwrap_or_default();
        let asked = self.asked();
        if let Some(task) = self.task() {
            task.touch(now);
            let answer = Some(text).filter(|text| !text.trim().is_empty()).map(Answer::Text);
            task.retype(asked, answer);
        }
    }

    fn written(&mut self) -> Vec<Effect> {
        self.editor = None;
        self.mode = Mode::Annotate;
        self.say("")
    }
}

/// A key as the editor knows it.
fn input(key: Key) -> Option<Input> {
    let (key, ctrl) = match key {
        Key::Char(c) => (Pressed::Char(c), false),
        Key::Ctrl(c) => (Pressed::Char(c), true),
        Key::Enter => (Pressed::Enter, false),
        Key::Backspace => (Pressed::Backspace, false),
        Key::Delete => (Pressed::Delete, false),
        Key::Up => (Pressed::Up, false),
        Key::Down => (Pressed::Down, false),
        Key::Left => (Pressed::Left, false),
        Key::Right => (Pressed::Right, false),
        Key::PageUp => (Pressed::PageUp, false),
        Key::PageDown => (Pressed::PageDown, false),
        Key::Home => (Pressed::Home, false),
        Key::End => (Pressed::End, false),
        Key::Esc | Key::Tab | Key::BackTab => return None,
    };
    Some(Input { key, ctrl, alt: false, shift: false })
}
