// SignedData and EnvelopedData by BouncyCastle, which writes BER with indefinite lengths and chunks of 1000 octets.

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Security;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.List;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cms.CMSAbsentContent;
import org.bouncycastle.cms.CMSAlgorithm;
import org.bouncycastle.cms.CMSEnvelopedDataGenerator;
import org.bouncycastle.cms.CMSEnvelopedDataStreamGenerator;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.CMSSignedDataStreamGenerator;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoGeneratorBuilder;
import org.bouncycastle.cms.jcajce.JceCMSContentEncryptorBuilder;
import org.bouncycastle.cms.jcajce.JceKeyTransRecipientInfoGenerator;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

public class Samples {
    public static void main(String[] args) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        byte[] content = Files.readAllBytes(Path.of("long.bin"));
        byte[] encoded = Files.readAllBytes(Path.of("key-rsa.pk8"));
        PrivateKey key = KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(encoded));
        X509Certificate certificate = (X509Certificate) CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(Files.readAllBytes(Path.of("cert-rsa.der"))));
        var signer = new JcaSimpleSignerInfoGeneratorBuilder().setProvider("BC").build("SHA256withRSA", key, certificate);

        var sign = new CMSSignedDataGenerator();
        sign.addSignerInfoGenerator(signer);
        sign.addCertificates(new JcaCertStore(List.of(certificate)));
        write("bc-signed.der", sign.generate(new CMSProcessableByteArray(content), true).getEncoded());

        var signStream = new CMSSignedDataStreamGenerator();
        signStream.addSignerInfoGenerator(signer);
        signStream.addCertificates(new JcaCertStore(List.of(certificate)));
        var out = new ByteArrayOutputStream();
        try (OutputStream stream = signStream.open(out, true)) {
            stream.write(content);
        }
        write("bc-signed-stream.der", out.toByteArray());

        var certs = new CMSSignedDataGenerator();
        certs.addCertificates(new JcaCertStore(List.of(certificate)));
        write("bc-certs-only.der", certs.generate(new CMSAbsentContent()).getEncoded());

        var cipher = new JceCMSContentEncryptorBuilder(CMSAlgorithm.AES128_CBC).setProvider("BC");
        var envelope = new CMSEnvelopedDataGenerator();
        envelope.addRecipientInfoGenerator(new JceKeyTransRecipientInfoGenerator(certificate).setProvider("BC"));
        write("bc-enveloped.der", envelope.generate(new CMSProcessableByteArray(content), cipher.build()).getEncoded());

        var envelopeStream = new CMSEnvelopedDataStreamGenerator();
        envelopeStream.addRecipientInfoGenerator(new JceKeyTransRecipientInfoGenerator(certificate).setProvider("BC"));
        out = new ByteArrayOutputStream();
        try (OutputStream stream = envelopeStream.open(out, cipher.build())) {
            stream.write(content);
        }
        write("bc-enveloped-stream.der", out.toByteArray());
    }

    private static void write(String name, byte[] bytes) throws Exception {
        Files.write(Path.of(name), bytes);
    }
}
