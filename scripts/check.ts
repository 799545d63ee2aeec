// Everything a contributor runs before a change is handed in: `npm run check`, or `npm run check -- lint tidy` for some.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command } from './command.ts';

type Step = readonly [name: string, program: string, args: readonly string[]];

const packed = mkdtempSync(join(tmpdir(), 'headrace-check-'));
const tarball = (): string => join(packed, readdirSync(packed)[0] ?? 'no tarball: did the step pack fail?');

/** In order; publint and attw look at the tarball that the step pack leaves. */
const steps: readonly (() => Step)[] = [
  () => ['types', 'tsc', ['-p', 'tsconfig.json']],
  () => ['lint', 'oxlint', ['--type-aware', '--deny-warnings']],
  () => ['format', 'biome', ['format', '.']],
  () => ['tidy', 'node', ['scripts/tidy.ts']],
  () => ['wasm', 'node', ['scripts/wasm.ts', '--check']],
  () => ['unused', 'knip', ['--no-progress']],
  () => ['build', 'npm', ['run', 'build']],
  () => ['pack', 'npm', ['pack', '--ignore-scripts', '--pack-destination', packed]],
  () => ['publint', 'publint', ['run', tarball(), '--strict']],
  // Wildcard entry points are not found by attw itself, so one of each kind is named.
  () => ['attw', 'attw', [tarball(), '--profile', 'esm-only', '--include-entrypoints', 'connectors/files', 'runtimes/embedded']],
];

const asked = process.argv.slice(2);
let failed = 0;
for (const step of steps) {
  const [name, program, args] = step();
  if (asked.length > 0 && !asked.includes(name)) continue;
  const { exit, stdout, stderr, seconds } = await command(program, args);
  console.log(`${exit === 0 ? 'ok    ' : 'FAILED'} ${name.padEnd(8)} ${seconds.toFixed(1)} s`);
  if (exit === 0) continue;
  failed++;
  console.log(`${stdout}${stderr}`.replace(/^/gm, '    ').trimEnd());
}
rmSync(packed, { recursive: true, force: true });
process.exitCode = failed === 0 ? 0 : 1;
