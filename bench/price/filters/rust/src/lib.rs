//! The filters of the comparison by the Rust SDK. The configuration's first line names the case, the rest is its own.

mod add_header;
mod decide;
mod jwt;
mod rewrite_body;
mod rules;

use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{ContextType, LogLevel};
use std::rc::Rc;

proxy_wasm::main! {{
    proxy_wasm::set_log_level(LogLevel::Warn);
    proxy_wasm::set_root_context(|_| Box::new(Root(Case::None)));
}}

enum Case {
    None,
    AddHeader,
    Decide,
    RewriteBody,
    Rules(Rc<rules::Rules>),
    Jwt(Rc<[u8]>),
}

struct Root(Case);

impl Context for Root {}

impl RootContext for Root {
    fn on_configure(&mut self, _size: usize) -> bool {
        let bytes = self.get_plugin_configuration().unwrap_or_default();
        let text = String::from_utf8(bytes).unwrap_or_default();
        let (case, rest) = text.split_once('\n').unwrap_or((&text, ""));
        self.0 = match case {
            "add-header" => Case::AddHeader,
            "decide" => Case::Decide,
            "rewrite-body" => Case::RewriteBody,
            "rules" => match serde_json::from_str(rest) {
                Ok(rules) => Case::Rules(Rc::new(rules)),
                Err(_) => return false,
            },
            "jwt" => Case::Jwt(rest.as_bytes().into()),
            _ => return false,
        };
        true
    }

    fn create_http_context(&self, _id: u32) -> Option<Box<dyn HttpContext>> {
        Some(match &self.0 {
            Case::None => return None,
            Case::AddHeader => Box::new(add_header::Filter),
            Case::Decide => Box::new(decide::Filter),
            Case::RewriteBody => Box::new(rewrite_body::Filter),
            Case::Rules(rules) => Box::new(rules::Filter::new(rules.clone())),
            Case::Jwt(secret) => Box::new(jwt::Filter::new(secret.clone())),
        })
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}
