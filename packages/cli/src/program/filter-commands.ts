import { Argument, type Command, Option } from 'commander';
import { defaultTemplate, templateList } from '../commands/templates.ts';
import type { Context } from '../context.ts';
import { collect, examples, runCommand } from './flags.ts';

interface InitOptions {
  readonly template: string;
  readonly fleet?: true;
}

/** The commands about one filter: write, build, check, try, run. */
export function addFilterCommands(program: Command, context: Context): void {
  program.commandsGroup('A filter:');
  program
    .command('init')
    .argument('<name>', 'name of the filter and of the folder to make; with --fleet, of the fleet')
    .description('make a filter project in TypeScript, with a test, ready to build; or a first manifest')
    .option('--template <name>', 'the filter to begin with, see below', defaultTemplate)
    .addOption(
      new Option(
        '--fleet',
        'make a wasmcast.yaml, for the filter projects and modules in this folder',
      ).conflicts('template'),
    )
    .addHelpText('after', `\nTemplates:\n${templateList().trimEnd()}`)
    .addHelpText(
      'after',
      examples([
        'wasmcast init my-filter',
        'wasmcast init limits --template rate-limit',
        'wasmcast init --fleet shop',
      ]),
    )
    .action(async (name: string, { template, fleet }: InitOptions, command: Command) => {
      if (fleet === true) {
        const { initFleet } = await import('../commands/init-fleet.ts');
        await runCommand(command, context, (_flags, view) => initFleet(name, context, view));
        return;
      }
      const { init } = await import('../commands/init.ts');
      await runCommand(command, context, (_flags, view) => init(name, template, context, view));
    });
  program
    .command('build')
    .argument('[folder]', 'the filter project', '.')
    .description('compile a filter project to a module: build/filter.wasm')
    .option('--debug', 'no optimisation; function names and a source map')
    .option('--watch', 'build again whenever a source changes, until interrupted')
    .option('--out <file>', 'where the module goes, instead of build/filter.wasm in the project')
    .addOption(
      new Option('--abi <version>', 'declare this ABI: 0.2.0 for hosts that know nothing later')
        .choices(['0.2.0', '0.2.1'])
        .default('0.2.1'),
    )
    .addHelpText(
      'after',
      examples(['wasmcast build', 'wasmcast build filters/api-key --debug', 'wasmcast build --watch']),
    )
    .action(async (folder: string, _options: object, command: Command) => {
      const { build } = await import('../commands/build.ts');
      await runCommand(command, context, (flags, view) => build(folder, flags, context, view));
    });
  program
    .command('check')
    .argument('<module...>', 'modules, by any SDK')
    .description('say whether Envoy takes a module and what it costs, or every reason why not; exit 65 then')
    .option('--config <file>', 'what the filter is configured with, JSON or any text: it must start with it')
    .addOption(
      new Option(
        '--envoy <version>',
        'check against this Envoy; repeatable (default: 1.36 to 1.40)',
      ).argParser(collect),
    )
    .addHelpText(
      'after',
      examples([
        'wasmcast check build/filter.wasm',
        'wasmcast check build/filter.wasm --config config.json',
        'wasmcast check --envoy 1.36 *.wasm -o json',
      ]),
    )
    .action(async (files: readonly string[], _options: object, command: Command) => {
      const { check } = await import('../commands/check.ts');
      await runCommand(command, context, (flags, view) => check(files, flags, context, view));
    });
  program
    .command('test')
    .argument('[folder]', 'the filter project', '.')
    .option('--module <file>', 'test this module instead of building one: of any language')
    .description(
      'build a filter project and run its tests: those of node --test, and those declared in *.test.yaml',
    )
    .addHelpText(
      'after',
      examples([
        'wasmcast test',
        'wasmcast test filters/api-key',
        'wasmcast test --module target/filter.wasm .',
      ]),
    )
    .action(async (folder: string, _options: object, command: Command) => {
      const { test } = await import('../commands/test.ts');
      await runCommand(command, context, (flags, view) => test(folder, flags, context, view));
    });
  program
    .command('replay')
    .argument('<traffic>', 'recorded traffic: an HTTP Archive (HAR), of `wasmcast run --record` or a browser')
    .argument('<before>', 'a module')
    .argument('<after>', 'the module that shall take its place')
    .option('--config <file>', 'what both are configured with, JSON or any text')
    .option('--new-config <file>', 'what the second is configured with instead')
    .description(
      'send recorded traffic through two versions of a filter and show every difference: exit 1 if there is any',
    )
    .addHelpText(
      'after',
      examples(['wasmcast replay shop.har live.wasm build/filter.wasm --config config.json']),
    )
    .action(async (traffic: string, before: string, after: string, _options: object, command: Command) => {
      const { replayTraffic } = await import('../commands/replay.ts');
      await runCommand(command, context, (flags, view) =>
        replayTraffic({ traffic, before, after }, flags, context, view),
      );
    });
  program
    .command('run')
    .description(
      'keep the embedded mesh of the manifest up until interrupted; other commands reach it from other terminals',
    )
    .option('--record <file>', 'record the traffic as an HTTP Archive (HAR), for `wasmcast replay`')
    .option(
      '--record-secrets',
      'record the values of authorization, cookies, keys and tokens too; bodies are recorded as they are',
    )
    .addHelpText(
      'after',
      examples([
        'wasmcast run',
        'wasmcast run -f examples/shop/wasmcast.yaml',
        'wasmcast run --record shop.har',
      ]),
    )
    .action(async (_options: object, command: Command) => {
      const { run } = await import('../commands/run.ts');
      await runCommand(command, context, (flags, view) => run(flags, context, view));
    });
  program
    .command('schema')
    .addArgument(
      new Argument('[what]', 'the manifest of a fleet, or declared tests')
        .choices(['fleet', 'tests'])
        .default('fleet'),
    )
    .description('print the JSON Schema of the manifest or of declared tests, for editors')
    .addHelpText(
      'after',
      examples(['wasmcast schema > wasmcast.schema.json', 'wasmcast schema tests | jq .title']),
    )
    .action(async (what: 'fleet' | 'tests', _options: object, command: Command) => {
      const { schema } = await import('../commands/schema.ts');
      await runCommand(command, context, (_flags, view) => schema(what, view), 'document');
    });
}
