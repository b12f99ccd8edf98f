import process from 'node:process';

/** Tells the demo: as text for a person, or as one JSON object a line. */
export interface Narrator {
  step(title: string): void;
  /** A command, and what a person sees of it. */
  command(args: readonly string[], exit: number, shown: string): void;
  traffic(table: string, replies: readonly unknown[]): void;
  say(text: string): void;
  summary(fields: object): void;
  /** Why it stopped, and all that the command said which stopped it. */
  failure(message: string, output: string, exitCode: number): void;
}

/** The narrator that `-o json` asks for, or else the one for people. */
export function createNarrator(json: boolean): Narrator {
  return json ? jsonNarrator() : textNarrator();
}

function textNarrator(): Narrator {
  const write = (text: string): void => void process.stdout.write(text);
  let number = 0;
  return {
    step: (title) => write(`\n${(number += 1)}. ${title}\n\n`),
    command: (args, exit, shown) =>
      write(`$ wasmcast ${args.join(' ')}\n${shown}${exit === 0 ? '' : `(exit ${exit})\n`}\n`),
    traffic: (table) => write(table),
    say: (text) => write(`${text}\n`),
    summary: () => undefined,
    failure: (message, output) =>
      void process.stderr.write(
        `\nThe demo stopped: ${message}\n${output}${output.endsWith('\n') || output === '' ? '' : '\n'}`,
      ),
  };
}

function jsonNarrator(): Narrator {
  const event = (type: string, fields: object): void =>
    void process.stdout.write(`${JSON.stringify({ type, version: 1, ...fields })}\n`);
  return {
    step: (title) => event('step', { title }),
    command: (args, exit, shown) => event('command', { args, exit, shown }),
    traffic: (_table, replies) => event('traffic', { replies }),
    say: (text) => event('note', { text }),
    summary: (fields) => event('summary', fields),
    failure: (message, output, exitCode) => {
      event('error', { message, output });
      event('summary', { exitCode });
    },
  };
}
