//! The configuration in words: what is in force, and every key with its meaning and its default. Both are read off the
//! structs of `file.rs`, whose comments are the manual.

use std::time::Duration;

use figment::Figment;
use serde::{Serialize, Serializer};

use super::{Config, Error, Flags, file::File, layers};

const SOURCE: &str = include_str!("file.rs");

/// The tables of the file, each with its struct; `server.main` stands for any `[server.NAME]`.
const TABLES: [(&str, &str); 8] = [
    ("tls", "TlsFiles"),
    ("brand", "Brand"),
    ("access", "AccessTable"),
    ("session", "SessionTimes"),
    ("follow", "Follow"),
    ("passwords", "Passwords"),
    ("limits", "Limits"),
    ("server.main", "ServerTable"),
];

/// What is in force, as a file that would say the same, but that `database` is shown as a comment, without user and
/// password.
///
/// # Errors
/// As [`Config::load`].
pub fn effective(flags: &Flags) -> Result<String, Error> {
    Config::load(flags)?;
    let env = std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)));
    let file = layers::read(flags, env)?;
    let text = toml::to_string(&file)
        .map_err(|error| Error::new(format!("the configuration cannot be shown: {error}")))?;
    let lines = text.lines().map(|line| match line.starts_with("database = ") {
        true => format!("# {line} (shortened: best read from RELAIS_DATABASE_FILE)\n"),
        false => format!("{line}\n"),
    });
    Ok(lines.collect())
}

/// A commented file with every key, its meaning and its default. Nothing in it is in force until its `#` goes.
pub fn template() -> String {
    let defaults = Figment::new().extract::<File>().ok().and_then(|file| toml::Table::try_from(file).ok());
    let defaults = defaults.unwrap_or_default();
    let mut text = String::from(
        "# relais.toml: every key, its meaning and its default. Remove the # of what you set.\n",
    );
    let is_table = |name: &str| TABLES.iter().any(|(table, _)| table.split('.').next() == Some(name));
    for (meaning, name) in fields("File").into_iter().filter(|(_, name)| !is_table(name)) {
        key(&mut text, &meaning, &name, defaults.get(&name));
    }
    for (table, of) in TABLES {
        text.push_str(&format!("\n#[{table}]\n"));
        let values = defaults.get(table).and_then(toml::Value::as_table);
        for (meaning, name) in fields(of) {
            key(&mut text, &meaning, &name, values.and_then(|values| values.get(&name)));
        }
    }
    text
}

fn key(text: &mut String, meaning: &[String], name: &str, value: Option<&toml::Value>) {
    text.push('\n');
    for line in meaning {
        text.push_str(&format!("# {line}\n"));
    }
    let value = value.map_or_else(|| "\"\"".to_owned(), ToString::to_string);
    text.push_str(&format!("#{name} = {value}\n"));
}

/// The fields of a struct of `file.rs`, each with its comment.
fn fields(of: &str) -> Vec<(Vec<String>, String)> {
    let body = SOURCE.split_once(&format!("struct {of} {{\n")).map_or("", |(_, rest)| rest);
    let body = body.split_once("\n}").map_or(body, |(body, _)| body);
    let (mut found, mut meaning) = (Vec::new(), Vec::new());
    for line in body.lines().map(str::trim) {
        if let Some(comment) = line.strip_prefix("///") {
            meaning.push(comment.trim().to_owned());
        } else if let Some((name, _)) = line.strip_prefix("pub ").and_then(|field| field.split_once(':')) {
            found.push((std::mem::take(&mut meaning), name.to_owned()));
        }
    }
    found
}

/// `30m`, `12h`, `7d`: in the largest unit that it is a whole number of.
pub(super) fn duration<S: Serializer>(length: &Duration, to: S) -> Result<S::Ok, S::Error> {
    let seconds = length.as_secs();
    let units = [(86_400, "d"), (3600, "h"), (60, "m"), (1, "s")];
    let (size, unit) = units.into_iter().find(|(size, _)| seconds.is_multiple_of(*size)).unwrap_or((1, "s"));
    format!("{}{unit}", seconds / size).serialize(to)
}

/// Each as its text.
pub(super) fn each<T: ToString, S: Serializer>(items: &[T], to: S) -> Result<S::Ok, S::Error> {
    items.iter().map(T::to_string).collect::<Vec<_>>().serialize(to)
}

/// Without its password.
pub(super) fn masked<T: ToString, S: Serializer>(secret: &Option<T>, to: S) -> Result<S::Ok, S::Error> {
    secret.as_ref().map(T::to_string).serialize(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With the keys that have a default in force.
    fn uncommented() -> String {
        let is_key =
            |line: &str| line.starts_with('#') && !line.starts_with("# ") && !line.ends_with(" = \"\"");
        let lines = template();
        let lines = lines.lines().filter(|line| is_key(line)).map(|line| &line[1..]);
        lines.map(|line| format!("{line}\n")).collect()
    }

    fn shown(text: &str) -> String {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("relais.toml");
        std::fs::write(&file, text).expect("written");
        effective(&Flags { config: Some(file), ..Flags::default() }).expect("a configuration")
    }

    #[test]
    fn the_template_says_what_is_in_force_without_it() {
        let server = "imap = \"imaps://mail.example.org\"\n";
        let with = shown(&format!("{}{server}", uncommented()));
        let without = shown(&format!("[server.main]\n{server}"));
        assert_eq!(with, without);
        assert!(with.contains("undo = 10") && with.contains("idle_own = \"12h\""), "{with}");
        assert!(toml::from_str::<toml::Table>(&template()).expect("comments alone").is_empty());
    }

    #[test]
    fn every_key_of_the_template_has_a_meaning() {
        let all: Vec<_> = [("", "File")].iter().chain(&TABLES).flat_map(|(_, of)| fields(of)).collect();
        assert!(all.len() > 40, "{}", all.len());
        let bare: Vec<_> =
            all.iter().filter(|(meaning, _)| meaning.is_empty()).map(|(_, name)| name).collect();
        assert_eq!(bare, ["tls", "brand", "access", "session", "follow", "passwords", "limits"]);
    }

    #[test]
    fn no_password_is_shown() {
        let text = shown(
            "database = \"postgres://relais:hunter2@127.0.0.1/relais\"\n[server.main]\nimap = \"imaps://mail.example.org\"\n",
        );
        assert!(text.contains("127.0.0.1/relais") && !text.contains("hunter2"), "{text}");
    }
}
