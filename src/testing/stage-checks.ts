import { strict as assert } from 'node:assert';
import type { Promised } from './kit.ts';
import { type Expected, numbers, type StageCase } from './stage-case.ts';
import type { Left } from './stage-driver.ts';
import { type FleetOptions, type MakeStage, StageFleet } from './stage-fleet.ts';

export type OpenFleet = (options?: Omit<FleetOptions, 'patienceMs'>) => Promise<StageFleet>;

/** Runs a check on each case, and clears up whatever it opened. */
export function eachCase(
  cases: readonly StageCase[],
  check: (of: StageCase, open: OpenFleet) => Promise<void>,
): Promised<MakeStage>['check'] {
  return async (make, patienceMs) => {
    for (const of of cases) {
      const opened: StageFleet[] = [];
      try {
        await check(of, async (options = {}) => {
          const fleet = await StageFleet.open(of, await make(), { ...options, patienceMs });
          opened.push(fleet);
          return fleet;
        });
      } catch (error) {
        throw new assert.AssertionError({ message: `case '${of.name}': ${error instanceof Error ? error.message : String(error)}` });
      } finally {
        for (const fleet of opened) await fleet.close();
      }
    }
  };
}

export function inputsOf(of: StageCase): readonly (readonly number[])[] {
  return Array.from({ length: of.sources }, (_, source) => numbers(source));
}

/** Compares in the order that the case knows; what has gone through a capture by key group keeps the one of each key. */
export function sameAnswer(of: StageCase, actual: readonly Left[], expected: readonly (Expected | Left)[], isRestored = false): void {
  const order = isRestored && of.key !== undefined ? 'key' : of.order;
  const known = { id: expected.every(({ id }) => id !== undefined), time: expected.every((one) => 'time' in one) };
  assert.deepEqual(ordered(actual, order, known), ordered(expected, order, known));
}

interface Row {
  readonly value: unknown;
  readonly id?: string;
  readonly key?: unknown;
  readonly time?: number;
}

interface Known {
  readonly id: boolean;
  readonly time: boolean;
}

function ordered(records: readonly Row[], order: StageCase['order'], known: Known): Readonly<Record<string, readonly unknown[]>> {
  const lists: Record<string, unknown[]> = {};
  for (const { id = '', key, time, value } of records) {
    const list = order === 'key' ? JSON.stringify(key) : order === 'source' ? id.split('/')[0]! : 'all';
    const row = { value, ...(known.id ? { id } : {}), ...(known.time ? { time } : {}), ...(key === undefined ? {} : { key }) };
    (lists[list] ??= []).push(row);
  }
  return Object.fromEntries(Object.entries(lists).sort(([a], [b]) => (a < b ? -1 : 1)));
}
