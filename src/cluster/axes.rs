//! Where the map begins: the main axes of the embeddings.

use super::Embeddings;
use super::embeddings::dot;
use super::plane::{Lot, circle};

/// Half of the width of a new map before the first round.
const START: f32 = 10.0;
/// Faces that the axes are found from.
const SAMPLE: usize = 4_096;

/// The two directions in which the embeddings differ most, and where each face lies along them.
pub(super) fn axes(embeddings: &Embeddings<'_>, count: usize) -> Vec<[f32; 2]> {
    let width = embeddings.width();
    let step = count.div_ceil(SAMPLE).max(1);
    let mut middle = vec![0.0; width];
    let sample: Vec<&[f32]> = (0..count).step_by(step).map(|face| embeddings.row(face)).collect();
    for row in &sample {
        add(&mut middle, row, 1.0 / sample.len() as f32);
    }
    let mut lot = Lot(1);
    let mut directions: [Vec<f32>; 2] = std::array::from_fn(|_| (0..width).map(|_| lot.next() - 0.5).collect());
    for _ in 0..12 {
        let mut next = [vec![0.0; width], vec![0.0; width]];
        for (direction, next) in directions.iter().zip(&mut next) {
            let shift = dot(&middle, direction);
            for row in &sample {
                add(next, row, dot(row, direction) - shift);
            }
        }
        let [first, mut second] = next;
        let first = unit(first);
        let shared = dot(&first, &second);
        add(&mut second, &first, -shared);
        directions = [first, unit(second)];
    }
    let shifts = [dot(&middle, &directions[0]), dot(&middle, &directions[1])];
    let along = |face: usize, axis: usize| dot(embeddings.row(face), &directions[axis]) - shifts[axis];
    let mut at: Vec<[f32; 2]> = (0..count).map(|face| [along(face, 0), along(face, 1)]).collect();
    let most = at.iter().flatten().filter(|value| value.is_finite()).fold(1e-6f32, |most, value| most.max(value.abs()));
    for (face, place) in at.iter_mut().enumerate() {
        // A little aside, so that copies do not stay on top of each other.
        let aside = circle(face as u64, 0.01);
        for (value, aside) in place.iter_mut().zip(aside) {
            *value = if value.is_finite() { *value / most * START + aside } else { aside };
        }
    }
    at
}

fn add(to: &mut [f32], row: &[f32], times: f32) {
    for (value, other) in to.iter_mut().zip(row) {
        *value += times * other;
    }
}

pub(super) fn unit(mut row: Vec<f32>) -> Vec<f32> {
    let length = dot(&row, &row).sqrt();
    if length > 0.0 {
        for value in &mut row {
            *value /= length;
        }
    }
    row
}
