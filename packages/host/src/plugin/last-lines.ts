import type { LogEntry } from '../ports/ports.ts';
import type { PluginParts } from './load-root.ts';

/** Lines of a log, and characters of each, that are kept. */
const maxLines = 20;
const maxCharacters = 500;

/** The last lines of a log, short enough to be kept for long and shown in an error. */
export class LastLines {
  readonly entries: LogEntry[] = [];

  /** Parts of a plugin that log here, too. */
  of(parts: PluginParts): PluginParts {
    const log = (entry: LogEntry): void => {
      this.entries.push({ ...entry, message: entry.message.slice(0, maxCharacters) });
      if (this.entries.length > maxLines) this.entries.shift();
      parts.ports.log(entry);
    };
    return { ...parts, ports: { ...parts.ports, log } };
  }
}
