//! The settings file of the sign-in provider.

use std::path::{Path, PathBuf};

use openidconnect::IssuerUrl;
use serde::Deserialize;

/// Why the provider's settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A file cannot be read.
    #[error("{path}: {source}")]
    File {
        /// The path of the file.
        path: String,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// The file does not have valid settings.
    #[error("{path}: {reason}")]
    Malformed {
        /// The path of the file.
        path: String,
        /// The error and its place.
        reason: String,
    },
    /// The issuer has an address without encryption.
    #[error(
        "the issuer {0} does not begin with https://: somebody on the network could sign in as \
         anybody"
    )]
    NotHttps(String),
    /// The text is not an address.
    #[error("{0} is not an address: {1}")]
    Address(String, String),
    /// The HTTPS client cannot be made.
    #[error("no HTTPS client: {0}")]
    Http(String),
}

/// The provider, and the settings of Calloff there.
#[derive(Clone)]
pub struct ProviderSettings {
    /// The issuer, exactly as the provider writes it.
    pub issuer: IssuerUrl,
    /// The client identifier of Calloff.
    pub client_id: String,
    /// The client secret of Calloff; `None` for a public client.
    pub client_secret: Option<String>,
    /// The text on the button: "Sign in with …".
    pub label: String,
    /// The scopes to request beside `openid`.
    pub scopes: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    issuer: String,
    client_id: String,
    client_secret: Option<String>,
    client_secret_file: Option<PathBuf>,
    label: String,
    #[serde(default = "email")]
    scopes: Vec<String>,
}

fn email() -> Vec<String> {
    vec!["email".to_owned()]
}

impl ProviderSettings {
    /// Reads the settings from a TOML file.
    ///
    /// # Errors
    /// [`SettingsError`] when the settings cannot be used.
    pub fn read(path: &Path) -> Result<Self, SettingsError> {
        let file: File =
            toml::from_str(&read(path)?).map_err(|error| malformed(path, error.to_string()))?;
        let client_secret = match (file.client_secret, file.client_secret_file) {
            (Some(_), Some(_)) => {
                return Err(malformed(path, "give client_secret or client_secret_file, not both"));
            }
            (None, Some(file)) => Some(read(&file)?.trim().to_owned()),
            (secret, None) => secret,
        };
        let issuer = IssuerUrl::new(file.issuer.clone())
            .map_err(|error| SettingsError::Address(file.issuer.clone(), error.to_string()))?;
        let host = issuer.url().host_str().unwrap_or_default();
        if issuer.url().scheme() != "https" && !matches!(host, "localhost" | "127.0.0.1" | "[::1]")
        {
            return Err(SettingsError::NotHttps(file.issuer));
        }
        Ok(Self {
            issuer,
            client_id: file.client_id,
            client_secret,
            label: file.label,
            scopes: file.scopes,
        })
    }
}

fn read(path: &Path) -> Result<String, SettingsError> {
    std::fs::read_to_string(path)
        .map_err(|source| SettingsError::File { path: path.display().to_string(), source })
}

fn malformed(path: &Path, reason: impl Into<String>) -> SettingsError {
    SettingsError::Malformed { path: path.display().to_string(), reason: reason.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ProviderSettings, SettingsError> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("secret"), "s3cret\n").unwrap();
        let text = text.replace("FOLDER", &folder.path().display().to_string());
        let path = folder.path().join("oidc.toml");
        std::fs::write(&path, text).unwrap();
        ProviderSettings::read(&path)
    }

    #[test]
    fn a_file_names_the_provider_and_a_secret_may_stand_in_one_of_its_own() {
        let whole = "issuer = 'https://id.example.org'\nclient_id = 'calloff'\nlabel = 'Example'\n";
        let settings = parse(&format!("{whole}client_secret_file = 'FOLDER/secret'")).unwrap();
        assert_eq!(settings.client_secret.as_deref(), Some("s3cret"));
        assert_eq!(settings.scopes, ["email"]);
        let wrong = [
            format!("{whole}client_secret = 'a'\nclient_secret_file = 'FOLDER/secret'"),
            format!("{whole}cleint_secret = 'a'"),
            format!("{whole}client_secret_file = 'FOLDER/none'"),
            "issuer = 'https://id.example.org'".to_owned(),
        ];
        for text in wrong {
            assert!(parse(&text).is_err(), "{text}");
        }
        let plain = parse(&whole.replace("https", "http"));
        assert!(matches!(plain, Err(SettingsError::NotHttps(_))));
        assert!(
            parse(&whole.replace("https://id.example.org", "http://127.0.0.1:9")).is_ok(),
            "for a try on one machine"
        );
    }
}
