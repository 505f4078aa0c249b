//! A program in a pseudo-terminal whose output is stamped with the time as it is read.

use std::io::{Read, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::Result;

pub(crate) const COLUMNS: u16 = 120;
pub(crate) const ROWS: u16 = 40;

/// How long a picture may take before the run is given up.
const PATIENCE: Duration = Duration::from_mins(1);

/// Nothing came for so long: a picture is whole.
const QUIET: Duration = Duration::from_millis(120);

/// A running program.
pub(crate) struct Terminal {
    screen: vt100::Parser,
    output: Receiver<(Instant, Vec<u8>)>,
    input: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    started: Instant,
    /// When the last bytes were read.
    pub(crate) last: Instant,
    /// Bytes read so far.
    pub(crate) bytes: usize,
    /// Reads so far.
    pub(crate) reads: usize,
}

/// A command that runs in a folder with no environment of anybody's.
pub(crate) fn command(program: &str, arguments: &[&str], folder: &Path) -> CommandBuilder {
    let mut command = CommandBuilder::new(program);
    command.args(arguments);
    command.cwd(folder);
    command.env_clear();
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("USER", "zoe");
    command.env("TERM", "xterm-256color");
    command.env("HOME", std::env::temp_dir());
    command
}

impl Terminal {
    /// Starts a program; the clock starts right before it.
    pub(crate) fn open(command: CommandBuilder) -> Result<Self> {
        Self::open_on(command, None)
    }

    /// The same on a line that takes so many bytes a second.
    pub(crate) fn open_on(command: CommandBuilder, pace: Option<u32>) -> Result<Self> {
        let size = PtySize { rows: ROWS, cols: COLUMNS, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size)?;
        let mut reader = pair.master.try_clone_reader()?;
        let input = pair.master.take_writer()?;
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut buffer = vec![0; if pace.is_some() { 200 } else { 1 << 16 }];
            while let Ok(count) = reader.read(&mut buffer) {
                if let Some(pace) = pace {
                    std::thread::sleep(Duration::from_secs_f64(count as f64 / f64::from(pace)));
                }
                let now = Instant::now();
                if count == 0 || sender.send((now, buffer[..count].to_vec())).is_err() {
                    return;
                }
            }
        });
        let started = Instant::now();
        let child = pair.slave.spawn_command(command)?;
        drop(pair.slave);
        Ok(Self {
            screen: vt100::Parser::new(ROWS.try_into()?, COLUMNS.try_into()?, 0),
            output,
            input,
            child,
            master: pair.master,
            started,
            last: started,
            bytes: 0,
            reads: 0,
        })
    }

    /// Time from the start to the last bytes read.
    pub(crate) fn since_start(&self) -> Duration {
        self.last - self.started
    }

    pub(crate) fn picture(&self) -> String {
        self.screen.screen().contents()
    }

    pub(crate) fn press(&mut self, keys: &str) -> Result<Instant> {
        let now = Instant::now();
        self.input.write_all(keys.as_bytes())?;
        self.input.flush()?;
        Ok(now)
    }

    pub(crate) fn resize(&mut self, columns: u16, rows: u16) -> Result<()> {
        self.screen.screen_mut().set_size(rows.try_into()?, columns.try_into()?);
        Ok(self.master.resize(PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 })?)
    }

    fn take(&mut self, patience: Duration) -> bool {
        let Ok((when, bytes)) = self.output.recv_timeout(patience) else {
            return false;
        };
        self.screen.process(&bytes);
        self.last = when;
        self.bytes += bytes.len();
        self.reads += 1;
        true
    }

    /// Reads until the screen shows what is looked for.
    pub(crate) fn until(&mut self, shows: impl Fn(&str) -> bool) -> Result<()> {
        while !shows(&self.picture()) {
            if !self.take(PATIENCE) {
                return Err(format!("it never came:\n{}", self.picture()).into());
            }
        }
        Ok(())
    }

    /// Reads until nothing comes any more.
    pub(crate) fn settle(&mut self) {
        while self.take(QUIET) {}
    }

    /// Reads for a time, whatever comes.
    pub(crate) fn rest(&mut self, time: Duration) {
        let end = Instant::now() + time;
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            self.take(left);
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.process_id().unwrap_or(0)
    }

    /// The most memory the program has held so far; 0 where the system does not tell.
    pub(crate) fn peak_kb(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
    }

    /// Leaves as a person does; what would not end is ended.
    pub(crate) fn leave(mut self) -> Result<()> {
        for _ in 0..2 {
            self.press("q")?;
            self.settle();
        }
        // Its output ends a moment before it can be waited for.
        let mut killer = self.child.clone_killer();
        let (over, ended) = channel::<()>();
        let watch = std::thread::spawn(move || {
            if ended.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                let _gone = killer.kill();
            }
        });
        self.child.wait()?;
        drop(over);
        watch.join().map_err(|_| "the watch panicked")?;
        Ok(())
    }

    /// Waits for a program that ends by itself.
    pub(crate) fn ended(mut self) -> Result<Duration> {
        while self.take(PATIENCE) {}
        self.child.wait()?;
        Ok(self.since_start())
    }
}
