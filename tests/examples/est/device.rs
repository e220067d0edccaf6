//! The device: what it keeps is in files.

use std::{fs, path::Path, sync::Arc, thread, time::Duration};

use getrandom::SysRng;
use mdm_proto::{
    activation::token::{Activated, ActivationData, Exchange, FetchAuthority, Progress, Token},
    est::{
        Authority, CaTrust, HttpRequest, HttpResponse, Label,
        client::{Call, Config},
        reenrolment_csr,
    },
};
use pki_core::{
    Certificate, Csr, CsrBuilder, KeyKind, Name, Secret,
    algorithm::SignatureAlgorithm,
    crypto::{
        Signer as _,
        rustcrypto::{PROVIDER, PrivateKey, Random},
    },
};
use scep::http::{Method, RetryAfter};
use ureq::Agent;

use crate::{Result, Server, ahead, key_pem, tls};

pub fn enrol(server: &Server, ca: &Path, user: &str, token: &str) -> Result<()> {
    let clock = ahead(server.days_ahead);
    let root = Certificate::from_pem(&fs::read_to_string(ca)?)?;
    let data = ActivationData::new(user, Token::from_text(&Secret::from(token))?, CaTrust::Certificate(root.clone()))?;
    let known = Authority::of_roots(vec![root]).ok_or("no root")?;
    let agent = tls::agent(known.validator(&PROVIDER), None, clock)?;
    let config = config(server)?;

    let fetch = FetchAuthority::start(Arc::clone(&config), data);
    let ready = fetch.finish(&send(&agent, server, fetch.request())?, clock.now())?;
    println!("root: {}", ready.authority().roots().iter().map(|root| root.subject().to_string()).collect::<String>());

    // Now the server is certified by what was fetched.
    let agent = tls::agent(ready.authority().validator(&PROVIDER), None, clock)?;
    let attributes = Call::csr_attributes(&config);
    let attributes = attributes.finish(&send(&agent, server, attributes.request())?)?;
    let key = PrivateKey::generate(attributes.key_kind().unwrap_or(KeyKind::P256), &mut Random(SysRng))?;
    let csr = sign(CsrBuilder::new(Name::from_common_name("device")?, key.public_key().clone()), &key)?;
    // Kept before anything is sent: only this CSR gets an answer again.
    fs::create_dir_all(&server.out)?;
    fs::write(server.out.join("key.pem"), key_pem(&key))?;
    fs::write(server.out.join("csr.pem"), csr.to_pem())?;
    let activated = drive(&agent, server, &ready.enrol(&csr))?;
    keep(server, &activated)
}

pub fn renew(server: &Server) -> Result<()> {
    let clock = ahead(server.days_ahead);
    let authority = Authority::from_der(&fs::read(server.out.join("authority.der"))?)?;
    let [current, key] = ["cert.pem", "key.pem"].map(|name| fs::read_to_string(server.out.join(name)));
    let (current, key) = (Certificate::from_pem(&current?)?, PrivateKey::from_pem(&key?)?);
    let identity = tls::Identity { chain: std::slice::from_ref(&current), key: &key };
    let agent = tls::agent(authority.validator(&PROVIDER), Some(&identity), clock)?;
    let next = PrivateKey::generate(KeyKind::P256, &mut Random(SysRng))?;
    let csr = sign(reenrolment_csr(&current, next.public_key().clone()), &next)?;
    let exchange = Exchange::renew(config(server)?, authority, current, &csr)?;
    let activated = drive(&agent, server, &exchange)?;
    fs::write(server.out.join("key.pem"), key_pem(&next))?;
    keep(server, &activated)
}

fn config(server: &Server) -> Result<Arc<Config>> {
    let config = Config::new(PROVIDER);
    Ok(Arc::new(match &server.label {
        Some(label) => config.with_label(Label::new(label)?),
        None => config,
    }))
}

fn sign(csr: CsrBuilder, key: &PrivateKey) -> Result<Csr> {
    Ok(csr.build(SignatureAlgorithm::ECDSA_SHA256)?.sign_with(key, &mut Random(SysRng))?)
}

/// Until the service has decided.
#[expect(clippy::disallowed_methods, reason = "here is the patience")]
fn drive(agent: &Agent, server: &Server, exchange: &Exchange) -> Result<Activated> {
    let clock = ahead(server.days_ahead);
    loop {
        match exchange.finish(&send(agent, server, exchange.request())?, clock.now())? {
            Progress::Activated(activated) => return Ok(activated),
            Progress::Wait(wait) => {
                println!("pending until {}", wait.until);
                while clock.now() < wait.until {
                    thread::sleep(Duration::from_millis(200));
                }
            }
        }
    }
}

fn keep(server: &Server, activated: &Activated) -> Result<()> {
    fs::write(server.out.join("authority.der"), activated.authority().to_der())?;
    fs::write(server.out.join("cert.pem"), activated.certificate().to_pem())?;
    println!("{}, until {}", activated.certificate().subject(), activated.certificate().validity().not_after);
    Ok(())
}

fn send(agent: &Agent, server: &Server, request: &HttpRequest) -> Result<HttpResponse> {
    let url = format!("{}{}", server.url.trim_end_matches('/'), request.path);
    let mut headers: Vec<_> = request.headers().collect();
    if let Some(value) = &request.authorization {
        headers.push(("Authorization", str::from_utf8(value.expose())?.to_owned()));
    }
    let mut reply = match request.method {
        Method::Get => {
            headers.into_iter().fold(agent.get(&url), |call, (name, value)| call.header(name, value)).call()?
        }
        Method::Post => {
            let call = headers.into_iter().fold(agent.post(&url), |call, (name, value)| call.header(name, value));
            call.send(&request.body[..])?
        }
    };
    let body = reply.body_mut().with_config().limit(LARGEST_BODY).read_to_vec()?;
    let header = |name: &str| reply.headers().get(name).and_then(|value| value.to_str().ok());
    Ok(HttpResponse::new(reply.status().as_u16(), header("content-type").unwrap_or_default(), body)
        .with_retry_after(header("retry-after").and_then(RetryAfter::parse))
        .with_www_authenticate(header("www-authenticate").map(str::to_owned)))
}

const LARGEST_BODY: u64 = 1024 * 1024;
