import { Status } from '../abi/status.ts';
import { serializeProperty } from '../properties/property-value.ts';
import { nothing, type ForeignFunction } from './foreign-function.ts';

/** How many expressions a plugin may keep, and how many bytes one may have. */
const maxExpressions = 10_000;
const maxLength = 64 * 1024;

/** Takes an expression of CEL, gives the token, a word, under which the plugin keeps it. */
export const createExpression: ForeignFunction = (vm, args) => {
  const { root } = vm.currentContext;
  const { cel } = vm.module;
  if (root === undefined || cel === undefined) return Status.BadArgument;
  if (args.length > maxLength || root.expressions.size >= maxExpressions) return Status.BadArgument;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(args);
    const parsed = cel.parseExpression(text);
    // What can be parsed and not be compiled has taken a token, too.
    const token = root.expressions.newToken();
    root.expressions.set(token, cel.compileExpression(parsed));
    const word = Buffer.alloc(4);
    word.writeUInt32LE(token);
    return word;
  } catch (error) {
    vm.log('info', `expr_create: ${(error as Error).message}`, 'host');
    return Status.BadArgument;
  }
};

/**
 * Takes a token; gives the value in the context that was called, whichever is effective, with the bytes that
 * `proxy_get_property` would give.
 */
export const evaluateExpression: ForeignFunction = (vm, args) => {
  const token = tokenOf(args);
  if (token === undefined) return Status.BadArgument;
  const { currentContext } = vm;
  const expression = currentContext.root?.expressions.get(token);
  if (expression === undefined) return Status.NotFound;
  const result = expression((parts) => currentContext.property(parts));
  switch (result.kind) {
    case 'value':
      return serializeProperty(result.value);
    case 'no-bytes':
      return Status.SerializationFailure;
    case 'error':
      vm.log('debug', `expr_evaluate: ${result.message}`, 'host');
      return Status.InternalFailure;
  }
};

/** Takes a token, also one under which nothing is kept. */
export const deleteExpression: ForeignFunction = (vm, args) => {
  const token = tokenOf(args);
  if (token === undefined) return Status.BadArgument;
  vm.currentContext.root?.expressions.delete(token);
  return nothing;
};

function tokenOf(args: Uint8Array): number | undefined {
  return args.length === 4 ? new DataView(args.buffer, args.byteOffset).getUint32(0, true) : undefined;
}
