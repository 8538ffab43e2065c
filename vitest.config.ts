import { defineConfig } from 'vitest/config';

const common = { testTimeout: 20_000, isolate: false, globalSetup: ['test/temporary-folder.ts'] };

export default defineConfig({
  test: {
    // Those that run against Moto wait for it half of the time.
    maxWorkers: '150%',
    projects: [
      {
        test: {
          ...common,
          name: 'project',
          include: ['test/**/*.test.ts'],
          exclude: ['test/aws/**', 'test/browser/**'],
        },
      },
      { test: { ...common, name: 'aws', include: ['test/aws/**/*.test.ts'] } },
      {
        test: {
          ...common,
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          globalSetup: [...common.globalSetup, 'test/browser/chromium.ts'],
          // One browser, and what it shows goes on in real time.
          fileParallelism: false,
        },
      },
    ],
  },
});
