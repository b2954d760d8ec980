use std::net::SocketAddr;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderValue, Request, Response, header};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use crate::Answer;

/// A connection to a server that stays open, as browsers keep theirs.
pub struct Line {
    requests: SendRequest<Body>,
    host: HeaderValue,
}

/// Why there was no answer.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// The server cannot be reached.
    #[error("{0}")]
    Unreachable(#[from] std::io::Error),
    /// The connection broke before the whole answer arrived.
    #[error("{0}")]
    Broken(#[from] hyper::Error),
    /// The body of the answer broke off.
    #[error("{0}")]
    Body(#[from] axum::Error),
}

impl Line {
    /// Connects.
    ///
    /// # Errors
    /// No server listens there.
    pub async fn open(address: SocketAddr) -> Result<Self, LineError> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Self::over(stream, address).await
    }

    /// Uses an existing connection to the server.
    ///
    /// # Errors
    /// The connection broke.
    pub async fn over(
        connection: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
        address: SocketAddr,
    ) -> Result<Self, LineError> {
        let (requests, connection) = handshake(TokioIo::new(connection)).await?;
        // It ends with the connection. The requests report how the connection ended.
        tokio::spawn(async move { drop(connection.await) });
        let host = HeaderValue::from_str(&address.to_string()).expect("a header");
        Ok(Self { requests, host })
    }

    /// Sends a request and waits for the whole answer.
    ///
    /// # Errors
    /// The connection broke. Nobody knows whether the server received the request.
    pub async fn send(&mut self, request: Request<Body>) -> Result<Answer, LineError> {
        let (parts, body) = self.begin(request).await?.into_parts();
        let body = to_bytes(Body::new(body), usize::MAX).await?;
        Ok(Answer { status: parts.status, headers: parts.headers, body })
    }

    /// Sends a request and waits for the beginning of the answer.
    ///
    /// # Errors
    /// The errors of [`Line::send`].
    pub async fn begin(
        &mut self,
        mut request: Request<Body>,
    ) -> Result<Response<Incoming>, LineError> {
        request.headers_mut().insert(header::HOST, self.host.clone());
        self.requests.ready().await?;
        Ok(self.requests.send_request(request).await?)
    }
}
