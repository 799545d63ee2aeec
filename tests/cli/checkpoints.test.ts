// `headrace run --dir`: stopped, killed and run again, by the files it leaves.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { command } from '../../scripts/command.ts';
import { headrace, jsonLines, modules } from './headrace.ts';

const RECORDS = 3000;
const { folder, remove } = modules({
  // Ten records at a time with a pause, so that a run lasts long enough to be stopped in its midst.
  'sums.ts': `import { json, type Pipeline, pipeline, text } from 'headrace';
import { fileSink, fileSource } from 'headrace/connectors/files';
const sums: Pipeline = pipeline('sums')
  .from(fileSource('in.txt', text(), { blockBytes: 64 }))
  .mapAsync(async (line) => { await new Promise((go) => setTimeout(go, 5)); return Number(line); }, { concurrency: 10, name: 'slow' })
  .keyBy((n) => n % 3)
  .scan('sum', () => ({ n: 0, sum: 0 }), ({ sum }, n) => ({ n, sum: sum + n }))
  .to(fileSink('out.jsonl', json()));
export default sums;`,
  'squares.ts': `import { json, type Pipeline, pipeline, print, values } from 'headrace';
const squares: Pipeline = pipeline('squares')
  .from(values([1, 2, 3]))
  .onWorkers('square', 2, (numbers) => numbers.map((n) => n * n))
  .to(print());
export default squares;`,
  'alone.ts': `import { collect, pipeline, run, values } from 'headrace';
import { embedded } from 'headrace/runtimes/embedded';
const report = await run(pipeline('alone').from(values([1, 2])).to(collect()), { runtime: embedded({ dir: 'alone', checkpointEvery: '1m' }) });
console.log(report.ended);`,
  'in.txt': Array.from({ length: RECORDS }, (_, n) => `${n}\n`).join(''),
});
afterAll(remove);

const left = (): string[] =>
  readdirSync(folder)
    .filter((name) => /^out-\d+\.jsonl$/.test(name))
    .sort();
const committed = (): string[] => left().flatMap((name) => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n'));
/** What comes of all records, each once: the running sum of its key. */
function expected(): string[] {
  const sums = [0, 0, 0];
  return Array.from({ length: RECORDS }, (_, n) => {
    sums[n % 3]! += n;
    return JSON.stringify({ n, sum: sums[n % 3] });
  });
}
const keeping = ['run', 'sums.ts', '--dir', 'state', '--checkpoint-every', '50ms', '--json'];

describe('a run with --dir', () => {
  beforeEach(() => {
    for (const name of ['state', 'out.jsonl', ...readdirSync(folder).filter((file) => /^\.?out/.test(file))]) {
      rmSync(join(folder, name), { recursive: true, force: true });
    }
  });

  test('stopped by Ctrl-C and run again, it writes what one run would have written', async () => {
    let isSent = false;
    const first = await headrace(keeping, {
      cwd: folder,
      saw(child, _stdout, stderr) {
        if (!isSent && stderr.includes('"metrics"')) isSent = child.kill('SIGINT');
      },
    });
    const stopped = jsonLines(first.stderr).at(-1) as {
      ended: string;
      in: number;
      out: number;
      checkpoint: { from: number; last: number };
    };
    expect(first.exit).toBe(0);
    expect(stopped).toMatchObject({ type: 'report', ended: 'stop', out: stopped.in, checkpoint: { from: 0 } });
    expect(stopped.in).toBeLessThan(RECORDS);
    // The stop has taken a checkpoint: whatever was read is there.
    expect(committed()).toEqual(expected().slice(0, stopped.in));

    const second = await headrace(keeping, { cwd: folder });
    const lines = jsonLines(second.stderr);
    expect(lines[0]).toMatchObject({ type: 'resumed', pipeline: 'sums', from: stopped.checkpoint.last });
    expect(lines.at(-1)).toMatchObject({ type: 'report', ended: 'end', in: RECORDS - stopped.in });
    expect(committed()).toEqual(expected());
  });

  test('killed and run again likewise, and nothing is seen of what no checkpoint has', async () => {
    let isSent = false;
    const first = await headrace(keeping, {
      cwd: folder,
      saw(child, _stdout, stderr) {
        if (!isSent && stderr.includes('"metrics"')) isSent = child.kill('SIGKILL');
      },
    });
    expect(first.signal).toBe('SIGKILL');
    expect(committed()).toEqual(expected().slice(0, committed().length));
    expect(committed().length).toBeLessThan(RECORDS);
    const second = await headrace(keeping, { cwd: folder });
    expect(jsonLines(second.stderr)[0]).toMatchObject({ type: 'resumed' });
    expect(committed()).toEqual(expected());
  });

  test('one whose data is worked off says so and ends with 0; --again begins anew', async () => {
    writeFileSync(join(folder, 'few.ts'), readFileSync(join(folder, 'sums.ts'), 'utf8').replace("'in.txt'", "'few.txt'"));
    writeFileSync(join(folder, 'few.txt'), '1\n2\n');
    const few = ['run', 'few.ts', '--dir', 'state', '--json'];
    expect(jsonLines((await headrace(few, { cwd: folder })).stderr).at(-1)).toMatchObject({
      ended: 'end',
      in: 2,
      checkpoint: { from: 0, last: 1 },
    });
    const idle = await headrace(few, { cwd: folder });
    expect(idle.exit).toBe(0);
    expect(jsonLines(idle.stderr)).toEqual([
      expect.objectContaining({ type: 'report', ended: 'before', in: 0, checkpoint: { from: 1, last: 1 } }) as object,
    ]);
    expect(idle.stderr).toContain('--again begins anew');
    const again = await headrace([...few, '--again'], { cwd: folder });
    expect(jsonLines(again.stderr)).toEqual([
      expect.objectContaining({ type: 'report', ended: 'end', in: 2, checkpoint: { from: 0, last: 2 } }) as object,
    ]);
    expect(committed()).toEqual(['{"n":1,"sum":1}', '{"n":2,"sum":2}']);
  });

  test('an operator that remembers and has no name is refused before anything is read', async () => {
    writeFileSync(
      join(folder, 'nameless.ts'),
      `import { each, pipeline, values } from 'headrace';
export default pipeline('nameless').from(values([1])).take(1).to(each(() => {}));`,
    );
    const { exit, stderr } = await headrace(['run', 'nameless.ts', '--dir', 'state'], { cwd: folder });
    expect(exit).toBe(3);
    expect(stderr).toMatch(/^HR_NAME_MISSING: /);
  });
});

test('a process whose run has ended is not kept alive for the next checkpoint', async () => {
  const { exit, stdout } = await command('node', ['--conditions=headrace-source', 'alone.ts'], { cwd: folder, timeoutSeconds: 12 });
  expect({ exit, stdout }).toEqual({ exit: 0, stdout: 'end\n' });
});

test('threads find the functions of the module that was named', async () => {
  expect(await headrace(['run', 'squares.ts', '--quiet'], { cwd: folder })).toMatchObject({ exit: 0, stdout: '1\n4\n9\n', stderr: '' });
});

test('--parallelism gives the same answers per key', async () => {
  for (const name of readdirSync(folder)) if (/^\.?out/.test(name)) rmSync(join(folder, name));
  const { exit } = await headrace(['run', 'sums.ts', '--parallelism', '2', '--json'], { cwd: folder });
  expect(exit).toBe(0);
  const lines = readFileSync(join(folder, 'out.jsonl'), 'utf8').trimEnd().split('\n');
  const ofKey = (all: readonly string[], key: number) => all.filter((line) => (JSON.parse(line) as { n: number }).n % 3 === key);
  for (const key of [0, 1, 2]) expect(ofKey(lines, key)).toEqual(ofKey(expected(), key));
});
