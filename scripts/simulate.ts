// `npm run simulate`: pipelines by chance, run by the embedded runtime in virtual time on a disk that goes wrong, killed
// again and again; what they commit is compared with an undisturbed run.
//   -- --seeds 2000 [--seed 1]     so many seeds, from that one on
//   -- --seed 17                   this one alone, with its story; --trace adds every call of the disk
//   -- --sabotage 'file fsync ignored' [--seeds 2000]   ends well when the fault was found
import { parseArgs } from 'node:util';
import { edited } from '../tests/simulation/edited.ts';

const { values: asked } = parseArgs({
  options: {
    seeds: { type: 'string' },
    seed: { type: 'string' },
    sabotage: { type: 'string' },
    state: { type: 'string', default: 'drawn' },
    twice: { type: 'string', default: '5' },
    trace: { type: 'boolean', default: false },
  },
});
const SEEDS = 200;
/** From here on no cell of the table may be empty. */
const MANY = 2000;

const from = whole('seed', asked.seed ?? '1');
const seeds = whole('seeds', asked.seeds ?? (asked.sabotage !== undefined ? String(MANY) : asked.seed === undefined ? String(SEEDS) : '1'));

// Before anything of the product is loaded.
const { sabotages, variants } = await import('../tests/simulation/sabotages.ts');
const fault = asked.sabotage === undefined ? undefined : sabotages[asked.sabotage];
if (asked.sabotage !== undefined && fault === undefined) refuse(`--sabotage is one of: ${Object.keys(sabotages).join(', ')}`);
edited([...variants, ...(fault?.edits ?? [])]);
const { STATES } = await import('../tests/simulation/draw-plan.ts');
const { campaign, told } = await import('../tests/simulation/campaign.ts');
const { runSeed } = await import('../tests/simulation/run-seed.ts');
const state = STATES.find((kind) => kind === asked.state) ?? refuse(`--state is one of: ${STATES.join(', ')}`);

const began = performance.now();
if (fault !== undefined) {
  const { wrap } = fault;
  let found = '';
  const result = await campaign({
    from,
    seeds,
    twice: 0,
    state,
    wrap,
    say: () => {},
    isOver: ({ seed, violation }) => {
      if (violation !== undefined) found = `seed ${seed}: ${violation.split('\n')[0]}`;
      return violation !== undefined;
    },
  });
  const isFound = result.violations > 0;
  console.log(
    isFound ? `'${asked.sabotage}' was found after ${result.seeds} seeds. ${found}` : `nobody noticed '${asked.sabotage}': ${fault.what}`,
  );
  process.exitCode = isFound ? 0 : 1;
} else if (seeds === 1) {
  const result = await runSeed(from, { state, keepsAll: asked.trace });
  console.log(result.violation === undefined ? `${result.plan}\n${result.story.join('\n')}` : told(result));
  if (result.all !== undefined) console.log(result.all.join('\n'));
  const faults = Object.entries(result.counts).map(([name, count]) => `${count} ${name}`);
  console.log(`${result.records} records, ${result.checkpoints} checkpoints, ${faults.join(', ')}, trace ${result.hash}`);
  conclude(1, result.crashes, total(result.counts), result.violation === undefined ? 0 : 1);
} else {
  const result = await campaign({ from, seeds, twice: whole('twice', asked.twice), state, say: (line) => console.log(line) });
  console.log(`In how many seeds a fault met an operator and a sink:\n${result.coverage.table()}`);
  const empty = result.coverage.empty();
  if (empty.length > 0) console.log(`${empty.length} cells are empty:\n  ${empty.join('\n  ')}`);
  if (empty.length > 0 && seeds >= MANY) process.exitCode = 1;
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage();
  console.log(`${seconds.toFixed(0)} s, ${((user + system) / 1000 / seeds).toFixed(0)} ms of processor time a seed`);
  conclude(result.seeds, result.crashes, result.faults, result.violations);
}

function conclude(all: number, crashes: number, faults: number, violations: number): void {
  console.log(`${all} seeds, ${crashes} crashes, ${faults} faults, ${violations} violations`);
  if (violations > 0) process.exitCode = 1;
}

function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function whole(name: string, text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) refuse(`--${name} wants a whole number, not ${text}`);
  return number;
}

function refuse(why: string): never {
  console.error(why);
  process.exit(2);
}
