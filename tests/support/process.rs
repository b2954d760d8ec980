use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use calloff_server::state::Clock;

use crate::{Answer, Data, Door, Line, TestApp};

/// The longest time until a server must say that it listens.
const START: Duration = Duration::from_secs(30);

/// The real binary in its own process, on its own port. It is killed when it is dropped.
pub struct ServerProcess {
    data: Data,
    child: Child,
    address: SocketAddr,
    /// The lines of its standard output.
    lines: mpsc::Receiver<String>,
}

impl ServerProcess {
    /// Starts the server with data that a [`TestApp`] prepared.
    ///
    /// `arguments` follow `calloff serve`; `variables` are added to its environment.
    #[must_use]
    pub fn start(data: Data, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(binary());
        command.args(data.arguments()).args(["serve", "--listen", "127.0.0.1:0"]).args(arguments);
        command.envs(variables.iter().copied()).env("CALLOFF_LOG", "error").stdout(Stdio::piped());
        let mut child = command.spawn().expect("the server's binary starts");
        let output = child.stdout.take().expect("standard output");
        let (said, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if said.send(line).is_err() {
                    return;
                }
            }
        });
        let mut server = Self { data, child, address: ([127, 0, 0, 1], 0).into(), lines };
        let listening = server.wait_for("listening on http://", START).expect("the server listens");
        server.address = listening.parse().expect("an address");
        server
    }

    /// The address on which it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its data.
    #[must_use]
    pub fn data(&self) -> &Data {
        &self.data
    }

    /// Its process identifier.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for a line that begins with this text, and returns the rest of the line. `None` when
    /// it does not come in time.
    #[must_use]
    pub fn wait_for(&mut self, beginning: &str, longest: Duration) -> Option<String> {
        loop {
            let line = self.lines.recv_timeout(longest).ok()?;
            if let Some(rest) = line.strip_prefix(beginning) {
                return Some(rest.to_owned());
            }
        }
    }

    /// Kills it like a power failure (SIGKILL: it cannot finish anything), and returns its data.
    #[must_use]
    pub fn kill(mut self) -> Data {
        self.end();
        let nothing = Data::in_folder(tempfile::tempdir().expect("a folder"));
        std::mem::replace(&mut self.data, nothing)
    }

    fn end(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        self.end();
    }
}

impl Door for ServerProcess {
    /// The time of the system's clock, which the server uses, too.
    fn now(&self) -> i64 {
        Clock::system().now()
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let mut line = Line::open(self.address).await.expect("the server accepts");
        line.send(request).await.expect("the server answers")
    }
}

impl TestApp {
    /// Stops this server and returns its data to the test.
    pub async fn into_data(self) -> Data {
        self.state.store.close().await;
        self.data
    }
}

/// The binary of this build, beside the tests' binaries. `CALLOFF_BIN` may name another one.
fn binary() -> PathBuf {
    let beside = || {
        let tests = std::env::current_exe().expect("this program");
        tests.parent().and_then(Path::parent).expect("target/debug/deps").join("calloff")
    };
    let binary = std::env::var_os("CALLOFF_BIN").map_or_else(beside, PathBuf::from);
    assert!(binary.is_file(), "{} is not built: run `make server` first", binary.display());
    binary
}
