//! What is counted and timed, for Prometheus. Labels are words of ours and names of the configuration, never what a
//! person, a browser or a server said: their number is bounded.

use std::{
    sync::{LazyLock, atomic::AtomicU64},
    time::Duration,
};

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};

/// The media type of [`text`] (OpenMetrics 1.0).
pub const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Upper ends, in seconds: what feels immediate, what is slow, and the deadlines.
const BUCKETS: [f64; 13] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 60.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Page {
    method: &'static str,
    route: String,
    status: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Stage {
    server: String,
    stage: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Failure {
    server: String,
    stage: &'static str,
    kind: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Server {
    server: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct State {
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Quantile {
    server: String,
    window: &'static str,
    quantile: &'static str,
}

struct Metrics {
    registry: Registry,
    pages: Family<Page, Histogram>,
    imap: Family<Stage, Histogram>,
    failures: Family<Failure, Counter>,
    connections: Family<Server, Gauge>,
    circuits: Family<Server, Gauge>,
    sign_ins: Family<Outcome, Counter>,
    sessions: Gauge,
    outbox: Family<State, Gauge>,
    oldest: Gauge,
    store: Gauge,
    delays: Family<Quantile, Gauge<f64, AtomicU64>>,
    audit_lost: Counter<u64, AtomicU64>,
}

/// Of this process.
static METRICS: LazyLock<Metrics> = LazyLock::new(|| {
    let histogram: fn() -> Histogram = || Histogram::new(BUCKETS);
    let mut all = Metrics {
        registry: Registry::with_prefix("relais"),
        pages: Family::new_with_constructor(histogram),
        imap: Family::new_with_constructor(histogram),
        failures: Family::default(),
        connections: Family::default(),
        circuits: Family::default(),
        sign_ins: Family::default(),
        sessions: Gauge::default(),
        outbox: Family::default(),
        oldest: Gauge::default(),
        store: Gauge::default(),
        delays: Family::default(),
        audit_lost: Counter::default(),
    };
    let to = &mut all.registry;
    let seconds = || Unit::Seconds;
    to.register_with_unit(
        "http",
        "From the request to the last octet of its answer",
        seconds(),
        all.pages.clone(),
    );
    to.register_with_unit("imap", "One exchange with a mail server", seconds(), all.imap.clone());
    to.register("imap_failures", "Exchanges with a mail server that failed", all.failures.clone());
    to.register("imap_connections", "Signed-in connections to a mail server", all.connections.clone());
    to.register("circuit_open", "1 while a mail server is known not to answer", all.circuits.clone());
    to.register("sign_ins", "Tries to sign in, by how they ended", all.sign_ins.clone());
    to.register("sessions", "Sessions that live, at all gateways", all.sessions.clone());
    to.register("outbox_messages", "Messages that are not settled, or need their author", all.outbox.clone());
    to.register_with_unit(
        "outbox_oldest",
        "How long the message that waits longest could have left already",
        seconds(),
        all.oldest.clone(),
    );
    to.register("store_up", "1 when the store answered the last time it was asked", all.store.clone());
    to.register_with_unit(
        "delay",
        "How long mail takes to arrive at a mail server, as received mail shows at all gateways",
        seconds(),
        all.delays.clone(),
    );
    to.register("audit_lines_lost", "Lines of the audit that could not be written", all.audit_lost.clone());
    all
});

/// One request and its answer. `route` is the template, never the path.
pub fn page(method: &'static str, route: &str, status: u16, took: Duration) {
    let status = match status {
        100..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    };
    let labels = Page { method, route: route.to_owned(), status };
    METRICS.pages.get_or_create(&labels).observe(took.as_secs_f64());
}

/// One exchange with a server of the configuration, however it ended.
pub fn imap(server: &str, stage: &'static str, took: Duration) {
    METRICS.imap.get_or_create(&Stage { server: server.to_owned(), stage }).observe(took.as_secs_f64());
}

pub fn imap_failed(server: &str, stage: &'static str, kind: &'static str) {
    METRICS.failures.get_or_create(&Failure { server: server.to_owned(), stage, kind }).inc();
}

/// Counts a connection until it is dropped.
#[derive(Debug)]
pub struct Open(Gauge);

impl Open {
    pub fn to(server: &str) -> Open {
        let gauge = METRICS.connections.get_or_create_owned(&Server { server: server.to_owned() });
        gauge.inc();
        Open(gauge)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.dec();
    }
}

pub fn circuit(server: &str, open: bool) {
    METRICS.circuits.get_or_create(&Server { server: server.to_owned() }).set(i64::from(open));
}

pub fn sign_in(outcome: &'static str) {
    METRICS.sign_ins.get_or_create(&Outcome { outcome }).inc();
}

pub fn audit_lost(lines: u64) {
    METRICS.audit_lost.inc_by(lines);
}

pub fn sessions(live: i64) {
    METRICS.sessions.set(live);
}

/// Messages in this state.
pub fn outbox(state: &'static str, messages: i64) {
    METRICS.outbox.get_or_create(&State { state }).set(messages);
}

/// Seconds.
pub fn outbox_oldest(age: i64) {
    METRICS.oldest.set(age);
}

/// Seconds; what is not told anew is not known any more.
pub fn forget_delays() {
    METRICS.delays.clear();
}

pub fn delay(server: &str, window: &'static str, quantile: &'static str, took: f64) {
    METRICS.delays.get_or_create(&Quantile { server: server.to_owned(), window, quantile }).set(took);
}

pub fn store_up(answers: bool) {
    METRICS.store.set(i64::from(answers));
}

/// All of it as it stands.
pub fn text() -> String {
    let mut text = String::new();
    // A text in memory takes it all.
    let _ = encode(&mut text, &METRICS.registry);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_is_told() {
        page("GET", "/mail/{folder}", 200, Duration::from_millis(30));
        page("other", "/mail/{folder}", 500, Duration::from_millis(30));
        imap("test", "list", Duration::from_millis(7));
        imap_failed("test", "list", "deadline");
        sign_in("accepted");
        circuit("test", true);
        let open = Open::to("test");
        delay("test", "hour", "0.9", 240.5);
        let told = text();
        for line in [
            "relais_http_seconds_bucket{le=\"0.05\",method=\"GET\",route=\"/mail/{folder}\",status=\"2xx\"} 1",
            "relais_http_seconds_count{method=\"other\",route=\"/mail/{folder}\",status=\"5xx\"} 1",
            "relais_imap_seconds_count{server=\"test\",stage=\"list\"} 1",
            "relais_imap_failures_total{server=\"test\",stage=\"list\",kind=\"deadline\"} 1",
            "relais_imap_connections{server=\"test\"} 1",
            "relais_circuit_open{server=\"test\"} 1",
            "relais_delay_seconds{server=\"test\",window=\"hour\",quantile=\"0.9\"} 240.5",
            "# TYPE relais_http_seconds histogram",
        ] {
            assert!(told.lines().any(|found| found == line), "{line}\n{told}");
        }
        assert!(told.ends_with("# EOF\n"));
        drop(open);
        forget_delays();
        assert!(!text().contains("relais_delay_seconds{"));
        assert!(text().contains("relais_imap_connections{server=\"test\"} 0"));
    }
}
