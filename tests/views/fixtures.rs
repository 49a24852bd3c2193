//! One of everything people see, with realistic data in both languages: for the snapshots, the pseudo-locale test and
//! the gallery.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp, civil::date, tz::TimeZone};
use maud::{Markup, html};
use relais::{
    imap::{
        fetch::Whom,
        sort::{Key, Order},
    },
    locale::{Lang, Tr},
    mailbox::{lane::Wanted, sort::Unsorted},
    message::compose::{Email, Person as Recipient, guard::Doubt},
    message::{
        html::Clean,
        lane::{Lane, Reason, Verdict},
        query,
    },
    outbox::{BlobId, Staged},
    status::measure::{Day, Figure, Found, Measure, Observed, Queue, Server, Shown},
    store::Sender,
    web::{
        about::view::AboutView,
        act::verb::Verb,
        compose::{
            device::Device,
            filled::{Filled, Mode, Offer, Source},
            view::{ComposeView, Wrong},
        },
        door::{Shut, view::DoorView},
        folders::view::{Account, Folder, FoldersView, Group, GroupKind, OutboxLink, Role, Unread},
        lane::{
            Asked as LaneAsked,
            view::Looked,
            why::{Mover, Why},
        },
        list::view::{Empty, ListView, PageOf, Preview, Row},
        login::view::LoginView,
        message::{
            body,
            headers::HeadersView,
            letter::{Body, File, Images, Late, Letter, OtherForm, Person, Warning, Where},
            receipt::view::Asked,
            text::{Block, Span, Text},
            thread::view::ThreadView,
            view::{Acknowledged, Act, Answers, MessageView, OpenMark, Seen},
        },
        missed::{
            self,
            line::{self, LineView},
            view::{ChooseView, GroupView, Known, MoreView, Part, TopView},
        },
        page::{self, Bar, Here, Level, NoticeBar, Page, Shell, main_dock},
        problem::{Kind, Problem, Stage},
        search::{
            self,
            view::{SearchView, Tabs, Told},
        },
        settings::{
            identity::{Flaw, Identity},
            senders::view::SendersView,
            sessions::view::{Line, SessionsView},
            view::SettingsView,
        },
        sort::{
            self,
            view::{SortView, Sorted, UnsortedView},
        },
        stale::view::StaleView,
        status::view::{Notice, Software, SoftwareState, StatusView, When},
        *,
    },
};

/// Which words, and what becomes of the data.
pub struct Fixtures {
    pub tr: Tr,
    pub french: bool,
    /// Every letter of the data becomes δ, so that only the words of the program have Latin letters.
    pub masked: bool,
}

pub fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

pub fn now() -> Timestamp {
    at("2026-11-22T13:10:00Z")
}

pub fn paris() -> TimeZone {
    TimeZone::get("Europe/Paris").expect("a zone")
}

impl Fixtures {
    pub fn new(lang: Lang) -> Fixtures {
        Fixtures { tr: Tr::new(lang, paris(), now()), french: lang == Lang::Fr, masked: false }
    }

    fn d(&self, fr: &str, en: &str) -> String {
        let text = if self.french { fr } else { en };
        if self.masked {
            text.chars().map(|c| if c.is_alphabetic() { 'δ' } else { c }).collect()
        } else {
            text.to_owned()
        }
    }

    pub fn same(&self, text: &str) -> String {
        self.d(text, text)
    }

    fn person(&self, name: &str, email: &str) -> Person {
        Person { name: (!name.is_empty()).then(|| self.same(name)), email: self.same(email) }
    }

    fn notice_bar(&self) -> NoticeBar {
        NoticeBar {
            level: Level::Degraded,
            text: self.d("lire et envoyer depuis cette page", "reading and sending from this page"),
            ..NoticeBar::default()
        }
    }

    /// What is for one account alone.
    fn own_notice(&self) -> NoticeBar {
        let title = self.d("Votre boîte est en cours de réparation", "Your mailbox is being repaired");
        NoticeBar {
            level: Level::Degraded,
            title: title.clone(),
            own: vec![Notice {
                level: Level::Degraded,
                title,
                works: vec![self.d("les messages d’avant le 3 novembre", "messages of before 3 November")],
                todo: vec![self.d("ne supprimez rien", "delete nothing")],
                next_update: Some(When::Moment(at("2026-11-22T15:00:00Z"))),
                phone: Some("0 806 000 001".into()),
                ..Notice::default()
            }],
            others: 2,
            ..NoticeBar::default()
        }
    }

    fn folder(&self, name: &str, role: Option<Role>, unread: u64, children: Vec<Folder>) -> Folder {
        Folder {
            name: self.same(name),
            role,
            href: Some(format!("/mail/{}", if role == Some(Role::Inbox) { "INBOX" } else { name })),
            unread: Some(unread),
            current: role == Some(Role::Inbox),
            children,
        }
    }

    pub fn folders(&self) -> FoldersView {
        let patients = vec![
            self.folder("2026", None, 3, vec![]),
            self.folder("Très long nom de dossier que quelqu’un a vraiment écrit", None, 0, vec![]),
        ];
        FoldersView {
            counts: "/folders/rail?in=INBOX".into(),
            old: true,
            own: vec![
                self.folder("Patients", None, 0, patients),
                self.folder("Sent", Some(Role::Sent), 0, vec![]),
                self.folder("INBOX", Some(Role::Inbox), 128, vec![]),
                self.folder("Drafts", Some(Role::Drafts), 2, vec![]),
                self.folder("Archive", Some(Role::Archive), 0, vec![]),
                self.folder("Junk", Some(Role::Junk), 1_204, vec![]),
                self.folder("Trash", Some(Role::Trash), 0, vec![]),
            ],
            groups: vec![Group {
                kind: GroupKind::OtherUsers,
                folders: vec![Folder {
                    name: self.same("accueil"),
                    href: None,
                    children: vec![self.folder("Urgences", None, 12, vec![])],
                    ..Folder::default()
                }],
            }],
            outbox: OutboxLink::default(),
            account: Account {
                address: self.same("claire.moreau@cabinet.example"),
                token: "t0k3n".into(),
                here: "/folders".into(),
                wipe: "relais 0wn3r".into(),
                beside: 0,
            },
            full: None,
            alert: None,
        }
    }

    fn row(&self, uid: u32, who: &str, when: &str, subject: &str, preview: &str) -> Row {
        Row {
            uid,
            href: format!("/mail/INBOX/1700000000-{uid}"),
            who: self.same(who),
            when: Some(at(when)),
            subject: self.same(subject),
            preview: Preview::Known(self.same(preview)),
            ..Row::default()
        }
    }

    pub fn list(&self) -> ListView {
        let r = |uid, who, when, subject, preview| self.row(uid, who, when, subject, preview);
        let rows = vec![
            Row {
                unread: true,
                documents: 2,
                late: Some(SignedDuration::from_hours(26)),
                ..r(
                    909,
                    "Laboratoire Bioval",
                    "2026-11-22T08:42:00Z",
                    "Résultats d’analyse — NFS, CRP",
                    "Bonjour Docteur, veuillez trouver ci-joint le compte rendu du prélèvement",
                )
            },
            Row {
                unread: true,
                ..r(
                    908,
                    "Claire Moreau, Samir Haddad",
                    "2026-11-22T07:15:00Z",
                    "Sortie de Mme D. — relais à domicile",
                    "D’accord pour la première visite jeudi matin. Peux-tu prévenir",
                )
            },
            Row {
                answered: true,
                ..r(
                    907,
                    "CH Nord — secrétariat cardiologie",
                    "2026-11-22T06:58:00Z",
                    "Convocation du 2 décembre",
                    "Votre patient est attendu à 8 h 30, à jeun, muni de sa carte",
                )
            },
            r(
                906,
                "Antoine Petit",
                "2026-11-21T17:40:00Z",
                "Re: garde du week-end",
                "Je prends samedi, tu prends dimanche, et on échange en janvier",
            ),
            Row {
                unread: true,
                flagged: true,
                ..r(
                    905,
                    "Pharmacie du Marché",
                    "2026-11-21T15:05:00Z",
                    "Ordonnance à préciser",
                    "Le dosage de la deuxième ligne est illisible, pouvez-vous rappeler",
                )
            },
            Row {
                documents: 1,
                forwarded: true,
                preview: Preview::Later,
                ..r(
                    904,
                    "Maison de santé",
                    "2026-11-21T10:20:00Z",
                    "Compte rendu de la réunion de coordination",
                    "",
                )
            },
            Row {
                uid: 903,
                href: "/mail/INBOX/1700000000-903".into(),
                when: Some(at("2026-11-19T10:00:00Z")),
                too_complex: true,
                ..Row::default()
            },
            Row {
                documents: 3,
                ..r(
                    902,
                    "Dr El Idrissi",
                    "2026-11-19T08:03:00Z",
                    "Avis dermato, photo jointe",
                    "Lésion évolutive depuis trois semaines, bords irréguliers",
                )
            },
            Row { preview: Preview::None, ..r(901, "", "2025-02-01T08:03:00Z", "", "") },
        ];
        ListView {
            tabs: Some(Tabs { path: "/mail/INBOX".into(), current: None, filters: true }),
            path: "/mail/INBOX".into(),
            uidvalidity: 1_700_000_000,
            rows,
            older: Some("/mail/INBOX?older=1700000000-901".into()),
            page: Some(PageOf { n: 1, of: 19_214 }),
            ..ListView::default()
        }
    }

    /// A page of what matters, full.
    pub fn priority_list(&self) -> ListView {
        let mut view = self.list();
        view.rows.truncate(5);
        view.rows[0].for_software = true;
        let lane = LaneAsked { wanted: Wanted::Priority, older: None };
        let back_to = view.rows.last().and_then(|row| row.when);
        ListView {
            tabs: view.tabs.map(|tabs| Tabs { current: Some("priority"), ..tabs }),
            older: Some("/mail/INBOX?older=1700000000-901&lane=priority".into()),
            page: None,
            looked: Some(Looked { lane, whole: false, back_to, further: None, broken: None }),
            ..view
        }
    }

    /// Of what advertises there was little in what was looked at.
    pub fn commercial_list(&self) -> ListView {
        let lane = LaneAsked { wanted: Wanted::Commercial, older: None };
        let mut view = self.priority_list();
        view.rows.truncate(1);
        view.rows[0].for_software = false;
        let looked = Looked {
            lane,
            whole: false,
            back_to: Some(now() - jiff::SignedDuration::from_hours(9_000)),
            further: Some((1_700_000_000, 16_900)),
            broken: None,
        };
        ListView {
            tabs: view.tabs.map(|tabs| Tabs { current: Some("commercial"), ..tabs }),
            older: None,
            looked: Some(looked),
            ..view
        }
    }

    /// Fifty rows, as a full page has.
    pub fn full_list(&self) -> ListView {
        let mut view = self.list();
        let pattern = view.rows.clone();
        view.rows = (0..50u32)
            .map(|i| {
                let mut row = pattern[i as usize % pattern.len()].clone();
                row.uid = 18_000 - i;
                row.href = format!("/mail/INBOX/1700000000-{}", row.uid);
                row.when = Some(now() - jiff::SignedDuration::from_mins(i64::from(i) * 137));
                row
            })
            .collect();
        view
    }

    pub fn empty_list(&self) -> ListView {
        ListView {
            path: "/mail/Archive".into(),
            uidvalidity: 7,
            empty: Some(Empty::ServerSaidSo),
            ..ListView::default()
        }
    }

    /// Everything a list can say above its rows.
    pub fn troubled_list(&self) -> ListView {
        ListView {
            dates_in_disorder: true,
            alert: Some(self.same("Mailbox is at 98% of its quota <b>now</b>")),
            newer: Some("/mail/INBOX?newer=1700000000-909".into()),
            ..self.list()
        }
    }

    /// By sender, the second page, after mail came.
    pub fn sorted_list(&self) -> ListView {
        let mut view = self.list();
        view.rows.sort_by(|a, b| a.who.cmp(&b.who));
        ListView {
            tabs: None,
            newer: Some("/mail/INBOX?sort=from&order=asc&of=4120".into()),
            older: Some("/mail/INBOX?sort=from&order=asc&page=3&of=4120".into()),
            page: Some(PageOf { n: 2, of: 83 }),
            sorted: Some(Sorted {
                order: Order { key: Key::Who, descending: false },
                whom: Whom::Authors,
                at: now(),
                by_address: true,
                moved: true,
            }),
            ..view
        }
    }

    /// By size, in a mailbox of sent mail.
    pub fn list_by_size(&self) -> ListView {
        let mut view = self.list();
        for (row, size) in view.rows.iter_mut().zip([24_310_000, 8_400_000, 612_000, 48_000, 9_100]) {
            row.size = Some(size);
        }
        ListView {
            tabs: None,
            page: Some(PageOf { n: 1, of: 1 }),
            older: None,
            sorted: Some(Sorted {
                order: Order { key: Key::Size, descending: true },
                whom: Whom::Recipients,
                at: now(),
                by_address: false,
                moved: false,
            }),
            ..view
        }
    }

    /// Why a mailbox is not sorted, each.
    pub fn unsorted(&self) -> Vec<(&'static str, UnsortedView)> {
        let view = |why| UnsortedView {
            path: "/mail/INBOX".into(),
            why,
            seconds: 10,
            retry: "sort=from&order=asc".into(),
        };
        vec![
            ("sort-too-many", view(Unsorted::TooMany { exists: 1_204_310, most: 50_000 })),
            ("sort-off", view(Unsorted::TooMany { exists: 12, most: 0 })),
            ("sort-unable", view(Unsorted::Unable { exists: 31_200, most: 2_000 })),
            ("sort-too-slow", view(Unsorted::TooSlow)),
        ]
    }

    /// The way to a span, and what arrived in one: a mailbox that cannot be read, one with more than fits.
    fn missed(&self) -> Vec<(&'static str, Markup)> {
        let tr = &self.tr;
        let (from, to) = (at("2026-11-03T07:10:00Z"), at("2026-11-21T16:30:00Z"));
        let href = "/missed?from=2026-11-03T07:10:00Z&to=2026-11-21T16:30:00Z".to_owned();
        let known = |title: String, to| Known { title, from, to, href: href.clone() };
        let choose = ChooseView {
            token: "t0ken".into(),
            known: vec![
                known(self.d("Messagerie perturbée", "Mail is disturbed"), None),
                known(self.same("Logiciel A"), Some(to)),
            ],
            from: "2026-11-03T08:10".into(),
            to: String::new(),
            wrong: true,
        };
        let counts = |arrived, to_read, filed| relais::mailbox::missed::Counts { arrived, to_read, filed };
        let mut list = self.list();
        list.rows.truncate(3);
        for row in &mut list.rows {
            (row.read_elsewhere, row.unread) = (!row.unread, row.unread);
        }
        let group =
            GroupView { name: tr.t("role-inbox").into(), part: Part::People, list, token: "t0ken".into() };
        let more = MoreView {
            name: tr.t("role-inbox").into(),
            n: 28,
            href: format!("{href}&box=INBOX&older=1700000000-901"),
        };
        let broke = Problem::from(Kind::TooBig);
        let page = html! {
            (missed::view::top(&TopView { span: relais::mailbox::missed::Span { from, to }, here: "/missed".into() }, tr))
            (missed::view::counted(tr.t("role-inbox"), counts(212, 31, 1), true, false, tr))
            (missed::view::sick(tr.t("role-archive"), &broke, tr))
            (missed::view::counted(tr.t("role-trash"), counts(1, 0, 0), false, true, tr))
            (missed::view::later(2, &format!("{href}&begin=Zoo"), tr))
            (missed::view::total(counts(213, 31, 1), 3, tr))
            (missed::view::clinical_among(Some(300), false, tr))
            (missed::view::group(&group, tr))
            (missed::view::more(&more, tr))
            (missed::view::nothing(counts(213, 0, 1), tr))
            (missed::view::end(&href.replace("/missed?", ""), tr))
        };
        let span = relais::mailbox::missed::Span { from, to };
        let line = LineView { from, to, part: href.replace("/missed?", ""), token: Some("t0ken".into()) };
        let lines = html! {
            (line::line(&line, tr))
            @for (arrived, to_read, cut) in [(214, 31, false), (1, 1, false), (12, 0, false), (0, 0, false), (20_000, 1, true)] {
                (line::numbers(span, counts(arrived, to_read, 0), cut, tr))
            }
        };
        vec![("missed-line", lines), ("missed-choose", missed::view::choose(&choose, tr)), ("missed", page)]
    }

    pub fn message(&self) -> MessageView {
        MessageView {
            list_href: "/mail/INBOX".into(),
            newer: Some("/mail/INBOX/1700000000-910".into()),
            older: Some("/mail/INBOX/1700000000-908".into()),
            content: self.letter(),
            why: Some(Why {
                verdict: Verdict { lane: Lane::People, reasons: vec![Reason::Trusted, Reason::MailProgram] },
                mover: Some(self.mover(None)),
            }),
            answers: Answers {
                reply: "/compose?reply=INBOX/1700000000-909".into(),
                all: Some("/compose?all=INBOX/1700000000-909".into()),
                forward: "/compose?forward=INBOX/1700000000-909".into(),
                attach: "/compose?attach=INBOX/1700000000-909".into(),
                edit: "/compose?edit=INBOX/1700000000-909".into(),
                draft: false,
                acknowledge: true,
            },
            raw_href: "/mail/INBOX/1700000000-909/raw".into(),
            acknowledged: None,
            receipt: None,
            headers_href: "/mail/INBOX/1700000000-909/headers".into(),
            way_href: "/mail/INBOX/1700000000-909/way".into(),
            thread: Some(message::thread::view::Asked {
                href: "/mail/INBOX/1700000000-909/thread".into(),
                by_itself: true,
            }),
            save_href: "/mail/INBOX/save".into(),
            seen: Seen { on_server: false, can_change: true },
            act: Some(Act {
                href: "/mail/INBOX/act".into(),
                token: "t0k3n".into(),
                uidvalidity: 1_700_000_000,
                uid: 909,
                back: "/mail/INBOX/1700000000-909".into(),
            }),
            verbs: vec![
                Verb::Archive,
                Verb::Delete,
                Verb::Move,
                Verb::Flag,
                Verb::Done,
                Verb::Copy,
                Verb::Junk,
            ],
            told: None,
            open_mark: OpenMark::OpenedAndSeen,
            attention: 0,
            alert: None,
        }
    }

    /// Its sender wants to know whether it was read.
    fn mover(&self, chosen: Option<Lane>) -> Mover {
        Mover {
            token: "t0k3n".into(),
            address: self.same("resultats@bioval.example"),
            back: "/mail/INBOX/1700000000-909".into(),
            chosen,
        }
    }

    pub fn senders(&self) -> SendersView {
        let sender = |address: &str, lane| Sender { address: self.same(address), lane };
        SendersView {
            token: "t0k3n".into(),
            senders: vec![
                sender("contact@librairie.example", Lane::People),
                sender("lettre-quotidienne@actualites-de-la-region.example", Lane::Advertising),
            ],
        }
    }

    pub fn message_with_a_wish(&self) -> MessageView {
        let receipt = Asked {
            who: self.same("Laboratoire Bioval <resultats@bioval.example>"),
            href: "/mail/INBOX/1700000000-909/receipt".into(),
            token: "t0k3n".into(),
        };
        MessageView { receipt: Some(receipt), ..self.message() }
    }

    fn letter(&self) -> Letter {
        Letter {
            subject: self.same("Résultats d’analyse — NFS, CRP"),
            from: vec![self.person("Laboratoire Bioval", "resultats@bioval.example")],
            to: vec![self.person("Dr Claire Moreau", "claire.moreau@cabinet.example")],
            cc: vec![self.person("", "secretariat@cabinet.example")],
            to_me: true,
            sent: Some(at("2026-11-21T06:40:00Z")),
            arrived: Some(at("2026-11-22T08:42:00Z")),
            late: Some(Late {
                by: SignedDuration::from_hours(26),
                at: Where::Operator,
                href: "/mail/INBOX/1700000000-909/way".into(),
            }),
            files: vec![
                File {
                    part: "2".into(),
                    name: self.same("compte-rendu-de-biologie.pdf"),
                    kind: self.same("PDF"),
                    size: Some(1_234_567),
                    open: Some("/mail/INBOX/1700000000-909/part/2?open=1".into()),
                    save: "/mail/INBOX/1700000000-909/part/2".into(),
                },
                File {
                    part: "3".into(),
                    name: String::new(),
                    kind: String::new(),
                    size: Some(184_320),
                    open: None,
                    save: "/mail/INBOX/1700000000-909/part/3".into(),
                },
            ],
            body: Body::Text(self.text()),
            ..Letter::default()
        }
    }

    fn text(&self) -> Text {
        let line = |text: &str| vec![Span::Text(self.same(text))];
        let quote = |depth, text: &str| Block::Quote { depth, lines: vec![line(text)] };
        let linked = vec![
            Span::Text(self.same("Veuillez trouver ci-joint le compte rendu. Détail : ")),
            Span::Link {
                url: "https://bioval.example/r/12".into(),
                text: self.same("https://bioval.example/r/12"),
            },
            Span::Text(self.same(" ou ")),
            Span::Mail {
                address: "labo+été&x=y@bioval.example".into(),
                text: self.same("labo@bioval.example"),
            },
            Span::Text(self.same(", mais pas ")),
            Span::Link { url: "javascript:alert(1)".into(), text: self.same("ce piège") },
        ];
        Text {
            blocks: vec![
                Block::Paragraph(vec![line("Bonjour Docteur,")]),
                Block::Paragraph(vec![linked]),
                Block::Paragraph(vec![line("Bien confraternellement,"), line("Dr Inès Laurent")]),
                Block::Quote {
                    depth: 1,
                    lines: vec![line("Pouvez-vous m’envoyer les résultats de Mme D. ?"), line("Merci.")],
                },
                quote(2, "Ils sont prêts demain."),
                quote(1, "Parfait."),
                Block::Signature(vec![line("Laboratoire Bioval"), line("12 rue des Lilas")]),
            ],
            truncated: false,
        }
    }

    /// HTML with blocked images, doubts, and a message forwarded inside.
    pub fn doubtful_message(&self) -> MessageView {
        let inner = Letter {
            subject: String::new(),
            from: vec![self.person("Samir Haddad", "samir.haddad@maison-sante.example")],
            to: vec![self.person("", "accueil@cabinet.example")],
            more_recipients: 9_999,
            sent_as_written: Some(self.same("Tomorrow, maybe")),
            ..Letter::default()
        };
        MessageView {
            why: Some(Why {
                verdict: Verdict { lane: Lane::Advertising, reasons: vec![Reason::Chosen] },
                mover: Some(self.mover(Some(Lane::Advertising))),
            }),
            content: Letter {
                from: vec![self.person("direction@banque.example", "x81@promo.example")],
                reply_to: vec![self.person("", "reponse@ailleurs.example")],
                sender: Some(self.person("", "bounce@promo.example")),
                warnings: vec![
                    Warning::NameShowsOtherAddress,
                    Warning::AnswersGoElsewhere,
                    Warning::UnclearSender,
                ],
                body: Body::Html {
                    src: "frame.html".into(),
                    images: Images::Blocked { n: 12, allow: "/mail/INBOX/1700000000-909?images=1".into() },
                },
                other_form: Some(OtherForm::AsText("/mail/INBOX/1700000000-909?form=text".into())),
                nested: vec![inner],
                incomplete: true,
                ..self.letter()
            },
            seen: Seen { on_server: true, can_change: true },
            open_mark: OpenMark::None,
            alert: Some(self.same("Server restarts at 18:00")),
            ..self.message()
        }
    }

    /// A message that names nobody, says nothing, and whose text could not be fetched.
    pub fn bare_messages(&self) -> Vec<MessageView> {
        let with =
            |body| MessageView { content: Letter { body, ..Letter::default() }, act: None, ..self.message() };
        let failed = Problem::from(Kind::Broke { server: self.same("mail.example"), stage: Stage::Read });
        let nested = (0..8).fold(Letter::default(), |inner, _| Letter {
            other_form: Some(OtherForm::AsHtml("?form=html".into())),
            nested: vec![inner],
            ..Letter::default()
        });
        let one = Letter { to: vec![self.person("Ann", "ann@x.example")], ..Letter::default() };
        vec![
            with(Body::Nothing),
            with(Body::Failed(Box::new(failed))),
            with(Body::Text(Text { blocks: vec![], truncated: true })),
            MessageView { content: nested, ..self.message() },
            MessageView { content: one, ..self.message() },
            MessageView { content: Letter { to_me: true, ..Letter::default() }, ..self.message() },
        ]
    }

    pub fn headers(&self) -> HeadersView {
        HeadersView {
            subject: self.same("Résultats d’analyse — NFS, CRP"),
            fields: vec![
                (self.same("Received"), self.same("from mx.bioval.example by mail.example with ESMTPS id 4F2; Sun, 22 Nov 2026 08:42:00 +0000")),
                (self.same("From"), self.same("Laboratoire Bioval <resultats@bioval.example>")),
                (self.same("X-Odd"), self.same("<script>alert(1)</script>")),
            ],
            cut: true,
            raw_href: "/mail/INBOX/1700000000-909/raw".into(),
        }
    }

    pub fn login(&self) -> LoginView {
        LoginView {
            organisation: self.same("Cabinet des Lilas"),
            help: Some(self.d(
                "Votre logiciel ne reçoit plus vos messages ? Ils sont tous ici.",
                "Your software no longer receives your mail? All of it is here.",
            )),
            phone: Some("0 806 000 000".into()),
            password_reset: Some("https://compte.cabinet.example/".into()),
            here: "/login?next=/mail/INBOX".into(),
            token: "t0k3n".into(),
            next: Some("/mail/INBOX".into()),
            signed_out: true,
            ..LoginView::default()
        }
    }

    /// What the door says, by name.
    pub fn doors(&self) -> Vec<(&'static str, DoorView)> {
        let (closed, until) = (at("2026-11-22T12:00:00Z"), at("2026-12-22T12:00:00Z"));
        let view = |shut| DoorView {
            shut,
            organisation: self.same("Cabinet des Lilas"),
            phone: Some("0 806 000 000".into()),
            token: "t0k3n".into(),
            here: "/".into(),
            kept: Vec::new(),
        };
        let letter = vec![
            (self.tr.t("field-to").to_owned(), self.same("antoine.petit@cabinet.example")),
            (self.tr.t("message-title").to_owned(), self.same("Cher confrère,\n</textarea>")),
        ];
        vec![
            ("door-before", view(Shut::Before { opens: at("2026-11-23T07:00:00Z") })),
            ("door-away", view(Shut::Away)),
            ("door-suivi", view(Shut::Suivi { closed, until })),
            ("door-letter", DoorView { kept: letter, ..view(Shut::Suivi { closed, until }) }),
            ("door-over", view(Shut::Over { closed })),
        ]
    }

    pub fn door_page(&self, view: &DoorView) -> Markup {
        let title = door::view::title(view.shut, &self.tr);
        self.page(title, None, Shell::Gate).whole(door::view::render(view, &self.tr))
    }

    pub fn refused_login(&self) -> LoginView {
        let kind = Kind::TimedOut { server: self.same("mail.example"), stage: Stage::Greeting, seconds: 10 };
        LoginView {
            username: self.same("claire.moreau@cabinet.example"),
            shared: true,
            problem: Some(kind.into()),
            ..self.login()
        }
    }

    /// An answer that is being written.
    pub fn acknowledged_message(&self) -> MessageView {
        let acknowledged = Acknowledged {
            href: "/outbox/0123".into(),
            here: "/mail/INBOX/1700000000-909".into(),
            token: "t0k3n".into(),
            undo: Some(8),
        };
        MessageView { acknowledged: Some(acknowledged), ..self.message() }
    }

    pub fn search(&self) -> SearchView {
        SearchView {
            path: "/mail/INBOX".into(),
            token: "t0k3n".into(),
            year: 2026,
            month: 11,
            ..SearchView::default()
        }
    }

    pub fn search_doubtful(&self) -> SearchView {
        let typed = self.d("bilan avant:mardi dans:Rien", "results before:tuesday in:Nothing");
        let doubts = vec![
            query::Doubt::Date(self.d("mardi", "tuesday")),
            query::Doubt::Size(self.same("gros")),
            query::Doubt::Mark(self.same("bleu")),
            query::Doubt::Has(self.same("fun")),
            query::Doubt::TooLong,
            query::Doubt::TooMany,
        ];
        let told = Some(Told::NoMailbox(self.d("Rien", "Nothing")));
        SearchView { typed, doubts, told, ..self.search() }
    }

    /// A conversation of three, of which one is in another mailbox, looked for as far as there was time.
    pub fn thread(&self) -> ThreadView {
        let row = |n: u32, at_: &str| message::thread::view::Row {
            href: format!("/mail/INBOX/1700000000-{n}"),
            who: self.same("Laboratoire Bioval"),
            when: Some(at(at_)),
            subject: self.d("Re: Résultats d’analyse", "Re: Test results"),
            ..Default::default()
        };
        let rows = vec![
            message::thread::view::Row { documents: 2, ..row(901, "2026-11-20T10:00:00Z") },
            message::thread::view::Row { this: true, ..row(909, "2026-11-22T08:42:00Z") },
            message::thread::view::Row {
                href: "/mail/Sent/1700000001-3".into(),
                mailbox: Some(self.d("Envoyés", "Sent")),
                ..row(3, "2026-11-22T09:05:00Z")
            },
            message::thread::view::Row {
                unread: true,
                subject: String::new(),
                who: String::new(),
                ..row(911, "2026-11-22T09:41:00Z")
            },
        ];
        let end = message::thread::view::End {
            mailbox: self.d("Envoyés", "Sent"),
            back_to: Some(at("2026-09-02T08:00:00Z")),
            up_to: Some(at("2026-11-22T09:05:00Z")),
        };
        ThreadView {
            rows,
            places: vec![self.d("Réception", "Inbox"), self.d("Envoyés", "Sent")],
            ends: vec![end],
            whole: false,
            more: true,
            further: Some("/mail/INBOX?s=5ea1ed".into()),
        }
    }

    pub fn thread_alone(&self) -> ThreadView {
        let this = self.thread().rows.remove(1);
        ThreadView { rows: vec![this], ends: vec![], whole: true, more: false, ..self.thread() }
    }

    pub fn settings(&self) -> SettingsView {
        let identity = |address: &str, name: &str, reply_to: &str, signature: String| Identity {
            address: self.same(address),
            name: self.same(name),
            reply_to: self.same(reply_to),
            signature,
            follow: true,
        };
        SettingsView {
            token: "t0k3n".into(),
            identities: vec![
                identity(
                    "claire.moreau@cabinet.example",
                    "Dr Claire Moreau",
                    "",
                    self.d("Dr Claire Moreau\nCabinet des Tilleuls", "Dr Claire Moreau\nLinden practice"),
                ),
                identity("secretariat@cabinet.example", "", "rien", String::new()),
            ],
            flaws: vec![(1, Flaw::ReplyTo)],
            saved: false,
        }
    }

    pub fn sessions(&self) -> SessionsView {
        let line = |name: &str, device: &str, network: &str, since: &str, used: &str| Line {
            name: name.into(),
            device: self.same(device),
            shared: false,
            network: network.parse().ok().filter(|_| !self.masked),
            since: at(since),
            used: at(used),
            or_later: false,
            here: false,
        };
        SessionsView {
            token: "t0k3n".into(),
            lines: vec![
                Line {
                    here: true,
                    ..line(
                        "1",
                        "Firefox, Android",
                        "192.0.2.0",
                        "2026-11-21T07:40:00Z",
                        "2026-11-21T09:40:00Z",
                    )
                },
                line("2", "Chrome, Windows", "192.0.2.0", "2026-11-16T07:12:00Z", "2026-11-16T19:12:00Z"),
                Line {
                    shared: true,
                    or_later: true,
                    ..line("3", "", "2001:db8:7::", "2026-11-14T18:05:00Z", "2026-11-20T18:05:00Z")
                },
            ],
            ended: Some(1),
        }
    }

    pub fn compose(&self) -> ComposeView {
        let filled = Filled {
            mode: Mode::Reply,
            source: Source::parse("INBOX/1700000000-909"),
            to: self.same("Laboratoire Bioval <resultats@bioval.example>, d.martin@perso.example"),
            subject: self.same("Re: Résultats d’analyse — NFS, CRP"),
            text: self.d(
                "Bonjour,\n\nMerci pour ces résultats. Pouvez-vous m’adresser aussi la courbe de septembre ?\n\n\
                 Bien confraternellement,\nDr Claire Moreau",
                "Hello,\n\nThank you for these results. Could you send me the curve of September too?\n\n\
                 Kind regards,\nDr Claire Moreau",
            ),
            files: vec![BlobId([1; 16])],
            follow: true,
            key: [7; 16],
            ..Filled::default()
        };
        ComposeView {
            token: "t0k3n".into(),
            from: self.same("claire.moreau@cabinet.example"),
            files: vec![self.staged(1, "ordonnance.jpg")],
            outside: vec![self.same("d.martin@perso.example")],
            device: Some(self.device()),
            password_hours: 48,
            most: 25_000_000,
            identities: self.settings().identities,
            filled,
            ..ComposeView::default()
        }
    }

    /// Nobody else uses it.
    pub fn device(&self) -> Device {
        Device { name: "relais 0wn3r".into(), half: "ha1f".into(), token: "t0k3n".into() }
    }

    fn staged(&self, id: u8, name: &str) -> Staged {
        let kind = "image/jpeg".into();
        Staged {
            id: BlobId([id; 16]),
            name: self.same(name),
            kind,
            octets: 2_900_000,
            wire_octets: 3_968_000,
        }
    }

    /// Everything that can keep it from leaving.
    pub fn refused_compose(&self) -> ComposeView {
        let name = || self.same("radio-du-genou-gauche.pdf");
        let wrong = vec![
            Wrong::Nobody,
            Wrong::NoAddress(self.same("bob")),
            Wrong::LettersBeforeAt(self.same("inès@x.example")),
            Wrong::TooManyPeople,
            Wrong::NoSender,
            Wrong::FileTooBig(name(), 25_000_000),
            Wrong::NotYours(self.same("eve@x.example")),
            Wrong::TooLarge(31_000_000, 10_240_000),
            Wrong::PeopleNotRead,
            Wrong::TooManyFiles(name()),
            Wrong::FileNotKept(name()),
            Wrong::OriginalNotRead(name()),
            Wrong::TooMuch(31_000_000, 25_000_000),
            Wrong::FilesGone,
            Wrong::FilesLate,
            Wrong::OldForm,
            Wrong::BrokenOff,
            Wrong::CannotSend,
            Wrong::SentBefore("/outbox/0123".into()),
            Wrong::NotKept(None),
            Wrong::NotKept(Some(self.same("ABCD2345"))),
        ];
        ComposeView { wrong, ..self.compose() }
    }

    /// A forward that raises every question.
    pub fn doubtful_compose(&self) -> ComposeView {
        // Addresses are ASCII: where letters are masked, they are digits.
        let email = |local: &str| {
            let (masked, plain) = ("1@2.3".to_owned(), format!("{local}@perso.example"));
            Email::parse(if self.masked { &masked } else { &plain }).expect("an address")
        };
        let somebody = |name: &str| Recipient { name: Some(self.same(name)), email: email("x") };
        let doubts = vec![
            Doubt::Outside(vec![email("d.martin")]),
            Doubt::Everybody(["Ann", "Bob", "Claire", "Denis"].map(somebody).to_vec()),
            Doubt::NoReply(vec![email("no-reply")]),
            Doubt::Visible(21),
            Doubt::NoFile,
            Doubt::NoSubject,
        ];
        let offer = |n: u32, name: &str, kept| Offer {
            section: n.to_string().parse().expect("a section"),
            octets: 184_320,
            name: self.same(name),
            kept,
        };
        let offers = vec![offer(2, "compte-rendu.pdf", true), offer(3, "logo.png", false)];
        let mut view = ComposeView { doubts, files: Vec::new(), ..self.compose() };
        view.filled = Filled {
            mode: Mode::Forward,
            offers,
            files: Vec::new(),
            cc: self.same("Ann <ann@x.example>"),
            ..view.filled
        };
        view
    }

    pub fn empty_compose(&self) -> ComposeView {
        let from = self.same("claire.moreau@cabinet.example");
        let filled = Filled { key: [7; 16], ..Filled::default() };
        ComposeView {
            token: "t0k3n".into(),
            from,
            filled,
            cannot_send: true,
            most: 25_000_000,
            ..ComposeView::default()
        }
    }

    /// Without script: people to tick.
    pub fn people_compose(&self) -> ComposeView {
        let people = ["Paul Martin <paul@1.example>", "Paul Martin <paul@2.example>"];
        ComposeView {
            people: Some(people.map(|one| self.same(one)).to_vec()),
            answer: true,
            ..self.empty_compose()
        }
    }

    pub fn status(&self) -> StatusView {
        let software = |name, state, since, note: Option<(&str, &str)>| Software {
            name: self.same(name),
            state,
            since,
            note: note.map(|(fr, en)| self.d(fr, en)),
        };
        StatusView {
            notices: vec![Notice {
                id: "k3q7vz".into(),
                level: Level::Degraded,
                title: String::new(),
                works: vec![self.d(
                    "lire et envoyer depuis cette page, sur ordinateur et téléphone.",
                    "reading and sending from this page, on computer and phone.",
                )],
                broken: vec![self.d("la réception dans Logiciel B.", "receiving in Software B.")],
                todo: vec![
                    self.d(
                        "passez par cette page ; ne réinstallez rien.",
                        "use this page; reinstall nothing.",
                    ),
                ],
                since: Some(When::Moment(at("2026-11-05T07:10:00Z"))),
                updated: Some(When::Moment(at("2026-11-22T13:10:00Z"))),
                next_update: Some(When::Moment(at("2026-11-22T15:00:00Z"))),
                expected_end: Some(When::Day(date(2026, 12, 15))),
                ..Notice::default()
            }],
            software: vec![
                software("Logiciel A", SoftwareState::Restored, Some(When::Day(date(2026, 11, 12))), None),
                software(
                    "Logiciel B",
                    SoftwareState::Ongoing,
                    None,
                    Some(("grosses boîtes", "big mailboxes")),
                ),
                software("Logiciel C", SoftwareState::Down, Some(When::Day(date(2026, 11, 21))), None),
                software("Logiciel D", SoftwareState::Ok, None, None),
                software("Logiciel E", SoftwareState::Restored, None, None),
            ],
            trouble: None,
            measures: self.measures(),
            organisation: self.same("Cabinet des Lilas"),
            phone: Some("0 806 000 000".into()),
            remarks: vec![self.d(
                "Entre Relais et le serveur, vos messages ne sont pas chiffrés.",
                "Between Relais and the server your mail is not encrypted.",
            )],
            token: "t0k3n".into(),
        }
    }

    /// Slow since a fortnight, and one of two servers does not answer.
    pub fn measures(&self) -> Shown {
        let measure = |usual: f64, now: f64, medians: &[f64]| {
            let first = 31 - medians.len();
            let day = |(n, median): (usize, &f64)| Day {
                date: date(2026, 10, 23)
                    .checked_add(jiff::SignedDuration::from_hours(24 * (first + n) as i64))
                    .expect("a day"),
                place: u8::try_from(first + n).expect("a place"),
                median: *median,
                samples: 40,
            };
            Measure {
                now: Some(now),
                samples: 31,
                last: Some(When::Moment(at("2026-11-22T08:40:00Z"))),
                usual: Some(usual),
                late: now > usual * 3.0,
                days: medians.iter().enumerate().map(day).collect(),
                ..Measure::default()
            }
        };
        let days: Vec<f64> = (0..31).map(|n| if n < 16 { 0.1 } else { f64::from(40 - n) / 6.0 }).collect();
        let server = |domain, reads_down| Server {
            domains: vec![self.same(domain)],
            found: Found { at: Some(at("2026-11-22T08:40:00Z")), reads_down, ..Found::default() },
            ..Server::default()
        };
        let delayed = |hour: Option<f64>, usual: f64, medians: &[f64]| {
            let days = measure(usual, 0.0, medians).days;
            let figure = |median: f64| Figure { median, ninth: Some(median * 4.0), mailboxes: 31 };
            Some(Observed {
                hour: hour.map(figure),
                day: days.last().map(|day| (day.date, figure(day.median))),
                usual: Some(usual),
                late: hour.is_some_and(|hour| hour > usual * 3.0),
                days,
                ..Observed::default()
            })
        };
        let slow: Vec<f64> = (0..31).map(|n| if n < 24 { 20.0 } else { 40.0 * f64::from(n - 20) }).collect();
        Shown {
            open: measure(0.1, 2.4, &days),
            send: measure(2.0, 3.0, &[2.0]),
            arrive: measure(9.0, 21_600.0, &[9.0, 9.0, 3600.0, 21_600.0]),
            queue: Some(Queue { waiting: 12, oldest: 40, at: at("2026-11-22T08:40:00Z") }),
            servers: vec![
                Server { delay: delayed(Some(900.0), 20.0, &slow), ..server("lilas.example", None) },
                Server {
                    delay: delayed(None, 3.0, &[3.0, 4.0]),
                    ..server("clinique.example", Some(at("2026-11-22T07:10:00Z")))
                },
            ],
            as_of: None,
        }
    }

    /// Two days after the first start, at night.
    pub fn first_measures(&self) -> Shown {
        let once = Measure {
            last: Some(When::Moment(at("2026-11-22T02:05:00Z"))),
            days: vec![],
            ..Measure::default()
        };
        let found = Found { at: Some(at("2026-11-22T08:40:00Z")), ..Found::default() };
        Shown {
            as_of: Some(at("2026-11-22T08:00:00Z")),
            open: once,
            queue: Some(Queue { waiting: 0, oldest: 0, at: at("2026-11-22T08:40:00Z") }),
            servers: vec![Server { found, delay: Some(Observed::default()), ..Server::default() }],
            ..Shown::default()
        }
    }

    /// Of the pages about privacy and accessibility.
    pub fn about(&self) -> AboutView {
        AboutView {
            organisation: self.same("CHU de l’Exemple"),
            phone: Some("0 806 000 000".into()),
            data_contact: Some(self.same("dpo@chu.example")),
            idle_own: Duration::from_secs(12 * 3600),
            idle_shared: Duration::from_secs(1800),
            absolute: Duration::from_secs(7 * 24 * 3600),
            password: Duration::from_secs(48 * 3600),
            closes: Some((at("2026-11-30T17:00:00Z"), at("2026-12-30T17:00:00Z"))),
            here: "/privacy",
            token: "t0k3n".into(),
        }
    }

    pub fn quiet_status(&self) -> StatusView {
        StatusView {
            notices: vec![],
            software: vec![],
            remarks: vec![],
            measures: Shown { as_of: None, ..self.first_measures() },
            ..self.status()
        }
    }

    /// The store does not answer since a while.
    pub fn troubled_status(&self) -> StatusView {
        let known = self.first_measures();
        let moment = known.as_of.map(|at| self.tr.moment(at)).unwrap_or_default();
        let trouble = self.tr.t_with("status-trouble-since", &[("moment", (&moment).into())]);
        StatusView { trouble: Some(trouble), measures: known, ..self.quiet_status() }
    }

    /// Several at once: of a domain and late with its next word, of a software, and one that is over.
    pub fn busy_status(&self) -> StatusView {
        let status = self.status();
        let late = Notice {
            id: "ab2cd3".into(),
            level: Level::Down,
            title: self.d("Panne de réseau", "Network failure"),
            about: vec![self.same("clinique.example")],
            next_update: Some(When::Moment(at("2026-11-22T07:00:00Z"))),
            late: true,
            expected_end: None,
            ..status.notices[0].clone()
        };
        let software = Notice {
            id: "ef4gh5".into(),
            about: vec![self.same("Logiciel B")],
            works: vec![],
            phone: Some("0 806 000 001".into()),
            ..status.notices[0].clone()
        };
        let notices = [late, software].into_iter().chain(status.notices.clone()).collect();
        StatusView {
            notices,
            software: status.software.into_iter().take(1).chain([self.down()]).collect(),
            ..self.status()
        }
    }

    fn down(&self) -> Software {
        Software { name: self.same("Logiciel B"), state: SoftwareState::Down, since: None, note: None }
    }

    pub fn problems(&self) -> Vec<Problem> {
        let server = || self.same("mail.example");
        let kinds = [
            Kind::Refused { server: server() },
            Kind::TimedOut { server: server(), stage: Stage::Connect, seconds: 1 },
            Kind::TimedOut { server: server(), stage: Stage::Mailboxes, seconds: 20 },
            Kind::Broke { server: server(), stage: Stage::Tls },
            Kind::Broke { server: server(), stage: Stage::Open },
            Kind::Broke { server: server(), stage: Stage::Act },
            Kind::Broke { server: server(), stage: Stage::SignIn },
            Kind::BadCertificate { server: server() },
            Kind::RevokedCertificate { server: server() },
            Kind::NotAdmitted { server: server() },
            Kind::NotImap { server: server() },
            Kind::NoSafeSignIn { server: server() },
            Kind::NoWayIn { server: server() },
            Kind::WrongPassword,
            Kind::OtherDomain,
            Kind::NotOnTheList,
            Kind::SignedOut,
            Kind::CircuitOpen { server: server(), seconds: 30 },
            Kind::Busy { seconds: 5 },
            Kind::MailboxGone,
            Kind::MailboxRebuilt,
            Kind::MessageGone,
            Kind::TooComplex,
            Kind::TooBig,
            Kind::NotFound,
            Kind::FormExpired,
            Kind::BadRequest,
            Kind::TooManyAttempts { seconds: 60 },
            Kind::SendLimit { until: at("2026-11-22T13:15:00Z") },
            Kind::TooManyRecipients { most: 200 },
            Kind::NoSender,
            Kind::ReadOnly,
            Kind::NoMark,
            Kind::NothingChosen,
            Kind::AlreadyThere,
            Kind::TooLate,
            Kind::OnlyCopies,
            Kind::AskedBefore,
            Kind::SaidNo { server: server() },
            Kind::Internal,
        ];
        kinds
            .into_iter()
            .map(|kind| {
                Problem::from(kind)
                    .with_reference("7314-0092")
                    .with_retry("/mail/INBOX")
                    .with_download("/mail/INBOX/1700000000-909/raw")
                    .with_said(&self.same("[NOPERM] You may not <b>do</b> that\r\nat all"))
                    .with_alert(&self.same("Quota exceeded"))
                    .with_kept(self.d("Votre texte", "Your text"), self.same("Cher confrère,\n</textarea>"))
            })
            .collect()
    }

    pub fn page<'a>(&'a self, title: &'a str, notice: Option<&'a NoticeBar>, shell: Shell<'a>) -> Page<'a> {
        Page { tr: &self.tr, title, notice, closing: None, style: None, shell }
    }

    /// A day before everybody is signed out.
    pub fn closing_page(&self) -> Markup {
        let bar = Bar::Titled { back: Some("/mail/INBOX".into()), title: self.tr.t("status-title").into() };
        let page = self.page(self.tr.t("status-title"), None, Shell::Column { bar });
        let page = Page { closing: Some(at("2026-11-22T17:00:00Z")), ..page };
        page.whole(relais::web::status::view::render(&self.quiet_status(), &self.tr))
    }

    pub fn list_page(&self, view: &ListView, rail: bool) -> Markup {
        let tr = &self.tr;
        let (folders, notice) = (self.folders(), self.notice_bar());
        let bar = Bar::Mailbox {
            name: relais::web::folders::view::role_name(Role::Inbox, tr).into(),
            unread: Unread { n: Some(128), counts: "/folders/rail?in=INBOX".into(), old: false },
            sort: Some("/mail/INBOX/sort".into()),
            select: Some("/mail/INBOX?select".into()),
            search: Some("/mail/INBOX/search".into()),
        };
        let shell = Shell::List {
            bar,
            rail: rail.then_some(&folders),
            dock: main_dock(tr, Here::Inbox, view.attention),
        };
        self.page(relais::web::folders::view::role_name(Role::Inbox, tr), rail.then_some(&notice), shell)
            .whole(list::view::render(view, tr))
    }

    pub fn message_page(&self, view: &MessageView, with_list: bool) -> Markup {
        let tr = &self.tr;
        let folders = self.folders();
        let bar = Bar::Message {
            back: view.list_href.clone(),
            newer: view.newer.clone(),
            older: view.older.clone(),
        };
        let list = with_list.then(|| {
            let bar = Bar::Mailbox {
                name: relais::web::folders::view::role_name(Role::Inbox, tr).into(),
                unread: Unread { n: Some(128), counts: "/folders/rail?in=INBOX".into(), old: false },
                sort: None,
                select: None,
                search: Some("/mail/INBOX/search".into()),
            };
            (bar, list::view::render(&ListView { current: Some(909), ..self.list() }, tr))
        });
        let shell = Shell::Message { bar, rail: Some(&folders), list, dock: message::view::dock(view, tr) };
        self.page(&view.content.subject, None, shell).whole(message::view::render(view, tr))
    }

    pub fn login_page(&self, view: &LoginView) -> Markup {
        let notice = self.notice_bar();
        self.page(self.tr.t("login-title"), Some(&notice), Shell::Gate)
            .whole(login::view::render(view, &self.tr))
    }

    fn column(&self, title: &str) -> Shell<'_> {
        Shell::Column { bar: Bar::Titled { back: Some("/mail/INBOX".into()), title: title.into() } }
    }

    pub fn column_page(&self, title: &str, body: Markup) -> Markup {
        self.page(title, None, self.column(title)).whole(body)
    }

    /// Every page there is, by name.
    pub fn all(&self) -> Vec<(String, Markup)> {
        let tr = &self.tr;
        let mut pages = vec![
            ("login".into(), self.login_page(&self.login())),
            ("login-refused".into(), self.login_page(&self.refused_login())),
            (
                "login-closes".into(),
                self.login_page(&LoginView { closes: Some(at("2026-11-30T17:00:00Z")), ..self.login() }),
            ),
            (
                "login-after".into(),
                self.login_page(&LoginView {
                    closed: Some((at("2026-11-22T12:00:00Z"), at("2026-12-22T12:00:00Z"))),
                    signed_out: false,
                    ..self.login()
                }),
            ),
            (
                "login-logo".into(),
                self.login_page(&LoginView { logo: Some("logo.svg".into()), ..self.login() }),
            ),
            ("in-line".into(), self.column_page(tr.t("role-inbox"), page::in_line(14, Some(20), tr))),
            ("closing".into(), self.closing_page()),
            ("list".into(), self.list_page(&self.list(), true)),
            ("list-plain".into(), self.list_page(&self.list(), false)),
            ("list-full".into(), self.list_page(&self.full_list(), false)),
            ("list-empty".into(), self.list_page(&self.empty_list(), true)),
            ("list-troubled".into(), self.list_page(&self.troubled_list(), true)),
            ("folders".into(), self.column_page(tr.t("folders"), folders::view::render(&self.folders(), tr))),
            ("message".into(), self.message_page(&self.message(), false)),
            ("message-beside".into(), self.message_page(&self.message(), true)),
            ("message-acknowledged".into(), self.message_page(&self.acknowledged_message(), false)),
            ("message-receipt".into(), self.message_page(&self.message_with_a_wish(), false)),
            ("message-doubtful".into(), self.message_page(&self.doubtful_message(), false)),
            (
                "headers".into(),
                self.column_page(tr.t("message-headers"), message::headers::render(&self.headers(), tr)),
            ),
            (
                "status".into(),
                self.column_page(tr.t("status-title"), status::view::render(&self.status(), tr)),
            ),
            (
                "status-quiet".into(),
                self.column_page(tr.t("status-title"), status::view::render(&self.quiet_status(), tr)),
            ),
            (
                "status-busy".into(),
                self.column_page(tr.t("status-title"), status::view::render(&self.busy_status(), tr)),
            ),
            (
                "status-trouble".into(),
                self.column_page(tr.t("status-title"), status::view::render(&self.troubled_status(), tr)),
            ),
            (
                "status-own".into(),
                self.page(
                    tr.t("problem-title-gone"),
                    Some(&self.own_notice()),
                    self.column(tr.t("problem-title-gone")),
                )
                .whole(stale::view::render(&StaleView { list_href: "/mail/INBOX".into() }, tr)),
            ),
            (
                "privacy".into(),
                self.column_page(tr.t("privacy-title"), about::view::privacy(&self.about(), tr)),
            ),
            (
                "accessibility".into(),
                self.column_page(tr.t("accessible-title"), about::view::accessibility(&self.about(), tr)),
            ),
            (
                "stale".into(),
                self.column_page(
                    tr.t("problem-title-gone"),
                    stale::view::render(&StaleView { list_href: "/mail/INBOX".into() }, tr),
                ),
            ),
        ];
        for (name, view) in [("search", self.search()), ("search-doubtful", self.search_doubtful())] {
            let page = self.column_page(tr.t("search-title"), search::view::render(&view, tr));
            pages.push((name.into(), page));
        }
        for (name, page) in self.missed() {
            pages.push((name.into(), self.column_page(tr.t("missed-title"), page)));
        }
        for (name, view) in [("thread", self.thread()), ("thread-alone", self.thread_alone())] {
            let page = message::thread::view::render(&view, tr);
            pages.push((name.into(), self.column_page(tr.t("thread-title"), page)));
        }
        for (name, view) in [
            ("list-sorted", self.sorted_list()),
            ("list-by-size", self.list_by_size()),
            ("list-priority", self.priority_list()),
            ("list-commercial", self.commercial_list()),
        ] {
            pages.push((name.into(), self.list_page(&view, true)));
        }
        for (name, whom) in [("sort", Whom::Authors), ("sort-sent", Whom::Recipients)] {
            let view = SortView { path: "/mail/INBOX".into(), whom };
            pages.push((name.into(), self.column_page(tr.t("sort-title"), sort::view::render(&view, tr))));
        }
        for (name, view) in self.unsorted() {
            pages.push((name.into(), self.column_page(tr.t("sort-title"), sort::view::unsorted(&view, tr))));
        }
        pages.push((
            "settings".into(),
            self.column_page(tr.t("settings-title"), settings::view::render(&self.settings(), tr)),
        ));
        for (name, view) in [("senders", self.senders()), ("senders-none", SendersView::default())] {
            let page = settings::senders::view::render(&view, tr);
            pages.push((name.into(), self.column_page(tr.t("senders-title"), page)));
        }
        for (name, view) in [
            ("sessions", self.sessions()),
            (
                "sessions-alone",
                SessionsView { lines: vec![self.sessions().lines.remove(0)], ..SessionsView::default() },
            ),
        ] {
            let page = settings::sessions::view::render(&view, tr);
            pages.push((name.into(), self.column_page(tr.t("sessions-title"), page)));
        }
        let forms = [
            ("compose", self.compose()),
            ("compose-empty", self.empty_compose()),
            ("compose-refused", self.refused_compose()),
            ("compose-people", self.people_compose()),
            ("compose-doubtful", self.doubtful_compose()),
        ];
        for (name, view) in forms {
            let title = compose::view::title(view.filled.mode, tr);
            pages.push((name.into(), self.column_page(title, compose::view::render(&view, tr))));
        }
        let letter = vec![("letter-text".to_owned(), self.same("Bonjour"))];
        let held = LoginView { letter, problem: Some(Kind::SignedOut.into()), ..self.login() };
        pages.push(("login-letter".into(), self.login_page(&held)));
        pages.push((
            "compose-resumed".into(),
            self.column_page(tr.t("compose-title"), compose::hold::button(&held.letter, tr)),
        ));
        pages.extend(self.managing_pages());
        pages.extend(self.outbox_pages());
        pages.extend(self.act_pages());
        pages.extend(self.ways());
        pages.extend(self.doors().iter().map(|(name, view)| ((*name).to_owned(), self.door_page(view))));
        for (i, view) in self.bare_messages().iter().enumerate() {
            pages.push((format!("message-bare-{i}"), self.message_page(view, false)));
        }
        for (i, problem) in self.problems().iter().enumerate() {
            pages.push((format!("problem-{i:02}"), self.column_page(problem.title(tr), problem.page(tr))));
        }
        pages
    }

    /// What the frame of an HTML message loads.
    pub fn frame(&self, own_colours: bool) -> Markup {
        let html = "<table width=900 cellpadding=8><tr><td width=300>Colonne</td><td width=600><h2>Lettre d’information</h2>\
            <p>Une très longue ligne avec une adresse https://exemple.example/chemin/tres/long/qui/ne/se/coupe/pas/du/tout/jamais</p>\
            <img width=1200 height=40 alt=image></td></tr></table><blockquote>cité</blockquote>";
        let clean = Clean { html: html.to_owned(), coloured: own_colours, ..Clean::default() };
        body::document(&clean, self.tr.lang(), None)
    }
}
