-- grain: one row per agent and signal that its records of the month show, most above the area's share first.
SELECT agent_id, signal, flagged_n, base_n, share, area_share
FROM signal
WHERE agent_id IN (SELECT unnest($agents)) AND month = $month AND flagged_n > 0
ORDER BY share - area_share DESC, signal
