//! The real binary run in a folder, shared by tests of commands.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::json;

pub const HEADER: &str = r#"{"labelry":1,"dataset":{"name":"d","questions":[{"name":"topic","type":"multi_label","labels":["tax","jobs"]}]}}"#;

pub fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_labelry"));
    command.args(args).current_dir(folder).env_clear().env("USER", "ana");
    command
}

pub fn labelry(folder: &Path, args: &[&str]) -> Output {
    command(folder, args).output().unwrap()
}

pub fn done(folder: &Path, args: &[&str]) -> String {
    let output = labelry(folder, args);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{args:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

pub fn refused(folder: &Path, args: &[&str]) -> String {
    let output = labelry(folder, args);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{args:?}: {said}");
    said
}

/// Writes a file of these lines.
pub fn write(folder: &Path, name: &str, lines: &[&str]) {
    std::fs::write(folder.join(name), lines.join("\n") + "\n").unwrap();
}

pub fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// A record with one response of bob.
pub fn record(id: &str, text: &str, labels: &[&str], at: Option<&str>) -> String {
    let response = json!({"user": "bob", "status": "submitted", "answers": {"topic": labels}, "at": at});
    json!({"id": id, "fields": {"text": text}, "responses": [response]}).to_string()
}

pub fn ground(folder: &Path) {
    write(folder, "d.jsonl", &[HEADER, &record("a", "one", &["tax"], Some("2026-01-02T00:00:00.000Z"))]);
    done(folder, &["import", "d.jsonl"]);
}
