/** A filter that does to its configuration, of which the first line says what, what the helpers of the SDK do. */
export const toolbox = `
import {
  HttpFilter, JsonWriter, PathPattern, Plugin, Query, SetCookie, TextStream, base64Decode, base64Encode, cookieOf, hex, hmacSha256, log,
  percentDecode, quoteJson, registerPlugin, registerPluginFor, sameBytes, sameText, sha256, verifyJwt,
} from '@wasmcast/sdk/assembly';
import { replaceBytes } from '@wasmcast/sdk/assembly/text/replace';

class Toolbox extends Plugin {
  createFilter(): HttpFilter { return new HttpFilter(); }
  onConfigure(): bool {
    const lines = this.configuration.text().split('\\n');
    log.info(run(lines[0], lines.slice(1)));
    return true;
  }
}

function run(what: string, args: string[]): string {
  const first = args[0];
  const bytes = String.UTF8.encode(first);
  if (what == 'base64') return base64Encode(hexBytes(first)) + ' ' + base64Encode(hexBytes(first), true);
  if (what == 'unbase64') { const found = base64Decode(first); return found === null ? 'null' : hex(found); }
  if (what == 'sha256') return hex(sha256(hexBytes(first)));
  if (what == 'hmac') return hex(hmacSha256(hexBytes(first), hexBytes(args[1])));
  if (what == 'same') return sameText(first, args[1]).toString() + ' ' + sameBytes(bytes, String.UTF8.encode(args[1])).toString();
  if (what == 'jwt') {
    const jwt = verifyJwt(first, String.UTF8.encode(args[1]), I64.parseInt(args[2]));
    return jwt.isValid ? 'sub ' + jwt.claims.get('sub').string() : jwt.error;
  }
  if (what == 'percent') return percentDecode(first);
  if (what == 'query') return new Query(first).getAll(args[1]).join('|');
  if (what == 'cookie') { const found = cookieOf(first, args[1]); return found === null ? 'null' : found; }
  if (what == 'set-cookie') return new SetCookie('a', 'b').maxAge(5).domain('x.test').httpOnly().secure().sameSite('Lax').toString();
  if (what == 'path') {
    const pattern = new PathPattern(first);
    return pattern.matches(args[1]) ? 'yes ' + pattern.param('id') : 'no';
  }
  if (what == 'quote') return quoteJson(args.join('\\n'));
  if (what == 'write') return new JsonWriter().string('a"', first).integer('n', -5).bool('b', true).raw('r', '[1]').end();
  if (what == 'pieces') {
    const stream = new TextStream();
    const parts: string[] = [];
    for (let i = 0; i < args.length; i++) parts.push(stream.next(hexBytes(args[i]), i == args.length - 1));
    return parts.join('|');
  }
  if (what == 'replace') {
    const from = hexBytes(first);
    const found = replaceBytes(changetype<usize>(from), from.byteLength, hexBytes(args[1]), hexBytes(args[2]));
    return found === null ? 'null' : hex(found);
  }
  return 'unknown';
}

function hexBytes(text: string): ArrayBuffer {
  const bytes = new Uint8Array(text.length >> 1);
  for (let i = 0; i < bytes.length; i++) bytes[i] = <u8>I32.parseInt(text.substr(2 * i, 2), 16);
  return bytes.buffer;
}
registerPlugin(() => new Toolbox());

class Configured extends Plugin {
  createFilter(): HttpFilter { return new HttpFilter(); }
  onConfigure(): bool {
    const config = this.configuration.settings();
    const parts = [config.text('name'), config.textOr('title', 'none'), config.integer('limit', 10, -5, 100).toString()];
    parts.push(config.flag('on', true).toString());
    parts.push(config.texts('list').join('+'));
    parts.push(config.positive('rate').toString());
    if (config.accept()) { log.info(parts.join(' ')); return true; }
    return false;
  }
}
registerPluginFor('configured', () => new Configured());
`;
