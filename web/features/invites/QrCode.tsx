"use client";

import { useQuery } from "@tanstack/react-query";
import { Skeleton } from "@/components/Skeleton";

/** A link as a picture for a phone's camera. Dark on light in both themes: many cameras read nothing else. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const { data, isError } = useQuery({
    queryKey: ["qr", text],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async () => {
      const { encode } = await import("uqr");
      const { data: rows, size } = encode(text, { ecc: "L", border: 4 });
      const path = rows
        .flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])))
        .join("");
      return { path, size };
    },
  });
  if (isError) return <p className="text-sm text-muted">The picture could not be drawn. The link above is the same.</p>;
  if (!data) return <Skeleton className="aspect-square w-full max-w-64" />;
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${data.size} ${data.size}`}
      shapeRendering="crispEdges"
      className="aspect-square w-full max-w-64 rounded border border-line"
    >
      <rect width={data.size} height={data.size} fill="#fff" />
      <path d={data.path} fill="#000" />
    </svg>
  );
}
