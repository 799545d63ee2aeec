import { HeadraceError } from '../../core/error.ts';

/** A file of lines needs a codec whose bodies are lines. */
export function requireLines(codec: { readonly kind: string; readonly framing: string }, id: string): void {
  if (codec.framing === 'lines') return;
  throw new HeadraceError({
    code: 'HR_CODEC_UNFRAMED',
    where: id,
    what: `the codec '${codec.kind}' does not say where a record ends`,
    todo: 'Use a codec of lines, such as text() or json().',
  });
}
