import { Json, parseJson } from '../json/json';
import { encodeUtf8, readUtf8 } from '../abi/utf8';
import { indexOfUnit } from '../text/ascii';
import { base64Decode } from '../text/base64';
import { sameBytes } from './compare';
import { hmacSha256 } from './sha256';

/** Clocks of different machines may be so many seconds apart. */
const LEEWAY: f64 = 60;
/** A token is a header line; a longer one is none that anybody signed. */
const LONGEST = 16 << 10;

/** A token as it was read. */
export class Jwt {
  /** What `verifyJwt` makes. */
  constructor(
    /** Why it must not be trusted; empty when it may. */
    readonly error: string,
    /** What it says. Only when `error` is empty. */
    readonly claims: Json,
  ) {}

  /** Whether the signature is right and now is within its time. */
  get isValid(): bool {
    return this.error.length == 0;
  }
}

/**
 * Verifies a token in JWS compact form that is signed by HS256: signature, `exp` and `nbf`. Who it is from and for (`iss`, `aud`) is for
 * the filter to compare.
 *
 *     const jwt = verifyJwt(token, String.UTF8.encode(secret), nowMilliseconds());
 *     if (jwt.isValid) this.request.headers.set('x-user', jwt.claims.get('sub').string());
 */
export function verifyJwt(token: string, key: ArrayBuffer, nowMilliseconds: i64): Jwt {
  const first = indexOfUnit(token, 0x2e);
  const second = indexOfUnit(token, 0x2e, first + 1);
  if (token.length > LONGEST || first < 0 || second < 0) return refused('not a token');
  const header = jsonOf(token.substring(0, first));
  // Never what the token itself names: "none", or a public key taken for a shared one.
  if (header.get('alg').string() != 'HS256') return refused('not signed by HS256');
  // Of a token that demands what we do not know, nothing may be believed (RFC 7515, 4.1.11).
  if (!header.get('crit').isMissing) return refused('it demands an extension');
  const signature = base64Decode(token.substring(second + 1));
  const expected = hmacSha256(key, encodeUtf8(token.substring(0, second)));
  if (signature === null || !sameBytes(expected, signature)) return refused('wrong signature');
  const claims = jsonOf(token.substring(first + 1, second));
  if (!claims.isObject) return refused('its claims are no object');
  const now = <f64>nowMilliseconds / 1000;
  if (!inTime(claims.get('exp'), now - LEEWAY, true)) return refused('expired');
  if (!inTime(claims.get('nbf'), now + LEEWAY, false)) return refused('not valid yet');
  return new Jwt('', claims);
}

/** Whether a time is after (or before) a limit. A claim that is there and no number is never in time. */
function inTime(claim: Json, limit: f64, after: bool): bool {
  if (claim.isMissing) return true;
  const at = claim.number(NaN);
  return after ? at > limit : at <= limit;
}

function jsonOf(part: string): Json {
  const bytes = base64Decode(part);
  return parseJson(bytes === null ? '' : readUtf8(changetype<usize>(bytes), bytes.byteLength));
}

function refused(why: string): Jwt {
  return new Jwt(why, parseJson('null'));
}
