//! A disk that is full and Ctrl-C in the middle: nothing is half written, what was there stands. That an import leaves no
//! file behind stands in `reading` and `import`.

#![cfg(unix)]

use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::bad_files::partials;
use crate::cases::{HEADER, command, done, folder, labelry, write};

/// A dataset of some megabytes.
fn large(at: &Path) {
    // Digits of a linear congruential generator: no format packs them to nothing.
    let mut state = 1_u64;
    let mut digits = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        format!("{:08x}", state >> 32)
    };
    let mut record = |n: usize| {
        let text: String = (0..120).map(|_| digits()).collect();
        format!("{{\"id\":\"r{n}\",\"fields\":{{\"text\":\"{text}\"}}}}")
    };
    let lines: Vec<String> = std::iter::once(HEADER.to_owned()).chain((0..4_000).map(&mut record)).collect();
    std::fs::write(at.join("d.jsonl"), lines.join("\n")).unwrap();
    done(at, &["import", "d.jsonl"]);
    std::fs::remove_file(at.join("d.jsonl")).unwrap();
}

/// Runs where no file may grow beyond so many blocks of 512 bytes (1,024 in some shells), which acts as a full disk does.
fn cramped(at: &Path, blocks: u32, args: &str) -> Output {
    let script = format!("ulimit -f {blocks}; exec '{}' {args}", env!("CARGO_BIN_EXE_labelry"));
    Command::new("sh").args(["-c", &script]).current_dir(at).env_clear().env("USER", "ana").output().unwrap()
}

#[test]
fn a_disk_that_is_full_in_the_middle_of_an_export_leaves_the_old_file() {
    let folder = folder();
    let at = folder.path();
    large(at);
    let mut formats = vec!["jsonl", "csv"];
    if cfg!(feature = "parquet") {
        formats.push("parquet");
    }
    for end in formats {
        let name = format!("d.{end}");
        write(at, &name, &["old"]);
        for file in [&name, &format!("new.{end}")] {
            let output = cramped(at, 1_000, &format!("export --force --out {file}"));
            let said = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(1), "{said}");
            let hint = "\nhint: make room there, or name a file on another disk\n";
            assert!(said.starts_with(&format!("labelry: cannot write '{file}': ")) && said.ends_with(hint), "{said}");
        }
        assert_eq!(std::fs::read_to_string(at.join(&name)).unwrap(), "old\n");
        assert!(!at.join(format!("new.{end}")).exists() && partials(at).is_empty());
    }
    let output = cramped(at, 1_000, "export --format label-studio --out tasks/");
    assert_eq!((output.status.code(), at.join("tasks").exists()), (Some(1), false));
}

#[test]
fn refused_rows_that_find_no_room_take_the_import_back() {
    let folder = folder();
    let at = folder.path();
    let bad = format!("{{\"text\":5,\"more\":\"{}\"}}", "x".repeat(1_000));
    let lines: Vec<&str> = std::iter::once("{\"text\":\"a\"}").chain((0..4_000).map(|_| bad.as_str())).collect();
    write(at, "t.jsonl", &lines);
    let output = cramped(at, 2_000, "import t.jsonl --skip-bad");
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.starts_with("labelry: the 4000 bad lines of t.jsonl cannot be kept beside it: "), "{said}");
    assert!(said.contains("\nhint: nothing was imported; make room there"), "{said}");
    assert_eq!(std::fs::read_dir(at).unwrap().count(), 1, "nothing is left behind");
    let said = done(at, &["import", "t.jsonl", "--skip-bad"]);
    assert!(said.contains("t: 1 records") && said.contains("4000 bad lines, kept in"), "{said}");
}

#[test]
fn ctrl_c_in_the_middle_of_an_export_leaves_the_old_file() {
    let folder = folder();
    let at = folder.path();
    large(at);
    write(at, "o.jsonl", &["old"]);
    let mut child = command(at, &["export", "--force", "--out", "o.jsonl"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while partials(at).is_empty() && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    let sent = Command::new("sh").args(["-c", &format!("kill -INT {}", child.id())]).status();
    let code = child.wait().unwrap().code();
    // Where it was through before the signal came, the new file is whole.
    let now = std::fs::read_to_string(at.join("o.jsonl")).unwrap();
    match code {
        Some(130) => assert_eq!(now, "old\n"),
        other => assert_eq!((other, now.lines().count()), (Some(0), 4_001), "{sent:?}"),
    }
    assert!(partials(at).is_empty());
}

#[test]
fn a_second_export_does_not_take_what_stands_beside_the_first() {
    let folder = folder();
    let at = folder.path();
    let answered = r#"{"id":"a","fields":{"text":"x"},"responses":[{"user":"bob","status":"submitted","answers":{"topic":["tax"]}}]}"#;
    write(at, "d.jsonl", &[HEADER, answered]);
    done(at, &["import", "d.jsonl"]);
    let training = ["export", "--format", "training", "--out"];
    done(at, &[&training[..], &["a.csv"]].concat());
    done(at, &[&training[..], &["a.csv", "--force"]].concat());
    let labels = std::fs::read(at.join("labels.json")).unwrap();
    let check = |args: &[&str], name: &str, beside: &str| {
        let output = labelry(at, &[&["export", "--format"], args, &["--out", name]].concat());
        let said = String::from_utf8(output.stderr).unwrap();
        let told = format!(
            "labelry: cannot write: '{beside}' is there already\n\
             hint: name another file or a folder, or replace it with --force\n"
        );
        assert_eq!((said, output.status.code()), (told, Some(1)));
        assert!(!at.join(name).exists() && partials(at).is_empty());
    };
    check(&["training"], "b.csv", "labels.json");
    write(at, "test.jsonl", &["mine"]);
    check(&["training", "--split", "0.5"], "train.jsonl", "test.jsonl");
    write(at, "argilla.yaml", &["mine"]);
    check(&["argilla-v1"], "r.jsonl", "argilla.yaml");
    assert_eq!(std::fs::read(at.join("labels.json")).unwrap(), labels);
    done(at, &[&training[..], &["b/"]].concat());
    done(at, &[&training[..], &["b/", "--force"]].concat());
    assert!(at.join("b/train.jsonl").exists() && at.join("b/labels.json").exists());
}
