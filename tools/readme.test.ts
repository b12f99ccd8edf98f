import { rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { freePorts, readmeBlocks, runScript, scratchFolder, startScript } from './readme-commands.ts';

test('the journey of the README runs as it stands', async () => {
  const folder = await scratchFolder();
  const env = { XDG_STATE_HOME: folder, NO_COLOR: '1' };
  try {
    // Its ports may be taken here; all else runs as it stands.
    const ports = await freePorts(2);
    const here = (script: string): string =>
      script.replaceAll('8001', String(ports[0])).replaceAll('8002', String(ports[1]));
    const [write = '', manifest = '', ...rollOut] = readmeBlocks('sh').map(here);
    const first = await runScript(write + manifest, folder, env);
    expect(first.code, first.output).toBe(0);

    await using _mesh = startScript(readmeBlocks('sh run').join(''), folder, env);
    // `run` says when it is up; here whoever comes too early is told so (exit 69), and comes again.
    const wait = 'for i in $(seq 60); do npx wasmcast status >/dev/null 2>&1 && break; sleep 1; done\n';
    const { code, output } = await runScript(wait + rollOut.join(''), folder, env);
    expect(code, output).toBe(0);
    expect(output).toMatch(/live: fleet first on laptop, 1 instance/);
    expect(output).toContain('nothing was written');
    expect(output).toMatch(/removed: fleet first on laptop/);
    expect(output).toContain('exit code 4: the first wave is live, and waits');
    expect(output).toMatch(/live: fleet waves on laptop, 2 instances/);
    expect(output).toContain('exit code 3: as it was before');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 240_000);
