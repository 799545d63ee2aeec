import { strict as assert } from 'node:assert';
import { realWorld } from '../base/real-world.ts';
import { plainRows } from '../core/column-rows.ts';
import { type Answer, countOf } from '../core/source.ts';
import { listeners, type Promised, soon, withCase } from './kit.ts';
import { replayPromises } from './source-replay.ts';
import { beforeLast, gather, type Opened, open, positionsOf, readOnce, refusalsOf, type SourceCase, valuesOf } from './source-reading.ts';
import { columnPromises } from './source-columns.ts';

/** How many records a read may ask for; what a source gives must not depend on it. */
const LIMITS = [1, 7, 1024];

type SourcePromise<T> = Promised<SourceCase<T>>;

/** The promises of a source, in the order of docs/specs/connector.md. */
export function sourcePromises<T>(): readonly SourcePromise<T>[] {
  return [...descriptions<T>(), ...records<T>(), ...positions<T>(), ...endings<T>(), ...replayPromises<T>(), ...columnPromises<T>()];
}

function descriptions<T>(): readonly SourcePromise<T>[] {
  return [
    {
      id: 'S1',
      says: 'it has a kind and an id, the same for the same options',
      check: (make) =>
        withCase(make, async ({ source }) => {
          assert.ok(source.kind !== '' && source.id !== '', 'kind and id are not empty');
          await withCase(make, async (again) => assert.deepEqual([again.source.kind, again.source.id], [source.kind, source.id]));
        }),
    },
    {
      id: 'S2',
      says: 'it has at least one partition, and answers the same ones when asked again',
      check: (make) =>
        withCase(make, async ({ source, world = realWorld() }) => {
          const context = { world, signal: new AbortController().signal };
          const first = [...(await source.partitions(context))];
          assert.ok(first.length > 0, 'there is a partition');
          assert.equal(new Set(first).size, first.length, 'partitions differ');
          assert.deepEqual([...(await source.partitions(context))], first);
        }),
    },
  ];
}

function records<T>(): readonly SourcePromise<T>[] {
  return [
    {
      id: 'S3',
      says: 'a read answers at most as many records as it was asked for',
      check: eachLimit(async (made, opened, limit, patienceMs) => {
        for (const answer of (await gather(made, opened, limit, patienceMs)).answers) {
          assert.ok(countOf(answer) <= limit, `at most ${limit} records`);
        }
      }),
    },
    {
      id: 'S4',
      says: 'an answer holds values, bodies or columns, one of them, and bodies have a codec',
      check: eachLimit(async (made, opened, limit, patienceMs) => {
        for (const { values, bodies, columns } of (await gather(made, opened, limit, patienceMs)).answers) {
          const given = [values, bodies, columns].filter((form) => form !== undefined);
          assert.equal(given.length, 1, 'values, bodies or columns, one of them');
        }
      }),
    },
    {
      id: 'S5',
      says: 'every record has a position, and a time and headers where the source gives them',
      check: eachLimit(async (made, opened, limit, patienceMs) => {
        for (const answer of (await gather(made, opened, limit, patienceMs)).answers) {
          const count = countOf(answer);
          const { positions, times, headers } = answer;
          if ('first' in positions) assert.ok(Number.isSafeInteger(positions.first), 'the first position is a whole number');
          else assert.equal(('in' in positions ? positions.at : positions).length, count, 'one position a record');
          if (made.source.timed === true) assert.ok(times, 'a timed source answers times');
          if (times !== undefined) assert.equal(times.length, count, 'one time a record');
          for (let i = 0; i < (times?.length ?? 0); i++) assert.ok(Number.isFinite(times![i]), 'a time is a number of milliseconds');
          if (headers !== undefined) assert.equal(headers.length, count, 'one entry of headers a record');
        }
      }),
    },
    {
      id: 'S6',
      says: 'all records come once and in order, for limits of 1, 7 and 1,024',
      check: eachLimit(async (made, opened, limit, patienceMs) => {
        const { values } = await gather(made, opened, limit, patienceMs);
        assert.deepEqual(values.slice(0, made.values.length), made.values);
      }),
    },
    {
      id: 'S7',
      says: "an answered array is the runtime's: nobody writes to it later, and writing to it changes nothing",
      check: (make, patienceMs) =>
        withCase(make, async (made) => {
          const opened = await open(made);
          const expected = [...made.values]; // A copy, in case the source gives away what it reads from.
          const first = await readOnce(made, opened, 3, patienceMs);
          const kept = shot(first);
          const rest = await gather(made, opened, 3, patienceMs).catch(() => undefined);
          assert.deepEqual(shot(first), kept, 'the first answer is as it was');
          await opened.reader.close();
          for (const answer of [first, ...(rest?.answers ?? [])]) (answer.values ?? answer.bodies)?.fill(undefined as never);
          if (made.source.replay !== true) return;
          const again = await open(made);
          assert.deepEqual((await gather(made, again, 3, patienceMs)).values.slice(0, expected.length), expected);
          await again.reader.close();
        }),
    },
  ];
}

function positions<T>(): readonly SourcePromise<T>[] {
  return [
    {
      id: 'S8',
      says: 'the position of a record does not depend on how reads were cut, and no two are equal',
      check: async (make, patienceMs) => {
        const seen: unknown[][] = [];
        await eachLimit<T>(async (made, opened, limit) => {
          const { positions: all } = await gather(made, opened, limit, patienceMs);
          seen.push(all.slice(0, made.values.length));
        })(make, patienceMs);
        for (const all of seen) assert.deepEqual(all, seen[0]);
        assert.equal(new Set(seen[0]).size, seen[0]!.length, 'positions differ');
      },
    },
    {
      id: 'S9',
      says: '`resume` is text, a number or null, and equal for two reads that end at the same record',
      check: async (make, patienceMs) => {
        const known = new Map<number, unknown>();
        await eachLimit<T>(async (made, opened, limit) => {
          for (const [count, { resume }] of (await gather(made, opened, limit, patienceMs)).resumes) {
            assert.ok(resume === null || typeof resume === 'string' || Number.isFinite(resume), 'resume is text, a number or null');
            if (known.has(count)) assert.equal(resume, known.get(count), `resume after ${count} records`);
            known.set(count, resume);
          }
        })(make, patienceMs);
      },
    },
    {
      id: 'S10',
      says: 'opened with the `resume` behind any record it goes on exactly there, at the same positions',
      needs: 'replay',
      check: (make, patienceMs) =>
        withCase(make, async (made) => {
          assert.notEqual(made.source.replay, false, 'a source that can be read again does not say `replay: false`');
          const first = await open(made);
          const whole = await gather(made, first, 1, patienceMs);
          await first.reader.close();
          for (const { values: count, refused, resume } of whole.resumes.values()) {
            if (count === made.values.length && whole.hasEnded) continue;
            const opened = await open(made, resume);
            const rest = await gather({ ...made, values: made.values.slice(count) }, opened, 7, patienceMs);
            await opened.reader.close();
            assert.deepEqual(rest.values, made.values.slice(count), `the values behind record ${count}`);
            assert.deepEqual(rest.positions, whole.positions.slice(count), `the positions behind record ${count}`);
            const behind = beforeLast(whole.refused.slice(refused), made.values.length).map(({ place, ...told }) => ({
              place: place - count,
              ...told,
            }));
            assert.deepEqual(beforeLast(rest.refused, made.values.length - count), behind, `what is refused behind record ${count}`);
          }
        }),
    },
    {
      id: 'S11',
      says: 'two readers of one partition do not disturb each other',
      needs: 'replay',
      check: (make, patienceMs) =>
        withCase(make, async (made) => {
          const [one, two] = [await open(made), await open(made)];
          await readOnce(made, one, 2, patienceMs);
          const { values } = await gather(made, two, 2, patienceMs);
          assert.deepEqual(values.slice(0, made.values.length), made.values);
          await one.reader.close();
          await two.reader.close();
        }),
    },
  ];
}

function endings<T>(): readonly SourcePromise<T>[] {
  return [
    {
      id: 'S12',
      says: '`end` is told when nothing will follow, and a read behind it answers an empty end at the same `resume`',
      needs: 'ends',
      check: eachLimit(async (made, opened, limit, patienceMs) => {
        const { values, answers } = await gather(made, opened, limit, patienceMs, true);
        assert.equal(values.length, made.values.length, 'all records come before the end');
        const after = await readOnce(made, opened, limit, patienceMs);
        assert.equal(countOf(after) + (after.refused?.length ?? 0), 0, 'nothing follows the end');
        assert.equal(after.end, true, 'the end stays the end');
        assert.equal(after.resume, answers.at(-1)!.resume, 'and its resume');
      }),
    },
    {
      id: 'S13',
      says: 'a read that waits settles soon after its signal aborts',
      needs: 'quiet',
      check: (make, patienceMs) =>
        withCase(make, async (made) => {
          const { reader, reading } = await open(made);
          const answer = Promise.resolve(reader.read(7, reading.signal)).then(
            (given) => assert.equal(countOf(given), 0, 'the quiet case gives nothing'),
            () => {}, // To reject is fine; to hang is not.
          );
          reading.abort(new Error('the kit aborts'));
          await soon(answer, 'the aborted read settles', patienceMs);
          await soon(reader.close(), 'close settles', patienceMs);
          assert.equal(listeners(reading.signal), 0, 'no listener is left');
        }),
    },
    {
      id: 'S14',
      says: 'a read under a signal that is aborted already settles, and loses nothing',
      check: (make, patienceMs) =>
        withCase(make, async (made) => {
          const opened = await open(made);
          const aborted = AbortSignal.abort(new Error('the kit aborts'));
          const early = await soon(
            Promise.resolve()
              .then(() => opened.reader.read(2, aborted))
              .catch(() => undefined),
            'the read settles',
            patienceMs,
          );
          const head = early === undefined ? [] : valuesOf(made.source, early);
          const rest = await gather({ ...made, values: made.values.slice(head.length) }, opened, 7, patienceMs);
          assert.deepEqual([...head, ...rest.values].slice(0, made.values.length), made.values);
          await opened.reader.close();
        }),
    },
    {
      id: 'S15',
      says: 'it can be closed before the first read, between reads and at the end, and leaves no listener on a signal',
      check: async (make, patienceMs) => {
        for (const reads of [0, 1, Number.POSITIVE_INFINITY]) {
          await withCase(make, async (made) => {
            const opened = await open(made);
            if (reads === 1) await readOnce(made, opened, 3, patienceMs);
            if (reads > 1) await gather(made, opened, 3, patienceMs);
            await soon(opened.reader.close(), 'close settles', patienceMs);
            assert.equal(listeners(opened.run.signal) + listeners(opened.reading.signal), 0, 'no listener is left');
          });
        }
      },
    },
    {
      id: 'S16',
      says: 'a failure rejects the read behind the last good record, and close settles after it',
      needs: 'broken',
      check: async (make, patienceMs) => {
        for (const limit of LIMITS) {
          await withCase(make, async (made) => {
            const opened = await open(made);
            const good: T[] = [];
            const failing = async (): Promise<void> => {
              for (let reads = 0; reads < 10_000; reads++) {
                const answer = await readOnce(made, opened, limit, patienceMs);
                assert.notEqual(answer.end, true, 'a source that fails does not say that it has ended');
                good.push(...valuesOf(made.source, answer));
              }
            };
            await assert.rejects(failing(), (error) => !(error instanceof assert.AssertionError), 'the failure comes out of read');
            assert.deepEqual(good, made.values, 'everything before the failure was answered');
            await soon(opened.reader.close(), 'close settles after a failure', patienceMs);
          });
        }
      },
    },
  ];
}

/** What an answer holds at this moment. */
function shot(answer: Answer<unknown>): unknown {
  const list: readonly unknown[] = answer.values ?? answer.bodies ?? plainRows.rows(answer.columns);
  const plain = list.map((entry) => (entry instanceof Uint8Array ? [...entry] : entry));
  return structuredClone([plain, positionsOf(answer), refusalsOf(answer, 0)]);
}

/** Runs a check on a fresh source for each limit. */
function eachLimit<T>(
  check: (made: SourceCase<T>, opened: Opened<T>, limit: number, patienceMs: number) => Promise<void>,
): SourcePromise<T>['check'] {
  return async (make, patienceMs) => {
    for (const limit of LIMITS) {
      await withCase(make, async (made) => {
        const opened = await open(made);
        await check(made, opened, limit, patienceMs);
        await opened.reader.close();
      });
    }
  };
}
