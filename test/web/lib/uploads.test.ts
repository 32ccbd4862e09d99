import type { UploadOptions } from "@4ever/sdk/upload-client";
import { decodeUploadToken, recoverUploader, UploadRefused, type UploadStatus } from "@4ever/sdk/uploads";
import type { Hex } from "viem";
import { describe, expect, it, vi } from "vitest";
import { draftOf, dropDraft, saveDraft } from "@/lib/uploads/drafts";
import { createSessionKey, sessionKeyOf } from "@/lib/uploads/session-keys";
import { type UploadPorts, UploadStore } from "@/lib/uploads/store";
import { type UploadJob, uploadKey } from "@/lib/uploads/types";

const ROOT: Hex = `0x${"ab".repeat(32)}`;

function memory() {
  const values = new Map<string, string>();
  return {
    values,
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
    removeItem: (key: string) => void values.delete(key),
  };
}

const statusOf = (state: UploadStatus["state"]): UploadStatus => ({
  dealId: "5",
  root: ROOT,
  state,
  sizeBytes: 10,
  received: [],
});
const refused = (code: "deal_unknown" | "root_mismatch") =>
  new UploadRefused(409, { code, message: "no", hint: "sorry" });

function setup(change: Partial<UploadPorts> = {}) {
  const storage = memory();
  const key = createSessionKey(storage);
  const removeCar = vi.fn(async () => {});
  const ports: UploadPorts = {
    chainId: 31_337,
    storage,
    sessionKeyOf: (address) => sessionKeyOf(storage, address),
    chainNow: async () => 1_000,
    openCar: async () => new Blob(["0123456789"]),
    removeCar,
    upload: async ({ onProgress }) => {
      onProgress?.(4, 10);
      onProgress?.(10, 10);
      return statusOf("held");
    },
    status: async () => statusOf("absent"),
    pause: async () => {},
    ...change,
  };
  const job: UploadJob = {
    market: "0x00000000000000000000000000000000000000a1",
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

describe("UploadStore", () => {
  it("brings the bytes to the provider under a token that the session key signed", async () => {
    let options: UploadOptions | undefined;
    const { store, job, stages, stage, key } = setup({
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
    const { store, job, stages, stage } = setup({
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
    const { store, job, stage } = setup({ status: async () => statusOf("held"), upload });
    store.start(job);
    await vi.waitFor(() => expect(stage()?.name).toBe("held"));
    expect(upload).not.toHaveBeenCalled();
  });

  it("can be tried again after the connection failed, but not after a final refusal", async () => {
    const failures: Error[] = [new TypeError("fetch failed"), refused("root_mismatch")];
    const { store, job, stage } = setup({ upload: async () => Promise.reject(failures.shift()) });
    store.start(job);
    await vi.waitFor(() => expect(stage()).toMatchObject({ name: "failed", isFinal: false }));
    store.retry(uploadKey(job));
    await vi.waitFor(() => expect(stage()).toMatchObject({ name: "failed", isFinal: true }));
  });

  it("asks for the folder when the browser has discarded the packed files", async () => {
    const { store, job, stage } = setup({
      openCar: async () => Promise.reject(new DOMException("gone", "NotFoundError")),
    });
    store.start(job);
    await vi.waitFor(() => expect(stage()?.name).toBe("lost"));
  });

  it("says so when the key of the deal is in another browser", async () => {
    const { store, job, stage } = setup({ sessionKeyOf: () => undefined });
    store.start(job);
    await vi.waitFor(() => expect(stage()).toMatchObject({ name: "failed", isFinal: true }));
  });

  it("goes on after a reload, and forgets what has arrived", async () => {
    const first = setup({ upload: () => new Promise(() => {}) });
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

describe("drafts", () => {
  it("keep what a paid request will upload until it is under way", () => {
    const storage = memory();
    const { address } = createSessionKey(storage);
    expect(draftOf(storage, address)).toBeUndefined();
    saveDraft(storage, address, { carName: "x.car", sizeBytes: 10, folderName: "site" });
    expect(draftOf(storage, address)).toEqual({ carName: "x.car", sizeBytes: 10, folderName: "site" });
    dropDraft(storage, address);
    expect(draftOf(storage, address)).toBeUndefined();
  });
});
