import { defineConfig } from 'vitest/config';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
/** The long form of the fault tests takes minutes for a single test. */
const FAULTS_MAX_MS = process.env.PAW_FAULTS === 'long' ? 60 * MINUTE_MS : 2 * MINUTE_MS;

export default defineConfig({
  test: {
    environment: 'node',
    pool: 'forks',
    maxWorkers: 4,
    // Rules are plain functions: what their own tests do not reach is either not tested or not needed.
    coverage: {
      include: ['src/state/**'],
      reporter: ['text-summary'],
      thresholds: { branches: 95 },
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/security/**', 'test/faults/**', 'test/soak/**'],
          testTimeout: MINUTE_MS,
          hookTimeout: MINUTE_MS,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts', 'test/security/**/*.test.ts'],
          testTimeout: 2 * MINUTE_MS,
          hookTimeout: MINUTE_MS,
        },
      },
      {
        extends: true,
        test: {
          name: 'faults',
          include: ['test/faults/**/*.test.ts'],
          testTimeout: FAULTS_MAX_MS,
          hookTimeout: MINUTE_MS,
        },
      },
      {
        extends: true,
        test: {
          name: 'soak',
          include: ['test/soak/**/*.test.ts'],
          testTimeout: 20 * SECOND_MS,
          hookTimeout: 4 * MINUTE_MS,
        },
      },
    ],
  },
});
