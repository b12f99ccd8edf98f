import type { Callback, GuestFunction } from '../vm/guest.ts';
import { Context } from '../context/context.ts';
import type { RootContext } from '../context/root-context.ts';

/** The life of one filter's context for one stream or connection, in the module and here. */
export abstract class StreamContext extends Context {
  override readonly root: RootContext;
  #created = false;
  #creating = false;

  constructor(root: RootContext) {
    super(root.vm, root.vm.contexts.newId());
    this.root = root;
    this.vm.contexts.add(this);
  }

  /** True once the module has been told of it. */
  get created(): boolean {
    return this.#created;
  }

  /**
   * Tells the module of it, if it has not been told; false if it does not hear of its first event any more. For Envoy it is
   * there when all is done that the callback put off: what has closed it by then has met a context that nobody was told of,
   * and the first event comes none the less (cpp-host context.cc ContextBase::onCreate, the quirk `closed-in-create`).
   */
  protected create(): boolean {
    if (this.#created) return true;
    const bySpec = this.vm.settings.profile === 'spec';
    this.#created = bySpec;
    this.#creating = true;
    this.tell('on_context_create', this.vm.guest.on_context_create, this.root.id);
    this.#creating = false;
    this.#created = true;
    return !(bySpec && this.closed);
  }

  /** What it is the context of has ended. */
  protected abstract get closed(): boolean;

  /** To be called when the module closes what it is the context of. */
  protected warnOfClose(type: number): void {
    if (this.#creating) this.vm.quirk('closed-in-create', `proxy_close_stream(${type})`);
  }

  /** Calls the module, if it lives and has the callback; what it answered, 1 if nothing. */
  protected tell(name: Callback, run: GuestFunction | undefined, parent?: number): number {
    const { vm } = this;
    if (vm.failed || run === undefined) return 1;
    const result = vm.call(this, name, run, this.id, parent);
    vm.afterCall();
    return result;
  }
}
