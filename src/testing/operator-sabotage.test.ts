import { expect, test } from 'vitest';
import { realScheduler } from '../base/scheduler.ts';
import { Chunk } from '../core/chunk.ts';
import type { Operator } from '../core/operator.ts';
import type { Station, StationHost, StationOperator } from '../core/station.ts';
import { countWindow } from '../operators/count-window.ts';
import { mapAsync } from '../operators/map-async.ts';
import { tumblingCount } from '../windows/count.ts';
import type { MakeOperator, OperatorCase, OperatorTime } from './operator-running.ts';
import { stationPromises } from './station-promises.ts';
import { stepPromises } from './step-promises.ts';

const values = Array.from({ length: 20 }, (_, i) => i);
const refuses = 11;
const picky = (n: number): number => {
  if (n === refuses) throw new RangeError('not this one');
  return n * 2;
};

type Step = Operator<number, number, { sum: number }>;

/** A running total, but for its faults. */
function total(faults: Partial<Step> = {}): MakeOperator<number> {
  const operator: Step = {
    kind: 'total',
    name: 'total',
    remembers: 'one',
    single: true,
    step(value, cell, emit) {
      const sum = (cell.get()?.sum ?? 0) + picky(value);
      cell.set({ sum });
      emit(sum);
    },
    ...faults,
  };
  return () => ({ operator: operator as Operator<number>, values, refuses });
}

let shared = 0;

const steps: readonly [id: string, fault: string, make: MakeOperator<number>][] = [
  ['O1', 'an answer behind the call', total({ step: (value, _cell, emit) => realScheduler().soon(() => emit(value)) })],
  [
    'O2',
    'a cell that is changed before the function has returned',
    total({
      step(value, cell, emit) {
        const sum = (cell.get()?.sum ?? 0) + value;
        cell.set({ sum });
        emit(picky(value) + sum);
      },
    }),
  ],
  [
    'O3',
    'state outside of the cell',
    total({
      step(value, _cell, emit) {
        if (value === 0) shared = 0;
        emit((shared += value));
      },
    }),
  ],
  ['O3', 'half of the state left out', total({ pack: { pack: () => ({}), unpack: () => ({ sum: 0 }) } })],
  [
    'O4',
    'an inline form that answers something else',
    total({ step: (value, _cell, emit) => emit(picky(value)), inline: { shape: 'replace', fn: (value) => value + 1 } }),
  ],
];

type Spoil = (station: Station<number>, host: StationHost<unknown>) => void;

/** The operator of `make` with its station or its host spoilt. */
function spoilt(
  make: MakeOperator<number>,
  spoil: Spoil,
  hostOf: (host: StationHost<unknown>) => StationHost<unknown> = (host) => host,
): MakeOperator<number> {
  return (time) => {
    const of = make(time);
    const good = of.operator as StationOperator<number>;
    const open = (host: StationHost<unknown>): Station<number> => {
      const spoiltHost = hostOf(host);
      const station = good.open(spoiltHost);
      spoil(station, spoiltHost);
      return station;
    };
    return { ...of, operator: { ...good, open } };
  };
}

/** A host whose fields are replaced; what is not stays as it is, getters too. */
function hostWith(host: StationHost<unknown>, changes: Partial<StationHost<unknown>>): StationHost<unknown> {
  const fields = Object.entries(changes).map(([name, value]) => [name, { value }] as const);
  return Object.defineProperties(Object.create(host) as StationHost<unknown>, Object.fromEntries(fields));
}

const calls: MakeOperator<number> = ({ later }: OperatorTime): OperatorCase<number> => ({
  operator: mapAsync((n: number) => later((n * 5) % 11, picky(n)), { concurrency: 4 }) as StationOperator<number>,
  values,
  refuses,
});

const windows: MakeOperator<number> = () => ({
  operator: countWindow<number>('w', tumblingCount(3, { partial: true })).toArray() as StationOperator<number>,
  values,
});

const emitting = (make: MakeOperator<number>, change: (chunk: Chunk) => Chunk | undefined): MakeOperator<number> =>
  spoilt(
    make,
    () => {},
    (host) =>
      hostWith(host, {
        emit(chunk) {
          const changed = change(chunk);
          if (changed !== undefined) host.emit(changed);
        },
      }),
  );

const stations: readonly [id: string, fault: string, make: MakeOperator<number>][] = [
  [
    'O5',
    'what depends on the size of the chunk',
    spoilt(calls, (station) => {
      const process = station.process.bind(station);
      station.process = ({ values: all, origin, ...lineage }) =>
        process(
          new Chunk(
            all.map((n) => n + all.length),
            origin,
            lineage,
            lineage.control,
          ),
        );
    }),
  ],
  [
    'O6',
    'emitted outside of a call',
    spoilt(
      calls,
      () => {},
      (host) => hostWith(host, { emit: (chunk) => realScheduler().soon(() => host.emit(chunk)) }),
    ),
  ],
  [
    'O6',
    'emitted while the way down is closed',
    spoilt(
      calls,
      () => {},
      (host) => hostWith(host, { canEmit: true }),
    ),
  ],
  [
    'O7',
    'pending records left out',
    spoilt(calls, (station) => {
      station.pending = () => [];
    }),
  ],
  [
    'O7',
    'state that nobody keeps',
    spoilt(
      windows,
      () => {},
      (host) => {
        const cells = new Map<number, unknown>();
        return hostWith(host, {
          cells: <S>() => ({
            get: (id: number) => cells.get(id) as S | undefined,
            set: (id: number, state: S) => void cells.set(id, state),
            delete: (id: number) => void cells.delete(id),
            get count() {
              return cells.size;
            },
            captures: 0,
            ids: () => cells.keys(),
          }),
        });
      },
    ),
  ],
  [
    'O8',
    'a refusal that nobody hears of',
    spoilt(
      calls,
      () => {},
      (host) => hostWith(host, { refuse: () => false }),
    ),
  ],
  [
    'O8',
    'going on where the run stops',
    spoilt(
      calls,
      () => {},
      (host) => hostWith(host, { refuse: (...of) => host.refuse(...of) && false }),
    ),
  ],
  [
    'O9',
    'a watermark that is lost',
    emitting(
      calls,
      ({ values: all, origin, ...lineage }) =>
        new Chunk(all, origin, lineage, lineage.control?.barrier === undefined ? undefined : { barrier: lineage.control.barrier }),
    ),
  ],
  [
    'O9',
    'a watermark that runs ahead',
    spoilt(calls, (station) => {
      const process = station.process.bind(station);
      station.process = ({ values: all, origin, control, ...lineage }) =>
        process(
          new Chunk(all, origin, lineage, control?.watermark === undefined ? control : { ...control, watermark: control.watermark + 5 }),
        );
    }),
  ],
  [
    'O10',
    'a barrier that is lost',
    emitting(
      calls,
      ({ values: all, origin, ...lineage }) =>
        new Chunk(all, origin, lineage, lineage.control?.watermark === undefined ? undefined : { watermark: lineage.control.watermark }),
    ),
  ],
  [
    'O10',
    'a barrier that overtakes',
    spoilt(calls, (station, host) => {
      const process = station.process.bind(station);
      station.process = (chunk) => {
        const { barrier } = chunk.control ?? {};
        if (barrier === undefined) return process(chunk);
        return host.emit(new Chunk([], chunk.origin, {}, { barrier }));
      };
    }),
  ],
  [
    'O11',
    'an end that is never done',
    spoilt(calls, (station) => {
      station.finish = () => {};
    }),
  ],
  [
    'O11',
    'bytes that are never given back',
    spoilt(
      calls,
      () => {},
      (host) => hostWith(host, { holds: (records, bytes) => host.holds(records, bytes + 1) }),
    ),
  ],
  [
    'O12',
    'windows closed by a stop',
    spoilt(windows, (station) => {
      const finish = station.finish.bind(station);
      station.finish = () => finish('end');
    }),
  ],
  [
    'O13',
    'an abort that nobody hears',
    spoilt(calls, (station) => {
      station.abort = () => {};
    }),
  ],
];

const all = [...stepPromises<number>(), ...stationPromises<number>()];
const sabotage = [...steps, ...stations];

test.each(sabotage)('%s sees %s', async (id, _fault, make) => {
  const promised = all.find((one) => one.id === id);
  await expect(promised!.check(() => make, 300)).rejects.toThrow();
});

test('operators without a fault pass through the same hands', async () => {
  for (const promised of stepPromises<number>()) await promised.check(() => total(), 300);
  for (const make of [
    calls,
    windows,
    spoilt(
      calls,
      () => {},
      (host) => hostWith(host, {}),
    ),
    emitting(windows, (chunk) => chunk),
  ])
    for (const promised of stationPromises<number>()) await promised.check(() => make, 300);
});

test('every promise has a fault that breaks it', () => {
  expect(all.map(({ id }) => id).filter((id) => !sabotage.some(([broken]) => broken === id))).toEqual([]);
});
