import { readFileSync } from 'node:fs';
import type { Scene, SteppedPane } from './windows-compared.ts';
import type { Kind, ModelPane, Ways } from './windows-model.ts';
import type { Sent } from './windows-product.ts';
import type { Happening } from './windows-running.ts';

/** What Beam was asked, a record or a mark a step, and what it answered; the end of the data is a step behind the last. */
export interface Cell extends Scene {
  readonly name: string;
  readonly panes: readonly SteppedPane[];
}

interface Given {
  readonly base: number;
  readonly windows: Readonly<Record<Kind['kind'], Readonly<Record<string, number>>>>;
  readonly early: Readonly<Record<string, { readonly records?: number; readonly clock?: number }>>;
  readonly inputs: Readonly<Record<string, readonly (readonly [string, ...(string | number)[]])[]>>;
}

type Found = readonly [number, string, number | null, number | null, ModelPane['timing'], number, readonly number[]];

const read = (name: string): unknown => JSON.parse(readFileSync(new URL(`../golden/${name}`, import.meta.url), 'utf8'));
const given = read('windows.input.json') as Given;
const beam = read('windows.beam.json') as { readonly beam: string; readonly cells: Readonly<Record<string, readonly Found[]>> };

/** The version the panes come from. */
export const beamVersion: string = beam.beam;

/** What Beam answered, in milliseconds and without its empty panes: we emit none, and they take no number here. */
export const cells: readonly Cell[] = Object.entries(beam.cells).map(([name, found]) => {
  const [window, panes, early, lateness, input] = name.split(', ') as [Kind['kind'], Ways['panes'], string, string, string];
  const { records, clock } = given.early[early.replace('early ', '')]!;
  const spec = Object.fromEntries(Object.entries(given.windows[window]).map(([of, seconds]) => [of, seconds * 1000]));
  return {
    name,
    ways: {
      window: { kind: window, ...spec } as Kind,
      panes,
      lateness: Number(lateness.replace('lateness ', '')) * 1000,
      early: records !== undefined ? { records } : clock !== undefined ? { clock: clock * 1000 } : undefined,
    },
    happenings: given.inputs[input]!.map(happeningOf),
    panes: withoutEmpty(found.map(paneOf)),
  };
});

function happeningOf(step: readonly [string, ...(string | number)[]], value: number): Happening<Sent> {
  const [is, first, at] = step;
  if (is === 'clock') return { is, ms: (first as number) * 1000 };
  return {
    is: 'send',
    values: [is === 'add' ? { key: first as string, at: timeOf(at as number), value } : { mark: timeOf(first as number) }],
  };
}

function timeOf(seconds: number): number {
  return Math.round((given.base + seconds) * 1000);
}

function paneOf([step, key, start, end, timing, index, values]: Found): SteppedPane {
  return {
    step,
    key,
    start: start === null ? Number.NEGATIVE_INFINITY : timeOf(start),
    end: end === null ? Number.POSITIVE_INFINITY : timeOf(end),
    timing,
    index,
    values,
  };
}

function withoutEmpty(panes: readonly SteppedPane[]): SteppedPane[] {
  const isSame = (a: SteppedPane, b: SteppedPane): boolean => a.key === b.key && a.start === b.start && a.end === b.end;
  const isEmpty = ({ values }: SteppedPane): boolean => values.length === 0;
  return panes.flatMap((pane, at) => {
    if (isEmpty(pane)) return [];
    const before = panes.slice(0, at).filter((other) => isSame(pane, other) && isEmpty(other)).length;
    return [{ ...pane, index: pane.index - before }];
  });
}
