import fc from 'fast-check';
import { expect, test } from 'vitest';
import { collect } from '../connectors/values/collect.ts';
import { values } from '../connectors/values/values.ts';
import { type Pipeline, pipeline, planFor } from './pipeline.ts';
import { stagesOf } from './stage-cut.ts';
import type { Stream } from './stream.ts';

/** Each step reads one or two of the streams there are. */
const anyPlan = fc.array(fc.record({ op: fc.nat(9), at: fc.nat(), other: fc.nat() }), { minLength: 1, maxLength: 14 });

function written(steps: readonly { readonly op: number; readonly at: number; readonly other: number }[]): Pipeline {
  const plan = pipeline('random', { onError: 'deadLetter' });
  const streams: Stream<number>[] = [
    plan.from(values([1])),
    plan.from(values([2])),
    plan.deadLetters().map((letter) => letter.operator.length),
  ];
  for (const [i, { op, at, other }] of steps.entries()) {
    const stream = streams[at % streams.length]!;
    const makes: readonly (() => Stream<number>)[] = [
      () => stream.map((n) => n + 1),
      () => stream.keyBy((n) => n),
      () =>
        stream.scan(
          `sum${i}`,
          () => 0,
          (total, n) => total + n,
        ),
      () => stream.merge(streams[other % streams.length]!),
      () => stream.batch(2).map((batch) => batch.length),
      () => stream.distinct((n) => n),
      () => stream.onWorkers(`threads${i}`, 2, (inside) => inside.map((n) => -n)),
      () => stream.merge(stream.keyBy((n) => -n)),
      () => stream.split({ even: (n) => n % 2 === 0 }).even,
      () => stream.mapAsync(async (n) => n, {}),
    ];
    streams.push(makes[op]!());
  }
  for (const stream of streams) stream.to(collect());
  return plan;
}

test('of any plan every node is in one stage, what needs all records or all of a key has them, and no stage feeds itself', () => {
  fc.assert(
    fc.property(anyPlan, (steps) => {
      const plan = planFor(written(steps));
      const { stages, edges } = stagesOf(plan);
      const stageOf = new Map(stages.flatMap((stage) => stage.nodes.map((node) => [node.id, stage] as const)));
      const inside = plan.nodes.filter(({ body }) => !['source', 'sink', 'letters'].includes(body.type));
      expect(stages.flatMap((stage) => stage.nodes).length).toBe(inside.length);
      for (const node of inside) {
        const stage = stageOf.get(node.id)!;
        const isKeyed = node.inputs.every((input) => plan.nodes.find(({ id }) => id === input)!.isKeyed);
        if (node.remembers !== undefined)
          expect(stage.spread).toBe(stage.spread === 'key' && node.remembers === 'key' && isKeyed ? 'key' : 'one');
        // Every record has a way in.
        for (const input of node.inputs) {
          if (stageOf.get(input) === stage) continue;
          expect(edges.filter(({ from, to }) => from === input && 'stage' in to && to.stage === stage.id)).toHaveLength(1);
          expect(stage.inputs).toContain(input);
        }
      }
      const below = new Map(stages.map(({ id }) => [id, new Set<string>()]));
      for (const { from, to } of edges) if ('stage' in to && stageOf.has(from)) below.get(stageOf.get(from)!.id)!.add(to.stage);
      const left = new Set(below.keys());
      for (let before = -1; before !== left.size; ) {
        before = left.size;
        for (const id of left) if (![...left].some((other) => below.get(other)!.has(id))) left.delete(id);
      }
      expect([...left]).toEqual([]);
    }),
    { numRuns: 300 },
  );
});
