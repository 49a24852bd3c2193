//! `GET /compose?taken={id}`: a message that its author took back is a letter again.

use super::{
    filled::Filled,
    view::{ComposeView, Wrong},
};
use crate::{
    outbox::MessageId,
    web::{
        answer,
        app::App,
        form::Fields,
        problem::{Kind, Problem},
        who::Who,
    },
};

/// The form as it was, with a key of its own: what is sent of it now is another message.
pub async fn fill(app: &App, who: &Who, id: &str) -> Result<ComposeView, Problem> {
    let id: MessageId = id.parse().map_err(|()| Problem::from(Kind::NotFound))?;
    let account = &who.signed.account;
    let form = app.outbox.taken_back(account, id).await.map_err(|error| internal(&error))?;
    let form = form.ok_or(Problem::from(Kind::NotFound))?;
    let mut filled = Filled::read(&Fields::new(form));
    filled.renew().map_err(|error| internal(&error))?;
    let files = app.outbox.staged(account, &filled.files).await.map_err(|error| internal(&error))?;
    let lost = files.len() < filled.files.len();
    filled.files = files.iter().map(|file| file.id).collect();
    let wrong = if lost { vec![Wrong::FilesGone] } else { Vec::new() };
    Ok(ComposeView { filled, files, wrong, ..ComposeView::default() })
}

fn internal(error: &dyn std::fmt::Display) -> Problem {
    let reference = answer::reference();
    tracing::error!(%reference, %error, "a message that was taken back could not be opened");
    Problem::from(Kind::Internal).with_reference(reference)
}
