//! A page of a mailbox, and the previews that follow it.

use std::{sync::Arc, time::Instant};

use axum::{
    Json,
    extract::{Path, RawQuery, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use jiff::{SignedDuration, Timestamp};

use super::{
    late::lateness,
    view::{self, Empty, ListView, PageOf, Preview, Row},
};
use crate::{
    imap::{
        self, MailboxName,
        fetch::{Fetched, Whom},
        rights::Rights,
    },
    locale::Tr,
    mailbox::{
        act,
        folders::Role,
        look, observed, preview as mailbox_preview,
        window::{self, At, Trouble, Window},
    },
    message::{self, query},
    web::{
        act::{
            asked::{with, without},
            select::{self, Select},
            told::ToldView,
        },
        answer::{self, Frame, FrameKind, Screen},
        app::App,
        folders::{
            self,
            view::{FoldersView, Unread},
        },
        href::{self, Place},
        lane, missed,
        page::{Bar, Here, main_dock},
        problem::{Kind, Problem},
        search::{asked::Asked, results, view::Tabs},
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

/// `<uidvalidity>-<uid>`.
pub fn anchor(text: &str) -> Option<(u32, u32)> {
    let (uidvalidity, uid) = text.split_once('-')?;
    Some((uidvalidity.parse().ok()?, uid.parse().ok().filter(|uid| *uid > 0)?))
}

/// The mailbox in a URL. Most need no question: only a name with levels needs the separator.
pub async fn place(who: &Who, folder: &str) -> Result<Place, Problem> {
    let separator = if folder.contains(':') {
        who.account.separator().await.map_err(|e| trouble::of(&who.account, &e))?
    } else {
        None
    };
    let mailbox = MailboxName::from_url(folder, separator).ok_or(Problem::from(Kind::NotFound))?;
    Ok(Place { mailbox, separator })
}

/// The same without a question, for the shell, which waits for no server: while the separator is not known, it is a
/// guess.
pub fn guess(who: &Who, folder: &str) -> Option<Place> {
    let separator = who.account.known_separator().unwrap_or(Some(b'/'));
    Some(Place { mailbox: MailboxName::from_url(folder, separator)?, separator })
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
        let full = listed.and_then(|(_, listed)| folders::handler::full(&listed));
        let view = ListView { none_before, missed, full, ..view };
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
        Err(Trouble::Imap(error)) => matches!(error.kind, imap::Kind::Deadline | imap::Kind::Full),
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

pub fn frame(who: &Who, place: &Place, extras: &Extras) -> Frame {
    let tr = &who.reader.tr;
    let here = without(&who.reader.here, &["select", "done"]);
    if extras.select.is_some() {
        return selecting(who, place, here);
    }
    let listed = who.account.places.folders(&who.account.owner);
    let folder = listed.as_ref().and_then(|(_, folders)| folders.get(&place.mailbox));
    let name = folders::handler::called(who, &place.mailbox, place.separator);
    let unread = Unread {
        n: folder.and_then(|f| f.unread).map(u64::from),
        counts: folders::handler::counts_href(Some(&place.mailbox), place.separator),
        old: listed.as_ref().is_none_or(|(old, _)| *old),
    };
    // One of the two places asks.
    let rail = folders::handler::rail(who, Some(&place.mailbox));
    let rail = rail.map(|rail| FoldersView { old: false, ..rail });
    Frame {
        title: name.clone(),
        kind: FrameKind::List {
            bar: Bar::Mailbox {
                name,
                unread,
                search: Some(format!("{}/search", place.list())),
                sort: Some(format!("{}/sort", place.list())),
                select: Some(with(&here, "select")),
            },
            rail,
            dock: main_dock(
                tr,
                if place.mailbox.is_inbox() { Here::Inbox } else { Here::Elsewhere },
                who.attention,
            ),
        },
    }
}

/// Around a list, or results, on which messages are selected; `here` is the page without the mode.
pub fn selecting(who: &Who, place: &Place, here: String) -> Frame {
    let tr = &who.reader.tr;
    let known = who.account.places.rights(&who.account.owner, &place.mailbox);
    let save = format!("{}/save", place.list());
    let dock = select::dock(known.unwrap_or(Rights::ALL), role(who, place), Some(&*save), tr);
    let bar = Bar::Select { all: with(&here, "select=all"), back: here };
    let rail = folders::handler::rail(who, Some(&place.mailbox));
    Frame { title: tr.t("act-select-title").to_owned(), kind: FrameKind::List { bar, rail, dock } }
}

/// What the mailbox is for, as far as the mailboxes were listed.
fn role(who: &Who, place: &Place) -> Option<Role> {
    let listed = who.account.places.folders(&who.account.owner);
    match listed.as_ref().and_then(|(_, folders)| folders.get(&place.mailbox)) {
        Some(folder) => folder.role,
        None => place.mailbox.is_inbox().then_some(Role::Inbox),
    }
}

/// The ways to one lane, where mail comes in or is put to be worked on; and where the marks are kept, to what is unread or still
/// to be dealt with. `current`: the word of the page.
pub fn tabs_of(who: &Who, place: &Place, current: Option<&'static str>) -> Option<Tabs> {
    if !has_lanes(who, place) {
        return None;
    }
    let rights = who.account.places.rights(&who.account.owner, &place.mailbox);
    let filters = rights.is_none_or(|rights| rights.keywords) && role(who, place) != Some(Role::Archive);
    Some(Tabs { path: place.list(), current, filters })
}

/// What one wrote, threw away or never wanted has no lanes.
pub fn has_lanes(who: &Who, place: &Place) -> bool {
    let listed = who.account.places.folders(&who.account.owner);
    let folder = listed.as_ref().and_then(|(_, folders)| folders.get(&place.mailbox));
    match folder {
        Some(folder) => matches!(folder.role, None | Some(Role::Inbox | Role::Archive)),
        None => place.mailbox.is_inbox(),
    }
}

/// What one wrote oneself is told apart by those it went to.
pub fn whom(who: &Who, place: &Place) -> Whom {
    if matches!(role(who, place), Some(Role::Sent | Role::Drafts)) { Whom::Recipients } else { Whom::Authors }
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

/// Whose mailbox a list is of, and which: for the script.
pub fn of(who: &Who, uidvalidity: u32) -> String {
    let session = who.account.sessions.page_name(who.signed.key);
    format!("{}-{uidvalidity}", session.get(..8).unwrap_or_default())
}

/// The question before a mailbox of what was thrown away is emptied.
fn empties(who: &Who, place: &Place) -> Option<String> {
    let (_, folders) = who.account.places.folders(&who.account.owner)?;
    let folder = folders.get(&place.mailbox)?;
    let thrown_away = matches!(folder.role, Some(Role::Trash | Role::Junk));
    thrown_away.then(|| format!("/folders/manage/{}?empty", Place::url_of(&folder.url)))
}

/// `messages` is what the address of each begins with; `beside`: whether they stand beside each other there.
pub fn rows_of(rows: Vec<Fetched>, path: &str, messages: &str, disorder: bool, beside: bool) -> Vec<Row> {
    let late = lateness(&rows, beside);
    let rows = rows.into_iter().zip(late);
    rows.map(|(row, late)| Row { late, ..row_of(row, path, messages, disorder) }).collect()
}

fn row_of(row: Fetched, path: &str, messages: &str, disorder: bool) -> Row {
    let uid = row.uid.unwrap_or(0);
    let flags = row.flags.unwrap_or_default();
    // Without an envelope there is nothing to show, whatever the reason.
    let too_complex = row.brief.is_none();
    let brief = row.brief.unwrap_or_default();
    let (sent, arrived) = (brief.sent, row.internal_date);
    Row {
        uid,
        href: if uid > 0 { [messages, &uid.to_string()].concat() } else { path.to_owned() },
        who: brief.who,
        when: if disorder { sent.or(arrived) } else { arrived.or(sent) },
        subject: brief.subject,
        documents: row.documents.unwrap_or(0),
        unread: row.flags.is_some() && !flags.seen,
        answered: flags.answered,
        forwarded: flags.forwarded,
        flagged: flags.flagged,
        done: flags.done,
        filed: flags.filed,
        deleted: flags.deleted,
        preview: match &row.preview {
            Some(text) => Preview::Known(message::preview::preview(text)),
            None if row.documents.is_some() => Preview::Later,
            None => Preview::None,
        },
        read_elsewhere: false,
        report: None,
        clinical: false,
        late: None,
        size: None,
        too_complex,
    }
}

/// Then the oldest there are came in their place.
fn nothing_before(window: &Window, midnight: Timestamp) -> bool {
    let newest = window.rows.iter().find_map(|row| row.internal_date);
    newest.is_some_and(|arrived| arrived >= midnight)
}

/// Plainly another order than that of the dates: neighbours more than a day the wrong way round, in one of five
/// rows and at least four.
pub fn dates_in_disorder(rows: &[Fetched]) -> bool {
    let dates: Vec<Timestamp> = rows.iter().filter_map(|row| row.brief.as_ref()?.sent).collect();
    let wrong = dates
        .windows(2)
        .filter(|pair| pair[1].duration_since(pair[0]) > SignedDuration::from_hours(24))
        .count();
    wrong >= 4 && wrong * 5 >= dates.len()
}

/// `GET /mail/{folder}/previews?uidvalidity=&uid=…`: one line of each, for the script.
pub async fn previews(
    State(_): State<Arc<App>>,
    who: Who,
    Path(folder): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let (mut uidvalidity, mut uids) = (0, Vec::new());
    for (name, value) in
        url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).take(mailbox_preview::MOST + 1)
    {
        match (&*name, value.parse::<u32>()) {
            ("uidvalidity", Ok(n)) => uidvalidity = n,
            ("uid", Ok(uid)) if uid > 0 => uids.push(uid),
            _ => return StatusCode::BAD_REQUEST.into_response(),
        }
    }
    let Ok(place) = place(&who, &folder).await else { return StatusCode::BAD_GATEWAY.into_response() };
    match mailbox_preview::previews(&who.account, &place.mailbox, uidvalidity, &uids).await {
        Ok(found) => Json(found).into_response(),
        // The list is there; its previews are a courtesy.
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
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
