//! Requests by ureq, for the agent and for the broker.

use std::time::Duration;

use scep::http::{HttpRequest, HttpResponse, Method, RetryAfter};
use ureq::Agent;

use crate::Result;

/// What came back.
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
    content_type: String,
    retry_after: Option<RetryAfter>,
}

impl Answer {
    /// The body of an answer that is one.
    pub fn success(self) -> Result<Vec<u8>> {
        if self.status == 200 { Ok(self.body) } else { Err(format!("HTTP {}", self.status).into()) }
    }

    pub fn into_est(self) -> mdm_proto::est::HttpResponse {
        let Self { status, body, content_type, retry_after } = self;
        mdm_proto::est::HttpResponse::new(status, content_type, body).with_retry_after(retry_after)
    }

    pub fn into_scep(self) -> HttpResponse {
        let Self { status, body, content_type, retry_after } = self;
        HttpResponse::new(status, content_type, body).with_retry_after(retry_after)
    }
}

/// Without TLS.
pub fn plain() -> Agent {
    let config = Agent::config_builder().timeout_global(Some(PATIENCE)).http_status_as_error(false).max_redirects(0);
    config.build().into()
}

/// One request, and its answer whatever the status.
pub fn send(agent: &Agent, method: Method, url: &str, headers: &[(&str, String)], body: &[u8]) -> Result<Answer> {
    let mut answer = match method {
        Method::Get => headers.iter().fold(agent.get(url), |call, (name, value)| call.header(*name, value)).call()?,
        Method::Post => {
            headers.iter().fold(agent.post(url), |call, (name, value)| call.header(*name, value)).send(body)?
        }
    };
    let body = answer.body_mut().with_config().limit(LARGEST_BODY).read_to_vec()?;
    let header = |name| answer.headers().get(name).and_then(|value| value.to_str().ok());
    let content_type = header("content-type").unwrap_or_default().to_owned();
    let retry_after = header("retry-after").and_then(RetryAfter::parse);
    Ok(Answer { status: answer.status().as_u16(), body, content_type, retry_after })
}

/// One request to a SCEP CA.
pub fn send_scep(agent: &Agent, url: &str, request: &HttpRequest) -> Result<Answer> {
    let content_type = request.content_type.iter().map(|value| ("Content-Type", value.to_string()));
    let url = format!("{url}?{}", request.query);
    send(agent, request.method, &url, &content_type.collect::<Vec<_>>(), &request.body)
}

const PATIENCE: Duration = Duration::from_secs(120);
const LARGEST_BODY: u64 = 1024 * 1024;
