//! Where a file lies: WAL needs memory that all its readers share, and a network file system has none.

use std::path::{Path, PathBuf};

/// The network file system that `path` lies on, or none; also none where it cannot be told.
#[cfg(target_os = "linux")]
pub(super) fn network(path: &Path) -> Option<String> {
    let about = rustix::fs::statfs(path).ok()?;
    // The kernel's magic numbers have 32 bits; the type of the field is the platform's.
    let magic = about.f_type as u32;
    let mounts = if magic == FUSE { std::fs::read_to_string("/proc/self/mountinfo").ok() } else { None };
    let device = rustix::fs::stat(path).ok().map(|about| about.st_dev);
    let device = device.map(|device| (rustix::fs::major(device), rustix::fs::minor(device)));
    let kind = mounts.zip(device).and_then(|(mounts, device)| mount_type(&mounts, device).map(str::to_owned));
    by_magic(magic, kind.as_deref())
}

/// The network file system that `path` lies on, or none; also none where it cannot be told.
#[cfg(target_os = "macos")]
pub(super) fn network(path: &Path) -> Option<String> {
    let about = rustix::fs::statfs(path).ok()?;
    let bytes = about.f_fstypename.iter().map(|letter| *letter as u8).take_while(|letter| *letter != 0);
    by_name(&String::from_utf8_lossy(&bytes.collect::<Vec<u8>>()))
}

/// The network file system that `path` lies on, or none; also none where it cannot be told.
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
pub(super) fn network(_path: &Path) -> Option<String> {
    None
}

#[cfg(any(target_os = "linux", test))]
const FUSE: u32 = 0x6573_5546;

/// Linux: `statfs(2)` and `include/uapi/linux/magic.h`; `kind` is the type of a FUSE mount.
#[cfg(any(target_os = "linux", test))]
fn by_magic(magic: u32, kind: Option<&str>) -> Option<String> {
    let name = match magic {
        0x6969 => "NFS",
        0x517B | 0xFE53_4D42 => "SMB",
        0xFF53_4D42 => "CIFS",
        0x0102_1997 => "9p",
        0x5346_414F | 0x6B41_4653 => "AFS",
        0x7375_7245 => "Coda",
        0x564C => "NCP",
        0x00C3_6400 => "Ceph",
        0x0BD0_0BD0 => "Lustre",
        0x4750_4653 => "GPFS",
        0x1983_0326 => "BeeGFS",
        0x786F_4256 => "a VirtualBox shared folder",
        FUSE => return kind.and_then(by_name),
        _ => return None,
    };
    Some(name.to_owned())
}

/// By the name of its type. FUSE carries local file systems too (encryption, NTFS, the layers of a container), so only
/// those that are known to go over a network or to a host are named.
#[cfg(any(target_os = "linux", target_os = "macos", test))]
fn by_name(kind: &str) -> Option<String> {
    let bare = kind.strip_prefix("fuse.").unwrap_or(kind);
    let known = [
        "nfs",
        "nfs4",
        "smbfs",
        "cifs",
        "smb3",
        "afpfs",
        "webdav",
        "sshfs",
        "macfuse",
        "osxfuse",
        "rclone",
        "s3fs",
        "gcsfuse",
        "goofys",
        "mount-s3",
        "davfs",
        "davfs2",
        "curlftpfs",
        "glusterfs",
        "ceph-fuse",
        "juicefs",
        "gvfsd-fuse",
        "smbnetfs",
        "vmhgfs-fuse",
        "prl_fs",
        "google-drive-ocamlfuse",
        "onedriver",
        "blobfuse",
        "blobfuse2",
    ];
    known.contains(&bare).then(|| bare.to_owned())
}

/// The type of the mount with this device, from the text of `/proc/self/mountinfo` (`proc_pid_mountinfo(5)`).
#[cfg(any(target_os = "linux", test))]
fn mount_type(mounts: &str, (major, minor): (u32, u32)) -> Option<&str> {
    let device = format!("{major}:{minor}");
    let line = mounts.lines().rfind(|line| line.split(' ').nth(2) == Some(device.as_str()))?;
    line.split(" - ").nth(1)?.split(' ').next()
}

/// The file that `SQLite` keeps beside this one.
pub(super) fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::{FUSE, by_magic, by_name, mount_type};

    #[test]
    fn network_file_systems_are_told_from_local_ones() {
        let network = [0x6969, 0x517B, 0xFE53_4D42, 0xFF53_4D42, 0x0102_1997, 0x0BD0_0BD0];
        assert!(network.iter().all(|magic| by_magic(*magic, None).is_some()));
        // ext4, XFS, btrfs, tmpfs, overlayfs, ZFS.
        let local = [0xEF53, 0x5846_5342, 0x9123_683E, 0x0102_1994, 0x794C_7630, 0x2FC1_2FC1];
        assert!(local.iter().all(|magic| by_magic(*magic, None).is_none()));
        assert_eq!(by_magic(FUSE, Some("fuse.sshfs")).as_deref(), Some("sshfs"));
        assert_eq!(by_magic(FUSE, Some("fuse.gocryptfs")), None);
        assert_eq!(by_magic(FUSE, None), None);
        assert_eq!(by_name("smbfs").as_deref(), Some("smbfs"));
        assert_eq!(by_name("apfs"), None);
    }

    #[test]
    fn the_type_of_a_mount_is_found_by_its_device() {
        let mounts = "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n36 22 0:52 / /mnt rw shared:1 - fuse.sshfs a:b rw\n";
        assert_eq!(mount_type(mounts, (0, 52)), Some("fuse.sshfs"));
        assert_eq!(mount_type(mounts, (8, 1)), Some("ext4"));
        assert_eq!(mount_type(mounts, (9, 9)), None);
    }
}
