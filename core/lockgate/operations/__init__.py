"""Operations of issuers that stand outside the registry's transaction: their statuses, runner and conclusion."""
