//! The text on the screen is the text in the record: sentences in many scripts, at every width, through a terminal
//! that adds up characters, and through tmux.

use std::cell::RefCell;
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use std::rc::Rc;

use labelry::runtime::WholeRows;
use labelry::session::{Event, Session, Want, panes};
use labelry::text::{cells, sanitize};
use labelry::view::{Theme, draw};
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};

use crate::cases::done;
use crate::hostile::{OPEN, Try, session as everywhere};
use crate::session::{loaded, seen, session};

/// A sentence in each: where do we label today, roughly; and what terminals count differently.
const SENTENCES: &[(&str, &str)] = &[
    ("latin", "Wo prüfen wir heute die Straße? Åse naïve façade"),
    ("vietnamese", "Hôm nay chúng ta gắn nhãn ở đâu, người ơi?"),
    ("decomposed", "Cafe\u{301} nai\u{308}ve A\u{30A}se n\u{303}"),
    ("greek", "Πού βάζουμε ετικέτες σήμερα; ἀρχὴ τοῦ λόγου"),
    ("cyrillic", "Где мы сегодня размечаем? й и\u{306} ё"),
    ("armenian", "Որտե՞ղ ենք մենք այսօր պիտակում"),
    ("georgian", "სად ვნიშნავთ დღეს წერილებს?"),
    ("hebrew", "הֵיכָן אֲנַחְנוּ מְתַיְּגִים הַיּוֹם?"),
    ("arabic", "لا إله، الأولاد لأنهم لا يلعبون الآن سلام"),
    ("arabic with vowels", "كِتَابٌ جَدِيدٌ لِلأَوْلَادِ"),
    ("persian", "گزارش‌ها را امروز کجا می‌خوانیم؟"),
    ("urdu", "آج ہم کہاں لیبل لگاتے ہیں؟ لائے"),
    ("syriac", "ܐܝܟܐ ܪܫܡܝܢܢ ܝܘܡܢܐ ܫܠܵܡܵܐ"),
    ("thaana", "މިއަދު އަޅުގަނޑުމެން ކޮންތާކު"),
    ("devanagari", "हिन्दी में क्षत्रिय और ज्ञान की शिक्षा लिखिए"),
    ("bengali", "আজ আমরা কোথায় চিহ্ন দিই? ক্ষমতা"),
    ("gurmukhi", "ਅੱਜ ਅਸੀਂ ਕਿੱਥੇ ਨਿਸ਼ਾਨ ਲਾਉਂਦੇ ਹਾਂ?"),
    ("gujarati", "આજે આપણે ક્યાં નિશાન કરીએ છીએ?"),
    ("oriya", "ଆଜି ଆମେ କେଉଁଠାରେ ଚିହ୍ନ ଦେଉଛୁ?"),
    ("tamil", "இன்று நாம் எங்கே குறியிடுகிறோம்? கொடுக்கா"),
    ("telugu", "ఈరోజు మనం ఎక్కడ గుర్తులు పెడతాము? క్షేమం"),
    ("kannada", "ಇಂದು ನಾವು ಎಲ್ಲಿ ಗುರುತು ಹಾಕುತ್ತೇವೆ? ಕೊಡು"),
    ("malayalam", "ഇന്ന് നമ്മൾ എവിടെ അടയാളപ്പെടുത്തുന്നു? ക്ഷമ"),
    ("sinhala", "අද අපි කොහේද ලකුණු කරන්නේ? ශ්‍රී ලංකා"),
    ("thai", "วันนี้เราทำเครื่องหมายที่ไหน กำลังน้ำ"),
    ("lao", "ມື້ນີ້ພວກເຮົາໝາຍຢູ່ໃສ ກໍາລັງ"),
    ("khmer", "ថ្ងៃនេះយើងដាក់ស្លាកនៅឯណា? ក្រុម"),
    ("burmese", "ယနေ့ ကျွန်ုပ်တို့ ဘယ်မှာ တံဆိပ်ကပ်သလဲ"),
    ("tibetan", "དེ་རིང་ང་ཚོས་གང་དུ་རྟགས་རྒྱག་གི་ཡོད། བསྒྲུབས"),
    ("ethiopic", "ዛሬ የት እንሰይማለን? ሰላም ለዓለም"),
    ("cherokee", "ᎭᏢ ᎪᎯ ᎢᎦ ᏙᏓᎴᎲᏍᎩ"),
    ("canadian", "ᐃᓄᒃᑎᑐᑦ ᓇᒥ ᐅᓪᓗᒥ ᑎᑎᕋᖅᐳᒍᑦ"),
    ("mongolian", "ᠮᠣᠩᠭᠣᠯ ᠪᠢᠴᠢᠭ ᠦᠨ ᠦᠰᠦᠭ"),
    ("chinese", "今天我们在哪里标注文本？（测试）"),
    ("japanese", "今日はどこでラベルを付けますか。ｶﾞｷﾞ パ\u{309A}"),
    ("korean", "오늘은 어디에서 라벨을 붙입니까?"),
    ("jamo", "\u{1112}\u{1161}\u{11AB}\u{1100}\u{1173}\u{11AF} \u{1161}\u{1161} ㅋㅋㅋ"),
    ("javanese", "ꦲꦤꦕꦫꦏ ꦢꦠꦱꦮꦭ ꦥꦝꦗꦪꦚ"),
    ("balinese", "ᬳᬦᬘᬭᬓ ᬤᬢᬲᬯᬮ ᬓᬵᬮᬶ"),
    ("tifinagh", "ⴰⵣⵓⵍ ⴼⵍⵍⴰⵡⵏ ⵎⴰⵏⵉ"),
    ("nko", "ߒߞߏ ߊ߬ ߟߊߞߏ߫ ߖߊ߰ߣߌ߲߫"),
    ("old turkic", "𐱅𐰇𐰼𐰰 𐰋𐰃𐱅𐰃𐰏"),
    ("emoji", "👩‍👩‍👧‍👦 👍🏽 ❤️ 1️⃣ 🇩🇪🇷🇴 🏳️‍🌈 ☝ ⛹️ 🧑🏿‍🚀 ©️ ok"),
    ("marks alone", "\u{301}x \u{93E}y \u{302}\u{303} z\u{FE0F} \u{A9C0}"),
    ("mathematics", "∀x∈ℝ: ⌈x⌉ = −⌊−x⌋, α ∧ ¬β ≤ ½ × 10² °C"),
];

/// What the backend writes, from the outside.
#[derive(Clone, Default)]
struct Bytes(Rc<RefCell<Vec<u8>>>);

impl Write for Bytes {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A screen that is drawn to as the real one is, and what a terminal makes of it.
struct Screen {
    terminal: Terminal<WholeRows<CrosstermBackend<Bytes>>>,
    bytes: Bytes,
    parser: vt100::Parser,
}

impl Screen {
    fn new(columns: u16, rows: u16) -> Self {
        let bytes = Bytes::default();
        let backend = WholeRows::new(CrosstermBackend::new(bytes.clone()));
        let options = TerminalOptions { viewport: Viewport::Fixed(Rect::new(0, 0, columns, rows)) };
        let terminal = Terminal::with_options(backend, options).unwrap();
        let parser = vt100::Parser::new(rows.try_into().unwrap(), columns.try_into().unwrap(), 0);
        Self { terminal, bytes, parser }
    }

    /// Draws, and gives the whole screen.
    fn draw(&mut self, session: &Session) -> String {
        self.terminal.draw(|frame| draw(session, &Theme::sixteen(), frame)).unwrap();
        self.parser.process(&self.bytes.0.take());
        let rows: Vec<String> = self.parser.screen().contents().lines().map(|row| row.trim_end().to_owned()).collect();
        rows.join("\n")
    }

    /// What stands in the columns of the record's text.
    fn text(&self, session: &Session) -> String {
        let area = panes::of(session).text;
        let rows = self.parser.screen().rows(area.x, area.width);
        rows.skip(usize::from(area.y)).take(usize::from(area.height)).collect::<Vec<_>>().join("\n")
    }
}

/// Which of the clusters of a text is not in a picture, in order.
fn missing(text: &str, picture: &str) -> Option<String> {
    let clean = sanitize(text);
    let mut rest = picture;
    for (_, cluster) in cells::clusters(&clean).filter(|(_, cluster)| !cluster.trim().is_empty()) {
        // A cluster wider than the room is taken apart; its characters stay in order.
        // What joins shows nothing itself: tmux has no room for the last one of a family.
        for c in cluster.chars().filter(|c| *c != '\u{200D}') {
            let Some(at) = rest.find(c) else { return Some(format!("{cluster:?} is not in:\n{picture}")) };
            rest = &rest[at + c.len_utf8()..];
        }
    }
    None
}

/// A session at a record with this text.
fn at(columns: u16, rows: u16, number: i64, text: &str) -> Session {
    let mut session = session(columns, rows);
    session.update(Event::Fetched(Want::Resume, Some(loaded(number, text))), 0);
    seen(&mut session, 0);
    session
}

#[test]
fn every_sentence_is_whole_at_every_width_and_leaves_nothing_on_the_next_record() {
    let mut wrong = Vec::new();
    for columns in (1..80).chain((80..=200).step_by(8)) {
        let rows = if columns % 2 == 0 { 24 } else { 48 };
        let after = at(columns, rows, 2, "plain");
        let plain = Screen::new(columns, rows).draw(&after);
        let mut screen = Screen::new(columns, rows);
        for (script, sentence) in SENTENCES {
            let before = at(columns, rows, 1, sentence);
            screen.draw(&before);
            if columns >= panes::SMALLEST.0 {
                let lost = missing(sentence, &screen.text(&before));
                wrong.extend(lost.map(|lost| format!("{script} at {columns}: {lost}")));
            }
            let left = screen.draw(&after);
            if left != plain {
                wrong.push(format!("{script} at {columns} leaves:\n{left}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of them\n{}", wrong.len(), wrong[..wrong.len().min(4)].join("\n"));
}

#[test]
fn in_lists_pages_prompts_and_labels_a_word_is_whole_and_leaves_nothing() {
    let mut wrong = Vec::new();
    for open in 0..OPEN {
        let case = |text: &str| everywhere(&Try { text: text.to_owned(), columns: 120, rows: 40, open });
        let after = case("plain");
        let plain = Screen::new(120, 40).draw(&after);
        let mut screen = Screen::new(120, 40);
        for (script, sentence) in SENTENCES {
            let word = sentence.split(' ').next().unwrap();
            let lost = missing(word, &screen.draw(&case(word)));
            wrong.extend(lost.map(|lost| format!("{script}, open {open}: {lost}")));
            let left = screen.draw(&after);
            if left != plain {
                wrong.push(format!("{script}, open {open} leaves:\n{left}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of them\n{}", wrong.len(), wrong[..wrong.len().min(4)].join("\n"));
}

/// tmux on a socket of its own, ended with the test.
struct Tmux {
    socket: PathBuf,
}

impl Tmux {
    fn run(&self, args: &[&str]) -> String {
        let mut command = Command::new("tmux");
        command.args(["-u", "-f", "/dev/null", "-S"]).arg(&self.socket).args(args).env("LC_ALL", "C.UTF-8");
        String::from_utf8_lossy(&command.output().unwrap().stdout).into_owned()
    }

    /// The screen, as soon as it holds this. A key that came too early says so and did nothing: it is pressed again.
    fn until(&self, what: &str, key: &str) -> String {
        let mut shown = String::new();
        let mut told = None;
        for _ in 0..5_000 {
            shown = self.run(&["capture-pane", "-p"]);
            if shown.contains(what) {
                return shown;
            }
            let dropped = shown.lines().find(|line| line.contains("typed ahead dropped")).map(str::to_owned);
            if dropped != told {
                told = dropped;
                self.run(&["send-keys", key]);
            }
        }
        panic!("'{what}' never came:\n{shown}");
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        self.run(&["kill-server"]);
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "a test that did nothing says so")]
fn in_tmux_every_sentence_is_whole_and_leaves_nothing_on_the_next_record() {
    if Command::new("tmux").arg("-V").output().is_err() {
        println!("skipped: tmux is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let record = |(at, text): (usize, &str)| serde_json::json!({"id": format!("r-{at:03}."), "text": text}).to_string();
    // Between any two of them one that is plain.
    let texts = SENTENCES.iter().flat_map(|(_, sentence)| [*sentence, "plain"]);
    let lines: Vec<String> = texts.enumerate().map(record).collect();
    std::fs::write(folder.path().join("d.jsonl"), lines.join("\n")).unwrap();
    done(folder.path(), &["import", "d.jsonl", "--labels", "tax,jobs"]);
    let tmux = Tmux { socket: folder.path().join("tmux") };
    let env = "env -i TERM=screen-256color HOME=. USER=ana";
    let binary = format!("{env} {} labelry.db", env!("CARGO_BIN_EXE_labelry"));
    let start = folder.path().to_string_lossy().into_owned();
    tmux.run(&["new-session", "-d", "-x", "80", "-y", "24", "-c", &start, &binary]);
    let mut wrong = Vec::new();
    for (at, (script, sentence)) in SENTENCES.iter().enumerate() {
        let shown = tmux.until(&format!("r-{:03}. ", at * 2), "n");
        wrong.extend(missing(sentence, &shown).map(|lost| format!("{script}: {lost}")));
        tmux.run(&["send-keys", "n"]);
        let left = tmux.until(&format!("r-{:03}. ", at * 2 + 1), "n");
        if left.chars().any(|c| !c.is_ascii() && !"·─…│α".contains(c) && sentence.contains(c))
            || !left.contains("plain")
        {
            wrong.push(format!("{script} leaves:\n{left}"));
        }
        tmux.run(&["send-keys", "n"]);
    }
    assert!(wrong.is_empty(), "{} of them\n{}", wrong.len(), wrong[..wrong.len().min(4)].join("\n"));
}
