//! What the compiler cannot check: the arrows between modules, the size of files, one version of the big crates,
//! licences, the weights' checksums, that words lie in their own files, and that the README says what the program does.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what went wrong by failing")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[path = "tidy/words.rs"]
mod words;

/// The only imports allowed inside the crate (DESIGN.md section 1). `ui` may use `engine`, but only its handle.
const ARROWS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("cluster", &["domain"]),
    ("vision", &["domain"]),
    ("media", &["domain"]),
    ("metadata", &["domain"]),
    ("scan", &["domain"]),
    ("store", &["domain"]),
    ("export", &["domain", "metadata"]),
    ("pipeline", &["domain", "media", "scan", "vision"]),
    ("engine", &["cluster", "domain", "export", "media", "metadata", "pipeline", "scan", "store", "vision"]),
    ("ui", &["domain", "engine"]),
    ("cli", &["cluster", "domain", "engine", "export", "media", "metadata", "pipeline", "scan", "store", "vision"]),
    ("window", &["cli", "domain", "engine", "ui", "vision"]),
];

/// Crates that belong to one module each.
const OWNED_CRATES: &[(&str, &[&str])] = &[
    ("rusqlite", &["store"]),
    ("candle_core", &["vision"]),
    ("candle_nn", &["vision"]),
    ("egui", &["ui", "window"]),
    ("eframe", &["ui", "window"]),
    ("egui_extras", &["ui", "window"]),
    ("rfd", &["window"]),
    ("clap", &["cli"]),
    ("heifer", &["media"]),
    ("exif", &["media"]),
    ("jxl_oxide", &["media"]),
    ("brotli_decompressor", &["media"]),
    ("moxcms", &["media"]),
    ("re_rav1d", &["media"]),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files_under(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The lines of a source file without comments.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(index, line)| (index + 1, line.split("//").next().unwrap_or_default()))
}

/// `(module, file, text)` for every file of every module.
fn sources() -> Vec<(String, PathBuf, String)> {
    let mut all = Vec::new();
    for (module, _) in ARROWS {
        let mut files = files_under(&root().join("src").join(module), ".rs");
        files.extend(Some(root().join(format!("src/{module}.rs"))).filter(|path| path.exists()));
        assert!(!files.is_empty(), "the module {module} has no files");
        for file in files {
            let text = fs::read_to_string(&file).unwrap();
            all.push(((*module).to_owned(), file, text));
        }
    }
    all
}

/// The names in `crate::{a, b::c}` or `crate::a::b`.
fn crate_imports(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let code: String = code_lines(text).flat_map(|(_, line)| [line, "\n"]).collect();
    for (at, _) in code.match_indices("crate::") {
        if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        let word = |text: &str| -> String {
            text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
        };
        if let Some(list) = rest.strip_prefix('{') {
            let mut depth = 1;
            let mut item = String::new();
            for c in list.chars() {
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    ',' if depth == 1 => {
                        found.insert(word(&item));
                        item.clear();
                        continue;
                    }
                    _ => {}
                }
                if depth == 0 {
                    break;
                }
                item.push(c);
            }
            found.insert(word(&item));
        } else {
            found.insert(word(rest));
        }
    }
    found.remove("");
    found
}

#[test]
fn the_import_reader_reads_imports() {
    let text = "use crate::domain::{Face, Photo};\nuse crate::{store::Store, scan::{walk, Entry}};\n// crate::ui\nlet a = crate::media::read();";
    let expected: BTreeSet<String> = ["domain", "store", "scan", "media"].map(String::from).into();
    assert_eq!(crate_imports(text), expected);
}

#[test]
fn modules_import_only_along_the_arrows() {
    let allowed: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    let mut wrong = Vec::new();
    for (module, file, text) in sources() {
        for import in crate_imports(&text) {
            if import != module && !allowed[module.as_str()].contains(&import.as_str()) {
                wrong.push(format!("{}: {module} must not import {import}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn crates_stay_in_their_module() {
    let mut wrong = Vec::new();
    for (module, file, text) in sources() {
        for (number, line) in code_lines(&text) {
            for (name, owners) in OWNED_CRATES {
                let used = line.match_indices(&format!("{name}::")).any(|(at, _)| {
                    !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':' || c == '.')
                });
                if used && !owners.contains(&module.as_str()) {
                    wrong.push(format!("{}:{number}: {name} belongs to {owners:?}", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_window_touches_no_file_and_no_store() {
    let mut wrong = Vec::new();
    for (module, file, text) in sources() {
        if module == "ui" {
            for (number, line) in code_lines(&text) {
                for word in ["std::fs", "File::", ".recv()", "thread::sleep", "std::net"] {
                    if line.contains(word) {
                        wrong.push(format!("{}:{number}: {word} may block the window", file.display()));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_speaks_to_the_network() {
    for (_, file, text) in sources() {
        for (number, line) in code_lines(&text) {
            for word in ["TcpStream", "UdpSocket", "TcpListener", "reqwest", "ureq::"] {
                assert!(!line.contains(word), "{}:{number}: {word}: nothing leaves this computer", file.display());
            }
        }
    }
}

#[test]
fn files_are_short_and_say_what_they_own() {
    let mut wrong = Vec::new();
    for (_, file, text) in sources() {
        let lines = text.lines().count();
        if lines > 700 {
            wrong.push(format!("{}: {lines} lines, 700 at most", file.display()));
        }
        if !text.starts_with("//!") {
            wrong.push(format!("{}: begins without //!", file.display()));
        }
        for (number, line) in code_lines(&text) {
            if ["todo!", "unimplemented!", "FIXME", "XXX"].iter().any(|word| line.contains(word)) {
                wrong.push(format!("{}:{number}: something is left to do", file.display()));
            }
        }
    }
    let main = fs::read_to_string(root().join("src/main.rs")).unwrap();
    if main.lines().count() > 80 {
        wrong.push("src/main.rs: over 80 lines".to_owned());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn one_version_of_the_big_crates() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    for name in ["egui", "eframe", "wgpu", "image", "candle-core", "gemm", "rusqlite", "winit"] {
        let count = lock.matches(&format!("name = \"{name}\"\n")).count();
        assert_eq!(count, 1, "{name} stands {count} times in Cargo.lock");
    }
}

#[test]
fn licences_are_permissive() {
    let allowed = [
        "MIT",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "ISC",
        "Zlib",
        "Unlicense",
        "CC0-1.0",
        "0BSD",
        "MPL-2.0",
        "Unicode-3.0",
        "Unicode-DFS-2016",
        "BSL-1.0",
        "OFL-1.1",
        "Ubuntu-font-1.0",
        "MIT-0",
        "CDLA-Permissive-2.0",
        "bzip2-1.0.6",
        "NCSA",
    ];
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        // Not offline: crates of other systems are not fetched by a build.
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut wrong = Vec::new();
    for package in metadata["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        let Some(licence) = package["license"].as_str() else {
            if package["license_file"].is_null() {
                wrong.push(format!("{name}: no licence"));
            }
            continue;
        };
        // One side of an OR is enough, all sides of an AND are needed; exceptions only loosen.
        let plain = licence.replace(['(', ')'], " ").replace('/', " OR ");
        let fits = plain.split(" AND ").all(|all| {
            all.split(" OR ").any(|one| {
                let id = one.split(" WITH ").next().unwrap_or_default().trim();
                allowed.contains(&id)
            })
        });
        if !fits {
            wrong.push(format!("{name}: {licence}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_weights_are_those_of_the_readme() {
    let sums = fs::read_to_string(root().join("models/SHA256SUMS")).unwrap();
    let readme = fs::read_to_string(root().join("models/README.md")).unwrap();
    let mut checked = 0;
    for line in sums.lines() {
        let (sum, name) = line.split_once("  ").unwrap();
        assert!(readme.contains(sum), "models/README.md does not give the checksum of {name}");
        let output = Command::new("sha256sum").arg(root().join("models").join(name)).output();
        // Not every system has the tool; the length of the tensors is checked by the loader everywhere.
        if let Ok(output) = output {
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(text.starts_with(sum), "models/{name} has changed: {text}");
        }
        checked += 1;
    }
    assert_eq!(checked, 4, "four files");
}

#[test]
fn the_readme_gives_the_commands_and_every_action() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    for command in ["cargo run --release -- scan assets/sample", "cargo test", "cargo run --release"] {
        assert!(readme.contains(command), "the README does not give: {command}");
    }
    for subcommand in ["scan", "people", "name", "export", "forget", "faces", "evaluate"] {
        assert!(readme.contains(&format!("albumen {subcommand}")), "the README does not give: albumen {subcommand}");
    }
    let rows = albumen::ui::shortcut_table();
    assert!(readme.contains(rows.trim()), "the README's table of actions should be:\n{rows}");
}
