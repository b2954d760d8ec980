//! `calloff`: the command line of Calloff.

use std::process::ExitCode;

use calloff_server::cli::{self, Cli};
use clap::Parser as _;

fn main() -> ExitCode {
    let cli = Cli::parse();
    #[expect(clippy::disallowed_methods, reason = "the edge: every command is given the time")]
    let now = jiff::Timestamp::now();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("the system gives no threads: {error}"), 1),
    };
    match runtime.block_on(cli::run(cli, now)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error.to_string(), error.exit_code()),
    }
}

fn fail(error: &str, code: u8) -> ExitCode {
    // If standard error is closed, nobody can read the message.
    let _ =
        std::io::Write::write_all(&mut std::io::stderr(), format!("error: {error}\n").as_bytes());
    ExitCode::from(code)
}
