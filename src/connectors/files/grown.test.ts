import { expect, test } from 'vitest';
import { type VirtualFiles } from '../../base/virtual-files.ts';
import { text } from '../../codecs/text.ts';
import type { Codec } from '../../core/codec.ts';
import { chunkOf } from '../../testing/sink-writing.ts';
import { put, read } from './files-rig.ts';
import { disk, openOut, OUT } from './two-phase-rig.ts';
import type { Token, Writer } from '../../core/sink.ts';

const options = { mode: 'append' } as const;

async function commit(writer: Required<Writer<string>>, n: number, ...values: string[]): Promise<Token> {
  if (values.length > 0) await writer.write(chunkOf(values));
  const token = await writer.prepare(n);
  await writer.commit([token]);
  return token;
}

const all = (files: VirtualFiles): Promise<string> => read({ files }, OUT);

test('one file grows from checkpoint to checkpoint and over restarts, and what was not committed is cut off', async () => {
  const files = await disk();
  const first = await openOut(files, options);
  await commit(first, 1, 'a', 'b');
  const token = await commit(first, 2, 'c');
  await first.write(chunkOf(['lost'.repeat(20)]));
  await first.flush();
  expect(await all(files)).toBe(`a\nb\nc\n${'lost'.repeat(20)}\n`);
  const second = await openOut(files, { ...options, committed: [token] });
  expect(await all(files)).toBe('a\nb\nc\n');
  const last = await commit(second, 3, 'd');
  await second.close();
  await (await openOut(files, { ...options, committed: [last] })).close();
  expect(await all(files)).toBe('a\nb\nc\nd\n');
});

test('without a checkpoint it goes on behind what is there, closes a torn last line, and cuts off what a killed run has left', async () => {
  const files = await disk();
  await put({ files }, 'theirs', OUT);
  const killed = await openOut(files, options);
  await killed.write(chunkOf(['x'.repeat(50)]));
  await killed.flush();
  const writer = await openOut(files, options);
  await commit(writer, 1, 'a');
  await writer.close();
  expect(await all(files)).toBe('theirs\na\n');
  const again = await openOut(files, options);
  await commit(again, 1, 'b');
  await again.close();
  expect(await all(files)).toBe('theirs\na\nb\n');
});

test('a checkpoint older than the last commit cuts back to where it was taken', async () => {
  const files = await disk();
  const first = await openOut(files, options);
  const older = await commit(first, 1, 'a');
  await commit(first, 2, 'b');
  await first.close();
  const again = await openOut(files, { ...options, committed: [older] });
  await commit(again, 2, 'b');
  await again.close();
  expect(await all(files)).toBe('a\nb\n');
});

test('a file that somebody else has cut, changed, taken away or written to is found and told', async () => {
  const harms: readonly (readonly [harm: (files: VirtualFiles) => Promise<void>, code: string, why: RegExp])[] = [
    [(files) => put({ files }, 'a\n', OUT), 'HR_OUTPUT_LOST', /counts on 4 bytes of .* and it has 2/],
    [(files) => files.remove(OUT), 'HR_OUTPUT_LOST', /it is not there/],
    [(files) => put({ files }, 'x\ny\n', OUT), 'HR_OUTPUT_CHANGED', /what was committed is not what stands there/],
    [(files) => put({ files }, 'a\nb\ntheirs\n', OUT), 'HR_OUTPUT_CHANGED', /it has 11 bytes, and 4 when it was closed/],
  ];
  for (const [harm, code, why] of harms) {
    const files = await disk();
    const writer = await openOut(files, options);
    const token = await commit(writer, 1, 'a', 'b');
    await writer.close();
    await harm(files);
    await expect(openOut(files, { ...options, committed: [token] })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(why) as string,
    });
    expect(files.openFiles).toBe(0);
  }
});

test('what others write while the run goes on is told by the next checkpoint', async () => {
  for (const [harm, why] of [
    [(files: VirtualFiles) => put({ files }, 'a\ntheirs\n', OUT), 'it has 11 bytes where we have written 4'],
    [(files: VirtualFiles) => files.remove(OUT), 'it is gone'],
  ] as const) {
    const files = await disk();
    const writer = await openOut(files, options);
    await commit(writer, 1, 'a');
    if (why.startsWith('it has')) {
      await writer.write(chunkOf(['b']));
      await writer.flush();
      await put({ files }, 'a\nb\ntheirs\n', OUT);
    } else await harm(files);
    await expect(Promise.resolve(writer.prepare(2))).rejects.toMatchObject({
      code: 'HR_OUTPUT_CHANGED',
      message: expect.stringContaining(why) as string,
    });
    await writer.close(new Error('the run fails'));
    expect(files.openFiles).toBe(0);
  }
});

test('each of several writers has a file of its own', async () => {
  const files = await disk();
  const writers = [await openOut(files, options), await openOut(files, { ...options, index: 1 })];
  for (const [i, writer] of writers.entries()) await commit(writer, 1, `of ${i}`);
  expect(await all(files)).toBe('of 0\n');
  expect(await read({ files }, '/out/lines.1.txt')).toBe('of 1\n');
});

test('a first record that is refused writes no head, and the head is written once', async () => {
  const files = await disk();
  const loud: Codec<string> = {
    ...text(),
    writing: {
      canAppend: true,
      open({ isEmpty }) {
        const ready: string[] = isEmpty ? ['head\n'] : [];
        return {
          get heldBytes() {
            return ready.join('').length;
          },
          add(value) {
            ready.push(new TextDecoder().decode(text().encode(value)), '\n');
          },
          take: () => ready.splice(0).map((piece) => new TextEncoder().encode(piece)),
          end: () => ready.splice(0).map((piece) => new TextEncoder().encode(piece)),
        };
      },
    },
  };
  const writer = await openOut(files, { ...options, format: loud });
  const refused = Promise.resolve().then(() => writer.write(chunkOf(['a\nb'])));
  await expect(refused).rejects.toMatchObject({ action: 'deadLetter', member: 0 });
  await commit(writer, 1, 'a');
  const token = await commit(writer, 2, 'b');
  const next = await openOut(files, { ...options, format: loud, committed: [token] });
  await commit(next, 3, 'c');
  expect(await all(files)).toBe('head\na\nb\nc\n');
});

test('the option may change between runs: tokens of either mode are finished by the other', async () => {
  const files = await disk();
  const numbered = await openOut(files);
  await numbered.write(chunkOf(['a']));
  const token = await numbered.prepare(1);
  const grown = await openOut(files, { ...options, committed: [token] });
  expect(await read({ files }, '/out/lines-00000001.txt')).toBe('a\n');
  await grown.write(chunkOf(['b']));
  const length = await grown.prepare(2);
  await grown.write(chunkOf(['lost'.repeat(9)]));
  await grown.flush();
  const back = await openOut(files, { committed: [length] });
  expect(await all(files)).toBe('b\n');
  await commit(back, 3, 'c');
  expect(await read({ files }, '/out/lines-00000002.txt')).toBe('c\n');
});
