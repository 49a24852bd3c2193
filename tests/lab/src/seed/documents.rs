//! Small real files to attach: each opens in the programs people open such files with.

use std::fmt::Write as _;

/// Two drawn landscapes, 480 × 320.
pub const PHOTOS: [&[u8]; 2] = [include_bytes!("photos/evening.jpg"), include_bytes!("photos/morning.jpg")];

/// A one-page PDF (1.4) with these lines of text. Characters outside WinAnsi become `?`.
#[must_use]
pub fn pdf(title: &str, lines: &[&str]) -> Vec<u8> {
    let mut page = format!("BT /F1 18 Tf 56 780 Td {} Tj /F1 11 Tf 0 -20 Td 16 TL\n", pdf_string(title));
    for line in lines {
        let _ = writeln!(page, "T* {} Tj", pdf_string(line));
    }
    page += "ET";
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{page}\nendstream", page.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_owned(),
    ];
    let mut out = String::from("%PDF-1.4\n");
    let mut places = Vec::new();
    for (number, object) in objects.iter().enumerate() {
        places.push(out.len());
        let _ = write!(out, "{} 0 obj\n{object}\nendobj\n", number + 1);
    }
    let table = out.len();
    let _ = write!(out, "xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for place in places {
        let _ = writeln!(out, "{place:010} 00000 n ");
    }
    let _ =
        write!(out, "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n", objects.len() + 1);
    out.into_bytes()
}

/// Text as a PDF string: octal escapes for everything outside ASCII, so that the file stays ASCII.
fn pdf_string(text: &str) -> String {
    let mut out = String::from("(");
    for byte in encoding_rs::WINDOWS_1252.encode(text).0.iter() {
        match byte {
            b'(' | b')' | b'\\' => out += &format!("\\{}", char::from(*byte)),
            b' '..=b'~' => out.push(char::from(*byte)),
            _ => {
                let _ = write!(out, "\\{byte:03o}");
            }
        }
    }
    out + ")"
}

/// A ZIP archive that stores its files uncompressed.
#[must_use]
pub fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    for (name, data) in files {
        let offset = u32_of(out.len());
        let size = u32_of(data.len());
        // Version, UTF-8 names, stored, midnight of 1 January 2026, then sums and sizes.
        let mut fields: Vec<u8> =
            [20_u16, 0x0800, 0, 0, (46 << 9) | (1 << 5) | 1].map(u16::to_le_bytes).concat();
        fields.extend([crc32(data), size, size].map(u32::to_le_bytes).concat());
        fields.extend(u16::try_from(name.len()).unwrap_or(u16::MAX).to_le_bytes());
        out.extend(b"PK\x03\x04");
        out.extend(&fields);
        out.extend([0, 0]);
        out.extend(name.as_bytes());
        out.extend(*data);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(fields);
        directory.extend([0; 12]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (at, size, count) =
        (u32_of(out.len()), u32_of(directory.len()), u16::try_from(files.len()).unwrap_or(u16::MAX));
    out.extend(directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend([count, count].map(u16::to_le_bytes).concat());
    out.extend([size, at].map(u32::to_le_bytes).concat());
    out.extend([0, 0]);
    out
}

/// A square RGB PNG of `side` pixels, a soft gradient of one hue.
#[must_use]
pub fn png(side: u32, (red, green, blue): (u8, u8, u8)) -> Vec<u8> {
    let mut rows = Vec::new();
    for y in 0..side {
        rows.push(0);
        for x in 0..side {
            let light =
                |part: u8| u8::try_from(u32::from(part) * (side * 2 + x + y) / (side * 4)).unwrap_or(part);
            rows.extend([light(red), light(green), light(blue)]);
        }
    }
    // zlib (RFC 1950) with stored blocks (RFC 1951 §3.2.4).
    let mut data = vec![0x78, 0x01];
    let mut blocks = rows.chunks(65_535).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        data.push(u8::from(blocks.peek().is_none()));
        data.extend([length, !length].map(u16::to_le_bytes).concat());
        data.extend(block);
    }
    data.extend(adler32(&rows).to_be_bytes());

    let mut head = [side, side].map(u32::to_be_bytes).concat();
    head.extend([8, 2, 0, 0, 0]);
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, body) in [(b"IHDR", head), (b"IDAT", data), (b"IEND", Vec::new())] {
        out.extend(u32_of(body.len()).to_be_bytes());
        let from = out.len();
        out.extend(kind);
        out.extend(body);
        let sum = crc32(&out[from..]);
        out.extend(sum.to_be_bytes());
    }
    out
}

/// The archive of an IHE XDM message, as French health software exchanges it: an index and one submission set.
#[must_use]
pub fn xdm(patient: &str, document: &[u8]) -> Vec<u8> {
    let readme = "Document de sante transmis par messagerie securisee. Ouvrez INDEX.HTM.\r\n";
    let index = format!(
        "<!DOCTYPE html><html lang=\"fr\"><title>XDM</title><p>{patient}<p><a href=\"IHE_XDM/SUBSET01/DOC00001.PDF\">Compte rendu</a></html>\n"
    );
    let metadata = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<lcm:SubmitObjectsRequest xmlns:lcm=\"urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0\"><!-- {patient} --></lcm:SubmitObjectsRequest>\n"
    );
    zip(&[
        ("README.TXT", readme.as_bytes()),
        ("INDEX.HTM", index.as_bytes()),
        ("IHE_XDM/SUBSET01/METADATA.XML", metadata.as_bytes()),
        ("IHE_XDM/SUBSET01/DOC00001.PDF", document),
    ])
}

fn u32_of(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |sum: u32, byte: &u8| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(sum & 1)))
    };
    !bytes.iter().fold(!0, step)
}

fn adler32(bytes: &[u8]) -> u32 {
    let (a, b) = bytes.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    (b << 16) | a
}
