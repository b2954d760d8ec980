// Trunk runs this after each build of `make dev`. It writes the list of the service worker.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeServiceWorker } from './precache.mjs';

const built = process.env.TRUNK_STAGING_DIR;
if (existsSync(join(built, 'sw.js'))) await writeServiceWorker(built);
