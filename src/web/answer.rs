//! From a screen to a response. A page that is ready soon goes whole, with its true status; otherwise head and
//! shell leave at once, and the body, or the problem in its place, follows when the mail server has answered.

use std::{fmt, mem::discriminant, sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures::{Stream, StreamExt, stream};
use maud::Markup;
use tokio::time::timeout;

use super::{
    folders::view::FoldersView,
    page::{self, Bar, Page, Shell},
    problem::{self, Problem},
    reader::Reader,
};

/// How long a page waits to be whole.
const WHOLE: Duration = Duration::from_millis(250);
/// How often whoever stands in line is told of it.
const TELL: Duration = Duration::from_secs(2);

/// What stands around a screen, known before the mail server answers.
pub struct Frame {
    pub title: String,
    pub kind: FrameKind,
}

pub enum FrameKind {
    Gate,
    Column { bar: Bar },
    List { bar: Bar, rail: Option<FoldersView>, dock: Markup },
    Message { bar: Bar, rail: Option<FoldersView>, dock: Markup },
}

/// A screen that is ready. `frame` is the better one, if the answer taught us more than we knew.
pub struct Screen {
    pub frame: Option<Frame>,
    pub body: Markup,
    pub status: StatusCode,
}

impl Screen {
    pub fn new(body: Markup) -> Screen {
        Screen { frame: None, body, status: StatusCode::OK }
    }
}

impl Frame {
    pub fn column(title: &str, back: Option<String>) -> Frame {
        let bar = Bar::Titled { back, title: title.to_owned() };
        Frame { title: title.to_owned(), kind: FrameKind::Column { bar } }
    }

    fn page<'a>(&'a self, reader: &'a Reader) -> Page<'a> {
        let shell = match &self.kind {
            FrameKind::Gate => Shell::Gate,
            FrameKind::Column { bar } => Shell::Column { bar: bar.clone() },
            FrameKind::List { bar, rail, dock } => {
                Shell::List { bar: bar.clone(), rail: rail.as_ref(), dock: dock.clone() }
            }
            FrameKind::Message { bar, rail, dock } => {
                Shell::Message { bar: bar.clone(), rail: rail.as_ref(), list: None, dock: dock.clone() }
            }
        };
        let (notice, style) = (reader.notice.as_deref(), reader.dress.style());
        Page { tr: &reader.tr, title: &self.title, notice, closing: reader.closing, style, shell }
    }
}

/// Waits a little for the screen, then begins without it.
pub async fn page(
    reader: Reader,
    frame: Frame,
    work: impl Future<Output = Result<Screen, Problem>> + Send + 'static,
) -> Response {
    let mut work = Box::pin(work);
    if let Ok(done) = timeout(WHOLE, &mut work).await {
        return match done {
            Ok(screen) => {
                let frame = screen.frame.as_ref().unwrap_or(&frame);
                html(screen.status, frame.page(&reader).whole(screen.body))
            }
            Err(problem) => in_frame(&reader, &frame, &problem),
        };
    }
    let open = frame.page(&reader).open().into_string();
    let told = in_line(&reader).map(Markup::into_string);
    let frame = Arc::new(frame);
    let body = stream::unfold(Step::Work(work), move |step| {
        let (reader, frame) = (reader.clone(), frame.clone());
        async move {
            let mut work = match step {
                Step::Work(work) => work,
                Step::Close(close) => return Some((close, Step::Done)),
                Step::Done => return None,
            };
            loop {
                match timeout(TELL, &mut work).await {
                    Ok(Ok(screen)) => {
                        let close = Step::Close(rest(&screen, &frame, &reader));
                        return Some((screen.body.into_string(), close));
                    }
                    Ok(Err(problem)) => {
                        let close = Step::Close(frame.page(&reader).close().into_string());
                        return Some((problem.page(&reader.tr).into_string(), close));
                    }
                    Err(_) => {
                        if let Some(line) = in_line(&reader) {
                            return Some((line.into_string(), Step::Work(work)));
                        }
                    }
                }
            }
        }
    });
    // Fused: who compresses asks once more after the end, and an unfold that is asked then panics.
    let pieces = stream::iter([open]).chain(stream::iter(told)).chain(body.fuse());
    let pieces = pieces.map(|piece| Ok::<_, std::convert::Infallible>(Bytes::from(piece)));
    ([(header::CONTENT_TYPE, HTML)], Body::from_stream(pieces)).into_response()
}

/// A page that is written as its pieces become known: head and shell at once.
pub fn flow(reader: &Reader, frame: &Frame, pieces: impl Stream<Item = Markup> + Send + 'static) -> Response {
    let page = frame.page(reader);
    let (open, close) = (page.open(), page.close());
    let pieces = stream::iter([open]).chain(pieces).chain(stream::iter([close]));
    let pieces = pieces.map(|piece| Ok::<_, std::convert::Infallible>(Bytes::from(piece.into_string())));
    // Fused, as above.
    ([(header::CONTENT_TYPE, HTML)], Body::from_stream(pieces.fuse())).into_response()
}

/// What is left of a page whose head has gone.
enum Step<W> {
    Work(W),
    Close(String),
    Done,
}

/// Everything after the screen of a page that left before it was ready: with what only the answer taught.
fn rest(screen: &Screen, begun: &Frame, reader: &Reader) -> String {
    // What was opened must be closed: only a frame of the same kind can.
    let same = |better: &&Frame| discriminant(&better.kind) == discriminant(&begun.kind);
    let better = screen.frame.as_ref().filter(same);
    let late = better.map(|frame| match &frame.kind {
        FrameKind::Message { bar, .. } => page::late_neighbours(bar, &reader.tr),
        _ => Markup::default(),
    });
    let close = better.unwrap_or(begun).page(reader).close();
    maud::html! { @if let Some(late) = late { (late) } (close) }.into_string()
}

/// While all connections are at work: each of these stands until the next one, or what was waited for, comes after it.
fn in_line(reader: &Reader) -> Option<Markup> {
    let (line, owner) = reader.line.as_ref()?;
    let line = line.of(*owner)?;
    Some(page::in_line(line.place, line.seconds, &reader.tr))
}

const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// A page that needs no mail server.
pub fn ready(reader: &Reader, frame: &Frame, body: Markup) -> Response {
    html(StatusCode::OK, frame.page(reader).whole(body))
}

/// A problem as a page of its own.
pub fn problem(reader: &Reader, problem: &Problem) -> Response {
    let frame = Frame::column(problem.title(&reader.tr), Some("/".to_owned()));
    in_frame(reader, &frame, problem)
}

fn in_frame(reader: &Reader, frame: &Frame, problem: &Problem) -> Response {
    let status = StatusCode::from_u16(problem.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = html(status, frame.page(reader).whole(problem.page(&reader.tr)));
    if let Some(seconds) = problem.retry_after() {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Something of ours failed: logged once under a reference the page shows, and nothing more is said.
pub fn internal(reader: &Reader, error: &dyn fmt::Display) -> Response {
    let reference = reference();
    tracing::error!(%reference, %error, "a page failed");
    problem(reader, &Problem::from(problem::Kind::Internal).with_reference(reference))
}

/// Eight characters that a person can read aloud.
pub fn reference() -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let mut bytes = [0u8; 8];
    // A reference that repeats is a nuisance, not a danger.
    let _ = getrandom::fill(&mut bytes);
    bytes.iter().map(|b| char::from(LETTERS[usize::from(b % 32)])).collect()
}

pub fn html(status: StatusCode, markup: Markup) -> Response {
    (status, [(header::CONTENT_TYPE, HTML)], markup.into_string()).into_response()
}
