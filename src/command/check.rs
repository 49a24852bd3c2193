//! `relais check`: whether this gateway will work with these servers, as a table or for machines.

use std::{
    error::Error,
    io::{self, BufRead, IsTerminal},
    net::SocketAddr,
    process::ExitCode,
};

use relais::{
    check::{self, Finding, Report, User, Verdict, announced},
    config::{Config, Flags},
};
use zeroize::Zeroizing;

#[derive(clap::Args)]
pub struct Check {
    #[command(flatten)]
    flags: Flags,
    /// Sign in as this person too, to see what they would see; the password is asked for, or read from standard input
    #[arg(long, value_name = "ADDRESS")]
    user: Option<String>,
    /// Send one message to oneself, and wait until it arrives
    #[arg(long, requires = "user")]
    round_trip: bool,
    /// Ask this name server for SRV records of the served domains, instead of the machine's own
    #[arg(long, value_name = "ADDRESS:PORT")]
    dns: Option<SocketAddr>,
    /// For machines
    #[arg(long)]
    json: bool,
}

/// Fails where something does not work; what only costs something does not fail.
pub async fn run(command: &Check) -> Result<ExitCode, Box<dyn Error>> {
    let config = Config::load(&command.flags)?;
    let user = command
        .user
        .as_ref()
        .map(|name| Ok::<_, io::Error>(User { name: name.clone(), password: password(name)? }));
    let user = user.transpose()?;
    let mut report = check::run(&config, user.as_ref(), command.round_trip).await;
    announced::look(&mut report, &config, command.user.as_deref(), command.dns).await;
    if command.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{}", table(&report));
    }
    Ok(if report.verdict() == Verdict::Failure { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Never on the command line, where every user of the machine reads it.
fn password(name: &str) -> io::Result<Zeroizing<String>> {
    if io::stdin().is_terminal() {
        return rpassword::prompt_password(format!("Password of {name}: ")).map(Zeroizing::new);
    }
    let mut line = Zeroizing::new(String::new());
    io::stdin().lock().read_line(&mut line)?;
    let bare = line.trim_end_matches(['\r', '\n']).to_owned();
    Ok(Zeroizing::new(bare))
}

fn table(report: &Report) -> String {
    let mut text = String::new();
    let mut about = "";
    for finding in &report.findings {
        if finding.about != about {
            about = &finding.about;
            text.push_str(&format!("{}{about}\n", if text.is_empty() { "" } else { "\n" }));
        }
        text.push_str(&line(finding));
    }
    let count = |verdict| report.findings.iter().filter(|finding| finding.verdict == verdict).count();
    text.push_str(&format!(
        "\n{} failed, {} will be felt, {} to be known, {} good\n",
        count(Verdict::Failure),
        count(Verdict::Warning),
        count(Verdict::Note),
        count(Verdict::Good),
    ));
    text
}

fn line(finding: &Finding) -> String {
    let mark = match finding.verdict {
        Verdict::Good => "  ok   ",
        Verdict::Note => "  note ",
        Verdict::Warning => "  WARN ",
        Verdict::Failure => "  FAIL ",
    };
    let took = finding.took.map(|took| format!("  ({took} ms)")).unwrap_or_default();
    let fix = if finding.fix.is_empty() { String::new() } else { format!("         → {}\n", finding.fix) };
    format!("{mark}{}{took}\n{fix}", finding.what)
}
