import { parseManifest } from '@wasmcast/core';
import { driftRules } from '@wasmcast/engine';
import { expect, it } from 'vitest';
import { driftLines } from './drift-text.ts';
import { paint } from './text.ts';

it('says what was changed, by whom, when, and what becomes of it', () => {
  const by = { manager: 'kubectl-edit', at: '2026-11-23T02:00:00Z' };
  const lines = driftLines(
    [
      { kind: 'edited', object: 'EnvoyFilter foo/x', fields: ['spec'], by, policy: 'correct' },
      { kind: 'missing', object: 'ConfigMap foo/m\u001b[2J', fields: [], policy: 'warn' },
    ],
    paint(false),
  );
  expect(lines).toEqual([
    '  drift EnvoyFilter foo/x was edited (spec) by kubectl-edit at 2026-11-23T02:00:00Z: apply makes it as it was',
    expect.stringMatching(/ConfigMap .* is not there: apply leaves it \(drift: warn\)$/),
  ]);
  expect(lines.join('')).not.toContain('\u001b');
});

it("takes a filter's own word for drift before the fleet's, and corrects by default", () => {
  const policies = (fleetWord: string): readonly string[] => {
    const text = `
apiVersion: wasmcast.dev/v1alpha1
kind: Fleet
metadata: {name: shop}
${fleetWord}
filters:
- {name: own, module: {file: a.wasm}, drift: ignore}
- {name: other, module: {file: b.wasm}}
targets: [{name: t, local: {services: [{namespace: default, name: s, port: 0}]}}]
bindings: [{name: b, target: t, select: {namespace: default, name: s}, chain: [own, other]}]
`;
    const { fleet, diagnostics } = parseManifest([{ file: 'wasmcast.yaml', text }]);
    if (fleet === undefined) throw new Error(JSON.stringify(diagnostics));
    const rules = driftRules(fleet, []);
    return ['own', 'other'].map((name) => rules.policyOf(name));
  };
  expect(policies('drift: warn')).toEqual(['ignore', 'warn']);
  expect(policies('')).toEqual(['ignore', 'correct']);
});
