import { Command, Option } from 'commander';
import { type Context, wantsColor } from './context.ts';
import { addFilterCommands } from './program-filter.ts';
import { addFleetCommands } from './program-fleet.ts';
import type { FleetFlags } from './fleet/open-fleet.ts';
import type { OutputFormat, View } from './views/view.ts';
import { version } from './version.ts';

/** Every flag of every command; a command reads those that it declares. */
export interface Flags extends FleetFlags {
  readonly output: OutputFormat;
  readonly detailedExitcode?: boolean;
  readonly dryRun?: boolean;
  readonly debug?: boolean;
  readonly out?: string;
  readonly envoy?: readonly string[];
}

/** The whole command line: flags and texts here, each command's code loaded only when it runs. */
export function buildProgram(context: Context): Command {
  const program = new Command('wasmcast')
    .description(
      'Ships batches of WebAssembly filters to the proxies of a service mesh, and proves that they are live.',
    )
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .addOption(new Option('-o, --output <format>', 'how to answer').choices(['text', 'json']).default('text'))
    .option(
      '-f, --file <file>',
      'the manifest: a file, a folder, or - for stdin; repeatable (default: the nearest wasmcast.yaml)',
      collect,
    )
    .option('--target <name>', 'only this target of the manifest; repeatable', collect)
    .option('--context <name>', 'kubeconfig context, instead of the one in the manifest')
    .option('--kubeconfig <file>', 'kubeconfig file')
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      getOutHasColors: () => wantsColor(context.stdout, context.env),
      getErrHasColors: () => wantsColor(context.stderr, context.env),
    })
    .showHelpAfterError('(wasmcast --help shows the commands and their flags)')
    .exitOverride();
  addFilterCommands(program, context);
  addFleetCommands(program, context);
  return program;
}

/** The flags of a command and those before it, and the view that they ask for. */
export async function flagsAndView(
  command: Command,
  context: Context,
): Promise<{ readonly flags: Flags; readonly view: View }> {
  const flags = command.optsWithGlobals<Flags>();
  // Loaded here, not at the top: `--help` and a mistyped flag need neither the view nor what it draws in.
  const { createView } = await import('./views/view.ts');
  return { flags, view: createView(context, flags.output) };
}

/** For a flag that may be given several times. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
