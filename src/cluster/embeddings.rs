//! A matrix of embeddings.

/// One L2-normalised row a face.
#[derive(Clone, Copy, Debug)]
pub struct Embeddings<'a> {
    width: usize,
    values: &'a [f32],
}

impl<'a> Embeddings<'a> {
    /// Rows of `width` numbers; `None` when the numbers do not fill whole rows.
    #[must_use]
    pub fn new(width: usize, values: &'a [f32]) -> Option<Self> {
        (width > 0 && values.len().is_multiple_of(width)).then_some(Self { width, values })
    }

    /// Faces.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len() / self.width
    }

    /// No faces.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Numbers in a row.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// One face's row; empty past the end.
    #[must_use]
    pub fn row(&self, face: usize) -> &'a [f32] {
        self.values.get(face * self.width..(face + 1) * self.width).unwrap_or_default()
    }

    /// `count` rows from `first` on; empty past the end.
    pub(super) fn rows(&self, first: usize, count: usize) -> &'a [f32] {
        self.values.get(first * self.width..(first + count) * self.width).unwrap_or_default()
    }

    /// An order of faces by what their rows hold, the same wherever they stand; exact copies are equal.
    pub(super) fn compare(&self, one: usize, two: usize) -> std::cmp::Ordering {
        let pairs = self.row(one).iter().zip(self.row(two));
        pairs.map(|(a, b)| a.total_cmp(b)).find(|order| order.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
    }

    /// Every face's place in that order, copies by their places here: decisions made by it do not depend on the order the
    /// faces came in.
    pub(super) fn canonical(&self) -> Vec<u32> {
        use rayon::prelude::*;
        let mut order: Vec<u32> = (0..self.len() as u32).collect();
        order.par_sort_unstable_by(|one, two| self.compare(*one as usize, *two as usize).then(one.cmp(two)));
        order
    }
}

/// Lanes of a sum: enough independent ones to keep a processor's adders busy.
const LANES: usize = 32;

/// Dot product, the same number on every processor: always the same lanes, and never a product and a sum in one rounding.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has just said that it knows these instructions.
        return unsafe { dot_by_eight(a, b) };
    }
    dot_in_lanes(a, b)
}

/// [`dot_in_lanes`], compiled for wider registers.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn dot_by_eight(a: &[f32], b: &[f32]) -> f32 {
    dot_in_lanes(a, b)
}

#[expect(clippy::inline_always, reason = "only inside a function for wider registers does it become one")]
#[inline(always)]
fn dot_in_lanes(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0f32; LANES];
    let (a_chunks, b_chunks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f32 = a_chunks.remainder().iter().zip(b_chunks.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in a_chunks.zip(b_chunks) {
        for lane in 0..LANES {
            lanes[lane] += x[lane] * y[lane];
        }
    }
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            lanes[lane] += lanes[lane + width];
        }
        width /= 2;
    }
    lanes[0] + rest
}

/// Sum of absolute differences.
pub(super) fn manhattan(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0f32; 8];
    let (a_chunks, b_chunks) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f32 = a_chunks.remainder().iter().zip(b_chunks.remainder()).map(|(x, y)| (x - y).abs()).sum();
    for (x, y) in a_chunks.zip(b_chunks) {
        for lane in 0..8 {
            lanes[lane] += (x[lane] - y[lane]).abs();
        }
    }
    lanes.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dot_product_is_the_same_in_both_directions_and_on_every_processor() {
        let values = crate::cluster::tests::faces(8, 8, 1.0);
        for (a, b) in values.chunks(133).zip(values[64..].chunks(133)) {
            let length = a.len().min(b.len());
            let (a, b) = (&a[..length], &b[..length]);
            let exact: f64 = a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum();
            assert!((f64::from(dot(a, b)) - exact).abs() < 1e-5);
            assert_eq!(dot(a, b), dot(b, a));
            assert_eq!(dot(a, b), dot_in_lanes(a, b));
        }
    }
}
