//! Camera RAW: the largest JPEG preview inside, whatever the maker's container.

use super::MediaError;
use super::jpeg::{self, Coding, Outline};

/// Smaller pictures are thumbnails, too small for faces: 640 × 480 is the least that cameras write as a preview.
const LEAST_PIXELS: u32 = 300_000;

/// The sequential or progressive JPEG with the most pixels in the bytes.
///
/// All makers' containers store previews as contiguous JPEG streams, so looking for their beginnings finds them
/// without knowing the containers. The lossless JPEG of the sensor data is recognised by its frame and left out.
///
/// # Errors
/// [`MediaError::Truncated`] when the only preview breaks off, [`MediaError::Unsupported`] without one.
pub(super) fn largest_preview(bytes: &[u8]) -> Result<&[u8], MediaError> {
    let mut best: Option<(u32, &[u8])> = None;
    let mut broken = false;
    // Every byte is looked at a few times at most: streams inside one another are no reason to hang.
    let mut effort = 8 * bytes.len() as u64 + 4096;
    let mut at = 0;
    while let Some(found) = bytes.get(at..).and_then(beginning) {
        let start = at + found;
        at = start + 3;
        let Some(rest) = bytes.get(start..) else { break };
        let outline = jpeg::outline_strict(rest, &mut effort);
        if effort == 0 {
            break;
        }
        let Some(end) = outline.end else {
            broken |= suits(&outline) && outline.scans > 0;
            continue;
        };
        // What lies inside is its own thumbnail, or sensor data.
        at = start + end;
        let pixels = outline.width * outline.height;
        if suits(&outline) && best.is_none_or(|(most, _)| most < pixels) {
            best = rest.get(..end).map(|preview| (pixels, preview));
        }
    }
    match best {
        Some((_, preview)) => Ok(preview),
        None if broken => Err(MediaError::Truncated),
        None => Err(MediaError::Unsupported("a camera RAW file without a JPEG preview inside".to_owned())),
    }
}

fn suits(outline: &Outline) -> bool {
    outline.precision == 8
        && matches!(outline.coding, Coding::Sequential | Coding::Progressive)
        && outline.width * outline.height >= LEAST_PIXELS
}

/// Where a JPEG stream may begin.
fn beginning(bytes: &[u8]) -> Option<usize> {
    bytes.windows(3).position(|three| three == [0xff, 0xd8, 0xff])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream of one frame and one scan, with `inside` in a segment before them.
    fn stream(width: u8, frame: u8, inside: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0xff, 0xd8, 0xff, 0xe1];
        bytes.extend((inside.len() as u16 + 2).to_be_bytes());
        bytes.extend(inside);
        bytes.extend([0xff, frame, 0, 7, 8, 4, 0, width, 0, 0xff, 0xda, 0, 2]);
        bytes.extend([7; 50]);
        bytes.extend([0xff, 0xd9]);
        bytes
    }

    #[test]
    fn the_largest_whole_preview_is_taken() {
        let (small, large, lossless) =
            (stream(2, 0xc0, &[]), stream(6, 0xc2, &stream(9, 0xc0, &[])), stream(9, 0xc3, &[]));
        let file = [b"II*\0".to_vec(), small, vec![1; 100], large.clone(), lossless, vec![0xff, 0xd8, 0xff]].concat();
        assert_eq!(largest_preview(&file), Ok(large.as_slice()));
        assert_eq!(largest_preview(&stream(1, 0xc0, &[])).unwrap_err().kind().name(), "unsupported", "a thumbnail");
        assert_eq!(largest_preview(&large[..large.len() - 2]).map(<[u8]>::len), Ok(stream(9, 0xc0, &[]).len()));
        let broken = stream(6, 0xc0, &[]);
        assert_eq!(largest_preview(&broken[..broken.len() - 2]), Err(MediaError::Truncated));
        assert_eq!(largest_preview(b"II*\0 nothing here").unwrap_err().kind().name(), "unsupported");
    }

    #[test]
    fn streams_inside_streams_do_not_take_for_ever() {
        // Each beginning is followed by the same long chain of segments.
        let mut bytes = [0xff, 0xd8, 0xff, 0xfe, 0, 2].repeat(20_000);
        bytes.extend([0xff, 0xfe, 0, 2].repeat(200_000));
        let start = std::time::Instant::now();
        assert!(largest_preview(&bytes).is_err());
        let mut nested = Vec::new();
        for step in (0..10_000u16).rev() {
            nested.extend([0xff, 0xd8, 0xff, 0xfe]);
            nested.extend((step * 6 + 2).to_be_bytes());
        }
        assert!(largest_preview(&nested.repeat(20)).is_err());
        assert!(start.elapsed().as_secs() < 2, "{:?}", start.elapsed());
    }
}
