import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Ctx, ProcessRig } from './process-rig.ts';

/** What a record does, in this order; where it fails in the end, nothing of it counts. */
interface Script {
  readonly key: string;
  readonly at: number;
  readonly deeds: readonly (
    | { readonly set: string; readonly in: number }
    | { readonly cancel: string }
    | { readonly add: number }
    | { readonly emit: true }
    | { readonly forget: true }
  )[];
  readonly fails: boolean;
}

const names = fc.constantFrom('x', 'y', 'chain', 'bad');
const script: fc.Arbitrary<Script> = fc.record({
  key: fc.constantFrom('a', 'b', 'c'),
  at: fc.nat(4),
  deeds: fc.array(
    fc.oneof(
      { weight: 4, arbitrary: fc.record({ set: names, in: fc.integer({ min: -20, max: 40 }) }) },
      fc.record({ cancel: names }),
      fc.record({ add: fc.integer({ min: 1, max: 9 }) }),
      fc.constant({ emit: true as const }),
      fc.constant({ forget: true as const }),
    ),
    { maxLength: 4 },
  ),
  fails: fc.nat(9).map((n) => n === 0),
});
/** Records with growing times. */
const scripts = fc.array(script, { maxLength: 60 }).map((all) => {
  let at = 0;
  return all.map((one): Script => ({ ...one, at: (at += one.at) }));
});

const onRecord = ({ key, at, deeds, fails }: Script, { cells, timers, forget }: Ctx): string[] => {
  const out: string[] = [];
  for (const one of deeds) {
    if ('set' in one) timers.set(one.set, at + one.in);
    else if ('cancel' in one) timers.cancel(one.cancel);
    else if ('add' in one) cells.value.update((sum) => sum + one.add);
    else if ('emit' in one) out.push(`${key} has ${cells.value.get()}, x at ${timers.get('x')}`);
    else forget();
  }
  if (fails) throw new Error('in the end');
  return out;
};

const onTimer = ({ name, at }: { readonly name: string; readonly at: number }, { key, cells, timers, watermark }: Ctx): string[] => {
  if (name === 'chain' && at % 5 !== 0) timers.set('chain', at + 1);
  cells.value.update((sum) => sum + 100);
  if (name === 'bad') throw new Error('it always does');
  return [`${name} of ${key} at ${at}, with ${cells.value.get()}, ${watermark}`];
};

const handles = { onRecord, onTimer };

interface Key {
  sum: number;
  timers: Map<string, { at: number; order: number }>;
}

/** The same in the simplest way there is: the first of all timers is looked for anew each time. */
class Interpreter {
  readonly out: string[] = [];
  #keys = new Map<string, Key>();
  #order = 0;

  chunk(all: readonly Script[], watermark: number): void {
    for (const one of all) this.#record(one);
    this.fire(watermark);
  }

  #record({ key, at, deeds, fails }: Script): void {
    const was = this.#keys.get(key) ?? { sum: 0, timers: new Map() };
    const is: Key = { sum: was.sum, timers: new Map(was.timers) };
    const out: string[] = [];
    for (const one of deeds) {
      if ('set' in one) {
        // A name keeps its place among those that are set in this call.
        is.timers.set(one.set, { at: at + one.in, order: -1 });
      } else if ('cancel' in one) is.timers.delete(one.cancel);
      else if ('add' in one) is.sum += one.add;
      else if ('emit' in one) out.push(`${key} has ${is.sum}, x at ${is.timers.get('x')?.at}`);
      else {
        is.sum = 0;
        is.timers.clear();
      }
    }
    if (fails) return;
    for (const name of orderOf(deeds, was)) {
      const timer = is.timers.get(name);
      if (timer?.order === -1) timer.order = this.#order++;
    }
    this.#keys.set(key, is);
    this.out.push(...out);
  }

  fire(watermark: number): void {
    for (;;) {
      const due = [...this.#keys].flatMap(([key, of]) => [...of.timers].map(([name, timer]) => ({ key, of, name, ...timer })));
      const first = due.filter(({ at }) => at <= watermark).sort((a, b) => a.at - b.at || a.order - b.order)[0];
      if (first === undefined) return;
      const { key, of, name, at } = first;
      of.timers.delete(name);
      if (name === 'bad') continue;
      if (name === 'chain' && at % 5 !== 0) of.timers.set('chain', { at: at + 1, order: this.#order++ });
      of.sum += 100;
      this.out.push(`${name} of ${key} at ${at}, with ${of.sum}, ${watermark}`);
    }
  }
}

/** Names in the order in which a call first touched them: that of setting, when it is over. */
function orderOf(deeds: Script['deeds'], was: Key): string[] {
  const touched = new Set<string>();
  for (const one of deeds) {
    if ('set' in one) touched.add(one.set);
    else if ('cancel' in one) touched.add(one.cancel);
    else if ('forget' in one) {
      touched.clear();
      for (const name of was.timers.keys()) touched.add(name);
    }
  }
  return [...touched];
}

function chunksOf(all: readonly Script[], size: number): (readonly Script[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
}

test('a random handler does what the interpreter says, for chunks of 1, 7 and 1,024, also captured and restored in the middle', async () => {
  await fc.assert(
    fc.asyncProperty(scripts, fc.constantFrom(1, 7, 1024), fc.nat(60), fc.integer({ min: 0, max: 15 }), async (all, size, cut, behind) => {
      const interpreter = new Interpreter();
      const chunks = chunksOf(all, size);
      const first = new ProcessRig(handles);
      let second: ProcessRig | undefined;
      let went: unknown[] = [];
      for (const [i, chunk] of chunks.entries()) {
        if (i === cut % chunks.length) {
          went = first.take();
          second = new ProcessRig(handles, { restored: first.rig.snapshot(), chunkLimit: 2, closesFor: () => 1 });
        }
        const watermark = chunk.at(-1)!.at - behind;
        interpreter.chunk(chunk, watermark);
        await first.give(chunk, watermark);
        await second?.give(chunk, watermark);
      }
      interpreter.fire(Number.POSITIVE_INFINITY);
      await first.rig.finish();
      await second?.rig.finish();
      expect([...went, ...first.take()]).toEqual(interpreter.out);
      if (second !== undefined) expect([...went, ...second.take()]).toEqual(interpreter.out);
    }),
    { numRuns: process.env['HEADRACE_TEST'] === 'full' ? 1_000 : 60 },
  );
});

/** The same records and timers by their times: a record comes behind the timers of its time. */
class InOrder extends Interpreter {
  all(scripts: readonly Script[]): void {
    for (const one of scripts.map((script, i) => ({ script, i })).sort((a, b) => a.script.at - b.script.at || a.i - b.i)) {
      this.fire(one.script.at);
      this.chunk([one.script], one.script.at);
    }
    this.fire(Number.POSITIVE_INFINITY);
  }
}

/** Without the watermark: how far it goes at a time is not the same. */
const blind = (lines: readonly unknown[]): string[] => lines.map((line) => String(line).replace(/(with \d+), .*$/, '$1'));

test('in the order of event time a handler does what the interpreter says, whatever the disorder, the chunks and the pace of the watermark', async () => {
  const disordered = fc.array(fc.tuple(script, fc.nat(9)), { maxLength: 60 }).map((all) => {
    let newest = 0;
    return all.map(([one, behind]): Script => ({ ...one, at: (newest += one.at) - behind }));
  });
  await fc.assert(
    fc.asyncProperty(disordered, fc.constantFrom(1, 7, 1024), fc.nat(60), fc.constantFrom(9, 20), async (all, size, cut, disorder) => {
      const interpreter = new InOrder();
      interpreter.all(all);
      const chunks = chunksOf(all, size);
      const first = new ProcessRig(handles, { order: 'eventTime' });
      let second: ProcessRig | undefined;
      let went: unknown[] = [];
      let newest = Number.NEGATIVE_INFINITY;
      for (const [i, chunk] of chunks.entries()) {
        if (i === cut % chunks.length) {
          went = first.take();
          second = new ProcessRig(handles, { order: 'eventTime', restored: first.rig.snapshot(), chunkLimit: 2, closesFor: () => 1 });
        }
        newest = Math.max(newest, ...chunk.map(({ at }) => at));
        await first.give(chunk, newest - disorder);
        await second?.give(chunk, newest - disorder);
      }
      await first.rig.finish();
      await second?.rig.finish();
      const expected = blind(interpreter.out);
      expect(blind([...went, ...first.take()])).toEqual(expected);
      if (second !== undefined) expect(blind([...went, ...second.take()])).toEqual(expected);
      expect([...first.rig.dropped]).toEqual([]);
    }),
    { numRuns: process.env['HEADRACE_TEST'] === 'full' ? 1_000 : 60 },
  );
});
