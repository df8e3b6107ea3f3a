//! What holds for every method.

use proptest::prelude::*;

use super::*;

/// Unit vectors about `people` directions, `each` a person; deterministic.
pub(super) fn faces(people: usize, each: usize, noise: f32) -> Vec<f32> {
    let mut state = 12345u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) as f32 / (1u64 << 31) as f32) - 0.5
    };
    let centres: Vec<Vec<f32>> = (0..people).map(|_| (0..32).map(|_| next()).collect()).collect();
    let mut values = Vec::new();
    for number in 0..people * each {
        let mut row: Vec<f32> = centres[number % people].iter().map(|value| value + noise * next()).collect();
        let length = row.iter().map(|value| value * value).sum::<f32>().sqrt();
        for value in &mut row {
            *value /= length;
        }
        values.extend(row);
    }
    values
}

pub(super) fn grouped(values: &[f32], constraints: &Constraints, method: Method) -> Vec<Vec<u32>> {
    let embeddings = Embeddings::new(32, values).unwrap();
    cluster(&embeddings, constraints, &Settings { method, ..Settings::default() })
}

#[test]
fn names_lead_to_methods() {
    for method in Method::all() {
        assert_eq!(method.to_string().parse(), Ok(method));
    }
    assert!("k-means".parse::<Method>().is_err());
}

#[test]
fn presets_lie_in_order_between_the_ends_of_the_slider() {
    for method in Method::all() {
        let scale = method.scale();
        let numbers = [scale.strictest, scale.strict, scale.normal, scale.loose, scale.loosest];
        assert!(numbers.map(|number| scale.inward(number)).is_sorted_by(|one, two| one > two), "{method}: {scale:?}");
        assert_eq!(Settings { method, ..Settings::default() }.threshold(), scale.normal);
    }
}

#[test]
fn clear_people_are_found_by_every_method() {
    let values = faces(6, 12, 0.25);
    for method in Method::all() {
        let groups = grouped(&values, &Constraints::default(), method);
        // The published method leaves the odd outlier on its own: its neighbourhood is farther than φ.
        let most = if method == Method::RankOrder { 9 } else { 6 };
        assert!((6..=most).contains(&groups.len()), "{method}: {groups:?}");
        assert!(groups.iter().all(|group| group.iter().all(|face| face % 6 == group[0] % 6)), "{method}");
    }
}

#[test]
fn nothing_and_one() {
    for method in Method::all() {
        assert!(grouped(&[], &Constraints::default(), method).is_empty());
        assert_eq!(grouped(&faces(1, 1, 0.0), &Constraints::default(), method), [[0]]);
    }
}

#[test]
fn duplicates_are_one_group_and_do_not_hide_the_person() {
    // 60 copies of one picture and 12 other pictures of the same person, among strangers.
    let mut values = faces(6, 12, 0.6);
    let copy = values[..32].to_vec();
    for _ in 0..60 {
        values.extend(&copy);
    }
    for method in [Method::Adaptive, Method::RankOrder] {
        let groups = grouped(&values, &Constraints::default(), method);
        let copies: Vec<usize> =
            (72..132).map(|copy| groups.iter().position(|group| group.contains(&copy)).unwrap()).collect();
        assert!(copies.iter().all(|group| *group == copies[0]), "{method}: copies of one picture are apart");
        if method == Method::Adaptive {
            let with = groups[copies[0]].iter().filter(|face| **face < 72).count();
            assert!(with >= 12, "{method}: only {with} of the person's 12 other pictures are with the copies");
        }
    }
}

#[test]
fn presets_and_thresholds_move_the_number_of_groups() {
    let values = faces(40, 5, 1.6);
    let embeddings = Embeddings::new(32, &values).unwrap();
    for method in [Method::Adaptive, Method::Linkage] {
        let count =
            |preset| cluster(&embeddings, &Constraints::default(), &Settings { method, preset, threshold: None }).len();
        let (strict, loose) = (count(crate::domain::Preset::Strict), count(crate::domain::Preset::Loose));
        assert!(strict > loose, "{method}: {strict} groups strict, {loose} loose");
    }
}

/// Checks the partition and every hard constraint.
fn check(groups: &[Vec<u32>], constraints: &Constraints, count: usize) {
    let mut group_of = vec![usize::MAX; count];
    for (number, group) in groups.iter().enumerate() {
        assert!(group.is_sorted());
        for face in group {
            assert_eq!(std::mem::replace(&mut group_of[*face as usize], number), usize::MAX);
        }
    }
    assert!(group_of.iter().all(|group| *group != usize::MAX));
    let label = |face: usize| constraints.label.get(face).copied().flatten();
    for a in 0..count {
        for b in 0..a {
            if let (Some(one), Some(two)) = (label(a), label(b)) {
                assert_eq!(one == two, group_of[a] == group_of[b], "labels of {a} and {b}");
            }
        }
    }
    let reported = |one: u32, two: u32, told: &[Contradiction]| {
        let pair = (one.min(two), one.max(two));
        told.iter().any(|told| match *told {
            Contradiction::Together(a, b) | Contradiction::Different(a, b) => pair == (a.min(b), a.max(b)),
            Contradiction::Refused { .. } => false,
        })
    };
    let order: Vec<u32> = (0..count as u32).collect();
    let (_, _, told) = constraints::Rules::new(constraints, &order);
    for (pairs, together) in [(&constraints.together, true), (&constraints.different, false)] {
        for &(a, b) in pairs {
            let one = group_of[a as usize] == group_of[b as usize];
            assert!(one == together || reported(a, b, &told), "{a} and {b}, together: {together}");
        }
    }
    for &(face, refused) in &constraints.apart {
        for other in (0..count).filter(|other| label(*other) == Some(refused)) {
            if label(face as usize).is_none() {
                assert_ne!(group_of[face as usize], group_of[other], "{face} is not of label {refused}");
            }
        }
    }
}

/// What a random draw of words says, for `count` faces.
fn words(count: usize, labels: &[Option<u32>], pairs: &[(u32, u32, u32)]) -> Constraints {
    let mut constraints = Constraints { label: labels[..count].to_vec(), ..Constraints::default() };
    for &(kind, a, b) in pairs.iter().filter(|(_, a, b)| (*a as usize) < count && (*b as usize) < count && a != b) {
        match kind {
            0 => constraints.apart.push((a, b % 3)),
            1 => constraints.together.push((a, b)),
            _ => constraints.different.push((a, b)),
        }
    }
    constraints
}

/// The same faces and words in another order; gives where each face went.
fn turned(values: &[f32], constraints: &Constraints, turn: usize) -> (Vec<f32>, Constraints, Vec<u32>) {
    let count = values.len() / 32;
    let place: Vec<u32> = (0..count).map(|face| ((face * 7 + turn) % count) as u32).collect();
    let place = if place.iter().collect::<std::collections::BTreeSet<_>>().len() == count {
        place
    } else {
        (0..count).map(|face| ((face + turn) % count) as u32).collect()
    };
    let at = |face: u32| place[face as usize];
    let mut moved = vec![0.0; values.len()];
    let mut words = Constraints { label: vec![None; count], ..Constraints::default() };
    for face in 0..count {
        let to = place[face] as usize;
        moved[to * 32..][..32].copy_from_slice(&values[face * 32..][..32]);
        words.label[to] = constraints.label.get(face).copied().flatten();
    }
    words.apart = constraints.apart.iter().map(|(face, label)| (at(*face), *label)).collect();
    words.together = constraints.together.iter().map(|(a, b)| (at(*b), at(*a))).collect();
    words.different = constraints.different.iter().map(|(a, b)| (at(*b), at(*a))).collect();
    (moved, words, place)
}

fn sorted(groups: impl IntoIterator<Item = Vec<u32>>) -> Vec<Vec<u32>> {
    let mut groups: Vec<Vec<u32>> = groups.into_iter().collect();
    for group in &mut groups {
        group.sort_unstable();
    }
    groups.sort();
    groups
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn partitions_keep_constraints_and_do_not_depend_on_order(
        people in 1usize..6, each in 1usize..8, noise in 0.1f32..2.0,
        labels in proptest::collection::vec(proptest::option::weighted(0.2, 0u32..3), 48),
        pairs in proptest::collection::vec((0u32..3, 0u32..48, 0u32..48), 0..8),
        turn in 1usize..40,
    ) {
        let values = faces(people, each, noise);
        let count = people * each;
        let constraints = words(count, &labels, &pairs);
        for method in Method::all() {
            let groups = grouped(&values, &constraints, method);
            check(&groups, &constraints, count);
            let (moved, turned_words, place) = turned(&values, &constraints, turn);
            let expected = groups.iter().map(|group| group.iter().map(|face| place[*face as usize]).collect());
            prop_assert_eq!(sorted(grouped(&moved, &turned_words, method)), sorted(expected), "{}", method);
        }
    }

    #[test]
    fn stricter_groups_are_parts_of_looser_ones(
        people in 1usize..8, each in 1usize..8, noise in 0.5f32..2.5,
        labels in proptest::collection::vec(proptest::option::weighted(0.1, 0u32..3), 64),
        thresholds in proptest::collection::vec(0.0f32..1.0, 2),
    ) {
        let values = faces(people, each, noise);
        let embeddings = Embeddings::new(32, &values).unwrap();
        let constraints = words(people * each, &labels, &[]);
        for method in Method::all().into_iter().filter(|method| method.scale().live) {
            let lists = Lists::with_length(&embeddings, method.list_length(embeddings.len()));
            let known = Faces::new(embeddings, &lists);
            let settings = Settings { method, ..Settings::default() };
            let tree = Hierarchy::new(&known, &constraints, &settings);
            let scale = method.scale();
            let at = |share: f32| scale.strictest + share * (scale.loosest - scale.strictest);
            let (strict, loose) = (thresholds[0].min(thresholds[1]), thresholds[0].max(thresholds[1]));
            let (parts, whole) = (tree.groups_at(at(strict)), tree.groups_at(at(loose)));
            for change in difference(&parts, &whole) {
                prop_assert!(change.is_join() && change.before.len() > 1, "{}: {:?}", method, change);
            }
            // A tree that goes no further than it must says the same.
            let settings = Settings { threshold: Some(at(loose)), ..settings };
            prop_assert_eq!(Hierarchy::only(&known, &constraints, &settings).groups(), whole, "{}", method);
        }
    }

    #[test]
    fn a_library_that_grew_is_grouped_like_one_that_was_there_from_the_start(
        people in 1usize..8, each in 1usize..8, noise in 0.1f32..2.0,
        // When each face comes, and whether it goes after.
        fate in proptest::collection::vec((0u32..4, proptest::bool::weighted(0.2)), 64),
    ) {
        let values = faces(people, each, noise);
        let new = |face: usize| NewFace {
            face: crate::domain::FaceId(face as u32 + 1),
            photo: face as u32 / 2,
            quality: if face % 7 == 3 { 0.1 } else { 1.0 },
            nearness: 0.2 + 0.02 * (face % 6) as f32,
            embedding: values[face * 32..][..32].to_vec(),
        };
        let all = 0..people * each;
        let settings = Settings::default();
        let mut grown = Session::default();
        for step in 0..4 {
            let added: Vec<NewFace> = all.clone().filter(|face| fate[*face].0 == step).map(new).collect();
            let gone = all.clone().filter(|face| fate[*face].1 && fate[*face].0 + 1 == step);
            grown.update(&gone.map(|face| new(face).face).collect::<Vec<_>>(), &added);
            grown.group(&Words::default(), &settings);
        }
        let left = all.filter(|face| !fate[*face].1 || fate[*face].0 == 3);
        let mut whole = Session::default();
        whole.update(&[], &left.map(new).collect::<Vec<_>>());
        prop_assert_eq!(grown.group(&Words::default(), &settings), whole.group(&Words::default(), &settings));
    }

    #[test]
    fn the_number_of_threads_changes_nothing(people in 1usize..8, each in 1usize..60, noise in 0.1f32..2.0) {
        let values = faces(people, each, noise);
        let embeddings = Embeddings::new(32, &values).unwrap();
        let all = || {
            let lists = Lists::with_length(&embeddings, 40);
            let known = Faces::new(embeddings, &lists);
            let tree = |method| {
                Hierarchy::new(&known, &Constraints::default(), &Settings { method, ..Settings::default() })
            };
            let trees = Method::all().map(tree);
            (lists, trees)
        };
        let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        prop_assert_eq!(pool(1).install(all), pool(3).install(all));
    }

    #[test]
    fn updated_lists_are_those_from_scratch(
        people in 1usize..12, each in 1usize..14, noise in 0.1f32..2.0, length in 1usize..40,
        fate in proptest::collection::vec(0u32..4, 168), turn in 0usize..50,
    ) {
        let values = faces(people, each, noise);
        let (count, row) = (people * each, |face: usize| &values[face * 32..][..32]);
        // Fate 0: only before; 1: only after; else both, but elsewhere.
        let before: Vec<usize> = (0..count).filter(|face| fate[*face] != 1).collect();
        let mut after: Vec<usize> = (0..count).filter(|face| fate[*face] != 0).collect();
        let half = turn.min(after.len());
        after.rotate_left(half);
        let gather = |faces: &[usize]| faces.iter().flat_map(|face| row(*face)).copied().collect::<Vec<f32>>();
        let (old, new) = (gather(&before), gather(&after));
        let (old, new) = (Embeddings::new(32, &old).unwrap(), Embeddings::new(32, &new).unwrap());
        let was: Vec<Option<u32>> = after
            .iter()
            .map(|face| before.iter().position(|other| other == face).map(|place| place as u32))
            .collect();
        let lists = Lists::with_length(&old, length);
        prop_assert_eq!(lists.updated(&new, &was), Lists::with_length(&new, length));
        // As a library grows, its lists get shorter; and longer when it shrinks.
        for other in [length.div_ceil(2), length + 3] {
            let updated = lists.updated_until(&new, &was, other, Stop::never());
            prop_assert_eq!(updated, Some(Lists::with_length(&new, other)));
        }
    }
}

#[test]
fn cosines_are_the_same_in_both_directions() {
    let values = faces(30, 20, 1.5);
    let embeddings = Embeddings::new(32, &values).unwrap();
    let lists = Lists::with_length(&embeddings, 599);
    for face in 0..600u32 {
        assert_eq!(lists.of(face as usize).len(), 599);
        for one in lists.of(face as usize) {
            let back = lists.rank(one.face, face).unwrap() as usize - 1;
            assert_eq!(lists.of(one.face as usize)[back].value, one.value);
        }
    }
}

#[test]
fn contradictions_are_told_and_the_stronger_word_holds() {
    let values = faces(2, 4, 0.2);
    let embeddings = Embeddings::new(32, &values).unwrap();
    let lists = Lists::new(&embeddings);
    let mut label = vec![None; 8];
    (label[0], label[2], label[1]) = (Some(7), Some(7), Some(9));
    let constraints = Constraints {
        label,
        apart: vec![(0, 7), (3, 9)],
        together: vec![(0, 1), (3, 1), (4, 5)],
        different: vec![(0, 2), (6, 4)],
        ..Constraints::default()
    };
    let tree = Hierarchy::new(&Faces::new(embeddings, &lists), &constraints, &Settings::default());
    assert_eq!(
        tree.contradictions(),
        [
            Contradiction::Together(0, 1),
            Contradiction::Together(1, 3),
            Contradiction::Different(0, 2),
            Contradiction::Refused { face: 0, label: 7 },
        ]
    );
    let groups = tree.groups();
    let of = |face: u32| groups.iter().position(|group| group.contains(&face)).unwrap();
    assert_eq!(of(0), of(2), "a label counts before `different`");
    assert_ne!(of(3), of(1), "a refusal counts before `together`");
    assert_eq!(of(4), of(5), "nothing speaks against it");
    assert_ne!(of(6), of(4));
}

#[test]
fn two_faces_of_one_photo_must_be_more_alike_but_mirrors_may_be_excused() {
    // Faces 0 and 1 alike enough to be one person, were they not in one photo.
    let (sine, cosine) = 0.6f32.acos().sin_cos();
    let mut values = vec![0.0; 64];
    (values[0], values[32], values[33]) = (1.0, cosine, sine);
    let with = |photo: Vec<u32>, repeats: &[u32]| {
        let constraints = Constraints { photo, repeats: repeats.iter().copied().collect(), ..Constraints::default() };
        grouped(&values, &constraints, Method::Adaptive).len()
    };
    assert_eq!(with(vec![], &[]), 1);
    assert_eq!(with(vec![4, 5], &[]), 1, "two photos");
    assert_eq!(with(vec![4, 4], &[]), 2, "one photo");
    assert_eq!(with(vec![4, 4], &[4]), 1, "a photo of a mirror");
}

#[test]
fn poor_faces_join_but_never_start_or_bridge() {
    // On an arc.
    let at = |degrees: f32| {
        let mut row = vec![0.0; 32];
        (row[1], row[0]) = degrees.to_radians().sin_cos();
        row
    };
    let groups = |degrees: &[f32], quality: &[f32]| {
        let values: Vec<f32> = degrees.iter().copied().flat_map(at).collect();
        let embeddings = Embeddings::new(32, &values).unwrap();
        let lists = Lists::new(&embeddings);
        let faces = Faces { quality, ..Faces::new(embeddings, &lists) };
        Hierarchy::new(&faces, &Constraints::default(), &Settings::default()).groups()
    };
    // Neighbours are alike, the ends are not.
    let ends = [0.0, 40.0, 80.0];
    assert_eq!(groups(&ends, &[0.1, 0.1, 0.1]), [[0], [1], [2]], "nobody to join");
    assert_eq!(groups(&ends, &[1.0, 0.1, 1.0]).len(), 3, "one good face is too few to know somebody by");
    assert_eq!(groups(&ends, &[1.0, 1.0, 1.0]), [[0, 1, 2]], "a good one in the middle brings both together");
    // Somebody known by four good faces, and what is 30° from them on either side.
    let known = [-6.0, -2.0, 2.0, 6.0, 36.0, -36.0];
    assert_eq!(groups(&known, &[1.0, 1.0, 1.0, 1.0, 0.1, 0.1]), [[0, 1, 2, 3, 4, 5]], "both join");
    let two = [-6.0, -2.0, 2.0, 6.0, 36.0, 66.0, 70.0, 74.0, 78.0];
    let bridged = groups(&two, &[1.0, 1.0, 1.0, 1.0, 0.1, 1.0, 1.0, 1.0, 1.0]);
    assert_eq!(bridged.len(), 2, "the poor one in the middle joins one side only: {bridged:?}");
}

#[test]
fn a_merge_can_be_explained_and_taken_apart() {
    let values = faces(3, 6, 0.6);
    let embeddings = Embeddings::new(32, &values).unwrap();
    let lists = Lists::new(&embeddings);
    let known = Faces::new(embeddings, &lists);
    let settings = Settings::default();
    let tree = Hierarchy::new(&known, &Constraints::default(), &settings);
    let threshold = settings.threshold();
    let group = tree.groups().into_iter().find(|group| group.contains(&0)).unwrap();
    assert!(group.len() > 2, "{group:?}");
    let other = *group.last().unwrap();
    let why = tree.why(&known, 0, other, threshold);
    assert!(why.together && why.chain.iter().all(|link| link.margin > 0.0), "{why:?}");
    let last = why.chain.last().unwrap();
    assert!(last.sizes.iter().sum::<u32>() as usize <= group.len());
    assert_eq!(why.pair.cosine, lists.of(0).iter().find(|one| one.face == other).unwrap().value);
    assert!(why.pair.shared.iter().all(|one| Some(one.ranks[0]) == lists.rank(0, one.face)));
    // A stranger: not together, and what is missing is below zero.
    let stranger = (0..18).find(|face| !group.contains(face)).unwrap();
    let apart = tree.why(&known, 0, stranger, threshold);
    assert!(!apart.together && apart.weakest.is_none_or(|at| apart.chain[at].margin <= 0.0), "{apart:?}");
    let split = tree.first_split(&known, 0, threshold).unwrap();
    assert_eq!(sorted([split.piles.concat()]), sorted([group.clone()]));
    let here = tree.why_here(&known, 0, threshold).unwrap();
    assert!(group.contains(&here.pair.faces[1]));
    // The rank-order distance of each other's nearest is two.
    let nearest = |face: u32| lists.of(face as usize)[0].face;
    let mutual = (0..18).find(|face| nearest(nearest(*face)) == *face).unwrap();
    assert_eq!(pair_facts(&known, mutual, nearest(mutual)).rank_order, Some(2.0));
}

#[test]
fn the_review_asks_what_settles_most_and_not_what_was_answered() {
    let values = faces(40, 6, 1.4);
    let embeddings = Embeddings::new(32, &values).unwrap();
    let lists = Lists::new(&embeddings);
    let known = Faces::new(embeddings, &lists);
    let settings = Settings::default();
    let threshold = settings.threshold();
    let band = settings.method.scale().band();
    let ask = |constraints: &Constraints| {
        let tree = Hierarchy::new(&known, constraints, &settings);
        (tree.review(&known, constraints, threshold, band, 50), tree)
    };
    let (queue, tree) = ask(&Constraints::default());
    assert!(queue.len() > 4 && queue.is_sorted_by(|one, two| one.worth() >= two.worth()), "{queue:?}");
    let groups = tree.groups();
    let of = |face: u32| groups.iter().position(|group| group.contains(&face)).unwrap();
    for asked in &queue {
        let together = of(asked.link.faces[0]) == of(asked.link.faces[1]);
        assert_eq!(matches!(asked.question, Question::Split { .. }), together, "{asked:?}");
    }
    let first = queue.iter().find(|asked| matches!(asked.question, Question::Merge { .. })).unwrap();
    let [a, b] = first.link.faces;
    for answer in [
        Constraints { together: vec![(a, b)], ..Constraints::default() },
        Constraints { different: vec![(a, b)], ..Constraints::default() },
    ] {
        assert!(ask(&answer).0.iter().all(|asked| asked.link.faces != first.link.faces), "{answer:?}");
    }
    let named =
        Constraints { label: (0..240).map(|face| (face == a).then_some(3)).collect(), ..Constraints::default() };
    let suggested = |asked: &Review| matches!(asked.question, Question::Suggest { label: 3, .. });
    assert!(ask(&named).0.iter().any(suggested), "the unnamed neighbour of a named face is suggested");
}
