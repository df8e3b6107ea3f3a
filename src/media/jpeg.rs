//! What the JPEG decoder does not say: where the stream ends, and what kind it is. It fills what is missing with grey
//! and calls that a success.

/// How the frame is coded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Coding {
    /// No frame header seen.
    #[default]
    None,
    /// Row by row, as cameras write it.
    Sequential,
    /// In several passes, as web sites write it.
    Progressive,
    /// As DNG and other RAW files keep sensor data.
    Lossless,
    /// Nobody's camera writes it.
    Arithmetic,
}

/// What a walk over the markers of a JPEG shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Outline {
    /// Just behind the end marker; `None` when it is not reached.
    pub(super) end: Option<usize>,
    /// From the frame header.
    pub(super) coding: Coding,
    /// Bits a sample.
    pub(super) precision: u8,
    /// Columns.
    pub(super) width: u32,
    /// Rows; 0 also where the number follows the scan, which nobody's camera does.
    pub(super) height: u32,
    /// Passes over the picture.
    pub(super) scans: u32,
}

/// Walks the markers of a file (ITU T.81, annex B). The thumbnail inside EXIF has an end marker of its own and is
/// stepped over, as is padding that strict readers would refuse.
pub(super) fn outline(bytes: &[u8]) -> Outline {
    let mut unbounded = u64::MAX;
    walk(bytes, false, &mut unbounded)
}

/// As [`outline`], for bytes that may be no JPEG at all: stops at the first that cannot belong to one. `effort` is
/// lowered by what was looked at, and ends the walk at 0: hostile bytes can look like many streams in one another.
pub(super) fn outline_strict(bytes: &[u8], effort: &mut u64) -> Outline {
    walk(bytes, true, effort)
}

fn walk(bytes: &[u8], strict: bool, effort: &mut u64) -> Outline {
    let mut outline = Outline::default();
    let mut at = 2;
    while let (Some(&mark), Some(&kind)) = (bytes.get(at), bytes.get(at + 1)) {
        if mark != 0xff {
            if strict && outline.scans == 0 {
                break;
            }
            // Scan data, or padding.
            let step = bytes.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == 0xff));
            let step = step.unwrap_or(bytes.len() - at);
            *effort = effort.saturating_sub(step as u64);
            at += step;
            continue;
        }
        *effort = effort.saturating_sub(16);
        if *effort == 0 {
            break;
        }
        match kind {
            0xd9 => {
                outline.end = Some(at + 2);
                break;
            }
            0xd8 if strict => break,
            // Stuffed zero, restart markers, and others without a length.
            0x00 | 0x01 | 0xd0..=0xd8 => at += 2,
            0xff => at += 1,
            _ => {
                let Some(&[high, low]) = bytes.get(at + 2..at + 4).and_then(|two| two.first_chunk::<2>()) else {
                    break;
                };
                match kind {
                    0xda => outline.scans += 1,
                    0xc0..=0xcf if !matches!(kind, 0xc4 | 0xc8 | 0xcc) => {
                        frame(&mut outline, kind, bytes.get(at + 4..));
                    }
                    _ => {}
                }
                at += 2 + usize::from(u16::from_be_bytes([high, low])).max(2);
            }
        }
    }
    outline
}

fn frame(outline: &mut Outline, kind: u8, rest: Option<&[u8]>) {
    outline.coding = match kind {
        0xc0 | 0xc1 => Coding::Sequential,
        0xc2 => Coding::Progressive,
        0xc3 | 0xc5..=0xc7 => Coding::Lossless,
        _ => Coding::Arithmetic,
    };
    if let Some([precision, h1, h0, w1, w0]) = rest.and_then(|rest| rest.first_chunk::<5>()) {
        outline.precision = *precision;
        outline.height = u32::from(u16::from_be_bytes([*h1, *h0]));
        outline.width = u32::from(u16::from_be_bytes([*w1, *w0]));
    }
}

/// The file with `filling` where its end marker is, and the end marker behind that.
///
/// Fill bytes before the end marker are left out, because the filling would make a marker of the last one (ITU T.81,
/// B.1.1.2).
///
/// A decoder that has had all of the picture's data when it comes to the filling never looks at it. So two fillings
/// give the same picture exactly if nothing is missing.
pub(super) fn filled(bytes: &[u8], end: Option<usize>, filling: &[u8]) -> Vec<u8> {
    let data = match end {
        Some(end) => bytes.get(..end.saturating_sub(2)).unwrap_or(bytes),
        None => bytes,
    };
    let data = data.get(..data.len() - data.iter().rev().take_while(|byte| **byte == 0xff).count()).unwrap_or(data);
    [data, filling, &[0xff, 0xd9]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_marker_of_a_thumbnail_does_not_count() {
        // APP1 of 6 bytes that holds an end marker, then a frame, then scan data with a stuffed zero.
        let mut file = vec![
            0xff, 0xd8, 0xff, 0xe1, 0, 6, 1, 0xff, 0xd9, 2, 0xff, 0xc0, 0, 7, 8, 0, 3, 0, 5, 0xff, 0xda, 0, 2, 5, 0xff,
            0, 7,
        ];
        let expected = Outline { end: None, coding: Coding::Sequential, precision: 8, width: 5, height: 3, scans: 1 };
        assert_eq!(outline(&file), expected);
        file.extend([0xff, 0xd9, 1, 2, 3]);
        assert_eq!(outline(&file).end, Some(29));
        assert_eq!(outline_strict(&file, &mut 1000), outline(&file));
        assert_eq!(outline_strict(&file, &mut 40).end, None, "effort is bounded");
        file[11] = 0xc9;
        assert_eq!(outline(&file).coding, Coding::Arithmetic);
        file.insert(2, 0);
        assert_eq!(outline(&file).end, Some(30), "padding is stepped over");
        assert_eq!(outline_strict(&file, &mut 1000), Outline::default(), "but nobody writes it");
        assert_eq!(outline(&[]), Outline::default());
    }

    #[test]
    fn the_filling_comes_before_the_end() {
        assert_eq!(filled(&[1, 2, 0xff, 0xd9, 7], Some(4), &[9]), [1, 2, 9, 0xff, 0xd9]);
        assert_eq!(filled(&[1, 2, 0xff, 0xff, 0xff, 0xd9], Some(6), &[9]), [1, 2, 9, 0xff, 0xd9]);
        assert_eq!(filled(&[1, 2, 0xff], None, &[9]), [1, 2, 9, 0xff, 0xd9]);
    }
}
