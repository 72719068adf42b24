/** A network that is ready to run. */
export interface Network {
  /** Shape of its one input. */
  readonly inputShape: readonly number[];
}

/** What the face networks need of an inference runtime; small, so that the runtime can be replaced. */
export interface InferenceRuntime extends Disposable {
  /** Makes a TFLite model ready. @throws LoquentError `ASSET_CORRUPT` if the runtime refuses the model. */
  compile(model: Uint8Array): Promise<Network>;
  /**
   * Runs a network of {@link compile}.
   *
   * @param input - As many values as `inputShape` says; may be reused afterwards.
   * @returns All outputs in the model's order; the caller owns them.
   */
  run(network: Network, input: Float32Array): Promise<Float32Array[]>;
  /** Frees all networks. */
  dispose(): void;
}
