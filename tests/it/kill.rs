//! SIGKILL at random moments while somebody labels: what was called saved is there, once, and the file is whole.
//!
//! `LABELRY_KILLS` says how often, `LABELRY_KILLS_SEED` when, and `LABELRY_KILLS_SLOW=1` makes each write and sync
//! of the program 20 ms longer (by strace), so that more kills fall inside a commit.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use labelry::store::Store;
use labelry::store::sqlite::SqliteStore;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

const SIZE: PtySize = PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 };
/// How long a picture may take before the test gives up.
const PATIENCE: Duration = Duration::from_secs(30);
/// A key that was not heard within this time fell to the fence, as far as the test goes on.
const UNHEARD: Duration = Duration::from_millis(100);
/// Sessions per file: the demo's 446 records must not run out.
const SESSIONS: u64 = 25;
const RECORDS: u64 = 12;
const LABELS: [&str; 8] = ["billing", "bug", "praise", "delivery", "account", "feature wish", "spam", "legal threat"];

/// Labels of an answer by record.
type Answers = BTreeMap<String, BTreeSet<String>>;

/// `SplitMix64`.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % end
    }
}

/// The moment of a kill.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// After so many bytes of output, counted from the start of the program.
    Bytes(u64),
    /// After so many submits and then so many turns of a loop, which falls before, into or after a commit.
    Submits(u64, u64),
}

/// The child was killed: the script is over.
struct Killed;

struct Victim {
    screen: vt100::Parser,
    output: Receiver<Vec<u8>>,
    input: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    _master: Box<dyn MasterPty + Send>,
    /// Bytes after the last whole frame.
    tail: Vec<u8>,
    seen: u64,
    moment: Moment,
    slow: bool,
    dead: bool,
    said: Answers,
}

impl Victim {
    fn open(folder: &Path, moment: Moment, slow: bool) -> Self {
        let pair = native_pty_system().openpty(SIZE).unwrap();
        let binary = env!("CARGO_BIN_EXE_labelry");
        let mut command = CommandBuilder::new(if slow { "strace" } else { binary });
        if slow {
            command.args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=pwrite64,write,fdatasync"]);
            command.args(["-e", "inject=pwrite64,write,fdatasync:delay_exit=20000", binary]);
        }
        command.args(["--db", "demo.db", "demo"]);
        command.cwd(folder);
        command.env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("USER", "zoe");
        command.env("TERM", "xterm-256color");
        command.env("HOME", folder);
        let child = pair.slave.spawn_command(command).unwrap();
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sender, output) = channel();
        std::thread::spawn(move || {
            // Small, so that a kill can fall into the middle of a frame.
            let mut buffer = [0; 256];
            while let Ok(count) = reader.read(&mut buffer) {
                if count == 0 || sender.send(buffer[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        let input = pair.master.take_writer().unwrap();
        Self {
            screen: vt100::Parser::new(SIZE.rows.try_into().unwrap(), SIZE.cols.try_into().unwrap(), 0),
            output,
            input,
            child,
            _master: pair.master,
            tail: Vec::new(),
            seen: 0,
            moment,
            slow,
            dead: false,
            said: Answers::new(),
        }
    }

    /// Takes bytes that came; whole frames reach the screen, and what they call saved is remembered.
    fn take(&mut self, bytes: &[u8]) {
        const END: &[u8] = b"\x1b[?2026l";
        self.seen += bytes.len() as u64;
        self.tail.extend_from_slice(bytes);
        while let Some(at) = self.tail.windows(END.len()).position(|part| part == END) {
            let rest = self.tail.split_off(at + END.len());
            let frame = std::mem::replace(&mut self.tail, rest);
            self.screen.process(&frame);
            self.listen();
        }
    }

    /// ` saved m-0001: delivery, bug · u undo` in the last row but one.
    fn listen(&mut self) {
        let picture = self.screen.screen().contents();
        let Some(words) = picture.lines().find_map(|line| line.trim().strip_prefix("saved ")) else { return };
        let (record, labels) = words.split_once(": ").unwrap();
        // What was typed ahead may be said behind it.
        let (labels, _) = labels.split_once(" · u undo").unwrap_or_else(|| panic!("cut: {words}"));
        self.said.insert(record.to_owned(), set(labels));
    }

    fn due(&self) -> bool {
        matches!(self.moment, Moment::Bytes(bytes) if self.seen >= bytes)
    }

    /// Kills the program itself, not the strace around it.
    fn kill(&mut self) -> Killed {
        let pid = self.child.process_id().unwrap();
        let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
        let victim = if self.slow { children.split_whitespace().next().map(str::to_owned) } else { None };
        let victim = victim.unwrap_or_else(|| pid.to_string());
        Command::new("kill").args(["-KILL", &victim]).status().unwrap();
        self.dead = true;
        Killed
    }

    /// Reads until the screen shows what is looked for, or patience ends, or the moment comes.
    fn until(&mut self, patience: Duration, shows: impl Fn(&str) -> bool) -> Result<Option<String>, Killed> {
        loop {
            if self.due() {
                return Err(self.kill());
            }
            let picture = self.screen.screen().contents();
            if shows(&picture) {
                return Ok(Some(picture));
            }
            match self.output.recv_timeout(patience) {
                Ok(bytes) => self.take(&bytes),
                Err(RecvTimeoutError::Timeout) => return Ok(None),
                Err(RecvTimeoutError::Disconnected) => panic!("the program ended by itself:\n{picture}"),
            }
        }
    }

    fn press(&mut self, key: &str) {
        self.input.write_all(key.as_bytes()).unwrap();
        self.input.flush().unwrap();
    }

    /// Waits until the fence is over. Backspace answers nothing, so it may be pressed as often as it takes.
    fn past_the_fence(&mut self) -> Result<(), Killed> {
        for _ in 0..1_000 {
            self.press("\x7f");
            if self.until(UNHEARD, |picture| picture.contains("u undo · x discard"))?.is_some() {
                return Ok(());
            }
        }
        panic!("the fence never ends:\n{}", self.screen.screen().contents());
    }

    /// Presses an answer key once and waits for its tick.
    fn tick(&mut self, key: &str, ticked: &str) -> Result<(), Killed> {
        self.press(key);
        let picture = self.until(PATIENCE, |picture| picture.contains(ticked))?;
        assert!(picture.is_some(), "'{ticked}' never came:\n{}", self.screen.screen().contents());
        Ok(())
    }

    /// Labels until the moment comes; remembers what was meant before each submit.
    fn label(&mut self, random: &mut Random, meant: &mut Answers) -> Result<(), Killed> {
        for submits in 1.. {
            let here = self.until(PATIENCE, |picture| name(picture).is_some())?;
            let record = here.as_deref().and_then(name).unwrap_or_else(|| panic!("no record came"));
            self.past_the_fence()?;
            let mut labels = BTreeSet::new();
            for _ in 0..random.below(3) {
                let label = random.below(8) as usize;
                if labels.insert(LABELS[label].to_owned()) {
                    self.tick(&(label + 1).to_string(), &format!("[x] {}", LABELS[label]))?;
                }
            }
            if labels.is_empty() {
                self.tick("0", "[x] none of these")?;
            }
            meant.insert(record.clone(), labels);
            self.press("\r");
            if let Moment::Submits(count, turns) = self.moment
                && submits >= count
            {
                (0..turns).for_each(|_| std::thread::yield_now());
                return Err(self.kill());
            }
            let next = self.until(PATIENCE, |picture| name(picture).is_some_and(|name| name != record))?;
            assert!(next.is_some(), "no record after {record}");
            if submits > RECORDS {
                return Err(self.kill());
            }
        }
        Ok(())
    }

    /// What the program called saved before it died, output in the pipe included.
    fn said(mut self) -> Answers {
        assert!(self.dead);
        self.child.wait().unwrap();
        while let Ok(bytes) = self.output.recv_timeout(PATIENCE) {
            self.take(&bytes);
        }
        self.said
    }
}

/// The pending record that the header names: ` mail m-0001 · pending`.
fn name(picture: &str) -> Option<String> {
    let header = picture.lines().next()?;
    let (name, _) = header.trim_start().strip_prefix("mail ")?.split_once(" · pending")?;
    Some(name.to_owned())
}

fn set(labels: &str) -> BTreeSet<String> {
    labels.split(", ").filter(|label| *label != "none of these").map(str::to_owned).collect()
}

/// My submitted answers as an export gives them; nobody may be there twice.
fn stored(folder: &Path) -> Answers {
    let binary = env!("CARGO_BIN_EXE_labelry");
    let output = Command::new(binary).args(["--db", "demo.db", "export"]).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let mut mine = Answers::new();
    for line in text.lines().skip(1) {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        let id = record["id"].as_str().unwrap().to_owned();
        let responses = record["responses"].as_array().cloned().unwrap_or_default();
        let mut who = BTreeSet::new();
        for response in responses {
            assert!(who.insert(response["user"].to_string()), "twice at {id}: {}", response["user"]);
            if response["user"] == "zoe" {
                assert_eq!(response["status"], "submitted", "{id}");
                let labels = response["answers"]["topic"].as_array().unwrap();
                mine.insert(id.clone(), labels.iter().map(|label| label.as_str().unwrap().to_owned()).collect());
            }
        }
    }
    mine
}

/// Every answer called saved is there, what is there was meant, and the file is whole; gives how many are stored that
/// nobody had called saved yet: a kill after their commit and before its picture.
fn check(folder: &Path, said: &Answers, meant: &Answers) -> usize {
    let file = folder.join("demo.db");
    if !file.exists() {
        assert!(said.is_empty(), "saved, and no file");
        return 0;
    }
    let mine = stored(folder);
    for (record, labels) in said {
        assert_eq!(mine.get(record), Some(labels), "{record} was called saved");
    }
    for (record, labels) in &mine {
        assert_eq!(meant.get(record), Some(labels), "{record} is stored");
    }
    let mut store = SqliteStore::open(&file).unwrap();
    let dataset = store.datasets().unwrap().remove(0).id;
    if let Some(user) = store.users().unwrap().into_iter().find(|user| user.name == "zoe") {
        let counts = store.counts(dataset, user.id).unwrap();
        assert_eq!((counts.submitted, counts.drafts), (mine.len() as i64, 0), "the counters follow the answers");
    }
    drop(store);
    let plain = rusqlite::Connection::open(&file).unwrap();
    let whole: String = plain.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(whole, "ok");
    let events: i64 =
        plain.query_row("SELECT count(*) FROM event WHERE kind = 'submit'", [], |row| row.get(0)).unwrap();
    assert_eq!(events, mine.len() as i64, "one event an answer");
    mine.keys().filter(|record| !said.contains_key(*record)).count()
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().map_or(otherwise, |value| value.parse().unwrap())
}

#[test]
#[expect(clippy::print_stdout, reason = "the count is what is asked for")]
fn what_was_called_saved_outlives_a_kill() {
    let slow = number("LABELRY_KILLS_SLOW", 0) == 1;
    if slow && Command::new("strace").args(["-o", "/dev/null", "true"]).status().is_ok_and(|done| done.success()) {
        println!("each write and sync takes 20 ms longer");
    } else if slow {
        println!("skipped: LABELRY_KILLS_SLOW needs a strace that may trace");
        return;
    }
    let kills = number("LABELRY_KILLS", 5);
    let mut random = Random(number("LABELRY_KILLS_SEED", 1));
    let (mut checked, mut unsaid) = (0, 0);
    for file in 0..kills.div_ceil(SESSIONS) {
        let folder = tempfile::tempdir().unwrap();
        let (mut said, mut meant) = (Answers::new(), Answers::new());
        let mut more = 0;
        for _ in file * SESSIONS..kills.min((file + 1) * SESSIONS) {
            let moment = match random.below(3) {
                0 => Moment::Bytes(1 + random.below(20_000)),
                _ => Moment::Submits(1 + random.below(4), random.below(4_000)),
            };
            let mut victim = Victim::open(folder.path(), moment, slow);
            let Err(Killed) = victim.label(&mut random, &mut meant) else { panic!("nobody was killed") };
            said.extend(victim.said());
            more = check(folder.path(), &said, &meant);
        }
        checked += said.len();
        unsaid += more;
    }
    println!(
        "{kills} kills: {checked} answers called saved, each of them there; {unsaid} more stored and not yet told"
    );
    assert!(checked > 0, "nothing was checked");
}
