//! The posted form, field by field as it comes in. Files go to the outbox as they arrive; none is held in memory,
//! and none is taken before the token was seen.

use std::{io, time::Duration};

use axum::{
    body::Body,
    http::{header, request::Parts},
};
use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use multer::{Constraints, Field, Multipart, SizeLimit};
use sha2::{Digest, Sha256};
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout, timeout_at},
};

use super::filled::MOST_FILES;
use crate::{
    message::{compose::MediaType, filename},
    outbox::{self, Outbox, Staged},
    session::CsrfSecret,
    store::AccountId,
    web::form::Fields,
};

/// Octets of all fields that are no file.
const TYPED: usize = 1 << 20;
/// Fields that are no file.
const MOST_FIELDS: usize = 2_000;
/// How slowly a form may come.
#[derive(Clone, Copy)]
struct Pace {
    /// Between two pieces.
    silence: Duration,
    /// For a form however small; a larger one comes with `slowest` at least.
    at_least: Duration,
    /// Octets a second.
    slowest: u64,
}

/// The worst telephone does better.
const PACE: Pace =
    Pace { silence: Duration::from_secs(30), at_least: Duration::from_secs(60), slowest: 2 << 10 };
/// Forms of people who are not signed in that are read at once: nobody answers for the memory they take.
static UNSIGNED: Semaphore = Semaphore::const_new(32);
/// For the whole of such a form, and for the wait before it.
const UNSIGNED_ALL: Duration = Duration::from_secs(60);

/// Where files go, and whose token lets them in.
pub struct Door<'a> {
    pub outbox: &'a Outbox,
    pub account: AccountId,
    pub csrf: &'a CsrfSecret,
    /// Octets of the files of one form.
    pub most: u64,
}

#[derive(Default)]
pub struct Received {
    pub fields: Vec<(String, String)>,
    pub files: Vec<Staged>,
    /// SHA-256 of each of `files`.
    pub digests: Vec<[u8; 32]>,
    /// Names of the files that were not taken, and why.
    pub refused: Vec<(String, Refused)>,
    /// The form broke off: what came before is here, and nothing must be sent of it.
    pub broken: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    TooBig,
    TooMany,
    /// It broke off, or could not be kept.
    NotKept,
}

#[derive(Debug)]
struct Broken;

/// Octets of a whole form, for each octet of files it may bring: files that are turned away are read, too.
const WHOLE: u64 = 4;
/// The same where no file is taken.
const UNTAKEN: u64 = 100_000_000;

/// Reads a form in either encoding. Without a door, or without its token, files are read and thrown away.
pub async fn read(parts: &Parts, body: Body, door: Option<Door<'_>>) -> Received {
    let mut received = Received::default();
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if door.is_none() {
        let read = form(kind, body, None, &mut received);
        received.broken = !matches!(in_place(&UNSIGNED, UNSIGNED_ALL, read).await, Some(Ok(())));
        return received;
    }
    received.broken = form(kind, body, door, &mut received).await.is_err();
    received
}

/// `None` when there was no place, or no end, within `all`.
async fn in_place<T>(places: &Semaphore, all: Duration, work: impl Future<Output = T>) -> Option<T> {
    let placed = async {
        let _place = places.acquire().await.ok()?;
        Some(work.await)
    };
    timeout(all, placed).await.ok()?
}

async fn form(kind: &str, body: Body, door: Option<Door<'_>>, received: &mut Received) -> Result<(), Broken> {
    if kind.starts_with("application/x-www-form-urlencoded") {
        plain(body, received).await
    } else {
        mixed(kind, body, door, received).await
    }
}

async fn mixed(
    kind: &str,
    body: Body,
    door: Option<Door<'_>>,
    received: &mut Received,
) -> Result<(), Broken> {
    let boundary = multer::parse_boundary(kind).map_err(|_| Broken)?;
    let whole = door.as_ref().map_or(UNTAKEN, |door| TYPED as u64 + WHOLE * door.most);
    let limits = Constraints::new().size_limit(SizeLimit::new().whole_stream(whole));
    let mut form = Multipart::with_constraints(steady(body, PACE), boundary, limits);
    let mut typed = 0;
    while let Some(field) = form.next_field().await.map_err(|_| Broken)? {
        let name = field.name().unwrap_or_default().to_owned();
        if field.file_name().is_some() {
            file(field, door.as_ref(), received).await?;
            continue;
        }
        let value = text(field, TYPED - typed).await?;
        typed += name.len() + value.len();
        if typed > TYPED || received.fields.len() >= MOST_FIELDS {
            return Err(Broken);
        }
        received.fields.push((name, value));
    }
    Ok(())
}

async fn plain(body: Body, received: &mut Received) -> Result<(), Broken> {
    let mut bytes = Vec::new();
    let mut body = std::pin::pin!(steady(body, PACE));
    while let Some(chunk) = body.next().await {
        bytes.extend(chunk.map_err(|_| Broken)?);
        // Percent-encoding makes three octets of one.
        if bytes.len() > 3 * TYPED {
            return Err(Broken);
        }
    }
    let fields = url::form_urlencoded::parse(&bytes).take(MOST_FIELDS);
    received.fields = fields.map(|(n, v)| (n.into_owned(), v.into_owned())).collect();
    Ok(())
}

/// The body, or an error once it comes too slowly.
fn steady(body: Body, pace: Pace) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    let begun = Instant::now();
    stream::unfold(Some((body.into_data_stream(), 0)), move |body| async move {
        let (mut body, octets) = body?;
        let all = begun + pace.at_least + Duration::from_secs(octets / pace.slowest);
        match timeout_at(all.min(Instant::now() + pace.silence), body.next()).await {
            Ok(Some(Ok(bytes))) => {
                let octets = octets + bytes.len() as u64;
                Some((Ok(bytes), Some((body, octets))))
            }
            Ok(None) => None,
            Ok(Some(Err(error))) => Some((Err(io::Error::other(error)), None)),
            Err(_) => Some((Err(io::ErrorKind::TimedOut.into()), None)),
        }
    })
}

async fn text(mut field: Field<'_>, most: usize) -> Result<String, Broken> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|_| Broken)? {
        if bytes.len() + chunk.len() > most {
            return Err(Broken);
        }
        bytes.extend(chunk);
    }
    String::from_utf8(bytes).map_err(|_| Broken)
}

async fn file(
    mut field: Field<'static>,
    door: Option<&Door<'_>>,
    received: &mut Received,
) -> Result<(), Broken> {
    let kind = MediaType::of(field.content_type().map_or("", |kind| kind.essence_str()));
    let claimed = field.file_name().unwrap_or_default().to_owned();
    // An input without a choice posts an empty name.
    let token = received.fields.iter().find(|(name, _)| name == "token").map(|(_, value)| value.as_str());
    let door = door.filter(|door| token.is_some_and(|token| door.csrf.accepts(token)));
    if claimed.is_empty() {
        return drain(&mut field).await;
    }
    let name = filename::safe(Some(&claimed), kind.as_str());
    let Some(door) = door else {
        received.refused.push((name, Refused::NotKept));
        return drain(&mut field).await;
    };
    if received.files.len() >= MOST_FILES {
        received.refused.push((name, Refused::TooMany));
        return drain(&mut field).await;
    }
    let left = door.most.saturating_sub(received.files.iter().map(|file| file.octets).sum());
    let mut hash = Sha256::new();
    let body = (&mut field).map_err(io::Error::other).inspect_ok(|bytes| hash.update(bytes));
    let staged = door.outbox.stage(&door.account, &name, kind.as_str(), body, left).await;
    match staged {
        Ok(staged) => {
            received.files.push(staged);
            received.digests.push(hash.finalize().into());
            Ok(())
        }
        Err(outbox::Error::Body) => Err(Broken),
        Err(error) => {
            let why = match error {
                outbox::Error::TooBig { .. } => Refused::TooBig,
                outbox::Error::Quota => Refused::TooMany,
                error => {
                    tracing::warn!(%error, "an upload was not kept");
                    Refused::NotKept
                }
            };
            received.refused.push((name, why));
            drain(&mut field).await
        }
    }
}

/// A browser shows no page before its form has gone out.
async fn drain(field: &mut Field<'_>) -> Result<(), Broken> {
    while field.chunk().await.map_err(|_| Broken)?.is_some() {}
    Ok(())
}

impl Received {
    pub fn fields(&self) -> Fields {
        Fields::new(self.fields.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAR: Duration = Duration::from_secs(3600);

    /// One octet every five milliseconds, for ever.
    fn dribble() -> Body {
        Body::from_stream(stream::unfold((), async |()| {
            tokio::time::sleep(Duration::from_millis(5)).await;
            Some((io::Result::Ok(Bytes::from_static(b"a")), ()))
        }))
    }

    async fn end_of(body: Body, pace: Pace) -> (usize, Option<io::ErrorKind>) {
        let mut body = std::pin::pin!(steady(body, pace));
        let mut octets = 0;
        while let Some(piece) = body.next().await {
            match piece {
                Ok(bytes) => octets += bytes.len(),
                Err(error) => return (octets, Some(error.kind())),
            }
        }
        (octets, None)
    }

    #[tokio::test]
    async fn a_form_that_comes_too_slowly_ends() {
        let soon = Duration::from_millis(100);
        // Never silent, and yet too slow in all.
        let (octets, ended) =
            end_of(dribble(), Pace { silence: FAR, at_least: soon, slowest: 1 << 30 }).await;
        assert!(octets > 0 && ended == Some(io::ErrorKind::TimedOut), "{octets} {ended:?}");
        let mute = Body::from_stream(stream::pending::<io::Result<Bytes>>());
        let pace = Pace { silence: soon, at_least: FAR, slowest: 1 };
        assert_eq!(end_of(mute, pace).await, (0, Some(io::ErrorKind::TimedOut)));
        // What comes at once is read whole, however little time there is for small forms.
        let large = Body::from(vec![b'a'; 1 << 20]);
        assert_eq!(
            end_of(large, Pace { silence: FAR, at_least: soon, slowest: 1 << 10 }).await,
            (1 << 20, None)
        );
    }

    #[tokio::test]
    async fn strangers_share_a_few_places_and_leave_them() {
        let places = Semaphore::const_new(1);
        let soon = Duration::from_millis(50);
        let first = in_place(&places, soon, std::future::pending::<()>());
        let second = in_place(&places, soon, async { "read" });
        // The second stands behind the first until both their times are over.
        assert_eq!(tokio::join!(first, second), (None, None));
        assert_eq!(in_place(&places, FAR, async { "read" }).await, Some("read"));
    }
}
