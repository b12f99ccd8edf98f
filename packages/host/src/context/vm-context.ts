import { Status } from '../abi/status.ts';
import { Context } from './context.ts';

/** The context 0, which belongs to no plugin: it is current while the module initializes and while it allocates. */
export class VmContext extends Context {
  override get root(): undefined {
    return undefined;
  }

  override property(): Status {
    return Status.NotFound;
  }
}
