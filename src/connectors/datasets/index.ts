export { dataset, type Dataset, type DatasetOptions, type ShuffleOptions, type SplitOptions } from './dataset.ts';
