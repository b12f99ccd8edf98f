import type { Scenario } from './scenario.ts';

/** A script that compiles an expression and evaluates it, under the token that comes next. */
function evaluations(callback: string, expressions: readonly string[], first = 0): string {
  return expressions
    .map((text, i) => {
      const token = Buffer.of(first + i, 0, 0, 0).toString('hex');
      const source = Buffer.from(text).toString('hex');
      return `${callback} foreign expr_create hex:${source}; ${callback} foreign expr_evaluate hex:${token}`;
    })
    .join(';');
}

/** A script that tries to compile what is no expression. */
function refusals(expressions: readonly string[]): string {
  return expressions
    .map((text) => `reqh foreign expr_create hex:${Buffer.from(text).toString('hex')}`)
    .join(';');
}

const request = {
  method: 'POST',
  path: '/p?a=1',
  headers: { 'x-m': ['1', '2'], 'user-agent': 'ua' },
  body: 'abcdef',
};
const upstream = { headers: { 'x-up': 'yes' }, body: 'hello' };

/** Envoy's expressions of CEL: what of the language it knows, and the attributes in it. */
export const expressionScenarios: readonly Scenario[] = [
  {
    name: 'expressions: tokens',
    chain: [
      `reqh foreign expr_create 1; reqh foreign expr_create 2; reqh foreign expr_evaluate hex:01000000;
       reqh foreign expr_delete hex:01000000; reqh foreign expr_evaluate hex:01000000;
       reqh foreign expr_delete hex:01000000; reqh foreign expr_create 3; reqh foreign expr_evaluate hex:02000000;
       reqh foreign expr_evaluate hex:00; reqh foreign expr_evaluate ~; reqh foreign expr_delete hex:0000000000;
       reqh foreign expr_evaluate hex:63000000; reqh foreign expr_create (; reqh foreign expr_create 4;
       resh foreign expr_evaluate hex:00000000; configure foreign expr_create 5`,
    ],
  },
  {
    name: 'expressions: results',
    chain: [
      evaluations('reqh', [
        '1 + 2',
        '7u * 6u',
        '1.5 / 2.0',
        'true && !false',
        '"a" + "b"',
        'b"a\\xff" + b"b"',
        'null',
        'type(1)',
        'type(1) == int',
        '[1, "two", 3u]',
        '{"a": 1}',
        '{1: true}',
        '[null]',
        '[]',
        '{}',
        'duration("1.5s")',
        'timestamp("2020-01-01T00:00:00.25Z")',
        'timestamp("2020-01-01T00:00:00Z") + duration("1h") - timestamp("2020-01-01T00:00:00Z")',
      ]),
    ],
  },
  {
    name: 'expressions: functions',
    chain: [
      evaluations('reqh', [
        '"grün".size()',
        'size([1, 2])',
        'size({"a": 1})',
        'b"abc".size()',
        '"abc".contains("b") && "abc".startsWith("a") && "abc".endsWith("c")',
        '"abc".matches("^a.c$")',
        'matches("abc", "b")',
        '"abc".matches("(")',
        'int("7") + int(7u) + int(7.9) + int(timestamp("1970-01-01T00:00:07Z"))',
        'uint("7")',
        'double("7")',
        'string(7) + string(7u) + string(1.5) + string(true) + string(b"x")',
        'string(timestamp("2020-01-01T00:00:00Z")) + string(duration("90s"))',
        'bytes("a")',
        'int("x")',
        'double("x")',
        'double("")',
        'double(" -Inf")',
        'double(".5e1")',
        'double("0x10")',
        'int("")',
        'int("0x10")',
        'int(" 7 ")',
        'int("+7")',
        'uint("-1")',
        'string(1e100)',
        'string(0.1)',
        'string(duration("1.5s"))',
        'string(timestamp("2020-01-01T00:00:00.5Z"))',
        'duration("1h30m")',
        'timestamp(0)',
        'bytes(7)',
        'uint(-1)',
        'int(1e30)',
        'timestamp("2020-02-03T04:05:06.007Z").getFullYear()',
        'timestamp("2020-02-03T04:05:06.007Z").getDayOfYear("+05:00")',
        'timestamp("2020-02-03T04:05:06.007Z").getMilliseconds()',
        'duration("90m").getHours()',
        'duration("90s").getMinutes()',
        'duration("1.5s").getMilliseconds()',
        'duration("1.5s").getSeconds()',
        'dyn(1) == 1.0',
        'timestamp("no")',
        'duration("no")',
        'bool("true")',
      ]),
    ],
  },
  {
    name: 'expressions: operators, macros and errors',
    chain: [
      evaluations('reqh', [
        '1 == 1.0',
        '1 == 1u',
        '1 < 2.5',
        '1 == "1"',
        '1 < "1"',
        '1 + 1u',
        '-(-9223372036854775808)',
        '9223372036854775807 + 1',
        '1 / 0',
        '1 % 0',
        '7 % -3',
        '1.0 / 0.0',
        '2 in [1, 2]',
        '"a" in {"a": 1}',
        '[1, 2][1]',
        '[1, 2][2]',
        '{"a": 1}["b"]',
        '{"a": {"b": 1}}.a.b',
        'has({"a": 1}.b)',
        '[1, 2, 3].map(x, x * 2)',
        '[1, 2, 3].filter(x, x > 1)',
        '[1, 2, 3].map(x, x > 1, x * 2)',
        '[1, 2].exists(x, x > 1) && [1, 2].all(x, x > 0) && [1, 2].exists_one(x, x > 1)',
        '[1, 2].exists(x, x > "a")',
        '1 / 0 > 1 || true',
        '1 / 0 > 1 && false',
        'true ? 1 : 1 / 0',
        '1 ? 2 : 3',
        '1 || true',
        '!1',
        '[1] + [2]',
        '[1, [2]] == [1.0, [2u]]',
        '{"a": 1} == {"a": 1.0}',
        '{"a": 1, "a": 2}',
        'google.protobuf.Duration{seconds: 1}',
        '"a" < "b" && b"a" < b"b" && false < true',
      ]),
    ],
  },
  {
    name: 'expressions: what does not compile',
    chain: [
      refusals([
        '',
        '1 +',
        'nothing(1)',
        '"a".nothing()',
        'size(1, 2)',
        '"a".size(1)',
        'size()',
        '"abc".charAt(0)',
        'cel.bind(x, 1, x)',
        'optional.none()',
        'math.greatest(1, 2)',
        'a.?b',
        'has(a)',
        '[1].all(1, true)',
        '9223372036854775808',
        '"\\q"',
        'r"\\q" + "\\x41\\101\\u00fc"',
        '18446744073709551616u',
        '1u[',
        '"a',
        'true ? nothing(1) : 2',
        'in',
        'package',
        'Nothing{a: 1}',
      ]),
    ],
  },
  {
    name: 'expressions: attributes',
    chain: [
      `${evaluations('reqh', [
        'request.path',
        'request.url_path + "|" + request.query + "|" + request.host + "|" + request.method',
        'request.headers["x-m"]',
        'request.headers["X-M"]',
        'request.headers["x-none"]',
        '"x-m" in request.headers',
        '"x-none" in request.headers',
        'has(request.headers.none)',
        'has(request.nothing)',
        'request.nothing',
        'request',
        'size(request)',
        'size(request.headers) > 3',
        'request.headers.exists(name, name == "x-m")',
        'request.exists(name, true)',
        'request.all(name, false)',
        'request == request',
        'request == {}',
        'request.headers == request.headers',
        '[request][0].path',
        '{"a": request}',
        '[request.headers].size()',
        'request.path + request.size',
        'request.headers.map(name, name).size() > 3',
        'request.size + 1',
        'request.time > timestamp("2020-01-01T00:00:00Z")',
        'type(request.time) == google.protobuf.Timestamp',
        'has(request.duration)',
        'has(response.code)',
        'response.code',
        'has(nothing.at)',
        'nothing',
        'plugin_root_id',
        'connection_id >= 0u',
        'has(source.nothing)',
        'has(xds.nothing)',
        'xds',
        'has(filter_state.nothing)',
        'request.path.size',
        'request["path"]',
        'request[1]',
        'request.useragent == "ua" ? request.protocol : "none"',
        'request.path.startsWith("/p") && request.headers["x-m"] == "1,2"',
      ])};
      reqh setprop mine grün`,
      `${evaluations('resh', [
        'response.code == 200 && response.headers["x-up"] == "yes"',
        'mine',
        'mine.size()',
        'mine + "ü" == "grünü"',
        'filter_state["wasm.mine"]',
        'has(filter_state.mine)',
        'request.method',
        'has(request.path)',
      ])};
      ${evaluations('log', ['request.path', 'type(request.duration) == google.protobuf.Duration', 'response.code'], 8)};
      ${evaluations('done', ['request.method', 'response.size > 0'], 11)}`,
    ],
    request,
    upstream,
  },
];
