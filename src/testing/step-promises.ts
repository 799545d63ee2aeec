import { strict as assert } from 'node:assert';
import { value as tagged } from '../codecs/value.ts';
import { InternedKeys } from '../base/key-table.ts';
import { realScheduler } from '../base/scheduler.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import { Failure } from '../core/failure.ts';
import type { Operator } from '../core/operator.ts';
import { OwnRecord } from '../core/record-of.ts';
import { chunkOf } from '../operators/station-rig.ts';
import type { Promised } from './kit.ts';
import { type MakeOperator, type OperatorCase, timeFor } from './operator-running.ts';

/** What an operator that answers within the call promises, in the order of docs/specs/operator.md. */
export function stepPromises<In>(): readonly Promised<MakeOperator<In>>[] {
  return [
    {
      id: 'O1',
      says: 'it emits during the call only',
      check: async (make) => {
        const run = new StepRun(await make());
        const answers = run.feed(0, run.of.values.length);
        const before = structuredClone(answers);
        for (let turn = 0; turn < 5; turn++) await new Promise<void>((go) => realScheduler().soon(go));
        assert.deepEqual(run.late, [], 'nothing is emitted behind the call');
        assert.deepEqual(answers, before, 'what was emitted is not written to');
      },
    },
    {
      id: 'O2',
      says: 'a call that fails leaves every cell as it was, and those behind it are answered as if it had never been',
      check: async (make) => {
        const made = await make();
        const run = new StepRun(made);
        const { refuses: at, values } = run.of;
        if (at === undefined) return;
        run.feed(0, at);
        const before = run.snapshot();
        const [answer] = run.feed(at, at + 1);
        assert.equal(answer, 'refused', 'the record is refused');
        assert.deepEqual(run.snapshot(), before, 'every cell is as it was');
        const without = new StepRun(made);
        without.feed(0, at);
        assert.deepEqual(run.feed(at + 1, values.length), without.feed(at + 1, values.length));
      },
    },
    {
      id: 'O3',
      says: 'captured after any record and restored elsewhere, its cells go on as if nothing had happened',
      check: async (make) => {
        const made = await make();
        const { length } = new StepRun(made).of.values;
        const expected = new StepRun(made).feed(0, length);
        for (let at = 0; at <= length; at++) {
          const first = new StepRun(made);
          const before = first.feed(0, at);
          const state = first.snapshot();
          first.feed(at, length);
          const second = new StepRun(made, state);
          assert.deepEqual([...before, ...second.feed(at, length)], expected, `restored after ${at} records`);
        }
      },
    },
    {
      id: 'O4',
      says: 'its inline form, where it has one, answers what the step answers',
      check: async (make) => {
        const run = new StepRun(await make());
        const { inline } = run.of.operator as Operator;
        if (inline === undefined) return;
        const stepped = run.feed(0, run.of.values.length);
        for (const [i, value] of run.of.values.entries())
          assert.deepEqual(inlined(inline, value, run.record(i)), stepped[i], `record ${i}`);
      },
    },
  ];
}

/** What came of one record. */
type Answer = readonly unknown[] | 'refused';
type State = ReadonlyMap<string, Uint8Array>;

/** One life of a step, with its cells. */
class StepRun<In> {
  readonly of: OperatorCase<In>;
  /** What was emitted when no call was under way. */
  readonly late: unknown[] = [];
  readonly #operator: Operator<In>;
  readonly #cells = new Map<string, unknown>();
  readonly #keys = new InternedKeys();

  constructor(make: MakeOperator<In>, state?: State) {
    this.of = make(timeFor(new VirtualClock()));
    this.#operator = this.of.operator as Operator<In>;
    const { codec = tagged(), pack } = this.#operator;
    for (const [cell, bytes] of state ?? []) {
      const plain = codec.decode(bytes);
      this.#cells.set(cell, pack?.unpack === undefined ? plain : pack.unpack(plain, this.#keyOf(cell)));
    }
  }

  feed(from: number, to: number): Answer[] {
    return this.of.values.slice(from, to).map((value, i) => this.#step(value, from + i));
  }

  record(at: number): OwnRecord {
    const value = this.of.values[at]!;
    const { key } = this.of;
    const lineage = key === undefined ? {} : { keys: this.#keys, keyIds: Int32Array.of(this.#keys.idOf(key(value))) };
    return new OwnRecord(chunkOf([value], { first: at, ...lineage }), 0);
  }

  snapshot(): State {
    const { codec = tagged(), pack } = this.#operator;
    return new Map(
      [...this.#cells].map(([cell, state]) => [cell, codec.encode(pack?.pack === undefined ? state : pack.pack(state)).slice()] as const),
    );
  }

  #step(value: In, at: number): Answer {
    const record = this.record(at);
    const isByKey = this.#operator.remembers === 'key' && this.of.key !== undefined;
    const name = isByKey ? JSON.stringify(record.key) : '';
    const out: unknown[] = [];
    let isOver = false;
    let isRefused = false;
    const cells = this.#cells;
    const cell = {
      get: () => cells.get(name),
      set: (state: unknown) => void cells.set(name, state),
      clear: () => void cells.delete(name),
    };
    const emit = (answer: unknown): void => {
      if (isOver) this.late.push(answer);
      else if (answer instanceof Failure) isRefused = true;
      else out.push(answer);
    };
    try {
      this.#operator.step(value, cell, emit, record);
    } catch {
      isRefused = true;
    }
    isOver = true;
    return isRefused ? 'refused' : out;
  }

  #keyOf(cell: string): never {
    return (cell === '' ? undefined : JSON.parse(cell)) as never;
  }
}

function inlined(inline: NonNullable<Operator['inline']>, value: unknown, record: OwnRecord): Answer {
  try {
    const answer = inline.fn(value, record);
    if (inline.shape === 'keep') return answer === true ? [value] : [];
    if (inline.shape === 'look' || inline.shape === 'key') return [value];
    const out = inline.shape === 'spread' ? [...(answer as Iterable<unknown>)] : [answer];
    return out.some((one) => one instanceof Failure) ? 'refused' : out;
  } catch {
    return 'refused';
  }
}
