import { type Command, Option } from 'commander';
import type { Context } from '../context.ts';
import { collect, examples, runCommand } from './flags.ts';

/** The commands about images in registries: move them, look at them, name them, log in. */
export function addImageCommands(program: Command, context: Context): void {
  program.commandsGroup('Images:');
  program
    .command('push')
    .argument('<ref>', 'registry/repository:tag')
    .argument('[module]', 'the module (default: build/filter.wasm)')
    .description('push a module as an image that every Istio accepts; prints repository@sha256:…')
    .addOption(
      new Option(
        '--layout <layout>',
        'how the module is packed; oci is taken by every Istio, registry and container tool',
      )
        .choices(['oci', 'oci-artifact', 'docker'])
        .default('oci'),
    )
    .option('--root-id <id>', 'a root id that the module registers, told in the image; repeatable', collect)
    .option('--revision <commit>', 'the commit that it was built from, told in the image')
    .option('--annotation <key=value>', 'another annotation of the image; repeatable', collect)
    .option(
      '--attach <type=file>',
      'a document about it, as a referrer, e.g. text/markdown=README.md; repeatable',
      collect,
    )
    .option(
      '--mount-from <repository>',
      'a repository of the registry that may have its layers; repeatable',
      collect,
    )
    .addHelpText(
      'after',
      examples([
        'wasmcast push localhost:5000/filters/api-key:1.0',
        'wasmcast push registry.example/f:1 other.wasm --revision "$(git rev-parse HEAD)"',
      ]),
    )
    .action(async (ref: string, file: string | undefined, _options: object, command: Command) => {
      const { push } = await import('../commands/push.ts');
      await runCommand(command, context, (flags, view) => push(ref, file, flags, context, view));
    });
  program
    .command('pull')
    .argument('<ref>', 'registry/repository:tag or @sha256:…')
    .argument('[file]', 'where the module goes (default: the name of the repository, with .wasm)')
    .description('take the module out of an image as the agent in a sidecar would')
    .option('--force', 'replace a file that holds something else')
    .addHelpText('after', examples(['wasmcast pull registry.example/filters/api-key:1.0 api-key.wasm']))
    .action(async (ref: string, file: string | undefined, _options: object, command: Command) => {
      const { pull } = await import('../commands/pull.ts');
      await runCommand(command, context, (flags, view) => pull(ref, file, flags, context, view));
    });
  program
    .command('inspect')
    .argument('<ref>', 'registry/repository:tag or @sha256:…')
    .description(
      'show what an image is and which Istio takes it; exit 65 when the newest, or that of --istio, does not',
    )
    .option('--istio <version>', 'judge it for this Istio')
    .option('--key <file>', 'a public key by which it must be signed; repeatable: by one of them', collect)
    .addHelpText(
      'after',
      examples([
        'wasmcast inspect registry.example/filters/api-key:1.0',
        'wasmcast inspect REF --istio 1.24',
      ]),
    )
    .action(async (ref: string, _options: object, command: Command) => {
      const { inspect } = await import('../commands/inspect.ts');
      await runCommand(command, context, (flags, view) => inspect(ref, flags, context, view));
    });
  program
    .command('sign')
    .argument('<ref>', 'registry/repository:tag or @sha256:…')
    .description('sign an image by its digest, as cosign does; prints repository@sha256:…')
    .requiredOption('--key <file>', 'the private key; its password is $COSIGN_PASSWORD', collect)
    .addOption(
      new Option(
        '--form <form>',
        'where the signature goes: the tag that every cosign reads, or a bundle that refers',
      )
        .choices(['tag', 'bundle'])
        .default('tag'),
    )
    .addHelpText('after', examples(['wasmcast sign registry.example/f:1 --key cosign.key']))
    .action(async (ref: string, _options: object, command: Command) => {
      const { sign } = await import('../commands/sign.ts');
      await runCommand(command, context, (flags, view) => sign(ref, flags, context, view));
    });
  program
    .command('attest')
    .argument('<ref>', 'registry/repository:tag or @sha256:…')
    .description(
      'attest provenance or an SBOM of an image, signed, as cosign does; prints repository@sha256:…',
    )
    .requiredOption('--key <file>', 'the private key; its password is $COSIGN_PASSWORD', collect)
    .requiredOption('--predicate <file>', 'what is attested, JSON')
    .requiredOption('--type <type>', 'its type: slsaprovenance1, spdxjson, cyclonedx, or a URI')
    .addHelpText(
      'after',
      examples([
        'wasmcast attest registry.example/f:1 --key cosign.key --type slsaprovenance1 --predicate provenance.json',
      ]),
    )
    .action(async (ref: string, _options: object, command: Command) => {
      const { attest } = await import('../commands/attest.ts');
      await runCommand(command, context, (flags, view) => attest(ref, flags, context, view));
    });
  program
    .command('keygen')
    .argument('[prefix]', 'the pair is PREFIX.key and PREFIX.pub', 'cosign')
    .description('make a key pair for signing, as cosign keeps it; its password is $COSIGN_PASSWORD')
    .addHelpText('after', examples(['COSIGN_PASSWORD=… wasmcast keygen']))
    .action(async (prefix: string, _options: object, command: Command) => {
      const { keygen } = await import('../commands/keygen.ts');
      await runCommand(command, context, (_flags, view) => keygen(prefix, context, view));
    });
  program
    .command('serve')
    .argument('<module...>', 'files, or images (registry/repository:tag or @sha256:…)')
    .description(
      'serve modules by their digests over HTTP, for proxies that have no registry, until interrupted',
    )
    .option('--listen <host:port>', 'where; port 0 takes a free one', '127.0.0.1:8080')
    .option('--tls-cert <file>', 'a certificate (PEM): then HTTPS is spoken')
    .option('--tls-key <file>', 'its key (PEM)')
    .addHelpText(
      'after',
      examples(['wasmcast serve build/filter.wasm', 'wasmcast serve --listen 0.0.0.0:80 big.wasm']),
    )
    .action(async (modules: readonly string[], _options: object, command: Command) => {
      const { serve } = await import('../commands/serve.ts');
      await runCommand(command, context, (flags, view) => serve(modules, flags, context, view));
    });
  program
    .command('copy')
    .argument('<from>', 'a reference, oci:FOLDER[:TAG] or oci-archive:FILE[:TAG]')
    .argument('<to>', 'the same')
    .description('copy an image, byte for byte; prints where it is now, by its digest')
    .option('--referrers', 'also what refers to it: signatures, SBOMs, documents')
    .addHelpText(
      'after',
      examples([
        'wasmcast copy registry.example/f:1 eu.registry.example/f:1 --referrers',
        'wasmcast copy registry.example/f:1 oci-archive:f.tar:1',
      ]),
    )
    .action(async (from: string, to: string, _options: object, command: Command) => {
      const { copy } = await import('../commands/copy.ts');
      await runCommand(command, context, (flags, view) => copy(from, to, flags, context, view));
    });
  program
    .command('tag')
    .argument('<ref>', 'an image')
    .argument('<tag>', 'its other tag, in the same repository')
    .description('give an image another tag; nothing is uploaded')
    .addHelpText('after', examples(['wasmcast tag registry.example/f@sha256:… stable']))
    .action(async (ref: string, name: string, _options: object, command: Command) => {
      const { tag } = await import('../commands/tag.ts');
      await runCommand(command, context, (_flags, view) => tag(ref, name, context, view));
    });
  program
    .command('list')
    .argument('<repository>', 'registry/repository, or registry/ for its repositories')
    .description('list the tags of a repository, or the repositories of a registry')
    .addHelpText(
      'after',
      examples(['wasmcast list registry.example/filters/api-key', 'wasmcast list localhost:5000/']),
    )
    .action(async (repository: string, _options: object, command: Command) => {
      const { list } = await import('../commands/list.ts');
      await runCommand(command, context, (_flags, view) => list(repository, context, view));
    });
  program
    .command('login')
    .argument('<registry>', 'host[:port]')
    .description('try a name and a password at a registry and keep them where docker does')
    .requiredOption('-u, --username <name>', 'the name')
    .requiredOption(
      '--password-stdin',
      'the password is the first line of stdin; it is taken from nowhere else',
    )
    .addHelpText(
      'after',
      examples(['wasmcast login registry.example -u jane --password-stdin < password.txt']),
    )
    .action(async (registry: string, _options: object, command: Command) => {
      const { login } = await import('../commands/login.ts');
      await runCommand(command, context, (flags, view) => login(registry, flags, context, view));
    });
  program
    .command('logout')
    .argument('<registry>', 'host[:port]')
    .description('forget the name and the password for a registry')
    .addHelpText('after', examples(['wasmcast logout registry.example']))
    .action(async (registry: string, _options: object, command: Command) => {
      const { logout } = await import('../commands/logout.ts');
      await runCommand(command, context, (_flags, view) => logout(registry, context, view));
    });
  program
    .command('update')
    .argument('[filter...]', 'only these filters of the manifest')
    .description('resolve the tags of the manifest anew and write what they are now to wasmcast.lock')
    .option('--dry-run', 'show what would move and write nothing')
    .addHelpText('after', examples(['wasmcast update', 'wasmcast update api-key --dry-run']))
    .action(async (filters: readonly string[], _options: object, command: Command) => {
      const { update } = await import('../commands/update.ts');
      await runCommand(command, context, (flags, view) => update(filters, flags, context, view));
    });
}
