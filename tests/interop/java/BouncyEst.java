// An EST client: BouncyCastle's own, over JSSE.
//
//   BouncyEst cacerts|csrattrs --server localhost:PORT --ca CA.pem --out DIR
//   BouncyEst enrol --server localhost:PORT --ca CA.pem --out DIR --subject CN=x --user NAME --password TOKEN
//   BouncyEst renew --server localhost:PORT --ca CA.pem --out DIR --signer OLD_DIR [--subject CN=x]
//
// DIR gets ca.pem, or key.pem and cert.pem. Ends with 0 if it has what it asked for; 2 if the server refused, with the status;
// else 1.

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.Security;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import javax.net.ssl.KeyManagerFactory;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.est.ESTAuth;
import org.bouncycastle.est.ESTException;
import org.bouncycastle.est.ESTService;
import org.bouncycastle.est.EnrollmentResponse;
import org.bouncycastle.est.HttpAuth;
import org.bouncycastle.est.jcajce.JcaJceUtils;
import org.bouncycastle.est.jcajce.JsseESTServiceBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import org.bouncycastle.util.Selector;

public class BouncyEst {
    final Map<String, String> options = new HashMap<>();
    final Path out;
    final X509Certificate ca;

    public static void main(String[] args) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        try {
            new BouncyEst(args).run(args[0]);
        } catch (ESTException refused) {
            if (refused.getStatusCode() == 0) {
                throw refused;
            }
            String text = new String(refused.getBody().readAllBytes(), StandardCharsets.UTF_8);
            System.out.println("status: " + refused.getStatusCode() + " " + text.strip());
            System.exit(2);
        }
    }

    BouncyEst(String[] args) throws Exception {
        for (int i = 1; i + 1 < args.length; i += 2) {
            options.put(args[i].substring(2), args[i + 1]);
        }
        out = Path.of(options.get("out"));
        ca = Messages.CONVERTER.getCertificate((X509CertificateHolder) Messages.readPem(Path.of(options.get("ca"))));
    }

    void run(String operation) throws Exception {
        switch (operation) {
            case "cacerts":
                var certificates = service(null).getCACerts().getCertificateStore().getMatches((Selector<X509CertificateHolder>) null);
                Messages.writePem(out.resolve("ca.pem"), certificates.toArray());
                break;
            case "csrattrs":
                var attributes = service(null).getCSRAttributes().getAttributesResponse();
                attributes.getRequirements().forEach(oid -> System.out.println("wanted: " + oid));
                break;
            case "enrol":
                ESTAuth auth = new HttpAuth(options.get("user"), options.get("password").toCharArray());
                KeyPair key = keyPair();
                enrol(service(null), false, csr(new X500Name(options.get("subject")), key, null), key, auth);
                break;
            case "renew":
                var signer = Messages.Identity.read(Path.of(options.get("signer")), "key.pem", "cert.pem");
                X509CertificateHolder current = signer.certificate();
                String subject = options.get("subject");
                X500Name name = subject == null ? current.getSubject() : new X500Name(subject);
                KeyPair next = keyPair();
                var request = csr(name, next, current.getExtension(Extension.subjectAlternativeName));
                enrol(service(signer), true, request, next, null);
                break;
            default:
                throw new IllegalArgumentException(operation);
        }
    }

    ESTService service(Messages.Identity client) throws Exception {
        var trust = JcaJceUtils.getCertPathTrustManager(Set.of(new TrustAnchor(ca, null)), null);
        var builder = new JsseESTServiceBuilder(options.get("server"), trust).withTimeout(20000);
        if (client != null) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            X509Certificate[] chain = {Messages.CONVERTER.getCertificate(client.certificate())};
            store.setKeyEntry("client", client.key(), new char[0], chain);
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, new char[0]);
            builder.withKeyManagers(keys.getKeyManagers());
        }
        return builder.build();
    }

    void enrol(ESTService service, boolean renewal, PKCS10CertificationRequest csr, KeyPair key, ESTAuth auth) throws Exception {
        EnrollmentResponse response = service.simpleEnroll(renewal, csr, auth);
        for (int polls = 0; !response.isCompleted() && polls < 20; polls++) {
            System.out.println("pending");
            Thread.sleep(Math.max(0, response.getNotBefore() - System.currentTimeMillis()) + 100);
            response = service.simpleEnroll(renewal, csr, auth);
        }
        for (X509CertificateHolder certificate : response.getStore().getMatches((Selector<X509CertificateHolder>) null)) {
            Messages.writePem(out.resolve("cert.pem"), certificate);
            Messages.writePem(out.resolve("key.pem"), new JcaPKCS8Generator(key.getPrivate(), null));
            System.out.println("issued: " + certificate.getSubject());
        }
    }

    static PKCS10CertificationRequest csr(X500Name subject, KeyPair key, Extension alternativeName) throws Exception {
        var builder = new JcaPKCS10CertificationRequestBuilder(subject, key.getPublic());
        if (alternativeName != null) {
            builder.addAttribute(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, new Extensions(alternativeName));
        }
        ContentSigner signer = new JcaContentSignerBuilder("SHA256withECDSA").build(key.getPrivate());
        return builder.build(signer);
    }

    static KeyPair keyPair() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(256);
        return generator.generateKeyPair();
    }
}
