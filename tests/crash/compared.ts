import { mkdtempSync, readdirSync, readFileSync, rmSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../src/index.ts';
import { inputsOf } from './inputs.ts';
import { plans } from './pipelines.ts';

/** What each output holds, by its name. */
export type Outputs = Readonly<Record<string, string>>;

/** What a run that nobody disturbs writes: in this process, without checkpoints. */
export async function undisturbed(plan: string, seed: number, records: number): Promise<Outputs> {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-undisturbed-'));
  try {
    mkdirSync(join(folder, 'out'));
    const inputs = inputsOf(seed, records);
    writeFileSync(join(folder, 'orders.jsonl'), inputs.orders);
    writeFileSync(join(folder, 'notes.jsonl'), inputs.notes);
    const { make, outputs } = plans[plan]!;
    const scene = { inputs: folder, outputs: join(folder, 'out'), blockBytes: 1 << 16, wait: async () => {}, watch: <S>(sink: S) => sink };
    await run(make(scene), { signals: false });
    return Object.fromEntries(outputs.map((name) => [name, readFileSync(join(folder, 'out', `${name}.jsonl`), 'utf8')]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The committed files of each output in a folder, one behind the other. */
export function committed(plan: string, folder: string): Outputs {
  return committedOf(plan, new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')])));
}

/** The same of files by name; a run without checkpoints has one for each output. */
export function committedOf(plan: string, files: ReadonlyMap<string, string>): Outputs {
  const names = [...files.keys()].sort();
  return Object.fromEntries(
    plans[plan]!.outputs.map((output) => {
      const parts = names.filter((name) => name === `${output}.jsonl` || name.startsWith(`${output}-`));
      return [output, parts.map((name) => files.get(name)).join('')];
    }),
  );
}

/**
 * How the output of a killed run differs from the undisturbed one; undefined where it does not. The plan with a merge
 * is compared record by record, and in order wherever one path leads: within a branch, and within the letters.
 */
export function difference(plan: string, expected: Outputs, found: Outputs): string | undefined {
  for (const [name, text] of Object.entries(expected)) {
    const [wanted, got] = [text, found[name]!].map((all) => all.split('\n').slice(0, -1));
    const said = plan === 'merged' ? records(wanted!, got!) : firstDifference(wanted!, got!);
    if (said !== undefined) return `${plan}, output '${name}': ${said}`;
  }
  return undefined;
}

function records(wanted: readonly string[], got: readonly string[]): string | undefined {
  const all = firstDifference(wanted.toSorted(), got.toSorted());
  if (all !== undefined) return `as a set: ${all}`;
  const branchOf = (line: string): string => (JSON.parse(line) as { branch?: string }).branch ?? '';
  for (const branch of new Set(wanted.map(branchOf))) {
    const said = firstDifference(
      wanted.filter((line) => branchOf(line) === branch),
      got.filter((line) => branchOf(line) === branch),
    );
    if (said !== undefined) return `in the order of the branch '${branch}': ${said}`;
  }
  return undefined;
}

export function firstDifference(wanted: readonly string[], got: readonly string[]): string | undefined {
  const at = wanted.findIndex((line, i) => line !== got[i]);
  if (at === -1 && got.length === wanted.length) return undefined;
  const line = at === -1 ? wanted.length : at;
  return `${got.length} lines of ${wanted.length}; line ${line} is ${got[line] ?? 'missing'}, not ${wanted[line] ?? 'one more'}`;
}
