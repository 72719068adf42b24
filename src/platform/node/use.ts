/**
 * Chooses Node as the host. Imported for its effect by the Node entry point and by every worker.
 *
 * @module
 */
import { usePlatform } from '../index.ts';
import { nodePlatform } from './index.ts';

usePlatform(nodePlatform);
