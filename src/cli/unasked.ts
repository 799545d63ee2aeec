import { HeadraceError } from '../core/error.ts';
import { askedSettings, unaskedSettings } from '../pipeline/setting.ts';
import { nearest } from './nearest.ts';

/** A setting that no line of the module asks for is a misspelt one. Their values stay out of the message. */
export function refuseUnasked(): void {
  const unasked = unaskedSettings();
  if (unasked.length === 0) return;
  const asked = askedSettings();
  const guesses = unasked.flatMap((name) => nearest(name, asked) ?? []);
  const guess = guesses.length === 0 ? '' : `Did you mean ${guesses.map((name) => `--set ${name}=…`).join(' and ')}? `;
  throw new HeadraceError({
    code: 'HR_SETTING_UNKNOWN',
    what: `the module never asks for ${unasked.map((name) => `the setting '${name}'`).join(' or ')}`,
    todo: `${guess}${asked.length === 0 ? 'It asks for none.' : `It asks for: ${asked.join(', ')}.`}`,
  });
}
