//! Inputs that never end: pipes nobody writes into, devices, searches of thousands of words. Each ends or is refused.

#![cfg(unix)]

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use crate::cases::{command, done, folder, ground, labelry, refused, write};
use crate::pty::{Terminal, answer};

fn fifo(at: &Path, name: &str) {
    assert!(Command::new("mkfifo").arg(at.join(name)).status().unwrap().success());
}

/// Sends a signal once the command hears signals, and gives its exit code; none where it goes on.
#[cfg(target_os = "linux")]
fn ended_by(mut command: Command, signal: &str) -> Option<i32> {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let id = child.id();
    let hears = || {
        let about = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
        let mask = about.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        // SIGINT is signal 2 and SIGTERM 15.
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 0x4002 == 0x4002)
    };
    while !hears() && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    assert!(Command::new("kill").args([signal, &id.to_string()]).status().unwrap().success());
    let (sender, receiver) = channel();
    std::thread::spawn(move || sender.send(child.wait().unwrap().code()));
    let code = receiver.recv_timeout(Duration::from_mins(1)).ok().flatten();
    if code.is_none() {
        let _killed = Command::new("kill").args(["-9", &id.to_string()]).status();
    }
    code
}

#[cfg(target_os = "linux")]
#[test]
fn a_signal_ends_every_command_that_waits_for_a_pipe_or_a_person() {
    let folder = folder();
    let at = folder.path();
    ground(at);
    fifo(at, "pipe");
    let waiting: &[&[&str]] = &[
        &["import", "pipe"],
        &["--db", "new.db", "import", "pipe"],
        &["merge", "pipe"],
        &["agreement", "pipe"],
        &["agreement", "-"],
        &["import", "-"],
        &["export", "--out", "pipe"],
    ];
    for (args, (signal, code)) in waiting.iter().zip([("-INT", 130), ("-TERM", 143)].into_iter().cycle()) {
        let mut command = command(at, args);
        // A pipe that stays open.
        let (read, write) = std::io::pipe().unwrap();
        command.stdin(read);
        assert_eq!(ended_by(command, signal), Some(code), "{args:?} {signal}");
        drop(write);
    }
    assert!(!at.join("new.db").exists() && !at.join("new.db-wal").exists());
    assert!(done(at, &["check"]).starts_with("ok:"));
}

#[test]
fn a_pipe_is_imported_and_a_device_is_not() {
    let folder = folder();
    let at = folder.path();
    ground(at);
    fifo(at, "pipe");
    write(at, "n.csv", &["id,text", "z,three"]);
    let mut child = command(at, &["import", "pipe", "--dataset", "n"]).stdout(Stdio::null()).spawn().unwrap();
    std::fs::write(at.join("pipe"), std::fs::read(at.join("n.csv")).unwrap()).unwrap();
    assert!(child.wait().unwrap().success());
    for args in [&["import", "/dev/zero"][..], &["merge", "/dev/zero"], &["agreement", "/dev/zero"]] {
        let said = refused(at, args);
        assert!(said.contains("/dev/zero: found a device where a file or a pipe was expected\nhint: "), "{said}");
    }
}

#[test]
fn what_people_write_by_hand_is_a_file_of_a_bounded_size() {
    let folder = folder();
    let at = folder.path();
    ground(at);
    fifo(at, "pipe");
    write(at, "n.csv", &["id,text", "z,three"]);
    std::fs::write(at.join("large"), vec![b'x'; 16_000_001]).unwrap();
    for (name, why) in [
        ("pipe", "found a pipe or a device where a file was expected"),
        ("/dev/zero", "found a pipe or a device where a file was expected"),
        ("large", "found more than 16 MB"),
    ] {
        let list = format!("@{name}");
        let vectors = format!("v={name}");
        let readers: &[&[&str]] = &[
            &["import", "n.csv", "--labels", &list],
            &["import", "n.csv", "--map-users", name],
            &["agreement", "n.csv", "--labels", &list],
            &["datasets", "set", "--guidelines", &list],
            &["users", "add-key", "ana", name],
            &["controls", "add", name],
            &["responses", "copy", "--from", "d", "--to", "d", "--mapping", name],
        ];
        for reader in readers {
            let said = refused(at, reader);
            assert!(said.contains(name) && said.contains(why), "{reader:?}: {said}");
        }
        if name != "large" {
            assert!(refused(at, &["import", "n.csv", "--vectors", &vectors]).contains(why));
        }
        let output = command(at, &["config", "show"]).env("LABELRY_CONFIG", name).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.contains(why), "{said}");
    }
    let none = command(at, &["config", "show"]).env("LABELRY_CONFIG", "/dev/null").output().unwrap();
    assert!(none.status.success());
}

#[test]
fn a_search_of_thousands_of_words_is_refused_and_says_so() {
    let folder = folder();
    let at = folder.path();
    ground(at);
    let words = "tax ".repeat(3_000);
    for args in [
        &["search", &words][..],
        &["export", "--query", &words],
        &["export", "--query", &format!("/{words}")],
        &["responses", "delete", "d", "--query", &words],
    ] {
        let output = labelry(at, args);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("a search has at most 100 words, and this has 3000"), "{said}");
    }
}

#[test]
fn a_paste_without_an_end_gives_the_keyboard_back() {
    let at = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::open(at.path(), 100, 30);
    terminal.until("mail m-0001 · pending");
    terminal.press("\x1b[200~4\r1\r").until("what came, 4 bytes, answers nothing");
    // Its rest comes late, in one piece.
    terminal.press("\r4\r1\r4\r1\r4\r1\r4\r1\r4\r1\r4\r1\r\x1b[201~");
    answer(&mut terminal, "4", "[x] delivery", "saved m-0001: delivery");
    terminal.press("q").until("q again leaves");
    terminal.press("q").until("all is in");
    let saved = done(at.path(), &["--db", "demo.db", "history", "--user", "zoe"]);
    assert_eq!(saved.matches("submitted").count(), 1, "{saved}");
}
