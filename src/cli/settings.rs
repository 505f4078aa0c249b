//! Settings of the interface: defaults, a preset of keys, the person's file, each with where it comes from.

use std::ops::Range;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use toml::Spanned;

use super::Failure;
use crate::session::TYPE_AHEAD_MS;
use crate::session::key::Key;
use crate::session::keymap::{ANNOTATE, Keymap, PRESETS, shown};
use crate::text::{fuzzy, one_line};
use crate::view::{Depth, Theme};

/// The settings in force.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub theme: Theme,
    pub keymap: Keymap,
    pub type_ahead_ms: i64,
    pub mouse: bool,
    /// Name, value and origin of each, for `labelry config show`.
    pub rows: Vec<(String, String, String)>,
}

/// The file as it is written.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
struct SettingsFile {
    theme: Option<Spanned<String>>,
    colours: Option<Spanned<toml::Value>>,
    type_ahead_ms: Option<Spanned<i64>>,
    mouse: Option<Spanned<bool>>,
    preset: Option<Spanned<String>>,
    keys: Option<toml::map::Map<String, toml::Value>>,
}

/// Where the file is: `LABELRY_CONFIG`, else in the configuration folder.
pub(super) fn path() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("LABELRY_CONFIG") {
        return Some(PathBuf::from(path));
    }
    Some(etcetera::choose_base_strategy().ok()?.config_dir().join("labelry").join("config.toml"))
}

/// The settings in force; a missing file is none.
pub(super) fn load() -> Result<Settings, Failure> {
    let Some(path) = path() else { return read(Path::new(""), "") };
    // No file, or what people name to have none.
    let none = std::fs::metadata(&path).is_err_and(|why| why.kind() == std::io::ErrorKind::NotFound);
    if none || path == Path::new("/dev/null") {
        return read(&path, "");
    }
    let text = crate::exchange::read_words(&path).map_err(crate::jobs::JobError::from)?;
    read(&path, &text)
}

/// One reading of the file.
struct SettingsReader<'a> {
    path: &'a Path,
    text: &'a str,
}

impl SettingsReader<'_> {
    fn line(&self, at: &Range<usize>) -> usize {
        self.text[..at.start.min(self.text.len())].matches('\n').count() + 1
    }

    fn at(&self, at: &Range<usize>) -> String {
        format!("{}:{}", self.path.display(), self.line(at))
    }

    fn wrong(&self, at: &Range<usize>, found: &str, expected: &str) -> Failure {
        Failure::failed(format!("{}: found {}, expected {expected}", self.at(at), one_line(found)))
            .or_hint("'labelry config path' prints where it is")
    }

    /// The line on which a row of `[keys]` stands.
    fn line_of_key(&self, name: &str) -> usize {
        let keys = self.text.find("[keys]").unwrap_or(0);
        let named = |line: &str| line.split('=').next().is_some_and(|left| left.trim().trim_matches('"') == name);
        let before = self.text[..keys].matches('\n').count();
        self.text[keys..].lines().position(named).map_or(before + 1, |line| before + line + 1)
    }
}

fn read(path: &Path, text: &str) -> Result<Settings, Failure> {
    let reading = SettingsReader { path, text };
    let written: SettingsFile = toml::from_str(text).map_err(|why| {
        let at = why.span().unwrap_or(0..0);
        let line = reading.line(&at);
        Failure::failed(format!("{}:{line}: {}", path.display(), one_line(why.message())))
            .or_hint("settings: theme, colours, type_ahead_ms, mouse, preset, [keys]")
    })?;
    let mut rows = Vec::new();
    let mut row = |name: &str, value: String, at: Option<Range<usize>>| {
        let origin = at.map_or_else(|| String::from("default"), |at| reading.at(&at));
        rows.push((name.to_owned(), value, origin));
    };
    let depth = match &written.colours {
        None => Depth::Sixteen,
        Some(word) => {
            let said = word.get_ref().as_str().map_or_else(|| word.get_ref().to_string(), str::to_owned);
            Depth::parse(&said).ok_or_else(|| reading.wrong(&word.span(), &said, "16, 256 or \"true\""))?
        }
    };
    let name = written.theme.as_ref().map_or("dark", |name| name.get_ref().as_str());
    let theme = Theme::named(name, depth).ok_or_else(|| {
        let at = written.theme.as_ref().map_or(0..0, Spanned::span);
        reading.wrong(&at, &format!("the theme '{name}'"), &Theme::NAMES.join(", "))
    })?;
    row("theme", name.to_owned(), written.theme.as_ref().map(Spanned::span));
    let colours = written.colours.as_ref().map_or_else(|| String::from("16"), |word| word.get_ref().to_string());
    row("colours", colours, written.colours.as_ref().map(Spanned::span));
    let type_ahead_ms = written.type_ahead_ms.as_ref().map_or(TYPE_AHEAD_MS, |ms| *ms.get_ref());
    if let Some(ms) = written.type_ahead_ms.as_ref().filter(|ms| !(0..=5_000).contains(ms.get_ref())) {
        return Err(reading.wrong(&ms.span(), &ms.get_ref().to_string(), "0 to 5000 milliseconds"));
    }
    row("type_ahead_ms", type_ahead_ms.to_string(), written.type_ahead_ms.as_ref().map(Spanned::span));
    let mouse = written.mouse.as_ref().is_some_and(|mouse| *mouse.get_ref());
    row("mouse", mouse.to_string(), written.mouse.as_ref().map(Spanned::span));
    let preset = written.preset.as_ref().map_or("default", |name| name.get_ref().as_str());
    let keymap = Keymap::preset(preset).ok_or_else(|| {
        let at = written.preset.as_ref().map_or(0..0, Spanned::span);
        let names: Vec<&str> = PRESETS.iter().map(|(name, _)| *name).collect();
        reading.wrong(&at, &format!("the preset '{preset}'"), &names.join(", "))
    })?;
    row("preset", preset.to_owned(), written.preset.as_ref().map(Spanned::span));
    let from = written.preset.as_ref().map_or_else(|| String::from("default"), |name| reading.at(&name.span()));
    let keymap = remap(&reading, keymap, written.keys.unwrap_or_default(), &from, &mut rows)?;
    Ok(Settings { theme, keymap, type_ahead_ms, mouse, rows })
}

/// The rows of `[keys]` on top of a preset.
fn remap(
    reading: &SettingsReader<'_>,
    mut keymap: Keymap,
    written: toml::map::Map<String, toml::Value>,
    from: &str,
    rows: &mut Vec<(String, String, String)>,
) -> Result<Keymap, Failure> {
    let plain = Keymap::default();
    let place = |name: &str| format!("{}:{}", reading.path.display(), reading.line_of_key(name));
    let named: Vec<String> = written.keys().cloned().collect();
    for (name, value) in written {
        let keys = keys_of(&value).map_err(|found| {
            Failure::failed(format!(
                "{}: found {}, expected keys such as \"x\", \"Ctrl-R\" or [\"n\", \"Right\"]",
                place(&name),
                one_line(&found)
            ))
            .or_hint("digits 1 to 9 belong to labels and cannot be given away")
        })?;
        if !keymap.set(&name, keys) {
            let names: Vec<&str> = ANNOTATE.iter().map(|row| row.name).collect();
            let near: Vec<&str> = fuzzy::rank(&name, &names).into_iter().take(3).map(|row| names[row]).collect();
            let hint = if near.is_empty() { names.join(", ") } else { near.join(", ") };
            return Err(Failure::failed(format!("{}: there is no action '{}'", place(&name), one_line(&name)))
                .or_hint(format!("there is: {hint}")));
        }
    }
    if let Some((key, one, other)) = keymap.conflict() {
        let said = |name: &str| {
            if named.iter().any(|known| known == name) { place(name) } else { String::from("default") }
        };
        let key = key.shown();
        return Err(Failure::failed(format!(
            "the key '{key}' has two meanings: {one} ({}) and {other} ({})",
            said(one),
            said(other)
        ))
        .or_hint(format!("give one of them another key; {other} = [] takes its keys away")));
    }
    for ((row, keys), (_, usual)) in keymap.rows().zip(plain.rows()) {
        let origin = if named.iter().any(|name| name == row.name) {
            place(row.name)
        } else if keys == usual {
            String::from("default")
        } else {
            from.to_owned()
        };
        rows.push((format!("keys.{}", row.name), shown(row, keys), origin));
    }
    Ok(keymap)
}

/// One key, or a list of keys.
fn keys_of(value: &toml::Value) -> Result<Vec<Key>, String> {
    let words: Vec<&toml::Value> = match value {
        toml::Value::Array(words) => words.iter().collect(),
        word => vec![word],
    };
    let key = |word: &toml::Value| {
        let name = word.as_str().ok_or_else(|| word.to_string())?;
        let key = Key::parse(name).ok_or_else(|| format!("the key '{name}'"))?;
        if matches!(key, Key::Char('1'..='9')) { Err(format!("the digit '{name}'")) } else { Ok(key) }
    };
    words.into_iter().map(key).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::read;
    use crate::session::key::Key;
    use crate::session::keymap::Action;

    fn refused(text: &str) -> String {
        read(Path::new("config.toml"), text).unwrap_err().words().to_owned()
    }

    #[test]
    fn a_file_changes_what_it_names_and_tells_where() {
        let settings = read(
            Path::new("config.toml"),
            "theme = \"light\"\ncolours = 256\npreset = \"vim\"\n\n[keys]\ndiscard = [\"x\", \"Delete\"]\n",
        )
        .unwrap();
        assert_eq!(settings.keymap.action(Key::Delete), Some(Action::Discard));
        assert_eq!(settings.keymap.action(Key::Char('l')), Some(Action::Next));
        let origin = |name: &str| settings.rows.iter().find(|(row, _, _)| row == name).unwrap().2.clone();
        assert_eq!(origin("theme"), "config.toml:1");
        assert_eq!(origin("keys.later"), "config.toml:3");
        assert_eq!(origin("keys.discard"), "config.toml:6");
        assert_eq!(origin("keys.submit"), "default");
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        assert_eq!(
            refused("theme = \"pink\"\n"),
            "config.toml:1: found the theme 'pink', expected dark, light, contrast, colour-blind"
        );
        assert_eq!(
            refused("\n[keys]\nundo = \"x\"\n"),
            "the key 'x' has two meanings: discard (default) and undo (config.toml:3)"
        );
        assert_eq!(
            refused("[keys]\nsubmit = \"5\"\n"),
            "config.toml:2: found the digit '5', expected keys such as \"x\", \"Ctrl-R\" or [\"n\", \"Right\"]"
        );
        assert_eq!(refused("[keys]\nsubmitt = \"a\"\n"), "config.toml:2: there is no action 'submitt'");
        assert_eq!(refused("type_ahead_ms = 9000\n"), "config.toml:1: found 9000, expected 0 to 5000 milliseconds");
        assert!(refused("colour = 1\n").starts_with("config.toml:1: unknown field `colour`"));
    }
}
