//! Alternative names out of records.

use pki_core::{
    DecodeError, DecodeErrorKind, GeneralName, GeneralNamesBuilder,
    der::{Reader, SequenceOf},
};
use scep::server::Names;

/// With the alternative names in the contents of `GeneralNames`.
pub(crate) fn with_alternative(names: Names, contents: Reader<'_>) -> Result<Names, DecodeError> {
    let invalid = contents.error(DecodeErrorKind::InvalidValue);
    let alternative = SequenceOf::<GeneralName<'_>>::from_contents(contents)?;
    let alternative: GeneralNamesBuilder = alternative.iter().collect();
    names.with_alternative(alternative).map_err(|_| invalid)
}
