import type { RunMetrics, RunReport } from '../../src/index.ts';
import { isHeadraceError } from '../../src/index.ts';
import { planFor } from '../../src/pipeline/pipeline.ts';
import { embedded } from '../../src/runtime/embedded.ts';
import { virtualWorld } from '../../src/base/virtual-world.ts';
import { type Built, build, itemsOf } from './built.ts';
import { interpret, type Item, type Letter, type Mistake, seenAs, type Work } from './interpreter.ts';
import { text } from './functions.ts';
import { above, type RandomPlan } from './random-plan.ts';
import { badLines, rowAt } from './row-source.ts';

export interface Way {
  readonly codegen: 'always' | 'never' | 'auto';
  readonly chunk: number;
}

/** One run of a plan, and everything there is to compare. */
interface Outcome {
  readonly built: Built;
  readonly report: RunReport | undefined;
  readonly metrics: RunMetrics;
  readonly error: unknown;
  /** Ids of the plan's nodes in the order they were made, to know splits by. */
  readonly splitIds: readonly string[];
  readonly timersLeft: number;
}

async function runOnce(plan: RandomPlan, way: Way): Promise<Outcome> {
  const world = virtualWorld();
  const built = build(plan, world);
  const splitIds = planFor(built.pipeline).nodes.flatMap((node) => (node.body.type === 'split' ? [node.id] : []));
  const running = await embedded({ ...way, world }).start(built.pipeline, {});
  const settled = await world.until(
    running.done.then(
      (report) => ({ report, error: undefined }),
      (error: unknown) => ({ report: undefined, error }),
    ),
  );
  // The functions of mapAsync set timers of their own, of a millisecond.
  await world.advance(2);
  return { built, ...settled, metrics: running.metrics(), splitIds, timersLeft: world.clock.pendingTimers };
}

/** Runs a plan one way and answers how it differs from the interpreter; nothing when it does not. */
export async function differences(plan: RandomPlan, way: Way, mistake?: Mistake): Promise<string[]> {
  const outcome = await runOnce(plan, way);
  const works = interpret(plan, { came: outcome.built.came, mistake });
  const rules = rulesOf(plan, works);
  const found: string[] = [];
  const say = (where: string, what: string): void => void found.push(`${where}: ${what} (codegen ${way.codegen}, chunk ${way.chunk})`);
  if (outcome.timersLeft > 0) say('run', `${outcome.timersLeft} timers left`);
  compareEnd(rules, outcome, say);
  for (const node of plan.nodes) {
    const work = works[node.id]!;
    const where = `n${node.id} ${node.op}`;
    const isExact = !rules.hasStop && node.op !== 'take' && !rules.aboveATake(node.id);
    if (node.op === 'source') compareSource(plan, node.id, outcome, rules, (what) => say(where, what));
    if (node.op === 'merge')
      compareMerge(
        node.inputs.map((input) => works[input]!.outputs),
        work.outputs,
        rules.mayBeCut(node.id),
        (what) => say(where, what),
      );
    const actual = outcome.built.chunks.get(node.id);
    if (actual !== undefined) sameList(work.outputs.map(show), itemsOf(actual).map(show), false, (what) => say(where, what));
    const seen = outcome.built.seen.get(node.id);
    if (seen !== undefined && work.seen.length > 0)
      sameList(work.seen, node.op === 'mapAsync' && !isExact ? seen.slice(0, work.seen.length) : seen, !isExact, (what) =>
        say(`${where} saw`, what),
      );
    const nameInPlan = node.op === 'source' ? `s${node.id}` : idIn(plan, node.id, outcome.splitIds);
    const letters = outcome.built.letters.filter((letter) => letter.operator === nameInPlan);
    sameList(
      work.letters.map(showLetter),
      letters.map((letter) => showLetter({ ...letter, ...letter.error, value: letter.value })),
      !isExact,
      (what) => say(`${where} letters`, what),
    );
    for (const letter of letters)
      if (!letter.id.startsWith(letter.origin.source) || !letter.id.includes(`/${letter.origin.position}`))
        say(where, `origin of letter ${letter.id}`);
    if (isExact) compareMetrics(work, outcome, nameInPlan, (what) => say(where, what));
  }
  const hasMerge = plan.nodes.some((node) => node.op === 'merge');
  if (!hasMerge) for (const [id, chunks] of outcome.built.chunks) uniqueIds(itemsOf(chunks), (what) => say(`n${id} sink`, what));
  if (rules.hasStop) compareLettersBeforeStop(plan, works, outcome, (what) => say('letters before the stop', what));
  if (!rules.hasStop && !rules.hasTake) compareReport(plan, works, outcome, (what) => say('report', what));
  return found;
}

const show = ({ value, id, key }: Item): string => `${text(value)} as ${seenAs(id, key, '')}`;
const showLetter = ({ id, code, what, value }: Letter): string => `${id} ${code} ${what} ${text(value)}`;

function idIn(plan: RandomPlan, id: number, splitIds: readonly string[]): string {
  if (plan.nodes[id]!.op !== 'split') return `n${id}`;
  return splitIds[plan.nodes.filter((node) => node.op === 'split' && node.id < id).length]!;
}

/** What a stop and a `take` leave open: how far others had come when they heard of it. */
interface Rules {
  readonly hasStop: boolean;
  readonly hasTake: boolean;
  /** The run must fail; it may fail at one of these. */
  readonly mustFail: boolean;
  readonly mayFailAt: readonly number[];
  /** A take further down may have sent this node home early. */
  aboveATake(id: number): boolean;
  /** Every way from here to a sink leads through a take. */
  mayBeCut(id: number): boolean;
}

function rulesOf(plan: RandomPlan, works: readonly Work[]): Rules {
  const stops = works.flatMap((work, id) => (work.stoppedAt === undefined ? [] : [id]));
  const takes = plan.nodes.filter((node) => node.op === 'take').map((node) => node.id);
  const aboveATake = (id: number): boolean => takes.some((take) => above(plan, take).has(id));
  const hasStop = stops.length > 0;
  const reachesASink = (id: number): boolean =>
    plan.nodes.some((node) => node.inputs.includes(id) && (node.op === 'sink' || (node.op !== 'take' && reachesASink(node.id))));
  return {
    hasStop,
    hasTake: takes.length > 0,
    mustFail: stops.some((id) => !aboveATake(id)),
    mayFailAt: stops,
    aboveATake,
    mayBeCut: (id) => hasStop || !reachesASink(id),
  };
}

type Say = (what: string) => void;

function compareEnd(rules: Rules, outcome: Outcome, say: (where: string, what: string) => void): void {
  const { error } = outcome;
  if (error === undefined) {
    if (rules.mustFail) say('run', `it should have failed at one of ${rules.mayFailAt.map((id) => `n${id}`).join(', ')}`);
    return;
  }
  if (!isHeadraceError(error)) say('run', `it failed with ${error instanceof Error ? error.message : typeof error}`);
  else if (!/^HR_(OPERATOR_FAILED|RECORD_REFUSED|DECODE_FAILED)$/.test(error.code))
    say('run', `it failed with ${error.code} ${error.message}`);
  else if (!rules.mayFailAt.some((id) => error.message.includes(`n${id} broke`)))
    say('run', `it failed at another operator: ${error.message}`);
}

function compareSource(plan: RandomPlan, id: number, { built }: Outcome, rules: Rules, say: Say): void {
  const came = built.came.get(id)!;
  const bad = plan.rows === undefined ? [] : badLines(plan.rows, plan.records);
  const good = plan.records - bad.length;
  if (came.length < good && !rules.mayBeCut(id)) say(`only ${came.length} of ${good} records were read`);
  const behind = came.find(({ position }) => plan.onError === 'stop' && Number(position) > (bad[0] ?? Number.POSITIVE_INFINITY));
  const { rows } = plan;
  const wrong =
    rows === undefined
      ? undefined
      : came.find(({ value, position }) => text(value) !== text(rowAt(plan.nodes[id]!, rows.seed, Number(position))));
  if (wrong !== undefined) say(`line ${wrong.position} came as ${text(wrong.value)}`);
  if (behind !== undefined) say(`record ${behind.id} passed although line ${bad[0]} stopped the run`);
}

/** The merged order must be one that two streams in their own orders can give. */
function compareMerge([left = [], right = []]: readonly (readonly Item[])[], came: readonly Item[], mayBeCut: boolean, say: Say): void {
  const [a, b, all] = [left, right, came].map((items) => items.map(({ value, id }) => `${text(value)} as ${id}`));
  // reachable[j]: the first k of `came` can be j of the right and k - j of the left.
  let reachable = new Set([0]);
  for (let k = 0; k < all!.length; k++) {
    const next = new Set<number>();
    for (const j of reachable) {
      if (a![k - j] === all![k]) next.add(j);
      if (b![j] === all![k]) next.add(j + 1);
    }
    if (next.size === 0) return say(`record ${k} (${all![k]}) is out of order: left has ${a!.join('; ')}, right has ${b!.join('; ')}`);
    reachable = next;
  }
  if (!mayBeCut && all!.length < a!.length + b!.length) say(`${all!.length} records of ${a!.length} + ${b!.length} came through`);
}

function sameList(expected: readonly string[], actual: readonly string[], mayBeShorter: boolean, say: Say): void {
  const length = mayBeShorter ? actual.length : Math.max(actual.length, expected.length);
  for (let i = 0; i < length; i++) {
    if (actual[i] !== expected[i])
      return say(`at ${i} of ${expected.length} expected ${expected[i] ?? 'nothing'}, got ${actual[i] ?? 'nothing'}`);
  }
}

function uniqueIds(items: readonly Item[], say: Say): void {
  const ids = items.map((item) => item.id);
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  if (twice !== undefined) say(`two records have the id ${twice}`);
}

/** On a single chain: what was refused before the record that stopped the run has its letters. */
function compareLettersBeforeStop(plan: RandomPlan, works: readonly Work[], { built }: Outcome, say: Say): void {
  // What groups records may have had one behind the prefix in the group of one before it.
  const groups = ['window', 'batch', 'take'];
  if (plan.nodes.some(({ id, op }) => groups.includes(op) || plan.nodes.filter((node) => node.inputs.includes(id)).length > 1)) return;
  if (plan.nodes.filter((node) => node.op === 'source').length > 1) return;
  const first = Math.min(...works.flatMap((work) => (work.stoppedAt === undefined ? [] : [Number(work.stoppedAt.position)])));
  const came = new Map([[0, built.came.get(0)!.filter(({ position }) => Number(position) < first)]]);
  for (const { letters } of interpret(plan, { came }))
    for (const { id, what } of letters)
      if (Number(id.split('/')[2]) < first && !built.letters.some((letter) => letter.id === id && letter.error.what === what))
        say(`${id} ${what} is missing`);
}

function compareMetrics(work: Work, { metrics }: Outcome, id: string, say: Say): void {
  const one = metrics.operators.find((operator) => operator.id === id);
  if (one === undefined) return;
  const expected = { in: work.entered, errors: work.errors, skipped: work.skipped, deadLetters: work.letters.length };
  const actual = { in: one.in, errors: one.errors, skipped: one.skipped, deadLetters: one.deadLetters };
  if (JSON.stringify(expected) !== JSON.stringify(actual)) say(`counts ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`);
  if (one.kind !== 'probe' && one.out !== work.outputs.length) say(`counts ${one.out} out instead of ${work.outputs.length}`);
}

function compareReport(plan: RandomPlan, works: readonly Work[], { report, built }: Outcome, say: Say): void {
  if (report === undefined) return;
  const sum = (of: (work: Work, op: string) => number): number => works.reduce((all, work, id) => all + of(work, plan.nodes[id]!.op), 0);
  const deadLetters = sum((work) => work.letters.length);
  const expected = {
    in: sum((work, op) => (op === 'source' ? work.entered : 0)),
    out: sum((work, op) => (op === 'sink' ? work.outputs.length : 0)),
    skipped: sum((work) => work.skipped),
    deadLetters,
  };
  const actual = { in: report.in, out: report.out, skipped: report.skipped, deadLetters: report.deadLetters };
  if (JSON.stringify(expected) !== JSON.stringify(actual)) say(`${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`);
  if (built.letters.length !== deadLetters) say(`${built.letters.length} letters were delivered instead of ${deadLetters}`);
}
