//! Sent mail in every state.

use maud::Markup;
use relais::{
    mailbox::missed::Span,
    outbox::{Answer, Cause, Fact, SendAgain, State},
    web::{
        door::view::Visit,
        outbox::{
            again::view::{self as again, Line, Offer, SeveralView},
            detail::{self, Awaited, DetailView, Recipient, Trail},
            view::{self, OutboxView, Row},
            words,
        },
        page::{Bar, Here, Shell, main_dock},
        problem::Kind,
    },
};

use crate::fixtures::{Fixtures, at};

pub const STATES: [State; 14] = [
    State::Waiting,
    State::Sending,
    State::Accepted,
    State::Relayed,
    State::Delivered,
    State::Displayed,
    State::Answered,
    State::Delayed,
    State::Refused,
    State::Uncertain,
    State::SignIn,
    State::Held,
    State::GivenUp,
    State::Cancelled,
];

impl Fixtures {
    fn answer(&self, code: u16, enhanced: Option<[u16; 3]>, text: &str) -> Answer {
        Answer { code, enhanced, text: self.same(text) }
    }

    fn unknown_mailbox(&self) -> Answer {
        self.answer(550, Some([5, 1, 1]), "<infirmiere.petit@cabinet.example>: Recipient address rejected")
    }

    fn sent_row(&self, who: &str, subject: &str, when: &str, state: State) -> Row {
        Row {
            href: "/outbox/0123456789abcdef0123456789abcdef".into(),
            who: self.same(who),
            when: at(when),
            subject: self.same(subject),
            needs_user: state.needs_user(),
            state,
            share: (1, 1),
            reason: None,
            due: None,
            departs: None,
            overdue: None,
            receipt: false,
            lost: false,
            claim: None,
        }
    }

    pub fn outbox(&self) -> OutboxView {
        let refused = self.sent_row(
            "infirmiere.petit@cabinet.example",
            "Ordonnance Mme D.",
            "2026-11-19T16:00:00Z",
            State::Refused,
        );
        let uncertain = self.sent_row(
            "CH Nord — secrétariat cardiologie",
            "Demande de rendez-vous, M. R.",
            "2026-11-20T10:55:00Z",
            State::Uncertain,
        );
        let group = "Équipe de garde, Samir Haddad, accueil@cabinet.example";
        let waiting = self.sent_row(group, "Planning de décembre", "2026-11-20T18:02:00Z", State::Waiting);
        let scheduled = self.sent_row("Antoine Petit", "Rappel", "2026-11-22T12:00:00Z", State::Waiting);
        let followed = self.sent_row(
            "service-enregistreur@logement.example",
            "Flux 2026-11-20-0041",
            "2026-11-20T16:40:00Z",
            State::Accepted,
        );
        let [lost, doubted, claimed] = [followed.clone(), followed.clone(), followed.clone()];
        let [answered, receipt] = [followed.clone(), followed.clone()];
        OutboxView {
            visit: None,
            span: None,
            looked: Some(at("2026-11-22T13:00:00Z")),
            attention: 6,
            rows: vec![
                Row { reason: Some(words::reason(&self.unknown_mailbox(), &self.tr)), ..refused },
                Row { due: Some(at("2026-11-22T14:30:00Z")), ..uncertain },
                Row { needs_user: true, share: (2, 14), due: Some(at("2026-11-22T13:40:00Z")), ..waiting },
                Row { needs_user: true, overdue: Some(41), ..followed },
                Row { needs_user: true, lost: true, ..lost },
                Row {
                    needs_user: true,
                    claim: Some((
                        at("2026-11-22T08:00:00Z"),
                        Fact::Claimed(Box::new(Fact::Failed(self.unknown_mailbox()))),
                    )),
                    ..doubted
                },
                Row { departs: Some(at("2026-11-23T07:00:00Z")), ..scheduled },
                Row { claim: Some((at("2026-11-22T09:10:00Z"), Fact::Displayed)), ..claimed },
                Row { claim: Some((at("2026-11-22T09:08:00Z"), Fact::Answered)), ..answered },
                Row { receipt: true, subject: self.same("Affiché : Flux 2026-11-20-0041"), ..receipt },
                self.sent_row(
                    "Laboratoire Bioval",
                    "Re: Résultats d’analyse",
                    "2026-11-22T09:05:00Z",
                    State::Accepted,
                ),
                self.sent_row(
                    "Antoine Petit",
                    "Re: garde du week-end",
                    "2026-11-21T17:52:00Z",
                    State::Displayed,
                ),
                self.sent_row("", "", "2025-02-01T08:00:00Z", State::Cancelled),
            ],
            older: Some("/outbox?before=0123456789abcdef0123456789abcdef".into()),
            further: false,
        }
    }

    /// One of each state, and nothing to do.
    pub fn calm_outbox(&self) -> OutboxView {
        let row = |state| self.sent_row("Antoine Petit", "Sujet", "2026-11-21T17:52:00Z", state);
        let rows = STATES.into_iter().filter(|state| !state.needs_user()).map(row).collect();
        OutboxView { rows, ..OutboxView::default() }
    }

    /// Refused for one of three.
    pub fn refused_detail(&self) -> DetailView {
        let person = |name: &str, address: &str, state, said| Recipient {
            name: self.same(name),
            address: self.same(address),
            state,
            said,
        };
        let step = |when: &str, whom: &[&str], fact| Trail {
            at: at(when),
            whom: whom.iter().map(|address| self.same(address)).collect(),
            fact,
        };
        let petit = "infirmiere.petit@cabinet.example";
        let others = ["labo@bioval.example", "samir.haddad@maison-sante.example"];
        let queued = self.answer(250, Some([2, 0, 0]), "Ok: queued as 4F2A91B0C3");
        let later = self.answer(451, Some([4, 3, 0]), "Try again <b>later</b>");
        DetailView {
            href: "/outbox/0123456789abcdef0123456789abcdef".into(),
            subject: self.same("Ordonnance Mme D."),
            from: self.same("claire.moreau@cabinet.example"),
            accepted: at("2026-11-19T16:00:00Z"),
            size: 48_211,
            message_id: self.same("4f2a.91b0@cabinet.example"),
            recipients: vec![
                person(petit, petit, State::Refused, Some(self.unknown_mailbox())),
                person("Laboratoire Bioval", others[0], State::Accepted, None),
                person("Samir Haddad", others[1], State::Displayed, None),
            ],
            more_recipients: 0,
            steps: vec![
                step(
                    "2026-11-19T16:00:10Z",
                    &[],
                    Fact::PutOff { stage: "mail".into(), cause: Cause::Answer(later) },
                ),
                step(
                    "2026-11-19T16:05:00Z",
                    &[petit],
                    Fact::Refused { stage: "recipient".into(), answer: self.unknown_mailbox() },
                ),
                step("2026-11-19T16:05:01Z", &others, Fact::InData),
                step("2026-11-19T16:05:02Z", &others, Fact::Accepted(queued)),
                step("2026-11-20T07:12:00Z", &others[1..], Fact::Displayed),
                step(
                    "2026-11-20T08:12:00Z",
                    &others[..1],
                    Fact::Claimed(Box::new(Fact::NotProcessed(self.answer(0, None, "902^no")))),
                ),
                step("2026-11-20T09:12:00Z", &others[..1], Fact::Claimed(Box::new(Fact::Deleted))),
                step("2026-11-20T09:13:00Z", &others[..1], Fact::Claimed(Box::new(Fact::Processed))),
            ],
            due: None,
            departs: None,
            undo: None,
            needs_sign_in: false,
            doubted: false,
            late: false,
            may_have_left: false,
            can_edit: false,
            can_release: false,
            can_cancel: false,
            can_retry: true,
            can_dismiss: true,
            again: Offer {
                verdict: Some(SendAgain::Now { recipients: 2, seen: 1 }),
                sent: vec![("/outbox/0123456789abcdef0123456789abcdee".into(), at("2026-11-21T07:12:00Z"))],
            },
            awaited: Some(Awaited {
                deadline: at("2026-11-20T16:00:00Z"),
                overdue: true,
                looked: Some(at("2026-11-22T13:00:00Z")),
            }),
            lost: true,
            too_late: false,
            token: "t0k3n".into(),
            device: Some(self.device()),
            visit: None,
            answered: None,
        }
    }

    /// Right after sending.
    pub fn accepted_detail(&self) -> DetailView {
        let detail = self.refused_detail();
        let waiting = |r: &Recipient| Recipient { state: State::Waiting, said: None, ..r.clone() };
        DetailView {
            recipients: detail.recipients.iter().skip(1).map(waiting).collect(),
            accepted: at("2026-11-22T13:09:58Z"),
            departs: Some(at("2026-11-22T13:10:08Z")),
            undo: Some(8),
            needs_sign_in: false,
            can_edit: true,
            can_release: false,
            can_cancel: true,
            can_retry: false,
            can_dismiss: false,
            steps: Vec::new(),
            ..detail
        }
    }

    /// Uncertain, after what was asked for came too late; and every other fact there is.
    pub fn uncertain_detail(&self) -> DetailView {
        let detail = self.refused_detail();
        let said = || self.answer(535, None, "5.7.8 authentication failed");
        let facts = [
            Fact::SignInRefused(said()),
            Fact::SignInGone,
            Fact::SignedIn,
            Fact::Retried,
            Fact::Cancelled,
            Fact::Dismissed,
            Fact::ToKeep,
            Fact::Kept,
            Fact::NotKept,
            Fact::GivenUp(Cause::Unreadable),
            Fact::Relayed,
            Fact::Delivered,
            Fact::Delayed,
            Fact::Failed(self.unknown_mailbox()),
            Fact::Answered,
            Fact::Resent,
            Fact::Abandoned,
            Fact::Unknown(Cause::Deadline),
        ];
        let causes = [
            Cause::Closed,
            Cause::Unreachable,
            Cause::Certificate,
            Cause::Protocol,
            Cause::NoWayIn,
            Cause::Stopped,
            Cause::Store,
            Cause::NoServer,
        ];
        let put_off = causes.into_iter().map(|cause| Fact::PutOff { stage: "connect".into(), cause });
        let steps = facts.into_iter().chain(put_off).enumerate().map(|(n, fact)| Trail {
            at: at("2026-11-21T08:00:00Z") + jiff::SignedDuration::from_mins(n as i64),
            whom: Vec::new(),
            fact,
        });
        DetailView {
            subject: String::new(),
            recipients: STATES
                .into_iter()
                .filter(|state| !matches!(state, State::Refused | State::GivenUp))
                .map(|state| Recipient { state, said: None, ..detail.recipients[0].clone() })
                .collect(),
            more_recipients: 4_800,
            steps: steps.collect(),
            due: Some(at("2026-11-22T14:30:00Z")),
            too_late: true,
            ..detail
        }
    }

    /// Taken by its server; what is said of it since lacks proof.
    pub fn followed_detail(&self) -> DetailView {
        let detail = self.refused_detail();
        let step = |when: &str, fact| Trail { at: at(when), whom: Vec::new(), fact };
        let claimed = |fact| Fact::Claimed(Box::new(fact));
        let queued = self.answer(250, Some([2, 0, 0]), "Ok: queued as 4F2A91B0C3");
        DetailView {
            recipients: detail.recipients[1..2].to_vec(),
            steps: vec![
                step("2026-11-22T08:00:01Z", Fact::InData),
                step("2026-11-22T08:00:02Z", Fact::Accepted(queued)),
                step("2026-11-22T08:10:00Z", claimed(Fact::Delivered)),
                step("2026-11-22T09:08:00Z", claimed(Fact::Displayed)),
                step("2026-11-22T09:10:00Z", claimed(Fact::Answered)),
            ],
            accepted: at("2026-11-22T08:00:00Z"),
            again: Offer { verdict: Some(SendAgain::Later(at("2026-11-22T13:15:00Z"))), sent: Vec::new() },
            awaited: Some(Awaited { deadline: at("2026-11-23T08:00:00Z"), overdue: false, looked: None }),
            can_retry: false,
            can_dismiss: false,
            lost: false,
            ..detail
        }
    }

    /// What can be sent again, and what cannot.
    pub fn several(&self) -> SeveralView {
        let line = |who: &str, subject: &str, verdict, wanted| Line {
            id: "0123456789abcdef0123456789abcdef".into(),
            href: "/outbox/0123456789abcdef0123456789abcdef".into(),
            who: self.same(who),
            subject: self.same(subject),
            when: at("2026-11-20T16:40:00Z"),
            verdict,
            wanted,
        };
        let now = SendAgain::Now { recipients: 1, seen: 0 };
        SeveralView {
            lines: vec![
                line("service-enregistreur@logement.example", "Flux 2026-11-20-0041", now, true),
                line("Équipe de garde, Samir Haddad, accueil@cabinet.example", "", now, false),
                line(
                    "CH Nord — secrétariat cardiologie",
                    "Demande de rendez-vous, M. R.",
                    SendAgain::InFlight,
                    false,
                ),
                line("Antoine Petit", "Rappel", SendAgain::Later(at("2026-11-22T13:15:00Z")), false),
                line("Laboratoire Bioval", "Commande", SendAgain::Often, false),
            ],
            token: "t0k3n".into(),
            span: None,
            listed: 5,
            older: None,
            done: Some(2),
            left: Some(1),
            problem: Some(Kind::SendLimit { until: at("2026-11-22T13:15:00Z") }.into()),
        }
    }

    pub fn outbox_page(&self, view: &OutboxView) -> Markup {
        let tr = &self.tr;
        if view.visit.is_some() {
            let bar = Bar::Titled { back: None, title: tr.t("outbox-title").into() };
            return self
                .page(tr.t("outbox-title"), None, Shell::Column { bar })
                .whole(view::render(view, tr));
        }
        let (back, save) = ("/mail/INBOX".into(), "/outbox/report.csv".into());
        let bar = Bar::Sent { back, title: tr.t("outbox-title").into(), save };
        let dock = main_dock(tr, Here::Outbox, view.attention);
        let folders = self.folders();
        self.page(tr.t("outbox-title"), None, Shell::List { bar, rail: Some(&folders), dock })
            .whole(view::render(view, tr))
    }

    /// After closing: what may be read of it.
    pub fn visit(&self, save: bool) -> Visit {
        Visit {
            closed: at("2026-11-22T12:00:00Z"),
            until: at("2026-12-22T12:00:00Z"),
            address: self.same("claire.moreau@cabinet.example"),
            token: "t0k3n".into(),
            wipe: "relais 0123".into(),
            save: save.then(|| "/outbox/report.csv".into()),
        }
    }

    pub fn detail_page(&self, view: &DetailView) -> Markup {
        let tr = &self.tr;
        let bar = Bar::Titled { back: Some("/outbox".into()), title: tr.t("outbox-one").into() };
        if view.visit.is_some() {
            return self
                .page(tr.t("outbox-one"), None, Shell::Column { bar })
                .whole(detail::render(view, tr));
        }
        let dock = main_dock(tr, Here::Outbox, 0);
        let folders = self.folders();
        self.page(tr.t("outbox-one"), None, Shell::Message { bar, rail: Some(&folders), list: None, dock })
            .whole(detail::render(view, tr))
    }

    pub fn outbox_pages(&self) -> Vec<(String, Markup)> {
        let span = Some(Span { from: at("2026-11-03T07:10:00Z"), to: at("2026-11-21T16:30:00Z") });
        vec![
            ("outbox".into(), self.outbox_page(&self.outbox())),
            ("outbox-calm".into(), self.outbox_page(&self.calm_outbox())),
            ("outbox-empty".into(), self.outbox_page(&OutboxView::default())),
            ("outbox-between".into(), self.outbox_page(&OutboxView { span, ..self.outbox() })),
            ("outbox-between-none".into(), self.outbox_page(&OutboxView { span, ..OutboxView::default() })),
            ("outbox-refused".into(), self.detail_page(&self.refused_detail())),
            (
                "outbox-after".into(),
                self.outbox_page(&OutboxView { visit: Some(self.visit(true)), ..self.outbox() }),
            ),
            (
                "outbox-refused-after".into(),
                self.detail_page(
                    &DetailView {
                        visit: Some(self.visit(false)),
                        again: Offer::default(),
                        ..self.refused_detail()
                    }
                    .without_acts(),
                ),
            ),
            ("outbox-accepted".into(), self.detail_page(&self.accepted_detail())),
            ("outbox-uncertain".into(), self.detail_page(&self.uncertain_detail())),
            ("outbox-followed".into(), self.detail_page(&self.followed_detail())),
            (
                "outbox-again".into(),
                self.column_page(self.tr.t("again-several"), again::several(&self.several(), &self.tr)),
            ),
            (
                "outbox-again-gone".into(),
                self.column_page(
                    self.tr.t("again-several"),
                    again::several(&SeveralView { span, listed: 3, ..SeveralView::default() }, &self.tr),
                ),
            ),
        ]
    }
}
