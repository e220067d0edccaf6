//! Path validation with what it lacks fetched over HTTP: the intermediate that nobody sent, a CRL, an OCSP response.
//!
//! ```sh
//! cargo run -p conformance --example fetch-chain
//! ```
//!
//! A CA with an intermediate serves its certificate, its CRL and an OCSP responder on the loopback interface, and issues one
//! certificate. A relying party knows the root and has this certificate, nothing else. The validator names what is missing,
//! [`Fetcher`] gets it, and the validator is asked again. Then the certificate is revoked.

use std::{
    collections::BTreeSet,
    error::Error,
    net::{Ipv4Addr, TcpListener},
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    http::{StatusCode, header::CONTENT_TYPE},
    response::IntoResponse,
    routing::{get, post},
};
use getrandom::SysRng;
use pki_core::{
    Certificate, CertificateBuilder, Crl, CrlBuilder, KeyKind, Name, Profile, PublicKeyRef, SerialNumber, UnixTime,
    Validity,
    algorithm::DigestAlgorithm,
    chain::{ChainError, ChainValidator, Pool, Purpose, RevocationPolicy, TrustAnchor, ValidatedChain},
    crl::{CrlNumber, RevocationReason},
    crypto::{
        Signer as _,
        rustcrypto::{PROVIDER, PrivateKey, Random},
    },
    ocsp::{
        self, CertId, CertStatus, NoncePolicy, OcspRequest, OcspRequestBuilder, OcspResponse, OcspResponseBuilder,
        ResponderId,
    },
    oid,
};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Result<()> {
    let now = UnixTime::from_civil(2026, 11, 23, 9, 0, 0).ok_or("no such date")?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let authority = Arc::new(Authority::install(&format!("http://{}", listener.local_addr()?), now)?);
    let leaf = authority.issue("device-1")?;
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.spawn(serve(listener, Arc::clone(&authority)));

    let anchor = TrustAnchor::from_certificate(authority.root.certificate.clone());
    let validator = ChainValidator::new([anchor], PROVIDER).with_revocation(RevocationPolicy::Require);

    println!("{}, with an empty pool:", leaf.subject());
    let chain = validate_with_fetch(&validator, &leaf, &mut Fetcher::new(), now)?;
    let names: Vec<_> = chain.path().iter().map(|certificate| certificate.subject().to_string()).collect();
    println!("valid: {} below {}", names.join(" below "), chain.anchor().name());
    println!("{} signatures checked\n", chain.signatures());

    authority.revoke(&leaf, now)?;
    println!("revoked; again with an empty pool:");
    match validate_with_fetch(&validator, &leaf, &mut Fetcher::new(), now) {
        Ok(_) => Err("it is revoked, and valid all the same".into()),
        Err(error) => {
            println!("refused: {error}");
            Ok(())
        }
    }
}

/// The loop of `pki_core::chain`, with OCSP: until there is a verdict that nothing which could be fetched would change.
fn validate_with_fetch(
    validator: &ChainValidator,
    leaf: &Certificate,
    fetcher: &mut Fetcher,
    now: UnixTime,
) -> std::result::Result<ValidatedChain, ChainError> {
    for round in 1..=ROUNDS {
        match validator.validate(leaf, &fetcher.pool, Purpose::CLIENT_AUTH, now) {
            Err(error) => {
                println!("round {round}: {error}");
                if fetcher.fetch(&error) == 0 {
                    return Err(error);
                }
            }
            verdict => return verdict,
        }
    }
    validator.validate(leaf, &fetcher.pool, Purpose::CLIENT_AUTH, now)
}

/// Fetches what is missing, each thing once, with bounds on size and time. What it brings is believed by nobody: the validator
/// will judge it.
///
/// The URLs come from strangers. A program inside of a network should also refuse addresses that strangers must not reach;
/// this one would then refuse its own server.
struct Fetcher {
    agent: ureq::Agent,
    pool: Pool,
    tried: BTreeSet<String>,
}

impl Fetcher {
    fn new() -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(10)))
            // A redirect may lead to where the URL itself would not have been fetched from.
            .max_redirects(0)
            .build();
        Self { agent: config.into(), pool: Pool::new(), tried: BTreeSet::new() }
    }

    /// How many things were added to the pool.
    fn fetch(&mut self, error: &ChainError) -> usize {
        let mut added = 0;
        for url in error.missing().urls() {
            added += usize::from(self.once(url, |fetcher| fetcher.get(url)));
        }
        for wanted in error.missing().ocsp() {
            // One responder that answers is enough.
            let answered = |fetcher: &mut Self| {
                wanted.urls.iter().any(|url| {
                    fetcher.once(&format!("{url} {}", wanted.certificate.subject()), |fetcher| {
                        fetcher.ask(url, &wanted.certificate, wanted.issuer_key.as_ref())
                    })
                })
            };
            added += usize::from(answered(self));
        }
        added
    }

    /// Does it unless it was done before; says what came of it.
    fn once(&mut self, what: &str, fetch: impl FnOnce(&mut Self) -> Result<String>) -> bool {
        if !self.tried.insert(what.to_owned()) {
            return false;
        }
        let result = fetch(self);
        match &result {
            Ok(got) => println!("  {what}: {got}"),
            Err(error) => println!("  {what}: {error}"),
        }
        result.is_ok()
    }

    /// A certificate, a bundle or a CRL.
    fn get(&mut self, url: &str) -> Result<String> {
        let mut response = self.agent.get(http_only(url)?).call()?;
        let body = response.body_mut().with_config().limit(LARGEST).read_to_vec()?;
        self.pool.add_der(&body)?;
        Ok(format!("{} octets", body.len()))
    }

    /// An OCSP response, asked for by POST (RFC 6960 appendix A.1), which has to be to this very request.
    fn ask(&mut self, url: &str, certificate: &Certificate, issuer_key: PublicKeyRef<'_>) -> Result<String> {
        let id = CertId::of_certificate(certificate, issuer_key, DigestAlgorithm::SHA1, &PROVIDER)?;
        let request = OcspRequestBuilder::new(id.as_ref()).with_random_nonce(&mut Random(SysRng))?.build()?;
        let post = self.agent.post(http_only(url)?).content_type(ocsp::REQUEST_TYPE);
        let body = post.send(request.as_der())?.body_mut().with_config().limit(LARGEST).read_to_vec()?;
        let response = OcspResponse::from_der(&body)?;
        request.check_nonce(response.basic()?, NoncePolicy::Required)?;
        let said = match response.basic()?.responses().next().map(|single| single.status) {
            Some(CertStatus::Good) => "good".to_owned(),
            Some(CertStatus::Revoked { at, .. }) => format!("revoked since {at}"),
            _ => "unknown".to_owned(),
        };
        self.pool.add_ocsp(response);
        Ok(format!("{said}, so it says"))
    }
}

fn http_only(url: &str) -> Result<&str> {
    if url.starts_with("http://") { Ok(url) } else { Err("not by this scheme".into()) }
}

/// A root and an intermediate, where their answers are found, and what is revoked.
struct Authority {
    root: Entity,
    issuing: Entity,
    base: String,
    now: UnixTime,
    revoked: Mutex<Vec<(Vec<u8>, UnixTime)>>,
}

/// A key with its certificate.
struct Entity {
    key: PrivateKey,
    certificate: Certificate,
}

impl Authority {
    fn install(base: &str, now: UnixTime) -> Result<Self> {
        let key = || PrivateKey::generate(KeyKind::P256, &mut Random(SysRng));
        let (root_key, issuing_key) = (key()?, key()?);
        let root_name = Name::from_common_name("Example Root")?;
        let root = builder(root_name.clone(), root_name.clone(), &root_key, now)?.with_profile(&Profile::ROOT_CA);
        let root = Entity { certificate: sign(root.with_subject_key_identifier(&PROVIDER), &root_key)?, key: root_key };
        let issuing = builder(root_name, Name::from_common_name("Example Issuing CA")?, &issuing_key, now)?
            .with_profile(&Profile::issuing_ca(0))
            .with_subject_key_identifier(&PROVIDER)
            .with_authority(&root.certificate, &PROVIDER)
            .with_crl_distribution_points(&[&format!("{base}/root.crl")]);
        let issuing = Entity { certificate: sign(issuing, &root.key)?, key: issuing_key };
        Ok(Self { root, issuing, base: base.to_owned(), now, revoked: Mutex::default() })
    }

    /// A certificate that says where the CA's is, and where to ask for its status.
    fn issue(&self, common_name: &str) -> Result<Certificate> {
        let key = PrivateKey::generate(KeyKind::P256, &mut Random(SysRng))?;
        let issuer = self.issuing.certificate.subject().to_owned();
        let (ca_issuers, responder) = (format!("{}/issuing.cer", self.base), format!("{}/ocsp", self.base));
        let leaf = builder(issuer, Name::from_common_name(common_name)?, &key, self.now)?
            .with_profile(&Profile::DEVICE_CLIENT)
            .with_authority(&self.issuing.certificate, &PROVIDER)
            .with_authority_info_access(&[(oid::AD_CA_ISSUERS, &ca_issuers), (oid::AD_OCSP, &responder)]);
        sign(leaf, &self.issuing.key)
    }

    fn revoke(&self, certificate: &Certificate, at: UnixTime) -> Result<()> {
        self.revoked.lock().map_err(|_| "poisoned")?.push((certificate.serial_number().to_vec(), at));
        Ok(())
    }

    /// What the root has revoked: nothing.
    fn root_crl(&self) -> Result<Crl> {
        let issuer = self.root.certificate.subject().to_owned();
        CrlBuilder::new(issuer, self.now.minus(HOUR), self.now.plus(HOUR))
            .with_authority(&self.root.certificate, &PROVIDER)
            .with_number(CrlNumber::from_bytes(&[1])?)
            .build(algorithm(&self.root.key)?)?
            .sign_with(&self.root.key, &mut Random(SysRng))
            .map_err(Into::into)
    }

    /// The responder's answer, signed by the intermediate's own key.
    fn answer(&self, request: &[u8]) -> Result<OcspResponse> {
        let request = OcspRequest::from_der(request)?;
        let ca = &self.issuing.certificate;
        let mut answer = OcspResponseBuilder::new(ResponderId::ByName(ca.subject()), self.now);
        if let Some(nonce) = request.nonce()? {
            answer = answer.with_nonce(nonce);
        }
        for asked in request.requests() {
            let id = asked.cert_id;
            let ours = id.matches(ca.subject(), ca.public_key(), id.serial_number, &PROVIDER) == Some(true);
            let revoked = self.revoked.lock().map_err(|_| "poisoned")?;
            let status = match revoked.iter().find(|(serial_number, _)| serial_number == id.serial_number) {
                _ if !ours => CertStatus::Unknown,
                None => CertStatus::Good,
                Some((_, at)) => CertStatus::Revoked { at: *at, reason: Some(RevocationReason::KeyCompromise) },
            };
            answer = answer.add_response(id, status, self.now, Some(self.now.plus(HOUR)));
        }
        Ok(answer.build(algorithm(&self.issuing.key)?)?.sign_with(&self.issuing.key, &mut Random(SysRng))?)
    }
}

/// Certificate, CRL and OCSP responder over HTTP.
async fn serve(listener: TcpListener, authority: Arc<Authority>) -> Result<()> {
    let (certificate, for_crl) = (authority.issuing.certificate.as_der().to_vec(), Arc::clone(&authority));
    let router = Router::new()
        .route("/issuing.cer", get(async move || ([(CONTENT_TYPE, "application/pkix-cert")], certificate)))
        .route(
            "/root.crl",
            get(async move || reply("application/pkix-crl", for_crl.root_crl().map(|crl| crl.as_der().to_vec()))),
        )
        .route(
            "/ocsp",
            post(async move |request: Bytes| {
                reply(ocsp::RESPONSE_TYPE, authority.answer(&request).map(|response| response.as_der().to_vec()))
            }),
        );
    listener.set_nonblocking(true)?;
    Ok(axum::serve(tokio::net::TcpListener::from_std(listener)?, router).await?)
}

fn reply(content_type: &'static str, body: Result<Vec<u8>>) -> impl IntoResponse {
    body.map(|body| ([(CONTENT_TYPE, content_type)], body)).map_err(|error| {
        eprintln!("{error}");
        StatusCode::INTERNAL_SERVER_ERROR
    })
}

fn builder(issuer: Name, subject: Name, key: &PrivateKey, now: UnixTime) -> Result<CertificateBuilder> {
    let serial = SerialNumber::random(&mut Random(SysRng))?;
    let validity = Validity::new(now.minus(HOUR), now.plus(24 * HOUR));
    Ok(CertificateBuilder::new(serial, issuer, subject, validity, key.public_key().clone()))
}

fn sign(builder: CertificateBuilder, key: &PrivateKey) -> Result<Certificate> {
    Ok(builder.build(algorithm(key)?)?.sign_with(key, &mut Random(SysRng))?)
}

fn algorithm(key: &PrivateKey) -> Result<pki_core::algorithm::SignatureAlgorithm> {
    key.algorithms().first().copied().ok_or_else(|| "a key without algorithms".into())
}

const HOUR: Duration = Duration::from_secs(3600);
/// More than any path takes: one for each certificate, and one for the status of each.
const ROUNDS: u32 = 8;
/// Of a certificate, a CRL or an OCSP response. CRLs of public CAs can be larger.
const LARGEST: u64 = 1024 * 1024;
