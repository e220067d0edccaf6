// A SCEP server on BouncyCastle's CMS classes, for clients under test: every operation of RFC 8894, and what its CMS looks like
// from Java. Keeps nothing, and listens on the loopback interface alone.
//
//   BouncyServer PORT DIRECTORY CHALLENGE [WORDS OF GetCACaps [POLLS]]
//
// DIRECTORY has ca.pem, ca-key.pem, ra.pem, ra-key.pem, and may have next.pem, the next CA's certificate. A first request is
// pending for so many POLLS.

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Security;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bouncycastle.asn1.ASN1String;
import org.bouncycastle.asn1.cms.AttributeTable;
import org.bouncycastle.asn1.cms.IssuerAndSerialNumber;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509CRLHolder;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cms.CMSAbsentContent;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.util.CollectionStore;

public class BouncyServer {
    static final String WORDS = "AES\nPOSTPKIOperation\nRenewal\nSHA-256\nSCEPStandard\nGetNextCACert\n";
    static final int BAD_MESSAGE_CHECK = 1;
    static final int BAD_REQUEST = 2;
    static final int BAD_CERT_ID = 4;

    final Path directory;
    final String challenge;
    final String words;
    final int polls;
    final Messages.Identity ca;
    final Messages.Identity ra;
    final Map<BigInteger, X509CertificateHolder> issued = new HashMap<>();
    final Map<String, Waiting> waiting = new HashMap<>();

    public static void main(String[] args) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        var server = new BouncyServer(args);
        var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[0]));
        HttpServer http = HttpServer.create(address, 0);
        http.createContext("/", server::serve);
        http.start();
    }

    BouncyServer(String[] args) throws Exception {
        directory = Path.of(args[1]);
        challenge = args[2];
        words = args.length > 3 ? args[3] : WORDS;
        polls = args.length > 4 ? Integer.parseInt(args[4]) : 0;
        ca = Messages.Identity.read(directory, "ca-key.pem", "ca.pem");
        ra = Messages.Identity.read(directory, "ra-key.pem", "ra.pem");
    }

    // --- HTTP

    void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (!answer(exchange)) {
                exchange.sendResponseHeaders(404, -1);
            }
        }
    }

    /** Whether there is an answer; it is sent then. */
    boolean answer(HttpExchange exchange) throws IOException {
        try {
            byte[] body = exchange.getRequestBody().readAllBytes();
            Map<String, String> fields = new HashMap<>();
            for (String field : exchange.getRequestURI().getRawQuery().split("&")) {
                String[] parts = field.split("=", 2);
                fields.put(parts[0], parts.length > 1 ? URLDecoder.decode(parts[1], StandardCharsets.US_ASCII) : "");
            }
            String operation = fields.get("operation");
            byte[] reply;
            String type;
            switch (operation) {
                case "GetCACaps":
                    reply = words.getBytes(StandardCharsets.US_ASCII);
                    type = "text/plain";
                    break;
                case "GetCACert":
                    reply = bundle(List.of(ca.certificate(), ra.certificate()), List.of());
                    type = "application/x-x509-ca-ra-cert";
                    break;
                case "GetNextCACert":
                    if (!Files.exists(directory.resolve("next.pem"))) {
                        return false;
                    }
                    var next = (X509CertificateHolder) Messages.readPem(directory.resolve("next.pem"));
                    reply = Messages.sign(bundle(List.of(next), List.of()), new Messages.Attributes(), ca, false);
                    type = "application/x-x509-next-ca-cert";
                    break;
                case "PKIOperation":
                    boolean post = exchange.getRequestMethod().equals("POST");
                    reply = answer(post ? body : Base64.getDecoder().decode(fields.get("message")));
                    type = "application/x-pki-message";
                    break;
                default:
                    throw new IllegalArgumentException(operation);
            }
            exchange.getResponseHeaders().set("Content-Type", type);
            exchange.sendResponseHeaders(200, reply.length);
            exchange.getResponseBody().write(reply);
            return true;
        } catch (IOException gone) {
            throw gone;
        } catch (Exception error) {
            error.printStackTrace();
            return false;
        }
    }

    // --- PKIOperation

    /** A request that somebody would have to approve, and how often it was polled for. */
    static class Waiting {
        PKCS10CertificationRequest csr;
        int polls;
    }

    /** The state of one exchange: to whom the reply goes and how. */
    class Exchange {
        X509CertificateHolder signer;
        AttributeTable said;
        Messages.Opened opened;

        byte[] reply(String status, Integer failInfo, byte[] content) throws Exception {
            System.out.println("status " + status + (failInfo == null ? "" : ", failInfo " + failInfo));
            var attributes = new Messages.Attributes().put(Messages.MESSAGE_TYPE, "3").put(Messages.PKI_STATUS, status)
                .put(Messages.TRANSACTION_ID, Messages.string(said, Messages.TRANSACTION_ID))
                .put(Messages.SENDER_NONCE, Messages.nonce())
                .put(Messages.RECIPIENT_NONCE, Messages.octets(said, Messages.SENDER_NONCE));
            if (failInfo != null) {
                attributes.put(Messages.FAIL_INFO, failInfo.toString());
            }
            byte[] envelope = {};
            if (content != null) {
                boolean rsa = signer.getSubjectPublicKeyInfo().getAlgorithm().getAlgorithm()
                    .equals(PKCSObjectIdentifiers.rsaEncryption);
                var recipient = rsa ? Messages.recipient(signer, opened.oaep()) : Messages.recipient(challenge);
                envelope = Messages.envelope(content, opened.cipher(), recipient);
            }
            return Messages.sign(envelope, attributes, ra, false);
        }

        byte[] certificate(X509CertificateHolder certificate) throws Exception {
            return reply("0", null, bundle(List.of(certificate), List.of()));
        }

        byte[] failure(int failInfo) throws Exception {
            return reply("2", failInfo, null);
        }
    }

    byte[] answer(byte[] message) throws Exception {
        var signed = new CMSSignedData(message);
        var certificates = new ArrayList<>(signed.getCertificates().getMatches(null));
        var exchange = new Exchange();
        exchange.said = Messages.verify(signed, certificates).getSignedAttributes();
        exchange.signer = Messages.signer(signed, certificates);
        exchange.opened = Messages.open(Messages.content(signed), ra.key(), null);
        String type = Messages.string(exchange.said, Messages.MESSAGE_TYPE);
        String transaction = Messages.string(exchange.said, Messages.TRANSACTION_ID);
        System.out.println("messageType " + type + ", " + exchange.opened.how());
        byte[] data = exchange.opened.data();
        switch (type) {
            case "17":
            case "19":
                return enrol(exchange, type, transaction, new PKCS10CertificationRequest(data));
            case "20":
                Waiting request = waiting.get(transaction);
                if (request == null) {
                    return exchange.failure(BAD_CERT_ID);
                }
                request.polls += 1;
                return request.polls < polls ? exchange.reply("3", null, null) : exchange.certificate(issue(request.csr));
            case "21":
            case "22":
                return lookUp(exchange, type, IssuerAndSerialNumber.getInstance(data));
            default:
                return exchange.failure(BAD_REQUEST);
        }
    }

    byte[] enrol(Exchange exchange, String type, String transaction, PKCS10CertificationRequest csr) throws Exception {
        var byKey = new JcaContentVerifierProviderBuilder().setProvider("BC").build(csr.getSubjectPublicKeyInfo());
        if (!csr.isSignatureValid(byKey)) {
            return exchange.failure(BAD_MESSAGE_CHECK);
        }
        // A renewal by what was issued here; everything else by the challenge.
        X509CertificateHolder own = issued.get(exchange.signer.getSerialNumber());
        boolean renewal = exchange.signer.equals(own) && own.getSubject().equals(csr.getSubject());
        if (type.equals("17") ? !renewal : !renewal && !challenge.equals(challengeOf(csr))) {
            return exchange.failure(BAD_REQUEST);
        }
        if (polls > 0) {
            var request = new Waiting();
            request.csr = csr;
            waiting.put(transaction, request);
            return exchange.reply("3", null, null);
        }
        return exchange.certificate(issue(csr));
    }

    static String challengeOf(PKCS10CertificationRequest csr) {
        var attributes = csr.getAttributes(PKCSObjectIdentifiers.pkcs_9_at_challengePassword);
        return attributes.length == 0 ? null : ((ASN1String) attributes[0].getAttributeValues()[0]).getString();
    }

    byte[] lookUp(Exchange exchange, String type, IssuerAndSerialNumber target) throws Exception {
        var byCa = new JcaContentVerifierProviderBuilder().setProvider("BC").build(ca.certificate());
        if (!exchange.signer.isSignatureValid(byCa)) {
            return exchange.failure(BAD_REQUEST);
        }
        X509CertificateHolder found = issued.get(target.getSerialNumber().getValue());
        if (found == null || !target.getName().equals(ca.certificate().getSubject())) {
            return exchange.failure(BAD_CERT_ID);
        }
        return type.equals("21") ? exchange.certificate(found) : exchange.reply("0", null, bundle(List.of(), List.of(crl())));
    }

    // --- The CA

    X509CertificateHolder issue(PKCS10CertificationRequest csr) throws Exception {
        long now = System.currentTimeMillis();
        var utils = new JcaX509ExtensionUtils();
        var serial = new BigInteger(100, Messages.RANDOM).setBit(100);
        var certificate = new X509v3CertificateBuilder(ca.certificate().getSubject(), serial, new Date(now - 3600_000),
            new Date(now + 365L * 86400_000), csr.getSubject(), csr.getSubjectPublicKeyInfo())
            .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
            .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature | KeyUsage.keyEncipherment))
            .addExtension(Extension.subjectKeyIdentifier, false, utils.createSubjectKeyIdentifier(csr.getSubjectPublicKeyInfo()))
            .addExtension(Extension.authorityKeyIdentifier, false,
                utils.createAuthorityKeyIdentifier(ca.certificate().getSubjectPublicKeyInfo()))
            .build(Messages.contentSigner(ca.key()));
        issued.put(serial, certificate);
        return certificate;
    }

    X509CRLHolder crl() throws Exception {
        long now = System.currentTimeMillis();
        return new X509v2CRLBuilder(ca.certificate().getSubject(), new Date(now - 3600_000))
            .setNextUpdate(new Date(now + 86400_000)).build(Messages.contentSigner(ca.key()));
    }

    static byte[] bundle(List<X509CertificateHolder> certificates, List<X509CRLHolder> crls) throws Exception {
        var generator = new CMSSignedDataGenerator();
        generator.addCertificates(new CollectionStore<>(certificates));
        generator.addCRLs(new CollectionStore<>(crls));
        return generator.generate(new CMSAbsentContent()).getEncoded();
    }
}
