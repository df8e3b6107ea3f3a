//! What the program chooses by the processor must not change what it says: every kernel gives the same faces and groups.

use std::fs;
use std::path::PathBuf;

use albumen::cluster::{Constraints, Embeddings, Settings, cluster};
use albumen::domain::Pixels;
use albumen::media;
use albumen::vision::{FaceFinder as _, Isa, NetworkFinder};

use crate::support::repository;

/// Boxes in whole pixels, and the groups of their faces as the program makes them.
type Seen = (Vec<[i32; 4]>, Vec<Vec<u32>>);

fn seen(photos: &[Pixels], isa: Isa) -> Seen {
    let finder = NetworkFinder::on_cpu(isa).unwrap().mirrored().compact().unwrap();
    let (mut boxes, mut values, mut width) = (Vec::new(), Vec::new(), 0);
    for face in photos.iter().flat_map(|photo| finder.find(photo, 20.0).unwrap()) {
        let bounds = face.detected.bounds;
        boxes.push([bounds.x, bounds.y, bounds.width, bounds.height].map(|edge| edge.round() as i32));
        width = face.embedding.len();
        values.extend(face.embedding);
    }
    let embeddings = Embeddings::new(width, &values).unwrap();
    let mut groups = cluster(&embeddings, &Constraints::default(), &Settings::default());
    for group in &mut groups {
        group.sort_unstable();
    }
    groups.sort();
    (boxes, groups)
}

#[test]
fn every_kernel_gives_the_same_faces_and_groups() {
    let folder = repository("assets/sample");
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    let read = |path: &PathBuf| media::read(path).and_then(|bytes| media::decode(&bytes)).ok();
    let photos: Vec<Pixels> = names.iter().filter_map(read).map(|photo| photo.pixels).collect();
    assert!(photos.len() >= 16, "{}", photos.len());
    // The portable kernel would take half a minute; `vision::cpu` compares it with candle on a few crops.
    let here: Vec<Isa> = Isa::here().into_iter().filter(|isa| *isa != Isa::Portable).collect();
    let mut expected: Option<Seen> = None;
    for isa in here {
        let found = seen(&photos, isa);
        assert!(found.0.len() >= photos.len() && found.1.iter().any(|group| group.len() > 2), "{}", isa.name());
        let expected = expected.get_or_insert_with(|| found.clone());
        assert_eq!(&found, expected, "{}", isa.name());
    }
}
