use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::Action;

pub struct Filter;

impl Context for Filter {}

impl HttpContext for Filter {
    fn on_http_response_headers(&mut self, _count: usize, _end: bool) -> Action {
        self.set_http_response_header("content-length", None);
        Action::Continue
    }

    fn on_http_response_body(&mut self, size: usize, end: bool) -> Action {
        if !end {
            return Action::Pause;
        }
        if let Some(bytes) = self.get_http_response_body(0, size) {
            if let Ok(text) = String::from_utf8(bytes) {
                self.set_http_response_body(0, size, text.replace("secret", "******").as_bytes());
            }
        }
        Action::Continue
    }
}
