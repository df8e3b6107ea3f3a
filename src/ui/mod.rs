//! The window: a function of a snapshot and of what may be lost. Sees the domain and the engine's handle, nothing else: no
//! files, no database, no networks, no waiting.

mod about;
mod action;
mod among;
mod app;
mod behind;
mod cards;
mod closing;
mod covers;
mod doing;
mod drag;
mod following;
mod frame;
mod grid;
mod hint;
mod icons;
mod index;
mod inspector;
mod inspector_facts;
mod naming;
mod palette;
mod person_dialogs;
mod photos;
mod recent;
mod screens;
mod search;
mod selecting;
mod services;
mod settings;
mod shelf;
mod splitting;
mod text;
mod theme;
mod thumbs;
mod view;
mod wanted;
mod why;
mod widgets;
mod work;

pub use action::{Action, shortcut_table};
pub use app::AlbumenApp;
pub use covers::Covered;
pub use services::{Picked, Services};
pub use settings::{Look, Settings};
pub use thumbs::Thumbs;
pub use view::{Pick, Screen, ViewState};

/// What is said beside the window: in its frame, in the system's dialogs, in the terminal.
pub(crate) mod words {
    pub(crate) use super::text::ALBUMEN;
    pub(crate) use super::text::frame::{
        CHOOSE_FOR_ALBUMS, CHOOSE_PHOTOS, NO_FOLDER_DIALOG, no_such_folder, no_window,
    };
}
