//! The two Fluent files, read once. Most texts have no argument and are kept formatted: a page of fifty rows asks
//! for some two hundred of them.

use std::{collections::HashMap, sync::LazyLock};

use fluent_templates::{
    LanguageIdentifier,
    fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle},
};

use super::{Arg, Lang, number};

pub(super) const FR: &str = include_str!("../../locale/fr.ftl");
pub(super) const EN: &str = include_str!("../../locale/en.ftl");

static FRENCH: LazyLock<Words> = LazyLock::new(|| Words::read(Lang::Fr, FR, false));
static ENGLISH: LazyLock<Words> = LazyLock::new(|| Words::read(Lang::En, EN, false));
static PSEUDO: LazyLock<Words> = LazyLock::new(|| Words::read(Lang::Fr, FR, true));

pub(super) fn of(lang: Lang) -> &'static Words {
    match lang {
        Lang::Fr => &FRENCH,
        Lang::En => &ENGLISH,
    }
}

pub(super) fn pseudo() -> &'static Words {
    &PSEUDO
}

pub(super) struct Words {
    plain: HashMap<&'static str, String>,
    bundle: FluentBundle<FluentResource>,
    marked: bool,
}

impl Words {
    /// # Panics
    /// If a file of the program itself is not Fluent; a test reads both.
    fn read(lang: Lang, source: &'static str, marked: bool) -> Words {
        let resource = FluentResource::try_new(source.to_owned()).expect("the texts are Fluent");
        let id: LanguageIdentifier = lang.code().parse().expect("a language code");
        let mut bundle = FluentBundle::new_concurrent(vec![id]);
        // Names and subjects are isolated by the markup (`dir=auto`), where it also serves their own lines.
        bundle.set_use_isolating(false);
        bundle.set_formatter(Some(if lang == Lang::Fr {
            format_value::<true, _>
        } else {
            format_value::<false, _>
        }));
        bundle.add_resource(resource).expect("no text is written twice");

        let mut plain = HashMap::new();
        for key in keys(source) {
            let mut errors = Vec::new();
            let Some(pattern) = bundle.get_message(key).and_then(|m| m.value()) else { continue };
            let text = bundle.format_pattern(pattern, None, &mut errors).into_owned();
            if errors.is_empty() {
                plain.insert(key, mark(text, marked));
            }
        }
        Words { plain, bundle, marked }
    }

    pub(super) fn plain(&self, key: &str) -> Option<&str> {
        self.plain.get(key).map(String::as_str)
    }

    pub(super) fn with(&self, key: &str, args: &[(&'static str, Arg<'_>)]) -> Option<String> {
        let pattern = self.bundle.get_message(key)?.value()?;
        let args: FluentArgs<'_> =
            args.iter().map(|&(name, value)| (name, FluentValue::from(value))).collect();
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, Some(&args), &mut errors);
        Some(mark(text.into_owned(), self.marked))
    }
}

fn mark(text: String, marked: bool) -> String {
    if marked { format!("⟦{text}⟧") } else { text }
}

/// Numbers as the language writes them; Fluent's own formatting knows no thousands.
fn format_value<const FRENCH: bool, M>(value: &FluentValue<'_>, _: &M) -> Option<String> {
    match value {
        FluentValue::Number(n) => {
            Some(number::grouped(n.value as u64, if FRENCH { Lang::Fr } else { Lang::En }))
        }
        _ => None,
    }
}

/// The names of the messages of a file, in order: what starts a line and is followed by `=`.
pub(super) fn keys(source: &'static str) -> impl Iterator<Item = &'static str> {
    source.lines().filter_map(|line| {
        let (key, _) = line.split_once(" =")?;
        let named = key.starts_with(|c: char| c.is_ascii_lowercase())
            && key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        named.then_some(key)
    })
}
