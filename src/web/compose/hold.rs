//! A session that ended while somebody was writing: they sign in on the page that came instead of an answer, and the
//! text, the recipients and the files are there again. The page itself carries them; nothing is kept here. It carries
//! whose they are as well: who signs in on a shared device may be somebody else.

use std::sync::Arc;

use axum::{http::request::Parts, response::Response};
use maud::{Markup, html};
use url::form_urlencoded::byte_serialize;

use super::{filled::Filled, upload::Received, view};
use crate::{
    locale::Tr,
    session::page_owner,
    store::AccountId,
    web::{
        answer::{self, Frame},
        app::App,
        door::{self, Shut},
        form::Fields,
        login,
        problem::{Kind, Problem},
        reader::Reader,
        who,
    },
};

/// What the names of carried fields begin with.
const MARK: &str = "letter-";
/// The field that says whose the form is, as [`page_owner`] names them.
pub(super) const OWNER: &str = "owner";
/// The field that says that files came too late to be taken.
pub(super) const LOST: &str = "lost";
/// Octets of a letter in the sign-in form as a browser posts it; the form's own bound is a little more. A longer letter is shown
/// instead, to be copied.
const MOST: usize = 240 * 1024;

/// The sign-in page with the letter in it.
pub(super) fn signed_out(app: &Arc<App>, reader: &Reader, parts: &Parts, received: &Received) -> Response {
    let form = received.fields();
    let filled = Filled::read(&form);
    // Signing in again would lead nowhere.
    if let Some(shut) = parts.extensions.get::<Shut>() {
        let tr = &reader.tr;
        let kept =
            [("field-to", filled.to), ("field-subject", filled.subject), ("message-title", filled.text)];
        let kept = kept.into_iter().filter(|(_, text)| !text.trim().is_empty());
        let kept = kept.map(|(key, text)| (tr.t(key).to_owned(), text)).collect();
        return door::guard::page(app, reader, parts, *shut, kept);
    }
    let mut fields = filled.all();
    fields.push((OWNER, form.get(OWNER).unwrap_or_default().to_owned()));
    if !received.refused.is_empty() || form.get(LOST).is_some() {
        fields.push((LOST, "1".to_owned()));
    }
    if fields.iter().map(|(name, value)| posted(name, value)).sum::<usize>() > MOST {
        let tr = &reader.tr;
        let problem = Problem::from(Kind::SignedOut)
            .with_kept(tr.t("field-to"), filled.to)
            .with_kept(tr.t("field-subject"), filled.subject)
            .with_kept(tr.t("message-title"), filled.text);
        return answer::problem(reader, &problem);
    }
    let letter = fields.into_iter().map(|(name, value)| (format!("{MARK}{name}"), value)).collect();
    login::handler::with_letter(app, reader, who::presented(parts, app).form, letter)
}

/// Octets of a field as it is posted, with the line ends of a form.
fn posted(name: &str, value: &str) -> usize {
    let breaks = value.bytes().filter(|b| *b == b'\n').count();
    let octets: usize = byte_serialize(value.as_bytes()).map(str::len).sum();
    MARK.len() + name.len() + 2 + octets + "%0D".len() * breaks
}

/// The letter that a sign-in form carries; empty for any other.
pub(in crate::web) fn carried(fields: &Fields) -> Vec<(String, String)> {
    let letter = fields.pairs().filter(|(name, _)| name.starts_with(MARK));
    letter.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// After the sign-in: one button leads back into the letter. Script presses it. Another account does not get it.
pub(in crate::web) fn resume(
    app: &App,
    reader: &Reader,
    pooled: &AccountId,
    letter: &[(String, String)],
) -> Response {
    let tr = &reader.tr;
    let owner = page_owner(app.store.keys(), pooled);
    let own = letter.iter().any(|(name, value)| name.strip_prefix(MARK) == Some(OWNER) && *value == owner);
    if !own {
        let frame = Frame::column(tr.t("compose-title"), Some("/mail/INBOX".to_owned()));
        return answer::ready(
            reader,
            &frame,
            html! { section.card { p { (tr.t("compose-letter-other")) } } },
        );
    }
    let frame = Frame::column(tr.t("compose-title"), None);
    answer::ready(reader, &frame, button(letter, tr))
}

/// The page after the sign-in.
pub fn button(letter: &[(String, String)], tr: &Tr) -> Markup {
    html! {
        (view::script())
        section.card {
            h2 { (tr.t("compose-signed-in-again")) }
            p { (tr.t("compose-letter-kept")) }
            form method="post" action="/compose" data-resume {
                @for (name, value) in letter {
                    (view::hidden(name.strip_prefix(MARK).unwrap_or(name), value))
                }
                p.acts { button.primary name="do" value="look" { (tr.t("compose-go-on")) } }
            }
        }
    }
}
