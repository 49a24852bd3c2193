//! The icons, drawn inline. A separate sprite would cost the first page a request and half a kilobyte more than it
//! saves (compression folds the repeats), needs a hole in the content security policy, and comes late.

use maud::{Markup, PreEscaped, html};

/// A drawing on a 24 × 24 grid, in the colour of the text around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    Archive,
    Back,
    Camera,
    Check,
    Clip,
    Cross,
    Document,
    Download,
    Envelope,
    Folder,
    Folders,
    Forward,
    Inbox,
    Into,
    More,
    Newer,
    Older,
    Pen,
    Reply,
    ReplyAll,
    Search,
    Send,
    Sent,
    Sort,
    Star,
    Tick,
    Trash,
    Warning,
}

impl Icon {
    fn path(self) -> &'static str {
        match self {
            Icon::Archive => "M3 5h18v4H3zM5 9v11h14V9M10 13h4",
            Icon::Back => "m14 5-7 7 7 7",
            Icon::Camera => "M3 8h4l2-3h6l2 3h4v11H3zM8.5 13a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0",
            Icon::Check => "m5 12 5 5 9-10",
            Icon::Clip => {
                "m20 11-8.5 8.5a5 5 0 0 1-7-7L13 4a3.3 3.3 0 0 1 4.7 4.7l-8.4 8.3a1.6 1.6 0 0 1-2.3-2.3l7.5-7.2"
            }
            Icon::Cross => "m6 6 12 12M18 6 6 18",
            Icon::Document => "M7 3h7l4 4v14H7zM14 3v4h4",
            Icon::Download => "M12 4v11m-4-4 4 4 4-4M5 20h14",
            Icon::Envelope => "M3 6h18v12H3zM3 7l9 6 9-6",
            Icon::Folder => "M3 6h7l2 2h9v11H3z",
            Icon::Folders => "M4 7h16M4 12h16M4 17h10",
            Icon::Inbox => "M3 13 6 5h12l3 8v6H3zM3 13h5l1 3h6l1-3h5",
            Icon::Into => "M3 7h7l2 2h9v11H3zM12 12v5m-2.5-2.5L12 17l2.5-2.5",
            Icon::More => {
                "M4 12a1 1 0 1 0 2 0 1 1 0 1 0-2 0m7 0a1 1 0 1 0 2 0 1 1 0 1 0-2 0m7 0a1 1 0 1 0 2 0 1 1 0 1 0-2 0"
            }
            Icon::Newer => "m6 14 6-6 6 6",
            Icon::Older => "m6 10 6 6 6-6",
            Icon::Forward => "m14 5 6 6-6 6M20 11H9a5 5 0 0 0-5 5v3",
            Icon::Pen => "m5 19 1-4L16 5l3 3L9 18zM14 7l3 3",
            Icon::Reply => "m10 5-6 6 6 6M4 11h11a5 5 0 0 1 5 5v3",
            Icon::ReplyAll => "m8 5-6 6 6 6M13 5l-6 6 6 6M7 11h9a5 5 0 0 1 5 5v3",
            Icon::Search => "M5 11a6 6 0 1 0 12 0a6 6 0 1 0-12 0m15 9-4.6-4.6",
            Icon::Send => "m4 12 16-8-5 17-4-7z",
            Icon::Sent => "m4 13 4 4L18 6M10 17l1 1L21 8",
            Icon::Sort => "M8 5v14m-4-4 4 4 4-4M16 19V5m-4 4 4-4 4 4",
            Icon::Star => "m12 4 2.4 5 5.6.8-4 3.9 1 5.5-5-2.6-5 2.6 1-5.5-4-3.9 5.6-.8z",
            Icon::Tick => "M4 4h16v16H4zM8 12l3 3 5-6",
            Icon::Trash => "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5",
            Icon::Warning => "M12 3 2 20h20L12 3zM12 10v4M12 17v.5",
        }
    }

    pub fn draw(self) -> Markup {
        self.drawn_as("icon")
    }

    pub fn drawn_as(self, class: &str) -> Markup {
        html! { svg class=(class) viewBox="0 0 24 24" aria-hidden="true" { path d=(PreEscaped(self.path())); } }
    }
}
