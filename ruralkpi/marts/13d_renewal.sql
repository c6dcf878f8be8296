-- renewal: one row per agreement and the successor that renews it, by link, or matched by customer and product (section 5)
-- Of the pairs, those that are nearest for both sides are taken, three times over what is left; what is still left is told as open.
-- key: ended_id
WITH first_pair AS (
    SELECT ended_id, successor_id
    FROM (SELECT *, min(place) OVER (PARTITION BY ended_id) AS ended_place, min(place) OVER (PARTITION BY successor_id) AS successor_place FROM renewal_pair) AS p
    WHERE place = ended_place AND place = successor_place
), second_left AS (
    SELECT pair.*
    FROM renewal_pair AS pair
    LEFT JOIN first_pair AS ended ON ended.ended_id = pair.ended_id
    LEFT JOIN first_pair AS taken ON taken.successor_id = pair.successor_id
    WHERE ended.ended_id IS NULL AND taken.successor_id IS NULL
), second_pair AS (
    SELECT ended_id, successor_id
    FROM (SELECT *, min(place) OVER (PARTITION BY ended_id) AS ended_place, min(place) OVER (PARTITION BY successor_id) AS successor_place FROM second_left) AS p
    WHERE place = ended_place AND place = successor_place
), third_left AS (
    SELECT pair.*
    FROM second_left AS pair
    LEFT JOIN second_pair AS ended ON ended.ended_id = pair.ended_id
    LEFT JOIN second_pair AS taken ON taken.successor_id = pair.successor_id
    WHERE ended.ended_id IS NULL AND taken.successor_id IS NULL
), third_pair AS (
    SELECT ended_id, successor_id
    FROM (SELECT *, min(place) OVER (PARTITION BY ended_id) AS ended_place, min(place) OVER (PARTITION BY successor_id) AS successor_place FROM third_left) AS p
    WHERE place = ended_place AND place = successor_place
), open AS (
    SELECT DISTINCT pair.ended_id
    FROM third_left AS pair
    LEFT JOIN third_pair AS ended ON ended.ended_id = pair.ended_id
    LEFT JOIN third_pair AS taken ON taken.successor_id = pair.successor_id
    WHERE ended.ended_id IS NULL AND taken.successor_id IS NULL
)
SELECT ended_id, successor_id, 'matched' AS means FROM first_pair
UNION ALL SELECT ended_id, successor_id, 'matched' FROM second_pair
UNION ALL SELECT ended_id, successor_id, 'matched' FROM third_pair
UNION ALL SELECT ended_id, CAST(NULL AS VARCHAR), 'open' FROM open
UNION ALL
SELECT ended.source_id, next.source_id, 'linked'
FROM agreement_term AS ended
JOIN agreement_term AS next
    ON next.customer_id = ended.customer_id AND next.agreement_id = ended.renewal_id AND next.is_current
WHERE ended.is_current AND next.agreement_id <> ended.agreement_id
