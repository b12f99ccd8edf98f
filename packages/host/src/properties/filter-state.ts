import { Status } from '../abi/status.ts';
import type { PropertyValue } from './property-value.ts';

/** How much the filters of one stream or connection may store. */
const maxBytes = 16 * 1024 * 1024;

/** What `declare_property` says of a property. */
export interface Declaration {
  /** It can be set once. */
  readonly readonly: boolean;
  /** To expressions it is text; else it is bytes. */
  readonly text: boolean;
}

const undeclared: Declaration = { readonly: false, text: false };

/** What filters store with a stream or connection, as byte strings, under the keys of Envoy's filter state. */
export class FilterState {
  /** Most streams store nothing. */
  #values: Map<string, { readonly value: string } & Declaration> | undefined;
  #bytes = 0;

  get(key: string): PropertyValue | undefined {
    const stored = this.#values?.get(key);
    if (stored === undefined) return undefined;
    const { value, text } = stored;
    return text ? { kind: 'string', value } : { kind: 'bytes', value: Buffer.from(value, 'latin1') };
  }

  /** A value that was set as `readonly` cannot be set again (envoy cel_state.h CelState::setValue). */
  set(key: string, value: string, declaration = undeclared): Status {
    this.#values ??= new Map();
    const known = this.#values.get(key);
    if (known?.readonly === true) return Status.BadArgument;
    const grown = value.length + (known === undefined ? key.length : -known.value.length);
    if (this.#bytes + grown > maxBytes) return Status.InternalFailure;
    this.#bytes += grown;
    this.#values.set(key, { value, ...declaration });
    return Status.Ok;
  }
}
