CREATE TABLE "channel_changes" (
	"block_number" bigint NOT NULL,
	"log_index" integer NOT NULL,
	"channel_id" bigint NOT NULL,
	"locked" numeric(78, 0),
	"expires_at" bigint,
	"redeemed" numeric(78, 0),
	"closes_at" bigint,
	"is_closed" boolean,
	CONSTRAINT "channel_changes_block_number_log_index_pk" PRIMARY KEY("block_number","log_index")
);
--> statement-breakpoint
CREATE TABLE "channels" (
	"channel_id" bigint PRIMARY KEY NOT NULL,
	"block_number" bigint NOT NULL,
	"payer" text NOT NULL,
	"payout" text NOT NULL,
	"service_id" text NOT NULL,
	"token_id" bigint NOT NULL,
	"session_key" text NOT NULL,
	"locked" numeric(78, 0) NOT NULL,
	"expires_at" bigint NOT NULL,
	"fee_bps" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "vouchers" (
	"channel_id" bigint NOT NULL,
	"service_id" text NOT NULL,
	"session_key" text NOT NULL,
	"locked" numeric(78, 0) NOT NULL,
	"cumulative" numeric(78, 0) NOT NULL,
	"usage_root" text NOT NULL,
	"r" text NOT NULL,
	"vs" text NOT NULL,
	"received_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "vouchers_channel_id_service_id_session_key_locked_pk" PRIMARY KEY("channel_id","service_id","session_key","locked")
);
--> statement-breakpoint
ALTER TABLE "chain_cursor" ADD COLUMN "channels_hash" text;--> statement-breakpoint
CREATE INDEX "channel_changes_channel" ON "channel_changes" USING btree ("channel_id");