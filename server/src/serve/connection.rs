//! A connection that ends when its client neither sends nor reads anything, or reads so little that
//! it only occupies memory.

use std::io::{Error, ErrorKind, IoSlice, Result};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// The limits for a client.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// How long no byte may move, whatever the connection is doing.
    silence: Duration,
    /// How long a client may read nothing of a waiting answer.
    stall: Duration,
    /// The lowest rate, in bytes a second, at which a client must read a waiting answer.
    least_rate: u64,
}

/// No answer takes two minutes, and a stream of events sends something every 15 s. A mobile
/// connection may stop for seconds when it changes cells. The slowest one carries 4 KB a second.
const PATIENCE: Patience = Patience {
    silence: Duration::from_secs(120),
    stall: Duration::from_secs(20),
    least_rate: 1_024,
};

/// A stream with these limits.
pub struct Watched<S> {
    stream: S,
    patience: Patience,
    /// When the connection ends unless a byte moves before.
    silent_until: Pin<Box<Sleep>>,
    /// When the connection ends unless the client reads more before. Set while an answer waits.
    stalled_until: Option<Pin<Box<Sleep>>>,
}

impl<S> Watched<S> {
    pub fn new(stream: S) -> Self {
        Self::with(stream, PATIENCE)
    }

    fn with(stream: S, patience: Patience) -> Self {
        let silent_until = Box::pin(sleep_until(Instant::now() + patience.silence));
        Self { stream, patience, silent_until, stalled_until: None }
    }

    fn moved(&mut self) {
        self.silent_until.as_mut().reset(Instant::now() + self.patience.silence);
    }

    /// Checks the limits after a write that offered `asked` bytes.
    fn after_write(
        &mut self,
        context: &mut Context<'_>,
        asked: usize,
        written: Poll<Result<usize>>,
    ) -> Poll<Result<usize>> {
        let Patience { stall, least_rate, .. } = self.patience;
        match written {
            Poll::Ready(Ok(taken)) => {
                self.moved();
                if taken >= asked {
                    self.stalled_until = None;
                } else if let Some(stalled_until) = &mut self.stalled_until {
                    let earned = Duration::from_millis(
                        u64::try_from(taken).unwrap_or(u64::MAX) * 1_000 / least_rate,
                    );
                    let until = (stalled_until.deadline() + earned).min(Instant::now() + stall);
                    stalled_until.as_mut().reset(until);
                }
                Poll::Ready(Ok(taken))
            }
            Poll::Pending => {
                let stalled_until = self
                    .stalled_until
                    .get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + stall)));
                ready!(stalled_until.as_mut().poll(context));
                Poll::Ready(Err(Error::new(ErrorKind::TimedOut, "the client reads no answer")))
            }
            failed => failed,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        let this = self.get_mut();
        let read = Pin::new(&mut this.stream).poll_read(context, buffer);
        if read.is_pending() {
            ready!(this.silent_until.as_mut().poll(context));
            return Poll::Ready(Err(Error::new(ErrorKind::TimedOut, "the client sends nothing")));
        }
        this.moved();
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write(context, bytes);
        this.after_write(context, bytes.len(), written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write_vectored(context, parts);
        this.after_write(context, parts.iter().map(|part| part.len()).sum(), written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};
    use tokio::time::sleep;

    use super::*;

    const STEP: Duration = Duration::from_millis(50);

    fn impatient<S>(stream: S) -> Watched<S> {
        Watched::with(stream, Patience { silence: 6 * STEP, stall: 4 * STEP, least_rate: 10_000 })
    }

    #[tokio::test]
    async fn an_answer_that_nobody_takes_ends_the_connection() {
        let (near, _far) = duplex(1_000);
        let begun = Instant::now();
        let error = impatient(near).write_all(&[0; 10_000]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert!(begun.elapsed() >= 4 * STEP);
    }

    #[tokio::test]
    async fn an_answer_that_is_taken_a_byte_at_a_time_ends_the_connection_and_a_slow_link_does_not()
    {
        for (part, is_taken) in [(1, false), (4_096, true)] {
            let (near, mut far) = duplex(8_192);
            let reader = tokio::spawn(async move {
                let mut bytes = vec![0; part];
                while far.read_exact(&mut bytes).await.is_ok() {
                    sleep(STEP).await;
                }
            });
            let written = impatient(near).write_all(&[0; 64 * 1_024]).await;
            assert_eq!(written.is_ok(), is_taken, "{part} bytes at a time");
            reader.abort();
        }
    }

    #[tokio::test]
    async fn a_client_that_says_nothing_is_hung_up_on_unless_it_is_spoken_to() {
        let (near, _far) = duplex(1_000);
        let error = impatient(near).read_u8().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);

        let (near, _far) = duplex(1_000);
        let (mut hears, mut says) = tokio::io::split(impatient(near));
        let listening = tokio::spawn(async move { hears.read_u8().await.map(drop) });
        for _ in 0..10 {
            says.write_all(b": still here").await.unwrap();
            sleep(2 * STEP).await;
        }
        assert!(!listening.is_finished(), "after three times the silence");
        listening.abort();
    }
}
