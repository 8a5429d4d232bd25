#!/usr/bin/env node
import { existsSync } from 'node:fs';

// A checkout runs the TypeScript as it is; below node_modules Node strips no types, so the package carries dist.
const source = new URL('../src/main.ts', import.meta.url);
await import(import.meta.url.includes('/node_modules/') || !existsSync(source) ? new URL('../dist/main.js', import.meta.url).href : source.href);
