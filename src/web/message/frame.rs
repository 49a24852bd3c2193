//! The frame of a message's HTML: its address, what it holds, and which of the message's images are in it.

use std::sync::Arc;

use super::{body, waiting};
use crate::{
    imap::Owner,
    locale::Lang,
    message::{
        Section, charset,
        html::{self, Clean, Options, OwnHost},
        plan::{Body, InlineImage, Plan},
        transfer,
    },
    web::href::Place,
};

/// Which message, and all that its frame depends on.
#[derive(Clone)]
pub struct Frame {
    pub place: Place,
    pub uidvalidity: u32,
    pub uid: u32,
    /// The reader asked for the images that are kept elsewhere.
    pub images: bool,
    /// Scheme, host and port of Relais itself as the browser knows it.
    pub origin: Arc<str>,
    /// A mail's links to Relais itself are text.
    pub own_host: OwnHost,
    pub lang: Lang,
}

impl Frame {
    /// The path of the message's page.
    pub fn message(&self) -> String {
        self.place.message(self.uidvalidity, self.uid)
    }

    /// The path of the frame that shows this section.
    pub fn href(&self, section: &Section) -> String {
        let images = if self.images { "&images=1" } else { "" };
        format!("{}/body?part={section}{images}", self.message())
    }

    /// Under which the document of this section waits.
    pub fn key(&self, owner: Owner, section: &Section) -> waiting::Key {
        waiting::Key { owner, lang: self.lang, origin: self.origin.clone(), href: self.href(section) }
    }

    /// A text of the message made safe, and the document that shows it, with something above it.
    pub fn document(
        &self,
        plan: &Plan,
        body: &Body,
        bytes: &[u8],
        above: Option<&maud::Markup>,
    ) -> Result<(Clean, maud::Markup), html::Refused> {
        let (known, here) = (plan.clone(), self.clone());
        let find = move |id: &str| {
            let image = showable(&known, id)?;
            Some(here.place.image(here.uidvalidity, here.uid, &image.attachment.section))
        };
        let options = Options {
            inline_image: Arc::new(find),
            remote_images: self.images,
            own_host: self.own_host.clone(),
        };
        let clean = html::clean(&decoded(body, bytes), &options)?;
        let document = body::document(&clean, self.lang, above);
        Ok((clean, document))
    }
}

/// The image with this Content-ID, if it claims to be of a kind that is shown. Of two with one ID, the first.
pub fn showable<'a>(plan: &'a Plan, id: &str) -> Option<&'a InlineImage> {
    plan.inline_images.iter().find(|image| image.id == id).filter(|image| image.attachment.viewable)
}

pub fn decoded(body: &Body, bytes: &[u8]) -> String {
    charset::decode(&transfer::decode(&body.encoding, bytes), body.charset.as_deref())
}

/// The HTML text with this number, among those a plan would show.
pub fn body_at<'a>(plan: &'a Plan, section: &Section) -> Option<&'a Body> {
    plan.body.iter().chain(&plan.more).find(|b| b.section == *section && b.html)
}
