//! Both pages ask nobody, and are there without signing in.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    response::Response,
};
use maud::Markup;

use super::view::{self, AboutView};
use crate::{
    locale::Tr,
    web::{
        answer::{self, Frame},
        app::App,
        form,
        login::handler::set_cookie,
        reader::Reader,
        who,
    },
};

pub async fn privacy(State(app): State<Arc<App>>, reader: Reader, request: Request) -> Response {
    page(&app, &reader, request, "/privacy", "privacy-title", view::privacy)
}

pub async fn accessibility(State(app): State<Arc<App>>, reader: Reader, request: Request) -> Response {
    page(&app, &reader, request, "/accessibility", "accessible-title", view::accessibility)
}

fn page(
    app: &App,
    reader: &Reader,
    request: Request,
    here: &'static str,
    title: &'static str,
    render: fn(&AboutView, &Tr) -> Markup,
) -> Response {
    let (parts, _) = request.into_parts();
    // Without random bytes the page has no other language, which is better than no page.
    let (token, set) = form::pre_session(app, who::presented(&parts, app).form).unwrap_or_default();
    let (brand, times) = (&app.config.brand, app.config.session);
    let view = AboutView {
        organisation: brand.name.clone().unwrap_or_default(),
        phone: brand.phone.clone(),
        data_contact: brand.data_contact.clone(),
        idle_own: times.idle_own,
        idle_shared: times.idle_shared,
        absolute: times.absolute,
        password: app.config.passwords.life,
        closes: app.config.access.closes.zip(app.config.access.ends(true)),
        here,
        token,
    };
    let frame = Frame::column(reader.tr.t(title), Some("/".to_owned()));
    let mut response = answer::ready(reader, &frame, render(&view, &reader.tr));
    if let Some(set) = set {
        set_cookie(&mut response, &set);
    }
    response
}
