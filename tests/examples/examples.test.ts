// Every example is run, and what it prints is what examples/README.md says.
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { normal } from '../../examples/running-statistics/normal.ts';
import { command, root } from '../../scripts/command.ts';

const page = readFileSync(join(root, 'examples/README.md'), 'utf8');
/** What the page shows under each heading that names an example. */
const printed = new Map(
  [...page.matchAll(/^## ([a-z-]+)\n(?:(?!^## ).*\n)*?```text\n([^`]*)```/gm)].map(([, name, text]) => [name!, text!]),
);
const names = globSync('examples/*/main.ts', { cwd: root })
  .map((file) => dirname(file).slice('examples/'.length))
  .filter((name) => name !== 'demo');

test('the page shows every example and no other', () => {
  expect([...printed.keys()].sort()).toEqual(names.sort());
});

describe.concurrent('npm run example', () => {
  test.each(names)('%s prints what the page says', async (name) => {
    const { exit, stdout, stderr } = await command('node', ['scripts/example.ts', name], { timeoutSeconds: 15 });
    expect({ exit, stdout, stderr }).toEqual({ exit: 0, stdout: printed.get(name), stderr: '' });
  });
});

test('the running statistics are those of two passes over the same numbers', () => {
  const numbers = [...normal(1000, { mean: 100, deviation: 15, seed: 42 })];
  const twoPasses = [10, 100, 1000].map((count) => {
    const first = numbers.slice(0, count);
    const mean = first.reduce((sum, x) => sum + x, 0) / count;
    const variance = first.reduce((sum, x) => sum + (x - mean) ** 2, 0) / count;
    const range = Math.max(...first) - Math.min(...first);
    return `after ${count}: mean ${mean.toFixed(4)}, variance ${variance.toFixed(4)}, range ${range.toFixed(4)}\n`;
  });
  expect(printed.get('running-statistics')).toBe(twoPasses.join(''));
  // And they are around 100 with deviation 15: four standard errors to each side.
  const all = /after 1000: mean ([\d.]+), variance ([\d.]+)/.exec(twoPasses[2]!)!;
  expect(Math.abs(Number(all[1]) - 100)).toBeLessThan((4 * 15) / Math.sqrt(1000));
  expect(Math.abs(Math.sqrt(Number(all[2])) - 15)).toBeLessThan((4 * 15) / Math.sqrt(2000));
});
