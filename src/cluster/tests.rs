//! What holds for every method.

use proptest::prelude::*;

use super::*;
use crate::domain::Preset;

/// Unit vectors about `people` directions, `each` a person; deterministic.
fn faces(people: usize, each: usize, noise: f32) -> Vec<f32> {
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

fn grouped(values: &[f32], constraints: &Constraints, method: Method) -> Vec<Vec<u32>> {
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
        let (strict, loose) = (count(Preset::Strict), count(Preset::Loose));
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
    for &(face, refused) in &constraints.apart {
        for other in (0..count).filter(|other| label(*other) == Some(refused)) {
            if label(face as usize).is_none() {
                assert_ne!(group_of[face as usize], group_of[other], "{face} is not of label {refused}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn partitions_keep_constraints_and_do_not_depend_on_order(
        people in 1usize..6, each in 1usize..8, noise in 0.1f32..2.0,
        labels in proptest::collection::vec(proptest::option::weighted(0.2, 0u32..3), 48),
        apart in proptest::collection::vec((0u32..48, 0u32..3), 0..6),
        turn in 1usize..40,
    ) {
        let values = faces(people, each, noise);
        let count = people * each;
        let apart: Vec<(u32, u32)> = apart.into_iter().filter(|(face, _)| (*face as usize) < count).collect();
        let constraints = Constraints { label: labels[..count].to_vec(), apart, ..Constraints::default() };
        for method in Method::all() {
            let groups = grouped(&values, &constraints, method);
            check(&groups, &constraints, count);
            if !matches!(method, Method::Adaptive | Method::Linkage) {
                continue;
            }
            // The same faces in another order: the same groups.
            let place = |face: usize| (face + turn) % count;
            let mut turned = vec![0.0; values.len()];
            let mut moved = Constraints { label: vec![None; count], ..Constraints::default() };
            for face in 0..count {
                turned[place(face) * 32..][..32].copy_from_slice(&values[face * 32..][..32]);
                moved.label[place(face)] = constraints.label[face];
            }
            moved.apart = constraints.apart.iter().map(|(face, label)| (place(*face as usize) as u32, *label)).collect();
            let mut expected: Vec<Vec<u32>> = groups
                .iter()
                .map(|group| {
                    let mut group: Vec<u32> = group.iter().map(|face| place(*face as usize) as u32).collect();
                    group.sort_unstable();
                    group
                })
                .collect();
            expected.sort();
            let mut found = grouped(&turned, &moved, method);
            found.sort();
            prop_assert_eq!(found, expected, "{}", method);
        }
    }
}
