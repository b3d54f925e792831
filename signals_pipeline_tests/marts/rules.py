"""The parameters of trends in tests of the statistics."""

from signals_pipeline.marts.statistics.trends import TrendRules

RULES = TrendRules(
    units_per_year=365.25,
    block_issues=12,
    min_blocks=6,
    min_prior_topics=3,
    max_prior_df=60,
    recent_issues=60,
    min_recent_issues=12,
    min_shape_issues=24,
    min_step_issues=6,
    max_q=0.1,
    min_log_odds=0.2,
    min_points=1,
    min_line_against_step=-2,
    steady_log_odds=0.25,
    steady_points=1,
    steady_points_log_odds=0.4,
    steady_level=0.05,
)
