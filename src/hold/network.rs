//! Which file systems have their files on another machine, where a lock of ours may mean nothing.

use std::io;
use std::path::Path;

/// The type numbers that Linux gives in `statfs`, for file systems shared between machines.
const NETWORK_FILE_SYSTEMS: &[(u32, &str)] = &[
    (0x0000_6969, "NFS"),
    (0x0000_517B, "SMB"),
    (0xFF53_4D42, "CIFS"),
    (0xFE53_4D42, "SMB2"),
    (0x5346_414F, "AFS"),
    (0x6B41_4653, "AFS"),
    (0x00C3_6400, "Ceph"),
    (0x7375_7245, "Coda"),
    (0x0000_564C, "NCP"),
    (0x0BD0_0BD0, "Lustre"),
    (0x4750_4653, "GPFS"),
    (0x7461_636F, "OCFS2"),
    (0x0116_1970, "GFS2"),
];

/// The name of the network file system that `path` lies on, or `None` when it is a local one.
#[cfg(target_os = "linux")]
pub(super) fn network_file_system(path: &Path) -> io::Result<Option<&'static str>> {
    Ok(by_type(rustix::fs::statfs(path)?.f_type as u32))
}

/// Other systems name the types of their file systems otherwise; there every one is trusted.
#[cfg(not(target_os = "linux"))]
pub(super) fn network_file_system(_path: &Path) -> io::Result<Option<&'static str>> {
    Ok(None)
}

fn by_type(number: u32) -> Option<&'static str> {
    NETWORK_FILE_SYSTEMS.iter().find(|(known, _)| *known == number).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_local_folder_is_not_on_the_network() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(network_file_system(dir.path()).unwrap(), None);
        assert!(network_file_system(&dir.path().join("missing")).is_err());
    }

    #[test]
    fn shares_are_known_by_their_type() {
        assert_eq!(by_type(0x6969), Some("NFS"));
        assert_eq!(by_type(0xFF53_4D42), Some("CIFS"));
        assert_eq!(by_type(0xEF53), None, "ext4");
    }
}
