//! The command line as a script sees it, with the real networks on the sample photos.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{albumen, albumen_json, repository};

fn file_names(paths: &Value) -> BTreeSet<String> {
    let name = |path: &Value| Path::new(path.as_str().unwrap()).file_name().unwrap().to_string_lossy().into_owned();
    paths.as_array().unwrap().iter().map(name).collect()
}

/// Every file below a folder, by path inside it.
fn tree(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in walkdir::WalkDir::new(folder) {
        let entry = entry.unwrap();
        if entry.file_type().is_file() {
            let inside = entry.path().strip_prefix(folder).unwrap().to_owned();
            found.insert(inside, fs::read(entry.path()).unwrap());
        }
    }
    found
}

#[test]
fn scan_name_rescan_export_on_the_sample() {
    let temp = tempfile::tempdir().unwrap();
    let library = temp.path().join("sample.albumen");
    let sample = repository("assets/sample");
    let sample_text = sample.to_str().unwrap();
    let before = tree(&sample);

    let (code, report) = albumen_json(&library, &["scan", sample_text, "--json"]);
    assert_eq!(code, 3, "the truncated file makes it 3");
    let failed = report["failed"].as_array().unwrap();
    assert_eq!(failed.len(), 1, "{report}");
    assert!(failed[0]["path"].as_str().unwrap().ends_with("truncated.jpg"));
    assert_eq!(failed[0]["kind"], "truncated");
    let number = |key: &str| report[key].as_u64().unwrap();
    assert_eq!(number("photos"), number("with_faces") + number("without_faces") + failed.len() as u64);

    // The Obama photos and everything made from them stand together, apart from the other two people.
    let (code, people) = albumen_json(&library, &["people", "--json"]);
    assert_eq!(code, 0);
    let groups: Vec<(String, BTreeSet<String>)> = people
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["group"].as_str().unwrap().to_owned(), file_names(&row["photos"])))
        .collect();
    let with = |file: &str| -> Vec<&(String, BTreeSet<String>)> {
        groups.iter().filter(|(_, photos)| photos.contains(file)).collect()
    };
    let obama = *with("obama3.jpg").first().unwrap();
    let biden = *with("biden.jpg").first().unwrap();
    let collins = *with("collins.jpg").first().unwrap();
    let samples: Vec<String> = before.keys().map(|path| path.to_string_lossy().into_owned()).collect();
    for file in samples.iter().filter(|file| file.starts_with("obama")) {
        assert!(obama.1.contains(file), "{file} is not with the Obama photos: {groups:?}");
    }
    assert!(biden.1.contains("biden.png"));
    let names: BTreeSet<&String> = [&obama.0, &biden.0, &collins.0].into();
    assert_eq!(names.len(), 3, "three people, three groups: {groups:?}");
    for (group, other) in [(obama, "biden.jpg"), (obama, "collins.jpg"), (biden, "obama.jpg"), (collins, "biden.jpg")] {
        assert!(!group.1.contains(other), "{other} does not belong to {group:?}");
    }

    for (group, name) in [(obama, "Barack Obama"), (biden, "Joe Biden")] {
        let output = albumen(&library, &["name", &group.0, name]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    // A second scan keeps the names, and finds the same.
    let (_, again) = albumen_json(&library, &["scan", sample_text, "--json"]);
    for key in ["photos", "with_faces", "without_faces", "skipped", "faces", "groups", "singles", "failed"] {
        assert_eq!(again[key], report[key], "{key}");
    }
    let (_, people) = albumen_json(&library, &["people", "--json"]);
    let named: BTreeMap<String, BTreeSet<String>> = people
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|row| Some((row["name"].as_str()?.to_owned(), file_names(&row["photos"]))))
        .collect();
    assert_eq!(named["Barack Obama"], obama.1);
    assert_eq!(named["Joe Biden"], biden.1);

    // A dry run writes nothing; the export writes exactly those photos, byte for byte.
    let albums = temp.path().join("albums");
    let albums_text = albums.to_str().unwrap();
    let (code, plan) = albumen_json(&library, &["export", "--to", albums_text, "--dry-run", "--json"]);
    assert_eq!(code, 0);
    assert_eq!(plan["files"].as_array().unwrap().len(), obama.1.len() + biden.1.len());
    assert!(!albums.exists());
    let (code, written) = albumen_json(&library, &["export", "--to", albums_text, "--sidecars", "--json"]);
    assert_eq!((code, written["failed"].as_array().unwrap().len()), (0, 0));
    for (name, photos) in &named {
        let album = tree(&albums.join(name));
        let exported: BTreeMap<String, &Vec<u8>> = album
            .iter()
            .map(|(path, bytes)| (path.to_string_lossy().into_owned(), bytes))
            .filter(|(path, _)| Path::new(path).extension().is_none_or(|ending| ending != "xmp"))
            .collect();
        assert_eq!(exported.keys().cloned().collect::<BTreeSet<_>>(), *photos, "{name}");
        for (file, bytes) in exported {
            assert_eq!(bytes, &before[Path::new(&file)], "{file} is not the same byte for byte");
            let sidecar = fs::read_to_string(albums.join(name).join(format!("{file}.xmp"))).unwrap();
            assert!(sidecar.contains(name), "{file}.xmp does not name {name}");
        }
    }
    assert_eq!(tree(&sample), before, "the photo folder was touched");
}

#[test]
fn faces_prints_a_line_for_every_file_in_path_order() {
    let temp = tempfile::tempdir().unwrap();
    let sample = repository("assets/sample");
    let output = albumen(&temp.path().join("unused"), &["faces", sample.to_str().unwrap(), "--json", "--embeddings"]);
    assert_eq!(output.status.code(), Some(3));
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let paths: Vec<&str> = lines.iter().map(|line| line["path"].as_str().unwrap()).collect();
    assert!(paths.is_sorted(), "{paths:?}");
    let line = |name: &str| lines.iter().find(|line| line["path"].as_str().unwrap().ends_with(name)).unwrap();
    assert_eq!(line("truncated.jpg")["error"]["kind"], "truncated");
    let face = &line("obama.jpg")["faces"][0];
    let numbers = |value: &Value| -> Vec<f64> {
        value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
    };
    let embedding = numbers(&face["embedding"]);
    assert_eq!(embedding.len(), 512);
    let length: f64 = embedding.iter().map(|value| value * value).sum();
    assert!((length - 1.0).abs() < 1e-4, "{length}");
    let bounds = numbers(&face["box"]);
    for landmark in face["landmarks"].as_array().unwrap() {
        let point = numbers(landmark);
        assert!(point[0] > bounds[0] && point[0] < bounds[0] + bounds[2], "{face}");
        assert!(point[1] > bounds[1] && point[1] < bounds[1] + bounds[3], "{face}");
    }
    // Upright photos of the same picture have their face at the same place, however the pixels are stored.
    let first = numbers(&line("obama-orientation-1.jpg")["faces"][0]["box"]);
    for orientation in 2..=8 {
        let other = numbers(&line(&format!("obama-orientation-{orientation}.jpg"))["faces"][0]["box"]);
        for (a, b) in first.iter().zip(&other) {
            assert!((a - b).abs() <= 3.0, "orientation {orientation}: {other:?} is not {first:?}");
        }
    }
    assert!(line("together.jpg")["faces"].as_array().unwrap().len() >= 3);
}

#[test]
fn trouble_is_said_in_a_sentence() {
    let temp = tempfile::tempdir().unwrap();
    let library = temp.path().join("library.albumen");
    let check = |arguments: &[&str], code: i32, word: &str| {
        let output = albumen(&library, arguments);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {text}");
        assert!(text.contains(word), "{arguments:?} does not say {word:?}: {text}");
        assert!(!text.contains("panicked"), "{text}");
    };
    check(&["people"], 1, "albumen scan");
    check(&["scan", "/no/such/folder"], 1, "no such folder");
    check(&["scan"], 2, "Usage");
    check(&["name", "x7", "Ann"], 2, "p7");
    check(&["evaluate", "/no/such/folder"], 1, "no such folder");
    check(&["faces", "/no/such/photo.jpg"], 3, "no such file");
    check(&["faces", "--min-face", "3", "x.jpg"], 2, "12");
    let empty = temp.path().join("empty");
    fs::create_dir(&empty).unwrap();
    check(&["scan", empty.to_str().unwrap()], 1, "photos");
    check(&["name", "g1", "Ann"], 1, "no group g1");
    check(&["export", "--to", temp.path().to_str().unwrap()], 1, "name");
    fs::write(&library, "this is no library, only a text that is long enough to look like something").unwrap();
    check(&["people"], 1, "library.albumen");
}

#[test]
fn evaluate_measures_people_in_folders() {
    let temp = tempfile::tempdir().unwrap();
    for (person, files) in [("obama", ["obama.jpg", "obama2.jpg"]), ("biden", ["biden.jpg", "biden.png"])] {
        let folder = temp.path().join("people").join(person);
        fs::create_dir_all(&folder).unwrap();
        for file in files {
            fs::copy(repository("assets/sample").join(file), folder.join(file)).unwrap();
        }
    }
    let folder = temp.path().join("people");
    for method in ["adaptive", "linkage", "rank-order", "approximate"] {
        let arguments = ["evaluate", folder.to_str().unwrap(), "--json", "--method", method];
        let (code, report) = albumen_json(&temp.path().join("unused"), &arguments);
        assert_eq!(code, 0);
        assert_eq!((&report["photos"], &report["identities"]), (&4.into(), &2.into()));
        assert_eq!(report["photos_without_face"], 0);
        if method == "adaptive" {
            assert_eq!(report["pairwise"]["f1"], 1.0, "{report}");
            assert_eq!(report["bcubed"]["f1"], 1.0);
        }
        assert!(report["seconds"]["detect"].as_f64().unwrap() > 0.0);
    }
}
