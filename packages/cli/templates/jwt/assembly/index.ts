import {
  HeadersAction,
  HttpFilter,
  Json,
  LocalResponse,
  Plugin,
  equalsIgnoringCase,
  nowMilliseconds,
  registerPlugin,
  verifyJwt,
} from '@wasmcast/sdk/assembly';

/** The filter as it is configured: `{"secret": "...", "issuer": "https://issuer.example", "audience": "shop"}`. */
class JwtPlugin extends Plugin {
  secret: ArrayBuffer = new ArrayBuffer(0);
  issuer: string = '';
  audience: string = '';

  onConfigure(): bool {
    const config = this.configuration.settings();
    this.secret = String.UTF8.encode(config.text('secret'));
    this.issuer = config.textOr('issuer', '');
    this.audience = config.textOr('audience', '');
    // RFC 7518, 3.2: a key for HS256 has at least the size of the hash.
    if (this.secret.byteLength < 32) config.fault('secret', 'must have at least 32 bytes');
    return config.accept();
  }

  createFilter(): HttpFilter {
    return new JwtFilter(this);
  }
}

/** One request. */
class JwtFilter extends HttpFilter {
  constructor(private plugin: JwtPlugin) {
    super();
  }

  onRequestHeaders(endOfStream: bool): HeadersAction {
    const headers = this.request.headers;
    // What the client claims to be is never passed on.
    headers.remove('x-user');
    const line = headers.getOr('authorization');
    if (!equalsIgnoringCase(line.substring(0, 7), 'bearer ')) return this.refuse('no bearer token');
    const plugin = this.plugin;
    const jwt = verifyJwt(line.substring(7).trim(), plugin.secret, nowMilliseconds());
    if (!jwt.isValid) return this.refuse(jwt.error);
    const claims = jwt.claims;
    if (plugin.issuer.length > 0 && claims.get('iss').string() != plugin.issuer)
      return this.refuse('of another issuer');
    if (plugin.audience.length > 0 && !isFor(claims.get('aud'), plugin.audience))
      return this.refuse('for another audience');
    headers.set('x-user', claims.get('sub').string());
    return HeadersAction.Continue;
  }

  private refuse(why: string): HeadersAction {
    new LocalResponse(401)
      .header('www-authenticate', 'Bearer error="invalid_token", error_description="' + why + '"')
      .json('{"error":"' + why + '"}')
      .details('jwt_refused')
      .send();
    return HeadersAction.Pause;
  }
}

/** `aud` is a text or a list of them. */
function isFor(claim: Json, audience: string): bool {
  const all = claim.items;
  for (let i = 0; i < all.length; i++) {
    if (all[i].string() == audience) return true;
  }
  return claim.string() == audience;
}

registerPlugin(() => new JwtPlugin());
