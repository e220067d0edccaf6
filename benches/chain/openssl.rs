//! OpenSSL's `X509_STORE`.

use benches::paths::{HOST, NOW};
use openssl::{
    stack::Stack,
    x509::{
        X509, X509PurposeId, X509StoreContext,
        store::{X509Store, X509StoreBuilder},
        verify::X509VerifyParam,
    },
};

pub(crate) struct Prepared {
    store: X509Store,
    leaf: X509,
    intermediates: Stack<X509>,
}

pub(crate) fn cold(der: &[Vec<u8>]) {
    validate(&prepare(der));
}

pub(crate) fn prepare(der: &[Vec<u8>]) -> Prepared {
    let [anchor, intermediates @ .., leaf] = der else { unreachable!() };
    let read = |der: &Vec<u8>| X509::from_der(der).unwrap();
    let mut parameters = X509VerifyParam::new().unwrap();
    parameters.set_host(HOST).unwrap();
    parameters.set_time(NOW.as_seconds());
    parameters.set_purpose(X509PurposeId::SSL_SERVER).unwrap();
    let mut store = X509StoreBuilder::new().unwrap();
    store.add_cert(read(anchor)).unwrap();
    store.set_param(&parameters).unwrap();
    let mut stack = Stack::new().unwrap();
    intermediates.iter().for_each(|der| stack.push(read(der)).unwrap());
    Prepared { store: store.build(), leaf: read(leaf), intermediates: stack }
}

pub(crate) fn validate(prepared: &Prepared) {
    let mut context = X509StoreContext::new().unwrap();
    let valid = context.init(&prepared.store, &prepared.leaf, &prepared.intermediates, |context| context.verify_cert());
    assert!(valid.unwrap());
}
