//! `POST /mail/{folder}/act`: what is done with messages.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use serde_json::json;

use super::{
    asked::{All, Asked, Which, back, with, without},
    once::once,
    pages::Between,
    target::{Target, for_good, target},
    told::{Step, Told},
    undo::undo,
    verb::Verb,
};
use crate::{
    audit::{Event, What},
    config::MarkRead,
    mailbox::act::{self, Act, Done, Left, Mark, Trouble},
    web::{
        answer,
        app::App,
        asked::Path,
        form::{Fields, Posted},
        href::Place,
        list::place::place,
        message::acknowledge,
        problem::{Kind, Problem},
        trouble,
        who::Who,
    },
};

/// `uidvalidity`, `uid` repeated, and `do=`: see [`Verb`]; besides `opened`, which a page says by itself, and `acknowledge`
/// of one message.
///
/// What was begun is ended, told in the audit and answered once, though the browser leave: its request is then dropped,
/// and what the mail server was told to do is not.
pub async fn act(
    State(app): State<Arc<App>>,
    Path(folder): Path<String>,
    headers: HeaderMap,
    posted: Posted,
) -> Response {
    match tokio::spawn(begun(app, folder, headers, posted)).await {
        Ok(response) => response,
        Err(failed) => match failed.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        },
    }
}

async fn begun(
    app: Arc<App>,
    folder: String,
    headers: HeaderMap,
    Posted { who, fields }: Posted,
) -> Response {
    let reader = who.reader.clone();
    let place = match place(&who, &folder).await {
        Ok(place) => place,
        Err(problem) => return answer::problem(&reader, &problem),
    };
    let answer = Answer::to(&headers, &fields, &place);
    match fields.get("do") {
        Some("undo") => return undo(&app, &who, &place, &fields, &answer).await,
        Some(verb @ ("opened" | "acknowledge")) => return one(&app, &who, &place, &fields, verb).await,
        _ => {}
    }
    let Some(asked) = Asked::read(&fields, &place) else {
        return answer.problem(&who, &Kind::BadRequest.into());
    };
    let asked = for_good(&who, &place, asked).await;
    if asked.which == Which::These(Vec::new()) {
        return answer.problem(&who, &Problem::from(Kind::NothingChosen));
    }
    let between = Between { who: &who, place: &place, asked: &asked };
    let target = match target(&who, &place, &asked).await {
        Ok(target) => target,
        Err(error) if error.refused() && asked.make && !answer.json => return between.refused(&error),
        Err(error) => return answer.problem(&who, &trouble::of(&who.account, &error)),
    };
    let page = match target {
        Target::Act { act, to } => {
            let change = change(&app, &between, &answer, act, to);
            return once(&app, &who, &place, &asked, &answer, change).await;
        }
        // What asks back is a page in any case: a script sends the form again, as browsers do.
        _ if answer.json => return answer.page(),
        Target::Choose => between.choose().await,
        Target::Sure => Ok(between.sure()),
        Target::None(role) => Ok(between.none(role)),
        Target::There => return answer.problem(&who, &Kind::AlreadyThere.into()),
    };
    page.unwrap_or_else(|error| answer.problem(&who, &trouble::of(&who.account, &error)))
}

async fn change(app: &App, between: &Between<'_>, answer: &Answer, act: Act, to: String) -> Response {
    let Between { who, place, asked } = *between;
    let (uids, step) = match asked.which.clone() {
        Which::These(uids) => (uids, None),
        Which::All(all) => {
            let step = act::step(&who.account, &place.mailbox, asked.uidvalidity, all.up_to).await;
            match step {
                Ok(step) if step.uids.is_empty() => return answer.problem(who, &Kind::MessageGone.into()),
                Ok(step) => (step.uids, Some((all, step.next))),
                Err(trouble) => return answer.problem(who, &troubled(who, &trouble)),
            }
        }
    };
    match act::perform(&who.account, &place.mailbox, asked.uidvalidity, &uids, &act).await {
        Ok(done) => {
            who.account.places.count_again(&who.account.owner);
            who.account.places.forget_missed(&who.account.owner);
            who.tell(changed(place, asked.verb, asked.uidvalidity, &uids, done.n));
            let step = step.and_then(|(all, next)| {
                let all = going_on(asked.verb, all, next, &done)?;
                Some(Step { uidvalidity: asked.uidvalidity, to: asked.to.clone(), all })
            });
            let told = Told::new(asked.verb, done, to, place, step);
            let Some(own) = Own::of(place, asked, answer).filter(|_| !answer.json) else {
                return answer.told(app, who, place, &told);
            };
            match asked.verb {
                Verb::Read => Redirect::to(&own.message).into_response(),
                // What is shown counts as read again a second later: "unread" leads back to the list.
                Verb::Unread => Redirect::to(&format!("{}#u{}", own.list, own.uid)).into_response(),
                // What stays is shown as it is now.
                verb if verb.mark().is_some() || verb == Verb::Copy => {
                    answer.led(own.message).told(app, who, place, &told)
                }
                _ => answer.led(own.list).told(app, who, place, &told),
            }
        }
        Err(Trouble::Imap(error)) if error.is_fatal() => {
            // Its answer did not come: how many it was done with is not known.
            who.tell(changed(place, asked.verb, asked.uidvalidity, &uids, 0));
            answer.problem(who, &trouble::of(&who.account, &error))
        }
        Err(Trouble::Refused(_)) if answer.json => answer.page(),
        Err(Trouble::Refused(error)) => between.refused(&error),
        Err(trouble) => {
            let problem = troubled(who, &trouble);
            match Own::of(place, asked, answer) {
                // Its own page has gone too.
                Some(own) if trouble == Trouble::Gone => answer.led(own.list).problem(who, &problem),
                _ => answer.problem(who, &problem),
            }
        }
    }
}

/// For the audit: one message by its name, several by their number.
pub fn changed<'a>(place: &'a Place, verb: Verb, uidvalidity: u32, uids: &[u32], n: u32) -> Event<'a> {
    let mailbox = place.mailbox.raw();
    let event = Event::of(What::MessagesChanged).verb(verb.word(), n);
    match uids {
        [uid] => event.received(mailbox, uidvalidity, *uid),
        _ => event.mailbox(mailbox),
    }
}

/// All that is left to do after a step. What stopped in the middle of a move goes on with what is still there. Nothing is
/// offered where copies were made of what is still there: again would copy twice, and further on would leave some out.
fn going_on(verb: Verb, all: All, next: Option<u32>, done: &Done) -> Option<All> {
    let up_to = match (&done.stopped, done.left) {
        (None, Left::Nothing | Left::Marked) => next?,
        (Some(_), Left::Nothing) if verb != Verb::Copy => all.up_to,
        _ => return None,
    };
    let so_far = all.so_far.saturating_add(done.n).saturating_add(done.gone);
    Some(All { up_to, of: all.of.max(so_far), so_far })
}

/// Asked on the page of the one message it is about: where that page leads afterwards.
struct Own {
    uid: u32,
    message: String,
    /// The list, or the results, that the message was opened from.
    list: String,
}

impl Own {
    fn of(place: &Place, asked: &Asked, answer: &Answer) -> Option<Own> {
        let Which::These(uids) = &asked.which else { return None };
        let [uid] = uids[..] else { return None };
        let message = place.message(asked.uidvalidity, uid);
        let query = match &answer.back {
            None => "",
            Some(back) => query_of(back, &message)?,
        };
        Some(Own { uid, list: format!("{}{query}", place.list()), message: format!("{message}{query}") })
    }
}

/// What the page of a message says besides of where it was opened from.
fn query_of<'a>(back: &'a str, message: &str) -> Option<&'a str> {
    back.strip_prefix(message).filter(|rest| rest.is_empty() || rest.starts_with('?'))
}

/// What a message's page does with its one message.
async fn one(app: &Arc<App>, who: &Who, place: &Place, fields: &Fields, verb: &str) -> Response {
    let uids: Vec<&str> = fields.all("uid").take(2).collect();
    let uid = uids.first().and_then(|uid| uid.parse::<u32>().ok()).filter(|uid| *uid > 0 && uids.len() == 1);
    let (Some(uid), Some(uidvalidity)) = (uid, fields.number("uidvalidity")) else {
        return answer::problem(&who.reader, &Kind::BadRequest.into());
    };
    if verb == "acknowledge" {
        return acknowledge::send(app, who, place, uidvalidity, uid).await;
    }
    let reads =
        app.config.mark_read == MarkRead::Server && act::rights(&who.account, &place.mailbox).await.seen;
    let marks: &[Mark] = if reads { &[Mark::Opened, Mark::Read] } else { &[Mark::Opened] };
    match act::mark(&who.account, &place.mailbox, uidvalidity, &[uid], marks).await {
        Ok(()) => {
            if reads {
                who.account.places.count_again(&who.account.owner);
            }
            who.account.places.forget_missed(&who.account.owner);
            let message = place.message(uidvalidity, uid);
            let back = back(fields, place);
            let query = back.as_deref().and_then(|back| query_of(back, &message)).unwrap_or_default();
            Redirect::to(&format!("{message}{query}")).into_response()
        }
        Err(trouble) => answer::problem(&who.reader, &trouble::of_trouble(&who.account, &trouble)),
    }
}

pub fn troubled(who: &Who, trouble: &Trouble) -> Problem {
    match trouble {
        Trouble::Imap(error) | Trouble::Refused(error) => trouble::of(&who.account, error),
        Trouble::Rebuilt => Kind::MailboxRebuilt.into(),
        Trouble::Gone => Kind::MessageGone.into(),
        Trouble::ReadOnly => Kind::ReadOnly.into(),
        Trouble::NoMark => Kind::NoMark.into(),
        Trouble::OnlyCopies => Kind::OnlyCopies.into(),
    }
}

/// How the answer is wanted: a page, or a few words for the script.
pub struct Answer {
    pub json: bool,
    /// The page it was asked on.
    back: Option<String>,
}

impl Answer {
    fn to(headers: &HeaderMap, fields: &Fields, place: &Place) -> Answer {
        let accept = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok());
        Answer { json: accept.is_some_and(|a| a.contains("application/json")), back: back(fields, place) }
    }

    /// The same, leading to this page of ours.
    fn led(&self, back: String) -> Answer {
        Answer { back: Some(back), json: self.json }
    }

    /// Leads back to where it was asked, and tells.
    pub fn told(&self, app: &App, who: &Who, place: &Place, told: &Told) -> Response {
        let sealed = told.sealed(app, who);
        if self.json {
            let tr = &who.reader.tr;
            let body = json!({
                "said": told.said(tr),
                "more": told.more(tr),
                "done": sealed,
                "undo": told.can_be_undone(),
                "plain": told.is_plain(),
            });
            return Json(body).into_response();
        }
        let list = place.list();
        let back = without(self.back.as_deref().unwrap_or(&list), &["done", "select"]);
        match sealed {
            Some(sealed) => Redirect::to(&with(&back, &format!("done={sealed}"))).into_response(),
            None => Redirect::to(&back).into_response(),
        }
    }

    pub fn problem(&self, who: &Who, problem: &Problem) -> Response {
        let tr = &who.reader.tr;
        if self.json {
            let status = StatusCode::from_u16(problem.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let said = format!("{} {}", problem.what(tr), problem.still(tr));
            return (status, Json(json!({ "said": said }))).into_response();
        }
        let problem = match &self.back {
            Some(back) if problem.retry.is_none() => &problem.clone().with_retry(back.clone()),
            _ => problem,
        };
        answer::problem(&who.reader, problem)
    }

    /// It takes a page to go on.
    fn page(&self) -> Response {
        (StatusCode::CONFLICT, Json(json!({ "page": true }))).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imap::{Error, Kind as Imap, Stage};

    #[test]
    fn a_step_counts_what_was_done() {
        let all = All { up_to: 9_000, of: 2_500, so_far: 1_000 };
        let stopped = || Some(Error::new(Stage::Act, Imap::Closed));
        let after = |verb, next, done: &Done| {
            going_on(verb, all, next, done).map(|all| (all.up_to, all.of, all.so_far))
        };
        let whole = Done { n: 998, gone: 2, ..Done::default() };
        assert_eq!(after(Verb::Archive, Some(7_000), &whole), Some((7_000, 2_500, 2_000)));
        assert_eq!(after(Verb::Archive, None, &whole), None);
        let marked = Done { left: Left::Marked, ..whole.clone() };
        assert_eq!(after(Verb::Delete, Some(7_000), &marked), Some((7_000, 2_500, 2_000)));
        // What was not moved is asked for again, in the last step too.
        let part = Done { n: 600, stopped: stopped(), ..Done::default() };
        assert_eq!(after(Verb::Move, Some(7_000), &part), Some((9_000, 2_500, 1_600)));
        assert_eq!(after(Verb::Move, None, &part), Some((9_000, 2_500, 1_600)));
        // Nothing is copied twice.
        assert_eq!(after(Verb::Copy, Some(7_000), &part), None);
        for left in [Left::Marked, Left::Kept] {
            assert_eq!(after(Verb::Move, Some(7_000), &Done { left, ..part.clone() }), None);
        }
        assert_eq!(after(Verb::Move, Some(7_000), &Done { left: Left::Kept, ..whole }), None);
    }
}
