-- One row per kind of topic, grain (issue, month, quarter, year) and period from the first issue to the last.
-- How many cards could a topic be on, in the period and up to its end?
WITH
span AS (
    SELECT
        min(issue_date) AS first_date,
        max(issue_date) AS last_date,
        median(days) AS median_gap
    FROM (
        SELECT
            issue_date,
            day - lag(day) OVER (ORDER BY issue_no) AS days
        FROM dated_issues
    )
    HAVING count(issue_date) > 0
),
-- Every calendar period, also those without an issue: a chart then breaks where nothing was measured.
months AS (
    SELECT
        unnest(generate_series(
            date_trunc('month', first_date),
            date_trunc('month', last_date),
            INTERVAL 1 MONTH
        )) AS month
    FROM span
),
periods AS (
    SELECT
        1 AS grain_no,
        'issue' AS grain,
        issue_date AS period_start,
        issue_date + 1 AS next_start
    FROM dated_issues
    UNION ALL
    SELECT
        2,
        'month',
        CAST(month AS DATE),
        CAST(month + INTERVAL 1 MONTH AS DATE)
    FROM months
    UNION ALL
    SELECT DISTINCT
        3,
        'quarter',
        CAST(date_trunc('quarter', month) AS DATE),
        CAST(date_trunc('quarter', month) + INTERVAL 3 MONTH AS DATE)
    FROM months
    UNION ALL
    SELECT DISTINCT
        4,
        'year',
        CAST(date_trunc('year', month) AS DATE),
        CAST(date_trunc('year', month) + INTERVAL 1 YEAR AS DATE)
    FROM months
),
issues AS (
    SELECT
        k.kind,
        i.issue_date,
        pow(2, i.issue_no / parameter('share_ewma', 'half_life')) AS weight,
        count(c.card_no) AS n_cards
    FROM dated_issues AS i
    CROSS JOIN (VALUES ('keyword'), ('theme'), ('concept')) AS k (kind)
    LEFT JOIN able_cards AS c ON c.kind = k.kind AND c.issue_no = i.issue_no
    GROUP BY ALL
),
sums AS (
    SELECT
        i.kind,
        p.grain_no,
        p.grain,
        p.period_start,
        p.next_start,
        count(i.issue_date) FILTER (WHERE i.issue_date >= p.period_start) AS n_issues,
        coalesce(sum(i.n_cards) FILTER (WHERE i.issue_date >= p.period_start), 0) AS n_cards,
        nullif(sum(i.n_cards), 0) AS n_so_far,
        nullif(sum(i.n_cards * i.weight), 0) AS weighted_so_far
    FROM periods AS p
    JOIN issues AS i ON i.issue_date < p.next_start
    GROUP BY ALL
)
SELECT
    s.kind,
    CAST(row_number() OVER (PARTITION BY s.kind ORDER BY s.grain_no, s.period_start) AS INTEGER) AS period_no,
    s.grain,
    s.period_start,
    s.next_start,
    s.grain <> 'issue' AND (
        (
            p.last_date < s.next_start
            AND coalesce(s.next_start - p.last_date > p.median_gap, TRUE)
        )
        OR (
            p.first_date >= s.period_start
            AND coalesce(p.first_date - s.period_start >= p.median_gap, TRUE)
        )
    ) AS is_partial,
    CAST(s.n_issues AS INTEGER) AS n_issues,
    CAST(s.n_cards AS INTEGER) AS n_cards,
    CAST(s.n_so_far AS INTEGER) AS n_so_far,
    s.weighted_so_far,
    wilson(0, s.n_cards, parameter('share_lo', 'z')).hi AS share_hi_without
FROM sums AS s
CROSS JOIN span AS p
ORDER BY s.kind, period_no
