use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::Action;
use serde::Deserialize;
use std::rc::Rc;

#[derive(Deserialize)]
pub struct Rules {
    rules: Vec<Rule>,
}

#[derive(Deserialize)]
struct Rule {
    prefix: String,
    tag: String,
}

pub struct Filter {
    rules: Rc<Rules>,
    found: Option<usize>,
}

impl Filter {
    pub fn new(rules: Rc<Rules>) -> Self {
        Self { rules, found: None }
    }
}

impl Context for Filter {}

impl HttpContext for Filter {
    fn on_http_request_headers(&mut self, _count: usize, _end: bool) -> Action {
        let path = self.get_http_request_header(":path").unwrap_or_default();
        self.found = self.rules.rules.iter().position(|rule| path.starts_with(&rule.prefix));
        Action::Continue
    }

    fn on_http_response_headers(&mut self, _count: usize, _end: bool) -> Action {
        let tag = self.found.map_or("none", |at| &self.rules.rules[at].tag);
        self.set_http_response_header("x-tag", Some(tag));
        Action::Continue
    }
}
