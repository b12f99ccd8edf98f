import { Command, Option } from 'commander';
import { type Context, wantsColor } from '../context.ts';
import { addFilterCommands } from './filter-commands.ts';
import { addFleetCommands } from './fleet-commands.ts';
import { addImageCommands } from './image-commands.ts';
import { addOwnCommands } from './own-commands.ts';
import { version } from '../version.ts';
import { collect } from './flags.ts';

/**
 * The whole command line: flags and texts here, each command's code loaded only when it runs. With `json` what is wrong
 * with the command line itself is not written but thrown only: it is answered in JSON.
 */
export function buildProgram(context: Context, json: boolean): Command {
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
    .option('--locked', 'refuse every filter that is not as wasmcast.lock says')
    .option('--context <name>', 'kubeconfig context, instead of the one in the manifest')
    .option('--kubeconfig <file>', 'kubeconfig file')
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => (json ? undefined : context.stderr.write(text)),
      getOutHasColors: () => wantsColor(context.stdout, context.env),
      getErrHasColors: () => wantsColor(context.stderr, context.env),
    })
    .showHelpAfterError('(wasmcast --help shows the commands and their flags)')
    .exitOverride();
  addFilterCommands(program, context);
  addImageCommands(program, context);
  addFleetCommands(program, context);
  addOwnCommands(program, context);
  return program;
}
