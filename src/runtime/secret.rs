//! Passwords: asked for without echo, kept as Argon2id.

use std::io::{BufRead, IsTerminal, Read, Write, stderr, stdin};

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};

use super::keyboard::Keyboard;
use crate::model::SHORTEST_PASSWORD;
use crate::session::Event;
use crate::session::key::Key;

/// The longest password that is taken, in bytes: hashing a longer one would only cost.
const LONGEST: u64 = 1_024;

/// A new password: asked for twice on a terminal, without echo, else the first line of standard input. None: the person
/// left.
///
/// # Errors
/// When there is none, it is too short or too long, or the two differ.
pub fn new_password() -> anyhow::Result<Option<String>> {
    if !stdin().is_terminal() {
        return from_stdin().map(Some);
    }
    let Some(first) = ask(&format!("new password (at least {SHORTEST_PASSWORD} characters): "))? else {
        return Ok(None);
    };
    long_enough(&first)?;
    let Some(second) = ask("the same again: ")? else { return Ok(None) };
    anyhow::ensure!(first == second, "the two differ; nothing was changed");
    Ok(Some(first))
}

fn from_stdin() -> anyhow::Result<String> {
    let mut line = Vec::new();
    let read = stdin().lock().take(LONGEST + 2).read_until(b'\n', &mut line);
    read.map_err(|why| anyhow::anyhow!("standard input cannot be read ({why}), and a password comes from it"))?;
    while line.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
        line.pop();
    }
    anyhow::ensure!(!line.is_empty(), "standard input has no password: its first line is empty, or it is closed");
    anyhow::ensure!(line.len() as u64 <= LONGEST, "a password has at most {LONGEST} bytes");
    let password = String::from_utf8(line).map_err(|_| anyhow::anyhow!("the password is not UTF-8"))?;
    long_enough(&password)?;
    Ok(password)
}

/// Neither so short that it is guessed nor longer than is looked at.
fn long_enough(password: &str) -> anyhow::Result<()> {
    let count = password.chars().count();
    anyhow::ensure!(
        count >= SHORTEST_PASSWORD,
        "a password has at least {SHORTEST_PASSWORD} characters, and this has {count}; nothing was changed"
    );
    anyhow::ensure!(password.len() as u64 <= LONGEST, "a password has at most {LONGEST} bytes");
    Ok(())
}

/// The terminal takes keys one by one till this goes.
struct Raw;

impl Drop for Raw {
    fn drop(&mut self) {
        let _gone = disable_raw_mode();
        let _gone = writeln!(stderr());
    }
}

fn ask(words: &str) -> anyhow::Result<Option<String>> {
    let mut err = stderr();
    write!(err, "{words}")?;
    err.flush()?;
    enable_raw_mode()?;
    let _raw = Raw;
    let mut keyboard = Keyboard::for_one_question();
    let mut text = String::new();
    loop {
        match keyboard.next(None)? {
            Some(Event::Input(Key::Enter)) => return Ok(Some(text)),
            Some(Event::Input(Key::Esc | Key::Ctrl('c' | 'd'))) => return Ok(None),
            Some(Event::Input(Key::Ctrl('u'))) => text.clear(),
            Some(Event::Input(Key::Backspace)) => drop(text.pop()),
            Some(Event::Input(Key::Char(c))) => text.push(c),
            _ => {}
        }
    }
}

/// A password as it is kept: Argon2id with a random salt, as a PHC string.
///
/// # Errors
/// When the system has no random numbers.
pub fn hash(password: &str) -> anyhow::Result<String> {
    let kept: PasswordHash =
        Argon2::default().hash_password(password.as_bytes()).map_err(|why| anyhow::anyhow!("{why}"))?;
    Ok(kept.to_string())
}

/// Whether a password is the one that is kept.
#[must_use]
pub fn is_right(password: &str, kept: &str) -> bool {
    let kept = PasswordHash::new(kept);
    kept.is_ok_and(|kept| Argon2::default().verify_password(password.as_bytes(), &kept).is_ok())
}

#[cfg(test)]
mod tests {
    use super::{hash, is_right, long_enough};

    #[test]
    fn a_password_has_at_least_ten_characters_whatever_bytes_they_take() {
        assert!(long_enough("Łódź Łódź").is_err() && long_enough("").is_err());
        assert!(long_enough("Łódź Łódź!").is_ok() && long_enough(&"x".repeat(1_025)).is_err());
    }

    #[test]
    fn a_password_is_kept_as_argon2id_with_a_salt_of_its_own() {
        let (one, two) = (hash("Łódź 7").unwrap(), hash("Łódź 7").unwrap());
        assert!(one.starts_with("$argon2id$v=19$") && one != two, "{one}");
        assert!(is_right("Łódź 7", &one) && is_right("Łódź 7", &two));
        assert!(!is_right("Łódź 8", &one) && !is_right("", &one) && !is_right("x", "y"));
    }
}
