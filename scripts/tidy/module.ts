import { type Comment, parseSync, type Program } from 'oxc-parser';

/** One source file, read once; every rule looks at this. */
export interface Module {
  readonly file: string;
  readonly text: string;
  readonly lines: number;
  readonly program: Program;
  readonly comments: readonly Comment[];
  readonly imports: readonly Import[];
  /** Names other files can import, without `default` and `*`. */
  readonly exported: readonly Named[];
  readonly errors: readonly string[];
  line(offset: number): number;
}

export interface Import {
  readonly specifier: string;
  readonly line: number;
  /** True for `import type` and the like, which are gone when the program runs. */
  readonly isType: boolean;
}

export interface Named {
  readonly name: string;
  readonly line: number;
  readonly isType: boolean;
}

/** A breach of a rule. Without a line it concerns the file as a whole. */
export interface Finding {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

export function readModule(file: string, text: string): Module {
  const parsed = parseSync(file, text);
  const line = (offset: number): number => text.slice(0, offset).split('\n').length;
  const imports: Import[] = [];
  const exported: Named[] = [];
  for (const { moduleRequest, entries } of parsed.module.staticImports) {
    const isType = entries.length > 0 && entries.every((entry) => entry.isType);
    imports.push({ specifier: moduleRequest.value, line: line(moduleRequest.start), isType });
  }
  for (const { moduleRequest } of parsed.module.dynamicImports) {
    const literal = /^(['"`])(.*)\1$/s.exec(text.slice(moduleRequest.start, moduleRequest.end));
    if (literal?.[2] !== undefined) imports.push({ specifier: literal[2], line: line(moduleRequest.start), isType: false });
  }
  for (const { moduleRequest, exportName, isType, start } of parsed.module.staticExports.flatMap((statement) => statement.entries)) {
    if (moduleRequest) imports.push({ specifier: moduleRequest.value, line: line(moduleRequest.start), isType });
    if (exportName.name !== null) exported.push({ name: exportName.name, line: line(exportName.start ?? start), isType });
  }
  walk(parsed.program, (node) => {
    // import('./x.ts').Name in a type
    if (node.type === 'TSImportType' && isNode(node['source']))
      imports.push({ specifier: String(node['source']['value']), line: line(node.start), isType: true });
  });
  return {
    file,
    text,
    lines: text.split('\n').length - (text.endsWith('\n') ? 1 : 0),
    program: parsed.program,
    comments: parsed.comments,
    imports: [...new Map(imports.map((each) => [`${each.line} ${each.specifier} ${each.isType}`, each])).values()],
    exported,
    errors: parsed.errors.map((error) => error.message),
    line,
  };
}

/** A syntax tree node of whatever kind; rules look only at the fields they know. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && typeof (value as SyntaxNode).type === 'string';
}

/** Visits a node and all below it, parents first; `above` is the parent, `field` where it hangs there. */
export function walk(
  node: unknown,
  visit: (node: SyntaxNode, above: SyntaxNode | undefined, field: string) => void,
  above?: SyntaxNode,
  field = '',
): void {
  if (Array.isArray(node)) for (const each of node) walk(each, visit, above, field);
  if (!isNode(node)) return;
  visit(node, above, field);
  for (const [name, below] of Object.entries(node)) if (typeof below === 'object') walk(below, visit, node, name);
}
