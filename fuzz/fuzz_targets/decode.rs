//! Any bytes as a photo: a picture or a sentence, never a panic. `cargo +nightly fuzz run --features libfuzzer decode`

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(photo) = albumen::media::decode(bytes) {
        assert_eq!(photo.pixels.rgb.len(), 3 * photo.pixels.width as usize * photo.pixels.height as usize);
    }
});
