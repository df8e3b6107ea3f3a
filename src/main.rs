//! Chooses the window or a subcommand.

use std::process::ExitCode;

use albumen::{cli, window};
use clap::Parser as _;

fn main() -> ExitCode {
    // Warnings and errors go to stderr, more with ALBUMEN_LOG=info.
    let filter =
        tracing_subscriber::EnvFilter::try_from_env("ALBUMEN_LOG").unwrap_or_else(|_unset| "albumen=warn".into());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .without_time()
        .with_target(false)
        .init();
    let arguments = cli::Arguments::parse();
    match &arguments.command {
        Some(command) => cli::run(command),
        None => window::open(&arguments),
    }
}
