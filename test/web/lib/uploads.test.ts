import type { Deployment } from "@4ever/sdk/deployments";
import { piecesTypedData } from "@4ever/sdk/proofs";
import type { UploadOptions } from "@4ever/sdk/upload-client";
import {
  decodeUploadToken,
  recoverUploader,
  type UploadErrorCode,
  UploadRefused,
  type UploadStatus,
} from "@4ever/sdk/uploads";
import { type Hex, recoverTypedDataAddress } from "viem";
import { describe, expect, it, vi } from "vitest";
import { neededCars } from "@/lib/uploads/cars";
import { carsOfDrafts, draftOf, dropDraft, saveDraft } from "@/lib/uploads/drafts";
import { createSessionKey, sessionKeyOf } from "@/lib/uploads/session-keys";
import { type UploadPorts, UploadStore } from "@/lib/uploads/store";
import { type UploadJob, uploadKey } from "@/lib/uploads/types";

const ROOT: Hex = `0x${"ab".repeat(32)}`;
const CID_DIGEST: Hex = `0x${"cd".repeat(32)}`;
const PROOFS = "0x00000000000000000000000000000000000000d4";
const MARKET = "0x00000000000000000000000000000000000000a1";
/** What signing names of a deployment. */
const deployment = {
  chainId: 31_337,
  contracts: { DealMarket: MARKET, PossessionProofs: PROOFS },
} as unknown as Deployment;

/** As a browser's: what is stored are its own properties. */
function memory(): Storage {
  const methods = {
    getItem: (key: string): string | null => storage[key] ?? null,
    setItem: (key: string, value: string) => {
      storage[key] = value;
    },
    removeItem: (key: string) => {
      delete storage[key];
    },
  };
  const storage: Storage = Object.create(methods);
  return storage;
}

const statusOf = (state: UploadStatus["state"]): UploadStatus => ({
  dealId: "5",
  root: ROOT,
  state,
  sizeBytes: 10,
  received: [],
});
const refused = (code: UploadErrorCode) => new UploadRefused(409, { code, message: "no", hint: "sorry" });

async function setup(change: Partial<UploadPorts> = {}) {
  const storage = memory();
  const key = await createSessionKey(storage);
  const removeCar = vi.fn(async () => {});
  const ports: UploadPorts = {
    deployment,
    storage,
    signerOf: (address) => sessionKeyOf(storage, address),
    chainNow: async () => 1_000,
    lastNonceOf: async () => 0,
    openCar: async () => new Blob(["0123456789"]),
    removeCar,
    upload: async ({ onProgress }) => {
      onProgress?.(4, 10);
      onProgress?.(10, 10);
      return statusOf("held");
    },
    status: async () => statusOf("absent"),
    submit: async () => ({ states: ["held"] }),
    pause: async () => {},
    ...change,
  };
  const job: UploadJob = {
    market: MARKET,
    dealId: "5",
    provider: "0x00000000000000000000000000000000000000b2",
    endpoint: "http://127.0.0.1:9000",
    sessionKey: key.address,
    root: ROOT,
    cid: "bafy",
    sizeBytes: 10,
    carName: "x.car",
    folderName: "site",
  };
  const store = new UploadStore(ports);
  const stages: string[] = [];
  store.subscribe(() => {
    const name = store.getSnapshot().get(uploadKey(job))?.stage.name;
    if (name && stages.at(-1) !== name) stages.push(name);
  });
  const stage = () => store.getSnapshot().get(uploadKey(job))?.stage;
  return { store, job, stages, stage, ports, storage, removeCar, key };
}

// The store writes down whole errors for the console.
vi.spyOn(console, "error").mockReturnValue();
vi.spyOn(console, "warn").mockReturnValue();

describe("UploadStore", () => {
  it("brings the bytes to the provider under a token that the session key signed", async () => {
    let options: UploadOptions | undefined;
    const { store, job, stages, stage, key } = await setup({
      upload: async (given) => {
        options = given;
        given.onProgress?.(4, 10);
        return statusOf("held");
      },
    });
    store.start(job);
    await vi.waitFor(() => expect(stage()?.name).toBe("held"));
    expect(stages).toEqual(["starting", "sending", "held"]);
    const { grant, signature } = decodeUploadToken(options?.token ?? "");
    expect(grant).toMatchObject({ dealId: 5n, root: ROOT, sizeBytes: 10n, expiresAt: 4_600n });
    expect(await recoverUploader(31_337, grant, signature)).toBe(key.address);
    const part = await options?.read(2, 5);
    expect(part).toBeInstanceOf(Blob);
    expect(await new Response(part).text()).toBe("234");
  });

  it("waits while the provider has not seen the deal yet", async () => {
    let unknown = 3;
    const { store, job, stages, stage } = await setup({
      status: async () => {
        if (unknown-- > 0) throw refused("deal_unknown");
        return statusOf("absent");
      },
    });
    store.start(job);
    await vi.waitFor(() => expect(stage()?.name).toBe("held"));
    expect(stages.slice(0, 2)).toEqual(["starting", "waiting"]);
  });

  it("sends nothing when the provider has everything", async () => {
    const upload = vi.fn();
    const { store, job, stage } = await setup({ status: async () => statusOf("held"), upload });
    store.start(job);
    await vi.waitFor(() => expect(stage()?.name).toBe("held"));
    expect(upload).not.toHaveBeenCalled();
  });

  it("can be tried again after the connection failed, but not after a final refusal", async () => {
    const failures: Error[] = [new TypeError("fetch failed"), refused("root_mismatch")];
    const { store, job, stage } = await setup({ upload: async () => Promise.reject(failures.shift()) });
    store.start(job);
    await vi.waitFor(() => expect(stage()).toMatchObject({ name: "failed", isFinal: false }));
    store.retry(uploadKey(job));
    await vi.waitFor(() => expect(stage()).toMatchObject({ name: "failed", isFinal: true }));
  });

  it("asks for the folder when the browser has discarded the packed files", async () => {
    const { store, job, stage } = await setup({
      openCar: async () => Promise.reject(new DOMException("gone", "NotFoundError")),
    });
    store.start(job);
    await vi.waitFor(() => expect(stage()?.name).toBe("lost"));
  });

  it("says so when the key of the deal is in another browser", async () => {
    const { store, job, stage } = await setup({ signerOf: () => undefined });
    store.start(job);
    await vi.waitFor(() => expect(stage()).toMatchObject({ name: "failed", isFinal: true }));
  });

  it("goes on after a reload, and forgets what has arrived", async () => {
    const first = await setup({ upload: () => new Promise(() => {}) });
    first.store.start(first.job);
    await vi.waitFor(() => expect(first.stage()?.name).toBe("sending"));

    const second = new UploadStore({ ...first.ports, upload: async () => statusOf("held") });
    second.resumeStored();
    await vi.waitFor(() => expect(second.getSnapshot().get(uploadKey(first.job))?.stage.name).toBe("held"));
    second.forget(uploadKey(first.job));
    expect(second.getSnapshot().size).toBe(0);
    expect(first.removeCar).toHaveBeenCalledWith("x.car");
    expect(first.storage.getItem("4ever.31337.uploads")).toBe("[]");
  });
});

describe("UploadStore with a later piece", () => {
  type Submitted = { nonce: number; signature: Hex };
  /** A store whose provider takes additions above `taken`, and what was submitted to it. */
  async function later({
    taken = 0,
    onChain = 0,
    ...change
  }: Partial<UploadPorts> & { taken?: number; onChain?: number }) {
    const submitted: Submitted[] = [];
    const parts = await setup({
      lastNonceOf: async () => onChain,
      submit: async (_target, { nonce, signature }) => {
        submitted.push({ nonce, signature });
        if (nonce <= taken) throw refused("pieces_nonce_used");
        return { states: ["held"] };
      },
      ...change,
    });
    const job: UploadJob = { ...parts.job, addition: { leafCount: 7, cidDigest: CID_DIGEST } };
    return { ...parts, job, submitted };
  }

  it("is named to the provider once it is held, signed by the session key under the next nonce", async () => {
    const { store, job, stages, stage, submitted, key } = await later({ onChain: 4 });
    store.start(job);
    await vi.waitFor(() => expect(stage()?.name).toBe("held"));
    expect(stages).toEqual(["starting", "sending", "checking", "signing", "held"]);
    expect(submitted.map(({ nonce }) => nonce)).toEqual([5]);
    const data = piecesTypedData({
      chainId: 31_337,
      proofs: PROOFS,
      market: MARKET,
      dealId: 5n,
      pieces: [{ root: ROOT, leafCount: 7, cidDigest: CID_DIGEST }],
      nonce: 5n,
    });
    const signer = await recoverTypedDataAddress({ ...data, signature: submitted[0]?.signature ?? "0x" });
    expect(signer).toBe(key.address);
  });

  it("fails with the contract's reason when it did not come on chain, and is signed again when a person asks", async () => {
    const refusal = { code: "pieces_refused", message: "the deal is full", hint: "Make room." } as const;
    const states = [statusOf("absent"), statusOf("held"), { ...statusOf("held"), error: refusal }];
    const { store, job, stage, submitted } = await later({ status: async () => states.shift() ?? statusOf("added") });
    store.start(job);
    await vi.waitFor(() => expect(stage()).toMatchObject({ name: "failed", isFinal: false }));
    expect(stage()).toMatchObject({
      explanation: { what: expect.stringContaining("deal is full"), next: "Make room." },
    });

    states.push(statusOf("held"));
    store.retry(uploadKey(job));
    await vi.waitFor(() => expect(stage()?.name).toBe("held"));
    expect(submitted.map(({ nonce }) => nonce)).toEqual([1, 1]);
  });

  it("stays held while the provider does not say whether it came on chain", async () => {
    const answers = [async () => statusOf("absent"), async () => Promise.reject(new TypeError("fetch failed"))];
    const { store, job, stage, ports } = await later({
      status: async () => (answers.shift() ?? (async () => statusOf("added")))(),
    });
    const asked = vi.spyOn(ports, "status");
    store.start(job);
    await vi.waitFor(() => expect(asked).toHaveBeenCalledTimes(3));
    expect(stage()?.name).toBe("held");
  });

  it("takes a higher nonce when other pieces have it", async () => {
    const { store, job, stage, submitted } = await later({ taken: 2 });
    store.start(job);
    await vi.waitFor(() => expect(stage()?.name).toBe("held"));
    expect(submitted.map(({ nonce }) => nonce)).toEqual([1, 2, 3]);
  });

  it("keeps its nonce over a reload, so that the piece is not added twice", async () => {
    const first = await later({ submit: () => new Promise(() => {}) });
    first.store.start(first.job);
    await vi.waitFor(() => expect(first.stage()?.name).toBe("signing"));
    await vi.waitFor(() => expect(first.storage.getItem("4ever.31337.uploads")).toContain('"nonce":1'));

    const nonces: number[] = [];
    const second = new UploadStore({
      ...first.ports,
      lastNonceOf: async () => 1, // it is on chain, and the provider does not know yet
      status: async () => statusOf("held"),
      submit: async (_target, { nonce }) => {
        nonces.push(nonce);
        return { states: ["held"] };
      },
    });
    second.resumeStored();
    await vi.waitFor(() => expect(second.getSnapshot().get(uploadKey(first.job))?.stage.name).toBe("held"));
    expect(nonces).toEqual([1]);
  });

  it("can go on after room was made", async () => {
    const failures = [refused("size_exceeds_capacity")];
    const { store, job, stage } = await later({
      upload: async () => {
        const failure = failures.shift();
        if (failure) throw failure;
        return statusOf("held");
      },
    });
    store.start(job);
    await vi.waitFor(() => expect(stage()).toMatchObject({ name: "failed", isFinal: false }));
    store.retry(uploadKey(job));
    await vi.waitFor(() => expect(stage()?.name).toBe("held"));
  });

  it("does not open a wallet by itself after a reload", async () => {
    const first = await later({ upload: () => new Promise(() => {}) });
    first.store.start(first.job);
    await vi.waitFor(() => expect(first.stage()?.name).toBe("sending"));

    const signTypedData = vi.fn(async () => ROOT);
    const second = new UploadStore({ ...first.ports, signerOf: () => ({ signTypedData, isWallet: true }) });
    const stage = () => second.getSnapshot().get(uploadKey(first.job))?.stage;
    second.resumeStored();
    await vi.waitFor(() => expect(stage()).toMatchObject({ name: "failed", isFinal: false }));
    expect(signTypedData).not.toHaveBeenCalled();
  });

  it("asks a wallet once for the upload's token and once for the piece", async () => {
    const asked: string[] = [];
    const parts = await later({});
    const { signerOf } = parts.ports;
    const store = new UploadStore({
      ...parts.ports,
      signerOf: (address) => {
        const signer = signerOf(address);
        return (
          signer && {
            isWallet: true,
            signTypedData: (data) => {
              asked.push(String(data.primaryType));
              return signer.signTypedData(data);
            },
          }
        );
      },
    });
    store.start(parts.job);
    await vi.waitFor(() => expect(store.getSnapshot().get(uploadKey(parts.job))?.stage.name).toBe("held"));
    expect(asked).toEqual(["Upload", "Pieces"]);
  });

  it("is shown as published once it is under proof, and its copy here is gone", async () => {
    const { store, job, stage, removeCar } = await later({});
    store.start(job);
    await vi.waitFor(() => expect(stage()?.name).toBe("held"));
    store.conclude(uploadKey(job));
    expect(stage()).toEqual({ name: "added" });
    expect(removeCar).toHaveBeenCalledExactlyOnceWith("x.car");
  });
});

describe("drafts", () => {
  const draft = { carName: "x.car", sizeBytes: 10, folderName: "site" };

  it("keep what a paid request will upload until it is under way", async () => {
    const storage = memory();
    const { address } = await createSessionKey(storage);
    expect(draftOf(storage, address)).toBeUndefined();
    saveDraft(storage, address, draft, 1_000);
    expect(draftOf(storage, address)).toEqual(draft);
    dropDraft(storage, address);
    expect(draftOf(storage, address)).toBeUndefined();
  });

  it("are dropped when no request can be waiting for them any more", async () => {
    const storage = memory();
    const [early, late] = [(await createSessionKey(storage)).address, (await createSessionKey(storage)).address];
    saveDraft(storage, early, { ...draft, carName: "early.car" }, 999);
    saveDraft(storage, late, { ...draft, carName: "late.car" }, 1_000);
    expect(carsOfDrafts(storage, 1_000)).toEqual(["late.car"]);
    expect(draftOf(storage, early)).toBeUndefined();
    expect(draftOf(storage, late)).toBeDefined();
  });
});

describe("neededCars", () => {
  it("are those of unfinished uploads on any chain, and of requests that were just paid for", async () => {
    const { store, job, stage, storage } = await setup({ upload: () => new Promise(() => {}) });
    store.start(job);
    await vi.waitFor(() => expect(stage()?.name).toBe("sending"));
    storage.setItem("4ever.1.uploads", JSON.stringify([{ ...job, carName: "elsewhere.car" }]));
    saveDraft(
      storage,
      (await createSessionKey(storage)).address,
      { carName: "d.car", sizeBytes: 1, folderName: "d" },
      5_000,
    );

    const cars = neededCars(storage, { nowMs: 6_000, acceptSeconds: 60 });
    expect(cars.toSorted()).toEqual(["d.car", "elsewhere.car", "x.car"]);
  });
});
