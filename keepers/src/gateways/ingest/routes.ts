import { digestToCid } from "@4ever/sdk/pieces";
import { type Piece, piecesTypedData } from "@4ever/sdk/proofs";
import { type KeeperInfo, MAX_PART_BYTES } from "@4ever/sdk/uploads";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { type Address, type Hex, recoverTypedDataAddress } from "viem";
import { z } from "zod";
import { type Authority, authorize, openDeal } from "./authorize.ts";
import type { Receiver } from "./receive.ts";
import { IngestRefusal, refusalOf } from "./refusals.ts";

/** Longest time that a client waits for its upload to be checked, before it asks again. */
const FINALISE_WAIT_MS = 120_000;
const MAX_PIECES = 64;
/** A keeper that was just started takes a moment to lead; ten times this. */
const LEAD_WAIT_MS = 500;

const dealParams = z.object({
  dealId: z
    .string()
    .regex(/^\d{1,17}$/)
    .transform(BigInt),
});
const hash = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/i)
  .transform((text) => text.toLowerCase() as Hex);
const pieceParams = dealParams.extend({ root: hash });
const partQuery = z.object({
  from: z
    .string()
    .regex(/^\d{1,15}$/)
    .default("0")
    .transform(Number),
});
const additionBody = z.object({
  pieces: z
    .array(
      z.object({
        root: hash,
        leafCount: z
          .int()
          .positive()
          .max(2 ** 40 - 1),
        cidDigest: hash,
      }),
    )
    .min(1)
    .max(MAX_PIECES),
  nonce: z
    .int()
    .positive()
    .max(2 ** 32 - 3),
  signature: z
    .string()
    .regex(/^0x[0-9a-f]{130}$/i)
    .transform((text) => text as Hex),
});

type IngestOptions = Authority & {
  receiver: Receiver;
  operator: Address;
  contentUrl: string;
  proofs: Address;
  /** Whether this process is the one that acts; a standby takes no bytes. */
  isLeading: () => boolean;
  /** Something new may be due. */
  onDue: () => void;
};

/** Routes for customers: who we are, parts of pieces, later pieces. */
export function registerIngest(server: FastifyInstance, options: IngestOptions): void {
  const { receiver, store, provider, market, chainId } = options;

  server.get("/", (): KeeperInfo => {
    const { operator, contentUrl } = options;
    return { chainId, market, provider, operator, contentUrl, maxPartBytes: MAX_PART_BYTES };
  });

  server.get("/deals/:dealId", async (request) => {
    const { dealId } = parse(dealParams, request.params, "deal_unknown");
    const deal = await store.deal(dealId);
    if (!deal || deal.provider !== provider.toLowerCase()) {
      throw new IngestRefusal("deal_unknown", `deal ${dealId} is not known here`, "Check market, number and provider.");
    }
    const pieces = await store.piecesOf(dealId);
    return {
      dealId: dealId.toString(),
      status: deal.status,
      pieces: pieces.map(({ root, cidDigest, state }) => ({
        root,
        cid: cidDigest && digestToCid(cidDigest).toString(),
        state,
      })),
    };
  });

  async function allowed(request: FastifyRequest) {
    const { dealId, root } = parse(pieceParams, request.params, "deal_unknown");
    for (let patience = 10; patience > 0 && !options.isLeading(); patience--) await options.nextChange(LEAD_WAIT_MS);
    if (!options.isLeading()) {
      throw new IngestRefusal("standby", "this keeper is a standby", "Try again in a few seconds.");
    }
    return await authorize(options, { header: request.headers.authorization, dealId, root });
  }

  server.get("/deals/:dealId/pieces/:root", async (request) => {
    const { grant } = await allowed(request);
    return await receiver.statusOf(grant.dealId, grant.root, Number(grant.sizeBytes));
  });

  server.put("/deals/:dealId/pieces/:root", async (request) => {
    const { grant, deal } = await allowed(request);
    const { from } = parse(partQuery, request.query, "part_out_of_range");
    const header = request.headers["content-length"];
    const length = header === undefined ? undefined : Number(header);
    await receiver.receive(deal, grant, { from, length, body: request.raw });
    return await receiver.statusOf(grant.dealId, grant.root, Number(grant.sizeBytes));
  });

  server.post("/deals/:dealId/pieces/:root/finalise", async (request) => {
    const { grant } = await allowed(request);
    const sizeBytes = Number(grant.sizeBytes);
    const deadline = performance.now() + FINALISE_WAIT_MS;
    let status = await receiver.statusOf(grant.dealId, grant.root, sizeBytes);
    while (status.state === "verifying" && performance.now() < deadline && !request.raw.destroyed) {
      options.onDue();
      await options.nextChange(500);
      status = await receiver.statusOf(grant.dealId, grant.root, sizeBytes);
    }
    if (status.state === "refused" && status.error) throw refusalOf(status.error);
    if (status.state === "receiving" || status.state === "absent") {
      const bytes = status.received.reduce((sum, [from, to]) => sum + to - from, 0);
      const message = `${bytes} of ${status.sizeBytes} bytes are here`;
      throw new IngestRefusal("upload_incomplete", message, "Ask for the status, and send what is missing.");
    }
    options.onDue();
    return status;
  });

  server.post("/deals/:dealId/pieces", async (request) => {
    const { dealId } = parse(dealParams, request.params, "deal_unknown");
    const { pieces, nonce, signature } = parse(additionBody, request.body, "pieces_invalid");
    const deal = await openDeal(options, dealId);
    if (deal.status !== "active") {
      const message = `deal ${dealId} is ${deal.status}`;
      throw new IngestRefusal("piece_unexpected", message, "Pieces are added while the deal is active.");
    }
    await requireHeld(pieces);
    const typedData = piecesTypedData({
      chainId,
      proofs: options.proofs,
      market,
      dealId,
      pieces,
      nonce: BigInt(nonce),
    });
    const signer = await recoverTypedDataAddress({ ...typedData, signature }).catch(() => undefined);
    if (signer?.toLowerCase() !== deal.signer) {
      const message = `${signer ?? "nobody"} signed the pieces, the deal's key is ${deal.signer}`;
      throw new IngestRefusal("pieces_signature_foreign", message, "Sign with the deal's session key.");
    }
    if (!(await store.addAddition(dealId, nonce, { pieces, signature }))) {
      const message = `nonce ${nonce} was used for other pieces`;
      throw new IngestRefusal("pieces_nonce_used", message, "Sign again with a higher nonce.");
    }
    options.onDue();
    return {
      states: await Promise.all(
        pieces.map(async ({ root }) => ((await store.isAdded(dealId, root)) ? "added" : "held")),
      ),
    };
  });

  async function requireHeld(pieces: readonly Piece[]): Promise<void> {
    for (const { root, leafCount, cidDigest } of pieces) {
      const held = await store.held(root);
      if (!held) {
        const hint = "Upload it first, and wait until it is held.";
        throw new IngestRefusal("upload_incomplete", `the piece ${root} is not held`, hint);
      }
      if (held.leafCount !== leafCount) {
        const message = `the piece has ${held.leafCount} leaves, the signature says ${leafCount}`;
        throw new IngestRefusal("leaf_count_mismatch", message, "Sign the piece's real leaf count.");
      }
      if (held.cidDigest !== cidDigest) {
        const hint = "Sign the piece's real CID.";
        throw new IngestRefusal("cid_mismatch", "the piece's CAR names another root CID", hint);
      }
    }
  }
}

function parse<T extends z.ZodType>(
  schema: T,
  input: unknown,
  code: "deal_unknown" | "part_out_of_range" | "pieces_invalid",
): z.infer<T> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const message = result.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ");
  throw new IngestRefusal(code, message, "Check the address and what was sent.");
}
