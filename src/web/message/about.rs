//! The pages about one message: its header fields, its way, its conversation.

use std::sync::Arc;

use axum::response::Response;
use maud::Markup;

use super::handler::{Asked, troubled};
use crate::{
    mailbox::window::Trouble,
    web::{
        answer::{self, Frame, Screen},
        href::Place,
        list::handler::stale,
        problem::Kind,
        who::Who,
    },
};

/// The message that a page is about.
pub(super) struct Message {
    pub place: Place,
    pub uidvalidity: u32,
    pub uid: u32,
}

/// `at`: folder and message, as in the URL. `title`: a key of the locale. `made`: `None` where there is no such page.
pub(super) async fn page<M, F>(who: Who, at: (String, String), title: &'static str, made: M) -> Response
where
    M: FnOnce(Arc<Who>, Message) -> F + Send + 'static,
    F: Future<Output = Result<Option<Markup>, Trouble>> + Send,
{
    let reader = who.reader.clone();
    let (folder, id) = at;
    let Some(asked) = Asked::new(&who, folder, &id) else {
        return answer::problem(&reader, &Kind::NotFound.into());
    };
    let (uidvalidity, uid) = (asked.uidvalidity, asked.uid);
    let shell = Frame::column(reader.tr.t(title), Some(asked.guess.message(uidvalidity, uid)));
    answer::page(reader, shell, async move {
        let place = asked.place(&who).await?;
        let who = Arc::new(who);
        let message = Message { place: place.clone(), uidvalidity, uid };
        match made(who.clone(), message).await {
            Ok(Some(body)) => Ok(Screen::new(body)),
            Ok(None) => Err(Kind::NotFound.into()),
            Err(Trouble::Rebuilt) => Ok(stale(&who, &place)),
            Err(trouble) => Err(troubled(&who, &trouble)),
        }
    })
    .await
}
