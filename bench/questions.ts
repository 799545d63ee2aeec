import type { Question } from './kit/question.ts';

/** Every question, in the order in which they are asked. Loaded by itself, so that a process measures nothing of the others. */
export const questions: Readonly<Record<string, () => Promise<Question>>> = {
  'fused-chain': async () => (await import('./fused-chain.ts')).fusedChain,
  'fused-chain-checkpointed': async () => (await import('./fused-chain-checkpointed.ts')).fusedChainCheckpointed,
  'map-async': async () => (await import('./map-async.ts')).mapAsync,
  'loop-delay': async () => (await import('./loop-delay.ts')).loopDelay,
  'stream-buffer': async () => (await import('./stream-buffer.ts')).streamBuffer,
  demo: async () => (await import('./demo.ts')).demoQuestion,
  capture: async () => (await import('./capture.ts')).capture,
  'checkpoint-cost': async () => (await import('./checkpoint-cost.ts')).checkpointCost,
  'workers-lines': async () => (await import('./workers-lines.ts')).workersLines,
  'parallel-scan': async () => (await import('./parallel-scan.ts')).parallelScan,
  log: async () => (await import('./log.ts')).log,
  'state-store': async () => (await import('./state-store.ts')).stateStore,
  csv: async () => (await import('./csv.ts')).csvQuestion,
  'json-lines': async () => (await import('./json-lines.ts')).jsonLines,
  'file-threads': async () => (await import('./file-threads.ts')).fileThreads,
  parquet: async () => (await import('./parquet.ts')).parquetQuestion,
  'file-stages': async () => (await import('./file-stages.ts')).fileStages,
  nexmark: async () => (await import('./nexmark.ts')).nexmark,
  'word-count': async () => (await import('./word-count.ts')).wordCount,
  'csv-windows': async () => (await import('./csv-windows.ts')).csvWindows,
  windows: async () => (await import('./windows.ts')).windows,
  startup: async () => (await import('./startup.ts')).startup,
};
