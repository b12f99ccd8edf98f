export * from './diagnostic.ts';
export * from './digest.ts';
export * from './errors.ts';
export * from './json.ts';
