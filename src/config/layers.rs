//! Three layers, the later wins: the file, the environment, the flags. What cannot be read becomes one sentence.

use std::{
    collections::BTreeMap,
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use figment::{
    Figment,
    error::{Error as FigmentError, Kind},
    providers::{Format, Serialized, Toml},
    value::Value,
};
use serde_json::json;

use super::{Error, Flags, file::File};

/// Largest `relais.toml`, and largest value read through `_FILE`, in bytes.
const MAX_FILE: u64 = 1 << 20;

pub(super) fn read(flags: &Flags, env: impl Iterator<Item = (String, String)>) -> Result<File, Error> {
    let env: BTreeMap<_, _> =
        env.filter(|(name, value)| name.starts_with("RELAIS_") && !value.is_empty()).collect();
    let mut layers = Figment::new();
    let path = flags.config.clone().or_else(|| env.get("RELAIS_CONFIG").map(Into::into));
    if let Some(path) = path {
        layers = layers.merge(Toml::string(&read_bounded(&path)?));
    }
    for (name, value) in &env {
        if name != "RELAIS_CONFIG" {
            let (key, value) = variable(name, value)?;
            layers = layers.merge(Serialized::default(&key, value));
        }
    }
    let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.to_string_lossy().into_owned());
    for (key, value) in [
        ("listen", flags.listen.map(|address| address.to_string())),
        ("public_url", flags.public_url.clone()),
        ("tls.certificate", path(&flags.certificate)),
        ("tls.key", path(&flags.key)),
        ("data", path(&flags.data)),
        ("server.default.imap", flags.imap.clone()),
        ("server.default.smtp", flags.smtp.clone()),
    ] {
        if let Some(value) = value {
            layers = layers.merge(Serialized::default(key, json!(value)));
        }
    }
    layers.extract().map_err(|error| sentence(&error))
}

/// `RELAIS_SERVER__MAIN__IMAP=x` is `server.main.imap = "x"`; `…_FILE=path` takes the content of the file.
fn variable(name: &str, value: &str) -> Result<(String, Value), Error> {
    // `notice_file`, `key_file` and `probe_password_file` are keys of their own.
    const ENDS_IN_FILE: [&str; 2] = ["RELAIS_NOTICE_FILE", "RELAIS_KEY_FILE"];
    let (name, value) = match name.strip_suffix("_FILE") {
        Some(stem) if !ENDS_IN_FILE.contains(&name) && !name.ends_with("__PROBE_PASSWORD_FILE") => {
            let content = read_bounded(Path::new(value))?;
            (stem, content.trim_end_matches(['\r', '\n']).to_owned())
        }
        _ => (name, value.to_owned()),
    };
    let key = name["RELAIS_".len()..].to_ascii_lowercase().replace("__", ".");
    // Numbers and booleans get their type, unless that would change how they are written (0806…).
    let parsed = match value.parse::<Value>() {
        Ok(Value::Bool(tag, flag)) => Value::Bool(tag, flag),
        Ok(Value::Num(tag, number)) if number.to_u128().is_some_and(|n| n.to_string() == value) => {
            Value::Num(tag, number)
        }
        Ok(Value::Array(tag, items)) => Value::Array(tag, items),
        _ => Value::from(value),
    };
    Ok((key, parsed))
}

fn read_bounded(path: &Path) -> Result<String, Error> {
    let wrong = |why: String| Error::new(format!("cannot read {}: {why}", path.display()));
    let file = fs::File::open(path).map_err(|error| wrong(error.to_string()))?;
    let mut content = String::new();
    file.take(MAX_FILE + 1).read_to_string(&mut content).map_err(|error| wrong(error.to_string()))?;
    if content.len() as u64 > MAX_FILE {
        return Err(wrong("it is larger than 1 MiB".into()));
    }
    Ok(content)
}

/// What was wrong first, and what to write instead.
fn sentence(error: &FigmentError) -> Error {
    let place = error.path.join(".");
    let at = |key: &str| if place.is_empty() { key.to_owned() } else { format!("{place}.{key}") };
    Error::new(match &error.kind {
        Kind::UnknownField(key, known) => {
            let near = known
                .iter()
                .map(|name| (strsim::damerau_levenshtein(name, key), name))
                .filter(|(distance, name)| *distance <= name.len().max(3) / 2)
                .min();
            match near {
                // Where figment's path already ends in the key, it is not said twice.
                Some((_, name)) => {
                    format!("unknown key “{}”: did you mean “{name}”?", known_place(&place, key))
                }
                None => format!(
                    "unknown key “{}”; the keys here are {}",
                    known_place(&place, key),
                    known.join(", ")
                ),
            }
        }
        Kind::MissingField(key) => format!("“{}” is missing", at(key)),
        kind if place.is_empty() => format!("the configuration cannot be read: {kind}"),
        kind => format!("“{place}” cannot be read: {kind}"),
    })
}

fn known_place(place: &str, key: &str) -> String {
    match place {
        "" => key.to_owned(),
        place if place == key || place.ends_with(&format!(".{key}")) => place.to_owned(),
        place => format!("{place}.{key}"),
    }
}
