//! The line on top of every page: of what concerns whoever reads it.

use std::sync::Arc;

use jiff::Timestamp;

use super::handler::told;
use crate::{
    locale::Tr,
    status::{Notices, Scope, Version},
    store::AccountId,
    web::page::{NoticeBar, level_title},
};

/// `who`: the address and the account of whoever is signed in.
pub fn of(notices: &Notices, who: Option<(&str, &AccountId)>, tr: &Tr) -> Option<Arc<NoticeBar>> {
    let (board, now, lang) = (notices.board(), Timestamp::now(), tr.lang());
    let concerning = board.concerning(who, now);
    let first = concerning.first()?;
    let is_own = |version: &&&Version| matches!(version.notice.scope, Scope::Accounts(_));
    let own: Vec<_> =
        concerning.iter().filter(is_own).map(|version| told(version, &board, now, lang)).collect();
    let others = concerning.len() - own.len().max(1);
    let notice = &first.notice;
    Some(Arc::new(NoticeBar {
        level: notice.level,
        title: title(first, tr),
        text: notice.works.lines(lang.code()).first().cloned().unwrap_or_default(),
        others: others as u64,
        own,
    }))
}

/// Of software it names which.
fn title(version: &Version, tr: &Tr) -> String {
    let notice = &version.notice;
    match (&notice.scope, notice.title.lines(tr.lang().code())) {
        (Scope::Software(names), []) => {
            let level = level_title(notice.level, tr);
            tr.t_with("notice-of", &[("names", (&names.join(", ")).into()), ("title", level.into())])
        }
        (_, lines) => lines.join(" "),
    }
}
