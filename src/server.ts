/**
 * The service: HTTP around the same engine. Used by `loquent serve`.
 *
 * @module
 */
import './platform/node/use.ts';

export { AuditLog } from './jobs/sqlite/audit-log.ts';
export { openDatabase } from './jobs/sqlite/database.ts';
export { openLiveAvatar } from './pipeline/live-avatars.ts';
export { dataDirectory } from './platform/node/data-directory.ts';
export { type KeyInfo, KeyRing } from './server/access/key-ring.ts';
export { SCOPES, type Scope } from './server/access/principal.ts';
export { createServer, type LoquentServer, type ServerSetup } from './server/create-server.ts';
export { type LiveResourceOptions, type LiveSettings, liveResource } from './server/live/index.ts';
export { studioService, videoService } from './server/video-service.ts';
