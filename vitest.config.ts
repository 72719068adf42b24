import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    // Whole jobs run in some tests, on machines as small as two cores that also run the neighbours' jobs.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Rendering is itself parallel: more than two files at once would only make every one of them slower.
    maxWorkers: 2,
    pool: 'forks',
    // A test that leaves a process or a worker behind must not hang the run.
    teardownTimeout: 5_000,
    chaiConfig: { truncateThreshold: 200 },
    env: { LOQUENT_DEBUG: '' },
  },
});
