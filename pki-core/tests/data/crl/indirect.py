"""indirect-delta.der: an indirect delta CRL with three certificate issuers. Written with pyca/cryptography 48."""
import datetime
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

key = serialization.load_pem_private_key(open("ca.key", "rb").read(), None)
certificate = x509.load_pem_x509_certificate(open("ca.pem", "rb").read())


def name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def entry(serial, issuer=None, reason=None, invalidity=None):
    builder = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(datetime.datetime(2026, 1, serial))
    if reason:
        builder = builder.add_extension(x509.CRLReason(reason), False)
    if invalidity:
        builder = builder.add_extension(x509.InvalidityDate(invalidity), False)
    if issuer:
        names = [x509.DNSName("issuer.example"), x509.DirectoryName(name(issuer)), x509.DirectoryName(name(issuer + " too"))]
        builder = builder.add_extension(x509.CertificateIssuer(names), True)
    return builder.build()


flags = x509.ReasonFlags
builder = (
    x509.CertificateRevocationListBuilder()
    .issuer_name(certificate.subject)
    .last_update(datetime.datetime(2026, 1, 1))
    .next_update(datetime.datetime(2056, 1, 1))
    .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), False)
    .add_extension(x509.CRLNumber(2**159 + 1), False)
    .add_extension(x509.DeltaCRLIndicator(255), True)
    .add_extension(x509.IssuingDistributionPoint(None, certificate.subject.rdns[1], False, True, None, True, False), True)
)
for revoked in [
    entry(5),
    entry(7, None, flags.ca_compromise),
    entry(5, "one", flags.privilege_withdrawn),
    entry(6),
    entry(5, "two", flags.aa_compromise, datetime.datetime(2025, 6, 7, 8, 9, 10)),
    entry(8, None, flags.remove_from_crl),
    entry(5, "one", flags.affiliation_changed),
    entry(9, "one", flags.cessation_of_operation),
]:
    builder = builder.add_revoked_certificate(revoked)
crl = builder.sign(key, hashes.SHA256())
open("indirect-delta.der", "wb").write(crl.public_bytes(serialization.Encoding.DER))
