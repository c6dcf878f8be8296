-- request: one row per line that asks for a correction of a miss, by the code printed beside it
-- key: file, row
SELECT
    -- as a person types it: full-width, with marks between or before; what has no partner is left out
    upper(translate(code, '０１２３４５６７８９ＡＢＣＤＥＦａｂｃｄｅｆ -－—–_＿#＃　', '0123456789ABCDEFabcdef')) AS code, agent_id, reason_code, proof,
    CASE WHEN approver_name_means IS NULL THEN approver_name END AS approver_name, file, row
FROM clean.corrections
