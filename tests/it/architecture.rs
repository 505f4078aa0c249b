//! Which room may use which, and which crate lives only where.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Rooms and what they may use of the others.
const ROOMS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("progress", &[]),
    ("text", &[]),
    ("engine", &["model", "progress"]),
    ("store", &["model", "text", "progress"]),
    ("exchange", &["model", "progress", "text"]),
    ("jobs", &["model", "progress", "text", "engine", "store", "exchange"]),
    ("session", &["model", "text"]),
    ("view", &["model", "text", "session"]),
    ("runtime", &["model", "text", "progress", "session", "view", "jobs", "store"]),
    ("cli", &["model", "text", "progress", "session", "view", "runtime", "jobs", "store", "exchange"]),
    ("main", &["cli", "runtime"]),
    ("lib", &[]),
];

/// Crates and the rooms that may use them.
const CRATES: &[(&str, &[&str])] = &[
    ("rusqlite", &["store"]),
    ("rusqlite_migration", &["store"]),
    ("rustix", &["store", "runtime"]),
    ("fuzzy_matcher", &["text"]),
    // Cells are counted by one measure.
    ("unicode_width", &["text"]),
    ("pulldown_cmark", &["text"]),
    ("toml", &["cli"]),
    ("base64", &["runtime", "jobs"]),
    ("argon2", &["runtime"]),
    ("tracing_subscriber", &["runtime"]),
    ("ratatui_textarea", &["session"]),
    ("ratatui", &["view", "runtime"]),
    ("ratatui::layout", &["view", "runtime", "session"]),
    ("crossterm", &["runtime"]),
    ("terminput", &["runtime"]),
    ("clap", &["cli"]),
    ("anyhow", &["cli", "runtime"]),
    ("signal_hook", &["runtime", "cli"]),
    ("libm", &["engine"]),
    ("rayon", &["engine", "jobs"]),
    ("csv", &["exchange"]),
    ("flate2", &["exchange"]),
    ("parquet", &["exchange"]),
    ("arrow_json", &["exchange"]),
    ("arrow_schema", &["exchange"]),
    ("serde_saphyr", &["exchange"]),
    ("roxmltree", &["exchange"]),
    // A file that is read twice though it passes by once, and a dry run that has no labelry file yet.
    ("tempfile", &["exchange", "cli"]),
    ("minijinja", &["exchange"]),
    ("svg", &["exchange"]),
    ("npyz", &["exchange"]),
    ("uuid", &["runtime"]),
    ("indicatif", &["cli"]),
];

fn sources(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|end| end == "rs") {
            out.push(path);
        }
    }
}

/// Room and non-test text of each source file.
fn rooms() -> Vec<(String, PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let room = |path: &Path| {
        let first = path.strip_prefix(&root).unwrap().iter().next().unwrap();
        first.to_string_lossy().trim_end_matches(".rs").to_owned()
    };
    let text = |path: &Path| std::fs::read_to_string(path).unwrap();
    let whole = files.into_iter().map(|path| (room(&path), path.clone(), text(&path)));
    let tests = |path: &Path| path.file_name().is_some_and(|name| name == "tests.rs");
    whole
        .filter(|(_, path, _)| !tests(path))
        .map(|(room, path, text)| (room, path, text.split("#[cfg(test)]\nmod tests {").next().unwrap().to_owned()))
        .collect()
}

/// The rooms that a file names: `crate::room`, `labelry::room`, and each in `use crate::{room, …}`.
fn named(text: &str) -> BTreeSet<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut rooms = BTreeSet::new();
    for root in ["crate::", "labelry::"] {
        for (at, _) in text.match_indices(root) {
            let rest = &text[at + root.len()..];
            let Some(list) = rest.strip_prefix('{') else {
                rooms.insert(word(rest));
                continue;
            };
            let mut depth = 0;
            let list = list.split_inclusive(['{', '}', ',']).take_while(|piece| {
                let outside = depth >= 0;
                depth += i32::from(piece.ends_with('{')) - i32::from(piece.ends_with('}'));
                outside
            });
            let mut inside = 0;
            for piece in list {
                if inside == 0 {
                    rooms.insert(word(piece.trim_start()));
                }
                inside += i32::from(piece.ends_with('{')) - i32::from(piece.ends_with('}'));
            }
        }
    }
    rooms
}

#[test]
fn the_rooms_in_braces_are_seen_too() {
    let text =
        "use crate::{\n    engine::{merge, split},\n    store, view::Theme};\nlabelry::cli::run(crate::jobs::of(text))";
    let rooms: Vec<String> = named(text).into_iter().filter(|room| !room.is_empty()).collect();
    assert_eq!(rooms, ["cli", "engine", "jobs", "store", "view"]);
}

#[test]
fn no_arrow_goes_up() {
    for (room, path, text) in rooms() {
        let (_, may) = ROOMS.iter().find(|(name, _)| *name == room).unwrap_or_else(|| panic!("'{room}' has no row"));
        let named = named(&text);
        for (other, _) in ROOMS {
            let uses = named.contains(*other);
            assert!(!uses || *other == room || may.contains(other), "{} uses {other}", path.display());
        }
    }
}

/// The paths that a file names: `crate::a::b`, `super::c`, and those in `use` with each of its braces opened.
fn paths(text: &str) -> Vec<Vec<String>> {
    fn open(before: &[String], tree: &str, all: &mut Vec<Vec<String>>) {
        let (plain, list) = tree.split_once('{').map_or((tree, None), |(plain, list)| (plain, list.strip_suffix('}')));
        let mut path = before.to_vec();
        path.extend(plain.split("::").filter_map(|word| word.split_whitespace().next()).map(str::to_owned));
        let Some(list) = list else { return all.push(path) };
        let mut depth = 0;
        let ends = |c: char| {
            depth += i32::from(c == '{') - i32::from(c == '}');
            c == ',' && depth == 0
        };
        list.split(ends).filter(|tree| !tree.trim().is_empty()).for_each(|tree| open(&path, tree.trim(), all));
    }
    let mut all = Vec::new();
    let code: Vec<&str> = text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
    let code = code.join("\n");
    for (at, _) in code.match_indices("use ") {
        open(&[], code[at + 4..].split(';').next().unwrap_or_default().trim(), &mut all);
    }
    for root in ["crate::", "super::"] {
        for (at, _) in code.match_indices(root) {
            let path = code[at..].split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).next();
            open(&[], path.unwrap_or_default(), &mut all);
        }
    }
    all
}

/// The file that a path leads to from a file: as deep as there are files.
fn target(files: &BTreeMap<Vec<String>, PathBuf>, from: &[String], path: &[String]) -> Option<Vec<String>> {
    let mut at = match path.first()?.as_str() {
        "crate" => Vec::new(),
        "super" | "self" => from.to_vec(),
        _ => return None,
    };
    let mut found = None;
    for word in path {
        match word.as_str() {
            "crate" | "self" => {}
            "super" => drop(at.pop()),
            _ => {
                at.push(word.clone());
                if files.contains_key(&at) {
                    found = Some(at.clone());
                } else if !files.keys().any(|file| file.starts_with(&at)) {
                    break;
                }
            }
        }
    }
    found
}

/// A room's own `mod.rs` is its door: who goes through it goes into the room, not into a file.
#[test]
fn no_file_leads_back_to_itself() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let name = |path: &Path| -> Vec<String> {
        let words = path.strip_prefix(&root).unwrap().with_extension("");
        words.iter().map(|word| word.to_string_lossy().into_owned()).collect()
    };
    let sources = rooms();
    let files: BTreeMap<Vec<String>, PathBuf> = sources.iter().map(|(_, path, _)| (name(path), path.clone())).collect();
    let mut uses: BTreeMap<Vec<String>, BTreeSet<Vec<String>>> = BTreeMap::new();
    for (_, path, text) in &sources {
        let from = name(path);
        let found = paths(text).into_iter().filter_map(|path| target(&files, &from, &path));
        uses.insert(from.clone(), found.filter(|to| *to != from).collect());
    }
    let arrows: usize = uses.values().map(BTreeSet::len).sum();
    assert!(arrows > 500, "{arrows}");
    // What uses nothing is taken away again and again: what is left goes in circles.
    loop {
        let before = uses.len();
        let left: BTreeSet<Vec<String>> = uses.keys().cloned().collect();
        uses.retain(|_, to| to.iter().any(|to| left.contains(to)));
        if uses.len() == before {
            break;
        }
    }
    assert!(uses.is_empty(), "{uses:#?}");
}

/// Names that every command or room may have for itself.
const SHARED: &[&str] = &["Args", "Error", "Result"];

/// `exchange` gets its words when its rooms move.
const LATER: &str = "exchange";

#[test]
fn a_type_name_stands_once() {
    let mut seen: BTreeMap<String, PathBuf> = BTreeMap::new();
    for (room, path, text) in rooms() {
        if room == LATER {
            continue;
        }
        for line in text.lines() {
            let code = line.trim_start();
            let mut words = code.split_whitespace().skip_while(|word| word.starts_with("pub") || *word == "unsafe");
            let kind = words.next().unwrap_or_default();
            // What a trait or an implementation calls a type of its own is nobody else's.
            let own = kind == "type" && code.len() < line.len();
            if own || !matches!(kind, "struct" | "enum" | "trait" | "type" | "union") {
                continue;
            }
            let name: String = words.next().unwrap_or_default().chars().take_while(|c| c.is_alphanumeric()).collect();
            if SHARED.contains(&name.as_str()) || !name.starts_with(char::is_uppercase) {
                continue;
            }
            if let Some(first) = seen.insert(name.clone(), path.clone()) {
                panic!("'{name}' stands in {} and in {}", first.display(), path.display());
            }
        }
    }
    assert!(seen.len() > 300, "{}", seen.len());
}

#[test]
fn the_map_leads_to_files_that_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let map = std::fs::read_to_string(root.join("src/lib.rs")).unwrap();
    let paths = map.split('`').filter(|word| word.contains('/') && !word.contains(['<', ' ', '\n']));
    let mut count = 0;
    for path in paths {
        assert!(root.join("src").join(path).exists(), "{path}");
        count += 1;
    }
    assert!(count > 20, "{count}");
}

#[test]
fn a_crate_stays_in_its_room() {
    for (room, path, text) in rooms() {
        for (name, may) in CRATES {
            let text = if *name == "ratatui" { text.replace("ratatui::layout", "") } else { text.clone() };
            let uses = text.contains(&format!("use {name}::")) || text.contains(&format!(" {name}::"));
            assert!(!uses || may.contains(&room.as_str()), "{} uses {name}", path.display());
        }
    }
}
