import { strict as assert } from 'node:assert';
import { SeededRandom } from '../base/random.ts';
import { realScheduler } from '../base/scheduler.ts';
import type { Chunk } from '../core/chunk.ts';
import type { Station, StationHost, StationOperator } from '../core/station.ts';
import type { Promised } from './kit.ts';
import { emittedOf, type MakeOperator, type OperatorCase, same, StationRun, undisturbed } from './operator-running.ts';

/** What an operator at which records stop promises, in the order of docs/specs/operator.md. */
export function stationPromises<In>(): readonly Promised<MakeOperator<In>>[] {
  return [...answers<In>(), ...marks<In>(), ...endings<In>()];
}

function answers<In>(): readonly Promised<MakeOperator<In>>[] {
  return [
    {
      id: 'O5',
      says: 'chunks of 1, 7 and 1,024 give the same values, ids, times and keys in the same order',
      check: onEach(async (make) => {
        const expected = await undisturbed(make);
        for (const size of [1, 1024]) same(new StationRun(make).of as never, await undisturbed(make, size), expected, `chunks of ${size}`);
      }),
    },
    {
      id: 'O6',
      says: 'it emits inside a call only, while the way down is free, and nothing differs where that is closed at random moments',
      check: onEach(async (make) => {
        const expected = await undisturbed(make);
        for (const seed of ['a', 'b', 'c']) {
          const random = new SeededRandom(seed);
          const run = new StationRun(make, { closesFor: () => (random.next() < 0.4 ? 1 + Math.floor(random.next() * 20) : 0) });
          await run.feed(0, run.of.values.length, 3);
          await run.rig.finish();
          same(run.of as never, run.emitted, expected, `closed at random, seed ${seed}`);
        }
      }),
    },
    {
      id: 'O7',
      says: 'captured after any record, with its state and what is pending, and restored elsewhere, it emits the rest and nothing twice',
      check: onEach(async (make) => {
        const expected = await undisturbed(make);
        const run = new StationRun(make);
        const drains = run.rig.station.pending === undefined;
        for (let at = 0; at <= run.of.values.length; at++) {
          const first = new StationRun(make);
          await first.feed(0, at, 3);
          if (drains) await first.barrier(1);
          const snapshot = first.rig.snapshot();
          const before = first.emitted;
          await first.feed(at, first.of.values.length, 3); // What comes behind the capture must not get into it.
          const second = new StationRun(make, { restored: snapshot });
          await second.goOn(at, 5);
          await second.rig.finish();
          same(run.of as never, [...before, ...second.emitted], expected, `restored after ${at} records`);
        }
      }),
    },
    {
      id: 'O8',
      says: 'a refused record is named, those around it are answered as if it had never come, and its state is as it was',
      check: onEach(async (make) => {
        const run = new StationRun(make);
        const at = run.of.refuses;
        if (at === undefined) return;
        const count = run.of.values.length;
        await run.feed(0, count, 1);
        await run.rig.finish();
        assert.deepEqual(
          run.rig.refused.map(({ id }) => id),
          [`s/0/${at}`],
        );
        const without = new StationRun(make);
        await without.feed(0, at, 1);
        await without.feed(at + 1, count, 1);
        await without.rig.finish();
        same(run.of as never, run.emitted, without.emitted, 'the record leaves no trace');
        const stopping = new StationRun(make, { stopsAt: () => true });
        await stopping.feed(0, count, 1);
        await stopping.rig.finish();
        const behind = stopping.emitted.filter(({ time }) => time > at);
        assert.deepEqual(behind, [], 'nothing behind the record where the run stops at it');
      }),
    },
  ];
}

function marks<In>(): readonly Promised<MakeOperator<In>>[] {
  return [
    {
      id: 'O9',
      says: 'a watermark comes behind the records before it, never goes back, and the last one arrives',
      check: onEach(async (make) => {
        const run = new StationRun(make);
        const count = run.of.values.length;
        await run.feed(0, count, 2);
        await run.rig.finish();
        let watermark = Number.NEGATIVE_INFINITY;
        for (const chunk of run.rig.emitted) {
          for (const { id, time } of emittedOf(chunk)) assert.ok(time >= watermark, `${id} comes behind the watermark ${watermark}`);
          const next = chunk.control?.watermark ?? watermark;
          assert.ok(next >= watermark, `the watermark goes back from ${watermark} to ${next}`);
          watermark = next;
        }
        if (run.of.makesTime !== true) assert.equal(watermark, count, 'the last watermark that came arrives');
      }),
    },
    {
      id: 'O10',
      says: 'a barrier keeps its place: what came before it leaves before it, or is held by state that goes on behind it',
      check: onEach(async (make) => {
        const expected = await undisturbed(make);
        const run = new StationRun(make);
        const count = run.of.values.length;
        const middle = Math.floor(count / 2);
        await run.feed(0, middle, 4);
        await run.barrier(1);
        const before = run.emitted;
        await run.feed(middle, count, 4);
        await run.rig.finish();
        assert.deepEqual(run.barriers, [1]);
        same(run.of as never, run.emitted, expected, 'a barrier changes nothing');
        const at = run.rig.emitted.findIndex(({ control }) => control?.barrier === 1);
        const early = run.rig.emitted.slice(0, at + 1).flatMap(emittedOf);
        assert.deepEqual(early, before, 'nothing that came behind it is in front of it');
        if (run.of.makesTime !== true)
          assert.ok(
            early.every(({ time }) => !(time >= middle)),
            'a record behind the barrier overtakes it',
          );
        if ((run.of.operator as { readonly remembers?: string }).remembers !== undefined) return;
        const late = run.rig.emitted.slice(at + 1).flatMap(emittedOf);
        if (run.of.makesTime !== true)
          assert.ok(
            late.every(({ time }) => !(time < middle)),
            'the barrier overtakes a record',
          );
      }),
    },
  ];
}

function endings<In>(): readonly Promised<MakeOperator<In>>[] {
  return [
    {
      id: 'O11',
      says: 'at the end of the data it says that it is done, holds nothing then, and emits nothing behind that',
      check: onEach(async (make) => {
        const run = new StationRun(make);
        await run.feed(0, run.of.values.length);
        await run.rig.finish();
        const count = run.emitted.length;
        assert.ok(run.rig.station.isDone, 'it is done');
        assert.deepEqual([run.rig.held, run.rig.heldBytes], [0, 0], 'it holds no records and no bytes');
        await run.rig.clock.advance(3_600_000);
        assert.equal(run.emitted.length, count, 'nothing comes behind the end');
      }),
    },
    {
      id: 'O12',
      says: 'at a stop it emits what is in flight, and what its state holds open is not emitted but goes on in the next life',
      check: onEach(async (make) => {
        const expected = await undisturbed(make);
        const middle = Math.floor(expected.length === 0 ? 0 : new StationRun(make).of.values.length / 2);
        const first = new StationRun(make);
        await first.feed(0, middle, 4);
        await first.rig.finish('stop', { keepsOpen: true });
        const { state, pending } = first.rig.snapshot();
        assert.deepEqual(pending, [], 'nothing is pending behind a stop');
        const second = new StationRun(make, { restored: { state, pending } });
        await second.goOn(middle, 4);
        await second.rig.finish();
        same(first.of as never, [...first.emitted, ...second.emitted], expected, 'two lives write what one does');
      }),
    },
    {
      id: 'O13',
      says: 'an abort forgets everything at once: it holds nothing, and emits nothing any more',
      check: onEach(async (make) => {
        for (const at of [0, 1, 5, 9]) {
          const run = new StationRun(make);
          await run.feed(0, at, 2);
          if (!run.rig.station.isFull) run.rig.give(run.chunk(at, at + 1));
          const count = run.emitted.length;
          run.rig.abort();
          await run.rig.clock.advance(3_600_000);
          assert.equal(run.emitted.length, count, `aborted after ${at + 1} records`);
        }
      }),
    },
  ];
}

function onEach<In>(check: (make: MakeOperator<In>) => Promise<void>): Promised<MakeOperator<In>>['check'] {
  return async (made) => {
    const make = await made();
    const faults: unknown[] = [];
    await check((time) => watched(make(time), faults));
    // What it does behind its back is seen only if somebody waits for it.
    for (let turn = 0; turn < 3; turn++) await new Promise<void>((go) => realScheduler().soon(go));
    if (faults.length > 0) throw faults[0];
  };
}

/** Keeps the breaches of the contract that an operator commits where nobody would hear of them, as in a callback. */
function watched<In>(of: OperatorCase<In>, faults: unknown[]): OperatorCase<In> {
  const operator = of.operator as StationOperator<In>;
  const open = (host: StationHost): Station<In> => {
    const emit = (chunk: Chunk): void => {
      try {
        host.emit(chunk);
      } catch (error) {
        faults.push(error);
      }
    };
    return operator.open(Object.assign(Object.create(host) as StationHost, { emit }));
  };
  return { ...of, operator: { ...operator, open } };
}
