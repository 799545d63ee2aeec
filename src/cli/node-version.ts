/** Is `version` (`24.21.0`) at least what `engines` (`>=24.6`) asks for? */
export function nodeIsNewEnough(version: string, engines: string): boolean {
  const wanted = numbers(engines);
  const present = numbers(version);
  for (const [at, least] of wanted.entries()) {
    const have = present[at] ?? 0;
    if (have !== least) return have > least;
  }
  return true;
}

const numbers = (text: string): number[] => (text.match(/\d+/g) ?? []).map(Number);
