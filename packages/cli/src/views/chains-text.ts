import {
  type EffectiveChain,
  type EffectiveFilter,
  type InstanceChains,
  type Origin,
  type SourceObject,
  printable,
  workloadAddress,
} from '@wasmcast/core';
import { type Paint, bounded, columns } from './text.ts';

/** The chains of instances, as people read them: instances of a workload that are alike are shown once. */
export function chainsText(target: string, all: readonly InstanceChains[], p: Paint): string {
  const alike = Map.groupBy(all, ({ instance, chains, remarks }) =>
    JSON.stringify([workloadAddress(instance.workload), chains, remarks]),
  );
  const sorted = [...alike.values()].toSorted((a, b) => (title(a) < title(b) ? -1 : 1));
  const parts = sorted.map((group) => groupText(target, group, p));
  return `${p.bold(`target ${target}`)}\n${parts.join('\n')}`;
}

function title([first]: readonly InstanceChains[]): string {
  return first === undefined ? '' : workloadAddress(first.instance.workload);
}

function groupText(target: string, group: readonly InstanceChains[], p: Paint): string {
  const [first] = group;
  if (first === undefined) return '';
  const workload = title(group).slice(target.length + 1);
  const names = group.map(({ instance }) => instance.name).toSorted();
  const version = first.proxyVersion === undefined ? '' : `, Envoy ${first.proxyVersion}`;
  const lines = [`${p.bold(printable(workload))}  ${p.dim(printable(`${bounded(names, 3)}${version}`))}`];
  for (const chain of first.chains) lines.push(...chainLines(chain, p));
  for (const { kind, text } of first.remarks) {
    const glyph = kind === 'unseen' ? p.dim('?') : p.yellow('!');
    lines.push(`  ${glyph} ${kind}: ${printable(text)}`);
  }
  return `${lines.join('\n')}\n`;
}

function chainLines(chain: EffectiveChain, p: Paint): readonly string[] {
  const rows = chain.filters
    .filter(({ name }) => name !== 'envoy.filters.network.http_connection_manager')
    .map((filter, i) => [
      `${i + 1}`,
      filterGlyph(filter, p),
      printable(filter.name),
      typeText(filter, p),
      originText(filter.origin, p),
    ]);
  const where = printable(bounded(chain.places, 3));
  return [`  ${chain.direction}  ${p.dim(where)}`, columns(rows).replaceAll(/^/gm, '    ')];
}

function filterGlyph({ origin }: EffectiveFilter, p: Paint): string {
  switch (origin.kind) {
    case 'fleet':
      return p.green('*');
    case 'object':
      return p.yellow('o');
    case 'mesh':
      return p.dim('.');
    case 'unknown':
      return p.red('?');
  }
}

function typeText({ type }: EffectiveFilter, p: Paint): string {
  return type.startsWith('placeholder') || type === 'not-arrived' ? p.red(type) : printable(type);
}

function originText(origin: Origin, p: Paint): string {
  switch (origin.kind) {
    case 'fleet':
      return printable(`fleet ${origin.fleet}, filter ${origin.filter}`);
    case 'object':
      return sourceText(origin.by);
    case 'mesh': {
      const because = origin.because.map(sourceText).join(', ');
      return because === '' ? p.dim(`Istio: ${origin.what}`) : `Istio, for ${because}`;
    }
    case 'unknown':
      return p.red('nothing that could be seen puts it there');
  }
}

function sourceText({ kind, namespace, name, owner }: SourceObject): string {
  return printable(`${kind} ${namespace}/${name}${owner === undefined ? '' : `, of ${owner}`}`);
}
