//! A filter of another SDK for each area of the ABI; the configuration names the area.

use proxy_wasm::hostcalls;
use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{Action, ContextType, LogLevel, MetricType};
use std::cell::Cell;
use std::time::Duration;

proxy_wasm::main! {{
    proxy_wasm::set_log_level(LogLevel::Info);
    proxy_wasm::set_root_context(|_| Box::new(Root::default()));
}}

thread_local! {
    /// The stream that waits for a tick.
    static WAITING: Cell<u32> = const { Cell::new(0) };
}

#[derive(Default)]
struct Root {
    area: String,
    counter: u32,
    queue: u32,
}

impl Context for Root {}

impl RootContext for Root {
    fn on_configure(&mut self, _size: usize) -> bool {
        let bytes = self.get_plugin_configuration().unwrap_or_default();
        self.area = String::from_utf8(bytes).unwrap_or_default();
        if self.area == "state" {
            self.counter = hostcalls::define_metric(MetricType::Counter, "areas_requests").unwrap_or(0);
            self.queue = self.register_shared_queue("areas");
            log::info!("defined {}", self.counter);
        }
        true
    }

    fn on_tick(&mut self) {
        self.set_tick_period(Duration::from_secs(0));
        log::info!("tick");
        hostcalls::set_effective_context(WAITING.get()).unwrap();
        hostcalls::resume_http_request().unwrap();
    }

    fn on_queue_ready(&mut self, queue: u32) {
        let item = self.dequeue_shared_queue(queue);
        log::info!("queue {:?}", item);
    }

    fn create_http_context(&self, id: u32) -> Option<Box<dyn HttpContext>> {
        Some(match self.area.as_str() {
            "headers" => Box::new(Headers),
            "tick" => Box::new(Tick { id }),
            "body" => Box::new(Body),
            "callout" => Box::new(Callout),
            "reply" => Box::new(Reply),
            _ => Box::new(State { counter: self.counter, queue: self.queue }),
        })
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}

/// Headers of all kinds, trailers, properties.
struct Headers;
impl Context for Headers {
    fn on_done(&mut self) -> bool {
        log::info!("done");
        true
    }
}
impl HttpContext for Headers {
    fn on_http_request_headers(&mut self, count: usize, end: bool) -> Action {
        log::info!("{count} {end} {:?}", self.get_http_request_headers());
        self.add_http_request_header("x-rust", "one");
        self.set_http_request_header("x-twice", Some("both"));
        self.set_http_request_header("x-in", None);
        log::info!("{:?} {:?}", self.get_http_request_header("x-none"), self.get_property(vec!["request", "path"]));
        Action::Continue
    }
    fn on_http_request_trailers(&mut self, count: usize) -> Action {
        self.add_http_request_trailer("x-rust", "trailer");
        log::info!("{count} {:?}", self.get_http_request_trailers());
        Action::Continue
    }
    fn on_http_response_headers(&mut self, _count: usize, _end: bool) -> Action {
        self.set_http_response_headers(vec![(":status", "201"), ("x-only", "this")]);
        Action::Continue
    }
    fn on_http_response_trailers(&mut self, _count: usize) -> Action {
        self.set_http_response_trailer("x-u", Some("changed"));
        Action::Continue
    }
    fn on_log(&mut self) {
        log::info!("log {:?}", self.get_property(vec!["response", "code"]));
    }
}

/// A body that is held until its end and then replaced; another that is changed while it flows.
struct Body;
impl Context for Body {}
impl HttpContext for Body {
    fn on_http_request_headers(&mut self, _count: usize, _end: bool) -> Action {
        Action::Continue
    }
    fn on_http_request_body(&mut self, size: usize, end: bool) -> Action {
        log::info!("request {size} {end} {:?}", self.get_http_request_body(0, 4));
        self.set_http_request_body(0, 3, b"<rust>");
        Action::Continue
    }
    fn on_http_response_body(&mut self, size: usize, end: bool) -> Action {
        log::info!("response {size} {end}");
        Action::Pause
    }
    fn on_http_response_trailers(&mut self, _count: usize) -> Action {
        let body = self.get_http_response_body(0, 100).unwrap_or_default();
        self.set_http_response_body(0, body.len(), &body.to_ascii_uppercase());
        Action::Continue
    }
}

/// A request that waits for the answer to a callout.
struct Callout;
impl Context for Callout {
    fn on_http_call_response(&mut self, token: u32, headers: usize, size: usize, trailers: usize) {
        let body = self.get_http_call_response_body(0, size);
        log::info!("answer {token} {headers} {size} {trailers} {:?}", body);
        self.set_http_request_header("x-asked", Some("yes"));
        self.resume_http_request();
    }
}
impl HttpContext for Callout {
    fn on_http_request_headers(&mut self, _count: usize, _end: bool) -> Action {
        let headers = vec![(":method", "GET"), (":path", "/ask"), (":authority", "a")];
        let token = self.dispatch_http_call("up", headers.clone(), None, vec![], Duration::from_secs(5));
        let nowhere = self.dispatch_http_call("nowhere", headers, None, vec![], Duration::from_secs(5));
        log::info!("{token:?} {nowhere:?}");
        Action::Pause
    }
}

/// A request that waits for the plugin's next tick.
struct Tick {
    id: u32,
}
impl Context for Tick {}
impl HttpContext for Tick {
    fn on_http_request_headers(&mut self, _count: usize, _end: bool) -> Action {
        WAITING.set(self.id);
        hostcalls::set_tick_period(Duration::from_millis(1)).unwrap();
        Action::Pause
    }
}

/// An answer of its own.
struct Reply;
impl Context for Reply {}
impl HttpContext for Reply {
    fn on_http_request_headers(&mut self, _count: usize, _end: bool) -> Action {
        self.send_http_response(418, vec![("x-rust", "teapot")], Some(b"short and stout"));
        Action::Pause
    }
    fn on_http_response_headers(&mut self, _count: usize, _end: bool) -> Action {
        log::info!("{:?}", self.get_http_response_header(":status"));
        Action::Continue
    }
}

/// Shared data, a queue, metrics, a foreign function.
struct State {
    counter: u32,
    queue: u32,
}
impl Context for State {}
impl HttpContext for State {
    fn on_http_request_headers(&mut self, _count: usize, _end: bool) -> Action {
        let (value, cas) = self.get_shared_data("areas");
        let next = [value.and_then(|v| v.first().copied()).unwrap_or(0) + 1];
        log::info!("{:?} {:?}", next, self.set_shared_data("areas", Some(&next), cas));
        log::info!("{:?}", self.set_shared_data("areas", Some(&next), Some(77777)));
        hostcalls::increment_metric(self.counter, 2).unwrap();
        log::info!("{:?}", hostcalls::get_metric(self.counter));
        log::info!("{:?}", self.enqueue_shared_queue(self.queue, Some(b"item")));
        log::info!("{:?}", self.call_foreign_function("nothing", None));
        Action::Continue
    }
}
