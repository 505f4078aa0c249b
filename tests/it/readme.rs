//! README's tables are the code's own.

use std::sync::Mutex;

use crate::pty::Terminal;

/// The part between `<!-- name: … -->` and `<!-- end -->`.
fn part<'a>(readme: &'a str, name: &str) -> &'a str {
    let start = format!("<!-- {name}: printed from the code -->\n");
    let rest = readme.split(&start).nth(1).unwrap();
    rest.split("<!-- end -->").next().unwrap()
}

/// One part is written at a time.
static WRITING: Mutex<()> = Mutex::new(());

/// `LABELRY_WRITE=1 cargo test readme` writes the parts anew.
fn check(name: &str, printed: &str) {
    let _alone = WRITING.lock().unwrap();
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let there = part(&readme, name);
    if std::env::var_os("LABELRY_WRITE").is_some() {
        let start = format!("<!-- {name}: printed from the code -->\n");
        let (old, new) = (format!("{start}{there}<!-- end -->"), format!("{start}{printed}<!-- end -->"));
        std::fs::write(&path, readme.replacen(&old, &new, 1)).unwrap();
        return;
    }
    assert_eq!(there, printed, "the part '{name}' of README.md: LABELRY_WRITE=1 cargo test readme");
}

#[test]
fn the_keys_and_commands_of_readme_are_printed_from_the_code() {
    check("keys", &labelry::session::keymap::markdown());
    check("commands", &labelry::cli::markdown());
    check("rights", &labelry::model::rights::markdown());
}

#[test]
fn the_picture_of_readme_is_the_demo_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let args = ["--db", "demo.db", "demo"];
    let mut terminal = Terminal::run(folder.path(), 80, 24, &args, &[("USER", "you")]);
    terminal.until("mail m-0001 · pending");
    terminal.until("248 units");
    terminal.press(":m-0191\r");
    terminal.until("m-0191 · pending");
    terminal.until("≈.96 m-0246");
    let picture = terminal.until("0/446 · you");
    let lines: Vec<&str> = picture.lines().map(str::trim_end).collect();
    check("picture", &format!("```text\n{}\n```\n", lines.join("\n").trim_end()));
}
