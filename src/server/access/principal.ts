/** What a key may be allowed to do. `admin` looks after keys and sees everything of the service, not of other people. */
export const SCOPES = ['avatars', 'videos', 'live', 'admin'] as const;

/** One permission. */
export type Scope = (typeof SCOPES)[number];

/** Who asks. Everything in the service belongs to the principal that made it, and only that one can see it. */
export interface Principal {
  /** Id of its key; `local` where no keys are asked for. */
  readonly id: string;
  readonly scopes: ReadonlySet<Scope>;
}

/** Whoever uses a service that asks for no keys. */
export const LOCAL_PRINCIPAL: Principal = { id: 'local', scopes: new Set(SCOPES) };
