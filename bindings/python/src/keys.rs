//! Public keys, as the rosters name them.

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::buffer::AnyBuffer;
use crate::convert::Name;
use crate::fault::Answer;
use crate::record::hash;

macro_rules! public_key {
    ($(#[$doc:meta])* $name:ident, $owner:ident: $owner_type:ty) => {
        $(#[$doc])*
        #[pyclass(frozen, eq, module = "vlec")]
        #[derive(Clone, PartialEq)]
        pub struct $name(pub(crate) vlec::$name);

        #[pymethods]
        impl $name {
            /// Parses and checks the bytes of a key.
            ///
            /// Raises `MalformedError` for a wrong length, or a key that the suite refuses.
            #[staticmethod]
            fn decode($owner: Name<$owner_type>, key: AnyBuffer<'_>) -> Answer<Self> {
                Ok(Self(vlec::$name::from_bytes($owner.0, key.as_slice())?))
            }

            /// The bytes of the key.
            fn encode<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
                PyBytes::new(py, &self.0.to_bytes())
            }

            /// The key's id, 64 hexadecimal digits.
            #[getter]
            fn id(&self) -> String {
                self.0.id().to_string()
            }

            /// The form that two people read to each other.
            #[getter]
            fn fingerprint(&self) -> String {
                self.0.id().fingerprint()
            }

            fn __hash__(slf: &Bound<'_, Self>) -> PyResult<isize> {
                hash(slf.as_any(), &["id"])
            }

            fn __repr__(&self) -> String {
                format!(concat!(stringify!($name), "({}…)"), self.0.id().fingerprint())
            }
        }
    };
}

public_key! {
    /// The public half of one of a country's root keys.
    RootPublicKey, country: vlec::Country
}
public_key! {
    /// The public half of a country's log key pair.
    LogPublicKey, country: vlec::Country
}
public_key! {
    /// The public half of a country's witness key pair.
    WitnessPublicKey, country: vlec::Country
}
public_key! {
    /// The public half of an agency's identity: it verifies what was signed once.
    IdentityKey, agency: vlec::AgencyId
}
