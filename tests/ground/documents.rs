//! What the documents say is true as far as a program can tell.

use std::{collections::BTreeSet, fs, path::Path};

use jiff::tz::{TimeZone, TimeZoneDatabase};
use relais::status::Notice;

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The keys of one struct of the configuration, from its source.
fn keys(source: &str, table: &str) -> Vec<String> {
    let (_, rest) = source.split_once(&format!("struct {table} {{")).unwrap_or_else(|| panic!("no {table}"));
    let body = rest.split("\n}").next().unwrap();
    let fields = body.lines().filter_map(|line| line.trim().strip_prefix("pub ")?.split_once(": "));
    fields.map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn every_key_is_in_the_manual_and_the_manual_names_no_other() {
    let source = read("src/config/file.rs");
    let tables = ["tls", "brand", "access", "session", "limits", "follow", "passwords", "server"];
    let top = keys(&source, "File").into_iter().filter(|key| !tables.contains(&key.as_str()));
    let mut known: BTreeSet<String> = top.collect();
    for (table, name) in [
        ("TlsFiles", "tls"),
        ("Brand", "brand"),
        ("AccessTable", "access"),
        ("SessionTimes", "session"),
        ("Limits", "limits"),
        ("Follow", "follow"),
        ("Passwords", "passwords"),
        ("ServerTable", "server.NAME"),
    ] {
        known.extend(keys(&source, table).into_iter().map(|key| format!("{name}.{key}")));
    }
    let manual = read("docs/configuration.md");
    let told: BTreeSet<String> = manual
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(key, _)| key.to_owned())
        .collect();
    assert!(known.len() > 20);
    assert_eq!(told, known);
}

#[test]
fn the_example_of_a_notice_is_one() {
    let zone = TimeZone::get("Europe/Paris").unwrap();
    let notice = Notice::parse(&read("docs/notice.example.toml"), &zone).unwrap();
    assert!(!notice.title.is_empty() && !notice.works.is_empty() && notice.software.len() > 1);
}

#[test]
fn links_between_the_documents_lead_somewhere() {
    for document in [
        "README.md",
        "CONTRIBUTING.md",
        "docs/architecture.md",
        "docs/configuration.md",
        "docs/operations.md",
        "docs/security.md",
        "docs/benchmarks.md",
        "docs/gateways.md",
        "docs/lanes.md",
        "docs/measures.md",
        "docs/sending.md",
        "docs/sizing.md",
        "docs/compliance/stored.md",
        "docs/compliance/data-flow.md",
        "docs/compliance/record-of-processing.md",
        "docs/compliance/impact-assessment.md",
    ] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(document);
        let folder = folder.parent().unwrap();
        for (_, rest) in read(document).match_indices("](").map(|(at, start)| ((), at + start.len())) {
            let text = read(document);
            let target = text[rest..].split([')', '#']).next().unwrap();
            if !target.is_empty() && !target.contains("://") {
                assert!(folder.join(target).exists(), "{document} leads to {target}");
            }
        }
    }
}

/// Each table of a new store stands once in the table of what is stored, and no other.
#[tokio::test]
async fn what_is_stored_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let store = relais::store::Store::open(&data, &folder.path().join("data.key")).await.unwrap();
    store.close().await;
    let database = std::process::Command::new("sqlite3")
        .arg(data.join("relais.db"))
        .arg("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'")
        .output()
        .unwrap();
    let schema: BTreeSet<String> =
        String::from_utf8(database.stdout).unwrap().lines().map(str::to_owned).collect();
    let page = read("docs/compliance/stored.md");
    let cells = page.lines().filter_map(|line| line.strip_prefix("| `")?.split(" |").next());
    let mut told: Vec<String> = cells
        .flat_map(|cell| cell.split('`').map(str::trim))
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect();
    told.retain(|name| !name.starts_with("data/"));
    assert!(schema.len() > 10, "{schema:?}");
    assert_eq!(told.iter().cloned().collect::<BTreeSet<_>>(), schema);
    assert_eq!(told.len(), schema.len(), "one stands twice");
}

/// A container or a small machine may have no time zone files.
#[test]
fn time_zones_come_with_the_program() {
    let zones = TimeZoneDatabase::bundled();
    for name in ["Europe/Paris", "America/Cayenne", "Indian/Reunion", "Pacific/Noumea"] {
        assert!(zones.get(name).is_ok(), "{name}");
    }
}
