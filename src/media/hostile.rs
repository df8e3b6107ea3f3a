//! Files that mean harm: every prefix of small files of every format, changed bytes, sizes that are lies. None of them
//! may panic, hang, or take memory before it is counted.

use std::io::Cursor;
use std::time::{Duration, Instant};

use image::{DynamicImage, ImageFormat, RgbImage, RgbaImage};
use proptest::prelude::{any, prop, proptest};

use super::tests::{avif, heic, jxl, picture, written};
use super::{MediaError, decode};

/// No small file may take so long, however busy the machine: each is a matter of milliseconds.
const PATIENCE: Duration = Duration::from_secs(20);

/// A small file of every format, with its name.
fn small_files() -> Vec<(&'static str, Vec<u8>)> {
    let picture = picture(24, 16);
    let mut raw = b"II*\0\x08\0\0\0\0\0\0\0\0\0".to_vec();
    raw.extend(written(&self::picture(640, 480), ImageFormat::Jpeg));
    vec![
        ("jpeg", written(&picture, ImageFormat::Jpeg)),
        ("progressive", include_bytes!("fixtures/progressive.jpg").to_vec()),
        ("cmyk", include_bytes!("fixtures/cmyk.jpg").to_vec()),
        ("png", written(&picture, ImageFormat::Png)),
        ("sixteen bits", written(&picture.to_rgba16().into(), ImageFormat::Png)),
        ("webp", written(&picture, ImageFormat::WebP)),
        ("tiff", written(&picture, ImageFormat::Tiff)),
        ("gif", written(&picture, ImageFormat::Gif)),
        ("bmp", written(&picture, ImageFormat::Bmp)),
        ("heic", heic(6, &picture)),
        ("avif", avif(5).to_vec()),
        ("transparent", include_bytes!("fixtures/alpha.avif").to_vec()),
        ("jpeg xl", include_bytes!("fixtures/plain.jxl").to_vec()),
        ("jpeg xl in boxes", jxl(6).to_vec()),
        ("jpeg xl, clear", include_bytes!("fixtures/alpha.jxl").to_vec()),
        ("raw", raw),
    ]
}

/// Decodes, and checks that whatever comes of it comes soon and is whole, or a sentence.
fn tried(bytes: &[u8], what: &str) -> bool {
    let start = Instant::now();
    let result = decode(bytes);
    assert!(start.elapsed() < PATIENCE, "{what}: {:?}", start.elapsed());
    match result {
        Ok(decoded) => {
            let pixels = decoded.pixels;
            assert_eq!(pixels.rgb.len(), 3 * pixels.width as usize * pixels.height as usize, "{what}");
            true
        }
        Err(error) => {
            let text = error.to_string();
            assert!(text.len() > 20 && !text.contains('\n'), "{what}: {text}");
            assert!(!text.contains("gave up") && !text.contains("too many like it"), "{what}: {text}");
            false
        }
    }
}

#[test]
fn every_prefix_of_every_format_has_an_end() {
    for (name, whole) in small_files() {
        assert!(tried(&whole, name), "{name} is whole");
        // Every length at the beginning, where the headers are; then ever fewer.
        let mut length = 0;
        while length < whole.len() {
            tried(&whole[..length], &format!("{name} cut at {length}"));
            length += 1 + length / 300;
        }
    }
}

#[test]
fn every_changed_byte_has_an_end() {
    for (name, whole) in small_files() {
        let mut at = 0;
        while at < whole.len() {
            for bit in [0, 3, 7] {
                let mut broken = whole.clone();
                broken[at] ^= 1 << bit;
                tried(&broken, &format!("{name} with bit {bit} of byte {at} turned"));
            }
            at += 1 + at / 100;
        }
    }
}

proptest! {
    // The same rubbish every time: a panic inside the AV1 decoder keeps a lock that the test harness waits for at its end
    // (see `guard`), and a test that hangs now and then tells nobody anything.
    #![proptest_config(proptest::test_runner::Config {
        cases: 64,
        rng_seed: proptest::test_runner::RngSeed::Fixed(7),
        ..proptest::test_runner::Config::default()
    })]

    #[test]
    fn rubbish_behind_any_beginning_is_an_error(
        which in 0usize..16,
        kept in 4usize..64,
        rubbish in prop::collection::vec(any::<u8>(), 0..600),
    ) {
        let files = small_files();
        let (name, whole) = &files[which % files.len()];
        tried(&[&whole[..kept.min(whole.len())], &rubbish].concat(), name);
    }
}

/// xorshift64*: the same numbers everywhere.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % limit.max(1)
    }
}

/// A few changes of the kinds that break decoders: bits, bytes, extreme values, cuts, repetitions, gaps.
fn changed(whole: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    // Half of them among the headers, where a byte weighs most.
    let reach = if dice.below(2) == 0 { 400 } else { usize::MAX };
    for _ in 0..=dice.below(8) {
        let at = dice.below(bytes.len().min(reach));
        match dice.below(6) {
            0 => bytes[at] ^= 1 << dice.below(8),
            1 => bytes[at] = dice.below(256) as u8,
            2 => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][dice.below(5)],
            3 if dice.below(4) == 0 => bytes.truncate(at.max(1)),
            3 | 4 => {
                let from = dice.below(bytes.len());
                let piece = bytes[from..(from + 1 + dice.below(64)).min(bytes.len())].to_vec();
                bytes.splice(at..at, piece);
            }
            _ => drop(bytes.drain(at..(at + 1 + dice.below(16)).min(bytes.len() - 1).max(at))),
        }
    }
    bytes
}

/// Forty files of each format, changed at random, the same ones every time. To look for new ones:
/// `ALBUMEN_FUZZ=SECONDS,SEED cargo test --release --lib changed_at_random -- --nocapture`
#[test]
fn files_changed_at_random_have_an_end() {
    let long = std::env::var("ALBUMEN_FUZZ").ok();
    let mut wanted = long.iter().flat_map(|text| text.split(',')).map(|number| number.parse::<u64>().unwrap());
    let (time, seed) = (wanted.next().map(Duration::from_secs), wanted.next().unwrap_or(1));
    let files = small_files();
    let (start, mut round, mut read, mut slowest) = (Instant::now(), 0, 0, Duration::ZERO);
    while time.map_or(round < 40 * files.len() as u64, |time| start.elapsed() < time) {
        let (name, whole) = &files[round as usize % files.len()];
        let bytes = changed(whole, &mut Dice(2 * (seed << 32 | round) + 1));
        let begun = Instant::now();
        read += usize::from(tried(&bytes, &format!("{name}, seed {seed}, round {round}")));
        slowest = slowest.max(begun.elapsed());
        round += 1;
    }
    eprintln!("{round} changed files in {:?}, {read} of them read, the slowest in {slowest:?}", start.elapsed());
}

/// CRC-32, as PNG wants it behind every chunk.
fn checksum(bytes: &[u8]) -> u32 {
    let step = |sum: u32, _bit| if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 };
    !bytes.iter().fold(u32::MAX, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), step))
}

/// A size that a header claims, and nothing behind it that could fill it.
#[test]
fn bombs_are_refused_before_they_go_off() {
    let check = |what: &str, bytes: &[u8], expected: &[&str]| {
        let start = Instant::now();
        let kind = decode(bytes).err().map_or("read", |error| error.kind().name());
        assert!(expected.contains(&kind), "{what}: {kind}");
        assert!(start.elapsed() < PATIENCE, "{what}: {:?}", start.elapsed());
    };
    let mut png = written(&picture(16, 16).to_rgba16().into(), ImageFormat::Png);
    png[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0x0c, 0x80]);
    let sum = checksum(&png[12..29]).to_be_bytes();
    png[29..33].copy_from_slice(&sum);
    check("a PNG of 60,000 × 3,200 pixels of 8 bytes", &png, &["too-large"]);
    let mut webp = written(&picture(16, 16), ImageFormat::WebP);
    let at = webp.windows(4).position(|four| four == b"VP8L").unwrap() + 9;
    webp[at..at + 4].copy_from_slice(&[0xfe, 0xbf, 0xff, 0x0f]);
    check("a WebP of 16,383 × 16,383 pixels", &webp, &["too-large", "damaged"]);
    let mut tiff = written(&picture(16, 16), ImageFormat::Tiff);
    for tag in [[0, 1], [1, 1]] {
        let is_entry =
            |at: &usize| tiff[*at..*at + 2] == tag && matches!(tiff[*at + 2..*at + 8], [3 | 4, 0, 1, 0, 0, 0]);
        let at = (0..tiff.len() - 12).rfind(is_entry).unwrap();
        tiff[at + 2] = 4;
        tiff[at + 8..at + 12].copy_from_slice(&60_000u32.to_le_bytes());
    }
    check("a TIFF of 60,000 × 60,000 pixels", &tiff, &["too-large", "damaged"]);
    let mut heic = heic(1, &picture(16, 16));
    let at = heic.windows(4).position(|four| four == b"ispe").unwrap() + 8;
    heic[at..at + 8].copy_from_slice(&[0, 0, 0x60, 0, 0, 0, 0x20, 0]);
    check("a HEIC of 24,576 × 8,192 pixels", &heic, &["too-large"]);
    let mut av1 = avif(1).to_vec();
    let at = av1.windows(4).position(|four| four == b"ispe").unwrap() + 8;
    av1[at..at + 8].copy_from_slice(&[0, 0, 0x60, 0, 0, 0, 0x20, 0]);
    check("an AVIF of 24,576 × 8,192 pixels", &av1, &["too-large"]);
    // 30 bits a side, of which no decoder may believe a word.
    let mut jxl = vec![0xff, 0x0a, 0xfe, 0xff, 0xff, 0xff, 0xf1, 0xff, 0xff, 0xff, 0x0f];
    jxl.extend(&include_bytes!("fixtures/plain.jxl")[4..]);
    check("a JPEG XL of 2³⁰ × 2³⁰ pixels", &jxl, &["too-large"]);
    let mut gif = written(&picture(16, 16), ImageFormat::Gif);
    gif[6..10].copy_from_slice(&[0x30, 0x75, 0x30, 0x75]);
    check("a GIF of 30,000 × 30,000 pixels", &gif, &["too-large"]);
    // A progressive JPEG with hundreds of passes over a large picture.
    let whole = include_bytes!("fixtures/progressive.jpg");
    let frame = whole.windows(2).position(|two| two == [0xff, 0xc2]).unwrap();
    let scan = whole.windows(2).position(|two| two == [0xff, 0xda]).unwrap();
    let mut jpeg = whole[..whole.len() - 2].to_vec();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0x20, 0, 0x20, 0]);
    jpeg.extend(whole[scan..scan + 20].repeat(500));
    jpeg.extend([0xff, 0xd9]);
    check("a JPEG of 500 passes", &jpeg, &["too-large"]);
}

#[test]
fn thin_and_long_pictures_are_read() {
    for (width, height) in [(1, 1), (1, 3000), (3000, 1), (65_535, 1), (1, 65_535), (7, 9)] {
        let picture =
            DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, 90])));
        for format in [ImageFormat::Png, ImageFormat::Jpeg] {
            let decoded =
                decode(&written(&picture, format)).unwrap_or_else(|error| panic!("{width} × {height}: {error}"));
            assert_eq!((decoded.pixels.width, decoded.pixels.height), (width, height), "{format:?}");
        }
    }
}

#[test]
fn a_picture_that_unpacks_to_much_is_read_within_bounds() {
    // 36 megapixels of nothing in some kilobytes: allowed, but it must not take long.
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::ImageLuma8(image::GrayImage::new(6000, 6000)).write_to(&mut bytes, ImageFormat::Png).unwrap();
    let start = Instant::now();
    assert_eq!(decode(&bytes.into_inner()).map(|decoded| decoded.pixels.width), Ok(6000));
    assert!(start.elapsed() < 6 * PATIENCE, "{:?}", start.elapsed());
    assert_eq!(decode(&[]), Err(MediaError::Empty));
    let transparent = DynamicImage::ImageRgba8(RgbaImage::new(3, 3));
    assert_eq!(decode(&written(&transparent, ImageFormat::WebP)).unwrap().pixels.get(1, 1), Some([255; 3]));
}
