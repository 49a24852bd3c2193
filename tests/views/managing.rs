//! Folders managed, and messages saved for other software.

use maud::Markup;
use relais::{
    imap::manage::State,
    web::{
        folders::{
            manage::view::{self, Asked, Done, Emptying, Line, ManageView, OneView, QuotaView, Refusal},
            view::Role,
        },
        save,
    },
};

use crate::fixtures::Fixtures;

impl Fixtures {
    fn line(&self, title: &str, hidden: bool) -> Line {
        let value = "Patients:2026".to_owned();
        Line {
            title: self.same(title),
            href: format!("/folders/manage/{value}"),
            value,
            hidden,
            parent: true,
        }
    }

    fn managed(&self) -> ManageView {
        ManageView {
            token: "t0k3n".into(),
            lines: vec![
                self.line("INBOX", false),
                self.line("Patients", false),
                self.line("Patients / Très long nom de dossier que quelqu’un a vraiment écrit", true),
            ],
            quota: vec![QuotaView { octets: true, used: 4_724_464_025, limit: 5_000_000_000, percent: 94 }],
            ..ManageView::default()
        }
    }

    fn one_folder(&self) -> OneView {
        OneView {
            token: "t0k3n".into(),
            title: self.same("Patients / 2026"),
            name: self.same("2026"),
            href: "/folders/manage/Patients:2026".into(),
            selectable: true,
            state: Some(State { messages: 1_204, unseen: 3, uidnext: 3_000, uidvalidity: 7 }),
            subscribed: true,
            may_delete: true,
            ..OneView::default()
        }
    }

    fn saving(&self) -> save::view::SaveView {
        save::view::SaveView {
            token: "t0k3n".into(),
            href: "/mail/INBOX/save".into(),
            act_href: "/mail/INBOX/act".into(),
            uidvalidity: 7,
            uids: vec![11, 12, 15],
            messages: 2,
            gone: 1,
            files: 3,
            files_size: 4_200_000,
            messages_size: 5_900_000,
            share: save::view::Share::Newest { of: 12_400 },
            back: "/mail/INBOX".into(),
            can_file: true,
        }
    }

    pub fn managing_pages(&self) -> Vec<(String, Markup)> {
        let tr = &self.tr;
        let saving = self.saving();
        let without = save::view::SaveView {
            gone: 0,
            files: 0,
            share: save::view::Share::Ticked,
            can_file: false,
            ..self.saving()
        };
        let all = self.managed();
        let refused = ManageView {
            typed: self.same("a/b"),
            refusal: Some(Refusal::Separator('/')),
            flat: true,
            ..self.managed()
        };
        let trash = OneView {
            role: Some(Role::Trash),
            children: vec![self.same("Trash / 2025")],
            emptying: Emptying::AllOrNothing,
            subscribed: false,
            done: Some(Done::Unsubscribed),
            ..self.one_folder()
        };
        let emptying = OneView {
            role: Some(Role::Trash),
            asked: Asked::Empty,
            removed: Some(5_000),
            of: Some(12_400),
            ..self.one_folder()
        };
        let deleting = OneView {
            role: Some(Role::Archive),
            asked: Asked::Delete,
            refusal: Some(Refusal::Changed),
            ..self.one_folder()
        };
        let said =
            OneView { refusal: Some(Refusal::Said(self.same("Permission denied"))), ..self.one_folder() };
        let inbox = OneView { role: Some(Role::Inbox), inbox: true, ..self.one_folder() };
        let quota = Some(all.quota[0]);
        let full = relais::web::folders::view::FoldersView { full: quota, ..self.folders() };
        let column = |name: &str, title: &'static str, body: Markup| {
            (name.to_owned(), self.column_page(tr.t(title), body))
        };
        vec![
            column("folders-full", "folders", relais::web::folders::view::render(&full, tr)),
            column("save", "save-title", save::view::render(&saving, tr)),
            column("save-no-files", "save-title", save::view::render(&without, tr)),
            column("manage", "manage-title", view::all(&all, tr)),
            column("manage-refused", "manage-title", view::all(&refused, tr)),
            column("manage-one", "manage-one", view::one(&self.one_folder(), tr)),
            column("manage-trash", "manage-one", view::one(&trash, tr)),
            column("manage-emptying", "manage-one", view::one(&emptying, tr)),
            column("manage-deleting", "manage-one", view::one(&deleting, tr)),
            column("manage-said-no", "manage-one", view::one(&said, tr)),
            column("manage-inbox", "manage-one", view::one(&inbox, tr)),
        ]
    }
}
