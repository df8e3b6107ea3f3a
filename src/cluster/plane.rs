//! Places in the plane: what the map is made of, and room between them.

/// The mean of places, and how far the farthest is from it.
pub(super) fn middle<'a>(places: impl Iterator<Item = &'a [f32; 2]> + Clone) -> ([f32; 2], f32) {
    let count = places.clone().count().max(1) as f32;
    let middle = places.clone().fold([0.0; 2], |sum, at| [sum[0] + at[0] / count, sum[1] + at[1] / count]);
    let far = places.fold(0.0f32, |most, at| most.max((at[0] - middle[0]).hypot(at[1] - middle[1])));
    (middle, far)
}

pub(super) fn apart(one: [f32; 2], two: [f32; 2]) -> ([f32; 2], f32) {
    let apart = [one[0] - two[0], one[1] - two[1]];
    (apart, apart[0] * apart[0] + apart[1] * apart[1])
}

/// Faces that all but lie on each other move apart, so that every face can be seen when one is near enough, and a person
/// of many faces looks like more than a person of few.
pub(super) fn make_room(at: &mut [[f32; 2]]) {
    const ROUNDS: usize = 40;
    const LOOKED_AT: usize = 24;
    let (_, radius) = middle(at.iter());
    let least = (0.25 * radius / (at.len() as f32).sqrt().max(1.0)).max(0.5 * usual_distance(at));
    if least <= 0.0 {
        return;
    }
    for _ in 0..ROUNDS {
        let cells = Cells::new(at, least);
        let before = at.to_vec();
        for (face, here) in before.iter().enumerate() {
            for other in cells.around(*here).filter(|other| *other as usize != face).take(LOOKED_AT) {
                let (mut apart, square) = apart(*here, before[other as usize]);
                let mut distance = square.sqrt();
                if distance >= least {
                    continue;
                }
                if distance < 1e-3 * least {
                    apart = circle(face as u64, 1.0);
                    distance = 1.0;
                }
                let step = 0.25 * (least - square.sqrt()) / distance;
                at[face] = [at[face][0] + apart[0] * step, at[face][1] + apart[1] * step];
            }
        }
    }
}

/// How far the nearest other is, for a face in the middle.
fn usual_distance(at: &[[f32; 2]]) -> f32 {
    let (_, radius) = middle(at.iter());
    let side = 2.0 * radius / (at.len() as f32).sqrt().max(1.0);
    if side <= 0.0 {
        return 0.0;
    }
    let cells = Cells::new(at, side);
    let step = at.len().div_ceil(2_000).max(1);
    let mut found: Vec<f32> = (0..at.len())
        .step_by(step)
        .filter_map(|face| {
            let others = cells.around(at[face]).filter(|other| *other as usize != face);
            let nearest = others.map(|other| apart(at[face], at[other as usize]).1).min_by(f32::total_cmp)?;
            Some(nearest.sqrt())
        })
        .filter(|distance| *distance > 0.0)
        .collect();
    found.sort_unstable_by(f32::total_cmp);
    found.get(found.len() / 2).copied().unwrap_or(0.0)
}

/// Faces by squares of the plane.
struct Cells {
    side: f32,
    /// Ascending by square, then by face.
    faces: Vec<((i32, i32), u32)>,
}

impl Cells {
    fn new(at: &[[f32; 2]], side: f32) -> Self {
        let mut cells = Self { side, faces: Vec::with_capacity(at.len()) };
        cells.faces = at.iter().map(|at| cells.cell(*at)).zip(0..).collect();
        cells.faces.sort_unstable();
        cells
    }

    fn cell(&self, at: [f32; 2]) -> (i32, i32) {
        ((at[0] / self.side).floor() as i32, (at[1] / self.side).floor() as i32)
    }

    /// Faces in the square of a place and the eight around it.
    fn around(&self, at: [f32; 2]) -> impl Iterator<Item = u32> {
        let (x, y) = self.cell(at);
        (-1..=1).flat_map(move |dx| {
            let column = x.saturating_add(dx);
            // Three squares of a column lie one after the other.
            let (first, last) = ((column, y.saturating_sub(1)), (column, y.saturating_add(1)));
            let from = self.faces.partition_point(|(cell, _)| *cell < first);
            self.faces[from..].iter().take_while(move |(cell, _)| *cell <= last).map(|(_, face)| *face)
        })
    }
}

/// A place at a distance, in a direction by lot.
pub(super) fn circle(number: u64, radius: f32) -> [f32; 2] {
    let angle = (scatter(number) >> 40) as f32 / (1u64 << 24) as f32 * std::f32::consts::TAU;
    [radius * angle.cos(), radius * angle.sin()]
}

/// Scatters numbers (splitmix64).
pub(super) fn scatter(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// Numbers taken by lot: always the same ones.
pub(super) struct Lot(pub(super) u64);

impl Lot {
    pub(super) fn word(&mut self) -> u32 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        (scatter(self.0) >> 32) as u32
    }

    /// 0 to 1.
    pub(super) fn next(&mut self) -> f32 {
        (self.word() >> 8) as f32 / (1u32 << 24) as f32
    }

    /// A place below `count`.
    pub(super) fn below(&mut self, count: usize) -> usize {
        ((u64::from(self.word()) * count as u64) >> 32) as usize
    }
}
