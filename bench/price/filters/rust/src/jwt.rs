use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use hmac::{Hmac, Mac};
use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::Action;
use serde::Deserialize;
use sha2::Sha256;
use std::rc::Rc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

#[derive(Deserialize)]
struct Header {
    alg: String,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    exp: u64,
}

pub struct Filter {
    secret: Rc<[u8]>,
    subject: String,
}

impl Filter {
    pub fn new(secret: Rc<[u8]>) -> Self {
        Self { secret, subject: String::new() }
    }
}

impl Context for Filter {}

impl HttpContext for Filter {
    fn on_http_request_headers(&mut self, _count: usize, _end: bool) -> Action {
        let line = self.get_http_request_header("authorization").unwrap_or_default();
        let token = line.strip_prefix("Bearer ").unwrap_or_default();
        match verify(token, &self.secret, self.get_current_time()) {
            Some(claims) => {
                self.subject = claims.sub;
                Action::Continue
            }
            None => {
                self.send_http_response(401, vec![], None);
                Action::Pause
            }
        }
    }

    fn on_http_response_headers(&mut self, _count: usize, _end: bool) -> Action {
        self.set_http_response_header("x-user", Some(&self.subject));
        Action::Continue
    }
}

fn verify(token: &str, secret: &[u8], now: SystemTime) -> Option<Claims> {
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let header: Header = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
    if header.alg != "HS256" {
        return None;
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
    mac.update(signed.as_bytes());
    mac.verify_slice(&URL_SAFE_NO_PAD.decode(signature).ok()?).ok()?;
    let claims: Claims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
    let expires = UNIX_EPOCH + Duration::from_secs(claims.exp);
    (expires > now).then_some(claims)
}
