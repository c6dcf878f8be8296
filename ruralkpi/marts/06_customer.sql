-- customer: one row per customer, as its newest list has it, at the newest class and assignment in that
-- key: customer_id
SELECT
    customer_id, customer_name, is_government, is_important, is_government OR is_important AS is_key, is_active,
    village_name, is_urban, birthday_month_n, birthday_day_n, is_birthday_lunar, is_birthday_leap, is_ehome, agent_id, is_state_only, absent, file, row
FROM (
    SELECT *, row_number() OVER (PARTITION BY customer_id ORDER BY list_no DESC, class_from_on DESC, assigned_from_on DESC, file_no DESC, row DESC) AS newness
    FROM customer_history
) AS ranked
WHERE newness = 1
