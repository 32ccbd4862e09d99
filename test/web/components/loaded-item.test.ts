import type { ReactElement, ReactNode } from "react";
import { describe, expect, it } from "vitest";
import type { Asked } from "@/components/asked";
import { LoadedItem } from "@/components/LoadedItem";
import { Panel } from "@/components/Section";
import { EmptyState, LoadError } from "@/components/States";

const FAILURE = new Error("The index does not answer.");
const asked: Asked<string | null> = {
  data: undefined,
  error: null,
  errorUpdatedAt: 0,
  isFetching: false,
  refetch: () => {},
};
const words = {
  kind: "deal",
  what: "Deal 7",
  absent: { title: "There is no deal 7", hint: "The index knows none." },
  list: "See all deals",
  waiting: "Loading deal 7",
};

/** What the page shows of a state; it has no hooks, so that it is a function like others. */
function page(state: Partial<Asked<string | null>>, isNamed = true): ReactNode {
  return LoadedItem({ ...words, isNamed, asked: { ...asked, ...state }, children: (site) => `It is ${site}` });
}

/** The only thing in the panel that stands for the page. */
function inPanel(shown: ReactNode): ReactElement {
  const panel = shown as ReactElement<{ children: ReactElement }>;
  expect(panel.type).toBe(Panel);
  return panel.props.children;
}

describe("LoadedItem", () => {
  it("asks which one, and shows the way to all, where the address names none", () => {
    const { type, props } = inPanel(page({}, false));
    expect(type).toBe(EmptyState);
    expect(props).toMatchObject({
      isPage: true,
      title: "Which deal?",
      children: "The address names no deal. Choose one from the list.",
      action: words.list,
    });
  });

  it("says that there is none, and shows the way to all", () => {
    const { type, props } = inPanel(page({ data: null }));
    expect(type).toBe(EmptyState);
    const { title, hint } = words.absent;
    expect(props).toMatchObject({ isPage: true, title, children: hint, action: words.list });
  });

  it("waits for the first answer", () => {
    expect(page({ isFetching: true })).toBe(words.waiting);
  });

  it("says what could not be read, since when, and tries again", () => {
    const refetch = () => {};
    const { type, props } = inPanel(page({ error: FAILURE, errorUpdatedAt: 5, isFetching: true, refetch }));
    expect(type).toBe(LoadError);
    expect(props).toEqual({
      what: "Deal 7",
      error: FAILURE,
      failedAtMs: 5,
      isRetrying: true,
      onRetry: refetch,
      isPage: true,
    });
  });

  it("shows what is there, though asking again failed", () => {
    expect(page({ data: "a site" })).toBe("It is a site");
    expect(page({ data: "", error: FAILURE })).toBe("It is ");
  });

  it("does not take a failure for an absence", () => {
    expect(inPanel(page({ data: null, error: FAILURE })).type).toBe(EmptyState);
    expect(inPanel(page({ data: undefined, error: FAILURE })).type).toBe(LoadError);
  });
});
