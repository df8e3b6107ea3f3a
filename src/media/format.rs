//! What a file is, by its content; the name decides only whether something that is no photo is worth a complaint.

use std::path::Path;

/// Photo formats this program knows of; not all can be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    WebP,
    /// TIFF, or a camera RAW that is one inside.
    Tiff,
    /// GIF; the first frame counts.
    Gif,
    /// Windows bitmap.
    Bmp,
    /// HEIF with HEVC, as iPhones write it.
    Heic,
    /// HEIF with AV1.
    Avif,
    /// JPEG XL.
    JpegXl,
    /// Camera RAW with a preview inside.
    Raw,
    /// A picture that cannot be decoded here; its name with an article where it needs one.
    Other(&'static str),
}

/// What to do with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// Read it.
    Photo(Format),
    /// Count it: videos, sidecars, documents. The text is the plural for the report.
    Skip(&'static str),
    /// Neither known content nor a known name.
    Unknown,
}

const RAW_ENDINGS: &[&str] =
    &["3fr", "arw", "cr2", "cr3", "dng", "erf", "nef", "nrw", "orf", "pef", "raf", "raw", "rw2", "srw", "x3f"];

/// RAW formats that are not TIFF: Fujifilm, Olympus, Panasonic, Sigma, Minolta, old Canon.
const RAW_BEGINNINGS: &[&[u8]] =
    &[b"FUJIFILMCCD-RAW", b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"FOVb", b"\0MRM", b"II\x1a\0\0\0HEAP"];

/// Pictures that nobody's camera writes, or that no permissive decoder without a system library reads.
const OTHERS: &[(&[u8], &str)] = &[
    (b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (&[0xff, 0x4f, 0xff, 0x51], "JPEG 2000"),
    (b"II\xbc\x01", "JPEG XR"),
    (b"#?RADIANCE", "a Radiance HDR picture"),
    (b"#?RGBE", "a Radiance HDR picture"),
    (b"\x76\x2f\x31\x01", "an OpenEXR picture"),
    (b"qoif", "a QOI picture"),
    (b"farbfeld", "a farbfeld picture"),
];

const SKIPPED_ENDINGS: &[(&str, &[&str])] = &[
    ("videos", &["3gp", "avi", "m2ts", "m4v", "mkv", "mov", "mp4", "mpg", "mts", "webm", "wmv"]),
    ("sidecars", &["aae", "csv", "db", "dop", "ini", "json", "pp3", "supplemental-metadata", "xml", "xmp"]),
    (
        "documents",
        &[
            "css", "doc", "docx", "htm", "html", "js", "log", "markdown", "md", "odt", "pdf", "ppt", "pptx", "py",
            "rb", "rst", "rtf", "sh", "svg", "txt", "url", "xls", "xlsx", "yaml", "yml",
        ],
    ),
    ("sound files", &["aac", "flac", "m4a", "mp3", "ogg", "wav"]),
    ("archives", &["7z", "bz2", "gz", "iso", "rar", "tar", "xz", "zip"]),
    ("icons", &["cur", "icns", "ico"]),
    ("libraries", &["albumen", "albumen-lock", "albumen-shm", "albumen-wal"]),
    ("project files", &["afphoto", "lrcat", "psb", "psd", "xcf"]),
];

/// What a file is, from its name and its first bytes (64 are enough).
#[must_use]
pub fn file_kind(path: &Path, head: &[u8]) -> FileKind {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
    // The small picture that a camera writes beside a video is a JPEG like others.
    if ending == "thm" {
        return FileKind::Skip("sidecars");
    }
    if let Some(format) = by_content(head) {
        // Most camera RAW files are TIFF inside; only the name tells them apart.
        let raw = format == Format::Tiff && RAW_ENDINGS.contains(&ending.as_str());
        return FileKind::Photo(if raw { Format::Raw } else { format });
    }
    for (name, endings) in SKIPPED_ENDINGS {
        if endings.contains(&ending.as_str()) {
            return FileKind::Skip(name);
        }
    }
    if head.get(4..8) == Some(b"ftyp") || head.starts_with(&[0x1a, 0x45, 0xdf, 0xa3]) {
        return FileKind::Skip("videos");
    }
    if head.starts_with(b"%PDF") {
        return FileKind::Skip("documents");
    }
    // Other programs' libraries, and our own backups under whatever name.
    if head.starts_with(b"SQLite format 3\0") {
        return FileKind::Skip("databases");
    }
    if RAW_ENDINGS.contains(&ending.as_str()) && !head.is_empty() {
        return FileKind::Photo(Format::Raw);
    }
    FileKind::Unknown
}

fn by_content(head: &[u8]) -> Option<Format> {
    let at = |start: usize, bytes: &[u8]| head.get(start..start + bytes.len()) == Some(bytes);
    if at(0, &[0xff, 0xd8, 0xff]) {
        Some(Format::Jpeg)
    } else if at(0, b"\x89PNG\r\n\x1a\n") {
        Some(Format::Png)
    } else if at(0, b"RIFF") && at(8, b"WEBP") {
        Some(Format::WebP)
    } else if at(0, b"GIF87a") || at(0, b"GIF89a") {
        Some(Format::Gif)
    } else if at(0, b"BM") && bitmap_header(head) {
        Some(Format::Bmp)
    } else if [&b"II*\0"[..], b"MM\0*", b"II+\0", b"MM\0+"].iter().any(|beginning| at(0, beginning)) {
        Some(Format::Tiff)
    } else if RAW_BEGINNINGS.iter().any(|beginning| at(0, beginning)) {
        Some(Format::Raw)
    } else if at(0, &[0xff, 0x0a]) || at(0, b"\0\0\0\x0cJXL \r\n\x87\n") {
        Some(Format::JpegXl)
    } else if at(4, b"ftyp") {
        isobmff(head)
    } else {
        OTHERS
            .iter()
            .find(|(beginning, _)| at(0, beginning))
            .map(|(_, name)| Format::Other(name))
            .or_else(|| portable(head))
    }
}

/// Whether a bitmap's second header has one of the sizes that there are, from OS/2's to the fifth of Windows.
fn bitmap_header(head: &[u8]) -> bool {
    let size = head.get(14..).and_then(|rest| rest.first_chunk::<4>()).map(|four| u32::from_le_bytes(*four));
    size.is_some_and(|size| matches!(size, 12 | 16 | 40 | 52 | 56 | 64 | 108 | 124))
}

/// The family of PBM, PGM, PPM and PAM: a letter, a digit, white space.
fn portable(head: &[u8]) -> Option<Format> {
    let [b'P', b'1'..=b'7', space] = head.first_chunk::<3>()? else { return None };
    space.is_ascii_whitespace().then_some(Format::Other("a PNM picture"))
}

/// The format a HEIF container's brands promise; `None` for videos.
fn isobmff(head: &[u8]) -> Option<Format> {
    let size = u32::from_be_bytes(head.get(0..4)?.try_into().ok()?) as usize;
    let brands = head.get(8..size.min(head.len()))?;
    let has =
        |wanted: &[&[u8; 4]]| brands.chunks_exact(4).any(|brand| wanted.iter().any(|one| brand == one.as_slice()));
    if has(&[b"avif", b"avis"]) {
        Some(Format::Avif)
    } else if has(&[b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"]) {
        Some(Format::Heic)
    } else if has(&[b"crx "]) {
        Some(Format::Raw)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, head: &[u8], expected: FileKind) {
        assert_eq!(file_kind(Path::new(name), head), expected, "{name}");
    }

    #[test]
    fn content_counts_before_the_name() {
        let jpeg = [0xff, 0xd8, 0xff, 0xe0];
        check("a.jpg", &jpeg, FileKind::Photo(Format::Jpeg));
        check("a.png", &jpeg, FileKind::Photo(Format::Jpeg));
        check("a", &jpeg, FileKind::Photo(Format::Jpeg));
        check("a.mp4", &jpeg, FileKind::Photo(Format::Jpeg));
        check("a.tif", b"II*\0....", FileKind::Photo(Format::Tiff));
        check("a.NEF", b"MM\0*....", FileKind::Photo(Format::Raw));
        check("a.tif", b"MM\0+\0\x08\0\0", FileKind::Photo(Format::Tiff));
        check("a.hdr", b"#?RADIANCE\n", FileKind::Photo(Format::Other("a Radiance HDR picture")));
        check("a", b"P6 3 3 255\n", FileKind::Photo(Format::Other("a PNM picture")));
        let hot_spot = [&b"BM\x10\0\0\0\x05\0\x07\0\x1a\0\0\0\x0c\0\0\0"[..], &[0; 20]].concat();
        check("a", &hot_spot, FileKind::Photo(Format::Bmp));
        check("a.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", FileKind::Photo(Format::Heic));
        check("a.avif", b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf", FileKind::Photo(Format::Avif));
        check("a.jxl", b"\0\0\0\x0cJXL \r\n\x87\n", FileKind::Photo(Format::JpegXl));
        check("a", b"\xff\x0a\x05\x08", FileKind::Photo(Format::JpegXl));
    }

    #[test]
    fn what_is_no_photo_is_skipped_by_name_or_unknown() {
        check("a.mov", b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", FileKind::Skip("videos"));
        check("a", b"\0\0\0\x14ftypisom\0\0\0\0isom", FileKind::Skip("videos"));
        check("a.xmp", b"<x:xmpmeta>", FileKind::Skip("sidecars"));
        check("MVI_0001.THM", &[0xff, 0xd8, 0xff, 0xe0], FileKind::Skip("sidecars"));
        check("notes.TXT", b"hello", FileKind::Skip("documents"));
        check("a.ico", &[0, 0, 1, 0, 1, 0], FileKind::Skip("icons"));
        check("faces.backup-2026-01-01", b"SQLite format 3\0\x20\0\x02\x02", FileKind::Skip("databases"));
        check("a.jpg", b"hello, this is a text", FileKind::Unknown);
        check("a.jpg", b"BMW, a car and no bitmap", FileKind::Unknown);
        check("a.jpg", b"P6, a house number", FileKind::Unknown);
        check("a.jpg", b"", FileKind::Unknown);
    }
}
