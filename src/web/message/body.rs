//! The document inside the frame of an HTML message.
//!
//! It has its own content security policy, which allows the small style sheets here and what the sanitiser left of the
//! message's own, and no script at all.
//!
//! Light or dark: mail is designed on white, and most of it sets only some of its colours. A message that sets
//! colours of its own therefore keeps white paper in dark mode too, where its author's contrast holds; one that sets
//! none takes the reader's scheme. What a sheet says for the dark alone is left out, so that light text never comes
//! without its background. Nothing is inverted: it would spoil photographs, logos and x-rays.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::{locale::Lang, message::html::Clean};

/// What the mail's own sheet may change. Fits mail to the width of a phone: fixed widths give way, long words break.
/// Cells keep their words whole, for tables of results are read by column; where that is still too wide it scrolls
/// sideways, and the script of the page around first breaks those words too, then makes all of it smaller.
/// `:where` weighs nothing: a sheet that says itself what a phone is to do has the last word.
const BASE: &str = "\
html{color-scheme:light;-webkit-text-size-adjust:100%}\
body{background:#fff;color:#14222e;font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;overflow-wrap:break-word}\
pre{white-space:pre-wrap}\
a{color:#0b6b57}\
blockquote{margin:8px 0;padding:0 0 0 12px;border-left:3px solid #dfe5e3}\
:where(div){max-width:100%}\
@media(max-width:600px){:where(table,tbody,tr,td,th){width:auto!important}:where(table[width],td[width],div[style*=width]){width:auto!important;max-width:100%!important}:where(div){box-sizing:border-box}}";

/// What it may not: the frame itself, what is not of the mail in it, and that pictures and tables shrink.
const FIT: &str = "\
:root:root,:root:root>body{display:block!important;float:none!important;visibility:visible!important;opacity:1!important;width:auto!important;min-height:0!important;max-width:none!important;height:auto!important;max-height:none!important;margin:0!important;border:0!important;box-sizing:border-box!important}\
:root:root{padding:0!important;overflow:visible!important}\
:root:root>body{padding:16px!important;overflow:auto!important}\
:root:root>head{display:none!important}\
:root img{max-width:100%!important}\
img{height:auto!important}\
:root table{max-width:100%!important}\
td,th{min-width:0!important}";

/// For mail without colours of its own.
const DARK: &str = "\
@media(prefers-color-scheme:dark){html{color-scheme:dark}body{background:#0f1820;color:#e8eef2}a{color:#5fd0b3}blockquote{border-color:#22303a}}";

/// The whole document, `above` before what the message says. What the sanitiser made is the one kind of text that is not
/// escaped here.
pub fn document(clean: &Clean, lang: Lang, above: Option<&Markup>) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(lang.code()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content=(if clean.coloured { "light" } else { "light dark" });
                // A link never takes the place of the message.
                base target="_blank";
                title { "Relais" }
                style { (PreEscaped(BASE)) @if !clean.coloured { (PreEscaped(DARK)) } }
                @if !clean.css.is_empty() { style { (PreEscaped(&clean.css)) } }
                style { (PreEscaped(FIT)) }
            }
            body dir="auto" { @if let Some(above) = above { (above) } (PreEscaped(&clean.html)) }
        }
    }
}
