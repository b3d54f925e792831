-- Wilson interval of the share x / n, NULL where that is none: SELECT wilson(3, 40).lo, wilson(3, 40).hi. It
-- holds {CONFIDENCE} where z is not given; wilson(3, 40, z := 1.644854) holds 90 %.

-- Rounding must not push a bound over the share, nor over 0 or 1.
CREATE OR REPLACE MACRO wilson(x, n, z := {Z}e0) AS CASE
    WHEN n > 0 AND x BETWEEN 0 AND n AND z >= 0
    THEN {
        'lo': least(
            x / n,
            greatest(0, (x + z * z / 2 - z * sqrt(x / n * (n - x) + z * z / 4)) / (n + z * z))
        ),
        'hi': greatest(
            x / n,
            least(1, (x + z * z / 2 + z * sqrt(x / n * (n - x) + z * z / 4)) / (n + z * z))
        )
    }
END
