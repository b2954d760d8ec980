//! A mail server that records what it gets, and can fail in the ways of real ones.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What the server does with the next mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reaction {
    /// It takes the mail.
    Takes,
    /// It does not know the receiver (550).
    UnknownReceiver,
    /// It has no room now (451).
    Busy,
    /// It takes the mail, and the connection breaks before it says so.
    TakesAndBreaks,
    /// The connection breaks before the mail was sent.
    BreaksBefore,
}

/// A mail as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArrivedMail {
    /// The address in the envelope.
    pub to: String,
    /// The message, without the dots that the protocol adds.
    pub message: String,
}

impl ArrivedMail {
    /// A header, with its continuation lines joined.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        let head = self.message.split("\r\n\r\n").next()?.replace("\r\n ", " ");
        head.split("\r\n").find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then(|| value.to_owned())
        })
    }
}

/// A running mail server.
#[derive(Clone)]
pub struct MailServer {
    address: SocketAddr,
    arrived: Arc<Mutex<Vec<ArrivedMail>>>,
    reactions: Arc<Mutex<VecDeque<Reaction>>>,
}

impl MailServer {
    /// Starts a server that takes every mail.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let server = Self {
            address: listener.local_addr().expect("an address"),
            arrived: Arc::default(),
            reactions: Arc::default(),
        };
        let answering = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let answering = answering.clone();
                // A client that is killed breaks its connection.
                tokio::spawn(async move { drop(answering.talk(stream).await) });
            }
        });
        server
    }

    /// The address, as `--mail-server` takes it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// What the server does with the next connections. Afterwards it takes every mail.
    pub fn react(&self, reactions: impl IntoIterator<Item = Reaction>) {
        self.reactions.lock().expect("no panic").extend(reactions);
    }

    /// Everything that arrived.
    #[must_use]
    pub fn arrived(&self) -> Vec<ArrivedMail> {
        self.arrived.lock().expect("no panic").clone()
    }

    async fn talk(&self, stream: TcpStream) -> std::io::Result<()> {
        let reaction = self.reactions.lock().expect("no panic").pop_front();
        let reaction = reaction.unwrap_or(Reaction::Takes);
        let mut stream = BufReader::new(stream);
        stream.write_all(b"220 mail.test ESMTP\r\n").await?;
        let mut to = String::new();
        let mut line = String::new();
        loop {
            line.clear();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
            let answer = match verb.as_str() {
                "EHLO" => "250-mail.test\r\n250 8BITMIME\r\n",
                "RCPT" if reaction == Reaction::UnknownReceiver => "550 no such mailbox\r\n",
                "RCPT" if reaction == Reaction::Busy => "451 no room now\r\n",
                "RCPT" => {
                    let address = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
                    address.map_or("", |(address, _)| address).clone_into(&mut to);
                    "250 fine\r\n"
                }
                "DATA" if reaction == Reaction::BreaksBefore => return Ok(()),
                "DATA" => {
                    stream.write_all(b"354 go on\r\n").await?;
                    let message = message(&mut stream).await?;
                    let to = std::mem::take(&mut to);
                    self.arrived.lock().expect("no panic").push(ArrivedMail { to, message });
                    if reaction == Reaction::TakesAndBreaks {
                        return Ok(());
                    }
                    "250 queued\r\n"
                }
                "QUIT" => {
                    stream.write_all(b"221 bye\r\n").await?;
                    return Ok(());
                }
                _ => "250 fine\r\n",
            };
            stream.write_all(answer.as_bytes()).await?;
        }
    }
}

async fn message(stream: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let mut message = String::new();
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if line == ".\r\n" {
            return Ok(message);
        }
        message.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}
