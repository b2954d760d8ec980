//! Random bytes, from which `calloff-core` mints identifiers and keys.

/// The browser gave no random bytes. Without them no identifier can be minted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this browser gives no random numbers ({0}); update it or use another one")]
pub struct NoRandomness(String);

/// `N` bytes from `crypto.getRandomValues`, good enough for identifiers and secrets.
pub fn random_bytes<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| NoRandomness(error.to_string()))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_differ_from_call_to_call() {
        assert_ne!(random_bytes::<16>().unwrap(), random_bytes::<16>().unwrap());
    }
}
