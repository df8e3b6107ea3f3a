//! Boxes in pixels of the upright photo.

use serde::{Deserialize, Serialize};

/// An axis-aligned box: left, top, width and height, in pixels of the upright photo. It may reach over the edges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FaceBox {
    /// Left edge.
    pub x: f32,
    /// Top edge.
    pub y: f32,
    /// Width.
    pub width: f32,
    /// Height.
    pub height: f32,
}

impl FaceBox {
    /// A box from its left, top, width and height.
    #[must_use]
    pub const fn new(x: f32, y: f32, width: f32, height: f32) -> Self {
        Self { x, y, width, height }
    }

    /// Width × height, 0 when either is not positive.
    #[must_use]
    pub fn area(&self) -> f32 {
        self.width.max(0.0) * self.height.max(0.0)
    }

    /// The middle, `[x, y]`.
    #[must_use]
    pub fn centre(&self) -> [f32; 2] {
        [self.x + self.width / 2.0, self.y + self.height / 2.0]
    }

    /// Area of the common part.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> f32 {
        let width = (self.x + self.width).min(other.x + other.width) - self.x.max(other.x);
        let height = (self.y + self.height).min(other.y + other.height) - self.y.max(other.y);
        width.max(0.0) * height.max(0.0)
    }

    /// Intersection over union, 0 to 1; 0 for empty boxes.
    #[must_use]
    pub fn iou(&self, other: &Self) -> f32 {
        let common = self.intersection(other);
        let union = self.area() + other.area() - common;
        if union > 0.0 { common / union } else { 0.0 }
    }

    /// The same box in a picture `factor` times as large.
    #[must_use]
    pub fn scaled(&self, factor: f32) -> Self {
        Self::new(self.x * factor, self.y * factor, self.width * factor, self.height * factor)
    }

    /// The box grown by `margin` × its size in all (half on each side), about its middle.
    #[must_use]
    pub fn grown(&self, margin: f32) -> Self {
        let (dx, dy) = (self.width * margin / 2.0, self.height * margin / 2.0);
        Self::new(self.x - dx, self.y - dy, self.width + 2.0 * dx, self.height + 2.0 * dy)
    }
}
