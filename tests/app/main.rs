//! Everything that needs more than one module, in one binary: each test binary links the weights.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what went wrong by failing")]

mod checkpoints;
mod cli;
mod cli_trouble;
mod engine;
mod engine_again;
mod engine_closed;
mod engine_disk;
mod engine_edits;
mod engine_kill;
mod engine_map;
mod engine_said;
mod engine_same;
mod engine_support;
mod engine_trouble;
mod engine_watch;
mod golden_facenet;
mod golden_mtcnn;
mod kernels;
mod media;
mod support;
mod ui_answers;
mod ui_asking;
mod ui_engine;
mod ui_faces;
mod ui_frame;
mod ui_inspector;
mod ui_keys;
mod ui_kit;
mod ui_map;
mod ui_moving;
mod ui_screens;
mod ui_several;
mod ui_shell;
mod ui_staying;
mod ui_telling;
mod ui_threshold;
mod ui_words;
mod window;
