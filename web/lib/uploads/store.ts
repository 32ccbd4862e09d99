import type { UploadOptions, UploadTarget } from "@4ever/sdk/upload-client";
import { signUpload, UploadRefused, type UploadStatus } from "@4ever/sdk/uploads";
import { isAddress, isHash } from "viem";
import type { PrivateKeyAccount } from "viem/accounts";
import { z } from "zod";
import type { KeyValue } from "@/lib/transactions/storage";
import { explainUpload, isFinalRefusal } from "@/lib/uploads/explain";
import { type UploadJob, type UploadRecord, type UploadStage, uploadKey } from "@/lib/uploads/types";

/** What uploads reach the outside with. */
export interface UploadPorts {
  chainId: number;
  storage: KeyValue;
  sessionKeyOf: (address: UploadJob["sessionKey"]) => PrivateKeyAccount | undefined;
  /** Chain time, Unix seconds. */
  chainNow: () => Promise<number>;
  openCar: (name: string) => Promise<Blob>;
  removeCar: (name: string) => Promise<void>;
  upload: (options: UploadOptions) => Promise<UploadStatus>;
  status: (target: UploadTarget) => Promise<UploadStatus>;
  pause: (ms: number) => Promise<void>;
}

const TOKEN_SECONDS = 3_600;
/** A keeper follows the chain by polling: a deal that was just made may be unknown to it for a moment. */
const UNKNOWN_DEAL_TRIES = 60;
const UNKNOWN_DEAL_PAUSE_MS = 1_000;

const hash = z.custom<`0x${string}`>((value) => typeof value === "string" && isHash(value));
const address = z.custom<`0x${string}`>((value) => typeof value === "string" && isAddress(value, { strict: false }));
const jobs = z.array(
  z.object({
    market: address,
    dealId: z.string(),
    provider: address,
    endpoint: z.string(),
    sessionKey: address,
    root: hash,
    cid: z.string(),
    sizeBytes: z.number().int().positive(),
    carName: z.string(),
    folderName: z.string(),
  }),
);

/** Brings packed folders to their providers, whatever page is shown, and goes on where it was after a reload. */
export class UploadStore {
  readonly #ports: UploadPorts;
  readonly #running = new Map<string, AbortController>();
  readonly #listeners = new Set<() => void>();
  #records: ReadonlyMap<string, UploadRecord>;

  constructor(ports: UploadPorts) {
    this.#ports = ports;
    this.#records = new Map(this.#load().map((job) => [uploadKey(job), { job, stage: { name: "starting" } }]));
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  getSnapshot = (): ReadonlyMap<string, UploadRecord> => this.#records;

  /** Goes on with what an earlier visit has begun. */
  resumeStored(): void {
    for (const key of this.#records.keys()) void this.#run(key);
  }

  /** Starts an upload, or starts it again with a new CAR. */
  start(job: UploadJob): void {
    const key = uploadKey(job);
    this.#running.get(key)?.abort();
    this.#running.delete(key);
    this.#set(key, { job, stage: { name: "starting" } });
    void this.#run(key);
  }

  /** Tries once more after a failure; parts that have arrived are not sent again. */
  retry(key: string): void {
    if (this.#records.has(key) && !this.#running.has(key)) void this.#run(key);
  }

  /** Gives an upload up and frees its space, because the deal is over or the bytes have arrived. */
  forget(key: string): void {
    const record = this.#records.get(key);
    if (!record) return;
    this.#running.get(key)?.abort();
    const records = new Map(this.#records);
    records.delete(key);
    this.#publish(records);
    this.#ports
      .removeCar(record.job.carName)
      .catch((error: unknown) => console.warn("A CAR could not be removed", error));
  }

  async #run(key: string): Promise<void> {
    const job = this.#records.get(key)?.job;
    if (!job || this.#running.has(key)) return;
    const abort = new AbortController();
    this.#running.set(key, abort);
    try {
      await this.#bring(key, job, abort.signal);
    } catch (error) {
      if (abort.signal.aborted) return;
      console.error("An upload stopped", error);
      const isLost = error instanceof DOMException && error.name === "NotFoundError";
      this.#enter(
        key,
        isLost
          ? { name: "lost" }
          : { name: "failed", explanation: explainUpload(error), isFinal: isFinalRefusal(error) },
      );
    } finally {
      if (this.#running.get(key) === abort) this.#running.delete(key);
    }
  }

  async #bring(key: string, job: UploadJob, signal: AbortSignal): Promise<void> {
    const signer = this.#ports.sessionKeyOf(job.sessionKey);
    if (!signer) {
      const explanation = {
        kind: "refused" as const,
        what: "The key that may upload for this deal is not in this browser.",
        next: "Go on in the browser that made the deal, or set a new session key.",
      };
      return this.#enter(key, { name: "failed", explanation, isFinal: true });
    }
    this.#enter(key, { name: "starting" });
    const target = async (): Promise<UploadTarget> => ({
      endpoint: job.endpoint,
      dealId: BigInt(job.dealId),
      root: job.root,
      token: await this.#token(job, signer),
      signal,
    });
    const known = await this.#whenKnown(key, target, signal);
    if (known.state === "held" || known.state === "added") return this.#enter(key, { name: "held" });

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
    this.#enter(key, { name: "held" });
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

  async #token(job: UploadJob, signer: PrivateKeyAccount): Promise<string> {
    const grant = {
      market: job.market,
      dealId: BigInt(job.dealId),
      provider: job.provider,
      root: job.root,
      sizeBytes: BigInt(job.sizeBytes),
      expiresAt: BigInt((await this.#ports.chainNow()) + TOKEN_SECONDS),
    };
    return signUpload({ signTypedData: (data) => signer.signTypedData(data) }, this.#ports.chainId, grant);
  }

  #enter(key: string, stage: UploadStage): void {
    const record = this.#records.get(key);
    if (record) this.#set(key, { ...record, stage });
  }

  #set(key: string, record: UploadRecord): void {
    this.#publish(new Map(this.#records).set(key, record));
  }

  #publish(records: ReadonlyMap<string, UploadRecord>): void {
    this.#records = records;
    const pending = [...records.values()].filter(({ stage }) => stage.name !== "held").map(({ job }) => job);
    try {
      this.#ports.storage.setItem(this.#storageKey(), JSON.stringify(pending));
    } catch (error) {
      console.warn("Uploads could not be stored; they end with this page", error);
    }
    for (const listener of this.#listeners) listener();
  }

  #storageKey(): string {
    return `4ever.${this.#ports.chainId}.uploads`;
  }

  #load(): UploadJob[] {
    try {
      const parsed = jobs.safeParse(JSON.parse(this.#ports.storage.getItem(this.#storageKey()) ?? "[]"));
      return parsed.success ? parsed.data : [];
    } catch (error) {
      console.warn("Stored uploads could not be read", error);
      return [];
    }
  }
}
