//! Sign-in with the organisation's own provider: OpenID Connect, authorization code flow with PKCE.
//!
//! The provider says who a person is, never what they may do. An administrator must have added the
//! person before. The account is linked to that person by a verified e-mail address at the first
//! sign-in, and by issuer and subject from then on. Signing in never adds a person.

mod settings;

use std::time::Duration;

use chrono::{DateTime, Utc};
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreIdToken, CoreIdTokenClaims, CoreJwsSigningAlgorithm,
    CoreProviderMetadata,
};
use openidconnect::{
    AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, Nonce, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope,
    TokenResponse as _, reqwest,
};
use tokio::sync::Mutex;

pub use settings::{ProviderSettings, SettingsError};

/// The path to which the provider sends people back.
pub const CALLBACK_PATH: &str = "/api/sign-in/callback";

/// The longest time that the provider may take for one answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// How long the provider's metadata and keys are used, in milliseconds: ten minutes. An unknown key
/// is fetched at once.
const METADATA_MILLIS: i64 = 10 * 60 * 1000;

/// How far the provider's clock may be ahead of ours, in milliseconds.
const CLOCK_MILLIS: i64 = 2 * 60 * 1000;

/// The algorithms that may sign an ID token. All of them use public keys; `none` and shared secrets
/// are not allowed.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Why the provider did not sign a person in.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// The provider cannot be reached, or its metadata cannot be used.
    #[error("the sign-in provider cannot be used: {0}")]
    Unavailable(String),
    /// The provider does not accept the code.
    #[error("the sign-in provider did not accept the code: {0}")]
    Code(String),
    /// The provider's token is not valid.
    #[error("the sign-in provider's token is not valid: {0}")]
    Token(String),
}

/// A person's account at the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The provider.
    pub issuer: String,
    /// The identifier of the account there. It is never given to another person.
    pub subject: String,
    /// The e-mail address in lower case, if the provider says that it was verified.
    pub email: Option<String>,
}

/// A sign-in that has begun. It is stored until the person comes back.
pub struct Begun {
    /// The address to which the person goes.
    pub url: String,
    /// The identifier of this sign-in, which is in the address when the person comes back.
    pub state: String,
    /// A random text that the token of this sign-in must have.
    pub nonce: String,
    /// Proves to the provider that the same party asked for the code and brings it back.
    pub verifier: String,
}

/// The organisation's sign-in provider.
pub struct Provider {
    settings: ProviderSettings,
    redirect: RedirectUrl,
    http: reqwest::Client,
    metadata: Mutex<Option<(i64, CoreProviderMetadata)>>,
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Provider({})", self.settings.issuer.as_str())
    }
}

impl Provider {
    /// A provider that sends people back to the server at `public_url`.
    ///
    /// # Errors
    /// `public_url` is not an address.
    pub fn new(settings: ProviderSettings, public_url: &str) -> Result<Self, SettingsError> {
        let redirect =
            RedirectUrl::new(format!("{}{CALLBACK_PATH}", public_url.trim_end_matches('/')))
                .map_err(|error| {
                    SettingsError::Address(public_url.to_owned(), error.to_string())
                })?;
        // With redirects, the provider's answers could come from anywhere.
        let http = reqwest::ClientBuilder::new()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(TIMEOUT)
            .build();
        let http = http.map_err(|error| SettingsError::Http(error.to_string()))?;
        Ok(Self { settings, redirect, http, metadata: Mutex::new(None) })
    }

    /// The text on the button.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.settings.label
    }

    /// Begins a sign-in. State, nonce and PKCE verifier have 256 random bits each.
    ///
    /// # Errors
    /// [`ProviderError::Unavailable`] when the provider cannot be used.
    pub async fn begin(&self, now: i64) -> Result<Begun, ProviderError> {
        let client = self.client(now, false).await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let random = || CsrfToken::new_random_len(32);
        let nonce = || Nonce::new_random_len(32);
        let mut request =
            client.authorize_url(CoreAuthenticationFlow::AuthorizationCode, random, nonce);
        for scope in &self.settings.scopes {
            request = request.add_scope(Scope::new(scope.clone()));
        }
        let (url, state, nonce) = request.set_pkce_challenge(challenge).url();
        Ok(Begun {
            url: url.into(),
            state: state.into_secret(),
            nonce: nonce.secret().clone(),
            verifier: verifier.into_secret(),
        })
    }

    /// Exchanges the code of a person who came back for their account.
    ///
    /// # Errors
    /// [`ProviderError`] when the provider does not sign the person in.
    pub async fn finish(
        &self,
        code: String,
        verifier: String,
        nonce: String,
        now: i64,
    ) -> Result<Account, ProviderError> {
        let client = self.client(now, false).await?;
        let request = client.exchange_code(AuthorizationCode::new(code));
        let request = request.map_err(|error| ProviderError::Unavailable(error.to_string()))?;
        let request = request.set_pkce_verifier(PkceCodeVerifier::new(verifier));
        let response = request
            .request_async(&self.http)
            .await
            .map_err(|error| ProviderError::Code(error.to_string()))?;
        let token =
            response.id_token().ok_or_else(|| ProviderError::Token("there is none".to_owned()))?;
        let nonce = Nonce::new(nonce);
        let claims = match claims(&client, token, &nonce, now) {
            Ok(claims) => claims.clone(),
            // The provider may have changed its key in the meantime.
            Err(_) => {
                let client = self.client(now, true).await?;
                claims(&client, token, &nonce, now).map_err(ProviderError::Token)?.clone()
            }
        };
        let is_verified = claims.email_verified() == Some(true);
        Ok(Account {
            issuer: claims.issuer().to_string(),
            subject: claims.subject().to_string(),
            email: claims.email().filter(|_| is_verified).map(|email| email.to_lowercase()),
        })
    }

    async fn client(&self, now: i64, is_anew: bool) -> Result<Client, ProviderError> {
        let mut kept = self.metadata.lock().await;
        let fresh =
            kept.as_ref().filter(|(at, _)| !is_anew && now.saturating_sub(*at) < METADATA_MILLIS);
        let metadata = match fresh {
            Some((_, metadata)) => metadata.clone(),
            None => {
                let found =
                    CoreProviderMetadata::discover_async(self.settings.issuer.clone(), &self.http)
                        .await;
                let found = found.map_err(|error| ProviderError::Unavailable(error.to_string()))?;
                kept.insert((now, found)).1.clone()
            }
        };
        let id = ClientId::new(self.settings.client_id.clone());
        let secret = self.settings.client_secret.clone().map(ClientSecret::new);
        Ok(CoreClient::from_provider_metadata(metadata, id, secret)
            .set_redirect_uri(self.redirect.clone()))
    }
}

/// Checks the signature by a key of the provider, issuer, audience, expiry, issue time and nonce.
fn claims<'t>(
    client: &Client,
    token: &'t CoreIdToken,
    nonce: &Nonce,
    now: i64,
) -> Result<&'t CoreIdTokenClaims, String> {
    let time =
        |millis: i64| DateTime::from_timestamp_millis(millis).unwrap_or(DateTime::<Utc>::MIN_UTC);
    let verifier = client
        .id_token_verifier()
        .set_allowed_algs(ALGORITHMS)
        .set_time_fn(move || time(now))
        .set_issue_time_verifier_fn(move |issued| {
            if issued <= time(now.saturating_add(CLOCK_MILLIS)) {
                Ok(())
            } else {
                Err("issued in the future".to_owned())
            }
        });
    token.claims(&verifier, nonce).map_err(|error| error.to_string())
}
