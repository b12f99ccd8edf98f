import manifest from '../package.json' with { type: 'json' };

/** Version of wasmcast. */
export const version: string = manifest.version;
