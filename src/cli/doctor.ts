import { size } from './amounts.ts';
import { nodeIsNewEnough } from './node-version.ts';

/** What is known of a machine. */
export interface Facts {
  readonly node: string;
  readonly engines: string;
  readonly memoryBytes: number;
  /** Of the container or control group, where it is below the machine's memory. */
  readonly memoryLimitBytes: number | undefined;
  readonly heapLimitBytes: number;
  readonly cores: number;
  readonly mayGenerateCode: boolean;
  readonly tempFolder: string;
  readonly tempProblem: string | undefined;
  readonly openFiles: number | undefined;
  /** The time, and what both clocks counted over the same short wait. */
  readonly clock: { readonly nowMs: number; readonly wallMs: number; readonly steadyMs: number };
}

export interface Check {
  readonly name: string;
  readonly result: 'ok' | 'warn' | 'fail';
  readonly what: string;
  /** Only where something should be done. */
  readonly todo?: string;
}

const GiB = 1024 ** 3;
/** What a run may hold by default (`embedded({ memory })`). */
const DEFAULT_MEMORY = GiB;
/** An empty Node with Headrace takes about 60 MiB; below this there is hardly room for records. */
const LEAST_MEMORY = GiB / 8;
const LEAST_OPEN_FILES = 1024;
/** No machine that runs this is older than the package; a clock that says so was never set. */
const EARLIEST = Date.UTC(2025, 0, 1);
const LATEST = Date.UTC(2100, 0, 1);
const MOST_DRIFT_MS = 50;

/** Judges the facts, one line for each. */
export function checksOf(facts: Facts): readonly Check[] {
  return [node(facts), memory(facts), heap(facts), cores(facts), code(facts), temp(facts), openFiles(facts), clock(facts)];
}

function node({ node, engines }: Facts): Check {
  const what = `Node ${node}, wanted ${engines}`;
  return nodeIsNewEnough(node, engines)
    ? { name: 'node', result: 'ok', what }
    : { name: 'node', result: 'fail', what, todo: 'Install a newer Node, or put one first on PATH.' };
}

function memory({ memoryBytes, memoryLimitBytes }: Facts): Check {
  const limit = memoryLimitBytes ?? memoryBytes;
  const what =
    memoryLimitBytes === undefined
      ? `${size(memoryBytes)}, no limit below that`
      : `limited to ${size(memoryLimitBytes)} of ${size(memoryBytes)}`;
  if (limit < LEAST_MEMORY) return { name: 'memory', result: 'fail', what, todo: `Allow at least ${size(LEAST_MEMORY)}.` };
  if (limit < 2 * DEFAULT_MEMORY) {
    const fitting = Math.floor(limit / 4 / 1024 ** 2);
    return {
      name: 'memory',
      result: 'warn',
      what,
      todo: `Runs may hold ${size(DEFAULT_MEMORY)} by default, too much here: give --memory ${fitting}MiB.`,
    };
  }
  return { name: 'memory', result: 'ok', what };
}

function heap({ heapLimitBytes, memoryBytes, memoryLimitBytes }: Facts): Check {
  const limit = memoryLimitBytes ?? memoryBytes;
  const what = `JavaScript may take ${size(heapLimitBytes)}`;
  if (heapLimitBytes > limit) {
    const fitting = Math.floor((limit * 0.75) / 1024 ** 2);
    return {
      name: 'heap',
      result: 'warn',
      what: `${what}, more than there is`,
      todo: `Set NODE_OPTIONS=--max-old-space-size=${fitting}, or the system ends the process before it cleans up.`,
    };
  }
  if (heapLimitBytes < LEAST_MEMORY && limit >= LEAST_MEMORY)
    return { name: 'heap', result: 'warn', what, todo: 'Raise --max-old-space-size in NODE_OPTIONS.' };
  return { name: 'heap', result: 'ok', what };
}

function cores({ cores }: Facts): Check {
  if (cores > 1) return { name: 'cores', result: 'ok', what: `${cores}` };
  return { name: 'cores', result: 'warn', what: '1', todo: 'The garbage collector shares it with the pipeline; two or more are faster.' };
}

function code({ mayGenerateCode }: Facts): Check {
  if (mayGenerateCode) return { name: 'code generation', result: 'ok', what: 'allowed' };
  const todo = 'Pipelines run as closures, with the same answers and slower. Leave out --disallow-code-generation-from-strings for speed.';
  return { name: 'code generation', result: 'warn', what: 'forbidden', todo };
}

function temp({ tempFolder, tempProblem }: Facts): Check {
  if (tempProblem === undefined) return { name: 'temp folder', result: 'ok', what: `${tempFolder} can be written` };
  return {
    name: 'temp folder',
    result: 'fail',
    what: `${tempFolder} cannot be written: ${tempProblem}`,
    todo: 'Make room or set TMPDIR to another folder.',
  };
}

function openFiles({ openFiles }: Facts): Check {
  if (openFiles === undefined) return { name: 'open files', result: 'ok', what: 'this system has no such limit' };
  const what = openFiles === Number.POSITIVE_INFINITY ? 'no limit' : `up to ${openFiles}`;
  if (openFiles >= LEAST_OPEN_FILES) return { name: 'open files', result: 'ok', what };
  return {
    name: 'open files',
    result: 'warn',
    what,
    todo: `Raise it with \`ulimit -n ${4 * LEAST_OPEN_FILES}\`; each connection and each file counts.`,
  };
}

function clock({ clock: { nowMs, wallMs, steadyMs } }: Facts): Check {
  const what = new Date(nowMs).toISOString();
  if (nowMs < EARLIEST || nowMs > LATEST)
    return { name: 'clock', result: 'fail', what, todo: 'Set the clock; event times and time-outs of other systems depend on it.' };
  const drift = Math.abs(wallMs - steadyMs);
  if (drift <= MOST_DRIFT_MS) return { name: 'clock', result: 'ok', what };
  return {
    name: 'clock',
    result: 'warn',
    what: `${what}, and it moved by ${Math.round(drift)} ms against the steady clock in ${Math.round(steadyMs)} ms`,
    todo: 'Is it being set right now? Run a time service that slews it.',
  };
}
