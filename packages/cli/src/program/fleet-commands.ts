import type { Command } from 'commander';
import type { Context } from '../context.ts';
import type { Verb } from '../fleet/decide.ts';
import { examples, runCommand } from './flags.ts';

/** What a person decides about a rollout that is not over, with the text of its help. */
const decisions: readonly (readonly [Verb, string])[] = [
  ['pause', 'let a rollout stop where it is, until resume, promote or abort'],
  ['resume', 'go on with a rollout that is paused or was left in the middle; its wave is looked at again'],
  ['promote', 'go on with a rollout past what its wave waits for: a person, a pause, its gates'],
  ['abort', 'let a rollout go back to what was live before it; needs no module and no registry'],
  ['retry', 'try a rollout again that failed and stopped, or went back'],
];

/** The commands about a fleet: plan, roll out, look, go back, remove. */
export function addFleetCommands(program: Command, context: Context): void {
  program.commandsGroup('The fleet:');
  program
    .command('plan')
    .description('show what apply would change, in which order, and what restarts; changes nothing')
    .option('--detailed-exitcode', 'exit 2 when there is something to change')
    .addHelpText('after', examples(['wasmcast plan', 'wasmcast plan -o json > plan.json']))
    .action(async (_options: object, command: Command) => {
      const { plan } = await import('../commands/plan.ts');
      await runCommand(command, context, (flags, view) => plan(flags, context, view), 'document');
    });
  program
    .command('apply')
    .argument(
      '[plan]',
      'a plan that was saved by plan -o json; refused when the world or the lock has moved since',
    )
    .description('make the targets as the manifest says, and wait until every instance shows it')
    .addHelpText('after', examples(['wasmcast apply', 'wasmcast apply plan.json']))
    .action(async (file: string | undefined, _options: object, command: Command) => {
      const { apply } = await import('../commands/apply.ts');
      await runCommand(command, context, (flags, view) => apply(file, flags, context, view));
    });
  program
    .command('status')
    .description('show what every instance really runs of what is installed; exit 5 when not all is live')
    .option(
      '--watch',
      'follow a rollout for as long as somebody runs it, whoever that is; then show the status',
    )
    .option(
      '--chain [workload]',
      'show every filter of the proxies in order, and who put it there; NAMESPACE/WORKLOAD: only there, whatever it has',
    )
    .addHelpText(
      'after',
      examples([
        'wasmcast status',
        'wasmcast status --target prod -o json',
        'wasmcast status --watch',
        'wasmcast status --chain foo/web',
      ]),
    )
    .action(async (_options: object, command: Command) => {
      await runCommand(command, context, async (flags, view) => {
        if (flags.chain === undefined) {
          const { status } = await import('../commands/status.ts');
          return await status(flags, context, view);
        }
        const { statusChain } = await import('../commands/status-chain.ts');
        const workload = flags.chain === true ? undefined : flags.chain;
        return await statusChain(workload, flags, context, view);
      });
    });
  program
    .command('verify')
    .description(
      'show whether every instance really runs what the manifest says; exit 5 when not all is live',
    )
    .addHelpText('after', examples(['wasmcast verify', 'wasmcast verify -o json']))
    .action(async (_options: object, command: Command) => {
      const { verify } = await import('../commands/status.ts');
      await runCommand(command, context, (flags, view) => verify(flags, context, view));
    });
  program
    .command('doctor')
    .description(
      'say why instances do not run what was last made live, and what to do; exit 5 when something is wrong',
    )
    .addHelpText('after', examples(['wasmcast doctor', 'wasmcast doctor --target prod -o json']))
    .action(async (_options: object, command: Command) => {
      const { doctor } = await import('../commands/doctor.ts');
      await runCommand(command, context, (flags, view) => doctor(flags, context, view));
    });
  program
    .command('render')
    .description(
      'print the objects that apply would leave in the targets, as YAML; asks for no right to write',
    )
    .option('--output-dir <folder>', 'write a file for each object and patch, and a component of kustomize')
    .addHelpText(
      'after',
      examples([
        'wasmcast render --target prod > objects.yaml',
        'wasmcast render --output-dir deploy/filters',
      ]),
    )
    .action(async (_options: object, command: Command) => {
      const { render } = await import('../commands/render.ts');
      await runCommand(command, context, (flags, view) => render(flags, context, view));
    });
  program
    .command('history')
    .description('list the revisions: what was made live, when, by whom, from which commit of the manifest')
    .addHelpText('after', examples(['wasmcast history', 'wasmcast history -o json']))
    .action(async (_options: object, command: Command) => {
      const { history } = await import('../commands/history.ts');
      await runCommand(command, context, (flags, view) => history(flags, context, view));
    });
  program
    .command('diff')
    .argument('[from]', 'a number that history shows; default: the one before the newest')
    .argument('[to]', 'another one; default: the newest')
    .description('show what two revisions made live differently')
    .addHelpText('after', examples(['wasmcast diff', 'wasmcast diff 3', 'wasmcast diff 3 5 -o json']))
    .action(async (from: string | undefined, to: string | undefined, _options: object, command: Command) => {
      const { diff } = await import('../commands/diff.ts');
      await runCommand(command, context, (flags, view) => diff(from, to, flags, context, view));
    });
  program
    .command('rollback')
    .argument('[revision]', 'a number that history shows; default: the one before the newest')
    .description('go back to what a revision made live, on all workloads at once')
    .option('--waves', "go wave by wave, as the manifest's rollout says; a gate that fails pauses it")
    .option('--dry-run', 'show the plan and change nothing')
    .addHelpText(
      'after',
      examples(['wasmcast rollback', 'wasmcast rollback 3 --dry-run', 'wasmcast rollback --waves']),
    )
    .action(async (revision: string | undefined, _options: object, command: Command) => {
      const { rollback } = await import('../commands/rollback.ts');
      await runCommand(command, context, (flags, view) => rollback(revision, flags, context, view));
    });
  program
    .command('remove')
    .description('take the whole fleet out of its targets; what others own stays untouched')
    .option('--dry-run', 'show the plan and change nothing')
    .addHelpText('after', examples(['wasmcast remove', 'wasmcast remove --target laptop --dry-run']))
    .action(async (_options: object, command: Command) => {
      const { remove } = await import('../commands/remove.ts');
      await runCommand(command, context, (flags, view) => remove(flags, context, view));
    });
  for (const [verb, description] of decisions) {
    program
      .command(verb)
      .description(description)
      .addHelpText('after', examples([`wasmcast ${verb}`, `wasmcast ${verb} --target prod -o json`]))
      .action(async (_options: object, command: Command) => {
        const { control } = await import('../commands/control.ts');
        await runCommand(command, context, (flags, view) => control(verb, flags, context, view));
      });
  }
  program
    .command('unlock')
    .argument('<nonce>', 'the nonce of the lock, as the refused command shows it')
    .description('take the lock of a rollout that is dead; then apply goes on from what is there')
    .addHelpText(
      'after',
      examples(['wasmcast unlock 91c28272c8aa5429', 'wasmcast unlock 91c28272c8aa5429 --target prod']),
    )
    .action(async (nonce: string, _options: object, command: Command) => {
      const { unlock } = await import('../commands/unlock.ts');
      await runCommand(command, context, (flags, view) => unlock(nonce, flags, context, view));
    });
}
