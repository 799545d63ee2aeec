import { stripVTControlCharacters } from 'node:util';

export type Style = 'bold' | 'dim' | 'yellow' | 'red' | 'green';

/** A piece of a line in one style. */
export interface Span {
  readonly text: string;
  readonly style?: Style;
}

export type Line = readonly Span[];

/** Puts colours around text, or leaves it alone. */
export type Paint = (style: Style, text: string) => string;

export interface PaintedLine {
  readonly text: string;
  /** Columns it takes. */
  readonly width: number;
}

/** Cuts a line to `columns` and paints what is left. Control characters, which a name may hold, are shown as what they are not. */
export function painted(line: Line, columns: number, paint: Paint): PaintedLine {
  let text = '';
  let width = 0;
  const full = widthOf(line.map((span) => plain(span.text)).join(''));
  const room = full > columns ? columns - 1 : columns;
  for (const span of line) {
    let kept = '';
    for (const { segment } of graphemes.segment(plain(span.text))) {
      const wide = graphemeWidth(segment);
      if (width + wide > room)
        return { text: text + styled(span, kept, paint) + (columns > 0 ? '…' : ''), width: width + Math.min(1, columns) };
      kept += segment;
      width += wide;
    }
    text += styled(span, kept, paint);
  }
  return { text, width };
}

/** Columns a text takes on a terminal. */
export function widthOf(text: string): number {
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += graphemeWidth(segment);
  return width;
}

const graphemes = new Intl.Segmenter('en');

/** East Asian wide forms and emoji take two columns; marks without a letter take none. */
const WIDE =
  /^[\p{Emoji_Presentation}\u{1100}-\u{115f}\u{2e80}-\u{303e}\u{3041}-\u{a4cf}\u{ac00}-\u{d7a3}\u{f900}-\u{faff}\u{fe30}-\u{fe6f}\u{ff00}-\u{ff60}\u{ffe0}-\u{ffe6}\u{20000}-\u{3fffd}]|\u{fe0f}$/u;
const NONE = /^[\p{Mn}\p{Me}\p{Cf}]+$/u;

function graphemeWidth(grapheme: string): number {
  if (grapheme.length === 1 && grapheme < '\u{300}') return 1;
  if (NONE.test(grapheme)) return 0;
  return WIDE.test(grapheme) ? 2 : 1;
}

function plain(text: string): string {
  return stripVTControlCharacters(text).replace(/\p{Cc}/gu, '\u{fffd}');
}

function styled({ style }: Span, text: string, paint: Paint): string {
  return style === undefined || text === '' ? text : paint(style, text);
}
