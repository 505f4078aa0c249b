//! No output overwrites data, and no command reads the file that it works in as another one.

use std::path::Path;

use crate::cases::{command, done, folder, ground, labelry, write};

/// All commands that write a file, which stands in the place of `OUT`.
const WRITERS: &[&[&str]] = &[
    &["export", "--out", "OUT"],
    &["export", "--format", "csv", "--out", "OUT"],
    &["export", "--format", "training", "--out", "OUT"],
    &["agreement", "--html", "OUT"],
    &["agreement", "--explain", "OUT"],
    &["agreement", "--csv", "OUT"],
    &["agreement", "r.csv", "--html", "OUT"],
    &["agreement", "r.csv", "--explain", "OUT"],
    &["agreement", "r.csv", "--csv", "OUT"],
    &["backup", "OUT"],
    &["pack", "--for", "ana", "--out", "OUT"],
];

/// Names, links and second names of a labelry file, of its log, and of another one.
fn house(at: &Path) {
    ground(at);
    write(at, "r.csv", &["item,rater,value", "a,x,1", "a,y,1", "b,x,0", "b,y,1"]);
    write(at, "n.csv", &["id,text", "z,three"]);
    done(at, &["--db", "other.db", "import", "n.csv", "--labels", "a"]);
    std::fs::hard_link(at.join("labelry.db"), at.join("hard.csv")).unwrap();
    std::fs::hard_link(at.join("other.db"), at.join("other.csv")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(at.join("labelry.db"), at.join("soft.csv")).unwrap();
    write(at, "mine.csv", &["mine"]);
}

fn bytes(at: &Path, name: &str) -> Vec<u8> {
    std::fs::read(at.join(name)).unwrap()
}

fn run(at: &Path, args: &[&str], out: &str, force: bool) -> (bool, String) {
    let args = args.iter().map(|word| if *word == "OUT" { out } else { word });
    let args: Vec<&str> = args.chain(force.then_some("--force")).collect();
    let output = labelry(at, &args);
    (output.status.success(), String::from_utf8(output.stderr).unwrap())
}

#[cfg(unix)]
#[test]
fn no_command_writes_onto_a_labelry_file_or_its_log_under_any_name() {
    let folder = folder();
    let at = folder.path();
    house(at);
    let before = (bytes(at, "labelry.db"), bytes(at, "other.db"));
    let names = ["labelry.db", "hard.csv", "soft.csv", "other.db", "other.csv", "labelry.db-wal", "other.db-shm"];
    for writer in WRITERS {
        for name in names {
            for force in [false, true] {
                let (done, said) = run(at, writer, name, force);
                assert!(!done && said.contains(name) && said.contains("hint: "), "{writer:?} {name}: {said}");
            }
        }
    }
    assert!(before == (bytes(at, "labelry.db"), bytes(at, "other.db")));
    assert!(!at.join("labelry.db-wal").exists() && !at.join("other.db-shm").exists());
    done(at, &["check"]);
}

#[test]
fn what_is_there_is_replaced_only_with_force_and_that_is_said() {
    let folder = folder();
    let at = folder.path();
    house(at);
    for writer in WRITERS {
        write(at, "mine.csv", &["mine"]);
        let (done, said) = run(at, writer, "mine.csv", false);
        assert!(
            !done && said.contains("'mine.csv' is there already") && said.contains("--force"),
            "{writer:?}: {said}"
        );
        assert_eq!(bytes(at, "mine.csv"), b"mine\n");
        let (done, said) = run(at, writer, "mine.csv", true);
        assert!(done && said.contains("replaced mine.csv"), "{writer:?}: {said}");
        assert_ne!(bytes(at, "mine.csv"), b"mine\n");
        let _absent = std::fs::remove_file(at.join("labels.json"));
        std::fs::remove_file(at.join("mine.csv")).unwrap();
    }
    let names = std::fs::read_dir(at).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    assert!(names.into_iter().all(|name| !name.contains("part")), "nothing half is left");
}

#[test]
fn an_input_is_no_output_and_two_outputs_are_two_files() {
    let folder = folder();
    let at = folder.path();
    house(at);
    let before = bytes(at, "r.csv");
    for flag in ["--html", "--csv", "--explain"] {
        let (done, said) = run(at, &["agreement", "r.csv", flag, "OUT"], "./r.csv", true);
        assert!(!done && said.contains("is read by the same command"), "{said}");
    }
    let (done, said) = run(at, &["agreement", "r.csv", "--html", "x", "--csv", "OUT"], "./x", true);
    assert!(!done && said.contains("is written by the same command already"), "{said}");
    assert_eq!(before, bytes(at, "r.csv"));
    assert!(!at.join("x").exists());
}

#[test]
fn what_stands_beside_a_named_file_is_not_replaced_unasked_either() {
    let folder = folder();
    let at = folder.path();
    house(at);
    write(at, "labels.json", &["mine"]);
    let writer = ["export", "--format", "training", "--out", "OUT"];
    let (done, said) = run(at, &writer, "t.csv", false);
    assert!(!done && said.contains("labels.json' is there already"), "{said}");
    assert!(!at.join("t.csv").exists() && bytes(at, "labels.json") == b"mine\n");
    let (done, said) = run(at, &writer, "t.csv", true);
    assert!(done && said.contains("replaced labels.json"), "{said}");
}

#[test]
fn bad_lines_are_kept_beside_their_file_and_replace_nothing_unasked() {
    let folder = folder();
    let at = folder.path();
    house(at);
    write(at, "b.jsonl", &["{\"id\":\"q\",\"text\":\"x\"}", "{"]);
    write(at, "b.jsonl.bad.jsonl", &["mine"]);
    let import = ["import", "b.jsonl", "--dataset", "b", "--labels", "a", "--skip-bad"];
    let (done, said) = run(at, &import, "", false);
    assert!(!done && said.contains("'b.jsonl.bad.jsonl' is there already") && said.contains("--force"), "{said}");
    assert_eq!(bytes(at, "b.jsonl.bad.jsonl"), b"mine\n");
    assert!(run(at, &import, "", true).0);
    assert_ne!(bytes(at, "b.jsonl.bad.jsonl"), b"mine\n");
    assert!(run(at, &import, "", false).0, "the same lines again are no conflict");
    // Nor is a dataset written over that has such a name.
    done_with(at, &["import", "b.jsonl", "--dataset", "b", "--labels", "a", "--skip-bad"]);
}

/// Somebody has named their labelry file as the bad lines of an import would be.
fn done_with(at: &Path, import: &[&str]) {
    std::fs::remove_file(at.join("b.jsonl.bad.jsonl")).unwrap();
    let output = command(at, &[&["--db", "b.jsonl.bad.jsonl"], import, &["--force"]].concat()).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains("is the labelry file itself"), "{said}");
}

#[cfg(unix)]
#[test]
fn a_command_does_not_read_its_own_labelry_file_as_another_one() {
    let folder = folder();
    let at = folder.path();
    house(at);
    for name in ["labelry.db", "hard.csv", "soft.csv", "labelry.db-wal", "labelry.db-shm"] {
        let list = format!("@{name}");
        let vectors = format!("v={name}");
        let readers: &[&[&str]] = &[
            &["import", name],
            &["import", "n.csv", "--labels", &list],
            &["import", "n.csv", "--vectors", &vectors],
            &["import", "n.csv", "--map-users", name],
            &["import", "n.csv", "--settings", name],
            &["merge", name],
            &["agreement", "r.csv", name],
            &["agreement", "r.csv", "--labels", &list],
            &["datasets", "set", "--guidelines", &list],
            &["users", "add-key", "ana", name],
            &["controls", "add", name],
            &["responses", "copy", "--from", "d", "--to", "d", "--mapping", name],
        ];
        for reader in readers {
            let (done, said) = run(at, reader, "", false);
            assert!(
                !done
                    && (said.contains("labelry file")
                        || said.contains("merged into")
                        || said.contains("there is no file")),
                "{reader:?}: {said}"
            );
        }
    }
}

#[cfg(unix)]
#[test]
fn a_device_is_written_to_as_it_is_and_a_dash_is_standard_output() {
    let folder = folder();
    let at = folder.path();
    house(at);
    for writer in
        WRITERS.iter().filter(|writer| !["backup", "pack"].contains(&writer[0]) && !writer.contains(&"training"))
    {
        assert!(run(at, writer, "/dev/null", false).0, "{writer:?}");
        assert!(run(at, writer, "/dev/null", true).0, "{writer:?}");
    }
    for writer in [["backup", "OUT"].as_slice(), &["pack", "--for", "ana", "--out", "OUT"]] {
        let (done, said) = run(at, writer, "/dev/null", true);
        assert!(!done && said.contains("'/dev/null' is no file"), "{said}");
    }
    assert!(std::fs::metadata("/dev/null").is_ok_and(|about| !about.is_file()));
    assert_eq!(done(at, &["export", "--out", "-"]), done(at, &["export"]));
    assert!(!at.join("-").exists());
}
