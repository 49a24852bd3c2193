//! What of the original goes along with a forward: from the mail server to the outbox, never whole in memory.

use futures::{StreamExt, stream};

use super::{FILES, desk::Desk, view::Wrong};
use crate::{
    mailbox::part,
    message::{compose::MediaType, plan::Attachment},
    outbox::{self, Staged},
    web::{list::handler::place, trouble},
};

impl Desk {
    /// The files of the forwarded message, from the mail server to the outbox.
    pub async fn take_along(&mut self) -> Result<Vec<Staged>, Wrong> {
        let Some(source) = self.filled.source.clone() else { return Ok(Vec::new()) };
        let mut taken: Vec<Staged> = Vec::new();
        let offers: Vec<_> = self.filled.offers.iter().filter(|offer| offer.kept).cloned().collect();
        for offer in offers {
            let not_read = |_| Wrong::OriginalNotRead(offer.name.clone());
            let place = place(&self.who, &source.folder).await.map_err(not_read)?;
            let address = part::Address {
                mailbox: place.mailbox,
                uidvalidity: source.uidvalidity,
                uid: source.uid,
                section: offer.section.clone(),
            };
            let download = part::download(self.who.account.clone(), address).await.map_err(|t| {
                let problem = trouble::of_trouble(&self.who.account, &t);
                not_read(problem)
            })?;
            let described = download.part.as_ref().map(Attachment::of);
            let name = described.as_ref().map_or(offer.name.clone(), |a| a.name.clone());
            let kind = MediaType::of(described.as_ref().map_or("", |a| a.kind.as_str()));
            let rest =
                stream::unfold(download.rest, |mut rest| async move { Some((rest.recv().await?, rest)) });
            let body = stream::iter([Ok(download.head)]).chain(rest);
            let left = FILES.saturating_sub(taken.iter().map(|file| file.octets).sum());
            let staged =
                self.app.outbox.stage(&self.who.signed.account, &name, kind.as_str(), Box::pin(body), left);
            taken.push(staged.await.map_err(|error| match error {
                outbox::Error::TooBig { .. } => Wrong::FileTooBig(name.clone()),
                _ => Wrong::OriginalNotRead(name.clone()),
            })?);
        }
        Ok(taken)
    }
}
