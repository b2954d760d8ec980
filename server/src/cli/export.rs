//! `calloff export`: contracts as text, and the schema of that text.

use std::io::{BufWriter, Write as _};
use std::path::PathBuf;

use clap::Subcommand;

use super::whole_file::{WholeFile, failed};
use super::{CliError, Context, answer};
use crate::exchange::contracts::{ExportError, export, schema};
use crate::exchange::json::WriteError;

/// What to export.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Write everything that contracts need as one JSON file
    ///
    /// Locations, suppliers, items, all contracts with all versions and terms (including drafts),
    /// sourcing rules, comparison rates and tie decisions. The order is always the same, so two
    /// exports can be compared line by line. `calloff import contracts` reads the file;
    /// docs/contracts.md describes it.
    Contracts(FileArgs),
    /// Write the JSON Schema of that file, with which editors check the file
    Schema(FileArgs),
}

#[derive(Debug, clap::Args)]
struct FileArgs {
    /// The file to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// [`CliError`] when nothing was exported.
pub async fn run(context: &Context, args: Args) -> Result<(), CliError> {
    match args.what {
        What::Contracts(FileArgs { out: Some(out) }) => {
            let store = context.open().await?;
            let file =
                export(&store, WholeFile::create(&out)?).await.map_err(|error| match error {
                    ExportError::Write(WriteError::File(source)) => failed(&out, source),
                    error => error.into(),
                })?;
            file.finish()
        }
        What::Contracts(FileArgs { out: None }) => {
            let store = context.open().await?;
            let mut out = export(&store, BufWriter::new(std::io::stdout())).await?;
            out.flush().map_err(|source| failed("standard output".as_ref(), source))
        }
        What::Schema(FileArgs { out }) => {
            let text = serde_json::to_string_pretty(&schema())? + "\n";
            let Some(out) = out else { return answer(&text) };
            let mut whole = WholeFile::create(&out)?;
            whole.write_all(text.as_bytes()).map_err(|source| failed(&out, source))?;
            whole.finish()
        }
    }
}
