//! Somebody with a browser that has no script: cookies, pages, forms.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use reqwest::{Client, Response, StatusCode, header, redirect::Policy};
use scraper::{ElementRef, Html, Selector};

/// One browser.
#[derive(Clone)]
pub struct Visitor {
    client: Client,
    base: String,
}

/// An answer, read whole.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: header::HeaderMap,
    /// Where redirects led, without scheme and host.
    pub path: String,
    pub body: Vec<u8>,
}

impl Visitor {
    /// A browser without cookies, in `language` (`fr`, `en`), that follows redirects.
    ///
    /// # Errors
    /// When the client cannot be made.
    pub fn new(base: &str, language: &str) -> Result<Self> {
        let mut headers = header::HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, language.parse()?);
        headers.insert(header::ACCEPT, "text/html".parse()?);
        let client = Client::builder()
            .cookie_store(true)
            .default_headers(headers)
            .redirect(Policy::limited(5))
            .timeout(Duration::from_secs(90))
            .no_proxy()
            .build()?;
        Ok(Self { client, base: base.to_owned() })
    }

    /// A browser where this person has signed in; the answer is the page that came.
    ///
    /// # Errors
    /// When that is not a mailbox.
    pub async fn signed_in(base: &str, address: &str, password: &str) -> Result<Self> {
        let visitor = Self::new(base, "en")?;
        let answer = visitor.sign_in(address, password).await?;
        ensure!(
            answer.path.starts_with("/mail/"),
            "not signed in: {} {}\n{}",
            answer.status,
            answer.path,
            answer.text()
        );
        Ok(visitor)
    }

    /// Fills in the form of the sign-in page.
    ///
    /// # Errors
    /// Of the network.
    pub async fn sign_in(&self, address: &str, password: &str) -> Result<Answer> {
        let page = self.get("/login").await?;
        let token = page.value("form[action='/login'] input[name=token]").context("no sign-in form")?;
        self.post("/login", &[("token", &token), ("username", address), ("password", password)]).await
    }

    /// GETs a path of the site.
    ///
    /// # Errors
    /// Of the network.
    pub async fn get(&self, path: &str) -> Result<Answer> {
        self.get_with(path, &[]).await
    }

    /// With more header fields.
    ///
    /// # Errors
    /// Of the network.
    pub async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Result<Answer> {
        let mut request = self.client.get(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        read(request.send().await?).await
    }

    /// The same page in English and in French.
    ///
    /// # Errors
    /// Of the network.
    pub async fn both(&self, path: &str) -> Result<[Answer; 2]> {
        let english = self.get_with(path, &[("accept-language", "en")]).await?;
        let french = self.get_with(path, &[("accept-language", "fr")]).await?;
        Ok([english, french])
    }

    /// A GET whose body is read by the caller, piece by piece.
    ///
    /// # Errors
    /// Of the network.
    pub async fn open(&self, path: &str) -> Result<Response> {
        Ok(self.client.get(format!("{}{path}", self.base)).send().await?)
    }

    /// A POST whose answer is read by the caller, piece by piece.
    ///
    /// # Errors
    /// Of the network.
    pub async fn open_post(&self, path: &str, fields: &[(&str, &str)]) -> Result<Response> {
        Ok(self.client.post(format!("{}{path}", self.base)).form(fields).send().await?)
    }

    /// POSTs a form.
    ///
    /// # Errors
    /// Of the network.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Result<Answer> {
        read(self.client.post(format!("{}{path}", self.base)).form(fields).send().await?).await
    }

    /// Submits the first form that `selector` finds on a page, with some fields changed.
    ///
    /// # Errors
    /// Of the network, or when there is no such form.
    pub async fn submit(&self, page: &Answer, selector: &str, changed: &[(&str, &str)]) -> Result<Answer> {
        let (action, mut fields) = page.form(selector).with_context(|| format!("no form {selector}"))?;
        for (name, value) in changed {
            fields.retain(|(n, _)| n != name);
            fields.push(((*name).to_owned(), (*value).to_owned()));
        }
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        self.post(&action, &fields).await
    }
}

impl Visitor {
    /// Submits a form with files, as browsers do: `multipart/form-data`, every file in the field `name`, after the
    /// form's own fields and before the button.
    ///
    /// # Errors
    /// Of the network, or when there is no such form.
    pub async fn upload(
        &self,
        page: &Answer,
        selector: &str,
        changed: &[(&str, &str)],
        name: &str,
        files: &[(&str, &str, &[u8])],
        button: (&str, &str),
    ) -> Result<Answer> {
        let (action, mut fields) = page.form(selector).with_context(|| format!("no form {selector}"))?;
        for (name, value) in changed {
            fields.retain(|(n, _)| n != name);
            fields.push(((*name).to_owned(), (*value).to_owned()));
        }
        const BOUNDARY: &str = "----visitor7d1f0b";
        let mut body = Vec::new();
        for (name, value) in &fields {
            body.extend(
                format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
                    .bytes(),
            );
        }
        for (file, kind, bytes) in files {
            let head = format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\nContent-Type: {kind}\r\n\r\n"
            );
            body.extend(head.bytes());
            body.extend_from_slice(bytes);
            body.extend(b"\r\n");
        }
        let (name, value) = button;
        body.extend(format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n--{BOUNDARY}--\r\n").bytes());
        let request = self.client.post(format!("{}{action}", self.base));
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        read(request.header(header::CONTENT_TYPE, kind).body(body).send().await?).await
    }
}

async fn read(response: Response) -> Result<Answer> {
    let url = response.url().clone();
    let path = url.query().map_or(url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let (status, headers) = (response.status(), response.headers().clone());
    Ok(Answer { status, headers, path, body: response.bytes().await?.to_vec() })
}

impl Answer {
    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header field, empty when it is missing.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }

    /// The text of every element that `selector` finds, white space squeezed.
    #[must_use]
    pub fn all(&self, selector: &str) -> Vec<String> {
        self.map(selector, |e| e.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// The text of every element that `selector` finds, as it stands.
    #[must_use]
    pub fn texts(&self, selector: &str) -> Vec<String> {
        self.map(selector, |e| e.text().collect())
    }

    /// An attribute of every element that `selector` finds and that has it.
    #[must_use]
    pub fn attributes(&self, selector: &str, name: &str) -> Vec<String> {
        self.map(selector, |e| e.value().attr(name).map(str::to_owned)).into_iter().flatten().collect()
    }

    /// The `value` of the first element that `selector` finds.
    #[must_use]
    pub fn value(&self, selector: &str) -> Option<String> {
        self.attributes(selector, "value").into_iter().next()
    }

    /// The UIDs of the rows of a list, in their order.
    #[must_use]
    pub fn uids(&self) -> Vec<u32> {
        self.attributes("[data-uid]", "data-uid").iter().filter_map(|uid| uid.parse().ok()).collect()
    }

    fn form(&self, selector: &str) -> Option<(String, Vec<(String, String)>)> {
        let html = Html::parse_document(&self.text());
        let form = html.select(&parsed(selector)).next()?;
        let inputs = parsed("input[name], textarea[name], select[name]");
        let options = parsed("option");
        let fields = form.select(&inputs).filter_map(|input| {
            let field = input.value();
            let value = match (field.name(), field.attr("type")) {
                // The parser has dropped the line end right behind the tag, as browsers do.
                ("textarea", _) => input.text().collect::<String>(),
                // Without a choice, the first.
                ("select", _) => {
                    let mut all = input.select(&options).map(|option| option.value());
                    let first = all.clone().next()?;
                    let chosen = all.find(|option| option.attr("selected").is_some()).unwrap_or(first);
                    chosen.attr("value").unwrap_or_default().to_owned()
                }
                (_, Some("file")) => return None,
                (_, Some("checkbox" | "radio")) if field.attr("checked").is_none() => return None,
                _ => field.attr("value").unwrap_or_default().to_owned(),
            };
            Some((field.attr("name")?.to_owned(), value))
        });
        Some((form.value().attr("action")?.to_owned(), fields.collect()))
    }

    fn map<T>(&self, selector: &str, read: impl Fn(ElementRef<'_>) -> T) -> Vec<T> {
        let html = Html::parse_document(&self.text());
        html.select(&parsed(selector)).map(read).collect()
    }
}

/// # Panics
/// When the test's selector is not one.
fn parsed(selector: &str) -> Selector {
    Selector::parse(selector).unwrap_or_else(|e| panic!("{selector}: {e}"))
}
