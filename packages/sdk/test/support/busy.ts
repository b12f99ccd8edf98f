import type { JsonObject } from '@wasmcast/core';

/**
 * A filter that takes blocks from the host, uses, keeps and ignores them, and shows how many pages of memory its VM has: as the
 * gauge `pages`, which hosts show. Its configuration is `{"generation": N, ...}`; N is the response header `x-generation`.
 */
export const busy = `
import { BodyAction, Gauge, HeadersAction, HttpFilter, Json, Plugin, registerPlugin } from '@wasmcast/sdk/assembly';
class Busy extends Plugin {
  pages!: Gauge;
  generation: string = '';
  rules: Json[] = [];
  onConfigure(): bool {
    const config = this.configuration.json();
    this.pages = new Gauge('pages');
    this.generation = config.get('generation').integer().toString();
    this.rules = config.get('rules').items;
    return this.rules.length > 0;
  }
  createFilter(): HttpFilter { return new Stream(this); }
}
class Stream extends HttpFilter {
  private kept: string | null = null;
  constructor(private plugin: Busy) { super(); }
  onRequestHeaders(endOfStream: bool): HeadersAction {
    const headers = this.request.headers;
    this.kept = headers.get('x-in');
    headers.has('x-large');
    headers.entries();
    return HeadersAction.Continue;
  }
  onRequestBody(size: i32, endOfStream: bool): BodyAction {
    this.request.body.text();
    this.request.body.bytes();
    return BodyAction.Continue;
  }
  onResponseHeaders(endOfStream: bool): HeadersAction {
    const kept = this.kept;
    this.response.headers.set('x-out', kept === null ? '' : kept + '!');
    this.response.headers.set('x-generation', this.plugin.generation);
    this.plugin.pages.set(memory.size());
    return HeadersAction.Continue;
  }
}
registerPlugin(() => new Busy());
`;

/** A configuration of about two kilobytes. */
export function busyConfig(generation: number): JsonObject {
  const rules = Array.from({ length: 50 }, (_, at) => ({ prefix: `/shop/${at}/`, tag: `rule ${at}` }));
  return { generation, rules };
}
