import type { Timer, World } from '../core/world.ts';
import type { Run } from '../runtime/runtime.ts';
import { failureText } from './failure.ts';
import { InPlace, type Screen } from './in-place.ts';
import { type WatchedStream, watchOutput } from './output-watch.ts';
import { Pace } from './pace.ts';
import { panelLines } from './panel.ts';
import { reportLines } from './report-lines.ts';
import { type Line, type Paint, painted, type PaintedLine } from './text-line.ts';
import { sayWhenSlow, type Voice } from './voice.ts';

export interface PanelVoiceOptions {
  readonly world: World;
  readonly screen: Screen & WatchedStream;
  /** Streams of the user that end on the same screen. */
  readonly others: readonly WatchedStream[];
  readonly paint: Paint;
  readonly rssBytes: () => number;
  readonly withStack: boolean;
}

const REDRAW_MS = 200;
/** A run shorter than this leaves no panel behind in the eye. */
const FIRST_DRAW_MS = 300;

/**
 * A live panel below what the sinks print. Five times a second it is made anew. Whenever somebody writes to the same
 * screen it is taken away before, and put back unchanged once the event loop has come round; while a line is still
 * open (no newline yet) it stays away, since nobody knows where the cursor was.
 */
export function panelVoice({ world, screen, others, paint, rssBytes, withStack }: PanelVoiceOptions): Voice {
  const { scheduler } = world;
  const write = screen.write.bind(screen) as (text: string) => unknown;
  const place = new InPlace(screen as Screen, (text) => void write(text));
  const pace = new Pace();
  let lines: readonly PaintedLine[] = [];
  let isLineOpen = false;
  let isPuttingBack = false;
  let isStopping = false;
  let isOver = false;
  let running: Run | undefined;
  let timer: Timer | undefined;

  const unwatch = watchOutput(
    others,
    () => place.clear(),
    (endsLine) => {
      isLineOpen = !endsLine;
      if (isPuttingBack || lines.length === 0) return;
      isPuttingBack = true;
      scheduler.soon(() => {
        isPuttingBack = false;
        if (!isOver && !isLineOpen) place.draw(lines);
      });
    },
  );
  // One column stays free: a full last one makes some terminals break the line.
  const paintAll = (all: readonly Line[]): readonly PaintedLine[] =>
    all.map((line) => painted(line, Math.max(1, (screen.columns ?? 80) - 1), paint));
  function redraw(): void {
    if (running === undefined) return;
    const metrics = running.metrics();
    pace.add(metrics);
    const view = {
      metrics,
      pace,
      rssBytes: rssBytes(),
      isStopping,
      columns: Math.max(1, (screen.columns ?? 80) - 1),
      rows: Math.max(1, (screen.rows ?? 24) - 2),
    };
    lines = paintAll(panelLines(view));
    if (!isLineOpen) place.draw(lines);
  }
  function redrawAfter(ms: number): void {
    timer = scheduler.after(ms, () => {
      redraw();
      redrawAfter(REDRAW_MS);
    });
  }
  function close(): void {
    isOver = true;
    timer?.cancel();
    // With no panel there to be cleared, the terminal's echo of Ctrl-C stands where the last words go.
    if (isStopping && !place.isDrawn && !isLineOpen) write('\r\x1b[K');
    place.clear();
    unwatch();
  }
  const say = (text: string): void => {
    write(isLineOpen ? `\n${text}` : text);
    isLineOpen = false;
  };
  return {
    whileLoading: (file, load) =>
      sayWhenSlow(
        scheduler,
        () => say(`still loading ${file}; if it runs its pipeline itself, write \`if (import.meta.main)\` before that\n`),
        load,
      ),
    began(started) {
      running = started;
      redrawAfter(FIRST_DRAW_MS);
    },
    stopping() {
      isStopping = true;
      timer?.cancel();
      redrawAfter(0);
    },
    gaveUp(signal) {
      close();
      say(`HR_STOPPED_AT_ONCE: a second ${signal} ended the run at once; records in flight are lost\n`);
    },
    ended(report, metrics) {
      close();
      say(
        paintAll(reportLines(report, metrics, rssBytes()))
          .map(({ text }) => `${text}\n`)
          .join(''),
      );
    },
    failed(failure) {
      close();
      say(failureText(failure, withStack));
    },
  };
}
