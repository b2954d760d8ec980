//! `calloff demo`: an invented organisation with some weeks of orders, to try everything.

use calloff_core::ids::LocationId;
use calloff_core::location::Location;
use calloff_core::name::printable;
use calloff_core::wire::Actor;

use super::Context;
use super::device::enrolment_link;
use super::serve::{CommandError, Opened, ServeArgs, answer, open};
use crate::auth::DEFAULT_VALID_HOURS;
use crate::demo;
use crate::dispatch::{MailRoute, Outgoing, Sender};
use crate::storage::audit::Doing;

/// Serves an organisation. If the database is empty, it first creates the demo organisation there.
/// It prints who can sign in, and links that enrol three tablets: two at one site, one at another.
///
/// # Errors
/// The data cannot be opened, the demo cannot be created, or the server cannot listen on the
/// address.
pub async fn run(context: &Context, args: ServeArgs) -> Result<(), CommandError> {
    let outgoing = outgoing(context, args.outgoing.outgoing()?)?;
    let folders = outgoing.clone();
    let opened = open(context, context.open_or_create().await?, &args, outgoing).await?;
    let now = opened.state.now();
    if opened.state.store.locations().await?.is_empty() {
        eprintln!("creating the demo organisation …");
        demo::create(&opened.state, &opened.key, now).await?;
    }
    print_welcome(&opened, now).await?;
    if let Some((_, MailRoute::Folder(folder))) = &folders.mail {
        println!("mails to suppliers are files, and nobody gets them: {}\n", folder.display());
    }
    answer(opened, args).await
}

/// The suppliers of the demo do not exist. So without other settings, mails and files for them stay
/// in the data folder.
fn outgoing(context: &Context, given: Outgoing) -> Result<Outgoing, CommandError> {
    let from = "Calloff <orders@calloff.example>".parse();
    let from = from.map_err(|_| CommandError::Asked("the demo has no mail address".to_owned()))?;
    let sender = Sender { from, reply_to: None };
    let folder = MailRoute::Folder(context.data.join("mail"));
    Ok(Outgoing {
        mail: given.mail.or(Some((sender, folder))),
        folder: given.folder.or_else(|| Some(context.data.join("orders"))),
        peppol_id: given.peppol_id,
    })
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
    println!("\nenrol a tablet (each link works once, in the browser that becomes the tablet):");
    for site in sites_for_tablets(store.locations().await?) {
        let link = enrolment_link(store, &site.0, &opened.url, DEFAULT_VALID_HOURS, &doing).await?;
        println!("  {link}  {}", printable(&site.1));
    }
    println!();
    Ok(())
}

/// The first site twice, for two tablets that share a draft, then the second site.
fn sites_for_tablets(locations: Vec<Location>) -> Vec<(LocationId, String)> {
    let sites: Vec<_> = locations
        .into_iter()
        .filter(|location| location.site.is_some())
        .map(|site| (site.id, site.name))
        .take(2)
        .collect();
    sites.first().cloned().into_iter().chain(sites).collect()
}
