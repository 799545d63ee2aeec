/** The word of `words` that `typed` most likely meant, if one is close enough to be worth saying. */
export function nearest(typed: string, words: readonly string[]): string | undefined {
  let best: string | undefined;
  // A third of the letters may be wrong, one in short words; more is another word.
  let most = typed.length < 2 ? -1 : Math.max(1, Math.floor(typed.length / 3));
  for (const word of words) {
    const edits = distance(typed, word);
    if (edits > most || (edits === most && best !== undefined)) continue;
    best = word;
    most = edits;
  }
  return best;
}

/** Letters to add, drop, change or swap with their neighbour. */
function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? beforeLast[j - 2]! + 1 : Number.POSITIVE_INFINITY;
      row.push(Math.min(last[j]! + 1, row[j - 1]! + 1, change, swap));
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
