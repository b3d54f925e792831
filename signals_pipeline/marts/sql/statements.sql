-- One row per statement: a row of any of the five section tables.
-- What did the extractor read in a card, whatever the section?
WITH
all_statements AS (
    SELECT
        'behaviors' AS section,
        behaviors.card_id,
        behaviors.row_no,
        behaviors.line,
        behaviors.name,
        behaviors.description,
        NULL AS change,
        NULL AS ten_year,
        NULL AS driving_force,
        behaviors.relevancy,
        NULL AS src
    FROM parsed.behaviors AS behaviors
    UNION ALL
    SELECT
        'concerns' AS section,
        concerns.card_id,
        concerns.row_no,
        concerns.line,
        concerns.name,
        concerns.description,
        NULL AS change,
        NULL AS ten_year,
        NULL AS driving_force,
        concerns.relevancy,
        NULL AS src
    FROM parsed.concerns AS concerns
    UNION ALL
    SELECT
        'emerging_issues' AS section,
        emerging_issues.card_id,
        emerging_issues.row_no,
        emerging_issues.line,
        emerging_issues.name,
        emerging_issues.description,
        NULL AS change,
        NULL AS ten_year,
        NULL AS driving_force,
        emerging_issues.relevancy,
        NULL AS src
    FROM parsed.emerging_issues AS emerging_issues
    UNION ALL
    SELECT
        'signals' AS section,
        signals.card_id,
        signals.row_no,
        signals.line,
        signals.name,
        signals.description,
        signals.change,
        signals.ten_year,
        signals.driving_force,
        signals.relevancy,
        NULL AS src
    FROM parsed.signals AS signals
    UNION ALL
    SELECT
        'technologies' AS section,
        technologies.card_id,
        technologies.row_no,
        technologies.line,
        technologies.name,
        technologies.description,
        NULL AS change,
        NULL AS ten_year,
        NULL AS driving_force,
        technologies.relevancy,
        technologies.src
    FROM parsed.technologies AS technologies
)
SELECT
    all_statements.section,
    all_statements.card_id,
    all_statements.row_no,
    all_statements.line,
    all_statements.name,
    all_statements.description,
    all_statements.change,
    all_statements.ten_year,
    all_statements.driving_force,
    all_statements.relevancy,
    all_statements.src
FROM all_statements
