import { strict as assert } from 'node:assert';
import { isHeadraceError } from '../core/error.ts';
import { type Promised, soon } from './kit.ts';
import { FAILS_AT, runtimeCase } from './runtime-cases.ts';
import { PER_PARTITION, turn } from './runtime-outside.ts';
import { eachCase, type Lives, type MakeRuntime, sameOrder, sameRows, undisturbed } from './runtime-running.ts';

/** After so many turns of the event loop what can be read has been. */
const SETTLED = 10;

/** The promises of a runtime, in the order of docs/specs/runtime.md. */
export function runtimePromises(): readonly Promised<MakeRuntime>[] {
  return [...runs(), ...checkpoints(), ...endings()];
}

function runs(): readonly Promised<MakeRuntime>[] {
  return [
    {
      id: 'R1',
      says: 'a run of bounded data ends by itself, and its report counts what came in and what went out',
      check: eachCase(async (lives) => {
        const running = await lives.start();
        const report = await lives.ended(running);
        assert.equal(report.ended, 'end');
        assert.equal(report.pipeline, lives.of.build(lives.outside).name);
        assert.equal(report.in, 2 * PER_PARTITION);
        const rows = [...lives.outside.committed].filter(([sink]) => sink !== 'letters').flatMap(([, all]) => all);
        assert.equal(report.out, rows.length);
        assert.equal(running.health().state, 'done');
      }),
    },
    {
      id: 'R2',
      says: 'every sink gets what it gets from a run in one piece: each record once, with its id, key and value',
      check: eachCase(async (lives) => {
        await lives.run();
        sameRows(lives.outside, await undisturbed(lives.of));
      }),
    },
    {
      id: 'R3',
      says: 'the records of a key arrive in their order, where one way leads there',
      check: eachCase(async (lives) => {
        await lives.run();
        sameOrder(lives.of, lives.outside, await undisturbed(lives.of));
      }),
    },
  ];
}

function checkpoints(): readonly Promised<MakeRuntime>[] {
  return [
    {
      id: 'R4',
      says: 'checkpoints one after the other, also where one branch is slow and another drops everything, change nothing',
      check: eachCase(async (lives) => {
        lives.outside.available = 0;
        const running = await lives.start();
        for (let available = 0; available < PER_PARTITION; available += 3) {
          lives.outside.available = available;
          await turn();
          await soon(running.checkpoint(), 'checkpoint() settles', lives.patienceMs);
        }
        lives.outside.available = PER_PARTITION;
        await lives.ended(running);
        const expected = await undisturbed(lives.of);
        sameRows(lives.outside, expected);
        sameOrder(lives.of, lives.outside, expected);
      }),
    },
    {
      id: 'R5',
      says: 'checkpoint() answers a number that rises, once every sink has committed it',
      check: eachCase(async (lives) => {
        lives.outside.available = 0;
        const running = await lives.start();
        const numbers: number[] = [];
        for (let i = 0; i < 3; i++) {
          lives.outside.available += 10;
          for (let waited = 0; waited < SETTLED; waited++) await turn();
          numbers.push(await soon(running.checkpoint(), 'checkpoint() settles', lives.patienceMs));
          assert.equal(lives.outside.waitingFor(numbers.at(-1)!), 0, 'nothing of it waits for its commit');
        }
        assert.deepEqual(
          numbers,
          [...new Set(numbers)].sort((a, b) => a - b),
        );
        const expected = await undisturbed(lives.of);
        assert.deepEqual([...lives.outside.committed.keys()].sort(), [...expected.committed.keys()].sort(), 'every sink shows what it had');
        lives.outside.available = PER_PARTITION;
        await lives.ended(running);
      }),
    },
    {
      id: 'R6',
      says: 'it takes checkpoints by itself, as often as it was told',
      check: eachCase(
        async (lives) => {
          lives.outside.available = 20;
          const running = await lives.start({}, 1);
          const shown = async (): Promise<void> => {
            while (lives.outside.committed.size === 0) await turn();
          };
          await soon(shown(), 'something is committed', lives.patienceMs);
          lives.outside.available = PER_PARTITION;
          await lives.ended(running);
          sameRows(lives.outside, await undisturbed(lives.of));
        },
        [runtimeCase('scan')],
      ),
    },
    {
      id: 'R7',
      says: 'stopped and started again, from the same folder, it goes on: both lives together write each record once',
      check: eachCase(async (lives) => {
        lives.outside.available = 31;
        const running = await lives.start();
        for (let i = 0; i < SETTLED; i++) await turn();
        await soon(running.checkpoint(), 'checkpoint() settles', lives.patienceMs);
        lives.outside.available = 40;
        for (let i = 0; i < 4; i++) await turn();
        const report = await soon(running.stop(), 'stop() settles', lives.patienceMs);
        assert.equal(report.ended, 'stop');
        assert.ok(report.in < 2 * PER_PARTITION, 'it stops before the data is over');
        lives.outside.available = PER_PARTITION;
        assert.equal((await lives.run()).ended, 'end');
        sameRows(lives.outside, await undisturbed(lives.of));
      }),
    },
    {
      id: 'R8',
      says: 'given up without a last checkpoint, at several moments, it goes on from the one before: each record once',
      check: eachCase(async (lives) => {
        lives.outside.available = 0;
        for (const turns of [0, 3, 11]) await crash(lives, turns);
        lives.outside.available = PER_PARTITION;
        assert.equal((await lives.run()).ended, 'end');
        sameRows(lives.outside, await undisturbed(lives.of));
      }),
    },
    {
      id: 'R9',
      says: 'a run that came to its end is marked: the next start has nothing to do, and `again` begins anew',
      check: eachCase(
        async (lives) => {
          await lives.run();
          const before = rowCount(lives);
          assert.equal((await lives.run()).ended, 'before');
          assert.equal(rowCount(lives), before, 'nothing is written by the second start');
          assert.equal((await lives.run({ again: true })).ended, 'end');
          assert.equal(rowCount(lives), 2 * before, 'everything is written again');
        },
        [runtimeCase('scan')],
      ),
    },
  ];
}

function endings(): readonly Promised<MakeRuntime>[] {
  return [
    {
      id: 'R10',
      says: 'a function that fails stops the run with a HeadraceError that names the record, and nothing of it is committed',
      check: eachCase(
        async (lives) => {
          const running = await lives.start();
          const error = await failureOf(lives.ended(running));
          assert.ok(isHeadraceError(error), `a HeadraceError, not ${String(error)}`);
          assert.ok(error.message.includes(`items/a/${FAILS_AT}`), `the record is named in: ${error.message}`);
          assert.equal(running.health().state, 'failed');
          assert.equal(rowCount(lives), 0, 'there was no checkpoint, so there is nothing to see');
        },
        [runtimeCase('failing')],
      ),
    },
    {
      id: 'R11',
      says: 'an abort ends the run soon, whatever it waits for, and rejects with the reason of the signal',
      check: eachCase(
        async (lives) => {
          const giving = new AbortController();
          const running = await lives.start({ signal: giving.signal });
          for (let i = 0; i < 5; i++) await turn();
          const reason = new Error('enough');
          giving.abort(reason);
          assert.equal(await failureOf(lives.ended(running)), reason);
        },
        [runtimeCase('stuck')],
      ),
    },
  ];
}

/** A life that ends between two checkpoints, with records in flight. */
async function crash(lives: Lives, turns: number): Promise<void> {
  const giving = new AbortController();
  const running = await lives.start({ signal: giving.signal });
  lives.outside.available += 11;
  for (let i = 0; i < SETTLED; i++) await turn();
  await soon(running.checkpoint(), 'checkpoint() settles', lives.patienceMs);
  lives.outside.available += 5;
  for (let i = 0; i < turns; i++) await turn();
  const reason = new Error('the process is gone');
  giving.abort(reason);
  assert.equal(await failureOf(lives.ended(running)), reason);
}

function rowCount({ outside }: Lives): number {
  return [...outside.committed.values()].reduce((sum, rows) => sum + rows.length, 0);
}

function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
}
