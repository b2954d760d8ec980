//! A slow line between one tablet and the server. Every byte takes its time, in both directions.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, duplex};
use tokio::net::TcpStream;
use tokio::sync::{Mutex, mpsc};
use tokio::time::{Instant, sleep, sleep_until};

/// How long a byte is on its way: half of a round trip of 50 ms.
const ONE_WAY: Duration = Duration::from_millis(25);

/// Bits a second in each direction.
const BITS_PER_SECOND: u64 = 2_000_000;

/// The bytes of a packet that fits an Ethernet frame.
const PACKET: usize = 1460;

/// The network access of a tablet. All its connections share the bandwidth.
#[derive(Clone, Default)]
pub struct Link {
    up: Direction,
    down: Direction,
}

#[derive(Clone, Default)]
struct Direction {
    /// The time at which the line is free again.
    free: Arc<Mutex<Option<Instant>>>,
    bytes: Arc<AtomicU64>,
}

impl Link {
    /// A connection to the server, after the round trip that opens it.
    pub async fn connect(&self, address: SocketAddr) -> DuplexStream {
        sleep(2 * ONE_WAY).await;
        let server = TcpStream::connect(address).await.expect("the server accepts");
        server.set_nodelay(true).expect("a socket");
        let (tablet, ours) = duplex(64 * 1024);
        let (from_tablet, to_tablet) = tokio::io::split(ours);
        let (from_server, to_server) = server.into_split();
        self.up.carry(from_tablet, to_server);
        self.down.carry(from_server, to_tablet);
        tablet
    }

    /// The number of bytes so far, to the server and from it.
    pub fn bytes(&self) -> (u64, u64) {
        (self.up.bytes.load(Ordering::Relaxed), self.down.bytes.load(Ordering::Relaxed))
    }
}

impl Direction {
    fn carry(
        &self,
        mut from: impl AsyncRead + Send + Unpin + 'static,
        mut to: impl AsyncWrite + Send + Unpin + 'static,
    ) {
        let (sent, mut on_the_way) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
        let direction = self.clone();
        tokio::spawn(async move {
            let mut packet = [0; PACKET];
            while let Ok(length @ 1..) = from.read(&mut packet).await {
                let gone = direction.transmit(length).await;
                // The line has one packet at a time. Faster data waits at the sender.
                sleep_until(gone).await;
                if sent.send((gone + ONE_WAY, packet[..length].to_vec())).is_err() {
                    return;
                }
            }
        });
        tokio::spawn(async move {
            while let Some((due, packet)) = on_the_way.recv().await {
                sleep_until(due).await;
                if to.write_all(&packet).await.is_err() {
                    return;
                }
            }
        });
    }

    /// The time at which this number of bytes will have left.
    async fn transmit(&self, length: usize) -> Instant {
        let takes = Duration::from_micros(length as u64 * 8 * 1_000_000 / BITS_PER_SECOND);
        self.bytes.fetch_add(length as u64, Ordering::Relaxed);
        let mut free = self.free.lock().await;
        let now = Instant::now();
        let gone = free.map_or(now, |free| free.max(now)) + takes;
        *free = Some(gone);
        gone
    }
}
