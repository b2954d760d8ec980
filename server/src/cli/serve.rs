//! `calloff serve`.

use std::fs::{File, TryLockError};
use std::io::IsTerminal as _;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::http::HeaderName;
use calloff_core::peppol::Participant;
use ed25519_dalek::SigningKey;
use lettre::message::Mailbox;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::Context;
use crate::auth::{Provider, ProviderSettings, SettingsError};
use crate::demo::DemoError;
use crate::dispatch::{BadAddress, MailRoute, Outgoing, Sender, Smtp};
use crate::error::ServiceError;
use crate::publishing::signing_key::{self, KeyError};
use crate::put_back;
use crate::state::{AppState, Clock, Settings};
use crate::storage::{ServerStore, StorageError};

/// The addresses and settings of the server.
#[derive(Debug, Clone, clap::Args)]
pub struct ServeArgs {
    /// Address to listen on; with port 0 the system chooses a free port, which is printed
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Folder of the built web app; without it only the API is served
    #[arg(long, value_name = "DIST")]
    pub app: Option<PathBuf>,
    /// Address that people type to reach the server, if it is not the address above, e.g.
    /// https://calloff.example.org
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,
    /// Header in which the proxy gives the address of the caller, e.g. x-forwarded-for; the last
    /// address counts. Use it only if a proxy sets it; without it, the address of the connection
    /// counts
    #[arg(long, value_name = "HEADER", env = "CALLOFF_CLIENT_ADDRESS_HEADER")]
    pub client_address_header: Option<HeaderName>,
    /// TOML file with the organisation's OpenID Connect provider (docs/security.md); needs
    /// --public-url
    #[arg(long, value_name = "FILE", env = "CALLOFF_OIDC", requires = "public_url")]
    pub oidc: Option<PathBuf>,
    #[command(flatten)]
    pub outgoing: OutgoingArgs,
}

/// How purchase orders reach suppliers (docs/suppliers.md).
#[derive(Debug, Clone, clap::Args)]
pub struct OutgoingArgs {
    /// Mail server that takes mails for suppliers: smtps://USER:PASSWORD@HOST (port 465) or
    /// smtp://USER:PASSWORD@HOST (STARTTLS, port 587); without it, no mails are sent
    #[arg(
        long,
        value_name = "URL",
        env = "CALLOFF_MAIL_SERVER",
        hide_env_values = true,
        requires = "mail_from"
    )]
    pub mail_server: Option<String>,
    /// Address from which mails come, e.g. "Calloff <orders@example.org>"
    #[arg(long, value_name = "ADDRESS", env = "CALLOFF_MAIL_FROM")]
    pub mail_from: Option<String>,
    /// Address of the person who reads the answers of suppliers, if it is another one
    #[arg(long, value_name = "ADDRESS", env = "CALLOFF_MAIL_REPLY_TO", requires = "mail_from")]
    pub mail_reply_to: Option<String>,
    /// Folder into which orders are written as files, in a folder for each supplier that wants
    /// files; without it, no files are written
    #[arg(long, value_name = "DIR", env = "CALLOFF_ORDER_FOLDER")]
    pub order_folder: Option<PathBuf>,
    /// Address of the organisation in the Peppol network, e.g. 0088:7300010000001; without it, no
    /// order has a UBL document
    #[arg(long, value_name = "SCHEME:ID", env = "CALLOFF_PEPPOL_ID")]
    pub peppol_id: Option<Participant>,
}

impl OutgoingArgs {
    /// The settings of the server.
    ///
    /// # Errors
    /// An address cannot be read.
    pub fn outgoing(&self) -> Result<Outgoing, CommandError> {
        let mailbox = |option: &'static str, address: &str| {
            address.parse::<Mailbox>().map_err(|_| {
                CommandError::Asked(format!(
                    "{option} {address:?} is not a mail address: write it as \
                     \"Calloff <orders@example.org>\""
                ))
            })
        };
        let reply_to = self.mail_reply_to.as_deref();
        let reply_to = reply_to.map(|to| mailbox("--mail-reply-to", to)).transpose()?;
        let mail = match (&self.mail_server, &self.mail_from) {
            (Some(server), Some(from)) => {
                let from = mailbox("--mail-from", from)?;
                Some((Sender { from, reply_to }, MailRoute::Server(Smtp::parse(server)?)))
            }
            _ => None,
        };
        let (folder, peppol_id) = (self.order_folder.clone(), self.peppol_id.clone());
        Ok(Outgoing { mail, folder, peppol_id })
    }
}

/// Why a command about serving, people or tablets failed.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The store failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The signing key is missing or wrong.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The settings of the sign-in provider are wrong.
    #[error("the sign-in provider: {0}")]
    Provider(#[from] SettingsError),
    /// The address of the mail server cannot be read.
    #[error("--mail-server: {0}")]
    MailServer(#[from] BadAddress),
    /// The demo was not created.
    #[error(transparent)]
    Demo(#[from] DemoError),
    /// The server failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The server cannot listen on the address.
    #[error("cannot listen on {address}: {source}; choose another one with --listen")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// The folder has no built app.
    #[error(
        "{path} has no built app (index.html): build it first (make app), or leave --app out to \
         serve only the API"
    )]
    NoApp {
        /// The path of the folder.
        path: String,
    },
    /// Another server works with the data folder.
    #[error(
        "another server already runs on the data folder {folder}: stop it first, or give this one \
         another folder with --data. Several servers can only work together on a PostgreSQL \
         database (--database)"
    )]
    Running {
        /// The data folder.
        folder: String,
    },
    /// The system failed while serving.
    #[error("the server ended: {0}")]
    Serving(std::io::Error),
    /// The site does not exist.
    #[error(
        "there is no site {0:?}: import the sites first (calloff import sites), or check the \
         spelling"
    )]
    NoSuchSite(String),
    /// The request is wrong in another way.
    #[error("{0}")]
    Asked(String),
}

/// A server that is ready to answer, with everything that it needs at its start.
pub struct Opened {
    /// The state of the server.
    pub state: AppState,
    /// The organisation's signing key.
    pub key: SigningKey,
    /// The socket on which it listens.
    pub listener: TcpListener,
    /// The address that people type to reach it, without a slash at the end.
    pub url: String,
    /// Keeps other servers away from the data folder. `None` with PostgreSQL.
    _lock: Option<File>,
}

/// Serves an organisation until the process gets a signal to stop.
///
/// # Errors
/// The data cannot be opened, or the server cannot listen on the address.
pub async fn run(context: &Context, args: ServeArgs) -> Result<(), CommandError> {
    let outgoing = args.outgoing.outgoing()?;
    let opened = open(context, context.open().await?, &args, outgoing).await?;
    answer(opened, args).await
}

/// The file in the data folder that a running server locks.
const LOCK_FILE: &str = "calloff.lock";

/// Locks the data folder until the file is closed. The system also closes it when the process ends
/// in any other way. Two servers would not tell each other what changes, and a move must not miss
/// what a server writes. Other commands need no lock. `None` if the folder is on a disk on which
/// the system cannot lock files.
///
/// # Errors
/// [`CommandError::Running`].
pub(super) fn locked(folder: &Path) -> Result<Option<File>, CommandError> {
    let path = folder.join(LOCK_FILE);
    let file = File::options().create(true).truncate(false).write(true).open(path);
    match file.map_err(TryLockError::Error).and_then(|file| file.try_lock().map(|()| file)) {
        Ok(file) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => {
            Err(CommandError::Running { folder: folder.display().to_string() })
        }
        Err(TryLockError::Error(error)) => {
            tracing::warn!("the data folder cannot be locked against a second server: {error}");
            Ok(None)
        }
    }
}

/// Checks the whole database, and opens the key and the listener.
///
/// # Errors
/// The errors of [`run`].
pub async fn open(
    context: &Context,
    store: ServerStore,
    args: &ServeArgs,
    outgoing: Outgoing,
) -> Result<Opened, CommandError> {
    log_to_stderr();
    let data = &context.data;
    let lock = if context.database.is_none() { locked(data)? } else { None };
    if let Some(folder) = args.app.as_deref().filter(|folder| !folder.join("index.html").is_file())
    {
        return Err(CommandError::NoApp { path: folder.display().to_string() });
    }
    store.check().await?;
    let key = signing_key::of(data, &store).await?;
    let refused = |source| CommandError::Listen { address: args.listen, source };
    let listener = TcpListener::bind(args.listen).await.map_err(refused)?;
    let local = local_url(listener.local_addr().map_err(refused)?);
    let url = args.public_url.as_deref().map_or(local, |url| url.trim_end_matches('/').to_owned());
    store.put_served_at(&url).await?;
    let provider = match (&args.oidc, &args.public_url) {
        (Some(file), Some(url)) => {
            Some(Arc::new(Provider::new(ProviderSettings::read(file)?, url)?))
        }
        _ => None,
    };
    let settings = Settings {
        provider,
        is_https: url.starts_with("https://"),
        public_origin: args.public_url.as_deref().map(origin_of),
        client_address_header: args.client_address_header.clone(),
        outgoing,
        ..Settings::new(key.verifying_key())
    };
    let state = AppState::new(store, settings, Clock::system());
    put_back::look(&state, data).await?;
    tokio::spawn(put_back::note_regularly(state.clone(), data.to_owned()));
    Ok(Opened { state, key, listener, url, _lock: lock })
}

/// The address of a server on this computer. A server that listens on all addresses is reached at
/// the local host.
fn local_url(address: SocketAddr) -> String {
    let port = address.port();
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => format!("http://127.0.0.1:{port}"),
        IpAddr::V6(ip) if ip.is_unspecified() => format!("http://[::1]:{port}"),
        _ => format!("http://{address}"),
    }
}

/// The scheme and authority of an address, as browsers write an `Origin`.
fn origin_of(url: &str) -> String {
    let path = url
        .find("://")
        .and_then(|scheme| url[scheme + 3..].find('/').map(|slash| scheme + 3 + slash));
    url[..path.unwrap_or(url.len())].to_ascii_lowercase()
}

/// The number of `SIGXFSZ` on every system on which Calloff runs.
const FILE_TOO_LARGE: i32 = 25;

/// Answers requests. It prints a line on standard output when it is ready; scripts wait for that
/// line.
///
/// # Errors
/// The system failed while serving.
pub async fn answer(opened: Opened, args: ServeArgs) -> Result<(), CommandError> {
    let stop = stop_signal().map_err(CommandError::Serving)?;
    // A file that may not grow any more (RLIMIT_FSIZE) is like a full disk. SQLite reports it, and
    // the signal must not end the process.
    let _grown = signal(SignalKind::from_raw(FILE_TOO_LARGE)).map_err(CommandError::Serving)?;
    println!(
        "listening on http://{}",
        opened.listener.local_addr().map_err(CommandError::Serving)?
    );
    crate::serve(opened.listener, opened.state, args.app, stop).await.map_err(CommandError::Serving)
}

/// Completes at SIGTERM or at SIGINT (Ctrl-C).
fn stop_signal() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Logs to standard error, at the level in `CALLOFF_LOG`. The default is `info`.
fn log_to_stderr() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("CALLOFF_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let stderr = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    // A second start in one process (in a test) keeps the log of the first one.
    if stderr.with_env_filter(filter).try_init().is_ok() {
        crate::routes::log_panics();
    }
}
