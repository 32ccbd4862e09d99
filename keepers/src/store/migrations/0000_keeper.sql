CREATE TABLE "additions" (
	"deal_id" bigint NOT NULL,
	"nonce" bigint NOT NULL,
	"pieces" jsonb NOT NULL,
	"signature" text NOT NULL,
	"state" text DEFAULT 'pending' NOT NULL,
	"error" text,
	CONSTRAINT "additions_deal_id_nonce_pk" PRIMARY KEY("deal_id","nonce")
);
--> statement-breakpoint
CREATE TABLE "car_blocks" (
	"digest" "bytea" NOT NULL,
	"root" text NOT NULL,
	CONSTRAINT "car_blocks_digest_root_pk" PRIMARY KEY("digest","root")
);
--> statement-breakpoint
CREATE TABLE "chain_blocks" (
	"number" bigint PRIMARY KEY NOT NULL,
	"hash" text NOT NULL,
	"at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "chain_cursor" (
	"id" smallint PRIMARY KEY DEFAULT 1 NOT NULL,
	"chain_id" bigint NOT NULL,
	"genesis_hash" text NOT NULL,
	"market" text NOT NULL,
	"block_number" bigint NOT NULL,
	"block_hash" text NOT NULL,
	"block_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "chain_undo" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"block_number" bigint NOT NULL,
	"table_name" text NOT NULL,
	"before" jsonb,
	"after" jsonb
);
--> statement-breakpoint
CREATE TABLE "deals" (
	"deal_id" bigint PRIMARY KEY NOT NULL,
	"deal_key" numeric(78, 0) NOT NULL,
	"status" text NOT NULL,
	"customer" text NOT NULL,
	"provider" text NOT NULL,
	"signer" text NOT NULL,
	"offer_id" bigint NOT NULL,
	"token_id" bigint NOT NULL,
	"capacity_bytes" bigint NOT NULL,
	"term_periods" bigint NOT NULL,
	"unit_price" numeric(78, 0) NOT NULL,
	"locked" numeric(78, 0) NOT NULL,
	"accept_by" bigint NOT NULL,
	"first_root" text NOT NULL,
	"first_leaf_count" bigint NOT NULL,
	"first_cid_digest" text NOT NULL,
	"set_id" bigint,
	"from_period" bigint,
	"term_end_period" bigint,
	"end_period" bigint,
	"settled_period" bigint,
	"earned" numeric(78, 0) DEFAULT 0 NOT NULL,
	"live_bytes" bigint DEFAULT 0 NOT NULL,
	"requested_block" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "held_pieces" (
	"root" text PRIMARY KEY NOT NULL,
	"cid_digest" text NOT NULL,
	"leaf_count" bigint NOT NULL,
	"size_bytes" bigint NOT NULL,
	"held_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "outbox" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"key" text NOT NULL,
	"signer" text NOT NULL,
	"to_address" text NOT NULL,
	"data" text NOT NULL,
	"label" text NOT NULL,
	"priority" smallint NOT NULL,
	"not_after" bigint,
	"status" text NOT NULL,
	"nonce" bigint,
	"gas" bigint,
	"hash" text,
	"block_number" bigint,
	"gas_used" bigint,
	"error" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "outbox_attempts" (
	"outbox_id" bigint NOT NULL,
	"hash" text NOT NULL,
	"raw" text NOT NULL,
	"max_fee_per_gas" numeric(78, 0) NOT NULL,
	"max_priority_fee_per_gas" numeric(78, 0) NOT NULL,
	"signed_at_block" bigint NOT NULL,
	CONSTRAINT "outbox_attempts_outbox_id_hash_pk" PRIMARY KEY("outbox_id","hash")
);
--> statement-breakpoint
CREATE TABLE "pieces" (
	"set_id" bigint NOT NULL,
	"slot" bigint NOT NULL,
	"deal_id" bigint NOT NULL,
	"root" text NOT NULL,
	"cid_digest" text NOT NULL,
	"meta" numeric(78, 0) NOT NULL,
	"start" bigint NOT NULL,
	"length" bigint NOT NULL,
	"leaf_count" bigint NOT NULL,
	"added_in" bigint NOT NULL,
	"removed_in" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "pieces_set_id_slot_pk" PRIMARY KEY("set_id","slot")
);
--> statement-breakpoint
CREATE TABLE "proofs" (
	"set_id" bigint NOT NULL,
	"period" bigint NOT NULL,
	CONSTRAINT "proofs_set_id_period_pk" PRIMARY KEY("set_id","period")
);
--> statement-breakpoint
CREATE TABLE "rounds" (
	"period" bigint PRIMARY KEY NOT NULL,
	"seed" text NOT NULL,
	"block_number" bigint NOT NULL,
	"due_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sets" (
	"set_id" bigint PRIMARY KEY NOT NULL,
	"provider" text NOT NULL,
	"operator" text NOT NULL,
	"last_proven_period" bigint,
	"last_missed_period" bigint,
	"strikes" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "uploads" (
	"deal_id" bigint NOT NULL,
	"root" text NOT NULL,
	"state" text NOT NULL,
	"size_bytes" bigint NOT NULL,
	"received" "int8multirange" DEFAULT '{}'::int8multirange NOT NULL,
	"error" jsonb,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "uploads_deal_id_root_pk" PRIMARY KEY("deal_id","root")
);
--> statement-breakpoint
CREATE INDEX "car_blocks_root" ON "car_blocks" USING btree ("root");--> statement-breakpoint
CREATE INDEX "chain_undo_block" ON "chain_undo" USING btree ("block_number");--> statement-breakpoint
CREATE INDEX "deals_status" ON "deals" USING btree ("status","provider");--> statement-breakpoint
CREATE INDEX "held_pieces_cid" ON "held_pieces" USING btree ("cid_digest");--> statement-breakpoint
CREATE UNIQUE INDEX "outbox_key" ON "outbox" USING btree ("key");--> statement-breakpoint
CREATE UNIQUE INDEX "outbox_nonce" ON "outbox" USING btree ("signer","nonce") WHERE "outbox"."status" in ('sent', 'mined', 'reverted');--> statement-breakpoint
CREATE INDEX "outbox_open" ON "outbox" USING btree ("status","priority");--> statement-breakpoint
CREATE INDEX "pieces_deal" ON "pieces" USING btree ("deal_id");--> statement-breakpoint
CREATE INDEX "pieces_cid" ON "pieces" USING btree ("cid_digest");--> statement-breakpoint
CREATE INDEX "pieces_root" ON "pieces" USING btree ("root");--> statement-breakpoint
CREATE INDEX "pieces_line" ON "pieces" USING btree ("set_id","start");