//! The log: one line an event, on standard error. `RUST_LOG` chooses what is told, within what may be told.

pub mod metrics;

use std::io::{self, Write};

use tracing::Metadata;
use tracing_subscriber::{
    EnvFilter, Layer, filter::filter_fn, fmt, layer::SubscriberExt, util::SubscriberInitExt,
};

use crate::config::LogFormat;

/// Crates whose debug output holds what passes through them: passwords, mail, bound SQL values.
const TALKATIVE: [&str; 8] =
    ["async_imap", "imap_proto", "sqlx", "tower_sessions", "hyper", "h2", "rustls", "html5ever"];

/// Starts the log. Later calls change nothing.
pub fn start(format: LogFormat) {
    let level = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = fmt::layer().with_writer(|| Clean(io::stderr())).with_ansi(false);
    let lines = match format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().boxed(),
    };
    let _ =
        tracing_subscriber::registry().with(lines.with_filter(filter_fn(may_be_told))).with(level).try_init();
}

/// No setting of `RUST_LOG` opens these.
fn may_be_told(event: &Metadata<'_>) -> bool {
    let root = event.target().split("::").next().unwrap_or_default();
    let talkative = TALKATIVE
        .iter()
        .any(|name| root == *name || root.strip_prefix(name).is_some_and(|r| r.starts_with('_')));
    !talkative || *event.level() <= tracing::Level::WARN
}

/// Escapes what could forge a line, drive a terminal or turn text around: control characters, line separators,
/// bidirectional marks (Unicode UAX #9). The subscriber writes each event by one call, its newline last.
struct Clean<W>(W);

impl<W: Write> Write for Clean<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let line = text.strip_suffix('\n').unwrap_or(&text);
        self.0.write_all(clean(line).as_bytes())?;
        self.0.write_all(b"\n")?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

fn clean(line: &str) -> String {
    let mut out = String::with_capacity(line.len() + 1);
    for c in line.chars() {
        match c {
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            '\u{061c}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{feff}' => {
                // Four digits: also an escape that JSON knows.
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn log(json: bool, tell: impl FnOnce()) -> String {
        let page = Page::default();
        let writer = page.clone();
        let lines = fmt::layer().with_writer(move || Clean(writer.clone())).with_ansi(false);
        let lines = if json { lines.json().boxed() } else { lines.boxed() };
        let all = tracing_subscriber::registry().with(lines.with_filter(filter_fn(may_be_told)));
        tracing::subscriber::with_default(all, tell);
        String::from_utf8(page.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn nothing_forges_a_line_or_drives_a_terminal() {
        for json in [false, true] {
            let text = log(json, || {
                tracing::info!(name = %"a\r\nINFO forged\u{1b}[2J\u{202e}cod.exe\u{85}\u{2028}é", "told\u{9b}31m\n");
            });
            assert_eq!(text.matches('\n').count(), 1, "{text}");
            assert!(text.ends_with('\n'));
            assert!(
                !text.trim_end().contains(|c: char| c.is_control() || matches!(c, '\u{202e}' | '\u{2028}')),
                "{text}"
            );
            assert!(text.contains('é') && text.contains("202e"));
            if json {
                serde_json::from_str::<serde_json::Value>(&text).unwrap();
            }
        }
    }

    #[test]
    fn what_carries_passwords_is_silent_below_warn() {
        let text = log(false, || {
            tracing::trace!(target: "async_imap::client", "LOGIN alice hunter2");
            tracing::debug!(target: "sqlx::query", "hunter2");
            tracing::info!(target: "sqlx_core::pool", "hunter2");
            tracing::info!(target: "tower_sessions_core::session", "hunter2");
            tracing::warn!(target: "sqlx::pool", "slow");
            tracing::debug!(target: "relais::web", "ours");
        });
        assert!(!text.contains("hunter2"), "{text}");
        assert!(text.contains("slow") && text.contains("ours"), "{text}");
    }
}
