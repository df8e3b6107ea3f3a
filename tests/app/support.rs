//! What several tests need.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A file or folder of the repository.
pub fn repository(inside: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(inside)
}

/// Says that a test was skipped and why; a failure where skipping is not allowed (`.ci/run`).
pub fn skip(test: &str, why: &str) {
    assert!(std::env::var_os("ALBUMEN_NO_SKIP").is_none(), "{test} was skipped: {why}");
    eprintln!("{test} was SKIPPED: {why}");
}

/// The program with these arguments, on a library of its own.
pub fn albumen(library: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_albumen"))
        .args(arguments)
        .env("ALBUMEN_LIBRARY", library)
        .env_remove("ALBUMEN_FINDER")
        .output()
        .unwrap()
}

/// The exit code, and stdout as JSON.
pub fn albumen_json(library: &Path, arguments: &[&str]) -> (i32, serde_json::Value) {
    let output = albumen(library, arguments);
    let text = String::from_utf8_lossy(&output.stdout);
    let value = serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{error}: {text}\n{}", String::from_utf8_lossy(&output.stderr)));
    (output.status.code().unwrap(), value)
}
