import react from '@vitejs/plugin-react';
import tailwindcss from '@tailwindcss/vite';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import type { Plugin } from 'vite';

/** English is its own key, so a build keeps only what differs: the singulars. */
const words: Plugin = {
  name: 'courier-words',
  enforce: 'pre',
  apply: 'build',
  transform: {
    filter: { id: /\/i18n\/en\.json$/ },
    handler: (code) => {
      const own = (key: string, text: string) => text === key || `${text}_other` === key;
      const kept = Object.entries(JSON.parse(code) as Record<string, string>).filter(([key, text]) => !own(key, text));
      return { code: JSON.stringify(Object.fromEntries(kept)), map: null };
    },
  },
};

// The window's content policy forbids inline data and scripts, so nothing is inlined; safari16.4 is the oldest
// WebKit that the window runs on.
export default defineConfig({
  plugins: [words, react(), tailwindcss()],
  clearScreen: false,
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  server: { port: 5173, strictPort: true, host: '127.0.0.1' },
  build: {
    target: 'safari16.4',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    sourcemap: false,
    chunkSizeWarningLimit: 700,
  },
  test: {
    environment: 'jsdom',
    setupFiles: ['./src/test/setup.ts'],
    include: ['src/**/*.test.{ts,tsx}'],
    css: { include: [/tokens\.css/] },
    testTimeout: 90_000,
  },
});
