//! The real binary in a pseudo-terminal. Tests wait on what is on the screen, never on time.

use std::io::{Read, Write};
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// How long a picture may take before the test gives up.
const PATIENCE: Duration = Duration::from_secs(20);

struct Terminal {
    screen: vt100::Parser,
    output: Receiver<Vec<u8>>,
    input: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    raw: Vec<u8>,
    _master: Box<dyn MasterPty + Send>,
}

impl Terminal {
    fn open(folder: &Path, columns: u16, rows: u16) -> Self {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_labelry"));
        command.args(["--db", "demo.db", "demo"]);
        command.cwd(folder);
        command.env_clear();
        command.env("USER", "zoe");
        command.env("TERM", "xterm-256color");
        let child = pair.slave.spawn_command(command).unwrap();
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count) = reader.read(&mut buffer) {
                if count == 0 || sender.send(buffer[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        let input = pair.master.take_writer().unwrap();
        let screen = vt100::Parser::new(rows, columns, 0);
        Self { screen, output, input, child, raw: Vec::new(), _master: pair.master }
    }

    fn press(&mut self, keys: &str) -> &mut Self {
        self.input.write_all(keys.as_bytes()).unwrap();
        self.input.flush().unwrap();
        self
    }

    /// Reads until the screen holds what is looked for.
    fn until(&mut self, what: &str) -> String {
        loop {
            let picture = self.screen.screen().contents();
            if picture.contains(what) {
                return picture;
            }
            let Ok(bytes) = self.output.recv_timeout(PATIENCE) else {
                panic!("'{what}' never came:\n{picture}");
            };
            self.screen.process(&bytes);
            self.raw.extend(bytes);
        }
    }

    /// Waits for the end and gives all that was sent.
    fn ended(mut self) -> Vec<u8> {
        while let Ok(bytes) = self.output.recv_timeout(PATIENCE) {
            self.raw.extend(bytes);
        }
        self.child.wait().unwrap();
        self.raw
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
fn answer(terminal: &mut Terminal, key: &str, ticked: &str, saved: &str) {
    until_heard(terminal, key, ticked);
    terminal.press("\r");
    terminal.until(saved);
}

/// A key that came too early says so and did nothing: it is pressed again.
fn until_heard(terminal: &mut Terminal, key: &str, what: &str) {
    for _ in 0..1_000 {
        terminal.press(key);
        loop {
            let picture = terminal.screen.screen().contents();
            if picture.contains(what) {
                return;
            }
            let Ok(bytes) = terminal.output.recv_timeout(Duration::from_millis(100)) else { break };
            terminal.screen.process(&bytes);
            terminal.raw.extend(bytes);
        }
    }
    panic!("'{what}' never came:\n{}", terminal.screen.screen().contents());
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
    let pid = terminal.child.process_id().unwrap().to_string();
    Command::new("kill").args(["-TERM", &pid]).status().unwrap();
    let raw = terminal.ended();
    assert!(raw.windows(8).any(|bytes| bytes == b"\x1b[?1049l"), "the terminal is given back");
    assert_eq!(mine(folder.path()), vec![row("m-0001", "draft", "[\"delivery\"]")]);
}
