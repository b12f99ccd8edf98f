import { quirks, type Quirk } from './quirks.ts';

/** A filter has come upon a rule that it should know of. */
export interface Finding {
  readonly quirk: Quirk;
  /** The callback in which it happened, without `proxy_`. */
  readonly callback: string;
  /** The call and its arguments: `proxy_get_property("request.path")`. */
  readonly detail: string;
  /** The plugin's name. */
  readonly plugin: string;
  /** All of it in a sentence. */
  readonly message: string;
}

/** How many different findings are told of one VM. */
const maxFindings = 1000;

/** What a VM's filters have come upon; the same is told once. */
export class Findings {
  readonly #told = new Set<string>();

  tell(to: (finding: Finding) => void, found: Omit<Finding, 'message'>): void {
    const { quirk, callback, detail } = found;
    const key = `${quirk} ${callback} ${detail}`;
    if (this.#told.size >= maxFindings || this.#told.has(key)) return;
    this.#told.add(key);
    to({ ...found, message: `${callback}: ${detail}: in Envoy ${quirks[quirk].envoy}` });
  }
}
