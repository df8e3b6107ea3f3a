//! What the window remembers from one start to the next: the looks, not the library.

use std::path::PathBuf;

use serde::{Deserialize, Deserializer, Serialize};

/// Light, dark, or as the system has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Look {
    /// As the system has it.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Look {
    pub(super) fn preference(self) -> egui::ThemePreference {
        match self {
            Self::System => egui::ThemePreference::System,
            Self::Light => egui::ThemePreference::Light,
            Self::Dark => egui::ThemePreference::Dark,
        }
    }
}

/// The choices of the settings screen, and the libraries that were opened lately.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Light or dark.
    pub look: Look,
    /// Size of everything, 1.0 to 2.0.
    #[serde(deserialize_with = "scale_within")]
    pub scale: f32,
    /// Nothing moves by itself.
    pub still: bool,
    /// Width of a card in points.
    #[serde(deserialize_with = "card_within")]
    pub card_width: f32,
    /// New photos in the library's folders are scanned without being asked.
    pub watch: bool,
    /// Photos read side by side; 0: as many as the processor has cores to spare.
    pub workers: usize,
    /// Faces smaller than so many pixels may be missed.
    pub min_face: u16,
    /// What is selected is described beside the screen; unsaid: where there is plenty of room.
    pub details: Option<bool>,
    /// Library files opened lately, the latest first.
    pub recent: Vec<PathBuf>,
}

/// A file that was changed by hand must not make a window that nobody can use.
fn scale_within<'a, D: Deserializer<'a>>(from: D) -> Result<f32, D::Error> {
    let [least, .., most] = Settings::SCALES;
    Ok(f32::deserialize(from)?.clamp(least, most))
}

/// The same for the cards.
fn card_within<'a, D: Deserializer<'a>>(from: D) -> Result<f32, D::Error> {
    let (least, most) = Settings::CARDS.into_inner();
    Ok(f32::deserialize(from)?.clamp(least, most))
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            look: Look::System,
            scale: 1.0,
            still: false,
            card_width: 176.0,
            watch: false,
            workers: 0,
            min_face: Self::SMALLEST[0],
            details: None,
            recent: Vec::new(),
        }
    }
}

impl Settings {
    /// The sizes one can choose.
    pub(super) const SCALES: [f32; 5] = [1.0, 1.25, 1.5, 1.75, 2.0];
    /// The narrowest and the widest card.
    pub(super) const CARDS: std::ops::RangeInclusive<f32> = 112.0..=320.0;
    /// Photos side by side one can choose; 0 leaves it to the program.
    pub(super) const WORKERS: [usize; 5] = [0, 1, 2, 4, 8];
    /// The least sizes of faces one can choose, in pixels; the first is the usual one.
    pub(super) const SMALLEST: [u16; 4] = [20, 30, 40, 80];
    /// Libraries kept in mind.
    const RECENT: usize = 8;

    /// The next size up or down from this one.
    pub(super) fn scaled(&self, up: bool) -> f32 {
        let mut sizes = Self::SCALES.into_iter();
        let next = if up {
            sizes.find(|size| *size > self.scale + 0.01)
        } else {
            sizes.rev().find(|size| *size < self.scale - 0.01)
        };
        next.unwrap_or(self.scale)
    }

    /// A library was opened.
    pub(super) fn opened(&mut self, library: PathBuf) {
        self.recent.retain(|known| *known != library);
        self.recent.insert(0, library);
        self.recent.truncate(Self::RECENT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_go_up_and_down_and_stop_at_the_ends() {
        let at = |scale| Settings { scale, ..Settings::default() };
        assert_eq!(
            [at(1.0).scaled(true), at(1.5).scaled(false), at(2.0).scaled(true), at(1.0).scaled(false)],
            [1.25, 1.25, 2.0, 1.0]
        );
    }

    #[test]
    fn the_latest_library_comes_first_and_only_once() {
        let mut settings = Settings::default();
        for name in ["a", "b", "a"] {
            settings.opened(PathBuf::from(name));
        }
        assert_eq!(settings.recent, [PathBuf::from("a"), PathBuf::from("b")]);
    }

    #[test]
    fn sizes_of_a_file_are_sizes_one_can_choose() {
        let read = |text: &str| serde_json::from_str::<Settings>(text).unwrap();
        let settings = read(r#"{"scale":0.0,"card_width":-4.0}"#);
        assert_eq!((settings.scale, settings.card_width), (1.0, 112.0));
        let settings = read(r#"{"scale":1e30,"card_width":1e30}"#);
        assert_eq!((settings.scale, settings.card_width), (2.0, 320.0));
        assert_eq!(read(r#"{"scale":1.5}"#), Settings { scale: 1.5, ..Settings::default() });
    }

    #[test]
    fn an_older_file_still_reads() {
        let settings: Settings = serde_json::from_str(r#"{"look":"dark"}"#).unwrap();
        assert_eq!(settings, Settings { look: Look::Dark, ..Settings::default() });
    }
}
