//! Fuzzing without a nightly compiler: changes whole photos at random and decodes them, for a time.
//!
//! ```text
//! cargo run --release --manifest-path fuzz/Cargo.toml --bin mutate -- SECONDS SEED FILE…
//! ```
//!
//! Prints a line for every outcome, and each file that took over a second or whose decoder gave up, with what is needed
//! to make it again. The same seed gives the same changes.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

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

fn changed(whole: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    for _ in 0..=dice.below(8) {
        let at = dice.below(bytes.len());
        match dice.below(6) {
            0 => bytes[at] ^= 1 << dice.below(8),
            1 => bytes[at] = dice.below(256) as u8,
            2 => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][dice.below(5)],
            3 => bytes.truncate(at.max(1)),
            4 => {
                let from = dice.below(bytes.len());
                let piece = bytes[from..(from + 1 + dice.below(64)).min(bytes.len())].to_vec();
                bytes.splice(at..at, piece);
            }
            _ => drop(bytes.drain(at..(at + 1 + dice.below(16)).min(bytes.len()))),
        }
        if bytes.is_empty() {
            bytes.push(0);
        }
    }
    bytes
}

fn main() {
    let mut words = std::env::args().skip(1);
    let number = |word: Option<String>| word.and_then(|word| word.parse::<u64>().ok()).unwrap_or(1);
    let (time, seed) = (Duration::from_secs(number(words.next())), number(words.next()));
    let files: Vec<(String, Vec<u8>)> =
        words.filter_map(|path| std::fs::read(&path).ok().map(|bytes| (path, bytes))).collect();
    let mut outcomes: BTreeMap<String, u64> = BTreeMap::new();
    let start = Instant::now();
    let mut round = 0;
    while start.elapsed() < time && !files.is_empty() {
        round += 1;
        let mut dice = Dice((seed << 32 | round) * 2 + 1);
        let (path, whole) = &files[round as usize % files.len()];
        let bytes = changed(whole, &mut dice);
        let begun = Instant::now();
        let result = albumen::media::decode(&bytes);
        let took = begun.elapsed();
        let gave_up = matches!(&result, Err(error) if error.to_string().contains("gave up"));
        if took > Duration::from_secs(1) || gave_up {
            println!("{path} seed {seed} round {round}: {took:?} {}", if gave_up { "gave up" } else { "" });
        }
        let name = result.map_or_else(|error| error.kind().name().to_owned(), |_| "decoded".to_owned());
        *outcomes.entry(name).or_default() += 1;
    }
    println!("{round} files in {:?}: {outcomes:?}", start.elapsed());
}
