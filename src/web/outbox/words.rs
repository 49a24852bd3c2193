//! How the states and the evidence of the outbox read: in one place, so that a word means one thing everywhere.

use maud::{Markup, html};

use crate::{
    locale::Tr,
    outbox::{Answer, Cause, Fact, State},
};

/// The colour and the word of a state. Red is for what failed, amber for what is late or waits, green for what is
/// known to have arrived.
pub fn chip(state: State, tr: &Tr) -> (&'static str, &'static str) {
    match state {
        State::Waiting => ("chip late", tr.t("state-waiting")),
        State::Sending => ("chip", tr.t("state-sending")),
        State::Accepted => ("chip", tr.t("state-accepted")),
        State::Relayed => ("chip", tr.t("state-relayed")),
        State::Delivered => ("chip ok", tr.t("state-delivered")),
        State::Displayed => ("chip ok", tr.t("state-displayed")),
        State::Answered => ("chip ok", tr.t("state-answered")),
        State::Delayed => ("chip late", tr.t("state-delayed")),
        State::Refused => ("chip bad", tr.t("state-refused")),
        State::Uncertain => ("chip late", tr.t("state-uncertain")),
        State::SignIn => ("chip late", tr.t("state-sign-in")),
        State::Held => ("chip late", tr.t("state-held")),
        State::GivenUp => ("chip bad", tr.t("state-given-up")),
        State::Cancelled => ("chip", tr.t("state-cancelled")),
    }
}

pub fn draw_chip(state: State, tr: &Tr) -> Markup {
    let (class, word) = chip(state, tr);
    html! { span class=(class) { (word) } }
}

/// What a state means, in one line.
pub fn meaning(state: State, tr: &Tr) -> &'static str {
    match state {
        State::Waiting => tr.t("means-waiting"),
        State::Sending => tr.t("means-sending"),
        State::Accepted => tr.t("means-accepted"),
        State::Relayed => tr.t("means-relayed"),
        State::Delivered => tr.t("means-delivered"),
        State::Displayed => tr.t("means-displayed"),
        State::Answered => tr.t("means-answered"),
        State::Delayed => tr.t("means-delayed"),
        State::Refused => tr.t("means-refused"),
        State::Uncertain => tr.t("means-uncertain"),
        State::SignIn => tr.t("means-sign-in"),
        State::Held => tr.t("means-held"),
        State::GivenUp => tr.t("means-given-up"),
        State::Cancelled => tr.t("means-cancelled"),
    }
}

/// What its author can do. Most states ask for nothing.
pub fn todo(state: State, tr: &Tr) -> &'static str {
    match state {
        State::Refused => tr.t("do-refused"),
        State::Uncertain => tr.t("do-uncertain"),
        State::SignIn => tr.t("do-sign-in"),
        State::Held => tr.t("do-held"),
        State::GivenUp => tr.t("do-given-up"),
        State::Waiting | State::Sending => tr.t("do-waiting"),
        State::Delayed => tr.t("do-delayed"),
        State::Accepted | State::Relayed => tr.t("do-accepted"),
        State::Delivered | State::Displayed | State::Answered => tr.t("do-nothing"),
        State::Cancelled => tr.t("do-cancelled"),
    }
}

/// The one that its author should hear of first, of several recipients.
pub fn foremost(states: impl IntoIterator<Item = State>) -> Option<State> {
    let rank = |state: &State| match state {
        State::Refused => 0,
        State::GivenUp => 1,
        State::Uncertain => 2,
        State::Held => 3,
        State::SignIn => 4,
        State::Delayed => 5,
        State::Waiting => 6,
        State::Sending => 7,
        State::Accepted => 8,
        State::Relayed => 9,
        State::Delivered => 10,
        State::Displayed => 11,
        State::Answered => 12,
        State::Cancelled => 13,
    };
    states.into_iter().min_by_key(rank)
}

/// Why a server said no, as far as its code tells (RFC 3463).
pub fn reason(answer: &Answer, tr: &Tr) -> &'static str {
    match (answer.code, answer.enhanced) {
        (_, Some([_, 1, 1 | 10])) => tr.t("reason-mailbox"),
        (_, Some([_, 1, 2])) => tr.t("reason-domain"),
        (_, Some([_, 1, _])) => tr.t("reason-address"),
        (_, Some([_, 2, 2])) => tr.t("reason-full"),
        (_, Some([_, 2, 3] | [_, 3, 4])) => tr.t("reason-big"),
        (_, Some([_, 7, _])) => tr.t("reason-rules"),
        (552, None) => tr.t("reason-big"),
        _ => tr.t("reason-other"),
    }
}

/// How a try ended without an answer that settles it.
pub fn cause(cause: &Cause, tr: &Tr) -> &'static str {
    match cause {
        Cause::Answer(_) => tr.t("cause-answer"),
        Cause::Deadline => tr.t("cause-deadline"),
        Cause::Closed => tr.t("cause-closed"),
        Cause::Unreachable => tr.t("cause-unreachable"),
        Cause::Certificate => tr.t("cause-certificate"),
        Cause::NotAdmitted => tr.t("cause-not-admitted"),
        Cause::Protocol => tr.t("cause-protocol"),
        Cause::NoWayIn => tr.t("cause-no-way-in"),
        Cause::Stopped => tr.t("cause-stopped"),
        Cause::Store => tr.t("cause-store"),
        Cause::Unreadable => tr.t("cause-unreadable"),
        Cause::NoServer => tr.t("cause-no-server"),
    }
}

/// One piece of evidence as a step of the trail: how it looks, what it says, and the server's own words.
pub struct Step<'a> {
    pub class: Option<&'static str>,
    pub what: &'static str,
    pub why: Option<&'static str>,
    pub said: Option<&'a Answer>,
    /// It lacks proof.
    pub claimed: bool,
}

/// `None` for what is only written down for the next try.
pub fn step<'a>(fact: &'a Fact, tr: &Tr) -> Option<Step<'a>> {
    let plain = |what| Step { class: None, what, why: None, said: None, claimed: false };
    let late = |what| Step { class: Some("late"), ..plain(what) };
    let bad = |what| Step { class: Some("bad"), ..plain(what) };
    let because = |step: Step<'a>, of: &'a Cause| {
        let said = match of {
            Cause::Answer(answer) => Some(answer),
            _ => None,
        };
        Step { why: Some(cause(of, tr)), said, ..step }
    };
    Some(match fact {
        Fact::ToKeep | Fact::Keeping { .. } | Fact::Telling { .. } | Fact::NotTold => return None,
        Fact::Told => plain(tr.t("trail-told")),
        Fact::Kept => plain(tr.t("trail-copied")),
        Fact::NotKept => late(tr.t("trail-not-copied")),
        Fact::InData => plain(tr.t("trail-in-data")),
        Fact::Accepted(answer) => Step { said: Some(answer), ..plain(tr.t("trail-accepted")) },
        Fact::Refused { answer, .. } => {
            Step { said: Some(answer), why: Some(reason(answer, tr)), ..bad(tr.t("trail-refused")) }
        }
        Fact::PutOff { cause, .. } => because(late(tr.t("trail-put-off")), cause),
        Fact::Unknown(cause) => because(late(tr.t("trail-unknown")), cause),
        Fact::Abandoned => late(tr.t("trail-abandoned")),
        Fact::Resent => late(tr.t("trail-resent")),
        Fact::SignInRefused(answer) => Step { said: Some(answer), ..late(tr.t("trail-sign-in-refused")) },
        Fact::SignInGone => late(tr.t("trail-sign-in-gone")),
        Fact::SignedIn => plain(tr.t("trail-signed-in")),
        Fact::Retried => plain(tr.t("trail-retried")),
        Fact::Held => late(tr.t("trail-held")),
        Fact::Released => plain(tr.t("trail-released")),
        Fact::Cancelled => plain(tr.t("trail-cancelled")),
        Fact::Dismissed => plain(tr.t("trail-dismissed")),
        Fact::GivenUp(cause) => because(bad(tr.t("trail-given-up")), cause),
        Fact::Relayed => plain(tr.t("trail-relayed")),
        Fact::Delivered => plain(tr.t("trail-delivered")),
        Fact::Delayed => late(tr.t("trail-delayed")),
        Fact::Failed(answer) => {
            Step { said: Some(answer), why: Some(reason(answer, tr)), ..bad(tr.t("trail-failed")) }
        }
        Fact::Claimed(told) => {
            let plainly = match &**told {
                Fact::Answered => Some(tr.t("trail-claimed-answered")),
                Fact::Displayed => Some(tr.t("trail-claimed-displayed")),
                Fact::Delivered => Some(tr.t("trail-claimed-arrived")),
                _ => None,
            };
            let told = step(told, tr)?;
            Step {
                claimed: true,
                class: told.class.or(Some("said")),
                what: plainly.unwrap_or(told.what),
                ..told
            }
        }
        Fact::Processed => plain(tr.t("trail-processed")),
        Fact::Deleted => late(tr.t("trail-deleted")),
        Fact::NotProcessed(answer) => Step { said: Some(answer), ..bad(tr.t("trail-not-processed")) },
        Fact::Displayed => plain(tr.t("trail-displayed")),
        Fact::Answered => plain(tr.t("trail-answered")),
    })
}

/// What was claimed of a message, in one line.
pub fn claim(told: &Fact, at: jiff::Timestamp, tr: &Tr) -> String {
    let moment = tr.moment(at);
    let said = |key| tr.t_with(key, &[("moment", (&moment).into())]);
    match told {
        told if told.is_failure() => tr.t("claim-failed").to_owned(),
        Fact::Delivered => said("claim-arrived"),
        Fact::Displayed => said("claim-displayed"),
        Fact::Processed => said("claim-processed"),
        Fact::Answered => said("claim-answered"),
        _ => said("claim-other"),
    }
}

/// `550 5.1.1` and the words, as the server said them.
pub fn said(answer: &Answer, tr: &Tr) -> Markup {
    html! {
        (tr.t("server-says")) " "
        q {
            @if answer.code > 0 {
                span.num {
                    (answer.code)
                    @if let Some([a, b, c]) = answer.enhanced { " " (a) "." (b) "." (c) }
                }
                " "
            }
            bdi { (answer.text) }
        }
    }
}
