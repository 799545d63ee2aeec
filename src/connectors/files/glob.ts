import { HeadraceError } from '../../core/error.ts';

/** One name of a path: the name itself, where `**` is any number of folders, or a pattern for it. */
export type PathPart = string | NamePattern;

type Token = { readonly is: 'any' | 'many' } | { readonly is: 'one'; readonly of: string; readonly not: boolean };

/** How many patterns braces may become. */
const MOST_PATTERNS = 1000;

/** `*` and `?` within a name, `[a-z]` and `[!a-z]`, `{a,b}`, and `**` for any number of folders. */
export function hasWildcards(path: string): boolean {
  return /[*?[{]/.test(path);
}

/** A pattern taken apart: the folder it begins in, and what comes below. Braces make several of it. */
export function globParts(pattern: string): readonly { readonly root: string; readonly parts: readonly PathPart[] }[] {
  return expanded(pattern).map((plain) => {
    const names = plain.split('/');
    const first = names.findIndex(hasWildcards);
    const fixed = first === -1 ? names.slice(0, -1) : names.slice(0, first);
    const root = fixed.length === 1 && fixed[0] === '' ? '/' : fixed.join('/');
    const below = names.slice(fixed.length).filter((name) => name !== '');
    return { root, parts: below.map((name) => (name === '**' ? name : hasWildcards(name) ? new NamePattern(name) : name)) };
  });
}

/** A pattern for one name. It goes back only to its last star, so a hostile name costs its length times the pattern's. */
export class NamePattern {
  readonly #tokens: readonly Token[];
  readonly #mayBeHidden: boolean;

  constructor(pattern: string) {
    this.#tokens = tokensOf(pattern);
    this.#mayBeHidden = pattern.startsWith('.');
  }

  /** Names that begin with a dot are only matched by patterns that do. */
  matches(name: string): boolean {
    if (name.startsWith('.') && !this.#mayBeHidden) return false;
    const tokens = this.#tokens;
    let t = 0;
    let star = -1;
    let from = 0;
    for (let i = 0; i < name.length; ) {
      const token = tokens[t];
      if (token?.is === 'many') {
        star = t++;
        from = i;
      } else if (token !== undefined && takes(token, name[i]!)) {
        t++;
        i++;
      } else if (star >= 0) {
        t = star + 1;
        i = ++from;
      } else {
        return false;
      }
    }
    while (tokens[t]?.is === 'many') t++;
    return t === tokens.length;
  }
}

function takes(token: Token, char: string): boolean {
  if (token.is !== 'one') return token.is === 'any';
  return has(token.of, char) !== token.not;
}

/** Is the character one of a class such as `a-z0_`? */
function has(of: string, char: string): boolean {
  for (let i = 0; i < of.length; i++) {
    const isRange = of[i + 1] === '-' && i + 2 < of.length;
    if (isRange ? of[i]! <= char && char <= of[i + 2]! : of[i] === char) return true;
    if (isRange) i += 2;
  }
  return false;
}

function tokensOf(pattern: string): Token[] {
  const tokens: Token[] = [];
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i]!;
    const not = pattern[i + 1] === '!' || pattern[i + 1] === '^';
    const close = char === '[' ? pattern.indexOf(']', i + (not ? 3 : 2)) : -1;
    if (close !== -1) {
      tokens.push({ is: 'one', of: pattern.slice(i + (not ? 2 : 1), close), not });
      i = close;
    } else if (char === '*') {
      if (tokens.at(-1)?.is !== 'many') tokens.push({ is: 'many' });
    } else {
      // `a-b` outside of brackets is three characters: a class of one character has no range.
      tokens.push(char === '?' ? { is: 'any' } : { is: 'one', of: char, not: false });
    }
  }
  return tokens;
}

/** `a{b,c{d,e}}` is ab, acd and ace. A brace that is not closed stands for itself. */
function expanded(pattern: string): string[] {
  const done: string[] = [];
  const left = [pattern];
  while (left.length > 0) {
    const next = left.shift()!;
    const found = brace(next);
    if (found === undefined) done.push(next);
    else left.unshift(...found.choices.map((choice) => next.slice(0, found.from) + choice + next.slice(found.to + 1)));
    if (done.length + left.length > MOST_PATTERNS) throw tooMany(pattern);
  }
  return done;
}

function brace(pattern: string): { readonly from: number; readonly to: number; readonly choices: readonly string[] } | undefined {
  for (let from = pattern.indexOf('{'); from !== -1; from = pattern.indexOf('{', from + 1)) {
    const choices: string[] = [];
    let depth = 0;
    let start = from + 1;
    for (let i = from; i < pattern.length; i++) {
      const char = pattern[i];
      if (char === '{') depth++;
      if (char === '}') depth--;
      if ((char === ',' && depth === 1) || depth === 0) {
        choices.push(pattern.slice(start, i));
        start = i + 1;
      }
      if (depth === 0 && choices.length > 1) return { from, to: i, choices };
      if (depth === 0) break;
    }
  }
  return undefined;
}

function tooMany(pattern: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_OPTION_INVALID',
    where: pattern,
    what: `its braces stand for more than ${MOST_PATTERNS} patterns`,
    todo: 'Write fewer braces, or give an array of paths.',
  });
}
