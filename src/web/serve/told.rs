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

const BUSY: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\ncontent-type: text/plain; charset=utf-8\r\n\
    content-length: 64\r\nconnection: close\r\n\r\nToo many connections, try again.\nTrop de connexions, reessayez.\n";

const NOT_HTTPS: &[u8] = b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\n\
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
async fn tell(mut stream: impl Stream, what: &[u8]) -> io::Result<()> {
    stream.write_all(what).await?;
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
            let answer = std::str::from_utf8(answer).expect("text");
            let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
            assert!(head.contains(&format!("content-length: {}\r\n", body.len())), "{}: {head}", body.len());
        }
    }
}
