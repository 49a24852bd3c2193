//! The pages between asking and doing: which mailbox, really for good, what to do where none is.

use maud::{Markup, html};

use super::{asked::Asked, verb::Verb};
use crate::{
    locale::Tr,
    mailbox::folders::Role,
    web::{folders::view::role_name, icon::Icon},
};

/// What these pages have in common.
pub struct Around<'a> {
    pub asked: &'a Asked,
    pub act_href: &'a str,
    pub token: &'a str,
    /// Where nothing is done.
    pub back: &'a str,
}

impl Around<'_> {
    fn form(&self, inner: Markup) -> Markup {
        html! { form method="post" action=(self.act_href) { (self.asked.carried(self.token)) (inner) } }
    }

    /// A form with one button, which asks for this.
    fn way(&self, verb: Verb, more: &[(&str, &str)], primary: bool, label: &str) -> Markup {
        self.form(html! {
            input type="hidden" name="do" value=(verb.word());
            @for (name, value) in more { input type="hidden" name=(name) value=(value); }
            button.primary[primary] { (label) }
        })
    }

    fn back(&self, tr: &Tr) -> Markup {
        html! { a.button href=(self.back) { (tr.t("act-nothing")) } }
    }
}

/// One mailbox that can be chosen.
pub struct Choice {
    /// As in URLs.
    pub to: String,
    pub label: String,
    pub depth: usize,
}

/// `once`: the key of what must not be done twice.
pub fn choose(around: &Around, choices: &[Choice], once: Option<u64>, tr: &Tr) -> Markup {
    let asked = around.asked;
    html! {
        section.card data-choose {
            h2 { (what(asked, tr)) }
            @if choices.is_empty() { p { (tr.t("act-no-mailbox")) " " a href="/folders/manage" { (tr.t("folders-manage")) } } }
            (around.form(html! {
                input type="hidden" name="do" value=(asked.verb.word());
                (key(once))
                ul.choices {
                    @for choice in choices {
                        li class={ "d" (choice.depth.min(4)) } {
                            button name="to" value=(choice.to) { (Icon::Folder.draw()) span dir="auto" { (choice.label) } }
                        }
                    }
                }
            }))
            p.acts { (around.back(tr)) }
        }
    }
}

/// See [`Asked::once`].
pub fn key(once: Option<u64>) -> Markup {
    html! { @if let Some(once) = once { input type="hidden" name="once" value=(format!("{once:x}")); } }
}

/// `mailbox`: where it would be done, for people.
pub fn sure(around: &Around, mailbox: &str, tr: &Tr) -> Markup {
    let asked = around.asked;
    let all = matches!(asked.which, super::asked::Which::All(_));
    let verb = asked.verb;
    let mut more = vec![("sure", "1")];
    more.extend(asked.to.as_deref().map(|to| ("to", to)));
    html! {
        section.card.problem data-sure {
            h2 { (what(asked, tr)) }
            @if all { p { (tr.t_with("sure-all", &[("mailbox", mailbox.into())])) } }
            @if verb == Verb::Destroy { p { (tr.t("sure-destroy")) } }
            div.acts { (around.way(verb, &more, true, verb.label(tr))) (around.back(tr)) }
        }
    }
}

/// No mailbox has this role.
pub fn none(around: &Around, role: Role, tr: &Tr) -> Markup {
    let asked = around.asked;
    let sure: &[(&str, &str)] = if asked.sure { &[("make", "1"), ("sure", "1")] } else { &[("make", "1")] };
    html! {
        section.card.problem data-none {
            h2 { (tr.t_with("none-role", &[("role", role_name(role, tr).into())])) }
            p { (tr.t("still-nothing-done")) }
            div.acts {
                (around.way(asked.verb, sure, true, &tr.t_with("none-make", &[("role", role_name(role, tr).into())])))
                (elsewhere(around, tr))
                (around.back(tr))
            }
        }
    }
}

/// The server did not; `said` are its words.
pub fn refused(around: &Around, said: &str, tr: &Tr) -> Markup {
    html! {
        section.card.problem data-problem data-refused role="alert" {
            h2 { (tr.t("refused-title")) }
            p { (tr.t("refused-still")) }
            @if !said.is_empty() { p { b { (tr.t("server-says")) } " " q dir="auto" { (said) } } }
            p { (tr.t("refused-todo")) }
            div.acts { (elsewhere(around, tr)) (around.back(tr)) }
        }
    }
}

/// The other ways: another mailbox, and, for what was to be deleted, for good.
fn elsewhere(around: &Around, tr: &Tr) -> Markup {
    let verb = around.asked.verb;
    let choose = if verb == Verb::Copy { Verb::Copy } else { Verb::Move };
    html! {
        (around.way(choose, &[], false, tr.t("act-elsewhere")))
        @if verb == Verb::Delete { (around.way(Verb::Destroy, &[], false, tr.t("act-destroy"))) }
    }
}

fn what(asked: &Asked, tr: &Tr) -> String {
    let n = [("n", u64::from(asked.n()).into())];
    match asked.verb {
        Verb::Read => tr.t_with("what-read", &n),
        Verb::Unread => tr.t_with("what-unread", &n),
        Verb::Flag => tr.t_with("what-flag", &n),
        Verb::Unflag => tr.t_with("what-unflag", &n),
        Verb::Done => tr.t_with("what-done", &n),
        Verb::Undone => tr.t_with("what-undone", &n),
        Verb::Filed => tr.t_with("what-filed", &n),
        Verb::Unfiled => tr.t_with("what-unfiled", &n),
        Verb::Archive => tr.t_with("what-archive", &n),
        Verb::Move => tr.t_with("what-move", &n),
        Verb::Copy => tr.t_with("what-copy", &n),
        Verb::Delete => tr.t_with("what-delete", &n),
        Verb::Destroy => tr.t_with("what-destroy", &n),
        Verb::Junk => tr.t_with("what-junk", &n),
        Verb::NotJunk => tr.t_with("what-notjunk", &n),
        Verb::Undo => String::new(),
    }
}
