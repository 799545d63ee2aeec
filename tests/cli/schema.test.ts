// `headrace schema` prints TypeScript that compiles, runs and reads the file it was made from.
import { gzipSync } from 'node:zlib';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { command } from '../../scripts/command.ts';
import { headrace, modules } from './headrace.ts';

const { folder, remove } = modules({
  'preise.csv': 'name; preis\nA; 1,50\nB; 12,25\n',
  'order-items.csv': `id;unit price;note's;at
1;2.5;"a;""b""";2026-01-31
2;NA;;2026-01-31T12:30:00Z
3
`,
});
afterAll(remove);

const PRINTED = `// order-items.csv: 3 rows, all of it. Separated by semicolons, names in the first line.
// 1 row of another length: refused, unless you say ragged: 'pad' or 'cut'.
import { csv } from 'headrace';

export const orderItems = csv({
  separator: ';',
  nulls: ['', 'NA'],
  columns: {
    id: 'integer',
    'unit price': 'number?',
    'note\\'s': 'string?',
    at: 'time',
  },
});
`;

test('it prints the columns of a file', async () => {
  expect(await headrace(['schema', 'order-items.csv'], { cwd: folder })).toEqual({ exit: 0, signal: null, stdout: PRINTED, stderr: '' });
});

test('it prints commas and blanks too', async () => {
  const { stdout } = await headrace(['schema', 'preise.csv'], { cwd: folder });
  expect(stdout).toContain(`csv({
  separator: ';',
  decimal: ',',
  trim: true,
  columns: {
    name: 'string',
    preis: 'number',
  },
});`);
});

test('what it prints reads the file', async () => {
  writeFileSync(
    join(folder, 'read.ts'),
    `${PRINTED}
import { readFileSync } from 'node:fs';
const reader = orderItems.blocks!.open({ where: 'x', recordBytes: 1000 });
reader.feed(readFileSync('order-items.csv'));
reader.end();
const { columns, refused } = reader.next(10)!;
console.log(columns!.length, refused!.length, columns!.names.join());
`,
  );
  const { stdout, stderr } = await command('node', ['--conditions=headrace-source', 'read.ts'], { cwd: folder });
  expect({ stdout, stderr }).toEqual({ stdout: "2 1 id,unit price,note's,at\n", stderr: '' });
});

test('what cannot be guessed is said', async () => {
  writeFileSync(join(folder, 'packed.csv.gz'), gzipSync('a,b\n1,2\n'));
  writeFileSync(join(folder, 'empty.csv'), '');
  const ended = async (...args: readonly string[]): Promise<string> => {
    const { exit, stdout, stderr } = await headrace(['schema', ...args], { cwd: folder });
    expect(stdout).toBe('');
    return `${exit} ${stderr.split('\n')[0]}`;
  };
  expect(await ended('packed.csv.gz')).toContain('1 HR_SCHEMA_UNKNOWN: the file is compressed (packed.csv.gz). Unpack it first');
  expect(await ended('empty.csv')).toContain('1 HR_SCHEMA_UNKNOWN: there is no row to look at (empty.csv).');
  expect(await ended('missing.csv')).toContain('1 HR_FILE_MISSING');
  expect(await ended()).toContain('2 HR_USAGE: schema wants one file, and here are 0.');
});
