// The live panel on a real (pseudo) terminal, read back through a small terminal emulator.
import { afterAll, expect, test } from 'vitest';
import { modules } from './headrace.ts';
import { written } from './modules.ts';
import { hasPty, onTerminal } from './pty.ts';
import { Terminal } from './terminal.ts';

const { folder, remove } = modules(written);
afterAll(remove);
if (!hasPty) console.log('skipped: the live panel on a terminal (python3 with its module pty is not here)');

/** What the screen shows once everything has been written. */
function screen(output: string, columns: number, rows: number): readonly string[] {
  const terminal = new Terminal(columns, rows);
  terminal.write(output);
  return terminal.lines;
}

const size = { columns: 90, rows: 20 };

test.skipIf(!hasPty)('at the end the screen holds what sinks printed and the report, and nothing of the panel', async () => {
  const { output, exit } = await onTerminal(['run', 'busy.ts', '--until', '1500ms'], { cwd: folder, ...size });
  expect(output).toContain('running, Ctrl-C stops');
  const lines = screen(output, 90, 20);
  const printed = lines.filter((line) => line.startsWith('line '));
  expect(printed.length).toBeGreaterThan(5);
  expect(printed).toEqual(printed.map((_, index) => `line ${index}`));
  expect(lines.slice(0, printed.length)).toEqual(printed);
  expect(lines.slice(printed.length)).toEqual([
    expect.stringMatching(/^busy stopped after 1\.\d s: [\d,]+ in, [\d,]+ out$/),
    expect.stringMatching(/^ {2}[\d,]+\/s in, [\d,]+\/s out; held at most .*, process .* MiB$/),
    expect.stringMatching(/^ {2}latency p50 [\d.]+ .s, p99 [\d.]+ .s$/),
    expect.stringMatching(/^ {2}[\d,]+ skipped, 0 dead letters, 0 dropped$/),
    expect.stringMatching(/^ {4}parse: [\d,]+ skipped of [\d,]+$/),
  ]);
  expect(exit).toBe(0);
});

test.skipIf(!hasPty)('a panel in the midst of a run is whole: rates, held, losses, and a row for each operator', async () => {
  const { output } = await onTerminal(['run', 'busy.ts', '--until', '1500ms'], { cwd: folder, ...size });
  const drawn = output.lastIndexOf('per record');
  const end = output.indexOf('\u001b[J', drawn);
  const lines = screen(output.slice(0, end), 90, 20);
  const panel = lines.slice(lines.findIndex((line) => line.startsWith('busy  ')));
  expect(panel).toEqual([
    expect.stringMatching(/^busy {2}1\.\d s {2}running, Ctrl-C stops$/),
    expect.stringMatching(/^in +[\d,]+ +[\d,]+\/s now +[\d,]+\/s overall$/),
    expect.stringMatching(/^out +[\d,]+ +[\d,]+\/s now +[\d,]+\/s overall$/),
    expect.stringMatching(/^latency {2}p50 [\d.]+ .s, p99 [\d.]+ .s$/),
    expect.stringMatching(/^held [\d,]+ records, .* process .* MiB {2}[\d,]+ skipped {2}0 dead letters {2}0 dropped/),
    expect.stringMatching(/^ {2}operator +in\/s +per record +held +out\/s$/),
    expect.stringMatching(/^ {2}values +[\d,]+ +- /),
    expect.stringMatching(/^ {2}parse +[\d,]+ +[\d.]+ ns .*skipped/),
    expect.stringMatching(/^ {2}each /),
    expect.stringMatching(/^ {2}every:150ms /),
    expect.stringMatching(/^ {2}every:150ms\/map /),
    expect.stringMatching(/^ {2}print /),
  ]);
});

test.skipIf(!hasPty)('lines without an end, and warnings on stderr, are not broken by it', async () => {
  const { output } = await onTerminal(['run', 'dots.ts'], { cwd: folder, ...size });
  expect(screen(output, 90, 20).slice(0, 5)).toEqual(['..........', '..........', '.....a warning', '.....', '..........']);
});

test.skipIf(!hasPty)('in a window of 30 columns no line is longer', async () => {
  const { output, exit } = await onTerminal(['run', 'busy.ts', '--until', '1200ms'], { cwd: folder, columns: 30, rows: 10 });
  const lines = screen(output, 30, 10);
  const wide = screen(output, 1000, 10);
  expect(wide).toEqual(lines);
  expect(exit).toBe(0);
});

test.skipIf(!hasPty)('after the window has changed, the panel fits the new one', async () => {
  const acts = [{ when: 'per record', resize: [40, 20] as const }];
  const { output } = await onTerminal(['run', 'busy.ts', '--until', '1500ms'], { cwd: folder, ...size, acts });
  const last = output.slice(output.lastIndexOf('busy  ')).split('\u001b[J')[0]!;
  for (const line of screen(last, 1000, 20)) expect(line.length).toBeLessThan(40);
});

test.skipIf(!hasPty)('Ctrl-C stops gracefully with 0; a second one leaves a last word and 130', async () => {
  const once = await onTerminal(['run', 'busy.ts'], { cwd: folder, ...size, acts: [{ when: 'running', type: '\u0003' }] });
  expect(once.exit).toBe(0);
  expect(screen(once.output, 90, 20)).toContainEqual(expect.stringMatching(/^busy stopped after/));
  const twice = await onTerminal(['run', 'never.ts'], {
    cwd: folder,
    ...size,
    acts: [
      { when: 'running', type: '\u0003' },
      { when: 'stopping', type: '\u0003' },
    ],
  });
  expect(twice.exit).toBe(130);
  expect(screen(twice.output, 90, 20).at(-1)).toBe('HR_STOPPED_AT_ONCE: a second SIGINT ended the run at once; records in flight are lost');
});

test.skipIf(!hasPty)('NO_COLOR takes the colours and leaves the panel', async () => {
  const [colours, plain] = await Promise.all(
    [{}, { NO_COLOR: '1' }].map((env: Record<string, string>) =>
      onTerminal(['run', 'busy.ts', '--until', '700ms'], { cwd: folder, ...size, env }),
    ),
  );
  const isColour = /\p{Cc}\[[0-9;]*m/u;
  expect(colours!.output).toMatch(isColour);
  expect(plain!.output).not.toMatch(isColour);
  expect(plain!.output).toContain('running, Ctrl-C stops');
});

test.skipIf(!hasPty)('an error is the last thing on the screen, and a terminal that cannot move its cursor gets lines', async () => {
  const failed = await onTerminal(['run', 'throws.ts'], { cwd: folder, columns: 300, rows: 20 });
  expect(failed.exit).toBe(1);
  expect(screen(failed.output, 300, 20)).toEqual(['3', expect.stringMatching(/^HR_OPERATOR_FAILED: /), '    at priceOf (throws.ts:5:23)']);
  const dumb = await onTerminal(['run', 'hello.ts'], { cwd: folder, ...size, env: { TERM: 'dumb' } });
  expect(dumb.output).toContain('{"type":"report"');
});
