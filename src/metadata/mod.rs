//! Names and face regions in the forms other programs read. Text in, text out: no files in here.

mod xmp;

pub use xmp::{Region, is_ours, sidecar};
