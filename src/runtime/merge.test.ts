import { expect, test } from 'vitest';
import { Chunk, type Control } from '../core/chunk.ts';
import type { Capture } from '../core/state.ts';
import { Counters } from './counters.ts';
import { type Inlet, Outlet } from './edges.ts';
import { type FlowHost, Part } from './flow-host.ts';
import { Merge, NO_ORIGIN } from './junctions.ts';

interface Scene {
  readonly ports: readonly Inlet[];
  readonly outlets: readonly Outlet[];
  /** What left: values one by one, and control. */
  readonly left: unknown[];
  readonly passed: number[];
}

function scene(streams: number): Scene {
  const left: unknown[] = [];
  const passed: number[] = [];
  const part = new Part('merge', false);
  const host = {
    passed: (_part: Part, n: number, _captures: readonly Capture[]) => void passed.push(n),
    closed: () => void left.push('closed'),
    crash(error: unknown) {
      throw error;
    },
  };
  const by = {
    id: 'merge',
    kind: 'merge',
    onError: 'stop',
    line: undefined,
    hasReader: false,
    counters: new Counters('merge', 'merge'),
    part,
  } as const;
  // Merge asks its host for these three things only.
  const merge = new Merge(by, host as unknown as FlowHost, undefined);
  const ports = Array.from({ length: streams }, () => merge.port());
  const outlets = ports.map((port, i) => {
    const outlet = new Outlet(`in ${i}`, false);
    outlet.connect(port);
    return outlet;
  });
  merge.outlet.connect({
    id: 'end',
    connect() {},
    finish: (how) => void left.push(how),
    push(chunk) {
      left.push(...chunk.values);
      if (chunk.control !== undefined) left.push(chunk.control);
    },
  });
  return { ports, outlets, left, passed };
}

const values = (values: unknown[], control?: Control): Chunk => new Chunk(values, NO_ORIGIN, {}, control);

test('what comes behind a barrier is held until the barrier has come on the other stream', async () => {
  const { outlets, left, passed } = scene(2);
  void outlets[0]!.push(values(['a1'], { barrier: 1 }));
  const held = outlets[0]!.push(values(['a2']));
  expect(held).toBeInstanceOf(Promise);
  void outlets[1]!.push(values(['b1']));
  expect(left).toEqual(['a1', 'b1']);
  void outlets[1]!.push(values([], { barrier: 1 }));
  await held;
  expect(left).toEqual(['a1', 'b1', { barrier: 1 }, 'a2']);
  expect(passed).toEqual([1]);
});

test('a stream that has ended is waited for no longer', async () => {
  const { outlets, left } = scene(2);
  void outlets[0]!.push(values(['a1'], { barrier: 1 }));
  const held = outlets[0]!.push(values(['a2']));
  void outlets[1]!.push(values(['b1']));
  outlets[1]!.finish('end');
  await held;
  expect(left).toEqual(['a1', 'b1', { barrier: 1 }, 'a2']);
});

test('a held chunk comes before the end of its stream, and the barrier before both', async () => {
  const { outlets, left } = scene(2);
  void outlets[0]!.push(values([], { barrier: 1 }));
  const held = outlets[0]!.push(values(['a']));
  outlets[0]!.finish('end');
  void outlets[1]!.push(values(['b'], { barrier: 1 }));
  await held;
  outlets[1]!.finish('end');
  expect(left).toEqual(['b', { barrier: 1 }, 'a', 'end', 'closed']);
});

test('a branch that drops everything and one that is slow, with a barrier in every chunk', async () => {
  const { outlets, left, passed } = scene(2);
  const waits: (void | Promise<void>)[] = [];
  for (let n = 1; n <= 5; n++) waits.push(outlets[0]!.push(values([], { barrier: n })));
  for (let n = 1; n <= 5; n++) waits.push(outlets[1]!.push(values([`b${n}`], { barrier: n })));
  await Promise.all(waits.map(async (wait) => await wait));
  expect(left).toEqual([1, 2, 3, 4, 5].flatMap((n) => [`b${n}`, { barrier: n }]));
  expect(passed).toEqual([1, 2, 3, 4, 5]);
});

test('the watermark is the least of all streams, never goes back, and an idle stream leaves it', () => {
  const { outlets, left } = scene(2);
  void outlets[0]!.push(values([], { watermark: 10 }));
  void outlets[1]!.push(values([], { watermark: 5 }));
  void outlets[1]!.push(values([], { watermark: 7 }));
  void outlets[1]!.push(values([], { idle: true }));
  void outlets[1]!.push(values([], { watermark: 8 }));
  outlets[1]!.finish('end');
  void outlets[0]!.push(values([], { watermark: 20 }));
  expect(left).toEqual([{ watermark: 5 }, { watermark: 7 }, { watermark: 10 }, { watermark: 20 }]);
});

test('where all streams are idle the one that is furthest says how far time walks, and is heard to be idle; a word of one ends it', () => {
  const { outlets, left } = scene(3);
  void outlets[0]!.push(values([], { watermark: 10 }));
  void outlets[1]!.push(values([], { watermark: 50, idle: true }));
  void outlets[2]!.push(values([], { watermark: 20, idle: true }));
  void outlets[0]!.push(values([], { idle: true }));
  void outlets[1]!.push(values([], { watermark: 60, idle: true }));
  void outlets[2]!.push(values([], { watermark: 30 }));
  void outlets[0]!.push(values(['a']));
  void outlets[2]!.push(values([], { watermark: 70 }));
  void outlets[0]!.push(values([], { watermark: 65 }));
  expect(left).toEqual([
    { watermark: 10 },
    { watermark: 50, idle: true },
    { watermark: 60, idle: true },
    { watermark: 60 },
    'a',
    { watermark: 65 },
  ]);
});
