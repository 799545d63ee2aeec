import { expect, test } from 'vitest';
import { collect } from '../connectors/values/collect.ts';
import { values } from '../connectors/values/values.ts';
import { count } from '../windows/aggregates/count.ts';
import { sum } from '../windows/aggregates/sum.ts';
import { tumblingCount } from '../windows/count.ts';
import { type Pipeline, pipeline, planFor } from './pipeline.ts';
import { diffPlans } from './plan-diff.ts';
import { planDot, planMermaid } from './plan-graph.ts';
import { planJson } from './plan-json.ts';
import { planText, stagesText, stateText } from './plan-text.ts';

function shop(): Pipeline {
  const plan = pipeline('shop');
  const numbers = plan.from(values([1])).map((n) => n + 1);
  const pairs = numbers
    .keyBy((n) => n % 2)
    .window('pairs', tumblingCount(2))
    .aggregate({ n: count() });
  pairs.merge(numbers).to(collect());
  numbers
    .onWorkers('heavy', 4, (stream) => stream.map((n) => n + 1))
    .take(3, { name: 'first' })
    .to({ ...collect(), id: 'safe', kind: 'shelf', delivery: 'twoPhase' });
  return plan;
}

test('a plan is drawn from its sources down, with what must be known before it runs', () => {
  expect(planText(planFor(shop()))).toBe(`pipeline shop: 11 nodes, 5 stages, 128 key groups

values           source
values/map       map
├─ values/keyBy  keyBy
│  ══ by key ══
│  pairs         window, remembers by key, size 2, every 2, partial false, fold aggregate
│  ══ rebalance: spread anew ══
│  -> pairs/merge
├─ ══ rebalance: spread anew ══
│  pairs/merge   merge
│  collect       sink
└─ ══ to threads ══
   heavy         workers, threads 4
   heavy/map     map
   ══ from threads, in order again ══
   heavy/rejoin  rejoin
   first         take, remembers, count 3
   safe          sink (shelf)

Sinks, when a run is killed and started again
  collect  at least once: the sink keeps nothing of a checkpoint: what came after the last one comes again
  safe     exactly once: the sink commits with the checkpoint; at least once without checkpoints

Two runs over the same records may differ
  pairs/merge  records of several streams come as they arrive

With several partitions or copies also
  pairs        records of several partitions come from values/keyBy as they arrive
  pairs/merge  records of several copies come from pairs as they arrive
  pairs/merge  records of several partitions come from values/map as they arrive
  collect      records of several copies come from pairs/merge as they arrive
  heavy        records of several partitions come from values/map as they arrive

Cloned to and from threads, which costs more than bytes: give these streams a codec with .as(codec)
  values/map  to heavy
  heavy/map   to heavy/rejoin
`);
});

test('a plan that is deterministic is called so, and where parallelism ends is said', () => {
  const plan = pipeline('plain')
    .from(values([1]))
    .skip(2, { name: 'two' })
    .to(collect());
  expect(planText(planFor(plan))).toBe(`pipeline plain: 3 nodes, 1 stage, 128 key groups

values   source
══ gather: all records to one place ══
two      skip, remembers, count 2
collect  sink

Sinks, when a run is killed and started again
  collect  at least once: the sink keeps nothing of a checkpoint: what came after the last one comes again

Parallelism ends
  two  needs all records of values in one place

Deterministic: two runs over the same records give the same, as long as each source has one partition and each stage one copy.

With several partitions or copies also
  two  records of several partitions come from values as they arrive
`);
});

test('the stages are listed with their nodes and the edges between them', () => {
  const plan = pipeline('keys')
    .from(values([1]))
    .keyBy((n) => n)
    .scan(
      'total',
      () => 0,
      (all, n) => all + n,
    )
    .to(collect());
  expect(stagesText(planFor(plan))).toBe(`stage values/keyBy: copies by partition of the source
  nodes  values/keyBy
  in     values
  out    values/keyBy

stage total: copies by key group
  nodes  total
  in     values/keyBy
  out    total

edges
  values        forward to stage values/keyBy
  values/keyBy  key to stage total, with keys
  total         forward to sink collect, with keys
`);
});

test('what becomes of state is a line a piece', () => {
  const windows = (name: string, other: boolean): Pipeline => {
    const stream = pipeline('state', { renamed: { w: 'windows' } })
      .from(values([1]))
      .window(name, tumblingCount(2));
    return other
      ? stream.aggregate({ n: count(), total: sum() }).to(collect())
      : stream.aggregate({ n: count(), old: count() }).to(collect());
  };
  const [before, after] = [windows('w', false), windows('windows', true)].map((plan) => planJson(planFor(plan)));
  expect(stateText(diffPlans(before!, after!))).toBe(`State
  values  positions kept
  w       state moved to windows, new in open windows: total, dropped: old
`);
  expect(stateText([])).toBe('State: neither plan keeps any.\n');
});

const odd = (): Pipeline =>
  pipeline('a "b" \\ c')
    .from(values([1]), { name: 'in "1"' })
    .keyBy((n) => n, { name: '<key> & #1;' })
    .take(1, { name: 'end' })
    .to(collect(), { name: 'out\\' });

test('the graph for Graphviz has its ids in quotes', () => {
  expect(planDot(planFor(odd()))).toBe(`digraph "a \\"b\\" \\\\ c" {
  rankdir=LR;
  subgraph "cluster_0" {
    label="stage <key> & #1; (source)";
    "<key> & #1;" [shape=box, label="<key> & #1;\\nkeyBy"];
  }
  subgraph "cluster_1" {
    label="stage end (one)";
    "end" [shape=box, label="end\\ntake, remembers, count 1"];
  }
  "in \\"1\\"" [shape=ellipse, label="in \\"1\\"\\nsource (values)"];
  "out\\\\" [shape=ellipse, label="out\\\\\\nsink (collect)"];
  "in \\"1\\"" -> "<key> & #1;";
  "<key> & #1;" -> "end" [label="gather"];
  "end" -> "out\\\\";
}
`);
});

test('the Mermaid flowchart has its nodes numbered and whatever has a meaning in labels as entities', () => {
  expect(planMermaid(planFor(odd()))).toBe(`flowchart LR
  subgraph s0["stage #60;key#62; #38; #35;1; (source)"]
    n1["#60;key#62; #38; #35;1;<br/>keyBy"]
  end
  subgraph s1["stage end (one)"]
    n2["end<br/>take, remembers, count 1"]
  end
  n0(["in #34;1#34;<br/>source (values)"])
  n3(["out\\<br/>sink (collect)"])
  n0 --> n1
  n1 -->|"gather"| n2
  n2 --> n3
`);
});
