//! The message that is answered or forwarded, as the form needs it.

use bytes::Bytes;

use super::{
    filled::{Filled, Mode, Offer, Source},
    sender,
};
use crate::{
    audit::{Event, What},
    imap::MailboxName,
    locale::Tr,
    mailbox::{
        drafts,
        opened::{self, Opened},
    },
    message::{
        Address, Envelope, Section,
        compose::{KeptField, MessageId, answer, chain, quote},
        date, filename, html,
        plan::{Body, Plan},
        text::{Format, Text},
        whole, words,
    },
    outbox::MESSAGE,
    web::{
        list::place::place,
        make::make,
        message::frame::decoded,
        problem::Problem,
        settings::identity::{self, Identity},
        trouble,
        who::Who,
    },
};

/// The texts that are quoted: plain where there is a choice.
fn wanted(plan: &Plan) -> Vec<Body> {
    plan.alternative.as_ref().or(plan.body.as_ref()).into_iter().chain(&plan.more).cloned().collect()
}

async fn is_drafts(who: &Who, mailbox: &MailboxName) -> bool {
    drafts::mailbox(&who.account).await.is_ok_and(|drafts| drafts.as_ref() == Some(mailbox))
}

/// Fills the form from the message at `source`.
pub async fn fill(
    who: &Who,
    identities: &[Identity],
    source: Source,
    mode: Mode,
    mut filled: Filled,
) -> Result<Filled, Problem> {
    let place = place(who, &source.folder).await?;
    let opened = opened::open(&who.account, &place.mailbox, source.uidvalidity, source.uid, wanted).await;
    let opened =
        opened.map_err(|t| trouble::of_trouble(&who.account, &t).with_retry(who.reader.here.clone()))?;
    let event = Event::of(What::MessageOpened);
    who.tell(event.received(place.mailbox.raw(), source.uidvalidity, source.uid));
    // In the mailbox for drafts, it is gone on with.
    let mode = match mode {
        Mode::Edit if is_drafts(who, &place.mailbox).await => Mode::Resume,
        mode => mode,
    };
    filled.mode = mode;
    let (tr, identities) = (who.reader.tr.clone(), identities.to_vec());
    let (uidvalidity, uid) = (source.uidvalidity, source.uid);
    filled.source = Some(source);
    // Business software finds its way by the fields and by the subject as they were written.
    let header = match mode {
        Mode::Forward | Mode::Attach | Mode::Edit | Mode::Resume => {
            opened::header(&who.account, &place.mailbox, uidvalidity, uid)
                .await
                .map_err(|t| trouble::of_trouble(&who.account, &t).with_retry(who.reader.here.clone()))?
        }
        _ => Bytes::new(),
    };
    make(move || {
        filled.original_subject = whole_subject(&header);
        if mode == Mode::Forward {
            filled.kept = KeptField::all(&header);
        }
        let empty = Envelope::default();
        let envelope = opened.message.envelope.as_deref().unwrap_or(&empty);
        let text = text_of(&opened);
        let subject = envelope.subject.as_deref().unwrap_or_default();
        let own = sender::of_message(&identities, envelope).cloned().unwrap_or_default();
        // What is edited keeps the writer it has, if that is one of ours.
        filled.from.clone_from(&own.address);
        filled.follow = own.follow;
        match mode {
            Mode::Attach => attach(&mut filled, &opened, envelope, &tr),
            Mode::Forward => forward(&mut filled, &opened, envelope, &text, &tr),
            Mode::Edit | Mode::Resume => return edit(filled, &opened, envelope),
            _ => {
                let all: Vec<&str> = identities.iter().map(|own| own.address.as_str()).collect();
                let people = match mode {
                    Mode::All => answer::reply_all(envelope, &all),
                    _ => answer::reply(envelope, &all),
                };
                filled.to = answer::field(&people.to);
                filled.cc = answer::field(&people.cc);
                filled.subject = answer::subject(tr.t("subject-reply"), subject);
                filled.text = format!("\n\n{}\n{}", wrote(envelope, &tr), quote::quoted(&text));
                filled.in_reply_to = envelope.message_id.as_deref().and_then(MessageId::parse);
            }
        }
        filled.references = chain(
            &opened.field("references").unwrap_or_default(),
            envelope.in_reply_to.as_deref(),
            envelope.message_id.as_deref(),
        );
        filled.text = identity::signed(&own.signature, &filled.text);
        filled
    })
    .await
}

/// The subject with the marks that reading leaves out.
fn whole_subject(header: &[u8]) -> String {
    let fields = whole::fields(header);
    let subject = fields.iter().find(|field| field.name.eq_ignore_ascii_case(b"subject"));
    subject.map(|field| words::decode(field.value)).unwrap_or_default()
}

/// The message as its writer left it.
fn edit(mut filled: Filled, opened: &Opened, envelope: &Envelope) -> Filled {
    filled.to = answer::field(&envelope.to);
    filled.cc = answer::field(&envelope.cc);
    filled.bcc = answer::field(&envelope.bcc);
    filled.subject = std::mem::take(&mut filled.original_subject);
    let texts = wanted(&opened.plan).into_iter().filter_map(|body| {
        let words = decoded(&body, opened.text(&body.section)?);
        let words = if body.html { html::to_text_with_links(&words) } else { words };
        Some(quote::typed(&words, body.flowed && !body.html, body.delsp))
    });
    filled.text = texts.collect::<Vec<_>>().join("\n\n");
    filled.offers = offers(opened);
    // What is written anew begins a conversation; a draft stays in its own.
    if filled.mode == Mode::Resume {
        filled.in_reply_to = envelope.in_reply_to.as_deref().and_then(MessageId::parse);
        filled.references = MessageId::all(&opened.field("references").unwrap_or_default());
    }
    filled
}

/// The message itself as a file, octet for octet.
fn attach(filled: &mut Filled, opened: &Opened, envelope: &Envelope, tr: &Tr) {
    let subject = envelope.subject.as_deref().unwrap_or_default();
    filled.subject = answer::subject(tr.t("subject-forward"), subject);
    let octets = opened.message.size.unwrap_or_default();
    let title = if subject.trim().is_empty() { tr.t("message-title") } else { subject };
    let short: String = title.chars().take(80).collect();
    let name = filename::safe(Some(&format!("{}.eml", short.trim())), MESSAGE);
    filled.offers = vec![Offer { section: Section::default(), octets, name, kept: true }];
}

fn forward(filled: &mut Filled, opened: &Opened, envelope: &Envelope, text: &Text, tr: &Tr) {
    let subject = envelope.subject.as_deref().unwrap_or_default();
    filled.subject = answer::subject(tr.t("subject-forward"), subject);
    let people = |list: &[Address]| list.iter().map(Address::full).collect::<Vec<_>>().join(", ");
    let sent = sent(envelope).map(|at| format!("{} {}", tr.date(at), tr.clock(at)));
    let lines = [
        (tr.t("field-from"), people(&envelope.from)),
        (tr.t("field-date"), sent.or_else(|| envelope.date.clone()).unwrap_or_default()),
        (tr.t("field-subject"), subject.to_owned()),
        (tr.t("field-to"), people(&envelope.to)),
        (tr.t("field-cc"), people(&envelope.cc)),
    ];
    let lines: Vec<String> = lines
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(label, value)| {
            tr.t_with("forward-line", &[("label", (*label).into()), ("value", value.into())])
        })
        .collect();
    let head = tr.t("forward-head");
    filled.text = format!("\n\n{head}\n{}\n\n{}", lines.join("\n"), quote::plain(text));
    filled.offers = offers(opened);
}

/// The files of the message, to be taken along or not.
fn offers(opened: &Opened) -> Vec<Offer> {
    let images = opened.plan.inline_images.iter().map(|image| &image.attachment);
    let offer = |file: &crate::message::plan::Attachment| Offer {
        section: file.section.clone(),
        octets: file.size,
        name: file.name.clone(),
        kept: true,
    };
    let mut offers: Vec<Offer> = opened.plan.attachments.iter().map(offer).collect();
    // Images of the layout are offered, not taken: the text goes without its layout.
    for image in images {
        if !offers.iter().any(|known| known.section == image.section) {
            offers.push(Offer { kept: false, ..offer(image) });
        }
    }
    offers
}

fn sent(envelope: &Envelope) -> Option<jiff::Timestamp> {
    envelope.date.as_deref().and_then(date::parse)
}

/// "Le 22 nov. 2026 à 09:42, Dr Inès Laurent a écrit :"
fn wrote(envelope: &Envelope, tr: &Tr) -> String {
    let name = envelope.from.first().map_or_else(|| tr.t("list-nobody").to_owned(), Address::display);
    match sent(envelope) {
        Some(at) => {
            let (date, clock) = (tr.date(at), tr.clock(at));
            let args = [("date", (&date).into()), ("clock", (&clock).into()), ("name", (&name).into())];
            tr.t_with("quote-wrote-on", &args)
        }
        None => tr.t_with("quote-wrote", &[("name", (&name).into())]),
    }
}

fn text_of(opened: &Opened) -> Text {
    let mut all = Text::default();
    for body in wanted(&opened.plan) {
        let Some(bytes) = opened.text(&body.section) else { continue };
        let words = decoded(&body, bytes);
        let words = if body.html { html::to_text_with_links(&words) } else { words };
        let text = Text::parse(&words, Format { flowed: body.flowed && !body.html, delsp: body.delsp });
        all.blocks.extend(text.blocks);
        all.truncated |= text.truncated;
    }
    all
}
