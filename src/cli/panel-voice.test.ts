import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Terminal } from '../../tests/cli/terminal.ts';
import { virtualWorld } from '../base/virtual-world.ts';
import type { RunMetrics, RunReport } from '../runtime/report.ts';
import type { Run } from '../runtime/runtime.ts';
import { panelVoice } from './panel-voice.ts';

const report: RunReport = {
  pipeline: 'shop',
  ended: 'end',
  in: 8,
  out: 8,
  skipped: 0,
  deadLetters: 0,
  dropped: 0,
  late: 0,
  open: 0,
  ms: 900,
  peakBytes: 0,
};
const metrics: RunMetrics = {
  pipeline: 'shop',
  in: 8,
  out: 8,
  ms: 900,
  heldBytes: 0,
  latencyMs: { p50: Number.NaN, p99: Number.NaN, max: Number.NaN },
  operators: [],
};

/** A terminal that both streams of a process write to, and the voice of a run on it. */
function scene({ columns = 60, rows = 12 } = {}) {
  const world = virtualWorld();
  const terminal = new Terminal(columns, rows);
  const writes: string[] = [];
  const stream = () => ({
    columns,
    rows,
    write(text: string | Uint8Array): boolean {
      const shown = typeof text === 'string' ? text : new TextDecoder().decode(text);
      writes.push(shown);
      terminal.write(shown, true);
      return true;
    },
  });
  const [stdout, stderr] = [stream(), stream()];
  const voice = panelVoice({
    world,
    screen: stderr,
    others: [stdout, stderr],
    paint: (_style, text) => text,
    rssBytes: () => 1024,
    withStack: false,
  });
  const running = { metrics: () => ({ ...metrics, ms: world.clock.monotonic() }) } as unknown as Run;
  return { world, terminal, writes, stdout, stderr, voice, running };
}

test('a run that is over at once shows its report and no panel', async () => {
  const { world, terminal, writes, voice, running } = scene();
  voice.began(running);
  await world.advance(250);
  expect(writes).toEqual([]);
  voice.ended(report, metrics);
  await world.advance(1000);
  expect(terminal.lines).toEqual([
    'shop ended after 900 ms: 8 in, 8 out',
    '  8.9/s in, 8.9/s out; held at most 0 B, process 1.0 KiB',
    '  0 skipped, 0 dead letters, 0 dropped',
  ]);
});

test('the panel is drawn over itself, at most five times a second', async () => {
  const { world, terminal, writes, voice, running } = scene();
  voice.began(running);
  await world.advance(300);
  expect(terminal.lines[0]).toBe('shop  300 ms  running, Ctrl-C stops');
  await world.advance(10_000);
  expect(terminal.lines[0]).toBe('shop  10.3 s  running, Ctrl-C stops');
  expect(terminal.lines).toHaveLength(5);
  expect(writes.length).toBeLessThanOrEqual(51);
});

test('what sinks print goes above it, whole', async () => {
  const { world, terminal, stdout, voice, running } = scene();
  voice.began(running);
  await world.advance(400);
  stdout.write('first\n');
  stdout.write(new TextEncoder().encode('second\n'));
  expect(terminal.lines).toEqual(['first', 'second']);
  await world.settle();
  expect(terminal.lines.slice(0, 3)).toEqual(['first', 'second', 'shop  300 ms  running, Ctrl-C stops']);
});

test('while a line is open the panel stays away, and the line is not broken', async () => {
  const { world, terminal, stdout, voice, running } = scene();
  voice.began(running);
  await world.advance(400);
  stdout.write('half a ');
  await world.advance(1000);
  expect(terminal.lines).toEqual(['half a']);
  stdout.write('line\n');
  await world.settle();
  expect(terminal.lines.slice(0, 2)).toEqual(['half a line', 'shop  1.3 s  running, Ctrl-C stops']);
  stdout.write('open');
  voice.ended(report, metrics);
  expect(terminal.lines.slice(1, 3)).toEqual(['open', 'shop ended after 900 ms: 8 in, 8 out']);
});

test('the report is the last thing printed, and nobody is watched any more', async () => {
  const { world, terminal, stdout, voice, running } = scene();
  voice.began(running);
  await world.advance(400);
  stdout.write('one\n');
  voice.ended(report, metrics);
  await world.advance(2000);
  expect(terminal.lines.at(-1)).toBe('  0 skipped, 0 dead letters, 0 dropped');
  expect(world.clock.pendingTimers).toBe(0);
  stdout.write('after\n');
  await world.settle();
  expect(terminal.lines.at(-1)).toBe('after');
});

test('a stop is shown at once, and a second signal has the last word', async () => {
  const { world, terminal, voice, running } = scene({ columns: 100 });
  voice.began(running);
  await world.advance(310);
  voice.stopping('SIGINT');
  await world.settle();
  expect(terminal.lines[0]).toContain('stopping: records in flight finish');
  voice.gaveUp('SIGINT');
  expect(terminal.lines).toEqual(['HR_STOPPED_AT_ONCE: a second SIGINT ended the run at once; records in flight are lost']);
});

test('whoever prints what and when, the screen holds all of it and nothing else', async () => {
  const step = fc.oneof(
    fc.record({ print: fc.stringMatching(/^[a-z ]{0,90}\n?$/), on: fc.constantFrom('stdout' as const, 'stderr' as const) }),
    fc.record({ wait: fc.integer({ min: 0, max: 500 }) }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 30 }),
      fc.integer({ min: 20, max: 80 }),
      fc.integer({ min: 3, max: 12 }),
      async (steps, columns, rows) => {
        const { world, terminal, stdout, stderr, voice, running } = scene({ columns, rows });
        const plain = new Terminal(columns, rows);
        voice.began(running);
        for (const one of steps) {
          if ('wait' in one) await world.advance(one.wait);
          else {
            (one.on === 'stdout' ? stdout : stderr).write(one.print);
            plain.write(one.print, true);
          }
        }
        const text = steps.map((one) => ('print' in one ? one.print : '')).join('');
        voice.gaveUp('SIGINT');
        plain.write(text === '' || text.endsWith('\n') ? 'X' : '\nX', true);
        const expected = [...plain.lines];
        expected.pop();
        expect(terminal.lines.slice(0, expected.length)).toEqual(expected);
        expect(terminal.lines[expected.length]).toMatch(/^HR_STOPPED_AT_ONC/);
      },
    ),
  );
});
