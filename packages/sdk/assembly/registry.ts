import { log } from './log';
import { Plugin } from './plugin';
import { propertyString } from './properties';

/** Makes a plugin. An arrow function: `() => new MyPlugin()`. */
export type PluginFactory = () => Plugin;

/** A root id and its plugin. */
class Registration {
  constructor(
    readonly rootId: string,
    readonly create: PluginFactory,
    readonly next: Registration | null,
  ) {}
}

// Head of the list of registrations, which are pinned. A typed global would be compiled, with all that it can reach, into
// modules that name no root id.
const list = memory.data(4);

function findByRootId(): PluginFactory | null {
  const rootId = currentRootId();
  let entry = changetype<Registration | null>(load<usize>(list));
  while (entry !== null) {
    if (entry.rootId == rootId) return entry.create;
    entry = entry.next;
  }
  return null;
}

function logUnknownRootId(): void {
  let known = '';
  let entry = changetype<Registration | null>(load<usize>(list));
  while (entry !== null) {
    known = (known.length == 0 ? '"' : known + ', "') + entry.rootId + '"';
    entry = entry.next;
  }
  log.error('no plugin is registered for the root id "' + currentRootId() + '", only for ' + known);
}

function currentRootId(): string {
  const id = propertyString('plugin_root_id');
  return id === null ? '' : id;
}

// By these a module without root ids does not even import proxy_get_property.
let fallback: PluginFactory | null = null;
let findNamed: (() => PluginFactory | null) | null = null;
let explain: (() => void) | null = null;

/**
 * Names the plugin that serves every root id which no other plugin of this module has.
 *
 *     registerPlugin(() => new GreetingPlugin());
 */
export function registerPlugin(create: PluginFactory): void {
  fallback = create;
}

/**
 * Names the plugin that serves one root id, so that one module can hold several.
 *
 *     registerPluginFor('greeting', () => new GreetingPlugin());
 */
export function registerPluginFor(rootId: string, create: PluginFactory): void {
  const head = changetype<Registration | null>(load<usize>(list));
  const entry = changetype<usize>(new Registration(rootId, create, head));
  store<usize>(list, __pin(entry));
  findNamed = findByRootId;
  explain = logUnknownRootId;
}

/** The plugin for a new root context, or null when none has its root id. */
export function createPlugin(): Plugin | null {
  let create: PluginFactory | null = null;
  const find = findNamed;
  if (find !== null) create = find();
  if (create === null) create = fallback;
  return create === null ? null : create();
}

/** Says in the log why a root context has no plugin. */
export function explainMissingPlugin(): void {
  const say = explain;
  if (say !== null) say();
}
