// pkiMessages on BouncyCastle's CMS classes: what client and server have in common.

import java.io.FileReader;
import java.io.FileWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.spec.MGF1ParameterSpec;
import java.util.Collection;
import java.util.Hashtable;
import java.util.List;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1String;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERPrintableString;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.AttributeTable;
import org.bouncycastle.asn1.cms.CMSObjectIdentifiers;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cms.CMSAlgorithm;
import org.bouncycastle.cms.CMSAuthEnvelopedData;
import org.bouncycastle.cms.CMSAuthEnvelopedDataGenerator;
import org.bouncycastle.cms.CMSEnvelopedData;
import org.bouncycastle.cms.CMSEnvelopedDataGenerator;
import org.bouncycastle.cms.CMSException;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.DefaultSignedAttributeTableGenerator;
import org.bouncycastle.cms.PasswordRecipient;
import org.bouncycastle.cms.PasswordRecipientInformation;
import org.bouncycastle.cms.RecipientInfoGenerator;
import org.bouncycastle.cms.RecipientInformation;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoGeneratorBuilder;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.cms.jcajce.JceCMSContentEncryptorBuilder;
import org.bouncycastle.cms.jcajce.JceKeyTransAuthEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKeyTransEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKeyTransRecipientInfoGenerator;
import org.bouncycastle.cms.jcajce.JcePasswordEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JcePasswordRecipientInfoGenerator;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OutputAEADEncryptor;
import org.bouncycastle.operator.jcajce.JcaAlgorithmParametersConverter;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

final class Messages {
    static final String SCEP = "2.16.840.1.113733.1.9.";
    static final ASN1ObjectIdentifier MESSAGE_TYPE = new ASN1ObjectIdentifier(SCEP + "2");
    static final ASN1ObjectIdentifier PKI_STATUS = new ASN1ObjectIdentifier(SCEP + "3");
    static final ASN1ObjectIdentifier FAIL_INFO = new ASN1ObjectIdentifier(SCEP + "4");
    static final ASN1ObjectIdentifier SENDER_NONCE = new ASN1ObjectIdentifier(SCEP + "5");
    static final ASN1ObjectIdentifier RECIPIENT_NONCE = new ASN1ObjectIdentifier(SCEP + "6");
    static final ASN1ObjectIdentifier TRANSACTION_ID = new ASN1ObjectIdentifier(SCEP + "7");

    static final SecureRandom RANDOM = new SecureRandom();
    static final JcaX509CertificateConverter CONVERTER = new JcaX509CertificateConverter().setProvider("BC");

    private Messages() {}

    // --- Signed

    /** Attributes of SCEP; those of CMS come by themselves. */
    static final class Attributes {
        final Hashtable<ASN1ObjectIdentifier, Attribute> table = new Hashtable<>();

        Attributes put(ASN1ObjectIdentifier type, String value) {
            return put(type, new DERPrintableString(value));
        }

        Attributes put(ASN1ObjectIdentifier type, byte[] value) {
            return put(type, new DEROctetString(value));
        }

        private Attributes put(ASN1ObjectIdentifier type, ASN1Encodable value) {
            table.put(type, new Attribute(type, new DERSet(value)));
            return this;
        }
    }

    static byte[] sign(byte[] content, Attributes attributes, Identity signer, boolean pss) throws Exception {
        var generator = new CMSSignedDataGenerator();
        generator.addSignerInfoGenerator(new JcaSimpleSignerInfoGeneratorBuilder().setProvider("BC")
            .setSignedAttributeGenerator(new DefaultSignedAttributeTableGenerator(new AttributeTable(attributes.table)))
            .build(signatureName(signer.key(), pss), signer.key(), CONVERTER.getCertificate(signer.certificate())));
        generator.addCertificates(new JcaCertStore(List.of(signer.certificate())));
        return generator.generate(new CMSProcessableByteArray(content), true).getEncoded();
    }

    /** The only signer, verified by one of these certificates. */
    static SignerInformation verify(CMSSignedData signed, Collection<X509CertificateHolder> signers) throws Exception {
        require(signed.getSignerInfos().size() == 1, "one signer");
        SignerInformation signer = signed.getSignerInfos().getSigners().iterator().next();
        X509CertificateHolder certificate = signer(signed, signers);
        require(signer.verify(new JcaSimpleSignerInfoVerifierBuilder().setProvider("BC").build(certificate)), "the signature");
        return signer;
    }

    /** The one of these certificates that the SignerInfo names. */
    static X509CertificateHolder signer(CMSSignedData signed, Collection<X509CertificateHolder> certificates) {
        SignerInformation signer = signed.getSignerInfos().getSigners().iterator().next();
        return certificates.stream().filter(signer.getSID()::match).findFirst().orElseThrow();
    }

    static byte[] content(CMSSignedData signed) {
        return (byte[]) signed.getSignedContent().getContent();
    }

    // --- Enveloped

    static RecipientInfoGenerator recipient(X509CertificateHolder holder, boolean oaep) throws Exception {
        var certificate = CONVERTER.getCertificate(holder);
        if (!oaep) {
            return new JceKeyTransRecipientInfoGenerator(certificate).setProvider("BC");
        }
        var parameters = new OAEPParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, PSource.PSpecified.DEFAULT);
        var algorithm = new JcaAlgorithmParametersConverter()
            .getAlgorithmIdentifier(PKCSObjectIdentifiers.id_RSAES_OAEP, parameters);
        return new JceKeyTransRecipientInfoGenerator(certificate, algorithm).setProvider("BC");
    }

    static RecipientInfoGenerator recipient(String password) {
        byte[] salt = new byte[16];
        RANDOM.nextBytes(salt);
        return new JcePasswordRecipientInfoGenerator(CMSAlgorithm.AES128_CBC, password.toCharArray()).setProvider("BC")
            .setPasswordConversionScheme(PasswordRecipient.PKCS5_SCHEME2_UTF8).setPRF(PasswordRecipient.PRF.HMacSHA256)
            .setSaltAndIterationCount(salt, 10_000);
    }

    static byte[] envelope(byte[] data, ASN1ObjectIdentifier algorithm, RecipientInfoGenerator recipient) throws Exception {
        var content = new CMSProcessableByteArray(data);
        var cipher = new JceCMSContentEncryptorBuilder(algorithm).setProvider("BC").build();
        if (cipher instanceof OutputAEADEncryptor authenticated) {
            var generator = new CMSAuthEnvelopedDataGenerator();
            generator.addRecipientInfoGenerator(recipient);
            return generator.generate(content, authenticated).getEncoded();
        }
        var generator = new CMSEnvelopedDataGenerator();
        generator.addRecipientInfoGenerator(recipient);
        return generator.generate(content, cipher).getEncoded();
    }

    /** What is in an envelope, and how it was closed. */
    record Opened(byte[] data, ASN1ObjectIdentifier cipher, boolean oaep, String how) {}

    static Opened open(byte[] envelope, PrivateKey key, String password) throws Exception {
        ContentInfo info = ContentInfo.getInstance(envelope);
        if (info.getContentType().equals(CMSObjectIdentifiers.authEnvelopedData)) {
            RecipientInformation recipient = new CMSAuthEnvelopedData(info).getRecipientInfos().iterator().next();
            byte[] data = recipient.getContent(new JceKeyTransAuthEnvelopedRecipient(key).setProvider("BC"));
            // No other is made here, and BouncyCastle does not tell.
            return new Opened(data, CMSAlgorithm.AES128_GCM, isOaep(recipient), "authenticated, " + recipient.getKeyEncryptionAlgOID());
        }
        var enveloped = new CMSEnvelopedData(info);
        RecipientInformation recipient = enveloped.getRecipientInfos().iterator().next();
        var cipher = new ASN1ObjectIdentifier(enveloped.getEncryptionAlgOID());
        if (recipient instanceof PasswordRecipientInformation) {
            byte[] data = recipient.getContent(new JcePasswordEnvelopedRecipient(password.toCharArray())
                .setPasswordConversionScheme(PasswordRecipient.PKCS5_SCHEME2_UTF8).setProvider("BC"));
            return new Opened(data, cipher, false, "by password, " + cipher);
        }
        byte[] data = recipient.getContent(new JceKeyTransEnvelopedRecipient(key).setProvider("BC"));
        return new Opened(data, cipher, isOaep(recipient), cipher + ", " + recipient.getKeyEncryptionAlgOID());
    }

    private static boolean isOaep(RecipientInformation recipient) {
        return recipient.getKeyEncryptionAlgOID().equals(PKCSObjectIdentifiers.id_RSAES_OAEP.getId());
    }

    // --- Keys, certificates, attributes

    record Identity(PrivateKey key, X509CertificateHolder certificate) {
        /** The files DIRECTORY/NAMEkey.pem and DIRECTORY/certificate. */
        static Identity read(Path directory, String key, String certificate) throws Exception {
            var info = (PrivateKeyInfo) readPem(directory.resolve(key));
            return new Identity(new JcaPEMKeyConverter().setProvider("BC").getPrivateKey(info),
                (X509CertificateHolder) readPem(directory.resolve(certificate)));
        }
    }

    static ContentSigner contentSigner(PrivateKey key) throws Exception {
        return new JcaContentSignerBuilder(signatureName(key, false)).setProvider("BC").build(key);
    }

    private static String signatureName(PrivateKey key, boolean pss) {
        return key.getAlgorithm().startsWith("EC") ? "SHA256withECDSA" : pss ? "SHA256withRSAandMGF1" : "SHA256withRSA";
    }

    static byte[] nonce() {
        byte[] nonce = new byte[16];
        RANDOM.nextBytes(nonce);
        return nonce;
    }

    static String string(AttributeTable table, ASN1ObjectIdentifier type) throws CMSException {
        return ((ASN1String) value(table, type)).getString();
    }

    static byte[] octets(AttributeTable table, ASN1ObjectIdentifier type) throws CMSException {
        return ((ASN1OctetString) value(table, type)).getOctets();
    }

    private static ASN1Encodable value(AttributeTable table, ASN1ObjectIdentifier type) {
        require(table.get(type) != null, "attribute " + type);
        return table.get(type).getAttrValues().getObjectAt(0);
    }

    static void require(boolean condition, String expected) {
        if (!condition) {
            throw new IllegalStateException("expected " + expected);
        }
    }

    static String hex(byte[] octets) {
        return org.bouncycastle.util.encoders.Hex.toHexString(octets);
    }

    static Object readPem(Path file) throws Exception {
        try (var parser = new PEMParser(new FileReader(file.toFile()))) {
            return parser.readObject();
        }
    }

    static void writePem(Path file, Object... objects) throws Exception {
        Files.createDirectories(file.getParent());
        try (var writer = new JcaPEMWriter(new FileWriter(file.toFile()))) {
            for (Object object : objects) {
                writer.writeObject(object);
            }
        }
    }
}
