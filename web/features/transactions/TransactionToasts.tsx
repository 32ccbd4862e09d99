"use client";

import { useEffect, useRef, useState } from "react";
import { Toast, ToastRegion } from "@/components/Toast";
import { useTransactionStore, useTransactions } from "@/lib/transactions/provider";
import type { TransactionRecord } from "@/lib/transactions/types";

type News = { key: string; id: string; tone: "good" | "bad"; title: string; text: string };

function newsOf({ id, title, stage }: TransactionRecord): News | undefined {
  if (stage.name === "done")
    return { key: `${id}-done`, id, tone: "good", title: `${title}: done`, text: "Confirmed on chain and indexed." };
  if (stage.name === "failed" || stage.name === "uncertain") {
    return { key: `${id}-${stage.name}`, id, tone: "bad", title: `${title}: needs you`, text: stage.explanation.what };
  }
  return undefined;
}

/** Says what became of transactions whose drawer is closed. */
export function TransactionToasts() {
  const store = useTransactionStore();
  const { records, openId } = useTransactions();
  const [shown, setShown] = useState<readonly News[]>([]);
  const previous = useRef<ReadonlyMap<string, string> | undefined>(undefined);

  useEffect(() => {
    const before = previous.current;
    previous.current = new Map(records.map(({ id, stage }) => [id, stage.name]));
    if (!before) return; // What an earlier visit finished is no news.
    const news = records
      .filter(({ id, stage }) => id !== openId && before.has(id) && before.get(id) !== stage.name)
      .map(newsOf)
      .filter((each) => each !== undefined);
    if (news.length > 0)
      setShown((current) => [...current.filter(({ id }) => !news.some((each) => each.id === id)), ...news]);
  }, [records, openId]);

  return (
    <ToastRegion>
      {shown.map(({ key, id, tone, title, text }) => (
        <Toast
          key={key}
          tone={tone}
          title={title}
          action={{ label: "Show", onPress: () => store.show(id) }}
          onClose={() => setShown((current) => current.filter((each) => each.key !== key))}
        >
          {text}
        </Toast>
      ))}
    </ToastRegion>
  );
}
