//! Documents about patients that software files: IHE XDM (a zip named `IHE_XDM.zip`, in mail by the French "volet" of MSSanté),
//! HPRIM Santé, HL7 CDA and v2, and what Apicrypt sealed; and reports for people to read.

use super::{Clues, Documents, File, Reason, phrases::Folded, words};
use crate::message::Part;

/// Files of one message that are looked at.
const MOST: usize = 60;
/// Octets of a name.
const LONGEST: usize = 255;

pub(super) fn reasons(clues: &Clues) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if clues.documents.files.iter().take(MOST).any(is_clinical) {
        reasons.push(Reason::ClinicalFile);
    }
    if clues.is_routed || says_so(clues.subject) {
        reasons.push(Reason::ClinicalSubject);
    }
    reasons
}

/// A result or a report for the eyes alone: its subject says so, and it brings a document.
pub(super) fn is_report(clues: &Clues, subject: &Folded) -> bool {
    let document = |file: &File| {
        let end = file.name.rsplit_once('.').map_or("", |(_, end)| end);
        let is = |kind: &str| end.eq_ignore_ascii_case(kind) || file.subtype.eq_ignore_ascii_case(kind);
        ["pdf", "rtf", "xml", "tif", "tiff", "dcm", "doc", "docx"].into_iter().any(is)
    };
    let says = subject.has(&words::REPORTS)
        || subject.has(&words::FINDINGS) && names_somebody(clues.subject, subject);
    says && clues.documents.files.iter().take(MOST).any(document)
}

/// A title, or a name as records have it: `DURAND Anne`, `Anne DURAND`.
fn names_somebody(subject: &str, folded: &Folded) -> bool {
    let words: Vec<&str> =
        subject.split(|c: char| !c.is_alphabetic()).filter(|w| !w.is_empty()).take(60).collect();
    let family = |word: &str| word.chars().count() > 2 && word.chars().all(char::is_uppercase);
    let given = |word: &str| {
        let mut chars = word.chars();
        chars.next().is_some_and(char::is_uppercase)
            && chars.next().is_some()
            && chars.all(char::is_lowercase)
    };
    let pair = |two: &[&str]| family(two[0]) && given(two[1]) || given(two[0]) && family(two[1]);
    folded.has(&words::NAMED) || words.windows(2).any(pair)
}

fn is_clinical(file: &File) -> bool {
    let mut name: String = file.name.chars().take(LONGEST).collect();
    name.make_ascii_lowercase();
    let ends = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
    let subtype = |word: &str| file.subtype.eq_ignore_ascii_case(word);
    ends(&[".hpr", ".hprim", ".hpm", ".hl7", ".cda", ".apz"])
        || (name.contains("ihe_xdm") && ends(&[".zip"]))
        || (name.contains("hprim") && ends(&[".txt", ".xml"]))
        || (name.starts_with("cda") && ends(&[".xml"]))
        || subtype("edi-hl7")
        || subtype("hl7v3+xml")
        || subtype("cda+xml")
        || subtype("hl7-v2")
}

/// IHE asks for `XDM/1.0/DDM` in the subject (ITI TF-2: 3.32.4.1.3), HPRIM software begins with its name.
fn says_so(subject: &str) -> bool {
    let mut begin: String = subject.trim_start_matches(['[', '(', ' ']).chars().take(LONGEST).collect();
    begin.make_ascii_lowercase();
    let hprim = begin.strip_prefix("hprim").is_some_and(|rest| !rest.starts_with(char::is_alphanumeric));
    begin.contains("xdm/1.0/ddm") || hprim
}

/// The files of a structure, which came bounded.
pub(super) fn documents_of(root: &Part) -> Documents<'_> {
    let mut files = Vec::new();
    let mut waiting = vec![root];
    while let Some(part) = waiting.pop() {
        if files.len() >= MOST {
            break;
        }
        let disposition = part.disposition.iter().flat_map(|disposition| &disposition.params);
        let named = |(name, _): &&(String, String)| name == "filename" || name == "name";
        let name = disposition.chain(&part.params).find(named).map_or("", |(_, value)| value.as_str());
        if part.kind != "multipart" {
            files.push(File { name, subtype: &part.subtype });
        }
        // What is inside a returned or forwarded message is that message's.
        if part.kind != "message" {
            waiting.extend(part.children.iter().rev());
        }
    }
    Documents { report: part_is_report(root), files }
}

fn part_is_report(root: &Part) -> bool {
    root.kind == "multipart" && root.subtype == "report"
}
