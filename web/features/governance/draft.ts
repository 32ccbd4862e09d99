import type { Deployment } from "@4ever/sdk/deployments";
import type { ProposalCall } from "@4ever/sdk/governance/call-sentences";
import { type Bounds, boundWords, composeCall } from "@4ever/sdk/governance/compose";
import { type CallField, type Proposable, proposablesOf } from "@4ever/sdk/governance/proposable";

/** A call that is being written. `id` is empty until what to change is chosen. */
export interface CallDraft {
  key: number;
  id: string;
  values: Readonly<Record<string, string>>;
}

export interface ProposalDraft {
  title: string;
  why: string;
  calls: readonly CallDraft[];
}

/** Most calls of a proposal: `EverGovernor.MAX_CALLS`. */
export const MAX_CALLS = 16;
const MOST_TITLE = 120;
/** Longest reasoning: it is on chain, and whoever proposes pays for each byte. Characters. */
const MOST_WHY = 10_000;

/** A draft, read: what is proposed, or what is wrong with it. */
export type ReadDraft =
  | { ok: true; calls: readonly ProposalCall[]; description: string }
  | { ok: false; problems: { title?: string; why?: string; calls?: string } };

/** One call, read: encoded, or what is wrong with it by field. Problems without a field have the name "". */
export type ReadCall = { ok: true; call: ProposalCall } | { ok: false; problems: Readonly<Record<string, string>> };

export function readCall(deployment: Deployment, { id, values }: CallDraft, bounds: Bounds | undefined): ReadCall {
  const proposable = proposablesOf(deployment).find((each) => each.id === id);
  if (!proposable) return { ok: false, problems: { "": "Choose what to change." } };
  return composeCall(deployment, { proposable, values, ...(bounds ? { bounds } : {}) });
}

/** The calls of a draft, read: encoded, or what is wrong with them together. */
export function readCalls(
  deployment: Deployment,
  drafts: readonly CallDraft[],
  bounds: Bounds | undefined,
): { ok: true; calls: readonly ProposalCall[] } | { ok: false; problem: string } {
  const calls = drafts.flatMap((draft) => {
    const read = readCall(deployment, draft, bounds);
    return read.ok ? [read.call] : [];
  });
  if (drafts.length === 0) return { ok: false, problem: "Add a call: a proposal does something." };
  if (calls.length < drafts.length) return { ok: false, problem: "A call is not complete." };
  return { ok: true, calls };
}

/** Reads a draft as a whole. Never throws. */
export function readDraft(deployment: Deployment, draft: ProposalDraft, bounds: Bounds | undefined): ReadDraft {
  const problems: { title?: string; why?: string; calls?: string } = {};
  const title = draft.title.trim();
  if (title === "") problems.title = "Say in a line what it is about.";
  else if (title.length > MOST_TITLE) problems.title = `At most ${MOST_TITLE} characters: the rest belongs below.`;
  if (draft.why.length > MOST_WHY) problems.why = `At most ${MOST_WHY} characters: link to the rest by its CID.`;
  const read = readCalls(deployment, draft.calls, bounds);
  if (!read.ok) problems.calls = read.problem;
  if (!read.ok || Object.keys(problems).length > 0) return { ok: false, problems };
  const why = draft.why.trim();
  return { ok: true, calls: read.calls, description: `# ${title}${why ? `\n\n${why}` : ""}` };
}

/** What each field begins with: the first of its choices, otherwise nothing. */
export function emptyValues({ fields }: Proposable): Record<string, string> {
  return Object.fromEntries(fields.map(({ name, options }) => [name, options?.[0]?.value ?? ""]));
}

const KIND_HINTS: Partial<Record<CallField["kind"], string>> = {
  span: "Such as 90s, 12h or 2d.",
  bytes: "Such as 1GiB.",
  address: "0x and 40 digits, or the name of a contract.",
};

/** What to write into a field: its hard bounds, and how it is written. */
export function hintOf(field: CallField, bounds: Bounds | undefined): string | undefined {
  const bound = field.bounds && bounds?.[field.bounds];
  const range = bound && `${boundWords(field, bound.min)} to ${boundWords(field, bound.max)}, whatever is voted.`;
  const words = [range, field.hint ?? KIND_HINTS[field.kind]].filter(Boolean).join(" ");
  return words === "" ? undefined : words;
}
