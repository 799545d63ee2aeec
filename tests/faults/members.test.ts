// One record that a connector cannot take or bring costs that record only.
import { expect, test } from 'vitest';
import { virtualWorld } from '../../src/base/virtual-world.ts';
import { fileSink, fileSource } from '../../src/connectors/files/index.ts';
import type { DeadLetter } from '../../src/core/letter.ts';
import { collect, json, type OnError, pipeline, run, text, tumblingCount, values } from '../../src/index.ts';
import { embedded } from '../../src/runtime/embedded.ts';
import { guardRejections } from './rig.ts';

guardRejections();

/** Writes values of which the third and the last have no JSON; answers the file and the letters. */
async function written(onError: OnError, chunk: number) {
  const world = virtualWorld();
  const letters = collect<DeadLetter>();
  const made = pipeline('written', { onError });
  const stream = made.from(values<unknown>([1, 2, 3n, 4, 5, 6n]));
  stream.to(fileSink('out.jsonl', json()));
  if (onError === 'deadLetter') made.deadLetters().to(letters);
  const outcome = await world.until(
    run(made, { runtime: embedded({ world, chunk }), signals: false }).catch((error: unknown) => error as Error),
  );
  const file = await world.files.open('out.jsonl', 'read');
  const bytes = new Uint8Array(100);
  const lines = new TextDecoder().decode(bytes.subarray(0, await file.read(bytes, 0)));
  return { outcome, lines, letters: letters.values };
}

test.each([1, 2, 1024])('a value without bytes is refused alone, in chunks of %i', async (chunk) => {
  const { outcome, lines, letters } = await written('deadLetter', chunk);
  expect(lines).toBe('1\n2\n4\n5\n');
  expect(letters.map(({ id, operator, error, value }) => [id, operator, error.code, value])).toEqual([
    ['values/0/2', 'file:out.jsonl', 'HR_VALUE_UNENCODABLE', 3n],
    ['values/0/5', 'file:out.jsonl', 'HR_VALUE_UNENCODABLE', 6n],
  ]);
  expect(outcome).toMatchObject({ in: 6, out: 4, deadLetters: 2 });
});

test('with stop, what stands before such a value is written and the run names it', async () => {
  const { outcome, lines } = await written('stop', 1024);
  expect(lines).toBe('1\n2\n');
  expect(outcome).toMatchObject({ code: 'HR_VALUE_UNENCODABLE' });
  expect(outcome).toMatchObject({ message: expect.stringContaining('values/0/2') as string });
});

test.each(['skip', 'deadLetter'] as const)(
  'a line that is too long is refused alone (%s), and reading goes on behind it',
  async (onError) => {
    const world = virtualWorld();
    const file = await world.files.open('in.txt', 'create');
    await file.write(new TextEncoder().encode(`short\n${'x'.repeat(100)}\nalso short\n`), 0);
    await file.close();
    const lines = collect<string>();
    const letters = collect<DeadLetter>();
    const made = pipeline('lines', { onError });
    made.from(fileSource('in.txt', text(), { recordBytes: 30 })).to(lines);
    if (onError === 'deadLetter') made.deadLetters().to(letters);
    const report = await world.until(run(made, { runtime: embedded({ world }), signals: false }));
    expect(lines.values).toEqual(['short', 'also short']);
    expect([report.skipped, report.deadLetters]).toEqual(onError === 'skip' ? [1, 0] : [0, 1]);
    expect(letters.values.map(({ error }) => error.code)).toEqual(onError === 'skip' ? [] : ['HR_RECORD_TOO_LARGE']);
  },
);

test('windows that hold more than the memory stop the run and say so, instead of waiting for ever', async () => {
  function* lines(): Iterable<string> {
    for (;;) yield 'x'.repeat(1000);
  }
  const made = pipeline('greedy').from(values(lines())).window('all', tumblingCount(1_000_000)).toArray().to(collect());
  const outcome = run(made, { runtime: embedded({ memory: '1MiB' }), signals: false });
  await expect(outcome).rejects.toMatchObject({ code: 'HR_MEMORY_FULL' });
});
