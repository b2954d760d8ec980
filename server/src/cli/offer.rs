//! `calloff offer …`: the documents that tablets offer after a restore.

use calloff_core::name::printable;
use calloff_core::wire::PushRefusalCode;

use super::serve::CommandError;
use super::{CliError, Context, answer};
use crate::publishing::signing_key;
use crate::state::{AppState, Clock, Settings};
use crate::storage::orders::Visible;
use crate::sync::{discard_offer, take_up};

/// The commands for offers.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum OfferCommand {
    /// List the documents that tablets offer
    List,
    /// Take an offer up; only the tablet says what the server had answered, and this cannot be
    /// undone
    TakeUp {
        /// The number of the offer in the list
        id: i64,
    },
    /// Set an offer aside that cannot be taken up, or is settled otherwise: its bytes go, and the
    /// tablet keeps what it has. This cannot be undone
    Discard {
        /// Its number in the list
        id: i64,
    },
}

/// The most offers that are listed at once.
const LISTED: u32 = 10_000;

/// Runs the command.
///
/// # Errors
/// The offer does not exist or cannot be taken up, or the store failed.
pub async fn run(context: &Context, command: OfferCommand) -> Result<(), CliError> {
    let store = context.open().await?;
    match command {
        OfferCommand::List => {
            let mut text = String::new();
            for row in store.quarantine_rows(&Visible::All, None, LISTED).await? {
                if row.refusals.iter().any(|refusal| refusal.code == PushRefusalCode::Offered) {
                    let (site, name) = (printable(&row.site_name), printable(&row.device_name));
                    text += &format!(
                        "{}\t{}\t{site}\t{name}\t{} bytes\n",
                        row.id, row.document, row.bytes
                    );
                }
            }
            answer(&text)?;
        }
        OfferCommand::TakeUp { id } => {
            let key = signing_key::of(&context.data, &store).await?;
            let state =
                AppState::new(store.clone(), Settings::new(key.verifying_key()), Clock::system());
            take_up(&state, &Visible::All, id, &context.doing())
                .await
                .map_err(CommandError::from)?;
            answer("taken up\n")?;
        }
        OfferCommand::Discard { id } => {
            discard_offer(&store, &Visible::All, id, &context.doing())
                .await
                .map_err(CommandError::from)?;
            answer("set aside\n")?;
        }
    }
    store.close().await;
    Ok(())
}
