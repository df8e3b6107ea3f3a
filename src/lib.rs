//! Albumen finds the people in a folder of photos, on the user's own machine, and lets them leave with named albums.
//!
//! The modules play the role of crates; `tests/tidy.rs` holds the arrows between them (see `ARCHITECTURE.md`).

pub mod cli;
pub mod cluster;
pub mod domain;
pub mod engine;
pub mod export;
pub mod media;
pub mod metadata;
pub mod pipeline;
pub mod scan;
pub mod store;
pub mod ui;
pub mod vision;
pub mod window;
