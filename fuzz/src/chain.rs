//! Path validation: arbitrary graphs of certificates whose signatures mean something, and arbitrary bytes whose signatures
//! all hold.

use pki_core::{
    Certificate, GeneralName, PublicKeyRef, UnixTime,
    chain::{
        ChainError, ChainLimits, ChainValidator, Examination, LimitKind, Outcome, PolicySettings, Pool, Purpose,
        RevocationPolicy, TrustAnchor, ValidatedChain, ValidationProfile, Violation,
    },
    extension::KeyUsage,
    ocsp::{CertStatus, ResponderId},
    oid,
};

use super::{
    fake,
    fixture::NOW,
    graph::{Graph, HOSTS, PRIVATE, Settings},
    operations::Operations,
};

/// A graph of certificates. A path that is found is looked at a second time by simpler means; where none is found, all that
/// there are, within reason, have to break a rule.
pub fn chain(data: &[u8]) {
    let graph = Graph::new(&mut Operations::new(data));
    let settings = &graph.settings;
    let validator = settings.validator(&graph.anchors, settings.limits);
    let pool = graph.pool(graph.certificates.iter());
    let verdict = validator.validate(graph.target(), &pool, settings.purpose(), settings.now);
    match &verdict {
        Ok(chain) => {
            assert!(chain.signatures() <= settings.limits.signatures);
            recheck(chain, &graph);
            let examination =
                validator.examine(chain.path(), Some(chain.anchor()), &pool, settings.purpose(), settings.now);
            assert_eq!(broken(&examination), None, "{chain:?}");
        }
        Err(error) => {
            assert!(error.signatures() <= settings.limits.signatures);
            every_part(error, graph.target());
            let examination = validator.examine(error.path(), error.anchor(), &pool, settings.purpose(), settings.now);
            if error.exhausted().is_none() {
                assert!(broken(&examination).is_some(), "{error:?} of {:?}", error.path());
                let mut walk = Walk { graph: &graph, validator: &validator, pool: &pool, left: 64 };
                walk.up(&mut vec![graph.target()]);
            }
        }
    }
    compare(&graph, &verdict, &pool);
}

/// Certificates, each behind its kind and its length: the target first, then anchors and what else there may be.
pub fn chain_bytes(data: &[u8]) {
    let mut input = Operations::new(data);
    let settings = input.octet();
    let Ok(target) = Certificate::from_der(input.long_octets()) else { return };
    let (mut anchors, mut pool) = (Vec::new(), Pool::new());
    while !input.is_empty() && anchors.len() + pool.certificates().len() < 16 {
        let kind = input.octet();
        let der = input.long_octets();
        match (kind & 3, Certificate::from_der(der)) {
            (0, Ok(certificate)) => anchors.push(TrustAnchor::from_certificate(certificate)),
            (1, Ok(certificate)) => {
                anchors.push(TrustAnchor::new(certificate.subject().to_owned(), certificate.public_key().to_owned()));
            }
            _ => drop(pool.add_der(der)),
        }
    }
    let profiles = [ValidationProfile::PATH_VALIDATION, ValidationProfile::RFC5280, ValidationProfile::CA_BROWSER];
    let policies =
        if settings & 1 == 0 { PolicySettings::ANY } else { PolicySettings::ANY.requiring_explicit_policy() };
    let purpose = if settings & 2 == 0 { Purpose::ANY } else { Purpose::SERVER_AUTH };
    let revocation = if settings & 4 == 0 { RevocationPolicy::Ignore } else { RevocationPolicy::Prefer };
    let now = if settings & 8 == 0 { target.validity().not_before } else { NOW };
    let mut was_valid = true;
    for profile in profiles {
        let validator = ChainValidator::new(anchors.as_slice(), fake::PROVIDER)
            .with_profile(profile)
            .with_policies(policies.clone())
            .with_revocation(revocation);
        let verdict = validator.validate(&target, &pool, purpose, now);
        let (path, anchor) = match &verdict {
            Ok(chain) => {
                assert!(was_valid, "each profile is stricter than the one before");
                (chain.path(), Some(chain.anchor()))
            }
            Err(error) => {
                every_part(error, &target);
                was_valid = false;
                (error.path(), error.anchor())
            }
        };
        let examination = validator.examine(path, anchor, &pool, purpose, now);
        if verdict.as_ref().err().is_none_or(|error| error.exhausted().is_none()) {
            assert_eq!(broken(&examination).is_none(), verdict.is_ok(), "{verdict:?}, {:?}", broken(&examination));
        }
    }
}

/// The same question again, and others that have the same answer.
fn compare(graph: &Graph, verdict: &Result<ValidatedChain, ChainError>, pool: &Pool) {
    let settings = &graph.settings;
    let ask = |limits, pool: &Pool| {
        settings.validator(&graph.anchors, limits).validate(graph.target(), pool, settings.purpose(), settings.now)
    };
    let again = ask(settings.limits, pool);
    match (verdict, &again) {
        (Ok(one), Ok(other)) => {
            assert_eq!(one.path(), other.path());
            assert_eq!(one.signatures(), other.signatures());
        }
        (Err(one), Err(other)) => {
            assert_eq!(one.violation(), other.violation());
            assert_eq!((one.path(), one.missing()), (other.path(), other.missing()));
        }
        _ => panic!("{verdict:?}, then {again:?}"),
    }

    // More work may be done: what was found is found.
    let most = ChainLimits { depth: 32, signatures: 400, ..ChainLimits::DEFAULT };
    let with_more = ask(most, pool);
    if verdict.is_ok() {
        assert!(is_valid(&with_more) != Some(false), "{with_more:?}");
    }

    // The order of the pool has no meaning.
    let certificates = &graph.certificates;
    let (later, earlier) = certificates.split_at(certificates.len() / 2);
    let orders = [graph.reversed_pool(), graph.pool(earlier.iter().chain(later))];
    for other in orders.iter().map(|pool| ask(most, pool)) {
        if let (Some(one), Some(other)) = (is_valid(&with_more), is_valid(&other)) {
            assert_eq!(one, other);
        }
        if let (Ok(one), Ok(other)) = (&with_more, &other) {
            assert_eq!(one.path().len(), other.path().len());
        }
    }

    // Nor has what there is beside, unless it is revoked.
    if settings.revocation == RevocationPolicy::Ignore {
        let with_less = ask(most, &graph.pool(later.iter()));
        assert!(with_less.is_err() || is_valid(&with_more) != Some(false), "{with_more:?}");
    }
}

/// Whether it is; none if the search came to no end.
fn is_valid(verdict: &Result<ValidatedChain, ChainError>) -> Option<bool> {
    match verdict {
        Ok(_) => Some(true),
        Err(error) if error.exhausted().is_some() => None,
        Err(_) => Some(false),
    }
}

/// The first rule that is broken.
fn broken(examination: &Examination) -> Option<String> {
    let findings = examination.findings();
    assert!(findings.iter().all(|finding| !finding.to_string().is_empty()));
    findings.iter().find(|finding| matches!(finding.outcome, Outcome::Broken(_))).map(ToString::to_string)
}

/// All that can be asked of an error.
fn every_part(error: &ChainError, target: &Certificate) {
    assert_eq!(error.path().first(), Some(target));
    assert!(error.depth() <= error.path().len());
    assert!(error.depth() < error.path().len() || error.anchor().is_some(), "{error:?}");
    assert!(!error.to_string().is_empty() && !error.rule().is_empty() && !format!("{error:?}").is_empty());
    if error.exhausted().is_none() && matches!(error.violation(), Violation::UnknownIssuer { .. }) {
        assert_eq!(error.signatures(), 0);
    }
    // Two limits are of one path, the others of all the work.
    let limit = match error.violation() {
        Violation::LimitExceeded(LimitKind::Depth | LimitKind::PolicyNodes) => None,
        Violation::LimitExceeded(limit) => Some(*limit),
        _ => None,
    };
    assert!(limit.is_none() || limit == error.exhausted());
    let missing = error.missing();
    assert_eq!(missing.is_empty(), missing.urls().next().is_none());
    assert!(missing.ocsp().iter().all(|ocsp| !ocsp.urls.is_empty()));
}

/// All paths from the target up, as many as there is time for: where the search found none, each breaks a rule.
struct Walk<'a> {
    graph: &'a Graph,
    validator: &'a ChainValidator,
    pool: &'a Pool,
    left: u32,
}

impl<'a> Walk<'a> {
    fn up(&mut self, path: &mut Vec<&'a Certificate>) {
        let (settings, pool) = (&self.graph.settings, self.pool);
        let Some(top) = path.last().copied() else { return };
        for anchor in self.graph.anchors.iter().filter(|anchor| anchor.name().matches(top.issuer())) {
            self.left = self.left.saturating_sub(1);
            let goes_round = path
                .iter()
                .skip(1)
                .any(|above| above.subject().matches(anchor.name()) && above.public_key() == anchor.public_key());
            let owned: Vec<_> = path.iter().copied().cloned().collect();
            let examination = self.validator.examine(&owned, Some(anchor), pool, settings.purpose(), settings.now);
            assert!(goes_round || broken(&examination).is_some(), "not found: {path:?} from {anchor:?}");
        }
        if path.len() > 6 {
            return;
        }
        for issuer in pool.certificates() {
            let is_new = path
                .iter()
                .all(|below| below.public_key() != issuer.public_key() || !below.subject().matches(issuer.subject()));
            if self.left > 0 && is_new && issuer.subject().matches(top.issuer()) {
                path.push(issuer);
                self.up(path);
                path.pop();
            }
        }
    }
}

/// The rules of RFC 5280 section 6.1 once more, each by itself over the whole path.
fn recheck(chain: &ValidatedChain, graph: &Graph) {
    let Settings { now, .. } = graph.settings;
    let (path, anchor) = (chain.path(), chain.anchor());
    assert_eq!((path.first(), chain.target()), (Some(graph.target()), path.first()));
    let is_same = |other: &TrustAnchor| other.name() == anchor.name() && other.public_key() == anchor.public_key();
    assert!(graph.anchors.iter().any(is_same));
    let issuers = path.iter().skip(1).map(|above| (above.subject(), above.public_key()));
    let issuers = issuers.chain([(anchor.name(), anchor.public_key())]);
    for (certificate, (name, key)) in path.iter().zip(issuers) {
        assert!(certificate.issuer().matches(name));
        assert_eq!(certificate.signature(), fake::sign(key, certificate.tbs()).as_bytes());
    }
    for (index, certificate) in path.iter().enumerate() {
        assert!(path.iter().skip(index + 1).all(|other| other != certificate));
        assert!(certificate.validity().contains(now));
        if index > 0 {
            is_ca(certificate, now, path.iter().take(index).skip(1));
            allows_names(certificate, path.iter().take(index));
        }
        allows_purpose(certificate, index > 0, &graph.settings);
        let private = certificate.extension(PRIVATE).is_some_and(|extension| extension.critical);
        assert!(!private || graph.settings.knows_private);
        if graph.settings.explicit_policy {
            assert!(certificate.certificate_policies().unwrap().is_some());
        }
    }
    let counted = path.iter().skip(1).filter(|above| !above.is_self_issued()).count();
    assert!(counted <= usize::from(graph.settings.limits.depth));
    if let Some(certificate) = anchor.certificate() {
        assert!(certificate.validity().contains(now));
        allows_names(certificate, path.iter());
    }
    if graph.settings.revocation != RevocationPolicy::Ignore {
        let issuers = path.iter().skip(1).map(Some).chain([anchor.certificate()]);
        for (certificate, issuer) in path.iter().zip(issuers) {
            let key = issuer.map_or(anchor.public_key(), Certificate::public_key);
            let may_sign = issuer.is_none_or(|issuer| {
                issuer.key_usage().unwrap().is_none_or(|usage| usage.contains(KeyUsage::CRL_SIGN))
            });
            is_not_revoked(certificate, key, may_sign, graph);
        }
    }
    assert!(graph.settings.names.iter().all(|name| name.matches(graph.target()) == Ok(true)));
    assert!(chain.signatures() as usize >= path.len());
    assert!(!graph.settings.explicit_policy || !chain.policies().is_empty());
    assert!(chain.policies().iter().all(|policy| chain.authority_policies().contains(policy)));
    assert_eq!(chain.missing().issuers(), []);
}

/// RFC 5280 section 6.1.4 (k) to (n).
fn is_ca<'a>(certificate: &Certificate, now: UnixTime, below: impl Iterator<Item = &'a Certificate>) {
    assert!(certificate.validity().contains(now));
    let constraints = certificate.basic_constraints().unwrap().unwrap();
    assert!(constraints.is_ca && certificate.version() == 3);
    assert!(certificate.key_usage().unwrap().is_none_or(|usage| usage.contains(KeyUsage::KEY_CERT_SIGN)));
    let count = below.filter(|below| !below.is_self_issued()).count();
    assert!(constraints.path_length.is_none_or(|limit| count <= limit as usize));
}

/// RFC 5280 section 4.2.1.10 for hosts: without wildcards, a suffix says all.
fn allows_names<'a>(certificate: &Certificate, below: impl Iterator<Item = &'a Certificate>) {
    let Some(constraints) = certificate.name_constraints().unwrap() else { return };
    for (index, certificate) in below.enumerate() {
        if index > 0 && certificate.is_self_issued() {
            continue;
        }
        let Ok(Some(names)) = certificate.subject_alt_name() else { continue };
        for name in names.iter() {
            let GeneralName::DnsName(host) = name else { continue };
            if !HOSTS.contains(&host) || host.starts_with('*') {
                continue;
            }
            let host = host.to_ascii_lowercase();
            let lies_in = |base: GeneralName<'_>| match base {
                GeneralName::DnsName(domain) if HOSTS.contains(&domain) && !domain.starts_with('*') => {
                    let domain = domain.to_ascii_lowercase();
                    Some(host == domain || host.ends_with(&format!(".{domain}")))
                }
                GeneralName::DnsName(_) => Some(true),
                _ => None,
            };
            let permitted = constraints.permitted.into_iter().flat_map(|subtrees| subtrees.iter());
            let permitted: Vec<_> = permitted.filter_map(|subtree| lies_in(subtree.base)).collect();
            assert!(permitted.is_empty() || permitted.contains(&true), "{host}");
            let mut excluded = constraints.excluded.into_iter().flat_map(|subtrees| subtrees.iter());
            let starred = |base: &GeneralName<'_>| matches!(base, GeneralName::DnsName(domain) if !HOSTS.contains(domain) || domain.starts_with('*'));
            assert!(excluded.all(|subtree| starred(&subtree.base) || lies_in(subtree.base) != Some(true)), "{host}");
        }
    }
}

/// RFC 5280 section 6.3 and RFC 6960 where there is but one CRL or response, by the issuer itself.
fn is_not_revoked(certificate: &Certificate, key: PublicKeyRef<'_>, may_sign_crls: bool, graph: &Graph) {
    let Settings { now, revocation, .. } = &graph.settings;
    let serial = certificate.serial_number();
    match (&*graph.crls, &*graph.responses) {
        ([], []) => assert_ne!(*revocation, RevocationPolicy::Require),
        ([crl], []) => {
            let is_current = crl.this_update() <= *now && crl.next_update().is_some_and(|next| *now <= next);
            let is_own = crl.issuer().matches(certificate.issuer())
                && crl.signature() == fake::sign(key, crl.tbs()).as_bytes()
                && may_sign_crls;
            if is_current && is_own {
                assert!(crl.find(serial, certificate.issuer()).is_none());
            }
            if *revocation == RevocationPolicy::Require {
                assert!(is_current && crl.issuer().matches(certificate.issuer()));
            }
        }
        ([], [response]) => {
            let basic = response.basic().unwrap();
            let is_own = basic.signature() == fake::sign(key, basic.tbs()).as_bytes()
                && matches!(basic.responder_id(), ResponderId::ByName(name) if name.matches(certificate.issuer()));
            let answers = basic.responses().filter(|single| {
                single.cert_id.matches(certificate.issuer(), key, serial, &fake::KEYED) == Some(true)
                    && single.this_update <= *now
                    && single.next_update.is_none_or(|next| *now < next)
            });
            let statuses: Vec<_> = answers.map(|single| single.status).collect();
            if is_own {
                assert!(statuses.iter().all(|status| !matches!(status, CertStatus::Revoked { .. })));
            }
        }
        _ => {}
    }
}

/// RFC 5280 sections 4.2.1.3 and 4.2.1.12.
fn allows_purpose(certificate: &Certificate, is_ca: bool, settings: &Settings) {
    if !is_ca {
        assert!(certificate.key_usage().unwrap().is_none_or(|usage| usage.contains(settings.key_usage)));
    }
    if is_ca && settings.profile == ValidationProfile::SCEP_TRANSPORT {
        return;
    }
    if let Some(found) = certificate.extended_key_usage().unwrap() {
        let allowed = |wanted| found.iter().any(|usage| usage == wanted || usage == oid::ANY_EXTENDED_KEY_USAGE);
        assert!(settings.extended_key_usage.iter().all(|wanted| allowed(*wanted)));
    }
}
