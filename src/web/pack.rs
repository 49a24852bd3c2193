//! gzip for pages that are whole. The compressor is kept for the next page: to prepare a new one costs as much as to
//! pack a page of fifty rows. What streams is left to tower-http.

use std::cell::RefCell;

use axum::{
    body::{Body, HttpBody, to_bytes},
    extract::Request,
    http::{HeaderMap, HeaderValue, header},
    middleware::Next,
    response::Response,
};
use flate2::{Compress, Compression, FlushCompress, Status};

/// The largest page packed in one go, in bytes: it is done between two waits, and others wait too.
const MOST: u64 = 512 << 10;
/// The largest window there is (RFC 1951 §2), as its power of two.
const WINDOW: u8 = 15;

thread_local! {
    /// A page is made once and sent once: packing it well would cost more than it saves.
    static PACKER: RefCell<Compress> = RefCell::new(Compress::new_gzip(Compression::fast(), WINDOW));
}

pub async fn pack(request: Request, next: Next) -> Response {
    let wanted = wants_gzip(request.headers());
    let response = next.run(request).await;
    let whole = response.body().size_hint().exact().is_some_and(|size| (1..=MOST).contains(&size));
    if !wanted
        || !whole
        || !is_page(response.headers())
        || response.headers().contains_key(header::CONTENT_ENCODING)
    {
        return response;
    }
    let (mut head, body) = response.into_parts();
    // It has it all already: nothing is waited for.
    let Ok(page) = to_bytes(body, MOST as usize).await else {
        return Response::from_parts(head, Body::empty());
    };
    let Some(packed) = gzip(&page) else { return Response::from_parts(head, Body::from(page)) };
    head.headers.remove(header::CONTENT_LENGTH);
    head.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    head.headers.append(header::VARY, HeaderValue::from_static("accept-encoding"));
    Response::from_parts(head, Body::from(packed))
}

/// Pages and what scripts fetch. Files of a mail go as they are, at the pace of their reader.
pub fn is_page(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    kind.starts_with("text/html") || kind.starts_with("application/json")
}

/// Asked for plainly, as every browser does. Weights and other oddities (RFC 9110 §12.5.3) are weighed by tower-http.
fn wants_gzip(headers: &HeaderMap) -> bool {
    let fields = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let mut codings = fields.flat_map(|field| field.split(',')).map(str::trim);
    codings.any(|coding| coding.eq_ignore_ascii_case("gzip"))
}

fn gzip(page: &[u8]) -> Option<Vec<u8>> {
    PACKER.with_borrow_mut(|packer| {
        packer.reset();
        let mut packed = Vec::with_capacity(page.len() / 4 + 128);
        loop {
            let rest = page.get(packer.total_in() as usize..)?;
            match packer.compress_vec(rest, &mut packed, FlushCompress::Finish).ok()? {
                Status::StreamEnd => return Some(packed),
                Status::Ok | Status::BufError => packed.reserve(page.len() / 2 + 128),
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn one_page_after_another() {
        let random: Vec<u8> = (0..5000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        for page in [b"a".to_vec(), b"<li>row</li>".repeat(3000), random, b"last".to_vec()] {
            let packed = gzip(&page).expect("packed");
            let mut unpacked = Vec::new();
            flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut unpacked).expect("gzip");
            assert!(unpacked == page);
        }
    }

    #[test]
    fn only_where_it_is_asked_for_plainly() {
        let wants = |field: &'static str| {
            wants_gzip(&[(header::ACCEPT_ENCODING, HeaderValue::from_static(field))].into_iter().collect())
        };
        assert!(wants("gzip") && wants("br, GZIP, deflate"));
        assert!(!wants("identity") && !wants("gzip;q=0") && !wants("br"));
        assert!(!wants_gzip(&HeaderMap::new()));
    }
}
