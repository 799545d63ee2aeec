import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import type { Debugger, InspectorNotification, Profiler } from 'node:inspector';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pipeline, run, values } from '../../src/index.ts';
import { embedded } from '../../src/runtime/embedded.ts';
import { guardRejections, keeping, upTo } from './rig.ts';

guardRejections();

const stackOf = (error: unknown): readonly string[] => ((error as Error).stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));

const EXPLODES_AT =
  readFileSync(import.meta.filename, 'utf8')
    .split('\n')
    .findIndex((line) => /^ +throw/.test(line) && line.includes('boom')) + 1;
const explode = (n: number): number => {
  if (n !== 3) return n;
  throw new Error('boom');
};

describe.each(['always', 'never'] as const)('with codegen %s', (codegen) => {
  const runtime = embedded({ codegen });
  test.each([
    [
      'map',
      pipeline('map')
        .from(values([1, 2, 3]))
        .map(explode),
    ],
    [
      'filter',
      pipeline('filter')
        .from(values([1, 2, 3]))
        .filter((n) => explode(n) > 0),
    ],
    [
      'a child of flatMap',
      pipeline('child')
        .from(values([1]))
        .flatMap(() => [1, 3])
        .map(explode),
    ],
    [
      'a generator',
      pipeline('generator')
        .from(values([3]))
        .flatMap(function* (n) {
          yield explode(n);
        }),
    ],
    [
      'scan',
      pipeline('scan')
        .from(values([3]))
        .scan(
          's',
          () => 0,
          (_s, n) => explode(n),
        ),
    ],
    [
      'mapAsync',
      pipeline('async')
        .from(values([3]))
        .mapAsync(async (n) => explode(n), { concurrency: 1 }),
    ],
  ])("the first frame of an error from %s is the user's file and line", async (_kind, stream) => {
    const error = await run(stream.to(keeping()), { runtime, signals: false }).then(
      () => undefined,
      (failure: unknown) => failure,
    );
    const frames = stackOf(error);
    expect(frames[0]).toContain('stacks.test.ts');
    expect(frames[0]).toContain('explode');
    expect(Number(/:(\d+):\d+\)?$/.exec(frames[0]!)?.[1])).toBe(EXPLODES_AT);
  });
});

test('the loop of a pipeline has the names of its operators in a CPU profile', async () => {
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: 100 });
    await session.post('Profiler.start');
    await run(
      pipeline('profiled')
        .from(values(upTo(400_000)))
        .map((n) => Math.sqrt(n) * Math.sin(n), { name: 'wavy' })
        .filter((n) => n > 0, { name: 'positive' })
        .to(keeping()),
      { runtime: embedded({ codegen: 'always' }), signals: false },
    );
    const { profile } = (await session.post('Profiler.stop')) as Profiler.StopReturnType;
    const names = profile.nodes.map((node) => node.callFrame.functionName);
    expect(names).toContain('profiled_wavy_positive');
    // The source of the loop can be found too.
    expect(profile.nodes.find((node) => node.callFrame.functionName === 'profiled_wavy_positive')?.callFrame.url).toContain('headrace:');
  } finally {
    session.disconnect();
  }
});

test.each(['always', 'never'] as const)(
  "a breakpoint in a user's function hits, and the loop's name is on its stack (codegen %s)",
  async (codegen) => {
    const folder = mkdtempSync(join(tmpdir(), 'headrace-breakpoint-'));
    const file = join(folder, 'doubled.mjs');
    writeFileSync(file, 'export function doubled(n) {\n  const twice = n * 2;\n  return twice;\n}\n');
    const { doubled } = (await import(/* @vite-ignore */ file)) as { doubled(n: number): number };
    const session = new Session();
    session.connect();
    const hits: string[][] = [];
    session.on('Debugger.paused', ({ params }: InspectorNotification<Debugger.PausedEventDataType>) => {
      hits.push(params.callFrames.map((frame) => frame.functionName));
      session.post('Debugger.resume').catch(() => {});
    });
    try {
      await session.post('Debugger.enable');
      await session.post('Debugger.setBreakpointByUrl', { lineNumber: 1, urlRegex: '.*doubled\\.mjs$', condition: 'n === 7' });
      const sink = keeping<number>();
      await run(
        pipeline('stepped')
          .from(values(upTo(10)))
          .map((n) => doubled(n), { name: 'twice' })
          .to(sink),
        { runtime: embedded({ codegen }), signals: false },
      );
      expect(sink.values).toEqual(upTo(10).map((n) => n * 2));
      expect(hits).toHaveLength(1);
      expect(hits[0]![0]).toBe('doubled');
      if (codegen === 'always') expect(hits[0]).toContain('stepped_twice');
    } finally {
      session.disconnect();
      rmSync(folder, { recursive: true });
    }
  },
);
