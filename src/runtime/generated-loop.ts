import { Failure, isThenable } from '../core/failure.ts';
import type { Chunk } from '../core/chunk.ts';
import { type ColumnShape, nullsOf } from './column-shape.ts';
import { DictionaryKeys } from './dictionary-keys.ts';
import type { Site } from './site.ts';

/** Runs the steps over a chunk from value `from` on; answers how many outputs lie in `out`. */
export type Loop = (chunk: Chunk, out: unknown[], from: number) => number;

let loops = 0;

/**
 * Writes one loop for a run of steps, with the user's functions as names in it, so that the engine inlines them.
 * The text of every loop is unique (the counter in its first line): loops with equal text would share type feedback,
 * and a dozen pipelines through one shared loop cost 5 x each.
 *
 * The shape, for a map and a flatMap: a loop over the chunk inside a `try`, entered again behind the value that threw;
 * a loop over the children with a `try` of its own, so that the siblings of a failing child go on. `o` is the step at
 * work, `x`, `x1`, … the value each level holds: exactly what a step received when it failed.
 *
 * With a `shape` it is a loop over chunks of such columns: the row is a literal inside the loop, so that the engine
 * never makes an object of a row that nobody keeps.
 */
export function generateLoop(site: Site, shape?: ColumnShape): Loop {
  const names = ['site', 'view', 'Failure', 'isThenable', 'nullsOf'];
  const given: unknown[] = [site, site.view, Failure, isThenable, nullsOf];
  const writer = new LoopWriter(site, shape, (name, value) => {
    names.push(name);
    given.push(value);
  });
  const text = writer.write();
  // The text holds names and numbers of our own, and names of columns in quotes; what users wrote comes in as values.
  const make = new Function(...names, text) as (...values: unknown[]) => Loop;
  return make(...given);
}

class LoopWriter {
  readonly #site: Site;
  readonly #shape: ColumnShape | undefined;
  readonly #give: (name: string, value: unknown) => void;
  #counted: number[] = [];
  /** The step whose keys may be strings of a column. */
  readonly #keyedAt: number;

  constructor(site: Site, shape: ColumnShape | undefined, give: (name: string, value: unknown) => void) {
    this.#site = site;
    this.#shape = shape;
    this.#give = give;
    // Behind a flatMap the keys are of children, and there are as many as there are.
    this.#keyedAt = shape?.hasDictionary === true && site.levels === 0 ? site.steps.findLastIndex(({ table }) => table !== undefined) : -1;
    if (this.#keyedAt >= 0) give('q', new DictionaryKeys(site.steps[this.#keyedAt]!.table!));
  }

  write(): string {
    const { carriesKeys, levels, name, steps } = this.#site;
    const body = this.#steps(0, 0);
    const xs = Array.from({ length: levels + 1 }, (_, level) => `x${level}`).join(', ');
    const paths = Array.from({ length: levels }, (_, level) => `, p${level} = site.paths[${level}]`).join('');
    const keyed = steps.some((step) => step.operator.inline?.shape === 'key');
    return `// loop ${++loops}
return function ${name}(chunk, out, from) {
  const ${this.#shape === undefined ? 'c = chunk.values, n = c.length' : 'cs = chunk.columns, n = cs.length'}, keys = chunk.keys, kin = chunk.keyIds;
  ${this.#shape?.declared('cs') ?? ''}
  ${this.#keyedAt < 0 ? '' : 'const hasQ = q.begin(cs), qids = q.ids, qentries = q.entries, qnumbers = q.numbers; let qid;'}
  let i = from, k = 0, o = 0, g = -1, y, ${xs};
  while (site.capacity < n) site.grow();
  let index = site.index, kout = site.keyIds, cap = site.capacity${paths};
  ${this.#counted.map((at) => `let n${at} = 0;`).join(' ')}
  view.chunk = chunk; view.keys = keys; view.level = 0;
  outer: for (;;) {
    try {
      for (; i < n${this.#mayBeOver(-1) ? ' && site.overAt < 0' : ''}; i++) {
        ${levels > 0 ? `if (k >= ${this.#site.pauseAt}) break outer; view.level = 0;` : ''}
        x0 = ${this.#shape?.literal('i') ?? 'c[i]'}; view.index = i;
        ${carriesKeys ? 'if (kin !== undefined) { g = kin[i]; view.keyId = g; }' : ''}
        ${keyed ? 'view.keys = keys;' : ''}
        ${body}
      }
      break;
    } catch (e) {
      if (site.isCut || site.refuse(o, e, x0)) break;
      i++;
    }
  }
  site.next = site.isCut || site.overAt >= 0 ? n : i;
  ${this.#keyedAt < 0 ? '' : 'if (q.isLearning) q.learn(cs, index, kout, k);'}
  ${this.#counted.map((at) => `site.steps[${at}].counters.out += n${at};`).join(' ')}
  return k;
}
//# sourceURL=headrace:${name}`;
  }

  /** Is there a step behind `at` that may be over one day? */
  #mayBeOver(at: number): boolean {
    return this.#site.steps.slice(at + 1).some((step) => step.operator.isOver !== undefined);
  }

  /** The text of the steps from `at` on, for the value of `level`. */
  #steps(at: number, level: number): string {
    const x = `x${level}`;
    const step = this.#site.steps[at];
    if (step === undefined) return this.#output(level);
    const { inline } = step.operator;
    const on = level === 0 ? 'continue' : `continue level${level}`;
    const odd = `if (typeof y === 'object' && y !== null && (y instanceof Failure || isThenable(y))) { if (site.odd(${at}, y, ${x})) break outer; ${on}; }`;
    const drop = dropped(x, on);
    const call = `f${at}(${x}, view)`;
    if (inline !== undefined) this.#give(`f${at}`, inline.fn);
    switch (inline?.shape) {
      case 'replace':
        return `o = ${at}; y = ${call}; ${odd} ${x} = y;\n        ${this.#steps(at + 1, level)}`;
      case 'look':
        return `o = ${at}; y = ${call}; ${odd}\n        ${this.#steps(at + 1, level)}`;
      case 'keep':
        this.#counted.push(at);
        return `o = ${at}; y = ${call}; if (y !== true) { ${odd} if (!y) { ${drop} } } n${at}++;\n        ${this.#steps(at + 1, level)}`;
      case 'key':
        this.#give(`t${at}`, step.table);
        return `o = ${at}; y = ${call}; ${odd} ${this.#number(at)} view.keys = t${at}; view.keyId = g;\n        ${this.#steps(at + 1, level)}`;
      case 'spread':
        return `o = ${at}; y = ${call}; if (y instanceof Failure) { if (site.odd(${at}, y, ${x})) break outer; ${on}; } ${this.#children(`site.children(${at}, y)`, at, level)}`;
      default:
        return this.#step(at, level);
    }
  }

  /** The number of the key `y`: without a look into the table where it is the string that its column has in this row. */
  #number(at: number): string {
    const ask = `g = t${at}.idOf(y);`;
    if (at !== this.#keyedAt) return ask;
    const known = 'if ((g = qnumbers[qid] - 1) < 0)';
    return `if (hasQ && (qid = qids[i]) >= 0 && y === qentries[qid]) { ${known} { ${ask} qnumbers[qid] = g + 1; } } else ${ask}`;
  }

  /** A step with a `step` function: called, then what it emitted goes on. */
  #step(at: number, level: number): string {
    const step = this.#site.steps[at]!;
    const x = `x${level}`;
    this.#give(`s${at}`, step.operator);
    this.#give(`cell${at}`, step.cells);
    this.#counted.push(at);
    const choose = step.operator.remembers === 'key' ? `cell${at}.at(g);` : '';
    const call = `o = ${at}; site.scratch.count = 0; ${choose} s${at}.step(${x}, cell${at}, site.scratch.emit, view);`;
    const on = level === 0 ? 'continue' : `continue level${level}`;
    const drop = dropped(x, on);
    const over = step.operator.isOver === undefined ? '' : `if (site.overAt < ${at} && s${at}.isOver(cell${at})) site.overAt = ${at};`;
    if (step.operator.single !== true) return `${call} ${this.#children('site.emitted()', at, level)}`;
    const odd = `if (typeof y === 'object' && y !== null && (y instanceof Failure || isThenable(y))) { if (site.odd(${at}, y, ${x})) break outer; ${on}; }`;
    return `${call} ${over} if (site.scratch.count === 0) { ${drop} } y = site.scratch.values[0]; ${odd} ${x} = y; n${at}++;\n        ${this.#steps(at + 1, level)}`;
  }

  #children(list: string, at: number, level: number): string {
    const down = level + 1;
    const on = level === 0 ? 'continue' : `continue level${level}`;
    if (!this.#counted.includes(at)) this.#counted.push(at);
    const keyed = this.#site.steps.slice(at + 1).some((step) => step.operator.inline?.shape === 'key');
    // A keyBy further in gives each child a key of its own; its sibling starts again with the key of the parent.
    const parentKey = keyed ? `const g${down} = g, ks${down} = view.keys;` : '';
    const restoreKey = keyed ? `g = g${down}; view.keyId = g; view.keys = ks${down};` : '';
    const odd = `if (typeof x${down} === 'object' && x${down} !== null && (x${down} instanceof Failure || isThenable(x${down}))) { if (site.odd(${at}, x${down}, x${level})) break outer; continue level${down}; }`;
    return `
        const a${down} = ${list}, m${down} = a${down}.length; let i${down} = 0; ${parentKey}
        for (;;) {
          try {
            level${down}: for (; i${down} < m${down}${this.#mayBeOver(at) ? ` && site.overAt <= ${at}` : ''}; i${down}++) {
              x${down} = a${down}[i${down}]; view.level = ${down}; view.ordinals[${level}] = i${down}; ${restoreKey}
              ${odd} n${at}++;
              ${this.#steps(at + 1, down)}
            }
            break;
          } catch (e) {
            if (site.isCut || site.refuse(o, e, x${down})) break outer;
            i${down}++;
          }
        }
        view.level = ${level}; ${on};`;
  }

  #output(level: number): string {
    const paths = Array.from({ length: level }, (_, up) => `p${up}[k] = i${up + 1};`).join(' ');
    const fresh = Array.from({ length: level }, (_, up) => ` p${up} = site.paths[${up}];`).join('');
    const room = level === 0 ? '' : `if (k === cap) { site.grow(); cap = site.capacity; index = site.index; kout = site.keyIds;${fresh} }`;
    return `${room} out[k] = x${level}; index[k] = i; ${paths} ${this.#site.carriesKeys ? 'kout[k] = g;' : ''} k++;`;
  }
}

/**
 * How a dropped value leaves the loop. It looks like nothing and saves a third of the time: the `catch` reads `x`, so
 * without it the value lives on into the next turn, and the engine then allocates every intermediate object of the
 * chain instead of keeping it in registers (20 -> 14 ns a record, bench/fused-chain.ts).
 */
function dropped(x: string, on: string): string {
  return `${x} = undefined; ${on};`;
}
