// A file that may not grow: what `ulimit -f` allows is to the one who writes as a disk that is full.
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { openTopic, run } from '../../src/index.ts';
import { embedded } from '../../src/runtime/embedded.ts';
import { COUNT, described, type Line, lineAt, made, type Way } from './programs/limited-plans.ts';

const program = join(import.meta.dirname, 'programs/limited-files.ts');
/** In blocks of 512 bytes, as POSIX has it: 200 KiB. */
const BLOCKS = 400;
const isUnix = process.platform !== 'win32';

interface Said {
  readonly acknowledged: number;
  readonly codes: readonly string[];
  readonly message: string;
  readonly todo: string;
}

async function limited(way: Way, dir: string): Promise<Said> {
  const script = `ulimit -f ${BLOCKS} && exec "$0" --conditions=headrace-source "$@"`;
  const { stdout } = await promisify(execFile)('sh', ['-c', script, process.execPath, program, way, dir]);
  return JSON.parse(stdout) as Said;
}

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'headrace-limited-'));
  onTestFinished(() => rmSync(made, { recursive: true }));
  return made;
}

/** What is committed: files that still have their working name are not. */
function linesIn(dir: string): readonly Line[] {
  return readdirSync(dir)
    .filter((name) => /^lines-\d+\.jsonl$/.test(name))
    .sort()
    .flatMap((name) => readFileSync(join(dir, name), 'utf8').split('\n').slice(0, -1))
    .map((line) => JSON.parse(line) as Line);
}

const expected: readonly Line[] = Array.from({ length: COUNT }, (_, n) => lineAt(n));

test.runIf(isUnix)(
  'a topic whose file has reached its limit says so, keeps what it has acknowledged, and takes more once it may',
  async () => {
    const dir = folder();
    const said = await limited('topic', dir);
    expect(said.codes).toEqual(['HR_LOG_DISK_FULL', 'EFBIG']);
    expect(said.message).toMatch(/may not grow further/);
    expect(said.todo).toMatch(/ulimit -f/);
    expect(said.acknowledged).toBeGreaterThan(100);
    await using opened = await openTopic(described, { dir });
    const read = async (): Promise<Line[]> => {
      const found: Line[] = [];
      for await (const { value } of opened.read({ until: 'caughtUp' })) found.push(value);
      return found;
    };
    expect(await read()).toEqual(expected.slice(0, said.acknowledged));
    await opened.writeAll(expected.slice(said.acknowledged));
    expect(await read()).toEqual(expected);
  },
);

test.runIf(isUnix).each([
  ['the file of a sink', 'sink', 'HR_DISK_FULL', expected],
  ['the file of a checkpoint', 'state', 'HR_CHECKPOINT_FAILED', expected.map((line): Line => ({ ...line, padding: '' }))],
] satisfies [string, 'sink' | 'state', string, readonly Line[]][])(
  '%s has reached its limit: the run says what to do, and the next one, with room, brings every line once',
  async (_what, way, code, lines) => {
    const dir = folder();
    const said = await limited(way, dir);
    expect(said.codes.at(-1)).toBe('EFBIG');
    expect(said.codes[0]).toBe(code);
    expect(said.todo).toMatch(/ulimit -f/);
    const before = linesIn(dir);
    expect(before).toEqual(lines.slice(0, before.length));
    expect(before.length).toBeGreaterThanOrEqual(said.acknowledged);
    expect(before.length).toBeLessThan(COUNT);
    await run(made(way, dir), { runtime: embedded({ dir: join(dir, 'state'), checkpointEvery: 100 }), signals: false });
    expect(linesIn(dir)).toEqual(lines);
  },
);
