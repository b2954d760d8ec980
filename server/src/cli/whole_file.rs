//! A file that appears only when it is complete.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::cli::CliError;

/// A file that is written beside its place and renamed at the end. So nobody takes half a file of
/// answers for a whole one.
pub(super) struct WholeFile {
    path: PathBuf,
    beside: PathBuf,
    file: BufWriter<File>,
}

impl WholeFile {
    pub fn create(path: &Path) -> Result<Self, CliError> {
        let mut beside = path.as_os_str().to_owned();
        beside.push(".part");
        let beside = PathBuf::from(beside);
        let file = File::create(&beside).map_err(|source| failed(path, source))?;
        Ok(Self { path: path.to_owned(), beside, file: BufWriter::new(file) })
    }

    pub fn finish(self) -> Result<(), CliError> {
        let Self { path, beside, file } = self;
        file.into_inner()
            .map_err(std::io::IntoInnerError::into_error)
            .and_then(|file| file.sync_all())
            .and_then(|()| std::fs::rename(beside, &path))
            .map_err(|source| failed(&path, source))
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

pub(super) fn failed(path: &Path, source: std::io::Error) -> CliError {
    CliError::Io { what: path.display().to_string(), source }
}
