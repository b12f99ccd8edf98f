/** For {@link linesOfWorker}: `thread|logger|level|message`. */
export const traceArguments = ['--component-log-level', 'wasm:trace', '--log-format', '%t|%n|%l|%v'];

/**
 * What crossed the border on the worker thread, in order, with the modules' log lines as `log <level> <text>`. The main
 * thread starts every filter too, before and after there are workers.
 */
export function linesOfWorker(log: string): string[] {
  const lines: string[] = [];
  let main: string | undefined;
  for (const line of log.split('\n')) {
    const [, thread, logger, level, message] = /^(\d+)\|(\w+)\|(\w+)\|(.*)$/.exec(line) ?? [];
    main ??= thread;
    if (logger !== 'wasm' || thread === main || message === undefined) continue;
    const logged = /^wasm log[^:]*: (.*)$/.exec(message);
    if (logged !== null) lines.push(`log ${level} ${logged[1]}`);
    else if (/^\[(host|vm)(->|<-)(host|vm)\]/.test(message)) lines.push(message);
  }
  return lines;
}
