import { RegistrySession, listRepositories, parseRegistry, tagsOf } from '@wasmcast/oci';
import type { Context } from '../context.ts';
import { registryOptions } from '../modules/registry-options.ts';
import type { View } from '../views/view.ts';

/** `wasmcast list REPOSITORY`: its tags; `wasmcast list REGISTRY/`: its repositories. One a line. */
export async function list(repository: string, context: Context, view: View): Promise<void> {
  if (repository.endsWith('/')) {
    const registry = parseRegistry(repository);
    await using session = new RegistrySession(
      { registry, repository: '' },
      'catalog',
      registryOptions(context),
    );
    const repositories = await view.waiting(`listing ${registry}`, listRepositories(session));
    view.answer('repositories', lines(repositories), { registry, repositories });
  } else {
    const tags = await view.waiting(`listing ${repository}`, tagsOf(repository, registryOptions(context)));
    view.answer('tags', lines(tags), { repository, tags });
  }
}

function lines(entries: readonly string[]): string {
  return entries.map((entry) => `${entry}\n`).join('');
}
