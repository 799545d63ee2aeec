import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { realWorld } from '../../src/base/real-world.ts';
import { type FileSourceOptions, fileSource } from '../../src/connectors/files/index.ts';
import { type LaneEvents, type NewLane, spawnLane } from '../../src/connectors/files/threads-lane.ts';
import { ThreadedRecords } from '../../src/connectors/files/threads-records.ts';
import { plainRows } from '../../src/core/column-rows.ts';
import type { FileFormat } from '../../src/core/format.ts';
import { type Answer, positionAt, type Reader, type Resume } from '../../src/core/source.ts';
import { type Codec, collect, csv, type DeadLetter, json, pipeline, run } from '../../src/index.ts';

const ROWS = 160_000;
let folder: string;
let path: string;
let lines: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'headrace-threads-'));
  path = join(folder, 'table.csv');
  lines = join(folder, 'table.jsonl');
  writeFileSync(path, `id,land,name,note\n${Array.from({ length: ROWS }, (_, id) => row(id)).join('')}`);
  writeFileSync(
    lines,
    Array.from(
      { length: 110_000 },
      (_, id) => `{"id":${id % 20_011 === 5 ? '"x"' : id},"name":"né ${id * 7919}","x":[${'1,'.repeat(20)}2]}\n`,
    ).join(''),
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Seven megabytes with all there is: line ends in quotes, bad rows, many different strings, and one quote that stands for itself. */
function row(id: number): string {
  if (id % 9973 === 0) return `no number,"CH\n",,\n`;
  const note =
    id % 11 === 0 ? `"${id} lines\nand ""quotes"",\n\n"` : id === 60_000 ? '5" high' : id % 3 === 0 ? '' : `a note of some length ${id}`;
  return `${id},${['CH', 'DE', 'Ö'][id % 3]},name ${(id * 7919) % 100_003} ${id % 5 === 0 ? 'Ā' : 'é'},${note}\n`;
}

const columns = { id: 'integer', land: 'string', name: 'string', note: 'string?' } as const;
const table = csv({ columns, dictionary: { entries: 1000 } });

async function opened(
  options: FileSourceOptions,
  resume?: Resume,
  format: Codec<unknown> | FileFormat<unknown> = table,
  file = path,
): Promise<Reader<unknown>> {
  const signal = new AbortController().signal;
  return await fileSource(file, format, options).open(0, resume, { world: realWorld(), signal });
}

/** One line a record; and where each read has ended. */
async function told(
  reader: Reader<unknown>,
  limit = 1024,
  most = Number.POSITIVE_INFINITY,
): Promise<{ records: string[]; resumes: (readonly [number, Resume])[] }> {
  const records: string[] = [];
  const resumes: (readonly [number, Resume])[] = [];
  for (let end = false; !end && records.length < most; ) {
    const answer: Answer<unknown> = await reader.read(limit, new AbortController().signal);
    const values = answer.columns === undefined ? (answer.values ?? []) : plainRows.rows(answer.columns);
    const refused = [...(answer.refused ?? [])];
    for (let i = 0; i <= values.length; i++) {
      for (; refused[0]?.before === i; refused.shift())
        records.push(`${refused[0]!.position} ${refused[0]!.error.message} ${String(Buffer.from(refused[0]!.bytes!))}`);
      if (i < values.length) records.push(`${positionAt(answer.positions, i)} ${JSON.stringify(values[i])}`);
    }
    resumes.push([records.length, answer.resume]);
    end = answer.end === true;
  }
  await reader.close();
  return { records, resumes };
}

test('two threads tell what one pass tells, and a run goes on either way at any place', async () => {
  const one = await told(await opened({}));
  expect(one.records).toHaveLength(ROWS);
  const two = await told(await opened({ threads: 2 }));
  expect(two.records).toEqual(one.records);
  const places = [
    [two.resumes[20]!, {}],
    [one.resumes[77]!, { threads: 2 }],
    [two.resumes[110]!, { threads: 3 }],
  ] as const;
  for (const [[count, resume], options] of places) {
    const rest = await told(await opened(options, resume));
    expect(rest.records.length).toBe(ROWS - count);
    expect(rest.records).toEqual(one.records.slice(count));
  }
}, 60_000);

/** The records of the table, of which the threads are watched. */
async function watched(format: FileFormat<unknown>, seen: Partial<LaneEvents>): Promise<ThreadedRecords<unknown>> {
  const file = await realWorld().files.open(path, 'read');
  const newLane: NewLane = (setup, number, { told: tell, failed }) =>
    spawnLane(setup, number, {
      told(answer) {
        seen.told?.(answer);
        tell(answer);
      },
      failed(error) {
        failed(error);
        seen.failed?.(error);
      },
    });
  return new ThreadedRecords({
    file,
    split: format.blocks!.split!,
    threads: 2,
    where: `file:${path}`,
    from: { at: 0, line: 0 },
    bytes: await file.size(),
    recordBytes: 1_000_000,
    unitBytes: 100_000,
    newLane,
    explain: (error) => error,
  });
}

test('threads read what is not yet wanted, and what they tell is what one pass tells', async () => {
  let units = 0;
  const begun = Promise.withResolvers<void>();
  const records = await watched(table, {
    told({ pieces }) {
      if (pieces.some(({ columns: packed }) => packed !== undefined)) units++;
      if (units > 1) begun.resolve();
    },
  });
  const ats: number[] = [];
  for (let end = false; !end; ) {
    const piece = await records.read(1024);
    ats.push(...Array.from(piece.at));
    ({ end } = piece);
    // The first record is read here, and the units behind it are given to the threads when the next one is asked for.
    if (ats.length > 1) await begun.promise;
    await new Promise(setImmediate);
  }
  await records.close();
  expect(ats).toEqual((await told(await opened({}))).records.filter((record) => record.includes('{')).map(Number.parseFloat));
  expect(units).toBeGreaterThan(10);
}, 60_000);

test('threads read JSON lines, rows of a schema and files of a folder', async () => {
  const some = json({ columns: { id: 'integer', name: 'string' } });
  expect((await told(await opened({ threads: 2 }, undefined, some, lines))).records).toEqual(
    (await told(await opened({}, undefined, some, lines))).records,
  );
  const checked = csv({
    columns,
    schema: {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: (value) => ((value as { id: number }).id === 777 ? { issues: [{ message: 'not this one' }] } : { value }),
      },
    },
  });
  const one = await told(await opened({}, undefined, checked));
  expect(one.records.filter((record) => record.includes('not this one'))).toHaveLength(1);
  expect((await told(await opened({ threads: 2 }, undefined, checked))).records).toEqual(one.records);
  const all = await told(await opened({ threads: 2 }, undefined, table, join(folder, '*.csv')));
  expect(all.records[5]).toContain('table.csv:');
  expect(all.records.length).toBe(ROWS);
}, 60_000);

test('a run over threads gives the same values and dead letters', async () => {
  const outcome = async (options: FileSourceOptions): Promise<unknown> => {
    const [values, letters] = [collect<unknown>(), collect<DeadLetter>()];
    const reading = pipeline('reading', { onError: 'deadLetter' });
    reading
      .from(fileSource(path, table, options))
      .filter(({ id }) => id % 7 === 0)
      .map(({ id, name }, { position }) => `${position} ${id} ${name}`)
      .to(values);
    reading.deadLetters().to(letters);
    const report = await run(reading);
    return {
      values: values.values,
      letters: letters.values.map(({ time: _, bytes, ...letter }) => ({ ...letter, text: String(bytes && Buffer.from(bytes)) })),
      in: report.in,
    };
  };
  expect(await outcome({ threads: 2 })).toEqual(await outcome({}));
}, 60_000);

test('a program that stops in the middle of a file has no thread left, and ends', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'threads/abandon.ts'), path], {
    timeout: 60_000,
  });
  expect(stdout).toBe('3000');
}, 90_000);

describe('a thread', () => {
  const withModule = (name: string): FileFormat<unknown> => {
    const { blocks } = table;
    const module = new URL(`./threads/${name}.ts`, import.meta.url).href;
    return { kind: 'csv', blocks: { ...blocks!, split: { ...blocks!.split!, module } } };
  };

  test.each([
    ['throws', /^thread [12] of those that read the file ended by an error: a fault in the reader \(file:.*table\.csv\)/],
    ['exits', /^thread [12] of those that read the file ended with exit code 7 \(file:.*table\.csv\)/],
  ])('that %s is an error which names it', async (name, message) => {
    const ended = Promise.withResolvers<void>();
    const records = await watched(withModule(name), { failed: () => ended.resolve() });
    await records.read(1024);
    await records.read(1024);
    await ended.promise;
    const rest = async (): Promise<void> => {
      for (let end = false; !end; ) ({ end } = await records.read(1024));
    };
    await expect(rest()).rejects.toMatchObject({ code: 'HR_FILE_THREAD_ENDED', message: expect.stringMatching(message) });
    await records.close();
  });

  test('that hangs, and another that waits for it, are ended by a close', async () => {
    const before = fileDescriptors();
    const reader = await opened({ threads: 2 }, undefined, withModule('hangs'));
    await reader.read(1024, new AbortController().signal);
    const waiting = reader.read(1024, new AbortController().signal);
    await reader.close();
    expect((await waiting).resume).toBeDefined();
    expect(fileDescriptors()).toBe(before);
  });
});

function fileDescriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

test.each([
  ['lines of text', json(), { threads: 2 }, /json cannot/],
  ['none', table, { threads: 0 }, /threads/],
  ['what is followed', table, { threads: 2, tail: true }, /read by one/],
  ['thousands', table, { threads: 1000 }, /threads is 1000/],
])('threads for %s are refused', (_, format, options, message) => {
  expect(() => fileSource(path, format as Codec<unknown>, options)).toThrow(message);
});
