//! `calloff device …`: tablets.

use std::path::Path;

use calloff_core::ids::{DeviceId, LocationId};

use super::serve::CommandError;
use crate::auth::issue_enrolment_code;
use crate::state::Clock;
use crate::storage::devices::revoke_device;
use crate::storage::{StorageError, Store};

/// What to do with tablets.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum DeviceCommand {
    /// Issue a one-time link that enrols a tablet at a site
    Enrol(EnrolArgs),
    /// Revoke a tablet's credential: it can no longer push or pull
    Revoke {
        /// The tablet's identifier
        device: DeviceId,
    },
}

/// For which site, and under which address.
#[derive(Debug, Clone, clap::Args)]
pub struct EnrolArgs {
    /// The site that the tablet orders for
    #[arg(long, value_name = "ID")]
    pub site: LocationId,
    /// What people type to reach the server
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    pub url: String,
    /// How long the link can be used
    #[arg(long, value_name = "HOURS", default_value_t = DEFAULT_VALID_HOURS)]
    pub valid_hours: u32,
}

/// Hours that a link can be used, unless it is said otherwise: over a weekend.
pub const DEFAULT_VALID_HOURS: u32 = 72;

/// Carries the command out.
///
/// # Errors
/// There is no such site or tablet, or the store failed.
pub async fn run(data: &Path, command: DeviceCommand) -> Result<(), CommandError> {
    let store = Store::open(data).await?;
    let now = Clock::system().now();
    match command {
        DeviceCommand::Enrol(args) => {
            println!("{}", enrolment_link(&store, &args.site, &args.url, args.valid_hours, now).await?);
        }
        DeviceCommand::Revoke { device } => {
            let mut write = store.write().await?;
            if !revoke_device(&mut write, &device, now).await? {
                return Err(CommandError::Asked(format!("there is no tablet {device}, or it was revoked before")));
            }
            write.commit().await.map_err(StorageError::from)?;
            println!("revoked {device}");
        }
    }
    store.close().await;
    Ok(())
}

/// Issues a code for a site and gives the link that uses it. The code stands after `#`: browsers send that to nobody.
///
/// # Errors
/// There is no such site, or the store failed.
pub async fn enrolment_link(
    store: &Store,
    site: &LocationId,
    url: &str,
    valid_hours: u32,
    now: i64,
) -> Result<String, CommandError> {
    let expires_at = now + i64::from(valid_hours) * 60 * 60 * 1000;
    let code = issue_enrolment_code(store, site, now, expires_at).await?;
    let code = code.ok_or_else(|| CommandError::NoSuchSite(site.to_string()))?;
    Ok(format!("{}/enrol#{}", url.trim_end_matches('/'), code.expose()))
}
