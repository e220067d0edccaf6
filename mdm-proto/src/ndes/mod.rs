//! Microsoft's NDES, from outside: its page of passwords, its addresses, its cache.
//!
//! Whoever runs an NDES for devices asks its admin page for a password, gives it to one device, and has to do so within the hour,
//! five at a time. The page is made for people: HTML, in UTF-16 or UTF-8, in the language of the server. [`AdminPage`] reads
//! it; Okta's page, which imitates it, too. [`NdesUrl`] makes one address from the other. [`PasswordCache`] says when to ask.
//!
//! ```
//! use mdm_proto::ndes::{AdminPage, NdesUrl, PasswordKind};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let url = NdesUrl::parse("https://ndes.example.com/certsrv/mscep/mscep.dll/pkiclient.exe")?;
//! assert_eq!(url.enrolment(), "https://ndes.example.com/certsrv/mscep/mscep.dll");
//! assert_eq!(url.admin(), "https://ndes.example.com/certsrv/mscep_admin/");
//!
//! // The caller gets the page, by NTLM or Basic authentication.
//! let page = b"<P> The thumbprint (hash value) for the CA certificate is: <B> 90015098 3CD24FB0 D6963F7D 28E17F72 </B>
//!     <P> The enrollment challenge password is: <B> 0123456789ABCDEF </B>
//!     <P> This password can be used only once and will expire within 60 minutes. <P>";
//! let AdminPage::Password(password) = AdminPage::read_body(page) else { unreachable!() };
//! assert_eq!(password.challenge().expose(), "0123456789ABCDEF");
//! assert_eq!(password.kind(), PasswordKind::OneTime);
//! # Ok(())
//! # }
//! ```

mod cache;
mod markup;
mod page;
mod text;
mod url;

pub use cache::{CacheAdvice, PasswordCache};
pub use page::{AdminPage, NdesPassword, PasswordKind, Phrases};
pub(crate) use url::without_client;
pub use url::{InvalidUrl, NdesUrl, clean_scep_url};
