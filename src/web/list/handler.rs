//! A page of a mailbox.

use std::{sync::Arc, time::Instant};

use axum::{
    extract::{RawQuery, State},
    http::StatusCode,
    response::Response,
};
use jiff::Timestamp;

use super::{
    frame::frame,
    place::{anchor, guess, of, place, tabs_of, whom},
    rows::{dates_in_disorder, rows_of},
    view::{self, Empty, ListView, PageOf},
};
use crate::{
    imap,
    locale::Tr,
    mailbox::{
        act,
        folders::Role,
        look, observed,
        window::{self, At, Trouble, Window},
    },
    message::query,
    web::{
        act::{
            asked::{with, without},
            select::Select,
            told::ToldView,
        },
        answer::{self, Screen},
        app::App,
        asked::Path,
        folders,
        href::{self, Place},
        lane, missed,
        problem::Kind,
        search::{asked::Asked, results},
        sort, trouble,
        who::Who,
    },
};

/// What the query of a list asks for.
fn at(query: &str, tr: &Tr) -> Option<At> {
    let mut at = At::Newest;
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        at = match &*name {
            "page" => At::Page(value.trim().parse().ok().filter(|n| *n > 0)?),
            "older" => anchor(&value).map(|(uidvalidity, uid)| At::Older { uidvalidity, uid })?,
            "newer" => anchor(&value).map(|(uidvalidity, uid)| At::Newer { uidvalidity, uid })?,
            "before" => {
                let day = query::date(&value)?;
                At::Before { day, midnight: tr.midnight(day)? }
            }
            _ => at,
        };
    }
    Some(at)
}

/// What else the query of a list says: whether messages are to be selected on it, and what was just done.
#[derive(Debug, Clone, Default)]
pub struct Extras {
    /// With all of them ticked, or none.
    pub select: Option<bool>,
    pub done: Option<String>,
}

impl Extras {
    pub fn of(query: &str) -> Extras {
        let mut extras = Extras::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "select" => extras.select = Some(value == "all"),
                "done" => extras.done = Some(value.into_owned()),
                _ => {}
            }
        }
        extras
    }
}

pub async fn show(
    State(app): State<Arc<App>>,
    who: Who,
    Path(folder): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    if let Some(asked) = Asked::of(app.store.keys(), &who.account.id, &query) {
        return results::show(app, who, folder, asked, &query).await;
    }
    if let Some(asked) = sort::Asked::of(&query) {
        return sort::handler::list(app, who, folder, asked, &query).await;
    }
    if let Some(asked) = lane::Asked::of(&query) {
        return lane::handler::list(app, who, folder, asked, &query).await;
    }
    let reader = who.reader.clone();
    let Some(at) = at(&query, &reader.tr) else {
        return answer::problem(&reader, &Kind::NotFound.into());
    };
    let who = who.with_outbox(&app).await;
    let Some(guess) = guess(&who, &folder) else {
        return answer::problem(&reader, &Kind::NotFound.into());
    };
    let extras = Extras::of(&query);
    let going_on = missed::line::going_on(&query);
    let shell = frame(&who, &guess, &extras);
    answer::page(reader, shell, async move {
        let place = place(&who, &folder).await.map_err(|p| p.with_retry(who.reader.here.clone()))?;
        let began = Instant::now();
        let window = window::window(&who.account, &place.mailbox, at, whom(&who, &place)).await;
        if waited_for(&window) {
            // However their name is spelt, a person has one voice.
            app.measures.opened(who.signed.pooled, began.elapsed());
        }
        let window = match window {
            Ok(window) => window,
            Err(Trouble::Rebuilt) => return Ok(stale(&who, &place)),
            Err(trouble) => {
                return Err(trouble::of_trouble(&who.account, &trouble).with_retry(who.reader.here.clone()));
            }
        };
        if place.mailbox.is_inbox() {
            look::later(&who.account, &app.outbox, &place.mailbox, &window);
            observed::tell(&app.measures, &who.account.backend.server, who.signed.pooled, &window.rows);
        }
        let none_before = match at {
            At::Before { midnight, day } => nothing_before(&window, midnight).then_some(day),
            _ => None,
        };
        let view = view_of(&who, &place, window);
        let first = place.mailbox.is_inbox() && view.newer.is_none();
        let missed = match going_on {
            None if first => missed::line::of(&app, &who).await,
            going_on => going_on,
        };
        let listed = who.account.places.folders(&who.account.owner).filter(|_| first);
        let full = listed.as_ref().and_then(|(_, listed)| folders::handler::full(listed));
        let said = listed.and_then(|(_, listed)| listed.alerts.first().cloned());
        let view = ListView { none_before, missed, full, said, ..view };
        Ok(screen(&app, &who, (&guess, &place), extras, view).await)
    })
    .await
}

/// The page of these rows, with what any list may have besides: which of them are reports, what was just done, the form to
/// select in. The frame was made for what the mailbox was guessed to be.
pub async fn screen(
    app: &App,
    who: &Who,
    (guess, place): (&Place, &Place),
    extras: Extras,
    mut view: ListView,
) -> Screen {
    let uids: Vec<u32> = view.rows.iter().map(|row| row.uid).filter(|uid| *uid > 0).collect();
    let labels = look::labels(&who.account, &app.outbox, &place.mailbox, view.uidvalidity, &uids).await;
    for row in &mut view.rows {
        let label = labels.iter().find(|(uid, _)| *uid == row.uid);
        row.report = label.map(|(_, id)| format!("/outbox/{id}"));
    }
    if extras.select.is_some() {
        // Remembered: the frame knows it now.
        act::rights(&who.account, &place.mailbox).await;
        for walk in [&mut view.older, &mut view.newer].into_iter().flatten() {
            *walk = with(walk, "select");
        }
    }
    let better = place.mailbox != guess.mailbox || extras.select.is_some();
    let frame = better.then(|| frame(who, place, &extras));
    let here = without(&who.reader.here, &["select", "done"]);
    view.told = extras.done.and_then(|done| ToldView::of(app, who, place, &done, here.clone()));
    view.tabs = view.tabs.filter(|_| extras.select.is_none());
    view.select = extras.select.map(|ticked| Select {
        // Where the page begins with the newest message, "all" can be bounded by it.
        all: newest_of(&view).filter(|_| view.older.is_some()),
        ..select_of(who, place, ticked, here)
    });
    Screen { frame, ..Screen::new(view::render(&view, &who.reader.tr)) }
}

/// Whether this is how long people wait for a page: what was refused at once is not, what they waited for in vain is.
fn waited_for(window: &Result<Window, Trouble>) -> bool {
    match window {
        Ok(_) => true,
        Err(Trouble::Imap(error)) => {
            matches!(error.kind, imap::Kind::Deadline | imap::Kind::Full | imap::Kind::Crowded)
        }
        Err(Trouble::Rebuilt | Trouble::Gone) => false,
    }
}

/// "This mailbox was rebuilt": never another message in its place.
pub fn stale(who: &Who, place: &Place) -> Screen {
    use crate::web::stale::view::{StaleView, render};
    let body = render(&StaleView { list_href: place.list() }, &who.reader.tr);
    Screen { status: StatusCode::GONE, ..Screen::new(body) }
}

/// The newest message of the mailbox, where the page begins with it, and how many there are.
fn newest_of(view: &ListView) -> Option<(u32, u32)> {
    let begins = view.newer.is_none() && view.sorted.is_none() && view.looked.is_none();
    let newest = view.rows.first().map(|row| row.uid).filter(|uid| *uid > 0 && begins);
    newest.zip(u32::try_from(view.exists).ok())
}

/// The form of the rows.
pub fn select_of(who: &Who, place: &Place, ticked: bool, back: String) -> Select {
    Select {
        act_href: format!("{}/act", place.list()),
        token: who.signed.csrf.token().unwrap_or_default(),
        back,
        ticked,
        all: None,
    }
}

fn view_of(who: &Who, place: &Place, window: Window) -> ListView {
    let uidvalidity = window.view.uidvalidity;
    let disorder = dates_in_disorder(&window.rows);
    let path = place.list();
    let messages = href::messages_in(&path, uidvalidity);
    ListView {
        uidvalidity,
        of: of(who, uidvalidity),
        tabs: tabs_of(who, place, None).filter(|_| window.page() == 1 && window.view.exists > 0),
        older: match window.older() {
            Some(uid) => Some(place.walk("older", uidvalidity, uid)),
            // Rows that the server would not name still have others behind them.
            None if window.rows.last().is_some_and(|row| row.seq > 1) => {
                Some(format!("{path}?page={}", window.page() + 1))
            }
            None => None,
        },
        newer: window.newer().map(|uid| place.walk("newer", uidvalidity, uid)),
        page: Some(PageOf { n: window.page().into(), of: window.pages().into() }),
        empty: (window.view.exists == 0).then_some(Empty::ServerSaidSo),
        dates_in_disorder: disorder,
        alert: window.alerts.first().cloned(),
        // Said where everybody looks first, and once a page.
        attention: if place.mailbox.is_inbox() && window.page() == 1 { who.attention } else { 0 },
        exists: window.view.exists.into(),
        empties: empties(who, place).filter(|_| window.view.exists > 0 && window.page() == 1),
        rows: rows_of(window.rows, &path, &messages, disorder, true),
        path,
        ..ListView::default()
    }
}

/// The question before a mailbox of what was thrown away is emptied.
fn empties(who: &Who, place: &Place) -> Option<String> {
    let (_, folders) = who.account.places.folders(&who.account.owner)?;
    let folder = folders.get(&place.mailbox)?;
    let thrown_away = matches!(folder.role, Some(Role::Trash | Role::Junk));
    thrown_away.then(|| format!("/folders/manage/{}?empty", Place::url_of(&folder.url)))
}

/// Then the oldest there are came in their place.
fn nothing_before(window: &Window, midnight: Timestamp) -> bool {
    let newest = window.rows.iter().find_map(|row| row.internal_date);
    newest.is_some_and(|arrived| arrived >= midnight)
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::locale::Lang;

    fn asked(query: &str) -> Option<At> {
        at(query, &Tr::new(Lang::En, TimeZone::fixed(jiff::tz::offset(1)), Timestamp::UNIX_EPOCH))
    }

    #[test]
    fn queries() {
        assert_eq!(asked(""), Some(At::Newest));
        assert_eq!(asked("page=3"), Some(At::Page(3)));
        assert_eq!(asked("older=7-12&lane=all"), Some(At::Older { uidvalidity: 7, uid: 12 }));
        let day = jiff::civil::date(2021, 3, 4);
        let midnight = "2021-03-03T23:00:00Z".parse().expect("an instant");
        assert_eq!(asked("before=2021-03-04"), Some(At::Before { day, midnight }));
        for bad in ["page=0", "page=x", "older=7", "older=7-0", "newer=-1-2", "before=x", "before=2021-02-30"]
        {
            assert_eq!(asked(bad), None, "{bad}");
        }
    }
}
