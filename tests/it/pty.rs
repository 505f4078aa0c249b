//! The real binary in a pseudo-terminal. Tests wait on what is on the screen, never on time.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use crate::cases::{done, write};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// How long a picture may take before the test gives up.
const PATIENCE: Duration = Duration::from_secs(20);

/// Lets bytes through, or holds them back as a slow or cut line does.
type Line = Arc<(Mutex<bool>, Condvar)>;

pub struct Terminal {
    line: Line,
    screen: vt100::Parser,
    output: Receiver<Vec<u8>>,
    input: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    raw: Vec<u8>,
    master: Box<dyn MasterPty + Send>,
}

/// Runs the command from a shell with job control, as people do.
const SHELL: (&str, &str) = ("FROM_A_SHELL", "1");

impl Terminal {
    /// The demo, as zoe.
    pub fn open(folder: &Path, columns: u16, rows: u16) -> Self {
        Self::run(folder, columns, rows, &["--db", "demo.db", "demo"], &[("USER", "zoe")])
    }

    pub fn run(folder: &Path, columns: u16, rows: u16, args: &[&str], env: &[(&str, &str)]) -> Self {
        Self::run_on(None, folder, columns, rows, args, env)
    }

    /// On a line that takes so many bytes a second.
    fn run_on(pace: Option<u32>, folder: &Path, columns: u16, rows: u16, args: &[&str], env: &[(&str, &str)]) -> Self {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_labelry"));
        if env.contains(&SHELL) {
            command = CommandBuilder::new("/bin/bash");
            // It brings back what stopped once.
            command.args(["-mc", "\"$0\" \"$@\"; fg", env!("CARGO_BIN_EXE_labelry")]);
        }
        command.args(args);
        command.cwd(folder);
        command.env_clear();
        command.env("TERM", "xterm-256color");
        // No home folder is read or written.
        for name in ["HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"] {
            command.env(name, folder);
        }
        for (name, value) in env {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sender, output) = channel();
        let line: Line = Arc::new((Mutex::new(true), Condvar::new()));
        let open = Arc::clone(&line);
        std::thread::spawn(move || {
            let mut buffer = vec![0; if pace.is_some() { 100 } else { 4096 }];
            loop {
                let (open, bell) = &*open;
                drop(bell.wait_while(open.lock().unwrap(), |open| !*open).unwrap());
                let Ok(count) = reader.read(&mut buffer) else { return };
                if let Some(pace) = pace {
                    pause(Duration::from_secs_f64(count as f64 / f64::from(pace)));
                }
                if count == 0 || sender.send(buffer[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        let input = pair.master.take_writer().unwrap();
        let screen = vt100::Parser::new(rows.try_into().unwrap(), columns.try_into().unwrap(), 0);
        Self { line, screen, output, input, child, raw: Vec::new(), master: pair.master }
    }

    /// Cuts the line, or mends it: what the program sends waits.
    fn line(&mut self, works: bool) {
        let (open, bell) = &*self.line;
        *open.lock().unwrap() = works;
        bell.notify_all();
    }

    pub fn press(&mut self, keys: &str) -> &mut Self {
        self.input.write_all(keys.as_bytes()).unwrap();
        self.input.flush().unwrap();
        self
    }

    /// Reads until the screen holds what is looked for.
    pub fn until(&mut self, what: &str) -> String {
        loop {
            let picture = self.screen.screen().contents();
            if picture.contains(what) {
                return picture;
            }
            self.more(what);
        }
    }

    /// Reads what comes next.
    fn more(&mut self, what: &str) {
        let Ok(bytes) = self.output.recv_timeout(PATIENCE) else {
            panic!("'{what}' never came:\n{}", self.screen.screen().contents());
        };
        self.screen.process(&bytes);
        self.raw.extend(bytes);
    }

    /// How many keys the status line says were typed ahead.
    fn dropped(&self) -> u32 {
        let picture = self.screen.screen().contents();
        let Some((before, _)) = picture.split_once(" typed ahead dropped") else { return 0 };
        before.rsplit([' ', '·']).nth(1).and_then(|count| count.parse().ok()).unwrap_or(0)
    }

    pub fn signal(&self, name: &str) {
        let pid = self.child.process_id().unwrap().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
    }

    /// Waits for the end and gives all that was sent.
    pub fn ended(mut self) -> Vec<u8> {
        while let Ok(bytes) = self.output.recv_timeout(PATIENCE) {
            self.raw.extend(bytes);
        }
        self.child.wait().unwrap();
        std::mem::take(&mut self.raw)
    }
}

impl Drop for Terminal {
    /// A test that failed leaves nobody at work.
    fn drop(&mut self) {
        let _ended_before = self.child.kill();
    }
}

fn export(folder: &Path) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_labelry"))
        .args(["--db", "demo.db", "export"])
        .current_dir(folder)
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// My responses in an export: record, status, answers.
fn mine(folder: &Path) -> Vec<(String, String, String)> {
    let lines = export(folder);
    let records = lines.lines().skip(1).map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let mine = records.flat_map(|record| {
        let responses = record["responses"].as_array().cloned().unwrap_or_default();
        let id = record["id"].as_str().unwrap().to_owned();
        responses.into_iter().filter(|response| response["user"] == "zoe").map(move |response| {
            (id.clone(), response["status"].as_str().unwrap().to_owned(), response["answers"]["topic"].to_string())
        })
    });
    mine.collect()
}

fn row(record: &str, status: &str, answer: &str) -> (String, String, String) {
    (record.into(), status.into(), answer.into())
}

#[test]
fn labelling_undo_across_a_restart_and_leaving() {
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::open(folder.path(), 80, 24);
    terminal.until("mail m-0001 · pending");
    answer(&mut terminal, "4", "[x] delivery", "saved m-0001: delivery");
    answer(&mut terminal, "0", "[x] none of these", "saved m-0002: none of these");
    terminal.press("q");
    terminal.until("q again leaves");
    terminal.press("q");
    let raw = terminal.ended();
    assert!(raw.windows(8).any(|bytes| bytes == b"\x1b[?1049l"), "the terminal is given back");
    let both = vec![row("m-0001", "submitted", "[\"delivery\"]"), row("m-0002", "submitted", "[]")];
    assert_eq!(mine(folder.path()), both);

    let mut terminal = Terminal::open(folder.path(), 80, 24);
    terminal.until("mail m-0003 · pending");
    until_heard(&mut terminal, "u", "u again undoes submit of m-0002");
    terminal.press("u");
    terminal.until("undone: submit of m-0002");
    let picture = terminal.until("mail m-0002 · pending");
    assert!(picture.contains("[x] none of these"), "the former ticks are shown:\n{picture}");
    drop(terminal);
}

/// Presses an answer key until it is heard (the fence drops what comes within 150 ms), then submits.
pub fn answer(terminal: &mut Terminal, key: &str, ticked: &str, saved: &str) {
    until_heard(terminal, key, ticked);
    terminal.press("\r");
    terminal.until(saved);
}

/// A key that came too early says so and did nothing: it is pressed again.
pub fn until_heard(terminal: &mut Terminal, key: &str, what: &str) {
    let mut dropped = terminal.dropped();
    terminal.press(key);
    loop {
        if terminal.screen.screen().contents().contains(what) {
            return;
        }
        let now = terminal.dropped();
        if now > dropped {
            dropped = now;
            terminal.press(key);
        }
        terminal.more(what);
    }
}

#[test]
fn what_is_typed_ahead_answers_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::open(folder.path(), 80, 24);
    terminal.until("mail m-0001 · pending");
    until_heard(&mut terminal, "4", "[x] delivery");
    // One packet: submit, and answers to records that nobody has seen.
    terminal.press("\r1\r2\r3\r");
    terminal.until("mail m-0002 · pending");
    terminal.until("saved m-0001");
    terminal.press("\x03");
    terminal.press("q");
    terminal.until("q again leaves");
    terminal.press("q");
    terminal.ended();
    assert_eq!(mine(folder.path()), vec![row("m-0001", "submitted", "[\"delivery\"]")]);
}

#[test]
fn a_page_up_in_two_packets_ticks_nothing_and_sigterm_keeps_the_ticks() {
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::open(folder.path(), 80, 24);
    terminal.until("mail m-0001 · pending");
    until_heard(&mut terminal, "4", "[x] delivery");
    terminal.press("\x1b");
    terminal.press("[5~");
    terminal.press("?");
    let picture = terminal.until("Esc closes");
    assert!(!picture.contains("[x] account"));
    terminal.signal("-TERM");
    let raw = terminal.ended();
    assert!(raw.windows(8).any(|bytes| bytes == b"\x1b[?1049l"), "the terminal is given back");
    assert_eq!(mine(folder.path()), vec![row("m-0001", "draft", "[\"delivery\"]")]);
}

#[test]
fn a_hang_up_keeps_the_ticks() {
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::open(folder.path(), 80, 24);
    terminal.until("mail m-0001 · pending");
    until_heard(&mut terminal, "4", "[x] delivery");
    terminal.signal("-HUP");
    terminal.ended();
    assert_eq!(mine(folder.path()), vec![row("m-0001", "draft", "[\"delivery\"]")]);
}

#[cfg(target_os = "linux")]
#[test]
fn ctrl_z_gives_the_terminal_back_and_coming_back_draws_all_again() {
    let folder = tempfile::tempdir().unwrap();
    let args = ["--db", "demo.db", "demo"];
    let mut terminal = Terminal::run(folder.path(), 80, 24, &args, &[("USER", "zoe"), SHELL]);
    terminal.until("mail m-0001 · pending");
    terminal.press("\x1a");
    let back = |raw: &[u8]| {
        let left = raw.windows(8).position(|bytes| bytes == b"\x1b[?1049l");
        left.is_some_and(|at| raw[at..].windows(8).any(|bytes| bytes == b"\x1b[?1049h"))
    };
    while !back(&terminal.raw) {
        terminal.more("the shell's screen, and the interface again");
    }
    terminal.until("mail m-0001 · pending");
    until_heard(&mut terminal, "4", "[x] delivery");
}

#[cfg(target_os = "linux")]
#[test]
fn ctrl_z_where_no_shell_waits_says_so_and_freezes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::open(folder.path(), 80, 24);
    terminal.until("mail m-0001 · pending");
    terminal.press("\x1a");
    terminal.until("no shell to come back from");
    until_heard(&mut terminal, "4", "[x] delivery");
}

#[test]
fn a_resize_shows_what_has_room_now_and_too_small_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::open(folder.path(), 80, 24);
    terminal.until("mail m-0001 · pending");
    let size = |columns, rows| PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
    terminal.screen.screen_mut().set_size(40.try_into().unwrap(), 120.try_into().unwrap());
    terminal.master.resize(size(120, 40)).unwrap();
    terminal.until("A opens");
    terminal.screen.screen_mut().set_size(9.try_into().unwrap(), 39.try_into().unwrap());
    terminal.master.resize(size(39, 9)).unwrap();
    terminal.until("39×9: labelry needs 40×10");
}

#[test]
fn no_color_sends_no_colour() {
    let folder = tempfile::tempdir().unwrap();
    let args = ["--db", "demo.db", "demo"];
    let mut terminal = Terminal::run(folder.path(), 80, 24, &args, &[("USER", "zoe"), ("NO_COLOR", "1")]);
    terminal.until("α submitted only");
    until_heard(&mut terminal, "4", "[x] delivery");
    for parameters in String::from_utf8_lossy(&terminal.raw).split("\x1b[").filter_map(|part| part.split('m').next()) {
        if !parameters.bytes().all(|byte| byte.is_ascii_digit() || byte == b';') {
            continue;
        }
        let coloured = |code: &str| matches!(code.parse(), Ok(30..=38 | 40..=48 | 90..=97 | 100..=107));
        assert!(!parameters.split(';').any(coloured), "{parameters}");
    }
}

#[test]
fn what_another_annotator_submits_shows_without_a_key_press() {
    let folder = tempfile::tempdir().unwrap();
    let mut ana = Terminal::open(folder.path(), 120, 40);
    ana.until("mail m-0001 · pending");
    ana.until("248 units");
    let args = ["--db", "demo.db", "demo"];
    let mut bob = Terminal::run(folder.path(), 80, 24, &args, &[("USER", "bob")]);
    bob.until("mail m-0001 · pending");
    answer(&mut bob, "6", "[x] feature wish", "saved m-0001");
    ana.until("249 units");
}

#[test]
fn one_person_in_two_sessions_is_shown_both_answers() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = Terminal::open(folder.path(), 80, 24);
    let mut second = Terminal::open(folder.path(), 80, 24);
    first.until("mail m-0001 · pending");
    second.until("mail m-0001 · pending");
    until_heard(&mut second, "2", "[x] bug");
    answer(&mut first, "4", "[x] delivery", "saved m-0001");
    second.press("\r");
    let picture = second.until("stands: submitted delivery");
    assert!(picture.contains("mine: submitted bug"), "{picture}");
    until_heard(&mut second, "k", "what stood before is kept");
    assert_eq!(mine(folder.path()), vec![row("m-0001", "submitted", "[\"delivery\"]")]);
}

#[test]
fn several_datasets_are_chosen_from_and_names_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["one", "two"] {
        std::fs::write(
            folder.path().join(format!("{name}.jsonl")),
            format!("{{\"id\":\"{name}-1\",\"text\":\"hi\"}}\n"),
        )
        .unwrap();
        let done = Command::new(env!("CARGO_BIN_EXE_labelry"))
            .args(["import", &format!("{name}.jsonl"), "--labels", "tax,jobs"])
            .current_dir(folder.path())
            .env_clear()
            .env("USER", "root")
            .output()
            .unwrap();
        assert!(done.status.success());
    }
    let mut root = Terminal::run(folder.path(), 80, 24, &[], &[("USER", "root")]);
    root.until("Which dataset?");
    root.press("2");
    root.until("a name that several people may share");
    root.press("ana\r");
    let picture = root.until("two two-1 · pending");
    assert!(picture.lines().next().unwrap().contains("· ana"), "{picture}");
    // "saved two-1" may be overtaken by the words for an empty queue.
    answer(&mut root, "1", "[x] tax", "1/1 · today 1");
    let mut again = Terminal::run(folder.path(), 80, 24, &["--dataset", "one"], &[("USER", "root")]);
    assert!(again.until("one one-1 · pending").contains("· ana"), "asked once");
    let mut bob = Terminal::run(folder.path(), 80, 24, &["--dataset", "one"], &[("USER", "bob")]);
    bob.until("This file does not know 'bob' yet. It knows: ana.");
    bob.press("1");
    assert!(bob.until("one one-1 · pending").contains("· bob"));
}

#[test]
fn on_a_cut_line_nothing_typed_lands_on_a_record_that_was_not_yet_on_the_screen() {
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::open(folder.path(), 200, 50);
    terminal.until("mail m-0001 · pending");
    until_heard(&mut terminal, "4", "[x] delivery");
    terminal.line(false);
    // The reader may still be in one read; the redraws fill what the line holds.
    terminal.press("\x0c");
    terminal.press("\x0c\x0c\x0c\x0c");
    terminal.press("\r");
    terminal.press("1\r2\r");
    until_saved(folder.path());
    // A cut of a minute, when asked for: LABELRY_CUT=60.
    if let Some(seconds) = std::env::var("LABELRY_CUT").ok().and_then(|seconds| seconds.parse().ok()) {
        pause(Duration::from_secs(seconds));
    }
    terminal.line(true);
    terminal.until("4 keys typed ahead dropped");
    terminal.until("mail m-0002 · pending");
    assert_eq!(mine(folder.path()), vec![row("m-0001", "submitted", "[\"delivery\"]")]);
}

/// What a line does that is slow or cut.
#[expect(clippy::disallowed_methods, reason = "a slow line is one that takes its time")]
fn pause(time: Duration) {
    std::thread::sleep(time);
}

#[test]
fn on_a_slow_line_no_answer_is_given_to_a_record_that_was_not_yet_on_the_screen() {
    let folder = tempfile::tempdir().unwrap();
    let args = ["--db", "demo.db", "demo"];
    let mut terminal = Terminal::run_on(Some(20_000), folder.path(), 120, 40, &args, &[("USER", "zoe")]);
    terminal.until("mail m-0001 · pending");
    let mut seen = BTreeSet::new();
    let mut told = 0;
    // Somebody types without looking, faster than the line shows records.
    let shown = |terminal: &Terminal| {
        let picture = terminal.screen.screen().contents();
        let name = picture.split_whitespace().nth(1).unwrap_or_default().to_owned();
        Some(name).filter(|name| name.starts_with("m-"))
    };
    while seen.len() < 8 {
        seen.extend(shown(&terminal));
        told = told.max(terminal.dropped());
        terminal.press("1\r");
        while let Ok(bytes) = terminal.output.recv_timeout(Duration::from_millis(15)) {
            terminal.screen.process(&bytes);
            // On a busy machine two records may have come before the line is quiet again.
            seen.extend(shown(&terminal));
        }
    }
    drop(terminal);
    let given = mine(folder.path());
    assert!(given.len() >= 4, "{given:?}");
    let unseen: Vec<_> = given.iter().filter(|(record, ..)| !seen.contains(record)).collect();
    assert!(unseen.is_empty(), "{unseen:?} of {given:?}, seen {seen:?}");
    assert!(told > 0, "what was dropped is said");
}

/// Waits until the program has stored an answer, whatever the screen shows.
fn until_saved(folder: &Path) {
    while mine(folder).is_empty() {
        std::thread::yield_now();
    }
}

/// Records with an adjudication in an export: record, user, value, reason.
fn adjudications(folder: &Path) -> Vec<(String, String, String, String)> {
    let lines = export(folder);
    let records = lines.lines().skip(1).map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let given = records.flat_map(|record| {
        let adjudications = record["adjudications"].as_array().cloned().unwrap_or_default();
        let id = text(&record["id"]);
        let row = move |adjudication: serde_json::Value| {
            (id.clone(), text(&adjudication["user"]), text(&adjudication["value"]), text(&adjudication["reason"]))
        };
        adjudications.into_iter().map(row)
    });
    given.collect()
}

#[test]
fn from_a_low_figure_to_its_records_and_a_adjudication_that_is_exported_and_undone() {
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::open(folder.path(), 120, 40);
    terminal.until("mail m-0001 · pending");
    // The board's key is never dropped; its figures come from another thread, with intervals a moment later.
    terminal.press("A");
    terminal.until("α nominal .51 (");
    let picture = terminal.until("Enter the records behind");
    let head = picture.lines().position(|line| line.trim_end().ends_with("instead")).unwrap();
    assert!(picture.lines().nth(head + 1).unwrap().starts_with(" bug  "), "{picture}");
    terminal.press("\r");
    terminal.until("adjudicating, undecided");
    let picture = terminal.until("answers · no verdict yet");
    assert!(picture.contains("queue divided on bug"), "{picture}");
    let record = picture.split_whitespace().nth(1).unwrap().to_owned();
    until_heard(&mut terminal, "2", "[x] bug");
    terminal.press("Ethe app fails\r");
    terminal.until("because the app fails");
    terminal.press("\r");
    terminal.until(&format!("saved {record}: verdict bug · u undo"));
    let given = (record.clone(), "zoe".to_owned(), "[\"bug\"]".to_owned(), "the app fails".to_owned());
    assert_eq!(adjudications(folder.path()), vec![given]);
    assert_eq!(mine(folder.path()), vec![], "a verdict is no answer of mine");
    until_heard(&mut terminal, "u", &format!("undone: verdict of {record}"));
    assert_eq!(adjudications(folder.path()), vec![]);
    until_heard(&mut terminal, "\x1b", "agreement · [labels]");
}

#[test]
fn a_question_without_labels_gets_them_in_the_interface() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "d.jsonl", &[r#"{"id": "a", "fields": {"text": "one"}}"#]);
    done(folder.path(), &["import", "d.jsonl"]);
    let mut terminal = Terminal::run(folder.path(), 80, 24, &["labelry.db"], &[("USER", "ana")]);
    terminal.until("no labels yet");
    until_heard(&mut terminal, "\r", "new labels, with commas between");
    terminal.press("tax, jobs\r").until("2 [ ] jobs");
    terminal.press("q").until("again leaves");
    terminal.press("q").until("all is in");
    assert_eq!(done(folder.path(), &["labels", "list"]), "1 tax\n2 jobs\n");
    let history = done(folder.path(), &["history", "--limit", "1"]);
    done(folder.path(), &["history", "undo", history.split_whitespace().next().unwrap()]);
    assert_eq!(done(folder.path(), &["labels", "list"]), "");
}
