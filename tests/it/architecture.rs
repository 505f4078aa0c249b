//! Which room may use which, and which crate lives only where.

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

#[test]
fn no_arrow_goes_up() {
    for (room, path, text) in rooms() {
        let (_, may) = ROOMS.iter().find(|(name, _)| *name == room).unwrap_or_else(|| panic!("'{room}' has no row"));
        for (other, _) in ROOMS {
            let uses = ["crate", "labelry"].iter().any(|root| {
                let name = format!("{root}::{other}");
                text.match_indices(&name).any(|(at, _)| {
                    let end = text[at + name.len()..].chars().next();
                    !end.is_some_and(|c| c.is_alphanumeric() || c == '_')
                })
            });
            assert!(!uses || *other == room || may.contains(other), "{} uses {other}", path.display());
        }
    }
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
