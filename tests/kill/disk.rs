//! A disk that fills up and empties again under a running server.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use calloff_tests::{Data, ServerProcess};
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use tempfile::TempDir;

/// The size of the disk in bytes: the data of the test, its log, and some space.
const SIZE: &str = "size=16m";

/// How the server's disk becomes full.
pub enum SmallDisk {
    /// A file system in memory that other files fill, if this process may mount one.
    Mounted(TempDir),
    /// Otherwise the system forbids the server's files to grow (`RLIMIT_FSIZE`), so that SQLite
    /// cannot write either.
    Limited,
}

impl SmallDisk {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", SIZE, "tmpfs"])
            .arg(folder.path())
            .output();
        let is_mounted = mounted.is_ok_and(|done| done.status.success());
        if is_mounted { Self::Mounted(folder) } else { Self::Limited }
    }

    /// A folder on the disk, with the files of other data.
    pub fn data_with(&self, data: &Data) -> Data {
        let folder = match self {
            Self::Mounted(disk) => tempfile::tempdir_in(disk.path()),
            Self::Limited => tempfile::tempdir(),
        };
        let folder = folder.expect("a folder");
        for file in
            std::fs::read_dir(data.path()).expect("a folder").map(|file| file.expect("a file"))
        {
            std::fs::copy(file.path(), folder.path().join(file.file_name())).expect("a copy");
        }
        Data::in_folder(folder)
    }

    /// Fills the disk.
    pub fn fill(&self, server: &ServerProcess) {
        match self {
            Self::Mounted(disk) => {
                let mut filler = File::create(filler(disk.path())).expect("a file");
                // In smaller and smaller parts, until no byte fits any more.
                for part in [1 << 20, 1 << 12, 1] {
                    while filler.write_all(&vec![0; part]).is_ok() {}
                }
            }
            Self::Limited => limit(server, Some(1)),
        }
    }

    /// Frees the space again.
    pub fn empty(&self, server: &ServerProcess) {
        match self {
            Self::Mounted(disk) => std::fs::remove_file(filler(disk.path())).expect("the file"),
            Self::Limited => limit(server, None),
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        if let Self::Mounted(folder) = self {
            // Unmounts lazily, because a server of a failed test may still use it.
            let _ = Command::new("umount").arg("-l").arg(folder.path()).output();
        }
    }
}

fn filler(disk: &Path) -> std::path::PathBuf {
    disk.join("filler")
}

/// Sets how large the server's files may become, in bytes.
fn limit(server: &ServerProcess, most: Option<u64>) {
    let id = i32::try_from(server.id()).ok().and_then(Pid::from_raw).expect("a process id");
    prlimit(Some(id), Resource::Fsize, Rlimit { current: most, maximum: None })
        .expect("its limit is ours to change");
}
