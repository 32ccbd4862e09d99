"use client";

import { Section } from "@/components/Section";
import { useAppConfig } from "@/lib/config-context";
import { formatSpan } from "@/lib/format/time";

/** What delegating risks, in plain words: before the money moves, not after. */
export function Risk() {
  const { unbondingSeconds } = useAppConfig().deployment.parameters;
  return (
    <Section title="What you risk">
      <ul className="list-disc space-y-2 pl-4 text-sm text-muted marker:text-faint">
        <li>
          <strong className="font-medium text-ink">Slashes.</strong> A provider’s faults cost its own stake first. When
          that is gone they cost its delegators, all in proportion. It may hold only a ninth of what stands behind it.
        </li>
        <li>
          <strong className="font-medium text-ink">Time.</strong> What you take out thaws for{" "}
          {formatSpan(unbondingSeconds)}, and can be slashed until you withdraw it. An open case can hold it back
          longer.
        </li>
        <li>
          <strong className="font-medium text-ink">Rewards are no promise.</strong> They come from fees that the
          provider’s customers paid and that were burned; without those there are none. Of the delegators’ part the
          provider keeps its cut, which it can raise after a notice.
        </li>
        <li>
          <strong className="font-medium text-ink">What it cannot do.</strong> The provider cannot take, move or hold
          your EVER. You can start to leave at any time, whatever its deals hold.
        </li>
      </ul>
    </Section>
  );
}
