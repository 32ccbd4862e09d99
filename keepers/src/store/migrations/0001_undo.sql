-- Every change that a block makes to a projected table leaves the row as it was, so that a reorg can be undone whatever the handler did.
-- The setting names the block that is being applied; changes outside of it (pruning, undoing itself) are not written down.
CREATE FUNCTION "record_undo"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	applied text := current_setting('keeper.block', true);
BEGIN
	IF applied IS NULL OR applied = '' THEN
		RETURN NULL;
	END IF;
	INSERT INTO "chain_undo" ("block_number", "table_name", "before", "after")
	VALUES (
		applied::bigint,
		TG_TABLE_NAME,
		CASE WHEN TG_OP = 'INSERT' THEN NULL ELSE to_jsonb(OLD) END,
		CASE WHEN TG_OP = 'DELETE' THEN NULL ELSE to_jsonb(NEW) END
	);
	RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER "deals_undo" AFTER INSERT OR UPDATE OR DELETE ON "deals" FOR EACH ROW EXECUTE FUNCTION "record_undo"();--> statement-breakpoint
CREATE TRIGGER "pieces_undo" AFTER INSERT OR UPDATE OR DELETE ON "pieces" FOR EACH ROW EXECUTE FUNCTION "record_undo"();--> statement-breakpoint
CREATE TRIGGER "sets_undo" AFTER INSERT OR UPDATE OR DELETE ON "sets" FOR EACH ROW EXECUTE FUNCTION "record_undo"();--> statement-breakpoint
CREATE TRIGGER "rounds_undo" AFTER INSERT OR UPDATE OR DELETE ON "rounds" FOR EACH ROW EXECUTE FUNCTION "record_undo"();--> statement-breakpoint
CREATE TRIGGER "proofs_undo" AFTER INSERT OR UPDATE OR DELETE ON "proofs" FOR EACH ROW EXECUTE FUNCTION "record_undo"();
