//! What a terminal sends, byte by byte, as the session's events.
//!
//! A sequence ends where ECMA-48 §5.4 ends it, so that an answer of the terminal that nobody asked for is dropped
//! whole and its digits tick nothing. Pure: whoever reads tells the time, and when nothing comes.

use std::time::Duration;

use super::keys;
use crate::session::Event;
use crate::session::key::Key;

const ESC: u8 = 0x1b;
const CTRL_C: u8 = 0x03;
/// Where pasted text begins and ends (xterm, "Bracketed Paste Mode").
const PASTE: &[u8] = b"\x1b[200~";
const PASTED: &[u8] = b"\x1b[201~";
/// What ends a string (OSC, DCS); BEL does, too.
const STRING_ENDS: &[u8] = b"\x1b\\";
/// How much a paste holds, in bytes; what comes beyond is dropped.
const PASTE_MOST: usize = 1 << 20;
/// How long a paste may go on. Nobody's keys come as fast as its rest, which is dropped.
const PASTE_LASTS: Duration = Duration::from_secs(10);
/// A paste in which nothing comes for so long has no end.
const PASTE_STALLS: Duration = Duration::from_secs(2);
/// What comes without a pause of this length is one stream, and no person's keys.
const PAUSE: Duration = Duration::from_millis(250);
/// How long an Esc may be the beginning of a key that a slow line cut in two.
const ESC_WAITS: Duration = Duration::from_millis(50);
/// How long what is more than an Esc waits for its end.
const SEQUENCE_WAITS: Duration = Duration::from_millis(500);
/// A key is never longer than this, in bytes.
const LONGEST_KEY: usize = 64;
/// More bytes than this at once are no person's keys.
const BURST: usize = 16;

/// A terminal's bytes on their way to become events.
#[derive(Debug, Default)]
pub(super) struct KeyStream {
    /// The beginning of a key.
    held: Vec<u8>,
    inside: Option<Inside>,
    /// A paste was given up before its end came: its rest may still be on the way.
    distrusts: bool,
}

/// What runs until its end mark.
#[derive(Debug)]
struct Inside {
    what: Kind,
    since: Duration,
    /// How much of the end mark was seen.
    mark: usize,
    text: Vec<u8>,
    /// There was more than it holds.
    cut: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Paste,
    /// What comes behind a paste that was given up.
    Rest,
    /// A terminal's answer, which nobody asked for.
    String,
}

impl KeyStream {
    /// How long to wait for more before [`Self::quiet`] is to be told; `None`: for ever.
    pub(super) fn patience(&self) -> Option<Duration> {
        match &self.inside {
            // An Esc and no more: the person who waits wants out.
            Some(Inside { what: Kind::Paste, mark: 1, .. }) => Some(SEQUENCE_WAITS),
            Some(Inside { what: Kind::Paste, .. }) => Some(PASTE_STALLS),
            Some(_) => Some(PAUSE),
            None if self.held == [ESC] => Some(ESC_WAITS),
            None if !self.held.is_empty() => Some(SEQUENCE_WAITS),
            None => None,
        }
    }

    /// What was read at once, so long after the first; `waited`: nothing was there for a while before.
    pub(super) fn take(&mut self, bytes: &[u8], waited: bool, now: Duration) -> Vec<Event> {
        let mut events = Vec::new();
        if self.distrusts && self.inside.is_none() && bytes.len() > BURST {
            self.inside = Some(Inside::new(Kind::Rest, now));
        }
        // A way out for whoever sees the keyboard held; no terminal pastes a Ctrl-C.
        if waited && *bytes == [CTRL_C] && self.inside.is_some() {
            self.give_up(&mut events);
            return events;
        }
        for (at, byte) in bytes.iter().enumerate() {
            match &mut self.inside {
                Some(inside) => {
                    if inside.take(*byte) {
                        self.end(&mut events);
                    } else if inside.what == Kind::Paste && now.saturating_sub(inside.since) > PASTE_LASTS {
                        self.give_up(&mut events);
                        self.inside = Some(Inside::new(Kind::Rest, now));
                    }
                }
                None => self.key(*byte, waited && at == 0, now, &mut events),
            }
        }
        events
    }

    /// Nothing came for as long as the patience lasts.
    pub(super) fn quiet(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        if self.inside.is_some() {
            self.give_up(&mut events);
        } else if self.held == [ESC] {
            events.push(Event::Input(Key::Esc));
        }
        self.held.clear();
        events
    }

    fn key(&mut self, byte: u8, waited: bool, now: Duration, events: &mut Vec<Event>) {
        if self.held == [ESC] && (byte == ESC || waited && !matches!(byte, b'[' | b'O')) {
            self.held.clear();
            events.push(Event::Input(Key::Esc));
        } else if is_cut_off(&self.held, byte) {
            self.held.clear();
        }
        self.held.push(byte);
        match *self.held {
            [ESC, b']' | b'P', _] => self.begin(Kind::String, now),
            _ if self.held == PASTE => self.begin(Kind::Paste, now),
            _ if !is_whole(&self.held) => {}
            _ if is_at_no_cell(&self.held) => self.held.clear(),
            _ => {
                match terminput::Event::parse_from(&self.held) {
                    Ok(None) if !is_control_sequence(&self.held) => return,
                    Ok(Some(event)) => events.extend(keys::event(&event)),
                    Ok(None) | Err(_) => {}
                }
                self.held.clear();
            }
        }
        if self.held.len() > LONGEST_KEY {
            self.begin(Kind::String, now);
        }
    }

    fn begin(&mut self, what: Kind, now: Duration) {
        self.held.clear();
        self.distrusts &= what != Kind::Paste;
        self.inside = Some(Inside::new(what, now));
    }

    /// The end mark came.
    fn end(&mut self, events: &mut Vec<Event>) {
        let Some(inside) = self.inside.take() else { return };
        match inside.what {
            Kind::Paste => {
                let cut = inside.cut;
                events.push(Event::Paste(inside.text()));
                if cut {
                    events.push(Event::Trouble(format!(
                        "a paste holds at most {} MiB: the rest was dropped",
                        PASTE_MOST >> 20
                    )));
                }
            }
            Kind::Rest => self.distrusts = false,
            Kind::String => {}
        }
    }

    /// The end mark did not come.
    fn give_up(&mut self, events: &mut Vec<Event>) {
        let Some(inside) = self.inside.take() else { return };
        if inside.what == Kind::Paste {
            self.distrusts = true;
            events.push(Event::Unended(inside.text()));
        }
    }
}

impl Inside {
    fn new(what: Kind, since: Duration) -> Self {
        Self { what, since, mark: 0, text: Vec::new(), cut: false }
    }

    /// Whether this is the last byte of its end mark.
    fn take(&mut self, byte: u8) -> bool {
        let end = if self.what == Kind::String { STRING_ENDS } else { PASTED };
        if self.what == Kind::String && byte == 0x07 {
            return true;
        }
        if end.get(self.mark) == Some(&byte) {
            self.mark += 1;
            return self.mark == end.len();
        }
        // An end mark begins with the only Esc that it has.
        let seen = std::mem::replace(&mut self.mark, usize::from(byte == ESC));
        self.keep(&end[..seen]);
        if byte != ESC {
            self.keep(&[byte]);
        }
        false
    }

    fn keep(&mut self, bytes: &[u8]) {
        if self.what != Kind::Paste {
            return;
        }
        if self.text.len() + bytes.len() > PASTE_MOST {
            self.cut = true;
        } else {
            self.text.extend_from_slice(bytes);
        }
    }

    fn text(self) -> String {
        let mut text = self.text;
        if self.cut {
            // A character that was cut in two is none.
            let whole = text.utf8_chunks().last().map_or(0, |last| last.invalid().len());
            text.truncate(text.len() - whole);
        }
        String::from_utf8_lossy(&text).into_owned()
    }
}

fn is_control_sequence(held: &[u8]) -> bool {
    matches!(held, [ESC, b'[' | b'O', ..])
}

/// Whether what is held goes on with nothing like this: it was cut off, or it is Alt and a key, which means nothing.
fn is_cut_off(held: &[u8], next: u8) -> bool {
    match held {
        [ESC, b']'] => !next.is_ascii_digit(),
        // The parameters of a DCS (ECMA-48 §5.4): digits, `>`, `$`, …
        [ESC, b'P'] => !matches!(next, b' '..=b'?'),
        [ESC, b'[' | b'O', ..] => next < b' ' && held.get(2) != Some(&b'M'),
        _ => false,
    }
}

/// Whether it is a click at column or row 0, which are counted from 1.
fn is_at_no_cell(held: &[u8]) -> bool {
    match held {
        [ESC, b'[', b'M', ..] => false,
        [ESC, b'[', numbers @ .., b'M' | b'm'] => {
            numbers.split(|byte| *byte == b';').skip(1).any(|number| number.iter().all(|digit| *digit == b'0'))
        }
        _ => false,
    }
}

/// Whether a key ends here; of what is no sequence the parser knows.
fn is_whole(held: &[u8]) -> bool {
    match held {
        [ESC] | [ESC, b'[' | b'O' | b']' | b'P'] => false,
        // A click without SGR (xterm, "Normal tracking mode"): three bytes of any kind.
        [ESC, b'[', b'M', ..] => held.len() == 6,
        // F1 to F5 of the Linux console.
        [ESC, b'[', b'[', ..] => held.len() == 4,
        [ESC, b'[' | b'O', .., last] => (0x40..=0x7e).contains(last),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::{KeyStream, PASTE_LASTS, PASTE_MOST};
    use crate::session::Event;
    use crate::session::key::Key;

    /// Reads that come after a pause each; behind `None` nothing comes.
    fn told(reads: &[Option<&[u8]>]) -> Vec<String> {
        let (mut stream, now) = (KeyStream::default(), Duration::ZERO);
        let mut events = Vec::new();
        for read in reads {
            events.extend(match read {
                Some(bytes) => stream.take(bytes, true, now),
                None => stream.quiet(),
            });
        }
        events.iter().map(name).collect()
    }

    fn name(event: &Event) -> String {
        match event {
            Event::Input(key) => key.shown(),
            Event::Paste(text) => format!("paste {text}"),
            Event::Unended(text) => format!("unended {text}"),
            Event::Trouble(why) => why.clone(),
            Event::Click(column, row) => format!("click {column} {row}"),
            Event::Wheel(lines) => format!("wheel {lines}"),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn keys_are_what_terminals_send_for_them() {
        let table: &[(&[u8], &str)] = &[
            (b"a", "a"),
            (b"A", "A"),
            ("é".as_bytes(), "é"),
            ("標".as_bytes(), "標"),
            (b"\r", "Enter"),
            (b"\n", "Ctrl-J"),
            (b"\t", "Tab"),
            (b"\x1b[Z", "Shift-Tab"),
            (b"\x7f", "Backspace"),
            (b"\x1b[3~", "Delete"),
            (b"\x1b[A", "↑"),
            (b"\x1bOB", "↓"),
            (b"\x1b[1;5C", "→"),
            (b"\x1b[5~", "PgUp"),
            (b"\x1b[6~", "PgDn"),
            (b"\x1b[1~", "Home"),
            (b"\x1b[F", "End"),
            (b"\x1b[8~", "End"),
            (b"\x03", "Ctrl-C"),
            (b"\x1b[97u", "a"),
            (b"\x1b[<0;12;4M", "click 11 3"),
            (b"\x1b[<64;12;4M", "wheel -3"),
            (b"\x1b[M +%", "click 10 4"),
        ];
        for (bytes, key) in table {
            assert_eq!(told(&[Some(bytes), None]), [*key], "{bytes:?}");
            // A slow line cuts it anywhere behind its Esc.
            let pieces: Vec<Option<&[u8]>> = bytes.chunks(1).map(Some).chain([None]).collect();
            assert_eq!(told(&pieces), [*key], "{bytes:?} in pieces");
        }
    }

    #[test]
    fn an_esc_alone_is_an_esc_and_a_key_after_it_is_a_key() {
        assert_eq!(told(&[Some(b"\x1b"), None, Some(b"5")]), ["Esc", "5"]);
        assert_eq!(told(&[Some(b"\x1b"), Some(b"5")]), ["Esc", "5"]);
        assert_eq!(told(&[Some(b"\x1b\x1b"), None]), ["Esc", "Esc"]);
        assert_eq!(told(&[Some(b"\x1b"), Some(b"\x1b[5~")]), ["Esc", "PgUp"]);
        // At once it is Alt and a key, which means nothing here.
        assert!(told(&[Some(b"\x1b5")]).is_empty());
    }

    #[test]
    fn what_was_cut_off_or_nobody_asked_for_ticks_nothing() {
        assert!(told(&[Some(b"\x1b["), None]).is_empty());
        for answer in [
            b"\x1b[?1;2R".as_slice(),
            b"\x1b[>41;354;0c",
            b"\x1b[?64;1;2c",
            b"\x1b[?2026;1$y",
            b"\x1b[1;9999999999999999999Q",
            b"\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\",
            b"\x1b]11;rgb:1e1e/1e1e/1e1e\x07",
            b"\x1bP>|tmux 3.5a\x1b\\",
            b"\x1bP1$r1 q\x1b\\",
            b"\x1bO5P",
            b"\x1b[<0;0;4M",
            b"\x1b[<0;4;0M",
            b"\x1b[32;;0M",
            b"\x1b[I",
            b"\xff",
        ] {
            assert_eq!(told(&[Some(&[answer, b"x"].concat())]), ["x"], "{answer:?}");
        }
        assert_eq!(told(&[Some(b"\x1b[5\r")]), ["Enter"]);
        assert_eq!(told(&[Some(b"\x1b]x\x1bPx")]), ["x", "x"]);
        let long = [b"\x1b[".as_slice(), &[b'1'; 500]].concat();
        assert_eq!(told(&[Some(&long), None, Some(b"x")]), ["x"]);
        // A string that never ends holds nothing.
        assert_eq!(told(&[Some(b"\x1b]11;rgb:1e"), None, Some(b"x")]), ["x"]);
    }

    #[test]
    fn a_paste_is_one_event_however_it_comes() {
        let text = "1\x1b[20\r\x1b\x1b[2é";
        let bytes = format!("a\x1b[200~{text}\x1b[201~b");
        let told_of = ["a".to_owned(), format!("paste {text}"), "b".to_owned()];
        assert_eq!(told(&[Some(bytes.as_bytes())]), told_of);
        for length in 1..bytes.len() {
            // No piece is a lone Esc behind a pause: that is a way out.
            let (mut stream, now) = (KeyStream::default(), Duration::ZERO);
            let events = bytes.as_bytes().chunks(length).flat_map(|piece| stream.take(piece, false, now));
            assert_eq!(events.map(|event| name(&event)).collect::<Vec<_>>(), told_of, "in pieces of {length}");
        }
    }

    #[test]
    fn a_paste_without_an_end_lets_go() {
        // Of time; what was pasted is kept.
        assert_eq!(told(&[Some(b"\x1b[200~12"), None, Some(b"q")]), ["unended 12", "q"]);
        // By a key of the person who waits.
        assert_eq!(told(&[Some(b"\x1b[200~12"), Some(b"\x1b"), None, Some(b"q")]), ["unended 12", "q"]);
        assert_eq!(told(&[Some(b"\x1b[200~12"), Some(b"\x03"), Some(b"q")]), ["unended 12", "q"]);
        // Its rest comes late, and is nobody's keys; with the end mark it is over.
        let rest = b"and so on 123\r456\r and so on".as_slice();
        assert_eq!(told(&[Some(b"\x1b[200~12"), None, Some(rest), None, Some(b"q")]), ["unended 12", "q"]);
        let over = [rest, b"\x1b[201~".as_slice(), b"q"].concat();
        assert_eq!(told(&[Some(b"\x1b[200~12"), None, Some(&over), Some(b"12345678901234567")]).len(), 1 + 1 + 17);
        // A stream without a pause goes on as long as it likes, and is no key.
        let (mut stream, begun) = (KeyStream::default(), Duration::ZERO);
        let mut events = stream.take(b"\x1b[200~", true, begun);
        for second in 0..60 {
            events.extend(stream.take(b"1\r", false, begun + Duration::from_secs(second)));
        }
        events.extend(stream.quiet());
        events.extend(stream.take(b"q", true, begun));
        assert_eq!(events.len(), 2, "{events:?}");
        assert!(matches!(events[1], Event::Input(Key::Char('q'))));
        assert!(PASTE_LASTS.as_secs() < 60);
    }

    #[test]
    fn a_paste_holds_what_it_holds() {
        let (mut stream, now) = (KeyStream::default(), Duration::ZERO);
        let mut events = stream.take(b"\x1b[200~a", true, now);
        for _ in 0..PASTE_MOST {
            events.extend(stream.take("é".as_bytes(), false, now));
        }
        events.extend(stream.take(b"\x1b[201~q", false, now));
        let [Event::Paste(text), Event::Trouble(_), Event::Input(Key::Char('q'))] = &events[..] else {
            panic!("{} events", events.len());
        };
        assert_eq!(text.len(), PASTE_MOST - 1);
        assert!(text.chars().skip(1).all(|c| c == 'é'));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn whatever_came_a_key_is_a_key_again(reads in prop::collection::vec(bytes(), 0..12)) {
            let (mut stream, now) = (KeyStream::default(), Duration::ZERO);
            for (at, read) in reads.iter().enumerate() {
                stream.take(read, at % 2 == 0, now);
            }
            stream.quiet();
            stream.quiet();
            let events = stream.take(b"q", true, now);
            prop_assert!(matches!(events[..], [Event::Input(Key::Char('q'))]), "{events:?}");
        }
    }

    /// Beginnings and ends of everything that a terminal sends.
    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            Just(b"\x1b".to_vec()),
            Just(b"\x1b[".to_vec()),
            Just(b"\x1b[<".to_vec()),
            Just(b"\x1b[M".to_vec()),
            Just(b"\x1b[200~".to_vec()),
            Just(b"\x1b[201~".to_vec()),
            Just(b"\x1b]1".to_vec()),
            "[0-9;:?<>]{1,6}".prop_map(String::into_bytes),
            "[A-Za-z~]".prop_map(String::into_bytes),
            prop::collection::vec(any::<u8>(), 1..4),
        ];
        prop::collection::vec(piece, 1..8).prop_map(|pieces| pieces.concat())
    }
}
