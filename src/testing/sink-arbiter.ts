import { strict as assert } from 'node:assert';
import { realWorld } from '../base/real-world.ts';
import type { Token, Writer } from '../core/sink.ts';
import { type Promised, soon, withCase } from './kit.ts';
import { type OpenedSink, openSink, type SinkCase, writeAll } from './sink-writing.ts';

/** The promises of a sink of delivery `arbiter`, in the order of docs/specs/connector.md. */
export function arbiterPromises<T>(): readonly Promised<SinkCase<T>>[] {
  return [
    {
      id: 'K18',
      says: 'an arbiter shows nothing before its commit, and behind it what was written before the prepare, together with the number',
      needs: 'arbiter',
      check: (make, patienceMs) =>
        withCase(make, async (made) => {
          const { writer } = await openUnder(made);
          assert.equal(await decided(made), undefined, 'nothing is decided at first');
          const [first, second] = halves(made.values);
          await writeAll(writer, first, 3);
          const token = await prepared(writer, 1, patienceMs);
          await writeAll(writer, second, 2);
          await assertIs(made, [], undefined, 'before the commit');
          await committed(writer, 1, token, patienceMs);
          await assertIs(made, first, 1, 'behind the commit');
          await committed(writer, 2, await prepared(writer, 2, patienceMs), patienceMs);
          await assertIs(made, made.values, 2, 'behind the second commit');
          await writer.close();
        }),
    },
    {
      id: 'K19',
      says: 'an arbiter that ends before its commit has decided the checkpoint before, and shows nothing of what was prepared',
      needs: 'arbiter',
      check: (make, patienceMs) =>
        withCase(make, async (made) => {
          const [first, lost] = halves(made.values);
          const { writer } = await openUnder(made);
          await writeAll(writer, first, 3);
          const token = await prepared(writer, 1, patienceMs);
          await committed(writer, 1, token, patienceMs);
          await writeAll(writer, lost, 3);
          await prepared(writer, 2, patienceMs);
          await soon(writer.close(new Error('the kit fails')), 'close settles', patienceMs);
          await assertIs(made, first, 1, 'behind the close');
          const again = await openUnder(made, [token]);
          await assertIs(made, first, 1, 'once it is open again');
          // The number of what never happened is given again.
          await writeAll(again.writer, lost, 4);
          await committed(again.writer, 2, await prepared(again.writer, 2, patienceMs), patienceMs);
          await again.writer.close();
          await assertIs(made, made.values, 2, 'behind the next run');
        }),
    },
    {
      id: 'K20',
      says: 'a commit of an arbiter that is repeated, by any writer, changes nothing',
      needs: 'arbiter',
      check: (make, patienceMs) =>
        withCase(make, async (made) => {
          const { writer } = await openUnder(made);
          await writeAll(writer, made.values, 5);
          const token = await prepared(writer, 1, patienceMs);
          await committed(writer, 1, token, patienceMs);
          await committed(writer, 1, token, patienceMs);
          await writer.close();
          const again = await openUnder(made, [token]);
          await committed(again.writer, 1, token, patienceMs);
          await again.writer.close();
          await assertIs(made, made.values, 1, 'behind repeated commits');
        }),
    },
    {
      id: 'K21',
      says: 'an arbiter decides a checkpoint without a write too',
      needs: 'arbiter',
      check: (make, patienceMs) =>
        withCase(make, async (made) => {
          const { writer } = await openUnder(made);
          await committed(writer, 1, await prepared(writer, 1, patienceMs), patienceMs);
          await assertIs(made, [], 1, 'behind an empty commit');
          await writeAll(writer, made.values, 7);
          await committed(writer, 2, await prepared(writer, 2, patienceMs), patienceMs);
          await writer.close();
          await assertIs(made, made.values, 2, 'behind the last commit');
        }),
    },
  ];
}

function openUnder<T>(made: SinkCase<T>, tokens: readonly Token[] = []): Promise<OpenedSink<T>> {
  return openSink(made, { committed: tokens, checkpoints: true });
}

async function decided<T>({ sink, world = realWorld() }: SinkCase<T>): Promise<number | undefined> {
  assert.ok(sink.decided !== undefined, 'an arbiter answers what it has decided');
  return await sink.decided({ world, signal: new AbortController().signal, pipeline: 'kit', sink: sink.id });
}

async function prepared<T>(writer: Writer<T>, checkpoint: number, patienceMs: number): Promise<Token> {
  const token = await soon(writer.prepare!(checkpoint), 'prepare settles', patienceMs);
  assert.equal(token, String(checkpoint), 'the token of an arbiter is the number');
  return token as Token;
}

async function committed<T>(writer: Writer<T>, checkpoint: number, token: Token, patienceMs: number): Promise<void> {
  await soon(writer.commit!([token], { checkpoint, positions: [] }), 'commit settles', patienceMs);
}

async function assertIs<T>(made: SinkCase<T>, values: readonly T[], number: number | undefined, when: string): Promise<void> {
  assert.deepEqual([...(await made.seen())], [...values], when);
  assert.equal(await decided(made), number, `what is decided ${when}`);
}

function halves<T>(values: readonly T[]): readonly [readonly T[], readonly T[]] {
  const half = Math.ceil(values.length / 2);
  return [values.slice(0, half), values.slice(half)];
}
