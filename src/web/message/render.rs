//! From an opened message to what its page shows. Pure, but for the time that making HTML safe takes.

use std::sync::Arc;

use super::{
    body::Clean,
    letter::{Body as BodyView, File, Images, Letter, OtherForm, Person, Warning},
    view::{Act, MessageView, OpenMark, Seen},
};
use crate::{
    mailbox::opened::Opened,
    message::{
        Address, Envelope, Section, charset, date,
        html::{self, Options},
        plan::{Attachment, Body, Plan},
        text::{Format, Text},
        transfer,
    },
    web::{href::Place, problem, who::Who},
};

/// Which message, for whom, in which form.
pub struct Source {
    pub who: Who,
    pub place: Place,
    pub uidvalidity: u32,
    pub uid: u32,
    pub as_text: bool,
    pub images: bool,
    /// Opening a message also marks it as read on the server.
    pub mark_on_server: bool,
}

impl Source {
    fn message(&self) -> String {
        self.place.message(self.uidvalidity, self.uid)
    }
}

pub fn view(source: &Source, opened: &Opened) -> MessageView {
    let message = source.message();
    let flags = opened.message.flags.unwrap_or_default();
    let neighbour = |uid: Option<u32>| uid.map(|uid| source.place.message(source.uidvalidity, uid));
    let open_mark = match (flags.opened, source.mark_on_server && !flags.seen) {
        (_, true) => OpenMark::OpenedAndSeen,
        (false, false) => OpenMark::Opened,
        (true, false) => OpenMark::None,
    };
    MessageView {
        list_href: format!("{}#u{}", source.place.list(), source.uid),
        newer: neighbour(opened.newer),
        older: neighbour(opened.older),
        content: letter(source, opened),
        raw_href: format!("{message}/raw"),
        headers_href: format!("{message}/headers"),
        seen: Seen { on_server: flags.seen },
        act: Some(Act {
            href: format!("{}/act", source.place.list()),
            token: source.who.signed.csrf.token().unwrap_or_default(),
            uidvalidity: source.uidvalidity,
            uid: source.uid,
        }),
        open_mark,
        alert: opened.alerts.first().cloned(),
    }
}

fn letter(source: &Source, opened: &Opened) -> Letter {
    let empty = Envelope::default();
    let envelope = opened.message.envelope.as_ref().unwrap_or(&empty);
    let plan = &opened.plan;
    let (body, other_form) = body(source, opened);
    let mut letter = Letter {
        arrived: opened.message.internal_date,
        files: files(source, plan),
        body,
        other_form,
        nested: nested(source, opened),
        incomplete: plan.truncated || opened.message.too_complex,
        ..heads(envelope, &source.who.signed.address)
    };
    if let BodyView::Text(main) = &mut letter.body {
        for more in &plan.more {
            if let Some(found) = text_of(opened, more) {
                main.blocks.extend(found.blocks);
                main.truncated |= found.truncated;
            }
        }
    }
    letter
}

/// Who, when, what about.
fn heads(envelope: &Envelope, me: &str) -> Letter {
    let people = |list: &[Address]| list.iter().map(person).collect::<Vec<_>>();
    let everybody = || envelope.to.iter().chain(&envelope.cc).chain(&envelope.bcc);
    let sent = envelope.date.as_deref().and_then(date::parse);
    let same = |a: &[Address], b: &[Address]| {
        a.iter().zip(b).all(|(a, b)| a.email.eq_ignore_ascii_case(&b.email)) && a.len() == b.len()
    };
    let mut warnings = Vec::new();
    if envelope.from.iter().any(Address::is_spoof) {
        warnings.push(Warning::NameShowsOtherAddress);
    }
    if envelope.from.len() > 1 {
        warnings.push(Warning::UnclearSender);
    }
    Letter {
        subject: envelope.subject.clone().unwrap_or_default(),
        from: people(&envelope.from),
        sender: envelope.sender.first().filter(|_| !same(&envelope.sender, &envelope.from)).map(person),
        reply_to: if same(&envelope.reply_to, &envelope.from) {
            Vec::new()
        } else {
            people(&envelope.reply_to)
        },
        to: people(&envelope.to),
        cc: people(&envelope.cc),
        bcc: people(&envelope.bcc),
        more_recipients: envelope.more as u64,
        to_me: everybody().any(|a| a.email.eq_ignore_ascii_case(me)),
        sent,
        sent_as_written: envelope.date.clone().filter(|_| sent.is_none()),
        warnings,
        ..Letter::default()
    }
}

fn person(address: &Address) -> Person {
    Person { name: address.name.clone(), email: address.email.clone() }
}

fn files(source: &Source, plan: &Plan) -> Vec<File> {
    plan.attachments.iter().map(|a| file(source, a)).collect()
}

fn file(source: &Source, attachment: &Attachment) -> File {
    let href = source.place.part(source.uidvalidity, source.uid, &attachment.section);
    let extension = attachment.name.rsplit_once('.').map(|(_, e)| e).filter(|e| e.len() <= 5 && e.is_ascii());
    File {
        part: attachment.section.to_string(),
        name: attachment.name.clone(),
        kind: extension.map(str::to_ascii_uppercase).unwrap_or_default(),
        size: (attachment.size > 0).then_some(attachment.size),
        open: attachment.viewable.then(|| href.clone()),
        save: format!("{href}?save=1"),
    }
}

/// Forwarded messages: their heads and files; their text is one click away, as a file of its own.
fn nested(source: &Source, opened: &Opened) -> Vec<Letter> {
    let me = &source.who.signed.address;
    opened
        .plan
        .nested
        .iter()
        .map(|inner| {
            let part = opened.message.structure.as_ref().and_then(|top| top.find(&inner.section));
            let plan = part.map(Plan::of_forwarded).unwrap_or_default();
            let text = plan.alternative.as_ref().or(plan.body.as_ref()).and_then(|b| text_of(opened, b));
            let mut files = files(source, &plan);
            let href = source.place.part(source.uidvalidity, source.uid, &inner.section);
            files.push(File {
                part: inner.section.to_string(),
                name: "message.eml".into(),
                kind: "EML".into(),
                size: (inner.size > 0).then_some(inner.size),
                open: None,
                save: format!("{href}?save=1"),
            });
            Letter {
                files,
                body: text.map_or(BodyView::Nothing, BodyView::Text),
                incomplete: plan.truncated,
                ..heads(inner.envelope.as_ref().unwrap_or(&Envelope::default()), me)
            }
        })
        .collect()
}

/// The main text, and the way to its other form.
fn body(source: &Source, opened: &Opened) -> (BodyView, Option<OtherForm>) {
    let Some(main) = &opened.plan.body else { return (BodyView::Nothing, None) };
    let message = source.message();
    let as_html = OtherForm::AsHtml(message.clone());
    let as_text = OtherForm::AsText(format!("{message}?as=text"));
    let plain = |other| match text_of(opened, opened.plan.alternative.as_ref().unwrap_or(main)) {
        Some(text) => (BodyView::Text(text), other),
        None => (BodyView::Failed(Box::new(problem::Kind::TooComplex.into())), other),
    };
    if !main.html {
        return plain(None);
    }
    if source.as_text {
        return plain(Some(as_html));
    }
    let Some(bytes) = opened.text(&main.section) else { return plain(None) };
    if (bytes.len() as u64) < main.size.min(html::MAX_BYTES as u64) / 2 {
        return plain(None);
    }
    match html::clean(&decoded(main, bytes), &Options::default()) {
        Err(_) => plain(None),
        Ok(clean) => {
            let images = match (clean.remote as u64, source.images) {
                (0, _) => Images::None,
                (_, true) => Images::Shown,
                (n, false) => Images::Blocked { n, allow: format!("{message}?images=1") },
            };
            let query = if source.images { "&images=1" } else { "" };
            let src = format!("{message}/body?part={}{query}", main.section);
            (BodyView::Html { src, images }, Some(as_text))
        }
    }
}

fn decoded(body: &Body, bytes: &[u8]) -> String {
    charset::decode(&transfer::decode(&body.encoding, bytes), body.charset.as_deref())
}

/// A text as blocks; HTML is read as text.
fn text_of(opened: &Opened, body: &Body) -> Option<Text> {
    let bytes = opened.text(&body.section)?;
    let words = decoded(body, bytes);
    let words = if body.html { html::to_text_with_links(&words) } else { words };
    let format = Format { flowed: body.flowed && !body.html, delsp: body.delsp };
    Some(Text::parse(&words, format))
}

/// The document of an HTML text, with its images where they may be.
pub fn frame_document(
    source: &FrameSource<'_>,
    plan: &Plan,
    body: &Body,
    bytes: &[u8],
) -> Result<maud::Markup, html::Refused> {
    let images: Vec<(String, String)> = plan
        .inline_images
        .iter()
        .map(|image| {
            (image.id.clone(), source.place.image(source.uidvalidity, source.uid, &image.attachment.section))
        })
        .collect();
    let find = move |id: &str| images.iter().find(|(cid, _)| cid == id).map(|(_, href)| href.clone());
    let options = Options {
        inline_image: Arc::new(find),
        remote_images: source.images,
        own_origin: source.own_origin.clone(),
    };
    let clean = html::clean(&decoded(body, bytes), &options)?;
    Ok(super::body::document(Clean(&clean.html), source.lang, clean.coloured))
}

/// For whom a frame is made.
pub struct FrameSource<'a> {
    pub place: &'a Place,
    pub uidvalidity: u32,
    pub uid: u32,
    pub images: bool,
    pub own_origin: Option<url::Origin>,
    pub lang: crate::locale::Lang,
}

/// The text with this number, among those a plan would show.
pub fn body_at<'a>(plan: &'a Plan, section: &Section) -> Option<&'a Body> {
    plan.body.iter().chain(&plan.more).find(|b| b.section == *section && b.html)
}
