"use client";

import { TABLES, type TableName } from "@4ever/sdk/subgraph/tables/index";
import type { Filter, Table } from "@4ever/sdk/subgraph/tables/table";
import { ArrowDownWideNarrow, ArrowUpNarrowWide, X } from "lucide-react";
import { useId, useState } from "react";
import { Button, IconButton } from "@/components/Button";
import { classes } from "@/components/classes";
import type { Selected } from "@/features/explorer/selection";

const CONTROL =
  "h-8 min-w-0 rounded border border-line-control bg-surface px-2 text-sm outline-none focus:border-accent pointer-coarse:h-10";

/** Conditions and order of a table. A change starts at the first page again. */
export function FilterBar({
  name,
  selected,
  fixed,
  onChange,
}: {
  name: TableName;
  selected: Selected;
  /** Conditions that the page itself sets. */
  fixed: readonly string[];
  onChange: (selected: Selected) => void;
}) {
  const table: Table = TABLES[name];
  const { filters, sort, direction } = selected;
  const set = (filter: string, value: string) => {
    const { [filter]: _, ...rest } = filters;
    onChange({ sort, direction, filters: value ? { ...rest, [filter]: value } : rest });
  };
  const open = Object.entries(table.filters).filter(([filter]) => !fixed.includes(filter));
  const isFiltered = open.some(([filter]) => filters[filter]);
  const Arrow = direction === "desc" ? ArrowDownWideNarrow : ArrowUpNarrowWide;
  const turned = direction === "desc" ? "Largest or newest first" : "Smallest or oldest first";
  return (
    <div className="flex flex-wrap items-end gap-x-3 gap-y-2 border-b border-line px-4 py-3">
      {open.map(([filter, spec]) => (
        <FilterControl
          key={`${filter}:${filters[filter] ?? ""}`}
          spec={spec}
          value={filters[filter] ?? ""}
          onSet={(value) => set(filter, value)}
        />
      ))}
      {isFiltered ? (
        <Button
          size="sm"
          look="quiet"
          icon={<X aria-hidden className="size-3.5" />}
          onClick={() => onChange({ sort, direction, filters: pick(filters, fixed) })}
        >
          Clear
        </Button>
      ) : null}
      <div className="ml-auto flex items-end gap-1">
        <Choice
          label="Sort by"
          value={sort}
          options={Object.entries(table.sorts).map(([value, { label }]) => ({ value, label }))}
          onChoose={(value) => onChange({ filters, direction, sort: value })}
        />
        <IconButton
          label={turned}
          className="size-8"
          onClick={() => onChange({ filters, sort, direction: direction === "desc" ? "asc" : "desc" })}
        >
          <Arrow aria-hidden className="size-4" />
        </IconButton>
      </div>
    </div>
  );
}

function pick(filters: Readonly<Record<string, string>>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(filters).filter(([filter]) => names.includes(filter)));
}

function FilterControl({ spec, value, onSet }: { spec: Filter; value: string; onSet: (value: string) => void }) {
  const id = useId();
  const [typed, setTyped] = useState(value);
  if (spec.options) {
    return (
      <Choice
        label={spec.label}
        value={value}
        options={[{ value: "", label: "All" }, ...spec.options]}
        onChoose={onSet}
      />
    );
  }
  return (
    <form
      className="min-w-0"
      onSubmit={(event) => {
        event.preventDefault();
        onSet(typed.trim());
      }}
    >
      <label htmlFor={id} className="mb-1 block text-xs text-muted">
        {spec.label}
      </label>
      <input
        id={id}
        value={typed}
        placeholder={`e.g. ${spec.example}`} // a bare example looks like a condition
        spellCheck={false}
        autoComplete="off"
        enterKeyHint="search"
        onChange={(event) => setTyped(event.target.value)}
        onBlur={() => typed.trim() !== value && onSet(typed.trim())}
        className={classes(CONTROL, "w-32 font-mono placeholder:text-faint")}
      />
    </form>
  );
}

function Choice({
  label,
  value,
  options,
  onChoose,
}: {
  label: string;
  value: string;
  options: readonly { value: string; label: string }[];
  onChoose: (value: string) => void;
}) {
  const id = useId();
  return (
    <div className="min-w-0">
      <label htmlFor={id} className="mb-1 block text-xs text-muted">
        {label}
      </label>
      <select
        id={id}
        value={value}
        onChange={(event) => onChoose(event.target.value)}
        className={classes(CONTROL, "pr-1")}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </div>
  );
}
