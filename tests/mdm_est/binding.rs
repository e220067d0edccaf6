//! Linking by the exporter of TLS 1.3 (RFC 7030 section 3.5, RFC 9266): both ends of a connection of rustls, in memory.

use std::sync::Arc;

use conformance::fixtures;
use mdm_proto::est::{
    ChannelBinding, EXPORTER_LABEL, LinkError, Linking,
    client::{Call, Config},
    server::{Connection, Error, Operation, Responder},
};
use pki_core::{
    CsrBuilder,
    crypto::{Signer, rustcrypto::PROVIDER},
};
use rustls::{
    ClientConfig, ClientConnection, ConnectionCommon, DigitallySignedStruct, ServerConfig, ServerConnection,
    SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, UnixTime},
};

use crate::certificate;

/// Whoever the server is: here it is about the connection.
#[derive(Debug)]
struct Anybody(Vec<SignatureScheme>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _leaf: &CertificateDer<'_>,
        _others: &[CertificateDer<'_>],
        _server: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(rustls::Error::General("TLS 1.3 only".into()))
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.clone()
    }
}

/// What the client has of a new connection, and what the server has.
fn connect() -> [ChannelBinding; 2] {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let schemes = provider.signature_verification_algorithms.supported_schemes();
    let client = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anybody(schemes)))
        .with_no_client_auth();
    let key = fixtures::ec_key();
    let chain = vec![CertificateDer::from(certificate("server", key).as_der().to_vec())];
    let key = PrivatePkcs8KeyDer::from(key.to_pkcs8_der().expose().to_vec());
    let server = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key.into())
        .unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let mut client = ClientConnection::new(Arc::new(client), name).unwrap();
    let mut server = ServerConnection::new(Arc::new(server)).unwrap();
    while client.is_handshaking() || server.is_handshaking() {
        pass(&mut client, &mut server);
        pass(&mut server, &mut client);
    }
    [export(&client), export(&server)]
}

fn pass<A, B>(from: &mut ConnectionCommon<A>, to: &mut ConnectionCommon<B>) {
    let mut wire = Vec::new();
    while from.wants_write() {
        from.write_tls(&mut wire).unwrap();
    }
    let mut wire = wire.as_slice();
    while !wire.is_empty() {
        to.read_tls(&mut wire).unwrap();
        to.process_new_packets().unwrap();
    }
}

fn export<T>(connection: &ConnectionCommon<T>) -> ChannelBinding {
    let exported = connection.export_keying_material([0; 32], EXPORTER_LABEL, None).unwrap();
    ChannelBinding::new(&exported).unwrap()
}

#[test]
fn rfc7030_s3_5_a_csr_is_good_on_the_connection_that_it_was_made_for() {
    let [[here, same_here], [_, there]] = [connect(), connect()];
    assert_eq!(here, same_here);
    let key = fixtures::client_key();
    let builder = CsrBuilder::new(fixtures::name("a"), Signer::public_key(key).clone());
    let csr = fixtures::sign_csr(&builder.with_challenge_password(&here.to_challenge_password()), key);
    let call = Call::simple_enroll(&Config::new(PROVIDER), &csr);
    let responder = Responder::new(PROVIDER).with_linking(Linking::Required);
    let receive = |binding| responder.receive(call.request(), &Connection::new().with_channel_binding(binding));
    assert!(matches!(receive(same_here), Ok(Operation::SimpleEnroll(_))));
    assert_eq!(receive(there).unwrap_err().cause, Error::Link(LinkError::Mismatch));
}
