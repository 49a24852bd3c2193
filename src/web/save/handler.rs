//! `POST /mail/{folder}/save`: `uidvalidity` and `uid` as for an act; with `as=files` or `as=messages` the archive itself.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::State,
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
};
use futures::stream;
use jiff::Timestamp;
use tokio::sync::mpsc;

use super::{
    packing::{self, Form, Order},
    view::{self, SaveView, Share},
};
use crate::{
    mailbox::{act as acts, handover, window::Trouble},
    message::filename,
    web::{
        act::{
            asked::{self, Which},
            handler::troubled,
            select,
            verb::Verb,
        },
        answer::{self, Frame, Screen},
        app::App,
        asked::Path,
        form::Posted,
        href::Place,
        list::{
            handler::stale,
            place::{guess, place},
        },
        problem::{Kind, Problem},
        trouble,
        who::Who,
    },
};

/// The page comes of a choice, which no URL holds: whoever loads it again chooses again.
pub async fn back(who: Who, Path(folder): Path<String>) -> Response {
    match guess(&who, &folder) {
        Some(place) => Redirect::to(&place.list()).into_response(),
        None => answer::problem(&who.reader, &Kind::NotFound.into()),
    }
}

pub async fn save(
    State(_): State<Arc<App>>,
    Path(folder): Path<String>,
    Posted { who, fields }: Posted,
) -> Response {
    let reader = who.reader.clone();
    let (Some(which), Some(uidvalidity)) = (Which::read(&fields), fields.number("uidvalidity")) else {
        return answer::problem(&reader, &Kind::BadRequest.into());
    };
    let place = match place(&who, &folder).await {
        Ok(place) => place,
        Err(problem) => return answer::problem(&reader, &problem),
    };
    let back = asked::back(&fields, &place);
    let chosen = match chosen(&who, &place, uidvalidity, which).await {
        Ok(chosen) => chosen,
        Err(problem) => {
            let back = back.unwrap_or_else(|| place.list());
            return answer::problem(&reader, &problem.with_retry(back));
        }
    };
    let Chosen { uids, share } = chosen;
    let order = |form| Order { form, who, place, uidvalidity, uids };
    match fields.get("as") {
        None => page(order(Form::Files), share, back).await,
        Some("files") => archive(order(Form::Files)).await,
        Some("messages") => archive(order(Form::Messages)).await,
        Some(_) => answer::problem(&reader, &Kind::BadRequest.into()),
    }
}

struct Chosen {
    uids: Vec<u32>,
    share: Share,
}

/// What was ticked; of the whole mailbox, as many as one archive takes.
async fn chosen(who: &Who, place: &Place, uidvalidity: u32, which: Which) -> Result<Chosen, Problem> {
    match which {
        Which::These(uids) if uids.is_empty() => Err(Kind::NothingChosen.into()),
        Which::These(mut uids) => {
            uids.sort_unstable();
            uids.dedup();
            Ok(Chosen { uids, share: Share::Ticked })
        }
        Which::All(all) => {
            let step = acts::step(&who.account, &place.mailbox, uidvalidity, all.up_to).await;
            let step = step.map_err(|trouble| troubled(who, &trouble))?;
            let n = step.uids.len() as u64;
            match step.next {
                _ if n == 0 => Err(Kind::MessageGone.into()),
                None => Ok(Chosen { uids: step.uids, share: Share::All }),
                Some(_) => Ok(Chosen { uids: step.uids, share: Share::Newest { of: n.max(all.of.into()) } }),
            }
        }
    }
}

async fn page(order: Order, share: Share, back: Option<String>) -> Response {
    let reader = order.who.reader.clone();
    let back = back.unwrap_or_else(|| match order.uids.as_slice() {
        [uid] => order.place.message(order.uidvalidity, *uid),
        _ => order.place.list(),
    });
    let frame = Frame::column(reader.tr.t("save-title"), Some(back.clone()));
    answer::page(reader, frame, async move {
        let Order { who, place, uidvalidity, uids, .. } = order;
        let mut view = SaveView {
            token: who.signed.csrf.token().unwrap_or_default(),
            href: format!("{}/save", place.list()),
            act_href: format!("{}/act", place.list()),
            uidvalidity,
            share,
            back,
            ..SaveView::default()
        };
        for some in uids.chunks(handover::AT_ONCE) {
            let letters = match handover::describe(&who.account, &place.mailbox, uidvalidity, some).await {
                Ok(letters) => letters,
                Err(Trouble::Rebuilt) => return Ok(stale(&who, &place)),
                Err(trouble) => return Err(trouble::of_trouble(&who.account, &trouble)),
            };
            for letter in letters {
                view.messages += 1;
                view.messages_size += letter.size;
                for file in letter.files.iter().flatten() {
                    view.files += 1;
                    view.files_size += file.size;
                }
                // Nobody knows yet: offered all the same.
                view.files += u64::from(letter.files.is_none());
            }
        }
        if view.messages == 0 {
            return Err(Kind::MessageGone.into());
        }
        view.gone = (uids.len() as u64).saturating_sub(view.messages);
        view.uids = uids;
        let rights = acts::rights(&who.account, &place.mailbox).await;
        view.can_file = select::can(Verb::Filed, rights, None);
        Ok(Screen::new(view::render(&view, &who.reader.tr)))
    })
    .await
}

async fn archive(order: Order) -> Response {
    let begun = match packing::begin(&order).await {
        Ok(begun) => begun,
        Err(trouble) => {
            return answer::problem(&order.who.reader, &trouble::of_trouble(&order.who.account, &trouble));
        }
    };
    let today = order.who.reader.tr.date_of(Timestamp::now());
    let disposition = filename::content_disposition(&format!("relais-{today}.zip"), false);
    // Made at the pace of the reader; ends when the reader leaves.
    let (out, pieces) = mpsc::channel(1);
    tokio::spawn(packing::pack(order, begun, out));
    let pieces = stream::unfold(pieces, |mut pieces| async { Some((pieces.recv().await?, pieces)) });
    let mut response = Body::from_stream(pieces).into_response();
    let fields: [(HeaderName, String); 4] = [
        (header::CONTENT_TYPE, "application/zip".to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox; frame-ancestors 'none'".to_owned()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    for (name, value) in fields {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
