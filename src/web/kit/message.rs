//! The message to everybody: plain text, to be pasted where people still read.

use super::Kit;
use crate::locale::Tr;

pub(super) fn text(kit: &Kit, tr: &Tr) -> String {
    let address = [("address", (&*kit.address).into())];
    let mut lines = vec![
        tr.t("kit-message-subject").to_owned(),
        String::new(),
        tr.t("kit-message-hello").to_owned(),
        String::new(),
        tr.t_with("kit-message-what", &address),
        String::new(),
    ];
    let steps = ["kit-step-open-typed", "kit-step-password", "kit-step-shared", "kit-step-write"];
    lines.extend(steps.iter().zip(1..).map(|(step, n)| format!("{n}. {}", tr.t(step))));
    lines.extend([String::new(), tr.t_with("kit-right-what", &address), String::new()]);
    lines.extend(kit.until(tr));
    lines.push(format!("{} {}/status", tr.t("kit-status"), kit.address));
    lines.extend(kit.phone.iter().map(|phone| format!("{} {phone}", tr.t("help-by-phone"))));
    if !kit.organisation.is_empty() {
        lines.extend([String::new(), kit.organisation.clone()]);
    }
    lines.join("\n") + "\n"
}
