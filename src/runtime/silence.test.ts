import { expect, test } from 'vitest';
import { type VirtualWorld, virtualWorld } from '../base/virtual-world.ts';
import type { PartitionChange } from '../core/chunk.ts';
import type { Push } from './edges.ts';
import { Silence } from './silence.ts';

interface Scene {
  readonly world: VirtualWorld;
  readonly silence: Silence;
  /** What was told, with the time. */
  readonly told: string[];
  /** The process stands still for milliseconds: the clock goes on and no timer is served. */
  standStill(ms: number): void;
}

function scene(
  afterMs: readonly number[],
  partitions: readonly string[],
  { isWaiting = true, tell }: { readonly isWaiting?: boolean; readonly tell?: () => Push } = {},
): Scene {
  const world = virtualWorld();
  const told: string[] = [];
  let stoodMs = 0;
  const clock = { now: () => world.clock.now() + stoodMs, monotonic: () => world.clock.monotonic() + stoodMs };
  const text = (change: PartitionChange): string => `${change.partition} ${change.state === 'silent' ? change.ms : change.state}`;
  const silence = new Silence({
    world: { ...world, clock },
    source: 's',
    afterMs,
    tell: (changes) => {
      told.push(`${clock.monotonic()}: ${changes.map(text).join(', ')}`);
      return tell?.();
    },
  });
  for (const partition of partitions) silence.open(partition, () => isWaiting);
  return { world, silence, told, standStill: (ms) => void (stoodMs += ms) };
}

test('a silence is told when it has lasted as long as somebody asks for, and step by step while all are silent', async () => {
  const { world, silence, told } = scene([1000, 1500], ['a', 'b']);
  silence.atEnd('a');
  await world.advance(1700);
  expect(told).toEqual(['1000: a 1000', '1500: a 1500']);
  silence.atEnd('b');
  await world.advance(1200);
  expect(told.slice(2)).toEqual(['2700: a 2700, b 1000', '2800: a 2800, b 1100', '2900: a 2900, b 1200']);
});

test('nobody is woken while one has something to say, or all are gone', async () => {
  const { world, silence, told } = scene([1000], ['a', 'b']);
  silence.atEnd('a');
  await world.advance(1000);
  expect([told.length, world.clock.pendingTimers]).toEqual([1, 0]);
  silence.atEnd('b');
  expect(world.clock.pendingTimers).toBe(1);
  silence.closed('a');
  silence.closed('b');
  expect(world.clock.pendingTimers).toBe(0);
});

test('what was told is taken back, and the next silence begins anew; one that was not told is forgotten', async () => {
  const { world, silence, told } = scene([1000], ['a']);
  silence.atEnd('a');
  await world.advance(900);
  silence.awake('a');
  await world.advance(50);
  silence.atEnd('a');
  await world.advance(1000);
  silence.awake('a');
  silence.awake('a');
  expect(told).toEqual(['1950: a 1000', '1950: a awake']);
});

test('one that is asked now and then is as silent as its last answer says', async () => {
  const { world, silence, told } = scene([1000], ['a'], { isWaiting: false });
  for (const ms of [0, 400, 400, 250]) {
    await world.advance(ms);
    silence.atEnd('a');
  }
  await world.advance(2000);
  expect(told).toEqual(['1050: a 1050']);
});

test('a process that stood still has asked nobody: all silence begins anew', async () => {
  const { world, silence, told, standStill } = scene([1000], ['a', 'b']);
  silence.atEnd('a');
  silence.atEnd('b');
  await world.advance(1100);
  standStill(3_600_000);
  await world.advance(1150);
  expect(told).toEqual(['1000: a 1000, b 1000', '1100: a 1100, b 1100', '3601200: a awake, b awake', '3602200: a 1000, b 1000']);
  const other = scene([1000], ['a']);
  other.silence.atEnd('a');
  other.standStill(3_600_000);
  await other.world.advance(1500);
  expect(other.told).toEqual([]);
});

test('while news are on their way no others are sent after them, and then those say how long it has been', async () => {
  let free!: () => void;
  const { world, silence, told } = scene([1000], ['a'], { tell: () => new Promise<void>((taken) => (free = taken)) });
  silence.atEnd('a');
  await world.advance(60_000);
  expect(told).toEqual(['1000: a 1000']);
  free();
  await world.advance(100);
  expect(told.slice(1)).toEqual(['60100: a 60100']);
});
