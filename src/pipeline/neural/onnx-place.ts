import { LoquentError } from '../../core/index.ts';
import {
  ONNX_PACKAGES,
  ONNX_RUNTIME_VERSION,
  type OnnxPackage,
  type RuntimePlace,
} from '../../engines/onnx/runtime.ts';
import { platform } from '../../platform/index.ts';
import { dataDirectory } from '../../platform/node/data-directory.ts';
import { hostFacts } from '../../platform/node/host-facts.ts';
import { findPackage, installPackage } from '../../platform/node/packages.ts';

/** Folder that {@link installOnnx} installs to. */
function onnxFolder(): string {
  return platform().files.join(dataDirectory(), 'engines', 'onnx');
}

/**
 * The ONNX Runtime of this machine: one that is installed beside Loquent, else the one of `loquent engines install onnx`. The native
 * one is preferred.
 *
 * @returns `null` if there is none of the version that Loquent is tested with.
 */
export async function findOnnx(): Promise<RuntimePlace | null> {
  for (const name of ONNX_PACKAGES) {
    for (const folder of [undefined, onnxFolder()]) {
      const found = await findPackage(name, folder);
      if (found?.version === ONNX_RUNTIME_VERSION) return { package: name, url: found.url };
    }
  }
  return null;
}

/** The ONNX Runtime of this machine. @throws LoquentError `ENGINE_MISSING`. */
export async function requireOnnx(): Promise<RuntimePlace> {
  const place = await findOnnx();
  if (place) return place;
  throw new LoquentError('ENGINE_MISSING', 'The ONNX Runtime, on which networks run, is not installed.', {
    hint: 'Install it once with `loquent engines install onnx`.',
  });
}

/** Systems whose code lies in the native package besides this one's. */
const SYSTEMS = ['darwin/arm64', 'darwin/x64', 'linux/arm64', 'linux/x64', 'win32/arm64', 'win32/x64'];

/** What {@link installOnnx} can be told. */
export interface InstallOnnxOptions {
  /** A tarball of the package (`npm pack`), in place of the npm registry. */
  readonly from?: string | undefined;
  /** Whether to take the WebAssembly build, which runs everywhere and is about four times slower. */
  readonly web?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Installs the ONNX Runtime for this user, about 50 MB for the system at hand.
 *
 * @returns What was installed, and where.
 * @throws LoquentError `ENGINE_MISSING`, `OUTPUT_NOT_WRITABLE`, `DISK_FULL`, `CANCELLED`.
 */
export async function installOnnx({
  from,
  web = false,
  signal,
}: InstallOnnxOptions = {}): Promise<RuntimePlace & { readonly folder: string }> {
  const name: OnnxPackage = web ? 'onnxruntime-web' : 'onnxruntime-node';
  const folder = onnxFolder();
  const own = (await hostFacts()).system.split(' ').slice(0, 2).join('/');
  const binaries = SYSTEMS.filter((system) => system !== own).map(
    (system) => `node_modules/onnxruntime-node/bin/napi-v6/${system}`,
  );
  const { url } = await installPackage({
    name,
    version: ONNX_RUNTIME_VERSION,
    from,
    folder,
    without: binaries,
    signal,
  });
  return { package: name, url, folder };
}
