//! `http.request`: one call of a web service; what it sends and gets may be a text or a file.
//!
//! What the service may have done already is not asked for again unless that is harmless or wanted. Invariant: neither
//! the query of the address nor a header's value is in an error.

use crate::amount::amount;
use crate::context::{Made, Outcome, StepContext};
use crate::error::StepError;
use crate::publish::{self, Decision};
use courier_domain::ErrorCode;
use courier_domain::step::{HttpMethod, HttpRequest};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use reqwest::{Body, Client, Method, Response, Url, redirect};
use serde_json::{Map, Value};
use std::path::PathBuf;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio_util::io::ReaderStream;

const CONNECT_LIMIT: Duration = Duration::from_secs(30);
const MOST_REDIRECTS: usize = 5;
/// Of an answer that is handed on as text, bytes.
const LONGEST_TEXT: usize = 1 << 20;

pub(crate) async fn run(context: &StepContext, params: HttpRequest) -> Result<Outcome, StepError> {
    let url = Url::parse(params.url.trim())
        .map_err(|error| invalid(format!("url: this is no address: {error}.")))?;
    let call = Call { to: shown(&url), may_repeat: params.method.is_idempotent() || params.retry_unsafe };
    tokio::select! {
        () = context.cancel.cancelled() => Err(StepError::cancelled()),
        done = call.make(context, &params, url) => done,
    }
}

/// A call under way.
struct Call {
    /// The address without what may be secret.
    to: String,
    may_repeat: bool,
}

impl Call {
    async fn make(
        &self,
        context: &StepContext,
        params: &HttpRequest,
        url: Url,
    ) -> Result<Outcome, StepError> {
        let client = Client::builder()
            .connect_timeout(CONNECT_LIMIT)
            .redirect(redirect::Policy::limited(MOST_REDIRECTS))
            .build()
            .map_err(|error| self.failed(&error))?;
        let mut request = client.request(method(params.method), url).headers(headers(context, params).await?);
        if let Some(body) = &params.body {
            request = request.body(body.clone());
        }
        if let Some(path) = &params.body_file {
            let literal = path.literal().ok_or_else(|| invalid("body_file: name one file.".into()))?;
            let path = context.workspace.join(literal);
            let file =
                tokio::fs::File::open(&path).await.map_err(|error| StepError::io("read", &path, error))?;
            let length = file.metadata().await.map_err(|error| StepError::io("read", &path, error))?.len();
            request = request
                .header(reqwest::header::CONTENT_LENGTH, length)
                .body(Body::wrap_stream(ReaderStream::with_capacity(file, 256 << 10)));
        }
        let response = request.send().await.map_err(|error| self.failed(&error))?;
        let status = response.status().as_u16();
        let expected = HttpRequest::statuses(&params.expected_status).unwrap_or_default();
        if !expected.iter().any(|(first, last)| (*first..=*last).contains(&status)) {
            return Err(self.refused(response).await);
        }
        let mut outputs = Map::new();
        outputs.insert("status".into(), status.into());
        outputs.insert("headers".into(), shown_headers(response.headers()));
        match params.response_to.as_deref().filter(|path| !path.is_empty()) {
            Some(path) => {
                self.keep_in_file(context, params, response, context.workspace.join(path), outputs).await
            }
            None => {
                let body = self.body(response).await?;
                outputs.insert("bytes".into(), body.len().into());
                let body = String::from_utf8(body).map_err(|_| self.no_text())?;
                outputs.insert("body".into(), body.into());
                Ok(Outcome { outputs, ..Outcome::default() })
            }
        }
    }

    /// An answer that would change if it were taken for a text.
    fn no_text(&self) -> StepError {
        let message = format!(
            "The answer of {} is no text in UTF-8. Name a file for it with `response_to`: there it is kept byte for byte.",
            self.to
        );
        StepError::new(ErrorCode::HttpFailed, message)
    }

    async fn body(&self, mut response: Response) -> Result<Vec<u8>, StepError> {
        let mut body = Vec::new();
        while let Some(block) = response.chunk().await.map_err(|error| self.failed(&error))? {
            if body.len() + block.len() > LONGEST_TEXT {
                return Err(StepError::new(
                    ErrorCode::HttpFailed,
                    format!(
                        "The answer of {} is longer than {}. Name a file for it.",
                        self.to,
                        amount(LONGEST_TEXT as u64)
                    ),
                ));
            }
            body.extend_from_slice(&block);
        }
        Ok(body)
    }

    async fn keep_in_file(
        &self,
        context: &StepContext,
        params: &HttpRequest,
        mut response: Response,
        path: PathBuf,
        mut outputs: Map<String, Value>,
    ) -> Result<Outcome, StepError> {
        let (owner, overwrite) = (context.owner(), params.overwrite);
        let decided = context
            .blocking(move |_| {
                let target = match publish::decide(&path, overwrite, None)? {
                    Decision::Keep(_) => {
                        return Err(StepError::new(
                            ErrorCode::AlreadyExists,
                            format!(
                                "{} is there already and stays; the answer has no place.",
                                path.display()
                            ),
                        ));
                    }
                    Decision::Write(target) => target,
                };
                publish::make_parents(&target)?;
                Ok((publish::temporary(&target, owner), target))
            })
            .await?;
        let (temporary, target) = decided;
        let name = target.to_string_lossy().into_owned();
        if let Some(length) = response.content_length() {
            context.progress.expect(length);
        }
        let mut bytes = 0;
        let written = async {
            let unwritable = |error| StepError::io("write", &target, error);
            let mut file = tokio::fs::File::create_new(&temporary).await.map_err(unwritable)?;
            while let Some(block) = response.chunk().await.map_err(|error| self.failed(&error))? {
                file.write_all(&block).await.map_err(unwritable)?;
                bytes += block.len() as u64;
                context.progress.file(&name, bytes);
            }
            file.sync_all().await.map_err(unwritable)
        };
        if let Err(error) = written.await {
            let removed = context.blocking(move |_| {
                publish::remove(&temporary);
                Ok(())
            });
            return removed.await.and(Err(error));
        }
        context.publish(temporary, target.clone(), overwrite).await?;
        outputs.insert("file".into(), name.into());
        outputs.insert("bytes".into(), bytes.into());
        Ok(Outcome { outputs, made: vec![Made::at(&target)], bytes: Some(bytes), ..Outcome::default() })
    }

    /// The service said something else than was expected.
    async fn refused(&self, response: Response) -> StepError {
        let status = response.status();
        let passing = status.is_server_error() || matches!(status.as_u16(), 408 | 425 | 429);
        let code = if passing { self.unavailable() } else { ErrorCode::HttpFailed };
        let said = self.body(response).await.unwrap_or_default();
        let said = String::from_utf8_lossy(&said);
        let said: String = said.chars().filter(|c| !c.is_control()).take(200).collect();
        let reason = status.canonical_reason().map(|reason| format!(" {reason}")).unwrap_or_default();
        let said = if said.trim().is_empty() { ".".to_owned() } else { format!(": {}", said.trim()) };
        StepError::new(code, format!("{} answered {}{reason}{said}", self.to, status.as_u16()))
    }

    /// The call did not come to an answer.
    fn failed(&self, error: &reqwest::Error) -> StepError {
        let causes = causes(error);
        let certificate = causes.iter().any(|cause| cause.contains("certificate"));
        let refused = io_kind(error) == Some(std::io::ErrorKind::ConnectionRefused);
        // Before it is connected, nothing was sent.
        let code = match () {
            () if error.is_connect() && certificate => ErrorCode::CertificateUntrusted,
            () if error.is_connect() && refused => ErrorCode::ConnectionRefused,
            () if error.is_connect() && causes.iter().any(|cause| cause.contains("dns")) => {
                ErrorCode::DnsFailed
            }
            () if error.is_timeout() && error.is_connect() => ErrorCode::ConnectionTimeout,
            () if error.is_redirect() || error.is_builder() => ErrorCode::HttpFailed,
            () if error.is_connect() => ErrorCode::HttpUnavailable,
            () => self.unavailable(),
        };
        let text = causes.last().map_or("no reason was given", String::as_str);
        StepError::new(code, self.worded(code, text))
    }

    /// The same cause for every method; only what is harmless is asked again.
    fn unavailable(&self) -> ErrorCode {
        if self.may_repeat { ErrorCode::HttpUnavailable } else { ErrorCode::HttpUncertain }
    }

    /// What happened in plain words, and what to do.
    fn worded(&self, code: ErrorCode, text: &str) -> String {
        let to = &self.to;
        if code == ErrorCode::ConnectionRefused {
            return format!(
                "{to} refuses connections. Check host and port; the service may be down, or a firewall in between."
            );
        }
        if code == ErrorCode::DnsFailed {
            return format!(
                "The host of {to} cannot be resolved. Check its spelling and this computer's network."
            );
        }
        if code == ErrorCode::ConnectionTimeout {
            return format!(
                "{to} did not answer within {} s. Check host, port and the firewalls in between.",
                CONNECT_LIMIT.as_secs()
            );
        }
        if code == ErrorCode::CertificateUntrusted {
            return format!(
                "The certificate of {to} is not trusted: {}. Nothing was sent. Have the service's owner mend it, or add \
                 its authority to those that this computer trusts.",
                why_untrusted(text)
            );
        }
        format!("The call of {to} failed: {text}.")
    }
}

fn invalid(message: String) -> StepError {
    StepError::new(ErrorCode::Validation, message)
}

/// Without user, password, query and fragment.
fn shown(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}{}", url.scheme(), url.host_str().unwrap_or_default(), url.path())
}

fn method(method: HttpMethod) -> Method {
    match method {
        HttpMethod::Get => Method::GET,
        HttpMethod::Post => Method::POST,
        HttpMethod::Put => Method::PUT,
        HttpMethod::Patch => Method::PATCH,
        HttpMethod::Delete => Method::DELETE,
        HttpMethod::Head => Method::HEAD,
    }
}

async fn headers(context: &StepContext, params: &HttpRequest) -> Result<HeaderMap, StepError> {
    let mut headers = HeaderMap::new();
    headers.insert(USER_AGENT, HeaderValue::from_static(concat!("Courier/", env!("CARGO_PKG_VERSION"))));
    for (name, value) in params.headers.iter().flat_map(|values| &values.0) {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let named = HeaderName::try_from(name.replace('_', "-"));
        let (Ok(named), Ok(value)) = (named, HeaderValue::try_from(text)) else {
            return Err(invalid(format!("headers: `{name}` is no header, or its value has line ends.")));
        };
        headers.insert(named, value);
    }
    let secret = context.secret(params.authorization.map(|secret| secret.0), "authorization").await?;
    if let Some(secret) = secret {
        let mut value = HeaderValue::try_from(secret.expose())
            .map_err(|_| invalid("authorization: this value cannot be in a header.".into()))?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    Ok(headers)
}

/// Those that are texts and set no cookie.
fn shown_headers(headers: &HeaderMap) -> Value {
    let named = headers.iter().filter(|(name, _)| **name != reqwest::header::SET_COOKIE);
    named
        .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.into())))
        .collect::<Map<_, _>>()
        .into()
}

/// What lies below an error, from the top down. The top names the whole address and is left out.
pub(crate) fn causes(error: &reqwest::Error) -> Vec<String> {
    let mut found = Vec::new();
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        found.push(cause.to_string());
        next = cause.source();
    }
    found
}

/// What the TLS library finds wrong with a certificate, for people. It gives its reasons as texts only, down here.
fn why_untrusted(text: &str) -> &str {
    let reasons = [
        ("UnknownIssuer", "nobody whom this computer trusts has issued it"),
        ("NotValidForName", "it is for another host"),
        ("not valid for", "it is for another host"),
        ("NotValidYet", "it is not valid yet"),
        ("not valid yet", "it is not valid yet"),
        ("Expired", "it has expired"),
        ("expired", "it has expired"),
        ("Revoked", "it was revoked"),
        ("CaUsedAsEndEntity", "it is the certificate of an authority, not of a server"),
    ];
    reasons.iter().find(|(part, _)| text.contains(part)).map_or(text, |(_, reason)| reason)
}

fn io_kind(error: &reqwest::Error) -> Option<std::io::ErrorKind> {
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        if let Some(io) = cause.downcast_ref::<std::io::Error>() {
            return Some(io.kind());
        }
        next = cause.source();
    }
    None
}
