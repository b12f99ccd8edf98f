import { log } from './log';
import { Plugin } from './plugin';
import { propertyString } from './properties';

/** Makes a plugin. An arrow function: `() => new MyPlugin()`. */
export type PluginFactory = () => Plugin;

class Registration {
  constructor(
    readonly rootId: string,
    readonly create: PluginFactory,
    readonly next: Registration | null,
  ) {}
}

let fallback: PluginFactory | null = null;
let named: Registration | null = null;
// Set only where a root id is registered: a module without any does not even import proxy_get_property.
let readRootId: (() => string) | null = null;
let refuse: (() => void) | null = null;
let plugins: Plugin | null = null;

/** Names the plugin that serves every root id which no other plugin of this module has. */
export function registerPlugin(create: PluginFactory): void {
  fallback = create;
}

/** Names the plugin that serves one root id, so that one module can hold several. */
export function registerPluginFor(rootId: string, create: PluginFactory): void {
  named = new Registration(rootId, create, named);
  readRootId = currentRootId;
  refuse = logUnknownRootId;
}

function currentRootId(): string {
  const id = propertyString('plugin_root_id');
  return id === null ? '' : id;
}

function logUnknownRootId(): void {
  let list = '';
  let entry = named;
  while (entry !== null) {
    list = (list.length == 0 ? '"' : list + ', "') + entry.rootId + '"';
    entry = entry.next;
  }
  log.error('no plugin is registered for the root id "' + currentRootId() + '", only for ' + list);
}

/** Makes the plugin of a new root context. Nothing when none has its root id: `onConfigure` then refuses it. */
export function createPlugin(id: i32): void {
  const create = factory();
  if (create === null) return;
  const plugin = create();
  plugin.id = id;
  plugin.__next = plugins;
  plugins = plugin;
}

function factory(): PluginFactory | null {
  const read = readRootId;
  if (read !== null) {
    const rootId = read();
    let entry = named;
    while (entry !== null) {
      if (entry.rootId == rootId) return entry.create;
      entry = entry.next;
    }
  }
  return fallback;
}

export function findPlugin(id: i32): Plugin | null {
  let plugin = plugins;
  while (plugin !== null && plugin.id != id) plugin = plugin.__next;
  return plugin;
}

export function removePlugin(id: i32): void {
  let previous: Plugin | null = null;
  let plugin = plugins;
  while (plugin !== null && plugin.id != id) {
    previous = plugin;
    plugin = plugin.__next;
  }
  if (plugin === null) return;
  if (previous === null) plugins = plugin.__next;
  else previous.__next = plugin.__next;
}

/** Says in the log why a root context has no plugin. */
export function explainMissingPlugin(): void {
  const explain = refuse;
  if (explain !== null) explain();
}
