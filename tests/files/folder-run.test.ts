// `headrace run` over a folder of packed CSV, into CSV files that roll, under checkpoints: stopped, killed and run again.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { main, modules } from '../cli/headrace.ts';
import { outside } from './outside.ts';

const isFull = process.env['HEADRACE_TEST'] === 'full';
const FILES = 4;
/** Of each file. */
const ROWS = isFull ? 3000 : 1500;
const SEEN = 500;

const module = `import { csv, pipeline } from 'headrace';
import { fileSink, fileSource } from 'headrace/connectors/files';
const columns = { id: 'integer', land: { as: 'string', oneOf: ['CH', 'DE', 'FR'] }, note: 'string' } as const;
export default pipeline('swiss')
  .from(fileSource('in/*.csv.gz', csv({ columns }), { blockBytes: '16KiB' }))
  // Some ten thousand a second, so that there is a middle to be stopped in.
  .mapAsync(async (row) => { await new Promise((go) => setTimeout(go, 4)); return row; }, { concurrency: 50, name: 'slow' })
  .tap((row) => { if (row.id % ${SEEN} === 0) console.log('seen ' + row.id); })
  .filter((row) => row.land === 'CH')
  .to(fileSink('out/swiss.csv', csv({ columns }), { roll: { records: 300 } }));
`;

const LANDS = ['CH', 'DE', 'FR'];
const note = (id: number): string => (id % 7 === 0 ? '"two\nlines, and ""more"""' : `note ${id}`);

function input(file: number): string {
  const rows = Array.from({ length: ROWS }, (_, i) => {
    const id = file * ROWS + i;
    return `${id},${LANDS[id % 3]},unread ${i},${note(id)}`;
  });
  return ['id,land,more,note', ...rows].join('\r\n');
}

/** What a spreadsheet program would make of it by hand. */
function plainAnswer(): string {
  let answer = '';
  for (let id = 0; id < FILES * ROWS; id += 3) answer += `${id},CH,${note(id)}\n`;
  return answer;
}

const HEADER = 'id,land,note\n';
let made: ReturnType<typeof modules> | undefined;
afterEach(() => made?.remove());

/** All files that were committed, one behind the other; each has its header, and none is longer than it may be. */
function written(folder: string): string {
  const names = readdirSync(join(folder, 'out'))
    .filter((name) => !name.startsWith('.'))
    .sort();
  expect(names).toEqual(names.map((_, i) => `swiss-${String(i + 1).padStart(8, '0')}.csv`));
  return names
    .map((name) => {
      const text = readFileSync(join(folder, 'out', name), 'utf8');
      expect(text.startsWith(HEADER), name).toBe(true);
      return text.slice(HEADER.length);
    })
    .join('');
}

type End = 'SIGINT' | 'SIGKILL';
const lives: readonly (readonly [name: string, ends: readonly End[]])[] = isFull
  ? [
      ['Ctrl-C in the middle, and again', ['SIGINT', 'SIGINT']],
      ['kill -9 in the middle, and again', ['SIGKILL', 'SIGKILL']],
      ['all of it', ['SIGKILL', 'SIGINT', 'SIGKILL', 'SIGINT', 'SIGKILL', 'SIGKILL']],
    ]
  : [['Ctrl-C in the middle, then kill -9', ['SIGINT', 'SIGKILL']]];

test.each(lives)(
  '%s: the output is the plain answer',
  async (_name, ends) => {
    const { folder } = (made = modules({ 'swiss.ts': module, 'out/.keep': '', 'in/.keep': '' }));
    for (let i = 0; i < FILES; i++) writeFileSync(join(folder, `in/${i}.csv.gz`), gzipSync(input(i)));
    const run = [main, 'run', 'swiss.ts', '--dir', 'state', '--checkpoint-every', '30ms', '--quiet'];
    const answer = plainAnswer();
    let before = 0;
    for (const [i, end] of ends.entries()) {
      // A later life is ended later, each within what is left.
      const from = (FILES * ROWS * (i + 1)) / (ends.length + 2);
      let isSent = false;
      const life = await outside(run, {
        cwd: folder,
        saw(child, stdout) {
          const seen = Number(/.*seen (\d+)/s.exec(stdout)?.[1] ?? -1);
          if (!isSent && seen >= from) isSent = child.kill(end);
        },
      });
      expect([life.exit, life.signal], life.stderr).toEqual(end === 'SIGINT' ? [0, null] : [null, 'SIGKILL']);
      const soFar = written(folder);
      expect(answer.startsWith(soFar)).toBe(true);
      // A kill may come before the first checkpoint of its life.
      expect(soFar.length).toBeGreaterThanOrEqual(before);
      expect(soFar.length).toBeLessThan(answer.length);
      before = soFar.length;
    }
    expect(before).toBeGreaterThan(0); // Or nothing was gone on with.
    const last = await outside(run, { cwd: folder });
    expect({ exit: last.exit, stderr: last.stderr }).toEqual({ exit: 0, stderr: '' });
    expect(written(folder)).toBe(answer);
  },
  120_000,
);
