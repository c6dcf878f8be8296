-- grain: one row per signal that the agent's records of the month show, most above the area's share first.
SELECT signal, flagged_n, base_n, share, area_share
FROM signal
WHERE agent_id = $agent_id AND month = $month AND flagged_n > 0
ORDER BY share - area_share DESC, signal
