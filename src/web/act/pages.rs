//! The pages in between, put together. They answer the form itself: loading one again asks again and does nothing.

use axum::{http::StatusCode, response::Response};
use maud::Markup;

use super::{
    asked::Asked,
    once,
    verb::Verb,
    view::{self, Around, Choice},
};
use crate::{
    imap,
    mailbox::folders::Role,
    web::{
        answer::{self, Frame},
        folders::{self, view::role_name},
        href::Place,
        who::Who,
    },
};

/// Everything such a page needs.
pub struct Between<'a> {
    pub who: &'a Who,
    pub place: &'a Place,
    pub asked: &'a Asked,
}

impl Between<'_> {
    pub async fn choose(&self) -> Result<Response, imap::Error> {
        let tr = &self.who.reader.tr;
        let folders = folders::handler::listed(self.who).await?;
        // These hold what lies elsewhere: nothing can be put there.
        let holds = |role: Option<Role>| !matches!(role, Some(Role::All | Role::Flagged | Role::Important));
        let choices = folders
            .list
            .iter()
            .filter(|folder| folder.selectable && folder.name != self.place.mailbox && holds(folder.role));
        let choices: Vec<Choice> = choices
            .map(|folder| Choice {
                to: folder.url.clone(),
                label: folder.role.map_or(folder.label.clone(), |role| role_name(role, tr).to_owned()),
                depth: folder.depth,
            })
            .collect();
        let once = (self.asked.verb == Verb::Copy).then(once::key).flatten();
        Ok(self.page(StatusCode::OK, |around| view::choose(around, &choices, once, tr)))
    }

    pub fn sure(&self) -> Response {
        let tr = &self.who.reader.tr;
        let name = folders::handler::called(self.who, &self.place.mailbox, self.place.separator);
        self.page(StatusCode::OK, |around| view::sure(around, &name, tr))
    }

    pub fn none(&self, role: Role) -> Response {
        self.page(StatusCode::OK, |around| view::none(around, role, &self.who.reader.tr))
    }

    pub fn refused(&self, error: &imap::Error) -> Response {
        let said = match &error.kind {
            imap::Kind::Refused { text, .. } => text.as_str(),
            _ => "",
        };
        self.page(StatusCode::CONFLICT, |around| view::refused(around, said, &self.who.reader.tr))
    }

    fn page(&self, status: StatusCode, body: impl FnOnce(&Around) -> Markup) -> Response {
        let list = self.place.list();
        let token = self.who.signed.csrf.token().unwrap_or_default();
        let back = self.asked.back.clone().unwrap_or_else(|| list.clone());
        let act_href = format!("{list}/act");
        let body = body(&Around { asked: self.asked, act_href: &act_href, token: &token, back: &back });
        let tr = &self.who.reader.tr;
        let frame = Frame::column(self.asked.verb.label(tr), Some(back.clone()));
        let mut response = answer::ready(&self.who.reader, &frame, body);
        *response.status_mut() = status;
        response
    }
}
