//! The window: a function of a snapshot and of what may be lost. Sees the domain and the engine's handle, nothing else: no
//! files, no database, no networks, no waiting.

mod action;
mod app;
mod drag;
mod frame;
mod screens;
mod text;
mod theme;
mod thumbs;
mod view;
mod widgets;

pub use action::{Action, shortcut_table};
pub use app::{AlbumenApp, Picked, Services};
pub use thumbs::Thumbs;
pub use view::{Pick, Screen, ViewState};
