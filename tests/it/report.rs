//! `labelry agreement --html` by the real binary.

use crate::cases::{command, folder};

#[test]
fn a_report_is_one_page_with_everybodys_answers_to_the_most_divided_records() {
    let folder = folder();
    let at = folder.path();
    let answers = "item,rater,value\nr1,ana,tax\nr1,bob,jobs\nr2,ana,tax\nr2,bob,tax\nr3,ana,jobs\nr3,bob,jobs\n";
    std::fs::write(at.join("a.csv"), answers).unwrap();
    let done = command(at, &["agreement", "a.csv", "--html", "r.html", "--by-label"]).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let page = std::fs::read_to_string(at.join("r.html")).unwrap();
    assert!(page.contains("<h1>Agreement: a.csv</h1>"), "{page}");
    assert!(page.contains("Which answers count: submitted only; skips excluded."), "{page}");
    assert!(page.contains("<strong>r1</strong>") && !page.contains("<strong>r2</strong>"), "only what is divided");
    assert!(page.contains("<tr><td>bob</td><td>jobs</td></tr>"), "{page}");
    let done = command(at, &["agreement", "a.csv", "--html", "nowhere/r.html"]).output().unwrap();
    let said = String::from_utf8(done.stderr).unwrap();
    assert!(said.contains("cannot write 'nowhere/r.html'"), "{said}");
}

#[test]
fn what_others_gave_instead_tells_nothing_else_from_none_of_these() {
    let folder = folder();
    let at = folder.path();
    let file = format!("{}/tests/data/instead.jsonl", env!("CARGO_MANIFEST_DIR"));
    let done = command(at, &["agreement", &file, "--html", "r.html"]).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let page = std::fs::read_to_string(at.join("r.html")).unwrap();
    let row = page.lines().find(|line| line.starts_with("<tr><td>A</td>")).unwrap();
    assert!(row.ends_with("nothing else 2 pairs</td></tr>"), "{row}");
    assert!(!page.contains("none of these"), "{page}");
}
