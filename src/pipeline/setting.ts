import { HeadraceError } from '../core/error.ts';

const given = new Map<string, string>();
const asked = new Set<string>();

/**
 * A value that whoever runs the pipeline may set: `headrace run shop.ts --set brokers=kafka:9092`.
 *
 * @example
 * ```ts
 * const brokers = setting('brokers', 'localhost:9092');
 * console.log(brokers); // localhost:9092
 * ```
 */
export function setting(name: string, fallback?: string): string {
  asked.add(name);
  const value = given.get(name) ?? fallback;
  if (value !== undefined) return value;
  throw new HeadraceError({
    code: 'HR_SETTING_MISSING',
    what: `the setting '${name}' has no value and no default`,
    todo: `Run with --set ${name}=<value>, or give setting('${name}', <default>) one.`,
  });
}

/** Called before the pipeline's module is loaded. */
export function giveSettings(settings: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(settings)) given.set(name, value);
}

/** Settings that were given and that no module has asked for: most likely misspelt. */
export function unaskedSettings(): readonly string[] {
  return [...given.keys()].filter((name) => !asked.has(name));
}

/** Settings that a module has asked for so far, by name. */
export function askedSettings(): readonly string[] {
  return [...asked].sort();
}

/** What was given, for workers that load the module again. */
export function givenSettings(): Readonly<Record<string, string>> {
  return Object.fromEntries(given);
}
