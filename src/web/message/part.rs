//! The pieces of a message under their own addresses: the frame of its HTML, its files, its images, its source.
//! None of them may become a script, a style or a worker of ours, whatever it holds.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures::{StreamExt, stream};
use maud::Markup;
use serde::Deserialize;

use super::{
    frame::{Frame, body_at},
    paper,
};
use crate::{
    audit::{Event, What},
    mailbox::{
        opened,
        part::{self, Address, Download},
    },
    message::{
        Section, filename,
        plan::{Attachment, Plan},
        sniff::{self, Kind as Sniffed},
    },
    web::{
        answer,
        app::App,
        asked::{Path, Query},
        list::place::{anchor, place},
        make::make,
        problem::{Kind, Problem},
        trouble,
        who::Who,
    },
};

#[derive(Deserialize)]
pub struct FrameQuery {
    part: Option<String>,
    images: Option<String>,
    /// For paper: under its own head, and the page that opened it may print it.
    paper: Option<String>,
}

/// What the browser wants it for; a program or a style is never served from a mail.
fn refused_use(headers: &HeaderMap) -> bool {
    const NEVER: [&str; 12] = [
        "script",
        "style",
        "worker",
        "sharedworker",
        "serviceworker",
        "object",
        "embed",
        "audioworklet",
        "paintworklet",
        "xslt",
        "manifest",
        "font",
    ];
    let dest = headers.get("sec-fetch-dest").and_then(|v| v.to_str().ok());
    dest.is_some_and(|dest| NEVER.contains(&dest))
}

const NO_REFERRER: HeaderValue = HeaderValue::from_static("no-referrer");

/// The HTML of a message, for the frame in its page.
///
/// Its policy is the barrier behind the sanitiser: no script, no form, no frame, no request but for the images of
/// this very message, those inside it and, once the reader asked, those kept elsewhere.
pub async fn body(
    State(app): State<Arc<App>>,
    who: Who,
    Path((folder, id)): Path<(String, String)>,
    Query(query): Query<FrameQuery>,
    headers: HeaderMap,
) -> Response {
    let section = query.part.as_deref().and_then(|p| p.parse::<Section>().ok());
    let (Some((uidvalidity, uid)), Some(section)) = (anchor(&id), section) else {
        return answer::problem(&who.reader, &Kind::NotFound.into());
    };
    if refused_use(&headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let place = match place(&who, &folder).await {
        Ok(place) => place,
        Err(problem) => return answer::problem(&who.reader, &problem),
    };
    let frame = Frame {
        place,
        uidvalidity,
        uid,
        images: query.images.as_deref() == Some("1"),
        origin: app.public_origin.of(&headers).unwrap_or_default(),
        own_host: app.own_host.clone(),
        lang: who.reader.tr.lang(),
    };
    let on_paper = query.paper.is_some();
    let policy = policy(&frame, on_paper);
    // As a rule the page around was made a moment ago, and this with it.
    let waits = || app.waiting.take(&frame.key(who.account.owner, &section));
    let document = match (!on_paper).then(waits).flatten() {
        Some(document) => document,
        None => match read(&who, frame, section, on_paper).await {
            Ok(document) => document,
            Err(problem) => return answer::problem(&who.reader, &problem),
        },
    };
    let mut response = answer::html(StatusCode::OK, document);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response.headers_mut().insert(header::REFERRER_POLICY, NO_REFERRER);
    response
}

fn policy(frame: &Frame, on_paper: bool) -> HeaderValue {
    let remote = if frame.images { " https: http:" } else { "" };
    // Printing is a dialog; nothing in there could ask for one.
    let dialogs = if on_paper { " allow-modals" } else { "" };
    let policy = format!(
        "sandbox allow-same-origin{dialogs} allow-popups allow-popups-to-escape-sandbox; default-src 'none'; \
         img-src {}/i/ data:{remote}; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; \
         frame-ancestors 'self'",
        frame.origin
    );
    HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'; sandbox"))
}

async fn read(who: &Who, frame: Frame, section: Section, on_paper: bool) -> Result<Markup, Problem> {
    let wanted = |plan: &Plan| body_at(plan, &section).into_iter().cloned().collect();
    let opened = opened::open(&who.account, &frame.place.mailbox, frame.uidvalidity, frame.uid, wanted).await;
    let opened = opened.map_err(|trouble| trouble::of_trouble(&who.account, &trouble))?;
    let event = Event::of(What::MessageOpened);
    who.tell(event.received(frame.place.mailbox.raw(), frame.uidvalidity, frame.uid));
    let above = on_paper.then(|| paper::head(&opened, &who.reader.tr));
    let made = make(move || {
        let body = body_at(&opened.plan, &section)?;
        let text = opened.text(&section).filter(|_| !opened.is_cut(&section))?;
        let (_, document) = frame.document(&opened.plan, body, text, above.as_ref()).ok()?;
        Some(document)
    });
    made.await?.ok_or(Kind::TooComplex.into())
}

#[derive(Deserialize)]
pub struct PartQuery {
    save: Option<String>,
}

/// A file of a message: shown where its bytes are an image, a PDF or plain text and the reader opens it, else saved.
pub async fn file(
    State(_): State<Arc<App>>,
    who: Who,
    Path((folder, id, section)): Path<(String, String, String)>,
    Query(query): Query<PartQuery>,
    headers: HeaderMap,
) -> Response {
    let told = Event::of(What::AttachmentFetched).part(&section);
    let download = match fetch(&who, &folder, &id, section.parse().ok(), &headers, Some(told)).await {
        Ok(download) => download,
        Err(response) => return response,
    };
    let attachment = download.part.as_ref().map(Attachment::of);
    let name = attachment.as_ref().map_or("document".to_owned(), |a| a.name.clone());
    let shown = match sniff::sniff(&download.head) {
        None if is_plain(&download) && sniff::is_8bit_text(&download.head) => Some(Sniffed::Text),
        found => found,
    };
    let shown = shown.filter(|_| query.save.is_none());
    send(download, &name, shown)
}

fn is_plain(download: &Download) -> bool {
    download.part.as_ref().is_some_and(|part| part.kind == "text" && part.subtype == "plain")
}

/// The message as it came.
pub async fn raw(
    State(_): State<Arc<App>>,
    who: Who,
    Path((folder, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let told = Some(Event::of(What::MessageExported));
    match fetch(&who, &folder, &id, Some(Section::default()), &headers, told).await {
        Ok(download) => send(download, &format!("message-{id}.eml"), None),
        Err(response) => response,
    }
}

/// An image inside a message, for its frame; only bytes that are an image.
pub async fn image(
    State(_): State<Arc<App>>,
    who: Who,
    Path((folder, id, section)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Response {
    // Part of a message that is open: that was told.
    let download = match fetch(&who, &folder, &id, section.parse().ok(), &headers, None).await {
        Ok(download) => download,
        Err(response) => return response,
    };
    match sniff::sniff(&download.head).filter(|kind| kind.is_image()) {
        Some(kind) => send(download, "image", Some(kind)),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn fetch(
    who: &Who,
    folder: &str,
    id: &str,
    section: Option<Section>,
    headers: &HeaderMap,
    told: Option<Event<'_>>,
) -> Result<Download, Response> {
    if refused_use(headers) {
        return Err(StatusCode::FORBIDDEN.into_response());
    }
    let (Some((uidvalidity, uid)), Some(section)) = (anchor(id), section) else {
        return Err(answer::problem(&who.reader, &Kind::NotFound.into()));
    };
    let place = place(who, folder).await.map_err(|p| answer::problem(&who.reader, &p))?;
    let mailbox = place.mailbox.clone();
    let address = Address { mailbox: place.mailbox, uidvalidity, uid, section };
    let download = part::download(who.account.clone(), address).await;
    if let (Some(event), Ok(_)) = (told, &download) {
        who.tell(event.received(mailbox.raw(), uidvalidity, uid));
    }
    download.map_err(|trouble| answer::problem(&who.reader, &trouble::of_trouble(&who.account, &trouble)))
}

/// The bytes as they come, under a type that we vouch for, or as nothing but bytes to be saved.
fn send(download: Download, name: &str, shown: Option<Sniffed>) -> Response {
    let content_type = match shown {
        // The bytes say it is text; in which charset only the mail knows, and where they are UTF-8 they know better.
        Some(Sniffed::Text) => {
            let is_utf8 = !download.head.is_ascii() && sniff::sniff(&download.head) == Some(Sniffed::Text);
            let params = download.part.as_ref().map(|p| p.params.as_slice()).unwrap_or_default();
            let charset = params.iter().find(|(n, _)| n == "charset").map(|(_, v)| v.as_str());
            let plain = |v: &&str| v.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
            let charset = charset.filter(|v| !is_utf8 && !v.is_empty()).filter(plain);
            format!("text/plain; charset={}", charset.unwrap_or("utf-8"))
        }
        Some(kind) => kind.media_type().to_owned(),
        None => "application/octet-stream".to_owned(),
    };
    // A browser's own PDF viewer does not run in a sandbox; everything else is shown in one.
    let policy = match shown {
        Some(Sniffed::Pdf) => {
            "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'none'"
        }
        _ => "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'",
    };
    let disposition = filename::content_disposition(name, shown.is_some());
    let head = stream::iter([Ok(download.head)]);
    let rest = stream::unfold(download.rest, |mut rest| async { Some((rest.recv().await?, rest)) });
    let mut response = Body::from_stream(head.chain(rest)).into_response();
    let fields: [(HeaderName, String); 3] = [
        (header::CONTENT_TYPE, content_type),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CONTENT_SECURITY_POLICY, policy.to_owned()),
    ];
    for (name, value) in fields {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().insert(name, value);
        }
    }
    response.headers_mut().insert(header::REFERRER_POLICY, NO_REFERRER);
    response
}
