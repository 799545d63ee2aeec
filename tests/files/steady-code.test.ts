// The engine may take back the fast code it has made of a loop, and make the same again, for ever. It tells when it does.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../../scripts/command.ts';

// The columns are told by an object with the members of a row, so to the engine it is one of them.
const READING = `
import { csv, each, pipeline, run } from 'headrace';
import { fileSource } from 'headrace/connectors/files';
let sum = 0;
const columns = { id: 'integer', land: 'string', price: 'number' };
await run(pipeline('prices').from(fileSource('prices.csv', csv({ columns }))).to(each(({ price }) => void (sum += price))));
console.log('sum', sum);
`;

test('the loop that shows rows to a function is compiled and then stays as it is', () => {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-steady-'));
  try {
    // A whole number now and then is what made the engine stumble.
    const lines = Array.from({ length: 300_000 }, (_, id) => `${id},CH,${id % 100 === 0 ? 7 : '1.25'}\n`);
    writeFileSync(join(folder, 'prices.csv'), `id,land,price\n${lines.join('')}`);
    const flags = ['--conditions=headrace-source', '--trace-deopt', '--input-type=module'];
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [...flags, '--eval', READING.replace("'prices.csv'", JSON.stringify(join(folder, 'prices.csv')))],
      {
        cwd: root,
        encoding: 'utf8',
        maxBuffer: 2 ** 26,
      },
    );
    expect(stderr).toBe('');
    expect(stdout).toContain(`sum ${297_000 * 1.25 + 3000 * 7}`);
    expect(stdout.split('\n').filter((line) => line.startsWith('[bailout') && line.includes('<JSFunction visit')).length).toBeLessThan(5);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 60_000);
