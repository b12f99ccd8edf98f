import type { FleetFlags } from '../fleet/open-fleet.ts';
import type { OutputFormat } from '../views/view.ts';

/** Every flag of every command; a command reads those that it declares. */
export interface Flags extends FleetFlags {
  readonly output: OutputFormat;
  readonly detailedExitcode?: boolean;
  readonly dryRun?: boolean;
  readonly debug?: boolean;
  readonly out?: string;
  readonly envoy?: readonly string[];
}

/** For a flag that may be given several times. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** The closing part of a command's help. */
export function examples(lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}\n`;
}
