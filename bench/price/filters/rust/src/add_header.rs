use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::Action;

pub struct Filter;

impl Context for Filter {}

impl HttpContext for Filter {
    fn on_http_response_headers(&mut self, _count: usize, _end: bool) -> Action {
        self.add_http_response_header("x-filter", "price");
        Action::Continue
    }
}
