//! README's tables are the code's own.

/// The part between `<!-- name: … -->` and `<!-- end -->`.
fn part<'a>(readme: &'a str, name: &str) -> &'a str {
    let start = format!("<!-- {name}: printed from the code -->\n");
    let rest = readme.split(&start).nth(1).unwrap();
    rest.split("<!-- end -->").next().unwrap()
}

#[test]
fn the_keys_and_commands_of_readme_are_printed_from_the_code() {
    let readme = include_str!("../../README.md");
    assert_eq!(part(readme, "keys"), labelry::session::keymap::markdown());
    assert_eq!(part(readme, "commands"), labelry::cli::markdown());
}
