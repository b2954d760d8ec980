//! The network address of a request.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use calloff_core::wire::Actor;

use super::{CallingTablet, Permitted};
use crate::state::AppState;
use crate::storage::audit::Doing;

/// The address of a request: that of the connection, or behind a proxy the one in the configured
/// header. Empty when neither is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientAddress(pub String);

impl FromRequestParts<AppState> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        let address = match &state.settings.client_address_header {
            // The caller can write addresses in front. The last one is from the proxy.
            Some(header) => parts
                .headers
                .get_all(header)
                .iter()
                .next_back()
                .and_then(|value| value.to_str().ok())
                .and_then(|value| value.rsplit(',').next())
                .and_then(parse_address),
            None => parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip()),
        };
        Ok(Self(address.map(|address| subject(address.to_canonical())).unwrap_or_default()))
    }
}

/// Reads an address as proxies write it: with a port or without, IPv6 perhaps in brackets.
fn parse_address(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip()))
}

/// One IPv6 subscriber has a whole /64, so all its addresses count as one.
fn subject(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

impl ClientAddress {
    /// An act of `by` now, from this address.
    #[must_use]
    pub fn doing(&self, by: Actor, state: &AppState) -> Doing {
        Doing { by, at: state.now(), from: self.0.clone() }
    }
}

/// The address by which people reach the server, for a link: the configured one, or that of the
/// page that sent the request. The request came from our own page, so its origin is such an
/// address.
#[must_use]
pub fn origin_of_page<'a>(state: &'a AppState, headers: &'a HeaderMap) -> &'a str {
    let page = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    state.settings.public_origin.as_deref().or(page).unwrap_or_default()
}

impl Permitted {
    /// An act of the person now.
    #[must_use]
    pub fn doing(&self, from: &ClientAddress, state: &AppState) -> Doing {
        from.doing(Actor::Person(self.person.id.clone()), state)
    }
}

impl CallingTablet {
    /// An act of the tablet now.
    #[must_use]
    pub fn doing(&self, from: &ClientAddress, state: &AppState) -> Doing {
        from.doing(Actor::Tablet(self.0.id), state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_with_and_without_port_and_brackets() {
        let read = |text| parse_address(text).map(|address| address.to_string());
        for text in ["203.0.113.7", " 203.0.113.7:51234 ", "\"203.0.113.7:51234\""] {
            assert_eq!(read(text).as_deref(), Some("203.0.113.7"), "{text}");
        }
        for text in ["2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:443", "\"[2001:db8::1]:443\""] {
            assert_eq!(read(text).as_deref(), Some("2001:db8::1"), "{text}");
        }
        for text in ["", "unknown", "203.0.113.7:", "203.0.113.7:99999", "[203.0.113.7", "a:b"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
