//! The HTML of a mail, made safe to show in its frame.
//!
//! Two steps. `tidy` rewrites the markup so that it is properly nested and of bounded size; ammonia then keeps what
//! is on the allow-list and nothing else. Style sheets go a way of their own, through `sheet`. The frame's
//! Content-Security-Policy is the last wall, not built here.

mod entity;
mod scan;
mod sheet;
mod style;
mod tags;
mod tidy;
mod to_text;

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
};

use ammonia::{Builder, UrlRelative};

pub use to_text::{to_text, to_text_with_links};

/// Largest HTML shown as HTML, in bytes.
pub const MAX_BYTES: usize = 2 * 1024 * 1024;
/// Largest image inside the HTML itself (`data:`), in bytes of its URL.
const MAX_DATA_URL: usize = 1024 * 1024;

/// Classes of one element, and their length in bytes.
const MAX_CLASSES: usize = 16;
const MAX_CLASSES_BYTES: usize = 512;

/// Gives the URL under which the image with this Content-ID (without `cid:` and angle brackets) is served.
pub type InlineImage = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// Whether Relais answers to this host, as `url::Url::host_str` writes it.
pub type OwnHost = Arc<dyn Fn(&str) -> bool + Send + Sync>;

#[derive(Clone)]
pub struct Options {
    /// Where `cid:` images are; it may answer a path of our own (`/i/…`), which no mail can name by itself.
    pub inline_image: InlineImage,
    /// Keep `http:` and `https:` images. The reader asked for it, for this message.
    pub remote_images: bool,
    /// Links to Relais itself become text.
    pub own_host: OwnHost,
}

impl Default for Options {
    /// No inline image known, nothing remote, no host of ours.
    fn default() -> Self {
        Options { inline_image: Arc::new(|_| None), remote_images: false, own_host: Arc::new(|_| false) }
    }
}

/// What may be put into the frame.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Clean {
    /// A fragment: no html, head or body element. An image that is not shown has no `src` (style `img:not([src])`).
    pub html: String,
    /// What is left of its style sheets, to stand in a `style` element: there is no `<` in it.
    pub css: String,
    /// Remote images that are in it, loaded or not.
    pub remote: usize,
    /// Content-IDs that it shows; inline images not among them are better listed as attachments.
    pub inline: HashSet<String>,
    /// It brings colours of its own: show it on white, in the dark too.
    pub coloured: bool,
}

/// Why the HTML is not shown: the plain text is, or [`to_text_with_links`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("the HTML is larger than 2 MB")]
    TooBig,
    #[error("the HTML nests too deep")]
    TooDeep,
    #[error("the HTML has too many elements")]
    TooManyElements,
}

/// Makes `source` safe. Costs time in proportion to its size (about 50 ms for a 500 KB newsletter): call it off the
/// async threads.
pub fn clean(source: &str, options: &Options) -> Result<Clean, Refused> {
    if source.len() > MAX_BYTES {
        return Err(Refused::TooBig);
    }
    let tidied = tidy::tidy(source)?;
    let found = Arc::new(Found::default());
    let html = builder(options, &found).clean(&tidied).to_string();
    let inline = std::mem::take(&mut *found.inline.lock().unwrap_or_else(PoisonError::into_inner));
    let sheet = sheet::of(source, html.matches('<').count());
    let coloured = found.coloured.load(Relaxed) || sheet.coloured;
    Ok(Clean { html, css: sheet.css, remote: found.remote.load(Relaxed), inline, coloured })
}

/// What the filter sees on its way. Shared because ammonia wants filters that outlive the call.
#[derive(Default)]
struct Found {
    remote: AtomicUsize,
    coloured: AtomicBool,
    inline: Mutex<HashSet<String>>,
}

fn builder(options: &Options, found: &Arc<Found>) -> Builder<'static> {
    let cell = ["align", "bgcolor", "colspan", "height", "nowrap", "rowspan", "valign", "width"];
    let attributes: [(&str, &[&str]); 20] = [
        ("a", &["href"]),
        ("img", &["align", "alt", "border", "height", "hspace", "src", "vspace", "width"]),
        ("font", &["color", "face", "size"]),
        ("table", &["align", "bgcolor", "border", "cellpadding", "cellspacing", "height", "width"]),
        ("tbody", &["align", "valign"]),
        ("thead", &["align", "valign"]),
        ("tfoot", &["align", "valign"]),
        ("tr", &["align", "bgcolor", "height", "valign"]),
        ("td", &cell),
        ("th", &cell),
        ("div", &["align"]),
        ("p", &["align"]),
        ("h1", &["align"]),
        ("h2", &["align"]),
        ("h3", &["align"]),
        ("hr", &["align", "color", "size", "width"]),
        ("ol", &["reversed", "start", "type"]),
        ("ul", &["type"]),
        ("li", &["type", "value"]),
        ("caption", &["align"]),
    ];
    let attributes: HashMap<&str, HashSet<&str>> =
        attributes.into_iter().map(|(tag, list)| (tag, list.iter().copied().collect())).collect();
    let (options, found) = (options.clone(), Arc::clone(found));
    let mut builder = Builder::empty();
    builder
        .tags(tags::TAGS.iter().copied().collect())
        .clean_content_tags(HashSet::from(["script", "style"]))
        .tag_attributes(attributes)
        // No name: it could stand for a property of the document. Ids and classes are for the mail's own sheets; no
        // other document has them, and links to a place within are dropped like all relative ones.
        .generic_attributes(HashSet::from(["class", "dir", "id", "lang", "style", "title"]))
        .url_schemes(HashSet::from(["cid", "data", "http", "https", "mailto", "tel"]))
        // The filter below refuses every relative URL a mail brings; what passes here is what it put in itself.
        .url_relative(UrlRelative::PassThrough)
        .filter_style_properties(style::properties())
        .link_rel(Some("noopener noreferrer nofollow"))
        .set_tag_attribute_value("a", "target", "_blank")
        .strip_comments(true)
        .attribute_filter(move |tag, attribute, value| match (tag, attribute) {
            ("img", "src") => image(value, &options, &found).map(Cow::Owned),
            ("a", "href") => link(value, &options).map(Cow::Owned),
            (_, "style") => {
                let kept = style::filter(value)?;
                if kept.coloured {
                    found.coloured.store(true, Relaxed);
                }
                Some(Cow::Owned(kept.style))
            }
            (_, "bgcolor") | ("font", "color") => {
                found.coloured.store(true, Relaxed);
                Some(Cow::Borrowed(value))
            }
            (_, "class" | "id") if value.len() > MAX_CLASSES_BYTES => None,
            (_, "class") if value.split_ascii_whitespace().count() > MAX_CLASSES => None,
            // Sizes that make a page endless.
            (
                _,
                "width" | "height" | "hspace" | "vspace" | "border" | "colspan" | "rowspan" | "cellpadding"
                | "cellspacing",
            ) => (value.len() <= 5).then_some(Cow::Borrowed(value)),
            _ => Some(Cow::Borrowed(value)),
        });
    builder
}

/// The `src` of an image, or `None`: its place stays, with its alternative text.
fn image(src: &str, options: &Options, found: &Found) -> Option<String> {
    let src = src.trim();
    let (scheme, rest) = src.split_once(':')?;
    match scheme.to_ascii_lowercase().as_str() {
        "cid" => {
            let id = percent_encoding::percent_decode_str(rest).decode_utf8_lossy();
            let id = id.trim_matches(['<', '>']);
            let url = (options.inline_image)(id)?;
            found.inline.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned());
            Some(url)
        }
        "http" | "https" => {
            found.remote.fetch_add(1, Relaxed);
            let url = url::Url::parse(src).ok()?;
            (options.remote_images && !is_own(&url, &options.own_host)).then(|| url.into())
        }
        "data" => {
            let rest = rest.trim_start().to_ascii_lowercase();
            let raster = ["image/png", "image/jpeg", "image/jpg", "image/gif", "image/webp"];
            let raster =
                raster.iter().any(|t| rest.strip_prefix(t).is_some_and(|r| r.starts_with([';', ','])));
            (raster && src.len() <= MAX_DATA_URL).then(|| src.to_owned())
        }
        _ => None,
    }
}

/// The `href` of a link, or `None`: then only its text is shown.
fn link(href: &str, options: &Options) -> Option<String> {
    let url = url::Url::parse(href.trim()).ok()?;
    match url.scheme() {
        "http" | "https" if !is_own(&url, &options.own_host) => Some(url.into()),
        "mailto" | "tel" => Some(url.into()),
        _ => None,
    }
}

/// Whether a link leads to Relais itself. By host alone: another port or scheme of our own host is no better.
pub fn is_own(url: &url::Url, own: &OwnHost) -> bool {
    url.host_str().is_some_and(|host| own(host))
}

#[cfg(test)]
mod tests;
