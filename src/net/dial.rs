//! From a name to a TCP connection.

use tokio::{
    net::{TcpStream, lookup_host},
    time::timeout,
};

use super::{Error, Kind, Stage, bounds};

/// Addresses of one name that are tried.
const ADDRESSES: usize = 6;

/// Connects to the first address that answers, within the deadlines of [`bounds`].
///
/// # Errors
/// At [`Stage::Resolve`] or [`Stage::Connect`]; of several addresses, the error of the last.
pub async fn dial(host: &str, port: u16) -> Result<TcpStream, Error> {
    let found = match timeout(bounds::deadline(Stage::Resolve), lookup_host((host, port))).await {
        Err(_) => return Err(Error::new(Stage::Resolve, Kind::Deadline)),
        Ok(Err(_)) => return Err(Error::new(Stage::Resolve, Kind::Unreachable)),
        Ok(Ok(found)) => found,
    };
    let all = async {
        let mut last = Kind::Unreachable;
        for address in found.take(ADDRESSES) {
            match timeout(bounds::patiently(bounds::CONNECT), TcpStream::connect(address)).await {
                Ok(Ok(tcp)) => return Ok(tcp),
                Ok(Err(_)) => last = Kind::Unreachable,
                Err(_) => last = Kind::Deadline,
            }
        }
        Err(Error::new(Stage::Connect, last))
    };
    let tcp = timeout(bounds::deadline(Stage::Connect), all)
        .await
        .unwrap_or_else(|_| Err(Error::new(Stage::Connect, Kind::Deadline)))?;
    // Commands are small and each waits for its answer.
    let _ = tcp.set_nodelay(true);
    Ok(tcp)
}
