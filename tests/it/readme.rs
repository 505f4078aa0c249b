//! README and docs: what they have printed from the code is the code's own, their links lead somewhere, README is short.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::pty::Terminal;

/// README is read before anything else: no longer than this, in bytes.
const README_MOST: usize = 9_000;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The part between `<!-- name: … -->` and `<!-- end -->`.
fn part<'a>(page: &'a str, name: &str) -> &'a str {
    let start = format!("<!-- {name}: printed from the code -->\n");
    let rest = page.split(&start).nth(1).unwrap();
    rest.split("<!-- end -->").next().unwrap()
}

/// One part is written at a time.
static WRITING: Mutex<()> = Mutex::new(());

/// `LABELRY_WRITE=1 cargo test readme` writes the parts anew.
fn check(file: &str, name: &str, printed: &str) {
    let path = root().join(file);
    let writes = std::env::var_os("LABELRY_WRITE").is_some();
    let _alone = writes.then(|| WRITING.lock().unwrap());
    let page = std::fs::read_to_string(&path).unwrap();
    let there = part(&page, name);
    if writes {
        let start = format!("<!-- {name}: printed from the code -->\n");
        let (old, new) = (format!("{start}{there}<!-- end -->"), format!("{start}{printed}<!-- end -->"));
        std::fs::write(&path, page.replacen(&old, &new, 1)).unwrap();
        return;
    }
    assert_eq!(there, printed, "the part '{name}' of {file}: LABELRY_WRITE=1 cargo test readme");
}

#[test]
fn keys_commands_and_rights_in_docs_are_printed_from_the_code() {
    check("docs/keys.md", "keys", &labelry::session::keymap::markdown());
    check("docs/commands.md", "commands", &labelry::cli::markdown());
    check("docs/teams.md", "rights", &labelry::model::rights::markdown());
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
    check("README.md", "picture", &format!("```text\n{}\n```\n", lines.join("\n").trim_end()));
}

#[test]
fn readme_is_short() {
    let bytes = std::fs::metadata(root().join("README.md")).unwrap().len();
    assert!(
        bytes <= README_MOST as u64,
        "README.md has {bytes} bytes of {README_MOST}: longer text belongs into docs/"
    );
}

#[test]
fn every_link_of_readme_and_docs_leads_to_a_page_and_a_heading_that_are_there() {
    let mut broken = Vec::new();
    for page in pages() {
        for link in links(&page) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            let said = || format!("{}: {link}", page.strip_prefix(root()).unwrap().display());
            if !target.exists() || !(anchor.is_empty() || anchors(&target).contains(anchor)) {
                broken.push(said());
            }
        }
    }
    assert!(broken.is_empty(), "links that lead nowhere:\n{}", broken.join("\n"));
}

#[test]
fn readme_leads_to_every_page_of_docs() {
    let linked: BTreeSet<String> = links(&root().join("README.md")).into_iter().collect();
    for page in pages() {
        let page = page.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
        assert!(page == "README.md" || linked.contains(&page), "README.md has no link to {page}");
    }
}

#[test]
fn every_file_of_ours_that_a_page_names_is_there() {
    let ours = ["src/", "tests/", "docs/", "assets/", "benches/", ".ci/"];
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        for event in Parser::new_ext(&text, Options::ENABLE_TABLES) {
            let Event::Code(words) = event else { continue };
            for word in words.split_whitespace().filter(|word| ours.iter().any(|start| word.starts_with(start))) {
                assert!(root().join(word).exists(), "{}: there is no {word}", page.display());
            }
        }
    }
}

/// README, the pages beside it, and those of `docs/`.
fn pages() -> Vec<PathBuf> {
    let inside = |folder: PathBuf| std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let all = inside(root().to_owned()).chain(inside(root().join("docs")));
    let mut pages: Vec<PathBuf> = all.filter(|path| path.extension().is_some_and(|end| end == "md")).collect();
    pages.sort();
    pages
}

fn links(page: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(page).unwrap();
    let link = |event| match event {
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => Some(dest_url.to_string()),
        _ => None,
    };
    Parser::new_ext(&text, Options::ENABLE_TABLES).filter_map(link).collect()
}

/// The anchors that GitHub gives the headings of a page: lowercase, no punctuation, `-` for each space.
fn anchors(page: &Path) -> BTreeSet<String> {
    let text = std::fs::read_to_string(page).unwrap();
    let (mut found, mut heading) = (BTreeSet::new(), None);
    for event in Parser::new_ext(&text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::Text(words) | Event::Code(words) => heading.iter_mut().for_each(|all| all.push_str(&words)),
            Event::End(TagEnd::Heading(_)) => {
                let words = heading.take().unwrap_or_default().to_lowercase();
                let kept = words.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
                found.insert(kept.map(|c| if c == ' ' { '-' } else { c }).collect());
            }
            _ => {}
        }
    }
    found
}
