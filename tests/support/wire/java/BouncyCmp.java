import java.io.FileReader;
import java.io.FileWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.cmp.CMPCertificate;
import org.bouncycastle.asn1.cmp.CMPObjectIdentifiers;
import org.bouncycastle.asn1.cmp.CertOrEncCert;
import org.bouncycastle.asn1.cmp.CertRepMessage;
import org.bouncycastle.asn1.cmp.CertResponse;
import org.bouncycastle.asn1.cmp.ErrorMsgContent;
import org.bouncycastle.asn1.cmp.InfoTypeAndValue;
import org.bouncycastle.asn1.cmp.PBMParameter;
import org.bouncycastle.asn1.cmp.PKIBody;
import org.bouncycastle.asn1.cmp.PKIFreeText;
import org.bouncycastle.asn1.cmp.PKIMessage;
import org.bouncycastle.asn1.cmp.PKIMessages;
import org.bouncycastle.asn1.cmp.PKIStatusInfo;
import org.bouncycastle.asn1.cmp.PollRepContent;
import org.bouncycastle.asn1.cmp.PollReqContent;
import org.bouncycastle.asn1.cmp.RevDetails;
import org.bouncycastle.asn1.cmp.RevRepContent;
import org.bouncycastle.asn1.cmp.RevReqContent;
import org.bouncycastle.asn1.crmf.CertId;
import org.bouncycastle.asn1.crmf.CertReqMessages;
import org.bouncycastle.asn1.crmf.CertReqMsg;
import org.bouncycastle.asn1.crmf.CertTemplateBuilder;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PBKDF2Params;
import org.bouncycastle.asn1.pkcs.PBMAC1Params;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.cmp.CertificateConfirmationContentBuilder;
import org.bouncycastle.cert.cmp.GeneralPKIMessage;
import org.bouncycastle.cert.cmp.ProtectedPKIMessage;
import org.bouncycastle.cert.cmp.ProtectedPKIMessageBuilder;
import org.bouncycastle.cert.crmf.CertificateRequestMessageBuilder;
import org.bouncycastle.cert.crmf.Control;
import org.bouncycastle.cert.crmf.PKMACBuilder;
import org.bouncycastle.cert.crmf.jcajce.JcaCertificateRequestMessageBuilder;
import org.bouncycastle.cert.crmf.jcajce.JcePKMACValuesCalculator;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.GenericKey;
import org.bouncycastle.operator.MacCalculator;
import org.bouncycastle.operator.PBEMacCalculatorProvider;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.bouncycastle.pkcs.jcajce.JcePBMac1CalculatorBuilder;
import org.bouncycastle.pkcs.jcajce.JcePBMac1CalculatorProviderBuilder;
import org.bouncycastle.util.io.pem.PemObject;

/**
 * A CMP client on Bouncy Castle, for tests: one run is one command, its arguments are NAME=VALUE.
 *
 * <pre>
 * command    ir, cr, kur or rr
 * url        of the service
 * out        a directory; certificate-N.pem and key-N.pem are written there
 * subjects   names, separated by ';': one CertReqMsg each
 * batch      true: a message for each subject instead, all in one nested message
 * secret     a file with the shared secret; with reference, and mac=pbm or pbmac1
 * cert, key  PEM files of the signer, instead of a secret
 * trusted    PEM file of the CA that certified who signs answers
 * ra, rakey  PEM files of an RA: messages travel nested in its own
 * newkey     PEM file of an EC key pair to be certified, instead of new ones
 * popo       signature or raverified
 * implicit   true: ask for implicit confirmation
 * old        PEM file of the certificate to update or to revoke
 * reason     number of the reason for a revocation
 * </pre>
 *
 * It prints one line for each event and ends with exit code 1 after an error or a refusal.
 */
public final class BouncyCmp {
    private static final Map<String, Integer> REQUESTS =
        Map.of("ir", PKIBody.TYPE_INIT_REQ, "cr", PKIBody.TYPE_CERT_REQ, "kur", PKIBody.TYPE_KEY_UPDATE_REQ);
    private static final String[] BODIES = {
        "ir", "ip", "cr", "cp", "p10cr", "popdecc", "popdecr", "kur", "kup", "krr", "krp", "rr", "rp", "ccr", "ccp",
        "ckuann", "cann", "rann", "crlann", "pkiconf", "nested", "genm", "genp", "error", "certConf", "pollReq", "pollRep"
    };
    private static final ASN1ObjectIdentifier OLD_CERT_ID = new ASN1ObjectIdentifier("1.3.6.1.5.5.7.5.1.5");
    private static final int GRANTED_WITH_MODS = 1, WAITING = 3;

    private final Map<String, String> options = new HashMap<>();
    private final SecureRandom random = new SecureRandom();
    private final BouncyCastleProvider provider = new BouncyCastleProvider();
    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private int written;
    private byte[] outerNonce;

    /** What is kept between the messages of a transaction. */
    private static final class Transaction {
        final byte[] id;
        byte[] recipNonce;
        byte[] sentNonce;
        final List<KeyPair> keys = new ArrayList<>();

        Transaction(byte[] id) {
            this.id = id;
        }
    }

    /** A MAC with its parameters: the library's own calculator names PBES2 where PBKDF2 belongs. */
    private static final class NamedMac implements MacCalculator {
        private final PBMAC1Params named;
        private final MacCalculator calculator;

        NamedMac(PBMAC1Params named, MacCalculator calculator) {
            this.named = named;
            this.calculator = calculator;
        }

        @Override
        public AlgorithmIdentifier getAlgorithmIdentifier() {
            return new AlgorithmIdentifier(PKCSObjectIdentifiers.id_PBMAC1, named);
        }

        @Override
        public OutputStream getOutputStream() {
            return calculator.getOutputStream();
        }

        @Override
        public byte[] getMac() {
            return calculator.getMac();
        }

        @Override
        public GenericKey getKey() {
            return calculator.getKey();
        }
    }

    private static final class Refused extends Exception {
        private static final long serialVersionUID = 1;

        Refused(String message) {
            super(message);
        }
    }

    public static void main(String[] arguments) throws Exception {
        BouncyCmp client = new BouncyCmp();
        for (String argument : arguments) {
            String[] parts = argument.split("=", 2);
            client.options.put(parts[0], parts[1]);
        }
        try {
            client.run();
        } catch (Refused refused) {
            say("refused: " + refused.getMessage());
            System.exit(1);
        }
    }

    private static void say(String line) {
        System.out.println(line);
    }

    private boolean is(String name) {
        return "true".equals(options.get(name));
    }

    private void run() throws Exception {
        if ("rr".equals(options.get("command"))) {
            Transaction transaction = begin();
            finishRevocation(exchange(transaction, revocation()));
            return;
        }
        String[] subjects = options.get("subjects").split(";");
        if (!is("batch")) {
            Transaction transaction = begin();
            finish(transaction, exchange(transaction, request(transaction, List.of(subjects))));
            return;
        }
        List<PKIMessage> inner = new ArrayList<>();
        List<Transaction> begun = new ArrayList<>();
        for (String subject : subjects) {
            Transaction transaction = begin();
            begun.add(transaction);
            inner.add(message(transaction, request(transaction, List.of(subject))));
        }
        List<PKIMessage> answers = send(inner);
        for (int index = 0; index < begun.size(); index++) {
            finish(begun.get(index), check(begun.get(index), answers.get(index)));
        }
    }

    private Transaction begin() {
        return new Transaction(octets(16));
    }

    private byte[] octets(int count) {
        byte[] made = new byte[count];
        random.nextBytes(made);
        return made;
    }

    // ---- bodies

    private PKIBody request(Transaction transaction, List<String> subjects) throws Exception {
        List<CertReqMsg> messages = new ArrayList<>();
        for (String subject : subjects) {
            KeyPair key = newKey();
            CertificateRequestMessageBuilder builder =
                new JcaCertificateRequestMessageBuilder(BigInteger.valueOf(messages.size()))
                    .setPublicKey(key.getPublic())
                    .setSubject(new X500Name(subject));
            if ("raverified".equals(options.get("popo"))) {
                builder.setProofOfPossessionRaVerified();
            } else {
                builder.setProofOfPossessionSigningKeySigner(signer(key.getPrivate()));
            }
            if ("kur".equals(options.get("command"))) {
                builder.addControl(oldCertificate());
            }
            messages.add(builder.build().toASN1Structure());
            transaction.keys.add(key);
        }
        CertReqMessages content = new CertReqMessages(messages.toArray(new CertReqMsg[0]));
        return new PKIBody(REQUESTS.get(options.get("command")), content);
    }

    private Control oldCertificate() throws IOException {
        X509CertificateHolder old = certificate("old");
        CertId value = new CertId(new GeneralName(old.getIssuer()), old.getSerialNumber());
        return new Control() {
            @Override
            public ASN1ObjectIdentifier getType() {
                return OLD_CERT_ID;
            }

            @Override
            public ASN1Encodable getValue() {
                return value;
            }
        };
    }

    private PKIBody revocation() throws Exception {
        X509CertificateHolder old = certificate("old");
        var template = new CertTemplateBuilder().setIssuer(old.getIssuer());
        template.setSerialNumber(new ASN1Integer(old.getSerialNumber()));
        if (!options.containsKey("reason")) {
            return new PKIBody(PKIBody.TYPE_REVOCATION_REQ, new RevReqContent(new RevDetails(template.build())));
        }
        var reason = CRLReason.lookup(Integer.parseInt(options.get("reason")));
        var extension = new Extension(Extension.reasonCode, false, reason.getEncoded());
        var details = new RevDetails(template.build(), new Extensions(extension));
        return new PKIBody(PKIBody.TYPE_REVOCATION_REQ, new RevReqContent(details));
    }

    private KeyPair newKey() throws Exception {
        if (options.containsKey("newkey")) {
            try (PEMParser parser = new PEMParser(new FileReader(options.get("newkey")))) {
                return new JcaPEMKeyConverter().setProvider(provider).getKeyPair((PEMKeyPair) parser.readObject());
            }
        }
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    // ---- messages

    private PKIMessage message(Transaction transaction, PKIBody body) throws Exception {
        boolean secret = options.containsKey("secret");
        X500Name name = secret ? new X500Name("CN=" + options.get("reference")) : certificate("cert").getSubject();
        ProtectedPKIMessageBuilder builder = builder(transaction, new GeneralName(name), body);
        if (secret) {
            builder.setSenderKID(options.get("reference").getBytes("UTF-8"));
            return builder.build(mac()).toASN1Structure();
        }
        builder.addCMPCertificate(certificate("cert"));
        return builder.build(signer(key("key"))).toASN1Structure();
    }

    private ProtectedPKIMessageBuilder builder(Transaction transaction, GeneralName sender, PKIBody body) {
        transaction.sentNonce = octets(16);
        ProtectedPKIMessageBuilder builder =
            new ProtectedPKIMessageBuilder(sender, new GeneralName(new X500Name("CN=CMP service")))
                .setMessageTime(new Date())
                .setTransactionID(transaction.id)
                .setSenderNonce(transaction.sentNonce)
                .setBody(body);
        if (transaction.recipNonce != null) {
            builder.setRecipNonce(transaction.recipNonce);
        }
        if (is("implicit")) {
            builder.addGeneralInfo(new InfoTypeAndValue(CMPObjectIdentifiers.it_implicitConfirm, DERNull.INSTANCE));
        }
        return builder;
    }

    private char[] secret() throws IOException {
        return Files.readString(Path.of(options.get("secret"))).strip().toCharArray();
    }

    private MacCalculator mac() throws Exception {
        if ("pbmac1".equals(options.get("mac"))) {
            PBMAC1Params named = pbmac1();
            return new NamedMac(named, new JcePBMac1CalculatorBuilder(named).setProvider(provider).build(secret()));
        }
        JcePKMACValuesCalculator calculator = new JcePKMACValuesCalculator().setProvider(provider);
        var sha256 = new AlgorithmIdentifier(NISTObjectIdentifiers.id_sha256);
        var hmac = new AlgorithmIdentifier(PKCSObjectIdentifiers.id_hmacWithSHA256);
        var parameters = new PBMParameter(octets(16), sha256, 1000, hmac);
        return new PKMACBuilder(calculator).setParameters(parameters).build(secret());
    }

    private PBMAC1Params pbmac1() {
        var hmac = new AlgorithmIdentifier(PKCSObjectIdentifiers.id_hmacWithSHA256, DERNull.INSTANCE);
        var derivation = new PBKDF2Params(octets(16), 1000, 32, hmac);
        return new PBMAC1Params(new AlgorithmIdentifier(PKCSObjectIdentifiers.id_PBKDF2, derivation), hmac);
    }

    private ContentSigner signer(PrivateKey key) throws Exception {
        String algorithm = switch (key.getAlgorithm()) {
            case "EC", "ECDSA" -> "SHA256withECDSA";
            case "RSA" -> "SHA256withRSA";
            default -> "Ed25519";
        };
        return new JcaContentSignerBuilder(algorithm).setProvider(provider).build(key);
    }

    private PKIMessage exchange(Transaction transaction, PKIBody body) throws Exception {
        return check(transaction, send(List.of(message(transaction, body))).get(0));
    }

    /** Sends messages, nested where there is an RA; the answers in the order of the messages. */
    private List<PKIMessage> send(List<PKIMessage> messages) throws Exception {
        for (PKIMessage message : messages) {
            say("sent " + BODIES[message.getBody().getType()]);
        }
        if (!options.containsKey("ra")) {
            return List.of(post(messages.get(0)));
        }
        Transaction outer = new Transaction(
            messages.size() == 1 ? messages.get(0).getHeader().getTransactionID().getOctets() : octets(16));
        PKIBody nested = new PKIBody(PKIBody.TYPE_NESTED, new PKIMessages(messages.toArray(new PKIMessage[0])));
        PKIMessage sent = builder(outer, new GeneralName(certificate("ra").getSubject()), nested)
            .addCMPCertificate(certificate("ra")).build(signer(key("rakey"))).toASN1Structure();
        outerNonce = outer.sentNonce;
        PKIMessage answer = post(sent);
        if (answer.getBody().getType() != PKIBody.TYPE_NESTED) {
            return List.of(answer);
        }
        verifySignature(new ProtectedPKIMessage(new GeneralPKIMessage(answer)));
        say("received nested");
        return Arrays.asList(PKIMessages.getInstance(answer.getBody().getContent()).toPKIMessageArray());
    }

    private PKIMessage post(PKIMessage message) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(options.get("url")))
            .timeout(Duration.ofSeconds(60))
            .header("Content-Type", "application/pkixcmp")
            .POST(HttpRequest.BodyPublishers.ofByteArray(message.getEncoded("DER")))
            .build();
        HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
        if (response.statusCode() != 200) {
            throw new Refused("HTTP status " + response.statusCode());
        }
        return PKIMessage.getInstance(response.body());
    }

    // ---- answers

    private PKIMessage check(Transaction transaction, PKIMessage answer) throws Exception {
        int type = answer.getBody().getType();
        say("received " + BODIES[type]);
        if (answer.getProtection() == null) {
            throw new Refused("unprotected " + BODIES[type] + (type == PKIBody.TYPE_ERROR ? " " + told(answer) : ""));
        }
        verify(new ProtectedPKIMessage(new GeneralPKIMessage(answer)));
        if (!Arrays.equals(answer.getHeader().getTransactionID().getOctets(), transaction.id)) {
            throw new Refused("another transactionID");
        }
        byte[] nonce = answer.getHeader().getRecipNonce().getOctets();
        boolean toOuter = type == PKIBody.TYPE_ERROR && Arrays.equals(nonce, outerNonce);
        if (!toOuter && !Arrays.equals(nonce, transaction.sentNonce)) {
            throw new Refused("another recipNonce");
        }
        transaction.recipNonce = answer.getHeader().getSenderNonce().getOctets();
        if (type == PKIBody.TYPE_ERROR) {
            throw new Refused(told(answer));
        }
        return answer;
    }

    private void verify(ProtectedPKIMessage answer) throws Exception {
        var algorithm = answer.getHeader().getProtectionAlg().getAlgorithm();
        boolean pbm = algorithm.equals(CMPObjectIdentifiers.passwordBasedMac);
        if (!pbm && !algorithm.equals(PKCSObjectIdentifiers.id_PBMAC1)) {
            verifySignature(answer);
            return;
        }
        if (!options.containsKey("secret")) {
            throw new Refused("a MAC, and there is no secret");
        }
        PBEMacCalculatorProvider macs = pbm
            ? new PKMACBuilder(new JcePKMACValuesCalculator().setProvider(provider))
            : new JcePBMac1CalculatorProviderBuilder().setProvider(provider).build();
        if (!answer.verify(macs, secret())) {
            throw new Refused("another MAC");
        }
        say("protected by a MAC");
    }

    private void verifySignature(ProtectedPKIMessage answer) throws Exception {
        if (!options.containsKey("trusted")) {
            throw new Refused("a signature, and no CA is trusted");
        }
        X509CertificateHolder[] sent = answer.getCertificates();
        X509CertificateHolder signer = sent.length == 0 ? certificate("trusted") : sent[0];
        var verifiers = new JcaContentVerifierProviderBuilder().setProvider(provider);
        boolean certified = signer.isSignatureValid(verifiers.build(certificate("trusted")));
        if (!certified || !answer.verify(verifiers.build(signer))) {
            throw new Refused("another signature");
        }
        say("signed by " + signer.getSubject());
    }

    private static String told(PKIMessage answer) {
        return told(ErrorMsgContent.getInstance(answer.getBody().getContent()).getPKIStatusInfo());
    }

    private static String told(PKIStatusInfo status) {
        StringBuilder text = new StringBuilder("status " + status.getStatus());
        if (status.getFailInfo() != null) {
            text.append(" failInfo ").append(status.getFailInfo().getString());
        }
        PKIFreeText free = status.getStatusString();
        for (int index = 0; free != null && index < free.size(); index++) {
            text.append(": ").append(free.getStringAtUTF8(index).getString());
        }
        return text.toString();
    }

    private void finishRevocation(PKIMessage answer) throws Exception {
        PKIStatusInfo status = RevRepContent.getInstance(answer.getBody().getContent()).getStatus()[0];
        say(told(status));
        if (status.getStatus().intValue() > GRANTED_WITH_MODS) {
            throw new Refused(told(status));
        }
    }

    private void finish(Transaction transaction, PKIMessage first) throws Exception {
        PKIMessage answer = first;
        while (waits(answer)) {
            answer = poll(transaction, answer);
        }
        CertResponse[] responses = CertRepMessage.getInstance(answer.getBody().getContent()).getResponse();
        CertificateConfirmationContentBuilder confirmation = new CertificateConfirmationContentBuilder();
        List<String> refusals = new ArrayList<>();
        for (CertResponse response : responses) {
            say(told(response.getStatus()));
            if (response.getStatus().getStatus().intValue() > GRANTED_WITH_MODS) {
                refusals.add(told(response.getStatus()));
                continue;
            }
            X509CertificateHolder issued = issued(transaction, response);
            confirmation.addAcceptedCertificate(issued, response.getCertReqId().getValue());
        }
        if (refusals.size() < responses.length && !confirmedImplicitly(answer)) {
            var digests = new JcaDigestCalculatorProviderBuilder().setProvider(provider).build();
            var content = confirmation.build(digests).toASN1Structure();
            exchange(transaction, new PKIBody(PKIBody.TYPE_CERT_CONFIRM, content));
        }
        if (!refusals.isEmpty()) {
            throw new Refused(String.join(", ", refusals));
        }
    }

    private X509CertificateHolder issued(Transaction transaction, CertResponse response) throws Exception {
        CertOrEncCert either = response.getCertifiedKeyPair().getCertOrEncCert();
        CMPCertificate certificate = either.getCertificate();
        X509CertificateHolder holder = new X509CertificateHolder(certificate.getX509v3PKCert());
        KeyPair key = transaction.keys.get(response.getCertReqId().getValue().intValue());
        var own = SubjectPublicKeyInfo.getInstance(key.getPublic().getEncoded());
        if (!holder.getSubjectPublicKeyInfo().equals(own)) {
            throw new Refused("a certificate for another key");
        }
        write("certificate-" + written, holder);
        write("key-" + written, new PemObject("PRIVATE KEY", key.getPrivate().getEncoded()));
        say("certificate " + written + " " + holder.getSubject());
        written++;
        return holder;
    }

    private static boolean waits(PKIMessage answer) {
        if (answer.getBody().getType() == PKIBody.TYPE_POLL_REP) {
            return true;
        }
        CertResponse[] responses = CertRepMessage.getInstance(answer.getBody().getContent()).getResponse();
        return Arrays.stream(responses).anyMatch(one -> one.getStatus().getStatus().intValue() == WAITING);
    }

    private PKIMessage poll(Transaction transaction, PKIMessage answer) throws Exception {
        List<BigInteger> ids = new ArrayList<>();
        if (answer.getBody().getType() == PKIBody.TYPE_POLL_REP) {
            PollRepContent content = PollRepContent.getInstance(answer.getBody().getContent());
            for (int index = 0; index < content.size(); index++) {
                ids.add(content.getCertReqId(index).getValue());
            }
            say("waits " + content.getCheckAfter(0).getValue() + " s");
            Thread.sleep(content.getCheckAfter(0).getValue().longValueExact() * 1000);
        } else {
            for (CertResponse one : CertRepMessage.getInstance(answer.getBody().getContent()).getResponse()) {
                if (one.getStatus().getStatus().intValue() == WAITING) {
                    ids.add(one.getCertReqId().getValue());
                }
            }
        }
        var content = new PollReqContent(ids.toArray(new BigInteger[0]));
        return exchange(transaction, new PKIBody(PKIBody.TYPE_POLL_REQ, content));
    }

    private static boolean confirmedImplicitly(PKIMessage answer) {
        InfoTypeAndValue[] infos = answer.getHeader().getGeneralInfo();
        return infos != null
            && Arrays.stream(infos).anyMatch(info -> info.getInfoType().equals(CMPObjectIdentifiers.it_implicitConfirm));
    }

    // ---- files

    private X509CertificateHolder certificate(String option) throws IOException {
        try (PEMParser parser = new PEMParser(new FileReader(options.get(option)))) {
            return (X509CertificateHolder) parser.readObject();
        }
    }

    private PrivateKey key(String option) throws IOException {
        try (PEMParser parser = new PEMParser(new FileReader(options.get(option)))) {
            Object found = parser.readObject();
            PrivateKeyInfo info = found instanceof PEMKeyPair pair ? pair.getPrivateKeyInfo() : (PrivateKeyInfo) found;
            return new JcaPEMKeyConverter().setProvider(provider).getPrivateKey(info);
        }
    }

    private void write(String name, Object object) throws IOException {
        Path path = Path.of(options.get("out"), name + ".pem");
        try (JcaPEMWriter writer = new JcaPEMWriter(new FileWriter(path.toFile()))) {
            writer.writeObject(object);
        }
    }
}
