//! What would be written where. Pure: what is on disk already is asked through a function.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use unicode_normalization::UnicodeNormalization as _;

use crate::domain::{Photo, PhotoHash};
use crate::metadata::{self, Region};

/// A photo of an album.
#[derive(Clone, Debug)]
pub struct AlbumPhoto {
    /// The file.
    pub source: PathBuf,
    /// Its content's row.
    pub photo: Arc<Photo>,
    /// The named faces in it; copies share them.
    pub regions: Arc<[Region]>,
}

/// A person's photos.
#[derive(Clone, Debug)]
pub struct Album {
    /// The person's name.
    pub name: String,
    /// In any order. Without any, nothing is written, and nobody of the same name gets the folder.
    pub photos: Vec<AlbumPhoto>,
}

/// What stands at a target already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// Nothing.
    Nothing,
    /// The same bytes.
    Same,
    /// Something else, which must stay.
    Other,
}

/// What an XMP file is made from. The text itself is only made when it is written: those of a large export would fill the
/// memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Sidecar {
    /// The named faces; none makes no file.
    pub regions: Arc<[Region]>,
    /// Upright width and height in pixels.
    pub size: (u32, u32),
    /// EXIF orientation of the stored pixels.
    pub orientation: u8,
    /// The content that all of this is about: of another one it would be wrong.
    pub photo: PhotoHash,
}

impl Sidecar {
    /// The file's text; nothing without any region that can be written.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        metadata::sidecar(&self.regions, self.size, self.orientation)
    }
}

/// One file to write.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Read from.
    pub from: PathBuf,
    /// Written to; stands there already when `done`.
    pub to: PathBuf,
    /// An XMP file beside it.
    pub sidecar: Option<Sidecar>,
    /// The photo is there already, byte for byte.
    pub done: bool,
}

impl Step {
    /// Where the XMP file goes, in the way most programs look for it: `IMG.JPG.xmp`.
    #[must_use]
    pub fn sidecar_path(&self) -> PathBuf {
        let mut name = self.to.as_os_str().to_owned();
        name.push(SIDECAR);
        name.into()
    }
}

/// Comes after a photo's name.
const SIDECAR: &str = ".xmp";

/// Everything an export will do.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// One folder an album.
    pub folders: Vec<PathBuf>,
    /// One step a photo of an album.
    pub steps: Vec<Step>,
    /// Steps whose photo is there already.
    pub unchanged: usize,
}

/// Plans the albums below `to`. No two steps write one file, nothing lies outside `to`, nothing that is there is
/// overwritten; two people of one name get two folders.
pub fn plan(albums: &[Album], to: &Path, sidecars: bool, existing: &dyn Fn(&Path, &Path) -> Existing) -> Plan {
    let mut plan = Plan::default();
    let mut folders = BTreeSet::new();
    for album in albums {
        let name = free_name(&safe_name(&album.name), |name| folders.insert(folded(name)));
        if album.photos.is_empty() {
            continue;
        }
        let folder = to.join(name);
        let mut photos: Vec<&AlbumPhoto> = album.photos.iter().collect();
        photos.sort_by(|a, b| a.source.cmp(&b.source));
        photos.dedup_by(|a, b| a.source == b.source);
        let mut taken = BTreeSet::new();
        for photo in photos {
            let file = photo.source.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let mut done = false;
            let file = free_name(&safe_name(&file), |name| {
                // A photo may carry the name of another one's sidecar.
                let beside = folded(&format!("{name}{SIDECAR}"));
                if taken.contains(&folded(name)) || (sidecars && taken.contains(&beside)) {
                    return false;
                }
                let found = existing(&photo.source, &folder.join(name));
                done = found == Existing::Same;
                if found == Existing::Other {
                    return false;
                }
                taken.insert(folded(name));
                if sidecars {
                    taken.insert(beside);
                }
                true
            });
            let sidecar = sidecars.then(|| Sidecar {
                regions: Arc::clone(&photo.regions),
                size: (photo.photo.width, photo.photo.height),
                orientation: photo.photo.orientation,
                photo: photo.photo.hash,
            });
            plan.unchanged += usize::from(done);
            plan.steps.push(Step { from: photo.source.clone(), to: folder.join(file), sidecar, done });
        }
        plan.folders.push(folder);
    }
    plan
}

/// The name itself, or `name (2)`, `name (3)`, … before the ending, whichever `free` accepts first.
fn free_name(name: &str, mut free: impl FnMut(&str) -> bool) -> String {
    if free(name) {
        return name.to_owned();
    }
    let (stem, ending) = match name.rfind('.') {
        Some(dot) if dot > 0 => name.split_at(dot),
        _ => (name, ""),
    };
    (2..=u64::MAX)
        .map(|number| format!("{stem} ({number}){ending}"))
        .find(|candidate| free(candidate))
        .unwrap_or_else(|| name.to_owned())
}

/// As file systems that ignore case, or the way an accent is written, compare names. By way of capitals: ς and σ are both
/// small and have one capital.
fn folded(name: &str) -> String {
    name.nfc().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfc().collect()
}

/// Names that Windows keeps for devices.
const RESERVED: &[&str] = &[
    "con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9", "lpt1", "lpt2",
    "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9", "com¹", "com²", "com³", "lpt¹", "lpt²", "lpt³", "conin$",
    "conout$",
];

/// Bytes of a name: file systems take 255, and a number, the sidecar's ending and the one of a half-written file must
/// fit behind it.
const LONGEST: usize = 200;

/// The start of a text that fits so many bytes.
fn cut(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text.get(..end).unwrap_or(text)
}

/// What no name begins with, because it would be hidden, or ends with, because Windows takes it away.
fn around(c: char) -> bool {
    c == '.' || c.is_whitespace()
}

/// The name as a file or folder can carry it on every system: one component, never empty, never `.` or `..`, at most 200
/// bytes with its ending kept.
#[must_use]
pub fn safe_name(name: &str) -> String {
    let replaced: String =
        name.chars().map(|c| if c.is_control() || "/\\:*?\"<>|".contains(c) { '_' } else { c }).collect();
    // Together: behind a dot that is taken away there may be a space, and a dot behind that.
    let trimmed = replaced.trim_matches(around);
    let ending = match trimmed.rfind('.') {
        Some(dot) if trimmed.len() - dot <= 10 && trimmed.len() > LONGEST => trimmed.split_at(dot).1,
        _ => "",
    };
    let start = cut(trimmed, LONGEST - ending.len()).trim_end_matches(around);
    let short = if trimmed.len() > LONGEST { format!("{start}{ending}") } else { trimmed.to_owned() };
    let stem = short.split('.').next().unwrap_or_default().trim().to_lowercase();
    match short.as_str() {
        "" => "_".to_owned(),
        _ if RESERVED.contains(&stem.as_str()) => format!("_{short}"),
        _ => short,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{PhotoHash, PhotoId};

    fn album(name: &str, sources: &[&str]) -> Album {
        let photo = |source: &&str| AlbumPhoto {
            source: PathBuf::from(source),
            photo: Arc::new(Photo {
                id: PhotoId(1),
                hash: PhotoHash([0; 16]),
                paths: vec![],
                width: 10,
                height: 10,
                orientation: 1,
                taken: None,
            }),
            regions: Arc::from([]),
        };
        Album { name: name.to_owned(), photos: sources.iter().map(photo).collect() }
    }

    fn targets(albums: &[Album], existing: &dyn Fn(&Path, &Path) -> Existing) -> Vec<String> {
        let plan = plan(albums, Path::new("out"), false, existing);
        plan.steps.iter().map(|step| step.to.to_string_lossy().replace('\\', "/")).collect()
    }

    #[test]
    fn names_that_clash_are_told_apart() {
        let albums =
            [album("Ann", &["/a/IMG.jpg", "/b/img.JPG"]), album("ann", &["/a/IMG.jpg"]), album("a/b:c", &["/x"])];
        let found = targets(&albums, &|_, _| Existing::Nothing);
        assert_eq!(found, ["out/Ann/IMG.jpg", "out/Ann/img (2).JPG", "out/ann (2)/IMG.jpg", "out/a_b_c/x"]);
        let accents = [album("Zo\u{e9}", &["/a/1.jpg"]), album("Zoe\u{301}", &["/a/1.jpg"])];
        let found = targets(&accents, &|_, _| Existing::Nothing);
        assert_eq!(found, ["out/Zo\u{e9}/1.jpg", "out/Zoe\u{301} (2)/1.jpg"]);
        let sigmas = [album("Νίκος", &["/a/1.jpg"]), album("ΝΊΚΟΣ", &["/a/1.jpg"]), album("Νίκοσ", &["/a/1.jpg"])];
        let found = targets(&sigmas, &|_, _| Existing::Nothing);
        assert_eq!(found, ["out/Νίκος/1.jpg", "out/ΝΊΚΟΣ (2)/1.jpg", "out/Νίκοσ (3)/1.jpg"]);
    }

    #[test]
    fn who_is_not_written_now_keeps_the_folder() {
        let albums = [album("Ann", &[]), album("Ann", &["/a/1.jpg"])];
        let plan = plan(&albums, Path::new("out"), false, &|_, _| Existing::Nothing);
        assert_eq!(plan.folders, [Path::new("out/Ann (2)")]);
        assert_eq!(plan.steps[0].to, Path::new("out/Ann (2)/1.jpg"));
    }

    #[test]
    fn no_photo_takes_the_name_of_a_sidecar() {
        let albums = [album("Ann", &["/a/x.jpg", "/b/x.jpg.xmp"])];
        let plan = plan(&albums, Path::new("out"), true, &|_, _| Existing::Nothing);
        let mut names: Vec<PathBuf> =
            plan.steps.iter().flat_map(|step| [step.to.clone(), step.sidecar_path()]).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 4, "{names:?}");
    }

    #[test]
    fn what_is_there_is_kept() {
        let there = |_: &Path, to: &Path| match to.to_string_lossy().replace('\\', "/").as_str() {
            "out/Ann/same.jpg" => Existing::Same,
            "out/Ann/other.jpg" => Existing::Other,
            _ => Existing::Nothing,
        };
        let albums = [album("Ann", &["/a/other.jpg", "/a/same.jpg"])];
        let plan = plan(&albums, Path::new("out"), false, &there);
        assert_eq!(plan.unchanged, 1);
        assert_eq!(targets(&albums, &there), ["out/Ann/other (2).jpg", "out/Ann/same.jpg"]);
    }

    #[test]
    fn names_are_safe_everywhere() {
        for (name, expected) in [
            ("Ann Smith", "Ann Smith"),
            ("..", "_"),
            ("", "_"),
            (" a. ", "a"),
            (". .a", "a"),
            ("a.\u{a0}. ", "a"),
            ("CON", "_CON"),
            ("nul.jpg", "_nul.jpg"),
            ("CONOUT$", "_CONOUT$"),
            ("com².txt", "_com².txt"),
            (".hidden", "hidden"),
            ("مريم", "مريم"),
        ] {
            assert_eq!(safe_name(name), expected);
        }
        for letter in ["x", "é", "😀"] {
            let long = safe_name(&format!("{}.jpeg", letter.repeat(300)));
            let ending = Path::new(&long).extension().and_then(|ending| ending.to_str());
            assert!(long.len() <= LONGEST && ending == Some("jpeg"), "{long}");
        }
    }

    proptest! {
        #[test]
        fn plans_are_injective_and_stay_inside(
            names in proptest::collection::vec("\\PC{0,12}|\\.\\.|/etc|CON|a\\\\b", 1..6),
            sources in proptest::collection::vec("/[a-c]/[a-cA-C./]{1,4}", 1..8),
        ) {
            let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
            let albums: Vec<Album> = names.iter().map(|name| album(name, &sources)).collect();
            let plan = plan(&albums, Path::new("out"), false, &|_, _| Existing::Nothing);
            let mut seen = BTreeSet::new();
            for step in &plan.steps {
                prop_assert!(seen.insert(folded(&step.to.to_string_lossy())), "{:?} twice", step.to);
                prop_assert!(step.to.starts_with("out"));
                prop_assert_eq!(step.to.components().count(), 3, "{:?}", step.to);
                let normal = step.to.components().all(|part| matches!(part, std::path::Component::Normal(_)));
                prop_assert!(normal, "{:?}", step.to);
            }
        }
    }
}
