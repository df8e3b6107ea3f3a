//! Lines for people and for programs: stdout for results, stderr for the rest.

use std::borrow::Cow;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};

use crate::domain::{Activity, FaceBox, Landmarks};
pub(super) use crate::domain::{count, thousands};

/// A line for the person at the terminal.
pub(super) fn say(text: &str) {
    // Nobody is left to tell when stderr is closed.
    drop(writeln!(io::stderr().lock(), "{}", plain(text)));
}

/// A line of the result.
pub(super) fn line(text: &str) -> anyhow::Result<()> {
    Ok(writeln!(io::stdout().lock(), "{}", plain(text))?)
}

/// A file may be called so that a terminal takes its name for a command.
fn plain(text: &str) -> Cow<'_, str> {
    let commands = |c: char| c.is_control() && c != '\n';
    if text.contains(commands) { text.replace(commands, "\u{fffd}").into() } else { text.into() }
}

/// One JSON value on a line of its own.
pub(super) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    Ok(writeln!(io::stdout().lock(), "{}", serde_json::to_string(value)?)?)
}

/// A path in JSON, which knows text only: what is none of a name becomes `�`, so that one odd name does not cost the whole
/// report.
pub(super) fn path<S: Serializer>(path: &Path, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&path.display())
}

/// The same for several.
pub(super) fn paths<S: Serializer>(paths: &[PathBuf], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(paths.iter().map(|path| path.to_string_lossy()))
}

/// Whether whoever read our output has gone: `albumen people | head -1` is no failure.
pub(super) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// One decimal of a pixel is more than the networks can tell.
pub(super) fn tenths(value: f32) -> f64 {
    (f64::from(value) * 10.0).round() / 10.0
}

/// `[x, y, w, h]`.
pub(super) fn box_numbers(bounds: &FaceBox) -> [f64; 4] {
    [bounds.x, bounds.y, bounds.width, bounds.height].map(tenths)
}

/// Five `[x, y]`.
pub(super) fn landmark_numbers(landmarks: &Landmarks) -> [[f64; 2]; 5] {
    landmarks.map(|point| point.map(tenths))
}

/// A bar on a terminal, a line every tenth of the way elsewhere.
pub(super) struct Progress {
    terminal: bool,
    last: Option<usize>,
}

impl Progress {
    pub(super) fn new() -> Self {
        Self { terminal: io::stderr().is_terminal(), last: None }
    }

    pub(super) fn show(&mut self, activity: &Activity, faces: usize) {
        match *activity {
            Activity::Scanning { done, total, seconds_left, .. } => {
                let left = seconds_left.map_or(String::new(), |seconds| format!(", about {} left", duration(seconds)));
                let faces = count(faces, "face", "faces");
                self.step(done, total, &format!("{} of {} files, {faces}{left}", thousands(done), thousands(total)));
            }
            Activity::Exporting { done, total } => {
                self.step(done, total, &format!("{} of {} files", thousands(done), thousands(total)));
            }
            Activity::Idle | Activity::Asking | Activity::Listing { .. } | Activity::Grouping(_) => {}
        }
    }

    /// Ends the bar's line.
    pub(super) fn finish(&mut self) {
        if self.terminal && self.last.take().is_some() {
            say("");
        }
    }

    pub(super) fn step(&mut self, done: usize, total: usize, text: &str) {
        let tenth = (done * 10).checked_div(total).unwrap_or_default();
        if self.terminal {
            let width = 24;
            let filled = (done * width).checked_div(total).unwrap_or_default().min(width);
            let bar = format!("{}{}", "█".repeat(filled), "░".repeat(width - filled));
            drop(write!(io::stderr().lock(), "\r\x1b[K{bar} {text}"));
            self.last = Some(tenth);
        } else if self.last != Some(tenth) {
            say(text);
            self.last = Some(tenth);
        }
    }
}

fn duration(seconds: f32) -> String {
    match seconds.max(0.0) as u64 {
        seconds @ 0..=90 => format!("{seconds} s"),
        seconds @ 91..=5400 => format!("{} min", seconds.div_ceil(60)),
        seconds => format!("{:.1} h", seconds as f64 / 3600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_round_up_to_what_a_person_would_say() {
        for (seconds, text) in [(0.0, "0 s"), (89.9, "89 s"), (100.0, "2 min"), (7200.0, "2.0 h")] {
            assert_eq!(duration(seconds), text);
        }
    }
}
