import { logLevels, type AbiVersion, type LogLevel } from '../abi/types.ts';
import type { Context } from '../context/context.ts';
import { VmContext } from '../context/vm-context.ts';
import { ContextTable } from './context-table.ts';
import type { FilterModule } from '../module/compile.ts';
import type { ResolvedPorts, VmSettings } from '../plugin/settings.ts';
import { CalloutIds } from '../callouts/callout-ids.ts';
import { Findings } from '../profile/findings.ts';
import type { Quirk } from '../profile/quirks.ts';
import { AfterCall } from './after-call.ts';
import type { Guest, GuestFunction } from './guest.ts';
import type { GuestMemory } from './memory.ts';
import { refuseCall, type Restriction } from './restriction.ts';
import { initialize, instantiate } from './start-module.ts';
import { Deadline, DeadlineExceeded } from './deadline.ts';
import { describeTrap, type Trap } from './trap.ts';

/** The most characters of one line of a log. */
const maxLine = 64 * 1024;

/**
 * One instance of a module with its contexts. It never throws what the module throws: after a trap it is failed for good,
 * every further callback is skipped, and its owner decides (cpp-host src/wasm.cc, src/v8/v8.cc).
 */
export class Vm {
  readonly module: FilterModule;
  readonly settings: VmSettings;
  readonly ports: ResolvedPorts;
  readonly contexts = new ContextTable();
  readonly calloutIds = new CalloutIds();
  memory!: GuestMemory;
  guest!: Guest;
  restriction: Restriction = 'linking';
  /** Set by a local response: whatever the callback returns, the stream stops (cpp-host WasmBase::stopNextIteration). */
  stopIteration = false;
  trap: Trap | undefined;
  readonly #own: Context;
  #current: Context;
  #effective = 0;
  readonly #after = new AfterCall();
  #depth = 0;
  readonly #deadline: Deadline | undefined;
  #callback = '';
  readonly #findings = new Findings();
  #disposed = false;

  constructor(module: FilterModule, settings: VmSettings, ports: ResolvedPorts) {
    this.module = module;
    this.settings = settings;
    this.ports = ports;
    this.#deadline = ports.deadlineMs > 0 ? new Deadline(ports.deadlineMs) : undefined;
    this.#own = new VmContext(this, 0);
    this.#current = this.#own;
    ports.shared.retain(settings.vmId);
    this.contexts.add(this.#own);
  }

  get abi(): AbiVersion {
    return this.module.abi;
  }

  get failed(): boolean {
    return this.trap !== undefined;
  }

  /** Instantiates the module and runs its initializer. False: see `trap`. */
  start(): boolean {
    try {
      const { memory, guest } = instantiate(this, this.#deadline);
      this.memory = memory;
      this.guest = guest;
    } catch (error) {
      this.fail('instantiation', error);
      return false;
    }
    this.restriction = 'initializing';
    initialize(this);
    this.restriction = 'none';
    this.afterCall();
    return !this.failed;
  }

  /**
   * Calls into the module on behalf of a context; a trap makes the VM failed and returns 0. The caller has to call
   * {@link afterCall} once it has read what the callback left behind.
   */
  call(context: Context, name: string, run: GuestFunction, a?: number, b?: number, c?: number): number {
    const current = this.#current;
    const effective = this.#effective;
    const callback = this.#callback;
    const depth = this.#depth;
    this.#callback = name;
    this.#current = context;
    this.#effective = 0;
    this.#depth++;
    if (depth === 0) this.memory.resetCrossed();
    this.ports.onCallback?.(name, (context.root ?? this).settings.name);
    try {
      if (depth === 0 && this.#deadline !== undefined) return this.#runUntil(this.#deadline, run, a, b, c);
      if (c !== undefined) return run(a as number, b as number, c) as number;
      if (b !== undefined) return run(a as number, b) as number;
      return (a === undefined ? run() : run(a)) as number;
    } catch (error) {
      // A deadline ends all calls that lie in each other; it was the innermost that took the time.
      this.fail(error instanceof DeadlineExceeded ? this.#callback : name, error);
      return 0;
    } finally {
      this.ports.onReturn?.();
      this.#depth = depth;
      // The outermost stays: what is noticed when it has returned is still about it.
      if (depth > 0) this.#callback = callback;
      this.#current = current;
      this.#effective = effective;
    }
  }

  /** Apart from `call`, which would otherwise make a closure also where there is no deadline. */
  #runUntil(deadline: Deadline, run: GuestFunction, a?: number, b?: number, c?: number): number {
    return deadline.run(() => run(a as number, b as number, c as number)) as number;
  }

  /** Ends a call from outside: does what host calls have deferred (cpp-host DeferAfterCallActions). */
  afterCall(): void {
    this.stopIteration = false;
    this.#after.run();
  }

  /** Defers something until the module has returned. */
  defer(action: () => void): void {
    this.#after.add(action);
  }

  /** Does something that calls the module: now, or after the call that is under way. */
  whenIdle(action: () => void): void {
    if (this.#depth === 0) action();
    else this.defer(action);
  }

  /** The context that the module was called for, whatever it has made effective. */
  get currentContext(): Context {
    return this.#current;
  }

  /** The context on which a host call acts: the effective one if the module has set one that still lives. */
  context(): Context {
    if (this.restriction !== 'none') refuseCall(this.restriction);
    return this.#acting;
  }

  get #acting(): Context {
    return this.#effective === 0 ? this.#current : (this.contexts.get(this.#effective) ?? this.#current);
  }

  /** As {@link context}, for the calls that are allowed while the module initializes or allocates. */
  anyContext(allowed: 'initializing' | 'both'): Context {
    if (this.restriction === 'linking' || (this.restriction === 'allocating' && allowed !== 'both'))
      refuseCall(this.restriction);
    return this.#acting;
  }

  /** `proxy_set_effective_context`: lasts until the module returns. */
  setEffective(id: number): boolean {
    this.context();
    if (this.contexts.get(id) === undefined) return false;
    this.#effective = id;
    return true;
  }

  /** Memory of the module for `size` bytes; 0 when it gives none. A trap in the allocator makes the VM failed. */
  allocate(size: number): number {
    if (this.failed) return 0;
    const before = this.restriction;
    this.restriction = 'allocating';
    const pointer = this.call(this.#own, 'malloc', this.guest.allocate, size | 0) >>> 0;
    this.restriction = before;
    return pointer !== 0 && this.memory.holds(pointer, size) ? pointer : 0;
  }

  /** Records the first trap and writes it to the log. */
  fail(callback: string, error: unknown): void {
    if (this.trap !== undefined) return;
    this.trap = describeTrap(callback, error, this.module);
    const where = this.trap.frames.map((line) => `\n  at ${line}`).join('');
    this.log('critical', `${this.trap.message}${where}`, 'host');
  }

  /**
   * The filter has come upon one of Envoy's rules: tells its author, and returns true if the rule holds here, false if the
   * specification does. `detail` says how, `proxy_get_property("request.path")`.
   */
  quirk(name: Quirk, detail: string): boolean {
    const { root } = this.#acting;
    const { onFinding } = root?.ports ?? this.ports;
    if (onFinding !== undefined) {
      const plugin = root?.settings.name ?? this.settings.name;
      this.#findings.tell(onFinding, { quirk: name, callback: this.#callback, detail, plugin });
    }
    return this.settings.profile === 'envoy';
  }

  /** Nobody uses it any more: timers and callouts of contexts that still waited are dropped. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.ports.shared.release(this.settings.vmId);
    for (const context of this.contexts) if (context.root === context) context.root.abandon();
  }

  log(level: LogLevel, text: string, source: 'filter' | 'host'): void {
    if (logLevels.indexOf(level) < this.ports.logLevel) return;
    const root = this.#acting.root;
    const rest = text.length - maxLine;
    const message = rest > 0 ? `${text.slice(0, maxLine)}… (${rest} more)` : text;
    const entry = { level, message, source, plugin: root?.settings.name ?? this.settings.name };
    (root?.ports ?? this.ports).log(entry);
  }
}
