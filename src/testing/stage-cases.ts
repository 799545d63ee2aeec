import { realScheduler } from '../base/scheduler.ts';
import { each } from '../connectors/values/each.ts';
import { fail } from '../core/failure.ts';
import { pipeline } from '../pipeline/pipeline.ts';
import { tumblingCount } from '../windows/count.ts';
import { ended, type Expected, from, idAt, keyOf, sourceName, type StageCase } from './stage-case.ts';
import { lateCase, timeCases } from './stage-time-cases.ts';

/** Settles after as many turns of the event loop as the value says, so that every run waits alike. */
async function late(n: number): Promise<number> {
  for (let turn = 0; turn < n % 4; turn++) await new Promise<void>((go) => realScheduler().soon(go));
  return n * 10;
}

const tenfold = (inputs: readonly (readonly number[])[]): readonly Expected[] =>
  inputs[0]!.map((n, i) => ({ value: n * 10, id: idAt(0, i), key: keyOf(n) }));

const same = (inputs: readonly (readonly number[])[]): readonly Expected[] =>
  inputs.flatMap((input, source) => input.map((n, i) => ({ value: n, id: idAt(source, i) })));

/** Every way a stage can be made, each as small as it gets. */
export const stageCases: readonly StageCase[] = [
  {
    name: 'chain',
    at: `${sourceName(0)}/map`,
    sources: 1,
    order: 'all',
    build: () =>
      ended(
        from(pipeline('chain'))
          .map((n) => n + 1)
          .filter((n) => n % 5 !== 0)
          .flatMap((n) => (n % 3 === 0 ? [n, -n] : [n])),
      ),
    answer: ([input = []]) =>
      input.flatMap((n, i) => {
        const more = n + 1;
        if (more % 5 === 0) return [];
        const id = idAt(0, i);
        return (more % 3 === 0 ? [more, -more] : [more]).map((value, child) => ({ value, id: `${id}/${child}` }));
      }),
  },
  {
    name: 'scan',
    at: 'sum',
    sources: 1,
    key: keyOf,
    order: 'all',
    build: () =>
      ended(
        from(pipeline('scan'))
          .keyBy(keyOf)
          .scan(
            'sum',
            () => 0,
            (sum, n) => sum + n,
          ),
      ),
    answer([input = []]) {
      const sums = new Map<string, number>();
      return input.map((n, i) => {
        const key = keyOf(n);
        const value = (sums.get(key) ?? 0) + n;
        sums.set(key, value);
        return { value, id: idAt(0, i), key };
      });
    },
  },
  {
    name: 'window',
    at: 'threes',
    sources: 1,
    key: keyOf,
    order: 'key',
    hasWindows: true,
    build: () =>
      ended(
        from(pipeline('window'))
          .keyBy(keyOf)
          .window('threes', tumblingCount(3, { partial: true }))
          .toArray(),
      ),
    answer([input = []]) {
      const groups = Map.groupBy(input, keyOf);
      return [...groups].flatMap(([key, members]) =>
        Array.from({ length: Math.ceil(members.length / 3) }, (_, i) => ({ value: members.slice(i * 3, i * 3 + 3), key })),
      );
    },
  },
  {
    name: 'mapAsync without keys',
    at: 'late',
    sources: 1,
    order: 'all',
    build: () => ended(from(pipeline('no-keys')).mapAsync(late, { name: 'late', concurrency: 4 })),
    answer: ([input = []]) => input.map((n, i) => ({ value: n * 10, id: idAt(0, i) })),
  },
  {
    name: 'mapAsync in input order',
    at: 'late',
    sources: 1,
    key: keyOf,
    order: 'all',
    build: () => ended(from(pipeline('input-order')).keyBy(keyOf).mapAsync(late, { name: 'late', concurrency: 4, order: 'input' })),
    answer: tenfold,
  },
  {
    name: 'mapAsync in key order',
    at: 'late',
    sources: 1,
    key: keyOf,
    order: 'key',
    build: () => ended(from(pipeline('key-order')).keyBy(keyOf).mapAsync(late, { name: 'late', concurrency: 4, order: 'key' })),
    answer: tenfold,
  },
  {
    name: 'buffer',
    at: 'queue',
    sources: 1,
    key: keyOf,
    order: 'all',
    build: () => ended(from(pipeline('buffer')).keyBy(keyOf).buffer({ items: 8, name: 'queue' })),
    answer: ([input = []]) => input.map((n, i) => ({ value: n, id: idAt(0, i), key: keyOf(n) })),
  },
  {
    name: 'merge',
    at: `${sourceName(0)}/map`,
    sources: 2,
    order: 'source',
    build() {
      const plan = pipeline('merge');
      const left = from(plan, 0).map((n) => n);
      const right = from(plan, 1).map((n) => n);
      return ended(left.merge(right));
    },
    answer: same,
  },
  {
    name: 'eventTime',
    at: `${sourceName(0)}/eventTime`,
    sources: 1,
    order: 'all',
    makesTime: true,
    build: () => ended(from(pipeline('event-time')).eventTime(shuffled, { disorder: 8 })),
    answer: same,
  },
  ...timeCases,
];

/** Neighbours change places, by less than the disorder that is allowed. */
function shuffled(n: number): number {
  return n * 4 + (n % 3) * 5;
}

/** A scan behind which a thirteenth record fails; with `deadLetter` it leaves by the dead letters. */
export function failingCase(onError: 'stop' | 'deadLetter'): StageCase {
  return {
    name: `failing, ${onError}`,
    at: 'sum',
    sources: 1,
    key: keyOf,
    order: 'all',
    build() {
      const plan = pipeline(`failing-${onError}`, { onError });
      from(plan)
        .keyBy(keyOf)
        .scan(
          'sum',
          () => 0,
          (sum, n) => sum + n,
        )
        .map((sum, { position }) => (Number(position) === FAILING ? fail('the thirteenth') : sum))
        .to(each(() => {}));
      if (onError === 'deadLetter') plan.deadLetters().to(each(() => {}));
      return plan;
    },
    answer: (inputs) =>
      caseNamed('scan')
        .answer(inputs)
        .filter((_, i) => i !== FAILING),
  };
}

/** The position of the record that fails. */
export const FAILING = 13;

export function caseNamed(name: string): StageCase {
  const found = [...stageCases, failingCase('stop'), failingCase('deadLetter'), lateCase].find((one) => one.name === name);
  if (found === undefined) throw new RangeError(`there is no case '${name}'`);
  return found;
}
