/**
 * What the program starts before the rest of it is loaded. Keeps to few modules, as all of them stand in the way of that.
 *
 * @module
 */
import './platform/node/use.ts';

export { startTrackingThread } from './avatar/tracking/tracking-threads.ts';
export { startRenderCrew } from './pipeline/render-crew.ts';
export { startRepaintThread } from './pipeline/repaint-thread.ts';
