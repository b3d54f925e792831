-- Newcombe interval of the difference of two shares, x2 / n2 - x1 / n1, NULL where one of them is none:
-- SELECT newcombe(3, 40, 9, 50).lo, newcombe(3, 40, 9, 50).hi. It holds {CONFIDENCE} where z is not given.

-- The distances from the shares to the bounds of their Wilson intervals, put together at right angles.
CREATE OR REPLACE MACRO newcombe(x1, n1, x2, n2, z := {Z}e0) AS CASE
    WHEN wilson(x1, n1, z := z) IS NOT NULL AND wilson(x2, n2, z := z) IS NOT NULL
    THEN {
        'lo': greatest(
            -1,
            x2 / n2 - x1 / n1
            - sqrt(pow(x2 / n2 - wilson(x2, n2, z := z).lo, 2) + pow(wilson(x1, n1, z := z).hi - x1 / n1, 2))
        ),
        'hi': least(
            1,
            x2 / n2 - x1 / n1
            + sqrt(pow(wilson(x2, n2, z := z).hi - x2 / n2, 2) + pow(x1 / n1 - wilson(x1, n1, z := z).lo, 2))
        )
    }
END
