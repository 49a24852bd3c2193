//! Connections that are told one thing, without a request being read.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::net::{Served, Stream};

/// For the whole of it.
const PLAIN: Duration = Duration::from_secs(1);
/// The same, with a TLS handshake before.
const ENCRYPTED: Duration = Duration::from_secs(3);

// It does not reload by itself: it may stand in the place of a letter that was just sent off.
const BUSY: &str = "HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\ncontent-type: text/plain; charset=utf-8\r\n\
    content-length: 141\r\nconnection: close\r\n\r\nMany people at the moment: reload this page in a few seconds.\n\
    Beaucoup de monde en ce moment : rechargez cette page dans quelques secondes.\n";

const NOT_HTTPS: &str = "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\n\
    content-length: 105\r\nconnection: close\r\n\r\n\
    This port speaks https: write https:// before the address.\nIci on parle https : ecrivez https:// devant.\n";

/// There is no place. Over TLS as over plain http: what a browser cannot decrypt tells nobody anything.
pub(super) async fn too_many(stream: TcpStream, tls: Option<&Served>) {
    let _ = match tls {
        None => timeout(PLAIN, tell(stream, BUSY)).await,
        Some(tls) => {
            let all = async { tell(tls.accept_http1(stream).await?, BUSY).await };
            timeout(ENCRYPTED, all).await
        }
    };
}

/// Plain http on the port of https.
pub(super) async fn not_https(stream: TcpStream) {
    let _ = timeout(PLAIN, tell(stream, NOT_HTTPS)).await;
}

/// Says it, then reads what the peer was sending: closing with unread bytes would destroy the answer.
async fn tell(mut stream: impl Stream, what: &str) -> io::Result<()> {
    stream.write_all(what.as_bytes()).await?;
    stream.shutdown().await?;
    let mut ignored = [0; 1024];
    while stream.read(&mut ignored).await? > 0 {}
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lengths_are_true() {
        for answer in [BUSY, NOT_HTTPS] {
            let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
            assert!(head.contains(&format!("content-length: {}\r\n", body.len())), "{}: {head}", body.len());
        }
    }
}
