//! Chooses the window or a subcommand.

use std::io::{self, IsTerminal as _};
use std::process::ExitCode;

use albumen::{cli, window};
use clap::Parser as _;

fn main() -> ExitCode {
    // Warnings and errors go to stderr, more with ALBUMEN_LOG=info.
    let filter =
        tracing_subscriber::EnvFilter::try_from_env("ALBUMEN_LOG").unwrap_or_else(|_unset| "albumen=warn".into());
    // A log file wants no colours, and neither does who says so (no-color.org).
    let colours = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(colours)
        .without_time()
        .with_target(false)
        .init();
    let arguments = cli::Arguments::parse();
    match &arguments.command {
        Some(command) => cli::run(command),
        None => window::open(&arguments),
    }
}
