/** The thread of a page in which networks run; bundled into `assets/browser/onnx-worker.js`. @module */
import { start } from '../../engines/onnx/onnx-worker.ts';
import { browserPlatform } from '../../platform/browser/index.ts';
import { ownPort } from '../../platform/browser/worker.ts';
import { usePlatform } from '../../platform/index.ts';

usePlatform(browserPlatform);
start(ownPort());
