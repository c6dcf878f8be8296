-- fault: one row per fault ticket; class and place of the customer as at the report
-- key: source_id
SELECT
    fault.fault_id AS source_id,
    'faults' AS source_table,
    fault.customer_id,
    coalesce(fault.agent_id, held.agent_id) AS agent_id,
    coalesce(fault.repairer_id, fault.agent_id, held.agent_id) AS repairer_id,
    coalesce(trade.is_repairer, false) AS is_repaired_by_agent,
    coalesce(agent.area_id, '-') AS area_id,
    coalesce(repairer.area_id, agent.area_id, '-') AS repair_area_id,
    -- whoever sees the fault through: the agent who repairs it, else the one who took the report
    CASE WHEN trade.is_repairer THEN repairer.agent_id
         WHEN coalesce(fault.channel_means, '') <> 'hotline' AND coalesce(fault.agent_id_means, '') <> 'hotline' THEN agent.agent_id END AS handler_id,
    CASE WHEN trade.is_repairer THEN repairer.area_id ELSE coalesce(agent.area_id, '-') END AS handler_area_id,
    CASE WHEN 'hotline' IN (coalesce(fault.channel_means, ''), coalesce(fault.agent_id_means, '')) THEN 'hotline' ELSE 'agent' END AS accepted_by,
    fault.product,
    coalesce(class.is_urban, false) AS is_urban,
    coalesce(class.is_important, false) AS is_important,
    fault.reported_at,
    fault.reported_precision,
    CASE WHEN fault.consented_at IS NOT NULL THEN fault.consented_at ELSE coalesce(fault.accepted_at, fault.reported_at) END AS lodge_from_at,
    CASE WHEN fault.consented_at IS NOT NULL THEN fault.consented_precision
         ELSE coalesce(fault.accepted_precision, fault.reported_precision) END AS lodge_from_precision,
    fault.consented_at IS NULL AS is_consent_unknown,
    fault.consented_at IS NOT NULL OR fault.lodged_at IS NOT NULL AS is_to_lodge,
    fault.lodged_at, fault.lodged_precision,
    fault.symptom,
    fault.first_told_at, fault.first_told_precision,
    -- repaired, and the customer said so: settled at the later of the two
    CASE WHEN fault.repaired_at IS NOT NULL AND fault.confirmed_at IS NOT NULL THEN greatest(fault.repaired_at, fault.confirmed_at) END AS settled_at,
    CASE WHEN fault.confirmed_at >= fault.repaired_at THEN fault.confirmed_precision ELSE fault.repaired_precision END AS settled_precision,
    coalesce(greatest(fault.repaired_at, fault.confirmed_at) < fault.first_told_at, true)
        AND fault.repaired_at IS NOT NULL AND fault.confirmed_at IS NOT NULL AS is_settled_first,
    fault.repaired_at, fault.repaired_precision,
    fault.confirmed_at, fault.confirmed_precision,
    fault.closed_at, fault.closed_precision,
    fault.escalated_at, fault.escalated_precision,
    fault.cause,
    coalesce(fault.cause_means = 'terminal', false) AS is_terminal,
    coalesce(fault.is_major, false) AS is_major,
    coalesce(fault.is_deferred, false) AS is_deferred,
    fault.called_back_at, fault.called_back_precision,
    fault.call_back_result,
    fault.call_back_result_means AS call_back_said,
    fault.file, fault.row, fault.absent, fault.version_n, fault.file_month
FROM clean.faults AS fault
LEFT JOIN assignment_span AS held
    ON held.customer_id = fault.customer_id AND CAST(fault.reported_at AS DATE) BETWEEN held.from_on AND held.to_on
LEFT JOIN class_span AS class
    ON class.customer_id = fault.customer_id AND CAST(fault.reported_at AS DATE) BETWEEN class.from_on AND class.to_on
LEFT JOIN agent ON agent.agent_id = coalesce(fault.agent_id, held.agent_id)
LEFT JOIN agent AS repairer ON repairer.agent_id = coalesce(fault.repairer_id, fault.agent_id, held.agent_id)
LEFT JOIN agent_area AS trade
    ON trade.agent_id = repairer.agent_id AND CAST(fault.reported_at AS DATE) BETWEEN trade.from_on AND trade.to_on
