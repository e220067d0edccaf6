//! Requests that an agent signs for somebody else.

use conformance::{
    chain::{Ca, Draft},
    fixtures::{self, client_key, other_key},
};
use pki_core::{
    Certificate, Profile,
    chain::{Pool, RevocationPolicy, Violation},
    ocsp::CertStatus,
    oid,
};
use scep::server::{AgentPolicy, AgentPurpose, Authorized, Denied, Enrol, Evidence, Means, Nature, RenewalPolicy};

use crate::{ask, ca, crl_with, csr, now, public, renewal};

/// The agent's certificate, still to be changed. Its key is [`client_key`].
fn draft() -> Draft {
    ca().draft("MDM server").with_key(client_key())
}

fn agent() -> Certificate {
    draft().issue(|builder| builder)
}

/// A PKCSReq for a device by this certificate.
fn request(signer: &Certificate) -> Enrol {
    ask("19", &csr("device", other_key(), |csr| csr), signer)
}

fn listed() -> AgentPolicy {
    AgentPolicy::new().add_agent(agent())
}

#[track_caller]
fn verdict(policy: &AgentPolicy, signer: &Certificate) -> Result<Authorized, Denied> {
    let pool = Pool::new();
    request(signer).authorize_on_behalf(policy, Evidence::new(&pool).with_status(CertStatus::Good), now())
}

#[test]
fn a_listed_agent_asks_for_a_device() {
    let enrol = request(&agent());
    for policy in [listed(), AgentPolicy::new().add_agent_key(public(client_key()))] {
        assert_eq!(enrol.nature(&RenewalPolicy::new(), &policy), Nature::OnBehalf);
        let authorized = enrol.authorize_on_behalf(&policy, &crl_with(None), now()).expect("an agent");
        assert_eq!(authorized.csr(), enrol.csr_digest());
        assert!(authorized.is_by(Means::OnBehalf));
        assert_eq!((authorized.agent(), authorized.renewed()), (Some(&agent()), None));
    }
}

#[test]
fn nobody_is_an_agent_unless_policy_says() {
    assert_eq!(verdict(&AgentPolicy::new(), &agent()), Err(Denied::AgentUnknown));
    let another = ca().draft("device").with_key(client_key()).issue(|builder| builder);
    assert_eq!(verdict(&listed(), &another), Err(Denied::AgentUnknown));
    assert_eq!(request(&another).nature(&RenewalPolicy::new(), &listed()), Nature::Renewal);
}

#[test]
fn a_device_that_is_no_agent_does_not_get_another_s_certificate_by_renewing() {
    let verdict = renewal(&csr("admin", other_key(), |csr| csr), &agent());
    let verdict = verdict.authorize_renewal(&RenewalPolicy::new(), &crl_with(None), now());
    assert!(matches!(verdict, Err(Denied::Names(_))), "{verdict:?}");
}

#[test]
fn an_agent_renews_its_own_certificate_by_renewal_req() {
    let own = renewal(&csr("MDM server", other_key(), |csr| csr), &agent());
    assert_eq!(own.nature(&RenewalPolicy::new(), &listed()), Nature::Renewal);
    assert!(own.authorize_renewal(&RenewalPolicy::new(), &crl_with(None), now()).is_ok());
}

#[test]
fn the_purpose_of_a_request_agent_counts_as_policy_says() {
    let with_purposes = |purposes| draft().with_profile(Profile::RA_SIGNING.with_extended_key_usage(purposes));
    let request_agent = with_purposes(&[oid::CERTIFICATE_REQUEST_AGENT]).issue(|builder| builder);
    let any = with_purposes(&[oid::ANY_EXTENDED_KEY_USAGE]).issue(|builder| builder);
    let plain = agent();
    // For each of the three certificates: listed, and not listed.
    for (purpose, expected) in [
        (AgentPurpose::Ignored, [[true, false]; 3]),
        (AgentPurpose::Required, [[true, false], [false, false], [false, false]]),
        (AgentPurpose::Sufficient, [[true, true], [true, false], [true, false]]),
    ] {
        for (certificate, expected) in [&request_agent, &any, &plain].into_iter().zip(expected) {
            let list = AgentPolicy::new().add_agent(certificate.clone());
            for (policy, expected) in [list, AgentPolicy::new()].into_iter().zip(expected) {
                let policy = policy.with_purpose(purpose);
                let verdict = verdict(&policy, certificate);
                assert_eq!(verdict.is_ok(), expected, "{purpose:?} {certificate:?}");
                assert!(expected || verdict == Err(Denied::AgentUnknown));
            }
        }
    }
}

#[test]
fn an_agent_with_the_purpose_and_a_certificate_of_its_own_making_is_none() {
    let name = fixtures::name("MDM server");
    let profile = Profile::RA_SIGNING.with_extended_key_usage(&[oid::CERTIFICATE_REQUEST_AGENT]);
    let key = &public(client_key());
    let own = fixtures::certify((&name, client_key()), &name, key, fixtures::validity(), &profile);
    let policy = AgentPolicy::new().with_purpose(AgentPurpose::Sufficient);
    assert_eq!(verdict(&policy, &own), Err(Denied::SelfSigned));
    assert_eq!(request(&own).nature(&RenewalPolicy::new(), &policy), Nature::First);
    let policy = AgentPolicy::new().add_agent_key(public(client_key()));
    assert_eq!(verdict(&policy, &own), Err(Denied::SelfSigned));
}

#[test]
fn an_agent_of_another_ca_has_to_be_listed_and_its_ca_trusted() {
    let other = Ca::root("Other CA");
    let foreign = other.draft("MDM server").with_key(client_key()).issue(|builder| builder);
    let policy = AgentPolicy::new().add_agent(foreign.clone());
    match verdict(&policy, &foreign) {
        Err(Denied::NotIssuedByCa(error)) => assert!(matches!(error.violation(), Violation::UnknownIssuer { .. })),
        verdict => panic!("{verdict:?}"),
    }
    let trusting = policy.add_authority(other.certificate.clone());
    assert!(verdict(&trusting, &foreign).is_ok());
    assert_eq!(request(&foreign).nature(&RenewalPolicy::new(), &trusting), Nature::OnBehalf);
    let unlisted = AgentPolicy::new().add_authority(other.certificate);
    assert_eq!(verdict(&unlisted, &foreign), Err(Denied::AgentUnknown));
}

#[test]
fn an_agent_that_is_revoked_expired_early_or_a_ca_is_none() {
    let agent = agent();
    let revoked = request(&agent).authorize_on_behalf(&listed(), &crl_with(Some(&agent)), now());
    assert!(matches!(revoked, Err(Denied::Revoked { .. })), "{revoked:?}");
    let unknown = request(&agent).authorize_on_behalf(&listed(), &Pool::new(), now());
    assert!(matches!(unknown, Err(Denied::StatusUnknown(Some(_)))), "{unknown:?}");
    let careless = listed().with_revocation(RevocationPolicy::Ignore);
    assert!(request(&agent).authorize_on_behalf(&careless, &Pool::new(), now()).is_ok());

    let day = std::time::Duration::from_secs(86_400);
    let listed = |certificate: &Certificate| verdict(&AgentPolicy::new().add_agent(certificate.clone()), certificate);
    let expired = draft().with_validity(now().minus(2 * day), now().minus(day)).issue(|builder| builder);
    assert_eq!(listed(&expired), Err(Denied::Expired { at: now(), not_after: now().minus(day) }));
    let early = draft().with_validity(now().plus(day), now().plus(2 * day)).issue(|builder| builder);
    assert_eq!(listed(&early), Err(Denied::NotYetValid { at: now(), not_before: now().plus(day) }));
    let authority = draft().with_profile(Profile::ROOT_CA.answering_scep()).issue(|builder| builder);
    assert_eq!(listed(&authority), Err(Denied::CaCertificate));
}
