//! One read of a file serves hash, EXIF and pixels.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use super::{FileKind, MediaError, file_kind};
use crate::domain::PhotoHash;

/// Larger files are no photos anybody takes; reading one whole would only fill the memory.
const MOST_BYTES: u64 = 512 << 20;
/// Enough to tell what a file is.
const HEAD: u64 = 4096;

/// All bytes of a photo; of a file that [`file_kind`] skips, at most the first 4096, which tell the same again. So a
/// video is never read whole, and an empty text is no trouble.
///
/// # Errors
/// [`MediaError`] when it is empty, larger than 512 MiB, not a file, or the system refuses.
pub fn read(path: &Path) -> Result<Vec<u8>, MediaError> {
    let metadata = fs::metadata(path).map_err(|error| failed(path, &error))?;
    // Looked at before it is opened: opening a pipe would wait for ever.
    if !metadata.is_file() {
        return Err(MediaError::Unreadable("it is not a regular file".to_owned()));
    }
    let mut file = File::open(path).map_err(|error| failed(path, &error))?;
    let mut bytes = Vec::new();
    file.by_ref().take(HEAD).read_to_end(&mut bytes).map_err(|error| failed(path, &error))?;
    if matches!(file_kind(path, &bytes), FileKind::Skip(_)) {
        return Ok(bytes);
    }
    if bytes.is_empty() {
        return Err(MediaError::Empty);
    }
    if metadata.len() > MOST_BYTES {
        return Err(too_large(metadata.len()));
    }
    bytes.reserve_exact((metadata.len() as usize).saturating_sub(bytes.len()));
    // It may grow while it is read.
    file.take(MOST_BYTES).read_to_end(&mut bytes).map_err(|error| failed(path, &error))?;
    if bytes.len() as u64 > MOST_BYTES { Err(too_large(bytes.len() as u64)) } else { Ok(bytes) }
}

fn too_large(length: u64) -> MediaError {
    MediaError::TooLarge(format!("the file has {} MiB", length >> 20))
}

fn failed(path: &Path, error: &io::Error) -> MediaError {
    let link = path.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink());
    match error.kind() {
        io::ErrorKind::PermissionDenied => MediaError::Unreadable("permission denied".to_owned()),
        // Also a link to itself, which has no stable kind.
        _ if link && fs::metadata(path).is_err() => MediaError::BrokenLink,
        io::ErrorKind::NotFound => MediaError::Unreadable("there is no such file any more".to_owned()),
        _ => MediaError::Unreadable(error.to_string()),
    }
}

/// What a photo's content is known by: the first 16 bytes of its BLAKE3 hash.
#[must_use]
pub fn hash(bytes: &[u8]) -> PhotoHash {
    let mut short = [0; 16];
    short.copy_from_slice(&blake3::hash(bytes).as_bytes()[..16]);
    PhotoHash(short)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_cannot_be_read_have_a_kind() {
        let temp = tempfile::tempdir().unwrap();
        let check = |name: &str, expected: &str| {
            let found = read(&temp.path().join(name));
            assert_eq!(found.unwrap_err().kind().name(), expected, "{name}");
        };
        fs::write(temp.path().join("empty.jpg"), b"").unwrap();
        check("empty.jpg", "empty");
        check("missing.jpg", "unreadable");
        check(".", "unreadable");
        let large = File::create(temp.path().join("large.jpg")).unwrap();
        large.set_len(MOST_BYTES + 1).unwrap();
        check("large.jpg", "too-large");
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("nowhere", temp.path().join("broken.jpg")).unwrap();
            check("broken.jpg", "broken-link");
            std::os::unix::fs::symlink("itself.jpg", temp.path().join("itself.jpg")).unwrap();
            check("itself.jpg", "broken-link");
        }
    }

    #[test]
    fn photos_are_read_whole_and_others_only_looked_at() {
        let temp = tempfile::tempdir().unwrap();
        let bytes = [&[0xff, 0xd8, 0xff, 0xe0][..], &[7; 10_000]].concat();
        let check = |name: &str, bytes: &[u8], expected: usize| {
            let path = temp.path().join(name);
            fs::write(&path, bytes).unwrap();
            assert_eq!(read(&path).map(|read| read.len()), Ok(expected), "{name}");
        };
        check("a.jpg", &bytes, bytes.len());
        check("a.mp4", &bytes, bytes.len());
        check("b.mp4", &[7; 10_000], 4096);
        check("empty.txt", b"", 0);
        assert_eq!(hash(b"abc").to_string(), "6437b3ac38465133ffb63b75273a8db5");
    }
}
