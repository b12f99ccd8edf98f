import {
  HeadersAction,
  HttpFilter,
  Json,
  Plugin,
  SetCookie,
  clearRouteCache,
  nowNanoseconds,
  registerPlugin,
} from '@wasmcast/sdk/assembly';

/** The filter as it is configured: `{"cookie": "group", "groups": {"a": 90, "b": 10}, "maxAge": 2592000}`. */
class AbCookiePlugin extends Plugin {
  cookie: string = '';
  groups: string[] = [];
  weights: i32[] = [];
  total: u64 = 0;
  maxAge: i64 = 0;

  onConfigure(): bool {
    const config = this.configuration.settings();
    const groups = config.json('groups');
    this.cookie = config.textOr('cookie', 'group');
    this.groups = groups.keys;
    this.weights = groups.items.map<i32>((weight: Json) => weight.integer(-1));
    this.maxAge = config.integer('maxAge', 30 * 24 * 3600);
    this.total = 0;
    for (let i = 0; i < this.weights.length; i++) {
      if (this.weights[i] < 0) config.fault('groups', 'must have a whole number, 0 or more, for each group');
      else this.total += this.weights[i];
    }
    if (this.total == 0) config.fault('groups', 'must have a group with a weight');
    return config.accept();
  }

  createFilter(): HttpFilter {
    return new AbCookie(this);
  }

  /** A group, by weight. */
  choose(seed: u64): string {
    let left = <i64>(mixed(seed) % this.total);
    for (let i = 0; i < this.groups.length; i++) {
      left -= this.weights[i];
      if (left < 0) return this.groups[i];
    }
    return this.groups[0];
  }
}

/** One request and its response. */
class AbCookie extends HttpFilter {
  /** The group that was chosen just now, for the cookie. */
  private chosen: string = '';

  constructor(private plugin: AbCookiePlugin) {
    super();
  }

  onRequestHeaders(endOfStream: bool): HeadersAction {
    const plugin = this.plugin;
    let group = '';
    const kept = this.request.cookie(plugin.cookie);
    // Only a group that there is: what a client makes up chooses nothing.
    if (kept !== null && plugin.groups.includes(kept)) group = kept;
    else this.chosen = group = plugin.choose(nowNanoseconds() + this.id);
    this.request.headers.set('x-group', group);
    clearRouteCache();
    return HeadersAction.Continue;
  }

  onResponseHeaders(endOfStream: bool): HeadersAction {
    if (this.chosen.length > 0) {
      const cookie = new SetCookie(this.plugin.cookie, this.chosen)
        .maxAge(this.plugin.maxAge)
        .httpOnly()
        .sameSite('Lax');
      this.response.headers.add('set-cookie', cookie.toString());
    }
    return HeadersAction.Continue;
  }
}

/** Spreads a number over all 64 bits (the finisher of SplitMix64). */
function mixed(value: u64): u64 {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

registerPlugin(() => new AbCookiePlugin());
