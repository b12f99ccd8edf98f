/** One filter that the tests of the SDK's parts share, since compiling takes seconds. What it is told to do stands in the configuration. */
export const probe = `
import {
  HeadersAction, HttpFilter, Json, JsonKind, Plugin, Status, lastStatus, log, nowNanoseconds, parseJson, propertyBool, propertyDouble,
  propertyInt, propertyString, registerPlugin, registerPluginFor, statusText,
} from '@wasmcast/sdk/assembly';

/** A value as text from which the test rebuilds it: numbers by their bits. */
function dump(value: Json): string {
  switch (value.kind) {
    case JsonKind.Null: return 'null';
    case JsonKind.Bool: return value.bool() ? 'true' : 'false';
    case JsonKind.Number: return '{"bits":"' + reinterpret<u64>(value.number()).toString(16) + '"}';
    case JsonKind.String: return quote(value.string());
    case JsonKind.Array: {
      const parts: string[] = [];
      for (let i = 0; i < value.length; i++) parts.push(dump(value.at(i)));
      return '[' + parts.join(',') + ']';
    }
    case JsonKind.Object: {
      const parts: string[] = [];
      const keys = value.keys;
      for (let i = 0; i < keys.length; i++) parts.push('[' + quote(keys[i]) + ',' + dump(value.get(keys[i])) + ']');
      return '{"pairs":[' + parts.join(',') + ']}';
    }
    default: return '{"error":' + quote(value.error) + '}';
  }
}

function quote(text: string): string {
  let result = '"';
  for (let i = 0; i < text.length; i++) result += '\\\\u' + text.charCodeAt(i).toString(16).padStart(4, '0');
  return result + '"';
}

class Probe extends Plugin {
  constructor(private name: string) { super(); }
  onConfigure(): bool {
    const text = this.configuration.text();
    if (text == 'refuse') return false;
    if (text == 'name') { log.info(this.name); return true; }
    if (text == 'abort') { const empty: i32[] = []; return empty[text.length] == 0; }
    if (text == 'properties') {
      const name = propertyString('plugin_name');
      log.info(name === null ? 'null ' + statusText(lastStatus()) : name);
      log.info(propertyInt('response.code', -1).toString() + ' ' + propertyDouble('d', -1).toString() + ' ' + propertyBool('b').toString());
      return true;
    }
    log.info(dump(this.configuration.json()));
    return true;
  }
  createFilter(): HttpFilter { return new Stream(this.name); }
}

class Stream extends HttpFilter {
  private seen: i32 = 0;
  constructor(private name: string) { super(); }
  onRequestHeaders(endOfStream: bool): HeadersAction {
    this.seen++;
    const headers = this.request.headers;
    const copy = headers.get('x-in');
    headers.set('x-out', copy === null ? '' : copy);
    headers.set('x-seen', this.name + ' ' + this.id.toString() + ' ' + this.seen.toString());
    const all = headers.entries();
    headers.replaceAll(all);
    return headers.has('x-pause') ? HeadersAction.Pause : HeadersAction.Continue;
  }
}

registerPlugin(() => new Probe('default'));
registerPluginFor('my_root_id', () => new Probe('mine'));
`;
