import type { Callback, GuestFunction } from '../vm/guest.ts';
import { Context } from '../context/context.ts';
import type { RootContext } from '../context/root-context.ts';

/** The life of one filter's context for one stream or connection, in the module and here. */
export abstract class StreamContext extends Context {
  override readonly root: RootContext;
  #created = false;

  constructor(root: RootContext) {
    super(root.vm, root.vm.newContextId());
    this.root = root;
    this.vm.contexts.set(this.id, this);
  }

  /** True once the module has been told of it. */
  get created(): boolean {
    return this.#created;
  }

  protected create(): void {
    if (this.#created) return;
    this.#created = true;
    this.tell('on_context_create', this.vm.guest.on_context_create, this.root.id);
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
