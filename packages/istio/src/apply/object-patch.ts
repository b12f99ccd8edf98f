import type { PatchOp } from '../api/client.ts';
import type { Meta } from '../api/objects.ts';
import type { ObjectFragment } from '../compile/object.ts';

/** From what the plan saw of ours to what it wants. The test of the version lets nothing else stand there than `live`. */
export function updatePatch(before: ObjectFragment, after: ObjectFragment, live: Meta): readonly PatchOp[] {
  const entries = (name: 'labels' | 'annotations'): readonly PatchOp[] => {
    const path = (key: string): string =>
      `/metadata/${name}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    const wanted = after.metadata[name];
    return [
      ...(live[name] === undefined ? [{ op: 'add', path: `/metadata/${name}`, value: {} } as const] : []),
      ...Object.keys(before.metadata[name])
        .filter((key) => !Object.hasOwn(wanted, key))
        .map((key): PatchOp => ({ op: 'remove', path: path(key) })),
      ...Object.entries(wanted).map(([key, value]): PatchOp => ({ op: 'add', path: path(key), value })),
    ];
  };
  return [
    { op: 'test', path: '/metadata/resourceVersion', value: live.resourceVersion ?? null },
    ...entries('labels'),
    ...entries('annotations'),
    { op: 'add', path: '/spec', value: after.spec },
  ];
}
