import type { Command } from 'commander';
import type { Context } from '../context.ts';
import type { FleetFlags } from '../fleet/open-fleet.ts';
import type { OutputFormat, View } from '../views/view.ts';

/** Every flag of every command; a command reads those that it declares. */
export interface Flags extends FleetFlags {
  readonly output: OutputFormat;
  readonly detailedExitcode?: boolean;
  readonly dryRun?: boolean;
  readonly debug?: boolean;
  readonly out?: string;
  readonly envoy?: readonly string[];
}

/** The flags of a command and those before it, and the view that they ask for. */
export async function flagsAndView(
  command: Command,
  context: Context,
  shape: 'events' | 'document' = 'events',
): Promise<{ readonly flags: Flags; readonly view: View }> {
  const flags = command.optsWithGlobals<Flags>();
  // Loaded here, not at the top: `--help` and a mistyped flag need neither the view nor what it draws in.
  const { createView } = await import('../views/view.ts');
  return { flags, view: createView(context, flags.output, shape === 'document') };
}

/** For a flag that may be given several times. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** The closing part of a command's help. */
export function examples(lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}\n`;
}
