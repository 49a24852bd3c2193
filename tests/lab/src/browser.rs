//! A real Chromium to look at pages with: chromedriver on a free port. The WebDriver client is the caller's.

use std::{
    ffi::OsStr,
    path::Path,
    sync::atomic::{AtomicU32, Ordering::Relaxed},
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::process::{Folder, Process, START, Who, free_ports, program};

/// How a person looks at a page.
#[derive(Debug, Clone)]
pub struct View {
    /// In CSS pixels.
    pub width: u32,
    pub height: u32,
    /// A phone: touch, mobile viewport rules.
    pub phone: bool,
    pub dark: bool,
    /// As `fr` or `en-GB`.
    pub language: String,
    pub scripts: bool,
}

impl View {
    /// 390 × 844, touch, light, French, with scripts.
    #[must_use]
    pub fn phone() -> Self {
        Self { width: 390, height: 844, phone: true, dark: false, language: "fr".into(), scripts: true }
    }

    /// 1280 × 800, light, French, with scripts.
    #[must_use]
    pub fn desktop() -> Self {
        Self { width: 1280, height: 800, phone: false, ..Self::phone() }
    }
}

/// A running chromedriver. It ends, with its browsers and their profiles, when dropped.
pub struct Browser {
    // Before the folder: the processes must end before their files go.
    _process: Process,
    folder: Folder,
    port: u16,
    views: AtomicU32,
}

impl Browser {
    /// # Errors
    /// When Chromium or chromedriver is not installed, or does not come up.
    pub async fn start() -> Result<Self> {
        let driver = program(&["chromedriver"])?;
        program(&["chromium", "chromium-browser", "google-chrome"])?;
        let folder = Folder::new(None, "lab-browser-")?;
        let [port] = free_ports::<1>()?;
        let port_argument = format!("--port={port}");
        let command = [driver.as_os_str(), OsStr::new(&port_argument), OsStr::new("--log-level=SEVERE")];
        let log = folder.path().join("output.log");
        let mut process = Process::start(&command, Who::Us, &log)?;
        listens(&mut process, port, &log).await?;
        Ok(Self { _process: process, folder, port, views: AtomicU32::new(0) })
    }

    /// Where WebDriver is spoken.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The capabilities of a new session that looks so, with a profile of its own.
    #[must_use]
    pub fn capabilities(&self, view: &View) -> Value {
        let number = self.views.fetch_add(1, Relaxed);
        let profile = self.folder.path().join(format!("profile-{number}"));
        let View { width, height, phone, language, .. } = view;
        let mut arguments = vec![
            "--headless=new".to_owned(),
            // Chromium's own sandbox refuses to run as root, and needs what containers often lack.
            "--no-sandbox".into(),
            "--disable-dev-shm-usage".into(),
            "--disable-gpu".into(),
            "--disable-breakpad".into(),
            "--disable-quic".into(),
            "--disable-sync".into(),
            "--disable-extensions".into(),
            "--disable-background-networking".into(),
            "--disable-component-update".into(),
            // Loopback, under a name that is nobody's own.
            "--host-resolver-rules=MAP *.elsewhere.test 127.0.0.2".into(),
            "--no-first-run".into(),
            "--no-default-browser-check".into(),
            "--hide-scrollbars".into(),
            "--force-prefers-reduced-motion".into(),
            format!("--user-data-dir={}", profile.display()),
            format!("--window-size={width},{height}"),
            format!("--lang={language}"),
            format!("--accept-lang={language}"),
            format!("--blink-settings=preferredColorScheme={}", if view.dark { 0 } else { 1 }),
        ];
        if view.dark {
            arguments.push("--force-dark-mode".into());
        }
        let mut preferences =
            json!({ "intl.accept_languages": language, "credentials_enable_service": false });
        if !view.scripts {
            preferences["profile.managed_default_content_settings.javascript"] = json!(2);
        }
        json!({
            "browserName": "chrome",
            "goog:chromeOptions": {
                "args": arguments,
                "prefs": preferences,
                "mobileEmulation": {
                    "deviceMetrics": { "width": width, "height": height, "pixelRatio": 1, "mobile": phone, "touch": phone }
                },
            },
        })
    }
}

async fn listens(process: &mut Process, port: u16, log: &Path) -> Result<()> {
    let until = Instant::now() + START;
    while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        if process.ended().is_some() || Instant::now() > until {
            bail!("chromedriver does not serve: {}", std::fs::read_to_string(log).unwrap_or_default());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}
