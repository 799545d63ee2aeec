import { strict as assert } from 'node:assert';
import { isHeadraceError } from '../core/error.ts';
import type { Delivery } from '../core/sink.ts';
import { listeners, type Promised, settlesAtOnce, soon, withCase } from './kit.ts';
import { arbiterPromises } from './sink-arbiter.ts';
import { commitPromises } from './sink-commits.ts';
import { chunkOf, openSink, type SinkCase, type StuckSinkCase, writeAll } from './sink-writing.ts';

const SIZES = [1, 7, 1024];
const DELIVERIES: readonly Delivery[] = ['twoPhase', 'arbiter', 'byId', 'none'];
/** How many chunks a stuck system may swallow before its sink must hold back the pipeline. */
const SWALLOWED = 10_000;

type SinkPromise<T> = Promised<SinkCase<T>>;

/** The promises of a sink, in the order of docs/specs/connector.md. */
export function sinkPromises<T>(): readonly SinkPromise<T>[] {
  return [...writing<T>(), ...closing<T>(), ...holdingBack<T>(), ...commitPromises<T>(), ...arbiterPromises<T>()];
}

function writing<T>(): readonly SinkPromise<T>[] {
  return [
    {
      id: 'K1',
      says: 'it has a kind, an id, the same for the same options, and a delivery',
      check: (make, patienceMs) =>
        withCase(make, async (made) => {
          const { sink } = made;
          assert.ok(sink.kind !== '' && sink.id !== '', 'kind and id are not empty');
          assert.ok(DELIVERIES.includes(sink.delivery), 'the delivery is one of the four');
          const { writer } = await openSink(made, { checkpoints: sink.delivery === 'twoPhase' });
          const commits = writer.prepare !== undefined && writer.commit !== undefined;
          if (sink.delivery === 'twoPhase') assert.ok(commits, 'a writer of delivery twoPhase can prepare and commit');
          await soon(writer.close(), 'close settles', patienceMs);
          await withCase(make, async (again) => assert.deepEqual([again.sink.kind, again.sink.id], [sink.kind, sink.id]));
        }),
    },
    {
      id: 'K2',
      says: 'all values arrive once and in order, in chunks of 1, 7 and 1,024',
      check: async (make) => {
        for (const size of SIZES) {
          await withCase(make, async (made) => {
            const { writer } = await openSink(made);
            await writeAll(writer, made.values, size);
            await writer.close();
            assert.deepEqual([...(await made.seen())], made.values);
          });
        }
      },
    },
    {
      id: 'K3',
      says: 'after a flush everything written so far has arrived, and writing can go on',
      check: (make, patienceMs) =>
        withCase(make, async (made) => {
          const { writer } = await openSink(made);
          const half = Math.ceil(made.values.length / 2);
          await writeAll(writer, made.values.slice(0, half), 3);
          await soon(writer.flush?.(), 'flush settles', patienceMs);
          assert.deepEqual([...(await made.seen())], made.values.slice(0, half));
          await writeAll(writer, made.values.slice(half), 3);
          await soon(writer.flush?.(), 'flush settles', patienceMs);
          assert.deepEqual([...(await made.seen())], made.values);
          await writer.close();
        }),
    },
    {
      id: 'K4',
      says: 'it leaves the chunk as it was',
      check: (make) =>
        withCase(make, async (made) => {
          const { writer } = await openSink(made);
          const chunk = chunkOf(made.values);
          const { values } = chunk;
          await writer.write(chunk);
          await writer.flush?.();
          await writer.close();
          assert.equal(chunk.values, values, 'the array is the same');
          assert.deepEqual(values, made.values);
        }),
    },
    {
      id: 'K5',
      says: 'a chunk without values writes nothing',
      check: (make) =>
        withCase(make, async (made) => {
          const { writer } = await openSink(made);
          await writer.write(chunkOf<T>([]));
          await writer.write(chunkOf(made.values.slice(0, 2)));
          await writer.write(chunkOf<T>([]));
          await writer.close();
          assert.deepEqual([...(await made.seen())], made.values.slice(0, 2));
        }),
    },
  ];
}

function closing<T>(): readonly SinkPromise<T>[] {
  return [
    {
      id: 'K6',
      says: 'it can be closed without a write, and leaves no listener on the signal',
      check: (make, patienceMs) =>
        withCase(make, async (made) => {
          const { writer, run } = await openSink(made);
          await soon(writer.close(), 'close settles', patienceMs);
          assert.deepEqual([...(await made.seen())], []);
          assert.equal(listeners(run.signal), 0, 'no listener is left');
        }),
    },
    {
      id: 'K7',
      says: 'closed with an error it settles, and what arrived is the beginning of what was written',
      check: (make, patienceMs) =>
        withCase(make, async (made) => {
          const { writer, run } = await openSink(made);
          await writeAll(writer, made.values, 3);
          await soon(Promise.resolve(writer.close(new Error('the kit fails'))), 'close settles', patienceMs);
          const seen = [...(await made.seen())];
          assert.deepEqual(seen, made.values.slice(0, seen.length));
          assert.equal(listeners(run.signal), 0, 'no listener is left');
        }),
    },
    {
      id: 'K8',
      says: 'a failing system rejects a write, a flush or the close with a HeadraceError, and close settles after it',
      needs: 'broken',
      check: (make, patienceMs) =>
        withCase(make, async (made) => {
          let isClosed = false;
          const { writer, run } = await openSink(made);
          const failing = async (): Promise<void> => {
            await writeAll(writer, made.values, 3);
            await writer.flush?.();
            isClosed = true;
            await writer.close();
          };
          await assert.rejects(soon(failing(), 'the failure is told', patienceMs), (error) => {
            assert.ok(isHeadraceError(error), `an error of the system is translated, not ${String(error)}`);
            return true;
          });
          if (!isClosed) await soon(Promise.resolve(writer.close(new Error('the run fails'))), 'close settles', patienceMs);
          assert.equal(listeners(run.signal), 0, 'no listener is left');
        }),
    },
  ];
}

function holdingBack<T>(): readonly SinkPromise<T>[] {
  return [
    {
      id: 'K9',
      says: 'a system that takes nothing holds back the pipeline, and nothing is lost once it does',
      needs: 'stuck',
      check: (make, patienceMs) =>
        withCase(make, async (made) => {
          const { writer } = await openSink(made);
          const { count, held } = await fillUp(writer, made.values);
          await (made as StuckSinkCase<T>).release();
          await soon(held, 'the write settles once the system takes it', patienceMs);
          await soon(writer.close(), 'close settles', patienceMs);
          assert.deepEqual([...(await made.seen())], Array.from({ length: count }, () => made.values).flat());
        }),
    },
    {
      id: 'K10',
      says: 'a write that waits settles soon after the signal of the run aborts, and close settles after it',
      needs: 'stuck',
      check: (make, patienceMs) =>
        withCase(make, async (made) => {
          const { writer, run } = await openSink(made);
          const { held } = await fillUp(writer, made.values);
          const settled = held.catch(() => {}); // To reject is what it should do.
          run.abort(new Error('the kit aborts'));
          await soon(settled, 'the aborted write settles', patienceMs);
          await soon(
            Promise.resolve(writer.close(new Error('the kit aborts'))).catch(() => {}),
            'close settles',
            patienceMs,
          );
          assert.equal(listeners(run.signal), 0, 'no listener is left');
        }),
    },
  ];
}

/** Writes the values again and again until a write waits. */
async function fillUp<T>(
  writer: { write(chunk: ReturnType<typeof chunkOf<T>>): void | Promise<void> },
  values: readonly T[],
): Promise<{ readonly count: number; readonly held: Promise<void> }> {
  for (let count = 1; count <= SWALLOWED; count++) {
    const held = writer.write(chunkOf(values));
    if (held instanceof Promise && !(await settlesAtOnce(held))) return { count, held };
    await held;
  }
  throw new assert.AssertionError({ message: `a write waits before ${SWALLOWED} chunks were swallowed` });
}
