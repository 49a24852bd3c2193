//! The house keeps its plan: each floor names only those under it, and a crate has one room.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// From the top down, as in `src/lib.rs`. Rooms of one floor do not name each other, but for those listed.
const FLOORS: [&[&str]; 10] = [
    &["check", "web"],
    &["mailbox"],
    &["outbox"],
    &["status"],
    &["session"],
    &["imap", "smtp"],
    &["audit", "net"],
    &["store"],
    &["message"],
    &["config", "locale", "telemetry"],
];
/// The log's form is a setting.
const NEIGHBOURS: [(&str, &str); 1] = [("telemetry", "config")];

/// A crate, and the only rooms that may name it.
const ROOMS: [(&str, &[&str]); 16] = [
    ("async_imap", &["imap"]),
    ("imap_proto", &["imap"]),
    ("lettre", &["smtp"]),
    ("rustls", &["net"]),
    ("tokio_rustls", &["net"]),
    ("hickory_resolver", &["check"]),
    ("quick_xml", &["check"]),
    ("sqlx", &["store"]),
    ("axum", &["web"]),
    ("maud", &["web"]),
    ("hyper", &["web", "check"]),
    ("mail_parser", &["message"]),
    ("ammonia", &["message"]),
    ("zip", &["message"]),
    ("fluent_templates", &["locale"]),
    ("prometheus_client", &["telemetry"]),
];

/// `message/` is pure: nothing there waits, reads a file or asks the time.
const IMPURE: [&str; 6] =
    ["tokio::", "futures::", "std::fs", "std::net", "SystemTime::now", "Timestamp::now"];

/// Where text becomes markup unescaped: the halves of the document, the paths of the icons, a mail's own page.
const UNESCAPED: [&str; 3] = ["web/page.rs", "web/icon.rs", "web/message/body.rs"];

struct Source {
    /// Under `src/`.
    path: String,
    /// Without comments and texts.
    code: String,
}

impl Source {
    /// The folder or file right under `src/`.
    fn room(&self) -> &str {
        self.path.split('/').next().unwrap_or_default().trim_end_matches(".rs")
    }
}

fn sources() -> Vec<Source> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { walk(&path, found) } else { found.push(path) }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    walk(&root, &mut files);
    let read = |file: &PathBuf| Source {
        path: file.strip_prefix(&root).unwrap().to_str().unwrap().to_owned(),
        code: bare(&fs::read_to_string(file).unwrap()),
    };
    let sources: Vec<Source> = files.iter().map(read).collect();
    assert!(sources.len() > 50, "these are not the sources");
    sources
}

/// Code alone; good enough for code that rustfmt wrote.
fn bare(text: &str) -> String {
    let mut code = String::new();
    for line in text.lines() {
        let mut in_text = false;
        let mut before = ' ';
        for c in line.chars() {
            if c == '"' && before != '\\' && before != '\'' {
                in_text = !in_text;
            } else if !in_text {
                if c == '/' && before == '/' {
                    code.pop();
                    break;
                }
                code.push(c);
            }
            before = c;
        }
        code.push('\n');
    }
    code
}

/// The rooms that code names: `crate::a::…`, and each of `crate::{a::…, b}`.
fn named(code: &str) -> BTreeSet<String> {
    let word = |text: &str| -> String {
        text.trim_start().chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
    };
    let mut rooms = BTreeSet::new();
    for (at, start) in code.match_indices("crate::") {
        let rest = &code[at + start.len()..];
        let Some(group) = rest.strip_prefix('{') else {
            rooms.insert(word(rest));
            continue;
        };
        let (mut depth, mut begins) = (0, true);
        for (at, c) in group.char_indices() {
            if begins && !c.is_whitespace() {
                rooms.insert(word(&group[at..]));
                begins = false;
            }
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => begins = true,
                _ => {}
            }
        }
    }
    rooms.remove("");
    rooms
}

fn names_crate(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        let edge = |c: Option<char>| c.is_none_or(|c| !c.is_ascii_alphanumeric() && c != '_');
        let after = &code[at + name.len()..];
        let used = after.starts_with("::") || code[..at].ends_with("use ");
        edge(code[..at].chars().next_back()) && used && !code[..at].ends_with("::")
    })
}

#[test]
fn each_floor_names_only_those_under_it() {
    let floor = |room: &str| FLOORS.iter().position(|rooms| rooms.contains(&room));
    let mut wrong = Vec::new();
    for source in sources() {
        let Some(own) = floor(source.room()) else {
            assert!(matches!(source.room(), "main" | "command" | "lib"), "{} is on no floor", source.path);
            continue;
        };
        for other in named(&source.code) {
            let below = floor(&other).is_some_and(|other| other > own);
            let neighbour = NEIGHBOURS.contains(&(source.room(), &other));
            if other != source.room() && !below && !neighbour {
                wrong.push(format!("{} names {other}", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_crate_has_one_room() {
    let mut wrong = Vec::new();
    for source in sources() {
        for (name, rooms) in ROOMS {
            if !rooms.contains(&source.room()) && names_crate(&source.code, name) {
                wrong.push(format!("{} names {name}", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn messages_are_read_without_waiting_for_anything() {
    for source in sources().iter().filter(|source| source.room() == "message") {
        for word in IMPURE {
            assert!(!source.code.contains(word), "{} has {word}", source.path);
        }
    }
}

#[test]
fn markup_is_written_unescaped_in_three_files() {
    for source in sources() {
        let allowed = UNESCAPED.contains(&source.path.as_str());
        assert_eq!(source.code.contains("PreEscaped"), allowed, "{}", source.path);
    }
}

#[test]
fn the_plan_is_read_rightly() {
    let code = bare(
        "use crate::{\n    imap::{self, Pool}, // crate::web\n    config::Config,\n};\nlet x = crate::store::Y; \"crate::web\"",
    );
    assert_eq!(Vec::from_iter(named(&code)), ["config", "imap", "store"]);
    assert!(names_crate("use sqlx::Row;", "sqlx") && names_crate("(axum::x)", "axum"));
    assert!(!names_crate("my_sqlx::x", "sqlx") && !names_crate("sqlxs::x", "sqlx"));
}
