import { Status } from '../abi/status.ts';

/** How much the filters of one stream or connection may store. */
const maxBytes = 16 * 1024 * 1024;

/** What filters store with a stream or connection, as byte strings, under the keys of Envoy's filter state. */
export class FilterState {
  /** Most streams store nothing. */
  #values: Map<string, { readonly value: string; readonly readonly: boolean }> | undefined;
  #bytes = 0;

  get(key: string): string | undefined {
    return this.#values?.get(key)?.value;
  }

  /** A value that was set as `readonly` cannot be set again (envoy cel_state.h CelState::setValue). */
  set(key: string, value: string, readonly = false): Status {
    this.#values ??= new Map();
    const known = this.#values.get(key);
    if (known?.readonly === true) return Status.BadArgument;
    const grown = value.length + (known === undefined ? key.length : -known.value.length);
    if (this.#bytes + grown > maxBytes) return Status.InternalFailure;
    this.#bytes += grown;
    this.#values.set(key, { value, readonly });
    return Status.Ok;
  }
}
