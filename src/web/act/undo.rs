//! *Annuler*: what a `?done=` holds is taken back.

use axum::response::Response;

use super::{
    handler::{Answer, changed, troubled},
    told::Told,
    verb::Verb,
};
use crate::{
    mailbox::act,
    web::{app::App, form::Fields, href::Place, problem::Kind, who::Who},
};

pub async fn undo(app: &App, who: &Who, place: &Place, fields: &Fields, answer: &Answer) -> Response {
    let told = fields.get("done").and_then(|text| Told::open(app, who, place, text));
    let Some(inverse) = told.and_then(|told| told.undo) else {
        return answer.problem(who, &Kind::TooLate.into());
    };
    match act::undo(&who.account, &inverse).await {
        Ok(done) => {
            who.account.places.count_again(&who.account.owner);
            who.tell(changed(place, Verb::Undo, 0, &[], done.n));
            let told = Told::new(Verb::Undo, done, String::new(), place, None);
            answer.told(app, who, place, &told)
        }
        Err(trouble) => answer.problem(who, &troubled(who, &trouble)),
    }
}
