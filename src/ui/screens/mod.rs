//! One file a screen. A screen is a function of the snapshot and the view; what it wants done it says as commands.

pub(super) mod export;
pub(super) mod faces;
pub(super) mod history;
pub(super) mod map;
mod map_paint;
mod map_place;
pub(super) mod people;
mod people_keys;
pub(super) mod person;
pub(super) mod photo;
pub(super) mod photo_box;
pub(super) mod problems;
pub(super) mod review;
pub(super) mod search;
pub(super) mod settings;
pub(super) mod start;
pub(super) mod threshold;
mod threshold_board;
mod threshold_cards;
