import type { Command } from 'commander';
import { bashScript } from '../completion/bash.ts';
import { programWords } from '../completion/command-words.ts';
import { fishScript } from '../completion/fish.ts';
import { zshScript } from '../completion/zsh.ts';
import type { View } from '../views/view.ts';

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

/** A shell that `completion` knows. */
export type Shell = keyof typeof scripts;

/** `wasmcast completion SHELL`: a script that makes the shell complete the commands and flags of this program. */
export async function completion(shell: Shell, program: Command, view: View): Promise<void> {
  const script = scripts[shell](programWords(program));
  view.answer('completion', script, { shell, script });
}
