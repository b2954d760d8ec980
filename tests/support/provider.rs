use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD as BASE64};
use calloff_server::auth::{Provider, ProviderSettings};
use p256::ecdsa::signature::Signer as _;
use rsa::pkcs1v15;
use rsa::signature::SignatureEncoding as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// The client identifier of Calloff at the provider.
const CLIENT: &str = "calloff";
/// The client secret of Calloff at the provider.
const SECRET: &str = "between us";
/// The address by which people reach Calloff.
const CALLOFF: &str = "https://calloff.example.org";

/// A sign-in provider on this machine. It has discovery, keys, and a token endpoint that checks
/// client, redirect, PKCE, and that a code is used once. Its sign-in page is
/// [`TestProvider::authorize`]. The test chooses the account and the fault.
pub struct TestProvider {
    issuer: String,
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    issuer: String,
    key: Key,
    key_id: u32,
    codes: HashMap<String, Granted>,
    issued: u32,
}

/// The key with which the provider signs.
#[derive(Clone)]
enum Key {
    Es256(p256::ecdsa::SigningKey),
    Rs256(Box<rsa::RsaPrivateKey>),
}

struct Granted {
    challenge: String,
    redirect: String,
    token: Option<String>,
}

/// The person who signs in at the provider.
#[derive(Debug, Clone, Copy)]
pub struct Who {
    /// The account.
    pub subject: &'static str,
    /// Its e-mail address.
    pub email: &'static str,
    /// Whether the provider has verified it.
    pub is_verified: bool,
}

/// The fault of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Twist {
    /// No fault.
    None,
    /// It belongs to another sign-in.
    Nonce,
    /// It has no nonce.
    NoNonce,
    /// It is for another client.
    Audience,
    /// It is for us and for another client.
    AudienceBeside,
    /// Another provider issued it.
    Issuer,
    /// It has expired.
    Expired,
    /// It was issued tomorrow.
    Future,
    /// It is not signed.
    AlgNone,
    /// It is signed with the shared secret.
    AlgSecret,
    /// It is signed with a key of somebody else.
    OtherKey,
    /// Its claims were changed after it was signed.
    Tampered,
    /// There is no token.
    NoToken,
}

impl Twist {
    /// All faults.
    pub const WRONG: [Self; 12] = [
        Self::Nonce,
        Self::NoNonce,
        Self::Audience,
        Self::AudienceBeside,
        Self::Issuer,
        Self::Expired,
        Self::Future,
        Self::AlgNone,
        Self::AlgSecret,
        Self::OtherKey,
        Self::Tampered,
        Self::NoToken,
    ];
}

impl TestProvider {
    /// Starts a provider that signs with a P-256 key.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let issuer = format!("http://{}", listener.local_addr().expect("an address"));
        let key = Key::Es256(ec_key(7));
        let inner =
            Inner { issuer: issuer.clone(), key, key_id: 1, codes: HashMap::new(), issued: 0 };
        let inner = Arc::new(Mutex::new(inner));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/jwks", get(keys))
            .route("/token", post(token))
            .with_state(Arc::clone(&inner));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { issuer, inner }
    }

    /// The provider as `calloff serve --oidc` makes it from the settings.
    #[must_use]
    pub fn configured(&self) -> Arc<Provider> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("oidc.toml");
        let (issuer, text) = (
            &self.issuer,
            "client_id = 'calloff'\nclient_secret = 'between us'\nlabel = 'Example'",
        );
        std::fs::write(&path, format!("issuer = '{issuer}'\n{text}")).expect("written");
        Arc::new(
            Provider::new(ProviderSettings::read(&path).expect("settings"), CALLOFF)
                .expect("a provider"),
        )
    }

    /// Signs with a new key from now on, of the other kind: RSA.
    pub fn change_key(&self) {
        let key = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).expect("a key");
        let mut inner = self.inner.lock().expect("unpoisoned");
        inner.key = Key::Rs256(Box::new(key));
        inner.key_id += 1;
    }

    /// A person comes with the address to which Calloff sent them, signs in, and is sent back.
    /// Returns the address to which they are sent.
    #[must_use]
    pub fn authorize(&self, address: &str, who: Who, twist: Twist, now: i64) -> String {
        let uri: Uri = address.parse().expect("an address");
        let Query(asked) = Query::<HashMap<String, String>>::try_from_uri(&uri).expect("a query");
        assert_eq!(uri.path(), "/authorize");
        assert_eq!(
            (asked["client_id"].as_str(), asked["response_type"].as_str()),
            (CLIENT, "code")
        );
        assert_eq!(asked["redirect_uri"], format!("{CALLOFF}/api/sign-in/callback"));
        assert_eq!(asked["scope"], "openid email");
        assert_eq!(asked["code_challenge_method"], "S256");
        assert!(asked["state"].len() >= 40 && asked["nonce"].len() >= 40);
        let mut inner = self.inner.lock().expect("unpoisoned");
        let token = inner.id_token(&asked["nonce"], who, twist, now / 1000);
        inner.issued += 1;
        let code = format!("code-{}", inner.issued);
        let granted = Granted {
            challenge: asked["code_challenge"].clone(),
            redirect: asked["redirect_uri"].clone(),
            token,
        };
        inner.codes.insert(code.clone(), granted);
        format!("/api/sign-in/callback?code={code}&state={}", asked["state"])
    }
}

fn ec_key(seed: u8) -> p256::ecdsa::SigningKey {
    p256::ecdsa::SigningKey::from_slice(&[seed; 32]).expect("a key")
}

impl Inner {
    fn id_token(&self, nonce: &str, who: Who, twist: Twist, now: i64) -> Option<String> {
        let nonce = match twist {
            Twist::Nonce => Some("another sign-in's"),
            Twist::NoNonce => None,
            _ => Some(nonce),
        };
        let audience = match twist {
            Twist::Audience => json!("another client"),
            Twist::AudienceBeside => json!([CLIENT, "another client"]),
            _ => json!(CLIENT),
        };
        let (issued, expires) = match twist {
            Twist::Expired => (now - 7200, now - 3600),
            Twist::Future => (now + 86_400, now + 90_000),
            _ => (now, now + 300),
        };
        let issuer =
            if twist == Twist::Issuer { "http://127.0.0.1:1" } else { self.issuer.as_str() };
        let mut claims = json!({
            "iss": issuer, "sub": who.subject, "aud": audience, "iat": issued, "exp": expires,
            "email": who.email, "email_verified": who.is_verified,
        });
        if let Some(nonce) = nonce {
            claims["nonce"] = json!(nonce);
        }
        let alg = match (&self.key, twist) {
            (_, Twist::AlgNone) => "none",
            (_, Twist::AlgSecret) => "HS256",
            (Key::Es256(_), _) => "ES256",
            (Key::Rs256(_), _) => "RS256",
        };
        let head = json!({"alg": alg, "typ": "JWT", "kid": self.key_id.to_string()});
        let signed = format!("{}.{}", encoded(&head), encoded(&claims));
        let signature = match twist {
            Twist::AlgNone => Vec::new(),
            Twist::AlgSecret => hmac_sha256(SECRET.as_bytes(), signed.as_bytes()),
            Twist::OtherKey => Key::Es256(ec_key(8)).sign(&signed),
            _ => self.key.sign(&signed),
        };
        let signed = if twist == Twist::Tampered {
            claims["sub"] = json!("somebody-else");
            format!("{}.{}", encoded(&head), encoded(&claims))
        } else {
            signed
        };
        (twist != Twist::NoToken).then(|| format!("{signed}.{}", BASE64.encode(signature)))
    }
}

impl Key {
    fn sign(&self, text: &str) -> Vec<u8> {
        match self {
            Self::Es256(key) => {
                let signature: p256::ecdsa::Signature = key.sign(text.as_bytes());
                signature.to_bytes().to_vec()
            }
            Self::Rs256(key) => {
                use rsa::signature::Signer as _;
                pkcs1v15::SigningKey::<rsa::sha2::Sha256>::new((**key).clone())
                    .sign(text.as_bytes())
                    .to_vec()
            }
        }
    }

    fn jwk(&self, id: u32) -> Value {
        match self {
            Self::Es256(key) => {
                let point = key.verifying_key().to_sec1_point(false);
                let (x, y) = point.as_bytes()[1..].split_at(32);
                json!({"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": id.to_string(),
                    "x": BASE64.encode(x), "y": BASE64.encode(y)})
            }
            Self::Rs256(key) => {
                use rsa::traits::PublicKeyParts as _;
                json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": id.to_string(),
                    "n": BASE64.encode(key.n().to_bytes_be()), "e": BASE64.encode(key.e().to_bytes_be())})
            }
        }
    }
}

fn encoded(value: &Value) -> String {
    BASE64.encode(value.to_string())
}

/// HMAC (RFC 2104), for keys of at most one block.
fn hmac_sha256(key: &[u8], text: &[u8]) -> Vec<u8> {
    let pad = |with: u8| {
        let mut block = [with; 64];
        block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
        block
    };
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(text).finalize();
    Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize().to_vec()
}

async fn discovery(State(inner): State<Arc<Mutex<Inner>>>) -> Json<Value> {
    let issuer = inner.lock().expect("unpoisoned").issuer.clone();
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/jwks"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        // What a careless provider offers. Calloff must not accept the last two.
        "id_token_signing_alg_values_supported": ["RS256", "ES256", "HS256", "none"],
    }))
}

async fn keys(State(inner): State<Arc<Mutex<Inner>>>) -> Json<Value> {
    let inner = inner.lock().expect("unpoisoned");
    Json(json!({"keys": [inner.key.jwk(inner.key_id)]}))
}

async fn token(
    State(inner): State<Arc<Mutex<Inner>>>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Result<Json<Value>, (StatusCode, Json<Value>)> {
    let refused = |error: &str| (StatusCode::BAD_REQUEST, Json(json!({"error": error})));
    let expected =
        format!("Basic {}", STANDARD.encode(format!("{CLIENT}:{}", SECRET.replace(' ', "+"))));
    if headers.get(header::AUTHORIZATION).is_none_or(|value| value != expected.as_str()) {
        return Err(refused("invalid_client"));
    }
    let text = |name: &str| form.get(name).cloned().unwrap_or_default();
    // A code is used once, whatever the result is.
    let granted = inner
        .lock()
        .expect("unpoisoned")
        .codes
        .remove(&text("code"))
        .ok_or_else(|| refused("invalid_grant"))?;
    let is_pkce = BASE64.encode(Sha256::digest(text("code_verifier"))) == granted.challenge;
    if text("grant_type") != "authorization_code"
        || text("redirect_uri") != granted.redirect
        || !is_pkce
    {
        return Err(refused("invalid_grant"));
    }
    let mut answer = json!({"access_token": "opaque", "token_type": "Bearer", "expires_in": 300});
    if let Some(token) = granted.token {
        answer["id_token"] = json!(token);
    }
    Ok(Json(answer))
}
