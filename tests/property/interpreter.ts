import * as functions from './functions.ts';
import type { Fate, PlanNode, RandomPlan } from './random-plan.ts';
import { badLines, refusal } from './row-source.ts';

/**
 * What a random plan should do, in the simplest way there is: node after node, each a function from an array of items
 * to an array of items. It shares no code with the runtime. Two things it is told instead of guessing them: how far
 * sources were read (a run that stops reads no further), and in which order records came through a merge.
 */
export interface Item {
  readonly value: unknown;
  readonly id: string;
  readonly key: unknown;
  readonly position: string;
}

export interface Letter {
  readonly id: string;
  readonly code: string;
  readonly what: string;
  readonly value: unknown;
}

/** What one node did. */
export interface Work {
  entered: number;
  outputs: Item[];
  letters: Letter[];
  skipped: number;
  errors: number;
  /** The records its function was called with, as `id key position`. */
  seen: string[];
  /** The record that stopped the run here. */
  stoppedAt?: Item;
}

/** Faults built in on purpose, so that the property is shown able to fail. */
export type Mistake = 'takeOneMore' | 'siblingsLost' | 'keysForgotten' | 'lateChildrenKept' | 'idsWithoutOrdinals';

export interface Told {
  /** By source or merge: what came out of it, where that is not for the interpreter to say. */
  readonly came: ReadonlyMap<number, readonly Item[]>;
  readonly mistake?: Mistake | undefined;
}

export const seenAs = (id: string, key: unknown, position: string): string => `${id} ${JSON.stringify(key)} ${position}`;

export function interpret(plan: RandomPlan, told: Told): Work[] {
  const works: Work[] = [];
  const keyed: boolean[] = [];
  for (const node of plan.nodes) {
    const inputs = node.inputs.map((input) => works[input]!.outputs);
    keyed.push(isKeyed(node, keyed));
    const work = new Step(node, node.onError ?? plan.onError, keyed[node.id]!, told.mistake);
    const items =
      node.op === 'source' || node.op === 'merge'
        ? (told.came.get(node.id) ?? source(node, plan.records))
        : branchOf(plan, node, inputs[0]!);
    works.push(work.run(items));
    if (node.op === 'source' && plan.rows !== undefined) work.refuseLines(plan.onError, badLines(plan.rows, plan.records));
  }
  return works;
}

function source(node: PlanNode, records: number): Item[] {
  return functions.sourceValues(node, records).map((value, i) => ({ value, id: `s${node.id}/0/${i}`, key: undefined, position: `${i}` }));
}

function isKeyed({ op, inputs }: PlanNode, keyed: readonly boolean[]): boolean {
  if (op === 'keyBy') return true;
  return op !== 'source' && op !== 'batch' && inputs.every((input) => keyed[input]);
}

/** A split answers all that went to some branch; a branch picks its own. */
function branchOf(plan: RandomPlan, node: PlanNode, items: readonly Item[]): readonly Item[] {
  if (node.op !== 'branch') return items;
  const split = plan.nodes[node.inputs[0]!]!;
  return items.filter((item) => {
    const first = functions.branched(split, 0, item.value);
    return (first.is === 'value' && first.value === true ? 0 : 1) === node.b;
  });
}

/** One node at work. */
class Step {
  readonly #node: PlanNode;
  readonly #fate: Fate;
  readonly #isKeyed: boolean;
  readonly #mistake: Mistake | undefined;
  readonly #work: Work = { entered: 0, outputs: [], letters: [], skipped: 0, errors: 0, seen: [] };
  /** One memory a key, or one in all. */
  readonly #memory = new Map<unknown, { xs: number[]; state: number; items: Item[]; count: number }>();
  readonly #last: number[] = [];

  constructor(node: PlanNode, fate: Fate, isKeyedHere: boolean, mistake: Mistake | undefined) {
    this.#node = node;
    this.#fate = fate;
    this.#isKeyed = isKeyedHere;
    this.#mistake = mistake;
  }

  /** What a source could not read; with `stop` the first of it is the end. */
  refuseLines(fate: Fate, lines: readonly number[]): void {
    const work = this.#work;
    for (const line of lines) {
      const id = `s${this.#node.id}/0/${line}`;
      work.entered++;
      work.errors++;
      if (fate === 'stop') {
        work.stoppedAt = { value: undefined, id, key: undefined, position: `${line}` };
        return;
      }
      if (fate === 'skip') work.skipped++;
      else work.letters.push({ id, code: 'HR_DECODE_FAILED', what: refusal(this.#node, line), value: undefined });
    }
  }

  run(items: readonly Item[]): Work {
    const work = this.#work;
    for (const item of items) {
      if (this.#node.op === 'take' && work.outputs.length >= this.#takes) break;
      work.entered++;
      this.#one(item);
      if (work.stoppedAt !== undefined) break;
    }
    // A batch that is not full leaves at the end, and at a stop.
    if (this.#node.op === 'batch') this.#batch(1);
    return work;
  }

  get #takes(): number {
    return this.#node.a * 3 + this.#node.b + (this.#mistake === 'takeOneMore' ? 1 : 0);
  }

  #of(item: Item): { xs: number[]; state: number; items: Item[]; count: number } {
    const key = this.#isKeyed && this.#mistake !== 'keysForgotten' ? item.key : undefined;
    let memory = this.#memory.get(key);
    if (memory === undefined) this.#memory.set(key, (memory = { xs: [], state: 0, items: [], count: 0 }));
    return memory;
  }

  #one(item: Item): void {
    const node = this.#node;
    const { outputs, seen } = this.#work;
    switch (node.op) {
      case 'map':
      case 'mapAsync': {
        seen.push(seenAs(item.id, item.key, item.position));
        this.#answer(item, functions.mapped(node, item.value), (value) => outputs.push({ ...item, value }));
        break;
      }
      case 'filter': {
        seen.push(seenAs(item.id, item.key, item.position));
        this.#answer(item, functions.kept(node, item.value), (keep) => keep && outputs.push(item));
        break;
      }
      case 'tap': {
        seen.push(seenAs(item.id, item.key, item.position));
        this.#answer(item, functions.looked(node, item.value), () => outputs.push(item));
        break;
      }
      case 'keyBy': {
        seen.push(seenAs(item.id, item.key, item.position));
        this.#answer(item, functions.keyed(node, item.value), (key) => outputs.push({ ...item, key }));
        break;
      }
      case 'flatMap': {
        seen.push(seenAs(item.id, item.key, item.position));
        this.#children(item);
        break;
      }
      case 'scan': {
        const memory = this.#of(item);
        this.#answer(item, functions.folded(node, memory.state, item.value), (state) =>
          outputs.push({ ...item, value: (memory.state = state as number) }),
        );
        break;
      }
      case 'mapBatch': {
        this.#answer(item, functions.mapped(node, item.value), (value) => outputs.push({ ...item, value }));
        break;
      }
      case 'statistics': {
        this.#answer(item, functions.measured(node, item.value), (x) => {
          const { xs } = this.#of(item);
          xs.push(x as number);
          if (xs.length % ((node.b % 3) + 1) === 0) outputs.push({ ...item, value: statisticsOf(xs) });
        });
        break;
      }
      case 'distinct': {
        this.#answer(item, functions.measured(node, item.value), (x) => {
          if (this.#last.includes(x as number)) return;
          this.#last.push(x as number);
          if (this.#last.length > node.a * 4) this.#last.shift();
          outputs.push(item);
        });
        break;
      }
      case 'skip': {
        if (this.#work.entered > node.a + node.b) outputs.push(item);
        break;
      }
      case 'batch': {
        this.#of(item).items.push(item);
        this.#batch(node.a + 1);
        break;
      }
      case 'window': {
        this.#window(item);
        break;
      }
      case 'split': {
        const tests = [functions.branched(node, 0, item.value), functions.branched(node, 1, item.value)];
        const answer = tests.find((deed) => deed.is !== 'value' || deed.value === true);
        if (answer !== undefined) this.#answer(item, answer, () => outputs.push(item));
        break;
      }
      // Streams with keys and streams without make one without.
      case 'merge': {
        outputs.push(this.#isKeyed ? item : { ...item, key: undefined });
        break;
      }
      default:
        outputs.push(item);
    }
  }

  #answer(item: Item, deed: functions.Deed, good: (value: unknown) => void): void {
    if (deed.is === 'value') good(deed.value);
    else this.#refuse(item, deed.is, deed.what);
  }

  #children(item: Item): void {
    const { deeds, thrown } = functions.children(this.#node, item.value);
    if (thrown !== undefined) {
      this.#refuse(item, functions.failsAsAWhole(this.#node) ? 'fail' : 'throw', thrown);
      if (this.#mistake !== 'lateChildrenKept') return;
    }
    for (const [ordinal, deed] of deeds.entries()) {
      const id = this.#mistake === 'idsWithoutOrdinals' ? item.id : `${item.id}/${ordinal}`;
      if (deed.is === 'value') this.#work.outputs.push({ ...item, value: deed.value, id });
      else if (thrown === undefined) this.#refuse(item, deed.is, deed.what);
      if (this.#work.stoppedAt !== undefined || (deed.is !== 'value' && this.#mistake === 'siblingsLost')) return;
    }
  }

  #batch(atLeast: number): void {
    for (const memory of this.#memory.values()) {
      if (memory.items.length < atLeast) continue;
      const { items } = memory;
      memory.items = [];
      const first = items[0]!;
      this.#work.outputs.push({ ...first, value: items.map((item) => item.value), id: `${first.id}+${items.length}`, key: undefined });
    }
  }

  #window(item: Item): void {
    const { a, b } = this.#node;
    const size = a + 1;
    const every = b === 0 ? size : Math.min(b, size);
    const memory = this.#of(item);
    memory.items.push(item);
    memory.count++;
    if (memory.count < size || (memory.count - size) % every !== 0) return;
    const values = memory.items.slice(-size).map((one) => one.value);
    const key = this.#isKeyed ? item.key : undefined;
    const position = `${key === undefined ? '-' : JSON.stringify(key)}/${memory.count - size}/0`;
    this.#work.outputs.push({ value: values, key, position, id: `n${this.#node.id}/${position}` });
  }

  #refuse(item: Item, kind: 'throw' | 'fail', what: string): void {
    const work = this.#work;
    work.errors++;
    if (this.#fate === 'stop') work.stoppedAt = item;
    else if (this.#fate === 'skip') work.skipped++;
    else work.letters.push({ id: item.id, code: kind === 'fail' ? 'HR_RECORD_REFUSED' : 'HR_OPERATOR_FAILED', what, value: item.value });
  }
}

/** To three digits, fewer of large numbers, with the edges of rounding moved off the halves that sums of whole numbers fall on. */
export const rounded = (x: number): number => {
  const digits = 10 ** Math.min(3, 9 - Math.ceil(Math.log10(Math.max(1, x))));
  return Math.floor(x * digits + 0.371) / digits;
};

function statisticsOf(xs: readonly number[]): readonly number[] {
  const mean = xs.reduce((sum, x) => sum + x, 0) / xs.length;
  const variance = xs.reduce((sum, x) => sum + (x - mean) ** 2, 0) / xs.length;
  return [xs.length, rounded(mean), rounded(variance), Math.min(...xs), Math.max(...xs)];
}
