//! Bodies made and read by the `openssl` program. Skipped, loudly, where there is none.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use conformance::{fixtures, skipped};
use mdm_proto::est::{
    ChannelBinding, CsrAttributes, Function, HttpRequest, HttpResponse,
    client::{Call, Config, EnrolReply},
    server::{Authorized, Connection, Operation},
};
use pki_core::{
    Csr, CsrBuilder,
    crypto::{Signer, rustcrypto::PROVIDER},
    oid,
};
use scep::http::Method;

use crate::{certificate, csr, enrol, receive, root};

/// Standard output of `openssl` with this input; `None` where there is no such program.
fn openssl(arguments: &[&str], input: &[u8]) -> Option<Vec<u8>> {
    let child = Command::new("openssl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        skipped("there is no openssl program");
        return None;
    };
    child.stdin.take().expect("a pipe").write_all(input).expect("to write");
    let output = child.wait_with_output().expect("to end");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    Some(output.stdout)
}

fn text(output: &[u8]) -> String {
    String::from_utf8_lossy(output).into_owned()
}

/// Into DER by `openssl base64`; `-A` for one line, as we send it.
fn decoded(body: &[u8]) -> Option<Vec<u8>> {
    openssl(&["base64", "-d", "-A"], body)
}

#[test]
fn openssl_reads_our_request() {
    let key = fixtures::ec_key();
    let binding = ChannelBinding::new(&[7; 32]).unwrap();
    let builder = CsrBuilder::new(fixtures::name("a"), Signer::public_key(key).clone());
    let csr = fixtures::sign_csr(&builder.with_challenge_password(&binding.to_challenge_password()), key);
    let call = Call::simple_enroll(&Config::new(PROVIDER), &csr);
    let Some(der) = decoded(&call.request().body) else { return };
    let Some(shown) = openssl(&["req", "-inform", "DER", "-verify", "-noout", "-text"], &der) else { return };
    let shown = text(&shown);
    assert!(shown.contains("O = Example, CN = a"), "{shown}");
    // The base64 of 32 octets of 7.
    assert!(shown.contains("challengePassword        :BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="), "{shown}");
}

#[test]
fn we_read_requests_of_openssl() {
    let key = fixtures::client_key().to_pkcs8_der();
    let dir = std::env::temp_dir().join(format!("est-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let file = dir.join("key.pem");
    std::fs::write(&file, pki_core::pem::encode("PRIVATE KEY", key.expose())).unwrap();
    let arguments = ["req", "-new", "-batch", "-subj", "/O=Example/CN=device", "-outform", "DER", "-key"];
    let made = openssl(&[&arguments[..], &[file.to_str().unwrap()]].concat(), b"");
    std::fs::remove_dir_all(&dir).unwrap();
    let Some(der) = made else { return };
    // In lines of 64 characters, and in one.
    for wrap in [&["base64"][..], &["base64", "-A"]] {
        let Some(body) = openssl(wrap, &der) else { return };
        let request = HttpRequest::new(Method::Post, Function::SimpleEnroll.path(None), body)
            .with_content_type("application/pkcs10");
        let enrol = enrol(&request, &Connection::new());
        assert_eq!(enrol.csr(), &Csr::from_der(&der).unwrap());
        assert_eq!(enrol.csr().subject().to_string(), fixtures::name("device").as_ref().to_string());
    }
}

#[test]
fn openssl_reads_our_certificates() {
    let key = fixtures::client_key();
    let call = Call::simple_enroll(&Config::new(PROVIDER), &csr("a", key));
    let enrol = enrol(call.request(), &Connection::new());
    let authorized = Authorized::manually(enrol.digest());
    let issued = enrol.issue(&authorized, &certificate("a", key)).unwrap();
    let Ok(Operation::CaCerts(asked)) = receive(Call::ca_certificates(&Config::new(PROVIDER)).request()) else {
        panic!()
    };
    let authorities = asked.answer(&[root(), certificate("b", key)]);
    for (response, expected) in [(issued, vec!["CN = a"]), (authorities, vec!["CN = Root", "CN = b"])] {
        let Some(der) = decoded(&response.body) else { return };
        let Some(shown) = openssl(&["pkcs7", "-inform", "DER", "-print_certs", "-noout"], &der) else { return };
        let shown = text(&shown);
        let subjects: Vec<_> = shown.lines().filter(|line| line.starts_with("subject")).collect();
        assert_eq!(subjects.len(), expected.len(), "{shown}");
        assert!(subjects.iter().zip(expected).all(|(line, name)| line.ends_with(name)), "{shown}");
    }
}

#[test]
fn we_read_certificates_of_openssl() {
    let key = fixtures::client_key();
    let [issued, root] = [certificate("a", key), root()];
    let dir = std::env::temp_dir().join(format!("est-certs-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let files = [(&issued, dir.join("issued.pem")), (&root, dir.join("root.pem"))];
    for (certificate, file) in &files {
        std::fs::write(file, certificate.to_pem()).unwrap();
    }
    let crl2pkcs7 = |files: &[&str]| {
        let arguments = ["crl2pkcs7", "-nocrl", "-outform", "DER"];
        let files = files.iter().flat_map(|file| ["-certfile", file]);
        let der = openssl(&arguments.into_iter().chain(files).collect::<Vec<_>>(), b"")?;
        openssl(&["base64"], &der)
    };
    let [issued_file, root_file] = files.each_ref().map(|(_, file)| file.to_str().unwrap());
    let bodies = (crl2pkcs7(&[issued_file]), crl2pkcs7(&[root_file, issued_file]));
    std::fs::remove_dir_all(&dir).unwrap();
    let (Some(enrolled), Some(authorities)) = bodies else { return };
    let reply = |body: Vec<u8>| HttpResponse::new(200, "application/pkcs7-mime; smime-type=certs-only", body);
    let call = Call::simple_enroll(&Config::new(PROVIDER), &csr("a", key));
    assert_eq!(call.finish(&reply(enrolled)), Ok(EnrolReply::Issued(issued.clone())));
    let bag = Call::ca_certificates(&Config::new(PROVIDER)).finish(&reply(authorities)).unwrap();
    assert_eq!(bag.certificates(), [root, issued]);
}

#[test]
fn openssl_reads_our_attributes() {
    let curve = pki_core::der::Writer::encode(|w| w.oid(oid::SECP384R1));
    let attributes = CsrAttributes::new()
        .add_oid(oid::CHALLENGE_PASSWORD)
        .add_attribute(oid::EC_PUBLIC_KEY, &[&curve])
        .unwrap()
        .add_oid(oid::ECDSA_WITH_SHA384);
    let Ok(Operation::CsrAttributes(asked)) = receive(Call::csr_attributes(&Config::new(PROVIDER)).request()) else {
        panic!()
    };
    let Some(der) = decoded(&asked.answer(&attributes).body) else { return };
    let Some(shown) = openssl(&["asn1parse", "-inform", "DER"], &der) else { return };
    let shown = text(&shown);
    for name in [":challengePassword", ":id-ecPublicKey", ":secp384r1", ":ecdsa-with-SHA384"] {
        assert!(shown.contains(name), "{name} in {shown}");
    }
}

#[test]
fn we_read_attributes_of_openssl() {
    let dir = std::env::temp_dir().join(format!("est-attributes-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let (config, out) = (dir.join("attributes.cnf"), dir.join("attributes.der"));
    let text = "asn1 = SEQUENCE:attributes\n[attributes]\nlinking = OID:challengePassword\nkey = SEQUENCE:key\n\
                digest = OID:ecdsa-with-SHA384\n[key]\ntype = OID:id-ecPublicKey\nvalues = SET:curve\n\
                [curve]\nname = OID:secp384r1\n";
    std::fs::write(&config, text).unwrap();
    let arguments = ["asn1parse", "-noout", "-genconf", config.to_str().unwrap(), "-out", out.to_str().unwrap()];
    let made = openssl(&arguments, b"").map(|_| std::fs::read(&out).unwrap());
    std::fs::remove_dir_all(&dir).unwrap();
    let Some(body) = made.and_then(|der| openssl(&["base64"], &der)) else { return };
    let reply = HttpResponse::new(200, "application/csrattrs", body);
    let attributes = Call::csr_attributes(&Config::new(PROVIDER)).finish(&reply).unwrap();
    assert!(attributes.wants_linking());
    assert_eq!(attributes.key_kind(), Some(pki_core::KeyKind::P384));
    assert!(attributes.oids().any(|oid| oid == oid::ECDSA_WITH_SHA384));
}
