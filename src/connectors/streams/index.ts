export { fromNode } from './from-node.ts';
export { fromWeb } from './from-web.ts';
export type { NodeReadable, NodeWritable, WebReadable, WebWritable } from './streams.ts';
export { toNode } from './to-node.ts';
export { toWeb } from './to-web.ts';
