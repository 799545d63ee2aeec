import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Features } from 'headrace/models';

/** Real data that others have published scores on; where it lies is not ours to say. */
const folder = process.env['HEADRACE_SHARED'];

/** Whether there is real data at all. */
export const hasData: boolean = folder !== undefined && folder !== '';

export type Example<Y> = readonly [Features, Y];

const linesOf = (file: string): readonly string[] =>
  readFileSync(join(folder!, 'data', file), 'utf8')
    .trim()
    .split('\n');

/** A table of numbers with a head; `label` is the column to foretell. */
function table<Y>(file: string, label: string, read: (cell: string) => Y): readonly Example<Y>[] {
  const [head = '', ...lines] = linesOf(file);
  const names = head.trim().split(',');
  const at = names.indexOf(label);
  return lines.map((line) => {
    const cells = line.trim().split(',');
    const features = names.flatMap((name, i) => (i === at ? [] : [[name, Number(cells[i])] as const]));
    return [Object.fromEntries(features), read(cells[at]!)];
  });
}

export const phishing = (): readonly Example<boolean>[] => table('phishing.csv', 'is_phishing', (cell) => cell === '1');
export const elec2 = (): readonly Example<boolean>[] => table('elec2.csv', 'up', (cell) => cell === '1');
export const imageSegments = (): readonly Example<string>[] => table('segment.csv', 'category', String);
export const chickWeights = (): readonly Example<number>[] => table('chick-weights.csv', 'weight', Number);
export const trumpApproval = (): readonly Example<number>[] => table('trump_approval.csv', 'five_thirty_eight', Number);

/** Lines as `-1 1:1.6 2:-0.9`. */
export function bananas(): readonly Example<boolean>[] {
  return linesOf('bananas.libsvm.txt').map((line) => {
    const [label, ...cells] = line.trim().split(/\s+/);
    const features = cells.map((cell) => cell.split(':')).map(([name, value]) => [`x${name}`, Number(value)] as const);
    return [Object.fromEntries(features), label === '1'];
  });
}
