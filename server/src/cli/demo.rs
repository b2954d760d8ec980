//! `calloff demo`: an invented organisation with a running history, to look around in.

use std::path::Path;

use calloff_core::ids::LocationId;
use calloff_core::location::Location;
use calloff_core::name::printable;
use calloff_core::wire::Actor;

use super::device::enrolment_link;
use super::serve::{CommandError, Opened, ServeArgs, answer, open};
use crate::auth::DEFAULT_VALID_HOURS;
use crate::demo;
use crate::storage::Store;
use crate::storage::audit::Doing;

/// Serves the data in a folder; where it is empty, the demo organisation is created there first.
/// Prints who can sign in, and links that enrol three tablets: two of one site, one of another.
///
/// # Errors
/// The data cannot be opened, the demo not be created, or the address not be listened on.
pub async fn run(data: &Path, args: ServeArgs) -> Result<(), CommandError> {
    let opened = open(Store::open(data).await?, data, &args).await?;
    let now = opened.state.now();
    if opened.state.store.locations().await?.is_empty() {
        eprintln!("creating the demo organisation …");
        demo::create(&opened.state, &opened.key, now).await?;
    }
    print_welcome(&opened, now).await?;
    answer(opened, args).await
}

async fn print_welcome(opened: &Opened, now: i64) -> Result<(), CommandError> {
    let store = &opened.state.store;
    if let Some(organisation) = store.organisation().await? {
        println!("{}: {}", printable(&organisation.name), opened.url);
    }
    println!("\nsign in (for the demo only):");
    for sign_in in demo::sign_ins(store).await? {
        println!(
            "  {:<24} password {:<28} {:?}",
            sign_in.person.as_str(),
            sign_in.password,
            sign_in.role
        );
    }
    let doing = Doing { by: Actor::CommandLine("demo".to_owned()), at: now, from: String::new() };
    println!("\nenrol a tablet (each link once, in the browser that is to be the tablet):");
    for site in sites_for_tablets(store.locations().await?) {
        let link = enrolment_link(store, &site.0, &opened.url, DEFAULT_VALID_HOURS, &doing).await?;
        println!("  {link}  {}", printable(&site.1));
    }
    println!();
    Ok(())
}

/// The first site twice, for two tablets that meet on one draft, and the second.
fn sites_for_tablets(locations: Vec<Location>) -> Vec<(LocationId, String)> {
    let sites: Vec<_> = locations
        .into_iter()
        .filter(|location| location.site.is_some())
        .map(|site| (site.id, site.name))
        .take(2)
        .collect();
    sites.first().cloned().into_iter().chain(sites).collect()
}
