//! The only reading of files in this module: the flow file, a file of parameters, a parameter that is a file. All bounded.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use processors_api::{Diagnostic, SOURCE_BYTES_MAX, Source};

use super::{code, report::LoadErrors};

/// A YAML file, and the BLAKE3 of its bytes.
pub(super) fn read_source(path: &Path) -> Result<(Source, [u8; 32]), LoadErrors> {
    let name = path.display().to_string();
    // One byte more than allowed: the source then says that it is too large.
    let bytes = match read(path, SOURCE_BYTES_MAX as u64 + 1) {
        Ok(bytes) => bytes,
        Err(error) => return Err(unreadable(name, &error)),
    };
    let version = *blake3::hash(&bytes).as_bytes();
    match Source::from_bytes(name, bytes) {
        Ok(source) => Ok((source, version)),
        Err(error) => Err(LoadErrors::unreadable(error.file, error.diagnostic)),
    }
}

/// The beginning of a file, at most so many bytes.
pub(super) fn read(path: &Path, bytes_max: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(bytes_max).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn unreadable(name: String, error: &io::Error) -> LoadErrors {
    let source = Source::new(name, "");
    let label = match error.kind() {
        io::ErrorKind::NotFound => "there is no such file",
        io::ErrorKind::PermissionDenied => "you may not read it",
        io::ErrorKind::IsADirectory => "this is a folder",
        _ => "the system refuses",
    };
    let message = format!("this file cannot be read: {error}");
    let diagnostic = Diagnostic::error(code::UNREADABLE, source.span(0..0), message).label(label);
    LoadErrors::unreadable(source, diagnostic)
}
