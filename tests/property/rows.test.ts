import fc from 'fast-check';
import { expect, test } from 'vitest';
import { guardRejections } from '../faults/rig.ts';
import { differences, type Way } from './compared.ts';
import { OPS, type Op, type RandomPlan, randomPlans } from './random-plan.ts';
import type { Form } from './row-source.ts';

// The random pipelines of property.test.ts over rows, some of which cannot be read: as objects and as columns of the same.
const isFull = process.env['HEADRACE_TEST'] === 'full';
const given = process.env['HEADRACE_SEED'] ?? (process.env['CI'] === undefined ? undefined : '20261121');
const seed = given === undefined ? undefined : Number(given);
const asked = (numRuns: number): fc.Parameters<unknown> => ({ numRuns, verbose: 0, ...(seed === undefined ? {} : { seed }) });

guardRejections();

const FORMS: readonly Form[] = ['columns', 'values'];
const WAYS: readonly Way[] = [1, 7, 1024].flatMap((chunk) => [
  { codegen: 'always' as const, chunk },
  { codegen: 'never' as const, chunk },
]);
const SYNCHRONOUS = new Set<Op>(['map', 'filter', 'flatMap', 'tap', 'scan', 'distinct', 'skip', 'statistics', 'keyBy', 'take']);

const rows = fc.record({ seed: fc.nat(500), badEvery: fc.constantFrom(0, 3, 7, 16) });
const shown = (
  plan: RandomPlan,
  { seed: drawn, badEvery }: { readonly seed: number; readonly badEvery: number },
  form: Form,
): RandomPlan => ({
  ...plan,
  rows: { form, seed: drawn, badEvery },
});

test('a random pipeline over columns does what it does over the same rows as values, with bad lines in between', async () => {
  await fc.assert(
    fc.asyncProperty(randomPlans({ ops: OPS, records: { min: 0, max: 40 }, sources: 2, longest: 10 }), rows, async (plan, drawn) => {
      for (const form of FORMS) for (const way of WAYS) expect(await differences(shown(plan, drawn, form), way), form).toEqual([]);
    }),
    asked(isFull ? 1000 : 30),
  );
}, 300_000);

test('a run over columns that changes from closures to generated code in mid-stream does what the interpreter says', async () => {
  const ops = OPS.filter((op) => SYNCHRONOUS.has(op));
  await fc.assert(
    fc.asyncProperty(randomPlans({ ops, records: { min: 2100, max: 3000 }, sources: 1, longest: 6 }), rows, async (plan, drawn) => {
      for (const chunk of [7, 1024]) expect(await differences(shown(plan, drawn, 'columns'), { codegen: 'auto', chunk })).toEqual([]);
    }),
    asked(isFull ? 40 : 4),
  );
}, 300_000);
