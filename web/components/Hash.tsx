"use client";

import { CopyButton } from "@/components/CopyButton";
import { PageLink } from "@/components/PageLink";
import { Tooltip } from "@/components/Tooltip";
import { shorten } from "@/lib/format/hash";

type Kind = "address" | "CID" | "transaction" | "root" | "seed" | "id";

/** An address, CID or hash: short in the middle, whole in the tooltip, copyable, and linked where there is a place for it. */
export function Hash({
  text,
  kind,
  href,
  label,
}: {
  text: string;
  kind: Kind;
  href?: string | undefined;
  label?: string;
}) {
  const short = (
    <span className={label ? "" : "font-mono text-[0.93em]"}>{label ?? shorten(text, kind === "CID" ? 8 : 6)}</span>
  );
  const isOutside = href?.startsWith("http");
  return (
    <span className="inline-flex min-w-0 items-center gap-0.5 whitespace-nowrap">
      <Tooltip content={<span className="font-mono break-all">{text}</span>}>
        {href ? (
          isOutside ? (
            <a className="link" href={href} target="_blank" rel="noreferrer">
              {short}
            </a>
          ) : (
            <PageLink className="link" href={href}>
              {short}
            </PageLink>
          )
        ) : (
          <span>{short}</span>
        )}
      </Tooltip>
      <CopyButton text={text} label={kind} />
    </span>
  );
}
