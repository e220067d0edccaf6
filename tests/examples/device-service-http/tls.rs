//! TLS by rustls, in which pki-core says whose certificate is good.
//!
//! Both verifiers ask [`ChainValidator`] and leave to rustls what is TLS: the signature of the handshake. A client need not have a
//! certificate, since a device that comes to be activated has none; who needs one looks at [`Client`].

use std::{
    io::{Read as _, Write as _},
    net::SocketAddr,
    sync::Arc,
};

use pki_core::{
    Certificate,
    chain::{ChainError, ChainValidator, PeerName, Pool, Purpose, ValidatedChain},
    crypto::rustcrypto::PrivateKey,
};
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureScheme,
    StreamOwned,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, UnixTime as TlsTime},
    server::danger::{ClientCertVerified, ClientCertVerifier},
    time_provider::TimeProvider,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, Transport, TransportAdapter,
};

use crate::{Result, clock::Clock};

/// A certificate chain, the leaf first, and its key.
pub struct Identity<'a> {
    pub chain: &'a [Certificate],
    pub key: &'a PrivateKey,
}

/// Who is at the other end of a connection: the certificates that were shown, the leaf first, already found good.
#[derive(Clone, Debug)]
pub struct Client {
    pub address: SocketAddr,
    pub certificates: Arc<[Certificate]>,
}

/// Connections whose handshake is done.
pub struct TlsListener {
    address: SocketAddr,
    ready: mpsc::Receiver<(TlsStream<TcpStream>, Client)>,
}

impl TlsListener {
    /// Shakes hands with each connection in a task of its own, so that one that dawdles holds up nobody. `config` is asked for
    /// each connection anew: the server certificate changes while the service runs.
    pub fn new(listener: TcpListener, config: impl Fn() -> Arc<ServerConfig> + Send + 'static) -> Result<Self> {
        let address = listener.local_addr()?;
        let (done, ready) = mpsc::channel(64);
        tokio::spawn(async move {
            while let Ok((stream, address)) = listener.accept().await {
                let (done, acceptor) = (done.clone(), TlsAcceptor::from(config()));
                tokio::spawn(async move {
                    let shaken = tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await;
                    let Ok(Ok(stream)) = shaken else { return };
                    let shown = stream.get_ref().1.peer_certificates().unwrap_or_default();
                    let certificates = shown.iter().flat_map(|der| Certificate::from_der(der)).collect();
                    let _ = done.send((stream, Client { address, certificates })).await;
                });
            }
        });
        Ok(Self { address, ready })
    }
}

impl axum::serve::Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = Client;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.ready.recv().await {
            Some(connection) => connection,
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        Ok(Client { address: self.address, certificates: Arc::default() })
    }
}

impl axum::extract::connect_info::Connected<axum::serve::IncomingStream<'_, TlsListener>> for Client {
    fn connect_info(stream: axum::serve::IncomingStream<'_, TlsListener>) -> Self {
        stream.remote_addr().clone()
    }
}

/// What the service shows, and whose clients it believes.
pub fn server_config(identity: &Identity<'_>, clients: ChainValidator, clock: Clock) -> Result<Arc<ServerConfig>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Verifier { validator: clients, provider: Arc::clone(&provider), clock };
    let config = ServerConfig::builder_with_details(provider, Arc::new(clock))
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(Arc::new(verifier))
        .with_single_cert(certificates(identity.chain), private_key(identity.key))?;
    Ok(Arc::new(config))
}

/// An HTTP client that believes the servers that `servers` does, and shows `identity` if there is one.
pub fn agent(servers: ChainValidator, identity: Option<&Identity<'_>>, clock: Clock) -> Result<ureq::Agent> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Verifier { validator: servers, provider: Arc::clone(&provider), clock };
    let config = ClientConfig::builder_with_details(provider, Arc::new(clock))
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let config = match identity {
        None => config.with_no_client_auth(),
        Some(identity) => config.with_client_auth_cert(certificates(identity.chain), private_key(identity.key))?,
    };
    let http = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE)).build();
    let connector = ().chain(ureq::unversioned::transport::TcpConnector::default()).chain(Tls(Arc::new(config)));
    Ok(ureq::Agent::with_parts(http, connector, ureq::unversioned::resolver::DefaultResolver::default()))
}

/// Asks pki-core about certificates, and rustls about handshakes.
#[derive(Debug)]
struct Verifier {
    validator: ChainValidator,
    provider: Arc<CryptoProvider>,
    clock: Clock,
}

impl Verifier {
    fn chain(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        purpose: Purpose<'_>,
    ) -> std::result::Result<ValidatedChain, rustls::Error> {
        let malformed = |_| rustls::Error::InvalidCertificate(rustls::CertificateError::BadEncoding);
        let leaf = Certificate::from_der(leaf).map_err(malformed)?;
        let mut pool = Pool::new();
        for der in others {
            pool.add_certificate(Certificate::from_der(der).map_err(malformed)?);
        }
        self.validator.validate(&leaf, &pool, purpose, self.clock.now()).map_err(refused)
    }
}

fn refused(error: ChainError) -> rustls::Error {
    rustls::Error::InvalidCertificate(rustls::CertificateError::Other(rustls::OtherError(Arc::new(error))))
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        server: &ServerName<'_>,
        _ocsp: &[u8],
        _now: TlsTime,
    ) -> std::result::Result<ServerCertVerified, rustls::Error> {
        let name = server.to_str();
        let names = [match server {
            ServerName::DnsName(_) => PeerName::Dns(&name),
            _ => return Err(rustls::Error::UnsupportedNameType),
        }];
        let _ = self.chain(leaf, others, Purpose::SERVER_AUTH.with_names(&names))?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

impl ClientCertVerifier for Verifier {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        _now: TlsTime,
    ) -> std::result::Result<ClientCertVerified, rustls::Error> {
        let _ = self.chain(leaf, others, Purpose::CLIENT_AUTH)?;
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        ServerCertVerifier::verify_tls12_signature(self, message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        ServerCertVerifier::verify_tls13_signature(self, message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        ServerCertVerifier::supported_verify_schemes(self)
    }
}

impl TimeProvider for Clock {
    fn current_time(&self) -> Option<TlsTime> {
        let seconds = u64::try_from(self.now().as_seconds()).ok()?;
        Some(TlsTime::since_unix_epoch(std::time::Duration::from_secs(seconds)))
    }
}

/// The layer that ureq puts on top of TCP.
#[derive(Debug)]
struct Tls(Arc<ClientConfig>);

impl<In: Transport> Connector<In> for Tls {
    type Out = TlsTransport;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> std::result::Result<Option<TlsTransport>, ureq::Error> {
        let Some(transport) = chained else { return Ok(None) };
        let host = details.uri.host().unwrap_or_default().to_owned();
        let server = ServerName::try_from(host).map_err(|_invalid| ureq::Error::HostNotFound)?;
        let mut connection = ClientConnection::new(Arc::clone(&self.0), server).map_err(tls_failed)?;
        let mut socket = TransportAdapter::new(transport.boxed(), Arc::clone(&details.current_time));
        socket.set_timeout(details.timeout);
        let _ = connection.complete_io(&mut socket)?;
        let buffers = LazyBuffers::new(details.config.input_buffer_size(), details.config.output_buffer_size());
        Ok(Some(TlsTransport { buffers, stream: StreamOwned::new(connection, socket) }))
    }
}

fn tls_failed(error: rustls::Error) -> ureq::Error {
    std::io::Error::other(error).into()
}

struct TlsTransport {
    buffers: LazyBuffers,
    stream: StreamOwned<ClientConnection, TransportAdapter>,
}

impl std::fmt::Debug for TlsTransport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TlsTransport").finish_non_exhaustive()
    }
}

impl Transport for TlsTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> std::result::Result<(), ureq::Error> {
        self.stream.get_mut().set_timeout(timeout);
        let output = self.buffers.output().get(..amount).unwrap_or_default();
        Ok(self.stream.write_all(output)?)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> std::result::Result<bool, ureq::Error> {
        self.stream.get_mut().set_timeout(timeout);
        let amount = self.stream.read(self.buffers.input_append_buf())?;
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    fn is_open(&mut self) -> bool {
        self.stream.get_mut().get_mut().is_open()
    }

    fn is_tls(&self) -> bool {
        true
    }
}

fn certificates(chain: &[Certificate]) -> Vec<CertificateDer<'static>> {
    chain.iter().map(|certificate| CertificateDer::from(certificate.as_der().to_vec())).collect()
}

fn private_key(key: &PrivateKey) -> rustls::pki_types::PrivateKeyDer<'static> {
    PrivatePkcs8KeyDer::from(key.to_pkcs8_der().expose().to_vec()).into()
}

const HANDSHAKE: std::time::Duration = std::time::Duration::from_secs(10);
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);
