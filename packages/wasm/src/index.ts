export { buildFilter } from './build/build-filter.ts';
export type {
  BuildMode,
  BuildProgress,
  BuildResult,
  BuildStats,
  FilterProject,
  GuestRuntime,
} from './build/filter-project.ts';
