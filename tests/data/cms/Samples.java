// SignedData, EnvelopedData and AuthEnvelopedData by BouncyCastle, which writes BER with indefinite lengths and chunks of 1000 octets.

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
import java.util.Date;
import java.util.List;
import java.util.Map;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.AttributeTable;
import org.bouncycastle.asn1.cms.CMSAttributes;
import org.bouncycastle.asn1.cms.CMSObjectIdentifiers;
import org.bouncycastle.asn1.cms.Time;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cms.CMSAbsentContent;
import org.bouncycastle.cms.CMSAlgorithm;
import org.bouncycastle.cms.CMSAttributeTableGenerator;
import org.bouncycastle.cms.CMSAuthEnvelopedDataGenerator;
import org.bouncycastle.cms.CMSEnvelopedDataGenerator;
import org.bouncycastle.cms.CMSEnvelopedDataStreamGenerator;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.CMSSignedDataStreamGenerator;
import org.bouncycastle.cms.PasswordRecipient;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoGeneratorBuilder;
import org.bouncycastle.cms.jcajce.JceCMSContentEncryptorBuilder;
import org.bouncycastle.cms.jcajce.JceKeyTransRecipientInfoGenerator;
import org.bouncycastle.cms.jcajce.JcePasswordRecipientInfoGenerator;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.OutputAEADEncryptor;

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

        // PasswordRecipientInfo: BouncyCastle's defaults (PBKDF2 with HMAC-SHA-1 and 1024 iterations), and others.
        write("bc-pwri.der", password(content, CMSAlgorithm.AES128_CBC, null, 0));
        write("bc-pwri-sha224.der", password(content, CMSAlgorithm.DES_EDE3_CBC, PasswordRecipient.PRF.HMacSHA224, 1));
        write("bc-pwri-sha256.der", password(content, CMSAlgorithm.AES128_CBC, PasswordRecipient.PRF.HMacSHA256, 10000));
        write("bc-pwri-sha384.der", password(content, CMSAlgorithm.AES192_CBC, PasswordRecipient.PRF.HMacSHA384, 4096));
        write("bc-pwri-sha512.der", password(content, CMSAlgorithm.AES256_CBC, PasswordRecipient.PRF.HMacSHA512, 4096));

        // AuthEnvelopedData: without and with attributes.
        var recipient = new JceKeyTransRecipientInfoGenerator(certificate).setProvider("BC");
        var gcm = new JceCMSContentEncryptorBuilder(CMSAlgorithm.AES128_GCM).setProvider("BC");
        var authenticated = new CMSAuthEnvelopedDataGenerator();
        authenticated.addRecipientInfoGenerator(recipient);
        var data = new CMSProcessableByteArray(content);
        write("bc-auth-enveloped.der",
            authenticated.generate(data, (OutputAEADEncryptor) gcm.build()).getEncoded());
        authenticated.setAuthenticatedAttributeGenerator(new Attributes());
        var gcm256 = new JceCMSContentEncryptorBuilder(CMSAlgorithm.AES256_GCM).setProvider("BC");
        write("bc-auth-enveloped-attributes.der",
            authenticated.generate(data, (OutputAEADEncryptor) gcm256.build()).getEncoded());
    }

    // content-type and signingTime.
    private static class Attributes implements CMSAttributeTableGenerator {
        public AttributeTable getAttributes(Map parameters) {
            var attributes = new ASN1EncodableVector();
            var type = (ASN1ObjectIdentifier) parameters.get(CMSAttributeTableGenerator.CONTENT_TYPE);
            var value = type == null ? CMSObjectIdentifiers.data : type;
            attributes.add(new Attribute(CMSAttributes.contentType, new DERSet(value)));
            attributes.add(new Attribute(CMSAttributes.signingTime, new DERSet(new Time(new Date(0)))));
            return new AttributeTable(attributes);
        }
    }

    private static byte[] password(byte[] content, ASN1ObjectIdentifier cipher, PasswordRecipient.PRF prf, int iterations)
        throws Exception {
        var recipient = new JcePasswordRecipientInfoGenerator(cipher, "sécret".toCharArray());
        recipient.setProvider("BC").setPasswordConversionScheme(PasswordRecipient.PKCS5_SCHEME2_UTF8);
        if (prf != null) {
            recipient.setPRF(prf).setSaltAndIterationCount("salt of 17 octets".getBytes(), iterations);
        }
        var envelope = new CMSEnvelopedDataGenerator();
        envelope.addRecipientInfoGenerator(recipient);
        var encryptor = new JceCMSContentEncryptorBuilder(CMSAlgorithm.AES256_CBC).setProvider("BC");
        return envelope.generate(new CMSProcessableByteArray(content), encryptor.build()).getEncoded();
    }

    private static void write(String name, byte[] bytes) throws Exception {
        Files.write(Path.of(name), bytes);
    }
}
