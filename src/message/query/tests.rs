use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::locale::Lang;

fn text(text: &str) -> Text {
    Text::new(text).expect("a text")
}

fn terms(typed: &str) -> Vec<Term> {
    let (query, doubts) = parse(typed);
    assert_eq!(doubts, [], "{typed}");
    query.terms
}

#[test]
fn words_phrases_and_fields_in_both_languages() {
    let expected = vec![
        Term::Anywhere(text("glycémie")),
        Term::Anywhere(text("à jeun")),
        Term::From(text("Dr Petit")),
        Term::To(text("labo")),
        Term::Subject(text("bilan")),
        Term::Before(date(2026, 3, 4)),
        Term::After(date(2025, 1, 1)),
        Term::Attachment,
        Term::Is(Mark::Unread),
        Term::Larger(5 << 20),
    ];
    let english = "glycémie \"à jeun\" from:\"Dr Petit\" to:labo subject:bilan before:2026-03-04 after:2025 \
                   has:attachment is:unread larger:5M";
    let french = "glycémie « à jeun » de : \"Dr Petit\" À:labo SUJET:bilan avant:4/3/2026 après:01/2025 \
                  avec:pièce-jointe est:non-lu plus-grand:5Mo";
    assert_eq!(terms(english), expected);
    assert_eq!(terms(french), expected);
    assert_eq!(parse("in:all x").0.within, Within::All);
    assert_eq!(parse("dans:tout x").0.within, Within::All);
    assert_eq!(parse("in:\"R&D 2026\" x").0.within, Within::Named(text("R&D 2026")));
}

#[test]
fn what_is_no_field_is_a_word() {
    assert_eq!(terms("ratio:3"), [Term::Anywhere(text("ratio:3"))]);
    assert_eq!(terms("http://x.example"), [Term::Anywhere(text("http://x.example"))]);
    assert_eq!(terms("from:"), [Term::Anywhere(text("from:"))]);
    assert_eq!(terms("\"from:ann\""), [Term::Anywhere(text("from:ann"))]);
    assert_eq!(terms("an \"open phrase"), [Term::Anywhere(text("an")), Term::Anywhere(text("open phrase"))]);
    assert_eq!(terms(" \t\r\n\0 \"\" "), []);
}

#[test]
fn what_cannot_be_understood_is_told_and_the_rest_stays() {
    let (query, doubts) = parse("bilan avant:mardi larger:big is:blue has:fun from:ann before:2026-13-01");
    assert_eq!(query.terms, [Term::Anywhere(text("bilan")), Term::From(text("ann"))]);
    let expected = [
        Doubt::Date("mardi".into()),
        Doubt::Size("big".into()),
        Doubt::Mark("blue".into()),
        Doubt::Has("fun".into()),
        Doubt::Date("2026-13-01".into()),
    ];
    assert_eq!(doubts, expected);
    assert_eq!(parse(&"x".repeat(LONGEST + 1)).1, [Doubt::TooLong]);
    let (query, doubts) = parse(&"a ".repeat(TERMS + 1));
    assert_eq!((query.terms.len(), doubts), (TERMS, vec![Doubt::TooMany]));
}

#[test]
fn a_conversation_has_few_names_and_a_time() {
    let around = Some(date(2026, 3, 1));
    let typed = |chain: &[&str]| Query::conversation(chain, around).map(|query| query.typed(Lang::En));
    assert_eq!(
        typed(&["root@x", "a@x", "parent@x", "own@x"]).as_deref(),
        Some("thread:\"own@x root@x parent@x\" after:2025-12-01 before:2026-05-30 in:all")
    );
    assert_eq!(typed(&["own@x"]).as_deref(), Some("thread:own@x after:2025-12-01 before:2026-05-30 in:all"));
    assert_eq!(typed(&[]), None);
    let long = "x".repeat(LONGEST);
    assert!(typed(&[&long, "own@x"]).is_some_and(|typed| typed.starts_with("thread:own@x ")));
    assert_eq!(typed(&[&format!("{long}@x")]), None);
    let query = Query::conversation(&["root@x", "own@x"], around).expect("a query");
    assert_eq!(read(&query.typed(Lang::Fr)), (query, vec![]));
}

#[test]
fn nothing_typed_is_in_a_log_line() {
    let (query, doubts) = parse("secret1 from:secret2 before:secret3 in:secret4");
    assert!(!format!("{query:?} {doubts:?}").contains("secret"));
}

proptest! {
    #[test]
    fn any_text_is_read_and_what_is_written_reads_the_same(typed in "(\\PC|[\"«»“” :\\\\\r\n\0]|from:|de:|in:|larger:|est:| ){0,60}") {
        let (query, _) = read(&typed);
        for lang in [Lang::En, Lang::Fr] {
            let (again, doubts) = read(&query.typed(lang));
            prop_assert_eq!(&again, &query);
            prop_assert_eq!(doubts, []);
        }
        for term in &query.terms {
            if let Term::Anywhere(text) | Term::From(text) | Term::To(text) | Term::Subject(text) = term {
                prop_assert!(!text.as_str().contains(char::is_control));
                prop_assert!(!text.as_str().trim().is_empty());
            }
        }
    }

    #[test]
    fn the_fields_of_a_form_are_written_and_read_the_same(value in "\\PC{1,40}") {
        for term in [Term::Anywhere as fn(Text) -> Term, Term::From, Term::To, Term::Subject] {
            let Some(value) = Text::new(&value) else { continue };
            let query = Query { terms: vec![term(value)], within: Within::All };
            let (again, doubts) = read(&query.typed(Lang::Fr));
            prop_assert_eq!((again, doubts), (query, vec![]));
        }
    }
}
