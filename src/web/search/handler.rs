//! The search page. What is typed comes in a POST and goes on sealed: no search text stands in a URL.

use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Redirect, Response},
};
use jiff::civil::Date;

use super::{
    asked::Asked,
    view::{self, SearchView},
};
use crate::{
    imap::MailboxName,
    mailbox::folders::{self, Folders},
    message::query::{self, Doubt, Query, TERMS, Term, Text, Within},
    web::{
        answer::{self, Frame},
        app::App,
        asked::Path,
        folders::view::role_name,
        form::{Fields, Posted},
        href::{Place, value},
        list::place::{guess, place},
        problem::{Kind, Problem},
        trouble,
        who::Who,
    },
};

/// `GET /mail/{folder}/search`: the page. With `?s=` its fields are filled in; with `?month=&year=` the way to that month.
pub async fn show(
    State(app): State<Arc<App>>,
    who: Who,
    Path(folder): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    let Some(guess) = guess(&who, &folder) else {
        return answer::problem(&who.reader, &Kind::NotFound.into());
    };
    if let Some(month) = month(&query) {
        return match month {
            Some(after) => Redirect::to(&format!("{}?before={after}", guess.list())).into_response(),
            None => page(&who, &guess, String::new(), vec![], Some(view::Told::NoMonth)),
        };
    }
    let typed = match Asked::of(app.store.keys(), &who.account.id, &query) {
        Some(Some(asked)) => asked.query.typed(who.reader.tr.lang()),
        Some(None) => return answer::problem(&who.reader, &Kind::NotFound.into()),
        None => String::new(),
    };
    page(&who, &guess, typed, vec![], None)
}

/// The day after the month that was asked for; `Some(None)` when that is no month.
fn month(query: &str) -> Option<Option<Date>> {
    let number = |wanted| value(query, wanted).map(|value| value.trim().parse::<i16>().ok());
    let (year, month) = (number("year")?, number("month")?);
    Some(year.zip(month).and_then(|(year, month)| {
        let month = i8::try_from(month).ok().filter(|_| (1970..=9998).contains(&year))?;
        Date::new(year, month, 1).ok()?.last_of_month().tomorrow().ok()
    }))
}

/// `POST /mail/{folder}/search`: the search, sealed, in the mailbox it names.
pub async fn search(
    State(app): State<Arc<App>>,
    Path(folder): Path<String>,
    Posted { who, fields }: Posted,
) -> Response {
    let (mut query, mut doubts) = asked(&fields);
    let mut place = match place(&who, &folder).await {
        Ok(place) => place,
        Err(problem) => return answer::problem(&who.reader, &problem),
    };
    let lang = who.reader.tr.lang();
    let typed = query.typed(lang);
    let mut told = query.terms.is_empty().then_some(view::Told::Nothing);
    if let Within::Named(name) = &query.within {
        match mailbox(&who, name).await {
            Ok(Some(mailbox)) => {
                place =
                    Place { mailbox, separator: place.separator.or(who.account.known_separator().flatten()) };
                query.within = Within::Here;
            }
            Ok(None) => told = Some(view::Told::NoMailbox(name.as_str().to_owned())),
            Err(problem) => return answer::problem(&who.reader, &problem),
        }
    }
    if !doubts.is_empty() || told.is_some() {
        // What was typed stays as it was, with what could not be understood.
        let kept = fields.get("q").unwrap_or_default();
        let kept = if doubts.is_empty() { typed } else { with_doubts(kept, &fields, &typed) };
        return page(&who, &place, kept, std::mem::take(&mut doubts), told);
    }
    match Asked::seal(app.store.keys(), &who.account.id, query) {
        Ok(asked) => Redirect::to(&format!("{}?{}", place.list(), asked.part)).into_response(),
        Err(error) => answer::internal(&who.reader, &error),
    }
}

/// The box as it was typed where it alone was used; else what was understood of all fields.
fn with_doubts(typed: &str, fields: &Fields, understood: &str) -> String {
    let others =
        fields.pairs().any(|(name, value)| !matches!(name, "q" | "token" | "in") && !value.trim().is_empty());
    let kept = if others { understood } else { typed };
    kept.chars().filter(|c| !c.is_control()).take(4 * query::LONGEST).collect()
}

/// The box and the fields of the plain form make the same query.
fn asked(fields: &Fields) -> (Query, Vec<Doubt>) {
    let (mut query, mut doubts) = query::parse(fields.get("q").unwrap_or_default());
    let text = |name| fields.get(name).and_then(Text::new);
    query.terms.extend(text("from").map(Term::From));
    query.terms.extend(text("to").map(Term::To));
    query.terms.extend(text("subject").map(Term::Subject));
    for name in ["after", "before", "is", "larger", "has"] {
        let Some(value) = fields.get(name).and_then(Text::new) else { continue };
        // One word of a list, or a date.
        let (more, doubt) = query::read(&format!("{name}:{}", value.as_str().replace(' ', "")));
        query.terms.extend(more.terms);
        doubts.extend(doubt);
    }
    if fields.get("in") == Some("all") {
        query.within = Within::All;
    }
    if query.terms.len() > TERMS {
        query.terms.truncate(TERMS);
        doubts.push(Doubt::TooMany);
    }
    (query, doubts)
}

/// The mailbox that a person means by this name.
async fn mailbox(who: &Who, name: &Text) -> Result<Option<MailboxName>, Problem> {
    let known = who.account.places.folders(&who.account.owner).map(|(_, folders)| folders);
    if let Some(found) = known.and_then(|folders| called(who, &folders, name)) {
        return Ok(Some(found));
    }
    let listed = folders::list(&who.account).await.map_err(|e| trouble::of(&who.account, &e))?;
    Ok(called(who, &listed, name))
}

fn called(who: &Who, folders: &Folders, name: &Text) -> Option<MailboxName> {
    let wanted = name.as_str().to_lowercase();
    let is = |text: &str| text.to_lowercase() == wanted;
    let selectable = || folders.list.iter().filter(|folder| folder.selectable);
    let whole = |folder: &&folders::Folder| {
        is(&folder.name.display()) || folder.role.is_some_and(|role| is(role_name(role, &who.reader.tr)))
    };
    let found = selectable().find(whole).or_else(|| selectable().find(|folder| is(&folder.label)));
    found.map(|folder| folder.name.clone())
}

fn page(who: &Who, place: &Place, typed: String, doubts: Vec<Doubt>, told: Option<view::Told>) -> Response {
    let tr = &who.reader.tr;
    let today = tr.date_of(jiff::Timestamp::now());
    let view = SearchView {
        path: place.list(),
        token: who.signed.csrf.token().unwrap_or_default(),
        typed,
        doubts,
        told,
        year: today.year(),
        month: today.month(),
    };
    let frame = Frame::column(tr.t("search-title"), Some(place.list()));
    answer::ready(&who.reader, &frame, view::render(&view, tr))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_makes_the_query_that_the_box_makes() {
        let fields = [
            ("q", "bilan"),
            ("from", "Dr Petit"),
            ("after", "2025-01-01"),
            ("is", "unread"),
            ("larger", "5M"),
            ("has", "attachment"),
            ("subject", " "),
            ("in", "all"),
        ];
        let fields = fields.map(|(n, v)| (n.to_owned(), v.to_owned()));
        let typed = "bilan from:\"Dr Petit\" after:2025-01-01 is:unread larger:5M has:attachment in:all";
        assert_eq!(asked(&Fields::new(fields.to_vec())), query::parse(typed));
    }

    #[test]
    fn a_month_is_asked_for() {
        assert_eq!(month(""), None);
        assert_eq!(month("month=12&year=2020"), Some(Date::new(2021, 1, 1).ok()));
        for bad in ["month=13&year=2020", "month=x&year=2020", "month=1&year=99999"] {
            assert_eq!(month(bad), Some(None), "{bad}");
        }
    }
}
