"use client";

import { Button } from "@/components/Button";
import { Progress } from "@/components/Progress";
import { Notice } from "@/components/States";
import { type Step, Steps } from "@/components/Steps";
import { formatBytes } from "@/lib/format/bytes";
import type { UploadStage } from "@/lib/uploads/types";

/** Position of the step that is under way; 4 when the site is open. */
function positionOf(stage: UploadStage | undefined, isAccepted: boolean): number {
  if (isAccepted) return 4;
  switch (stage?.name) {
    case undefined:
      return 0;
    case "starting":
    case "waiting":
      return 0;
    case "sending":
    case "lost":
      return 1;
    case "checking":
      return 2;
    case "signing":
    case "held":
      return 3;
    case "added":
      return 4;
    case "failed":
      return 1;
  }
}

/** From the paid request, or the published folder, to the open site: what the browser and the provider are doing. */
export function UploadProgress({
  stage,
  sizeBytes,
  providerName,
  isAccepted,
  isLaterPiece = false,
  onRetry,
  folderChoice,
}: {
  stage: UploadStage | undefined;
  sizeBytes: number;
  providerName: string;
  isAccepted: boolean;
  /** Whether the piece joins a deal that runs already. */
  isLaterPiece?: boolean;
  onRetry: () => void;
  /** Shown when the browser has discarded the packed folder. */
  folderChoice: React.ReactNode;
}) {
  const position = positionOf(stage, isAccepted);
  const hasFailed = stage?.name === "failed" && !isAccepted;
  const titles = [
    "The provider sees the deal",
    "Your files travel to it",
    "It checks every byte",
    isLaterPiece ? "It puts the piece under proof" : "It accepts and puts the piece under proof",
  ];
  const steps: Step[] = titles.map((title, index) => ({
    key: title,
    title,
    state: index < position ? "done" : index > position ? "waiting" : hasFailed ? "failed" : "running",
    ...(index === position && index === 1 && stage?.name === "sending"
      ? {
          detail: (
            <Progress
              label="Uploading"
              share={stage.receivedBytes / sizeBytes}
              detail={`${formatBytes(stage.receivedBytes)} of ${formatBytes(sizeBytes)}`}
            />
          ),
        }
      : {}),
    ...(index === position && index === 3
      ? {
          detail:
            stage?.name === "signing"
              ? "The deal’s session key signs the piece."
              : isLaterPiece
                ? `${providerName} holds the bytes; its keeper sends the addition.`
                : `${providerName} holds the bytes; its keeper sends the acceptance.`,
        }
      : {}),
  }));
  return (
    <div className="space-y-4">
      {stage?.name === "failed" && !isAccepted ? (
        <Notice
          tone="bad"
          title={stage.explanation.what}
          action={
            stage.isFinal ? undefined : (
              <Button size="sm" onClick={onRetry}>
                Go on uploading
              </Button>
            )
          }
        >
          {stage.explanation.next}
        </Notice>
      ) : null}
      {stage?.name === "lost" && !isAccepted ? (
        <Notice tone="warn" title="This browser has discarded the packed files" action={folderChoice}>
          Choose the same folder again; what has arrived at the provider is not sent twice.
        </Notice>
      ) : null}
      <Steps label="Progress of the upload" steps={steps} />
    </div>
  );
}
