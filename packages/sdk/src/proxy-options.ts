import type { ClassPrototype, SourceRange } from './program.ts';
import { withoutComments } from './source-text.ts';

/** A place where a filter relies on an option of the proxy's configuration. */
export interface OptionNeeded {
  readonly range: SourceRange;
  readonly words: string;
}

/** What sends something whose answer ends the pause, or answers instead: then nobody waits for a body. */
const endsOtherwise = /\.(?:send|open|setTickPeriod)\(/;

/**
 * Where a filter pauses in its headers callback so as to go on in its body callback. Envoy holds the body back as well, and
 * never makes that call, unless `allow_on_headers_stop_iteration` is set (proxy-wasm-cpp-host#143).
 */
export function pausesForBody(one: ClassPrototype): readonly OptionNeeded[] {
  return (['Request', 'Response'] as const).flatMap((direction) => {
    const headers = one.instanceMembers?.get(`on${direction}Headers`);
    const body = one.instanceMembers?.get(`on${direction}Body`);
    if (headers === undefined || body === undefined) return [];
    const { source, start, end } = headers.declaration.range;
    const text = withoutComments(source.text.slice(start, end));
    const at = text.indexOf('HeadersAction.Pause');
    if (at < 0 || endsOtherwise.test(text)) return [];
    const words =
      `${one.name}.on${direction}Headers pauses until on${direction}Body, which Envoy then never calls, unless the proxy's ` +
      'configuration of the filter has allow_on_headers_stop_iteration: true. Without it, return ' +
      'HeadersAction.Continue here and BodyAction.Buffer there';
    const from = start + at;
    return [{ range: { source, start: from, end: from + 'HeadersAction.Pause'.length }, words }];
  });
}
