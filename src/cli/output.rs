//! Files written under a temporary name beside their place and renamed once all are whole.

use std::fs::File;
use std::io::{BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use super::Failure;
use crate::exchange::out::{Files, Shape, Sink};
use crate::exchange::{Barred, Begun, Kept, Outputs};
use crate::jobs::JobError;
use crate::text::one_line;

/// Writes the file; what stood there stays when anything goes wrong.
pub(super) fn write(
    path: &Path,
    outputs: &Outputs,
    fill: impl FnOnce(&mut BufWriter<File>) -> Result<(), JobError>,
) -> Result<(), Failure> {
    let written = outputs.begin(path).map_err(JobError::from).and_then(|(file, begun)| {
        let mut out = BufWriter::with_capacity(1 << 16, file);
        fill(&mut out)?;
        out.flush()?;
        begun.sync()?;
        Ok(begun.keep(outputs)?)
    });
    match written {
        Ok(kept) => Ok(say_replaced(&[kept])?),
        Err(JobError::Write(why)) => Err(failure(path, &why)),
        Err(error) => Err(error.into()),
    }
}

/// Says which files others made way for.
pub(super) fn say_replaced(kept: &[Kept]) -> std::io::Result<()> {
    let names = kept.iter().filter(|kept| kept.replaced).map(|kept| one_line(&kept.path.display().to_string()));
    let names: Vec<String> = names.collect();
    if names.is_empty() { Ok(()) } else { writeln!(std::io::stderr(), "replaced {}", names.join(", ")) }
}

/// What cannot be written, and the way out.
pub(super) fn failure(path: &Path, why: &std::io::Error) -> Failure {
    use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    if let Some(barred) = Barred::of(why) {
        return Failure::failed(format!("cannot write: {barred}")).or_hint(barred.hint);
    }
    let way_out = match why.kind() {
        StorageFull | QuotaExceeded | FileTooLarge => "make room there, or name a file on another disk",
        _ => "name a file in a folder that is there and that you may write to",
    };
    Failure::failed(format!("cannot write '{}': {why}", path.display())).or_hint(way_out)
}

/// The files of an export. What is not kept at the end is taken away.
pub(super) struct Fresh {
    main: PathBuf,
    /// Whether the person named a folder.
    folder: bool,
    /// The folder, where it was made for this.
    made: Option<PathBuf>,
    outputs: Outputs,
    open: Vec<Begun>,
}

impl Fresh {
    /// A main file and what goes beside it.
    pub(super) fn file(path: &Path, outputs: Outputs) -> Self {
        Self { main: path.to_owned(), folder: false, made: None, outputs, open: Vec::new() }
    }

    /// Files in a folder, which is made where there is none.
    pub(super) fn folder(path: &Path, main: &str, outputs: Outputs) -> std::io::Result<Self> {
        let new = !path.exists();
        std::fs::create_dir_all(path)?;
        let made = new.then(|| path.to_owned());
        Ok(Self { main: path.join(main), folder: true, made, outputs, open: Vec::new() })
    }

    fn create(&mut self, path: &Path) -> std::io::Result<Sink> {
        let (file, begun) = self.outputs.begin(path)?;
        self.open.push(begun);
        Ok(Box::new(BufWriter::with_capacity(1 << 16, file)))
    }

    /// Gives the files their names; tells these.
    pub(super) fn keep(mut self) -> std::io::Result<Vec<Kept>> {
        self.open.iter().try_for_each(Begun::sync)?;
        let mut names = Vec::new();
        for begun in std::mem::take(&mut self.open) {
            names.push(begun.keep(&self.outputs)?);
        }
        self.made = None;
        Ok(names)
    }
}

impl Files for Fresh {
    fn main(&mut self) -> std::io::Result<Sink> {
        self.create(&self.main.clone())
    }

    fn beside(&mut self, name: &str) -> std::io::Result<Sink> {
        self.create(&self.main.with_file_name(name))
    }

    /// `test` in the place of `train`, or `-test` behind the stem.
    fn rest(&mut self) -> std::io::Result<Sink> {
        let stem = self.main.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let stem = stem.strip_suffix("train").map_or_else(|| format!("{stem}-test"), |stem| format!("{stem}test"));
        let mut path = self.main.with_file_name(stem);
        if let Some(end) = self.main.extension() {
            path.as_mut_os_string().push(".");
            path.as_mut_os_string().push(end);
        }
        self.create(&path)
    }

    fn is_folder(&self) -> bool {
        self.folder
    }

    fn shape(&self) -> Shape {
        Shape::of_name(&self.main)
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        self.open.clear();
        if let Some(folder) = &self.made {
            let _not_empty = std::fs::remove_dir(folder);
        }
    }
}

/// Standard output.
pub(super) struct Stdout {
    /// What a table is there.
    pub(super) shape: Shape,
}

impl Files for Stdout {
    fn main(&mut self) -> std::io::Result<Sink> {
        let out = std::io::stdout();
        if !out.is_terminal() {
            return Ok(Box::new(BufWriter::with_capacity(1 << 16, out)));
        }
        Ok(Box::new(SafeLines { line: Vec::new(), json: self.shape == Shape::Lines, out }))
    }

    fn beside(&mut self, name: &str) -> std::io::Result<Sink> {
        Err(std::io::Error::other(format!("'{name}' has no place on standard output")))
    }

    fn rest(&mut self) -> std::io::Result<Sink> {
        self.beside("the other half")
    }

    fn is_folder(&self) -> bool {
        false
    }

    fn shape(&self) -> Shape {
        self.shape
    }
}

/// Lines on their way to a terminal: no text of a record may steer it.
struct SafeLines<W> {
    line: Vec<u8>,
    json: bool,
    out: W,
}

impl<W: Write> Write for SafeLines<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let (ended, begun) = bytes.split_at(whole);
        if !ended.is_empty() {
            self.line.extend(ended);
            let lines = std::mem::take(&mut self.line);
            let lines = String::from_utf8_lossy(&lines);
            let harmless = if self.json {
                super::harmless_json(&lines)
            } else {
                // CSV has no escapes: what is shown says less than a file would.
                lines.split('\n').map(crate::text::one_line).collect::<Vec<_>>().join("\n")
            };
            self.out.write_all(harmless.as_bytes())?;
        }
        self.line.extend(begun);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::{Fresh, SafeLines};
    use crate::exchange::Outputs;
    use crate::exchange::out::Files;

    #[test]
    fn files_that_are_not_kept_leave_nothing_and_those_that_are_have_their_names() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("new");
        let mut files = Fresh::folder(&out, "train.csv", Outputs::default()).unwrap();
        files.main().unwrap().write_all(b"x").unwrap();
        files.beside("labels.json").unwrap().write_all(b"y").unwrap();
        drop(files);
        assert!(!out.exists());
        let mut files = Fresh::folder(&out, "train.csv", Outputs::default()).unwrap();
        for mut file in [files.main().unwrap(), files.rest().unwrap()] {
            file.write_all(b"x").unwrap();
        }
        let names: Vec<_> = files.keep().unwrap().into_iter().map(|kept| kept.path).collect();
        assert_eq!(names, [out.join("train.csv"), out.join("test.csv")]);
        assert!(names.iter().all(|name| std::fs::read(name).unwrap() == b"x"));
        let mut files = Fresh::file(&out.join("a.b.csv"), Outputs::default());
        drop((files.main().unwrap(), files.rest().unwrap()));
        assert_eq!(files.keep().unwrap()[1].path, out.join("a.b-test.csv"));
    }

    #[test]
    fn what_goes_to_a_terminal_cannot_steer_it_and_says_the_same() {
        let mut shown = SafeLines { line: Vec::new(), json: true, out: Vec::new() };
        let lines = "{\"a\":\"\u{9b}2J\u{202e}ü\"}\n{\"b\":\"\u{7f}\"}\n";
        for bytes in lines.as_bytes().chunks(3) {
            shown.write_all(bytes).unwrap();
        }
        let said = String::from_utf8(shown.out).unwrap();
        assert_eq!(said, "{\"a\":\"\\u009b2J\\u202eü\"}\n{\"b\":\"\\u007f\"}\n");
        for (line, shown) in lines.lines().zip(said.lines()) {
            let read = |text| serde_json::from_str::<serde_json::Value>(text).unwrap();
            assert_eq!(read(line), read(shown));
        }
    }

    #[test]
    fn a_table_on_a_terminal_cannot_steer_it_either() {
        let mut shown = SafeLines { line: Vec::new(), json: false, out: Vec::new() };
        shown.write_all(b"id,text\na,\x1b[2Jb\n").unwrap();
        let said = String::from_utf8(shown.out).unwrap();
        assert!(said.starts_with("id,text\n") && !said.contains('\u{1b}') && said.ends_with("b\n"), "{said}");
    }
}
