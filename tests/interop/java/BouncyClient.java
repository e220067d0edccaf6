// A SCEP client on BouncyCastle's CMS classes: what Java clients send, where jscep itself can't be had.
//
//   BouncyClient enrol --url URL --ca CA.pem --out DIR --subject CN=x --challenge secret
//   BouncyClient renew --url URL --ca CA.pem --out DIR --subject CN=x --signer OLD_DIR
//   BouncyClient crl|cert --url URL --ca CA.pem --out DIR --signer DIR [--of CERTIFICATE.pem]
//   BouncyClient next --url URL --ca CA.pem --out DIR
//
// Options: --key rsa|ec|same|RSA_KEY.pem  --cipher aes128-cbc|aes256-cbc|des3|aes128-gcm  --transport pkcs1|oaep
// --signature pkcs1|pss  --method post|get  --type 17|19  --transaction ID  --polls NUMBER. DIR gets key.pem, cert.pem, and crl.pem or next.pem.
// Ends with 0 if it has what it asked for; 2 if the server said FAILURE, with the failInfo; 3 if it is still pending; else 1.

import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Security;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.spec.RSAPublicKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERPrintableString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.cms.AttributeTable;
import org.bouncycastle.asn1.cms.IssuerAndSerialNumber;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509CRLHolder;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cms.CMSAlgorithm;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

public class BouncyClient {
    static final List<String> FAILURES = List.of("badAlg", "badMessageCheck", "badRequest", "badTime", "badCertId");
    static final Map<String, ASN1ObjectIdentifier> CIPHERS = Map.of("aes128-cbc", CMSAlgorithm.AES128_CBC, "aes256-cbc",
        CMSAlgorithm.AES256_CBC, "des3", CMSAlgorithm.DES_EDE3_CBC, "aes128-gcm", CMSAlgorithm.AES128_GCM);

    final Map<String, String> options = new HashMap<>();
    final HttpClient http = HttpClient.newHttpClient();
    final Path out;
    /** The CA as configured, what is with it in GetCACert, and which of that decrypts. */
    final X509CertificateHolder ca;
    List<X509CertificateHolder> authority = List.of();
    X509CertificateHolder encryption;

    public static void main(String[] args) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        System.exit(new BouncyClient(args).run(args[0]));
    }

    BouncyClient(String[] args) throws Exception {
        for (int i = 1; i + 1 < args.length; i += 2) {
            options.put(args[i].substring(2), args[i + 1]);
        }
        out = Path.of(options.get("out"));
        ca = (X509CertificateHolder) Messages.readPem(Path.of(options.get("ca")));
    }

    int run(String operation) throws Exception {
        String words = new String(get("GetCACaps"), StandardCharsets.US_ASCII);
        System.out.println("capabilities: " + words.strip().replaceAll("\\s+", " "));
        readAuthority(get("GetCACert"));
        switch (operation) {
            case "enrol":
            case "renew":
                return enrol(operation.equals("renew"));
            case "crl":
            case "cert":
                return lookUp(operation);
            case "next":
                return next();
            default:
                throw new IllegalArgumentException(operation);
        }
    }

    // --- What is asked for

    int enrol(boolean renewal) throws Exception {
        Messages.Identity signer = renewal ? signer() : null;
        KeyPair key = keyPair(signer);
        X500Name subject = new X500Name(options.get("subject"));
        var csr = new JcaPKCS10CertificationRequestBuilder(subject, key.getPublic());
        if (options.containsKey("challenge")) {
            csr.addAttribute(PKCSObjectIdentifiers.pkcs_9_at_challengePassword, new DERPrintableString(options.get("challenge")));
        }
        byte[] request = csr.build(Messages.contentSigner(key.getPrivate())).getEncoded();
        if (signer == null) {
            signer = new Messages.Identity(key.getPrivate(), selfSigned(subject, key));
        }
        SubjectPublicKeyInfo info = SubjectPublicKeyInfo.getInstance(key.getPublic().getEncoded());
        // As jscep makes it.
        byte[] digest = MessageDigest.getInstance("SHA-1").digest(info.getEncoded());
        String transaction = option("transaction", Messages.hex(digest));
        String type = option("type", renewal ? "17" : "19");
        Reply reply = exchange(type, transaction, request, signer);
        byte[] names = new DERSequence(new ASN1Encodable[] {ca.getSubject(), subject}).getEncoded();
        int polls = Integer.parseInt(option("polls", "20"));
        for (int poll = 0; reply.status.equals("3") && poll < polls; poll++) {
            System.out.println("pending");
            Thread.sleep(1000);
            reply = exchange("20", transaction, names, signer);
        }
        if (!reply.status.equals("0")) {
            return reply.explain();
        }
        for (X509CertificateHolder certificate : reply.certificates()) {
            if (certificate.getSubjectPublicKeyInfo().equals(info)) {
                Messages.writePem(out.resolve("cert.pem"), certificate);
                Messages.writePem(out.resolve("key.pem"), new JcaPKCS8Generator(key.getPrivate(), null));
                System.out.println("issued: " + certificate.getSubject());
                return 0;
            }
        }
        throw new IllegalStateException("no certificate for the key");
    }

    int lookUp(String operation) throws Exception {
        Messages.Identity signer = signer();
        var of = signer.certificate();
        if (options.containsKey("of")) {
            of = (X509CertificateHolder) Messages.readPem(Path.of(options.get("of")));
        }
        byte[] data = new IssuerAndSerialNumber(of.getIssuer(), of.getSerialNumber()).getEncoded();
        Reply reply = exchange(operation.equals("crl") ? "22" : "21", Messages.hex(Messages.nonce()), data, signer);
        if (!reply.status.equals("0")) {
            return reply.explain();
        }
        if (operation.equals("crl")) {
            X509CRLHolder crl = reply.content.getCRLs().getMatches(null).iterator().next();
            var byCa = new JcaContentVerifierProviderBuilder().setProvider("BC").build(ca);
            Messages.require(crl.isSignatureValid(byCa), "the CRL's signature");
            Messages.writePem(out.resolve("crl.pem"), crl);
        } else {
            X509CertificateHolder found = reply.certificates().iterator().next();
            Messages.require(found.getSerialNumber().equals(of.getSerialNumber()), "the certificate asked for");
            Messages.writePem(out.resolve("cert.pem"), found);
        }
        return 0;
    }

    int next() throws Exception {
        var signed = new CMSSignedData(get("GetNextCACert"));
        Messages.verify(signed, authority);
        var next = new CMSSignedData(Messages.content(signed)).getCertificates().getMatches(null);
        Messages.writePem(out.resolve("next.pem"), next.toArray());
        System.out.println("next: " + next.size() + " certificates");
        return 0;
    }

    // --- A message and its reply

    Reply exchange(String type, String transaction, byte[] data, Messages.Identity signer) throws Exception {
        byte[] nonce = Messages.nonce();
        var recipient = Messages.recipient(encryption, option("transport", "pkcs1").equals("oaep"));
        byte[] envelope = Messages.envelope(data, CIPHERS.get(option("cipher", "aes128-cbc")), recipient);
        var attributes = new Messages.Attributes().put(Messages.MESSAGE_TYPE, type)
            .put(Messages.TRANSACTION_ID, transaction).put(Messages.SENDER_NONCE, nonce);
        byte[] message = Messages.sign(envelope, attributes, signer, option("signature", "pkcs1").equals("pss"));

        Reply reply = new Reply();
        var signed = new CMSSignedData(post(message));
        AttributeTable said = Messages.verify(signed, authority).getSignedAttributes();
        Messages.require(Messages.string(said, Messages.MESSAGE_TYPE).equals("3"), "messageType CertRep");
        Messages.require(Messages.string(said, Messages.TRANSACTION_ID).equals(transaction), "our transactionID");
        Messages.require(Arrays.equals(Messages.octets(said, Messages.RECIPIENT_NONCE), nonce), "our senderNonce");
        reply.status = Messages.string(said, Messages.PKI_STATUS);
        if (reply.status.equals("2")) {
            reply.failInfo = Integer.parseInt(Messages.string(said, Messages.FAIL_INFO));
        } else if (reply.status.equals("0")) {
            Messages.Opened opened = Messages.open(Messages.content(signed), signer.key(), options.get("challenge"));
            System.out.println("reply: " + opened.how());
            reply.content = new CMSSignedData(opened.data());
        }
        return reply;
    }

    static class Reply {
        String status;
        int failInfo;
        CMSSignedData content;

        int explain() {
            System.out.println(status.equals("3") ? "still pending" : "failInfo: " + FAILURES.get(failInfo));
            return status.equals("3") ? 3 : 2;
        }

        Collection<X509CertificateHolder> certificates() {
            return content.getCertificates().getMatches(null);
        }
    }

    // --- The authority

    /** GetCACert: the CA itself, or a bundle of it and registration authorities that it certified. */
    void readAuthority(byte[] body) throws Exception {
        authority = new ArrayList<>();
        try {
            authority.addAll(new CMSSignedData(body).getCertificates().getMatches(null));
        } catch (Exception notABundle) {
            authority.add(new X509CertificateHolder(body));
        }
        Messages.require(authority.contains(ca), "the configured CA in GetCACert");
        var byCa = new JcaContentVerifierProviderBuilder().setProvider("BC").build(ca);
        for (X509CertificateHolder certificate : authority) {
            Messages.require(certificate.isSignatureValid(byCa), "certificates by the configured CA in GetCACert");
            boolean[] usage = Messages.CONVERTER.getCertificate(certificate).getKeyUsage();
            // keyEncipherment; an RA goes before the CA.
            if ((usage == null || usage[2]) && (encryption == null || encryption.equals(ca))) {
                encryption = certificate;
            }
        }
        System.out.println("recipient: " + encryption.getSubject());
    }

    byte[] get(String operation) throws Exception {
        return send(HttpRequest.newBuilder(URI.create(options.get("url") + "?operation=" + operation)));
    }

    byte[] post(byte[] message) throws Exception {
        String uri = options.get("url") + "?operation=PKIOperation";
        if (option("method", "post").equals("get")) {
            String encoded = URLEncoder.encode(Base64.getEncoder().encodeToString(message), StandardCharsets.US_ASCII);
            return send(HttpRequest.newBuilder(URI.create(uri + "&message=" + encoded)));
        }
        return send(HttpRequest.newBuilder(URI.create(uri)).header("Content-Type", "application/x-pki-message")
            .POST(HttpRequest.BodyPublishers.ofByteArray(message)));
    }

    byte[] send(HttpRequest.Builder request) throws Exception {
        var response = http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        Messages.require(response.statusCode() == 200, "HTTP status 200, not " + response.statusCode());
        return response.body();
    }

    // --- Keys

    Messages.Identity signer() throws Exception {
        return Messages.Identity.read(Path.of(options.get("signer")), "key.pem", "cert.pem");
    }

    KeyPair keyPair(Messages.Identity old) throws Exception {
        String kind = option("key", "rsa");
        if (kind.equals("same")) {
            return new KeyPair(Messages.CONVERTER.getCertificate(old.certificate()).getPublicKey(), old.key());
        }
        if (kind.endsWith(".pem")) {
            var info = (PrivateKeyInfo) Messages.readPem(Path.of(kind));
            var key = (RSAPrivateCrtKey) new JcaPEMKeyConverter().setProvider("BC").getPrivateKey(info);
            var spec = new RSAPublicKeySpec(key.getModulus(), key.getPublicExponent());
            return new KeyPair(KeyFactory.getInstance("RSA", "BC").generatePublic(spec), key);
        }
        var generator = KeyPairGenerator.getInstance(kind.equals("ec") ? "EC" : "RSA", "BC");
        generator.initialize(kind.equals("ec") ? 256 : 2048);
        return generator.generateKeyPair();
    }

    static X509CertificateHolder selfSigned(X500Name subject, KeyPair key) throws Exception {
        long now = System.currentTimeMillis();
        var info = SubjectPublicKeyInfo.getInstance(key.getPublic().getEncoded());
        return new X509v3CertificateBuilder(subject, new java.math.BigInteger(64, Messages.RANDOM),
            new Date(now - 3600_000), new Date(now + 86400_000), subject, info).build(Messages.contentSigner(key.getPrivate()));
    }

    String option(String name, String otherwise) {
        return options.getOrDefault(name, otherwise);
    }
}
