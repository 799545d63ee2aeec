import type { Measured } from './candidate.ts';
import type { Contest, Limit, Peer } from './question.ts';
import type { Rounds } from './rounds.ts';

/** In CI floors are lowered to this part of themselves: the machine is shared and smaller. */
export const CI_SHARE = 0.7;

/** One line of the table. */
export interface Row {
  readonly candidate: string;
  readonly cpuNs: number;
  readonly wallNs: number;
  /** Its CPU time, or wall time where that is asked, in times of ours: the median over the rounds, each peer against our run of the same round. */
  readonly ratio: number | undefined;
  readonly figures: Readonly<Record<string, number>>;
  readonly verdicts: readonly Verdict[];
}

/** One thing that must hold, and whether it does. */
export interface Verdict {
  readonly floor: string;
  readonly isMet: boolean;
  /** Why not, in words. */
  readonly why: string;
}

/** Holds what was measured against the floors, lowered to `share` of themselves. */
export function judge(contest: Contest, rounds: Rounds, share: number): readonly Row[] {
  const ours = rounds.get(contest.ours.name)!;
  const { by = 'CPU' } = contest;
  const time = by === 'wall' ? 'wallNs' : 'cpuNs';
  const row = (
    name: string,
    judged: (figures: Readonly<Record<string, number>>, ratio: number) => readonly Verdict[],
    isOurs: boolean,
  ): Row => {
    const measured = rounds.get(name)!;
    const ratio = median(measured.map((one, round) => one[time] / ours[round]![time]));
    const figures = medianFigures(measured);
    return {
      candidate: name,
      cpuNs: median(measured.map((one) => one.cpuNs)),
      wallNs: median(measured.map((one) => one.wallNs)),
      ratio: isOurs ? undefined : ratio,
      figures,
      verdicts: [...wrongAnswers(name, measured), ...judged(figures, ratio)],
    };
  };
  return [
    row(
      contest.ours.name,
      (figures) => (contest.limits ?? []).map((limit) => withinLimit(limit, figures[limit.figure] ?? Number.NaN, share)),
      true,
    ),
    ...contest.peers.map((peer) => row(peer.name, (_figures, ratio) => aboveFloor(peer, ratio, { by, share }), false)),
  ];
}

function wrongAnswers(name: string, measured: readonly Measured[]): readonly Verdict[] {
  const wrong = measured.find((one) => one.wrong !== undefined)?.wrong;
  return wrong === undefined ? [] : [{ floor: 'the right answer', isMet: false, why: `${name} ${wrong}` }];
}

interface Measure {
  readonly by: 'CPU' | 'wall';
  readonly share: number;
}

function aboveFloor({ name, atLeast, reached }: Peer, ratio: number, { by, share }: Measure): readonly Verdict[] {
  if (atLeast === undefined) return [];
  const isCi = share < 1;
  const floor = isCi && reached !== undefined ? `>= ${atLeast} x (missed so far; held at ${reached} x)` : `>= ${atLeast} x`;
  const held = isCi ? (reached ?? atLeast) * share : atLeast;
  return [{ floor, isMet: ratio >= held, why: `${name} takes ${ratio.toFixed(2)} x our ${by} time, the floor is ${floor}` }];
}

function withinLimit({ figure, unit, atMost }: Limit, value: number, share: number): Verdict {
  const floor = `${figure} <= ${atMost} ${unit}`;
  // A busy machine makes delays longer; it does not make memory grow.
  const limit = unit === 'ms' ? atMost / share : atMost;
  return { floor, isMet: value <= limit, why: `${figure} is ${value.toFixed(1)} ${unit}, the limit is ${atMost} ${unit}` };
}

function medianFigures(measured: readonly Measured[]): Readonly<Record<string, number>> {
  const names = Object.keys(measured[0]?.figures ?? {});
  return Object.fromEntries(names.map((name) => [name, median(measured.map((one) => one.figures[name]!))]));
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
