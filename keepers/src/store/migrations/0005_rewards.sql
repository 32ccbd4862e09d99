CREATE TABLE "due_rewards" (
	"epoch" bigint NOT NULL,
	"token_id" bigint NOT NULL,
	"amount" numeric(78, 0) NOT NULL,
	"running_epoch" bigint NOT NULL,
	CONSTRAINT "due_rewards_epoch_token_id_pk" PRIMARY KEY("epoch","token_id")
);
--> statement-breakpoint
CREATE TABLE "recorded_fees" (
	"source" text NOT NULL,
	"id" numeric(78, 0) NOT NULL,
	"paid" numeric(78, 0) NOT NULL,
	"is_final" boolean NOT NULL,
	"block_number" bigint NOT NULL,
	CONSTRAINT "recorded_fees_source_id_pk" PRIMARY KEY("source","id")
);
