//! What is done with messages: the list as a form, the pages in between, what is told after.

use maud::Markup;
use relais::{
    imap::rights::Rights,
    mailbox::act::Left,
    web::{
        act::{
            asked::{All, Asked, Which},
            select::{self, Select},
            told::{Step, Told, ToldView},
            verb::Verb,
            view::{self as between, Around, Choice},
        },
        folders::view::Role,
        list::{self, view::ListView},
        page::{Bar, Shell},
    },
};

use super::fixtures::Fixtures;

impl Fixtures {
    pub fn act_pages(&self) -> Vec<(String, Markup)> {
        let mut pages = self.between_pages();
        pages.push(("list-select".into(), self.select_page()));
        pages.push(("list-told".into(), self.told_page()));
        pages
    }

    /// Messages are ticked on it.
    fn select_page(&self) -> Markup {
        let tr = &self.tr;
        let select = Select {
            act_href: "/mail/INBOX/act".into(),
            token: "t0k3n".into(),
            back: "/mail/INBOX".into(),
            ticked: true,
            all: Some((910, 960_700)),
        };
        let view = ListView { select: Some(select), tabs: None, ..self.list() };
        let dock = select::dock(Rights::ALL, Some(Role::Inbox), Some("/mail/INBOX/save"), tr);
        let bar = Bar::Select { back: "/mail/INBOX".into(), all: "/mail/INBOX?select=all".into() };
        let shell = Shell::List { bar, rail: Some(&self.folders()), dock };
        self.page(tr.t("act-select-title"), None, shell).whole(list::view::render(&view, tr))
    }

    /// Of a thousand some were moved, and something must be said of it.
    fn told_page(&self) -> Markup {
        let told = Told {
            verb: Verb::Move,
            n: 598,
            gone: 2,
            left: Left::Nothing,
            to: self.same("Anciens"),
            undo: None,
            stopped: Some(self.same("Quota exceeded")),
            place: "/mail/INBOX".into(),
            at: 0,
            step: Some(Step {
                uidvalidity: 1_700_000_000,
                to: Some("Anciens".into()),
                all: All { up_to: 9_000, of: 12_400, so_far: 600 },
            }),
        };
        let told = ToldView {
            told,
            sealed: "5ea1ed".into(),
            act_href: "/mail/INBOX/act".into(),
            token: "t0k3n".into(),
            back: "/mail/INBOX".into(),
            once: None,
        };
        self.list_page(&ListView { told: Some(told), ..self.list() }, false)
    }

    /// The pages between asking and doing.
    fn between_pages(&self) -> Vec<(String, Markup)> {
        let tr = &self.tr;
        let asked = |verb, sure| Asked {
            verb,
            uidvalidity: 1_700_000_000,
            which: Which::These(vec![905, 909]),
            to: None,
            sure,
            make: false,
            back: Some("/mail/INBOX".into()),
            once: None,
        };
        let page = |name: &str, asked: &Asked, body: &dyn Fn(&Around) -> Markup| {
            let around = Around { asked, act_href: "/mail/INBOX/act", token: "t0k3n", back: "/mail/INBOX" };
            let title = asked.verb.label(tr);
            let bar = Bar::Titled { back: Some("/mail/INBOX".into()), title: title.into() };
            (name.to_owned(), self.page(title, None, Shell::Column { bar }).whole(body(&around)))
        };
        let choice = |label: &str, depth| Choice { to: "Anciens".into(), label: self.same(label), depth };
        let choices = [choice("Archives", 0), choice("Dossiers patients et comptes rendus anciens", 1)];
        let all = Asked {
            which: Which::All(All { up_to: 910, of: 12_400, so_far: 0 }),
            ..asked(Verb::Archive, false)
        };
        vec![
            page("act-choose", &asked(Verb::Move, false), &|around| {
                between::choose(around, &choices, None, tr)
            }),
            page("act-sure", &asked(Verb::Destroy, false), &|around| {
                between::sure(around, &self.same("Corbeille"), tr)
            }),
            page("act-sure-all", &all, &|around| between::sure(around, &self.same("Réception"), tr)),
            page("act-none", &asked(Verb::Delete, false), &|around| between::none(around, Role::Trash, tr)),
            page("act-refused", &asked(Verb::Delete, true), &|around| {
                between::refused(around, &self.same("Quota exceeded (mailbox for user is full)"), tr)
            }),
        ]
    }
}
