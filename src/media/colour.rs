//! Wide-gamut photos as sRGB: phones write Display P3, cameras Adobe RGB, and the networks learnt from sRGB.
//!
//! Reads the profiles these files carry, three primaries and three curves (ICC.1:2022, sections 9.2 and 10). A profile
//! made of tables, or one that is broken, leaves the colours as they are: a slightly pale face is still found.

/// The primaries of sRGB in the profile connection space, adapted to D50 (IEC 61966-2-1): a column each.
const SRGB: [[f64; 3]; 3] =
    [[0.436_07, 0.385_15, 0.143_07], [0.222_49, 0.716_87, 0.060_61], [0.013_92, 0.097_08, 0.714_10]];
/// Steps of the table back to 8 bits: below one step of 8 bits everywhere.
const STEPS: usize = 4096;

/// Turns `rgb` into sRGB, if `profile` says that it is something else.
pub(super) fn to_srgb(rgb: &mut [u8], profile: &[u8]) {
    let Some(conversion) = Conversion::new(profile) else { return };
    for pixel in rgb.chunks_exact_mut(3) {
        if let Ok(pixel) = <&mut [u8; 3]>::try_from(pixel) {
            conversion.apply(pixel);
        }
    }
}

struct Conversion {
    linear: [[f32; 256]; 3],
    matrix: [[f32; 3]; 3],
    coded: Vec<u8>,
}

impl Conversion {
    /// `None` where there is nothing to do or nothing that can be done.
    fn new(profile: &[u8]) -> Option<Self> {
        if profile.get(16..20)? != b"RGB " || profile.get(20..24)? != b"XYZ " {
            return None;
        }
        let [red, green, blue] = [*b"rXYZ", *b"gXYZ", *b"bXYZ"].map(|name| primary(tag(profile, name)?));
        let (red, green, blue) = (red?, green?, blue?);
        let from: [[f64; 3]; 3] = std::array::from_fn(|row| [red[row], green[row], blue[row]]);
        let [r, g, b] = [*b"rTRC", *b"gTRC", *b"bTRC"].map(|name| curve(tag(profile, name)?));
        let linear = [r?, g?, b?];
        let same_primaries = from.iter().flatten().zip(SRGB.iter().flatten()).all(|(a, b)| (a - b).abs() < 0.005);
        let same_curve =
            linear.iter().all(|curve| (f64::from(curve[128]) - srgb_to_linear(128.0 / 255.0)).abs() < 0.015);
        if same_primaries && same_curve {
            return None;
        }
        let matrix = product(&inverse(&SRGB)?, &from).map(|row| row.map(|value| value as f32));
        let code = |step: usize| (linear_to_srgb(step as f64 / (STEPS - 1) as f64) * 255.0).round() as u8;
        Some(Self { linear, matrix, coded: (0..STEPS).map(code).collect() })
    }

    fn apply(&self, pixel: &mut [u8; 3]) {
        let [r, g, b]: [f32; 3] = std::array::from_fn(|channel| self.linear[channel][usize::from(pixel[channel])]);
        for (value, row) in pixel.iter_mut().zip(&self.matrix) {
            let linear = (row[0] * r + row[1] * g + row[2] * b).clamp(0.0, 1.0);
            *value = self.coded.get((linear * (STEPS - 1) as f32).round() as usize).copied().unwrap_or(u8::MAX);
        }
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk::<4>()?))
}

/// Fixed point with 16 bits behind the point.
fn fixed(bytes: &[u8], at: usize) -> Option<f64> {
    Some(f64::from(number(bytes, at)? as i32) / 65_536.0)
}

fn tag(profile: &[u8], name: [u8; 4]) -> Option<&[u8]> {
    let count = number(profile, 128)?.min(200) as usize;
    let entry = (0..count).map(|index| 132 + 12 * index).find(|at| profile.get(*at..at + 4) == Some(&name))?;
    let start = number(profile, entry + 4)? as usize;
    profile.get(start..start.checked_add(number(profile, entry + 8)? as usize)?)
}

fn primary(tag: &[u8]) -> Option<[f64; 3]> {
    if !tag.starts_with(b"XYZ ") {
        return None;
    }
    Some([fixed(tag, 8)?, fixed(tag, 12)?, fixed(tag, 16)?])
}

/// From 8 bits to light.
fn curve(tag: &[u8]) -> Option<[f32; 256]> {
    let table =
        |light: &dyn Fn(f64) -> f64| std::array::from_fn(|code| light(code as f64 / 255.0).clamp(0.0, 1.0) as f32);
    match tag.get(..4)? {
        b"curv" => match number(tag, 8)? as usize {
            0 => Some(table(&|code| code)),
            1 => {
                let gamma = f64::from(u16::from_be_bytes(*tag.get(12..)?.first_chunk::<2>()?)) / 256.0;
                Some(table(&|code| code.powf(gamma)))
            }
            count => {
                let values: Vec<f64> = (tag.get(12..12 + count.checked_mul(2)?)?.chunks_exact(2))
                    .map(|two| f64::from(u16::from_be_bytes([two[0], two[1]])) / 65_535.0)
                    .collect();
                Some(table(&|code| {
                    let place = code * (count - 1) as f64;
                    let (low, part) = (place as usize, place.fract());
                    let value = |index: usize| values.get(index.min(count - 1)).copied().unwrap_or_default();
                    value(low) * (1.0 - part) + value(low + 1) * part
                }))
            }
        },
        b"para" => parametric(tag).map(|[g, a, b, c, d, e, f]| {
            table(&|code| if code >= d { (a * code + b).max(0.0).powf(g) + e } else { c * code + f })
        }),
        _ => None,
    }
}

/// `g a b c d e f` of ICC.1:2022, table 68: the general form of all five kinds.
fn parametric(tag: &[u8]) -> Option<[f64; 7]> {
    let value = |index: usize| fixed(tag, 12 + 4 * index);
    let g = value(0)?;
    Some(match u16::from_be_bytes(*tag.get(8..)?.first_chunk::<2>()?) {
        0 => [g, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        kind @ (1 | 2) => {
            let (a, b) = (value(1)?, value(2)?);
            let offset = if kind == 2 { value(3)? } else { 0.0 };
            [g, a, b, 0.0, -b / a, offset, offset]
        }
        3 => [g, value(1)?, value(2)?, value(3)?, value(4)?, 0.0, 0.0],
        4 => [g, value(1)?, value(2)?, value(3)?, value(4)?, value(5)?, value(6)?],
        _ => return None,
    })
}

fn srgb_to_linear(code: f64) -> f64 {
    if code > 0.040_45 { ((code + 0.055) / 1.055).powf(2.4) } else { code / 12.92 }
}

fn linear_to_srgb(light: f64) -> f64 {
    if light > 0.003_130_8 { 1.055 * light.powf(1.0 / 2.4) - 0.055 } else { 12.92 * light }
}

fn product(a: &[[f64; 3]; 3], b: &[[f64; 3]; 3]) -> [[f64; 3]; 3] {
    std::array::from_fn(|row| std::array::from_fn(|column| (0..3).map(|k| a[row][k] * b[k][column]).sum()))
}

fn inverse(m: &[[f64; 3]; 3]) -> Option<[[f64; 3]; 3]> {
    let minor = |row: usize, column: usize| {
        let (r1, r2, c1, c2) = ((row + 1) % 3, (row + 2) % 3, (column + 1) % 3, (column + 2) % 3);
        m[r1][c1] * m[r2][c2] - m[r1][c2] * m[r2][c1]
    };
    let determinant: f64 = (0..3).map(|column| m[0][column] * minor(0, column)).sum();
    (determinant.abs() > 1e-9)
        .then(|| std::array::from_fn(|row| std::array::from_fn(|column| minor(column, row) / determinant)))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub const DISPLAY_P3: [[f64; 3]; 3] =
        [[0.5151, 0.2412, -0.0011], [0.2919, 0.6922, 0.0419], [0.1572, 0.0666, 0.7841]];

    /// A profile with these primaries and one curve for all.
    pub fn profile(primaries: &[[f64; 3]; 3], curve: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0; 128];
        bytes[16..24].copy_from_slice(b"RGB XYZ ");
        bytes.extend(6u32.to_be_bytes());
        let (xyz_at, curve_at) = (132 + 6 * 12, 132 + 6 * 12 + 60);
        for (index, name) in [b"rXYZ", b"gXYZ", b"bXYZ"].iter().enumerate() {
            bytes.extend(*name);
            bytes.extend((xyz_at as u32 + 20 * index as u32).to_be_bytes());
            bytes.extend(20u32.to_be_bytes());
        }
        for name in [b"rTRC", b"gTRC", b"bTRC"] {
            bytes.extend(name);
            bytes.extend((curve_at as u32).to_be_bytes());
            bytes.extend((curve.len() as u32).to_be_bytes());
        }
        for primary in primaries {
            bytes.extend(b"XYZ \0\0\0\0");
            bytes.extend(primary.iter().flat_map(|value| ((value * 65_536.0).round() as i32).to_be_bytes()));
        }
        bytes.extend(curve);
        bytes
    }

    pub fn srgb_curve() -> Vec<u8> {
        let mut bytes = b"para\0\0\0\0\0\x03\0\0".to_vec();
        let values = [2.4, 1.0 / 1.055, 0.055 / 1.055, 1.0 / 12.92, 0.040_45];
        bytes.extend(values.iter().flat_map(|value| ((value * 65_536.0_f64).round() as i32).to_be_bytes()));
        bytes
    }

    fn check(profile: &[u8], colour: [u8; 3], expected: [u8; 3]) {
        let mut found = colour;
        to_srgb(&mut found, profile);
        assert!(
            found.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 1),
            "{colour:?}: {found:?} is not {expected:?}"
        );
    }

    #[test]
    fn wide_colours_become_srgb() {
        let p3 = profile(&DISPLAY_P3, &srgb_curve());
        // Reference: CSS Color 4, color(display-p3 …) as sRGB.
        check(&p3, [255; 3], [255; 3]);
        check(&p3, [128; 3], [128; 3]);
        check(&p3, [200, 120, 100], [213, 117, 95]);
        check(&p3, [255, 0, 0], [255, 0, 0]);
        let adobe = [[0.609_74, 0.311_11, 0.019_47], [0.205_28, 0.625_67, 0.060_87], [0.149_19, 0.063_22, 0.744_57]];
        let adobe = profile(&adobe, b"curv\0\0\0\0\0\0\0\x01\x02\x33");
        check(&adobe, [128; 3], [128; 3]);
        check(&adobe, [0, 0, 0], [0, 0, 0]);
    }

    #[test]
    fn what_is_srgb_or_broken_stays_as_it_is() {
        let columns: [[f64; 3]; 3] = std::array::from_fn(|column| std::array::from_fn(|row| SRGB[row][column]));
        let same = profile(&columns, &srgb_curve());
        assert!(Conversion::new(&same).is_none());
        let p3 = profile(&DISPLAY_P3, &srgb_curve());
        for length in 0..p3.len() {
            assert!(Conversion::new(&p3[..length]).is_none(), "cut at {length}");
        }
        for curve in [&b"curv\0\0\0\0\xff\xff\xff\xff"[..], b"para\0\0\0\0\0\x09\0\0\0\0\0\0", b"mAB "] {
            check(&profile(&DISPLAY_P3, curve), [200, 120, 100], [200, 120, 100]);
        }
    }
}
