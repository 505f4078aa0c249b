//! Ratings that give no figure, by the real binary, each with its whole message.

use crate::cases::{done, folder, labelry, write};

/// What is said of a file of these lines with these flags, and the exit code.
fn said(lines: &[&str], args: &[&str], code: i32) -> String {
    let folder = folder();
    write(folder.path(), "r.csv", lines);
    let output = labelry(folder.path(), &[&["agreement", "r.csv"], args].concat());
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert!(output.stdout.is_empty(), "no figure is made up");
    said
}

const LONG: &str = "item,rater,value";
const WIDE: [&str; 2] = ["id,a,b", "1,x,y"];

#[test]
fn a_column_that_is_missing() {
    insta::assert_snapshot!(said(&["item,who,value", "1,ana,x"], &[], 1), @r"
    labelry: r.csv:1: found the columns 'item', 'who', 'value' where the column 'rater' was expected
    hint: name it: --rater COLUMN; or, where each rater has a column: --wide
    ");
    insta::assert_snapshot!(said(&["item,who,value", "1,ana,x"], &["--rater", "whom"], 1), @r"
    labelry: r.csv:1: found the columns 'item', 'who', 'value' where the column 'whom' was expected
    hint: name it: --rater COLUMN; or, where each rater has a column: --wide
    ");
    insta::assert_snapshot!(said(&["unit;coder;code", "1;ana;x"], &[], 1), @r"
    labelry: r.csv:1: found the column 'unit;coder;code' where the column 'item' was expected
    hint: columns are told by commas or tabs: write the file with one of these
    ");
    insta::assert_snapshot!(said(&WIDE, &["--wide", "--raters", "a,c"], 1), @r"
    labelry: r.csv:1: found the columns 'id', 'a', 'b' where the rater's column 'c' was expected
    hint: name the columns as the header has them: --raters a,b,c
    ");
    insta::assert_snapshot!(said(&WIDE, &["--wide", "--raters", "a"], 1), @r"
    labelry: r.csv:1: found the column 'a' of raters where a column for each of two raters was expected
    hint: one answer a line, with a column that names the rater: leave --wide out
    ");
    insta::assert_snapshot!(said(&WIDE, &["--wide", "--item", "doc"], 1), @r"
    labelry: r.csv:1: found the columns 'id', 'a', 'b' where the column 'doc' with the record's id was expected
    hint: name it: --item COLUMN; or, where there is none, name the raters' columns: --raters a,b,c
    ");
    insta::assert_snapshot!(said(&["a,b", "x,y"], &["--wide"], 1), @r"
    labelry: r.csv:1: found the columns 'a', 'b' where the column 'item' with the record's id was expected
    hint: name it: --item COLUMN; or, where there is none, name the raters' columns: --raters a,b,c
    ");
}

#[test]
fn nobody_to_compare_with() {
    insta::assert_snapshot!(said(&[LONG, "1,ana,x", "2,ana,y"], &[], 1), @r"
    r.csv: read as long form, 2 answers
    answers are one of 2 labels, told by the values
    labelry: only one rater, 'ana', has answered; agreement takes two
    hint: check which column names the rater: --rater COLUMN, or --wide with a column for each
    ");
    insta::assert_snapshot!(said(&[LONG, "1,ana,x", "2,bob,y"], &[], 1), @r"
    r.csv: read as long form, 2 answers
    answers are one of 2 labels, told by the values
    labelry: no record has answers of two raters: 2 answers of 2 raters, each about another record
    hint: raters have to name a record by the same id: check the --item column
    ");
    insta::assert_snapshot!(said(&["item,rater,value,status", "1,ana,x,draft", "1,bob,y,draft"], &[], 1), @r"
    r.csv: read as long form, 2 answers
    answers are one of 2 labels, told by the values
    labelry: no response counts: 2 drafts
    hint: only submitted answers count: see --count drafts, --count discarded, --by, --since, --until
    ");
    insta::assert_snapshot!(said(&[LONG, "1,ana,x", "1,bob,y"], &["--by", "eve"], 1), @r"
    r.csv: read as long form, 2 answers
    answers are one of 2 labels, told by the values
    labelry: nobody named 'eve' has answered this question
    hint: there is: ana, bob
    ");
}

#[test]
fn answers_that_do_not_fit() {
    insta::assert_snapshot!(said(&[LONG, "1,ana,3", "1,bob,good"], &[], 1), @r"
    labelry: r.csv:2: found a number, '3', and at r.csv:3 a word, 'good', where answers of one kind were expected
    hint: correct the odd one; numbers that are labels want --level nominal, several labels in one cell --sep ';', and a cell without an answer is empty or NA
    ");
    insta::assert_snapshot!(said(&[LONG, "1,ana,3", "1,bob,9"], &["--range", "1..5"], 1), @r"
    labelry: r.csv:3: found '9' where a number from 1 to 5 was expected
    hint: correct the line, or leave the answer out: an empty cell or NA is missing
    ");
    insta::assert_snapshot!(said(&[LONG, "1,ana,x", "1,bob,y"], &["--level", "ordinal"], 1), @r"
    labelry: r.csv:2: found 'x' where level 'ordinal' wants numbers
    hint: labels have no order: leave --level out
    ");
    insta::assert_snapshot!(said(&[LONG, "1,ana,x", "1,bob,z"], &["--labels", "x,y"], 1), @r"
    labelry: r.csv:3: found label 'z', which there is none of
    hint: the labels are: x, y
    ");
    insta::assert_snapshot!(said(&[LONG, "1,ana,bug", "1,bob,wish"], &["--label", "bugs"], 1), @r"
    r.csv: read as long form, 2 answers
    answers are one of 2 labels, told by the values
    labelry: there is no label 'bugs'
    hint: did you mean bug?
    ");
    insta::assert_snapshot!(said(&[LONG, "1,ana,x", "1,bob,y"], &["--missing", "no"], 1), @r#"
    r.csv: read as long form, 2 answers
    answers are one of 2 labels, told by the values
    labelry: '--missing no' is for answers that are sets of labels: no other kind has a value for "no"
    hint: leave it out; a list of labels a cell is read with --sep ';'
    "#);
    insta::assert_snapshot!(said(&["item,rater,value,status", "1,ana,x,done"], &[], 1), @r"
    labelry: r.csv:2: found the status 'done' where draft, submitted or discarded was expected
    hint: only submitted responses count in agreement
    ");
    insta::assert_snapshot!(said(&["item,rater,value,at", "1,ana,x,yesterday"], &[], 1), @r"
    labelry: r.csv:2: found time 'yesterday'
    hint: expected RFC 3339, as in 2026-01-31T10:00:00Z
    ");
}

#[test]
fn several_answers_of_one_person() {
    let lines = [LONG, "1,ana,x", "1,ana,y", "1,bob,x", "2,ana,x", "2,bob,x", "2,bob,x"];
    insta::assert_snapshot!(said(&lines, &[], 1), @r"
    labelry: found several answers of 'ana' about '1' (r.csv:2, r.csv:3), of 'bob' about '2' (r.csv:6, r.csv:7)
    hint: say which counts: --duplicates first, last, repeat (the others serve self-agreement) or join (one label a line)
    ");
    let lines = ["item,rater,value,status", "1,ana,x,", "1,ana,y,draft", "1,bob,x,"];
    insta::assert_snapshot!(said(&lines, &["--duplicates", "join"], 1), @r"
    labelry: r.csv:3: found status draft after submitted of 'ana' about '1'
    hint: lines that are joined must have one status
    ");
}

#[test]
fn nothing_to_read() {
    insta::assert_snapshot!(said(&[""], &[], 1), @r"
    labelry: r.csv: found nothing where at least one line was expected
    hint: check that the program that wrote the file had finished
    ");
    insta::assert_snapshot!(said(&[LONG], &[], 1), @r"
    labelry: r.csv: found no answers
    hint: a ratings file has a line for each answer (--item, --rater, --value), or with --wide a column for each rater
    ");
    insta::assert_snapshot!(said(&["id,a,b", "1,,NA"], &["--wide"], 1), @r"
    labelry: r.csv: found no answers
    hint: a ratings file has a line for each answer (--item, --rater, --value), or with --wide a column for each rater
    ");
    insta::assert_snapshot!(said(&["item,rater,question,value", "1,ana,p,x", "1,ana,q,x"], &[], 1), @r"
    labelry: the files are about 2 questions and none was named
    hint: name one with --question: p, q
    ");
    insta::assert_snapshot!(said(&["item,rater,question,value", "1,ana,p,x", "1,ana,q,x"], &["--question", "r"], 1), @r"
    labelry: the files have no question 'r'
    hint: there is: p, q
    ");
}

#[test]
fn flags_that_do_not_go_together() {
    insta::assert_snapshot!(said(&WIDE, &["--wide", "--query", "x"], 2), @r"
    labelry: --query is for a dataset, and these are files
    hint: import them first with 'labelry import', or leave it out
    ");
    insta::assert_snapshot!(said(&WIDE, &["--wide", "--since", "2026-02-01", "--until", "2026-01-01"], 2), @"labelry: --since lies after --until, so that no answer would count");
    insta::assert_snapshot!(said(&WIDE, &["--wide", "--csv", "no/such/folder.csv"], 1), @r"
    r.csv: read as wide form, 2 answers
    answers are one of 2 labels, told by the values
    labelry: cannot write 'no/such/folder.csv': No such file or directory (os error 2)
    hint: name a file in a folder that is there and that you may write to
    ");
    let usage = said(&WIDE, &["--wide", "--since", "yesterday"], 2);
    assert!(usage.contains("expected a date as 2026-01-31, or a time as 2026-01-31T10:00:00Z"), "{usage}");
}

#[test]
fn neither_a_file_nor_a_dataset() {
    let folder = folder();
    let at = folder.path();
    let told = |args: &[&str], code: i32| {
        let output = labelry(at, &[&["agreement"], args].concat());
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{said}");
        said
    };
    insta::assert_snapshot!(told(&["ratings.csv"], 1), @r"
    labelry: there is no file 'ratings.csv', and no labelry file 'labelry.db' with a dataset of that name
    hint: check the name of the file, or name the labelry file with --db
    ");
    done(at, &["demo", "--no-open", "--db", "labelry.db"]);
    insta::assert_snapshot!(told(&["mial"], 1), @r"
    labelry: 'mial' is neither a file nor a dataset of 'labelry.db'
    hint: did you mean mail?
    ");
    insta::assert_snapshot!(told(&["labelry.db"], 1), @r"
    labelry: 'labelry.db' is a labelry file, not a file of ratings
    hint: labelry agreement --db labelry.db
    ");
    insta::assert_snapshot!(told(&["labelry.db", "r.csv"], 1), @r"
    labelry: there is no file 'r.csv'
    hint: several names are files; a dataset is named alone
    ");
    insta::assert_snapshot!(told(&["mail", "--wide"], 2), @r"
    labelry: --wide is for files, and 'mail' is a dataset
    hint: name a file, or leave it out
    ");
    insta::assert_snapshot!(told(&["mail", "--level", "ratio"], 1), @r"
    labelry: level 'ratio' wants numbers, and 'topic' has labels
    hint: labels have no order: leave --level out
    ");
    insta::assert_snapshot!(told(&["mail", "--query", "submitted"], 1), @r"
    labelry: the queue 'submitted' is somebody's, and who you are is not known in this file
    hint: say it with --user NAME, or LABELRY_USER
    ");
    write(at, "mail", &[LONG, "1,ana,x", "1,bob,y"]);
    insta::assert_snapshot!(told(&["mail"], 0), @r"
    reading the file 'mail'; the dataset of that name: labelry agreement --dataset mail
    mail: read as long form, 2 answers
    answers are one of 2 labels, told by the values
    ");
    insta::assert_snapshot!(told(&["--dataset", "mail"], 0), @"");
}
