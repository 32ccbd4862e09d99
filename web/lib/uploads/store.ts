import { signPieces } from "@4ever/sdk/deal-pieces";
import type { Deployment } from "@4ever/sdk/deployments";
import type { submitPieces, UploadOptions, UploadTarget } from "@4ever/sdk/upload-client";
import { signUpload, UploadRefused, type UploadStatus } from "@4ever/sdk/uploads";
import type { KeyValue } from "@/lib/transactions/storage";
import type { Explanation } from "@/lib/transactions/types";
import { explainUpload, isFinalRefusal } from "@/lib/uploads/explain";
import type { SessionSigner } from "@/lib/uploads/session-keys";
import { loadJobs, saveJobs } from "@/lib/uploads/storage";
import { type Addition, type UploadJob, type UploadRecord, type UploadStage, uploadKey } from "@/lib/uploads/types";

/** What uploads reach the outside with. */
export interface UploadPorts {
  deployment: Deployment;
  storage: KeyValue;
  /** Who can sign for a deal's session key here: its key in this browser, or the wallet whose address it is. */
  signerOf: (address: UploadJob["sessionKey"]) => SessionSigner | undefined;
  /** Chain time, Unix seconds. */
  chainNow: () => Promise<number>;
  /** Last nonce that added pieces to a deal, from the chain. */
  lastNonceOf: (dealId: bigint) => Promise<number>;
  openCar: (name: string) => Promise<Blob>;
  removeCar: (name: string) => Promise<void>;
  upload: (options: UploadOptions) => Promise<UploadStatus>;
  status: (target: UploadTarget) => Promise<UploadStatus>;
  submit: typeof submitPieces;
  pause: (ms: number) => Promise<void>;
}

const TOKEN_SECONDS = 3_600;
/** A keeper follows the chain by polling: a deal that was just made may be unknown to it for a moment. */
const UNKNOWN_DEAL_TRIES = 60;
const UNKNOWN_DEAL_PAUSE_MS = 1_000;

/** How long a provider is asked whether a later piece has come on chain. */
const ADDED_TRIES = 60;
const ADDED_PAUSE_MS = 2_000;

/** Nonces that are tried when other pieces of the deal took the next ones. */
const NONCE_TRIES = 8;

const NO_SIGNER: Explanation = {
  kind: "refused",
  what: "The key that may upload for this deal is not in this browser.",
  next: "Go on in the browser that made it, or set a new session key here.",
};
const WALLET_SIGNS: Explanation = {
  kind: "rejected",
  what: "Your wallet signs the uploads of this deal.",
  next: "Go on when you are ready to sign. It costs nothing.",
};

/** How an upload was set going: `resumed` by itself after a reload, `asked` by a person. */
type Cause = "resumed" | "asked";

/** Brings packed folders to their providers, whatever page is shown, and goes on where it was after a reload. */
export class UploadStore {
  readonly #ports: UploadPorts;
  readonly #running = new Map<string, AbortController>();
  readonly #listeners = new Set<() => void>();
  /** Tokens that still hold, so that a wallet is asked once. */
  readonly #tokens = new Map<string, { token: string; renewAt: number }>();
  #records: ReadonlyMap<string, UploadRecord>;

  constructor(ports: UploadPorts) {
    this.#ports = ports;
    const jobs = loadJobs(ports.storage, ports.deployment.chainId);
    this.#records = new Map(jobs.map((job) => [uploadKey(job), { job, stage: { name: "starting" } }]));
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  getSnapshot = (): ReadonlyMap<string, UploadRecord> => this.#records;

  /** Goes on with what an earlier visit has begun. */
  resumeStored(): void {
    for (const key of this.#records.keys()) void this.#run(key, "resumed");
  }

  /** Starts an upload, or starts it again with a new CAR. */
  start(job: UploadJob): void {
    const key = uploadKey(job);
    this.#running.get(key)?.abort();
    this.#running.delete(key);
    this.#tokens.delete(key);
    this.#set(key, { job, stage: { name: "starting" } });
    void this.#run(key, "asked");
  }

  /** Tries once more after a failure; parts that have arrived are not sent again. */
  retry(key: string): void {
    if (this.#records.has(key) && !this.#running.has(key)) void this.#run(key, "asked");
  }

  /** The piece is under proof: frees the space of its copy here, and keeps the record to be shown. */
  conclude(key: string): void {
    const record = this.#records.get(key);
    if (!record || record.stage.name === "added") return;
    this.#running.get(key)?.abort();
    this.#enter(key, { name: "added" });
    this.#free(record.job);
  }

  /** Gives an upload up and frees its space, because the deal is over or the bytes have arrived. */
  forget(key: string): void {
    const record = this.#records.get(key);
    if (!record) return;
    this.#running.get(key)?.abort();
    const records = new Map(this.#records);
    records.delete(key);
    this.#publish(records);
    this.#tokens.delete(key);
    this.#free(record.job);
  }

  #free({ carName }: UploadJob): void {
    this.#ports.removeCar(carName).catch((error: unknown) => console.warn("A CAR could not be removed", error));
  }

  async #run(key: string, cause: Cause): Promise<void> {
    const job = this.#records.get(key)?.job;
    if (!job || this.#running.has(key)) return;
    const abort = new AbortController();
    this.#running.set(key, abort);
    try {
      await this.#bring(key, job, cause, abort.signal);
    } catch (error) {
      if (abort.signal.aborted) return;
      console.error("An upload stopped", error);
      const isLost = error instanceof DOMException && error.name === "NotFoundError";
      this.#enter(
        key,
        isLost
          ? { name: "lost" }
          : {
              name: "failed",
              explanation: explainUpload(error),
              isFinal: isFinalRefusal(error, job.addition !== undefined),
            },
      );
    } finally {
      if (this.#running.get(key) === abort) this.#running.delete(key);
    }
  }

  async #bring(key: string, job: UploadJob, cause: Cause, signal: AbortSignal): Promise<void> {
    const signer = this.#ports.signerOf(job.sessionKey);
    if (!signer) return this.#enter(key, { name: "failed", explanation: NO_SIGNER, isFinal: true });
    // Nobody wants a wallet to open by itself when a page is loaded.
    if (signer.isWallet && cause === "resumed")
      return this.#enter(key, { name: "failed", explanation: WALLET_SIGNS, isFinal: false });
    this.#enter(key, { name: "starting" });
    const target = async (): Promise<UploadTarget> => ({
      endpoint: job.endpoint,
      dealId: BigInt(job.dealId),
      root: job.root,
      token: await this.#token(key, job, signer),
      signal,
    });
    const known = await this.#whenKnown(key, target, signal);
    if (known.state === "added") return this.#enter(key, { name: "held" });
    if (known.state !== "held") {
      const car = await this.#ports.openCar(job.carName);
      this.#enter(key, { name: "sending", receivedBytes: 0 });
      await this.#ports.upload({
        ...(await target()),
        sizeBytes: job.sizeBytes,
        read: (from, to) => car.slice(from, to),
        onProgress: (receivedBytes) =>
          this.#enter(key, receivedBytes >= job.sizeBytes ? { name: "checking" } : { name: "sending", receivedBytes }),
      });
      signal.throwIfAborted();
    }
    if (job.addition) await this.#submit(key, job, job.addition, { signer, cause, target: await target() });
    this.#enter(key, { name: "held" });
    if (job.addition) await this.#requireAdded(target, signal);
  }

  /**
   * Follows a later piece until the provider has brought it on chain. Throws `UploadRefused` when the contract did not take it. What cannot be
   * found out is no failure: the index will show the piece.
   */
  async #requireAdded(target: () => Promise<UploadTarget>, signal: AbortSignal): Promise<void> {
    for (let tries = 0; tries < ADDED_TRIES; tries += 1) {
      await this.#ports.pause(ADDED_PAUSE_MS);
      signal.throwIfAborted();
      const status = await target()
        .then(this.#ports.status)
        .catch((error: unknown) => console.warn("A provider did not say whether a piece is on chain", error));
      signal.throwIfAborted();
      if (status?.error) throw new UploadRefused(409, status.error);
      if (status?.state === "added") return;
    }
  }

  /** Names a later piece to the provider, signed. The same signature may arrive twice; the provider adds the piece once. */
  async #submit(
    key: string,
    job: UploadJob,
    { leafCount, cidDigest, nonce: signed }: Addition,
    { signer, cause, target }: { signer: SessionSigner; cause: Cause; target: UploadTarget },
  ): Promise<void> {
    const dealId = BigInt(job.dealId);
    const pieces = [{ root: job.root, leafCount, cidDigest }];
    let nonce = signed ?? 0;
    // A number that was used up on chain, though this piece did not come in with it, is left behind only when a person asks for it:
    // the provider may be a block behind the chain.
    if (signed === undefined || cause === "asked") nonce = Math.max(nonce, (await this.#ports.lastNonceOf(dealId)) + 1);
    for (let tries = 1; ; tries += 1, nonce += 1) {
      this.#enter(key, { name: "signing" });
      const { deployment } = this.#ports;
      const signature = await signPieces(signer, { deployment, dealId, pieces, nonce });
      target.signal?.throwIfAborted();
      this.#keep(key, { ...job, addition: { leafCount, cidDigest, nonce } });
      try {
        await this.#ports.submit(target, { pieces, nonce, signature });
        return;
      } catch (error) {
        const isTaken = error instanceof UploadRefused && error.code === "pieces_nonce_used";
        if (!isTaken || tries >= NONCE_TRIES) throw error;
      }
    }
  }

  /** Asks until the provider knows the deal. */
  async #whenKnown(key: string, target: () => Promise<UploadTarget>, signal: AbortSignal): Promise<UploadStatus> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#ports.status(await target());
      } catch (error) {
        signal.throwIfAborted();
        const isUnknown = error instanceof UploadRefused && error.code === "deal_unknown";
        if (!isUnknown || tries >= UNKNOWN_DEAL_TRIES) throw error;
        this.#enter(key, { name: "waiting" });
        await this.#ports.pause(UNKNOWN_DEAL_PAUSE_MS);
        signal.throwIfAborted();
      }
    }
  }

  async #token(key: string, job: UploadJob, signer: SessionSigner): Promise<string> {
    const now = await this.#ports.chainNow();
    const known = this.#tokens.get(key);
    if (known && now < known.renewAt) return known.token;
    const grant = {
      market: job.market,
      dealId: BigInt(job.dealId),
      provider: job.provider,
      root: job.root,
      sizeBytes: BigInt(job.sizeBytes),
      expiresAt: BigInt(now + TOKEN_SECONDS),
    };
    const token = await signUpload(signer, this.#ports.deployment.chainId, grant);
    this.#tokens.set(key, { token, renewAt: now + TOKEN_SECONDS / 2 });
    return token;
  }

  #enter(key: string, stage: UploadStage): void {
    const record = this.#records.get(key);
    if (record) this.#set(key, { ...record, stage });
  }

  #keep(key: string, job: UploadJob): void {
    const record = this.#records.get(key);
    if (record) this.#set(key, { ...record, job });
  }

  #set(key: string, record: UploadRecord): void {
    this.#publish(new Map(this.#records).set(key, record));
  }

  #publish(records: ReadonlyMap<string, UploadRecord>): void {
    this.#records = records;
    const isUnderWay = ({ stage }: UploadRecord) => stage.name !== "held" && stage.name !== "added";
    const pending = [...records.values()].filter(isUnderWay).map(({ job }) => job);
    saveJobs(this.#ports.storage, this.#ports.deployment.chainId, pending);
    for (const listener of this.#listeners) listener();
  }
}
