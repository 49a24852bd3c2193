//! Which browser it is, in two words: what its owner needs to know it again, and no more of what it says of itself.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Octets of a `User-Agent` that are looked at.
const LOOKED_AT: usize = 512;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Browser {
    Firefox,
    Edge,
    Opera,
    Samsung,
    Chrome,
    Safari,
    #[default]
    #[serde(other)]
    Unknown,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum System {
    Android,
    Iphone,
    Ipad,
    Windows,
    Macos,
    Chromeos,
    Linux,
    #[default]
    #[serde(other)]
    Unknown,
}

/// A browser family and what it runs on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Device {
    pub browser: Browser,
    pub system: System,
}

impl Device {
    /// Of a `User-Agent`. Browsers name those they want to be taken for as well: the more particular word comes first.
    pub fn of(user_agent: &str) -> Device {
        let text: String = user_agent.chars().take(LOOKED_AT).collect();
        let has = |word: &str| text.contains(word);
        let browsers = [
            (["Firefox/", "FxiOS/"], Browser::Firefox),
            (["Edg", "Edge/"], Browser::Edge),
            (["OPR/", "Opera"], Browser::Opera),
            (["SamsungBrowser", "SamsungBrowser"], Browser::Samsung),
            (["Chrome/", "CriOS/"], Browser::Chrome),
            (["Safari/", "Safari/"], Browser::Safari),
        ];
        let systems = [
            ("Android", System::Android),
            ("iPhone", System::Iphone),
            ("iPad", System::Ipad),
            ("Windows", System::Windows),
            ("CrOS", System::Chromeos),
            ("Macintosh", System::Macos),
            ("Linux", System::Linux),
        ];
        let browser = browsers.into_iter().find(|(words, _)| words.iter().any(|word| has(word)));
        let system = systems.into_iter().find(|(word, _)| has(word));
        Device {
            browser: browser.map_or(Browser::Unknown, |(_, browser)| browser),
            system: system.map_or(System::Unknown, |(_, system)| system),
        }
    }
}

/// `Firefox, Android`; names that are the same in every language. Empty where nothing is known.
impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let browser = match self.browser {
            Browser::Firefox => "Firefox",
            Browser::Edge => "Edge",
            Browser::Opera => "Opera",
            Browser::Samsung => "Samsung Internet",
            Browser::Chrome => "Chrome",
            Browser::Safari => "Safari",
            Browser::Unknown => "",
        };
        let system = match self.system {
            System::Android => "Android",
            System::Iphone => "iPhone",
            System::Ipad => "iPad",
            System::Windows => "Windows",
            System::Macos => "macOS",
            System::Chromeos => "ChromeOS",
            System::Linux => "Linux",
            System::Unknown => "",
        };
        let comma = if browser.is_empty() || system.is_empty() { "" } else { ", " };
        write!(f, "{browser}{comma}{system}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_words_of_a_long_line() {
        for (line, words) in [
            ("Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0", "Firefox, Android"),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                 Version/18.1 Mobile/15E148 Safari/604.1",
                "Safari, iPhone",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 \
                 Safari/537.36 Edg/142.0.0.0",
                "Edge, Windows",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; SM-S901B) AppleWebKit/537.36 (KHTML, like Gecko) \
                 SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
                "Samsung Internet, Android",
            ),
            (
                "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36",
                "Chrome, ChromeOS",
            ),
            ("curl/8.14.1", ""),
            ("\u{202e}<b>Linux", "Linux"),
            ("", ""),
        ] {
            assert_eq!(Device::of(line).to_string(), words, "{line}");
        }
        assert_eq!(Device::of(&("x".repeat(600) + "Firefox/1")), Device::default());
    }

    #[test]
    fn what_a_later_version_keeps_is_read() {
        let later = r#"{"browser":"ladybird","system":"haiku"}"#;
        assert_eq!(serde_json::from_str::<Device>(later).expect("read"), Device::default());
    }
}
