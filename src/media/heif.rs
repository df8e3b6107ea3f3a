//! HEIF, the container of HEIC and AVIF: which picture in it counts, how it is coded, how it is turned.
//!
//! HEVC is left to `heifer` as a whole; AV1 and JPEG pictures are taken out here. Brands are not trusted: what the
//! primary item is made of decides (ISO/IEC 23008-12, section 6).

use heifer::heifer_isobmff::boxes::{ColorInfo, Property};
use heifer::heifer_isobmff::{HeifFile, ItemId};
use image::ColorType;

use super::av1::{self, Coefficients};
use super::camera::Camera;
use super::colour::{self, Space};
use super::decode::{Decoded, turned};
use super::stored::{self, check_memory, check_size, first_sentence, flattened, heavy};
use super::{MediaError, guard};
use crate::domain::Pixels;

/// What a picture may have of tiles; a phone writes about fifty.
const MOST_TILES: usize = 1024;

type Tree<'a> = HeifFile<'a>;

/// The primary picture of a HEIF file, upright.
pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, MediaError> {
    let failed = |error: heifer::heifer_isobmff::Error| container_failed(bytes, &error.into());
    let file = Tree::parse(bytes).map_err(failed)?;
    let primary = file.primary_item().map_err(failed)?;
    let coded = match &primary.item_type.0 {
        b"grid" => first_tile_type(&file, primary.id),
        kind => Some(*kind),
    };
    match coded.as_ref() {
        Some(b"av01") => from_av1(&file, primary.id, bytes),
        Some(b"jpeg") => from_jpeg(&file, primary.id, bytes),
        _ => from_hevc(&file, bytes),
    }
}

fn first_tile_type(file: &Tree, grid: ItemId) -> Option<[u8; 4]> {
    let first = file.referenced_items(grid, b"dimg").first()?;
    file.item(*first).ok().map(|item| item.item_type.0)
}

fn container_failed(bytes: &[u8], error: &heifer::Error) -> MediaError {
    match error {
        heifer::Error::Unsupported(what) => {
            MediaError::Unsupported(format!("this kind of HEIC ({})", first_sentence(what)))
        }
        _ if breaks_off(bytes) => MediaError::Truncated,
        other => MediaError::Damaged(first_sentence(&other.to_string())),
    }
}

fn from_hevc(file: &Tree, bytes: &[u8]) -> Result<Decoded, MediaError> {
    let failed = |error: heifer::Error| container_failed(bytes, &error);
    let size = file.image_size(file.primary_id).map_err(|error| failed(error.into()))?;
    let mut needed = 0;
    if let Some((width, height)) = size {
        check_size(width, height)?;
        // Two bytes a sample while it is decoded, then RGBA, then RGBA once more to turn it.
        needed = check_memory(width, height, 11, bytes.len() as u64)?;
    }
    let _turn = heavy(needed);
    // One thread: photos are decoded side by side already.
    let options = heifer::Options { max_threads: 1, max_pixels: 140_000_000 };
    // Not its conversion to sRGB, which takes as long as the decoding.
    let picture = heifer::decode_rgba8(bytes, &options).map_err(failed)?;
    check_size(picture.width, picture.height)?;
    let (width, height) = (picture.width, picture.height);
    let rgb = if picture.has_alpha { flattened(picture.data, ColorType::Rgba8) } else { Some(picture.into_rgb8()) };
    let mut pixels = Pixels::new(width, height, rgb.unwrap_or_default()).map_err(|_bytes| wrong_number())?;
    to_srgb(file, file.primary_id, coefficients(file, file.primary_id), &mut pixels);
    Ok(finished(file, pixels))
}

/// By the profile of the container or by its code points, which count less.
fn to_srgb(file: &Tree, id: ItemId, coefficients: Option<Coefficients>, pixels: &mut Pixels) {
    match (file.icc_profile(id).ok().flatten(), coefficients) {
        (Some(profile), _) => colour::to_srgb(&mut pixels.rgb, Space::Profile(profile)),
        (None, Some(Coefficients { primaries, transfer, .. })) => {
            colour::to_srgb(&mut pixels.rgb, Space::Code { primaries, transfer });
        }
        (None, None) => {}
    }
}

fn finished(file: &Tree, pixels: Pixels) -> Decoded {
    let exif = file.exif(file.primary_id).ok().flatten();
    Decoded { pixels, taken: exif.and_then(|block| Camera::from_block(block).taken), orientation: 1 }
}

fn wrong_number() -> MediaError {
    MediaError::Damaged("it has a wrong number of pixels".to_owned())
}

fn from_jpeg(file: &Tree, id: ItemId, bytes: &[u8]) -> Result<Decoded, MediaError> {
    let data = file.item_data(id).map_err(|error| container_failed(bytes, &error.into()))?;
    let pixels = transformed(file, id, stored::jpeg(&data)?.pixels)?;
    Ok(finished(file, pixels))
}

fn from_av1(file: &Tree, id: ItemId, bytes: &[u8]) -> Result<Decoded, MediaError> {
    let failed = |error: heifer::heifer_isobmff::Error| container_failed(bytes, &error.into());
    let (width, height) = file.image_size(id).map_err(failed)?.ok_or_else(wrong_number)?;
    check_size(width, height)?;
    // Planes of two bytes while they are decoded, those of a reference frame, and the picture twice to turn it.
    let needed = check_memory(width, height, 12, 2 * bytes.len() as u64)?;
    let _turn = heavy(needed);
    let coefficients = coefficients(file, id);
    let mut pixels = assembled(file, id, (width, height), coefficients, bytes)?;
    to_srgb(file, id, coefficients, &mut pixels);
    if let Some(alpha) = alpha_of(file, id).and_then(|alpha| assembled(file, alpha, (width, height), None, bytes).ok())
        && (alpha.width, alpha.height) == (pixels.width, pixels.height)
    {
        stored::lay_over_white(&mut pixels.rgb, alpha.rgb.iter().step_by(3).copied());
    }
    Ok(finished(file, transformed(file, id, pixels)?))
}

/// A picture of one AV1 item, or of a grid of them, not yet turned.
fn assembled(
    file: &Tree,
    id: ItemId,
    (width, height): (u32, u32),
    coefficients: Option<Coefficients>,
    bytes: &[u8],
) -> Result<Pixels, MediaError> {
    let failed = |error: heifer::heifer_isobmff::Error| container_failed(bytes, &error.into());
    let tile = |id: ItemId| -> Result<Pixels, MediaError> {
        let data = file.item_data(id).map_err(failed)?.into_owned();
        if data.is_empty() {
            return Err(MediaError::Truncated);
        }
        guard::isolated(move || av1::decode(data, coefficients))
    };
    if file.item(id).map_err(failed)?.item_type.0 != *b"grid" {
        return tile(id);
    }
    let grid = file.grid(id).map_err(failed)?;
    let tiles = file.referenced_items(id, b"dimg");
    let (rows, columns) = (usize::from(grid.rows), usize::from(grid.columns));
    if tiles.len() > MOST_TILES
        || tiles.len() < rows * columns
        || (grid.output_width, grid.output_height) != (width, height)
    {
        return Err(MediaError::Damaged("its tiles do not fit together".to_owned()));
    }
    let mut whole = Pixels::filled(width, height, [255; 3]);
    for (index, id) in tiles.iter().take(rows * columns).enumerate() {
        let tile = tile(*id)?;
        let at = |step: usize, side: u32| (step as u64 * u64::from(side)).min(u64::from(u32::MAX)) as u32;
        paste(&mut whole, &tile, at(index % columns, tile.width), at(index / columns, tile.height));
    }
    Ok(whole)
}

/// Puts `tile` where it belongs; what lies outside is cut off.
fn paste(whole: &mut Pixels, tile: &Pixels, left: u32, top: u32) {
    let width = 3 * tile.width.min(whole.width.saturating_sub(left)) as usize;
    for y in 0..tile.height.min(whole.height.saturating_sub(top)) {
        let to = 3 * ((top + y) as usize * whole.width as usize + left as usize);
        let from = 3 * y as usize * tile.width as usize;
        if let (Some(to), Some(from)) = (whole.rgb.get_mut(to..to + width), tile.rgb.get(from..from + width)) {
            to.copy_from_slice(from);
        }
    }
}

fn coefficients(file: &Tree, id: ItemId) -> Option<Coefficients> {
    let of = |id: ItemId| {
        file.item_properties(id).ok()?.find_map(|property| match property {
            Property::Color(ColorInfo::Nclx { primaries, transfer, matrix, full_range }) => Some(Coefficients {
                primaries: *primaries,
                transfer: *transfer,
                matrix: *matrix,
                full_range: *full_range,
            }),
            _ => None,
        })
    };
    of(id).or_else(|| file.referenced_items(id, b"dimg").first().and_then(|first| of(*first)))
}

fn alpha_of(file: &Tree, id: ItemId) -> Option<ItemId> {
    let is_alpha = |property: &Property| {
        matches!(property, Property::AuxiliaryType(kind)
            if kind.starts_with("urn:mpeg:mpegB:cicp:systems:auxiliary:alpha") || kind.ends_with("auxid:1"))
    };
    file.referencing_items(id, b"auxl")
        .into_iter()
        .find(|other| *other != id && file.item_properties(*other).is_ok_and(|mut all| all.any(is_alpha)))
}

/// Cropped, turned and mirrored in the order in which the item says so.
fn transformed(file: &Tree, id: ItemId, mut pixels: Pixels) -> Result<Pixels, MediaError> {
    let properties =
        file.item_properties(id).map_err(|error| MediaError::Damaged(first_sentence(&error.to_string())))?;
    for property in properties {
        pixels = match property {
            // Quarter turns against the clock, as EXIF numbers them.
            Property::Rotation(quarters) => turned(pixels, [1, 8, 3, 6][usize::from(quarters & 3)]),
            Property::Mirror(top_and_bottom) => turned(pixels, if *top_and_bottom { 4 } else { 2 }),
            Property::CleanAperture { width, height, horiz_offset, vert_offset } => {
                let columns = aperture(pixels.width, *width, *horiz_offset);
                let rows = aperture(pixels.height, *height, *vert_offset);
                match (columns, rows) {
                    (Some(columns), Some(rows)) => cropped(&pixels, columns, rows),
                    // A crop that makes no sense is not one.
                    _ => pixels,
                }
            }
            _ => pixels,
        };
    }
    Ok(pixels)
}

/// First and number of the columns or rows that a clean aperture leaves of `length` (ISO/IEC 14496-12, 12.1.4).
fn aperture(length: u32, size: (u32, u32), offset: (i32, u32)) -> Option<(u32, u32)> {
    let size = f64::from(size.0) / f64::from(size.1);
    let start = (f64::from(length) - size) / 2.0 + f64::from(offset.0) / f64::from(offset.1);
    let whole = f64::from(length);
    let fits = (1.0..=whole).contains(&size) && start >= -0.5 && start + size <= whole + 0.5;
    let start = if fits { start.max(0.0).round() as u32 } else { return None };
    Some((start, (size.round() as u32).min(length - start)))
}

fn cropped(pixels: &Pixels, columns: (u32, u32), rows: (u32, u32)) -> Pixels {
    let row = 3 * pixels.width as usize;
    let (from, length) = (3 * columns.0 as usize, 3 * columns.1 as usize);
    let rgb = (pixels.rgb.chunks_exact(row).skip(rows.0 as usize).take(rows.1 as usize))
        .flat_map(|line| line.get(from..from + length).unwrap_or_default().iter().copied())
        .collect();
    Pixels::new(columns.1, rows.1, rgb).unwrap_or_else(|_bytes| pixels.clone())
}

/// Whether a box of the container promises more bytes than there are.
fn breaks_off(bytes: &[u8]) -> bool {
    let mut at = 0usize;
    while let Some(head) = bytes.get(at..).and_then(|rest| rest.first_chunk::<4>()) {
        let size = match u32::from_be_bytes(*head) as usize {
            // Up to the end, wherever that is.
            0 => return false,
            1 => match bytes.get(at + 8..).and_then(|rest| rest.first_chunk::<8>()) {
                Some(long) => usize::try_from(u64::from_be_bytes(*long)).unwrap_or(usize::MAX),
                None => return true,
            },
            short => short,
        };
        let Some(next) = at.checked_add(size.max(8)) else { return true };
        at = next;
    }
    at != bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_that_break_off_are_told() {
        assert!(!breaks_off(b"\0\0\0\x08ftyp\0\0\0\x09mdatx"));
        assert!(breaks_off(b"\0\0\0\x08ftyp\0\0\0\x0amdatx"));
        assert!(!breaks_off(b"\0\0\0\x08ftyp\0\0\0\0mdatx"));
        assert!(breaks_off(b"\0\0\0\x08ftyp\0\0\0\x01mdatx"));
        assert!(breaks_off(b"\0\0\0\x08ftyp\0\0\0\x01mdat\xff\xff\xff\xff\xff\xff\xff\xffx"));
    }

    #[test]
    fn a_crop_leaves_the_middle_or_everything() {
        assert_eq!(aperture(10, (4, 1), (0, 1)), Some((3, 4)));
        assert_eq!(aperture(10, (4, 1), (-3, 1)), Some((0, 4)));
        assert_eq!(aperture(10, (9, 1), (-1, 2)), Some((0, 9)));
        for (size, offset) in
            [((0, 1), (0, 1)), ((11, 1), (0, 1)), ((4, 0), (0, 1)), ((4, 1), (9, 1)), ((4, 1), (0, 0))]
        {
            assert_eq!(aperture(10, size, offset), None, "{size:?} {offset:?}");
        }
        let pixels = Pixels { width: 3, height: 2, rgb: b"aaabbbcccdddeeefff".to_vec() };
        assert_eq!(cropped(&pixels, (1, 2), (1, 1)).rgb, b"eeefff");
    }
}
