//! What of the original goes along with a forward: from the mail server to the outbox, never whole in memory.

use std::io;

use bytes::Bytes;
use futures::{StreamExt, stream, stream::BoxStream};

use super::{
    desk::Desk,
    filled::{Offer, Source},
    limit,
    view::Wrong,
};
use crate::{
    audit::{Event, What},
    mailbox::part,
    message::{compose::MediaType, plan::Attachment},
    outbox::{self, Staged},
    web::{list::place::place, trouble},
};

type Octets = BoxStream<'static, io::Result<Bytes>>;

impl Desk {
    /// The files of the forwarded message, from the mail server to the outbox.
    pub async fn take_along(&mut self) -> Result<Vec<Staged>, Wrong> {
        let Some(source) = self.filled.source.clone() else { return Ok(Vec::new()) };
        let most = limit::files(&self.app, &self.who);
        let mut taken: Vec<Staged> = Vec::new();
        let offers: Vec<_> = self.filled.offers.iter().filter(|offer| offer.kept).cloned().collect();
        for offer in offers {
            let left = most.saturating_sub(taken.iter().map(|file| file.octets).sum());
            let failed = |error| match error {
                outbox::Error::TooBig { .. } => Wrong::FileTooBig(offer.name.clone(), most),
                _ => Wrong::OriginalNotRead(offer.name.clone()),
            };
            let (outbox, account) = (&self.app.outbox, &self.who.signed.account);
            if offer.section.is_whole() {
                let (_, body) = self.download(&source, &offer).await?;
                let staged = outbox.stage_message(account, &offer.name, body, left).await.map_err(failed)?;
                if let Some(staged) = staged {
                    taken.push(staged);
                    continue;
                }
            }
            // A message that cannot go as it is goes as a file like any other: its octets stay the same.
            let (described, body) = self.download(&source, &offer).await?;
            let name = described.as_ref().map_or(offer.name.clone(), |a| a.name.clone());
            let kind = MediaType::of(described.as_ref().map_or("", |a| a.kind.as_str()));
            taken.push(outbox.stage(account, &name, kind.as_str(), body, left).await.map_err(failed)?);
        }
        Ok(taken)
    }

    /// What it is, and its decoded octets as they come.
    async fn download(&self, source: &Source, offer: &Offer) -> Result<(Option<Attachment>, Octets), Wrong> {
        let not_read = |_| Wrong::OriginalNotRead(offer.name.clone());
        let place = place(&self.who, &source.folder).await.map_err(not_read)?;
        let mailbox = place.mailbox.clone();
        let address = part::Address {
            mailbox: place.mailbox,
            uidvalidity: source.uidvalidity,
            uid: source.uid,
            section: offer.section.clone(),
        };
        let download = part::download(self.who.account.clone(), address)
            .await
            .map_err(|t| not_read(trouble::of_trouble(&self.who.account, &t)))?;
        let event = Event::of(What::AttachmentFetched).part(&offer.section.to_string());
        self.who.tell(event.received(mailbox.raw(), source.uidvalidity, source.uid));
        let rest = stream::unfold(download.rest, |mut rest| async move { Some((rest.recv().await?, rest)) });
        let body = stream::iter([Ok(download.head)]).chain(rest).boxed();
        Ok((download.part.as_ref().map(Attachment::of), body))
    }
}
