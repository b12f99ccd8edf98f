/** Where `@wasmcast/sdk` is found when a filter project does not have it installed: beside the command itself. */
export function sdkFolders(): readonly string[] {
  return [import.meta.dirname];
}
