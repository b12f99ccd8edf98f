use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::Action;

pub struct Filter;

impl Context for Filter {}

impl HttpContext for Filter {
    fn on_http_request_headers(&mut self, _count: usize, _end: bool) -> Action {
        let user = self.get_http_request_header("x-user").unwrap_or_default();
        let plan = self.get_http_request_header("x-plan").unwrap_or_default();
        let path = self.get_http_request_header(":path").unwrap_or_default();
        if !user.is_empty() && (plan == "paid" || !path.starts_with("/premium")) {
            return Action::Continue;
        }
        self.send_http_response(403, vec![], None);
        Action::Pause
    }
}
