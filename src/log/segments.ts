import type { Files } from '../core/world.ts';

/** A segment by its first position; its file is named after it. */
export function segmentPath(folder: string, base: number): string {
  return `${folder}/${String(base).padStart(20, '0')}.log`;
}

export function indexPath(folder: string, base: number): string {
  return `${folder}/${String(base).padStart(20, '0')}.index`;
}

/** The first positions of the segments in a folder, ascending. */
export async function listSegments(files: Files, folder: string): Promise<number[]> {
  return (await files.list(folder)).flatMap((name) => {
    const base = Number(/^(\d{20})\.log$/.exec(name)?.[1] ?? Number.NaN);
    return Number.isSafeInteger(base) ? [base] : [];
  });
}
