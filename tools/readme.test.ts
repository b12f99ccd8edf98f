import { rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { freePorts, readmeBlocks, runScript, scratchFolder, startScript } from './readme-commands.ts';

test('the journey of the README runs as it stands', async () => {
  const folder = await scratchFolder();
  const env = { XDG_STATE_HOME: folder, NO_COLOR: '1' };
  try {
    // Its ports may be taken here; all else runs as it stands.
    const ports = await freePorts(3);
    const here = (script: string): string =>
      ['8001', '8002', '8090'].reduce((text, port, at) => text.replaceAll(port, String(ports[at])), script);
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

    await using _modules = startScript(readmeBlocks('sh serve').map(here).join(''), folder, env);
    const digest = '$(sha256sum hello/build/filter.wasm | cut -c-64)';
    const fetched = `curl -sf --retry 60 --retry-all-errors http://localhost:8090/modules/${digest}.wasm | cmp - hello/build/filter.wasm`;
    expect(await runScript(here(fetched), folder, env)).toEqual({ code: 0, output: '' });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 240_000);
