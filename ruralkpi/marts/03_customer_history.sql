-- customer_history: one row per list, and per customer, class span and assignment span in it, as exported (X10)
-- A class or assignment without a date of its own is that of its file's month and lasts until the next list says otherwise; it
-- never reaches back (X33). A list that is said to be full ends, by its month, whoever is not on it; a file without a month
-- holds for all time.
-- key: customer_id, class_from_on, assigned_from_on, listed_from_on
WITH list_month AS (
    SELECT mapping, month, coalesce(lead(month) OVER (PARTITION BY mapping ORDER BY month), '2200-01') AS next_month
    FROM (SELECT DISTINCT mapping, file_month AS month FROM clean.customers WHERE is_full_list AND file_month <> '') AS listed
)
SELECT
    customer_id,
    agent_id,
    customer_name,
    coalesce(customer_class, '') || '/' || coalesce(customer_grade, '') AS class_text,
    says_government > 0 AS is_government,
    says_important > 0 AS is_important,
    -- an unknown state is active (X25)
    coalesce(status_means, 'active') <> 'inactive' AS is_active,
    village_name,
    is_urban,
    birthday_month_n,
    birthday_day_n,
    is_birthday_lunar,
    is_birthday_leap,
    is_ehome,
    grade_from_on IS NULL AND assigned_from_on IS NULL AS is_state_only,
    assigned_from_on IS NOT NULL AS is_assignment_dated,
    listed_from_on,
    coalesce(grade_from_on, listed_from_on) AS class_from_on,
    least(listed_to_on, CASE WHEN year(grade_to_on) < 2099 THEN grade_to_on ELSE DATE '2199-12-31' END) AS class_to_on,
    coalesce(assigned_from_on, listed_from_on) AS assigned_from_on,
    least(listed_to_on, CASE WHEN year(assigned_to_on) < 2099 THEN assigned_to_on ELSE DATE '2199-12-31' END) AS assigned_to_on,
    dense_rank() OVER (PARTITION BY customer_id ORDER BY listed_from_on) AS list_no,
    absent,
    file_no,
    file,
    row
FROM (
    SELECT
        customers.*,
        CASE WHEN list_contains(customer_class_means, 'government') OR list_contains(customer_class_means, 'both')
            OR list_contains(customer_grade_means, 'government') OR list_contains(customer_grade_means, 'both') THEN 1 ELSE 0 END AS says_government,
        CASE WHEN list_contains(customer_class_means, 'important') OR list_contains(customer_class_means, 'both')
            OR list_contains(customer_grade_means, 'important') OR list_contains(customer_grade_means, 'both') THEN 1 ELSE 0 END AS says_important,
        CASE WHEN file_month <> '' THEN CAST(file_month || '-01' AS DATE) ELSE DATE '1900-01-01' END AS listed_from_on,
        coalesce(CAST(list_month.next_month || '-01' AS DATE) - 1, DATE '2199-12-31') AS listed_to_on
    FROM clean.customers AS customers
    LEFT JOIN list_month ON customers.is_full_list AND list_month.mapping = customers.mapping AND list_month.month = customers.file_month
) AS dated
