//! `calloff device …`: tablets.

use calloff_core::ids::{DeviceId, LocationId};
use calloff_core::name::printable;
use calloff_core::wire::AuditAct;

use super::Context;
use super::serve::CommandError;
use crate::auth::{DEFAULT_VALID_HOURS, issue_enrolment_code, qr_text};
use crate::storage::ServerStore;
use crate::storage::audit::{Act, Doing, record};
use crate::storage::devices::revoke_device;
use crate::storage::orders::Visible;

/// The commands for tablets.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum DeviceCommand {
    /// Issue a one-time link that enrols a tablet at a site
    Enrol(EnrolArgs),
    /// List the tablets
    List,
    /// Revoke a tablet's credential: it can no longer push or pull
    Revoke {
        /// The tablet's identifier
        device: DeviceId,
    },
}

/// The default address of `calloff serve`.
pub const NOT_SERVED_YET: &str = "http://127.0.0.1:8080";

/// The site, and the address of the server.
#[derive(Debug, Clone, clap::Args)]
pub struct EnrolArgs {
    /// The site that the tablet orders for
    #[arg(long, value_name = "ID")]
    pub site: LocationId,
    /// The address that people type to reach the server; by default the address of the last start
    /// (--public-url or --listen)
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// How many hours the link is valid
    #[arg(long, value_name = "HOURS", default_value_t = DEFAULT_VALID_HOURS, value_parser = clap::value_parser!(u16).range(1..))]
    pub valid_hours: u16,
    /// Print the link as a QR code, too, for the tablet's camera
    #[arg(long)]
    pub qr: bool,
}

/// Runs the command.
///
/// # Errors
/// The site or the tablet does not exist, or the store failed.
pub async fn run(context: &Context, command: DeviceCommand) -> Result<(), CommandError> {
    let store = context.open().await?;
    let doing = context.doing();
    match command {
        DeviceCommand::Enrol(args) => {
            let url = match args.url {
                Some(url) => url,
                None => store.served_at().await?.unwrap_or_else(|| NOT_SERVED_YET.to_owned()),
            };
            let link = enrolment_link(&store, &args.site, &url, args.valid_hours, &doing).await?;
            println!("{link}");
            if args.qr {
                print!("{}", qr_text(&link)?);
            }
        }
        DeviceCommand::Revoke { device } => {
            let mut write = store.write().await?;
            let site = revoke_device(&mut write, &device, doing.at).await?;
            let site = site.ok_or_else(|| {
                CommandError::Asked(format!(
                    "there is no tablet {device}, or it was revoked before"
                ))
            })?;
            record(&mut write, &doing, &Act::new(AuditAct::TabletRevoked, device).at(&site))
                .await?;
            write.commit().await?;
            println!("revoked {device}");
        }
        DeviceCommand::List => {
            for row in store.devices(&Visible::All).await? {
                let state = if row.revoked_at.is_some() { "revoked" } else { "enrolled" };
                let seen = jiff::Timestamp::from_millisecond(row.last_seen_at).unwrap_or_default();
                let (site, name) = (printable(row.site.as_str()), printable(&row.name));
                println!("{}\t{site}\t{name}\t{state}\tlast seen {seen}", row.device);
            }
        }
    }
    store.close().await;
    Ok(())
}

/// Issues a code for a site, and returns the link with the code.
///
/// # Errors
/// The site does not exist, or the store failed.
pub async fn enrolment_link(
    store: &ServerStore,
    site: &LocationId,
    url: &str,
    valid_hours: u16,
    doing: &Doing,
) -> Result<String, CommandError> {
    let issued = issue_enrolment_code(store, (site, None), valid_hours, doing).await?;
    Ok(issued.ok_or_else(|| CommandError::NoSuchSite(site.to_string()))?.link(url))
}
