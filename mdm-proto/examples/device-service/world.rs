//! What a phone reaches over the network, and the clock. In place of connections there are calls, with the octets that would go.

use mdm_proto::{
    challenge::Presented,
    est,
    identity::Identity,
    installation::verify_server,
    profile::{AgentProfileSet, ProfileId},
};
use pki_core::{
    Certificate, Crl, Secret, UnixTime,
    chain::{PeerName, Pool, Purpose, ValidatedChain},
    crypto::rustcrypto::PROVIDER,
};
use scep::http::{HttpRequest, HttpResponse};

use crate::{Result, Rng, authority::Authority, service::Service};

pub struct World {
    pub now: UnixTime,
    pub rng: Rng,
    pub service: Service,
    /// A CA that knows nothing of the service: one challenge password entitles to anything.
    pub wifi: Authority,
    /// A CA that asks the service about challenges.
    pub vpn: Authority,
    /// All that the phone was sent.
    pub to_phone: Vec<Vec<u8>>,
}

/// A TLS connection between phone and service, with certificates on both sides.
pub struct Connection {
    client: ValidatedChain,
    pub identity: Identity,
}

impl World {
    /// Here TLS would prove that the phone has the key of its certificate.
    pub fn connect(&mut self, roots: &[Certificate], client: &[Certificate]) -> Result<Connection> {
        let server = self.service.installation.server_chain();
        verify_server(roots, &server, &[PeerName::Dns(SERVICE)], self.now, &PROVIDER)?;
        let (validator, mut pool) = self.service.installation.client_validator(PROVIDER);
        let (leaf, others) = client.split_first().ok_or("no client certificate")?;
        others.iter().for_each(|other| pool.add_certificate(other.clone()));
        let client = validator.validate(leaf, &pool, Purpose::CLIENT_AUTH, self.now)?;
        let identity = self.service.authenticate(&client, self.now)?;
        Ok(Connection { client, identity })
    }

    /// Without a connection: an activation is a secure channel by itself.
    pub fn activation(&mut self, message: &[u8]) -> Result<Vec<u8>> {
        let reply = self.service.activation(message, self.now, &mut self.rng)?;
        Ok(self.sent(reply))
    }

    /// The phone's profiles; for those in `anew` with what a new enrolment needs.
    pub fn profiles(&mut self, connection: &Connection, anew: &[ProfileId]) -> Result<AgentProfileSet> {
        let json = self.service.profiles(&connection.identity, anew, self.now, &mut self.rng)?;
        let json = Secret::new(self.sent(json.expose().to_vec()));
        Ok(AgentProfileSet::from_json(json.expose())?)
    }

    pub fn est(&mut self, connection: &Connection, request: &est::HttpRequest) -> Result<est::HttpResponse> {
        let connection = est::server::Connection::new().with_client(connection.client.clone());
        self.service.est(request, &connection, self.now, &mut self.rng)
    }

    pub fn broker(&mut self, connection: &Connection, message: &[u8]) -> Result<Vec<u8>> {
        let Self { now, rng, service, wifi, .. } = self;
        let answer = service.broker(&connection.identity, message, *now, rng, &mut |request, rng| {
            wifi.answer(request, *now, rng, |enrol| enrol.check_challenge(&Secret::from(WIFI_PASSWORD)))
        })?;
        Ok(self.sent(answer))
    }

    /// A SCEP CA.
    pub fn scep(&mut self, url: &str, request: &HttpRequest) -> Result<HttpResponse> {
        let Self { now, rng, service, wifi, vpn, .. } = self;
        let reply = match url {
            WIFI_CA => wifi.answer(request, *now, rng, |enrol| enrol.check_challenge(&Secret::from(WIFI_PASSWORD)))?,
            VPN_CA => vpn.answer(request, *now, rng, |enrol| {
                match service.challenges.redeem(&Presented::of(enrol).with_profile("vpn-certificate"), *now) {
                    Ok(grant) => enrol.authorize_challenge(grant.redeemed()),
                    Err(error) => {
                        println!("        (the service's log: {error})");
                        Err(error.denied())
                    }
                }
            })?,
            url => return Err(format!("nobody is at {url}").into()),
        };
        self.sent(reply.body.clone());
        Ok(reply)
    }

    /// The CA behind a URL: its certificate, and its CRL in a pool.
    pub fn revocations(&mut self, url: &str) -> Result<(Certificate, Crl, Pool)> {
        let authority = if url == WIFI_CA { &mut self.wifi } else { &mut self.vpn };
        let crl = authority.crl(self.now, &mut self.rng)?;
        let mut pool = Pool::new();
        pool.add_crl(crl.clone());
        Ok((authority.certificate.clone(), crl, pool))
    }

    fn sent(&mut self, octets: Vec<u8>) -> Vec<u8> {
        self.to_phone.push(octets.clone());
        octets
    }
}

pub const SERVICE: &str = "mdm.example.com";
pub const WIFI_CA: &str = "http://ca.example.com/scep";
pub const VPN_CA: &str = "http://vpn-ca.example.com/scep";
/// One for all devices: who knows it gets any certificate of the Wi-Fi CA.
pub const WIFI_PASSWORD: &str = "the password of the whole fleet";
