import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InternedKeys } from '../../base/key-table.ts';
import { SeededRandom } from '../../base/random.ts';
import type { DueKey } from '../../core/agenda.ts';
import type { Capture, CellTable } from '../../core/state.ts';
import type { RestoredPiece } from '../flow-host.ts';
import { KeyedStates } from '../keyed-states.ts';
import { AGENDA, type AgendaPage, PAGE_NUMBERS, pagesSpec, StoredAgenda } from './stored-agenda.ts';

/** An agenda whose pages outlive it, beside a plain list. */
class Rig {
  readonly pages: CellTable<AgendaPage> = new KeyedStates<AgendaPage>(pagesSpec('due'), PAGE_NUMBERS);
  keys = new InternedKeys();
  agenda: StoredAgenda = this.#open([]);
  list: { readonly at: number; readonly order: number; readonly key: string }[] = [];
  order = 0;

  #open(pieces: readonly RestoredPiece[]): StoredAgenda {
    this.keys = new InternedKeys();
    return new StoredAgenda({ spec: { name: 'due', totals: () => [this.order] }, keys: this.keys, pages: this.pages, pieces });
  }

  add(at: number): void {
    const entry = { at, order: this.order++, key: `key ${at % 97}` };
    this.list.push(entry);
    this.agenda.add(entry, this.keys.idOf(entry.key));
  }

  /** Takes so many, each of which must be the first. */
  take(count: number): void {
    this.list.sort((a, b) => a.at - b.at || a.order - b.order);
    const taken = this.list.splice(0, count);
    const came = taken.map(() => {
      const { at, order, keyId } = this.agenda.first() as DueKey;
      this.agenda.take();
      return `${at} ${order} ${String(this.keys.keyAt(keyId))}`;
    });
    expect(came.join('\n')).toBe(taken.map(({ at, order, key }) => `${at} ${order} ${key}`).join('\n'));
    if (this.list.length === 0) expect(this.agenda.first()).toBe(undefined);
  }

  async restart(): Promise<void> {
    const pieces: RestoredPiece[] = [];
    const capture: Capture = this.agenda.capture('timers');
    await capture.write({ section: ({ operator: _operator, ...section }, bytes) => void pieces.push({ ...section, bytes }) });
    expect(pieces.map(({ codec }) => codec)).toEqual([AGENDA]);
    this.agenda = this.#open(pieces);
    expect(this.agenda.restored).toEqual([this.order]);
  }
}

type Step = { readonly do: 'add'; readonly at: number } | { readonly do: 'take'; readonly count: number } | { readonly do: 'restart' };

test('whatever is added, comes in the order of moments, also across restarts', async () => {
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 12, arbitrary: fc.record({ do: fc.constant('add' as const), at: fc.integer({ min: 0, max: 50 }) }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('take' as const), count: fc.integer({ min: 1, max: 5 }) }) },
    { weight: 3, arbitrary: fc.constant({ do: 'restart' as const }) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 120, size: 'max' }), async (steps) => {
      const rig = new Rig();
      for (const one of steps) {
        if (one.do === 'add') rig.add(one.at);
        else if (one.do === 'take') rig.take(one.count);
        else await rig.restart();
      }
      rig.take(rig.list.length);
      expect([...rig.pages.ids()]).toEqual([]);
    }),
    { numRuns: 100 },
  );
});

test('of many entries those far ahead are in pages, which go when they are used up', async () => {
  const rig = new Rig();
  const random = new SeededRandom('many entries');
  for (let i = 0; i < 36_000; i++) rig.add(Math.floor(random.next() * 1e6));
  await rig.restart();
  // Nobody has asked for a key yet: those of pages come into memory page by page.
  expect(rig.keys.size).toBe(0);
  expect(rig.pages.count).toBeGreaterThanOrEqual(36_000 / 512);
  rig.take(15_000);
  for (let i = 0; i < 5000; i++) rig.add(Math.floor(random.next() * 1e6));
  await rig.restart();
  rig.take(26_000);
  expect(rig.pages.count).toBe(0);
});
