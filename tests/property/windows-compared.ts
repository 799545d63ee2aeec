import type { Entry, Mistake, ModelPane, Ways } from './windows-model.ts';
import { WindowModel } from './windows-model.ts';
import { nameless, panesOf, type Row, type Sent, UNKEYED, type Windowing, windowing } from './windows-product.ts';
import { type Happening, played, type Way } from './windows-running.ts';

export type SteppedPane = ModelPane & { readonly step: number };

/** Windows, and what goes into them. */
export interface Scene extends Partial<Windowing> {
  readonly ways: Ways;
  readonly happenings: readonly Happening<Sent>[];
}

export interface Told {
  readonly panes: readonly SteppedPane[];
  /** Values of the records that came too late, and of those that were refused. */
  readonly late: readonly number[];
  readonly refused: readonly number[];
}

/** What the model says, record by record. */
export function modelled({ ways, disorder, happenings, fold, refuses, isKeyed = true }: Scene, mistake?: Mistake): Told {
  const model = new WindowModel(ways, mistake, refuses);
  const panes: SteppedPane[] = [];
  let now = 0;
  const take = (step: number): void => void panes.push(...model.panes.splice(0).map((pane) => ({ step, ...pane })));
  for (const [step, happening] of happenings.entries()) {
    if (happening.is === 'clock') model.clock((now += happening.ms));
    else {
      for (const sent of happening.values) {
        if ('mark' in sent) model.watermark(sent.mark);
        else model.record(isKeyed ? sent : { ...sent, key: UNKEYED });
        if (!('mark' in sent) && disorder !== undefined) model.watermark(sent.at - disorder);
      }
    }
    take(step);
  }
  model.end();
  take(happenings.length);
  const { late, refused } = model;
  return { panes: fold === 'toArray' ? panes.map(nameless) : panes, late, refused };
}

export interface Product extends Told {
  /** By the id of a pane: the pane. */
  readonly ids: ReadonlyMap<string, string>;
  readonly checkpoints: number;
}

/** What the product says. */
export async function produced(scene: Scene, way: Way): Promise<Product> {
  const outcome = await played<Sent, Row>(windowing({ fold: 'aggregate', isKeyed: true, ...scene }), scene.happenings, way);
  const panes = panesOf(outcome, scene.ways);
  const ids = new Map(outcome.seen.map(({ id }, at) => [id, lineOf(panes[at]!)]));
  const late: number[] = [];
  const refused: number[] = [];
  for (const { value, code } of outcome.letters) {
    if (code !== 'HR_RECORD_LATE' && code !== 'HR_OPERATOR_FAILED') throw new Error(`a letter says ${code}`);
    (code === 'HR_RECORD_LATE' ? late : refused).push((value as Entry).value);
  }
  return { panes, late, refused, ids, checkpoints: outcome.checkpoints };
}

/** A pane in a line: who, which window, when, which pane of it, and the values in it. */
export function lineOf(pane: ModelPane): string {
  return `${pane.key} [${pane.start},${pane.end}) ${pane.timing} ${pane.index}: ${pane.values.join(' ')}`;
}

/** Which windows come first is said for one step only, and only by end; each window has its panes in order. */
export function inOrder(panes: readonly SteppedPane[], withSteps: boolean): string[] {
  const byName = (a: SteppedPane, b: SteppedPane): number => (nameOf(a) < nameOf(b) ? -1 : nameOf(a) > nameOf(b) ? 1 : 0);
  const sorted = withSteps ? panes.toSorted((a, b) => a.step - b.step || byName(a, b)) : panes.toSorted(byName);
  return sorted.map((pane) => (withSteps ? `step ${pane.step}: ` : '') + lineOf(pane));
}

const nameOf = ({ key, start, end }: ModelPane): string => `${key} ${start} ${end}`;

/** What of one watermark comes on time comes by end. */
export function byEnd(panes: readonly SteppedPane[]): boolean {
  const onTime = panes.filter(({ timing }) => timing === 'onTime');
  return onTime.every((pane, at) => at === 0 || onTime[at - 1]!.step < pane.step || onTime[at - 1]!.end <= pane.end);
}
