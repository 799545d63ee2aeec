import { test } from 'vitest';
import { virtualWorld } from '../../base/virtual-world.ts';
import { logStore } from './log-store.ts';
import { memoryStore } from './memory-store.ts';
import { testStore } from './store-conformance.ts';

const make = () => ({ world: virtualWorld(), folder: '/store' });

testStore('in memory', { open: memoryStore(), make, isDurable: false }, test);
testStore('on a log', { open: logStore(), make }, test);
testStore('on a log of many segments', { open: logStore({ segmentBytes: 200 }), make }, test);
testStore('on a log, with no room for what was read', { open: (spec) => logStore()({ ...spec, budget: 0 }), make }, test);
