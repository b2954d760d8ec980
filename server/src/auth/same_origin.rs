//! Refuses requests that other sites cause, when they are authenticated by a cookie.

use axum::http::{HeaderMap, header};

use crate::error::ServiceError;

/// The header in which browsers say where a request comes from (Fetch Metadata), on HTTPS and on
/// the local host.
const SEC_FETCH_SITE: &str = "sec-fetch-site";

/// Checks that a request which changes something comes from one of our own pages. It uses
/// `Sec-Fetch-Site`, or `Origin` when that is missing. Every browser sends `Origin` with such a
/// request, and no page can forge it. A client that sends neither is not a browser with a session.
///
/// `public_origin` is the address that people type to reach us, if it was configured, because a
/// proxy may have changed `Host`.
///
/// # Errors
/// [`ServiceError::Forbidden`] when the request comes from somewhere else.
pub fn check_same_origin(
    headers: &HeaderMap,
    public_origin: Option<&str>,
) -> Result<(), ServiceError> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let is_ours = match (text(SEC_FETCH_SITE), text(header::ORIGIN.as_str())) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => {
            let is_host =
                |host| origin.split_once("://").is_some_and(|(_, authority)| authority == host);
            public_origin == Some(origin) || text(header::HOST.as_str()).is_some_and(is_host)
        }
        (None, None) => false,
    };
    if is_ours { Ok(()) } else { Err(ServiceError::Forbidden(REFUSAL.to_owned())) }
}

const REFUSAL: &str = "this did not come from one of Calloff's own pages; a program sends \
                       Calloff's address as Origin";

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn is_ours(pairs: &[(&'static str, &'static str)]) -> bool {
        let headers = pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)));
        check_same_origin(&headers.collect(), Some("https://calloff.example.org")).is_ok()
    }

    #[test]
    fn only_our_own_pages_change_anything() {
        let host = ("host", "10.0.0.5:8080");
        assert!(is_ours(&[host, ("origin", "http://10.0.0.5:8080")]));
        assert!(is_ours(&[host, ("origin", "https://calloff.example.org")]), "behind a proxy");
        assert!(is_ours(&[
            host,
            ("sec-fetch-site", "same-origin"),
            ("origin", "https://proxied.example")
        ]));
        for site in ["cross-site", "same-site", "none", ""] {
            assert!(
                !is_ours(&[host, ("sec-fetch-site", site), ("origin", "http://10.0.0.5:8080")]),
                "{site}"
            );
        }
        let others = [
            "null",
            "",
            "http://10.0.0.5",
            "http://evil.example",
            "http://evil.example/10.0.0.5:8080",
        ];
        for origin in others {
            assert!(!is_ours(&[host, ("origin", origin)]), "{origin}");
        }
        assert!(!is_ours(&[host]), "nothing said");
        assert!(!is_ours(&[("origin", "http://10.0.0.5:8080")]), "no host");
    }
}
