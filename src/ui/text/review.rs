//! Words of review and *Why?*.

use super::{count, thousands};

// The review.

pub const NO_QUESTIONS: &str = "No questions. They come up when groups look much alike, or a group looks like two";
pub const ALL_SKIPPED: &str = "Every question was answered or skipped";
pub const SAME_PERSON: &str = "Same person";
pub const DIFFERENT_PEOPLE: &str = "Different people";
pub const SKIP: &str = "Skip";

/// Beside the title: how many questions wait.
pub fn left(questions: usize) -> String {
    if questions == 0 { String::new() } else { format!("about {} left", thousands(questions)) }
}

/// Takes up again what was put off.
pub fn ask_again(skipped: usize) -> String {
    format!("Ask {} again", count(skipped, "skipped question", "skipped questions"))
}

/// Beside the name of a pile: its faces, and how many of them are shown when not all are.
pub fn pile(shown: usize, faces: usize) -> String {
    if faces > shown { format!("{} of {}", thousands(shown), super::faces(faces)) } else { super::faces(faces) }
}

/// What the head of a pile does, for screen readers.
pub fn look_at(who: &str, faces: usize) -> String {
    format!("Look at {who}, {}", super::faces(faces))
}

// Why two faces are together, or apart.

pub const LOOKING_AT_ONE: &str = "Looking at the face and its group…";
pub const LOOKING_AT_TWO: &str = "Looking at the two faces…";
pub const NOT_COMPARED: &str = "These were not compared";
pub const WHY_TOGETHER: &str = "Why are these together?";
pub const WHY_APART: &str = "Why are these apart?";
pub const NOT_NEAREST: &str = "Neither is among the other's nearest faces";
pub const YOU_SAID_SO: &str = "You said so";
pub const NO_WAY: &str = "No way leads from one to the other";
pub const STEPS: &str = "The steps between them, the weakest first";
pub const NEAR_BOTH: &str = "Faces near both, and their places among the nearest";

/// Of two faces whose people are called the same: what tells these apart.
pub fn two_of_one_name(name: &str, left: &str, right: &str) -> String {
    format!("Two people are called {name}: the one on the left has {left}, the one on the right {right}")
}

/// What a face is called where others have that name: its usual words, and what tells this one apart.
pub fn face_of_one_name(face: &str, name: &str, apart: &str) -> String {
    format!("{face}; this {name} has {apart}")
}

/// After the first pictures of many.
pub fn and_more(number: usize) -> String {
    format!("and {} more", thousands(number))
}

/// How alike two faces look, −1 to 1.
pub fn alike(cosine: f32) -> String {
    format!("Alike: {cosine:.2} of 1")
}

/// How often they are among each other's nearest, from 0 on.
pub fn rank_order(distance: f32) -> String {
    format!("Rank-order distance: {distance:.1}")
}

/// How far the weakest step was above what is asked, or below.
pub fn margin(margin: f32) -> String {
    format!("Margin of the weakest step: {margin:+.2}")
}
