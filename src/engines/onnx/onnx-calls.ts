import type { NetworkOrder, Tensor } from '../../core/network.ts';
import type { Device, RuntimePlace } from './runtime.ts';

/** How networks are to be run. */
export interface OnnxSettings {
  readonly runtime: RuntimePlace;
  readonly device: Device;
  /** Threads that one run computes in. */
  readonly threads: number;
  /** Folder of graphs that were optimised before, or `null`. */
  readonly graphs: string | null;
}

/** Stands for the constant tensor that came last in its role. */
export const KEPT = 'kept';
/** Tensors by role. */
export type OnnxInputs = Readonly<Record<string, Tensor | typeof KEPT>>;

/** What the other side can ask for. */
export interface OnnxCalls {
  /** Loads a network. @returns Its number, and how many samples one run takes. */
  open(
    order: NetworkOrder,
    settings: OnnxSettings,
  ): Promise<{ readonly id: number; readonly batch: number | null }>;
  run(id: number, inputs: OnnxInputs): Promise<Record<string, Tensor>>;
  close(id: number): Promise<void>;
}
