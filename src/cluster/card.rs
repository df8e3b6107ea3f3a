//! What the embeddings alone say of one card, whatever made it: which of its faces fits least, how like it another face
//! is, and where it would come apart.

use super::Embeddings;
use super::embeddings::dot;

/// Faces of a card that others are compared with, spread evenly over it.
const COMPARED: usize = 512;
/// Faces of a card whose likeness counts: somebody looks like themselves at one age, not at all of them.
const NEAREST: usize = 5;
/// Faces of a card that its tree is made of; the others go to the nearer pile. The tree takes the square of it.
const IN_TREE: usize = 2_000;
/// The mean cosine from which on two piles look like one person: a cut above it is worth next to nothing. With it, 594 of
/// 600 cards of two people of origin-120, celeba-dev and lfw-dev (one to eight faces among up to forty) are cut exactly
/// between them at the first cut, all 600 at one of five; 0.5 and 0.7 give the same within two cards.
const ONE_PERSON: f32 = 0.6;

/// How like the others each row is: its mean cosine to all of them, −1 to 1; 1 when there is no other.
#[must_use]
pub fn fits(rows: &Embeddings<'_>) -> Vec<f32> {
    let count = rows.len();
    if count < 2 {
        return vec![1.0; count];
    }
    let sum = sum((0..count).map(|place| rows.row(place)), rows.width());
    let of = |place: usize| {
        let row = rows.row(place);
        (dot(row, &sum) - dot(row, row)) / (count - 1) as f32
    };
    (0..count).map(of).collect()
}

/// A card others are compared with.
#[derive(Clone, Debug)]
pub struct Likeness {
    rows: Vec<Vec<f32>>,
    middle: Vec<f32>,
}

impl Likeness {
    /// Of the card with these faces; `None` without any.
    #[must_use]
    pub fn new(rows: &Embeddings<'_>) -> Option<Self> {
        if rows.is_empty() {
            return None;
        }
        let mut middle = sum((0..rows.len()).map(|place| rows.row(place)), rows.width());
        let length = dot(&middle, &middle).sqrt().max(f32::MIN_POSITIVE);
        for value in &mut middle {
            *value /= length;
        }
        let rows = spread(rows.len(), COMPARED).map(|place| rows.row(place).to_vec()).collect();
        Some(Self { rows, middle })
    }

    /// Cosine to the middle of the card: quick, and enough to leave out who is far away.
    #[must_use]
    pub fn rough(&self, row: &[f32]) -> f32 {
        dot(&self.middle, row)
    }

    /// Mean cosine to the faces of the card that are most like it, five at most.
    #[must_use]
    pub fn close(&self, row: &[f32]) -> f32 {
        let mut all: Vec<f32> = self.rows.iter().map(|own| dot(own, row)).collect();
        all.sort_unstable_by(|one, two| two.total_cmp(one));
        all.truncate(NEAREST);
        all.iter().sum::<f32>() / all.len().max(1) as f32
    }
}

/// A way to cut a card in two.
#[derive(Clone, Debug, PartialEq)]
pub struct Cut {
    /// The smaller side, ascending.
    pub pile: Vec<u32>,
    /// The most similar pair across, one of each side: where the two sides hang together.
    pub link: [u32; 2],
    /// Mean cosine across.
    pub cosine: f32,
}

/// Where a card would come apart: the merges of its average-linkage tree where it hangs together least, weighed by how
/// many faces would leave, the best first, at most so many. None for fewer than two faces.
#[must_use]
pub fn cuts(rows: &Embeddings<'_>, most: usize) -> Vec<Cut> {
    let chosen: Vec<usize> = spread(rows.len(), IN_TREE).collect();
    let merges = linkage(rows, &chosen);
    let worth = |merge: &Merge| {
        let leave = merge.sides[0].len().min(merge.sides[1].len());
        (ONE_PERSON - merge.cosine).max(0.02) * (leave as f32).sqrt()
    };
    let mut order: Vec<usize> = (0..merges.len()).collect();
    // Later merges are weaker: on a tie the outer one comes first.
    order.sort_by(|one, two| worth(&merges[*two]).total_cmp(&worth(&merges[*one])).then(two.cmp(one)));
    order.into_iter().take(most).map(|place| cut(rows, &chosen, &merges[place])).collect()
}

/// Two clusters that became one: places in the list of chosen rows.
struct Merge {
    sides: [Vec<u32>; 2],
    cosine: f32,
}

/// Average linkage by the chain of nearest neighbours: quadratic in time and room.
fn linkage(rows: &Embeddings<'_>, chosen: &[usize]) -> Vec<Merge> {
    let count = chosen.len();
    let mut near = vec![f32::NEG_INFINITY; count * count];
    for one in 0..count {
        for two in 0..one {
            let cosine = dot(rows.row(chosen[one]), rows.row(chosen[two]));
            near[one * count + two] = cosine;
            near[two * count + one] = cosine;
        }
    }
    let mut members: Vec<Vec<u32>> = (0..count as u32).map(|place| vec![place]).collect();
    let mut left: Vec<usize> = (0..count).collect();
    let mut chain: Vec<usize> = Vec::new();
    let mut merges = Vec::with_capacity(count.saturating_sub(1));
    while left.len() > 1 {
        let Some(last) = chain.last().copied() else {
            chain.push(left[0]);
            continue;
        };
        let before = chain.len().checked_sub(2).map(|place| chain[place]);
        let mut best = before.unwrap_or(usize::MAX);
        for other in left.iter().copied().filter(|other| *other != last) {
            // The one before wins a tie, so that the chain ends.
            if best == usize::MAX || near[last * count + other] > near[last * count + best] {
                best = other;
            }
        }
        if Some(best) != before {
            chain.push(best);
            continue;
        }
        chain.truncate(chain.len() - 2);
        let cosine = near[last * count + best];
        let (kept, gone) = (last.min(best), last.max(best));
        let (one, two) = (members[kept].len() as f32, members[gone].len() as f32);
        left.retain(|other| *other != gone);
        for other in left.iter().copied().filter(|other| *other != kept) {
            let mean = (one * near[kept * count + other] + two * near[gone * count + other]) / (one + two);
            near[kept * count + other] = mean;
            near[other * count + kept] = mean;
        }
        let leaving = std::mem::take(&mut members[gone]);
        let mut both = members[kept].clone();
        both.extend(&leaving);
        merges.push(Merge { sides: [std::mem::replace(&mut members[kept], both), leaving], cosine });
    }
    merges.sort_by(|one, two| two.cosine.total_cmp(&one.cosine));
    merges
}

fn cut(rows: &Embeddings<'_>, chosen: &[usize], merge: &Merge) -> Cut {
    let [one, two] = &merge.sides;
    let (small, large) = if one.len() <= two.len() { (one, two) } else { (two, one) };
    let row = |place: u32| chosen.get(place as usize).map(|place| rows.row(*place)).unwrap_or_default();
    let pairs = small.iter().flat_map(|a| large.iter().map(move |b| (*a, *b)));
    let pairs = pairs.map(|(a, b)| (dot(row(a), row(b)), a, b));
    let (_, a, b) = pairs.max_by(|one, two| one.0.total_cmp(&two.0)).unwrap_or_default();
    let outer = |place: u32| chosen.get(place as usize).map_or(0, |place| *place as u32);
    let mut pile: Vec<u32> = small.iter().map(|place| outer(*place)).collect();
    if chosen.len() < rows.len() {
        let mean = |places: &mut dyn Iterator<Item = usize>, count: usize| -> Vec<f32> {
            let mut mean = sum(places.map(|place| rows.row(place)), rows.width());
            for value in &mut mean {
                *value /= count.max(1) as f32;
            }
            mean
        };
        pile.sort_unstable();
        let here = mean(&mut pile.iter().map(|place| *place as usize), pile.len());
        let stays = |place: &usize| pile.binary_search(&(*place as u32)).is_err();
        let there = mean(&mut chosen.iter().copied().filter(stays), chosen.len() - pile.len());
        let others = (0..rows.len()).filter(|place| chosen.binary_search(place).is_err());
        let nearer = others.filter(|place| dot(&here, rows.row(*place)) > dot(&there, rows.row(*place)));
        let nearer: Vec<u32> = nearer.map(|place| place as u32).collect();
        pile.extend(nearer);
    }
    pile.sort_unstable();
    let mut link = [outer(a), outer(b)];
    if 2 * pile.len() > rows.len() {
        // What came to it made it the larger side.
        pile = (0..rows.len() as u32).filter(|place| pile.binary_search(place).is_err()).collect();
        link.reverse();
    }
    Cut { pile, link, cosine: merge.cosine }
}

fn sum<'a>(rows: impl Iterator<Item = &'a [f32]>, width: usize) -> Vec<f32> {
    let mut sum = vec![0.0f32; width];
    for row in rows {
        sum.iter_mut().zip(row).for_each(|(total, value)| *total += value);
    }
    sum
}

/// At most so many places of a list, evenly spread, ascending.
fn spread(count: usize, most: usize) -> impl Iterator<Item = usize> {
    let taken = count.min(most);
    (0..taken).map(move |place| place * count / taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows at these angles in degrees, in the plane.
    fn at(angles: &[f32]) -> Vec<f32> {
        angles.iter().flat_map(|angle| [angle.to_radians().cos(), angle.to_radians().sin()]).collect()
    }

    #[test]
    fn who_fits_least_is_found() {
        let values = at(&[0.0, 2.0, 80.0, 4.0]);
        let fits = fits(&Embeddings::new(2, &values).unwrap());
        assert!(fits[2] < 0.3 && fits[0] > 0.6 && fits[1] > 0.6, "{fits:?}");
        let mean = (0..4).filter(|place| *place != 1).map(|place| {
            let angle: f32 = [0.0, 2.0, 80.0, 4.0][place];
            (angle - 2.0).to_radians().cos()
        });
        assert!((fits[1] - mean.sum::<f32>() / 3.0).abs() < 1e-5, "the mean of the others, itself left out");
    }

    #[test]
    fn likeness_is_to_the_nearest_and_not_to_all() {
        // Six faces of a child, six of the same person grown up.
        let values = at(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 60.0, 61.0, 62.0, 63.0, 64.0, 65.0]);
        let likeness = Likeness::new(&Embeddings::new(2, &values).unwrap()).unwrap();
        let face = at(&[2.0]);
        assert!(likeness.close(&face) > 0.999 && likeness.rough(&face) < 0.9);
        assert!(Likeness::new(&Embeddings::new(2, &[]).unwrap()).is_none());
    }

    #[test]
    fn a_card_of_two_people_comes_apart_between_them() {
        let check = |angles: &[f32], pile: &[u32]| {
            let values = at(angles);
            let cuts = cuts(&Embeddings::new(2, &values).unwrap(), 3);
            assert_eq!(cuts[0].pile, pile, "{angles:?}");
            let [a, b] = cuts[0].link;
            assert!(pile.contains(&a) && !pile.contains(&b), "{:?}", cuts[0].link);
        };
        check(&[0.0, 2.0, 90.0, 3.0, 92.0], &[2, 4]);
        // One who stands alone is worth less than a pile that is nearly as far.
        check(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 80.0, 81.0, 82.0, 83.0, 120.0], &[6, 7, 8, 9, 10]);
        let none = cuts(&Embeddings::new(2, &at(&[0.0])).unwrap(), 3);
        assert!(none.is_empty());
    }

    #[test]
    fn a_very_large_card_is_cut_by_a_part_of_it() {
        let angles: Vec<f32> =
            (0..3000).map(|number| if number % 3 == 0 { 90.0 } else { 0.0 } + number as f32 / 3e3).collect();
        let values = at(&angles);
        let cuts = cuts(&Embeddings::new(2, &values).unwrap(), 1);
        let expected: Vec<u32> = (0..1000).map(|number| number * 3).collect();
        assert_eq!(cuts[0].pile, expected);
    }
}
