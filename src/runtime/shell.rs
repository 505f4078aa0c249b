//! Whether somebody can bring this program back after Ctrl-Z.

/// Whether a shell with job control waits for it. Under `ssh -t host labelry` or as a terminal's only program there is
/// none: POSIX calls the process group orphaned then, and whoever stops in it stays stopped.
pub(super) fn can_stop() -> bool {
    if !cfg!(target_os = "linux") {
        return true;
    }
    let Some(own) = about("self") else { return true };
    let mut of = own;
    // Up through a group to whoever made it.
    for _ in 0..64 {
        match about(&of.parent.to_string()) {
            Some(parent) if parent.session != own.session => return false,
            Some(parent) if parent.group != own.group => return true,
            Some(parent) => of = parent,
            None => return false,
        }
    }
    false
}

#[derive(Clone, Copy)]
struct About {
    parent: u32,
    group: u32,
    session: u32,
}

/// What the system tells of a process.
fn about(process: &str) -> Option<About> {
    parse_stat(&std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?)
}

/// What `proc_pid_stat(5)` says; the process's name, in brackets, may hold anything. In a container, a session or a
/// parent that is outside of it is 0.
fn parse_stat(text: &str) -> Option<About> {
    let mut fields = text.rsplit_once(')')?.1.split_whitespace().skip(1).map(|field| field.parse().ok());
    Some(About { parent: fields.next()??, group: fields.next()??, session: fields.next()?? })
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #[test]
    fn a_process_knows_its_group_and_its_session() {
        let told = super::parse_stat("812 (a) b (c)) S 700 812 0 34816 812 4194304").unwrap();
        assert_eq!((told.parent, told.group, told.session), (700, 812, 0));
        assert!(super::parse_stat("812 (labelry) S 700 812").is_none());
        assert!(super::parse_stat("").is_none());
        // No two of ours: the system's own words are read as well.
        assert_eq!(super::about("self").is_some(), std::path::Path::new("/proc/self/stat").exists());
        assert!(super::about("no process").is_none());
    }
}
