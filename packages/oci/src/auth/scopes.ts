/** What a conversation may do: in its repository, with the registry's list of repositories, or nothing but being let in. */
export type Access = 'pull' | 'pull,push' | 'pull,delete' | 'catalog' | 'none';

/** What tokens are asked for (distribution-spec, "Token Authentication"). */
export function scopesOf(
  repository: string,
  access: Access,
  mountFrom: readonly string[],
): readonly string[] {
  if (access === 'none') return [];
  if (access === 'catalog') return ['registry:catalog:*'];
  return [`repository:${repository}:${access}`, ...mountFrom.map((name) => `repository:${name}:pull`)];
}
