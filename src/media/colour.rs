//! Wide-gamut photos as sRGB: phones write Display P3, cameras Adobe RGB, and the networks learnt from sRGB.
//!
//! A profile that is broken, or for other colours than the picture has, leaves the colours as they are: a slightly pale
//! face is still found.

use std::sync::Arc;

use moxcms::{
    CicpColorPrimaries, CicpProfile, ColorProfile, DataColorSpace, Layout, MatrixCoefficients, TransferCharacteristics,
    Transform8BitExecutor, TransformOptions,
};

use super::guard::caught;

/// Larger ones are tables no camera writes.
const MOST_PROFILE: usize = 4 << 20;
/// Steps of 8 bits that nobody sees: profiles nearer to sRGB than this cost nothing.
const UNSEEN: u8 = 2;
/// Pixels turned at a time, so that the copy they are turned from stays near.
const PIECE: usize = 4096;

/// What a file says of its colours.
#[derive(Clone, Copy, Debug)]
pub(super) enum Space<'a> {
    /// An ICC profile.
    Profile(&'a [u8]),
    /// Cameras say so in EXIF alone (DCF 2.0, the optional colour space).
    AdobeRgb,
    /// Code points of ITU-T H.273, as video formats write them.
    Code {
        /// Table 2 there.
        primaries: u16,
        /// Table 3 there.
        transfer: u16,
    },
}

/// Turns `rgb`, grey pictures included, into sRGB where `space` says that it is something else.
pub(super) fn to_srgb(rgb: &mut [u8], space: Space) {
    let found = caught(|| Ok(Conversion::new(space)));
    if let Ok(Some(conversion)) = found {
        conversion.apply(rgb);
    }
}

struct Conversion {
    transform: Arc<Transform8BitExecutor>,
    grey: bool,
}

impl Conversion {
    /// `None` where there is nothing to do or nothing that can be done.
    fn new(space: Space) -> Option<Self> {
        let profile = match space {
            Space::Profile(bytes) if bytes.len() <= MOST_PROFILE => ColorProfile::new_from_slice(bytes).ok()?,
            Space::Profile(_) => return None,
            Space::AdobeRgb => ColorProfile::new_adobe_rgb(),
            Space::Code { primaries, transfer } => coded(primaries, transfer)?,
        };
        let grey = match profile.color_space {
            DataColorSpace::Rgb => false,
            DataColorSpace::Gray => true,
            _ => return None,
        };
        let layout = if grey { Layout::Gray } else { Layout::Rgb };
        let srgb = ColorProfile::new_srgb();
        let transform = profile.create_transform_8bit(layout, &srgb, Layout::Rgb, TransformOptions::default()).ok()?;
        let conversion = Self { transform, grey };
        conversion.is_seen().then_some(conversion)
    }

    /// Whether any colour of a coarse cube changes by more than [`UNSEEN`].
    fn is_seen(&self) -> bool {
        let steps = [0u8, 32, 64, 128, 192, 255];
        let step = |index: usize| steps[index % steps.len()];
        let cube: Vec<u8> = if self.grey {
            steps.iter().flat_map(|value| [*value; 3]).collect()
        } else {
            (0..steps.len().pow(3)).flat_map(|at| [step(at / 36), step(at / 6), step(at)]).collect()
        };
        let mut turned = cube.clone();
        self.apply(&mut turned);
        cube.iter().zip(&turned).any(|(a, b)| a.abs_diff(*b) > UNSEEN)
    }

    fn apply(&self, rgb: &mut [u8]) {
        let mut from = Vec::with_capacity(3 * PIECE);
        for piece in rgb.chunks_mut(3 * PIECE) {
            from.clear();
            if self.grey {
                from.extend(piece.iter().step_by(3));
            } else {
                from.extend_from_slice(piece);
            }
            if self.transform.transform(&from, piece).is_err() {
                return;
            }
        }
    }
}

/// `None` for what is sRGB, is not said, or has more light than sRGB can show: such a photo stays pale.
fn coded(primaries: u16, transfer: u16) -> Option<ColorProfile> {
    // Photos with the curves of television are seen with the curve of sRGB.
    let transfer = match transfer {
        1 | 2 | 6 | 13 | 14 | 15 => 13,
        16 | 18 => return None,
        other => other,
    };
    if matches!((primaries, transfer), (1 | 2, 13)) {
        return None;
    }
    let primaries = if primaries == 2 { 1 } else { primaries };
    let code = CicpProfile {
        color_primaries: CicpColorPrimaries::try_from(u8::try_from(primaries).ok()?).ok()?,
        transfer_characteristics: TransferCharacteristics::try_from(u8::try_from(transfer).ok()?).ok()?,
        matrix_coefficients: MatrixCoefficients::Identity,
        full_range: true,
    };
    Some(ColorProfile::new_from_cicp(code))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub const DISPLAY_P3: [[f64; 3]; 3] =
        [[0.5151, 0.2412, -0.0011], [0.2919, 0.6922, 0.0419], [0.1572, 0.0666, 0.7841]];
    const SRGB: [[f64; 3]; 3] =
        [[0.436_07, 0.222_49, 0.013_92], [0.385_15, 0.716_87, 0.097_08], [0.143_07, 0.060_61, 0.714_10]];
    const ADOBE: [[f64; 3]; 3] =
        [[0.609_74, 0.311_11, 0.019_47], [0.205_28, 0.625_67, 0.060_87], [0.149_19, 0.063_22, 0.744_57]];
    const PRO_PHOTO: [[f64; 3]; 3] =
        [[0.797_67, 0.288_04, 0.0], [0.135_19, 0.711_88, 0.0], [0.031_34, 0.000_09, 0.825_21]];

    /// A profile with these primaries and one curve for all.
    pub fn profile(primaries: &[[f64; 3]; 3], curve: &[u8]) -> Vec<u8> {
        let names: Vec<&[u8; 4]> = vec![b"rXYZ", b"gXYZ", b"bXYZ", b"wtpt", b"rTRC", b"gTRC", b"bTRC"];
        let mut bytes = vec![0; 128];
        bytes[8] = 4;
        bytes[12..24].copy_from_slice(b"mntrRGB XYZ ");
        bytes[36..40].copy_from_slice(b"acsp");
        // The white of the connection space, D50.
        bytes[68..80].copy_from_slice(&[0, 0, 0xf6, 0xd6, 0, 1, 0, 0, 0, 0, 0xd3, 0x2d]);
        bytes.extend((names.len() as u32).to_be_bytes());
        let xyz_at = 132 + names.len() * 12;
        let curve_at = xyz_at + 4 * 20;
        for (index, name) in names.iter().enumerate() {
            let (at, length) = if index < 4 { (xyz_at + 20 * index, 20) } else { (curve_at, curve.len()) };
            bytes.extend(**name);
            bytes.extend((at as u32).to_be_bytes());
            bytes.extend((length as u32).to_be_bytes());
        }
        for primary in primaries.iter().chain(Some(&[0.9642, 1.0, 0.8249])) {
            bytes.extend(b"XYZ \0\0\0\0");
            bytes.extend(primary.iter().flat_map(|value| ((value * 65_536.0).round() as i32).to_be_bytes()));
        }
        bytes.extend(curve);
        let length = (bytes.len() as u32).to_be_bytes();
        bytes[..4].copy_from_slice(&length);
        bytes
    }

    pub fn srgb_curve() -> Vec<u8> {
        let mut bytes = b"para\0\0\0\0\0\x03\0\0".to_vec();
        let values = [2.4, 1.0 / 1.055, 0.055 / 1.055, 1.0 / 12.92, 0.040_45];
        bytes.extend(values.iter().flat_map(|value| ((value * 65_536.0_f64).round() as i32).to_be_bytes()));
        bytes
    }

    fn gamma(value: f64) -> Vec<u8> {
        [&b"curv\0\0\0\0\0\0\0\x01"[..], &((value * 256.0).round() as u16).to_be_bytes()].concat()
    }

    /// The same by the formulas of the standards, in double precision.
    fn reference(primaries: &[[f64; 3]; 3], light: impl Fn(f64) -> f64, colour: [u8; 3]) -> [u8; 3] {
        let linear = colour.map(|value| light(f64::from(value) / 255.0));
        let xyz: [f64; 3] = std::array::from_fn(|row| (0..3).map(|from| primaries[from][row] * linear[from]).sum());
        // The inverse of sRGB's primaries adapted to D50 (Lindbloom).
        let back = [
            [3.133_856_1, -1.616_866_7, -0.490_614_6],
            [-0.978_768_4, 1.916_141_5, 0.033_454_0],
            [0.071_945_3, -0.228_991_4, 1.405_242_7],
        ];
        back.map(|row| {
            let light = (row[0] * xyz[0] + row[1] * xyz[1] + row[2] * xyz[2]).clamp(0.0, 1.0);
            let code = if light > 0.003_130_8 { 1.055 * light.powf(1.0 / 2.4) - 0.055 } else { 12.92 * light };
            (code * 255.0).round() as u8
        })
    }

    fn srgb_light(code: f64) -> f64 {
        if code > 0.040_45 { ((code + 0.055) / 1.055).powf(2.4) } else { code / 12.92 }
    }

    fn check(space: Space, colour: [u8; 3], expected: [u8; 3], what: &str) {
        let mut found = colour;
        to_srgb(&mut found, space);
        let near = found.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 3);
        assert!(near, "{what} {colour:?}: {found:?} is not {expected:?}");
    }

    #[test]
    fn wide_colours_become_srgb() {
        let (p3, adobe) = (profile(&DISPLAY_P3, &srgb_curve()), profile(&ADOBE, &gamma(2.2)));
        let pro = profile(&PRO_PHOTO, &gamma(1.8));
        // Greys, five kinds of skin, and colours outside sRGB.
        for colour in [
            [0; 3],
            [128; 3],
            [255; 3],
            [200, 120, 100],
            [234, 192, 134],
            [141, 85, 36],
            [92, 58, 40],
            [255, 219, 172],
            [20, 200, 40],
        ] {
            let seen = reference(&DISPLAY_P3, srgb_light, colour);
            check(Space::Profile(&p3), colour, seen, "P3");
            check(Space::Code { primaries: 12, transfer: 13 }, colour, seen, "P3 by code");
            let seen = reference(&ADOBE, |code| code.powf(2.199_22), colour);
            check(Space::Profile(&adobe), colour, seen, "Adobe RGB");
            check(Space::AdobeRgb, colour, seen, "Adobe RGB by EXIF");
            check(Space::Profile(&pro), colour, reference(&PRO_PHOTO, |code| code.powf(1.8), colour), "ProPhoto");
        }
        // CSS Color 4's example of color(display-p3 …).
        check(Space::Profile(&p3), [200, 120, 100], [213, 117, 95], "P3");
    }

    #[test]
    fn grey_pictures_have_profiles_of_their_own() {
        let mut grey = profile(&SRGB, &gamma(1.0));
        grey[16..20].copy_from_slice(b"GRAY");
        let at = grey.windows(4).position(|four| four == b"rTRC").unwrap();
        grey[at..at + 4].copy_from_slice(b"kTRC");
        // Half of the light is code 188.
        check(Space::Profile(&grey), [128; 3], [188; 3], "linear grey");
    }

    #[test]
    fn what_is_srgb_or_broken_stays_as_it_is() {
        assert!(Conversion::new(Space::Profile(&profile(&SRGB, &srgb_curve()))).is_none());
        for (primaries, transfer) in [(1, 13), (2, 2), (1, 1), (9, 16), (0, 0), (999, 13)] {
            assert!(Conversion::new(Space::Code { primaries, transfer }).is_none(), "{primaries} {transfer}");
        }
        let p3 = profile(&DISPLAY_P3, &srgb_curve());
        for length in 0..p3.len() {
            to_srgb(&mut [200, 120, 100], Space::Profile(&p3[..length]));
        }
        for at in 0..p3.len() {
            for value in [0, 0xff, p3[at] ^ 0x10] {
                let mut broken = p3.clone();
                broken[at] = value;
                to_srgb(&mut [200, 120, 100], Space::Profile(&broken));
            }
        }
        let mut printer = p3;
        printer[16..20].copy_from_slice(b"CMYK");
        check(Space::Profile(&printer), [200, 120, 100], [200, 120, 100], "for other colours");
    }
}
