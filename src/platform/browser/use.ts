/**
 * Chooses the browser as the host. Imported for its effect by the entry point for browsers.
 *
 * @module
 */
import { config } from 'zod';
import { usePlatform } from '../index.ts';
import { browserPlatform } from './index.ts';

usePlatform(browserPlatform);
// Pages with a strict policy may not compile code at run time.
config({ jitless: true });
