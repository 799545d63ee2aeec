import fc from 'fast-check';
import { expect, test } from 'vitest';
import { guardRejections } from '../faults/rig.ts';
import { differences, type Way } from './compared.ts';
import type { Mistake } from './interpreter.ts';
import { OPS, type Op, randomPlans } from './random-plan.ts';

// Random pipelines against an interpreter of obvious lines. A failure prints the plan, the seed and the path; run the
// one again with HEADRACE_SEED=<seed>. In CI the seed is fixed, so that a change is judged by what it changed; every run by
// hand draws another one.
const isFull = process.env['HEADRACE_TEST'] === 'full';
const given = process.env['HEADRACE_SEED'] ?? (process.env['CI'] === undefined ? undefined : '20261121');
const seed = given === undefined ? undefined : Number(given);
const asked = (numRuns: number): fc.Parameters<unknown> => ({ numRuns, verbose: 0, ...(seed === undefined ? {} : { seed }) });

guardRejections();

const WAYS: readonly Way[] = [1, 7, 1024].flatMap((chunk) => [
  { codegen: 'always' as const, chunk },
  { codegen: 'never' as const, chunk },
]);
const ALL = { ops: OPS, records: { min: 0, max: 40 }, sources: 2, longest: 12 };
const SYNCHRONOUS = new Set<Op>(['map', 'filter', 'flatMap', 'tap', 'scan', 'distinct', 'skip', 'statistics', 'keyBy', 'take']);

test('a random pipeline does what the interpreter says, generated or not, in chunks of 1, 7 and 1,024', async () => {
  await fc.assert(
    fc.asyncProperty(randomPlans(ALL), async (plan) => {
      for (const way of WAYS) expect(await differences(plan, way)).toEqual([]);
    }),
    asked(isFull ? 4000 : 250),
  );
}, 300_000);

test('a run that changes from closures to generated code in mid-stream does what the interpreter says', async () => {
  const ops = OPS.filter((op) => SYNCHRONOUS.has(op));
  await fc.assert(
    fc.asyncProperty(randomPlans({ ops, records: { min: 2100, max: 3000 }, sources: 1, longest: 6 }), async (plan) => {
      for (const chunk of [1, 1024]) expect(await differences(plan, { codegen: 'auto', chunk })).toEqual([]);
    }),
    asked(isFull ? 60 : 8),
  );
}, 300_000);

// These show that the property can fail: each is the interpreter with one mistake in it.
test.each<Mistake>(['takeOneMore', 'siblingsLost', 'keysForgotten', 'lateChildrenKept', 'idsWithoutOrdinals'])(
  'the property finds an interpreter that is wrong by %s',
  async (mistake) => {
    const plans = fc.asyncProperty(randomPlans(ALL), async (plan) => {
      expect(await differences(plan, { codegen: 'always', chunk: 7 }, mistake)).toEqual([]);
    });
    const result = await fc.check(plans, { numRuns: 400, seed: 7, endOnFailure: true });
    expect(result.failed).toBe(true);
  },
  60_000,
);
