//! The edges of what grouping is asked for: nobody, two, copies, rows that are none, poor faces only.

use super::tests::{faces, grouped};
use super::*;

#[test]
fn two_faces_and_copies_without_anybody_else() {
    let values = faces(1, 2, 0.1);
    for method in [Method::Adaptive, Method::Linkage] {
        assert_eq!(grouped(&values, &Constraints::default(), method), [[0, 1]], "{method}");
    }
    // Each is the other's nearest whoever they are: by ranks alone nothing speaks for them.
    for method in [Method::Approximate, Method::RankOrder] {
        assert_eq!(grouped(&values, &Constraints::default(), method).len(), 2, "{method}");
    }
    // More copies of one picture than a list has places.
    let copies = values[..32].repeat(150);
    for method in [Method::Adaptive, Method::Linkage, Method::RankOrder] {
        assert_eq!(grouped(&copies, &Constraints::default(), method).len(), 1, "{method}");
    }
}

#[test]
fn a_handful_of_people_are_not_one_because_everybody_is_in_all_lists() {
    for people in 2..5 {
        let groups = grouped(&faces(people, 3, 0.1), &Constraints::default(), Method::Approximate);
        assert_eq!(groups.len(), people, "{groups:?}");
    }
}

#[test]
fn rows_without_a_direction_are_alone_and_harm_nobody() {
    let values = faces(6, 12, 0.25);
    for method in Method::all() {
        let expected = grouped(&values, &Constraints::default(), method);
        let with = |row: [f32; 32]| {
            let mut groups = grouped(&[&values[..], &row].concat(), &Constraints::default(), method);
            assert_eq!(groups.pop(), Some(vec![72]), "{method}");
            groups
        };
        assert_eq!(with([f32::NAN; 32]), expected, "{method}");
        // In the distances of the published method the middle is near to everybody.
        if method != Method::RankOrder {
            assert_eq!(with([0.0; 32]), expected, "{method}");
        }
    }
}

#[test]
fn poor_faces_stay_alone_but_for_what_was_said() {
    let values = faces(2, 3, 0.1);
    let embeddings = Embeddings::new(32, &values).unwrap();
    let lists = Lists::new(&embeddings);
    let poor = Faces { quality: &[0.0; 6], ..Faces::new(embeddings, &lists) };
    for method in Method::all() {
        let groups = |constraints: &Constraints| {
            Hierarchy::new(&poor, constraints, &Settings { method, ..Settings::default() }).groups()
        };
        assert_eq!(groups(&Constraints::default()).len(), 6, "{method}");
        // Faces 0, 2 and 4 are one person, of whom two were named; the user's word is as good as a good face.
        let named = Constraints { label: vec![Some(1), None, Some(1), None, None, None], ..Constraints::default() };
        assert_eq!(groups(&named), [vec![0, 2, 4], vec![1], vec![3], vec![5]], "{method}");
    }
}
