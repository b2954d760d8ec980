//! `calloff`: the command line of Calloff.

use std::io::Write as _;
use std::process::ExitCode;

use calloff_core::name::printable_text;
use calloff_server::cli::{self, Cli};
use clap::Parser as _;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        // The message contains the typed text, which may have marks that change the direction of
        // writing.
        Err(error) if error.use_stderr() => {
            let said = error.render().to_string();
            let _ = std::io::stderr().write_all(printable_text(&said).as_bytes());
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
        // The text of `--help` or `--version`.
        Err(error) => error.exit(),
    };
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
    let _ = std::io::stderr().write_all(format!("error: {error}\n").as_bytes());
    ExitCode::from(code)
}
