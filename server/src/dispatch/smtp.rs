//! Hands a mail over to a mail server (RFC 5321).

use std::time::Duration;

use calloff_core::percent::percent_decoded;
use lettre::Address;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;
use tokio::time::timeout;

use super::Delivery;
use crate::storage::purchase_orders::AttemptOutcome;

/// How long the mail server may take for a command: five minutes (RFC 5321, section 4.5.3.2).
const COMMAND: Duration = Duration::from_secs(5 * 60);

/// How long the mail server may take to take a message over: ten minutes (section 4.5.3.2.6).
const MESSAGE: Duration = Duration::from_secs(10 * 60);

/// A mail server that takes mails for suppliers.
#[derive(Clone, PartialEq, Eq)]
pub struct Smtp {
    host: String,
    port: u16,
    encryption: Encryption,
    credentials: Option<(String, String)>,
}

impl std::fmt::Debug for Smtp {
    /// Leaves the password out.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{} ({:?})", self.host, self.port, self.encryption)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encryption {
    /// The connection is encrypted from its first byte (`smtps://`).
    FromStart,
    /// The connection must be upgraded before anything is said (`smtp://`).
    Upgraded,
    /// Only for a mail server on this computer.
    None,
}

/// An address of a mail server cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0}: the address of the mail server is smtps://USER:PASSWORD@HOST (encrypted from the first \
     byte, port 465) or smtp://USER:PASSWORD@HOST (STARTTLS, port 587); only localhost is reached \
     without encryption"
)]
pub struct BadAddress(&'static str);

impl Smtp {
    /// Reads the address of a mail server. Special characters of name and password are
    /// percent-encoded.
    ///
    /// # Errors
    /// [`BadAddress`], without the password.
    pub fn parse(address: &str) -> Result<Self, BadAddress> {
        let (scheme, rest) = address.split_once("://").ok_or(BadAddress("there is no scheme"))?;
        let rest = rest.trim_end_matches('/');
        let (login, host) = match rest.rsplit_once('@') {
            Some((login, host)) => (Some(login), host),
            None => (None, rest),
        };
        let (host, port) = match host.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => {
                let port = port.parse().map_err(|_| BadAddress("the port is no number"))?;
                (host, Some(port))
            }
            _ => (host, None),
        };
        if host.is_empty() {
            return Err(BadAddress("there is no host"));
        }
        let is_here = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
        let (encryption, usual) = match scheme {
            "smtps" => (Encryption::FromStart, 465),
            "smtp" if is_here => (Encryption::None, 25),
            "smtp" => (Encryption::Upgraded, 587),
            _ => return Err(BadAddress("the scheme is neither smtp nor smtps")),
        };
        let credentials = login.map(|login| {
            let (name, password) = login.split_once(':').unwrap_or((login, ""));
            let name =
                percent_decoded(name).ok_or(BadAddress("the name is not percent-encoded"))?;
            let password = percent_decoded(password)
                .ok_or(BadAddress("the password is not percent-encoded"))?;
            Ok((name, password))
        });
        Ok(Self {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: port.unwrap_or(usual),
            encryption,
            credentials: credentials.transpose()?,
        })
    }

    /// Hands over a mail. Until the server has answered to the last byte, nobody knows whether it
    /// took the mail over.
    pub(super) async fn send(&self, from: &Address, to: &str, mail: &[u8]) -> Delivery {
        let Ok(to) = to.parse::<Address>() else {
            return Delivery::permanent(format!("{to:?} is not a mail address"));
        };
        let prepared = timeout(COMMAND, self.prepare(from, to)).await;
        let mut connection = match prepared {
            Ok(Ok(connection)) => connection,
            Ok(Err(delivery)) => return delivery,
            Err(_) => return Delivery::temporary("the mail server did not answer for 5 minutes"),
        };
        crate::failpoint::failpoint!("before_mail_content");
        let delivery = match timeout(MESSAGE, connection.message(mail)).await {
            Ok(Ok(response)) => {
                Delivery { outcome: AttemptOutcome::Accepted, answer: said(&response) }
            }
            Ok(Err(error)) if error.is_permanent() => Delivery::permanent(error),
            Ok(Err(error)) if error.is_transient() => Delivery::temporary(error),
            Ok(Err(error)) => Delivery::uncertain(error),
            Err(_) => Delivery::uncertain("the mail server did not answer for 10 minutes"),
        };
        crate::failpoint::failpoint!("after_mail_content");
        if delivery.outcome == AttemptOutcome::Accepted {
            // The mail is handed over, whatever becomes of the connection.
            let _ = timeout(Duration::from_secs(5), connection.quit()).await;
        }
        delivery
    }

    /// Connects, signs in and names sender and receiver.
    async fn prepare(&self, from: &Address, to: Address) -> Result<AsyncSmtpConnection, Delivery> {
        let refused = |error: lettre::transport::smtp::Error| match error.is_permanent() {
            true => Delivery::permanent(error),
            false => Delivery::temporary(error),
        };
        let hello = ClientId::Domain(from.domain().to_owned());
        let tls = TlsParameters::new(self.host.clone()).map_err(refused)?;
        let at_once = (self.encryption == Encryption::FromStart).then(|| tls.clone());
        let address = (self.host.as_str(), self.port);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(address, Some(COMMAND), &hello, at_once, None)
                .await
                .map_err(refused)?;
        if self.encryption == Encryption::Upgraded {
            connection.starttls(tls, &hello).await.map_err(refused)?;
        }
        if let Some((name, password)) = &self.credentials {
            let mechanisms = [Mechanism::Plain, Mechanism::Login];
            let credentials = Credentials::new(name.clone(), password.clone());
            // A wrong password is a fault of this server's settings. The order waits for its
            // correction.
            let signed_in = connection.auth(&mechanisms, &credentials).await;
            signed_in.map_err(Delivery::temporary)?;
        }
        connection.command(Mail::new(Some(from.clone()), vec![])).await.map_err(refused)?;
        connection.command(Rcpt::new(to, vec![])).await.map_err(refused)?;
        connection.command(Data).await.map_err(refused)?;
        Ok(connection)
    }
}

/// What the server said: "250 2.0.0 Ok: queued as 4XYZ".
fn said(response: &Response) -> String {
    let lines: Vec<&str> = response.message().collect();
    format!("{} {}", response.code(), lines.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_how_the_mail_server_is_reached() {
        let smtps = Smtp::parse("smtps://orders%40acme:p%3Aw@mail.acme.example").unwrap();
        assert_eq!((smtps.host.as_str(), smtps.port), ("mail.acme.example", 465));
        assert_eq!(smtps.encryption, Encryption::FromStart);
        assert_eq!(smtps.credentials, Some(("orders@acme".to_owned(), "p:w".to_owned())));
        let upgraded = Smtp::parse("smtp://mail.acme.example:2525/").unwrap();
        assert_eq!((upgraded.port, upgraded.encryption), (2525, Encryption::Upgraded));
        let here = Smtp::parse("smtp://[::1]:1025").unwrap();
        assert_eq!((here.host.as_str(), here.encryption), ("::1", Encryption::None));
        assert!(!format!("{smtps:?}").contains("p:w"), "{smtps:?}");
        for bad in ["mail.acme.example", "http://a", "smtp://", "smtp://a:b", "smtp://x%f@a"] {
            assert!(Smtp::parse(bad).is_err(), "{bad}");
        }
    }
}
