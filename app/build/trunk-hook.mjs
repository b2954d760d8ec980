// Trunk's hook after a build, for `make dev`: the tablet's app gets its service worker's list.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeServiceWorker } from './precache.mjs';

const built = process.env.TRUNK_STAGING_DIR;
if (existsSync(join(built, 'sw.js'))) await writeServiceWorker(built);
