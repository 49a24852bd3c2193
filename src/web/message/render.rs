//! From an opened message to what its page shows. Pure, but for the time that making HTML safe takes.

use maud::Markup;

use super::{
    acknowledge,
    frame::{Frame, decoded, showable},
    letter::{Body as BodyView, File, Images, Late, Letter, MAX_NESTED, OtherForm, Person, Warning},
    receipt, thread,
    view::{Acknowledged, Act, Answers, MessageView, OpenMark, Seen},
};
use crate::{
    imap::{fetch::Flags, rights::Rights},
    mailbox::{folders::Role, opened::Opened},
    message::{
        Address, Envelope, Section, compose, date,
        html::{self, OwnHost},
        plan::{Attachment, Body, Plan},
        text::{Block, Format, Span, Text},
        way::Operator,
    },
    web::{
        act::{select, told::ToldView, verb::Verb},
        href,
        lane::why::Why,
        problem,
        who::Who,
    },
};

/// Which message, for whom, in which form.
pub struct Source {
    pub who: Who,
    pub frame: Frame,
    pub as_text: bool,
    /// Opening a message also marks it as read on the server.
    pub mark_on_server: bool,
    pub acknowledged: Option<Acknowledged>,
    pub rights: Rights,
    pub told: Option<ToldView>,
    pub why: Option<Why>,
}

/// What an opened message becomes.
pub struct Made {
    pub view: MessageView,
    /// The document for its frame, where it has one, and the section that it shows.
    pub document: Option<(Section, Markup)>,
}

impl Source {
    /// The path of a part of the message.
    fn part(&self, section: &Section) -> String {
        self.frame.place.part(self.frame.uidvalidity, self.frame.uid, section)
    }
}

pub fn make(source: &Source, opened: &Opened) -> Made {
    let frame = &source.frame;
    let message = frame.message();
    let flags = opened.message.flags.unwrap_or_default();
    let neighbour = |uid: Option<u32>| uid.map(|uid| frame.place.message(frame.uidvalidity, uid));
    let open_mark = match (flags.opened, source.mark_on_server && !flags.seen && source.rights.seen) {
        (_, true) => OpenMark::OpenedAndSeen,
        (false, false) => OpenMark::Opened,
        (true, false) => OpenMark::None,
    };
    let wanted = receipt::asked(&opened.message, &source.who.signed.address);
    let (content, document) = letter(source, opened);
    let view = MessageView {
        list_href: format!("{}#u{}", frame.place.list(), frame.uid),
        newer: neighbour(opened.newer),
        older: neighbour(opened.older),
        answers: answers(source, &content, opened),
        content,
        raw_href: format!("{message}/raw"),
        headers_href: format!("{message}/headers"),
        way_href: format!("{message}/way"),
        why: source.why.clone(),
        thread: thread(source, opened),
        save_href: format!("{}/save", frame.place.list()),
        seen: Seen { on_server: flags.seen, can_change: source.rights.seen },
        act: Some(Act {
            href: format!("{}/act", frame.place.list()),
            token: source.who.signed.csrf.token().unwrap_or_default(),
            uidvalidity: frame.uidvalidity,
            uid: frame.uid,
            back: message.clone(),
        }),
        receipt: wanted.map(|who| receipt::view::Asked {
            who: who.full(),
            href: format!("{message}/receipt"),
            token: source.who.signed.csrf.token().unwrap_or_default(),
        }),
        verbs: verbs(source, &flags),
        told: source.told.clone(),
        open_mark,
        attention: source.who.attention,
        acknowledged: source.acknowledged.clone(),
        alert: opened.alerts.first().cloned(),
    };
    Made { view, document }
}

/// What a program sent to many has no conversation as a rule: it is looked for when somebody asks.
fn thread(source: &Source, opened: &Opened) -> Option<thread::view::Asked> {
    let envelope = opened.message.envelope.as_ref()?;
    compose::MessageId::parse(envelope.message_id.as_deref()?)?;
    let answers = envelope.in_reply_to.is_some() || opened.field("references").is_some();
    let href = format!("{}/thread", source.frame.message());
    Some(thread::view::Asked { href, by_itself: answers || !opened.is_automatic() })
}

/// What the reader may do with it where it is.
fn verbs(source: &Source, flags: &Flags) -> Vec<Verb> {
    let role = role(source);
    let all = [
        Verb::Archive,
        select::deleting(role),
        Verb::Move,
        if flags.flagged { Verb::Unflag } else { Verb::Flag },
        if flags.done { Verb::Undone } else { Verb::Done },
        Verb::Copy,
        Verb::Junk,
        Verb::NotJunk,
    ];
    all.into_iter().filter(|verb| select::can(*verb, source.rights, role)).collect()
}

/// Of the mailbox, as it was listed last.
fn role(source: &Source) -> Option<Role> {
    let account = &source.who.account;
    let listed = account.places.folders(&account.owner);
    listed.and_then(|(_, folders)| folders.get(&source.frame.place.mailbox)?.role)
}

fn answers(source: &Source, content: &Letter, opened: &Opened) -> Answers {
    let others = content
        .to
        .iter()
        .chain(&content.cc)
        .filter(|p| !p.email.eq_ignore_ascii_case(&source.who.signed.address));
    let href = |mode| href::compose(mode, &source.frame.message());
    Answers {
        reply: href("reply"),
        all: (others.count() > 0 || content.more_recipients > 0).then(|| href("all")),
        forward: href("forward"),
        attach: href("attach"),
        edit: href("edit"),
        draft: is_draft(source),
        acknowledge: source.who.account.backend.server.smtp.is_some()
            && acknowledge::is_for_a_person(opened, &source.who.addresses()),
    }
}

/// By the mailbox, as it was listed last.
fn is_draft(source: &Source) -> bool {
    role(source) == Some(Role::Drafts)
}

fn letter(source: &Source, opened: &Opened) -> (Letter, Option<(Section, Markup)>) {
    let empty = Envelope::default();
    let envelope = opened.message.envelope.as_deref().unwrap_or(&empty);
    let plan = &opened.plan;
    let main = body(source, opened);
    let (more, missing) = join(source, opened, &plan.more);
    let inside = nested(source, opened, plan, 0);
    let missing = missing || inside.iter().any(|letter| letter.incomplete);
    let mut letter = Letter {
        arrived: opened.message.internal_date,
        late: late(source, opened),
        files: files(source, plan, &main.shown),
        body: main.view,
        other_form: main.other_form,
        layout_refused: main.layout_refused,
        more,
        protection: plan.protection,
        nested: inside,
        incomplete: plan.truncated || missing || opened.message.too_complex,
        ..heads(envelope, &source.who.signed.address)
    };
    if answers_go_elsewhere(envelope) && !opened.is_of_a_list() {
        letter.warnings.push(Warning::AnswersGoElsewhere);
    }
    if let BodyView::Text(text) = &mut letter.body
        && let Some(more) = letter.more.take()
    {
        text.blocks.extend(more.blocks);
        text.truncated |= more.truncated;
    }
    (letter, main.document)
}

fn late(source: &Source, opened: &Opened) -> Option<Late> {
    let operator = Operator::of(&source.who.account.backend.server);
    super::way::late(&opened.way(operator), format!("{}/way", source.frame.message()))
}

/// Several texts as one, and whether some of them are missing.
fn join(source: &Source, opened: &Opened, texts: &[Body]) -> (Option<Text>, bool) {
    let read: Vec<Text> = texts.iter().filter_map(|body| text_of(source, opened, body)).collect();
    let missing = read.len() < texts.len();
    let all = read.into_iter().reduce(|mut all, next| {
        all.blocks.extend(next.blocks);
        all.truncated |= next.truncated;
        all
    });
    (all, missing)
}

/// Who, when, what about.
pub(super) fn heads(envelope: &Envelope, me: &str) -> Letter {
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
    if envelope.from.len() > 1 || envelope.from.iter().any(Address::mixes_scripts) {
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

/// An answer would reach nobody at the author's domain, nor above or below it.
fn answers_go_elsewhere(envelope: &Envelope) -> bool {
    fn domain(address: &Address) -> Option<String> {
        address.email.rsplit_once('@').map(|(_, domain)| domain.to_ascii_lowercase())
    }
    let related = |a: &str, b: &str| a == b || a.ends_with(&format!(".{b}")) || b.ends_with(&format!(".{a}"));
    let from: Vec<String> = envelope.from.iter().filter_map(domain).collect();
    let to: Vec<String> = envelope.reply_to.iter().filter_map(domain).collect();
    !from.is_empty() && to.iter().any(|to| from.iter().all(|from| !related(from, to)))
}

fn person(address: &Address) -> Person {
    Person { name: address.name.clone(), email: address.email.clone() }
}

/// The documents, and the images meant for an HTML text that does not show them.
fn files(source: &Source, plan: &Plan, shown: &[Section]) -> Vec<File> {
    let hidden = plan.inline_images.iter().filter(|i| !i.listed && !shown.contains(&i.attachment.section));
    plan.attachments.iter().chain(hidden.map(|i| &i.attachment)).map(|a| file(source, a)).collect()
}

fn file(source: &Source, attachment: &Attachment) -> File {
    let href = source.part(&attachment.section);
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

/// The form of a forwarded message's text that is shown.
pub fn inner_text(plan: &Plan) -> impl Iterator<Item = &Body> {
    plan.alternative.as_ref().or(plan.body.as_ref()).into_iter()
}

/// Forwarded messages, each with its text in plain form.
fn nested(source: &Source, opened: &Opened, plan: &Plan, depth: usize) -> Vec<Letter> {
    if depth > MAX_NESTED {
        return Vec::new();
    }
    let me = &source.who.signed.address;
    plan.nested
        .iter()
        .map(|inner| {
            let plan = &inner.plan;
            let texts: Vec<Body> = inner_text(plan).chain(&plan.more).cloned().collect();
            let (text, missing) = join(source, opened, &texts);
            let inside = nested(source, opened, plan, depth + 1);
            let mut files = files(source, plan, &[]);
            let href = source.part(&inner.section);
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
                protection: plan.protection,
                incomplete: plan.truncated || missing || inside.iter().any(|l| l.incomplete),
                nested: inside,
                ..heads(inner.envelope.as_ref().unwrap_or(&Envelope::default()), me)
            }
        })
        .collect()
}

/// The main text, and what goes with it.
#[derive(Default)]
struct Main {
    view: BodyView,
    other_form: Option<OtherForm>,
    layout_refused: bool,
    /// The inline images that it shows.
    shown: Vec<Section>,
    document: Option<(Section, Markup)>,
}

fn body(source: &Source, opened: &Opened) -> Main {
    let plan = &opened.plan;
    let Some(main) = &plan.body else { return Main::default() };
    let message = source.frame.message();
    let plain = |other_form| match text_of(source, opened, plan.alternative.as_ref().unwrap_or(main)) {
        Some(text) => Main { view: BodyView::Text(text), other_form, ..Main::default() },
        None => {
            let view = BodyView::Failed(Box::new(problem::Kind::TooComplex.into()));
            Main { view, other_form, ..Main::default() }
        }
    };
    if !main.html {
        return plain(None);
    }
    if source.as_text {
        return plain(Some(OtherForm::AsHtml(message)));
    }
    let refused = || Main { layout_refused: true, ..plain(None) };
    // HTML that did not come whole is not shown: what is missing may be what made it safe to believe.
    let Some(bytes) = opened.text(&main.section).filter(|_| !opened.is_cut(&main.section)) else {
        return refused();
    };
    match source.frame.document(plan, main, bytes, None) {
        Err(_) => refused(),
        Ok((clean, document)) => {
            let images = match (clean.remote as u64, source.frame.images) {
                (0, _) => Images::None,
                (_, true) => Images::Shown,
                (n, false) => Images::Blocked { n, allow: format!("{message}?images=1") },
            };
            let shown = clean.inline.iter().filter_map(|id| showable(plan, id));
            Main {
                view: BodyView::Html { src: source.frame.href(&main.section), images },
                other_form: Some(OtherForm::AsText(format!("{message}?as=text"))),
                layout_refused: false,
                shown: shown.map(|image| image.attachment.section.clone()).collect(),
                document: Some((main.section.clone(), document)),
            }
        }
    }
}

/// A text as blocks; HTML is read as text.
fn text_of(source: &Source, opened: &Opened, body: &Body) -> Option<Text> {
    let bytes = opened.text(&body.section)?;
    let words = decoded(body, bytes);
    let words = if body.html { html::to_text_with_links(&words) } else { words };
    let format = Format { flowed: body.flowed && !body.html, delsp: body.delsp };
    let mut text = Text::parse(&words, format);
    text.truncated |= opened.is_cut(&body.section);
    disarm(&mut text, &source.frame.own_host);
    Some(text)
}

/// Links to Relais itself become text: what a mail writes never acts for its reader.
fn disarm(text: &mut Text, own: &OwnHost) {
    for block in &mut text.blocks {
        let (Block::Paragraph(lines) | Block::Quote { lines, .. } | Block::Signature(lines)) = block;
        for span in lines.iter_mut().flatten() {
            if let Span::Link { url, text } = span
                && url::Url::parse(url).is_ok_and(|url| html::is_own(&url, own))
            {
                *span = Span::Text(std::mem::take(text));
            }
        }
    }
}
