import { parseSync } from 'oxc-parser';

/** One ```ts block of a page or of a doc comment. */
export interface Block {
  readonly file: string;
  /** Line of the block's first line of code in its file, counted from 1. */
  readonly line: number;
  readonly code: string;
  /** run: compiled, run and compared; no-run: only compiled; ignore: neither. */
  readonly mode: 'run' | 'no-run' | 'ignore';
  /** Examples in doc comments may leave their imports out. */
  readonly isComment: boolean;
}

/** All ```ts blocks of a Markdown page, or of the doc comments of a TypeScript file. */
export function blocksOf(file: string, text: string): Block[] {
  if (!file.endsWith('.ts')) return fences(file, text.split('\n'), 1, false);
  return parseSync(file, text)
    .comments.filter((comment) => comment.type === 'Block' && comment.value.startsWith('*'))
    .flatMap((comment) => {
      const lines = comment.value.split('\n').map((line) => line.replace(/^\s*\* ?/, ''));
      return fences(file, lines, text.slice(0, comment.start).split('\n').length, true);
    });
}

function fences(file: string, lines: readonly string[], firstLine: number, isComment: boolean): Block[] {
  const blocks: Block[] = [];
  let open: { language: string; mode: string; indent: number; from: number } | undefined;
  for (const [at, line] of lines.entries()) {
    const fence = /^(\s*)```+\s*(\S*)\s*(.*?)\s*$/.exec(line);
    if (!fence) continue;
    if (open === undefined) {
      open = { language: fence[2] ?? '', mode: fence[3] ?? '', indent: fence[1]?.length ?? 0, from: at + 1 };
      continue;
    }
    const { language, mode, indent, from } = open;
    open = undefined;
    if (language !== 'ts') continue;
    if (mode !== '' && mode !== 'no-run' && mode !== 'ignore') {
      throw new Error(
        `${file}:${firstLine + from - 1}: \`\`\`ts ${mode} is unknown; there are \`\`\`ts, \`\`\`ts no-run and \`\`\`ts ignore`,
      );
    }
    const code = lines
      .slice(from, at)
      .map((each) => each.slice(Math.min(indent, each.search(/\S|$/))))
      .join('\n');
    blocks.push({ file, line: firstLine + from, code, mode: mode || 'run', isComment });
  }
  if (open !== undefined) throw new Error(`${file}:${firstLine + open.from - 1}: this block never ends`);
  return blocks;
}

/**
 * The lines a block says it prints: comments behind console.log(…) or print(…) on the same line, and the run of
 * comment lines at the block's end, in the order they stand. '…' in a line stands for anything.
 */
export function expectedLines(code: string): string[] {
  const comments = parseSync('block.ts', code).comments.filter((comment) => comment.type === 'Line');
  const before = (at: number): string => code.slice(code.lastIndexOf('\n', at - 1) + 1, at);
  const trailing = new Set<number>();
  let end = code.length;
  for (const comment of comments.toReversed()) {
    if (code.slice(comment.end, end).trim() !== '' || before(comment.start).trim() !== '') break;
    trailing.add(comment.start);
    end = comment.start;
  }
  return comments
    .filter((comment) => trailing.has(comment.start) || /\b(console\.log|print)\(/.test(before(comment.start)))
    .map((comment) => comment.value.trim());
}

/** True when what was printed is what was promised, line by line. */
export function isAsExpected(printed: readonly string[], expected: readonly string[]): boolean {
  return printed.length === expected.length && expected.every((line, at) => patternOf(line).test(printed[at] ?? ''));
}

function patternOf(line: string): RegExp {
  const literal = line.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${literal.join('.*')}$`);
}
