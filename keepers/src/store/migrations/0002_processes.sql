CREATE TABLE "nonces" (
	"account" text NOT NULL,
	"nonce" bigint NOT NULL,
	"is_foreign" boolean NOT NULL,
	"what" text,
	CONSTRAINT "nonces_account_nonce_pk" PRIMARY KEY("account","nonce")
);
--> statement-breakpoint
CREATE TABLE "processes" (
	"id" text PRIMARY KEY NOT NULL,
	"url" text NOT NULL,
	"is_leading" boolean DEFAULT false NOT NULL,
	"problem" text,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"seen_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "senders" (
	"account" text PRIMARY KEY NOT NULL,
	"since_nonce" bigint NOT NULL,
	"adopted_at" bigint
);
--> statement-breakpoint
CREATE TABLE "volume" (
	"id" smallint PRIMARY KEY DEFAULT 1 NOT NULL,
	"name" text NOT NULL
);
--> statement-breakpoint
-- What was sent before nonces were written down one by one is ours, whatever the outbox has forgotten of it.
INSERT INTO "senders" ("account", "since_nonce")
SELECT "signer", max("nonce") + 1 FROM "outbox" WHERE "nonce" IS NOT NULL GROUP BY "signer";
