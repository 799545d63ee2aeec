// What the three processes write and read: events of a few keys, each scored by what its key has seen so far.
import { json, topic, type Topic } from '../../src/index.ts';

export interface Event {
  readonly key: string;
  readonly i: number;
}

export interface Scored extends Event {
  readonly score: number;
}

/** What each process is told when it is begun. */
export interface Member {
  readonly dir: string;
  readonly output: string;
  readonly count: number;
}

export const CHECKPOINT_EVERY_MS = 10;
const KEYS = 11;

/** Partitions of both, so that a process waits for several ends at once. */
export const events: Topic<Event> = topic('events', json<Event>(), { partitions: 3, key: ({ key }) => key });
export const scores: Topic<Scored> = topic('scores', json<Scored>(), { partitions: 2, key: ({ key }) => key });

export function eventAt(i: number): Event {
  return { key: `k${(i * i + 3 * i) % KEYS}`, i };
}

export function scoreOf(before: number, { i }: Event): number {
  return (before * 31 + i) % 1_000_003;
}

/** The whole of it in ten lines: what must be in the output, by key and in order. */
export function oracle(count: number): Map<string, Scored[]> {
  const all = new Map<string, Scored[]>();
  for (let i = 0; i < count; i++) {
    const event = eventAt(i);
    const before = all.get(event.key) ?? [];
    all.set(event.key, [...before, { ...event, score: scoreOf(before.at(-1)?.score ?? 0, event) }]);
  }
  return all;
}

export function toldMember(): Member {
  return JSON.parse(process.argv[2]!) as Member;
}

/** How many records this life has seen, for whoever counts them. */
export function tell(count: number): void {
  process.stdout.write(`${count}\n`);
}
