//! `GET /mail/{folder}?lane=…`: a page of one lane.

use std::sync::Arc;

use axum::response::Response;

use super::{Asked, view::Looked};
use crate::{
    mailbox::{
        lane::{self, End, Page, Reader},
        window::Trouble,
        written,
    },
    message::lane::Verdict,
    web::{
        answer::{self, Frame},
        app::App,
        href::{self, Place},
        list::{
            frame::frame,
            handler::{Extras, screen, stale},
            place::{guess, of, place, tabs_of, whom},
            rows::{dates_in_disorder, rows_of},
            view::{Empty, ListView, Row},
        },
        problem::Kind,
        trouble,
        who::Who,
    },
};

/// `asked` is of the query, `None` for what no page of ours says.
pub async fn list(app: Arc<App>, who: Who, folder: String, asked: Option<Asked>, query: &str) -> Response {
    let reader = who.reader.clone();
    let (Some(asked), Some(guess)) = (asked, guess(&who, &folder)) else {
        return answer::problem(&reader, &Kind::NotFound.into());
    };
    let who = who.with_outbox(&app).await;
    let extras = Extras::of(query);
    let shell = frame(&who, &guess, &extras);
    let title = format!("{} – {}", reader.tr.t(asked.key()), shell.title);
    let shell = Frame { title, ..shell };
    answer::page(reader, shell, async move {
        let place = place(&who, &folder).await.map_err(|p| p.with_retry(who.reader.here.clone()))?;
        let knows = reader_of(&who).await;
        let wanted = (asked.wanted, whom(&who, &place));
        let page = match lane::page(&who.account, &place.mailbox, wanted, asked.older, &knows).await {
            Ok(page) => page,
            Err(Trouble::Rebuilt) => return Ok(stale(&who, &place)),
            Err(trouble) => {
                return Err(trouble::of_trouble(&who.account, &trouble).with_retry(who.reader.here.clone()));
            }
        };
        if let Err(error) = app.store.use_senders(&who.account.id, &page.chosen).await {
            tracing::warn!(%error, "the use of senders was not noted");
        }
        let view = view_of(&who, &place, asked, page);
        Ok(screen(&app, &who, (&guess, &place), extras, view).await)
    })
    .await
}

/// With where senders were put, and what was written to them; what is not told counts as nothing.
pub async fn reader_of(who: &Who) -> Reader {
    let senders = who.account.store.senders(&who.account.id).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "where senders were put is not known");
        Vec::new()
    });
    let choices = senders.into_iter().map(|sender| (sender.address, sender.lane)).collect();
    let written = written::written(&who.account).await;
    Reader { choices, written, ..Reader::of(&who.account, who.addresses()) }
}

fn view_of(who: &Who, place: &Place, asked: Asked, page: Page) -> ListView {
    let uidvalidity = page.uidvalidity;
    let path = place.list();
    let messages = href::messages_in(&path, uidvalidity);
    let (rows, verdicts): (Vec<_>, Vec<Verdict>) = page.rows.into_iter().unzip();
    let disorder = dates_in_disorder(&rows);
    // The way back leads here.
    let lay = |(row, verdict): (Row, Verdict)| Row {
        href: format!("{}?{}", row.href, asked.part()),
        for_software: verdict.is_for_software(),
        ..row
    };
    let rows = rows_of(rows, &path, &messages, disorder, false).into_iter().zip(verdicts).map(lay);
    let on = page.looked_from.map(|uid| (uidvalidity, uid));
    let walk = |uid| format!("{}&lane={}", place.walk("older", uidvalidity, uid), asked.word());
    let broken = match &page.end {
        End::Broken(trouble) => Some(trouble::of_trouble(&who.account, trouble)),
        _ => None,
    };
    let looked = Looked {
        lane: asked,
        whole: page.end == End::Whole,
        back_to: page.back_to,
        further: on.filter(|_| matches!(page.end, End::Enough | End::Broken(_))),
        broken,
    };
    ListView {
        uidvalidity,
        of: of(who, uidvalidity),
        tabs: tabs_of(who, place, Some(asked.word())),
        older: page.looked_from.filter(|_| page.end == End::Full).map(walk),
        empty: (page.exists == 0).then_some(Empty::ServerSaidSo),
        dates_in_disorder: disorder,
        alert: page.alerts.into_iter().next(),
        exists: page.exists.into(),
        looked: (page.exists > 0).then_some(looked),
        rows: rows.collect(),
        path,
        ..ListView::default()
    }
}
