/** What the app of a test's workload answers, as JSON, with the header `x-app: <workload>`. */
export interface EchoAnswer {
  readonly app: string;
  /** The pod's name. */
  readonly pod: string;
  readonly method: string;
  readonly path: string;
  /** As they arrived; repeated ones are joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const script = `
local function quoted(text)
  return '"' .. text:gsub('[%c"\\\\]', function(c) return string.format('\\\\u%04x', c:byte()) end) .. '"'
end
function envoy_on_request(handle)
  local headers = {}
  for name, value in pairs(handle:headers()) do
    headers[name] = headers[name] and headers[name] .. ',' .. value or value
  end
  local list = {}
  for name, value in pairs(headers) do
    if name:sub(1, 1) ~= ':' then list[#list + 1] = quoted(name) .. ':' .. quoted(value) end
  end
  table.sort(list)
  local buffer = handle:body(true)
  local body = buffer:length() > 0 and buffer:getBytes(0, buffer:length()) or ''
  local answer = '{"app":' .. quoted(APP) .. ',"pod":' .. quoted(os.getenv('HOSTNAME') or '')
    .. ',"method":' .. quoted(headers[':method']) .. ',"path":' .. quoted(headers[':path'])
    .. ',"headers":{' .. table.concat(list, ',') .. '},"body":' .. quoted(body) .. '}'
  handle:respond({[':status'] = '200', ['content-type'] = 'application/json', ['x-app'] = APP}, answer)
end
`;

const types = 'type.googleapis.com/envoy.extensions.filters';

/** The bootstrap of an Envoy that answers every request with {@link EchoAnswer}. */
export function echoBootstrap(app: string, port: number): Readonly<Record<string, unknown>> {
  const code = `APP = ${JSON.stringify(app)}\n${script}`;
  const connectionManager = {
    '@type': `${types}.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: 'echo',
    route_config: {
      virtual_hosts: [
        {
          name: 'all',
          domains: ['*'],
          routes: [{ match: { prefix: '/' }, direct_response: { status: 500 } }],
        },
      ],
    },
    http_filters: [
      {
        name: 'lua',
        typed_config: { '@type': `${types}.http.lua.v3.Lua`, default_source_code: { inline_string: code } },
      },
      { name: 'router', typed_config: { '@type': `${types}.http.router.v3.Router` } },
    ],
  };
  const filter = { name: 'envoy.filters.network.http_connection_manager', typed_config: connectionManager };
  return {
    static_resources: {
      listeners: [
        {
          name: 'echo',
          address: { socket_address: { address: '0.0.0.0', port_value: port } },
          filter_chains: [{ filters: [filter] }],
        },
      ],
    },
  };
}
