import type { FleetFlags } from '../fleet/open-fleet.ts';
import type { OutputFormat } from '../views/view.ts';
import type { runCommand as run } from './run-command.ts';

/** Every flag of every command; a command reads those that it declares. */
export interface Flags extends FleetFlags {
  readonly output: OutputFormat;
  readonly detailedExitcode?: boolean;
  readonly dryRun?: boolean;
  /** Of `status` and `build`. */
  readonly watch?: boolean;
  /** Of `status`: true without a workload. */
  readonly chain?: string | true;
  /** Of `rollback`. */
  readonly waves?: boolean;
  readonly debug?: boolean;
  /** Of `build`. */
  readonly abi?: '0.2.0' | '0.2.1';
  readonly module?: string;
  readonly config?: string;
  readonly newConfig?: string;
  /** Of `run`. */
  readonly record?: string;
  readonly recordSecrets?: boolean;
  readonly out?: string;
  /** Of `render`. */
  readonly outputDir?: string;
  readonly envoy?: readonly string[];
  readonly layout?: 'oci' | 'oci-artifact' | 'docker';
  readonly rootId?: readonly string[];
  readonly revision?: string;
  readonly annotation?: readonly string[];
  readonly mountFrom?: readonly string[];
  readonly attach?: readonly string[];
  readonly force?: boolean;
  readonly istio?: string;
  readonly referrers?: boolean;
  readonly username?: string;
  readonly key?: readonly string[];
  readonly form?: 'tag' | 'bundle';
  readonly type?: string;
  readonly predicate?: string;
  readonly listen?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
}

/** `runCommand`, loaded only when a command runs. */
export const runCommand: typeof run = async (...args) => {
  const loaded = await import('./run-command.ts');
  await loaded.runCommand(...args);
};

/** For a flag that may be given several times. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** The closing part of a command's help. */
export function examples(lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}\n`;
}
