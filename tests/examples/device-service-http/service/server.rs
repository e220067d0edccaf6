//! HTTP by axum: HTTP in, HTTP out.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::{ConnectInfo, DefaultBodyLimit, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header::CONTENT_TYPE},
    response::{IntoResponse as _, Response},
};
use tokio::net::TcpListener;

use super::{Arguments, Reply, Request, Service};
use crate::{Result, tls};

pub async fn serve(arguments: &Arguments) -> Result<()> {
    let service = Arc::new(Service::new(arguments)?);
    let config = Arc::new(RwLock::new(service.tls()?));
    let shown = Arc::clone(&config);
    let tls_listener = tls::TlsListener::new(TcpListener::bind(arguments.listen).await?, move || {
        Arc::clone(&shown.read().unwrap_or_else(PoisonError::into_inner))
    })?;
    let plain_listener = TcpListener::bind(arguments.plain).await?;
    println!("listening on {} and http://{}", service.url, arguments.plain);

    let maintained = Arc::clone(&service);
    tokio::spawn(async move {
        let mut interval = tokio::time::interval(Duration::from_secs(3600));
        // The first is at once, and was done.
        interval.tick().await;
        loop {
            interval.tick().await;
            match maintained.maintain().and_then(|()| maintained.tls()) {
                Ok(new) => *config.write().unwrap_or_else(PoisonError::into_inner) = new,
                Err(error) => eprintln!("maintenance: {error}"),
            }
        }
    });
    let limit = DefaultBodyLimit::max(LARGEST_BODY);
    let secure = Router::new().fallback(over_tls).layer(limit).with_state(Arc::clone(&service));
    let plain = Router::new().fallback(in_clear).layer(limit).with_state(service);
    let secure = secure.into_make_service_with_connect_info::<tls::Client>();
    tokio::try_join!(async { axum::serve(tls_listener, secure).await }, async {
        axum::serve(plain_listener, plain).await
    })?;
    Ok(())
}

async fn over_tls(
    State(service): State<Arc<Service>>,
    ConnectInfo(client): ConnectInfo<tls::Client>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    answer(service, Some(client), (method, uri, headers, body)).await
}

async fn in_clear(
    State(service): State<Arc<Service>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    answer(service, None, (method, uri, headers, body)).await
}

/// RSA takes too long for the threads that do I/O.
async fn answer(
    service: Arc<Service>,
    client: Option<tls::Client>,
    (method, uri, headers, body): (Method, Uri, HeaderMap, Bytes),
) -> Response {
    let method = match method {
        Method::GET => scep::Method::Get,
        Method::POST => scep::Method::Post,
        _ => return StatusCode::METHOD_NOT_ALLOWED.into_response(),
    };
    let (asked, address) = (uri.path().to_owned(), client.as_ref().map(|client| client.address));
    let request = Request {
        method,
        path: uri.path().to_owned(),
        query: uri.query().unwrap_or_default().to_owned(),
        content_type: headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(str::to_owned),
        body: body.to_vec(),
        client,
    };
    match tokio::task::spawn_blocking(move || service.answer(request)).await {
        Ok(Ok(Reply { status, headers, body })) => {
            if let Some(address) = address {
                println!("{address}: {status} {asked}");
            }
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let mut response = (status, body).into_response();
            response.headers_mut().remove(CONTENT_TYPE);
            for (name, value) in headers {
                if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                    response.headers_mut().insert(name, value);
                }
            }
            response
        }
        Ok(Err(error)) => {
            // Our trouble, not the client's: it may ask again.
            eprintln!("no reply: {error}");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
        Err(_panic) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Many times what a request takes.
const LARGEST_BODY: usize = 256 * 1024;
