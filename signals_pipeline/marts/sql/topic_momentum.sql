-- One row per topic with a counted card.
-- What is rising or falling, since when, and is that more than noise?
WITH
parameters AS (
    SELECT
        max(metric.value) FILTER (WHERE metric.metric = 'share_lo' AND metric.parameter = 'z') AS z,
        max(metric.value) FILTER (WHERE metric.metric = 'share_shrunk' AND metric.parameter = 'm') AS m,
        max(metric.value) FILTER (
            WHERE metric.metric = 'family_size' AND metric.parameter = 'min_cards'
        ) AS family_min_cards,
        max(metric.value) FILTER (WHERE metric.metric = 'q' AND metric.parameter = 'max_q') AS max_q,
        max(metric.value) FILTER (
            WHERE metric.metric = 'stage' AND metric.parameter = 'min_log_odds_per_year'
        ) AS min_log_odds_per_year,
        CAST(max(metric.value) FILTER (
            WHERE metric.metric = 'stage' AND metric.parameter = 'new_issues'
        ) AS INTEGER) AS new_issues,
        CAST(max(metric.value) FILTER (
            WHERE metric.metric = 'n_returning_topics' AND metric.parameter = 'gap'
        ) AS INTEGER) AS gap,
        CAST(max(metric.value) FILTER (
            WHERE metric.metric = 'share_recent' AND metric.parameter = 'issues'
        ) AS INTEGER) AS recent_issues,
        CAST(max(metric.value) FILTER (
            WHERE metric.metric = 'slope_pp_per_year' AND metric.parameter = 'block_issues'
        ) AS INTEGER) AS block_issues,
        max(metric.value) FILTER (
            WHERE metric.metric = 'log_odds_per_year' AND metric.parameter = 'days_per_year'
        ) AS days_per_year,
        CAST(max(metric.value) FILTER (
            WHERE metric.metric = 'evidence' AND metric.parameter = 'n_places'
        ) AS INTEGER) AS n_places
    FROM metric
),
-- Time is counted in whole days here, so that the sums of the trend test are sums of integers: exact, and
-- the same in whatever order the rows come.
issues AS (
    SELECT
        newsletter_issues.issue_no,
        newsletter_issues.issue_date,
        date_diff('day', min(newsletter_issues.issue_date) OVER (), newsletter_issues.issue_date) AS day
    FROM newsletter_issues
    WHERE newsletter_issues.issue_date IS NOT NULL
),
-- The stage is found twice: with all issues, and without the last one, as if it had not come out.
horizons AS (
    SELECT
        0 AS issues_back,
        max(issues.issue_no) AS last_no
    FROM issues
    HAVING count(issues.issue_no) > 0
    UNION ALL
    SELECT
        1 AS issues_back,
        max(issues.issue_no) - 1 AS last_no
    FROM issues
    HAVING count(issues.issue_no) > 1
),
-- Integers stand for topics, cards and domains: they group faster than texts.
numbered_topics AS (
    SELECT
        topics.topic_id,
        topics.kind,
        topics.topic,
        row_number() OVER (ORDER BY topics.kind, topics.topic, topics.topic_id) AS topic_no
    FROM topics
),
counted_cards AS (
    SELECT
        cards.card_id,
        cards.path,
        cards.form,
        issues.issue_no,
        row_number() OVER (ORDER BY cards.card_id) AS card_no,
        CASE
            WHEN cards.source_domain IS NOT NULL THEN dense_rank() OVER (ORDER BY cards.source_domain)
        END AS domain_no
    FROM parsed.cards AS cards
    JOIN issues ON issues.issue_date = cards.issue_date
    WHERE cards.is_counted
),
-- The denominator: cards able to carry a kind.
able_cards AS (
    SELECT
        'keyword' AS kind,
        counted_cards.form,
        counted_cards.issue_no,
        counted_cards.card_no,
        counted_cards.domain_no
    FROM counted_cards
    WHERE counted_cards.form <> 'other'
        OR counted_cards.card_id IN (SELECT keywords.card_id FROM parsed.keywords AS keywords)
    UNION ALL
    SELECT
        'theme' AS kind,
        counted_cards.form,
        counted_cards.issue_no,
        counted_cards.card_no,
        counted_cards.domain_no
    FROM counted_cards
    WHERE counted_cards.form <> 'other'
        OR counted_cards.card_id IN (SELECT themes.card_id FROM parsed.themes AS themes)
),
form_issues AS (
    SELECT
        able_cards.kind,
        able_cards.form,
        able_cards.issue_no,
        issues.day,
        count(able_cards.card_no) AS n
    FROM able_cards
    JOIN issues ON issues.issue_no = able_cards.issue_no
    GROUP BY able_cards.kind, able_cards.form, able_cards.issue_no, issues.day
),
form_sums AS (
    SELECT
        horizons.issues_back,
        form_issues.kind,
        form_issues.form,
        sum(form_issues.n) AS n,
        sum(form_issues.n * form_issues.day) AS n_day,
        sum(form_issues.n * form_issues.day * form_issues.day) AS n_day_day,
        count(form_issues.issue_no) AS n_issues
    FROM form_issues
    JOIN horizons ON form_issues.issue_no <= horizons.last_no
    GROUP BY horizons.issues_back, form_issues.kind, form_issues.form
),
-- The numerator: each card once a topic.
topic_cards AS (
    SELECT
        numbered_topics.topic_no,
        numbered_topics.kind,
        counted_cards.card_no,
        counted_cards.form,
        counted_cards.issue_no,
        counted_cards.domain_no,
        min(mentions.line) AS line
    FROM mentions
    JOIN counted_cards ON counted_cards.card_id = mentions.card_id
    JOIN numbered_topics ON numbered_topics.topic_id = mentions.topic_id
    GROUP BY ALL
),
topic_surfaces_seen AS (
    SELECT
        numbered_topics.topic_no,
        count(DISTINCT mentions.raw_text) AS n_surface_forms
    FROM mentions
    JOIN counted_cards ON counted_cards.card_id = mentions.card_id
    JOIN numbered_topics ON numbered_topics.topic_id = mentions.topic_id
    GROUP BY numbered_topics.topic_no
),
topic_issues AS (
    SELECT
        topic_cards.topic_no,
        topic_cards.kind,
        topic_cards.issue_no,
        count(topic_cards.card_no) AS x,
        topic_cards.issue_no - lag(topic_cards.issue_no) OVER (
            PARTITION BY topic_cards.topic_no ORDER BY topic_cards.issue_no
        ) AS issues_since
    FROM topic_cards
    GROUP BY topic_cards.topic_no, topic_cards.kind, topic_cards.issue_no
),
-- A topic is back for as many issues after a gap as it is new after its first card.
topic_sums AS (
    SELECT
        horizons.issues_back,
        topic_issues.topic_no,
        topic_issues.kind,
        max(horizons.last_no) AS last_no,
        sum(topic_issues.x) AS x,
        min(topic_issues.issue_no) AS first_seen_no,
        max(topic_issues.issue_no) AS last_seen_no,
        bool_or(
            coalesce(topic_issues.issues_since > parameters.gap, FALSE)
            AND horizons.last_no - topic_issues.issue_no <= parameters.new_issues
        ) AS is_back,
        sum(topic_issues.x) >= max(parameters.family_min_cards) AS is_in_family
    FROM topic_issues
    JOIN horizons ON topic_issues.issue_no <= horizons.last_no
    CROSS JOIN parameters
    GROUP BY horizons.issues_back, topic_issues.topic_no, topic_issues.kind
),
families AS (
    SELECT
        topic_sums.issues_back,
        topic_sums.kind,
        count(topic_sums.topic_no) AS family_size
    FROM topic_sums
    WHERE topic_sums.is_in_family
    GROUP BY topic_sums.issues_back, topic_sums.kind
),
-- The Cochran-Armitage test within each form.
topic_form_issues AS (
    SELECT
        topic_cards.topic_no,
        topic_cards.kind,
        topic_cards.form,
        topic_cards.issue_no,
        count(topic_cards.card_no) AS x
    FROM topic_cards
    GROUP BY topic_cards.topic_no, topic_cards.kind, topic_cards.form, topic_cards.issue_no
),
topic_form_sums AS (
    SELECT
        topic_sums.issues_back,
        topic_form_issues.topic_no,
        topic_form_issues.kind,
        topic_form_issues.form,
        max(topic_sums.last_no) AS last_no,
        sum(topic_form_issues.x) AS x,
        sum(topic_form_issues.x * issues.day) AS x_day
    FROM topic_form_issues
    JOIN topic_sums
        ON topic_sums.topic_no = topic_form_issues.topic_no
        AND topic_form_issues.issue_no <= topic_sums.last_no
        AND topic_sums.is_in_family
    JOIN issues ON issues.issue_no = topic_form_issues.issue_no
    GROUP BY
        topic_sums.issues_back, topic_form_issues.topic_no, topic_form_issues.kind, topic_form_issues.form
),
-- A form in which none or all of the cards have the topic says nothing, neither on the trend nor on phi.
form_tests AS (
    SELECT
        topic_form_sums.issues_back,
        topic_form_sums.topic_no,
        topic_form_sums.kind,
        topic_form_sums.form,
        topic_form_sums.last_no,
        topic_form_sums.x / form_sums.n AS p,
        (form_sums.n * topic_form_sums.x_day - topic_form_sums.x * form_sums.n_day) / form_sums.n AS t,
        topic_form_sums.x * (form_sums.n - topic_form_sums.x) / (form_sums.n * form_sums.n)
        * ((form_sums.n * form_sums.n_day_day - form_sums.n_day * form_sums.n_day) / form_sums.n) AS v
    FROM topic_form_sums
    JOIN form_sums
        ON form_sums.issues_back = topic_form_sums.issues_back
        AND form_sums.kind = topic_form_sums.kind
        AND form_sums.form = topic_form_sums.form
    WHERE topic_form_sums.x < form_sums.n
),
-- Over-dispersion: how far the cards of an issue lie from what its forms make expected. The forms of an issue
-- are taken together, since what makes its cards alike does so across forms. Sums of decimals do not depend
-- on the order of the rows, sums of doubles do.
-- Found and expected cards come one below the other: joined, all of them would have to be held in memory.
found_and_expected AS (
    SELECT
        form_tests.issues_back,
        form_tests.topic_no,
        topic_form_issues.issue_no,
        topic_form_issues.x,
        CAST(0 AS DECIMAL(38, 12)) AS expected,
        CAST(0 AS DECIMAL(38, 12)) AS spread
    FROM form_tests
    JOIN topic_form_issues
        ON topic_form_issues.topic_no = form_tests.topic_no
        AND topic_form_issues.form = form_tests.form
        AND topic_form_issues.issue_no <= form_tests.last_no
    UNION ALL
    SELECT
        form_tests.issues_back,
        form_tests.topic_no,
        form_issues.issue_no,
        0 AS x,
        CAST(form_issues.n * form_tests.p AS DECIMAL(38, 12)) AS expected,
        CAST(form_issues.n * form_tests.p * (1 - form_tests.p) AS DECIMAL(38, 12)) AS spread
    FROM form_tests
    JOIN form_issues
        ON form_issues.kind = form_tests.kind
        AND form_issues.form = form_tests.form
        AND form_issues.issue_no <= form_tests.last_no
),
expected_issues AS NOT MATERIALIZED (
    SELECT
        found_and_expected.issues_back,
        found_and_expected.topic_no,
        found_and_expected.issue_no,
        sum(found_and_expected.x) AS x,
        CAST(sum(found_and_expected.expected) AS DOUBLE) AS expected,
        CAST(sum(found_and_expected.spread) AS DOUBLE) AS spread
    FROM found_and_expected
    GROUP BY found_and_expected.issues_back, found_and_expected.topic_no, found_and_expected.issue_no
),
-- One after the other: both sets of issues at once would need twice the memory.
dispersions AS (
    SELECT
        expected_issues.issues_back,
        expected_issues.topic_no,
        count(expected_issues.issue_no) AS n_issues,
        CAST(sum(CAST(
            pow(expected_issues.x - expected_issues.expected, 2) / expected_issues.spread AS DECIMAL(38, 12)
        )) AS DOUBLE) AS x2
    FROM expected_issues
    WHERE expected_issues.issues_back = 0
    GROUP BY expected_issues.issues_back, expected_issues.topic_no
    UNION ALL
    SELECT
        expected_issues.issues_back,
        expected_issues.topic_no,
        count(expected_issues.issue_no) AS n_issues,
        CAST(sum(CAST(
            pow(expected_issues.x - expected_issues.expected, 2) / expected_issues.spread AS DECIMAL(38, 12)
        )) AS DOUBLE) AS x2
    FROM expected_issues
    WHERE expected_issues.issues_back = 1
    GROUP BY expected_issues.issues_back, expected_issues.topic_no
),
form_totals AS (
    SELECT
        form_tests.issues_back,
        form_tests.topic_no,
        count(form_tests.form) AS n_forms,
        sum(form_tests.t ORDER BY form_tests.form) AS t,
        nullif(sum(form_tests.v ORDER BY form_tests.form), 0) AS v
    FROM form_tests
    GROUP BY form_tests.issues_back, form_tests.topic_no
),
topic_tests AS (
    SELECT
        form_totals.issues_back,
        form_totals.topic_no,
        form_totals.t,
        form_totals.v,
        greatest(1, dispersions.x2 / nullif(dispersions.n_issues - form_totals.n_forms, 0)) AS phi
    FROM form_totals
    JOIN dispersions
        ON dispersions.issues_back = form_totals.issues_back
        AND dispersions.topic_no = form_totals.topic_no
),
trends AS (
    SELECT
        topic_tests.issues_back,
        topic_tests.topic_no,
        topic_sums.kind,
        topic_tests.phi,
        topic_tests.t / sqrt(topic_tests.phi * topic_tests.v) AS z_trend,
        p_two_sided(topic_tests.t / sqrt(topic_tests.phi * topic_tests.v)) AS p_trend,
        parameters.days_per_year * topic_tests.t / topic_tests.v AS log_odds_per_year,
        parameters.days_per_year * sqrt(topic_tests.phi / topic_tests.v) AS se
    FROM topic_tests
    JOIN topic_sums
        ON topic_sums.issues_back = topic_tests.issues_back
        AND topic_sums.topic_no = topic_tests.topic_no
    CROSS JOIN parameters
    WHERE topic_tests.v IS NOT NULL
),
-- Benjamini-Hochberg: p times the size of the family over the number of p that are no larger, and no more
-- than that of any larger p. A topic that cannot be tested counts in the family, as one with p = 1 would.
ranked_trends AS (
    SELECT
        trends.issues_back,
        trends.topic_no,
        trends.kind,
        trends.p_trend,
        trends.p_trend * families.family_size
        / count(trends.p_trend) OVER (
            PARTITION BY trends.issues_back, trends.kind ORDER BY trends.p_trend
        ) AS q_of_rank
    FROM trends
    JOIN families
        ON families.issues_back = trends.issues_back
        AND families.kind = trends.kind
),
adjusted_trends AS (
    SELECT
        ranked_trends.issues_back,
        ranked_trends.topic_no,
        greatest(ranked_trends.p_trend, least(1, min(ranked_trends.q_of_rank) OVER (
            PARTITION BY ranked_trends.issues_back, ranked_trends.kind ORDER BY ranked_trends.p_trend DESC
        ))) AS q_trend
    FROM ranked_trends
),
bursting AS (
    SELECT DISTINCT
        topic_burst_fit.issues_back,
        numbered_topics.topic_no
    FROM topic_burst_fit
    JOIN numbered_topics ON numbered_topics.topic_id = topic_burst_fit.topic_id
    JOIN parameters ON topic_burst_fit.q < parameters.max_q
    WHERE topic_burst_fit.is_open
),
stages AS (
    SELECT
        topic_sums.issues_back,
        topic_sums.topic_no,
        CASE
            WHEN NOT topic_sums.is_in_family THEN 'thin'
            WHEN topic_sums.last_no - topic_sums.first_seen_no <= parameters.new_issues THEN 'new'
            WHEN topic_sums.last_no - topic_sums.last_seen_no >= parameters.gap THEN 'dormant'
            WHEN bursting.topic_no IS NOT NULL THEN 'bursting'
            WHEN adjusted_trends.q_trend < parameters.max_q
                AND trends.log_odds_per_year >= parameters.min_log_odds_per_year THEN 'rising'
            WHEN adjusted_trends.q_trend < parameters.max_q
                AND trends.log_odds_per_year <= -parameters.min_log_odds_per_year THEN 'falling'
            WHEN topic_sums.is_back THEN 'returning'
            ELSE 'steady'
        END AS stage
    FROM topic_sums
    CROSS JOIN parameters
    LEFT JOIN trends
        ON trends.issues_back = topic_sums.issues_back
        AND trends.topic_no = topic_sums.topic_no
    LEFT JOIN adjusted_trends
        ON adjusted_trends.issues_back = topic_sums.issues_back
        AND adjusted_trends.topic_no = topic_sums.topic_no
    LEFT JOIN bursting
        ON bursting.issues_back = topic_sums.issues_back
        AND bursting.topic_no = topic_sums.topic_no
),
-- Blocks are counted back from the last issue. The oldest issues, too few for a block, are left out.
block_issues AS (
    SELECT
        issues.issue_no,
        issues.day,
        (horizons.last_no - issues.issue_no) // parameters.block_issues AS block_no
    FROM issues
    JOIN horizons ON horizons.issues_back = 0
    CROSS JOIN parameters
    WHERE horizons.last_no - issues.issue_no
        < horizons.last_no // parameters.block_issues * parameters.block_issues
),
blocks AS (
    SELECT
        form_issues.kind,
        block_issues.block_no,
        sum(form_issues.n) AS n
    FROM form_issues
    JOIN block_issues ON block_issues.issue_no = form_issues.issue_no
    GROUP BY form_issues.kind, block_issues.block_no
),
block_days AS (
    SELECT
        block_issues.block_no,
        sum(block_issues.day) / count(block_issues.issue_no) AS day
    FROM block_issues
    GROUP BY block_issues.block_no
),
topic_blocks AS (
    SELECT
        topic_issues.topic_no,
        block_issues.block_no,
        sum(topic_issues.x) AS x
    FROM topic_issues
    JOIN block_issues ON block_issues.issue_no = topic_issues.issue_no
    GROUP BY topic_issues.topic_no, block_issues.block_no
),
block_shares AS (
    SELECT
        topic_sums.topic_no,
        blocks.block_no,
        block_days.day,
        coalesce(topic_blocks.x, 0) / blocks.n AS share
    FROM topic_sums
    JOIN blocks ON blocks.kind = topic_sums.kind
    JOIN block_days ON block_days.block_no = blocks.block_no
    LEFT JOIN topic_blocks
        ON topic_blocks.topic_no = topic_sums.topic_no
        AND topic_blocks.block_no = blocks.block_no
    WHERE topic_sums.issues_back = 0 AND topic_sums.is_in_family
),
-- Theil-Sen and Kendall's tau over all pairs of blocks. A higher number is an earlier block.
slopes AS (
    SELECT
        later.topic_no,
        100 * max(parameters.days_per_year)
        * median((later.share - earlier.share) / (later.day - earlier.day)) AS slope_pp_per_year,
        sum(sign(later.share - earlier.share)) / count(later.block_no) AS mk_tau
    FROM block_shares AS later
    JOIN block_shares AS earlier
        ON earlier.topic_no = later.topic_no
        AND earlier.block_no > later.block_no
    CROSS JOIN parameters
    GROUP BY later.topic_no
),
-- The last issues against as many before. Without cards on one side there is nothing to compare.
kind_windows AS (
    SELECT
        form_issues.kind,
        sum(form_issues.n) AS n_all,
        nullif(sum(form_issues.n) FILTER (
            WHERE form_issues.issue_no > horizons.last_no - parameters.recent_issues
        ), 0) AS n_recent,
        nullif(sum(form_issues.n) FILTER (
            WHERE form_issues.issue_no > horizons.last_no - 2 * parameters.recent_issues
                AND form_issues.issue_no <= horizons.last_no - parameters.recent_issues
        ), 0) AS n_before
    FROM form_issues
    JOIN horizons ON horizons.issues_back = 0
    CROSS JOIN parameters
    GROUP BY form_issues.kind
),
topic_windows AS (
    SELECT
        topic_issues.topic_no,
        topic_issues.kind,
        sum(topic_issues.x) AS x_all,
        coalesce(sum(topic_issues.x) FILTER (
            WHERE topic_issues.issue_no > horizons.last_no - parameters.recent_issues
        ), 0) AS x_recent,
        coalesce(sum(topic_issues.x) FILTER (
            WHERE topic_issues.issue_no > horizons.last_no - 2 * parameters.recent_issues
                AND topic_issues.issue_no <= horizons.last_no - parameters.recent_issues
        ), 0) AS x_before
    FROM topic_issues
    JOIN horizons ON horizons.issues_back = 0
    CROSS JOIN parameters
    GROUP BY topic_issues.topic_no, topic_issues.kind
),
window_shares AS (
    SELECT
        topic_windows.topic_no,
        topic_windows.x_recent / kind_windows.n_recent AS share_recent,
        topic_windows.x_before / kind_windows.n_before AS share_before,
        (topic_windows.x_recent + parameters.m * topic_windows.x_all / kind_windows.n_all)
        / (kind_windows.n_recent + parameters.m) AS shrunk_recent,
        (topic_windows.x_before + parameters.m * topic_windows.x_all / kind_windows.n_all)
        / (kind_windows.n_before + parameters.m) AS shrunk_before,
        (topic_windows.x_recent + parameters.z * parameters.z / 2)
        / (kind_windows.n_recent + parameters.z * parameters.z) AS middle_recent,
        (topic_windows.x_before + parameters.z * parameters.z / 2)
        / (kind_windows.n_before + parameters.z * parameters.z) AS middle_before,
        parameters.z * sqrt(
            topic_windows.x_recent * (kind_windows.n_recent - topic_windows.x_recent) / kind_windows.n_recent
            + parameters.z * parameters.z / 4
        ) / (kind_windows.n_recent + parameters.z * parameters.z) AS half_width_recent,
        parameters.z * sqrt(
            topic_windows.x_before * (kind_windows.n_before - topic_windows.x_before) / kind_windows.n_before
            + parameters.z * parameters.z / 4
        ) / (kind_windows.n_before + parameters.z * parameters.z) AS half_width_before
    FROM topic_windows
    JOIN kind_windows ON kind_windows.kind = topic_windows.kind
    CROSS JOIN parameters
),
-- Newcombe: the distances from the shares to the bounds of their Wilson intervals, put together at right
-- angles.
differences AS (
    SELECT
        window_shares.topic_no,
        window_shares.share_recent,
        window_shares.shrunk_recent / window_shares.shrunk_before AS ratio_recent,
        window_shares.share_recent - window_shares.share_before AS diff,
        sqrt(
            pow(window_shares.share_recent - window_shares.middle_recent + window_shares.half_width_recent, 2)
            + pow(window_shares.middle_before + window_shares.half_width_before - window_shares.share_before, 2)
        ) AS diff_below,
        sqrt(
            pow(window_shares.middle_recent + window_shares.half_width_recent - window_shares.share_recent, 2)
            + pow(window_shares.share_before - window_shares.middle_before + window_shares.half_width_before, 2)
        ) AS diff_above
    FROM window_shares
),
-- The domain with most of the topic's recent cards, and what is left without it.
recent_domains AS (
    SELECT
        topic_cards.topic_no,
        topic_cards.kind,
        topic_cards.domain_no,
        count(topic_cards.card_no) AS x
    FROM topic_cards
    JOIN horizons ON horizons.issues_back = 0
    JOIN parameters ON topic_cards.issue_no > horizons.last_no - parameters.recent_issues
    WHERE topic_cards.domain_no IS NOT NULL
    GROUP BY topic_cards.topic_no, topic_cards.kind, topic_cards.domain_no
),
top_domains AS (
    SELECT
        recent_domains.topic_no,
        recent_domains.kind,
        recent_domains.domain_no,
        recent_domains.x
    FROM recent_domains
    QUALIFY row_number() OVER (
        PARTITION BY recent_domains.topic_no ORDER BY recent_domains.x DESC, recent_domains.domain_no
    ) = 1
),
domain_cards AS (
    SELECT
        able_cards.kind,
        able_cards.domain_no,
        count(able_cards.card_no) AS n
    FROM able_cards
    JOIN horizons ON horizons.issues_back = 0
    JOIN parameters ON able_cards.issue_no > horizons.last_no - parameters.recent_issues
    WHERE able_cards.domain_no IS NOT NULL
    GROUP BY able_cards.kind, able_cards.domain_no
),
without_top_domain AS (
    SELECT
        topic_windows.topic_no,
        (topic_windows.x_recent - coalesce(top_domains.x, 0))
        / nullif(kind_windows.n_recent - coalesce(domain_cards.n, 0), 0) AS share_excl_top_domain
    FROM topic_windows
    JOIN kind_windows ON kind_windows.kind = topic_windows.kind
    LEFT JOIN top_domains ON top_domains.topic_no = topic_windows.topic_no
    LEFT JOIN domain_cards
        ON domain_cards.kind = top_domains.kind
        AND domain_cards.domain_no = top_domains.domain_no
),
newest_cards AS (
    SELECT
        topic_cards.topic_no,
        topic_cards.card_no,
        topic_cards.line,
        row_number() OVER (
            PARTITION BY topic_cards.topic_no ORDER BY topic_cards.issue_no DESC, topic_cards.card_no
        ) AS place_no
    FROM topic_cards
),
places AS (
    SELECT
        newest_cards.topic_no,
        string_agg(
            concat(counted_cards.path, ':', newest_cards.line), ', ' ORDER BY newest_cards.place_no
        ) AS evidence
    FROM newest_cards
    JOIN parameters ON newest_cards.place_no <= parameters.n_places
    JOIN counted_cards ON counted_cards.card_no = newest_cards.card_no
    GROUP BY newest_cards.topic_no
)
SELECT
    numbered_topics.topic_id,
    numbered_topics.kind,
    numbered_topics.topic,
    first_issues.issue_date AS first_seen,
    last_issues.issue_date AS last_seen,
    CAST(topic_sums.last_seen_no - topic_sums.first_seen_no + 1 AS INTEGER) AS lifespan_issues,
    CAST(topic_sums.x AS INTEGER) AS n_cards_with,
    CAST(topic_surfaces_seen.n_surface_forms AS INTEGER) AS n_surface_forms,
    stages.stage,
    stages_before.stage AS stage_before,
    differences.share_recent,
    differences.ratio_recent,
    100 * differences.diff AS diff_pp,
    CASE
        WHEN differences.diff IS NOT NULL
        THEN greatest(-100, 100 * (differences.diff - differences.diff_below))
    END AS diff_lo_pp,
    CASE
        WHEN differences.diff IS NOT NULL
        THEN least(100, 100 * (differences.diff + differences.diff_above))
    END AS diff_hi_pp,
    trends.z_trend,
    trends.phi,
    trends.log_odds_per_year,
    trends.se,
    trends.p_trend,
    adjusted_trends.q_trend,
    slopes.slope_pp_per_year,
    slopes.mk_tau,
    without_top_domain.share_excl_top_domain,
    CAST(CASE WHEN topic_sums.is_in_family THEN families.family_size END AS INTEGER) AS family_size,
    places.evidence
FROM topic_sums
JOIN numbered_topics ON numbered_topics.topic_no = topic_sums.topic_no
JOIN issues AS first_issues ON first_issues.issue_no = topic_sums.first_seen_no
JOIN issues AS last_issues ON last_issues.issue_no = topic_sums.last_seen_no
JOIN topic_surfaces_seen ON topic_surfaces_seen.topic_no = topic_sums.topic_no
JOIN stages
    ON stages.issues_back = topic_sums.issues_back
    AND stages.topic_no = topic_sums.topic_no
LEFT JOIN stages AS stages_before
    ON stages_before.issues_back = topic_sums.issues_back + 1
    AND stages_before.topic_no = topic_sums.topic_no
JOIN differences ON differences.topic_no = topic_sums.topic_no
JOIN without_top_domain ON without_top_domain.topic_no = topic_sums.topic_no
JOIN places ON places.topic_no = topic_sums.topic_no
LEFT JOIN families
    ON families.issues_back = topic_sums.issues_back
    AND families.kind = topic_sums.kind
LEFT JOIN trends
    ON trends.issues_back = topic_sums.issues_back
    AND trends.topic_no = topic_sums.topic_no
LEFT JOIN adjusted_trends
    ON adjusted_trends.issues_back = topic_sums.issues_back
    AND adjusted_trends.topic_no = topic_sums.topic_no
LEFT JOIN slopes ON slopes.topic_no = topic_sums.topic_no
WHERE topic_sums.issues_back = 0
ORDER BY topic_sums.topic_no
