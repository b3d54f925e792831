-- Two-sided p-value of a standard normal z, with a relative error below 1.2e-7: SELECT p_two_sided(2.5).

-- p = erfc(|z| / sqrt 2), and erfc(x) = t exp(-x^2 + polynomial in t), t = 1 / (1 + x/2): x/2 = |z| / sqrt 8,
-- x^2 = z^2/2. The relative error is small for every x, so that small p-values keep their digits, and erfc is
-- never negative. least() passes over a NULL, and the fit is 3e-8 above 1 at z = 0.
CREATE OR REPLACE MACRO p_two_sided(z) AS CASE
    WHEN z IS NOT NULL
    THEN least(1, 1 / (1 + abs(CAST(z AS DOUBLE)) / sqrt(8)) * exp(
        -CAST(z AS DOUBLE) * CAST(z AS DOUBLE) / 2
        - 1.26551223 + 1 / (1 + abs(CAST(z AS DOUBLE)) / sqrt(8)) * (
        1.00002368 + 1 / (1 + abs(CAST(z AS DOUBLE)) / sqrt(8)) * (
        0.37409196 + 1 / (1 + abs(CAST(z AS DOUBLE)) / sqrt(8)) * (
        0.09678418 + 1 / (1 + abs(CAST(z AS DOUBLE)) / sqrt(8)) * (
        -0.18628806 + 1 / (1 + abs(CAST(z AS DOUBLE)) / sqrt(8)) * (
        0.27886807 + 1 / (1 + abs(CAST(z AS DOUBLE)) / sqrt(8)) * (
        -1.13520398 + 1 / (1 + abs(CAST(z AS DOUBLE)) / sqrt(8)) * (
        1.48851587 + 1 / (1 + abs(CAST(z AS DOUBLE)) / sqrt(8)) * (
        -0.82215223 + 1 / (1 + abs(CAST(z AS DOUBLE)) / sqrt(8)) * (
        0.17087277)))))))))
    ))
END
