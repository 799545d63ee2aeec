// Producer, inference and consumer in processes of their own on one folder. Each is killed again and again at moments
// drawn from a seed, and begun again at once; they wake each other through the log. HEADRACE_SEED changes the moments.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SeededRandom } from '../../src/base/random.ts';
import { compiled } from '../crash/lives.ts';
import { oracle, type Scored } from './flow.ts';
import { type programs, Supervised } from './member.ts';

const isFull = process.env['HEADRACE_TEST'] === 'full';
const seed = Number(process.env['HEADRACE_SEED'] ?? 20261121);
const KILLS = Number(process.env['HEADRACE_KILLS_EACH'] ?? (isFull ? 20 : 2));
/** Between two kills of a process there is always so much for it to do. */
const RECORDS_A_KILL = 120;
const COUNT = RECORDS_A_KILL * (KILLS + 1);
/** Where nobody says anything for so long, a record was lost or nobody was woken. */
const SILENCE_MS = 15_000;

function lines(folder: string, name: string): string[] {
  const parts = readdirSync(folder).filter((file) => file.startsWith(`${name}-`) && file.endsWith('.jsonl'));
  return parts.sort().flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n').slice(0, -1));
}

test('three processes on one folder, each killed again and again, bring every record to its end once and in order by key', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-three-'));
  const where = `HEADRACE_SEED=${seed}, left in ${folder}`;
  const told = { dir: join(folder, 'state'), output: join(folder, 'out'), count: COUNT };
  mkdirSync(told.output);
  const random = new SeededRandom(`three ${seed}`);
  const all = Promise.withResolvers<void>();
  const begunMs = performance.now();
  const silence = setTimeout(() => all.reject(new Error(`nobody says anything at ${kills()} kills, ${where}`)), SILENCE_MS);
  const of = (program: keyof typeof programs): Supervised =>
    new Supervised({
      program,
      told,
      kills: KILLS,
      patience: RECORDS_A_KILL,
      random: random.fork(program),
      env: { ...process.env, NODE_COMPILE_CACHE: compiled() },
      changed,
      heard() {
        silence.refresh();
        // What the consumer sees, inference has published a moment ago, and may not have cleared away yet.
        if (program === 'consumer') members[1]?.othersSaw();
      },
      diesOfOthers: program === 'inference',
    });
  const members: readonly Supervised[] = (['producer', 'inference', 'consumer'] as const).map(of);
  const [producer, inference, consumer] = members as [Supervised, Supervised, Supervised];
  const kills = (): string => members.map((member) => member.kills).join(', ');
  // So the last kills of each come while the others still have something to do.
  function changed(): void {
    const fewest = Math.min(...members.map(({ kills }) => kills));
    producer.letUpTo(RECORDS_A_KILL * (fewest + 1));
    if (consumer.hasAll && fewest === KILLS) all.resolve();
  }
  changed();
  try {
    for (const { ended } of members) ended.catch(all.reject);
    await all.promise;
    inference.stop();
    consumer.stop();
    await Promise.all(members.map(({ ended }) => ended));
  } finally {
    clearTimeout(silence);
    members.forEach((member) => member.destroy());
  }
  const seconds = ((performance.now() - begunMs) / 1000).toFixed(1);
  console.log(`${kills()} kills, ${COUNT} records, ${seconds} s, HEADRACE_SEED=${seed}`);
  const found = Map.groupBy(
    lines(told.output, 'scores').map((line) => JSON.parse(line) as Scored),
    ({ key }) => key,
  );
  const expected = oracle(COUNT);
  for (const [key, scored] of expected) expect(found.get(key), `key ${key}, ${where}`).toEqual(scored);
  expect(found.size, where).toBe(expected.size);
  expect(lines(told.output, 'counts').map(Number), where).toEqual(Array.from({ length: COUNT }, (_, i) => i + 1));
  rmSync(folder, { recursive: true });
}, 200_000);
